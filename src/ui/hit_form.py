"""Hits of the scan before their reader: what was found, where and why, and what they say of it."""

from __future__ import annotations

from src.domain.errors import BadInputError
from src.domain.evidence import span_of
from src.domain.item import Item
from src.domain.leak_status import own_word
from src.domain.leakage import (
    DismissReason,
    Hit,
    HitDismissal,
    Layer,
    LeakageFlag,
    LeakKind,
    LeakPlace,
    Method,
)
from src.domain.ontology import bare_code
from src.domain.review import ReviewBody
from src.domain.scan.rules import rule
from src.ui.body_edits import (
    with_flag_at,
    with_hit_confirmed,
    with_hit_dismissed,
    with_whole,
    without_word_on,
)
from src.ui.draft_session import Change, Edit, OpenDraft
from src.ui.hit_marks import hits_of
from src.ui.leak_words import around
from src.ui.reading_room.acts import Act
from src.ui.reading_room.leaks import Answer, HitCard
from src.ui.review_words import DISMISSALS, FOUND, MENTIONED, SEVERITIES, field_name, shortened
from src.ui.session import workbench

NOTE_LENGTH = 5_000
UNDECIDED = "Undecided"
KEYS = {
    "high": "leak-high",
    "low": "leak-low",
    DismissReason.MEANS_SOMETHING_ELSE: "other-meaning",
    DismissReason.RULED_OUT_THERE: "ruled-out",
    DismissReason.TOO_GENERAL: "too-general",
    DismissReason.NEEDED_BY_QUESTION: "needed",
}
ANSWERS = (
    *(Answer(value=v, word=SEVERITIES[v], leak=True, act=KEYS[v]) for v in ("high", "low")),
    *(Answer(value=v, word=w, leak=False, act=KEYS[v]) for v, w in DISMISSALS.items()),
)
"""Everything that can be said of a hit, each by one key."""


# ---- what stands there --------------------------------------------------------------------


def hit_cards(draft: OpenDraft) -> list[HitCard]:
    """Return every hit as the screen shows it, those of low rank last."""
    found = hits_of(draft)
    codes = sorted({hit.orpha_code for hit in found} - {""})
    terms = draft.once("terms of hits", lambda: workbench().ontologies.terms(draft.actor, codes))
    return [_card(draft, hit, terms) for hit in found]


def _card(draft: OpenDraft, hit: Hit, terms: dict[str, str]) -> HitCard:
    item = draft.item
    before, quote, after = around(item, hit)
    word = own_word(hit, draft.body)
    is_text = hit.layer is Layer.TEXT and item.content.text_of(hit.field or "") is not None
    return HitCard(
        hit_id=hit.hit_id,
        before=before,
        quote=quote,
        after=after,
        where=_where(hit),
        why=_why(hit, terms),
        low=hit.low,
        says=_said(hit, word),
        kind=_kind_said(hit, draft.body),
        note=word.note if word is not None and word.hit_id == hit.hit_id else "",
        sha256=_image_of(item, hit),
        box=(hit.box.x, hit.box.y, hit.box.width, hit.box.height) if hit.box else None,
        field=hit.field if is_text else None,
        start=hit.start if is_text else None,
        end=hit.end if is_text else None,
    )


def _where(hit: Hit) -> str:
    if hit.field is None:
        return f"Inside image {hit.image}"
    return field_name(hit.field)


def _image_of(item: Item, hit: Hit) -> str | None:
    """Return the image a hit stands on, under, or in the name of."""
    found = (i.sha256 for i in item.content.images if i.position == hit.image)
    return next(found, None)


def _why(hit: Hit, terms: dict[str, str]) -> tuple[str, ...]:
    """Return in plain words what was found and how, why it is looked for, how it is spoken of."""
    found = rule(hit.rule)
    said = FOUND[hit.method].format(_looked_for(hit, terms))
    reason = found.reason if found is not None else ""
    return tuple(filter(None, (said, reason, MENTIONED[hit.mention])))


def _looked_for(hit: Hit, terms: dict[str, str]) -> str:
    words = f"“{shortened(hit.alias, 120)}”"
    if not hit.orpha_code:
        return words
    code = bare_code(hit.orpha_code) or hit.orpha_code
    return f"{words}, ORPHA:{code} {terms.get(code, '')}".rstrip()


def _said(hit: Hit, word: HitDismissal | LeakageFlag | None) -> str:
    """Return what is said of a hit as a value of ANSWERS; 'flagged' by a leak that covers it."""
    if word is None:
        return ""
    if isinstance(word, HitDismissal):
        return word.reason
    return word.severity if word.hit_id == hit.hit_id else "flagged"


# ---- what is said of it -------------------------------------------------------------------


def hit_change(draft: OpenDraft, act: Act) -> Change:
    """Return what an act on a hit does: 'hit' says a word of it or none, 'hit-note' writes."""
    hit = next((one for one in hits_of(draft) if one.hit_id == act.target), None)
    if hit is None:
        raise BadInputError("The scan no longer finds this place. Reload the page to see it anew.")
    name = f"Hit “{shortened(hit.quote, 40)}”"
    if act.kind == "hit-note":
        edit = _noted(hit.hit_id, act.text[:NOTE_LENGTH])
        return Change(f"Note on {name.lower()}", edit, lambda body: _note(hit, body), typed=True)
    if act.kind == "hit-kind" and act.value in set(LeakKind):
        return Change(
            name, _of_kind(hit.hit_id, LeakKind(act.text)), lambda body: _words(hit, body)
        )
    return Change(name, _saying(draft, hit, act), lambda body: _words(hit, body))


def _saying(draft: OpenDraft, hit: Hit, act: Act) -> Edit:
    """Return the edit after which exactly this is said of a hit; a note stays with it."""
    if act.value is None:
        return lambda body: without_word_on(body, hit.hit_id)
    if act.value in SEVERITIES:
        flag = _flag(draft.item, hit, act.text)
        return lambda body: with_hit_confirmed(
            body,
            flag.model_copy(update={"note": _note(hit, body), "kind": _kind_said(hit, body)}),
        )
    if act.value in set(DismissReason):
        reason = DismissReason(act.text)
        return lambda body: with_hit_dismissed(
            body, HitDismissal(hit_id=hit.hit_id, reason=reason, note=_note(hit, body))
        )
    raise BadInputError(f"{act.value!r} is nothing that can be said of a hit.")


def _flag(item: Item, hit: Hit, severity: str) -> LeakageFlag:
    return LeakageFlag.model_validate(
        {
            "kind": _kind(hit),
            "place": _place(item, hit),
            "severity": severity,
            "hit_id": hit.hit_id,
        }
    )


def _kind(hit: Hit) -> LeakKind:
    field = (hit.field or "").partition(":")[0]
    if hit.layer is Layer.NAMES or field == "slot":
        return LeakKind.ANSWER_IN_FILE_NAME
    if hit.layer is Layer.IMAGE_TEXT:
        return LeakKind.ANSWER_IN_IMAGE
    if hit.method is Method.PHRASE:
        return LeakKind.GIVE_AWAY_PHRASE
    return LeakKind.ANSWER_IN_CAPTION if field == "caption" else LeakKind.ANSWER_IN_TEXT


def _kind_said(hit: Hit, body: ReviewBody) -> LeakKind:
    """Return how a reader says that a hit gives the answer away; before they do, what is likely."""
    flag = next((flag for flag in body.flags if flag.hit_id == hit.hit_id), None)
    return flag.kind if flag is not None else _kind(hit)


def _of_kind(hit_id: str, kind: LeakKind) -> Edit:
    """Return the edit that changes the kind of a confirmed hit; of one not confirmed, nothing."""

    def edit(body: ReviewBody) -> ReviewBody:
        for number, flag in enumerate(body.flags):
            if flag.hit_id != hit_id:
                continue
            changed = flag.model_copy(update={"kind": kind})
            if any(other.spot == changed.spot for n, other in enumerate(body.flags) if n != number):
                raise BadInputError("This place is flagged in this way already.")
            return with_flag_at(body, number, changed)
        return body

    return edit


def _place(item: Item, hit: Hit) -> LeakPlace:
    if hit.field is None:
        return LeakPlace(image=hit.image, box=hit.box)
    text = item.content.text_of(hit.field)
    if text is None or hit.start is None or hit.end is None:
        return LeakPlace(field=hit.field)
    return LeakPlace(field=hit.field, span=span_of(hit.field, text, hit.start, hit.end))


def _noted(hit_id: str, note: str) -> Edit:
    def edit(body: ReviewBody) -> ReviewBody:
        for number, flag in enumerate(body.flags):
            if flag.hit_id == hit_id:
                return with_flag_at(body, number, flag.model_copy(update={"note": note}))
        said = tuple(
            one.model_copy(update={"note": note}) if one.hit_id == hit_id else one
            for one in body.dismissed
        )
        return with_whole(body, dismissed=said)

    return edit


def _note(hit: Hit, body: ReviewBody) -> str:
    word = own_word(hit, body)
    return word.note if word is not None and word.hit_id == hit.hit_id else ""


def _words(hit: Hit, body: ReviewBody) -> str:
    """Return what a reading says of a hit, in words."""
    said = _said(hit, own_word(hit, body))
    return next((answer.word for answer in ANSWERS if answer.value == said), UNDECIDED)
