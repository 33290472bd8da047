"""What an edit does to scores and ranks: on the leaderboard, and beside an own reading or ruling.

Nothing of it is drawn, counted or named for anybody who may not see scores, nor before their own
reading or ruling is stored.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.item import Criterion
from src.domain.judging.card import JudgeCard
from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.scoring.what_if import ModelChange, Outcome
from src.services.adjudicating import Case
from src.services.judge_settings import is_configured, judge_card
from src.services.what_if import CriterionEdit, Edit, EditableItem
from src.ui.draft_session import OpenDraft
from src.ui.leaderboard_changes import signed
from src.ui.notices import plain
from src.ui.parts import part
from src.ui.session import settings, workbench
from src.ui.wording import TRACKS

ASK = "Show what this does to the scores"
AGAIN = "Work it out again"


def own_reading_effect(draft: OpenDraft) -> None:
    """Offer a reader who may see scores, once their reading is sent, what it would do to them."""
    if not draft.task.submitted_revision:
        return
    if not workbench().what_ifs.may_see_own(draft.actor, draft.task.round, draft.item.item_id):
        return
    st.header("Scores", anchor=False)
    part(draft, _own_reading, lambda _: {})


def _own_reading(draft: OpenDraft) -> None:
    asked = draft.key("scores-asked")
    st.caption(
        "What your reading, as it stands, would do if it alone became gold. A revision after you "
        "have looked is kept and counts in no statistic."
    )
    known = bool(st.session_state.get(asked))
    if st.button(AGAIN if known else ASK, key=draft.key("scores")):
        st.session_state[asked] = known = True
    if known:
        found = workbench().what_ifs.of_own_reading(
            draft.actor, draft.task.round, draft.item.item_id, draft.body, _judge()
        )
        show_outcome(found, names_of_models(draft.actor))


def rulings_effect(actor: Actor, case: Case) -> None:
    """Offer an adjudicator who may see scores, once they have ruled, what the rulings do."""
    item_id = case.view.item.item_id
    if not workbench().what_ifs.may_see_rulings(actor, case.round, item_id):
        return
    st.header("Scores", anchor=False)
    st.caption(
        "What the readings and rulings on this item, as they stand, would do if released. That "
        "you have looked is recorded."
    )
    if st.button(ASK, key="scores-of-rulings"):
        found = workbench().what_ifs.of_rulings(actor, case.round, item_id, _judge())
        show_outcome(found, names_of_models(actor))


def _judge() -> JudgeCard | None:
    """Return the judge that new words would be graded by; None where none is set up."""
    return judge_card(settings()) if is_configured(settings()) else None


def names_of_models(actor: Actor) -> dict[str, str]:
    """Return model -> the name it is shown by."""
    return {m.name: m.display_name or m.name for m in workbench().predicting.models(actor)}


def what_if(actor: Actor, release: int | None) -> None:
    """Ask for an item and an edit of it, and show at once what it does."""
    item_id = st.text_input("Item", key="what-if-item", placeholder="dataset/track/index")
    if not item_id.strip():
        st.caption("Name an item: its points, words, names and whether it counts can be tried out.")
        return
    try:
        item = workbench().what_ifs.item(actor, item_id.strip(), release)
        edit = _asked_edit(item)
        found = workbench().what_ifs.on_item(
            actor, item.item_id, edit, release=release, card=_judge()
        )
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        return
    show_outcome(found, names_of_models(actor))


def _asked_edit(item: EditableItem) -> Edit:
    st.text(item.question)
    edited = st.data_editor(
        [
            {"Counts": c.active, "Points": c.points, "Criterion": c.text, "Id": c.criterion_id}
            for c in item.criteria
        ],
        key=f"what-if-rubric-{item.item_id}",
        hide_index=True,
        width="stretch",
        disabled=["Id"],
        column_config={
            "Counts": st.column_config.CheckboxColumn(width="small"),
            "Points": st.column_config.NumberColumn(min_value=-100, max_value=100, width="small"),
        },
    )
    names = ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if item.takes_names:
            names = st.text_input(
                "Another name that would count", key=f"what-if-name-{item.item_id}", width=320
            )
        excluded = st.toggle("Leave the item out", key=f"what-if-out-{item.item_id}")
    pairs = zip(item.criteria, edited, strict=True)
    changes = [change for c, row in pairs if (change := _change(c, row)) is not None]
    wanted = tuple(name for name in [names.strip()] if name)
    return Edit(criteria=tuple(changes), names=wanted, excluded=excluded)


def _change(criterion: Criterion, row: Mapping[str, object]) -> CriterionEdit | None:
    """Return what a line of the table changes of a criterion, or None."""
    points, text = row["Points"], str(row["Criterion"] or "").strip()
    change = CriterionEdit(
        criterion_id=criterion.criterion_id,
        points=_other(float(str(points)) if points is not None else 0.0, criterion.points),
        active=bool(row["Counts"]) if bool(row["Counts"]) is not criterion.active else None,
        text=text if text and text != criterion.text else None,
    )
    return change if change != CriterionEdit(criterion_id=criterion.criterion_id) else None


def _other(value: float, before: float) -> float | None:
    return value if value != before else None


def show_outcome(found: Outcome, names: Mapping[str, str]) -> None:
    """Show in one line what an edit does, what it still needs, and each model it moves."""
    st.text(summary(found))
    for words in beside(found):
        st.text(words)
    moved = [m for m in found.models if _moves(m)]
    moved.sort(key=lambda m: (m.rank_after or m.rank_before or 0, m.model))
    if moved:
        st.dataframe([_line(m, names) for m in moved], hide_index=True, width="stretch")


def summary(found: Outcome) -> str:
    """Return in a few words what an edit does to the scores and ranks of a track."""
    track = TRACKS[found.track.value]
    if not found.models:
        return f"No model has answered in {track} yet."
    moved = [m for m in found.models if _moves(m)]
    if not moved and not found.grades_needed:
        return f"{track}: no score and no rank would change."
    how = "can" if found.grades_needed else "would"
    words = f"{track}: {counted(len(moved), 'score')} {how} change"
    if found.moved:
        words += f", {counted(len(found.moved), 'model')} {how} take another rank"
    words += "."
    if found.grades_needed:
        price = (
            "at a price not known here" if found.price is None else f"about {found.price:.2f} USD"
        )
        words += (
            f" {counted(found.grades_needed, 'grade')} would be needed, {price}; until then the "
            "item counts for no model that lacks one."
        )
    return words


def beside(found: Outcome) -> list[str]:
    """Return in words whether the item counts, and why not, and which answers it would need."""
    words = []
    if found.not_released:
        words.append(f"A release would not hold this item: {found.not_released}.")
    if found.left_out_then:
        how = "is" if found.left_out_now == found.left_out_then else "would be"
        words.append(f"This item {how} left out: {found.left_out_then}.")
    elif found.left_out_now:
        words.append(f"This item is left out now ({found.left_out_now}), and would count.")
    if found.answers_needed:
        words.append(
            "The question or the images would be others: "
            f"{counted(found.answers_needed, 'answer')} would be to another version. The models "
            "would have to answer anew; until then the item does not count for them."
        )
    return words


def _moves(change: ModelChange) -> bool:
    return change.before != change.after or change.can_take_another_rank


def _line(change: ModelChange, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "Model": names.get(change.model, change.model),
        "Rank": _ranks(change),
        "Now": _number(change.before),
        "Then": _then(change),
        "Change": _change_text(change),
        "Items": _arrow(change.items_before, change.items_after),
    }


def _then(change: ModelChange) -> str:
    """Return the score an edit leads to; within bounds where grades are missing."""
    if change.is_open:
        return f"{_number(change.least)} to {_number(change.most)}"
    return _number(change.after)


def _number(value: float | None) -> str:
    return "no score" if value is None else f"{value:.3f}"


def _change_text(change: ModelChange) -> str:
    if change.before is None:
        return ""
    if change.least is not None and change.most is not None and change.is_open:
        return f"{signed(change.least - change.before)} to {signed(change.most - change.before)}"
    return "" if change.after is None else signed(change.after - change.before)


def _ranks(change: ModelChange) -> str:
    if change.rank_best != change.rank_worst:
        between = f"{change.rank_best} to {change.rank_worst}"
        return f"{change.rank_before or 'none'} → {between}"
    return _arrow(change.rank_before, change.rank_after)


def _arrow(before: int | None, after: int | None) -> str:
    if before == after:
        return str(before or "")
    return f"{before or 'none'} → {after or 'none'}"
