"""Who reads what: k readers and never more, in an order that gives nothing away."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from db.models import RoundItemRow, SlotRow
from src.domain.errors import (
    BadInputError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    ReviewToolError,
)
from src.domain.item import READING_ORDER
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.review import Verdict
from src.domain.round import SkipReason
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench
from tests.builders import Clock, actor, full_reading, item_line, open_round, read_all, write_items


def fill(bench: Workbench, folder: Path, count: int = 3) -> None:
    """Import items, each on a case of its own, without images."""
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(count)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))


def take(bench: Workbench, person: str, round_name: str = "first") -> str | None:
    """Return the id of the item that comes to a reader next."""
    task = bench.reviewing.next_item(actor(person), round_name)
    return task.item.item_id if task is not None else None


def send(bench: Workbench, person: str, item_id: str, **changes: object) -> None:
    """Submit a complete reading of an item."""
    task = bench.reviewing.task(actor(person), "first", item_id)
    bench.reviewing.submit(
        actor(person),
        "first",
        item_id,
        full_reading(task.item, **changes),  # type: ignore[arg-type]
        item_version=1,
        idempotency_key=f"{person}-{item_id}-{task.submitted_revision}",
    )


@pytest.mark.timeout(120)
def test_many_readers_at_once_never_take_an_item_more_often_than_asked(
    bench: Workbench, tmp_path: Path
) -> None:
    """24 readers race for 12 items of 3 readings: 36 readings, no reader twice, nobody refused."""
    fill(bench, tmp_path / "in", 12)
    readers = [f"reader-{n:02}" for n in range(24)]
    for name in readers:
        bench.people.add(
            OPERATOR, Person(person_id=name, display_name=name, roles=frozenset({Role.REVIEWER}))
        )
    bench.assigning.create(
        OPERATOR, RoundPlan(name="first", readers=3, persons=tuple(readers), seed=1)
    )
    faults: list[Exception] = []
    start = threading.Barrier(len(readers))

    def read(name: str) -> None:
        who = Actor(person_id=name, roles=frozenset({Role.REVIEWER}))
        start.wait()
        try:
            while (task := bench.reviewing.next_item(who, "first")) is not None:
                bench.reviewing.submit(
                    who,
                    "first",
                    task.item.item_id,
                    full_reading(task.item),
                    item_version=1,
                    idempotency_key=f"{name}-{task.item.item_id}",
                )
        except ReviewToolError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=read, args=(name,)) for name in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with bench.database.reading() as t:
        slots = [(s.item_id, s.person, s.state) for s in t.scalars(select(SlotRow))]
    assert len(slots) == 36
    assert {state for _, _, state in slots} == {"submitted"}
    assert len({(item, person) for item, person, _ in slots}) == 36
    assert set(Counter(item for item, _, _ in slots).values()) == {3}
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_two_windows_of_one_reader_hold_one_item(bench: Workbench, tmp_path: Path) -> None:
    """Eight windows ask at once and get the same item."""
    fill(bench, tmp_path / "in", 8)
    open_round(bench)
    found: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: found.append(take(bench, "amara"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["test/diagnosis/000"] * 8


def test_a_case_comes_in_the_order_in_which_no_answer_is_given_away(
    bench: Workbench, tmp_path: Path
) -> None:
    """Whatever the order in the file."""
    lines = [
        item_line("1", track=track.value, case=case, images=[])
        for track in reversed(READING_ORDER)
        for case in ("case-1", "case-2")
    ]
    for number, line in enumerate(lines):
        line["index"] = str(number)
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara",))
    tracks = [item_id.split("/")[1] for item_id in read_all(bench, "amara")]
    assert tracks == [track.value for track in READING_ORDER] * 2


def test_an_abandoned_slot_comes_back_after_its_lease(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Twelve hours later somebody else gets it; before that nobody does."""
    fill(bench, tmp_path / "in", 1)
    open_round(bench, persons=("amara", "benoit"), readers=1)
    assert take(bench, "amara") == "test/diagnosis/000"
    assert take(bench, "benoit") is None
    clock.now += timedelta(hours=13)
    assert take(bench, "benoit") == "test/diagnosis/000"
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_slot_with_a_draft_is_never_taken_away_by_time(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Not even a year later."""
    fill(bench, tmp_path / "in", 1)
    open_round(bench, persons=("amara", "benoit"), readers=1)
    item_id = take(bench, "amara")
    assert item_id is not None
    task = bench.reviewing.task(actor("amara"), "first", item_id)
    bench.reviewing.save_draft(actor("amara"), "first", item_id, full_reading(task.item), 0)
    clock.now += timedelta(days=365)
    assert take(bench, "benoit") is None
    assert take(bench, "amara") == item_id


def test_a_late_reading_is_kept_as_an_extra_one(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """The item was given to somebody else meanwhile; both readings count, no slot is filled twice."""  # noqa: E501
    fill(bench, tmp_path / "in", 1)
    open_round(bench, persons=("amara", "benoit"), readers=1)
    item_id = take(bench, "amara")
    assert item_id is not None
    clock.now += timedelta(hours=13)
    assert take(bench, "benoit") == item_id
    send(bench, "benoit", item_id)
    send(bench, "amara", item_id, verdict=Verdict.CONTRADICTED)
    with bench.database.reading() as t:
        row = t.get(RoundItemRow, ("first", item_id))
        assert row is not None
        assert row.missing == 0
    assert [d.unit for d in bench.adjudicating.disputes(actor("chen"))] == ["claim:c1"]


@pytest.mark.parametrize("reason", [SkipReason.NOT_MY_FIELD, SkipReason.CONFLICT_OF_INTEREST])
def test_a_skipped_item_goes_to_somebody_else_and_does_not_come_back(
    bench: Workbench, tmp_path: Path, reason: SkipReason
) -> None:
    """Where the reason lies with the reader; one that lies with the item holds it back."""
    fill(bench, tmp_path / "in", 2)
    open_round(bench, persons=("amara", "benoit"), readers=1)
    item_id = take(bench, "amara")
    assert item_id is not None
    bench.reviewing.skip(actor("amara"), "first", item_id, reason, "because")
    assert take(bench, "amara") == "test/diagnosis/001"
    assert take(bench, "benoit") == item_id
    with pytest.raises(NotFoundError):
        bench.reviewing.task(actor("amara"), "first", item_id)


def test_a_conflict_of_interest_keeps_the_reader_from_the_whole_case(
    bench: Workbench, tmp_path: Path
) -> None:
    """Also from its other items, also in the next round."""
    lines = [
        item_line("1", case="case-1", images=[]),
        item_line("2", track="treatment", case="case-1", images=[]),
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara",))
    item_id = take(bench, "amara")
    assert item_id is not None
    bench.reviewing.skip(actor("amara"), "first", item_id, SkipReason.CONFLICT_OF_INTEREST)
    assert take(bench, "amara") is None
    open_round(bench, "second", ("amara",))
    assert take(bench, "amara", "second") is None


def test_who_has_seen_readings_gets_no_slot_on_that_item(bench: Workbench, tmp_path: Path) -> None:
    """Dalia, who is also an adjudicator, opened the case, or only listed or decided its disputes."""  # noqa: E501
    fill(bench, tmp_path / "in", 2)
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    both = frozenset({Role.REVIEWER, Role.ADJUDICATOR})
    bench.people.set_roles(OPERATOR, "dalia", both)
    assert len(list(bench.adjudicating.disputes(Actor(person_id="dalia", roles=both)))) == 2
    open_round(bench, "second", ("dalia",))
    assert take(bench, "dalia", "second") is None


def test_a_closed_round_gives_nothing_out_and_keeps_what_was_begun(
    bench: Workbench, tmp_path: Path
) -> None:
    """Next is refused, with a reason; the item in hand can still be sent."""
    fill(bench, tmp_path / "in", 2)
    open_round(bench)
    item_id = take(bench, "amara")
    assert item_id is not None
    bench.assigning.close(actor("lena"), "first")
    for person in ("amara", "benoit"):
        with pytest.raises(NotAllowedError, match="closed"):
            take(bench, person)
    send(bench, "amara", item_id)


def test_a_seeded_sample_can_be_drawn_again_and_keeps_its_probability(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two rounds of the same seed hold the same items, each with 3/10."""
    fill(bench, tmp_path / "in", 10)
    for name in ("one", "two"):
        bench.assigning.create(
            OPERATOR, RoundPlan(name=name, readers=1, persons=("amara",), sample=3, seed=11)
        )
    with bench.database.reading() as t:
        rows = [
            (r.round, r.item_id, r.inclusion_probability) for r in t.scalars(select(RoundItemRow))
        ]
    assert {i for r, i, _ in rows if r == "one"} == {i for r, i, _ in rows if r == "two"}
    assert [p for _, _, p in rows] == [0.3] * 6


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": ""}, BadInputError),
        ({"name": "x" * 101}, BadInputError),
        ({"readers": 0}, BadInputError),
        ({"readers": 3}, BadInputError),
        ({"seed": -1}, BadInputError),
        ({"seed": 2**40}, BadInputError),
        ({"sample": 0}, BadInputError),
        ({"sample": 9}, BadInputError),
        ({"persons": ("amara", "nobody")}, NotFoundError),
        ({"persons": ("amara", "chen")}, BadInputError),
        ({"persons": ("amara", "amara")}, BadInputError),
        ({"item_ids": ("test/diagnosis/999",)}, NotFoundError),
        ({"item_ids": ()}, BadInputError),
    ],
)
def test_a_round_that_cannot_be_is_refused(
    bench: Workbench, tmp_path: Path, change: dict[str, object], error: type[ReviewToolError]
) -> None:
    """And leaves nothing behind."""
    fill(bench, tmp_path / "in", 3)
    plan = RoundPlan(name="first", readers=2, persons=("amara", "benoit")).model_copy(update=change)
    with pytest.raises(error):
        bench.assigning.create(OPERATOR, plan)
    assert bench.assigning.all_of(OPERATOR) == []


def test_a_round_has_a_name_of_its_own(bench: Workbench, tmp_path: Path) -> None:
    """The second of the same name is refused."""
    fill(bench, tmp_path / "in", 1)
    open_round(bench)
    with pytest.raises(ConflictError, match="already a round"):
        open_round(bench)


def test_a_reader_named_twice_reads_once(bench: Workbench, tmp_path: Path) -> None:
    """Names are a set."""
    fill(bench, tmp_path / "in", 1)
    open_round(bench, persons=("amara", "benoit", "amara"), readers=2)
    assert bench.assigning.get(OPERATOR, "first").persons == ("amara", "benoit")
