"""Gold scores without each reader, held against a study that reader never was in."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from db import predictions
from src.domain.canonical import text_sha256
from src.domain.errors import NotFoundError
from src.domain.item import Criterion, Item, Track
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.prediction import Grade
from src.domain.review import (
    AddedCriterion,
    Check,
    CheckAnswer,
    Proposals,
    Recommendation,
    ReviewBody,
)
from src.domain.routing import AUDIT, STANDARD, RoutingPolicy
from src.domain.scoring.sheet import Policy
from src.services.adjudicating import Ruling
from src.services.progress import Progress, WorkStopped
from src.services.readers_left_out import (
    LeftOutReader,
    LeftOutReport,
    WithoutReader,
    report_notes,
    without_reader_text,
)
from src.services.workbench import Workbench, open_workbench
from tests.builders import (
    PEOPLE,
    Clock,
    actor,
    add_people,
    full_reading,
    item_line,
    open_round,
    read_all,
)
from tests.services.test_scoring import EMIL, answer, edit, graded, release_after, store, treatment

READERS = ("amara", "benoit", "dalia", "femi")
FEMI = Person(person_id="femi", display_name="Femi Adeyemi", roles=frozenset({Role.REVIEWER}))
NAMED_AS = {person.person_id: person.display_name for person in (*PEOPLE, FEMI)}
LENA, CHEN = actor("lena"), actor("chen")
ADDED = "Names the dose"
GRADED_WORDS, OTHER_WORDS = "Plans visits every four weeks", "Plans a follow-up visit"
NO_AUDIT = STANDARD.model_copy(update={"audit_share": 0.0})
LEAK = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="question"))
ALIAS = "Polyostotic sclerosing histiocytosis"
EITHER: list[dict[str, Any]] = [
    {"recommendation": Recommendation.REJECT, "comment": "Not to be used."},
    {"checks": {Check.ANSWERABLE: CheckAnswer.NO, Check.ANSWER_CORRECT: CheckAnswer.YES}},
    {"flags": (LEAK,)},
    {"added_criteria": (AddedCriterion(text=ADDED, points=2.0),)},
]
TREATED: list[dict[str, Any]] = [
    *EITHER,
    {"criteria": (edit("k1", "delete"),)},
    {"criteria": (edit("k3", "edit", points=1.0),)},
    {"criteria": (edit("k2", "edit", text=GRADED_WORDS),)},
    {"criteria": (edit("k2", "edit", text=OTHER_WORDS),)},
]
NAMED: list[dict[str, Any]] = [*EITHER, *[{"proposals": Proposals(aliases=(ALIAS,))}] * 3]
Ruled = Mapping[tuple[str, str], Ruling]


def said_by(person: str, item: Item) -> ReviewBody:
    """Return what a reader says of an item, the same whenever they are asked.

    Each item has one thing that is to be found, which a reader finds in three of four cases.
    """
    there, draw = random.Random(item.item_id), random.Random(f"{person} {item.item_id}")
    what = there.choice(TREATED if item.track is Track.TREATMENT else NAMED)
    changes = what if draw.random() < 0.75 else {}
    return full_reading(item, **changes)


def fill(bench: Workbench, folder: Path) -> None:
    """Import items, the answers of two models, and grades of words that review may bring."""
    bench.people.add(OPERATOR, FEMI)
    treated = [treatment(f"{n:03}", f"case-{n}", images=[]) for n in range(11)]
    named = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(5)]
    store(bench, folder, [*treated, *named])
    words = Criterion(criterion_id="k2", text=GRADED_WORDS)
    added = Criterion(criterion_id="k5", text=ADDED, points=2.0)
    for number, model in enumerate(("model-a", "model-b")):
        draw = random.Random(model)

        def met(count: int, draw: random.Random = draw) -> list[int]:
            return [draw.randint(0, 1) for _ in range(count)]

        answer(bench, folder, [graded(f"{n:03}", *met(4)) for n in range(11)], model)
        texts = (ALIAS, "Erdheim-Chester disease", "Metastases")
        lines = [graded(f"{n:03}", *met(3), text=texts[(n + number) % 3]) for n in range(5)]
        answer(bench, folder, lines, model, Track.DIAGNOSIS)
        more = [
            Grade(
                model=model,
                item_id=f"test/treatment/{n:03}",
                criterion_id=criterion.criterion_id,
                criterion_sha256=criterion.sha256,
                prediction_sha256=text_sha256("An answer."),
                judge="judge-a",
                value=float(value),
            )
            for n in range(11)
            for criterion, value in zip((words, added), met(2), strict=True)
        ]
        with bench.database.transaction() as t:
            predictions.add_grades(t, more, bench.clock())


def read(bench: Workbench, readers: tuple[str, ...], routing: RoutingPolicy | None) -> None:
    """Let these readers read everything in a round with a rule."""
    open_round(bench, persons=readers, routing=routing)
    for person in readers:
        reader = Actor(person_id=person, roles=FEMI.roles)
        while (task := bench.reviewing.next_item(reader, "first")) is not None:
            bench.reviewing.submit(
                reader,
                "first",
                task.item.item_id,
                said_by(person, task.item),
                item_version=task.item.version,
                idempotency_key=f"{person} {task.item.item_id}",
            )


def ruling_on(item_id: str, unit: str) -> Ruling:
    """Return what the adjudicator says of a unit, whatever readers say of it."""
    own: dict[str, Any] = {"chosen": "remove"}
    if unit == "field:recommendation":
        own = {"chosen": "new", "value": "accept"}
    elif unit.startswith("criterion:k"):
        own = {"chosen": "new", "value": {"action": "edit", "points": 2.0}}
    elif unit == "field:aliases":
        own = {"chosen": "new", "value": [ALIAS]}
    given = {"round": "first", "item_id": item_id, "unit": unit, "reason": "reader_slip"}
    return Ruling.model_validate({**given, **own})


def rule(bench: Workbench, allowed: Ruled | None = None) -> dict[tuple[str, str], Ruling]:
    """Rule on everything that is open; where `allowed` says on what, on nothing else."""
    made = {}
    for item in bench.adjudicating.worst_first(CHEN, size=100):
        case = bench.adjudicating.case(CHEN, "first", item.item_id)
        for dispute in (*case.disputes, *case.leaks):
            place = (item.item_id, dispute.unit)
            if allowed is None or place in allowed:
                made[place] = ruling_on(*place)
                bench.adjudicating.decide(CHEN, made[place])
    return made


def scores(bench: Workbench) -> dict[tuple[str, str], tuple[float | None, int | None]]:
    """Return (track, model) -> gold score and rank."""
    rows = bench.scoring.leaderboard(EMIL, basis="gold")
    return {(row.track.value, row.model): (row.value, row.rank) for row in rows}


@pytest.fixture
def other_study(sqlite_study: Path, tmp_path: Path) -> Iterator[Callable[[], Workbench]]:
    """Give a way to open a further study with the same people."""
    opened: list[Workbench] = []

    def new() -> Workbench:
        folder = tmp_path / f"other-{len(opened)}"
        folder.mkdir()
        shutil.copyfile(sqlite_study, folder / "review.db")
        url, images = f"sqlite:///{folder / 'review.db'}", str(folder / "images")
        opened.append(open_workbench(url, images, Clock()))
        add_people(opened[-1])
        return opened[-1]

    yield new
    for one in opened:
        one.close()


@pytest.mark.parametrize(
    ("routing", "readers"), [(None, READERS), (NO_AUDIT, READERS[:3])], ids=["four", "three"]
)
def test_a_score_without_a_reader_is_that_of_a_study_they_were_never_in(
    tmp_path: Path,
    other_study: Callable[[], Workbench],
    routing: RoutingPolicy | None,
    readers: tuple[str, ...],
) -> None:
    """The same items read by the others, the same rulings where they differ, released anew."""
    bench = other_study()
    fill(bench, tmp_path)
    read(bench, readers, routing)
    ruled = rule(bench)
    bench.releasing.release(LENA)
    now = scores(bench)

    found = bench.readers_left_out.report(LENA)

    assert (found.release, found.readers, found.changed_since) == (1, len(readers), 0)
    assert {(one.track.value, one.model) for one in found.lines} == set(now)
    moved = 0
    for person in readers[-2:]:
        without = other_study()
        fill(without, tmp_path / person)
        read(without, tuple(one for one in readers if one != person), routing)
        rule(without, ruled)
        without.releasing.release(LENA)
        for place, (value, rank) in scores(without).items():
            line = next(one for one in found.lines if (one.track.value, one.model) == place)
            one = next((each for each in line.each if each.name == NAMED_AS[person]), line)
            assert line.value == pytest.approx(now[place][0], abs=1e-12)
            assert one.value == pytest.approx(value, abs=1e-12)
            assert (line.rank, one.rank) == (now[place][1], rank)
            moved += value != pytest.approx(now[place][0])
    assert moved >= 2


def two_items(bench: Workbench, folder: Path) -> None:
    """Store two items, answered by one model: 2 of 4 points each, the third criterion not met."""
    store(bench, folder, [treatment("001"), treatment("002", "case-2")])
    answer(bench, folder, [graded("001", 1, 1, 0, 0), graded("002", 1, 1, 0, 0)])


def only(found: LeftOutReport) -> WithoutReader:
    """Return the one line there is."""
    (line,) = found.lines
    return line


def test_an_item_nobody_else_read_counts_as_imported(bench: Workbench, tmp_path: Path) -> None:
    """Amara deletes the criterion that is not met: 2 of 2 points, and without her 2 of 4."""
    two_items(bench, tmp_path)
    release_after(bench, criteria=(edit("k3", "delete"),))

    line = only(bench.readers_left_out.report(LENA))

    assert (line.value, line.low, line.high, line.readers) == (1.0, 0.5, 0.5, 1)
    assert line.most == LeftOutReader(
        reader="Reader 1",
        name="Amara Okafor",
        value=0.5,
        n=2,
        rank=1,
        items=2,
        open=2,
        ungraded=0,
    )


def test_a_reader_without_whom_all_stays_moves_nothing(bench: Workbench, tmp_path: Path) -> None:
    """Two readers say the same: gold is the same without either of them."""
    two_items(bench, tmp_path)
    open_round(bench)
    for person in ("amara", "benoit"):
        read_all(bench, person, criteria=(edit("k3", "delete"),))
    bench.releasing.release(LENA)

    line = only(bench.readers_left_out.report(LENA))

    assert (line.value, line.low, line.high, line.most, line.each) == (1.0, 1.0, 1.0, None, ())
    assert (
        without_reader_text(line) == "gold: 1.000, n = 2, by 2 readers; without any one the same."
    )


def test_words_that_no_grade_covers_leave_answers_unscored(
    bench: Workbench, tmp_path: Path
) -> None:
    """A ruling keeps a criterion; without Benoît, Amara's new words of it would stand ungraded."""
    two_items(bench, tmp_path)
    open_round(bench, persons=("amara", "benoit"))
    read_all(bench, "amara", criteria=(edit("k2", "edit", text=OTHER_WORDS),))
    read_all(bench, "benoit")
    for item_id in ("test/treatment/001", "test/treatment/002"):
        given = {"round": "first", "item_id": item_id, "unit": "criterion:k2", "chosen": "new"}
        keep = {**given, "value": {"action": "keep"}, "reason": "reader_slip"}
        bench.adjudicating.decide(CHEN, Ruling.model_validate(keep))
    bench.releasing.release(LENA)

    line = only(bench.readers_left_out.report(LENA))

    assert (line.value, line.low, line.high, line.ungraded) == (0.5, 0.5, 0.5, 2)
    (one,) = line.each
    assert (one.name, one.value, one.rank, one.items, one.open) == (
        "Benoît Marchand",
        None,
        None,
        2,
        0,
    )
    assert "up to 2 answers then without a score" in without_reader_text(line)


def test_names_are_the_leads_alone(bench: Workbench, tmp_path: Path) -> None:
    """An evaluator sees the same numbers, of a Reader 1."""
    two_items(bench, tmp_path)
    release_after(bench, criteria=(edit("k3", "delete"),))

    told = bench.readers_left_out.report(EMIL)

    assert only(told).low == only(bench.readers_left_out.report(LENA)).low
    assert "Amara" not in told.model_dump_json()
    assert "amara" not in told.model_dump_json()
    assert "most without Reader 1: 0.500" in without_reader_text(only(told))


def test_items_the_actor_may_still_read_stay_as_released(bench: Workbench, tmp_path: Path) -> None:
    """Lena reads as well, in a round still open: nothing that she is told moves with item 001."""
    two_items(bench, tmp_path)
    release_after(bench, criteria=(edit("k3", "delete"),))
    bench.people.set_roles(OPERATOR, "lena", (Role.LEAD, Role.REVIEWER))
    lena = bench.people.actor("lena")
    open_round(bench, "second", persons=("lena",), item_ids=("test/treatment/001",))

    found = bench.readers_left_out.report(lena)

    assert found.withheld == 1
    assert only(found).low == 0.75
    assert [one.items for one in only(found).each] == [1]
    assert "1 item you may still be asked to read" in report_notes(found)[0]


def test_an_item_ruled_otherwise_since_stays_as_released(bench: Workbench, tmp_path: Path) -> None:
    """What a release says cannot be derived again from readings that are not those it had."""
    two_items(bench, tmp_path)
    open_round(bench)
    read_all(bench, "amara", criteria=(edit("k3", "delete"),))
    read_all(bench, "benoit")
    rule(bench)
    bench.releasing.release(LENA)
    ruling = ruling_on("test/treatment/001", "criterion:k3")
    bench.adjudicating.decide(CHEN, ruling.model_copy(update={"chosen": "remove"}))

    found = bench.readers_left_out.report(LENA)

    assert (found.items, found.changed_since) == (2, 1)
    assert [one.items for one in only(found).each] == [1]
    assert report_notes(found) == [
        "1 item: readings or rulings changed since the release; left as released."
    ]


def test_it_can_be_watched_and_stopped_and_is_made_once(bench: Workbench, tmp_path: Path) -> None:
    """Stopped it leaves nothing; made, it is at hand until something moves a score."""
    two_items(bench, tmp_path)
    release_after(bench)
    told: list[Progress] = []

    def stop(progress: Progress) -> bool:
        told.append(progress)
        return False

    with pytest.raises(WorkStopped):
        bench.readers_left_out.report(EMIL, watch=stop)
    assert [(one.done, one.total) for one in told] == [(0, 2)]
    assert bench.readers_left_out.known(EMIL) is None

    made = bench.readers_left_out.report(EMIL)

    assert bench.readers_left_out.known(EMIL) == made
    assert bench.readers_left_out.report(EMIL, watch=stop) == made
    answer(bench, tmp_path, [graded("001", 1, 1, 1, 0)], "model-b")
    assert bench.readers_left_out.known(EMIL) is None


def test_without_a_release_it_says_why_nobody_is_left_out(bench: Workbench, tmp_path: Path) -> None:
    """No release, or one of which nobody answered anything."""
    store(bench, tmp_path, [treatment("001")])
    assert report_notes(bench.readers_left_out.report(EMIL)) == [
        "No reader is left out: there is no release, so no score rests on readings."
    ]
    with pytest.raises(NotFoundError, match="no release 4"):
        bench.readers_left_out.report(EMIL, release=4)
    release_after(bench)
    assert report_notes(bench.readers_left_out.report(EMIL)) == [
        "No reader is left out: no model answered anything of what they read."
    ]


def test_policies_count_as_on_the_leaderboard(bench: Workbench, tmp_path: Path) -> None:
    """An answer that is missing counts 0, with a reader and without."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 1, 0, 0)])
    release_after(bench, criteria=(edit("k3", "delete"),))

    line = only(bench.readers_left_out.report(EMIL, policy=Policy(abstain="zero")))

    assert (line.value, line.low) == (0.5, 0.25)


def ruled_by_chen(bench: Workbench, item_id: str, unit: str, **said: Any) -> None:
    """Let the adjudicator rule on one unit of an item of the first round."""
    given = {"round": "first", "item_id": item_id, "unit": unit, "reason": "reader_slip"}
    bench.adjudicating.decide(CHEN, Ruling.model_validate({**given, **said}))


def test_what_an_audit_changed_stays_and_nobody_waits_for_another(
    bench: Workbench, tmp_path: Path
) -> None:
    """Both items are drawn: one is confirmed, of the other a criterion nobody touched is taken out.

    Without either reader both are gold all the same, as the auditor left them.
    """
    two_items(bench, tmp_path)
    open_round(bench, routing=STANDARD.model_copy(update={"audit_share": 1.0}))
    for person in ("amara", "benoit"):
        read_all(bench, person, criteria=(edit("k3", "delete"),))
    ruled_by_chen(bench, "test/treatment/001", AUDIT, chosen="confirm", reason=None)
    kept = {"action": "keep"}
    ruled_by_chen(bench, "test/treatment/002", "criterion:k3", chosen="new", value=kept)
    bench.releasing.release(LENA)

    line = only(bench.readers_left_out.report(LENA))

    assert (line.value, line.low, line.high, line.each) == (0.75, 0.75, 0.75, ())


def test_a_ruling_of_another_round_stays(bench: Workbench, tmp_path: Path) -> None:
    """Dalia and Benoît differed once and Chen ruled; the release rests on Amara's later round."""
    two_items(bench, tmp_path)
    open_round(bench, persons=("dalia", "benoit"))
    read_all(bench, "dalia", criteria=(edit("k3", "delete"),))
    read_all(bench, "benoit")
    for item_id in ("test/treatment/001", "test/treatment/002"):
        ruled_by_chen(bench, item_id, "criterion:k3", chosen="remove")
    open_round(bench, "second", persons=("amara",))
    read_all(bench, "amara", "second")
    bench.releasing.release(LENA)

    line = only(bench.readers_left_out.report(LENA))

    assert (line.value, line.readers) == (1.0, 1)
    assert [(one.name, one.value, one.open) for one in line.each] == [("Amara Okafor", 0.5, 2)]


def test_a_leak_that_only_a_reader_spoke_against_excludes_the_item(
    bench: Workbench, tmp_path: Path
) -> None:
    """By every difference: Amara flags item 001, Benoît does not, and it was ruled to be none.

    Without Benoît all readers left flag it, and no adjudicator is asked: it is a confirmed leak.
    Without Amara nobody speaks of it.
    """
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 1, 1, 0), graded("002", 1, 1, 0, 0)])
    open_round(bench, item_ids=("test/treatment/001",))
    read_all(bench, "amara", flags=(LEAK,))
    read_all(bench, "benoit")
    rule(bench)
    bench.releasing.release(LENA)

    line = only(bench.readers_left_out.report(LENA))

    assert (line.value, line.n) == (0.75, 2)
    assert [(one.name, one.value, one.n, one.items) for one in line.each] == [
        ("Benoît Marchand", 0.5, 1, 1)
    ]
