"""Judging by command line: the price first, a judge behind an address or in a file, and no key."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from src.services.judge_settings import judge_card
from src.services.settings import Settings
from tests.builders import item_line, write_items
from tests.commands.running import Shell
from tests.judges.judge_server import (
    Answer,
    JudgeServer,
    completion,
    grade,
    judge_server,
    refusal,
    user_text,
)

KEY = "sk-very-secret-0123456789"
CRITERIA = [
    {"key": "must_include-1", "text": "Names Erdheim-Chester disease"},
    {"key": "must_include-2", "text": "Mentions BRAF"},
]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a study of two items, answered by two models."""
    made = Shell(tmp_path)
    made.done("init")
    lines = [
        item_line(index, case=f"case-{index}", images=[], criteria=CRITERIA)
        for index in ("001", "002")
    ]
    made.done("import", write_items(tmp_path / "in", lines))
    for model in ("model-a", "model-b"):
        answers = [
            {"index": index, "prediction": f"Erdheim-Chester disease\nSays {model}."}
            for index in ("001", "002")
        ]
        path = tmp_path / "answers.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in answers))
        made.done("predictions", path, "--model", model, "--track", "diagnosis")
    return made


def judged(sent: dict[str, Any], _number: int) -> Answer:
    """Answer as a judge that finds the disease and no BRAF."""
    found = "Names Erdheim" in user_text(sent)
    quote = "Erdheim-Chester disease" if found else ""
    return 200, {}, completion(grade(sent, int(found), quote))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    """Give a judge's server that the settings name, with a key and prices."""
    with judge_server(judged) as running:
        for name, value in {
            "BASE_URL": running.url,
            "MODEL": "judge-a",
            "API_KEY": KEY,
            "INPUT_PRICE": "2",
            "OUTPUT_PRICE": "4",
        }.items():
            monkeypatch.setenv(f"RARE_REVIEW_JUDGE_{name}", value)
        yield running


def test_the_price_is_said_and_nothing_asked(shell: Shell, server: JudgeServer) -> None:
    """8 questions; the same numbers in words."""
    plan = shell.done("judge", "--dry-run")
    assert (plan["asked"], plan["cached"], plan["failed"], plan["dry_run"]) == (8, 0, 0, True)
    assert 0 < plan["cost"] < plan["most_cost"]
    assert plan["tokens"] > 0
    said = shell("judge", "--dry-run", "--model", "model-a", as_json=False)
    assert "judge-a: 4 grades to ask for, 0 there already" in said.out
    assert server.calls == 0


def test_asked_once_and_found_again(shell: Shell, server: JudgeServer) -> None:
    """700 and 50 tokens a call at 2 and 4 USD a million; the leaderboard is there."""
    first = shell.done("judge", "--concurrency", "4")
    again = shell.done("judge")

    assert (first["asked"], first["cached"], first["failed"], first["calls"]) == (8, 0, 0, 8)
    assert first["tokens"] == 8 * 750
    assert first["cost"] == pytest.approx(8 * (700 * 2 + 50 * 4) / 1_000_000)
    assert (again["asked"], again["cached"], again["cost"]) == (0, 8, 0.0)
    assert server.calls == 8
    rows = shell.done("score", "--basis", "import")["rows"]
    assert [row["value"] for row in rows] == [pytest.approx(4 / 5)] * 2
    assert shell.done("verify")["intact"] is True


def test_models_tracks_and_judges_can_be_chosen(shell: Shell, server: JudgeServer) -> None:
    """Two judges are asked one after the other, each for every grade."""
    some = shell.done("judge", "--model", "model-a", "--track", "diagnosis")
    assert some["asked"] == 4
    assert shell.done("judge", "--track", "treatment")["asked"] == 0
    both = shell.done("judge", "--judge", "judge-b", "--judge", "judge-c")
    assert [(one["judge"], one["asked"]) for one in both["judges"]] == [
        ("judge-b", 8),
        ("judge-c", 8),
    ]
    assert {sent["model"] for sent in server.sent} == {"judge-a", "judge-b", "judge-c"}


def test_a_panel_is_chosen_without_asking(shell: Shell, server: JudgeServer) -> None:
    """By names of judges that graded; 'newest' takes it back."""
    shell.done("judge", "--judge", "judge-b", "--judge", "judge-c")
    calls = server.calls
    chosen = shell.done("judge", "--panel", "judge-c", "--panel", "judge-b")
    assert chosen == {"panel": ["judge-b", "judge-c"]}
    assert shell.done("judge", "--panel", "newest") == {"panel": []}
    assert shell("judge", "--panel", "judge-z").status == 1
    assert server.calls == calls


def test_a_budget_stops_it_and_the_next_run_goes_on(shell: Shell, server: JudgeServer) -> None:
    """Status 1, as not all is asked; what was spent is no more than was allowed."""
    most = shell.done("judge", "--dry-run")["most_cost"] / 8
    budget = most + 0.002
    ended = shell("judge", "--budget", f"{budget}", "--concurrency", "1")
    some = ended.data
    assert (ended.status, some["error"]["message"]) == (1, some["stopped"])
    assert some["judges"][0]["state"] == "stopped"
    assert 0 < some["asked"] < 8
    assert some["cost"] <= budget
    assert some["stopped"] == "What is left of the budget may not pay for another call."
    rest = shell.done("judge", "--budget", "100")
    assert rest["asked"] == 8 - some["asked"]
    assert server.calls == 8


def test_a_budget_below_the_price_of_one_question_says_so(
    shell: Shell, server: JudgeServer
) -> None:
    """Nothing was spent, so nothing is used up: what one question may cost; status 1."""
    run = shell("judge", "--budget", "0.0001")
    assert (run.status, run.data["asked"], run.data["cost"], server.calls) == (1, 0, 0.0, 0)
    assert run.data["stopped"].startswith("Nothing was asked, and nothing is spent: one question")
    assert run.data["stopped"].endswith("more than the budget of 0.0001 USD.")
    said = shell("judge", "--budget", "0.0001", as_json=False)
    assert "Run it again with a larger budget to go on." in said.out


def test_a_budget_holds_where_the_judge_does_not_count_its_tokens(
    shell: Shell, server: JudgeServer
) -> None:
    """By what was sent and received; how many calls were estimated is said."""
    budget = shell.done("judge", "--dry-run")["most_cost"] / 8 + 0.01
    server.answer = lambda sent, n: (200, {}, judged(sent, n)[2] | {"usage": None})
    some = shell("judge", "--budget", f"{budget}", "--concurrency", "1").data
    assert some["stopped"] == "What is left of the budget may not pay for another call."
    assert 0 < some["asked"] < 8
    assert 0.01 - 0.008 < some["cost"] <= budget
    assert some["estimated"] == some["calls"] == some["asked"]
    said = shell("judge", "--budget", "100", as_json=False)
    assert f"{8 - some['asked']} of the calls without a count of tokens" in said.out


def test_nonsense_about_tokens_costs_no_grade(shell: Shell, server: JudgeServer) -> None:
    """Numbers that no database can hold, and negative ones that would make a budget grow."""
    numbers = [10**30, -1_000_000]
    server.answer = lambda sent, n: (
        200,
        {},
        judged(sent, n)[2]
        | {"usage": {"prompt_tokens": numbers[n % 2], "completion_tokens": numbers[n % 2]}},
    )
    done = shell.done("judge")
    assert (done["asked"], done["failed"], done["estimated"]) == (8, 0, 8)
    assert 0 < done["cost"] < 1
    assert shell.done("verify")["intact"] is True


def test_ctrl_c_waits_for_calls_under_way_and_says_how_to_go_on(
    shell: Shell, server: JudgeServer
) -> None:
    """Every call that was made is stored; status 1, as nothing else stopped it."""

    def answer(sent: dict[str, Any], number: int) -> Answer:
        if number == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return judged(sent, number)

    server.answer, server.latency = answer, 0.5
    run = shell("judge", "--concurrency", "2", as_json=False)
    calls = server.calls
    assert run.status == 1
    assert f"judge-a: {calls} grades asked for" in run.out
    assert "Stopped. Run it again to go on." in run.out
    assert "Ctrl+C again" in run.err
    assert 3 <= calls < 8
    server.latency = 0.0
    assert shell.done("judge")["asked"] == 8 - calls
    assert server.calls == 8


def test_a_judge_that_fails_is_status_1_with_the_counts(shell: Shell, server: JudgeServer) -> None:
    """A wrong key: nothing is scored, and it says why."""
    server.answer = lambda _sent, _n: (401, {}, refusal(f"Incorrect API key provided: {KEY}"))
    run = shell("judge")
    assert run.status == 1
    assert run.data["error"]["rule"] == "judge"
    assert "Incorrect API key" in run.data["error"]["message"]
    assert run.data["failed"] == run.data["asked"] > 0


@pytest.mark.parametrize(("state", "key"), [(401, True), (403, True), (404, False)])
def test_a_wrong_key_is_to_be_put_right_first(
    shell: Shell, server: JudgeServer, state: int, key: bool
) -> None:
    """Running it again helps with no wrong key; whatever ended it ends with a full stop."""
    server.answer = lambda _sent, _n: (state, {}, refusal("bad key"))
    run = shell("judge", as_json=False)
    assert run.status == 1
    first = " Put the key (RARE_REVIEW_JUDGE_API_KEY) right first. Then run" if key else " Run"
    assert f"Stopped: The judge answered {state}: bad key.{first} it again to go on." in run.out


def test_what_ends_several_judges_is_said_of_each(shell: Shell, server: JudgeServer) -> None:
    """One key is wrong, the budget is too small for the other: one sentence behind the other."""
    server.answer = lambda sent, n: (
        (401, {}, refusal("bad key")) if sent["model"] == "judge-b" else judged(sent, n)
    )
    most = shell.done("judge", "--dry-run", "--judge", "judge-b")["most_cost"] / 8
    words = ["--judge", "judge-b", "--judge", "judge-c", "--budget", f"{most + 0.002}"]
    run = shell("judge", *words, "--concurrency", "1", as_json=False)
    assert run.status == 1
    assert run.out.endswith(
        "Stopped: The judge answered 401: bad key. Put the key (RARE_REVIEW_JUDGE_API_KEY) right "
        "first. What is left of the budget may not pay for another call. Then run it again with a "
        "larger budget to go on.\n"
    )


def test_the_key_is_neither_printed_nor_stored(
    shell: Shell, server: JudgeServer, tmp_path: Path
) -> None:
    """Not by doctor, not in an error, not in any file of the study."""
    server.answer = lambda _sent, _n: (400, {}, refusal(f"Bad request with Bearer {KEY}"))
    runs = [
        shell("judge"),
        shell("judge", as_json=False),
        shell("doctor", "--judge"),
        shell("doctor", as_json=False),
    ]
    server.answer = judged
    runs.append(shell("judge"))
    assert runs[-1].status == 0
    assert shell.done("doctor")["settings"]["judge_api_key"] == "set"
    for run in runs:
        assert KEY not in run.out + run.err
    assert set(server.authorizations) == {f"Bearer {KEY}"}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name.startswith("review.db") for path in files)
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path


def test_doctor_asks_the_judge_only_when_it_is_told_to(shell: Shell, server: JudgeServer) -> None:
    """And then says that it grades, or what is wrong."""
    shell.done("doctor")
    assert server.calls == 0
    found = shell.done("doctor", "--judge")["settings"]["judge"]
    assert found.startswith("answers and grades (judge-a-2026-11-01, 700 and 50 tokens")
    server.answer = lambda _sent, _n: (200, {}, completion("Hello."))
    wrong = shell("doctor", "--judge")
    assert wrong.status == 1
    assert wrong.data["problems"] == [
        "A test question brought no grade: the judge's reply is not one JSON object."
    ]


def test_why_grades_are_missing_is_said_with_counts(shell: Shell, server: JudgeServer) -> None:
    """By reason, the most frequent first; that they are asked again; status 0, as some came."""

    def answer(sent: dict[str, Any], number: int) -> Answer:
        if "Mentions BRAF" in user_text(sent):
            return 400, {}, refusal("Flagged", code="content_filter")
        if "model-b" in user_text(sent):
            return 200, {}, completion("Value 1.")
        return judged(sent, number)

    server.answer = answer
    done = shell.done("judge")
    (one,) = done["judges"]
    assert (done["failed"], done["unscored"]) == (6, {"refused": 4, "parse_error": 2})
    assert one["unscored"] == done["unscored"]
    assert (
        done["reasons"]
        == one["reasons"]
        == [
            {"status": "refused", "reason": "The judge answered 400: Flagged", "grades": 4},
            {
                "status": "parse_error",
                "reason": "the judge's reply is not one JSON object",
                "grades": 2,
            },
        ]
    )
    said = shell("judge", as_json=False)
    assert said.status == 0
    assert "4 without a grade: The judge answered 400: Flagged.\n" in said.out
    assert "2 without a grade: The judge's reply is not one JSON object.\n" in said.out
    assert "unscored, not 0, and are asked for again by the next run" in said.out


def test_a_judge_that_gives_not_one_grade_is_status_1(shell: Shell, server: JudgeServer) -> None:
    """With the reason; once there are grades, a few that never come are no fault."""
    server.answer = lambda _sent, _n: (400, {}, refusal("Flagged", code="content_filter"))
    run = shell("judge")
    assert run.status == 1
    assert run.data["error"]["message"] == (
        "judge-a gave not one grade. The judge answered 400: Flagged."
    )
    assert (run.data["failed"], run.data["unscored"]) == (8, {"refused": 8})
    server.answer = lambda sent, n: (
        judged(sent, n)
        if "Mentions BRAF" in user_text(sent)
        else (400, {}, refusal("Flagged", code="content_filter"))
    )
    assert shell.done("judge")["failed"] == 4
    assert shell.done("judge")["failed"] == 4


@pytest.mark.parametrize("budget", ["nan", "inf", "-1"])
def test_a_budget_that_is_none_is_refused(shell: Shell, server: JudgeServer, budget: str) -> None:
    """Status 1, in words, and nothing is asked."""
    run = shell("judge", f"--budget={budget}")
    assert run.status == 1
    assert "no less than 0" in run.data["error"]["message"]
    assert server.calls == 0


def test_there_is_no_price_without_a_judge(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both settings are named, whichever is missing; with a name the address is still needed."""
    for name in ("BASE_URL", "MODEL"):
        monkeypatch.delenv(f"RARE_REVIEW_JUDGE_{name}", raising=False)
    for words in (["--dry-run"], ["--dry-run", "--judge", "judge-b"], []):
        run = shell("judge", *words)
        assert run.status == 1
        message = run.data["error"]["message"]
        assert message.startswith("No judge is set up.")
        assert "RARE_REVIEW_JUDGE_BASE_URL" in message
        assert "cost" not in run.data
    monkeypatch.setenv("RARE_REVIEW_JUDGE_BASE_URL", "http://127.0.0.1:9/v1")
    assert shell("judge", "--dry-run").status == 1
    assert shell.done("judge", "--dry-run", "--judge", "judge-b")["asked"] == 8


def test_what_is_not_set_is_said(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 1 and the setting's name; no traceback."""
    for name in ("BASE_URL", "MODEL"):
        monkeypatch.delenv(f"RARE_REVIEW_JUDGE_{name}", raising=False)
    run = shell("judge")
    assert run.status == 1
    assert "RARE_REVIEW_JUDGE_MODEL" in run.data["error"]["message"]
    monkeypatch.setenv("RARE_REVIEW_JUDGE_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("RARE_REVIEW_JUDGE_MODEL", "judge-a")
    unknown = shell("judge", "--model", "model-z", "--dry-run")
    assert unknown.status == 1
    assert "no model 'model-z'" in unknown.data["error"]["message"]
    assert shell("judge", "--condition", "loud").status == 1
    assert shell("judge", "--replay", "x.jsonl", "--judge", "j").status == 2


def replies(folder: Path, *lines: dict[str, Any]) -> Path:
    """Write a file of replies."""
    head = {"format": "rare-review/judge-replies/1", "judge": "judge-r", "version": "7"}
    path = folder / "replies.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in (head, *lines)))
    return path


def test_stored_replies_are_given_again_without_a_judge(shell: Shell, tmp_path: Path) -> None:
    """By key or id; a failure, a refusal and a missing one leave the answer unscored."""
    about = {"item_id": "test/diagnosis/001", "model": "model-a"}
    other = {"item_id": "test/diagnosis/002", "model": "model-a"}
    path = replies(
        tmp_path,
        {**about, "criterion": "must_include-1", "value": 1, "quote": "Erdheim-Chester disease"},
        {**about, "criterion": "k2", "raw": "No.", "attempt": 1},
        {**about, "criterion": "k2", "value": 0, "attempt": 2, "tokens_in": 5},
        {**other, "criterion": "k1", "error": "The judge declined.", "refused": True},
    )
    done = shell.done("judge", "--model", "model-a", "--replay", path)
    assert (done["asked"], done["failed"], done["calls"], done["cost"]) == (4, 2, 5, 0.0)
    assert (done["tokens"], done["stopped"], done["judges"][0]["judge"]) == (5, "", "judge-r")
    (row,) = [
        row for row in shell.done("score", "--basis", "import")["rows"] if row["model"] == "model-a"
    ]
    assert (row["n"], row["unscored"]) == (1, 1)


def test_a_faulty_file_of_replies_is_refused_line_by_line(shell: Shell, tmp_path: Path) -> None:
    """Nothing is asked."""
    about = {"item_id": "a", "model": "m", "criterion": "k1"}
    path = replies(tmp_path, {**about, "value": 1}, {**about, "value": 1}, {**about}, {"x": 1})
    run = shell("judge", "--replay", path)
    assert run.status == 1
    problems = run.data["error"]["problems"]
    assert [(p["line"], p["rule"]) for p in problems][:2] == [
        (3, "duplicate_id"),
        (4, "bad_value"),
    ]
    assert {p["line"] for p in problems} == {3, 4, 5}
    assert shell("judge", "--replay", tmp_path / "none.jsonl").status == 1


def test_judges_at_one_address_have_prices_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both prices of those that are named; of others the usual ones."""
    monkeypatch.setenv("RARE_REVIEW_JUDGE_PRICES", '{"judge-small": [0.15, 0.6]}')
    small, other = (judge_card(Settings(), name) for name in ("judge-small", "judge-other"))
    assert (small.input_price, small.output_price) == (0.15, 0.6)
    assert (other.input_price, other.output_price) == (2.5, 10.0)
