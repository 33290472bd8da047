"""Planted errors: shown to the readers of one round, told after it, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from pyarrow.parquet import read_table

from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.evidence import ImageBox
from src.domain.exports import ExportFormat
from src.domain.flow import Place
from src.domain.item import Item, Track
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.planting import Plant
from src.domain.prediction import Model
from src.domain.review import ClaimReading, ReviewBody, Verdict
from src.services import planting
from src.services.assigning import RoundPlan
from src.services.reviewing import Task
from src.services.workbench import Workbench
from tests.builders import Clock, actor, full_reading, item_line, open_round, write_items

AMARA, BENOIT, LENA, CHEN = (actor(name) for name in ("amara", "benoit", "lena", "chen"))
EMIL = actor("emil")
PLANTED = "test/diagnosis/003"
WRONG, RIGHT = "Langerhans cell histiocytosis", "Erdheim-Chester disease"
ITEMS = 8
FIRST = (AMARA, BENOIT)


def study(bench: Workbench, folder: Path, **plan: object) -> None:
    """Import eight diagnoses and open a round in which one of them holds a wrong answer."""
    lines = [item_line(f"{n:03}", case=f"case-{n}") for n in range(ITEMS)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    plant = Plant(item_id=PLANTED, claim_id="c1", wrong_text=WRONG)
    open_round(bench, plants=(plant,), **plan)


def read(bench: Workbench, who: Actor, verdict: Verdict, round_name: str = "first") -> list[str]:
    """Read all, the planted item with a verdict, and return the answers that were shown."""
    answers = []
    while (task := bench.reviewing.next_item(who, round_name)) is not None:
        answers.append(task.item.content.answer)
        said = verdict if task.item.item_id == PLANTED else Verdict.SUPPORTED
        bench.reviewing.submit(
            who, round_name, task.item.item_id, with_box(task.item, said), item_version=1,
            idempotency_key=f"{who.person_id}-{round_name}-{task.item.item_id}",
        )  # fmt: skip
    return answers


def with_box(item: Item, verdict: Verdict) -> ReviewBody:
    """Return a complete reading that marks evidence on the first image."""
    box = ImageBox(sha256=item.content.images[0].sha256, x=1, y=1, width=20, height=20)
    claims = tuple(
        ClaimReading(claim_id=claim.claim_id, verdict=verdict, evidence=(box,))
        for claim in item.claims
    )
    return full_reading(item, verdict, claims=claims)


def read_by_both(bench: Workbench) -> None:
    """Amara misses the error, Benoît finds it."""
    read(bench, AMARA, Verdict.SUPPORTED)
    read(bench, BENOIT, Verdict.CONTRADICTED)


def test_readers_see_the_wrong_words_and_nothing_that_tells(
    bench: Workbench, tmp_path: Path
) -> None:
    """Neither the right answer, its names nor its code; the rest of the round is as ever."""
    study(bench, tmp_path / "in")
    answers = read(bench, AMARA, Verdict.SUPPORTED)
    assert len(answers) == ITEMS
    assert answers.count(WRONG) == 1
    task = bench.reviewing.task(AMARA, "first", PLANTED)
    sent = task.model_dump_json()
    assert RIGHT not in sent
    assert "35687" not in sent
    assert '"ECD"' not in sent
    assert "plant" not in sent
    assert bench.reviewing.hits(AMARA, "first", PLANTED) == ()
    assert bench.assigning.get(AMARA, "first").planted_errors is None
    assert bench.assigning.own_progress(AMARA, "first") == (ITEMS, ITEMS)


def test_no_version_of_the_item_holds_the_error(bench: Workbench, tmp_path: Path) -> None:
    """So nothing that takes versions can pass it on: story, list, condition, next round."""
    study(bench, tmp_path / "in")
    story = bench.browsing.story(LENA, PLANTED)
    assert WRONG not in story.model_dump_json()
    assert [number for number, *_ in story.versions] == [1]
    assert story.rounds == ()
    assert len(bench.browsing.items(LENA)) == ITEMS
    open_round(bench, "second", persons=("dalia",))
    assert WRONG not in read(bench, actor("dalia"), Verdict.SUPPORTED, "second")


def test_a_planted_item_is_in_no_gold_release_dispute_or_agreement(
    bench: Workbench, tmp_path: Path
) -> None:
    """Though its readers differ on it."""
    study(bench, tmp_path / "in")
    read_by_both(bench)
    assert list(bench.adjudicating.disputes(CHEN)) == []
    assert bench.adjudicating.worst_first(CHEN) == []
    with pytest.raises(NotAllowedError):
        bench.adjudicating.case(CHEN, "first", PLANTED)
    with pytest.raises(NotAllowedError):
        bench.discussing.ask(CHEN, "first", PLANTED, "claim:c1", "Why?")
    report = bench.agreeing.report(LENA, "first")
    claims = next(field for field in report.fields if field.field == "claim verdict")
    assert claims.coefficients[0].units == ITEMS - 1
    assert claims.disagreeing == ()
    preview = bench.releasing.preview(LENA)
    assert (preview.ready, [out.item_id for out in preview.left_out]) == (ITEMS - 1, [PLANTED])
    number = bench.releasing.release(LENA, "one").release.number
    with pytest.raises(NotFoundError):
        bench.browsing.gold(LENA, number, PLANTED)
    counts = bench.flowing.counts(LENA)
    assert (counts.number(Place.PLANTED), counts.gold) == (1, ITEMS - 1)
    assert counts.readings.planted == 2
    assert bench.flowing.items(LENA, Place.PLANTED) == [PLANTED]


def test_no_adjudicator_owes_an_own_reading_of_a_planted_item(
    bench: Workbench, tmp_path: Path
) -> None:
    """In a blind round they could never give it, and would be kept from the item for good."""
    study(bench, tmp_path / "in", blind_adjudication=True)
    read_by_both(bench)
    bench.releasing.release(LENA, "one")
    with pytest.raises(NotFoundError, match="does not hold"):
        bench.browsing.gold(CHEN, 1, PLANTED)


@pytest.mark.parametrize("format", list(ExportFormat))
def test_no_export_holds_a_planted_item(
    bench: Workbench, tmp_path: Path, format: ExportFormat
) -> None:
    """Neither its wrong words nor its readings."""
    study(bench, tmp_path / "in")
    read_by_both(bench)
    number = bench.releasing.release(LENA, "one").release.number
    out = tmp_path / "out"
    report = bench.exporting.export(LENA, number, out, format)
    assert report.items == ITEMS - 1
    written = b"".join(written_in(out))
    assert b"002" in written
    assert WRONG.encode() not in written
    assert PLANTED.encode() not in written


def written_in(folder: Path) -> Iterator[bytes]:
    """Yield what stands in all files of a folder, also inside workbooks."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".xlsx":
            with ZipFile(path) as workbook:
                yield from (workbook.read(name) for name in workbook.namelist())
        elif path.suffix == ".parquet":
            yield str(read_table(path).drop_columns("images").to_pylist()).encode()
        elif path.is_file():
            yield path.read_bytes()


def test_scan_leak_lists_and_conditions_are_of_the_item_as_it_is(
    bench: Workbench, tmp_path: Path
) -> None:
    """The same as if nothing were planted; a flag on a planted item confirms no leak."""
    study(bench, tmp_path / "in")

    def state() -> list[object]:
        return [
            bench.scanning.hits(LENA, PLANTED),
            bench.leakage.item(LENA, PLANTED).model_dump(),
            bench.leakage.counts(LENA),
            bench.conditions.shown(LENA, PLANTED, "full"),
        ]

    bench.scanning.scan(OPERATOR)
    before = state()
    task = bench.reviewing.next_item(AMARA, "first")
    assert task is not None
    while task is not None and task.item.item_id != PLANTED:
        send(bench, AMARA, task, Verdict.SUPPORTED)
        task = bench.reviewing.next_item(AMARA, "first")
    assert task is not None
    send(bench, AMARA, task, Verdict.SUPPORTED)
    while (other := bench.reviewing.next_item(BENOIT, "first")) is not None:
        if other.item.item_id == PLANTED:
            before[2] = bench.leakage.counts(LENA)
        send(bench, BENOIT, other, Verdict.SUPPORTED)
    assert state()[:2] == before[:2]
    assert state()[3] == before[3]
    assert bench.leakage.statistics(LENA) is not None
    assert WRONG not in str(state())


def send(bench: Workbench, who: Actor, task: Task, verdict: Verdict) -> None:
    """Submit a reading with one verdict."""
    bench.reviewing.submit(
        who, "first", task.item.item_id, full_reading(task.item, verdict), item_version=1,
        idempotency_key=f"{who.person_id}-{task.item.item_id}",
    )  # fmt: skip


def test_scores_take_the_item_as_it_was_imported(bench: Workbench, tmp_path: Path) -> None:
    """A model that gives the right answer is right, also on a planted item."""
    study(bench, tmp_path / "in")
    read_by_both(bench)
    bench.releasing.release(LENA, "one")
    bench.predicting.add_model(EMIL, Model(name="m", display_name="m"))
    file = tmp_path / "answers.jsonl"
    grades = [
        {"criterion_id": f"k{n}", "value": value, "judge": "judge"}
        for n, value in ((1, 1.0), (2, 1.0), (3, 0.0))
    ]
    lines = [{"index": f"{n:03}", "prediction": RIGHT, "grades": grades} for n in range(ITEMS)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    bench.predicting.store_file(EMIL, file, model="m", track=Track.DIAGNOSIS)
    for basis, scored in (("import", ITEMS), ("gold", ITEMS), ("reviewed", ITEMS - 1)):
        row = next(
            row for row in bench.scoring.leaderboard(EMIL, basis=basis) if row.value is not None
        )
        assert (row.n, row.value) == (scored, 1.0)


def test_the_lead_approves_a_list_that_the_seed_proposes(bench: Workbench, tmp_path: Path) -> None:
    """The same list for the same seed; what was approved is what is planted."""
    lines = [
        item_line(
            f"{n:03}", case=f"case-{n}", images=[], answer=f"Disease {n}", orpha_code=str(100 + n)
        )
        for n in range(ITEMS)
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    plan = RoundPlan(name="first", readers=2, persons=("amara", "benoit"), seed=7)
    seed, found = bench.assigning.propose_plants(LENA, plan, 0.25)
    assert (seed, len(found)) == (7, 2)
    assert bench.assigning.propose_plants(LENA, plan, 0.25) == (seed, found)
    assert bench.assigning.all_of(LENA) == []
    bench.assigning.create(LENA, plan.model_copy(update={"plants": tuple(found[:1])}))
    assert bench.assigning.get(LENA, "first").planted_errors == 0.125
    assert [one.plant for one in bench.planting.report(LENA, "first").errors] == found[:1]
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_errors_are_drawn_among_items_no_reader_knows_and_donors_give_once(
    bench: Workbench, tmp_path: Path
) -> None:
    """Whatever the seed: who has read the right words shows nothing by finding the wrong ones."""
    lines = [
        item_line(
            f"{n:03}", case=f"case-{n}", images=[], answer=f"Disease {n}", orpha_code=str(100 + n)
        )
        for n in range(ITEMS)
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    read_before = tuple(f"test/diagnosis/{n:03}" for n in range(ITEMS - 2))
    open_round(bench, "pilot", item_ids=read_before)
    while (task := bench.reviewing.next_item(AMARA, "pilot")) is not None:
        bench.reviewing.submit(
            AMARA, "pilot", task.item.item_id, full_reading(task.item), item_version=1,
            idempotency_key=task.item.item_id,
        )  # fmt: skip
    plan = RoundPlan(name="second", readers=2, persons=("amara", "benoit"))
    for seed in range(6):
        _, found = bench.assigning.propose_plants(
            LENA, plan.model_copy(update={"seed": seed}), 0.25
        )
        assert {plant.item_id for plant in found} == {
            f"test/diagnosis/{n:03}" for n in (ITEMS - 2, ITEMS - 1)
        }
        assert len({plant.source for plant in found}) == 2
    assert bench.assigning.known_to_readers(LENA, ("amara", "benoit")) == set(read_before)


def test_what_is_proposed_fits_the_round_it_is_proposed_for(
    bench: Workbench, tmp_path: Path
) -> None:
    """A quarter of six items is one and a half: one is proposed, and the round opens with it."""
    lines = [
        item_line(
            f"{n:03}", case=f"case-{n}", images=[], answer=f"Disease {n}", orpha_code=str(100 + n)
        )
        for n in range(6)
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    plan = RoundPlan(name="first", readers=2, persons=("amara", "benoit"), seed=7)
    _, found = bench.assigning.propose_plants(LENA, plan, 0.25)
    assert len(found) == 1
    bench.assigning.create(LENA, plan.model_copy(update={"plants": tuple(found)}))
    few = plan.model_copy(update={"name": "few", "item_ids": ("test/diagnosis/001",)})
    with pytest.raises(BadInputError, match="too few to plant an error in"):
        bench.assigning.propose_plants(LENA, few, 0.25)


def test_who_knows_the_errors_reads_none_of_them(bench: Workbench, tmp_path: Path) -> None:
    """Neither from the start nor added later."""
    both = Person(person_id="ada", display_name="Ada", roles=frozenset({Role.LEAD, Role.REVIEWER}))
    bench.people.add(OPERATOR, both)
    ada = Actor(person_id="ada", roles=both.roles)
    study(bench, tmp_path / "in")
    plant = Plant(item_id=PLANTED, claim_id="c1", wrong_text=WRONG)
    plan = RoundPlan(name="hers", readers=1, persons=("ada", "amara"), plants=(plant,))
    with pytest.raises(BadInputError, match="cannot read in the round"):
        bench.assigning.create(ada, plan)
    bench.assigning.create(ada, plan.model_copy(update={"persons": ("amara",)}))
    with pytest.raises(BadInputError, match="knows which errors"):
        bench.assigning.add_person(LENA, "hers", "ada")


def test_a_lead_who_reads_is_told_nothing_before_the_end(bench: Workbench, tmp_path: Path) -> None:
    """The report, the flow, the log and the item itself say what every reader sees."""
    both = Person(person_id="ada", display_name="Ada", roles=frozenset({Role.LEAD, Role.REVIEWER}))
    bench.people.add(OPERATOR, both)
    ada = Actor(person_id="ada", roles=both.roles)
    study(bench, tmp_path / "in", persons=("ada", "amara"))
    with pytest.raises(NotAllowedError, match="once it is closed"):
        bench.planting.report(ada, "first")
    counts = bench.flowing.counts(ada)
    assert (counts.number(Place.PLANTED), counts.number(Place.WAITING)) == (0, ITEMS)
    assert bench.flowing.items(ada, Place.PLANTED) == []
    assert PLANTED in bench.flowing.items(ada, Place.WAITING)
    assert bench.browsing.item(ada, PLANTED).item.content.answer == WRONG
    assert bench.browsing.item(LENA, PLANTED).item.content.answer == RIGHT
    planted = [e.object for e in bench.browsing.log(ada, size=500) if e.kind == "error.planted"]
    assert planted
    assert not any(PLANTED in text for text in planted)
    bench.assigning.close(LENA, "first")
    assert bench.browsing.item(ada, PLANTED).item.content.answer == RIGHT


def test_nobody_without_a_leading_role_looks_items_up(bench: Workbench, tmp_path: Path) -> None:
    """A reader finds no item on the Items screen, planted or not."""
    study(bench, tmp_path / "in")
    for look in (
        lambda: bench.browsing.item(AMARA, PLANTED),
        lambda: bench.browsing.story(AMARA, PLANTED),
        lambda: bench.browsing.items(AMARA),
        lambda: bench.planting.report(AMARA, "first"),
    ):
        with pytest.raises(NotAllowedError):
            look()


def test_how_many_were_found_stands_by_reader_with_an_interval(
    bench: Workbench, tmp_path: Path
) -> None:
    """Amara missed it, Benoît found it."""
    study(bench, tmp_path / "in")
    read_by_both(bench)
    report = bench.planting.report(LENA, "first")
    assert {one.person: (one.found.part, one.found.whole) for one in report.readers} == {
        "amara": (0, 1), "benoit": (1, 1),
    }  # fmt: skip
    assert (report.all.part, report.all.whole) == (1, 2)
    assert report.all.interval is not None
    [error] = report.errors
    assert (error.plant.right_text, error.plant.wrong_text) == (RIGHT, WRONG)


def test_beside_what_was_found_stands_how_many_untouched_claims_were_called_wrong(
    bench: Workbench, tmp_path: Path
) -> None:
    """Benoît, who calls everything wrong, finds every error and is seen to."""
    study(bench, tmp_path / "in")
    read(bench, AMARA, Verdict.SUPPORTED)
    while (task := bench.reviewing.next_item(BENOIT, "first")) is not None:
        send(bench, BENOIT, task, Verdict.CONTRADICTED)
    report = bench.planting.report(LENA, "first")
    said = {one.person: (one.found, one.untouched) for one in report.readers}
    assert {who: (f.part, f.whole, u.part, u.whole) for who, (f, u) in said.items()} == {
        "amara": (0, 1, 0, ITEMS - 1), "benoit": (1, 1, ITEMS - 1, ITEMS - 1),
    }  # fmt: skip
    assert (report.untouched.part, report.untouched.whole) == (ITEMS - 1, 2 * (ITEMS - 1))
    assert report.compared == ITEMS - 1


def test_in_a_large_round_untouched_claims_are_taken_evenly_from_all_of_it(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a report on a round of any size reads the same number of items."""
    monkeypatch.setattr(planting, "COMPARED", 3)
    study(bench, tmp_path / "in")
    read_by_both(bench)
    assert bench.planting.report(LENA, "first").compared == 2


def test_readers_are_told_after_the_round_and_read_the_item_no_more(
    bench: Workbench, tmp_path: Path, clock: Clock
) -> None:
    """What was planted, the right words, and whether they found it; before, nothing at all."""
    study(bench, tmp_path / "in")
    read_by_both(bench)
    assert bench.planting.to_be_told(AMARA) == []
    with pytest.raises(NotFoundError, match="nothing to tell"):
        bench.planting.debrief(AMARA, "first")
    bench.assigning.close(LENA, "first")
    assert bench.planting.to_be_told(AMARA) == ["first"]
    assert bench.planting.to_be_told(actor("dalia")) == []
    [told] = bench.planting.debrief(AMARA, "first")
    assert (told.plant.right_text, told.plant.wrong_text, told.found) == (RIGHT, WRONG, False)
    [told] = bench.planting.debrief(BENOIT, "first")
    assert told.found
    with pytest.raises(NotFoundError):
        bench.planting.debrief(actor("dalia"), "first")
    with pytest.raises(ConflictError, match="may have been told"):
        bench.assigning.reopen(LENA, "first")
    open_round(bench, "second", item_ids=(PLANTED,))
    assert bench.reviewing.next_item(AMARA, "second") is None
    assert bench.planting.report(LENA, "first").all.whole == 2


def test_a_planted_item_is_not_repeated(bench: Workbench, tmp_path: Path, clock: Clock) -> None:
    """And the two checks go together in one round."""
    study(bench, tmp_path / "in", repeats=0.25)
    read_by_both(bench)
    clock.now += timedelta(days=20)
    for who in FIRST:
        while (task := bench.reviewing.next_item(who, "first")) is not None:
            assert task.item.item_id != PLANTED
            bench.reviewing.submit(
                who, "first", task.item.item_id, full_reading(task.item), item_version=1,
                idempotency_key=f"{who.person_id}-again-{task.item.item_id}",
            )  # fmt: skip
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_mark_taken_off_a_planted_item_is_found(bench: Workbench, tmp_path: Path) -> None:
    """Its readings would count otherwise."""
    study(bench, tmp_path / "in")
    with bench.database.connection() as connection:
        connection.exec_driver_sql("UPDATE round_item SET planted = (1 = 0)")
    assert any("'first'" in p or "first" in p for p in bench.browsing.verify(OPERATOR).problems)
