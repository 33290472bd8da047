"""What the pages of issue 5 cost once 40 people have read 1,756 items, three readings each.

The study is built once, in var/bench_pages, and found again; `python manage.py bench pages` prints
one JSON line a figure. Each page is opened through Streamlit's AppTest, in this process: `cold` is
after one more ruling and one more reading, `warm` the same page again. `services_ms` is what the
calls of that page to services take, cold, without any drawing. Wall time and processor time.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.bench_study import SMALL, complete_reading, place_of
from benchmarks.read_study import ROUND, make_read_study, reader
from db import outcomes
from src.domain.people import OPERATOR, Actor, Role
from src.domain.reasons import Reason
from src.domain.study_agreement import Scope
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench, init, open_workbench

FOLDER = Path("var/bench_pages")
PAGES = Path(__file__).parents[1] / "pages"
LENA = Actor(person_id="lena", roles=frozenset({Role.LEAD}))
CHEN = Actor(person_id="chen", roles=frozenset({Role.ADJUDICATOR}))
FIRST = Actor(person_id=reader(0), roles=frozenset({Role.REVIEWER}))
TARGET = "under 1 s"
Call = Callable[[Workbench], object]


class Opened(NamedTuple):
    """A page as somebody opens it, and the calls to services behind it."""

    name: str
    page: str
    person: str
    place: dict[str, str]
    calls: tuple[Call, ...]


SCREENS = (
    Opened(
        "adjudicate list",
        "adjudicate",
        "chen",
        {},
        (
            lambda b: b.adjudicating.totals(CHEN),
            lambda b: b.adjudicating.worst_first(CHEN, size=25),
        ),
    ),
    Opened(
        "agreement",
        "agreement",
        "lena",
        {},
        (
            lambda b: b.agreeing.compare(LENA, Scope()),
            lambda b: b.agreeing.settled(LENA, Scope()),
        ),
    ),
    Opened(
        "agreement, pairs",
        "agreement",
        "lena",
        {"show": "pair"},
        (lambda b: b.agreeing.compare(LENA, Scope(), "pair"),),
    ),
    Opened(
        "agreement, confusion",
        "agreement",
        "lena",
        {"show": "confusion"},
        (lambda b: b.agreeing.confusion(LENA, Scope()),),
    ),
    Opened(
        "agreement, evidence",
        "agreement",
        "lena",
        {"show": "evidence"},
        (lambda b: b.agreeing.measures(LENA, Scope()),),
    ),
    Opened(
        "gold, with preview and stale",
        "gold",
        "lena",
        {"release": "1"},
        (
            lambda b: b.releasing.preview(LENA),
            lambda b: b.releasing.stale(LENA, 1, told=20),
        ),
    ),
    Opened(
        "study, flow",
        "study",
        "lena",
        {},
        (lambda b: b.flowing.counts(LENA),),
    ),
    Opened(
        "study, rounds",
        "study",
        "lena",
        {"part": "Rounds"},
        (lambda b: b.assigning.all_of(LENA),),
    ),
    Opened(
        "study, reasons",
        "study",
        "lena",
        {"part": "Reasons"},
        (lambda b: b.reasons.work_list(LENA), lambda b: b.reasons.report(LENA)),
    ),
    Opened(
        "study, guidelines",
        "study",
        "lena",
        {"part": "Guidelines"},
        (),
    ),
    Opened(
        "own readings",
        "review",
        reader(0),
        {"view": "mine", "round": ROUND},
        (lambda b: b.reviewing.own_reviews(FIRST),),
    ),
    Opened(
        "own readings over time",
        "review",
        reader(0),
        {"view": "drift", "round": ROUND},
        (lambda b: b.finals.drift(FIRST),),
    ),
)


def run() -> Iterator[dict[str, Any]]:
    """Yield every figure of this file."""
    bench = the_study()
    yield first_fill(bench)
    serve()
    for screen in SCREENS:
        yield page_figure(bench, screen)
    yield interval_figure(bench)
    bench.close()


def the_study() -> Workbench:
    """Return the study that was built before, or build it, with one release."""
    url, store = place_of(FOLDER.absolute())
    if (FOLDER / "built").exists():
        init(url, store)
        return open_workbench(url, store)
    FOLDER.mkdir(parents=True, exist_ok=True)
    bench = make_read_study(FOLDER.absolute(), SMALL)
    bench.releasing.release(OPERATOR)
    (FOLDER / "built").touch()
    return bench


def serve() -> None:
    """Let the screens find the study by the environment, as the app does."""
    url, store = place_of(FOLDER.absolute())
    os.environ |= {"RARE_REVIEW_DATABASE_URL": url, "RARE_REVIEW_IMAGE_STORE": store}
    st.cache_resource.clear()


def first_fill(bench: Workbench) -> dict[str, Any]:
    """Measure how long a study of which nothing is kept takes to be counted, once."""
    with bench.database.transaction() as t:
        outcomes.empty(t)
    took = timed(lambda: bench.catching_up.bring_up(LENA))
    items = SMALL
    return {
        "bench": "first fill",
        "items": items,
        "seconds": round(took.wall / 1000, 1),
        "processor_s": round(took.processor / 1000, 1),
        "items_per_s": round(items / took.wall * 1000, 1),
    }


def page_figure(bench: Workbench, screen: Opened) -> dict[str, Any]:
    """Measure a page after one more ruling and reading, and once more."""
    opened(screen)  # What Python and Streamlit load the first time is none of the page's.
    one_more(bench)
    services = timed(lambda: [call(bench) for call in screen.calls])
    one_more(bench)
    cold = timed(lambda: opened(screen))
    warm = timed(lambda: opened(screen))
    return {
        "bench": "page",
        "page": screen.name,
        "items": SMALL,
        "services_ms": services.wall,
        "services_processor_ms": services.processor,
        "cold_ms": cold.wall,
        "cold_processor_ms": cold.processor,
        "warm_ms": warm.wall,
        "warm_processor_ms": warm.processor,
        "target": TARGET,
    }


def opened(screen: Opened) -> AppTest:
    """Open a page as its person, and make sure that it is one."""
    page = AppTest.from_file(str(PAGES / f"{screen.page}.py"), default_timeout=120)
    for name, value in {**screen.place, "as": screen.person}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def one_more(bench: Workbench) -> None:
    """Rule one more unit, and let a reader revise a reading: both change what is counted."""
    [line, *_] = bench.adjudicating.worst_first(CHEN, size=1)
    case = bench.adjudicating.case(CHEN, line.round, line.item_id)
    dispute = next(d for d in case.disputes if d.unit not in ("audit:item",))
    bench.adjudicating.decide(
        CHEN,
        Ruling(
            round=line.round,
            item_id=line.item_id,
            unit=dispute.unit,
            chosen=dispute.readings[0].reader,
            reason=Reason.READER_SLIP,
        ),
    )
    [own, *_] = bench.reviewing.own_reviews(FIRST, size=1)
    item = bench.reviewing.task(FIRST, ROUND, own.item_id).item
    bench.reviewing.submit(
        FIRST,
        ROUND,
        own.item_id,
        complete_reading(item),
        item_version=item.version,
        idempotency_key=f"again {time.time_ns()}",
    )


def interval_figure(bench: Workbench) -> dict[str, Any]:
    """Measure the intervals of every field, and the model of readers, for a new state."""
    one_more(bench)
    bench.agreeing.compare(LENA, Scope())
    intervals = timed(lambda: bench.agreeing.intervals(LENA, Scope()))
    pairs = timed(lambda: bench.agreeing.intervals(LENA, Scope(), "pair"))
    errors = timed(lambda: bench.agreeing.error_rates(LENA, Scope()))
    return {
        "bench": "intervals",
        "items": SMALL,
        "fields_s": round(intervals.wall / 1000, 2),
        "pairs_s": round(pairs.wall / 1000, 2),
        "error_rates_s": round(errors.wall / 1000, 2),
        "target": "under 30 s",
    }


class Took(NamedTuple):
    """Milliseconds by the wall clock, and of this process's processor time."""

    wall: float
    processor: float


def timed(act: Callable[[], object]) -> Took:
    """Return how long something takes."""
    wall, processor = time.perf_counter(), time.process_time()
    act()
    return Took(
        round((time.perf_counter() - wall) * 1000, 1),
        round((time.process_time() - processor) * 1000, 1),
    )


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure), flush=True)
