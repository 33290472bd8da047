"""kill -9 at any moment: what was acknowledged is there, what was not is whole or absent."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from db import decisions
from db.models import ItemImageRow, ItemVersionRow, ReviewRow
from src.domain.people import OPERATOR, Person, Role
from src.domain.review import Verdict
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import item_line, open_round, read_all, write_items

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
ITEMS = 60

IMPORTER = """
import sys
from pathlib import Path
from src.domain.people import OPERATOR
from src.services.workbench import open_workbench
bench = open_workbench(sys.argv[1], sys.argv[2])
print("ready", flush=True)
report = bench.importing.store_file(OPERATOR, Path(sys.argv[3]))
print("stored", report.new, flush=True)
"""

READER = """
import sys
from src.services.workbench import open_workbench
from tests.builders import full_reading
bench = open_workbench(sys.argv[1], sys.argv[2])
name = sys.argv[3]
actor = bench.people.actor(name)
while (task := bench.reviewing.next_item(actor, "first")) is not None:
    item_id = task.item.item_id
    bench.reviewing.save_draft(actor, "first", item_id, full_reading(task.item), task.draft.version)
    receipt = bench.reviewing.submit(
        actor, "first", item_id, full_reading(task.item),
        item_version=1, idempotency_key=name + item_id,
    )
    print(item_id, receipt.hash, flush=True)
"""


def start(program: str, *words: str) -> subprocess.Popen[str]:
    """Start a process that can be killed with all its children."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> str:
    """Kill a process of ours by its own number and return what it had said."""
    process.send_signal(signal.SIGKILL)
    return process.communicate(timeout=60)[0]


def stored_items(bench: Workbench) -> tuple[int, int]:
    """Return the numbers of item versions and of their images."""
    with bench.database.reading() as t:
        items = t.scalar(select(func.count()).select_from(ItemVersionRow)) or 0
        return items, t.scalar(select(func.count()).select_from(ItemImageRow)) or 0


def all_images_are_whole(folder: Path) -> bool:
    """Decode every image of the store; one that was half written would raise."""
    for path in folder.glob("??/*/*"):
        with Image.open(path) as image:
            image.load()
    return True


@pytest.mark.parametrize(
    "cycle", [0, *(pytest.param(cycle, marks=pytest.mark.slow) for cycle in range(1, 6))]
)
def test_a_killed_import_leaves_all_rows_or_none(
    database_url: str, tmp_path: Path, cycle: int
) -> None:
    """At a random point each time; the chain is intact, no image half written, and it works again."""  # noqa: E501
    images = tmp_path / "images"
    init(database_url, str(images))
    file = write_items(tmp_path / "in", [item_line(f"{n:03}") for n in range(ITEMS)])
    whole = 0
    for attempt in range(4):
        process = start(IMPORTER, database_url, str(images), str(file))
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.Random(100 * cycle + attempt).uniform(0.0, 2.5))
        kill(process)
        bench = open_workbench(database_url, str(images))
        assert stored_items(bench) in {(0, 0), (ITEMS, 2 * ITEMS)}
        assert bench.browsing.verify(OPERATOR).problems == ()
        assert all_images_are_whole(images)
        whole += stored_items(bench)[0] == ITEMS
        bench.close()
    bench = open_workbench(database_url, str(images))
    report = bench.importing.store_file(OPERATOR, file)
    assert report.new + report.unchanged == ITEMS
    assert (report.unchanged == ITEMS) == (whole > 0)
    assert stored_items(bench) == (ITEMS, 2 * ITEMS)
    bench.close()


@pytest.mark.parametrize("items", [6, pytest.param(40, marks=pytest.mark.slow)])
def test_every_acknowledged_review_of_a_killed_reader_is_there(
    database_url: str, tmp_path: Path, items: int
) -> None:
    """Four readers, killed and started again until all is read: none lost, none doubled."""
    images = str(tmp_path / "images")
    init(database_url, images)
    bench = open_workbench(database_url, images)
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(items)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    names = [f"reader-{n}" for n in range(4)]
    for name in names:
        bench.people.add(
            OPERATOR, Person(person_id=name, display_name=name, roles=frozenset({Role.REVIEWER}))
        )
    bench.assigning.create(
        OPERATOR, RoundPlan(name="first", readers=4, persons=tuple(names), seed=1)
    )

    acknowledged: dict[str, list[str]] = {name: [] for name in names}
    for cycle in range(40):
        processes = {name: start(READER, database_url, images, name) for name in names}
        first = {name: process.stdout.readline() for name, process in processes.items()}
        time.sleep(random.Random(cycle).uniform(0.0, 0.1))
        for name, process in processes.items():
            said = first[name] + kill(process)
            acknowledged[name] += [n for n in said.splitlines(keepends=True) if n.endswith("\n")]
        if bench.assigning.progress(OPERATOR, "first").items_left == 0:
            break

    with bench.database.reading() as t:
        reviews = [(r.person, r.item_id, r.revision) for r in t.scalars(select(ReviewRow))]
        hashes = {event.hash for event in bench.browsing.log(OPERATOR, size=100_000)}
    assert len(reviews) == len(set(reviews)) == 4 * items
    assert {revision for _, _, revision in reviews} == {1}
    for name, said in acknowledged.items():
        assert said
        for line in said:
            item_id, receipt = line.split()
            assert (name, item_id, 1) in reviews
            assert receipt in hashes
    assert bench.browsing.verify(OPERATOR).problems == ()
    bench.close()


LEAVER = """
import sys
from src.domain.people import OPERATOR
from src.services import leak_standing
from src.services.workbench import open_workbench
bench = open_workbench(sys.argv[1], sys.argv[2])
count = leak_standing.count_anew
def counting(t, item_id):
    count(t, item_id)
    print(item_id, flush=True)
leak_standing.count_anew = counting
bench.departing.take_back(OPERATOR, "first", "dalia", reason="It was fine.")
"""


def test_lists_are_right_after_a_lead_is_killed_while_a_reader_comes_back(
    bench: Workbench, tmp_path: Path, database_url: str
) -> None:
    """Between two of its transactions: the next start counts the rest, and each item is right."""
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(30)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara", "benoit", "dalia"), readers=2)
    read_all(bench, "dalia", verdict=Verdict.CONTRADICTED)
    read_all(bench, "amara")
    bench.departing.end_part(OPERATOR, "first", "dalia", keep=False, reason="Away.")
    read_all(bench, "benoit")
    assert bench.adjudicating.totals(OPERATOR)[0] == 0

    process = start(LEAVER, database_url, str(tmp_path / "images"))
    assert process.stdout is not None
    for _ in range(8):
        process.stdout.readline()
    kill(process)

    with bench.database.reading() as t:
        assert decisions.totals(t, OPERATOR.person_id)[0] < 30
    open_workbench(database_url, str(tmp_path / "images")).close()
    with bench.database.reading() as t:
        assert decisions.totals(t, OPERATOR.person_id) == (30, 30, 0)
    assert bench.browsing.verify(OPERATOR).problems == ()
