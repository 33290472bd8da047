"""Judging on the Leaderboard: what it would cost, the run under way, and what came of it.

All that is shown of a run stands in the database: it is the same after a reload, on another screen,
and for a run that was begun on the command line.
"""

from __future__ import annotations

import asyncio
import time

import streamlit as st

from src.domain.item import Track
from src.domain.judging.card import JudgeCard
from src.domain.judging.run import JudgeRun, Selection
from src.domain.people import Actor
from src.domain.plurals import counted
from src.services.judge_settings import NO_JUDGE, configured_judge, is_configured, judge_card
from src.services.judge_work import ENOUGH, is_of_budget
from src.services.judging import JudgePlan, JudgeReport
from src.ui.leak_words import progress_words
from src.ui.notices import careful, plain
from src.ui.session import settings, workbench
from src.ui.wording import STATUS_OF_GRADES, TRACKS
from src.ui.work import Watch, refused, under_way, work_desk

PLAN, RUN = "judge-plan", "judge-run"
SAMPLE = "_judge_sample"
POLL_SECONDS = 1.0


def judge_run(actor: Actor) -> None:
    """Offer to judge the answers, or show the run that is under way or was the last."""
    runs = workbench().judging.runs(actor, 1)
    run = runs[0] if runs else None
    goes_on = run is not None and workbench().judging.goes_on(actor, run)
    with st.expander("Judge the answers", expanded=goes_on, key="judge-run"):
        if run is not None and goes_on:
            _under_way(actor, run.run_id)
            return
        work = work_desk().of(RUN)
        if work is not None and work.done:
            refused(work)
        if run is not None:
            _last(actor, run)
        _panel(actor)
        if not is_configured(settings()):
            st.info(plain(NO_JUDGE))
            return
        _offer(actor)


# ---- before -------------------------------------------------------------------------------


def _offer(actor: Actor) -> None:
    """Ask which answers and how much it may cost; first the price, then the button."""
    card = judge_card(settings())
    known = {m.name: m.display_name or m.name for m in workbench().predicting.models(actor)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.multiselect(
            "Models",
            list(known),
            format_func=known.__getitem__,
            placeholder="All",
            key="judge-models",
            on_change=_forget_plan,
        )
        st.multiselect(
            "Tracks",
            list(Track),
            format_func=lambda track: TRACKS[track.value],
            placeholder="All",
            key="judge-tracks",
            on_change=_forget_plan,
        )
        st.number_input(
            "Spend at most (USD)",
            min_value=0.0,
            value=None,
            placeholder="No limit",
            help="Left empty, a run that is taken up again keeps the limit it has.",
            key="judge-budget",
            width=160,
        )
    st.caption(
        plain(
            f"Judge: {card.name}. {card.input_price:.2f} USD for a million tokens sent and "
            f"{card.output_price:.2f} received, as the settings say."
        )
    )
    plan = work_desk().of(PLAN)
    if plan is not None and not plan.done:
        under_way(plan, "Counting what is missing", progress_words, PLAN)
        return
    st.button("See what it costs", key="judge-see", on_click=start_plan, args=(actor,))
    if plan is not None and not refused(plan) and isinstance(plan.result, JudgePlan):
        _price(actor, card, plan.result)


def _price(actor: Actor, card: JudgeCard, plan: JudgePlan) -> None:
    if not plan.asked:
        st.success(f"Nothing is missing: {counted(plan.cached, 'grade')} stored already.")
        return
    tracks = ", ".join(f"{TRACKS[t.value]} {number:,}" for t, number in plan.by_track.items())
    st.markdown(
        plain(
            f"{counted(plan.asked, 'grade')} to ask for ({tracks}), {plan.cached:,} stored "
            f"already. About {plan.tokens_in + plan.tokens_out:,} tokens, {plan.cost:.2f} USD; "
            f"at the very most {plan.most_cost:.2f} USD."
        )
    )
    st.button(
        plain(f"Ask {card.name} for {counted(plan.asked, 'grade')}"),
        type="primary",
        key="judge-start",
        on_click=start_run,
        args=(actor, _selection()),
    )


def _selection() -> Selection:
    held = st.session_state
    return Selection(
        models=tuple(held.get("judge-models") or ()), tracks=tuple(held.get("judge-tracks") or ())
    )


def _budget() -> float | None:
    """Return what may be spent at most, as the screen says now; None where it says nothing."""
    found: float | None = st.session_state.get("judge-budget")
    return found


def _forget_plan() -> None:
    """Put a price away that was of another choice."""
    work_desk().clear(PLAN)


@careful
def start_plan(actor: Actor) -> None:
    """Count what is missing, beside the screens."""
    bench, card, selection = workbench(), judge_card(settings()), _selection()

    def count(watch: Watch) -> JudgePlan:
        return bench.judging.plan(actor, card, selection, watch)

    work_desk().start(PLAN, count)


@careful
def start_run(actor: Actor, selection: Selection) -> None:
    """Begin a run, or take the one up again that stopped, beside the screens."""
    bench, configured, budget = workbench(), settings(), _budget()
    card, judge = configured_judge(configured)

    async def ask(watch: Watch) -> JudgeReport:
        try:
            return await bench.judging.run(
                actor, card, judge, selection, budget=budget, watch=watch
            )
        finally:
            await judge.close()

    work_desk().clear(PLAN)
    work_desk().start(RUN, lambda watch: asyncio.run(ask(watch)))
    _wait_until_begun(actor)


def _wait_until_begun(actor: Actor) -> None:
    """Give a run a moment to appear, so that the page that is drawn next shows it."""
    for _ in range(20):
        work, runs = work_desk().of(RUN), workbench().judging.runs(actor, 1)
        begun = runs and workbench().judging.goes_on(actor, runs[0])
        if begun or work is None or work.done:
            return
        time.sleep(0.05)


# ---- while it runs ------------------------------------------------------------------------


@st.fragment(run_every=POLL_SECONDS)
def _under_way(actor: Actor, run_id: str) -> None:
    """Show how far a run is, by the database; the page is drawn anew when it has ended."""
    run = workbench().judging.get(actor, run_id)
    if not workbench().judging.goes_on(actor, run):
        st.rerun()
    st.markdown(plain(f"{run.judge} is judging"))
    settled = run.planned - run.left
    share = settled / run.planned if run.planned else 0.0
    st.progress(min(1.0, max(0.0, share)), text=run_words(run, _rate(run, settled)))
    is_stopping = run.state == "stopping"
    st.button(
        "Stopping" if is_stopping else "Stop",
        key="judge-stop",
        disabled=is_stopping,
        on_click=stop_run,
        args=(actor, run_id),
    )
    st.caption("You can leave this page; it goes on. What is stored stays when it is stopped.")


def _rate(run: JudgeRun, settled: int) -> float | None:
    """Return grades a second since this screen first saw the run; None for the first second."""
    now = time.monotonic()
    held = st.session_state.get(SAMPLE)
    if held is None or held[0] != run.run_id or held[2] > settled:
        held = st.session_state[SAMPLE] = (run.run_id, now, settled)
    seconds = now - held[1]
    return (settled - held[2]) / seconds if seconds >= 1 else None


def run_words(run: JudgeRun, rate: float | None) -> str:
    """Return how far a run is, with its rate and an estimate once there is one."""
    if not run.planned:
        return "Finding out what is missing"
    settled = run.planned - run.left
    parts = [f"{settled:,} of {run.planned:,}"]
    if run.failed:
        parts.append(f"{run.failed:,} without a grade")
    if rate:
        parts.append(f"{rate:.1f} a second, about {_span(run.left / rate)} left")
    limit = f" of {run.budget:.2f}" if run.budget is not None else ""
    parts.append(f"{run.cost:.2f}{limit} USD{_unsure(run)}")
    return ", ".join(parts)


def _unsure(run: JudgeRun) -> str:
    """Return how much of the price is the most that it can have been; nothing where none is."""
    return f" ({run.unsure_cost:.2f} of it at the most)" if run.unsure_cost else ""


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


@careful
def stop_run(actor: Actor, run_id: str) -> None:
    """Ask a run to stop."""
    workbench().judging.stop(actor, run_id)


# ---- several judges -----------------------------------------------------------------------


def _panel(actor: Actor) -> None:
    """Where several judges graded, let it be chosen by which of them scores go."""
    judges = workbench().judging.judges(actor)
    if len(judges) < 2:
        return
    st.multiselect(
        "Scores go by the majority of",
        judges,
        default=[name for name in workbench().judging.panel(actor) if name in judges],
        placeholder="None chosen: the newest grade of any judge counts",
        key="judge-panel",
        on_change=choose_panel,
        args=(actor,),
        help="A criterion on which the chosen judges are divided, or that one of two has not "
        "graded, is unscored. Only on a graded scale the middle value of an odd number counts.",
    )


@careful
def choose_panel(actor: Actor) -> None:
    """Let scores go by the judges that are chosen."""
    workbench().judging.choose_panel(actor, st.session_state["judge-panel"])


# ---- afterwards ---------------------------------------------------------------------------


def _last(actor: Actor, run: JudgeRun) -> None:
    """Say what came of the last run, and offer to go on with one that stopped."""
    at = f"{run.changed_at:%Y-%m-%d %H:%M} UTC"
    what = (
        f"{counted(run.done, 'grade')} by {run.judge}, {run.failed:,} without one, "
        f"{run.cost:.2f} USD{_unsure(run)}"
    )
    if run.state == "finished":
        st.caption(plain(f"Last run, {at}: {what}."))
    else:
        why = run.reason if run.state == "stopped" else "It was cut off."
        offers = is_configured(settings()) and run.judge == judge_card(settings()).name
        limit = run.budget if offers and is_of_budget(why) else None
        more = "" if limit is None else _more_needed(run, limit)
        st.warning(plain(f"Not finished: {what}; {run.left:,} still to ask. {why}{more}"))
        if offers:
            st.button(
                "Go on with it",
                key="judge-resume",
                disabled=limit is not None and (_budget() or 0.0) <= limit,
                on_click=start_run,
                args=(actor, run.selection),
            )
    if run.failed:
        _failures(actor, run)


def _more_needed(run: JudgeRun, limit: float) -> str:
    """Return what is held of a limit that is used up, and which one lets the run go on."""
    if run.reason != ENOUGH:
        return " To go on, set Spend at most to no less than one question may cost."
    held = (
        f" {run.unsure_cost:.4f} USD are held for calls that were cut off or did not say what they "
        "cost."
    )
    return (
        f"{held if run.unsure_cost else ''} To go on, set Spend at most to more than "
        f"{limit:.4f} USD."
    )


def _failures(actor: Actor, run: JudgeRun) -> None:
    found = workbench().judging.failures(actor, run.run_id)
    st.caption("Without a grade, and asked again by the next run:")
    if found.withheld:
        questions = counted(found.withheld, "question")
        st.caption(f"{questions} of items you have still to read not shown.")
    st.dataframe(
        [
            {
                "Item": grade.item_id,
                "Model": grade.model,
                "Criterion": grade.criterion_id,
                "What happened": STATUS_OF_GRADES[grade.status],
                "Why": grade.rationale[:1].upper() + grade.rationale[1:],
            }
            for grade in found.grades
        ],
        hide_index=True,
        width="stretch",
    )
