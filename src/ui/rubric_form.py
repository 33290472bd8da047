"""The rubric as cards: what each shows of the reading, and what each act does to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from src.domain.canonical import digest
from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage
from src.domain.item import Criterion, Item
from src.domain.plurals import counted
from src.domain.review import (
    MAX_MAXIMUM,
    MAX_TEXT,
    MIN_MAXIMUM,
    OWN,
    CriterionReading,
    EditReason,
    ReviewBody,
    own_targets,
)
from src.domain.rubric import (
    FIXED_DIMENSIONS,
    edited,
    fitting_reason,
    rubric_hints,
    rubric_order,
    standing_claims,
    standing_criteria,
)
from src.ui import wording
from src.ui.body_edits import (
    as_it_was,
    own_criterion,
    with_criterion,
    with_criterion_evidence,
    with_criterion_note,
    with_criterion_order,
    with_own_criterion,
    without_criterion,
    without_own_criterion,
)
from src.ui.differences import differences
from src.ui.draft_session import Change, OpenDraft
from src.ui.marks import claim_text_of, link_words, targets
from src.ui.reading_room.acts import Act
from src.ui.reading_room.rubric import (
    POINTS,
    CardHint,
    EvidencePiece,
    EvidenceSource,
    RubricCard,
    Scale,
    rubric,
)
from src.ui.review_words import EDIT_REASONS, shortened

CHANGE_REASONS = [reason for reason in EditReason if reason is not EditReason.MISSING]
NEW_KEY = re.compile(r"n[0-9a-z]{6,24}")
Links = dict[str, EvidenceLink]
Edit = Callable[[ReviewBody], ReviewBody]


def rubric_form(draft: OpenDraft) -> None:
    """Show every criterion that counts, and the reader's own, as one component."""
    key = draft.key("rubric")
    links = linkable(draft.item, draft.body)
    hints = _hints(draft.item, draft.body)
    rubric(
        key=key,
        cards=_cards(draft.item, draft.body, hints),
        dimensions=FIXED_DIMENSIONS[draft.item.track],
        hints=[hint.words for hint in hints.pop("", [])],
        reasons=[(reason.value, EDIT_REASONS[reason]) for reason in CHANGE_REASONS],
        pieces=[_piece(draft, token, link) for token, link in links.items()],
        sources=_sources(draft),
        rev=draft.tab.rev,
        seen=draft.applied(key),
        on_change=draft.hears(key, partial(rubric_change, draft.item)),
    )


# ---- what the cards show ------------------------------------------------------------------


def _hints(item: Item, body: ReviewBody) -> dict[str, list[CardHint]]:
    found: dict[str, list[CardHint]] = {}
    for hint in rubric_hints(standing_criteria(item, body), standing_claims(item, body)):
        card = CardHint(words=hint.words, quiet=hint.rule == "no_evidence")
        found.setdefault(hint.criterion_key, []).append(card)
    return found


def _cards(item: Item, body: ReviewBody, hints: dict[str, list[CardHint]]) -> list[RubricCard]:
    own = dict(zip(own_targets(body.added_criteria), body.added_criteria, strict=True))
    cards = []
    for number, key in enumerate(rubric_order(item, body), start=1):
        said = tuple(hints.get(key, ()))
        if key in own:
            added = own[key]
            card = RubricCard(
                key=key,
                number=number,
                state="own",
                text=added.text,
                points=added.points,
                required=added.required,
                kind=added.kind,
                maximum=added.maximum,
                note=added.note,
                evidence=tuple(map(token_of, added.evidence)),
                hints=said,
            )
        else:
            criterion = item.criterion(key)
            assert criterion is not None
            card = _card(criterion, body.criterion(key), number, said)
        cards.append(card)
    return cards


def _card(
    criterion: Criterion, reading: CriterionReading, number: int, hints: tuple[CardHint, ...]
) -> RubricCard:
    now = edited(criterion, reading)
    states = {"keep": "kept", "edit": "edited", "delete": "deleted"}
    return RubricCard.model_validate(
        {
            "key": criterion.criterion_id,
            "number": number,
            "state": states[reading.action],
            "before": criterion.model_dump(include=set(Scale.model_fields)),
            "was": _scale(criterion) if _scale(criterion) != _scale(now) else "",
            "text": now.text,
            "points": now.points,
            "required": now.required,
            "kind": now.kind,
            "maximum": now.maximum,
            "original": criterion.text,
            "parts": () if now.text == criterion.text else differences(criterion.text, now.text),
            "reason": reading.reason.value if reading.reason else "",
            "asks_reason": reading.action == "edit" and fitting_reason(criterion, reading) is None,
            "note": reading.note,
            "evidence": tuple(map(token_of, reading.evidence)),
            "hints": hints,
        }
    )


def _scale(criterion: Criterion) -> str:
    graded = f", graded 0 to {criterion.maximum}" if criterion.kind == "ordinal" else ""
    needed = "required" if criterion.required else "optional"
    return f"{wording.points(criterion.points)}, {needed}{graded}"


def token_of(link: EvidenceLink) -> str:
    """Return the name by which the browser speaks of a piece of evidence."""
    return digest(link.model_dump(mode="json"))[:16]


def linkable(item: Item, body: ReviewBody) -> Links:
    """Return every piece a criterion can rest on: what claims rest on, and each image whole."""
    groups = [
        *(claim.evidence for claim in body.claims),
        *(claim.evidence for claim in body.added_claims),
        *(criterion.evidence for criterion in body.criteria),
        *(criterion.evidence for criterion in body.added_criteria),
    ]
    links = [link for evidence in groups for link in evidence]
    links += [WholeImage(sha256=image.sha256) for image in item.content.images]
    return {token_of(link): link for link in links}


def _sources(draft: OpenDraft) -> list[EvidenceSource]:
    found = []
    for number, target in enumerate(targets(draft), start=1):
        place = number - 1 - len(draft.item.claims)
        own = draft.body.added_claims
        evidence = own[place].evidence if place >= 0 else draft.body.claim(target).evidence
        if evidence:
            text = shortened(claim_text_of(draft, target), 50)
            words = f"As claim {number} ({counted(len(evidence), 'mark')}): {text}"
            found.append(EvidenceSource(words=words, tokens=tuple(map(token_of, evidence))))
    return found + [
        EvidenceSource(
            words=f"Image {image.position} as a whole",
            tokens=(token_of(WholeImage(sha256=image.sha256)),),
        )
        for image in draft.item.content.images
    ]


def _piece(draft: OpenDraft, token: str, link: EvidenceLink) -> EvidencePiece:
    words = shortened(link_words(draft, link), 60)
    if isinstance(link, TextSpan):
        return EvidencePiece(
            token=token, words=words, field=link.field, start=link.start, end=link.end
        )
    box = (link.x, link.y, link.width, link.height) if isinstance(link, ImageBox) else None
    return EvidencePiece(token=token, words=words, sha256=link.sha256, box=box)


# ---- what the acts do ---------------------------------------------------------------------


def rubric_change(item: Item, act: Act) -> Change:
    """Return the change an act of the cards asks for.

    Raises BadInputError, in words for the reader, when it asks for what cannot be.
    """
    edit = _edit_of(item, act)
    return Change(_place(item, act), edit, partial(_said, item, act.target))


def _place(item: Item, act: Act) -> str:
    if act.kind == "order":
        return "Order of the criteria"
    if act.target.startswith(OWN):
        return f"Your criterion {act.target.removeprefix(OWN)}"
    number = [c.criterion_id for c in item.criteria if c.active].index(act.target) + 1
    return f"Note on criterion {number}" if act.kind == "note" else f"Criterion {number}"


def _said(item: Item, target: str, body: ReviewBody) -> str:
    """Return how a criterion reads in a body, for the reader who must choose between two."""
    if not target:
        return _order_said(item, body)
    criterion = item.criterion(target)
    if criterion is None:
        own = own_criterion(body, target)
        return f"{wording.points(own.points)}: {own.text}" if own else "Not there"
    reading = body.criterion(target)
    now = edited(criterion, reading)
    why = f" ({EDIT_REASONS[reading.reason]})" if reading.reason else ""
    note = f"\n{reading.note}" if reading.note else ""
    said = {"keep": "Kept", "delete": "Deleted", "edit": f"{_scale(now)}: {now.text}"}
    return f"{said[reading.action]}{why}{note}"


def _order_said(item: Item, body: ReviewBody) -> str:
    numbers = {c.criterion_id: n for n, c in enumerate((c for c in item.criteria if c.active), 1)}
    return ", ".join(str(numbers.get(key, "your own")) for key in rubric_order(item, body))


def _edit_of(item: Item, act: Act) -> Edit:
    if act.kind == "order":
        return partial(_ordered, item, act)
    if act.target.startswith(OWN):
        return partial(_own_edited, item, act)
    criterion = item.criterion(act.target)
    if criterion is None or not criterion.active:
        raise BadInputError(f"The rubric has no criterion {act.target!r}. Reload the page.")
    return partial(_edited, item, criterion, act)


def _ordered(item: Item, act: Act, body: ReviewBody) -> ReviewBody:
    if not isinstance(act.value, tuple):
        raise _misread(act)
    return with_criterion_order(body, item, act.value)


def _edited(item: Item, criterion: Criterion, act: Act, body: ReviewBody) -> ReviewBody:
    key = criterion.criterion_id
    if act.kind == "keep":
        return as_it_was(body, key)
    if act.kind == "delete":
        return without_criterion(body, key, _reason(act))
    if act.kind == "note":
        return with_criterion_note(body, key, _note(act))
    if act.kind == "evidence":
        return with_criterion_evidence(body, key, _links(item, body, act))
    if act.kind == "reason" and body.criterion(key).action == "delete":
        return without_criterion(body, key, _reason(act))
    if body.criterion(key).action == "delete" and act.kind in _FIELDS:
        return body
    return with_criterion(body, criterion, **_field(act))


def _own_edited(item: Item, act: Act, body: ReviewBody) -> ReviewBody:
    if act.kind == "remove":
        return without_own_criterion(body, act.target)
    if act.kind == "add" and own_criterion(body, act.target) is None:
        if not NEW_KEY.fullmatch(act.target.removeprefix(OWN)):
            raise _misread(act)
        return with_own_criterion(body, act.target, text=_text(act))
    if act.kind == "evidence":
        return _on_own(body, act, evidence=tuple(_links(item, body, act)))
    if act.kind == "note":
        return _on_own(body, act, note=_note(act))
    if act.kind == "add":
        return _on_own(body, act, text=_text(act))
    return _on_own(body, act, **_field(act))


def _on_own(body: ReviewBody, act: Act, **changes: object) -> ReviewBody:
    """Change one that is there: what was removed in another window is not begun again."""
    if own_criterion(body, act.target) is None:
        return body
    return with_own_criterion(body, act.target, **changes)


_FIELDS = ("text", "points", "required", "kind", "maximum")


def _field(act: Act) -> dict[str, object]:
    if act.kind == "text":
        return {"text": _text(act)}
    if act.kind == "points":
        return {"points": _number(act, -POINTS, POINTS)}
    if act.kind == "maximum":
        return {"kind": "ordinal", "maximum": int(_number(act, MIN_MAXIMUM, MAX_MAXIMUM))}
    if act.kind == "required" and isinstance(act.value, bool):
        return {"required": act.value}
    if act.kind == "kind" and act.value in ("binary", "ordinal"):
        return {"kind": act.value, **({"maximum": None} if act.value == "binary" else {})}
    if act.kind == "reason":
        return {"reason": _reason(act)}
    raise _misread(act)


def _text(act: Act) -> str:
    if not act.text.strip():
        raise BadInputError("A criterion needs words; its last words are kept. Or delete it.")
    return _note(act)


def _note(act: Act) -> str:
    if len(act.text) > MAX_TEXT:
        raise BadInputError(f"A text can have at most {MAX_TEXT:,} characters. Shorten it.")
    return act.text


def _number(act: Act, lowest: float, highest: float) -> float:
    value = act.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _misread(act)
    if not lowest <= value <= highest:
        raise BadInputError(f"Give a number from {lowest:g} to {highest:g}; {value:g} is not.")
    return float(value)


def _reason(act: Act) -> EditReason:
    found = next((reason for reason in CHANGE_REASONS if reason.value == act.value), None)
    if found is None:
        raise _misread(act)
    return found


def _links(item: Item, body: ReviewBody, act: Act) -> list[EvidenceLink]:
    known = linkable(item, body)
    if not isinstance(act.value, tuple):
        raise _misread(act)
    if any(token not in known for token in act.value):
        raise BadInputError("A piece of evidence is gone from its claim. Choose it once more.")
    return [known[token] for token in dict.fromkeys(act.value)]


def _misread(act: Act) -> BadInputError:
    return BadInputError(
        f"The rubric sent {act.kind!r} in a way that cannot be read. Reload the page; what was "
        "saved is kept."
    )
