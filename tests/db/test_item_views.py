"""Items are parsed once: what that costs, and that nothing stale is ever shown."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from db import items
from db.items import ItemViews
from src.domain.item import CaseRecord, Item, ItemContent, ItemView, Track
from src.domain.people import OPERATOR
from src.domain.review import ReviewBody
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import (
    Clock,
    actor,
    add_people,
    item_line,
    open_round,
    statements,
    write_items,
)

AMARA = actor("amara")
ITEM = "test/diagnosis/001"


def view(item_id: str) -> ItemView:
    """Return a small item."""
    item = Item(
        item_id=item_id,
        case=CaseRecord(case_id="c"),
        track=Track.DIAGNOSIS,
        content=ItemContent(question="What?", answer="That."),
    )
    return ItemView(item=item, images={})


@pytest.fixture
def opened(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give amara an item in hand."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench)
    bench.reviewing.next_item(AMARA, "first")
    return bench


def test_a_view_is_loaded_once_and_the_longest_unused_goes_first() -> None:
    """Three places, four items, the second one looked at again."""
    views, loaded = ItemViews(3), []

    def look(name: str) -> ItemView:
        def load() -> ItemView:
            loaded.append(name)
            return view(name)

        return views.get((name, 1, 1), load)

    for name in "abcb":
        assert look(name).item.item_id == name
    look("d")
    assert len(views) == 3
    assert [look(name).item.item_id for name in "cbd"] == list("cbd")
    look("a")
    assert loaded == ["a", "b", "c", "d", "a"]


def test_another_version_or_rubric_is_another_view() -> None:
    """A new version is never hidden behind an old one."""
    views = ItemViews()
    keys = [("a", 1, 1), ("a", 2, 1), ("a", 1, 2)]
    found = [views.get(key, lambda: view("a")) for key in keys]
    assert len({id(one) for one in found}) == 3


def test_many_threads_share_one_set_of_views() -> None:
    """Bounded whatever the order, and each gets what it asked for."""
    views, wrong = ItemViews(5), []

    def work(start: int) -> None:
        for n in range(400):
            name = str((start * 7 + n) % 20)
            if views.get((name, 1, 1), lambda name=name: view(name)).item.item_id != name:  # type: ignore[misc]
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, len(views)) == ([], 5)


def test_a_look_at_an_item_in_hand_is_one_query_and_a_save_a_handful(opened: Workbench) -> None:
    """Counted, for time depends on the machine: content is not read again."""
    opened.reviewing.task(AMARA, "first", ITEM)
    with statements(opened) as ran:
        opened.reviewing.task(AMARA, "first", ITEM)
    assert len(ran) == 1
    for version in range(3):
        with statements(opened) as ran:
            body = ReviewBody(comment=str(version))
            opened.reviewing.save_draft(AMARA, "first", ITEM, body, version)
    writes = [statement for statement in ran if not statement.startswith("SELECT")]
    assert (len(writes), len(ran) <= 6) == (2, True)
    assert not [s for s in ran if "item_version.body" in s or "FROM image" in s]


def test_a_view_from_the_shelf_is_what_the_database_says(opened: Workbench) -> None:
    """Field by field, images included."""
    opened.reviewing.task(AMARA, "first", ITEM)
    shelved = opened.reviewing.task(AMARA, "first", ITEM).view
    with opened.database.reading() as t:
        stored = items.get(t, ITEM, 1)
        assert stored is not None
        assert shelved == items.view(t, stored)
    assert len(shelved.images) == 2


def test_a_new_version_of_an_item_is_read_in_a_new_round_and_the_old_stays_in_the_old(
    opened: Workbench, tmp_path: Path
) -> None:
    """Both from the same process."""
    changed = item_line("001", question="Which disease is this?")
    opened.importing.store_file(OPERATOR, write_items(tmp_path / "in2", [changed]))
    open_round(opened, "second")
    new = opened.reviewing.next_item(AMARA, "second")
    assert new is not None
    assert (new.item.version, new.item.content.question) == (2, "Which disease is this?")
    old = opened.reviewing.task(AMARA, "first", ITEM).item
    assert (old.version, old.content.question) == (1, "What is the most likely diagnosis?")


def test_two_studies_in_one_process_never_share_an_item(opened: Workbench, tmp_path: Path) -> None:
    """The same id and version, another text."""
    url, store = f"sqlite:///{tmp_path / 'b' / 'review.db'}", str(tmp_path / "b-images")
    init(url, store)
    other = open_workbench(url, store, Clock())
    add_people(other)
    line = item_line("001", question="Another study's question?")
    other.importing.store_file(OPERATOR, write_items(tmp_path / "b-in", [line]))
    open_round(other)
    theirs = other.reviewing.next_item(AMARA, "first")
    assert theirs is not None
    assert theirs.item.content.question == "Another study's question?"
    ours = opened.reviewing.task(AMARA, "first", ITEM).item
    assert ours.content.question == "What is the most likely diagnosis?"
    other.close()
