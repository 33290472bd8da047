"""kill -9 while a judge is asked: exactly the right grades in the end, and few calls made twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from src.domain.item import Track
from src.domain.people import OPERATOR
from src.services.workbench import init, open_workbench
from tests.builders import item_line, write_items
from tests.judges.judge_server import Answer, completion, grade, judge_server, user_text

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
ITEMS, AT_ONCE = 30, 6
CRITERIA = [
    {"key": "must_include-1", "text": "Starts vemurafenib"},
    {"key": "must_include-2", "text": "Names a dose"},
]

WORKER = """
import asyncio, sys
from src.domain.judging.card import JudgeCard
from src.domain.people import OPERATOR
from src.judges.opening import open_judge
from src.services.workbench import open_workbench
bench = open_workbench(sys.argv[1], sys.argv[2])
card = JudgeCard(name="judge-a", model="judge-a", address=sys.argv[3])
print("ready", flush=True)
run = bench.judging.run(OPERATOR, card, open_judge(card, "none"), concurrency=int(sys.argv[4]))
report = asyncio.run(run)
print(report.run.state, report.stopped, flush=True)
"""


def right_value(user: str) -> int:
    """Return what the judge of this test gives: 1 to answers of even items on the first line."""
    number = int(user.split("Dose of case ")[1][:3])
    return int(number % 2 == 0 or "Names a dose" in user)


def judged(sent: dict[str, Any], _number: int) -> Answer:
    """Answer as the judge of this test does."""
    value = right_value(user_text(sent))
    return 200, {}, completion(grade(sent, value, "vemurafenib" if value else ""))


def question_of(sent: dict[str, Any]) -> str:
    """Return which question was asked: the item's number and the criterion."""
    user = user_text(sent)
    return user.split("Dose of case ")[1][:3] + ("b" if "Names a dose" in user else "a")


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))]
)
def test_a_killed_run_ends_with_the_right_grades_and_repeats_only_what_was_in_flight(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    """Killed at random moments until it is finished; every call is counted by the server."""
    images = str(tmp_path / "images")
    init(database_url, images)
    bench = open_workbench(database_url, images)
    lines = [
        item_line(f"{n:03}", track="treatment", case=f"case-{n}", images=[], criteria=CRITERIA,
                  question=f"Dose of case {n:03}?")
        for n in range(ITEMS)
    ]  # fmt: skip
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    answers = tmp_path / "answers.jsonl"
    answers.write_text(
        "".join(
            json.dumps({"index": f"{n:03}", "prediction": f"vemurafenib 960 mg ({n})"}) + "\n"
            for n in range(ITEMS)
        )
    )
    bench.predicting.store_file(OPERATOR, answers, model="model-a", track=Track.TREATMENT)

    kills = 0
    with judge_server(judged, latency=0.02) as server:
        for cycle in range(30):
            process = subprocess.Popen(
                [sys.executable, "-c", WORKER, database_url, images, server.url, str(AT_ONCE)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            before = server.calls
            wanted = before + random.Random(100 * seed + cycle).randint(0, 40)
            while server.calls < wanted and process.poll() is None:
                time.sleep(0.005)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            said = process.communicate(timeout=60)[0]
            if said.startswith("finished"):
                break
            kills += 1

    assert kills >= 2
    (run,) = bench.judging.runs(OPERATOR)
    assert (run.state, run.done, run.failed) == ("finished", 2 * ITEMS, 0)
    grades = bench.judging.ledger(OPERATOR, run.run_id, size=1_000)
    assert len(grades) == len({(g.item_id, g.criterion_id) for g in grades}) == 2 * ITEMS
    for one in grades:
        number = int(one.item_id[-3:])
        assert one.value == float(number % 2 == 0 or one.criterion_id == "k2")
    asked = [question_of(sent) for sent in server.sent]
    assert len(set(asked)) == 2 * ITEMS
    assert len(asked) - 2 * ITEMS <= kills * AT_ONCE
    assert bench.browsing.verify(OPERATOR).problems == ()
    bench.close()
