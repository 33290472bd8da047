"""Judges at work: what is asked, what is not asked again, and what is left when something fails."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db import judging
from src.domain.errors import BadInputError, ConflictError, NotFoundError
from src.domain.item import Track
from src.domain.judging.card import JudgeCard
from src.domain.judging.prompt import TEMPLATE
from src.domain.judging.run import LEASE, Selection
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.prediction import Grade
from src.judges.judge import JudgeError, JudgeReply, JudgeRequest
from src.judges.scripted import ScriptedJudge, reply_text
from src.judges.usage import Usage
from src.services.judge_questions import Asker
from src.services.judge_work import FAILURES_IN_A_ROW, JudgeProgress, Pace, worker_name
from src.services.judging import JudgeReport, Judging
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, statements, write_items

EMIL = actor("emil")
CARD = JudgeCard(
    name="judge-a", model="judge-a-1", provider="scripted", input_price=2.5, output_price=10.0
)
CRITERIA = [
    {"key": "must_include-1", "text": "Starts vemurafenib", "points": 1.0},
    {"key": "must_include-2", "text": "Plans some follow-up", "points": 1.0},
    {"key": "must_not-1", "text": "Says no ECG is needed", "points": -1.0},
]
ANSWER = "Start vemurafenib 960 mg. PET after three months."


async def no_pause(_seconds: float) -> None:
    """Wait for nothing."""


PACE = Pace(sleep=no_pause, draw=lambda: 0.5)


def treatment(index: str, case: str = "case-1", **changes: Any) -> dict[str, Any]:
    """Return a treatment item with three criteria."""
    values = {"answer": "Vemurafenib.", "aliases": [], "images": [], "criteria": CRITERIA}
    return item_line(index, track="treatment", case=case, **{**values, **changes})


def store(bench: Workbench, folder: Path, *lines: dict[str, Any]) -> None:
    """Import items that must be good."""
    report = bench.importing.store_file(OPERATOR, write_items(folder / "in", lines))
    assert report.accepted, report.problems


def answer(
    bench: Workbench,
    folder: Path,
    *indexes: str,
    model: str = "model-a",
    text: str = ANSWER,
    track: Track = Track.TREATMENT,
) -> None:
    """Import a model's answers, each with the item's index behind it."""
    lines = [{"index": index, "prediction": f"{text} ({index})"} for index in indexes]
    path = folder / "answers.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    report = bench.predicting.store_file(EMIL, path, model=model, track=track)
    assert report.accepted, report.problems


def says(value: int = 1, quote: str = "vemurafenib") -> Callable[[JudgeRequest], JudgeReply]:
    """Return a script that always gives a value, and what it used up."""

    def script(asked: JudgeRequest) -> JudgeReply:
        text = reply_text(asked, value, quote if value else "", "Said.")
        return JudgeReply(text=text, tokens_in=400, tokens_out=100, version="judge-a-1.7")

    return script


def run(
    bench: Workbench, judge: ScriptedJudge | None = None, card: JudgeCard = CARD, **options: Any
) -> JudgeReport:
    """Run a judge to its end."""
    judge = judge or ScriptedJudge(says())
    judging = options.pop("judging", bench.judging)
    options.setdefault("pace", PACE)
    return asyncio.run(judging.run(EMIL, card, judge, **options))


def stored(bench: Workbench, report: JudgeReport) -> list[Grade]:
    """Return all that a run made."""
    return bench.judging.ledger(EMIL, report.run.run_id, size=1_000)


def small_study(bench: Workbench, folder: Path, models: tuple[str, ...] = ("model-a",)) -> None:
    """Fill a study with two items of three criteria, answered by each model."""
    store(bench, folder, treatment("001"), treatment("002", "case-2"))
    for model in models:
        answer(bench, folder, "001", "002", model=model, text=f"{ANSWER} By {model}.")


def test_every_grade_says_how_it_came_about(bench: Workbench, tmp_path: Path) -> None:
    """Judge, version, parameters, template, what was shown, raw reply, tokens, cost, attempts."""
    store(bench, tmp_path, treatment("001"))
    answer(bench, tmp_path, "001")
    judge = ScriptedJudge(says())

    report = run(bench, judge)

    assert (report.asked, report.cached, report.failed, report.calls) == (3, 0, 0, 3)
    assert (report.tokens_in, report.tokens_out) == (1_200, 300)
    assert report.cost == pytest.approx(3 * 0.002)
    assert (report.run.state, report.run.done, report.run.left) == ("finished", 3, 0)
    assert report.run.cost == pytest.approx(report.cost)
    grades = stored(bench, report)
    assert len(grades) == len({grade.key for grade in grades}) == 3
    grade = next(grade for grade in grades if grade.criterion_id == "k1")
    assert (grade.value, grade.quote, grade.rationale) == (1.0, "vemurafenib", "Said.")
    assert (grade.judge, grade.judge_version) == ("judge-a", "judge-a-1.7")
    assert grade.parameters == {
        "model": "judge-a-1",
        "temperature": 0.0,
        "reply_tokens": 1_000,
        "seed": 7,
    }
    assert grade.template_sha256 == TEMPLATE.sha256
    assert grade.shown["reference"] is None
    assert grade.shown["images"] == []
    (call,) = grade.calls
    assert json.loads(call.raw)["value"] == 1
    assert (call.tokens_in, call.tokens_out, call.tries, call.attempt) == (400, 100, 1, 1)
    assert call.cost == pytest.approx(0.002)
    assert grade.key == grade.address
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_grades_of_a_judge_make_the_score(bench: Workbench, tmp_path: Path) -> None:
    """1 + 1 - 1 of 2 points is 0.5; with the error not made it is 1."""
    store(bench, tmp_path, treatment("001"))
    answer(bench, tmp_path, "001")
    run(bench)
    (row,) = bench.scoring.leaderboard(EMIL)
    assert row.value == pytest.approx(0.5)


def test_a_stored_grade_is_not_asked_again(bench: Workbench, tmp_path: Path) -> None:
    """Not by the next run, not by another person; the plan says so before."""
    small_study(bench, tmp_path)
    before = bench.judging.plan(EMIL, CARD)
    run(bench)
    after = bench.judging.plan(EMIL, CARD)
    judge = ScriptedJudge(says())
    report = asyncio.run(bench.judging.run(actor("lena"), CARD, judge, pace=PACE))

    assert (before.asked, before.cached, before.by_track) == (6, 0, {Track.TREATMENT: 6})
    assert before.models == ("model-a",)
    assert 0 < before.cost < before.most_cost
    assert before.cost == pytest.approx(CARD.cost(before.tokens_in, before.tokens_out))
    assert (after.asked, after.cached, after.cost) == (0, 6, 0.0)
    assert (report.asked, report.cached, report.cost, judge.asked) == (0, 6, 0.0, [])


def test_another_judge_or_other_parameters_ask_anew(bench: Workbench, tmp_path: Path) -> None:
    """And both grades are kept."""
    store(bench, tmp_path, treatment("001"))
    answer(bench, tmp_path, "001")
    run(bench)
    for changes in ({"name": "judge-b"}, {"temperature": 1.0}, {"shows_case": False}):
        report = run(bench, ScriptedJudge(says(0)), CARD.model_copy(update=changes))
        assert report.asked == 3
    assert bench.judging.judges(EMIL) == ["judge-a", "judge-b"]


def test_models_and_tracks_can_be_chosen(bench: Workbench, tmp_path: Path) -> None:
    """The rest is not asked; a model nobody knows is refused."""
    small_study(bench, tmp_path, ("model-a", "model-b"))
    store(bench, tmp_path, item_line("009", images=[]))
    answer(bench, tmp_path, "009", track=Track.DIAGNOSIS)

    def asked(**chosen: Any) -> int:
        return bench.judging.plan(EMIL, CARD, Selection(**chosen)).asked

    assert asked() == 15
    assert asked(models=("model-b",)) == 6
    assert asked(tracks=(Track.DIAGNOSIS,)) == 3
    assert asked(models=("model-b",), tracks=(Track.DIAGNOSIS,)) == 0
    assert asked(condition="text") == 0
    with pytest.raises(NotFoundError, match="'model-z'"):
        asked(models=("model-z",))


def test_an_answer_to_other_visible_content_is_not_judged(bench: Workbench, tmp_path: Path) -> None:
    """It is left out of the scores, so no call is paid for it."""
    store(bench, tmp_path, treatment("001"))
    answer(bench, tmp_path, "001")
    store(bench, tmp_path, treatment("001", question="What should be given first?"))
    assert bench.judging.plan(EMIL, CARD).asked == 0


# ---- replies that cannot be used ----------------------------------------------------------


def test_a_faulty_reply_is_repaired_by_one_more_call(bench: Workbench, tmp_path: Path) -> None:
    """Both calls are in the ledger and in the cost."""
    store(bench, tmp_path, treatment("001", criteria=CRITERIA[:1]))
    answer(bench, tmp_path, "001")

    def script(asked: JudgeRequest) -> JudgeReply:
        text = "Value 1." if asked.attempt == 1 else reply_text(asked, 1, "vemurafenib")
        return JudgeReply(text=text, tokens_in=100, tokens_out=10)

    judge = ScriptedJudge(script)
    report = run(bench, judge)

    assert (report.asked, report.failed, report.calls, report.tokens_in) == (1, 0, 2, 200)
    (grade,) = stored(bench, report)
    first = grade.calls[0]
    assert (first.attempt, first.raw, first.fault) == (
        1,
        "Value 1.",
        "the judge's reply is not one JSON object",
    )
    assert (grade.calls[1].fault, grade.attempts, grade.value) == ("", 2, 1.0)
    first, second = judge.asked
    assert first.check != second.check
    assert "was not one JSON object" in second.user
    assert "Value 1." not in second.user


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (lambda a: "no JSON", "the judge's reply is not one JSON object"),
        (lambda a: reply_text(a, 7, "vemurafenib"), "the judge's value is not on the criterion's"),
        (lambda a: reply_text(a, 1, "dabrafenib"), "the judge's quote does not stand in the"),
        (lambda a: reply_text(a, 1), "the judge quotes nothing for a value above 0"),
        (lambda a: JudgeReply(text='{"check', cut_off=True), "the judge's reply breaks off"),
    ],
)
def test_a_reply_that_cannot_be_used_leaves_the_answer_unscored(
    bench: Workbench, tmp_path: Path, said: Any, reason: str
) -> None:
    """After one more call; with the reason, never as 0, and the next run asks again."""
    store(bench, tmp_path, treatment("001", criteria=CRITERIA[:1]))
    answer(bench, tmp_path, "001")

    report = run(bench, ScriptedJudge(said))

    assert (report.asked, report.failed, report.calls) == (1, 1, 2)
    (grade,) = stored(bench, report)
    assert (grade.status, grade.value) == ("parse_error", None)
    assert grade.rationale.startswith(reason)
    (row,) = bench.scoring.leaderboard(EMIL)
    assert (row.value, row.unscored, row.reasons) == (None, 1, {"a grade is missing": 1})
    assert bench.judging.failures(EMIL, report.run.run_id).grades == (grade,)

    again = run(bench)
    assert (again.asked, again.failed, again.cached) == (1, 0, 0)
    (row,) = bench.scoring.leaderboard(EMIL)
    assert row.value == 1.0
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_an_outage_is_no_zero_and_is_asked_again(bench: Workbench, tmp_path: Path) -> None:
    """Three tries each; D1 to D3 of the reference, where an outage lowers a model for good."""
    small_study(bench, tmp_path)

    def down(_asked: JudgeRequest) -> str:
        raise JudgeError("The judge answered 503: busy")

    report = run(bench, ScriptedJudge(down))

    assert (report.asked, report.failed, report.calls, report.cost) == (6, 6, 18, 0.0)
    assert {g.status for g in stored(bench, report)} == {"api_error"}
    assert {g.attempts for g in stored(bench, report)} == {3}
    (row,) = bench.scoring.leaderboard(EMIL)
    assert row.value is None
    assert (run(bench).asked, run(bench).asked) == (6, 0)


def test_a_judge_that_declines_is_told_apart(bench: Workbench, tmp_path: Path) -> None:
    """One call, status refused; the others of the item are graded."""
    store(bench, tmp_path, treatment("001"))
    answer(bench, tmp_path, "001")

    def script(asked: JudgeRequest) -> JudgeReply:
        if asked.criterion_key == "must_not-1":
            raise JudgeError("The judge declined: no", permanent=True, refused=True)
        return says()(asked)

    report = run(bench, ScriptedJudge(script))
    assert Counter(g.status for g in stored(bench, report)) == {"ok": 2, "refused": 1}
    assert (report.failed, report.calls, report.stopped) == (1, 3, "")


def test_what_a_refusal_costs_is_counted_and_held_against_the_budget(
    bench: Workbench, tmp_path: Path
) -> None:
    """In the ledger, in the run, and each time it is asked again."""
    small_study(bench, tmp_path)

    def declines(_asked: JudgeRequest) -> str:
        used = Usage(tokens_in=400, tokens_out=100)
        raise JudgeError("The judge declined: no", permanent=True, refused=True, usage=used)

    report = run(bench, ScriptedJudge(declines))

    assert (report.failed, report.tokens_in, report.tokens_out) == (6, 2_400, 600)
    assert report.cost == report.run.cost == pytest.approx(6 * 0.002)
    for grade in stored(bench, report):
        (call,) = grade.calls
        assert (call.tokens_in, call.tokens_out, call.estimated) == (400, 100, False)
        assert grade.cost == call.cost == pytest.approx(0.002)
    most = bench.judging.plan(EMIL, CARD).most_cost / 6
    some = run(bench, ScriptedJudge(declines), budget=most + 0.003, concurrency=1)
    assert (some.asked, some.stopped) == (
        2,
        "What is left of the budget may not pay for another call.",
    )


def test_what_a_judge_does_not_count_is_marked_as_estimated(
    bench: Workbench, tmp_path: Path
) -> None:
    """On each call of the ledger, and in number in the report."""
    small_study(bench, tmp_path)

    def script(asked: JudgeRequest) -> JudgeReply:
        silent = asked.criterion_key == "must_include-1"
        return says()(asked).model_copy(update={"estimated": silent})

    report = run(bench, ScriptedJudge(script))

    assert (report.calls, report.estimated) == (6, 2)
    marked = {g.criterion_id: g.calls[0].estimated for g in stored(bench, report)}
    assert marked == {"k1": True, "k2": False, "k3": False}
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_what_is_answered_is_stored_whatever_ends_the_run(bench: Workbench, tmp_path: Path) -> None:
    """A fault of ours beside one call loses no grade that another one brought."""
    small_study(bench, tmp_path)
    drawn: list[str] = []

    def nonce() -> str:
        drawn.append(f"{len(drawn):016x}")
        if len(drawn) == 3:
            raise OverflowError("what nobody thought of")
        return drawn[-1]

    judge = ScriptedJudge(says())
    pace = Pace(sleep=no_pause, draw=lambda: 0.5, nonce=nonce)
    with pytest.raises(OverflowError):
        run(bench, judge, concurrency=6, pace=pace)
    answered = len(judge.asked)
    assert answered > 1
    again = run(bench)
    assert again.asked == 6 - answered
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_wrong_key_ends_the_run_at_once(bench: Workbench, tmp_path: Path) -> None:
    """What was not asked yet waits for the next run."""
    lines = [treatment(f"{n:03}", f"case-{n}") for n in range(20)]
    store(bench, tmp_path, *lines)
    answer(bench, tmp_path, *(f"{n:03}" for n in range(20)))

    def script(_asked: JudgeRequest) -> str:
        message = "The judge answered 401: wrong key"
        raise JudgeError(message, permanent=True, hopeless=True, of_key=True)

    report = run(bench, ScriptedJudge(script), concurrency=4)

    assert report.asked <= 8
    assert report.stopped == (
        "The judge answered 401: wrong key. Put the key (RARE_REVIEW_JUDGE_API_KEY) right first."
    )
    assert (report.run.state, report.run.reason) == ("stopped", report.stopped)
    again = run(bench)
    assert again.run.run_id == report.run.run_id
    assert (again.asked, again.run.state, again.run.failed, again.run.done) == (
        60, "finished", 0, 60,
    )  # fmt: skip


def test_a_judge_that_is_down_does_not_burn_through_everything(
    bench: Workbench, tmp_path: Path
) -> None:
    """After twenty failures in a row the run stops by itself."""
    lines = [treatment(f"{n:03}", f"case-{n}") for n in range(20)]
    store(bench, tmp_path, *lines)
    answer(bench, tmp_path, *(f"{n:03}" for n in range(20)))

    def down(_asked: JudgeRequest) -> str:
        raise JudgeError("The judge cannot be reached (ConnectError).")

    report = run(bench, ScriptedJudge(down), concurrency=4)
    assert FAILURES_IN_A_ROW <= report.asked < FAILURES_IN_A_ROW + 12
    assert "20 calls in a row failed. The judge cannot be reached" in report.stopped


def test_one_odd_reply_is_a_failure_of_one_question(
    bench: Workbench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What a judge's client did not think of ends no run, counts as the most it can have cost,
    and no word of a case goes to the log."""
    small_study(bench, tmp_path)

    def script(asked: JudgeRequest) -> JudgeReply:
        if asked.item_id.endswith("/001") and asked.criterion_id == "k2":
            raise AttributeError(f"cannot read {asked.user}")
        return says()(asked)

    report = run(bench, ScriptedJudge(script), budget=100.0)

    assert (report.asked, report.failed, report.calls, report.stopped) == (6, 1, 6, "")
    assert (report.run.state, report.run.done) == ("finished", 5)
    (grade,) = bench.judging.failures(EMIL, report.run.run_id).grades
    words = "The judge's reply led to a fault (AttributeError)."
    assert (grade.status, grade.value, grade.rationale) == ("api_error", None, words)
    assert report.run.unsure_cost == pytest.approx(grade.cost)
    assert grade.cost > CARD.cost(0, CARD.reply_tokens)
    assert "AttributeError at test_judging.py:" in caplog.text
    assert "vemurafenib" not in caplog.text
    (again,) = stored(bench, run(bench))
    assert again.status == "ok"


def one_refused(refused: str) -> Callable[[JudgeRequest], JudgeReply]:
    """Return a script of a judge that cannot read one item, whatever is asked about it."""

    def script(asked: JudgeRequest) -> JudgeReply:
        if asked.item_id.endswith(refused):
            raise JudgeError("The judge answered 400: the prompt is too long", permanent=True)
        return says()(asked)

    return script


def many_answers(bench: Workbench, folder: Path, models: int, items: int = 4) -> None:
    """Fill a study with items of three criteria, answered by several models."""
    indexes = [f"{n:03}" for n in range(1, items + 1)]
    store(bench, folder, *(treatment(index, f"case-{index}") for index in indexes))
    for number in range(models):
        answer(bench, folder, *indexes, model=f"model-{number}")


def test_a_run_gets_past_an_item_that_the_judge_cannot_read(
    bench: Workbench, tmp_path: Path
) -> None:
    """24 questions about it fail for good, one after the other; the 72 others are asked."""
    many_answers(bench, tmp_path, models=8)

    report = run(bench, ScriptedJudge(one_refused("/001")), concurrency=4)

    assert (report.asked, report.failed, report.stopped) == (96, 24, "")
    assert (report.run.state, report.run.done) == ("finished", 72)


def test_a_judge_that_refuses_item_after_item_for_good_ends_the_run(
    bench: Workbench, tmp_path: Path
) -> None:
    """What three different items meet is no matter of one of them: an account without credit."""
    many_answers(bench, tmp_path, models=8)

    def script(_asked: JudgeRequest) -> str:
        raise JudgeError("The judge answered 400: no credit", permanent=True)

    report = run(bench, ScriptedJudge(script), concurrency=4)

    assert 48 < report.asked < 48 + 12
    assert "20 calls in a row failed. The judge answered 400: no credit" in report.stopped


def test_what_failed_comes_last_when_a_run_is_taken_up_again(
    bench: Workbench, tmp_path: Path
) -> None:
    """The twenty that ended the run do not stand before the others once more."""
    many_answers(bench, tmp_path, models=8)

    def down(_asked: JudgeRequest) -> str:
        raise JudgeError("The judge cannot be reached (ConnectError).")

    failed = run(bench, ScriptedJudge(down), concurrency=4).failed
    assert FAILURES_IN_A_ROW <= failed < 96
    judge = ScriptedJudge(says())

    report = run(bench, judge, concurrency=1)

    assert (report.asked, report.run.state, report.run.failed) == (96, "finished", 0)
    asked = [(one.item_id, one.model, one.criterion_id) for one in judge.asked]
    first = sorted(asked)[0]
    assert asked.index(first) == 96 - failed


# ---- budget, stop, resume -----------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 5, 64])
def test_a_budget_is_never_passed(bench: Workbench, tmp_path: Path, concurrency: int) -> None:
    """However many are under way: what a call could cost at the most is held back before it."""
    lines = [treatment(f"{n:03}", f"case-{n}") for n in range(8)]
    store(bench, tmp_path, *lines)
    answer(bench, tmp_path, *(f"{n:03}" for n in range(8)))
    most = bench.judging.plan(EMIL, CARD).most_cost / 24

    report = run(bench, budget=most + 0.01, concurrency=concurrency)

    assert 1 <= report.asked < 24
    assert report.run.cost <= most + 0.01
    assert report.run.cost > 0.01 - 0.002
    assert (report.stopped, report.run.state) == (
        "What is left of the budget may not pay for another call.",
        "stopped",
    )
    rest = run(bench, budget=100.0, concurrency=concurrency)
    assert (rest.asked, rest.run.state) == (24 - report.asked, "finished")
    assert rest.run.run_id == report.run.run_id


def test_a_run_keeps_its_budget_when_nobody_names_another(bench: Workbench, tmp_path: Path) -> None:
    """Who joins it or takes it up without one spends no more; another number takes its place."""
    small_study(bench, tmp_path)
    most = bench.judging.plan(EMIL, CARD).most_cost / 6
    first = run(bench, budget=most + 0.003, concurrency=1)
    assert (first.asked, first.run.budget) == (2, pytest.approx(most + 0.003))
    judge = ScriptedJudge(says())

    again = run(bench, judge)

    assert (again.asked, judge.asked, again.run.budget) == (0, [], first.run.budget)
    assert again.stopped == "What is left of the budget may not pay for another call."
    rest = run(bench, budget=100.0)
    assert (rest.asked, rest.run.state, rest.run.budget) == (4, "finished", 100.0)


def test_what_lay_with_a_process_that_was_killed_counts_as_asked(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two questions were handed out and never came back: each counts as all held back for it."""
    small_study(bench, tmp_path)
    most = bench.judging.plan(EMIL, CARD).most_cost / 6
    first = run(bench, concurrency=1, watch=lambda p: p.asked < 2, pace=PACE_THAT_LETS_LOOK)
    assert (first.asked, first.run.unsure_cost) == (2, 0.0)
    with bench.database.transaction() as t:
        now = bench.clock()
        jobs, _ = judging.lease(
            t, first.run.run_id, "elsewhere/1/ab", 2, now=now, until=now + timedelta(seconds=1)
        )
    assert len(jobs) == 2

    rest = run(bench)

    assert (rest.asked, rest.run.state) == (4, "finished")
    assert rest.run.unsure_cost == pytest.approx(2 * most, rel=0.02)
    assert rest.run.cost == pytest.approx(rest.run.unsure_cost + 6 * 0.002)


def test_calls_cut_off_under_way_count_and_those_never_begun_do_not(
    bench: Workbench, tmp_path: Path
) -> None:
    """One of six is being asked when the work is thrown away; the next run asks all six."""
    small_study(bench, tmp_path)
    most = bench.judging.plan(EMIL, CARD).most_cost / 6

    class Never(ScriptedJudge):
        async def ask(self, request: JudgeRequest) -> JudgeReply:
            under_way.set()
            await asyncio.sleep(600)
            return await super().ask(request)

    under_way = asyncio.Event()

    async def thrown_away() -> None:
        at_work = asyncio.ensure_future(
            bench.judging.run(EMIL, CARD, Never(says()), concurrency=1, pace=PACE)
        )
        await asyncio.wait_for(under_way.wait(), timeout=60)
        at_work.cancel()
        await at_work

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(thrown_away())
    (cut,) = bench.judging.runs(EMIL)
    assert cut.unsure_cost == cut.cost == pytest.approx(most, rel=0.02)
    assert run(bench).run.done == 6


def test_a_budget_holds_where_tries_fail_without_a_count(bench: Workbench, tmp_path: Path) -> None:
    """Each of three tries may have been paid for; the run says so, and stops in time."""
    small_study(bench, tmp_path)
    lost = Usage(tokens_in=2_000, tokens_out=1_000, estimated=True)

    def fails(_asked: JudgeRequest) -> str:
        raise JudgeError("The judge did not answer in time.", usage=lost)

    plan = bench.judging.plan(EMIL, CARD)
    budget = plan.most_cost / 6 + 0.05
    report = run(bench, ScriptedJudge(fails), budget=budget, concurrency=1)

    assert report.asked == report.failed == 2
    assert report.run.cost == report.run.unsure_cost == pytest.approx(2 * 3 * 0.015)
    assert report.run.cost <= budget
    assert report.stopped == "What is left of the budget may not pay for another call."


def test_no_budget_at_all_asks_nothing(bench: Workbench, tmp_path: Path) -> None:
    """0 USD is a budget; less is a mistake."""
    small_study(bench, tmp_path)
    judge = ScriptedJudge(says())
    assert run(bench, judge, budget=0.0).asked == 0
    assert judge.asked == []
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(BadInputError, match="no less than 0"):
            run(bench, budget=wrong)
    with pytest.raises(BadInputError, match="At least 1"):
        run(bench, concurrency=0)


def test_a_run_can_be_stopped_and_taken_up_again(bench: Workbench, tmp_path: Path) -> None:
    """What is under way is finished and stored; the rest waits."""
    small_study(bench, tmp_path)
    judge = ScriptedJudge(says())
    slow = PACE_THAT_LETS_LOOK

    report = run(bench, judge, concurrency=1, watch=lambda p: p.asked < 2, pace=slow)

    assert (report.stopped, report.run.state) == ("Stopped.", "stopped")
    assert report.asked == len(judge.asked) == 2
    rest = run(bench)
    assert (rest.asked, rest.run.state) == (4, "finished")


class Ticking:
    """A clock on which much time goes by whenever it is looked at."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


PACE_THAT_LETS_LOOK = Pace(sleep=no_pause, draw=lambda: 0.5, monotonic=Ticking())


class Bucket:
    """A judge that takes five calls a second, and says to all others to come back in one."""

    def __init__(self) -> None:
        self.second, self.taken, self.turned_away = 0.0, 0, 0

    async def sleep(self, seconds: float) -> None:
        """Let other calls go on, then let the time go by."""
        until = self.second + seconds
        for _ in range(5):
            await asyncio.sleep(0)
        if until > self.second:
            self.second, self.taken = until, 0

    def __call__(self, asked: JudgeRequest) -> JudgeReply:
        self.taken += 1
        if self.taken > 5:
            self.turned_away += 1
            raise JudgeError("The judge answered 429: slow down", retry_after=1.0, busy=True)
        return says()(asked)


def test_a_judge_that_limits_its_calls_is_waited_for_by_all_of_them(
    bench: Workbench, tmp_path: Path
) -> None:
    """60 questions, 32 at once, 5 a second: each gets its grade, and few are turned away."""
    lines = [treatment(f"{n:03}", f"case-{n}") for n in range(20)]
    store(bench, tmp_path, *lines)
    answer(bench, tmp_path, *(f"{n:03}" for n in range(20)))
    bucket = Bucket()

    report = run(
        bench,
        ScriptedJudge(bucket),
        concurrency=32,
        pace=Pace(sleep=bucket.sleep, draw=lambda: 0.5),
    )

    assert (report.asked, report.failed, report.stopped) == (60, 0, "")
    assert report.calls == 60 + bucket.turned_away
    assert bucket.turned_away < 90


def test_a_judge_that_asks_for_hours_ends_the_run(bench: Workbench, tmp_path: Path) -> None:
    """A day's quota is used up: it says so, and the rest waits for the next run."""
    small_study(bench, tmp_path)

    def script(_asked: JudgeRequest) -> str:
        raise JudgeError("The judge answered 429: quota", retry_after=7_200.0, busy=True)

    report = run(bench, ScriptedJudge(script), concurrency=1)
    assert (report.asked, report.stopped) == (
        1,
        "The judge answered 429: quota. It asked to wait 7,200 s (2.0 hours), which is longer than "
        "we wait (5 minutes).",
    )


def test_a_stop_breaks_pauses_off_and_leaves_their_questions_waiting(
    bench: Workbench, tmp_path: Path
) -> None:
    """Nothing is under way in a pause of five minutes: the run stops at once, nothing failed."""
    small_study(bench, tmp_path)

    def script(_asked: JudgeRequest) -> str:
        raise JudgeError("The judge answered 429: slow down", retry_after=300.0, busy=True)

    judge = ScriptedJudge(script)
    report = run(
        bench,
        judge,
        concurrency=4,
        watch=lambda _: False,
        pace=Pace(draw=lambda: 0.5),
    )

    assert report.seconds < 60
    assert 1 <= len(judge.asked) <= 4
    assert (report.stopped, report.asked, report.failed) == ("Stopped.", 0, 0)
    rest = run(bench)
    assert (rest.asked, rest.run.state, rest.run.failed) == (6, "finished", 0)


def test_somebody_else_can_stop_a_run(bench: Workbench, tmp_path: Path) -> None:
    """From another screen or process, through the database; a run that ended cannot be stopped."""
    small_study(bench, tmp_path)

    def script(asked: JudgeRequest) -> JudgeReply:
        (going,) = bench.judging.runs(EMIL)
        if going.state == "running":
            bench.judging.stop(actor("lena"), going.run_id)
        return says()(asked)

    report = run(bench, ScriptedJudge(script), concurrency=1, pace=PACE_THAT_LETS_LOOK)

    assert (report.asked, report.run.state) == (1, "stopped")
    with pytest.raises(ConflictError, match="ended already"):
        bench.judging.stop(EMIL, report.run.run_id)
    with pytest.raises(NotFoundError):
        bench.judging.stop(EMIL, "judge-none")


def killed_worker() -> str:
    """Return the name of a worker of this machine whose process is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=60)
    machine, _, mark = worker_name().split("/")
    return f"{machine}/{process.pid}/{mark}"


def test_a_run_is_cut_off_once_all_its_processes_are_gone(bench: Workbench, tmp_path: Path) -> None:
    """On this machine at once; while one lives, or may live elsewhere, it goes on."""
    small_study(bench, tmp_path)
    first = run(bench, concurrency=1, watch=lambda p: p.asked < 1, pace=PACE_THAT_LETS_LOOK)
    run_id, killed = first.run.run_id, killed_worker()

    def hold(worker: str) -> None:
        with bench.database.transaction() as t:
            now = bench.clock()
            judging.lease(t, run_id, worker, 1, now=now, until=now + LEASE)

    def goes_on() -> bool:
        return bench.judging.goes_on(EMIL, bench.judging.get(EMIL, run_id))

    assert not goes_on()
    with bench.database.transaction() as t:
        judging.change_run(t, run_id, "resumed", "emil", bench.clock(), state="running", reason="")
    assert goes_on()
    hold(killed)
    assert not goes_on()
    hold("elsewhere/1/ab")
    assert goes_on()
    with bench.database.transaction() as t:
        judging.give_back(t, run_id, "elsewhere/1/ab")
    hold(worker_name())
    assert goes_on()


def test_a_run_that_is_taken_up_after_a_kill_goes_on_from_its_first_moment(
    bench: Workbench, tmp_path: Path
) -> None:
    """Also while it finds out what is missing; what failed is asked again, as after any end."""
    small_study(bench, tmp_path)

    def declines_one(asked: JudgeRequest) -> JudgeReply:
        if asked.criterion_id == "k1":
            raise JudgeError("declined", permanent=True, refused=True)
        return says()(asked)

    first = run(
        bench,
        ScriptedJudge(declines_one),
        concurrency=1,
        watch=lambda p: p.asked < 2,
        pace=PACE_THAT_LETS_LOOK,
    )
    assert first.run.failed == 1
    with bench.database.transaction() as t:
        now = bench.clock()
        judging.change_run(t, first.run.run_id, "resumed", "emil", now, state="running", reason="")
        judging.lease(t, first.run.run_id, killed_worker(), 1, now=now, until=now + LEASE)
    seen: list[bool] = []
    pages = Asker.pages

    def looking(asker: Asker, *about: Any) -> Any:
        seen.append(bench.judging.goes_on(EMIL, bench.judging.get(EMIL, first.run.run_id)))
        return pages(asker, *about)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Asker, "pages", looking)
        rest = run(bench)

    assert seen == [True]
    assert (rest.run.run_id, rest.run.state) == (first.run.run_id, "finished")
    assert (rest.run.done, rest.run.failed, rest.asked) == (6, 0, 5)
    assert rest.run.unsure_cost > 0
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_two_workers_share_a_run(bench: Workbench, tmp_path: Path) -> None:
    """Together they ask everything, and nothing twice."""
    lines = [treatment(f"{n:03}", f"case-{n}") for n in range(12)]
    store(bench, tmp_path, *lines)
    answer(bench, tmp_path, *(f"{n:03}" for n in range(12)))
    judges = [ScriptedJudge(says()), ScriptedJudge(says())]

    async def both() -> list[JudgeReport]:
        return list(
            await asyncio.gather(
                *(bench.judging.run(EMIL, CARD, j, concurrency=3, pace=PACE) for j in judges)
            )
        )

    first, second = asyncio.run(both())

    asked = [(r.item_id, r.criterion_id) for judge in judges for r in judge.asked]
    assert len(asked) == len(set(asked)) == 36
    assert first.asked + second.asked == 36
    assert first.run.run_id == second.run.run_id
    (whole,) = bench.judging.runs(EMIL)
    assert (whole.state, whole.done, whole.cost) == ("finished", 36, pytest.approx(36 * 0.002))


def test_who_joins_a_run_under_way_asks_nothing_again_that_was_declined(
    bench: Workbench, tmp_path: Path
) -> None:
    """All is declined: whoever comes second asks what is left, and the next run asks all anew."""
    indexes = [f"{n:03}" for n in range(12)]
    store(bench, tmp_path, *(treatment(i, f"case-{i}") for i in indexes))
    answer(bench, tmp_path, *indexes)

    def declines(_: JudgeRequest) -> JudgeReply:
        raise JudgeError("declined", permanent=True, refused=True)

    judges = [ScriptedJudge(declines), ScriptedJudge(declines), ScriptedJudge(declines)]

    async def one_after_the_other() -> None:
        first = asyncio.create_task(
            bench.judging.run(EMIL, CARD, judges[0], concurrency=2, pace=PACE)
        )
        while not (runs := bench.judging.runs(EMIL)) or runs[0].failed < 4:
            await asyncio.sleep(0)
        assert runs[0].state == "running"
        await bench.judging.run(EMIL, CARD, judges[1], pace=PACE)
        await first

    asyncio.run(one_after_the_other())

    asked = Counter((r.item_id, r.criterion_id) for judge in judges for r in judge.asked)
    assert set(asked.values()) == {1}
    run(bench, judges[2])
    assert judges[2].asked


def test_what_another_run_graded_meanwhile_is_not_asked_again(
    bench: Workbench, tmp_path: Path
) -> None:
    """A run of all models is stopped; one of one model ends; the first asks what is missing."""
    many_answers(bench, tmp_path, models=2)
    first = run(bench, concurrency=1, watch=lambda p: p.asked < 2, pace=PACE_THAT_LETS_LOOK)
    assert (first.asked, first.run.planned) == (2, 24)
    other = run(bench, selection=Selection(models=("model-1",)))
    assert (other.asked, other.run.state) == (12, "finished")
    missing = bench.judging.plan(EMIL, CARD).asked
    judge = ScriptedJudge(says())

    report = run(bench, judge)

    assert report.run.run_id == first.run.run_id
    assert missing == report.asked == len(judge.asked) == 10
    assert (report.run.state, report.run.left, report.run.done) == ("finished", 0, 12)
    assert (report.run.planned, report.run.cached) == (12, 12)
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_what_another_run_grades_while_this_one_goes_on_is_not_asked(
    bench: Workbench, tmp_path: Path
) -> None:
    """It is looked for once more when questions are handed out."""
    many_answers(bench, tmp_path, models=2)
    rest = ScriptedJudge(says())

    def watch(progress: JudgeProgress) -> bool:
        if progress.asked == 2 and not rest.asked:
            with ThreadPoolExecutor(1) as beside:
                selection = Selection(models=("model-1",))
                assert beside.submit(run, bench, rest, selection=selection).result().asked == 12
        return True

    judge = ScriptedJudge(says())
    report = run(bench, judge, concurrency=1, watch=watch, pace=PACE_THAT_LETS_LOOK)

    asked = [(r.item_id, r.model, r.criterion_id) for r in (*judge.asked, *rest.asked)]
    assert len(asked) == len(set(asked)) == 24
    assert (report.run.state, report.run.planned, report.run.done) == ("finished", 12, 12)
    assert report.run.cached == 12


def test_what_changed_since_it_was_planned_is_not_asked(bench: Workbench, tmp_path: Path) -> None:
    """A stopped run is taken up with the questions of now; those of then are passed over."""
    small_study(bench, tmp_path)
    run(bench, concurrency=1, watch=lambda p: p.asked < 1, pace=PACE_THAT_LETS_LOOK)
    answer(bench, tmp_path, "001", "002", text="Another answer: vemurafenib.")
    judge = ScriptedJudge(says())

    report = run(bench, judge)

    assert len(judge.asked) == 6
    assert all("Another answer" in asked.user for asked in judge.asked)
    assert (report.run.state, report.run.obsolete) == ("finished", 5)


# ---- the change matrix: what an edit costs, in calls --------------------------------------


def edited(bench: Workbench, folder: Path, **changes: Any) -> int:
    """Import item 001 anew with changes and return how many calls the next run makes."""
    store(bench, folder, treatment("001", **changes), treatment("002", "case-2"))
    planned = bench.judging.plan(EMIL, CARD).asked
    judge = ScriptedJudge(says())
    run(bench, judge)
    assert len(judge.asked) == planned
    assert bench.judging.plan(EMIL, CARD).asked == 0
    return planned


def criteria(**changes: Any) -> list[dict[str, Any]]:
    """Return the criteria, the first with changes."""
    return [{**CRITERIA[0], **changes}, *CRITERIA[1:]]


WITH_REFERENCE = [*CRITERIA, {"key": "must_include-9", "text": "Agrees with the reference answer"}]


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        ({"criteria": criteria(points=5.0)}, 0),
        ({"criteria": criteria(required=False)}, 0),
        ({"criteria": CRITERIA[::-1]}, 0),
        ({"criteria": CRITERIA[1:]}, 0),
        ({"aliases": ["ECD", "Zelboraf"]}, 0),
        ({"orpha_code": "1"}, 0),
        ({"answer": "Vemurafenib 960 mg."}, 0),
        ({"criteria": criteria(text="Starts vemurafenib at 960 mg")}, 3),
        ({"criteria": criteria(kind="ordinal", maximum=2)}, 3),
        ({"criteria": [*CRITERIA, {"key": "must_include-9", "text": "Checks the skin"}]}, 3),
        ({"criteria": [*CRITERIA, CRITERIA[0] | {"key": "must_include-9"}]}, 0),
    ],
    ids=["points", "required", "order", "removed", "alias", "code", "answer not shown",
         "criterion text", "scale", "new criterion", "the same criterion twice"],
)  # fmt: skip
def test_the_change_matrix_in_calls(
    bench: Workbench, tmp_path: Path, changes: dict[str, Any], calls: int
) -> None:
    """Three models: an edit of words costs one call each, arithmetic none."""
    small_study(bench, tmp_path, ("model-a", "model-b", "model-c"))
    assert run(bench).asked == 18
    assert edited(bench, tmp_path, **changes) == calls


def test_another_reference_answer_asks_the_criteria_that_show_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """One of four criteria, three models; the grade given with the old one counts no more."""
    store(bench, tmp_path, treatment("001", criteria=WITH_REFERENCE))
    for model in ("model-a", "model-b", "model-c"):
        answer(bench, tmp_path, "001", model=model)
    judge = ScriptedJudge(says())
    assert run(bench, judge).asked == 12
    shown = [asked for asked in judge.asked if "REFERENCE ANSWER" in asked.user]
    assert {asked.criterion_key for asked in shown} == {"must_include-9"}

    store(bench, tmp_path, treatment("001", criteria=WITH_REFERENCE, answer="Dabrafenib."))
    (row, *_) = bench.scoring.leaderboard(EMIL)
    assert (row.value, row.reasons) == (None, {"a grade is missing": 1})
    judge = ScriptedJudge(says())
    assert run(bench, judge).asked == 3
    assert all("Dabrafenib." in asked.user for asked in judge.asked)
    (row, *_) = bench.scoring.leaderboard(EMIL)
    assert row.value is not None


def test_another_template_asks_everything_and_says_the_price_first(
    bench: Workbench, tmp_path: Path
) -> None:
    """One more word to the judge, and no old grade is an answer to it."""
    small_study(bench, tmp_path, ("model-a", "model-b"))
    run(bench)
    strict = TEMPLATE.model_copy(update={"system": TEMPLATE.system + " Be strict."})
    other = Judging(bench.database, bench.store, bench.clock, strict)

    plan = other.plan(EMIL, CARD)

    assert (plan.asked, plan.cached) == (12, 0)
    assert plan.cost > 0
    assert run(bench, judging=other).asked == 12
    assert other.plan(EMIL, CARD).asked == 0


def test_gold_asks_what_review_reworded_and_nothing_else(bench: Workbench, tmp_path: Path) -> None:
    """Two models, one criterion reworded and one deleted by the reader: two calls."""
    from src.domain.review import CriterionReading, EditReason
    from tests.builders import open_round, read_all

    small_study(bench, tmp_path, ("model-a", "model-b"))
    run(bench)
    open_round(bench, persons=("amara",), item_ids=("test/treatment/001",))
    reworded = CriterionReading(
        criterion_id="k2", action="edit", text="Plans a PET", reason=EditReason.TOO_VAGUE
    )
    deleted = CriterionReading(criterion_id="k3", action="delete", reason=EditReason.TOO_VAGUE)
    read_all(bench, "amara", criteria=(reworded, deleted))
    bench.releasing.release(actor("lena"))
    assert {r.reasons.get("criterion reworded: no grade yet") for r in board(bench)} == {1}

    judge = ScriptedJudge(says(quote="PET"))
    assert run(bench, judge).asked == 2
    assert {asked.criterion_id for asked in judge.asked} == {"k2"}
    assert [row.reasons for row in board(bench)] == [{}, {}]


def board(bench: Workbench) -> list[Any]:
    """Return the leaderboard of gold."""
    return bench.scoring.leaderboard(EMIL, basis="gold")


# ---- several judges -----------------------------------------------------------------------


def test_a_panel_scores_by_majority_and_keeps_each_grade(bench: Workbench, tmp_path: Path) -> None:
    """Of one criterion: 1, 1, 0 is met; with the third gone it is divided and unscored."""
    store(bench, tmp_path, treatment("001", criteria=CRITERIA[:1]))
    answer(bench, tmp_path, "001")
    for name, value in (("a", 1), ("b", 1), ("c", 0)):
        run(bench, ScriptedJudge(says(value)), CARD.model_copy(update={"name": name}))

    def score(*judges: str) -> tuple[float | None, int]:
        head = bench.browsing.head(EMIL)
        assert bench.judging.choose_panel(EMIL, judges) == judges
        assert bench.browsing.head(EMIL) != head
        (row,) = bench.scoring.leaderboard(EMIL)
        return row.value, row.unscored

    assert bench.judging.panel(EMIL) == ()
    assert score("a", "b", "c") == (1.0, 0)
    assert score("c") == (0.0, 0)
    assert score("a", "c") == (None, 1)
    assert score() == (0.0, 0)
    assert bench.judging.judges(EMIL) == ["a", "b", "c"]
    with pytest.raises(NotFoundError, match="'z' has given no grade"):
        bench.judging.choose_panel(EMIL, ["a", "z"])
    with pytest.raises(BadInputError, match="'a' is named twice"):
        bench.judging.choose_panel(EMIL, ["a", "a"])
    assert bench.browsing.verify(OPERATOR).problems == ()


# ---- images, cost of reading --------------------------------------------------------------


def test_images_go_with_the_criteria_that_need_them_to_judges_that_see(
    bench: Workbench, tmp_path: Path
) -> None:
    """By the label in the words; their hashes are part of what was shown."""
    rubric = [{"text": "Names the uptake in Image 2"}, {"text": "Names the disease"}]
    images = [{"path": f"a{n}.png", "caption": "x", "slot_name": f"Image {n}"} for n in (1, 2)]
    store(bench, tmp_path, treatment("001", criteria=rubric, images=images))
    answer(bench, tmp_path, "001")
    blind, seeing = ScriptedJudge(says()), ScriptedJudge(says())

    run(bench, blind)
    report = run(bench, seeing, CARD.model_copy(update={"name": "b", "sees_images": True}))

    assert [len(asked.images) for asked in blind.asked] == [0, 0]
    sent = {asked.criterion_id: asked.images for asked in seeing.asked}
    assert [len(sent["k1"]), len(sent["k2"])] == [1, 0]
    assert sent["k1"][0].content[:4] in (b"RIFF", b"\x89PNG")
    shown = {g.criterion_id: g.shown["images"] for g in stored(bench, report)}
    second = bench.browsing.item(EMIL, "test/treatment/001").item.content.images[1]
    assert shown == {"k1": [[second.sha256, "Image 2"]], "k2": []}
    words = {asked.criterion_id: asked.user for asked in seeing.asked}
    assert "The images with this message, in order: 1. Image 2." in words["k1"]


def test_planning_costs_as_many_statements_for_many_answers_as_for_few(
    bench: Workbench, tmp_path: Path
) -> None:
    """A page of items at a time, whatever it holds."""
    small_study(bench, tmp_path)
    with statements(bench) as few:
        bench.judging.plan(EMIL, CARD)
    lines = [treatment(f"{n:03}", f"case-{n}") for n in range(3, 40)]
    store(bench, tmp_path, *lines)
    answer(bench, tmp_path, *(f"{n:03}" for n in range(3, 40)), model="model-b")
    with statements(bench) as many:
        assert bench.judging.plan(EMIL, CARD).asked == 6 + 37 * 3
    assert len(many) == len(few)


def test_a_busy_or_broken_text_from_a_judge_can_be_stored(bench: Workbench, tmp_path: Path) -> None:
    """NUL and halves of characters become marks; PostgreSQL would refuse them."""
    store(bench, tmp_path, treatment("001", criteria=CRITERIA[:1]))
    answer(bench, tmp_path, "001")
    report = run(bench, ScriptedJudge(lambda a: "\x00 \ud800 no"))
    (grade,) = stored(bench, report)
    assert grade.calls[0].raw == "\ufffd \ufffd no"
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_judge_s_words_on_an_item_are_kept_from_who_may_still_read_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """Vera reads and evaluates: her own reading of 001 is to come, so only 002's call is told."""
    vera = Person(
        person_id="vera",
        display_name="Vera Nowak",
        roles=frozenset({Role.REVIEWER, Role.EVALUATOR}),
    )
    bench.people.add(OPERATOR, vera)
    small_study(bench, tmp_path)
    open_round(bench, persons=("vera",), item_ids=("test/treatment/001",))

    def declines(_: JudgeRequest) -> JudgeReply:
        raise JudgeError("declined: the dose is unsafe", refused=True)

    run_id = run(bench, ScriptedJudge(declines)).run.run_id
    whole = bench.judging.failures(EMIL, run_id)
    told = bench.judging.failures(Actor(person_id="vera", roles=vera.roles), run_id)

    assert (len(whole.grades), whole.withheld) == (6, 0)
    assert {grade.item_id for grade in told.grades} == {"test/treatment/002"}
    assert (len(told.grades), told.withheld) == (3, 3)
    ledger = bench.judging.ledger(Actor(person_id="vera", roles=vera.roles), run_id)
    assert {grade.item_id for grade in ledger} == {"test/treatment/002"}
