"""Hidden repeats: own items come back after the wash-out, as new ones, and count nowhere else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.repeats import companion_name, is_drawn
from src.domain.review import Verdict
from src.domain.round import RoundKind, SkipReason
from src.services.assigning import RoundPlan
from src.services.reviewing import Task
from src.services.workbench import Workbench
from tests.builders import Clock, actor, full_reading, item_line, open_round, read_all, write_items

AMARA, BENOIT, LENA, CHEN = (actor(name) for name in ("amara", "benoit", "lena", "chen"))
ITEMS = 24
WEEKS = timedelta(days=15)


def study(bench: Workbench, folder: Path, **plan: object) -> None:
    """Import items on cases of their own and open a round whose readers repeat a quarter."""
    lines = [item_line(f"{n:03}", case=f"case-{n:03}", images=[]) for n in range(ITEMS)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    open_round(bench, repeats=0.25, wash_out_days=14, **plan)


def drawn(person: str) -> set[str]:
    """Return what the seed of the round draws of a reader's items."""
    ids = [f"test/diagnosis/{n:03}" for n in range(ITEMS)]
    return {item_id for item_id in ids if is_drawn(7, person, item_id, 0.25)}


def send(bench: Workbench, who: Actor, task: Task, key: str, verdict: Verdict) -> None:
    """Submit a reading with one verdict."""
    bench.reviewing.submit(
        who,
        "first",
        task.item.item_id,
        full_reading(task.item, verdict),
        item_version=1,
        idempotency_key=key,
        expected_version=task.draft.version,
    )


def read_again(bench: Workbench, who: Actor, verdict: Verdict = Verdict.SUPPORTED) -> list[str]:
    """Read everything that comes to a reader now, and return the ids in order."""
    seen: list[str] = []
    while (task := bench.reviewing.next_item(who, "first")) is not None:
        seen.append(task.item.item_id)
        send(bench, who, task, f"{who.person_id}-again-{len(seen)}", verdict)
    return seen


def test_nothing_comes_back_before_the_wash_out_and_all_that_was_drawn_after(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Each once, to its own reader, and never a third time."""
    study(bench, tmp_path / "in")
    assert len(read_all(bench, "amara")) == ITEMS
    assert bench.reviewing.next_item(AMARA, "first") is None
    clock.now += timedelta(days=13)
    assert bench.reviewing.next_item(AMARA, "first") is None
    clock.now += timedelta(days=2)
    again = read_again(bench, AMARA)
    assert set(again) == drawn("amara")
    assert len(again) == len(set(again)) > 1
    clock.now += WEEKS
    assert bench.reviewing.next_item(AMARA, "first") is None
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_repeats_lie_scattered_among_new_items(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """While new items are left, not one after the other, and never first of all by rule."""
    study(bench, tmp_path / "in")
    for number in range(ITEMS // 2):
        task = bench.reviewing.next_item(AMARA, "first")
        assert task is not None
        send(bench, AMARA, task, f"new-{number}", Verdict.SUPPORTED)
    clock.now += WEEKS
    seen = read_again(bench, AMARA)
    places = [place for place, item_id in enumerate(seen) if item_id in seen[:place]]
    new = [item_id for item_id in seen if item_id >= f"test/diagnosis/{ITEMS // 2:03}"]
    repeated = [p for p, item_id in enumerate(seen) if item_id < f"test/diagnosis/{ITEMS // 2:03}"]
    assert not places
    assert len(new) == ITEMS // 2
    assert repeated
    assert repeated != list(range(repeated[0], repeated[0] + len(repeated)))


def test_a_repeat_is_to_its_reader_what_a_new_item_is(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Its task holds the round's own name, an empty draft and nothing of the earlier reading."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara", verdict=Verdict.CONTRADICTED, comment="My first thought.")
    clock.now += WEEKS
    task = bench.reviewing.next_item(AMARA, "first")
    assert task is not None
    item_id = task.item.item_id
    assert item_id in drawn("amara")
    assert (task.round, task.draft.round, task.draft.version) == ("first", "first", 0)
    assert task.submitted_revision == 0
    assert task.draft.body.claims == ()
    assert "My first thought" not in task.model_dump_json()
    assert companion_name("first") not in task.model_dump_json()
    assert bench.reviewing.own_review(AMARA, "first", item_id) is None
    assert bench.reviewing.own_receipt(AMARA, "first", item_id) is None
    listed = bench.reviewing.own_reviews(AMARA, size=100)
    assert item_id not in [line.item_id for line in listed]
    assert len(listed) == ITEMS - 1
    round_ = bench.assigning.get(AMARA, "first")
    assert (round_.repeats, round_.wash_out_days, round_.planted_errors) == (None, None, None)
    assert "repeats" not in round_.model_dump_json()


def test_draft_undo_receipt_and_count_of_a_repeat_are_as_of_any_item(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """It is saved, undone and sent; the reader's own number goes on by one."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara")
    done, total = bench.assigning.own_progress(AMARA, "first")
    assert (done, total) == (ITEMS, ITEMS + ITEMS // 4)
    clock.now += WEEKS
    [queue] = bench.assigning.own_tracks(AMARA, "first")
    assert (queue.read, queue.open) == (ITEMS, len(drawn("amara")))
    task = bench.reviewing.next_item(AMARA, "first")
    assert task is not None
    item_id, body = task.item.item_id, full_reading(task.item)
    half = body.model_copy(update={"comment": "Half."})
    first = bench.reviewing.save_draft(AMARA, "first", item_id, half, 0, seconds=10)
    second = bench.reviewing.save_draft(AMARA, "first", item_id, body, 1)
    undone = bench.reviewing.undo(AMARA, "first", item_id, 2)
    assert [d.round for d in (first, second, undone)] == ["first"] * 3
    assert undone.body.comment == "Half."
    receipt = bench.reviewing.submit(
        AMARA, "first", item_id, body, item_version=1, idempotency_key="again", expected_version=3
    )
    assert receipt.number == ITEMS + 1
    assert bench.assigning.own_progress(AMARA, "first")[0] == ITEMS + 1
    assert bench.assigning.own_tracks(AMARA, "first")[0].read == ITEMS + 1
    newest = bench.reviewing.own_reviews(AMARA, size=100)[0]
    assert (newest.round, newest.item_id, newest.number) == ("first", item_id, ITEMS + 1)
    assert bench.reviewing.recent(AMARA, 1)[0][:3] == ("first", item_id, ITEMS + 1)
    assert bench.reviewing.own_review(AMARA, "first", item_id) is not None
    sitting = bench.sittings.current(AMARA, "first")
    assert sitting is not None
    assert sitting.items == 1
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_first_reading_is_asked_again(bench: Workbench, tmp_path: Path, clock: Clock) -> None:
    """Where a round reads first, the answer of a repeat is withheld until it is committed."""
    study(bench, tmp_path / "in", read_first=True)
    while (task := bench.reviewing.next_item(AMARA, "first")) is not None:
        bench.reviewing.commit_first_reading(AMARA, "first", task.item.item_id, "A mass.")
        task = bench.reviewing.task(AMARA, "first", task.item.item_id)
        send(bench, AMARA, task, task.item.item_id, Verdict.SUPPORTED)
    clock.now += WEEKS
    again = bench.reviewing.next_item(AMARA, "first")
    assert again is not None
    assert (again.withheld, again.first_reading, again.item.content.answer) == (True, None, "")
    item_id = again.item.item_id
    written = bench.reviewing.commit_first_reading(AMARA, "first", item_id, "No mass.")
    assert written.round == "first"
    shown = bench.reviewing.task(AMARA, "first", item_id)
    assert shown.first_reading == written


def test_a_repeat_counts_in_no_agreement_gold_or_dispute(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Whatever the second readings say, all that is built from readings stays what it was."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara")
    read_all(bench, "benoit")
    before = [
        bench.agreeing.report(LENA),
        bench.agreeing.report(LENA, "first"),
        list(bench.adjudicating.disputes(CHEN)),
        bench.releasing.preview(LENA),
        bench.flowing.counts(LENA).places,
        bench.assigning.progress(LENA, "first"),
        bench.assigning.all_of(LENA),
    ]
    clock.now += WEEKS
    assert read_again(bench, AMARA, Verdict.CONTRADICTED)
    assert read_again(bench, BENOIT, Verdict.NOT_IN_EVIDENCE)
    after = [
        bench.agreeing.report(LENA),
        bench.agreeing.report(LENA, "first"),
        list(bench.adjudicating.disputes(CHEN)),
        bench.releasing.preview(LENA),
        bench.flowing.counts(LENA).places,
        bench.assigning.progress(LENA, "first"),
        bench.assigning.all_of(LENA),
    ]
    assert before == after
    hidden = companion_name("first")
    for look in (bench.assigning.get, bench.assigning.progress, bench.assigning.close):
        with pytest.raises(NotFoundError):
            look(LENA, hidden)
    assert bench.agreeing.report(LENA, hidden).fields == ()


def test_the_report_tells_how_readers_agree_with_themselves(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Amara says the same again of every claim, Benoît of none; by field and by reader."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara")
    read_all(bench, "benoit")
    clock.now += WEEKS
    amara = len(read_again(bench, AMARA))
    benoit = len(read_again(bench, BENOIT, Verdict.CONTRADICTED))
    report = bench.repeating.report(LENA, "first")
    assert (report.drawn, report.given_out, report.sent, report.compared) == (amara + benoit,) * 4
    by = {
        reader.person: (reader.items, reader.claims.part, reader.claims.whole)
        for reader in report.readers
    }
    assert by == {"amara": (amara, amara, amara), "benoit": (benoit, 0, benoit)}
    claims = next(found for found in report.fields if found.field == "claim verdict")
    percent, kappa, ac1 = claims.coefficients
    assert (percent.name, kappa.name, ac1.name) == ("percent_agreement", "cohen_kappa", "gwet_ac1")
    assert percent.value == pytest.approx(amara / (amara + benoit))
    assert percent.units == amara + benoit
    assert percent.low is not None
    assert percent.low <= percent.value <= (percent.high or 0)
    checks = next(found for found in report.fields if found.field == "check answer correct")
    assert checks.coefficients[0].value == 1.0
    assert {person for _, person, _ in report.changed} == {"benoit"}


def test_who_reads_in_the_round_learns_of_repeats_only_when_it_is_closed(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Not from the report, nor from the event log, also when they lead."""
    both = Person(person_id="ada", display_name="Ada", roles=frozenset({Role.LEAD, Role.REVIEWER}))
    bench.people.add(OPERATOR, both)
    ada = Actor(person_id="ada", roles=both.roles)
    lines = [item_line(f"{n:03}", case=f"case-{n:03}", images=[]) for n in range(ITEMS)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, persons=("ada",), repeats=0.25)
    while (task := bench.reviewing.next_item(ada, "first")) is not None:
        send(bench, ada, task, task.item.item_id, Verdict.SUPPORTED)
    clock.now += WEEKS
    assert bench.reviewing.next_item(ada, "first") is not None
    with pytest.raises(NotAllowedError, match="once it is closed"):
        bench.repeating.report(ada, "first")
    told = bench.browsing.log(ada, size=1000)
    assert companion_name("first") not in str([event.object for event in told])
    assert companion_name("first") in str([e.object for e in bench.browsing.log(LENA, size=1000)])
    bench.assigning.close(ada, "first")
    assert bench.repeating.report(ada, "first").given_out == 1
    assert companion_name("first") in str([e.object for e in bench.browsing.log(ada, size=1000)])


def test_closing_says_how_many_readings_then_do_not_come_back(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """Before and after; not to somebody who reads in the round; reopened, they come."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara")
    due = clock.now + timedelta(days=14)
    many = len(drawn("amara"))

    before = bench.assigning.closing(LENA, "first")
    assert (before.repeats, before.for_good) == (many, False)
    assert before.last_due is not None
    assert before.last_due >= due - timedelta(hours=1)
    clock.now += WEEKS
    assert bench.reviewing.next_item(AMARA, "first") is not None
    assert bench.assigning.closing(LENA, "first").repeats == many - 1
    bench.people.set_roles(OPERATOR, "amara", (Role.REVIEWER, Role.LEAD))
    reads = bench.assigning.closing(bench.people.actor("amara"), "first")
    assert (reads.repeats, reads.last_due) == (None, None)

    assert bench.assigning.close(LENA, "first").repeats == many - 1
    assert bench.assigning.closing(LENA, "first").repeats == 0
    bench.assigning.reopen(LENA, "first")
    assert bench.assigning.closing(LENA, "first").repeats == many - 1


def test_a_reader_who_left_gives_up_nothing(bench: Workbench, tmp_path: Path) -> None:
    """Nothing would have come back to them any more."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara")
    bench.departing.end_part(LENA, "first", "amara", keep=True, reason="Moved.")
    assert bench.assigning.closing(LENA, "first").repeats == 0


def test_a_repeat_passed_on_does_not_return_and_holds_nothing_back(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """It was read by others already: no lead has to answer, and the next one comes."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara")
    clock.now += WEEKS
    task = bench.reviewing.next_item(AMARA, "first")
    assert task is not None
    bench.reviewing.skip(AMARA, "first", task.item.item_id, SkipReason.ITEM_BROKEN)
    assert bench.assigning.skipped(LENA, "first") == []
    rest = read_again(bench, AMARA)
    assert set(rest) == drawn("amara") - {task.item.item_id}
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_what_a_reader_has_learnt_of_since_does_not_come_back(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """And gold is not shown beside a reading that is to be given once more."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara")
    read_all(bench, "benoit")
    bench.releasing.release(LENA, "one")
    keys = [("first", f"test/diagnosis/{n:03}") for n in range(ITEMS)]
    final = {item_id for _, item_id in bench.finals.among(AMARA, keys)}
    assert final == {item_id for _, item_id in keys} - drawn("amara")
    waiting = sorted(drawn("amara"))[0]
    with pytest.raises(NotFoundError, match="nothing to see"):
        bench.finals.beside_gold(AMARA, "first", waiting)
    bench.assigning.close(LENA, "first")
    assert bench.finals.beside_gold(AMARA, "first", waiting).release == 1
    bench.assigning.reopen(LENA, "first")
    clock.now += WEEKS
    assert set(read_again(bench, AMARA)) == drawn("amara") - {waiting}


def test_a_changed_draw_is_found(bench: Workbench, tmp_path: Path, clock: Clock) -> None:
    """Somebody who adds a repeat, or a slot for one, is found out by the seed."""
    study(bench, tmp_path / "in")
    read_all(bench, "amara")
    other = sorted({f"test/diagnosis/{n:03}" for n in range(ITEMS)} - drawn("amara"))[0]
    with bench.database.connection() as connection:
        connection.exec_driver_sql(
            "INSERT INTO repeat (round, item_id, person, track, due_at) VALUES "
            f"('{companion_name('first')}', '{other}', 'amara', 'diagnosis', '2026-11-21 09:00:00')"
        )
    problems = bench.browsing.verify(OPERATOR).problems
    assert ["seed of its round" in problem for problem in problems] == [True]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"repeats": 0.5}, "at most 0.25"),
        ({"repeats": 0.0}, "not above 0"),
        ({"repeats": 0.1, "wash_out_days": 0}, "1 to 365 days"),
        ({"repeats": 0.1, "name": "n" * 95}, "at most 90 characters"),
        ({"repeats": 0.1, "kind": RoundKind.CALIBRATION, "readers": 0}, "Only a reading round"),
        ({"kind": RoundKind.REPEATS}, "opened with the round"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    bench: Workbench, tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    """Before anything is stored."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    plan = {"name": "other", "readers": 1, "persons": ("amara",), **settings}
    with pytest.raises(BadInputError, match=said):
        bench.assigning.create(LENA, RoundPlan.model_validate(plan))
    assert bench.assigning.all_of(LENA) == []


def test_the_name_of_the_hidden_round_is_taken(bench: Workbench, tmp_path: Path) -> None:
    """And a round without repeats has none."""
    study(bench, tmp_path / "in")
    with pytest.raises(ConflictError, match="already a round"):
        open_round(bench, companion_name("first"))
    open_round(bench, "second")
    with pytest.raises(NotFoundError, match="no repeats"):
        bench.repeating.report(LENA, "second")
