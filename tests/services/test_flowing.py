"""From import to gold: each item in one place, counted by the database, all adding up."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from src.domain.errors import NotAllowedError
from src.domain.flow import FlowCounts, Place
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import Recommendation, Verdict
from src.files.flow_diagram import flow_csv, flow_svg
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import (
    actor,
    full_reading,
    item_line,
    open_round,
    read_all,
    statements,
    write_items,
)

LENA, CHEN = actor("lena"), actor("chen")


def add(bench: Workbench, folder: Path, *ids: str, licence: str = "CC BY 4.0") -> None:
    """Import items on cases of their own."""
    lines = [
        item_line(one, images=[]) | {"case": {"case_id": one, "licence": licence}} for one in ids
    ]
    bench.importing.store_file(OPERATOR, write_items(folder, lines, f"{ids[0]}.jsonl"))


def item(one: str) -> str:
    """Return an item's id."""
    return f"test/diagnosis/{one}"


def read(bench: Workbench, round_name: str, who: str, verdict: Verdict, **more: object) -> None:
    """Let a person read all that comes to them in a round, all alike."""
    while (task := bench.reviewing.next_item(actor(who), round_name)) is not None:
        bench.reviewing.submit(
            actor(who),
            round_name,
            task.item.item_id,
            full_reading(task.item, verdict, **more),
            item_version=1,
            idempotency_key=f"{who}-{round_name}-{task.item.item_id}",
        )


def places(bench: Workbench) -> dict[Place, int]:
    """Return the places that have items."""
    return {place: n for place, n in bench.flowing.counts(LENA).places.items() if n}


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a study with one item, at least, in most places."""
    folder = tmp_path / "in"
    add(bench, folder, "001", "002")
    add(bench, folder, "003", licence="All rights reserved")
    add(bench, folder, "010", "020", "030", "040", "050")
    open_round(bench, "agreed", item_ids=(item("001"), item("002"), item("003")))
    read_all(bench, "amara", "agreed")
    read_all(bench, "benoit", "agreed")
    open_round(bench, "rejected", item_ids=(item("010"),))
    for who in ("amara", "benoit"):
        read(
            bench,
            "rejected",
            who,
            Verdict.CONTRADICTED,
            recommendation=Recommendation.REJECT,
            comment="Another disease.",
        )
    bench.releasing.release(LENA, "one")
    open_round(bench, "disputed", item_ids=(item("020"),))
    read(bench, "disputed", "amara", Verdict.SUPPORTED)
    read(bench, "disputed", "benoit", Verdict.CONTRADICTED)
    open_round(bench, "out", item_ids=(item("030"),))
    bench.assigning.take_out(LENA, "out", item("030"), "A twin of 002.")
    open_round(bench, "waiting", item_ids=(item("040"),))
    read(bench, "waiting", "amara", Verdict.SUPPORTED)
    return bench


def test_every_item_stands_in_one_place_and_they_add_up(study: Workbench) -> None:
    """Imported is asked and not asked, asked is read and not read, read is gold and not gold."""
    assert places(study) == {
        Place.GOLD: 3, Place.REJECTED: 1, Place.DISPUTED: 1, Place.WAITING: 1,
        Place.TAKEN_OUT: 1, Place.NOT_ASKED: 1,
    }  # fmt: skip
    counts = study.flowing.counts(LENA)
    assert (counts.imported, counts.asked, counts.read, counts.gold) == (8, 6, 5, 3)
    stages = [(stage, n) for stage, _, n in counts.rows()]
    for stage, following in (("Imported", "Asked"), ("Asked", "Read"), ("Read", "Gold")):
        whole = next(n for name, n in stages if name == stage)
        lost = sum(n for name, n in stages if name == f"{stage}, not further")
        assert whole - lost == next(n for name, n in stages if name == following)
    assert counts.readings.sent == counts.readings.counted == 11


def test_every_number_opens_its_items(study: Workbench) -> None:
    """In pages, by id; as many as were counted."""
    assert study.flowing.items(LENA, Place.DISPUTED) == [item("020")]
    assert study.flowing.items(LENA, Place.GOLD, size=2) == [item("001"), item("002")]
    assert study.flowing.items(LENA, Place.GOLD, after=item("002")) == [item("003")]
    for place, number in study.flowing.counts(LENA).places.items():
        assert len(study.flowing.items(LENA, place)) == number


def test_a_ruling_moves_an_item_on(study: Workbench) -> None:
    """From disputed to settled, and it is counted as ruled on."""
    study.adjudicating.decide(
        CHEN,
        Ruling(round="disputed", item_id=item("020"), unit="claim:c1", chosen="A",
               reason=Reason.READER_SLIP, rationale="It is seen."),
    )  # fmt: skip
    counts = study.flowing.counts(LENA)
    assert (counts.number(Place.DISPUTED), counts.number(Place.SETTLED)) == (0, 1)
    assert counts.adjudicated == 1


def test_readings_that_count_nowhere_are_named_with_why(study: Workbench) -> None:
    """Of a reader who left and was left out; their item waits again."""
    study.departing.end_part(LENA, "disputed", "benoit", keep=False, reason="Moved away.")
    counts = study.flowing.counts(LENA)
    assert (counts.readings.left_out, counts.readings.counted) == (1, 10)
    assert counts.number(Place.WAITING) == 2


def test_images_are_counted_by_what_their_licence_allows(bench: Workbench, tmp_path: Path) -> None:
    """Of gold; those that are in no export are named."""
    lines = [
        item_line("001", case="a") | {"case": {"case_id": "a", "licence": "CC BY 4.0"}},
        item_line("002", case="b") | {"case": {"case_id": "b", "licence": "All rights reserved"}},
        item_line("003", case="c") | {"case": {"case_id": "c"}},
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(LENA, "one")
    images = bench.flowing.counts(LENA).images
    assert (images.free, images.forbidden, images.unknown, images.items_forbidden) == (2, 2, 2, 1)


def test_a_closed_round_and_an_older_version_have_places_of_their_own(
    bench: Workbench, tmp_path: Path
) -> None:
    """What was read before another wording was imported is not ready."""
    add(bench, tmp_path / "in", "001", "002")
    open_round(bench, persons=("amara",), item_ids=(item("001"),))
    read_all(bench, "amara")
    line = item_line("001", images=[], question="What is it?") | {"case": {"case_id": "001"}}
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "new", [line]))
    open_round(bench, "second", item_ids=(item("002"),))
    bench.assigning.close(LENA, "second")
    assert places(bench) == {Place.OLDER_VERSION: 1, Place.ROUND_CLOSED: 1}


def test_the_counts_cost_the_same_however_many_items_there_are(
    bench: Workbench, tmp_path: Path
) -> None:
    """As many statements for 3 items as for 30."""
    add(bench, tmp_path / "in", *(f"{n:03}" for n in range(3)))
    with statements(bench) as few:
        bench.flowing.counts(LENA)
    add(bench, tmp_path / "more", *(f"{n:03}" for n in range(10, 40)))
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    with statements(bench) as many:
        bench.flowing.counts(LENA)
    assert len(few) == len(many)


def test_the_diagram_holds_every_number_and_nothing_from_elsewhere(study: Workbench) -> None:
    """Well-formed, without colour, and the same numbers as the table."""
    counts = study.flowing.counts(LENA)
    drawn = flow_svg(counts)
    words = [element.text or "" for element in ElementTree.fromstring(drawn).iter()]
    assert "Imported (n = 8)" in words
    assert "Not gold (n = 2)" in words
    assert "Rejected in review (n = 1)" in words
    assert not any("Stopped" in text for text in words)
    assert drawn.count("http") == 1
    assert '"Read","Read by all readers asked",5' in flow_csv(counts)
    assert '"Gold","Gold of the newest release",3' in flow_csv(counts)


def test_an_empty_study_is_drawn_too() -> None:
    """With zeros, and no boxes beside the way."""
    none = FlowCounts.model_validate(
        {"places": {}, "release": None, "adjudicated": 0, "readings": {}, "images": {}}
    )
    assert flow_svg(none).count("<rect") == 5


def test_only_who_leads_sees_the_flow(bench: Workbench) -> None:
    """A reader does not."""
    with pytest.raises(NotAllowedError):
        bench.flowing.counts(actor("amara"))
    with pytest.raises(NotAllowedError):
        bench.flowing.items(actor("chen"), Place.GOLD)
