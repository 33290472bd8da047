"""The claims: the active one wide open with its verdict and evidence, the others one line each."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan
from src.domain.review import AddedClaim, ClaimReading, ReviewBody, Verdict
from src.ui.body_edits import (
    added_number,
    added_target,
    reading_of,
    with_added_text,
    with_claim,
    with_evidence,
    without_added,
)
from src.ui.draft_session import Change, OpenDraft
from src.ui.marks import LEAK, claim_text_of, evidence_said, link_words, targets
from src.ui.notices import careful, plain
from src.ui.reading_room.evidence_chips import EvidenceChip, evidence_chips, removed_chip
from src.ui.review_words import NO_VERDICT, VERDICT_KEYS, shortened
from src.ui.typed import typed
from src.ui.wording import SIGNS, VERDICTS, counted

Reading = ClaimReading | AddedClaim


def claim_form(draft: OpenDraft) -> None:
    """Show every claim, and let the reader judge the active one."""
    all_targets = targets(draft)
    for number, target in enumerate(all_targets, start=1):
        if target == draft.tab.active:
            _wide_open(draft, target, number)
        else:
            _one_line(draft, target, number)
    _new_claim(draft, len(all_targets) + 1)
    with st.container(horizontal=True, key=draft.key("claim-acts")):
        st.button(
            "Add a claim",
            icon=":material/add:",
            type="tertiary",
            key=draft.key("add-claim"),
            on_click=_opens(draft, _next_own(draft)),
        )
        if len(all_targets) > 1:
            st.button(
                "Next claim",
                type="tertiary",
                key=draft.key("next-claim"),
                shortcut="V",
                on_click=_opens(draft, _after(draft.tab.active, all_targets)),
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
    """Let one claim lie open, before anything is drawn: images and text are marked for it."""
    known = {*targets(draft), _next_own(draft), LEAK}
    if draft.tab.active not in known:
        draft.tab.active = first_open(draft)


def _next_own(draft: OpenDraft) -> str:
    return added_target(len(draft.body.added_claims))


def _after(active: str | None, all_targets: list[str]) -> str:
    place = all_targets.index(active) + 1 if active in all_targets else 0
    return all_targets[place % len(all_targets)]


def _opens(draft: OpenDraft, target: str) -> Callable[[], None]:
    @careful
    def callback() -> None:
        draft.tab.active = target

    return callback


def _sign(reading: Reading | None) -> str:
    if isinstance(reading, ClaimReading) and reading.removed:
        return "−"
    return SIGNS[reading.verdict] if reading and reading.verdict else NO_VERDICT


def _one_line(draft: OpenDraft, target: str, number: int) -> None:
    reading = reading_of(draft.body, target)
    evidence = len(reading.evidence) if reading else 0
    more = f"  ·  {counted(evidence, 'mark')}" if evidence else ""
    verdict = reading.verdict.value if reading and reading.verdict else "none"
    with st.container(key=draft.key(f"line-{verdict.replace('_', '-')}-{number}")):
        st.button(
            plain(
                f"{_sign(reading)}  {number}  {shortened(claim_text_of(draft, target), 110)}{more}"
            ),
            key=draft.key(f"open-{number}"),
            help="Open this claim",
            width="stretch",
            on_click=_opens(draft, target),
        )


def _wide_open(draft: OpenDraft, target: str, number: int) -> None:
    reading = reading_of(draft.body, target)
    if reading is None:
        return
    with st.container(border=True, gap="xsmall", key=draft.key("claim-open")):
        removed = isinstance(reading, ClaimReading) and reading.removed
        own = added_number(target) is not None
        st.caption(f"Claim {number}" + (", added by you" if own else ""))
        if own:
            _own_text(draft, target, number)
        else:
            st.text(claim_text_of(draft, target))
        if removed:
            st.caption("You took this claim out. It needs no verdict.")
        else:
            _verdicts(draft, target, number, reading)
            _evidence(draft, target, number, reading)
            _note(draft, target, number, reading)
        _reword_or_remove(draft, target, number, reading)


def _verdicts(draft: OpenDraft, target: str, number: int, reading: Reading) -> None:
    with st.container(horizontal=True, gap="xsmall", key=draft.key("verdicts")):
        for verdict in Verdict:
            st.button(
                plain(f"{SIGNS[verdict]} {VERDICTS[verdict]}"),
                key=draft.key(f"verdict-{verdict.value.replace('_', '-')}-{number}"),
                type="primary" if reading.verdict is verdict else "secondary",
                shortcut=VERDICT_KEYS[verdict],
                on_click=draft.does(_verdict_given(target, number, reading, verdict)),
            )


def _verdict_given(target: str, number: int, reading: Reading, verdict: Verdict) -> Change:
    """Return the change of a verdict; the one that stands already is taken back."""
    given = None if reading.verdict is verdict else verdict

    def says(body: ReviewBody) -> str:
        found = reading_of(body, target)
        return VERDICTS[found.verdict] if found and found.verdict else "No verdict"

    return Change(
        f"Verdict on claim {number}", lambda body: with_claim(body, target, verdict=given), says
    )


def _evidence(draft: OpenDraft, target: str, number: int, reading: Reading) -> None:
    claim = draft.item.claim(target)
    given = [k for k in (claim.links if claim else ()) if k not in reading.evidence]
    with st.container(horizontal=True, gap="xsmall", key=draft.key("evidence")):
        if reading.evidence:
            _chips(draft, target, number, reading)
        for place, link in enumerate(given):
            st.button(
                plain(f"Confirm {shortened(link_words(draft, link), 50)}, given by the benchmark"),
                icon=":material/check:",
                key=draft.key(f"confirm-{number}-{place}"),
                on_click=draft.does(_evidence_change(draft, target, number, link, remove=False)),
            )
    if not reading.evidence and not given:
        st.caption(
            "Evidence: choose an image (E), draw a box on it (B), or select words in the case text."
        )


def _chips(draft: OpenDraft, target: str, number: int, reading: Reading) -> None:
    """Show the evidence as chips: pressing one leads to the place, its cross takes it away."""
    key = draft.key(f"chips-{number}")
    links = {f"{place}": link for place, link in enumerate(reading.evidence)}

    def removed() -> Change | None:
        link = links.get(removed_chip(key) or "")
        if link is None:
            return None
        return _evidence_change(draft, target, number, link, remove=True)

    evidence_chips(
        key=key,
        chips=[_chip(draft, chip_id, link) for chip_id, link in links.items()],
        number=number,
        on_remove=draft.writes(removed),
    )


def _chip(draft: OpenDraft, chip_id: str, link: EvidenceLink) -> EvidenceChip:
    words = shortened(link_words(draft, link), 60)
    if isinstance(link, TextSpan):
        return EvidenceChip(
            chip_id=chip_id, text=words, field=link.field, start=link.start, end=link.end
        )
    box = (link.x, link.y, link.width, link.height) if isinstance(link, ImageBox) else None
    return EvidenceChip(chip_id=chip_id, text=words, sha256=link.sha256, box=box)


def _evidence_change(
    draft: OpenDraft, target: str, number: int, link: EvidenceLink, *, remove: bool
) -> Change:
    def edit(body: ReviewBody) -> ReviewBody:
        if remove:
            return with_evidence(body, target, remove=[link])
        return with_evidence(body, target, add=[link])

    return Change(
        f"Evidence of claim {number}",
        edit,
        lambda body: evidence_said(draft, body, target),
        redraws=True,
    )


def _note(draft: OpenDraft, target: str, number: int, reading: Reading) -> None:
    typed(
        draft,
        f"note-{number}",
        "Note on this claim",
        reading.note,
        lambda body, text: with_claim(body, target, note=text),
        lambda body: found.note if (found := reading_of(body, target)) else "",
        place=f"Note on claim {number}",
        rows=1,
    )


def _own_text(draft: OpenDraft, target: str, number: int) -> None:
    own = added_number(target)
    assert own is not None

    def put(body: ReviewBody, text: str) -> ReviewBody:
        if text.strip():
            return with_added_text(body, own, text)
        if own >= len(body.added_claims):
            return body
        raise BadInputError("A claim needs words; its last words are kept. Remove takes it away.")

    typed(
        draft,
        f"own-{number}",
        "What the claim says",
        claim_text_of(draft, target),
        put,
        lambda body: found.text or "" if (found := reading_of(body, target)) else "",
        place=f"Claim {number}",
        placeholder="One statement that can be checked against the evidence",
    )


def _new_claim(draft: OpenDraft, number: int) -> None:
    if draft.tab.active != _next_own(draft):
        return
    with st.container(border=True, gap="xsmall", key=draft.key("claim-open")):
        st.caption("A claim you found missing")
        _own_text(draft, _next_own(draft), number)


def _reword_or_remove(draft: OpenDraft, target: str, number: int, reading: Reading) -> None:
    own = added_number(target)
    if own is not None:
        gone = Change(
            f"Claim {number}", lambda body: without_added(body, own), lambda _: "", redraws=True
        )
        _act(draft, "Remove this claim", f"remove-{number}", gone)
        return
    assert isinstance(reading, ClaimReading)
    if reading.removed:
        _act(draft, "Take the claim back in", f"remove-{number}", _removal(target, number, False))
        return
    rewords = reading.text is not None
    with st.expander("Reword or remove", expanded=rewords, key=draft.key(f"reword-{number}")):
        typed(
            draft,
            f"text-{number}",
            "The claim in better words",
            claim_text_of(draft, target),
            lambda body, text: with_claim(body, target, text=_new_words(draft, target, text)),
            lambda body: getattr(reading_of(body, target), "text", None) or "As it was",
            place=f"Words of claim {number}",
        )
        _act(draft, "Remove this claim", f"remove-{number}", _removal(target, number, True))


def _new_words(draft: OpenDraft, target: str, text: str) -> str | None:
    claim = draft.item.claim(target)
    return None if not text.strip() or (claim and text == claim.text) else text


def _removal(target: str, number: int, removed: bool) -> Change:
    return Change(
        f"Claim {number}",
        lambda body: with_claim(body, target, removed=removed),
        lambda body: "Taken out" if getattr(reading_of(body, target), "removed", 0) else "Kept",
    )


def _act(draft: OpenDraft, label: str, name: str, change: Change) -> None:
    st.button(label, key=draft.key(name), type="tertiary", on_click=draft.does(change))
