"""A reader who leaves a round: slots freed, readings kept or left out, and all of it taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from db import decisions, reviews, rounds
from db import settings as study_settings
from src.domain.departure import Part
from src.domain.errors import (
    BadInputError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    ReviewToolError,
)
from src.domain.exports import ExportFormat
from src.domain.people import OPERATOR
from src.domain.review import ReviewBody, Verdict
from src.services import leak_standing, recounting
from src.services.workbench import Workbench, open_workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items
from tests.db.test_migrations import run

ONE, TWO = "test/diagnosis/001", "test/diagnosis/002"
LENA = actor("lena")


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give two items that two of Amara, Benoît and Dalia read."""
    lines = [item_line("001", images=[]), item_line("002", images=[], case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("amara", "benoit", "dalia"), readers=2)
    return bench


def leave(study: Workbench, person: str, *, keep: bool) -> None:
    """Let the lead end a reader's part."""
    study.departing.end_part(LENA, "first", person, keep=keep, reason="Moved away.")


def missing(study: Workbench) -> dict[str, int]:
    """Return how many readings each item still misses."""
    with study.database.reading() as t:
        return {
            item_id: row.missing
            for item_id in (ONE, TWO)
            if (row := rounds.item_of(t, "first", item_id)) is not None
        }


def disputed(study: Workbench) -> list[str]:
    """Return the items on the adjudicator's list."""
    with study.database.reading() as t:
        return [item_id for _, item_id, *_ in decisions.worst_first(t, "chen", 50)]


def fields(study: Workbench) -> int:
    """Return how many kinds of units there is agreement on."""
    return len(study.agreeing.by_field(LENA))


def holds(study: Workbench) -> bool:
    """Return True when the chain proves everything that is stored."""
    report = study.browsing.verify(OPERATOR)
    assert report.problems == ()
    return report.intact


def test_what_a_reader_holds_goes_to_the_others_and_their_draft_is_kept(study: Workbench) -> None:
    """Saved still, sent no more; another reader is given the item at once."""
    amara = actor("amara")
    task = study.reviewing.next_item(amara, "first")
    assert task is not None
    study.reviewing.save_draft(amara, "first", ONE, ReviewBody(comment="half a"), 0)
    read_all(study, "benoit")

    leave(study, "amara", keep=True)

    study.reviewing.save_draft(amara, "first", ONE, ReviewBody(comment="half a sentence"), 1)
    assert study.reviewing.task(amara, "first", ONE).draft.body.comment == "half a sentence"
    with pytest.raises(NotAllowedError, match="has ended"):
        study.reviewing.submit(
            amara, "first", ONE, full_reading(task.item), item_version=1, idempotency_key="late"
        )
    with pytest.raises(ReviewToolError):
        study.reviewing.next_item(amara, "first")
    assert study.assigning.open_rounds(amara) == []
    assert study.assigning.closing(LENA, "first").drafts == 0
    assert read_all(study, "dalia") == [ONE, TWO]
    assert missing(study) == {ONE: 0, TWO: 0}
    assert holds(study)


def test_time_that_is_not_counted_any_more_keeps_no_draft_from_being_stored(
    study: Workbench,
) -> None:
    """The screen sends a draft with the seconds it took; who left has no sitting to add them to."""
    task = study.reviewing.next_item(actor("amara"), "first")
    assert task is not None
    leave(study, "amara", keep=True)
    item_id = task.item.item_id
    study.reviewing.save_draft(
        actor("amara"), "first", item_id, ReviewBody(comment="In haste"), 0, seconds=3.0
    )
    assert study.reviewing.task(actor("amara"), "first", item_id).draft.body.comment == "In haste"
    study.sittings.act(actor("amara"), "first", 3.0)
    assert study.sittings.current(actor("amara"), "first") is None


def test_kept_readings_count_as_before(study: Workbench) -> None:
    """In agreement, in gold, and nobody is asked to read these items again."""
    read_all(study, "amara")
    read_all(study, "benoit")
    before = study.agreeing.by_field(LENA)

    leave(study, "amara", keep=True)

    assert study.agreeing.by_field(LENA) == before
    assert study.releasing.preview(LENA).ready == 2
    assert study.reviewing.next_item(actor("dalia"), "first") is None
    assert holds(study)


def test_left_out_readings_count_nowhere_and_their_items_are_read_anew(study: Workbench) -> None:
    """Not in agreement, disputes or gold; not deleted; Dalia reads in Amara's place."""
    read_all(study, "amara", verdict=Verdict.CONTRADICTED)
    read_all(study, "benoit")
    assert disputed(study) == [ONE, TWO]

    leave(study, "amara", keep=False)

    assert disputed(study) == []
    assert missing(study) == {ONE: 1, TWO: 1}
    assert fields(study) == 0
    assert study.releasing.preview(LENA).ready == 0
    assert study.reviewing.own_review(actor("amara"), "first", ONE) is not None
    assert holds(study)

    assert read_all(study, "dalia") == [ONE, TWO]
    assert disputed(study) == []
    report = study.releasing.release(LENA)
    (gold, _) = study.releasing.page(LENA, report.release.number)
    votes = json.dumps(gold.model_dump(mode="json"))
    assert '"contradicted"' not in votes
    assert holds(study)


def test_a_release_says_who_left_by_number_and_whether_it_counts(study: Workbench) -> None:
    """No name, no id, and not what the lead wrote as the reason."""
    read_all(study, "amara")
    read_all(study, "benoit")
    plain = study.releasing.release(LENA).release.manifest
    assert "readers_left" not in plain
    leave(study, "benoit", keep=True)
    leave(study, "amara", keep=False)
    read_all(study, "dalia")

    manifest = study.releasing.release(LENA).release.manifest

    assert manifest["readers_left"] == [
        {"round": "first", "reader": 1, "readings": 2, "counted": True},
        {"round": "first", "reader": 2, "readings": 2, "counted": False},
    ]
    text = json.dumps(manifest)
    assert not any(word in text for word in ("amara", "benoit", "Moved"))


@pytest.mark.parametrize(
    "format",
    [ExportFormat.JSONL, ExportFormat.CSV, ExportFormat.XLSX, ExportFormat.HF],
)
def test_every_export_says_which_readers_left(
    study: Workbench, tmp_path: Path, format: ExportFormat
) -> None:
    """In its notes for people and its manifest for programs; a release before says nothing."""
    read_all(study, "amara")
    read_all(study, "benoit")
    study.releasing.release(LENA)
    leave(study, "benoit", keep=True)
    leave(study, "amara", keep=False)
    read_all(study, "dalia")
    study.releasing.release(LENA)

    def told(number: int) -> tuple[object, str]:
        folder = tmp_path / str(number)
        study.exporting.export(LENA, number, folder, format=format)
        [path] = folder.rglob("manifest-*.json")
        notes = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.md"))
        return json.loads(path.read_bytes())["release"].get("readers_left"), notes

    assert told(1)[0] is None
    assert " left the round " not in told(1)[1]
    left, notes = told(2)
    assert left == study.releasing.get(LENA, 2).manifest["readers_left"]
    assert "Reader 1 left the round 'first'; their 2 readings count." in notes
    assert "Reader 2 left the round 'first'; their 2 readings do not count." in notes
    assert "Moved" not in notes


def test_gold_of_a_release_is_stale_once_a_reading_is_left_out(study: Workbench) -> None:
    """The release itself stays as it is."""
    read_all(study, "amara")
    read_all(study, "benoit")
    release = study.releasing.release(LENA).release
    leave(study, "amara", keep=False)
    assert [d.item_id for d in study.releasing.stale(LENA, release.number)] == [ONE, TWO]
    assert study.releasing.get(LENA, release.number) == release


def test_leaving_out_is_taken_back_with_everything(study: Workbench) -> None:
    """The same agreement and gold as before; the reader reads on, and nothing comes twice."""
    read_all(study, "amara", verdict=Verdict.CONTRADICTED)
    read_all(study, "benoit")
    before = (study.agreeing.by_field(LENA), disputed(study), missing(study))
    leave(study, "amara", keep=False)

    back = study.departing.take_back(LENA, "first", "amara", reason="Stays after all.")

    assert (back.persons, back.left) == (("amara", "benoit", "dalia"), ())
    assert (study.agreeing.by_field(LENA), disputed(study), missing(study)) == before
    assert study.reviewing.next_item(actor("amara"), "first") is None
    assert study.departing.of_round(LENA, "first") == []
    assert holds(study)


def test_a_reading_taken_back_counts_beside_the_one_made_in_its_place(study: Workbench) -> None:
    """Dalia has read the first item meanwhile: three readings of it, two of the other."""
    read_all(study, "amara")
    read_all(study, "benoit")
    leave(study, "amara", keep=False)
    task = study.reviewing.next_item(actor("dalia"), "first")
    assert task is not None
    study.reviewing.submit(
        actor("dalia"), "first", ONE, full_reading(task.item), item_version=1, idempotency_key="d"
    )

    study.departing.end_part(LENA, "first", "amara", keep=True, reason="It was fine.")

    assert missing(study) == {ONE: 0, TWO: 0}
    with study.database.reading() as t:
        counting = {item: len(reviews.counting(t, "first", item)) for item in (ONE, TWO)}
    assert counting == {ONE: 3, TWO: 2}
    assert study.releasing.preview(LENA).ready == 2
    assert study.departing.of_round(LENA, "first")[0].part is Part.KEPT
    assert holds(study)


def test_a_reader_who_left_is_not_added_again_but_taken_back(study: Workbench) -> None:
    """And their number in the order of leaving stays theirs."""
    leave(study, "dalia", keep=True)
    with pytest.raises(ConflictError, match="Take that back"):
        study.assigning.add_person(LENA, "first", "dalia")
    study.departing.take_back(LENA, "first", "dalia", reason="Back.")
    leave(study, "amara", keep=True)
    leave(study, "dalia", keep=True)
    left = study.departing.of_round(LENA, "first")
    assert [(one.person, one.number) for one in left] == [("dalia", 1), ("amara", 2)]


def test_what_makes_no_sense_is_refused_and_changes_nothing(study: Workbench) -> None:
    """No reason, nobody of the round, no such round, twice the same, not left at all."""
    head = study.browsing.head(OPERATOR)
    with pytest.raises(BadInputError, match="Say why"):
        study.departing.end_part(LENA, "first", "amara", keep=True, reason="  ")
    for name, person in (("first", "chen"), ("none", "amara")):
        with pytest.raises(NotFoundError):
            study.departing.end_part(LENA, name, person, keep=True, reason="x")
    with pytest.raises(ConflictError):
        study.departing.take_back(LENA, "first", "amara", reason="x")
    assert study.browsing.head(OPERATOR) == head
    leave(study, "amara", keep=True)
    with pytest.raises(ConflictError, match="already"):
        leave(study, "amara", keep=True)


def test_others_learn_nothing_of_who_left(study: Workbench) -> None:
    """A reader of the round sees neither those who read nor those who left."""
    leave(study, "amara", keep=False)
    seen = study.assigning.get(actor("benoit"), "first")
    assert (seen.persons, seen.left) == (("benoit",), ())


def test_what_was_said_of_a_reader_is_never_changed(study: Workbench) -> None:
    """The database itself refuses."""
    leave(study, "amara", keep=True)
    for statement in ("UPDATE departure SET reason = 'x'", "DELETE FROM departure"):
        with pytest.raises(ReviewToolError, match="never changed"):
            run(study.database)(statement)


def test_lists_are_right_again_though_the_process_died_in_between(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next to read the list finishes what was marked with the departure."""
    read_all(study, "dalia", verdict=Verdict.CONTRADICTED)
    read_all(study, "amara")
    leave(study, "dalia", keep=False)
    read_all(study, "benoit")
    assert study.adjudicating.totals(actor("lena")) == (0, 0, 0)
    monkeypatch.setattr(leak_standing, "count_anew", _die)
    with pytest.raises(KeyboardInterrupt):
        study.departing.take_back(LENA, "first", "dalia", reason="It was fine.")
    monkeypatch.undo()
    assert disputed(study) == []

    assert study.adjudicating.totals(actor("lena")) == (2, 2, 0)

    assert disputed(study) == [ONE, TWO]
    with study.database.reading() as t:
        assert not study_settings.any_of(t, recounting.MARK)
    assert holds(study)


def test_the_next_start_finishes_what_a_process_that_died_left(
    study: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anybody reads a list."""
    read_all(study, "dalia", verdict=Verdict.CONTRADICTED)
    read_all(study, "amara")
    leave(study, "dalia", keep=False)
    read_all(study, "benoit")
    monkeypatch.setattr(leak_standing, "count_anew", _die)
    with pytest.raises(KeyboardInterrupt):
        study.departing.take_back(LENA, "first", "dalia", reason="It was fine.")
    monkeypatch.undo()
    url = study.database.engine.url.render_as_string(hide_password=False)
    open_workbench(url, str(tmp_path / "images")).close()
    assert disputed(study) == [ONE, TWO]


def _die(*_: object) -> None:
    raise KeyboardInterrupt
