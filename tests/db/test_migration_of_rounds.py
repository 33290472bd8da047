"""A study from before there were sittings and calibration rounds, brought to the newest schema."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from db import schema
from db.database import Database
from src.domain.people import OPERATOR
from src.domain.review import Verdict
from src.domain.round import RoundKind, SkipReason
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.conftest import new_postgres_database
from tests.db.test_migrations import rows_of, tables_of, upgrade_to


@pytest.fixture
def other_url(bench: Workbench, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Give a second, empty database of the same kind."""
    if bench.database.is_sqlite:
        return f"sqlite:///{tmp_path / 'old' / 'review.db'}"
    return new_postgres_database(request.getfixturevalue("postgres_server"))


def worked_study_of(version: str, bench: Workbench, url: str, folder: Path) -> Database:
    """Return a study with readings, a skip and a release, as an earlier program stored it."""
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(3)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    open_round(bench, "second", ("dalia",))
    task = bench.reviewing.next_item(actor("dalia"), "second")
    assert task is not None
    bench.reviewing.skip(actor("dalia"), "second", task.item.item_id, SkipReason.NOT_MY_FIELD, "no")
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.SUPPORTED)
    bench.releasing.release(actor("lena"))
    old = Database(url, create=True)
    upgrade_to(old, version)
    copy_rows(bench, old)
    return old


def copy_rows(
    bench: Workbench, old: Database, changes: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """Fill an empty study of an earlier schema with what one of the newest holds.

    `changes` gives other values to columns of all rows, by table.
    """
    with old.connection() as connection:
        for table in tables_of(old):
            if table.name.startswith("ontology_search"):
                continue  # SQLite's own tables of the full-text search
            rows = rows_of(bench.database, table)
            other = (changes or {}).get(table.name, {})
            named = [{**dict(zip(table.c.keys(), row, strict=True)), **other} for row in rows]
            if named:
                connection.execute(table.insert(), named)


def test_each_image_of_an_item_keeps_what_was_known_of_its_picture(
    bench: Workbench, other_url: str, tmp_path: Path
) -> None:
    """Before, files with the same pixels shared the texts of the first; nothing is scanned anew."""
    lines = [
        item_line(f"{n:03}", case=f"case-{n}", images=[{"path": "a.png"}], answer="Osteopoikilosis")
        for n in (1, 2)
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    bench.scanning.scan(OPERATOR)
    old = Database(other_url, create=True)
    upgrade_to(old, "0004")
    copy_rows(bench, old, {"image": {"texts": '{"COM":"Femur"}'}})

    init(other_url, str(tmp_path / "images"))

    again = open_workbench(other_url, str(tmp_path / "images"), bench.clock)
    assert again.browsing.verify(OPERATOR).problems == ()
    assert again.scanning.scan(OPERATOR).scanned == 0
    for n in (1, 2):
        again.ontologies.add_alias(actor("lena"), f"item:test/diagnosis/{n:03}", "Femur")
    assert again.scanning.scan(OPERATOR).scanned == 2
    for n in (1, 2):
        hits = again.scanning.hits(OPERATOR, f"test/diagnosis/{n:03}")
        assert "metadata:1" in {hit.field for hit in hits}
    again.close()
    old.close()


def test_rounds_of_the_second_schema_stay_proven_and_can_be_practised_on(
    bench: Workbench, other_url: str, tmp_path: Path
) -> None:
    """Every row is kept; old rounds are reading rounds, old skips wait for nobody."""
    old = worked_study_of("0002", bench, other_url, tmp_path / "in")
    tables = tables_of(old)
    before = {table.name: rows_of(old, table) for table in tables}
    assert sum(len(rows) for rows in before.values()) > 50

    assert init(other_url, str(tmp_path / "images")) == schema.newest()

    assert {table.name: rows_of(old, table) for table in tables} == before
    again = open_workbench(other_url, str(tmp_path / "images"), bench.clock)
    assert again.browsing.verify(OPERATOR).problems == ()
    lena, dalia = actor("lena"), actor("dalia")
    assert {round_.kind for round_ in again.assigning.all_of(lena)} == {RoundKind.READING}
    assert [(s.note, s.held_back) for s in again.assigning.skipped(lena, "second")] == [
        ("no", False)
    ]
    plan = RoundPlan(name="practice", kind=RoundKind.CALIBRATION, persons=("dalia",))
    again.assigning.create(lena, plan)
    again.sittings.act(dalia, "practice", 10.0)
    assert len(read_all(again, "dalia", "practice")) == 3
    assert again.calibrating.result(dalia, "practice").share == 1.0
    again.assigning.add_person(lena, "second", "amara")
    assert again.browsing.verify(OPERATOR).problems == ()
    again.close()
    old.close()
