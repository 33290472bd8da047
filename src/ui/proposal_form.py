"""What a reader would change in the item itself: answer, names, code, wording, captions, order."""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.item import ItemImage
from src.domain.renamed import dropped_names
from src.domain.review import MAX_TEXT, ReviewBody
from src.ui.body_edits import with_caption, with_proposal
from src.ui.draft_session import Change, OpenDraft
from src.ui.reading_room.acts import Act
from src.ui.reading_room.choices import Option
from src.ui.reading_room.proposals import ProposalField, proposals

CODE = re.compile(r"^\s*(?:ORPHA:?)?\s*(\d{1,7})\s*$", re.IGNORECASE)
CAPTION = "caption:"
NONE = "None proposed"


def proposal_form(draft: OpenDraft) -> None:
    """Show fields that hold the item's own words; other words become a proposal."""
    key = draft.key("proposals")
    images = draft.item.content.images
    proposed = draft.body.proposals
    proposals(
        key=key,
        fields=[*_fields(draft), *(_caption(draft, image) for image in images)],
        images=[Option(value=str(i.position), word=_image_name(i)) for i in images],
        order=proposed.image_order or [image.position for image in images],
        made=sum(_made(draft.body)),
        rev=draft.tab.rev,
        seen=draft.applied(key),
        on_change=draft.hears(key, lambda act: _change(draft, act)),
    )
    _say_dropped(draft)


def _say_dropped(draft: OpenDraft) -> None:
    """Say which names an answer of another disease takes with it."""
    item, proposed = draft.item, draft.body.proposals
    if proposed.answer is None:
        return
    names = dropped_names(item.track, item.content, proposed.answer, proposed.aliases)
    if names:
        st.caption("Your answer is another disease: these names of the old one will not count.")
        st.text("; ".join(names))
        st.caption("A name that fits the new answer as well: add it to the further names.")


def _made(body: ReviewBody) -> list[bool]:
    p = body.proposals
    return [p.answer is not None, bool(p.aliases), p.orpha_code is not None, p.question is not None,
            bool(p.image_order), *(True for _ in p.captions)]  # fmt: skip


def _image_name(image: ItemImage) -> str:
    return f"Image {image.position}  {image.slot_name}".strip()


def _fields(draft: OpenDraft) -> list[ProposalField]:
    content, p = draft.item.content, draft.body.proposals
    names = "Further names that count as the answer, one on each line"
    code = content.orpha_code if p.orpha_code is None else p.orpha_code
    return [
        _field("answer", "Answer", content.answer if p.answer is None else p.answer),
        _field("names", names, "\n".join(p.aliases)),
        _field("orpha", "ORPHA code", code, rows=1, placeholder="Digits only, such as 35687"),
        _field(
            "question",
            "Wording of the question",
            content.question if p.question is None else p.question,
        ),
    ]


def _field(
    name: str, label: str, value: str, rows: int = 2, placeholder: str = ""
) -> ProposalField:
    return ProposalField(
        name=name, label=label, value=value, rows=rows, placeholder=placeholder, max=MAX_TEXT
    )


def _caption(draft: OpenDraft, image: ItemImage) -> ProposalField:
    value = draft.body.proposals.captions.get(image.position, image.caption)
    return _field(f"{CAPTION}{image.position}", f"Caption of image {image.position}", value, rows=1)


def _change(draft: OpenDraft, act: Act) -> Change:
    if act.kind == "order" and isinstance(act.value, tuple):
        return _ordered(draft, act.value)
    if act.kind != "text":
        raise BadInputError(f"A proposal cannot be made by {act.kind!r}.")
    if act.target.startswith(CAPTION):
        return _captioned(draft, act.target.removeprefix(CAPTION), act.text)
    if act.target not in _PLACES:
        raise BadInputError(f"The item has no text {act.target!r} to change.")
    name, field, put = _PLACES[act.target]

    def says(body: ReviewBody) -> str:
        given = getattr(body.proposals, field)
        return ("\n".join(given) if isinstance(given, tuple) else given) or NONE

    # The panel below the proposals says what another code stands for.
    spreads = act.target == "orpha"
    return Change(name, lambda body: put(draft, body, act.text), says, typed=True, spreads=spreads)


def _ordered(draft: OpenDraft, positions: tuple[str, ...]) -> Change:
    own = tuple(image.position for image in draft.item.content.images)
    order = tuple(int(position) for position in positions if position.isdecimal())
    if sorted(order) != sorted(own):
        raise BadInputError("The order proposed must hold every image once.")
    wanted = () if order == own else order
    return Change(
        "Order of the images",
        lambda body: with_proposal(body, image_order=wanted),
        lambda body: ", ".join(map(str, body.proposals.image_order)) or NONE,
    )


def _captioned(draft: OpenDraft, number: str, text: str) -> Change:
    own = {str(image.position): image.caption for image in draft.item.content.images}
    if number not in own:
        raise BadInputError(f"The item has no image {number!r}.")
    return Change(
        f"Caption of image {number}",
        lambda body: with_caption(body, int(number), _other(text, own[number])),
        lambda body: body.proposals.captions.get(int(number), NONE),
        typed=True,
    )


def _other(text: str, own: str) -> str | None:
    return None if not text.strip() or text == own else text[:MAX_TEXT]


def _with_answer(draft: OpenDraft, body: ReviewBody, text: str) -> ReviewBody:
    return with_proposal(body, answer=_other(text, draft.item.content.answer))


def _with_names(draft: OpenDraft, body: ReviewBody, text: str) -> ReviewBody:
    lines = (line.strip() for line in text[:MAX_TEXT].split("\n"))
    return with_proposal(body, aliases=tuple(dict.fromkeys(line for line in lines if line)))


def _with_code(draft: OpenDraft, body: ReviewBody, text: str) -> ReviewBody:
    return with_proposal(body, orpha_code=digits(text, draft.item.content.orpha_code))


def _with_question(draft: OpenDraft, body: ReviewBody, text: str) -> ReviewBody:
    return with_proposal(body, question=_other(text, draft.item.content.question))


def digits(text: str, own: str) -> str | None:
    """Return the ORPHA code a text names, None when it is the item's own or none is given.

    Raises BadInputError for anything else than up to seven digits, with or without 'ORPHA:'.
    """
    if not text.strip():
        return None
    found = CODE.match(text)
    if found is None:
        raise BadInputError(f"{text!r} is not an ORPHA code. It has up to seven digits.")
    return _other(found[1], own)


_PLACES: dict[str, tuple[str, str, Callable[[OpenDraft, ReviewBody, str], ReviewBody]]] = {
    "answer": ("Proposed answer", "answer", _with_answer),
    "names": ("Further names", "aliases", _with_names),
    "orpha": ("ORPHA code", "orpha_code", _with_code),
    "question": ("Proposed wording", "question", _with_question),
}
