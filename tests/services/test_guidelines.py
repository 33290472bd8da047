"""Guidelines: published, acknowledged before the next item, and bound to each reading."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from db.models import EventRow, ReviewRow
from src.domain.errors import ConflictError, DatabaseError, NotFoundError, UnreadGuidelineError
from src.domain.people import OPERATOR
from src.domain.review import ReviewBody
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items
from tests.db.test_migrations import run

ONE, TWO = "test/diagnosis/001", "test/diagnosis/002"


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a study of two items in a round of Amara and Benoît."""
    lines = [item_line("001", images=[]), item_line("002", images=[], case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    return bench


def bound_to(study: Workbench) -> dict[tuple[str, str], str]:
    """Return (person, item) -> the version its newest reading is bound to."""
    with study.database.reading() as t:
        rows = t.scalars(select(ReviewRow).order_by(ReviewRow.revision))
        return {(row.person, row.item_id): row.guideline for row in rows}


def submit(study: Workbench, person: str, item_id: str, key: str = "") -> None:
    """Submit a complete reading of an item its reader holds."""
    task = study.reviewing.task(actor(person), "first", item_id)
    study.reviewing.submit(
        actor(person),
        "first",
        item_id,
        full_reading(task.item),
        item_version=1,
        idempotency_key=f"{person}-{item_id}-{key}",
    )


def test_without_guidelines_nobody_is_asked_and_readings_name_none(study: Workbench) -> None:
    """A study need not have any."""
    read_all(study, "amara")
    assert study.guidelines.newest(actor("amara")) is None
    assert study.guidelines.to_acknowledge(actor("amara")) is None
    assert set(bound_to(study).values()) == {""}


def test_a_new_version_is_asked_about_before_the_next_item_and_only_once(study: Workbench) -> None:
    """Refused until acknowledged; then the item comes, and the reading names the version."""
    study.guidelines.publish(actor("lena"), "# Look first", "the beginning")
    amara = actor("amara")
    with pytest.raises(UnreadGuidelineError, match="version 1"):
        study.reviewing.next_item(amara, "first")
    asked = study.guidelines.to_acknowledge(amara)
    assert asked is not None
    assert (asked.newest.text, asked.before) == ("# Look first", None)

    study.guidelines.acknowledge(amara, 1)
    study.guidelines.acknowledge(amara, 1)

    assert study.guidelines.to_acknowledge(amara) is None
    assert read_all(study, "amara") == [ONE, TWO]
    assert set(bound_to(study).values()) == {"1"}
    with study.database.reading() as t:
        kinds = list(t.scalars(select(EventRow.kind)))
    assert kinds.count("guideline.acknowledged") == 1
    assert study.browsing.verify(OPERATOR).problems == ()


def test_what_a_reader_holds_is_never_kept_from_them(study: Workbench) -> None:
    """Published in mid-work: the item stays open, is saved and submitted under the old version."""
    study.guidelines.publish(actor("lena"), "One.")
    amara = actor("amara")
    study.guidelines.acknowledge(amara, 1)
    task = study.reviewing.next_item(amara, "first")
    assert task is not None
    study.guidelines.publish(actor("lena"), "Two.")

    study.reviewing.save_draft(amara, "first", ONE, ReviewBody(comment="in mid-work"), 0)
    again = study.reviewing.next_item(amara, "first")
    assert again is not None
    assert again.draft.body.comment == "in mid-work"
    submit(study, "amara", ONE)

    assert bound_to(study) == {("amara", ONE): "1"}
    with pytest.raises(UnreadGuidelineError):
        study.reviewing.next_item(amara, "first")
    asked = study.guidelines.to_acknowledge(amara)
    assert asked is not None
    assert asked.before is not None
    assert (asked.before.text, asked.newest.text) == ("One.", "Two.")


def test_the_lead_sees_what_was_read_under_an_older_version(study: Workbench) -> None:
    """Each reader's newest reading of an item, by version, in pages; a revision moves along."""
    read_all(study, "amara")
    study.guidelines.publish(actor("lena"), "One.")
    study.guidelines.acknowledge(actor("benoit"), 1)
    read_all(study, "benoit")
    study.guidelines.publish(actor("lena"), "Two.", "clearer")
    lead = actor("lena")

    before = study.guidelines.readings_under(lead, 0)
    assert [(r.person, r.item_id) for r in before] == [("amara", TWO), ("amara", ONE)]
    first = study.guidelines.readings_under(lead, 1, size=1)
    rest = study.guidelines.readings_under(lead, 1, after=first[-1].review_id)
    assert [(r.person, r.item_id) for r in [*first, *rest]] == [("benoit", TWO), ("benoit", ONE)]
    uses = [
        (u.guideline.number, u.acknowledged_by, u.readings) for u in study.guidelines.uses(lead)
    ]
    assert uses == [(2, 0, 0), (1, 1, 2)]

    study.guidelines.acknowledge(actor("benoit"), 2)
    submit(study, "benoit", ONE, "anew")

    assert [r.item_id for r in study.guidelines.readings_under(lead, 1)] == [TWO]
    assert [r.item_id for r in study.guidelines.readings_under(lead, 2)] == [ONE]
    with pytest.raises(NotFoundError):
        study.guidelines.readings_under(lead, 3)


def test_a_round_names_the_version_in_force_when_it_was_opened(study: Workbench) -> None:
    """The first round was opened before there were any."""
    study.guidelines.publish(actor("lena"), "One.")
    open_round(study, "second")
    assert study.assigning.get(actor("lena"), "first").guideline == ""
    assert study.assigning.get(actor("lena"), "second").guideline == "1"


def test_two_leads_do_not_publish_over_each_other(study: Workbench) -> None:
    """Who wrote on an older version is told so; the same text is no new version."""
    study.guidelines.publish(actor("lena"), "One.", upon=0)
    with pytest.raises(ConflictError, match="published meanwhile"):
        study.guidelines.publish(actor("lena"), "Another.", upon=0)
    with pytest.raises(ConflictError, match="text of version 1"):
        study.guidelines.publish(actor("lena"), "One.\n", upon=1)
    assert len(study.guidelines.all_of(actor("amara"))) == 1


def test_only_the_newest_version_can_be_acknowledged(study: Workbench) -> None:
    """A version that came while one was reading has not been read."""
    for text in ("One.", "Two."):
        study.guidelines.publish(actor("lena"), text)
    with pytest.raises(ConflictError, match="Version 2"):
        study.guidelines.acknowledge(actor("amara"), 1)
    with pytest.raises(NotFoundError):
        study.guidelines.acknowledge(actor("amara"), 3)


def test_what_a_lead_writes_is_kept_until_it_is_published(study: Workbench) -> None:
    """Theirs alone; publishing puts it away."""
    study.guidelines.keep_draft(actor("lena"), "Half a sent")
    assert study.guidelines.draft(actor("lena")) == "Half a sent"
    assert study.guidelines.draft(OPERATOR) is None
    study.guidelines.publish(actor("lena"), "A whole sentence.")
    assert study.guidelines.draft(actor("lena")) is None


@pytest.mark.parametrize("table", ["guideline", "acknowledgement"])
def test_versions_and_acknowledgements_are_never_changed(study: Workbench, table: str) -> None:
    """The database itself refuses."""
    study.guidelines.publish(actor("lena"), "One.")
    study.guidelines.acknowledge(actor("amara"), 1)
    for statement in (f"UPDATE {table} SET number = 2", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="never changed"):
            run(study.database)(statement)
