"""The report for a paper: what GRRAS asks, numbers of the study, and lines left open."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from src.domain.errors import BadInputError, NotFoundError
from src.domain.grras import ASKED
from src.domain.people import OPERATOR, Person, Role
from src.domain.planting import Plant
from src.files.grras_pages import html_page, markdown_page
from src.services.workbench import Workbench
from tests.builders import Clock, actor, full_reading, item_line, open_round, write_items
from tests.commands.running import Shell

LENA = actor("lena")
ODD = "<b>first</b> | *round*"


class Seen(HTMLParser):
    """Collects the tags and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and where it points."""
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]


def study(bench: Workbench, folder: Path, name: str = "first", **plan: object) -> None:
    """Import three items, and let Amara and Benoît read them with a minute each."""
    person = Person(
        person_id="amara", display_name="Amara Okafor", roles=frozenset({Role.REVIEWER}),
        specialty="Radiology", years=12,
    )  # fmt: skip
    bench.people.add(OPERATOR, person)
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(3)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    open_round(bench, name, **plan)
    for who in ("amara", "benoit"):
        bench.sittings.act(actor(who), name, 90.0)
        while (task := bench.reviewing.next_item(actor(who), name)) is not None:
            bench.reviewing.submit(
                actor(who), name, task.item.item_id, full_reading(task.item), item_version=1,
                idempotency_key=f"{who}-{task.item.item_id}", seconds_active=60,
            )  # fmt: skip


def test_all_fifteen_points_are_there_and_what_nobody_can_know_is_left_open(
    bench: Workbench, tmp_path: Path
) -> None:
    """The rationale has no fact; the numbers and sample have them."""
    study(bench, tmp_path / "in")
    report = bench.reporting.grras(LENA, "first").report
    assert [point.number for point in report.points] == list(range(1, 16))
    assert len(ASKED) == 15
    rationale, actual = report.points[4], report.points[10]
    assert rationale.facts == ()
    assert rationale.to_fill
    assert "3 items were asked, 3 have all their readings; 6 readings by 2 readers." in actual.facts
    relevance = report.points[13]
    assert (relevance.facts, relevance.tables) == ((), ())


def test_hours_and_readings_of_each_reader_stand_there_without_name_or_id(
    bench: Workbench, tmp_path: Path
) -> None:
    """Each reader keeps their number in every report."""
    study(bench, tmp_path / "in")
    found = bench.reporting.grras(LENA)
    assert {(one.readings, one.seconds_reading, one.seconds_active) for one in found.readers} == {
        (3, 180, 90.0)
    }
    assert {(one.specialty, one.years) for one in found.readers} == {("Radiology", 12), ("", None)}
    written = found.model_dump_json() + html_page(found.report) + markdown_page(found.report)
    for word in ("amara", "Amara", "benoit", "Benoît"):
        assert word not in written
    assert bench.reporting.grras(LENA, "first").readers == found.readers
    assert "The specialty of Reader" in markdown_page(found.report)


def test_the_estimates_are_those_of_the_agreement_service(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """And of the repeats, with their own tables."""
    study(bench, tmp_path / "in", repeats=0.25)
    clock.now += timedelta(days=20)
    again = read_all_again(bench)
    found = bench.reporting.grras(LENA, "first", seed=3)
    assert found.agreement == bench.agreeing.report(LENA, "first", seed=3)
    assert found.repeats[0].compared == again
    estimates = found.report.points[12]
    titles = [table.title for table in estimates.tables]
    assert titles[:2] == [
        "Agreement between readers, by field",
        "Agreement between readers on the verdicts of claims",
    ]
    assert ("The same verdict again in first, by reader" in titles) == (again > 0)


def read_all_again(bench: Workbench) -> int:
    """Let both readers give what came back to them, and return how many that were."""
    seen = 0
    for who in ("amara", "benoit"):
        while (task := bench.reviewing.next_item(actor(who), "first")) is not None:
            seen += 1
            bench.reviewing.submit(
                actor(who), "first", task.item.item_id, full_reading(task.item), item_version=1,
                idempotency_key=f"{who}-{task.item.item_id}-again",
            )  # fmt: skip
    return seen


def test_the_page_needs_nothing_else_and_everything_in_it_is_escaped(
    bench: Workbench, tmp_path: Path
) -> None:
    """A round's name cannot make a tag, a link or a column."""
    study(bench, tmp_path / "in", ODD)
    report = bench.reporting.grras(LENA, ODD).report
    page = html_page(report)
    seen = Seen()
    seen.feed(page)
    assert "b" not in seen.tags
    assert "script" not in seen.tags
    assert seen.addresses == []
    assert "&lt;b&gt;first&lt;/b&gt;" in page
    text = markdown_page(report)
    assert "<b>" not in text.replace("\\<b\\>", "")
    planned = next(line for line in text.split("\n") if line.startswith("| \\<b"))
    assert planned.replace("\\|", "").count("|") == 6


def test_planted_errors_are_reported_by_rate_and_not_by_item(
    bench: Workbench, tmp_path: Path
) -> None:
    """A report can be printed while the round goes on."""
    lines = [item_line(f"p{n:02}", case=f"other-{n}", images=[]) for n in range(5)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "more", lines, "more.jsonl"))
    plant = Plant(item_id="test/diagnosis/p00", claim_id="c1", wrong_text="Another disease")
    study(bench, tmp_path / "in", plants=(plant,))
    found = bench.reporting.grras(LENA, "first")
    assert [(r.all.part, r.all.whole) for r in found.planted] == [(0, 2)]
    assert [(r.untouched.part, r.compared > 0) for r in found.planted] == [(0, True)]
    titles = [table.title for table in found.report.points[12].tables]
    assert "Planted errors found in first" in titles
    assert "Another disease" not in found.model_dump_json()


def test_without_a_reading_round_there_is_nothing_to_report(
    bench: Workbench, tmp_path: Path
) -> None:
    """Said in words."""
    with pytest.raises(BadInputError, match="no reading round"):
        bench.reporting.grras(LENA)
    study(bench, tmp_path / "in")
    with pytest.raises(NotFoundError, match="no reading round 'other'"):
        bench.reporting.grras(LENA, "other")


def test_the_verbs_write_their_files(tmp_path: Path) -> None:
    """Whole, and listed with their hashes."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("demo")
    out = tmp_path / "out"
    found = shell.done("report", "grras", "--out", str(out))
    assert sorted(path.name for path in out.iterdir()) == ["grras.html", "grras.json", "grras.md"]
    assert [file["path"] for file in found["files"]] == ["grras.html", "grras.md", "grras.json"]
    assert found["readers"]
    rows = shell.done("report", "flow", "--out", str(out))["rows"]
    assert rows[0]["stage"] == "Imported"
    assert (out / "flow.svg").read_text(encoding="utf-8").startswith("<svg")
