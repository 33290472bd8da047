"""The adjudicator's desk between browser and study: each choice is stored as it is made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from threading import RLock

import streamlit as st

from src.domain.adjudication import MERGE, NEW, Dispute
from src.domain.errors import BadInputError
from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.reasons import Reason
from src.domain.review import MAX_TEXT, Confidence, Receipt
from src.domain.routing import AUDIT
from src.domain.ruling import (
    MOST_MARKS,
    RulingDraft,
    inputs_of,
    rests_on_evidence,
    ticked,
    what_is_missing,
    written_value,
)
from src.services.adjudicating import Case, DisputedItem, Ruling
from src.ui import notices, wording
from src.ui.doing import Doing
from src.ui.places import go, stem
from src.ui.reading_room.acts import Act, acts_after
from src.ui.reading_room.component import telling
from src.ui.reading_room.rulings import DeskEnd, DeskOption, DeskState, rulings
from src.ui.ruling_marks import piece_marked
from src.ui.ruling_units import desk_unit
from src.ui.session import workbench
from src.ui.times import to_the_minute
from src.ui.what_if_panel import rulings_effect_followed

RECEIPT = "_ruling_receipt"
INPUT = "in:"
WRITTEN = {"rationale", "note", "question"}
MARK_NAME = 80
"""Characters of the name a browser gives what is marked."""
REASONS = tuple(
    DeskOption(value=reason, word=wording.REASONS[reason], hint=str(number))
    for number, reason in enumerate(Reason, start=1)
)
CONFIDENCES = tuple(
    DeskOption(value=sure, word=wording.CONFIDENCES[sure], hint=str(number))
    for number, sure in enumerate(Confidence, start=1)
)


class _Overtaken(Exception):
    """Another window of the same adjudicator wrote in a place since this one began to."""


@dataclass
class DeskTab:
    """What one browser tab holds of a desk beside the study."""

    rev: int
    doing: Doing = field(default_factory=Doing)
    """How far what the browser sent is done here."""
    anew: bool = False
    """True when the whole page must be drawn, not only the desk."""
    waiting: dict[tuple[str, str], str] = field(default_factory=dict)
    """Typed here while another window wrote in the same place, a unit and what of it."""
    touched: set[str] = field(default_factory=set)
    """Units written on since this tab opened: their drafts were not found again."""
    lock: RLock = field(default_factory=RLock)
    """Held while something is stored: Streamlit can start a run while one is in its own."""


@dataclass(frozen=True)
class OpenDesk:
    """A case before its adjudicator in this run of the page."""

    actor: Actor
    case: Case
    following: DisputedItem | None
    """The item that comes next, where nothing is open on this one."""
    shows_ruled: bool
    tab: DeskTab

    @property
    def item_id(self) -> str:
        """The item that is settled."""
        return self.case.view.item.item_id

    @property
    def key(self) -> str:
        """The key of the desk: another adjudicator, round or item never shares it."""
        return f"rulings-{stem(self.actor.person_id, self.case.round, self.item_id)}"

    def do_all(self) -> None:
        """Do what the browser has sent, each once and in order. For use as a callback."""
        tab = self.tab
        with tab.lock:
            acts = acts_after(self.key, tab.rev, tab.doing.applied)
            tab.doing.go_through(acts, lambda act: _do(self, act))


def open_desk(
    actor: Actor, case: Case, following: DisputedItem | None, *, shows_ruled: bool
) -> OpenDesk:
    """Put a case on the desk; what was begun on it and not settled is there again."""
    tab = desk_tab(f"desk-{stem(actor.person_id, case.round, case.view.item.item_id)}")
    return OpenDesk(actor, case, following, shows_ruled, tab)


def desk_tab(place: str) -> DeskTab:
    """Return what this browser tab holds of a place; made when it is first asked for."""
    tab = st.session_state.get(place)
    if not isinstance(tab, DeskTab):
        tab = DeskTab(rev=int(workbench().clock().timestamp() * 1000))
        st.session_state[place] = tab
    tab.anew = False
    return tab


def ruling_desk(desk: OpenDesk) -> None:
    """Show the desk; what is only begun draws nothing else, a ruling draws the whole page."""
    drawn = False

    def again() -> None:
        nonlocal drawn
        if drawn and (desk.tab.anew or notices.waiting()):
            st.rerun()
        others = rulings_effect_followed(desk.actor, desk.case) if drawn else {}
        with telling({"others": others}) if others else nullcontext():
            notices.calmly(lambda: _draw(desk, desk.case.drafts if not drawn else _drafts(desk)))
        drawn = True

    st.fragment(again)()


def _drafts(desk: OpenDesk) -> dict[str, RulingDraft]:
    return workbench().adjudicating.drafts(desk.actor, desk.case.round, desk.item_id)


def _draw(desk: OpenDesk, drafts: dict[str, RulingDraft]) -> None:
    rulings(
        key=desk.key,
        state=_state(desk, drafts),
        reasons=REASONS,
        confidences=CONFIDENCES,
        rev=desk.tab.rev,
        seen=desk.tab.doing.applied,
        on_change=desk.do_all,
    )


def _state(desk: OpenDesk, drafts: dict[str, RulingDraft]) -> DeskState:
    case, tab = desk.case, desk.tab
    units = _units(desk, drafts)
    here = {dispute.unit for dispute in units}
    found_again = [
        draft.saved_at
        for unit, draft in drafts.items()
        if unit in here and unit not in tab.touched and draft.saved_at is not None
    ]
    return DeskState(
        progress=_progress(case),
        receipt=receipt_of(case),
        restored=f"Restored what you wrote at {to_the_minute(max(found_again))}"
        if found_again
        else "",
        units=tuple(
            desk_unit(
                case,
                dispute,
                number,
                drafts.get(dispute.unit, RulingDraft()),
                dispute.unit not in tab.touched,
            )
            for number, dispute in enumerate(units, start=1)
        ),
        end=None if _open_here(case) else _end(desk),
        colleagues=tuple(DeskOption(value=person, word=name) for person, name in case.colleagues),
        most=MAX_TEXT,
    )


def _units(desk: OpenDesk, drafts: dict[str, RulingDraft]) -> list[Dispute]:
    """Return what lies on the desk: all that is open, and on wish what is settled.

    What was settled while one was at it stays: by another adjudicator, to be agreed with or not,
    or in another window of one's own.
    """
    case = desk.case
    overtaken = [dispute for dispute in case.ruled if dispute.unit in drafts]
    settled = case.ruled if desk.shows_ruled else overtaken
    return [*_open_here(case), *case.leaks, *settled, *case.agreed]


def _open_here(case: Case) -> list[Dispute]:
    """Return the open units, without those the adjudicator handed on."""
    gone = {unit for unit, handed in case.handed_on.items() if handed.by_me}
    return [d for d in case.disputes if d.unit not in gone and d.unit != AUDIT]


def _progress(case: Case) -> str:
    done = len(case.ruled)
    disputed = [dispute for dispute in case.disputes if dispute.unit != AUDIT]
    every = done + len(disputed)
    gone = len(disputed) - len(_open_here(case))
    if not every:
        return "Nothing is disputed"
    handed_on = f", {gone} handed on" if gone else ""
    return f"{done} of {counted(every, 'unit')} settled{handed_on}"


def _end(desk: OpenDesk) -> DeskEnd:
    """Return what stands where nothing is open, with the worst of the other items."""
    words, following = "Nothing is open on this item.", desk.following
    if any(handed.by_me for handed in desk.case.handed_on.values()):
        words = "Nothing else is open on this item. What you handed on is with a colleague."
    if following is not None:
        opens = "" if following.own_reading_first else f", with {following.open_units} open"
        return DeskEnd(words=words, button=f"Open the next item, {following.item_id}{opens}")
    waiting = workbench().browsing.waiting(desk.actor)
    rest = f"{counted(waiting, 'item')} still wait for a reading." if waiting else ""
    return DeskEnd(words=f"{words} That was the last dispute for now. {rest}".strip())


# ---- what is done ----------------------------------------------------------------------------


def _do(desk: OpenDesk, act: Act) -> None:
    doing: dict[str, Callable[[OpenDesk, Act], None]] = {
        "choose": _choose,
        "text": _write,
        "tick": _tick,
        "mark": _mark,
        "settle": _settle,
        "agree": _agree,
        "hand-on": _hand_on,
        "ask": _ask,
        "next": _next,
    }
    if act.kind not in doing:
        raise BadInputError(f"There is nothing to do by {act.kind!r}.")
    doing[act.kind](desk, act)


def _keep(desk: OpenDesk, unit: str, edit: Callable[[RulingDraft], RulingDraft]) -> None:
    """Store a change of a draft, with the readings it was made upon."""
    dispute = desk.case.dispute(unit)
    if dispute is None:
        raise BadInputError(f"There is nothing to rule on {unit!r} here.")
    desk.tab.touched.add(unit)

    def edited(draft: RulingDraft) -> RulingDraft:
        if draft.input_digest not in ("", dispute.input_digest):
            draft = draft.model_copy(update={"chosen": ""})  # It was a letter of other readings.
        changed = edit(draft).model_copy(update={"input_digest": dispute.input_digest})
        return RulingDraft.model_validate(changed.model_dump())

    bench = workbench().adjudicating
    bench.keep_draft(desk.actor, desk.case.round, desk.item_id, unit, edited)


def _choose(desk: OpenDesk, act: Act) -> None:
    what, _, unit = act.target.partition(" ")
    if what.startswith(INPUT):
        _keep(desk, unit, lambda draft: _with_field(draft, what, act.text))
    elif what == "chosen":
        _keep(desk, unit, lambda draft: draft.model_copy(update={"chosen": act.text}))
    elif what == "to_person":
        _keep(desk, unit, lambda draft: draft.model_copy(update={"to_person": act.text[:200]}))
    elif what in {"reason", "confidence"}:
        kinds: dict[str, type[Reason] | type[Confidence]] = {
            "reason": Reason,
            "confidence": Confidence,
        }
        if act.value is not None and act.value not in set(kinds[what]):
            raise BadInputError(f"{act.value!r} cannot be chosen here.")
        said = kinds[what](act.text) if act.value is not None else None
        _keep(desk, unit, lambda draft: draft.model_copy(update={what: said}))
    else:
        raise BadInputError(f"There is nothing to choose of {what!r}.")


def _with_field(draft: RulingDraft, what: str, text: str) -> RulingDraft:
    fields = {**draft.fields, what.removeprefix(INPUT): text[:MAX_TEXT]}
    return draft.model_copy(update={"fields": fields})


def _write(desk: OpenDesk, act: Act) -> None:
    """Store what is typed, unless another window wrote there since: then one is asked."""
    what, _, unit = act.target.partition(" ")
    if not what.startswith(INPUT) and what not in WRITTEN:
        raise BadInputError(f"There is nothing to write of {what!r}.")
    if not isinstance(act.value, tuple) or len(act.value) != 2:
        raise BadInputError("What was typed cannot be read.")
    upon, text = (part[:MAX_TEXT] for part in act.value)
    place = (unit, what)

    def written(draft: RulingDraft) -> RulingDraft:
        if said(desk, draft, place) not in (upon, text):
            raise _Overtaken
        return with_said(draft, what, text)

    try:
        _keep(desk, unit, written)
    except _Overtaken:
        desk.tab.waiting[place] = text
        desk.tab.anew = True
    else:
        desk.tab.anew = desk.tab.anew or place in desk.tab.waiting
        desk.tab.waiting.pop(place, None)


def said(desk: OpenDesk, draft: RulingDraft, place: tuple[str, str]) -> str:
    """Return what a draft says in a place, a unit and what of it; else what stands there first."""
    unit, what = place
    if not what.startswith(INPUT):
        return str(getattr(draft, what))
    name, dispute = what.removeprefix(INPUT), desk.case.dispute(unit)
    if name in draft.fields or dispute is None or draft.chosen not in (NEW, MERGE):
        return draft.fields.get(name, "")
    inputs = inputs_of(desk.case.view.item, dispute, draft.chosen)
    return next((one.start for one in inputs if one.name == name), "")


def with_said(draft: RulingDraft, what: str, text: str) -> RulingDraft:
    """Return a draft with a text in one place."""
    if what.startswith(INPUT):
        return _with_field(draft, what, text)
    return draft.model_copy(update={what: text})


def _require_one_mind(desk: OpenDesk, unit: str) -> None:
    if any(waiting == unit for waiting, _ in desk.tab.waiting):
        raise BadInputError(
            "Another window of yours wrote on this unit. Choose above what is to stand. "
            "Nothing was settled or sent."
        )


def _tick(desk: OpenDesk, act: Act) -> None:
    names = act.value if isinstance(act.value, tuple) else None
    _keep(desk, act.target, lambda draft: draft.model_copy(update={"evidence": names}))


def _mark(desk: OpenDesk, act: Act) -> None:
    """Keep a piece of evidence the adjudicator marked, moved or named; without one, drop it."""
    name, _, unit = act.target.partition(" ")
    link = piece_marked(desk.case.view, act.text) if act.value is not None else None
    if not rests_on_evidence(unit):
        raise BadInputError("Only what a claim rests on can be marked. Open a claim first.")

    def marked(draft: RulingDraft) -> RulingDraft:
        others = {key: piece for key, piece in draft.own.items() if key != name[:MARK_NAME]}
        own = others if link is None else {**others, name[:MARK_NAME]: link}
        if len(own) > MOST_MARKS:
            raise BadInputError(f"At most {MOST_MARKS} pieces of evidence are marked for a claim.")
        return draft.model_copy(update={"own": own})

    _keep(desk, unit, marked)


def _next(desk: OpenDesk, act: Act) -> None:
    following = desk.following
    desk.tab.anew = True
    if following is not None:
        go(item=following.item_id, round=following.round, show="")


def _settle(desk: OpenDesk, act: Act) -> None:
    """Store the ruling that a draft holds, and keep its receipt to be shown."""
    unit, tab = act.target, desk.tab
    tab.anew = True
    dispute = desk.case.dispute(unit)
    draft = _drafts(desk).get(unit)
    if dispute is None or draft is None:
        return  # It came a second time, over a server that fell behind the first: it is stored.
    _require_one_mind(desk, unit)
    missing = what_is_missing(draft)
    if missing:
        raise BadInputError(f"{missing} What you wrote is kept.")
    item = desk.case.view.item
    own_value = draft.chosen in (NEW, MERGE)
    with_evidence = own_value and unit.startswith("claim:") and not unit.startswith("claim:+")
    offered = desk.case.offered(unit)
    assert draft.reason is not None and draft.confidence is not None
    receipt = workbench().adjudicating.decide(
        desk.actor,
        Ruling(
            round=desk.case.round,
            item_id=desk.item_id,
            unit=unit,
            chosen=draft.chosen,
            value=written_value(item, dispute, draft, offered),
            evidence=ticked(draft, draft.chosen, offered) if with_evidence else None,
            reason=draft.reason,
            rationale=draft.rationale,
            confidence=draft.confidence,
            input_digest=dispute.input_digest,
            upon=_seen(desk, unit),
        ),
    )
    keep_receipt(desk, unit, receipt)


def _seen(desk: OpenDesk, unit: str) -> int:
    """Return the revision of another adjudicator's ruling that stood on the desk; 0 for none."""
    earlier = desk.case.earlier.get(unit)
    return earlier.revision if earlier is not None and not earlier.mine else 0


def _agree(desk: OpenDesk, act: Act) -> None:
    """Store a ruling that is the same as another adjudicator's; both are kept."""
    unit, desk.tab.anew = act.target, True
    dispute, earlier = desk.case.dispute(unit), desk.case.earlier.get(unit)
    if dispute is None or earlier is None or earlier.mine:
        return  # It came a second time: it is stored.
    _require_one_mind(desk, unit)
    draft = _drafts(desk).get(unit, RulingDraft())
    receipt = workbench().adjudicating.decide(
        desk.actor,
        Ruling(
            round=desk.case.round,
            item_id=desk.item_id,
            unit=unit,
            chosen=earlier.chosen,
            value=earlier.value if earlier.chosen in (NEW, MERGE) else None,
            evidence=earlier.evidence,
            reason=draft.reason or earlier.reason,
            rationale=draft.rationale,
            confidence=draft.confidence or earlier.confidence,
            input_digest=dispute.input_digest,
            upon=earlier.revision,
        ),
    )
    keep_receipt(desk, unit, receipt)


def _ask(desk: OpenDesk, act: Act) -> None:
    """Put the question of a draft to all readers of the item."""
    unit, desk.tab.anew = act.target, True
    draft = _drafts(desk).get(unit, RulingDraft())
    if not draft.question.strip():
        return  # It came a second time: it is stored.
    _require_one_mind(desk, unit)
    bench, item_id = workbench(), desk.item_id
    bench.discussing.ask(desk.actor, desk.case.round, item_id, unit, draft.question)
    _keep(desk, unit, lambda begun: begun.model_copy(update={"question": ""}))
    desk.tab.rev += 1
    words = "Asked all readers of this case. Their answers stand here under their letters."
    st.session_state[RECEIPT] = (desk.case.round, item_id, words)


def _hand_on(desk: OpenDesk, act: Act) -> None:
    """Leave a unit to the adjudicator that the draft names, with its note."""
    unit, desk.tab.anew = act.target, True
    draft = _drafts(desk).get(unit, RulingDraft())
    handed = desk.case.handed_on.get(unit)
    if handed is not None and handed.by_me:
        return  # It came a second time: it is stored.
    _require_one_mind(desk, unit)
    if not draft.to_person:
        raise BadInputError("Choose whom to hand it on to. What you wrote is kept.")
    bench = workbench().adjudicating
    bench.hand_on(desk.actor, desk.case.round, desk.item_id, unit, draft.to_person, draft.note)
    name = dict(desk.case.colleagues).get(draft.to_person, "a colleague")
    what = wording.unit_title(unit, desk.case.view.item).rstrip("?.")
    words = f"Handed on to {name}: {what}."
    st.session_state[RECEIPT] = (desk.case.round, desk.item_id, words)


def keep_receipt(desk: OpenDesk, unit: str, receipt: Receipt) -> None:
    """Keep the receipt of a ruling, to be shown on its item and on no other."""
    what = wording.unit_title(unit, desk.case.view.item).rstrip("?.")
    at = to_the_minute(receipt.at)
    words = f"Settled: {what}. Your receipt {receipt.number}, {receipt.hash[:12]}, {at}"
    st.session_state[RECEIPT] = (desk.case.round, desk.item_id, words)


def receipt_of(case: Case) -> str:
    """Return the receipt of the last ruling on this very item; empty when there is none."""
    round_name, item_id, words = st.session_state.get(RECEIPT, ("", "", ""))
    return str(words) if (round_name, item_id) == (case.round, case.view.item.item_id) else ""
