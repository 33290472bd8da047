"""The queue: tracks, skips and what a lead answers, items nobody may take, readers added."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.item import Track
from src.domain.people import OPERATOR, Role
from src.domain.review import Recommendation, ReviewBody, Verdict
from src.domain.round import KeptAway, SkipReason
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items

AMARA, BENOIT, LENA, CHEN = actor("amara"), actor("benoit"), actor("lena"), actor("chen")
HOLDING = [SkipReason.IMAGE_UNREADABLE, SkipReason.ITEM_BROKEN]


def fill(bench: Workbench, folder: Path, count: int = 3) -> list[str]:
    """Import items, each on a case of its own, and return their ids."""
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(count)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    return [f"test/diagnosis/{n:03}" for n in range(count)]


def fill_tracks(bench: Workbench, folder: Path, cases: int = 2) -> None:
    """Import a diagnosis and a treatment item of each case."""
    lines = [
        item_line(f"{track}-{n}", track=track, case=f"case-{n}", images=[])
        for n in range(cases)
        for track in ("diagnosis", "treatment")
    ]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))


def take(
    bench: Workbench, person: str, round_name: str = "first", track: Track | None = None
) -> str | None:
    """Return the id of the item that comes to a reader next."""
    task = bench.reviewing.next_item(actor(person), round_name, track)
    return task.item.item_id if task is not None else None


def skip(bench: Workbench, person: str, reason: SkipReason, note: str = "") -> str:
    """Let a reader pass on what comes to them next, and return it."""
    item_id = take(bench, person)
    assert item_id is not None
    bench.reviewing.skip(actor(person), "first", item_id, reason, note)
    return item_id


def proven(bench: Workbench) -> bool:
    """Tell whether the chain proves every row."""
    report = bench.browsing.verify(OPERATOR)
    assert report.problems == ()
    return True


def test_a_reader_can_ask_for_one_track_and_keeps_what_they_hold(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two cases of two tracks; the diagnosis in hand stays in hand while treatments come."""
    fill_tracks(bench, tmp_path / "in")
    open_round(bench, persons=("amara",))
    assert take(bench, "amara") == "test/diagnosis/diagnosis-0"
    assert take(bench, "amara", track=Track.TREATMENT) == "test/treatment/treatment-0"
    assert take(bench, "amara", track=Track.TREATMENT) == "test/treatment/treatment-0"
    assert take(bench, "amara") == "test/diagnosis/diagnosis-0"
    assert take(bench, "amara", track=Track.EVIDENCE) is None


def test_a_track_asked_for_first_closes_what_it_gives_away(
    bench: Workbench, tmp_path: Path
) -> None:
    """After the treatment of a case its diagnosis does not come to the same reader any more."""
    fill_tracks(bench, tmp_path / "in")
    open_round(bench, persons=("amara",))
    assert take(bench, "amara", track=Track.TREATMENT) == "test/treatment/treatment-0"
    bench.reviewing.skip(
        AMARA, "first", "test/treatment/treatment-0", SkipReason.CONFLICT_OF_INTEREST
    )
    assert take(bench, "amara", track=Track.TREATMENT) == "test/treatment/treatment-1"
    assert take(bench, "amara", track=Track.DIAGNOSIS) is None
    stuck = bench.assigning.stuck(LENA, "first")
    assert [(s.item_id, s.why) for s in stuck] == [
        ("test/diagnosis/diagnosis-0", {"amara": KeptAway.CONFLICT}),
        ("test/treatment/treatment-0", {"amara": KeptAway.PASSED_ON}),
        ("test/diagnosis/diagnosis-1", {"amara": KeptAway.READ_LATER_ITEM}),
    ]


def test_each_track_says_what_is_read_and_what_is_open(bench: Workbench, tmp_path: Path) -> None:
    """Three cases; one diagnosis read, one diagnosis passed on."""
    fill_tracks(bench, tmp_path / "in", 3)
    open_round(bench, persons=("amara", "benoit"))
    task = bench.reviewing.next_item(AMARA, "first", Track.DIAGNOSIS)
    assert task is not None
    body = full_reading(task.item)
    bench.reviewing.submit(
        AMARA, "first", task.item.item_id, body, item_version=1, idempotency_key="1"
    )
    passed = take(bench, "amara", track=Track.DIAGNOSIS)
    assert passed == "test/diagnosis/diagnosis-1"
    bench.reviewing.skip(AMARA, "first", passed, SkipReason.NOT_MY_FIELD)
    found = {q.track: (q.read, q.open, q.more) for q in bench.assigning.own_tracks(AMARA, "first")}
    assert found == {Track.DIAGNOSIS: (1, 1, False), Track.TREATMENT: (0, 2, False)}
    other = {q.track: (q.read, q.open) for q in bench.assigning.own_tracks(BENOIT, "first")}
    assert other == {Track.DIAGNOSIS: (0, 3), Track.TREATMENT: (0, 3)}
    with pytest.raises(NotFoundError):
        bench.assigning.own_tracks(actor("dalia"), "first")


def test_not_my_field_keeps_the_whole_case_away_in_this_round_only(
    bench: Workbench, tmp_path: Path
) -> None:
    """The next round asks again; another reader gets the item at once."""
    fill_tracks(bench, tmp_path / "in", 1)
    open_round(bench, persons=("amara", "benoit"), readers=1)
    item_id = skip(bench, "amara", SkipReason.NOT_MY_FIELD)
    assert take(bench, "amara") is None
    assert take(bench, "benoit") == item_id
    open_round(bench, "second", ("amara",))
    assert take(bench, "amara", "second") == item_id


@pytest.mark.parametrize("reason", HOLDING)
def test_what_is_wrong_with_an_item_holds_it_back_until_the_lead_puts_it_back(
    bench: Workbench, tmp_path: Path, reason: SkipReason
) -> None:
    """Nobody gets it meanwhile; afterwards everybody, also who passed it on; twice if need be."""
    first, second = fill(bench, tmp_path / "in", 2)
    open_round(bench, readers=2)
    assert skip(bench, "amara", reason, "black") == first
    assert (take(bench, "amara"), take(bench, "benoit")) == (second, second)
    found = bench.assigning.skipped(LENA, "first")
    assert [(s.item_id, s.person, s.reason, s.note, s.held_back) for s in found] == [
        (first, "amara", reason, "black", True)
    ]
    assert bench.assigning.stuck(LENA, "first") == []
    bench.assigning.put_back(LENA, "first", first)
    assert [(s.held_back, s.answer) for s in bench.assigning.skipped(LENA, "first")] == [
        (False, "put_back")
    ]
    assert read_all(bench, "benoit") == [second, first]
    assert read_all(bench, "amara") == [second, first]
    with pytest.raises(ConflictError, match="not held back"):
        bench.assigning.put_back(LENA, "first", first)
    assert proven(bench)


def test_an_item_put_back_can_be_held_back_again(bench: Workbench, tmp_path: Path) -> None:
    """The second skip of the same reader for the same reason counts with its own note."""
    (item_id,) = fill(bench, tmp_path / "in", 1)
    open_round(bench, persons=("amara",))
    skip(bench, "amara", SkipReason.ITEM_BROKEN, "first note")
    bench.assigning.put_back(LENA, "first", item_id)
    skip(bench, "amara", SkipReason.ITEM_BROKEN, "still broken")
    found = bench.assigning.skipped(LENA, "first")
    assert [(s.note, s.held_back, s.answer) for s in found] == [("still broken", True, "")]
    assert take(bench, "amara") is None


def test_an_item_taken_out_counts_nowhere_and_the_chain_proves_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """Amara's reading of it is kept, but the round is complete without it."""
    first, second = fill(bench, tmp_path / "in", 2)
    open_round(bench)
    read_all(bench, "amara")
    assert skip(bench, "benoit", SkipReason.ITEM_BROKEN) == first
    read_all(bench, "benoit")
    bench.assigning.take_out(LENA, "first", first, "the image is of another patient")
    progress = bench.assigning.progress(LENA, "first")
    assert (progress.round.items, progress.items_left) == (1, 0)
    assert bench.assigning.taken_out(LENA, "first") == [(first, "the image is of another patient")]
    flow = bench.flowing.counts(LENA)
    assert (flow.asked, flow.read) == (1, 1)
    left = {line.item_id: line.reason for line in bench.releasing.preview(LENA).left_out}
    assert left == {first: "no round asks for it"}
    assert bench.releasing.release(LENA).items == 1
    with pytest.raises(ConflictError, match="out of the round"):
        bench.assigning.take_out(LENA, "first", first)
    with pytest.raises(ConflictError, match="All readings"):
        bench.assigning.take_out(LENA, "first", second)
    with pytest.raises(ConflictError, match="not held back"):
        bench.assigning.put_back(LENA, "first", first)
    assert proven(bench)


def test_what_is_being_written_on_an_item_taken_out_can_still_be_sent(
    bench: Workbench, tmp_path: Path
) -> None:
    """The draft stays, the reading is kept as an extra one, and the reader goes on to the next."""
    first, second = fill(bench, tmp_path / "in", 2)
    open_round(bench)
    assert take(bench, "amara") == first
    task = bench.reviewing.task(AMARA, "first", first)
    bench.reviewing.save_draft(AMARA, "first", first, ReviewBody(comment="half"), 0)
    bench.assigning.take_out(LENA, "first", first)
    assert take(bench, "amara") == second
    assert bench.reviewing.task(AMARA, "first", first).draft.body.comment == "half"
    bench.reviewing.submit(
        AMARA, "first", first, full_reading(task.item), item_version=1, idempotency_key="late"
    )
    assert bench.assigning.progress(LENA, "first").items_left == 1
    assert proven(bench)


def test_an_item_nobody_may_take_is_found_with_what_keeps_each_reader_away(
    bench: Workbench, tmp_path: Path
) -> None:
    """Amara has read it, Benoît has a conflict; a reader added sets it free."""
    first, second = fill(bench, tmp_path / "in", 2)
    open_round(bench)
    read_all(bench, "amara")
    assert bench.assigning.stuck(LENA, "first") == []
    skip(bench, "benoit", SkipReason.CONFLICT_OF_INTEREST)
    stuck = bench.assigning.stuck(LENA, "first")
    assert [(s.item_id, s.missing, s.why) for s in stuck] == [
        (first, 1, {"amara": KeptAway.HAS_IT, "benoit": KeptAway.PASSED_ON})
    ]
    assert bench.assigning.stuck(LENA, "first", after=stuck[0].position) == []
    bench.assigning.add_person(LENA, "first", "dalia")
    assert bench.assigning.stuck(LENA, "first") == []
    assert read_all(bench, "dalia") == [first, second]
    assert bench.assigning.progress(LENA, "first").items_left == 0
    assert read_all(bench, "benoit") == []
    assert proven(bench)


def test_a_reader_who_left_no_longer_counts_as_somebody_who_could_read(
    bench: Workbench, tmp_path: Path
) -> None:
    """Benoît is made inactive, Dalia loses the role: what only they could read is stuck."""
    (item_id,) = fill(bench, tmp_path / "in", 1)
    open_round(bench, persons=("amara", "benoit", "dalia"), readers=2)
    read_all(bench, "amara")
    bench.people.set_active(OPERATOR, "benoit", False)
    bench.people.set_roles(OPERATOR, "dalia", [Role.EVALUATOR])
    stuck = bench.assigning.stuck(LENA, "first")
    assert [(s.item_id, s.why["benoit"], s.why["dalia"]) for s in stuck] == [
        (item_id, KeptAway.NO_READER_NOW, KeptAway.NO_READER_NOW)
    ]


def test_who_has_seen_readings_cannot_free_an_item(bench: Workbench, tmp_path: Path) -> None:
    """Dalia settled disputes of the item before she was asked to read it in another round."""
    (item_id,) = fill(bench, tmp_path / "in", 1)
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit", verdict=Verdict.CONTRADICTED)
    both = [Role.REVIEWER, Role.ADJUDICATOR]
    bench.people.set_roles(OPERATOR, "dalia", both)
    bench.adjudicating.case(bench.people.actor("dalia"), "first", item_id)
    open_round(bench, "second", ("dalia",))
    (stuck,) = bench.assigning.stuck(LENA, "second")
    assert stuck.why == {"dalia": KeptAway.HAS_SEEN_READINGS}


def test_only_somebody_who_can_read_is_added_and_only_once(
    bench: Workbench, tmp_path: Path
) -> None:
    """Not an adjudicator, not twice, not to a closed round."""
    fill(bench, tmp_path / "in", 1)
    open_round(bench, persons=("amara",))
    for person, error in (
        ("chen", BadInputError),
        ("nobody", NotFoundError),
        ("amara", ConflictError),
    ):
        with pytest.raises(error):
            bench.assigning.add_person(LENA, "first", person)
    bench.assigning.close(LENA, "first")
    with pytest.raises(NotAllowedError, match="closed"):
        bench.assigning.add_person(LENA, "first", "dalia")
    assert proven(bench)


def test_closing_says_how_many_readings_are_begun_and_reopening_undoes_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """One draft lies open; afterwards its reader goes on where they were."""
    first, _ = fill(bench, tmp_path / "in", 2)
    open_round(bench)
    assert take(bench, "amara") == first
    bench.reviewing.save_draft(AMARA, "first", first, ReviewBody(comment="half"), 0)
    assert bench.assigning.closing(LENA, "first").drafts == 1
    closing = bench.assigning.close(LENA, "first")
    assert (closing.drafts, closing.round.state.value) == (1, "closed")
    with pytest.raises(NotAllowedError):
        take(bench, "amara")
    assert bench.assigning.reopen(LENA, "first").state.value == "open"
    assert take(bench, "amara") == first
    with pytest.raises(ConflictError, match="is open"):
        bench.assigning.reopen(LENA, "first")
    assert proven(bench)


def test_skips_come_newest_first_in_pages(bench: Workbench, tmp_path: Path) -> None:
    """Each once; a lease that ran out is no skip."""
    ids = fill(bench, tmp_path / "in", 5)
    open_round(bench, persons=("amara",))
    for _ in ids:
        skip(bench, "amara", SkipReason.NOT_MY_FIELD)
    first = bench.assigning.skipped(LENA, "first", size=2)
    place = (first[-1].at, first[-1].item_id, first[-1].person)
    rest = bench.assigning.skipped(LENA, "first", place)
    assert [s.item_id for s in (*first, *rest)] == list(reversed(ids))


def test_a_lead_who_reads_sees_no_note_on_what_they_have_not_read(
    bench: Workbench, tmp_path: Path
) -> None:
    """Amara leads as well; Benoît's note on her next item is kept from her until she has read it."""  # noqa: E501
    (item_id,) = fill(bench, tmp_path / "in", 1)
    bench.people.set_roles(OPERATOR, "amara", [Role.LEAD, Role.REVIEWER])
    open_round(bench)
    skip(bench, "benoit", SkipReason.NOT_MY_FIELD, "this is amyloidosis")
    lead = bench.people.actor("amara")
    assert [s.note for s in bench.assigning.skipped(lead, "first")] == [""]
    assert [s.note for s in bench.assigning.skipped(LENA, "first")] == ["this is amyloidosis"]
    assert read_all(bench, "amara") == [item_id]
    assert [s.note for s in bench.assigning.skipped(lead, "first")] == ["this is amyloidosis"]


def test_own_reviews_are_listed_once_each_newest_first_in_pages(
    bench: Workbench, tmp_path: Path
) -> None:
    """With track and recommendation; a revision takes the place of what it supersedes."""
    fill_tracks(bench, tmp_path / "in", 2)
    open_round(bench, persons=("amara", "benoit"))
    ids = read_all(bench, "amara")
    read_all(bench, "benoit")
    task = bench.reviewing.task(AMARA, "first", ids[0])
    rejected = full_reading(task.item, recommendation=Recommendation.REJECT, comment="wrong")
    bench.reviewing.submit(
        AMARA, "first", ids[0], rejected, item_version=1, idempotency_key="revised"
    )
    lines = bench.reviewing.own_reviews(AMARA, size=2)
    assert [(o.item_id, o.revision, o.recommendation) for o in lines] == [
        (ids[0], 2, Recommendation.REJECT),
        (ids[3], 1, Recommendation.ACCEPT),
    ]
    rest = bench.reviewing.own_reviews(AMARA, after=lines[-1].number)
    assert [o.item_id for o in rest] == [ids[2], ids[1]]
    treated = bench.reviewing.own_reviews(AMARA, round_name="first", track=Track.TREATMENT)
    assert [o.item_id for o in treated] == [ids[3], ids[1]]
    assert bench.reviewing.own_reviews(AMARA, round_name="other") == []
    numbers = [number for *_, number, _ in bench.reviewing.recent(AMARA, 3)]
    assert numbers == [5, 4, 3]
    assert [r[2] for r in bench.reviewing.recent(AMARA, 3, after=3)] == [2, 1]


def test_a_declared_conflict_takes_the_patient_out_of_every_round_of_the_reader(
    bench: Workbench, tmp_path: Path
) -> None:
    """Also what they had begun to write about the same patient elsewhere."""
    lines = [item_line("001"), item_line("002", track="treatment")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    reader, first, second = actor("amara"), "test/diagnosis/001", "test/treatment/002"
    open_round(bench, "one", item_ids=(first,))
    open_round(bench, "two", item_ids=(second,))
    for name in ("one", "two"):
        task = bench.reviewing.next_item(reader, name)
        assert task is not None
        body = ReviewBody(comment="Begun.")
        bench.reviewing.save_draft(reader, name, task.item.item_id, body, 0)

    bench.reviewing.skip(reader, "one", first, SkipReason.CONFLICT_OF_INTEREST)

    assert bench.reviewing.next_item(reader, "two") is None
    with pytest.raises(NotFoundError):
        bench.reviewing.task(reader, "two", second)
    assert bench.reviewing.next_item(actor("benoit"), "two") is not None
    skipped = bench.assigning.skipped(actor("lena"), "two")
    assert [(skip.item_id, skip.reason) for skip in skipped] == [
        (second, SkipReason.CONFLICT_OF_INTEREST)
    ]
