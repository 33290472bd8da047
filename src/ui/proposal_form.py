"""What a reader would change in the item itself: answer, names, code, wording, captions."""

from __future__ import annotations

import re

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.item import ItemImage
from src.domain.review import ReviewBody
from src.ui.body_edits import with_caption, with_proposal
from src.ui.draft_session import OpenDraft
from src.ui.typed import typed

CODE = re.compile(r"^\s*(?:ORPHA:?)?\s*(\d{1,7})\s*$", re.IGNORECASE)


def proposal_form(draft: OpenDraft) -> None:
    """Show fields that hold the item's own words; other words become a proposal."""
    made = sum(_made(draft.body))
    title = f"Propose changes to the item ({made})" if made else "Propose changes to the item"
    with st.expander(title, expanded=made > 0, key=draft.key("proposals")):
        st.caption("Change a text to propose yours. Put it back, or empty it, to propose none.")
        _answer(draft)
        _names(draft)
        _code(draft)
        _question(draft)
        for image in draft.item.content.images:
            _caption(draft, image)


def _made(body: ReviewBody) -> list[bool]:
    p = body.proposals
    return [p.answer is not None, bool(p.aliases), p.orpha_code is not None,
            p.question is not None, *(True for _ in p.captions)]  # fmt: skip


def _other(text: str, own: str) -> str | None:
    return None if not text.strip() or text == own else text


def _answer(draft: OpenDraft) -> None:
    own = draft.item.content.answer
    proposed = draft.body.proposals.answer
    typed(
        draft,
        "answer",
        "Answer",
        own if proposed is None else proposed,
        lambda body, text: with_proposal(body, answer=_other(text, own)),
        lambda body: body.proposals.answer or "None proposed",
        place="Proposed answer",
    )


def _names(draft: OpenDraft) -> None:
    typed(
        draft,
        "names",
        "Further names that count as the answer, one on each line",
        "\n".join(draft.body.proposals.aliases),
        lambda body, text: with_proposal(body, aliases=_lines(text)),
        lambda body: "\n".join(body.proposals.aliases),
        place="Further names",
    )


def _lines(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))


def _code(draft: OpenDraft) -> None:
    own = draft.item.content.orpha_code
    proposed = draft.body.proposals.orpha_code
    typed(
        draft,
        "orpha",
        "ORPHA code",
        own if proposed is None else proposed,
        lambda body, text: with_proposal(body, orpha_code=_digits(text, own)),
        lambda body: body.proposals.orpha_code or "None proposed",
        rows=1,
        placeholder="Digits only, such as 35687",
    )


def _digits(text: str, own: str) -> str | None:
    if not text.strip():
        return None
    found = CODE.match(text)
    if found is None:
        raise BadInputError(f"{text!r} is not an ORPHA code. It has up to seven digits.")
    return _other(found[1], own)


def _question(draft: OpenDraft) -> None:
    own = draft.item.content.question
    proposed = draft.body.proposals.question
    typed(
        draft,
        "question",
        "Wording of the question",
        own if proposed is None else proposed,
        lambda body, text: with_proposal(body, question=_other(text, own)),
        lambda body: body.proposals.question or "None proposed",
        place="Proposed wording",
    )


def _caption(draft: OpenDraft, image: ItemImage) -> None:
    position, own = image.position, image.caption
    proposed = draft.body.proposals.captions.get(position)
    typed(
        draft,
        f"caption-{position}",
        f"Caption of image {position}",
        own if proposed is None else proposed,
        lambda body, text: with_caption(body, position, _other(text, own)),
        lambda body: body.proposals.captions.get(position, "None proposed"),
        rows=1,
    )
