"""The claims: what is stored as cards for the screen, and what is done on the screen as changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from src.domain.canonical import digest
from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan
from src.domain.review import (
    MAX_TEXT,
    WANTS_EVIDENCE,
    AddedClaim,
    ClaimReading,
    ReviewBody,
    Verdict,
)
from src.ui.body_edits import (
    added_number,
    added_target,
    reading_of,
    refused_links,
    with_added_text,
    with_claim,
    with_evidence,
    with_refused,
    without_added,
)
from src.ui.differences import differences
from src.ui.draft_session import Change, OpenDraft
from src.ui.marks import evidence_said, link_words, targets
from src.ui.reading_room.acts import Act
from src.ui.reading_room.claims import ChangedWords, ClaimCard, ClaimChip, VerdictChoice, claims
from src.ui.review_words import shortened
from src.ui.wording import COLOURS, SIGNS, VERDICTS

Reading = ClaimReading | AddedClaim
CHIP_LENGTH = 60
KEY_ACTS = {
    Verdict.SUPPORTED: "supported",
    Verdict.PARTLY_SUPPORTED: "partly",
    Verdict.CONTRADICTED: "contradicted",
    Verdict.NOT_IN_EVIDENCE: "absent",
    Verdict.CANNOT_JUDGE: "unsure",
}
"""What a reader's map of keys calls each verdict."""
CHOICES = tuple(
    VerdictChoice(
        value=verdict,
        sign=SIGNS[verdict],
        word=VERDICTS[verdict],
        colour=COLOURS[verdict],
        act=KEY_ACTS[verdict],
        needs_evidence=verdict in WANTS_EVIDENCE,
    )
    for verdict in Verdict
)


def claim_form(draft: OpenDraft) -> None:
    """Show every claim, and let the reader judge the one that lies open."""
    key = draft.key("claims")
    claims(
        key=key,
        cards=[_card(draft, target, n) for n, target in enumerate(targets(draft), start=1)],
        verdicts=CHOICES,
        active=draft.tab.active,
        rev=draft.tab.rev,
        seen=draft.applied(key),
        max_chars=MAX_TEXT,
        on_change=draft.hears(key, lambda act: _change(draft, act)),
    )


def first_open(draft: OpenDraft) -> str | None:
    """Return the first claim without a verdict, else the first claim, else None."""
    for target in targets(draft):
        reading = reading_of(draft.body, target)
        removed = isinstance(reading, ClaimReading) and reading.removed
        if reading is not None and reading.verdict is None and not removed:
            return target
    return next(iter(targets(draft)), None)


def open_one(draft: OpenDraft) -> None:
    """Let one claim lie open, before anything is drawn: images and text are marked for it.

    This is where the browser begins; it opens the others by itself.
    """
    if draft.tab.active not in targets(draft):
        draft.tab.active = first_open(draft)


# ---- cards --------------------------------------------------------------------------------


def _card(draft: OpenDraft, target: str, number: int) -> ClaimCard:
    reading = reading_of(draft.body, target)
    assert reading is not None
    claim = draft.item.claim(target)
    original = claim.text if claim is not None else None
    text = reading.text if reading.text is not None else original or ""
    links = claim.links if claim is not None else ()
    refused = refused_links(draft.body, target)
    return ClaimCard(
        target=target,
        number=number,
        text=text,
        original=original,
        change=_differences(original, text),
        verdict=reading.verdict,
        evidence=tuple(_chip(draft, link, link in links) for link in reading.evidence),
        given=tuple(
            _chip(draft, link, True, refused=link in refused)
            for link in links
            if link not in reading.evidence
        ),
        note=reading.note,
        removed=isinstance(reading, ClaimReading) and reading.removed,
    )


def _differences(original: str | None, text: str) -> tuple[ChangedWords, ...]:
    if original is None or text == original:
        return ()
    return tuple((part.kind, part.text) for part in differences(original, text))


def _chip(
    draft: OpenDraft, link: EvidenceLink, benchmark: bool, *, refused: bool = False
) -> ClaimChip:
    name, words = _name(link), shortened(link_words(draft, link), CHIP_LENGTH)
    if isinstance(link, TextSpan):
        return ClaimChip(
            link=name,
            text=words,
            field=link.field,
            start=link.start,
            end=link.end,
            benchmark=benchmark,
            refused=refused,
        )
    box = (link.x, link.y, link.width, link.height) if isinstance(link, ImageBox) else None
    return ClaimChip(
        link=name,
        text=words,
        sha256=link.sha256,
        box=box,
        benchmark=benchmark,
        refused=refused,
    )


def _name(link: EvidenceLink) -> str:
    """Name a link by what it is: the name of one is never that of another."""
    return digest(link.model_dump())[:24]


# ---- changes ------------------------------------------------------------------------------


def _change(draft: OpenDraft, act: Act) -> Change | None:
    """Return what an act changes; None when it is done to a claim that is not there any more."""
    if act.kind not in _CHANGES:
        raise BadInputError(f"{act.kind!r} is nothing that can be done to a claim.")
    target = act.target.rpartition(" ")[0] if act.kind == "link" else act.target
    number = _number(draft, target)
    if number is None:
        return None
    return _CHANGES[act.kind](draft, target, number, act)


def _number(draft: OpenDraft, target: str) -> int | None:
    """Return a claim's number on the screen, the one that would come next included."""
    ids = [claim.claim_id for claim in draft.item.claims]
    own = [added_target(n) for n in range(len(draft.tab.body.added_claims) + 1)]
    known = [*ids, *own]
    return known.index(target) + 1 if target in known else None


def _verdict(draft: OpenDraft, target: str, number: int, act: Act) -> Change:
    if act.value is not None and act.value not in set(Verdict):
        raise BadInputError(f"{act.value!r} is no verdict.")
    given = None if act.value is None else Verdict(act.text)

    def says(body: ReviewBody) -> str:
        found = reading_of(body, target)
        return VERDICTS[found.verdict] if found and found.verdict else "No verdict"

    return Change(
        f"Verdict on claim {number}", lambda body: with_claim(body, target, verdict=given), says
    )


def _note(draft: OpenDraft, target: str, number: int, act: Act) -> Change:
    note = act.text[:MAX_TEXT]
    return Change(
        f"Note on claim {number}",
        lambda body: with_claim(body, target, note=note),
        lambda body: found.note if (found := reading_of(body, target)) else "",
        typed=True,
    )


def _text(draft: OpenDraft, target: str, number: int, act: Act) -> Change | None:
    text, own = act.text[:MAX_TEXT], added_number(target)
    if own is not None:
        return _own_text(draft, own, number, text)
    claim = draft.item.claim(target)
    as_it_was = not text.strip() or (claim is not None and text == claim.text)
    return Change(
        f"Words of claim {number}",
        lambda body: with_claim(body, target, text=None if as_it_was else text),
        lambda body: getattr(reading_of(body, target), "text", None) or "As it was",
        spreads=True,
        typed=True,
    )


def _own_text(draft: OpenDraft, own: int, number: int, text: str) -> Change | None:
    """Return the change of an own claim's words; the first words begin it.

    One that begins here never takes the place of another that a second window has begun.
    """
    begins = own >= len(draft.tab.body.added_claims)
    if not text.strip():
        if begins:
            return None
        raise BadInputError("A claim needs words; its last words are kept. Remove takes it away.")

    def edit(body: ReviewBody) -> ReviewBody:
        return with_added_text(body, len(body.added_claims) if begins else own, text)

    def says(body: ReviewBody) -> str:
        if begins:
            return text if any(c.text == text for c in body.added_claims) else ""
        found = reading_of(body, added_target(own))
        return found.text or "" if found else ""

    return Change(f"Claim {number}", edit, says, spreads=True, typed=True)


def _removed(draft: OpenDraft, target: str, number: int, act: Act) -> Change | None:
    if added_number(target) is not None:
        return None
    removed = act.value is True
    return Change(
        f"Claim {number}",
        lambda body: with_claim(body, target, removed=removed),
        lambda body: "Taken out" if getattr(reading_of(body, target), "removed", 0) else "Kept",
    )


def _gone(draft: OpenDraft, target: str, number: int, act: Act) -> Change | None:
    own, text = added_number(target), act.text
    if own is None:
        return None
    return Change(
        f"Claim {number}",
        lambda body: without_added(body, own, text),
        lambda body: text if any(c.text == text for c in body.added_claims) else "Removed",
        redraws=True,
    )


def _link(draft: OpenDraft, target: str, number: int, act: Act) -> Change | None:
    if act.value not in {"evidence", "refused", "none"}:
        raise BadInputError(f"{act.value!r} is nothing a piece of evidence can be.")
    link = _link_named(draft, target, act.target.rpartition(" ")[2])
    if link is None:
        return None
    claim = draft.item.claim(target)
    if act.value == "refused" and (claim is None or link not in claim.links):
        raise BadInputError("Only what the benchmark names can be refused; remove your own mark.")

    def edit(body: ReviewBody) -> ReviewBody:
        if act.value == "evidence":
            return with_evidence(body, target, add=[link])
        if act.value == "refused":
            return with_refused(body, target, add=[link])
        return with_refused(with_evidence(body, target, remove=[link]), target, remove=[link])

    return Change(
        f"Evidence of claim {number}",
        edit,
        lambda body: evidence_said(draft, body, target),
        redraws=True,
    )


def _link_named(draft: OpenDraft, target: str, name: str) -> EvidenceLink | None:
    reading, claim = reading_of(draft.tab.body, target), draft.item.claim(target)
    links = (*(reading.evidence if reading else ()), *(claim.links if claim else ()))
    return next((link for link in links if _name(link) == name), None)


_CHANGES: Mapping[str, Callable[[OpenDraft, str, int, Act], Change | None]] = {
    "verdict": _verdict,
    "note": _note,
    "text": _text,
    "removed": _removed,
    "gone": _gone,
    "link": _link,
}
