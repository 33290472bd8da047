"""What a what-if says beforehand is what the leaderboard shows once it has become gold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from db import predictions
from src.domain.item import Track
from src.domain.judging.question import asked_sha256
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.prediction import Grade
from src.domain.review import (
    AddedCriterion,
    Check,
    CheckAnswer,
    Proposals,
    Recommendation,
)
from src.domain.scoring.board import Basis
from src.domain.scoring.sheet import Policy
from src.domain.scoring.what_if import Outcome
from src.services.adjudicating import Ruling
from src.services.what_if import CriterionEdit, Edit
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all
from tests.services.test_scoring import CRITERIA, EMIL, answer, edit, graded, store, treatment

TREATMENT, DIAGNOSIS = "test/treatment/001", "test/diagnosis/001"
RARE = "Polyostotic sclerosing histiocytosis"
LENA = actor("lena")
OMAR = Actor(person_id="omar", roles=frozenset({Role.ADJUDICATOR, Role.LEAD}))
Standing = dict[str, tuple[float | None, int | None, int]]
"""Model -> its score, its rank, and of how many items the score is the mean."""
FLAG = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
NOT_CORRECT = {Check.ANSWER_CORRECT: CheckAnswer.NO}
NOT_ANSWERABLE = {Check.ANSWER_CORRECT: CheckAnswer.YES, Check.ANSWERABLE: CheckAnswer.NO}
READINGS: Mapping[str, dict[str, Any]] = {
    "as it is": {},
    "rejected": {"recommendation": Recommendation.REJECT, "comment": "No."},
    "accepted again": {},
    "not answerable": {"checks": NOT_ANSWERABLE},
    "not answerable, with another answer": {
        "checks": NOT_ANSWERABLE,
        "proposals": Proposals(answer="Something else"),
    },
    "a wrong answer": {"checks": NOT_CORRECT},
    "a wrong answer put right": {
        "checks": NOT_CORRECT,
        "proposals": Proposals(answer="Sarcoidosis"),
    },
    "another answer": {"proposals": Proposals(answer="Sarcoidosis")},
    "another answer and a further name of the old": {
        "proposals": Proposals(answer="Sarcoidosis", aliases=("ECD",))
    },
    "a further name": {"proposals": Proposals(aliases=(RARE,))},
    "another code": {"proposals": Proposals(orpha_code="797")},
    "another answer and its code": {"proposals": Proposals(answer="Sarcoidosis", orpha_code="797")},
    "another question": {"proposals": Proposals(question="What does she have?")},
    "another caption": {"proposals": Proposals(captions={1: "A scan of the legs"})},
    "another order of the images": {"proposals": Proposals(image_order=(2, 1))},
    "a criterion fewer and one reweighted": {
        "criteria": (edit("k1", "delete"), edit("k2", "edit", points=4.0))
    },
    "an error only": {"criteria": (edit("k1", "delete"), edit("k2", "delete"))},
    "a criterion more": {"added_criteria": (AddedCriterion(text="Asks for a biopsy", points=0.0),)},
    "a leak": {"flags": (FLAG,)},
    "after the leak": {},
}
"""Readings one after the other, each of another reader alone."""


def standing(bench: Workbench, track: Track) -> Standing:
    """Return how the leaderboard has the models on gold, before a release as imported."""
    basis: Basis = "gold" if bench.releasing.all_of(LENA) else "import"
    rows = bench.scoring.leaderboard(EMIL, basis=basis)
    return {
        row.model: (None if row.value is None else pytest.approx(row.value), row.rank, row.n)
        for row in rows
        if (row.track, row.measure) == (track, "strict_score")
    }


def before(outcome: Outcome) -> Standing:
    """Return how a what-if has the models now."""
    return {m.model: (m.before, m.rank_before, m.items_before) for m in outcome.models}


def after(outcome: Outcome) -> Standing:
    """Return how a what-if has them then."""
    return {m.model: (m.after, m.rank_after, m.items_after) for m in outcome.models}


def release_the_other(bench: Workbench, item_id: str) -> None:
    """Let the second item be read as it is, and freeze a release of it."""
    open_round(bench, "other", ("amara",), item_ids=(item_id.replace("001", "002"),))
    read_all(bench, "amara", "other")
    bench.releasing.release(LENA)


def exclusions(bench: Workbench, track: Track) -> set[str]:
    """Return why items are excluded on gold."""
    rows = bench.scoring.leaderboard(EMIL, basis="gold")
    return {why for row in rows if row.track is track for why in row.exclusions}


def evaluator(bench: Workbench, person_id: str) -> Actor:
    """Add a reader who may see scores."""
    roles = frozenset({Role.REVIEWER, Role.EVALUATOR})
    bench.people.add(OPERATOR, Person(person_id=person_id, display_name=person_id, roles=roles))
    return Actor(person_id=person_id, roles=roles)


def read_alone(bench: Workbench, person_id: str, item_id: str, **reading: Any) -> Outcome:
    """Let a new reader alone read an item in a round of theirs; return what it would do."""
    reader = evaluator(bench, person_id)
    open_round(bench, person_id, (person_id,), item_ids=(item_id,))
    task = bench.reviewing.next_item(reader, person_id)
    assert task is not None
    body = full_reading(task.item, **reading)
    bench.reviewing.submit(
        reader,
        person_id,
        item_id,
        body,
        item_version=task.item.version,
        idempotency_key=person_id,
    )
    return bench.what_ifs.of_own_reading(reader, person_id, item_id, body)


def diseases(bench: Workbench, folder: Path) -> None:
    """Store two diagnosis items, and models with four ways to name one."""
    store(bench, folder, [item_line("001"), item_line("002", case="case-2")])
    for model, said, grades in (
        ("model-a", "Erdheim-Chester disease", (1, 0, 0)),
        ("model-b", "Sarcoidosis", (0, 1, 0)),
        ("model-c", RARE, (1, 1, 1)),
        ("model-k", "ORPHA:35687", (0, 0, 0)),
    ):
        lines = [graded("001", *grades, text=said), graded("002", 1, 0, 1, text=said)]
        answer(bench, folder, lines, model, Track.DIAGNOSIS)


def plans(bench: Workbench, folder: Path) -> None:
    """Store two treatment items, one right and one wrong answer to the first."""
    store(bench, folder, [treatment("001"), treatment("002", "case-2")])
    answer(bench, folder, [graded("001", 1, 1, 1, 0), graded("002", 0, 0, 0, 0)], "model-a")
    answer(bench, folder, [graded("001", 0, 0, 0, 0), graded("002", 1, 1, 1, 0)], "model-b")


@pytest.mark.parametrize("track", [Track.DIAGNOSIS, Track.TREATMENT], ids=str)
def test_what_a_reading_does_is_what_the_leaderboard_shows_once_it_is_gold(
    bench: Workbench, tmp_path: Path, track: Track
) -> None:
    """Whatever it says, and whatever the release before it made of the item.

    Only a score that waits for grades is given within bounds; as many answers have none then.
    """
    diseases(bench, tmp_path) if track is Track.DIAGNOSIS else plans(bench, tmp_path)
    item_id = f"test/{track.value}/001"
    release_the_other(bench, item_id)
    for number, (name, reading) in enumerate(READINGS.items()):
        was = standing(bench, track)
        outcome = read_alone(bench, f"reader-{number}", item_id, **reading)
        bench.releasing.release(LENA)
        assert before(outcome) == was, name
        assert {outcome.left_out_then} - {""} == exclusions(bench, track), name
        rows = bench.scoring.leaderboard(EMIL, basis="gold")
        waiting = sum(
            count
            for row in rows
            for why, count in row.reasons.items()
            if why == "criterion added: no grade yet"
        )
        assert outcome.grades_needed == waiting, name
        if not waiting:
            assert after(outcome) == standing(bench, track), name


EDITS: Mapping[str, tuple[Edit, dict[str, Any]]] = {
    "points and activity": (
        Edit(
            criteria=(
                CriterionEdit(criterion_id="k1", active=False),
                CriterionEdit(criterion_id="k2", points=4.0),
            )
        ),
        {"criteria": (edit("k1", "delete"), edit("k2", "edit", points=4.0))},
    ),
    "a further name": (Edit(names=(RARE,)), {"proposals": Proposals(aliases=(RARE,))}),
    "left out": (
        Edit(excluded=True),
        {"recommendation": Recommendation.REJECT, "comment": "No."},
    ),
}
"""Edits, and the reading that asks for the same."""


def test_an_edit_does_what_a_reading_that_says_the_same_does(
    bench: Workbench, tmp_path: Path
) -> None:
    """On an item that is in no release, and on gold as it was imported."""
    diseases(bench, tmp_path)
    for number, (name, (wanted, reading)) in enumerate(EDITS.items()):
        outcome = bench.what_ifs.on_item(EMIL, DIAGNOSIS, wanted)
        read_alone(bench, f"reader-{number}", DIAGNOSIS, **reading)
        bench.releasing.release(LENA)
        assert after(outcome) == standing(bench, Track.DIAGNOSIS), name
        read_alone(bench, f"as-it-is-{number}", DIAGNOSIS)
        bench.releasing.release(LENA)


def test_a_further_name_leaves_the_names_people_and_the_ontology_give(
    bench: Workbench, tmp_path: Path
) -> None:
    """And what a person ruled of a name: an unrelated name changes nothing at all."""
    diseases(bench, tmp_path)
    answer(
        bench,
        tmp_path,
        [graded("001", 1, 1, 0, text="Erdheim disease")],
        "model-d",
        Track.DIAGNOSIS,
    )
    unrelated = Edit(names=("Gout",))
    table = tmp_path / "orphanet.tsv"
    head = "orpha_code\tpreferred_term\tsynonyms\n"
    table.write_text(f"{head}35687\tErdheim-Chester disease\tLipogranulomatosis of Chester\n")
    for known in (
        lambda: bench.ontologies.add_alias(LENA, f"item:{DIAGNOSIS}", RARE),
        lambda: bench.matching.accept(EMIL, DIAGNOSIS, "Erdheim disease"),
        lambda: bench.ontologies.store_file(LENA, table),
    ):
        known()
        now = standing(bench, Track.DIAGNOSIS)
        for asked in (Edit(), unrelated, points("k1", 1.0)):
            outcome = bench.what_ifs.on_item(EMIL, DIAGNOSIS, asked)
            assert before(outcome) == after(outcome) == now
    text = "Lipogranulomatosis of Chester"
    answer(bench, tmp_path, [graded("001", 1, 1, 0, text=text)], "model-e", Track.DIAGNOSIS)
    now = standing(bench, Track.DIAGNOSIS)
    assert now["model-e"][0] == pytest.approx(1.0)
    assert after(bench.what_ifs.on_item(EMIL, DIAGNOSIS, unrelated)) == now


def points(criterion_id: str, value: float) -> Edit:
    """Return an edit of one criterion's points."""
    return Edit(criteria=(CriterionEdit(criterion_id=criterion_id, points=value),))


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        ({"recommendation": Recommendation.REJECT, "comment": "No."}, "rejected in review"),
        ({"checks": NOT_ANSWERABLE}, "unanswerable"),
        ({"checks": NOT_CORRECT}, "answer wrong"),
        ({"flags": (FLAG,)}, "leakage confirmed"),
    ],
    ids=["rejected", "not answerable", "wrong", "leak"],
)
def test_no_edit_brings_back_an_item_that_does_not_count(
    bench: Workbench, tmp_path: Path, reading: dict[str, Any], why: str
) -> None:
    """And it is said why it does not."""
    diseases(bench, tmp_path)
    release_the_other(bench, DIAGNOSIS)
    read_alone(bench, "reader", DIAGNOSIS, **reading)
    bench.releasing.release(LENA)
    now = standing(bench, Track.DIAGNOSIS)
    assert {n for _, _, n in now.values()} == {1}
    words = Edit(criteria=(CriterionEdit(criterion_id="k1", text="Other words"),))
    for asked in (Edit(), points("k1", 9.0), Edit(names=(RARE,)), words, Edit(excluded=True)):
        outcome = bench.what_ifs.on_item(EMIL, DIAGNOSIS, asked)
        assert before(outcome) == after(outcome) == now
        assert outcome.left_out_now == why
        assert outcome.left_out_then == why
        assert (outcome.grades_needed, outcome.answers_needed) == (0, 0)


def test_an_item_left_out_before_comes_back_with_a_reading_that_accepts_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """As the release of that reading brings it back."""
    plans(bench, tmp_path)
    read_alone(bench, "first", TREATMENT, recommendation=Recommendation.REJECT, comment="No.")
    bench.releasing.release(LENA)

    outcome = read_alone(bench, "second", TREATMENT)

    assert (outcome.left_out_now, outcome.left_out_then) == ("rejected in review", "")
    assert after(outcome) == {"model-a": (0.5, 1, 2), "model-b": (0.5, 1, 2)}


def rule_for_the_other_word(bench: Workbench, item_id: str) -> None:
    """Let Omar settle what two readers differ on, for the one who changes something."""
    (dispute,) = bench.adjudicating.disputes(OPERATOR)
    kept = ("yes", "as imported", '{"action":"keep"}', "accept", "absent")
    (chosen,) = [r.reader for r in dispute.readings if r.key not in kept]
    ruling = Ruling(
        round="first",
        item_id=item_id,
        unit=dispute.unit,
        chosen=chosen,
        reason="rubric_gap",
        rationale="As this reader says.",
    )
    bench.adjudicating.decide(OMAR, ruling)


@pytest.mark.parametrize(
    ("said", "other"),
    [
        (
            {"checks": NOT_ANSWERABLE},
            {"checks": {**NOT_ANSWERABLE, Check.ANSWERABLE: CheckAnswer.YES}},
        ),
        ({"checks": NOT_CORRECT}, {}),
        ({"proposals": Proposals(answer="Sarcoidosis")}, {}),
        ({"proposals": Proposals(aliases=(RARE,))}, {}),
        ({"proposals": Proposals(orpha_code="797")}, {}),
        ({"proposals": Proposals(question="What is it?")}, {}),
        ({"criteria": (edit("k1", "delete"),)}, {}),
        ({"recommendation": Recommendation.REJECT, "comment": "No."}, {}),
    ],
    ids=["answerable", "correct", "answer", "names", "code", "question", "criterion", "rejected"],
)
def test_what_rulings_do_is_what_the_leaderboard_shows_once_they_are_gold(
    bench: Workbench, tmp_path: Path, said: dict[str, Any], other: dict[str, Any]
) -> None:
    """The adjudicator rules for the reader who changes something."""
    bench.people.add(OPERATOR, Person(person_id="omar", display_name="Omar", roles=OMAR.roles))
    diseases(bench, tmp_path)
    open_round(bench, item_ids=(DIAGNOSIS,))
    read_all(bench, "amara", **said)
    read_all(bench, "benoit", **other)
    rule_for_the_other_word(bench, DIAGNOSIS)

    outcome = bench.what_ifs.of_rulings(OMAR, "first", DIAGNOSIS)

    assert before(outcome) == standing(bench, Track.DIAGNOSIS)
    bench.releasing.release(LENA)
    assert after(outcome) == standing(bench, Track.DIAGNOSIS)
    assert after(outcome) != before(outcome)
    assert {outcome.left_out_then} - {""} == exclusions(bench, Track.DIAGNOSIS)


def test_another_question_asks_the_models_anew(bench: Workbench, tmp_path: Path) -> None:
    """Not the judge: it has nothing to grade before they have answered."""
    plans(bench, tmp_path)
    outcome = read_alone(bench, "first", TREATMENT, proposals=Proposals(question="Which drug?"))
    assert (outcome.answers_needed, outcome.grades_needed) == (2, 0)
    assert after(outcome) == {"model-a": (0.0, 2, 1), "model-b": (1.0, 1, 1)}


def test_another_reference_answer_needs_the_grades_that_show_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """One of three criteria leans on the answer: one grade of each model, within its bounds.

    Model a has 2 of 3 points now, and between 1 and 2 then.
    """
    leaning = {"key": "c", "text": "Gives the correct treatment", "points": 1.0}
    criteria = [*CRITERIA[:2], leaning]
    store(bench, tmp_path, [treatment("001", criteria=criteria)])
    for model in ("model-a", "model-b"):
        answer(bench, tmp_path, [graded("001", 1, 0)], model)
    graded_by_judge(bench, TREATMENT, "k3")

    outcome = read_alone(bench, "first", TREATMENT, proposals=Proposals(answer="Cobimetinib"))

    assert (outcome.answers_needed, outcome.grades_needed) == (0, 2)
    first = outcome.models[0]
    assert first.before == pytest.approx(2 / 3)
    assert (first.least, first.most) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    bench.releasing.release(LENA)
    row = next(r for r in bench.scoring.leaderboard(EMIL, basis="gold") if r.model == "model-a")
    assert row.reasons == {"a grade is missing": 1}


def graded_by_judge(bench: Workbench, item_id: str, criterion_id: str) -> None:
    """Store that a judge, shown the reference answer, finds a criterion met in each answer."""
    item = bench.browsing.item(OPERATOR, item_id).item
    criterion = item.criterion(criterion_id)
    assert criterion is not None
    with bench.database.transaction() as t:
        grades = [
            Grade(
                model=one.model,
                item_id=item_id,
                criterion_id=criterion_id,
                criterion_sha256=criterion.sha256,
                asked_sha256=asked_sha256(criterion, item.content.answer),
                prediction_sha256=one.sha256,
                judge="judge-a",
                value=1.0,
            )
            for one in predictions.answers(t, "full", [item_id])
        ]
        assert predictions.add_grades(t, grades, bench.clock()) == 2


def test_an_adjudicator_is_told_what_a_leak_that_is_ruled_does(
    bench: Workbench, tmp_path: Path
) -> None:
    """No release holds the item then, and it counts nowhere."""
    bench.people.add(OPERATOR, Person(person_id="omar", display_name="Omar", roles=OMAR.roles))
    plans(bench, tmp_path)
    release_the_other(bench, TREATMENT)
    open_round(bench, item_ids=(TREATMENT,))
    read_all(bench, "amara", flags=(FLAG,))
    read_all(bench, "benoit")
    rule_for_the_other_word(bench, TREATMENT)

    outcome = bench.what_ifs.of_rulings(OMAR, "first", TREATMENT)

    assert outcome.left_out_then == "leakage confirmed"
    assert "confirmed leak not resolved" in outcome.not_released
    bench.releasing.release(LENA)
    assert after(outcome) == standing(bench, Track.TREATMENT)


def test_readings_of_an_older_version_do_what_a_release_without_them_does(
    bench: Workbench, tmp_path: Path
) -> None:
    """A newer version was imported: the item counts as imported until that is read."""
    plans(bench, tmp_path)
    release_the_other(bench, TREATMENT)
    reject = {"recommendation": Recommendation.REJECT, "comment": "No."}
    assert read_alone(bench, "vera", TREATMENT, **reject).left_out_then == "rejected in review"
    body = full_reading(bench.browsing.item(OPERATOR, TREATMENT).item, **reject)
    store(bench, tmp_path, [treatment("001", answer="Cobimetinib.")])
    vera = Actor(person_id="vera", roles=frozenset({Role.REVIEWER, Role.EVALUATOR}))

    outcome = bench.what_ifs.of_own_reading(vera, "vera", TREATMENT, body)

    assert (outcome.left_out_now, outcome.left_out_then) == ("", "")
    assert "version 2 is newer and is not read yet" in outcome.not_released
    bench.releasing.release(LENA)
    assert before(outcome) == after(outcome) == standing(bench, Track.TREATMENT)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(abstain="zero"),
        Policy(ambiguous="leave-out"),
        Policy(ambiguous="weigh"),
        Policy(abstain="zero", ambiguous="weigh"),
    ],
    ids=["zero", "leave-out", "weigh", "zero and weigh"],
)
def test_every_policy_counts_the_item_as_the_leaderboard_does(
    bench: Workbench, tmp_path: Path, policy: Policy
) -> None:
    """Gold keeps a criterion, or what the item rests on, as ambiguous; a model is silent on it."""
    bench.people.add(OPERATOR, Person(person_id="omar", display_name="Omar", roles=OMAR.roles))
    diseases(bench, tmp_path)
    answer(bench, tmp_path, [graded("002", 1, 0, 0)], "silent", Track.DIAGNOSIS)
    open_round(bench, item_ids=(DIAGNOSIS,))
    read_all(bench, "amara", checks={**NOT_ANSWERABLE}, criteria=(edit("k1", "delete"),))
    read_all(bench, "benoit", checks={**NOT_ANSWERABLE, Check.ANSWERABLE: CheckAnswer.YES})
    for dispute in bench.adjudicating.disputes(OPERATOR):
        kept = next(r.reader for r in dispute.readings if r.key in ("yes", '{"action":"keep"}'))
        bench.adjudicating.decide(
            OMAR,
            Ruling(
                round="first",
                item_id=dispute.item_id,
                unit=dispute.unit,
                chosen=kept,
                reason="true_clinical_ambiguity",
                rationale="Experts may differ.",
            ),
        )
    bench.releasing.release(LENA)
    rows = bench.scoring.leaderboard(EMIL, basis="gold", policy=policy)
    now = {
        row.model: (pytest.approx(row.value), row.rank, row.n)
        for row in rows
        if row.measure == "strict_score"
    }

    same = bench.what_ifs.on_item(EMIL, DIAGNOSIS, Edit(), policy=policy)

    assert before(same) == after(same) == now
    assert same.left_out_now == ("kept as ambiguous" if policy.ambiguous == "leave-out" else "")
