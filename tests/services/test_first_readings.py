"""Read first, then judge: nothing of the answer before the first reading, and a record of it."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from src.domain.errors import (
    BadInputError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    ReviewToolError,
)
from src.domain.item import CaseRecord
from src.domain.people import OPERATOR
from src.domain.review import ReviewBody
from src.services.reviewing import Task
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, write_items

AMARA = actor("amara")
ITEM = "test/diagnosis/001"
SECRET = "CANARY-9c1e"
SAID = "Symmetric sclerosis of both distal femora."


def telling_line() -> dict[str, object]:
    """Return an item that gives its answer away wherever an item can."""
    line = item_line(
        "001",
        answer=f"Answer {SECRET}",
        aliases=[f"Alias {SECRET}"],
        orpha_code="7654321",
        category=f"Category {SECRET}",
        relation_type=f"Relation {SECRET}",
        findings=[{"title": SECRET, "body": f"Finding {SECRET}"}],
        decisive_images=[1],
        supporting_images=[2],
        extra={"note": SECRET, SECRET: "x"},
        claims=[{"text": f"Claim {SECRET}"}],
        criteria=[{"key": "must_include-1", "text": f"Criterion {SECRET}", "points": 1.0}],
    )
    line["case"] = {
        "case_id": f"case-{SECRET}",
        "pmcid": f"PMC-{SECRET}",
        "doi": f"10.1/{SECRET}",
        "source": SECRET,
    }
    line["images"] = [
        {"path": f"{SECRET}-{n}.png", "caption": f"Caption {n}", "slot_name": f"slot {n}"}
        for n in (1, 2)
    ]
    return line


@pytest.fixture
def opened(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a round in which amara and benoît read before they judge."""
    report = bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [telling_line()]))
    assert report.accepted, report.problems
    open_round(bench, read_first=True)
    return bench


def next_task(bench: Workbench, person_id: str = "amara") -> Task:
    """Return the next item of a reader."""
    task = bench.reviewing.next_item(actor(person_id), "first")
    assert task is not None
    return task


def commit(bench: Workbench, line: str = SAID) -> str:
    """Commit amara's first reading."""
    return bench.reviewing.commit_first_reading(AMARA, "first", ITEM, line).text


def shown(bench: Workbench) -> list[tuple[str, str]]:
    """Return who was shown what, in order."""
    with bench.database.reading() as t:
        found = t.execute(text("SELECT person, what FROM shown ORDER BY at, what")).all()
    return [(person, what) for person, what in found]


def test_no_byte_of_the_answer_is_handed_out_before_the_first_reading(opened: Workbench) -> None:
    """By the next item or by its address, also after a refusal; then all of it is there."""
    heard = [next_task(opened).model_dump_json(), next_task(opened).model_dump_json()]
    heard.append(opened.reviewing.task(AMARA, "first", ITEM).model_dump_json())
    for body in (ReviewBody(), ReviewBody(comment="x")):
        with pytest.raises(ReviewToolError) as refusal:
            opened.reviewing.save_draft(AMARA, "first", ITEM, body, 0)
        heard.append(f"{refusal.value} {refusal.value.problems}")
    assert not [said for said in heard if SECRET in said or "7654321" in said]

    commit(opened)
    task = opened.reviewing.task(AMARA, "first", ITEM)
    told = task.model_dump_json()
    for said in ("Answer", "Alias", "Category", "Relation", "Finding", "Claim", "Criterion"):
        assert f"{said} {SECRET}" in told
    assert task.item.case == CaseRecord(
        case_id=f"case-{SECRET}", pmcid=f"PMC-{SECRET}", doi=f"10.1/{SECRET}", source=SECRET
    )


def test_what_the_first_reading_is_of_is_there(opened: Workbench) -> None:
    """Question, context, images, their slots and captions; no claims, no rubric, no order of them."""  # noqa: E501
    task = next_task(opened)
    content = task.item.content
    assert task.withheld
    assert task.first_reading is None
    assert content.question == "What is the most likely diagnosis?"
    assert content.context.startswith("A 54-year-old woman")
    assert [(i.slot_name, i.caption) for i in content.images] == [
        ("slot 1", "Caption 1"),
        ("slot 2", "Caption 2"),
    ]
    assert set(task.view.images) == {image.sha256 for image in content.images}
    assert (task.item.claims, task.item.criteria, content.answer) == ((), (), "")
    assert (content.decisive_images, content.supporting_images) == ((), ())


def test_the_first_reading_is_kept_as_one_line_and_shown_to_its_reader_alone(
    opened: Workbench,
) -> None:
    """Trimmed; benoît, on the same item, sees none and is still asked for his own."""
    next_task(opened)
    assert commit(opened, f"  {SAID}\n") == SAID
    task = opened.reviewing.task(AMARA, "first", ITEM)
    assert task.first_reading is not None
    assert (task.first_reading.text, task.withheld) == (SAID, False)
    other = next_task(opened, "benoit")
    assert other.withheld
    assert SAID not in other.model_dump_json()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "Write in one line"),
        (" \n ", "Write in one line"),
        ("x" * 301, "at most 300"),
        ("one\ntwo", "line breaks"),
        ("one\u2028two", "line breaks"),
        ("one\x00two", "cannot be stored"),
        ("one\ud800two", "cannot be stored"),
    ],
)
def test_a_first_reading_that_is_no_line_is_refused(opened: Workbench, line: str, why: str) -> None:
    """And can be mended."""
    next_task(opened)
    with pytest.raises(BadInputError, match=why):
        commit(opened, line)
    assert next_task(opened).withheld
    assert commit(opened, "x" * 300) == "x" * 300


def test_a_second_first_reading_is_refused_and_changes_nothing(opened: Workbench) -> None:
    """Once and for ever."""
    next_task(opened)
    commit(opened)
    head = opened.browsing.head(OPERATOR)
    with pytest.raises(ConflictError, match="stays as it is"):
        commit(opened, "On seeing the answer, something else.")
    task = opened.reviewing.task(AMARA, "first", ITEM)
    assert task.first_reading is not None
    assert task.first_reading.text == SAID
    kinds = [event.kind for event in opened.browsing.log(OPERATOR)]
    assert kinds.count("first_reading.committed") == 1
    assert opened.browsing.verify(OPERATOR, head).intact


def test_of_first_readings_committed_at_once_one_is_kept(opened: Workbench) -> None:
    """Ten windows."""
    next_task(opened)
    kept: list[str] = []

    def press(number: int) -> None:
        try:
            kept.append(commit(opened, f"Reading {number}"))
        except ConflictError:
            return

    threads = [threading.Thread(target=press, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    task = opened.reviewing.task(AMARA, "first", ITEM)
    assert task.first_reading is not None
    assert kept == [task.first_reading.text]


def test_nothing_is_judged_before_the_first_reading(opened: Workbench) -> None:
    """Neither a draft nor a review, even one that is complete."""
    task = next_task(opened)
    body = full_reading(task.item)
    with pytest.raises(NotAllowedError, match="first reading"):
        opened.reviewing.save_draft(AMARA, "first", ITEM, body, 0)
    with pytest.raises(NotAllowedError, match="first reading"):
        opened.reviewing.submit(AMARA, "first", ITEM, body, item_version=1, idempotency_key="k")
    commit(opened)
    full = full_reading(opened.reviewing.task(AMARA, "first", ITEM).item)
    opened.reviewing.save_draft(AMARA, "first", ITEM, full, 0)
    receipt = opened.reviewing.submit(
        AMARA, "first", ITEM, full, item_version=1, idempotency_key="k"
    )
    assert receipt.number == 1
    assert not opened.reviewing.task(AMARA, "first", ITEM).withheld


def test_an_ordinary_round_asks_for_no_first_reading(bench: Workbench, tmp_path: Path) -> None:
    """All is there at once, and a first reading is refused."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [telling_line()]))
    open_round(bench)
    assert not next_task(bench).withheld
    with pytest.raises(NotAllowedError, match="no first reading"):
        commit(bench)


def test_who_does_not_hold_an_item_commits_nothing_on_it(opened: Workbench) -> None:
    """Not found, as for every other act."""
    with pytest.raises(NotFoundError):
        commit(opened)


def test_what_was_shown_when_is_recorded_once_and_in_order(opened: Workbench) -> None:
    """The case first, the answer when it is first handed out, each with its event."""
    next_task(opened)
    next_task(opened)
    assert shown(opened) == [("amara", "case")]
    commit(opened)
    assert shown(opened) == [("amara", "case")]
    for _ in range(3):
        opened.reviewing.task(AMARA, "first", ITEM)
    assert shown(opened) == [("amara", "case"), ("amara", "answer")]
    kinds = [event.kind for event in reversed(opened.browsing.log(OPERATOR))]
    assert kinds[-4:] == ["slot.taken", "case.shown", "first_reading.committed", "answer.shown"]
    assert opened.browsing.verify(OPERATOR).intact


def test_an_ordinary_round_shows_case_and_answer_at_one_moment(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two rows with the same time."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    next_task(bench)
    with bench.database.reading() as t:
        rows = t.execute(text("SELECT what, at FROM shown ORDER BY what")).all()
    assert [row.what for row in rows] == ["answer", "case"]
    assert len({row.at if isinstance(row.at, datetime) else str(row.at) for row in rows}) == 1


def test_looking_again_only_reads(opened: Workbench) -> None:
    """While somebody else writes, an item shown before is handed out without waiting."""
    next_task(opened)
    with opened.database.transaction() as t:
        t.execute(text("UPDATE setting SET value = value"))
        assert opened.reviewing.task(AMARA, "first", ITEM).withheld


def test_windows_that_look_at_once_are_recorded_once(opened: Workbench) -> None:
    """Eight windows on an answer that was never shown."""
    next_task(opened)
    commit(opened)
    threads = [
        threading.Thread(target=opened.reviewing.task, args=(AMARA, "first", ITEM))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shown(opened) == [("amara", "case"), ("amara", "answer")]


def test_the_text_of_a_first_reading_can_be_erased_without_breaking_the_chain(
    opened: Workbench,
) -> None:
    """It lies with the texts of reviews; that it was committed, and when, stays."""
    next_task(opened)
    commit(opened)
    with opened.database.transaction() as t:
        from db import events
        from db.models import FirstReadingRow, PayloadRow

        row = t.get_one(FirstReadingRow, ("first", ITEM, "amara"))
        payload = t.get_one(PayloadRow, row.payload_sha256)
        payload.body, payload.erased_at = None, opened.clock()
        events.append_row(t, "payload.erased", "operator", payload, opened.clock())
    task = opened.reviewing.task(AMARA, "first", ITEM)
    assert task.first_reading is not None
    assert task.first_reading.text == ""
    assert opened.browsing.verify(OPERATOR).intact


def test_a_first_reading_in_the_making_is_kept_and_is_no_draft(
    bench: Workbench, tmp_path: Path
) -> None:
    """It comes back on another machine; the slot of somebody who only began it is not held."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench, read_first=True)
    task = bench.reviewing.next_item(AMARA, "first")
    assert task is not None
    first, second = (image.sha256 for image in task.item.content.images)
    keep = bench.reviewing.keep_begun
    keep(AMARA, "first", ITEM, first_line="Symmetric scl", viewed=[first])
    keep(AMARA, "first", ITEM, first_line=SAID, viewed=[second, first, "f" * 64])

    again = bench.reviewing.task(AMARA, "first", ITEM)
    assert (again.first_line, again.draft.version) == (SAID, 0)
    assert again.draft.body.images_viewed == (first, second)

    bench.reviewing.commit_first_reading(AMARA, "first", ITEM, SAID)
    given = bench.reviewing.task(AMARA, "first", ITEM)
    assert (given.first_line, given.draft.body.images_viewed) == ("", (first, second))

    keep(AMARA, "first", ITEM, first_line="Too late.")
    assert bench.reviewing.task(AMARA, "first", ITEM).first_reading == given.first_reading
    assert bench.reviewing.task(AMARA, "first", ITEM).first_line == ""


def test_what_one_reader_has_begun_is_nothing_to_another(bench: Workbench, tmp_path: Path) -> None:
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench, read_first=True)
    for reader in ("amara", "benoit"):
        assert bench.reviewing.next_item(actor(reader), "first") is not None
    bench.reviewing.keep_begun(AMARA, "first", ITEM, first_line=SAID)
    assert bench.reviewing.task(actor("benoit"), "first", ITEM).first_line == ""
