"""judge: ask a judge about answers, or give stored replies again."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer

from src.commands.console import DONE, REFUSED, Answer, Place, note, opened, verb
from src.domain.errors import BadInputError
from src.domain.item import Criterion, Track
from src.domain.judging.card import JudgeCard
from src.domain.judging.failure import sentence
from src.domain.judging.prompt import build_prompt
from src.domain.judging.question import Question
from src.domain.judging.reply import Fault, read_reply
from src.domain.judging.run import Selection
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.domain.prediction import Condition
from src.files.judge_replies import read_replies
from src.judges.judge import Judge, JudgeError, JudgeReply, JudgeRequest
from src.judges.replay import ReplayJudge
from src.services.judge_settings import card_to_ask, configured_judge
from src.services.judge_work import STOPPED, JudgeProgress, Watcher, is_of_budget, is_of_key
from src.services.judging import CONCURRENCY, JudgePlan, JudgeReport
from src.services.settings import Settings
from src.services.workbench import Workbench

SECONDS_BETWEEN_LINES = 2.0
NEWEST = "newest"


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    verb(app, "judge")(judge)


@dataclass(frozen=True)
class _Order:
    """What is asked for, apart from the judge."""

    selection: Selection
    budget: float | None
    concurrency: int


def judge(
    place: Place,
    model: Annotated[
        list[str] | None, typer.Option(help="A model whose answers are judged; else all.")
    ] = None,
    track: Annotated[list[Track] | None, typer.Option(help="A track; else all.")] = None,
    condition: Annotated[str, typer.Option(help="What the models were shown.")] = "full",
    budget: Annotated[
        float | None,
        typer.Option(
            help="USD for the whole run: it stops before passing them. Without, no limit; a run "
            "that is taken up keeps its own."
        ),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(help="How many calls may be under way at once.")
    ] = CONCURRENCY,
    judge: Annotated[
        list[str] | None,
        typer.Option(help="A judge's model at the configured address; several are a panel."),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Ask nobody: give the replies of this file.")
    ] = None,
    panel: Annotated[
        list[str] | None,
        typer.Option(
            help="Ask nothing: let scores go by the majority of these judges; 'newest' by "
            "whichever graded last."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask nothing: say how many calls and what price.")
    ] = False,
) -> Answer:
    """Grade every answer that has no grade yet. Run it again to go on where it stopped."""
    if replay is not None and judge:
        raise typer.BadParameter("A file of replies names its judge: leave --judge out.")
    order = _Order(
        selection=Selection(
            models=tuple(model or ()), tracks=tuple(track or ()), condition=_condition(condition)
        ),
        budget=budget,
        concurrency=concurrency,
    )
    with opened(place) as bench:
        if panel:
            chosen = bench.judging.choose_panel(OPERATOR, [] if panel == [NEWEST] else panel)
            said = f"the majority of {', '.join(chosen)}" if chosen else "the newest grade"
            return Answer({"panel": list(chosen)}, [f"Scores go by {said}."])
        if dry_run:
            cards = _cards(place.settings, judge or [], replay)
            return _planned([bench.judging.plan(OPERATOR, c, order.selection) for c in cards])
        return _judged(_run_all(bench, place.settings, judge or [], replay, order))


def _condition(name: str) -> Condition:
    known: dict[str, Condition] = {"full": "full", "baseline": "baseline", "text": "text",
                                   "nodx": "nodx"}  # fmt: skip
    if name not in known:
        raise BadInputError(f"There is no condition {name!r}; it is one of {', '.join(known)}.")
    return known[name]


def _cards(settings: Settings, names: Sequence[str], replay: Path | None) -> list[JudgeCard]:
    if replay is not None:
        return [read_replies(replay)[0].card]
    return [card_to_ask(settings, name) for name in names or [""]]


def _run_all(
    bench: Workbench,
    settings: Settings,
    names: Sequence[str],
    replay: Path | None,
    order: _Order,
) -> list[JudgeReport]:
    """Run each judge in turn; what the first ones cost is gone from the budget of the next."""
    if replay is not None:
        head, replies = read_replies(replay)
        return [_run(bench, head.card, ReplayJudge(head, replies), order, order.budget)]
    reports: list[JudgeReport] = []
    left = order.budget
    for name in names or [""]:
        card, asked = configured_judge(settings, name)
        reports.append(_run(bench, card, asked, order, left))
        if reports[-1].stopped == STOPPED:
            break
        left = None if left is None else max(0.0, left - reports[-1].run.cost)
    return reports


def _run(
    bench: Workbench, card: JudgeCard, judge: Judge, order: _Order, budget: float | None
) -> JudgeReport:
    async def work() -> JudgeReport:
        try:
            is_wanted, watch = _until_interrupted(), _say_sometimes()
            return await bench.judging.run(
                OPERATOR,
                card,
                judge,
                order.selection,
                budget=budget,
                concurrency=order.concurrency,
                watch=lambda progress: watch(progress) and is_wanted(),
            )
        finally:
            await judge.close()

    return asyncio.run(work())


def _until_interrupted() -> Callable[[], bool]:
    """Return what is true until Ctrl+C is pressed: then calls under way are waited for.

    Pressed a second time it cuts them off, as it does where a loop cannot hear of it.
    """
    loop, pressed = asyncio.get_running_loop(), asyncio.Event()

    def hear() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        pressed.set()
        note("Stopping: calls under way are waited for. Ctrl+C again cuts them off.")

    with suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, hear)
    return lambda: not pressed.is_set()


def _say_sometimes() -> Watcher:
    """Return a watcher that prints a line every two seconds."""
    said = monotonic()

    def watch(progress: JudgeProgress) -> bool:
        nonlocal said
        if monotonic() - said >= SECONDS_BETWEEN_LINES:
            said = monotonic()
            note(progress_line(progress))
        return True

    return watch


def progress_line(progress: JudgeProgress) -> str:
    """Return how far a run is, in one line."""
    run, left = progress.run, progress.seconds_left
    rest = f", about {left:.0f} s left" if left is not None else ""
    settled = run.planned - run.left
    return (
        f"judging: {settled} of {run.planned}, {run.failed} failed, {progress.rate:.1f}/s, "
        f"{run.cost:.2f} USD{rest}"
    )


def _planned(plans: Sequence[JudgePlan]) -> Answer:
    data = {
        "dry_run": True,
        "asked": sum(plan.asked for plan in plans),
        "cached": sum(plan.cached for plan in plans),
        "failed": 0,
        "tokens": sum(plan.tokens_in + plan.tokens_out for plan in plans),
        "cost": sum(plan.cost for plan in plans),
        "most_cost": sum(plan.most_cost for plan in plans),
        "judges": [plan.model_dump(mode="json") for plan in plans],
    }
    lines = [
        f"{plan.judge}: {counted(plan.asked, 'grade')} to ask for, {plan.cached} there already, "
        f"about {plan.tokens_in + plan.tokens_out:,} tokens, {plan.cost:.2f} USD "
        f"(at the most {plan.most_cost:.2f})."
        for plan in plans
    ]
    return Answer(data, [*lines, "Nothing was asked."])


def _judged(reports: Sequence[JudgeReport]) -> Answer:
    reasons = list(dict.fromkeys(r.stopped for r in reports if r.stopped))
    stopped = " ".join(reasons)
    data: dict[str, Any] = {
        "asked": sum(report.asked for report in reports),
        "cached": sum(report.cached for report in reports),
        "failed": sum(report.failed for report in reports),
        "unscored": _all_unscored(reports),
        "reasons": _all_reasons(reports),
        "tokens": sum(report.tokens_in + report.tokens_out for report in reports),
        "cost": sum(report.cost for report in reports),
        "calls": sum(report.calls for report in reports),
        "estimated": sum(report.estimated for report in reports),
        "stopped": stopped,
        "judges": [_one(report) for report in reports],
    }
    lines = [line for report in reports for line in _lines(report)]
    if stopped:
        why = STOPPED if stopped == STOPPED else f"Stopped: {stopped}"
        run = "Then run" if any(map(is_of_key, reasons)) else "Run"
        more = " with a larger budget" if any(map(is_of_budget, reasons)) else ""
        lines.append(f"{why} {run} it again{more} to go on.")
    faults = [fault for report in reports if (fault := _fault(report))]
    if faults:
        message = " ".join(dict.fromkeys(faults))
        data["error"] = {"rule": "judge", "message": message, "problems": []}
    return Answer(data, lines, REFUSED if faults else DONE)


def _fault(report: JudgeReport) -> str:
    """Return why a run was stopped, or that its judge gave nothing at all; empty when neither."""
    if report.stopped:
        return report.stopped
    if report.asked and report.failed == report.asked and not report.cached:
        return f"{report.run.judge} gave not one grade. {sentence(report.reasons[0].reason)}"
    return ""


def _all_unscored(reports: Sequence[JudgeReport]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for report in reports:
        found.update(report.unscored)
    return dict(found)


def _all_reasons(reports: Sequence[JudgeReport]) -> list[dict[str, Any]]:
    """Return the reasons of all judges, the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for report in reports:
        found.update({(r.status, r.reason): r.grades for r in report.reasons})
    return [
        {"status": status, "reason": reason, "grades": number}
        for (status, reason), number in found.most_common()
    ]


def _one(report: JudgeReport) -> dict[str, Any]:
    return {
        "judge": report.run.judge,
        "run": report.run.run_id,
        "state": report.run.state,
        **report.model_dump(
            include={
                "asked",
                "cached",
                "failed",
                "unscored",
                "reasons",
                "calls",
                "cost",
                "estimated",
                "stopped",
            }
        ),
        "tokens_in": report.tokens_in,
        "tokens_out": report.tokens_out,
        "run_cost": report.run.cost,
        "run_unsure_cost": report.run.unsure_cost,
        "seconds": round(report.seconds, 3),
    }


def _lines(report: JudgeReport) -> list[str]:
    line = (
        f"{report.run.judge}: {counted(report.asked, 'grade')} asked for, {report.cached} there "
        f"already, {report.failed} without a grade, {counted(report.calls, 'call')}, "
        f"{report.tokens_in + report.tokens_out:,} tokens, {report.cost:.4f} USD."
    )
    lines = [line, *_why_missing(report)]
    if report.estimated:
        lines.append(
            f"{report.estimated:,} of the calls without a count of tokens: for these, tokens and "
            "cost are the most that what was sent and received can have been."
        )
    if report.run.unsure_cost:
        lines.append(
            f"Of the {report.run.cost:.4f} USD of the whole run {report.run.unsure_cost:.4f} are "
            "the most it can have been: calls without a count or a reply, or under way when their "
            "process was ended."
        )
    return lines


def _why_missing(report: JudgeReport) -> list[str]:
    """Return the reasons why grades are missing, each with how many, and what happens to them."""
    if not report.failed:
        return []
    lines = [f"  {r.grades:,} without a grade: {sentence(r.reason)}" for r in report.reasons]
    others = report.failed - sum(r.grades for r in report.reasons)
    if others:
        lines.append(f"  {others:,} without a grade for other reasons.")
    return [*lines, "  They are unscored, not 0, and are asked for again by the next run."]


def judge_answers(settings: Settings) -> tuple[str, list[str]]:
    """Ask the configured judge one small question; return what it says, and what is wrong."""
    nonce = "0123456789abcdef"
    question = Question(
        item_id="doctor",
        model="doctor",
        criterion=Criterion(criterion_id="k1", text="Names a colour"),
        answer="The sky is blue.",
        question="What does the sky look like?",
    )
    prompt = build_prompt(question, nonce)
    request = JudgeRequest(
        system=prompt.system,
        user=prompt.user,
        reply_schema=prompt.reply_schema,
        check=nonce,
        criterion_tag=question.criterion_tag,
        item_id=question.item_id,
        model=question.model,
        criterion_id=question.criterion.criterion_id,
    )

    async def ask() -> JudgeReply:
        _, judge = configured_judge(settings)
        try:
            return await judge.ask(request)
        finally:
            await judge.close()

    try:
        reply = asyncio.run(ask())
    except JudgeError as error:
        return "does not answer", [error.message]
    found = read_reply(reply.text, question, nonce)
    most = "at most " if reply.estimated else ""
    used = f"{reply.version or 'a judge'}, {most}{reply.tokens_in} and {reply.tokens_out} tokens"
    if isinstance(found, Fault):
        return f"answers ({used})", [f"A test question brought no grade: {found.words}."]
    left = f", without {', '.join(reply.left_out)}" if reply.left_out else ""
    return f"answers and grades ({used}{left})", []
