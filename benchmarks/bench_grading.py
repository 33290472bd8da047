"""What it costs that clinicians grade answers: 1,756 items, 3 models, sets of 500 answers.

Everything is answered and graded by a judge. Four people grade a stratified set, a quarter of it
twice; twenty more sets are open beside it. Pages are opened through Streamlit's AppTest, in this
process. `python manage.py bench grading` prints one JSON line a figure.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.bench_pages import Took, timed
from benchmarks.board_study import CRITERIA, SIZES, board_study
from src.domain.grading import DrawKind
from src.domain.human_grade import GradingBody, Word, graded
from src.domain.people import OPERATOR, Actor, Person, Role
from src.services.grading import GradingPlan, GradingTask
from src.services.judge_card import JudgeCards
from src.services.workbench import Workbench

MODELS: Final = 3
SAMPLE: Final = 500
OTHER_SETS: Final = 20
TENTH: Final = {track: size // 10 for track, size in SIZES.items()}
GRADERS: Final = ("ana", "ben", "cleo", "dan")
SET: Final = "measured"
PAGES: Final = Path(__file__).parents[1] / "pages"
LENA: Final = Actor(person_id="lena", roles=frozenset({Role.LEAD}))
SHOWN: Final = (
    ("grade", {"as": GRADERS[0], "set": "beside 0"}, "1 of 157"),
    ("study", {"as": "lena", "part": "Grading"}, "beside 19"),
)
"""Page, its place, and words that stand on it."""
SHOWN_TIMES: Final = 10


def run() -> Iterator[dict[str, Any]]:
    """Yield every figure of this file, and how they grow from a tenth of the items."""
    by_size = {}
    for sizes in (TENTH, SIZES):
        with tempfile.TemporaryDirectory(prefix="rare-review-bench-") as name:
            folder = Path(name)
            bench = board_study(folder, MODELS, dict(sizes))
            try:
                items = sum(sizes.values())
                add_people(bench)
                figures = work_figures(bench, items, SAMPLE)
                by_size[items] = figures
                yield figures
                if sizes is SIZES:
                    yield list_figure(bench)
                    yield card_figure(bench)
                    yield from page_figures(bench, folder)
                    yield from file_figures(bench, folder)
            finally:
                bench.close()
    small, large = by_size.values()
    yield {
        "bench": "grading growth",
        "items": list(by_size),
        **{
            f"{act}_ratio": round(large[f"{act}_processor_ms"] / small[f"{act}_processor_ms"], 2)
            for act in ("next", "word", "submit")
        },
        "target": "at most 1.2",
    }


def add_people(bench: Workbench) -> None:
    """Make a lead and those who grade."""
    for person_id, role in (("lena", Role.LEAD), *((who, Role.REVIEWER) for who in GRADERS)):
        person = Person(person_id=person_id, display_name=person_id, roles=frozenset({role}))
        bench.people.add(OPERATOR, person)


def plan(name: str, sample: int) -> GradingPlan:
    """Return a set of which all grade a quarter twice."""
    return GradingPlan(
        name=name,
        graders=2,
        overlap=0.25,
        persons=GRADERS,
        draw=DrawKind.STRATIFIED,
        sample=sample,
        seed=7,
    )


def work_figures(bench: Workbench, items: int, sample: int) -> dict[str, Any]:
    """Open a set, and let its people grade all of it; medians in milliseconds."""
    told = timed(lambda: bench.grading.forecast(LENA, plan(SET, sample)))
    opened = timed(lambda: bench.grading.create(LENA, plan(SET, sample)))
    took: dict[str, list[Took]] = {"next": [], "word": [], "submit": []}
    for who in GRADERS:
        grade_all(bench, Actor(person_id=who, roles=frozenset({Role.REVIEWER})), took)
    return {
        "bench": "grading",
        "items": items,
        "models": MODELS,
        "answers": sample,
        "gradings": len(took["submit"]),
        "forecast_ms": told.wall,
        "open_ms": opened.wall,
        **{
            f"{act}_{name}": value
            for act, times in took.items()
            for name, value in zip(
                ("ms", "processor_ms", "p95_ms"),
                (*median(times), median(times, 0.95)[0]),
                strict=True,
            )
        },
        "target": "open under 5,000 ms; next answer, word and submit under 100 ms",
    }


def grade_all(bench: Workbench, actor: Actor, took: dict[str, list[Took]]) -> None:
    """Grade what comes: one word as the screen stores it, then the whole answer at once."""
    while True:
        tasks: list[GradingTask | None] = []
        took["next"].append(timed(lambda: tasks.append(bench.grading.next_answer(actor, SET))))  # noqa: B023
        if (task := tasks[0]) is None:
            return
        took["word"].append(timed(lambda: say(bench, actor, task, 1.0)))
        took["submit"].append(timed(lambda: send(bench, actor, task)))


def say(bench: Workbench, actor: Actor, task: GradingTask, value: float) -> None:
    """Say one word of the first criterion, as a key does."""
    first = task.criteria[0].criterion_id
    bench.grading.keep_draft(
        actor, SET, task.position, lambda body, criterion: graded(body, criterion, value), first
    )


def send(bench: Workbench, actor: Actor, task: GradingTask) -> None:
    """Grade every criterion, differently from answer to answer and person to person."""
    mark = task.position + GRADERS.index(actor.person_id)
    words = {
        criterion.criterion_id: Word(value=float((mark + place) % 3 > 0))
        for place, criterion in enumerate(task.criteria)
    }
    key = f"{actor.person_id}-{task.position}"
    bench.grading.submit(actor, SET, task.position, GradingBody(words=words), idempotency_key=key)


def list_figure(bench: Workbench) -> dict[str, Any]:
    """Measure the list of all sets, as Study and `grading list` ask for it."""
    for number in range(OTHER_SETS):
        bench.grading.create(LENA, plan(f"beside {number}", SAMPLE))
    return {
        "bench": "grading sets listed",
        "sets": OTHER_SETS + 1,
        "answers_each": SAMPLE,
        "list_ms": median([timed(lambda: bench.grading.all_of(LENA)) for _ in range(5)])[0],
        "target": "under 100 ms",
    }


def card_figure(bench: Workbench) -> dict[str, Any]:
    """Measure the judge card of one judge, each time as the first who asks; then once more."""
    made = [JudgeCards(bench.database, bench.sheets) for _ in range(3)]
    wall, processor = median([timed(partial(one.cards, LENA)) for one in made])
    again, _ = timed(partial(made[-1].cards, LENA))
    return {
        "bench": "judge card",
        "answers": SAMPLE,
        "grades": sum(p.done.get(who, 0) for p in bench.grading.all_of(LENA) for who in GRADERS)
        * CRITERIA,
        "ms": wall,
        "processor_ms": processor,
        "again_ms": again,
        "target": "under 1,000 ms",
    }


def page_figures(bench: Workbench, folder: Path) -> Iterator[dict[str, Any]]:
    """Measure Grade with its next answer, and Study with all sets."""
    os.environ |= {
        "RARE_REVIEW_DATABASE_URL": f"sqlite:///{folder / 'board.db'}",
        "RARE_REVIEW_IMAGE_STORE": str(folder / "images"),
    }
    st.cache_resource.clear()
    for page, place, says in SHOWN:
        # What Python and Streamlit load the first time is no page's.
        open_page(page, place, says)
        took = [timed(lambda: open_page(page, place, says)) for _ in range(SHOWN_TIMES)]  # noqa: B023
        yield {
            "bench": "grading page",
            "page": page,
            "items": sum(SIZES.values()),
            "median_ms": median(took)[0],
            "median_processor_ms": median(took)[1],
            "worst_ms": median(took, 1.0)[0],
            "target": "under 1,000 ms",
        }


def open_page(page: str, place: dict[str, str], says: str) -> None:
    """Open a page at a place, and make sure that it is the one that was meant."""
    shown = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=120)
    for name, value in place.items():
        shown.query_params[name] = value
    shown.run()
    assert not shown.exception, shown.exception
    assert any(says in str(block.value) for block in (*shown.text, *shown.markdown)), page


def file_figures(bench: Workbench, folder: Path) -> Iterator[dict[str, Any]]:
    """Measure the export of all grades, and the import of as many by other physicians."""
    path, other = folder / "own.jsonl", folder / "other.jsonl"
    exported = timed(lambda: bench.grade_exchange.export(LENA, path))
    other.write_text(
        path.read_text(encoding="utf-8").replace("physician-", "elsewhere-"), encoding="utf-8"
    )
    reports = []
    imported = timed(lambda: reports.append(bench.grade_exchange.store_file(LENA, other)))
    again = timed(lambda: reports.append(bench.grade_exchange.store_file(LENA, other)))
    assert reports[1].stored == 0
    yield {
        "bench": "grades by a file",
        "lines": reports[0].lines,
        "grades": reports[0].stored,
        "export_ms": exported.wall,
        "import_ms": imported.wall,
        "import_processor_ms": imported.processor,
        "grades_per_s": round(1_000 * reports[0].stored / imported.wall),
        "again_ms": again.wall,
    }


def median(took: list[Took], share: float = 0.5) -> tuple[float, float]:
    """Return milliseconds by the clock and of processor time; or those a larger share is within."""
    walls, processors = (sorted(one[place] for one in took) for place in (0, 1))
    at = min(len(took) - 1, int(share * len(took)))
    return walls[at], processors[at]


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure), flush=True)
