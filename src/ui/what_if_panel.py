"""What an edit does to scores and ranks: on the leaderboard, and beside an own reading or ruling.

Nothing of it is drawn, counted or named for anybody who may not see scores, nor before their own
reading or ruling is stored. Once opened, which is recorded, it follows every edit that is stored;
closed it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from src.domain.errors import BadInputError, ReviewToolError
from src.domain.item import Criterion
from src.domain.judging.card import JudgeCard
from src.domain.people import Actor
from src.domain.plurals import counted
from src.domain.review import MAX_TEXT
from src.domain.scoring.sheet import Policy
from src.domain.scoring.what_if import ModelChange, Outcome
from src.services.adjudicating import Case
from src.services.judge_settings import is_configured, judge_card
from src.services.what_if import CriterionEdit, Edit, EditableItem, FoundItem
from src.ui.draft_session import OpenDraft
from src.ui.leaderboard_changes import digits_that_add_up, signed
from src.ui.notices import calmly, careful, plain
from src.ui.parts import part
from src.ui.places import param, stem
from src.ui.reading_room.component import gathering
from src.ui.reading_room.effect import EffectLine, effect
from src.ui.session import settings, workbench
from src.ui.wording import TRACKS, with_unit_titles

OPEN = "Show what this does to the scores"
WORKING = "Working out the scores"
TRY = "try"
"""Names in the address the item that is to be tried out."""
MOST_HITS = 20
LEAST_DIGITS = 3
"""Decimals of a score that one edit moves."""
NO_HIT = "No item fits. Items you may still come to read are not among them."
RECORDED = (
    "That you look at an item here is recorded, and it is not given to you to read from then on."
)


def own_reading_effect(draft: OpenDraft) -> None:
    """Offer a reader who may see scores, once their reading is sent, what it would do to them."""
    if not draft.task.submitted_revision:
        return
    if not workbench().what_ifs.may_see_own(draft.actor, draft.task.round, draft.item.item_id):
        return
    st.header("Scores", anchor=False)
    part(draft, _own_reading, lambda _: {})


def own_effect_followed(draft: OpenDraft) -> dict[str, object]:
    """Return what the panel shows after an edit elsewhere, by its key; nothing while it is closed.

    An edit that is stored stays stored whatever becomes of the scores.
    """
    return _followed(draft.key("scores"), lambda: _show_own(draft))


def _own_reading(draft: OpenDraft) -> None:
    st.caption(
        "What your reading, as it stands, would do if it alone became gold. That you look is "
        "recorded: a revision after it is kept beside your reading for whoever settles the item, "
        "and changes neither gold nor any statistic. What you still want to revise, revise first."
    )
    looks = workbench().what_ifs.look_at_own
    task = draft.task
    asked = draft.alone(lambda: looks(draft.actor, task.round, draft.item.item_id))
    if st.toggle(OPEN, key=draft.key("scores"), on_change=asked):
        with st.spinner(WORKING):
            _show_own(draft)


def _show_own(draft: OpenDraft) -> None:
    found = workbench().what_ifs.of_own_reading(
        draft.actor, draft.task.round, draft.item.item_id, draft.body, _judge()
    )
    show_outcome(found, names_of_models(draft.actor), key=draft.key("effect"))


def rulings_effect(actor: Actor, case: Case) -> None:
    """Offer an adjudicator who may see scores, once they have ruled, what the rulings do."""
    item_id = case.view.item.item_id
    if not workbench().what_ifs.may_see_rulings(actor, case.round, item_id):
        return
    st.header("Scores", anchor=False)
    st.fragment(lambda: calmly(lambda: _rulings(actor, case)))()


def rulings_effect_followed(actor: Actor, case: Case) -> dict[str, object]:
    """Return what the panel shows after a ruling was begun, by its key; nothing while closed."""
    return _followed(_place("scores", actor, case), lambda: _show_rulings(actor, case))


def _rulings(actor: Actor, case: Case) -> None:
    st.caption(
        "What the readings and rulings on this item, as they stand, would do if released. That "
        "you look is recorded: a ruling you make after it is marked."
    )
    looks = workbench().what_ifs.look_at_rulings
    asked = careful(lambda: looks(actor, case.round, case.view.item.item_id))
    if st.toggle(OPEN, key=_place("scores", actor, case), on_change=asked):
        with st.spinner(WORKING):
            _show_rulings(actor, case)


def _show_rulings(actor: Actor, case: Case) -> None:
    found = workbench().what_ifs.of_rulings(actor, case.round, case.view.item.item_id, _judge())
    show_outcome(found, names_of_models(actor), key=_place("effect", actor, case))


def _place(name: str, actor: Actor, case: Case) -> str:
    return f"{name}-{stem(actor.person_id, case.round, case.view.item.item_id)}"


def _followed(toggle: str, show: Callable[[], None]) -> dict[str, object]:
    if not st.session_state.get(toggle):
        return {}
    try:
        with gathering() as others:
            show()
    except ReviewToolError:
        return {}
    return others


def _judge() -> JudgeCard | None:
    """Return the judge that new words would be graded by; None where none is set up."""
    return judge_card(settings()) if is_configured(settings()) else None


def names_of_models(actor: Actor) -> dict[str, str]:
    """Return model -> the name it is shown by."""
    return {m.name: m.display_name or m.name for m in workbench().predicting.models(actor)}


def what_if(actor: Actor, release: int | None, policy: Policy) -> None:
    """Ask for an item and an edit of it, and show at once what it does, counted as the scores."""
    item_id = _picked(actor)
    if not item_id:
        return
    try:
        item = workbench().what_ifs.item(actor, item_id, release)
        edit = _asked_edit(item)
        found = workbench().what_ifs.on_item(
            actor, item.item_id, edit, release=release, policy=policy, card=_judge()
        )
    except ReviewToolError as refusal:
        st.warning(plain(str(refusal)))
        return
    show_outcome(found, names_of_models(actor), key=f"effect-{stem(item.item_id)}")


def _picked(actor: Actor) -> str:
    """Ask for an item by a search; empty until one is chosen, for what is chosen is recorded."""
    asked = st.text_input(
        "Find an item",
        value=param(TRY),
        key="what-if-find",
        placeholder="Part of an id, a case, a disease or its ORPHA code",
        max_chars=200,
        width=480,
    ).strip()
    if not asked:
        st.caption(f"Points, words, names and whether an item counts can be tried out. {RECORDED}")
        return ""
    hits = {hit.item_id: hit for hit in workbench().what_ifs.find(actor, asked, MOST_HITS + 1)}
    if asked in hits:
        return asked
    if not hits:
        st.caption(f"{NO_HIT} {_without_names(actor)}")
        return ""
    st.caption(RECORDED)
    chosen = st.selectbox(
        "Item",
        list(hits)[:MOST_HITS],
        index=None,
        format_func=lambda item_id: _hit_words(hits[item_id]),
        placeholder=_choose(len(hits)),
        key=f"what-if-item-{stem(asked)}",
        width=480,
    )
    return chosen or ""


def _without_names(actor: Actor) -> str:
    """Say why no disease is found by its name, where that is so."""
    if workbench().ontologies.in_force(actor) is not None:
        return ""
    return "Names of diseases are not known yet: no Orphanet file is imported."


def _choose(hits: int) -> str:
    if hits > MOST_HITS:
        return f"The first {MOST_HITS}; search for more of it to see others"
    return "Choose the one that was found" if hits == 1 else f"Choose one of the {hits}"


def _hit_words(hit: FoundItem) -> str:
    return " · ".join(part for part in (hit.item_id, hit.disease, f"case {hit.case_id}") if part)


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
            "Counts": st.column_config.CheckboxColumn(width="small", required=True),
            "Points": st.column_config.NumberColumn(
                min_value=-100,
                max_value=100,
                width="small",
                required=True,
                help="From −100 to 100; errors take points away. Empty leaves them as they are.",
            ),
            "Criterion": st.column_config.TextColumn(max_chars=MAX_TEXT, required=True),
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
    points = row["Points"] if row["Points"] is not None else criterion.points
    text = str(row["Criterion"] or "").strip()
    if len(text) > MAX_TEXT:
        raise BadInputError(
            f"The criterion {criterion.criterion_id!r} has {len(text):,} characters; the most are "
            f"{MAX_TEXT:,}. Shorten it: nothing was tried out."
        )
    change = CriterionEdit(
        criterion_id=criterion.criterion_id,
        points=_other(float(str(points)), criterion.points),
        active=bool(row["Counts"]) if bool(row["Counts"]) is not criterion.active else None,
        text=text if text and text != criterion.text else None,
    )
    return change if change != CriterionEdit(criterion_id=criterion.criterion_id) else None


def _other(value: float, before: float) -> float | None:
    return value if value != before else None


def show_outcome(found: Outcome, names: Mapping[str, str], *, key: str) -> None:
    """Show in words what an edit does and what it still needs, then each model it moves.

    Those that take another rank come first, then those whose score moves most.
    """
    moved = sorted((m for m in found.models if _moves(m)), key=_most_moved)
    words = " ".join([summary(found), *beside(found)])
    effect(key=key, words=words, lines=[effect_line(m, names) for m in moved])


def _most_moved(change: ModelChange) -> tuple[bool, float, str]:
    before = change.before or 0.0
    ends = [end for end in (change.after, change.least, change.most) if end is not None]
    return (
        not change.can_take_another_rank,
        -max((abs(end - before) for end in ends), default=1.0),
        change.model,
    )


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
        why = with_unit_titles(found.not_released)
        words.append(f"A release would not hold this item: {why}.")
    if found.left_out_then:
        how = "is" if found.left_out_now == found.left_out_then else "would be"
        words.append(f"This item {how} left out: {found.left_out_then}.")
    elif found.left_out_now:
        words.append(f"This item is left out now ({found.left_out_now}), and would count.")
    if found.gives_nothing:
        words.append(
            "No criterion that counts would give points: no answer to this item would have a score."
        )
    if found.answers_needed:
        words.append(
            "The question or the images would be others: "
            f"{counted(found.answers_needed, 'answer')} would be to another version. The models "
            "would have to answer anew; until then the item does not count for them."
        )
    return words


def _moves(change: ModelChange) -> bool:
    return change.before != change.after or change.can_take_another_rank


def effect_line(change: ModelChange, names: Mapping[str, str]) -> EffectLine:
    """Return what an edit does to one model, its numbers with the digits that make them add up."""
    digits = _digits(change)
    before, then = _number(change.before, digits), _then(change, digits)
    return EffectLine(
        model=names.get(change.model, change.model),
        score=before if before == then else f"{before} → {then}",
        change=_change_text(change, digits),
        rank=_ranks(change),
        sign=_sign(change),
        items=_arrow(change.items_before, change.items_after),
    )


def _sign(change: ModelChange) -> str:
    """Return which way a rank moves; both ways where missing grades decide."""
    if not change.can_take_another_rank:
        return ""
    before = change.rank_before or 0
    best = change.rank_best if change.rank_best is not None else change.rank_after
    worst = change.rank_worst if change.rank_worst is not None else change.rank_after
    if not before or best is None or worst is None or best < before < worst:
        return "◆"
    return "▲" if best < before else "▼"


def _digits(change: ModelChange) -> int:
    """Return with how many decimals a model's scores are told, from three on."""
    ends = (change.least, change.most) if change.is_open else (change.after,)
    known = [end for end in ends if end is not None]
    return (
        LEAST_DIGITS
        if change.before is None
        else digits_that_add_up(change.before, *known, least=LEAST_DIGITS)
    )


def _then(change: ModelChange, digits: int) -> str:
    """Return the score an edit leads to; within bounds where grades are missing."""
    if change.is_open:
        return f"{_number(change.least, digits)} to {_number(change.most, digits)}"
    return _number(change.after, digits)


def _number(value: float | None, digits: int) -> str:
    return "no score" if value is None else f"{value:.{digits}f}"


def _change_text(change: ModelChange, digits: int) -> str:
    if change.before is None:
        return ""
    if change.least is not None and change.most is not None and change.is_open:
        ends = (signed(end - change.before, digits) for end in (change.least, change.most))
        return " to ".join(ends)
    return "" if change.after is None else signed(change.after - change.before, digits)


def _ranks(change: ModelChange) -> str:
    if change.rank_best != change.rank_worst:
        between = f"{change.rank_best} to {change.rank_worst}"
        return f"{change.rank_before or 'none'} → {between}"
    return _arrow(change.rank_before, change.rank_after)


def _arrow(before: int | None, after: int | None) -> str:
    if before == after:
        return str(before or "")
    return f"{before or 'none'} → {after or 'none'}"
