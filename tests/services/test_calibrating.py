"""Calibration rounds: practice on gold, with feedback, that counts nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR, Role
from src.domain.review import Recommendation, Verdict
from src.domain.round import KeptAway, RoundKind
from src.services.assigning import RoundPlan
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items

AMARA, BENOIT, DALIA = actor("amara"), actor("benoit"), actor("dalia")
LENA, CHEN, EMIL = actor("lena"), actor("chen"), actor("emil")
FLAG = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
ALL = ("amara", "benoit", "dalia")


def gold(bench: Workbench, folder: Path, items: int = 3) -> list[str]:
    """Make a release of all items but the last, which is disputed; return all ids."""
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(items)]
    bench.importing.store_file(OPERATOR, write_items(folder, lines))
    open_round(bench)
    read_all(bench, "amara")
    while (task := bench.reviewing.next_item(BENOIT, "first")) is not None:
        item_id = task.item.item_id
        last = item_id.endswith(f"{items - 1:03}")
        body = full_reading(task.item, Verdict.CONTRADICTED if last else Verdict.SUPPORTED)
        bench.reviewing.submit(
            BENOIT, "first", item_id, body, item_version=1, idempotency_key=f"b-{item_id}"
        )
    bench.releasing.release(LENA)
    return [f"test/diagnosis/{n:03}" for n in range(items)]


def practise(bench: Workbench, persons: tuple[str, ...] = ALL, **plan: object) -> None:
    """Open a calibration round."""
    given = {"name": "practice", "kind": RoundKind.CALIBRATION, "persons": persons, "seed": 3}
    bench.assigning.create(LENA, RoundPlan.model_validate({**given, **plan}))


def test_only_items_with_gold_are_practised_on(bench: Workbench, tmp_path: Path) -> None:
    """A list with another item is refused and names it; without a list the others are left out."""
    first, second, disputed = gold(bench, tmp_path / "in")
    with pytest.raises(BadInputError, match=disputed):
        practise(bench, item_ids=(first, disputed))
    practise(bench)
    round_ = bench.assigning.get(LENA, "practice")
    assert (round_.items, round_.readers, round_.selection["release"]) == (2, 3, 1)
    assert read_all(bench, "dalia", "practice") == [first, second]


def test_without_gold_there_is_no_practice(bench: Workbench, tmp_path: Path) -> None:
    """Before the first release the round is refused."""
    lines = [item_line("001", images=[])]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    with pytest.raises(BadInputError, match="make a release first"):
        practise(bench)
    assert bench.assigning.all_of(LENA) == []


@pytest.mark.parametrize("mark", [-0.1, 1.1])
def test_a_pass_mark_is_a_share(bench: Workbench, tmp_path: Path, mark: float) -> None:
    """From 0 to 1; a reading round has none."""
    gold(bench, tmp_path / "in")
    with pytest.raises(BadInputError, match="pass mark"):
        practise(bench, pass_mark=mark)
    plan = RoundPlan(name="second", readers=1, persons=("dalia",), pass_mark=0.5)
    with pytest.raises(BadInputError, match="pass mark"):
        bench.assigning.create(LENA, plan)


def test_everybody_reads_every_item_also_who_read_it_before_or_came_later(
    bench: Workbench, tmp_path: Path
) -> None:
    """Amara and Benoît made the gold, Chen settled and Dalia is added afterwards."""
    first, second, _ = gold(bench, tmp_path / "in")
    bench.people.set_roles(OPERATOR, "chen", [Role.REVIEWER, Role.ADJUDICATOR])
    bench.adjudicating.case(bench.people.actor("chen"), "first", first)
    practise(bench, ("amara", "benoit", "chen"))
    bench.assigning.add_person(LENA, "practice", "dalia")
    for person in ("amara", "benoit", "dalia"):
        assert read_all(bench, person, "practice") == [first, second]
    task = bench.reviewing.next_item(bench.people.actor("chen"), "practice")
    assert task is not None
    assert bench.assigning.progress(LENA, "practice").items_left == 2
    assert bench.assigning.get(LENA, "practice").readers == 4
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_feedback_comes_after_ones_own_submission_and_holds_nobody_elses(
    bench: Workbench, tmp_path: Path
) -> None:
    """Before it is refused; then unit by unit what one said and what gold says."""
    first, *_ = gold(bench, tmp_path / "in")
    practise(bench, pass_mark=0.8)
    for look in (DALIA, AMARA):
        task = bench.reviewing.next_item(look, "practice")
        assert task is not None
        with pytest.raises(NotAllowedError, match="Submit your own reading"):
            bench.calibrating.feedback(look, "practice", first)
    read_all(bench, "dalia", "practice", verdict=Verdict.CONTRADICTED)
    feedback = bench.calibrating.feedback(DALIA, "practice", first)
    assert [u.unit for u in feedback.units if not u.same] == ["claim:c1"]
    said = feedback.model_dump_json()
    assert not any(word in said for word in ("amara", "benoit", "votes", "unanimous"))
    with pytest.raises(NotAllowedError):
        bench.calibrating.feedback(AMARA, "practice", first)
    with pytest.raises(NotFoundError):
        bench.calibrating.feedback(DALIA, "practice", "test/diagnosis/999")
    with pytest.raises(NotAllowedError, match="no calibration round"):
        bench.calibrating.feedback(AMARA, "first", first)


def test_the_result_is_of_the_reading_before_gold_was_seen(
    bench: Workbench, tmp_path: Path
) -> None:
    """A revision made with gold before one's eyes changes nothing."""
    first, _, _ = gold(bench, tmp_path / "in")
    practise(bench, ("dalia", "amara"), pass_mark=0.9)
    read_all(bench, "dalia", "practice", verdict=Verdict.CONTRADICTED)
    before = bench.calibrating.result(DALIA, "practice")
    assert (before.items_read, before.agreed, before.units) == (2, 10, 12)
    assert before.passed is False
    feedback = bench.calibrating.feedback(DALIA, "practice", first)
    task = bench.reviewing.task(DALIA, "practice", first)
    bench.reviewing.submit(
        DALIA,
        "practice",
        first,
        full_reading(task.item),
        item_version=1,
        idempotency_key="after",
    )
    assert bench.calibrating.result(DALIA, "practice") == before
    assert bench.calibrating.feedback(DALIA, "practice", first) == feedback
    read_all(bench, "amara", "practice")
    results = bench.calibrating.results(LENA, "practice")
    assert [(r.person, r.share, r.passed) for r in results] == [
        ("amara", 1.0, True),
        ("dalia", 10 / 12, False),
    ]


def test_a_revision_before_the_feedback_is_looked_at_counts(
    bench: Workbench, tmp_path: Path
) -> None:
    """Nothing was seen yet."""
    first, *_ = gold(bench, tmp_path / "in")
    practise(bench, ("dalia",), item_ids=(first,))
    read_all(bench, "dalia", "practice", verdict=Verdict.CONTRADICTED)
    task = bench.reviewing.task(DALIA, "practice", first)
    bench.reviewing.submit(
        DALIA, "practice", first, full_reading(task.item), item_version=1, idempotency_key="2"
    )
    assert bench.calibrating.result(DALIA, "practice").share == 1.0


def test_who_has_seen_gold_gets_no_slot_on_that_item(bench: Workbench, tmp_path: Path) -> None:
    """Only feedback shows it: what was read without it stays open to the reader."""
    first, second, disputed = gold(bench, tmp_path / "in")
    practise(bench, ("dalia",))
    read_all(bench, "dalia", "practice")
    bench.calibrating.feedback(DALIA, "practice", first)
    bench.calibrating.feedback(DALIA, "practice", first)
    open_round(bench, "second", ("dalia",))
    assert read_all(bench, "dalia", "second") == [second, disputed]
    (stuck,) = bench.assigning.stuck(LENA, "second")
    assert stuck.why == {"dalia": KeptAway.HAS_SEEN_READINGS}
    kinds = [event.kind for event in bench.browsing.log(LENA)]
    assert kinds.count("gold.shown") == 1
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_nobody_practises_on_what_they_are_reading(bench: Workbench, tmp_path: Path) -> None:
    """Gold would be before their eyes; once they have sent it the practice item comes."""
    first, second, _ = gold(bench, tmp_path / "in")
    open_round(bench, "second", ("dalia",), item_ids=(first,))
    task = bench.reviewing.next_item(DALIA, "second")
    assert task is not None
    practise(bench, ("dalia",))
    assert read_all(bench, "dalia", "practice") == [second]
    read_all(bench, "dalia", "second")
    assert read_all(bench, "dalia", "practice") == [first]


def test_a_changed_pass_mark_or_kind_is_found(bench: Workbench, tmp_path: Path) -> None:
    """Both are proven by the round's event."""
    gold(bench, tmp_path / "in")
    practise(bench, pass_mark=0.8)
    for change in ("pass_mark = 0.1", "kind = 'reading', pass_mark = NULL"):
        statement = f"UPDATE round SET {change} WHERE name = 'practice'"
        with bench.database.connection() as connection:
            connection.exec_driver_sql(statement)
        assert bench.browsing.verify(OPERATOR).problems


Figures = dict[str, Callable[[Workbench], object]]
FIGURES: Figures = {
    "disputes": lambda b: [d.model_dump() for d in b.adjudicating.disputes(CHEN)],
    "worst first": lambda b: [d.model_dump() for d in b.adjudicating.worst_first(CHEN)],
    "totals": lambda b: b.adjudicating.totals(LENA),
    "agreement": lambda b: [f.model_dump() for f in b.agreeing.by_field(EMIL)],
    "agreement of the practice": lambda b: [
        f.model_dump() for f in b.agreeing.by_field(EMIL, "practice")
    ],
    "agreement in every way": lambda b: b.agreeing.report(EMIL).model_dump(),
    "gold preview": lambda b: b.releasing.preview(LENA).model_dump(),
    "stale": lambda b: [d.model_dump() for d in b.releasing.stale(LENA, 1)],
    "release": lambda b: [g.model_dump() for g in b.releasing.page(LENA, 1)],
    "flow": lambda b: b.flowing.counts(LENA).places,
    "waiting": lambda b: b.browsing.waiting(LENA),
    "leaks": lambda b: b.leakage.page(CHEN).model_dump(),
    "counts": lambda b: b.browsing.counts(LENA),
    "story": lambda b: b.browsing.story(LENA, "test/diagnosis/000").model_dump(),
    "progress": lambda b: b.assigning.progress(LENA, "first").model_dump(),
    "own progress": lambda b: b.assigning.own_progress(AMARA, "first"),
    "pace": lambda b: b.sittings.pace(AMARA, "first").model_dump(),
}


def figures(bench: Workbench, folder: Path) -> dict[str, str]:
    """Return every figure of the study, and its export, as text."""
    found = {
        name: json.dumps(figure(bench), default=str, sort_keys=True)
        for name, figure in FIGURES.items()
    }
    written = bench.exporting.export(LENA, 1, folder).files
    return {**found, "export": (folder / written[0].path).read_text(encoding="utf-8")}


def test_practice_changes_no_figure_of_the_study_by_a_byte(
    bench: Workbench, tmp_path: Path
) -> None:
    """A wild practice reading of every reader, its feedback and a revision change nothing.

    Then a release of the same items is made: it is the same release, hash and all.
    """
    gold(bench, tmp_path / "in", 4)
    before = figures(bench, tmp_path / "before")
    practise(bench, pass_mark=0.5)
    for person in ALL:
        done = read_all(
            bench,
            person,
            "practice",
            verdict=Verdict.NOT_IN_EVIDENCE,
            flags=(FLAG,),
            recommendation=Recommendation.REJECT,
            comment="practice",
        )
        assert len(done) == 3
        for item_id in done:
            bench.calibrating.feedback(actor(person), "practice", item_id)
            task = bench.reviewing.task(actor(person), "practice", item_id)
            bench.reviewing.submit(
                actor(person),
                "practice",
                item_id,
                full_reading(task.item),
                item_version=1,
                idempotency_key=f"again-{person}-{item_id}",
            )
    after = figures(bench, tmp_path / "after")
    assert {name for name in before if before[name] != after[name]} == set()
    assert bench.releasing.release(LENA).release.sha256 == bench.releasing.get(LENA, 1).sha256
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_nobody_settles_practice(bench: Workbench, tmp_path: Path) -> None:
    """Its readings are not for an adjudicator, nor its item for the list of disputes."""
    first, *_ = gold(bench, tmp_path / "in")
    practise(bench, ("dalia",))
    read_all(bench, "dalia", "practice", verdict=Verdict.CONTRADICTED)
    with pytest.raises(NotAllowedError, match="practice"):
        bench.adjudicating.case(CHEN, "practice", first)
    assert list(bench.adjudicating.disputes(CHEN, "practice")) == []
