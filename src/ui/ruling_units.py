"""Units as they lie on the adjudicator's desk: readings, ways to settle them, and the draft."""

from __future__ import annotations

from src.domain.adjudication import MERGE, NEW, Dispute
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan
from src.domain.item import Item
from src.domain.review import Verdict
from src.domain.routing import RouteReason
from src.domain.ruling import (
    Input,
    RulingDraft,
    can_be_merged,
    can_be_written,
    evidence_name,
    inputs_of,
    rests_on_evidence,
    texts_to_merge,
)
from src.services.adjudicating import Case, evidence_of
from src.ui import wording
from src.ui.earlier_rulings import blocks
from src.ui.reading_room.rulings import (
    DeskDraft,
    DeskInput,
    DeskMark,
    DeskMessage,
    DeskOption,
    DeskTick,
    DeskUnit,
)
from src.ui.shown_readings import leads_to, piece_words, shown_readings
from src.ui.times import to_the_minute

REMOVING = {
    "claim": ("Leave out", "Leave the claim out of gold"),
    "criterion": ("Switch off", "Switch the criterion off"),
    "check": ("No answer", "Settle without an answer"),
    "flag": ("Not a leak", "Settle as not a leak"),
    "field": ("As imported", "Keep it as imported"),
    "added": ("Do not add", "Settle without adding it"),
    "recommendation": ("None", "Settle without a recommendation"),
}
"""What 'remove' comes to for each kind of unit: on the choice, on the button."""
LABELS = {
    "text": "The wording",
    "points": "Points; fewer than 0 mark an error",
    "required": "Is it required?",
    "kind": "How it is graded",
    "maximum": "The best grade, from 2 to 100",
    "verdict": "The verdict",
}
ANSWERS = {"yes": "Yes", "no": "No", "unsure": "Unsure"}
CRITERION_WORDS = {
    "required": "Required",
    "optional": "Optional",
    "binary": "Met or not",
    "ordinal": "By grades",
}


def desk_unit(
    case: Case, dispute: Dispute, number: int, draft: RulingDraft, restored: bool
) -> DeskUnit:
    """Return a unit as it lies on the desk; `restored` says that its draft was found again."""
    item, unit = case.view.item, dispute.unit
    rests = rests_on_evidence(unit)
    offered = case.offered(unit) if rests else ()
    givers = {given.reader for given in case.evidence if given.unit == evidence_of(unit)}
    return DeskUnit(
        unit=unit,
        number=number,
        title=wording.unit_title(unit, item),
        text=_text(item, dispute),
        about=_about(item, dispute),
        state=_state(case, dispute),
        line=" · ".join(_short(dispute, n) for n in range(len(dispute.readings))),
        readings=shown_readings(case, dispute),
        blocks=blocks(case, dispute),
        thread=tuple(
            DeskMessage(who="You" if one.mine else one.who, at=to_the_minute(one.at), text=one.text)
            for one in case.threads.get(unit, ())
        ),
        writes=can_be_written(unit),
        merges=can_be_merged(dispute, len(givers)) or _flagged_by_several(dispute),
        removes=_removing(unit),
        inputs={
            choice: tuple(
                _input(item, dispute, one, draft) for one in inputs_of(item, dispute, choice)
            )
            for choice in (NEW, MERGE)
        },
        marks=evidence_of(unit) if rests else "",
        own=tuple(
            DeskMark(
                name=name,
                words=piece_words(link, case.view),
                link=link.model_dump(mode="json"),
                leads=leads_to(link),
            )
            for name, link in draft.own.items()
        ),
        verdicts={r.reader: r.key for r in dispute.readings if rests and r.key in set(Verdict)},
        offered=tuple(
            DeskTick(
                name=evidence_name(link),
                words=piece_words(link, case.view),
                leads=leads_to(link),
                readers=", ".join(
                    sorted(
                        {
                            e.reader
                            for e in case.evidence
                            if (e.unit, e.link) == (evidence_of(unit), link)
                        }
                    )
                ),
            )
            for link in sorted(offered, key=lambda link: _place(item, link))
        ),
        texts=texts_to_merge(dispute),
        draft=_draft(dispute, draft, restored),
    )


def _is_known_claim(unit: str) -> bool:
    return unit.startswith("claim:") and not unit.startswith("claim:+")


def _place(item: Item, link: EvidenceLink) -> tuple[int, int, str, int, int]:
    """Return where a piece of evidence stands in the list: images first, in their order."""
    if isinstance(link, TextSpan):
        return 1, 0, link.field, link.start, link.end
    position = next((i.position for i in item.content.images if i.sha256 == link.sha256), 0)
    if isinstance(link, ImageBox):
        return 0, position, link.type, link.y, link.x
    return 0, position, "", 0, 0


def _flagged_by_several(dispute: Dispute) -> bool:
    flagged = [reading.value for reading in dispute.readings if reading.key == "flagged"]
    return dispute.unit.startswith("flag:") and len(flagged) > 1


def _state(case: Case, dispute: Dispute) -> str:
    if dispute in case.agreed:
        return "agreed"
    if unit_is_leak(dispute):
        return "leak"
    return "ruled" if dispute in case.ruled else "open"


def unit_is_leak(dispute: Dispute) -> bool:
    """Return True for a leak that all readers saw."""
    keys = {reading.key for reading in dispute.readings}
    return dispute.unit.startswith("flag:") and keys == {"flagged"}


def _text(item: Item, dispute: Dispute) -> str:
    """Return what a unit is about; of what was added, the words it is added by."""
    if not dispute.unit.startswith(("claim:", "criterion:")):
        return ""
    return wording.unit_text(dispute.unit, item) or dispute.label.partition(": ")[2]


def _about(item: Item, dispute: Dispute) -> str:
    """Return what a criterion is now, and why the unit goes to an adjudicator if that says more."""
    why = set(dispute.reasons) - {RouteReason.DIFFERENCE}
    words = [reason.words for reason in dispute.reasons] if why else []
    return " · ".join([*filter(None, [_criterion_facts(item, dispute.unit)]), *words])


def _criterion_facts(item: Item, unit: str) -> str:
    criterion = item.criterion(unit.partition(":")[2]) if unit.startswith("criterion:") else None
    if criterion is None:
        return ""
    facts = (
        wording.points(criterion.points),
        wording.requirement(criterion.required),
        wording.scale(criterion.kind, criterion.maximum),
    )
    return " · ".join(facts)


def _short(dispute: Dispute, number: int) -> str:
    reading = dispute.readings[number]
    return f"{reading.reader}: {wording.said(dispute.unit, reading.key, reading.value)}"


def _removing(unit: str) -> tuple[str, str]:
    kind, _, name = unit.partition(":")
    if name.startswith("+"):
        return REMOVING["added"]
    return REMOVING["recommendation" if name == "recommendation" else kind]


def _input(item: Item, dispute: Dispute, one: Input, draft: RulingDraft) -> DeskInput:
    unit = dispute.unit
    return DeskInput(
        name=one.name,
        kind=one.kind,
        label=_label(item, unit, one.name),
        options=tuple(DeskOption(value=o, word=_word(unit, one.name, o)) for o in one.options),
        value=draft.fields.get(one.name, one.start),
    )


def _label(item: Item, unit: str, name: str) -> str:
    if name in LABELS:
        return LABELS[name]
    lists = {
        "field:aliases": "Further names, one a line",
        "field:image_order": "Positions in order, one a line",
    }
    if _is_known_claim(unit):
        return LABELS["verdict"]
    return lists.get(unit, wording.unit_title(unit, item))


def _word(unit: str, name: str, option: str) -> str:
    if name in {"required", "kind"}:
        return CRITERION_WORDS[option]
    if unit.startswith("claim:"):
        return f"{wording.SIGNS[option]} {wording.VERDICTS[option]}"
    return ANSWERS.get(option) or wording.RECOMMENDATIONS.get(option, option)


def _draft(dispute: Dispute, draft: RulingDraft, restored: bool) -> DeskDraft:
    """Return what was begun; a letter chosen among other readings is to be chosen again."""
    outdated = bool(draft.input_digest) and draft.input_digest != dispute.input_digest
    found_again = restored and draft.saved_at is not None
    return DeskDraft(
        chosen="" if outdated else draft.chosen,
        reason=draft.reason,
        confidence=draft.confidence,
        rationale=draft.rationale,
        note=draft.note,
        question=draft.question,
        to_person=draft.to_person or None,
        ticks=draft.evidence,
        restored=to_the_minute(draft.saved_at) if found_again and draft.saved_at else "",
        outdated=outdated and bool(draft.chosen),
    )
