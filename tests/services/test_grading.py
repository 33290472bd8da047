"""Clinicians grade answers: blind, in turn, kept for ever, and proven by the chain."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from db import grading_chances, human_grades, people, predictions
from db.models import GradingSlotRow
from src.domain.errors import (
    BadInputError,
    ConflictError,
    DatabaseError,
    NotAllowedError,
    NotFoundError,
)
from src.domain.grading import DrawKind
from src.domain.human_grade import GradingBody, Word, graded, not_judged, noted
from src.domain.item import Track
from src.domain.people import OPERATOR, Role
from src.services.grading import GradingPlan, GradingTask
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, statements, write_items

AMARA, BENOIT, LENA, EMIL = (actor(who) for who in ("amara", "benoit", "lena", "emil"))
ITEMS = tuple(f"test/diagnosis/{n:03}" for n in range(1, 5))


def study(
    bench: Workbench,
    folder: Path,
    models: Sequence[str] = ("model-a", "model-b"),
    number: int = 4,
    judges: Sequence[str] = (),
) -> None:
    """Store items of a case each with three criteria, and an answer of each model to each.

    With judges, the first grades every criterion 1, and the others grade k1 of item 001 0.
    """
    lines = [item_line(f"{n:03}", case=f"case-{n}", images=[]) for n in range(1, number + 1)]
    assert bench.importing.store_file(OPERATOR, write_items(folder / "in", lines)).accepted
    for model in models:
        path = folder / f"{model}.jsonl"
        answers = [
            {
                "index": f"{n:03}",
                "prediction": f"I am {model} and say Erdheim-Chester disease ({n}).",
                "grades": [
                    {
                        "criterion_id": f"k{k}",
                        "judge": judge,
                        "value": 0 if place and n == 1 and k == 1 else 1,
                    }
                    for place, judge in enumerate(judges)
                    for k in (1, 2, 3)
                ],
            }
            for n in range(1, number + 1)
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in answers), encoding="utf-8")
        report = bench.predicting.store_file(EMIL, path, model=model, track=Track.DIAGNOSIS)
        assert report.accepted, report.problems


def make_set(bench: Workbench, name: str = "first", **plan: Any) -> None:
    """Open a set that amara and benoit both grade."""
    plan.setdefault("persons", ("amara", "benoit"))
    plan.setdefault("graders", 2)
    bench.grading.create(LENA, GradingPlan(name=name, seed=11, **plan))


def said(task: GradingTask, value: float | None = 1.0, note: str = "") -> GradingBody:
    """Return the same word on every criterion; None cannot judge."""
    word = Word(value=value, cannot=value is None, note=note)
    return GradingBody(words={c.criterion_id: word for c in task.criteria})


def grade_all(bench: Workbench, person: str, name: str = "first", value: float = 1.0) -> list[int]:
    """Let a person grade all that comes to them; return the places in order."""
    places = []
    while (task := bench.grading.next_answer(actor(person), name)) is not None:
        bench.grading.submit(
            actor(person), name, task.position, said(task, value),
            idempotency_key=f"{person}-{name}-{task.position}",
        )  # fmt: skip
        places.append(task.position)
    return places


def test_two_people_grade_every_answer_in_orders_of_their_own(
    bench: Workbench, tmp_path: Path
) -> None:
    """Eight answers of two models; each meets all eight, and all of it is proven."""
    study(bench, tmp_path)
    make_set(bench)

    amara, benoit = grade_all(bench, "amara"), grade_all(bench, "benoit", value=0.0)

    assert sorted(amara) == sorted(benoit) == list(range(1, 9))
    assert amara != benoit
    with bench.database.reading() as t:
        found = human_grades.on_items(t, ITEMS)
        one_model = human_grades.on_items(t, ITEMS, ("model-b",))
    assert len(found) == 2 * 8 * 3
    assert Counter(g.value for g in found) == {1.0: 24, 0.0: 24}
    assert {g.model for g in one_model} == {"model-b"}
    assert len(one_model) == 24
    assert all(g.blind for g in found)
    report = bench.browsing.verify(OPERATOR)
    assert report.problems == ()
    [progress] = bench.grading.all_of(LENA)
    assert (progress.done, progress.asked) == ({"amara": 8, "benoit": 8}, 16)


def test_of_some_answers_two_people_grade_only_a_random_part(
    bench: Workbench, tmp_path: Path
) -> None:
    """A quarter of eight answers by both, the others by one: 10 gradings; the chain proves it."""
    study(bench, tmp_path)
    make_set(bench, overlap=0.25)

    for who in ("amara", "benoit"):
        assert bench.grading.own_progress(actor(who), "first") == (0, 5)
    done = grade_all(bench, "amara") + grade_all(bench, "benoit")

    [progress] = bench.grading.all_of(LENA)
    assert progress.asked == sum(progress.done.values()) == 10
    assert Counter(Counter(done).values()) == {1: 6, 2: 2}
    assert bench.browsing.verify(OPERATOR).problems == ()
    with bench.database.transaction() as t:
        t.execute(text("DELETE FROM grading_slot WHERE position = 8"))
    problems = bench.browsing.verify(OPERATOR).problems
    assert any("slots of answer 8 in 'first' do not add up" in p for p in map(str, problems))


def test_a_forecast_says_what_the_set_will_be_and_opens_nothing(
    bench: Workbench, tmp_path: Path
) -> None:
    """The same seed then opens a set of as many answers and gradings."""
    study(bench, tmp_path)
    plan = GradingPlan(
        name="first", graders=2, overlap=0.5, persons=("amara", "benoit"), sample=5, draw="simple"
    )

    seen = bench.grading.forecast(LENA, plan)

    assert bench.grading.all_of(LENA) == []
    assert (seen.answers, seen.of, seen.gradings, seen.grades, seen.each) == (5, 8, 8, 24, 4)
    made = bench.grading.create(LENA, plan.model_copy(update={"seed": seen.seed}))
    assert (made.answers, made.gradings) == (seen.answers, seen.gradings)
    with pytest.raises(ConflictError, match="already a grading set 'first'"):
        bench.grading.forecast(LENA, plan)
    with pytest.raises(BadInputError, match="between 0 and 1"):
        bench.grading.forecast(LENA, plan.model_copy(update={"name": "b", "overlap": 1.5}))


def test_what_a_grader_gets_names_no_model_judge_or_reference(
    bench: Workbench, tmp_path: Path
) -> None:
    """Only what the answer itself says of its maker is there, as it is written."""
    study(bench, tmp_path, judges=("judge-a",))
    make_set(bench)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    sent = task.model_dump_json()
    assert task.answer.startswith("I am model-")
    for secret in ("judge-a", "lena", "benoit", "case-", "inclusion"):
        assert secret not in sent.replace(task.answer, ""), secret
    assert "model-" not in sent.replace(json.dumps(task.answer)[1:-1], "")
    assert task.view.item.content.answer == ""
    assert task.view.item.claims == ()
    assert [c.criterion_id for c in task.criteria] == ["k1", "k2", "k3"]


def test_a_slot_has_one_grader_and_an_answer_as_many_as_asked(
    bench: Workbench, tmp_path: Path
) -> None:
    """With one grader each, two people share the answers out and nobody repeats another."""
    study(bench, tmp_path)
    make_set(bench, graders=1)
    done: list[int] = []
    while True:
        found = [bench.grading.next_answer(actor(who), "first") for who in ("amara", "benoit")]
        if found == [None, None]:
            break
        for who, task in zip(("amara", "benoit"), found, strict=True):
            if task is not None:
                assert bench.grading.next_answer(actor(who), "first") == task
                bench.grading.submit(
                    actor(who), "first", task.position, said(task),
                    idempotency_key=f"{who} {task.position}",
                )  # fmt: skip
                done.append(task.position)
    assert sorted(done) == list(range(1, 9))
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_draft_is_kept_word_for_word_and_sent_as_it_stands(
    bench: Workbench, tmp_path: Path
) -> None:
    """Each change is stored upon what is stored by then, also from two windows."""
    study(bench, tmp_path)
    make_set(bench)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    place = task.position
    keep = bench.grading.keep_draft
    keep(AMARA, "first", place, lambda b, c: graded(b, c, 1.0), "k1")
    keep(AMARA, "first", place, not_judged, "k2")
    keep(AMARA, "first", place, lambda b, c: noted(b, c, "Half of it “µ” 🩺"), "k2")
    with pytest.raises(BadInputError, match="Criterion 3 is not graded yet"):
        bench.grading.submit(AMARA, "first", place, idempotency_key="a")
    keep(AMARA, "first", place, lambda b, c: graded(b, c, 0.0), "k3")
    with pytest.raises(BadInputError, match="no step"):
        keep(AMARA, "first", place, lambda b, c: graded(b, c, 0.5), "k3")
    with pytest.raises(NotFoundError, match="no criterion"):
        keep(AMARA, "first", place, not_judged, "k9")

    resumed = bench.grading.next_answer(AMARA, "first")
    assert resumed is not None
    assert resumed.position == place
    assert resumed.body.word("k2") == Word(cannot=True, note="Half of it “µ” 🩺")
    receipt = bench.grading.submit(AMARA, "first", place, idempotency_key="a")

    assert receipt.number == 1
    again = bench.grading.task(AMARA, "first", place)
    assert (again.body, again.saved_at, again.receipt) == (resumed.body, None, receipt)
    assert bench.grading.own_progress(AMARA, "first") == (1, 8)


def test_the_same_act_twice_is_stored_once(bench: Workbench, tmp_path: Path) -> None:
    """By its key, and by its words; a key of something else is refused."""
    study(bench, tmp_path)
    make_set(bench)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    first = bench.grading.submit(AMARA, "first", task.position, said(task), idempotency_key="x")
    for key in ("x", "y"):
        same = bench.grading.submit(AMARA, "first", task.position, said(task), idempotency_key=key)
        assert same == first
    following = bench.grading.next_answer(AMARA, "first")
    assert following is not None
    with pytest.raises(ConflictError, match="another grading"):
        bench.grading.submit(
            AMARA, "first", following.position, said(following), idempotency_key="x"
        )
    with bench.database.reading() as t:
        assert len(human_grades.on_items(t, ITEMS)) == 3


def test_a_revision_supersedes_and_nothing_is_overwritten(bench: Workbench, tmp_path: Path) -> None:
    """The newest word counts; the older rows stay, and no statement can change one."""
    study(bench, tmp_path)
    make_set(bench)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    place = task.position
    bench.grading.submit(AMARA, "first", place, said(task, note="first"), idempotency_key="1")
    second = bench.grading.submit(AMARA, "first", place, said(task, 0.0), idempotency_key="2")
    assert second.number == 2
    with bench.database.reading() as t:
        found = human_grades.on_items(t, ITEMS)
        rows = t.execute(text("SELECT count(*) FROM human_grade")).scalar()
    assert ([(g.value, g.note) for g in found], rows) == ([(0.0, "")] * 3, 6)
    assert bench.grading.own_progress(AMARA, "first") == (1, 8)
    for statement in ("UPDATE human_grade SET value = 1", "DELETE FROM grading_answer"):
        with pytest.raises(DatabaseError, match="never changed"), bench.database.transaction() as t:
            t.execute(text(statement))
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_verification_finds_what_was_changed_behind_the_program(
    bench: Workbench, tmp_path: Path
) -> None:
    """A grade, an answer's chance, a slot and a note, each changed with its guard taken off."""
    if not bench.database.is_sqlite:
        pytest.skip("the guards are taken off by SQLite's own statements")
    study(bench, tmp_path)
    make_set(bench)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    bench.grading.submit(
        AMARA, "first", task.position, said(task, note="seen"), idempotency_key="1"
    )
    changes = {
        "DROP TRIGGER human_grade_no_update": "UPDATE human_grade SET value = 0 "
        "WHERE criterion_id = 'k1'",
        "DROP TRIGGER grading_answer_no_update": "UPDATE grading_answer SET "
        "inclusion_probability = 0.5 WHERE position = 1",
        "DROP TRIGGER human_grade_no_delete": "DELETE FROM human_grade WHERE criterion_id = 'k2'",
        "SELECT 1": "DELETE FROM grading_slot WHERE position = 8 AND number = 2",
    }
    for guard, change in changes.items():
        with bench.database.transaction() as t:
            t.execute(text(guard))
            t.execute(text(change))
    found = " ".join(bench.browsing.verify(OPERATOR).problems)
    for wanted in ("not what its event proves", "answers or people", "is gone", "do not add up"):
        assert wanted in found


def test_verification_finds_an_answer_passed_over_that_was_taken_away(
    bench: Workbench, tmp_path: Path
) -> None:
    """Its chance would be forgotten, and every answer another set drew would weigh more."""
    if not bench.database.is_sqlite:
        pytest.skip("the guards are taken off by SQLite's own statements")
    study(bench, tmp_path)
    make_set(bench, draw=DrawKind.SIMPLE, sample=2)
    assert bench.browsing.verify(OPERATOR).problems == ()
    with bench.database.transaction() as t:
        t.execute(text("DROP TRIGGER grading_passed_no_delete"))
        t.execute(text("DELETE FROM grading_passed WHERE item_id = 'test/diagnosis/001'"))
    assert "answers or people" in " ".join(bench.browsing.verify(OPERATOR).problems)


def test_who_reads_an_item_grades_its_answers_only_after_they_have_sent_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """While the reading is open, its answers are kept from them; and never a case of conflict."""
    study(bench, tmp_path, number=2)
    open_round(bench, "reading", persons=("amara",))
    held = bench.reviewing.next_item(AMARA, "reading")
    assert held is not None
    make_set(bench)
    seen = []
    while (task := bench.grading.next_answer(AMARA, "first")) is not None:
        assert task.view.item.item_id != held.item.item_id
        bench.grading.submit(
            AMARA, "first", task.position, said(task), idempotency_key=f"{task.position}"
        )
        seen.append(task.view.item.item_id)
    assert len(seen) == 2
    read_all(bench, "amara", "reading")
    assert bench.grading.next_answer(AMARA, "first") is not None


def later(bench: Workbench, **time: float) -> None:
    """Let time pass."""
    bench.clock.now += timedelta(**time)  # type: ignore[attr-defined]


def test_an_answer_left_untouched_goes_to_somebody_else(bench: Workbench, tmp_path: Path) -> None:
    """After an hour without a word or a look; what its first grader types then is kept too."""
    study(bench, tmp_path, models=("model-a",), number=1)
    make_set(bench, graders=1)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    later(bench, minutes=50)
    assert bench.grading.next_answer(AMARA, "first") == task
    later(bench, minutes=50)
    assert bench.grading.next_answer(BENOIT, "first") is None
    later(bench, minutes=20)
    assert bench.grading.next_answer(BENOIT, "first") is not None
    with pytest.raises(NotFoundError, match="hold no answer"):
        bench.grading.task(AMARA, "first", task.position)
    bench.grading.keep_draft(AMARA, "first", task.position, not_judged, "k1")
    assert bench.grading.task(AMARA, "first", task.position).body.word("k1").cannot
    for who in (AMARA, BENOIT):
        bench.grading.submit(who, "first", task.position, said(task), idempotency_key=who.person_id)
    assert bench.grading.all_of(LENA)[0].done == {"amara": 1, "benoit": 1}
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_grading_that_rests_is_taken_over_once_nothing_else_is_left(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two hours after its last word; who began it keeps the draft and can still send it."""
    study(bench, tmp_path, models=("model-a",), number=2)
    make_set(bench, persons=("amara", "benoit", "dalia"), graders=1)
    begun = bench.grading.next_answer(AMARA, "first")
    assert begun is not None
    bench.grading.keep_draft(AMARA, "first", begun.position, not_judged, "k1")
    [other] = grade_all(bench, "benoit")
    assert other != begun.position
    later(bench, hours=1.9)
    assert grade_all(bench, "benoit") == []
    later(bench, hours=0.2)
    assert grade_all(bench, "benoit") == [begun.position]
    assert grade_all(bench, "dalia") == []
    assert bench.grading.next_answer(AMARA, "first").body.word("k1").cannot  # type: ignore[union-attr]
    bench.grading.submit(AMARA, "first", begun.position, said(begun), idempotency_key="late")
    [progress] = bench.grading.all_of(LENA)
    assert (progress.asked, progress.done) == (2, {"amara": 1, "benoit": 2})
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_an_answer_is_given_back_and_comes_again_with_what_was_said_of_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """At the end, if nobody took it; one that was sent cannot be given back."""
    study(bench, tmp_path, models=("model-a",), number=2)
    make_set(bench, persons=("amara",), graders=1)
    first = bench.grading.next_answer(AMARA, "first")
    assert first is not None
    bench.grading.keep_draft(AMARA, "first", first.position, not_judged, "k2")
    bench.grading.give_back(AMARA, "first", first.position)
    second = bench.grading.next_answer(AMARA, "first")
    assert second is not None
    assert second.position != first.position
    bench.grading.submit(AMARA, "first", second.position, said(second), idempotency_key="2")
    with pytest.raises(ConflictError, match="sent this answer already"):
        bench.grading.give_back(AMARA, "first", second.position)
    again = bench.grading.next_answer(AMARA, "first")
    assert again is not None
    assert (again.position, again.body.word("k2").cannot) == (first.position, True)
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_nobody_takes_an_answer_that_did_not_come_to_them(bench: Workbench, tmp_path: Path) -> None:
    """Not by its number either, though it is open; nor one of a case they have a conflict with."""
    study(bench, tmp_path, models=("model-a",), number=4)
    make_set(bench, persons=("amara", "benoit"), graders=1)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    for position in {1, 2, 3, 4} - {task.position}:
        with pytest.raises(NotFoundError, match="hold no answer"):
            bench.grading.keep_draft(AMARA, "first", position, not_judged, "k1")
    bench.grading.give_back(AMARA, "first", task.position)
    with bench.database.transaction() as t:
        number = int(task.view.item.item_id[-3:])
        people.add_conflict(t, "amara", f"case-{number}", "treated")
    with pytest.raises(NotFoundError, match="hold no answer"):
        bench.grading.keep_draft(AMARA, "first", task.position, not_judged, "k1")


def test_a_closed_set_gives_out_nothing_and_takes_what_was_begun(
    bench: Workbench, tmp_path: Path
) -> None:
    """And is no work any more, until it is opened again."""
    study(bench, tmp_path)
    make_set(bench)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    assert bench.grading.has_work(AMARA)
    bench.grading.close(LENA, "first")
    with pytest.raises(NotAllowedError, match="closed"):
        bench.grading.next_answer(AMARA, "first")
    bench.grading.submit(AMARA, "first", task.position, said(task), idempotency_key="1")
    assert not bench.grading.has_work(AMARA)
    assert bench.grading.own_sets(AMARA) == []
    with pytest.raises(ConflictError, match="closed already"):
        bench.grading.close(LENA, "first")
    bench.grading.reopen(LENA, "first")
    assert bench.grading.own_sets(AMARA) == ["first"]


def test_only_who_is_named_and_active_grades(bench: Workbench, tmp_path: Path) -> None:
    """Whether there is such a set is not told to others."""
    study(bench, tmp_path)
    make_set(bench, persons=("amara",), graders=1)
    for stranger in (BENOIT, actor("dalia")):
        with pytest.raises(NotFoundError, match="no set"):
            bench.grading.next_answer(stranger, "first")
        with pytest.raises(NotFoundError, match="hold no answer"):
            bench.grading.task(stranger, "first", 1)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    bench.people.set_active(OPERATOR, "amara", False)
    with pytest.raises(NotAllowedError, match="active"):
        bench.grading.submit(AMARA, "first", task.position, said(task), idempotency_key="1")


def test_who_can_see_scores_does_not_grade_blind(bench: Workbench, tmp_path: Path) -> None:
    """Their grades are kept, and marked."""
    study(bench, tmp_path, models=("model-a",), number=1)
    bench.people.set_roles(OPERATOR, "benoit", [Role.REVIEWER, Role.EVALUATOR])
    make_set(bench)
    plan = GradingPlan(name="next", graders=1, persons=("amara", "benoit"))
    for told in (
        bench.grading.not_blind(LENA, "first"),
        bench.grading.forecast(LENA, plan).not_blind,
    ):
        assert len(told) == 1
        assert told[0].startswith("Beno")
    grade_all(bench, "amara")
    both = bench.people.actor("benoit")
    task = bench.grading.next_answer(both, "first")
    assert task is not None
    bench.grading.submit(both, "first", task.position, said(task), idempotency_key="b")
    with bench.database.reading() as t:
        blind = {g.person_id: g.blind for g in human_grades.on_items(t, ITEMS)}
    assert blind == {"amara": True, "benoit": False}


def test_an_uncertain_draw_prefers_what_judges_differ_on_and_writes_down_the_chances(
    bench: Workbench, tmp_path: Path
) -> None:
    """Item 001 has doubt 1/3, the others the least, 0.1: of 2 of 4, chances 1 and 1/3."""
    study(bench, tmp_path, models=("model-a",), judges=("judge-a", "judge-b"))
    make_set(bench, draw=DrawKind.UNCERTAIN, sample=2)
    grade_all(bench, "amara")
    by_item = {item_id: chance for (_, item_id, _), chance in chances(bench).items()}
    assert by_item.pop("test/diagnosis/001") == 1.0
    assert list(by_item.values()) == [pytest.approx(1 / 3)]


def test_an_uncertain_draw_needs_two_judges(bench: Workbench, tmp_path: Path) -> None:
    """With one, or with a panel that names only one, there is no doubt to go by."""
    study(bench, tmp_path, models=("model-a",), judges=("judge-a",))
    with pytest.raises(BadInputError, match="two judges"):
        make_set(bench, draw=DrawKind.UNCERTAIN, sample=2)


def chances(bench: Workbench) -> dict[tuple[str, str, str], float]:
    """Return the chance of every graded answer to the items."""
    with bench.database.reading() as t:
        return grading_chances.chances_on(t, ITEMS)


def test_an_answer_has_the_same_chance_whichever_set_drew_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """Of eight, two and four, each graded whole: 1 - 3/4 x 1/2 for all that is graded."""
    study(bench, tmp_path)
    make_set(bench, "first", draw=DrawKind.SIMPLE, sample=2)
    grade_all(bench, "amara", "first")
    assert set(chances(bench).values()) == {0.25}
    make_set(bench, "second", draw=DrawKind.SIMPLE, sample=4)
    grade_all(bench, "amara", "second")
    found = chances(bench)
    assert len(found) >= 4
    assert set(found.values()) == {1 - 0.75 * 0.5}


def test_a_set_nobody_graded_in_changes_no_chance_and_one_graded_in_part_counts_as_far_as_it_is(
    bench: Workbench, tmp_path: Path
) -> None:
    """One of four answers of the second set is graded: its chance there is 1/2 x 1/4."""
    study(bench, tmp_path)
    make_set(bench, "first", draw=DrawKind.SIMPLE, sample=2)
    grade_all(bench, "amara", "first")
    before = chances(bench)
    make_set(bench, "second", draw=DrawKind.SIMPLE, sample=4)
    assert chances(bench) == before
    task = bench.grading.next_answer(AMARA, "second")
    assert task is not None
    bench.grading.submit(AMARA, "second", task.position, said(task), idempotency_key="2")
    assert set(chances(bench).values()) == {1 - 0.75 * 0.875}


def test_an_answer_a_set_could_not_draw_keeps_the_chance_it_had(
    bench: Workbench, tmp_path: Path
) -> None:
    """The second set is drawn from item 001 only, where it takes one of two answers."""
    study(bench, tmp_path)
    make_set(bench, "first", draw=DrawKind.SIMPLE, sample=6)
    grade_all(bench, "amara", "first")
    make_set(bench, "second", draw=DrawKind.SIMPLE, sample=1, item_ids=ITEMS[:1])
    grade_all(bench, "amara", "second")
    for (_, item_id, _), chance in chances(bench).items():
        assert chance == pytest.approx(0.875 if item_id == ITEMS[0] else 0.75)


def test_grades_a_file_brought_count_as_certain(bench: Workbench, tmp_path: Path) -> None:
    """Whether or not a set could have drawn their answer."""
    study(bench, tmp_path)
    make_set(bench, draw=DrawKind.SIMPLE, sample=2)
    grade_all(bench, "amara")
    drawn = set(chances(bench))
    with bench.database.transaction() as t:
        answer = next(
            one
            for one in predictions.answers(t, "full", ITEMS)
            if (one.model, one.item_id, one.sha256) not in drawn
        )
        (grade, *_) = human_grades.on_items(t, ITEMS)
        brought = grade.model_copy(
            update={
                "model": answer.model,
                "item_id": answer.item_id,
                "prediction_sha256": answer.sha256,
            }
        )
        human_grades.add(t, [brought], grading_set=None, number=99, idempotency_key="file")
    found = chances(bench)
    assert found.pop((answer.model, answer.item_id, answer.sha256)) == 1.0
    assert set(found.values()) == {0.25}


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ({"graders": 3}, "no more than are named"),
        ({"persons": ("chen",), "graders": 1}, "no active reviewer"),
        ({"models": ("nobody",)}, "no model"),
        ({"item_ids": ("test/diagnosis/999",)}, "no item"),
        ({"condition": "blind"}, "no condition"),
        ({"condition": "text"}, "no answer to grade"),
        ({"draw": DrawKind.SIMPLE}, "cannot be drawn"),
        ({"draw": DrawKind.SIMPLE, "sample": 9}, "cannot be drawn"),
        ({"sample": 2}, "needs a draw"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(
    bench: Workbench, tmp_path: Path, plan: dict[str, Any], says: str
) -> None:
    """And nothing is stored."""
    study(bench, tmp_path)
    with pytest.raises(BadInputError, match=says):
        make_set(bench, **plan)
    assert bench.grading.all_of(LENA) == []


def test_answers_to_other_content_are_not_graded(bench: Workbench, tmp_path: Path) -> None:
    """A new context makes what was answered before an answer to another version."""
    study(bench, tmp_path, models=("model-a",), number=2)
    changed = item_line("001", case="case-1", images=[], context="Another context.")
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "new", [changed]))
    make_set(bench)
    task = bench.grading.next_answer(AMARA, "first")
    assert task is not None
    assert task.view.item.item_id == "test/diagnosis/002"
    assert bench.grading.own_progress(AMARA, "first") == (0, 1)


def test_the_next_answer_costs_the_same_whatever_was_graded(
    bench: Workbench, tmp_path: Path
) -> None:
    """Statements for the first and for the last of sixty answers."""
    study(bench, tmp_path, models=("model-a",), number=60)
    make_set(bench, persons=("amara",), graders=1)
    counts = []
    for n in range(60):
        with statements(bench) as ran:
            task = bench.grading.next_answer(AMARA, "first")
        counts.append(len(ran))
        assert task is not None
        bench.grading.submit(AMARA, "first", task.position, said(task), idempotency_key=f"{n}")
    assert max(counts) - min(counts) <= 1


def test_asked_once_more_in_another_set_a_grader_begins_anew(
    bench: Workbench, tmp_path: Path
) -> None:
    """What they said before is not laid before them; afterwards the newest word counts."""
    study(bench, tmp_path, models=("model-a",), number=1)
    make_set(bench, "first", persons=("amara",), graders=1)
    make_set(bench, "again", persons=("amara",), graders=1)
    grade_all(bench, "amara", "first", 1.0)
    task = bench.grading.next_answer(AMARA, "again")
    assert task is not None
    assert (task.body, task.receipt) == (GradingBody(), None)
    grade_all(bench, "amara", "again", 0.0)
    with bench.database.reading() as t:
        assert {g.value for g in human_grades.on_items(t, ITEMS)} == {0.0}
    assert bench.grading.task(AMARA, "first", 1).body == said(task, 1.0)


def test_the_list_of_sets_asks_the_database_as_often_for_many_as_for_two(
    bench: Workbench, tmp_path: Path
) -> None:
    """And tells of each how far its people are; a part of it can be asked for."""
    study(bench, tmp_path, models=("model-a",), number=1)
    counts = []
    for number in range(6):
        make_set(bench, f"set {number}")
        grade_all(bench, "amara", f"set {number}")
        with statements(bench) as ran:
            found = bench.grading.all_of(LENA)
        counts.append(len(ran))
    assert len(set(counts)) == 1
    assert [(p.grading_set.name, p.grading_set.persons, p.done) for p in found][::5] == [
        (name, ("amara", "benoit"), {"amara": 1}) for name in ("set 5", "set 0")
    ]
    part = bench.grading.all_of(LENA, size=2, after=1)
    assert [p.grading_set.name for p in part] == ["set 4", "set 3"]


def test_a_slot_more_than_a_set_asks_for_that_nobody_was_given_is_found(
    bench: Workbench, tmp_path: Path
) -> None:
    """Slots that were taken over have events; one that somebody wrote into the file has none."""
    study(bench, tmp_path, models=("model-a",), number=1)
    make_set(bench, graders=1)
    with bench.database.transaction() as t:
        t.add(GradingSlotRow(grading_set="first", position=1, number=2, state="open"))
    [problem] = bench.browsing.verify(OPERATOR).problems
    assert "is not what its set asks for" in problem


def test_a_role_given_later_turns_no_grade_into_an_adjudicator_s(
    bench: Workbench, tmp_path: Path
) -> None:
    """Who graded as a reader and rules from now on: old words weigh as before, new ones rule."""
    study(bench, tmp_path, models=("model-a",), number=1)
    make_set(bench)
    grade_all(bench, "amara")
    bench.people.set_roles(OPERATOR, "amara", frozenset({Role.REVIEWER, Role.ADJUDICATOR}))
    make_set(bench, "second")
    with bench.database.reading() as t:
        assert {grade.adjudicated for grade in human_grades.on_items(t, ITEMS[:1])} == {False}

    grade_all(bench, "amara", "second")

    with bench.database.reading() as t:
        assert {grade.adjudicated for grade in human_grades.on_items(t, ITEMS[:1])} == {True}
    assert bench.browsing.verify(OPERATOR).problems == ()
