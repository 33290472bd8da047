"""What an edit would do to scores, by hand; and who is told, and when: nobody before their word."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import people as people_rows
from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.item import Track
from src.domain.judging.card import JudgeCard
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.reasons import Reason
from src.domain.review import (
    Check,
    CheckAnswer,
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
)
from src.domain.scoring.what_if import ModelChange, Outcome
from src.services.adjudicating import Ruling
from src.services.score_sheets import ScoreSheets
from src.services.what_if import CriterionEdit, Edit, WhatIfs
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all
from tests.services.test_ontology import HEADER, LENA, ROWS
from tests.services.test_scoring import (
    CRITERIA,
    EMIL,
    answer,
    graded,
    release_after,
    store,
    treatment,
)

ITEM = "test/treatment/001"
VERA = Actor(person_id="vera", roles=frozenset({Role.REVIEWER, Role.EVALUATOR}))
OMAR = Actor(person_id="omar", roles=frozenset({Role.ADJUDICATOR, Role.LEAD}))


def two_models(bench: Workbench, folder: Path) -> None:
    """Store two items and two models: a has 3/4 and 1/4, b has 2/4 and 2/4; both mean 1/2."""
    store(bench, folder, [treatment("001"), treatment("002", "case-2")])
    answer(bench, folder, [graded("001", 1, 0, 1, 0), graded("002", 1, 0, 0, 0)], "model-a")
    answer(bench, folder, [graded("001", 0, 0, 1, 0), graded("002", 1, 1, 0, 0)], "model-b")


def ask(bench: Workbench, edit: Edit, item_id: str = ITEM) -> dict[str, ModelChange]:
    """Return model -> what an edit does to it."""
    return {m.model: m for m in bench.what_ifs.on_item(EMIL, item_id, edit).models}


def points(criterion_id: str, value: float) -> Edit:
    """Return an edit of one criterion's points."""
    return Edit(criteria=(CriterionEdit(criterion_id=criterion_id, points=value),))


def test_points_move_scores_and_ranks_without_a_grade(bench: Workbench, tmp_path: Path) -> None:
    """k1 at 5 points: a earns 7/8 on the first item, b 2/8; the tie for rank 1 is broken."""
    two_models(bench, tmp_path)

    outcome = bench.what_ifs.on_item(EMIL, ITEM, points("k1", 5.0))

    assert outcome.grades_needed == 0
    assert outcome.models == (
        ModelChange(
            model="model-a",
            before=0.5,
            after=(7 / 8 + 1 / 4) / 2,
            rank_before=1,
            rank_after=1,
            items_before=2,
            items_after=2,
        ),
        ModelChange(
            model="model-b",
            before=0.5,
            after=(2 / 8 + 1 / 2) / 2,
            rank_before=1,
            rank_after=2,
            items_before=2,
            items_after=2,
        ),
    )
    assert [m.model for m in outcome.moved] == ["model-b"]


def test_what_an_edit_says_is_what_gold_scores_then(bench: Workbench, tmp_path: Path) -> None:
    """Deleting k2 and making k3 one point: asked before, done by review, scored after."""
    two_models(bench, tmp_path)
    edit = Edit(
        criteria=(
            CriterionEdit(criterion_id="k2", active=False),
            CriterionEdit(criterion_id="k3", points=1.0),
        )
    )
    outcomes = [ask(bench, edit, f"test/treatment/00{n}")["model-a"].after for n in (1, 2)]
    assert outcomes == [pytest.approx((1 + 0.25) / 2), pytest.approx((0.75 + 0.5) / 2)]

    release_after(
        bench,
        criteria=(
            CriterionReading(criterion_id="k2", action="delete", reason=EditReason.TOO_VAGUE),
            CriterionReading(
                criterion_id="k3", action="edit", points=1.0, reason=EditReason.WEIGHT
            ),
        ),
    )

    row = next(r for r in bench.scoring.leaderboard(EMIL, basis="gold") if r.model == "model-a")
    assert row.value == pytest.approx((1 + 0.5) / 2)
    assert ask(bench, Edit())["model-a"].after == row.value


def test_order_and_nothing_at_all_change_nothing(bench: Workbench, tmp_path: Path) -> None:
    """And a criterion that is not there is refused."""
    two_models(bench, tmp_path)
    for edit in (Edit(), Edit(order=("k3", "k1", "k2"))):
        assert all(m.before == m.after for m in ask(bench, edit).values())
    with pytest.raises(BadInputError, match="no criterion k9"):
        ask(bench, points("k9", 1.0))
    with pytest.raises(NotFoundError, match="no item"):
        ask(bench, Edit(), "test/treatment/999")


def test_new_words_need_a_grade_of_each_answer_and_their_price(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two answers, one criterion: two grades at 3 cents; the score is known within bounds.

    Model a without k3: between 1/4 and 3/4 on the first item, 1/4 on the second.
    """
    two_models(bench, tmp_path)
    edit = Edit(criteria=(CriterionEdit(criterion_id="k3", text="Checks skin and eyes"),))
    priced = WhatIfs(
        bench.database, ScoreSheets(bench.database), bench.clock, grade_price=lambda _: 0.03
    )

    outcome = priced.on_item(EMIL, ITEM, edit)

    assert (outcome.grades_needed, outcome.price) == (2, pytest.approx(0.06))
    first = outcome.models[0]
    assert (first.after, first.least, first.most) == (None, 0.25, 0.5)
    assert bench.what_ifs.on_item(EMIL, ITEM, edit).price is None


def test_new_words_are_priced_for_the_judge_that_would_be_asked(
    bench: Workbench, tmp_path: Path
) -> None:
    """As the run itself is priced once the words are in gold."""
    two_models(bench, tmp_path)
    words = "Checks skin and eyes"
    edit = Edit(criteria=(CriterionEdit(criterion_id="k3", text=words),))
    card = JudgeCard(name="j", model="j", input_price=2.5, output_price=10.0)

    outcome = bench.what_ifs.on_item(EMIL, ITEM, edit, card=card)

    criteria = [{**CRITERIA[2], "text": words}]
    store(
        bench,
        tmp_path,
        [treatment("001", criteria=criteria), treatment("002", "case-2", criteria=criteria)],
    )
    plan = bench.judging.plan(EMIL, card)
    assert outcome.grades_needed == plan.asked / 2 == 2
    assert outcome.price == pytest.approx(plan.cost / 2, rel=0.01)


def test_ranks_are_claimed_only_as_far_as_missing_grades_leave_them(
    bench: Workbench, tmp_path: Path
) -> None:
    """Without k3, a lies between 1/4 and 1/2, b between 1/4 and 1/2, c has 1/8 and no say in it.

    Leaving the item out, as before, would have put b alone at rank 1.
    """
    two_models(bench, tmp_path)
    answer(bench, tmp_path, [graded("002", 0, 0, 0, 0)], "model-c")
    edit = Edit(criteria=(CriterionEdit(criterion_id="k3", text="Checks skin and eyes"),))

    outcome = bench.what_ifs.on_item(EMIL, ITEM, edit)

    a, b, c = outcome.models
    assert [(m.least, m.most) for m in (a, b)] == [(0.25, 0.5), (0.25, 0.5)]
    assert [(m.rank_before, m.rank_after, m.rank_best, m.rank_worst) for m in (a, b, c)] == [
        (1, None, 1, 2),
        (1, None, 1, 2),
        (3, 3, 3, 3),
    ]
    assert (c.before, c.after, c.is_open) == (0.0, 0.0, False)
    assert outcome.moved == (a, b)


def test_a_score_that_can_only_fall_is_given_no_better_rank(
    bench: Workbench, tmp_path: Path
) -> None:
    """Model a meets k1 today, and is second: with k1 in other words it can keep that or lose it."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 0, 0, 0), graded("002", 1, 1, 1, 0)], "model-a")
    answer(bench, tmp_path, [graded("001", 0, 1, 1, 0), graded("002", 1, 1, 1, 0)], "model-b")

    edit = Edit(criteria=(CriterionEdit(criterion_id="k1", text="Starts a BRAF inhibitor"),))
    a, b = bench.what_ifs.on_item(EMIL, ITEM, edit).models

    assert (a.before, a.least, a.most) == (0.625, 0.5, 0.625)
    assert (a.rank_before, a.rank_after, a.rank_best, a.rank_worst) == (2, 2, 2, 2)
    assert (b.before, b.least, b.most, b.rank_after) == (0.875, 0.875, 1.0, 1)


def test_an_exclusion_takes_the_item_out_of_every_mean(bench: Workbench, tmp_path: Path) -> None:
    """The second items alone remain: 1/4 and 2/4."""
    two_models(bench, tmp_path)
    found = ask(bench, Edit(excluded=True))
    assert [(m.after, m.rank_after) for m in found.values()] == [(0.25, 2), (0.5, 1)]
    assert {(m.items_before, m.items_after) for m in found.values()} == {(2, 1)}


def test_a_rubric_that_gives_no_points_leaves_every_answer_without_a_score_and_says_so(
    bench: Workbench, tmp_path: Path
) -> None:
    """That is not an exclusion: the item stays among those that count."""
    two_models(bench, tmp_path)
    nothing = Edit(
        criteria=tuple(
            CriterionEdit(criterion_id=c.criterion_id, active=False)
            for c in bench.what_ifs.item(EMIL, ITEM).criteria
            if c.points > 0
        )
    )

    outcome = bench.what_ifs.on_item(EMIL, ITEM, nothing)

    assert outcome.gives_nothing
    assert outcome.left_out_then == ""
    assert {(m.items_before, m.items_after) for m in outcome.models} == {(2, 1)}
    assert not bench.what_ifs.on_item(EMIL, ITEM, points("k1", 0.0)).gives_nothing
    assert not bench.what_ifs.on_item(EMIL, ITEM, Edit(excluded=True)).gives_nothing


def test_another_name_lets_an_answer_match(bench: Workbench, tmp_path: Path) -> None:
    """Polyostotic histiocytosis is no name of the disease, until it is accepted."""
    store(bench, tmp_path, [item_line("001")])
    text = "Polyostotic sclerosing histiocytosis"
    answer(bench, tmp_path, [graded("001", 1, 0, 0, text=text)], track=Track.DIAGNOSIS)

    found = bench.what_ifs.on_item(EMIL, "test/diagnosis/001", Edit(names=(text,)))

    (model,) = found.models
    assert model.after is not None
    assert (model.before or 0) < model.after


def with_roles(bench: Workbench) -> None:
    """Add a reader and an adjudicator who may see scores."""
    for person in (VERA, OMAR):
        bench.people.add(
            OPERATOR,
            Person(person_id=person.person_id, display_name=person.person_id, roles=person.roles),
        )


def submit(bench: Workbench, person: Actor, **changes: object) -> None:
    """Send a reading of the first item."""
    task = bench.reviewing.next_item(person, "first")
    assert task is not None
    submit_item(bench, person, task.item.item_id, **changes)
    assert task.item.item_id == ITEM


def submit_item(
    bench: Workbench, person: Actor, item_id: str, round_name: str = "first", **changes: object
) -> None:
    """Send a reading of an item the person holds."""
    item = bench.reviewing.task(person, round_name, item_id).item
    bench.reviewing.submit(
        person,
        round_name,
        item_id,
        full_reading(item, **changes),
        item_version=1,
        idempotency_key=f"{person.person_id}-{item_id}",
    )


def test_a_reader_sees_what_their_reading_does_only_once_it_is_sent(
    bench: Workbench, tmp_path: Path
) -> None:
    """Before, not even an evaluator; after, it counts as exposure, once."""
    with_roles(bench)
    two_models(bench, tmp_path)
    open_round(bench, persons=("amara", "vera"))
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.TOO_VAGUE)
    body = full_reading(bench.browsing.item(OPERATOR, ITEM).item, criteria=(delete,))
    with pytest.raises(NotAllowedError, match="sent their own reading"):
        bench.what_ifs.of_own_reading(VERA, "first", ITEM, body)
    for refused in (bench.what_ifs.item, lambda a, i: bench.what_ifs.on_item(a, i, Edit())):
        with pytest.raises(NotAllowedError, match="may still be asked to read"):
            refused(VERA, ITEM)

    submit(bench, VERA, criteria=(delete,))

    found = {
        m.model: m.after
        for _ in range(2)
        for m in bench.what_ifs.of_own_reading(VERA, "first", ITEM, body).models
    }
    assert found == {
        "model-a": pytest.approx((2 / 3 + 1 / 4) / 2),
        "model-b": pytest.approx((2 / 3 + 1 / 2) / 2),
    }
    with bench.database.reading() as t:
        assert people_rows.has_seen(t, "vera", ITEM, "scores")
    kinds = [event.kind for event in bench.browsing.log(OPERATOR, size=100)]
    assert kinds.count("scores.shown") == 1
    submit_amara = actor("amara")
    submit(bench, submit_amara)
    with pytest.raises(NotAllowedError):
        bench.what_ifs.of_own_reading(submit_amara, "first", ITEM, body)


def test_who_tried_an_edit_out_is_not_given_the_item_to_read(
    bench: Workbench, tmp_path: Path
) -> None:
    """Before any round asks for it: they know its gold and grades. It is an event, once."""
    with_roles(bench)
    two_models(bench, tmp_path)
    for _ in range(2):
        bench.what_ifs.on_item(VERA, ITEM, points("k1", 5.0))
    kinds = [event.kind for event in bench.browsing.log(OPERATOR, size=100)]
    assert kinds.count("scores.shown") == 1
    open_round(bench, persons=("amara", "vera"))
    task = bench.reviewing.next_item(VERA, "first")
    assert task is not None
    assert task.item.item_id != ITEM
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_rejection_and_an_addition_are_read_from_the_reading(
    bench: Workbench, tmp_path: Path
) -> None:
    """A rejected item leaves every mean; an added name is tried on the answers."""
    with_roles(bench)
    two_models(bench, tmp_path)
    open_round(bench, persons=("vera",))
    submit(bench, VERA)
    item = bench.browsing.item(OPERATOR, ITEM).item
    rejected = full_reading(item, recommendation=Recommendation.REJECT)
    outcome = bench.what_ifs.of_own_reading(VERA, "first", ITEM, rejected)
    assert [m.after for m in outcome.models] == [0.25, 0.5]
    named = full_reading(item, proposals=Proposals(aliases=("BRAF inhibition",)))
    assert same_as_now(bench.what_ifs.of_own_reading(VERA, "first", ITEM, named))


def same_as_now(outcome: Outcome) -> bool:
    """Tell whether an edit changes no score."""
    return all(model.before == model.after for model in outcome.models)


def test_an_adjudicator_sees_no_score_while_anything_is_left_to_rule_on(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two criteria are disputed: the second ruling may not rest on what the first did."""
    with_roles(bench)
    two_models(bench, tmp_path)
    open_round(bench)
    deleted = tuple(
        CriterionReading(criterion_id=k, action="delete", reason=EditReason.TOO_VAGUE)
        for k in ("k1", "k2")
    )
    read_all(bench, "amara", criteria=deleted)
    read_all(bench, "benoit")
    disputes = [d for d in bench.adjudicating.disputes(OPERATOR) if d.item_id == ITEM]
    assert len(disputes) == 2
    for left, dispute in enumerate(disputes, start=-1):
        bench.adjudicating.decide(
            OMAR,
            Ruling(
                round="first",
                item_id=ITEM,
                unit=dispute.unit,
                chosen=dispute.readings[0].reader,
                reason="rubric_gap",
                rationale="Too vague to grade.",
            ),
        )
        assert bench.what_ifs.may_see_rulings(OMAR, "first", ITEM) is (left == 0)
        if left:
            with pytest.raises(NotAllowedError, match="nothing on it is open"):
                bench.what_ifs.of_rulings(OMAR, "first", ITEM)
    assert bench.what_ifs.of_rulings(OMAR, "first", ITEM).models


def test_an_adjudicator_sees_what_rulings_do_only_after_ruling(
    bench: Workbench, tmp_path: Path
) -> None:
    """One reader deletes k1, the other keeps it; the lead who adjudicates rules for deletion."""
    with_roles(bench)
    two_models(bench, tmp_path)
    open_round(bench)
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.TOO_VAGUE)
    read_all(bench, "amara", criteria=(delete,))
    read_all(bench, "benoit")
    with pytest.raises(NotAllowedError, match="you could settle it"):
        bench.what_ifs.on_item(OMAR, ITEM, Edit())
    with pytest.raises(NotAllowedError, match="ruled on the item themselves"):
        bench.what_ifs.of_rulings(OMAR, "first", ITEM)
    (dispute,) = [d for d in bench.adjudicating.disputes(OPERATOR) if d.item_id == ITEM]
    deletes = next(
        r.reader for r in dispute.readings if isinstance(r.value, dict) and "delete" in r.key
    )
    bench.adjudicating.decide(
        OMAR,
        Ruling(
            round="first",
            item_id=ITEM,
            unit=dispute.unit,
            chosen=deletes,
            reason="rubric_gap",
            rationale="Too vague to grade.",
        ),
    )

    outcome = bench.what_ifs.of_rulings(OMAR, "first", ITEM)

    assert [m.after for m in outcome.models] == [
        pytest.approx((2 / 3 + 1 / 4) / 2),
        pytest.approx((2 / 3 + 1 / 2) / 2),
    ]
    with pytest.raises(NotAllowedError):
        bench.what_ifs.of_rulings(actor("chen"), "first", ITEM)


def test_a_reading_counts_as_the_gold_it_would_be(bench: Workbench, tmp_path: Path) -> None:
    """No answer possible, a wrong answer, a leak: each would take the item out, as a release does.

    A wrong answer that the reading puts right would not.
    """
    with_roles(bench)
    two_models(bench, tmp_path)
    open_round(bench, persons=("vera",))
    submit(bench, VERA)
    item = bench.browsing.item(OPERATOR, ITEM).item
    checked = full_reading(item).checks
    leak = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
    takes_out: list[dict[str, object]] = [
        {"checks": {**checked, Check.ANSWERABLE: CheckAnswer.NO}},
        {"checks": {**checked, Check.ANSWER_CORRECT: CheckAnswer.NO}},
        {"flags": (leak,)},
    ]
    for changes in takes_out:
        body = full_reading(item, **changes)
        outcome = bench.what_ifs.of_own_reading(VERA, "first", ITEM, body)
        assert [m.after for m in outcome.models] == [0.25, 0.5], changes
    put_right = full_reading(
        item,
        checks={**checked, Check.ANSWER_CORRECT: CheckAnswer.NO},
        proposals=Proposals(answer="Vemurafenib"),
    )
    assert same_as_now(bench.what_ifs.of_own_reading(VERA, "first", ITEM, put_right))


def test_another_question_leaves_the_answers_behind(bench: Workbench, tmp_path: Path) -> None:
    """They are to what was asked before: as gold, the item would count for nobody."""
    with_roles(bench)
    two_models(bench, tmp_path)
    open_round(bench, persons=("vera",))
    submit(bench, VERA)
    item = bench.browsing.item(OPERATOR, ITEM).item
    body = full_reading(item, proposals=Proposals(question="Which drug comes first?"))

    outcome = bench.what_ifs.of_own_reading(VERA, "first", ITEM, body)

    assert [m.after for m in outcome.models] == [0.25, 0.5]
    assert outcome.grades_needed == 0


def test_another_answer_asks_for_the_grades_that_lean_on_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """One criterion shows the reference answer: one grade for each of two answers."""
    with_roles(bench)
    leaning = [{**CRITERIA[0], "text": "Agrees with the reference answer"}, *CRITERIA[1:]]
    store(bench, tmp_path, [treatment("001", criteria=leaning), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 0, 1, 0), graded("002", 1, 0, 0, 0)], "model-a")
    answer(bench, tmp_path, [graded("001", 0, 0, 1, 0), graded("002", 1, 1, 0, 0)], "model-b")
    open_round(bench, persons=("vera",))
    submit(bench, VERA)
    item = bench.browsing.item(OPERATOR, ITEM).item
    body = full_reading(item, proposals=Proposals(answer="Vemurafenib"))

    outcome = bench.what_ifs.of_own_reading(VERA, "first", ITEM, body)

    assert outcome.grades_needed == 2
    assert all(m.is_open for m in outcome.models)


def test_names_of_the_ontology_count_beside_a_name_that_is_tried_out(
    bench: Workbench, tmp_path: Path
) -> None:
    """A name people added to the item matches an answer; trying another one out loses it not."""
    store(bench, tmp_path, [item_line("001")])
    text = "Polyostotic sclerosing histiocytosis"
    answer(bench, tmp_path, [graded("001", 1, 0, 0, text=text)], track=Track.DIAGNOSIS)
    with_roles(bench)
    bench.ontologies.add_alias(OMAR, "item:test/diagnosis/001", text)

    outcome = bench.what_ifs.on_item(EMIL, "test/diagnosis/001", Edit(names=("Another name",)))

    assert outcome.models[0].before is not None
    assert same_as_now(outcome)


def test_what_is_begun_to_be_ruled_counts_as_ruled(bench: Workbench, tmp_path: Path) -> None:
    """The adjudicator rules for the deletion, looks, and tries the other reading out."""
    with_roles(bench)
    two_models(bench, tmp_path)
    deletes, keeps = ruled_for_deletion(bench)
    case = bench.adjudicating.case(OMAR, "first", ITEM)
    (dispute,) = case.ruled
    before = bench.what_ifs.of_rulings(OMAR, "first", ITEM)

    def begin(chosen: str, **fields: str) -> list[float | None]:
        bench.adjudicating.keep_draft(
            OMAR,
            "first",
            ITEM,
            dispute.unit,
            lambda draft: draft.model_copy(
                update={
                    "chosen": chosen,
                    "fields": fields,
                    "input_digest": dispute.input_digest,
                }
            ),
        )
        return [m.after for m in bench.what_ifs.of_rulings(OMAR, "first", ITEM).models]

    assert begin(keeps) == [m.before for m in before.models]
    assert begin(deletes) == [m.after for m in before.models]
    assert begin("new", points="many") == begin(deletes) != begin(keeps)


def ruled_for_deletion(bench: Workbench) -> tuple[str, str]:
    """Let two readers differ on k1 and Omar rule for its deletion; return the two letters."""
    open_round(bench)
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.TOO_VAGUE)
    read_all(bench, "amara", criteria=(delete,))
    read_all(bench, "benoit")
    (dispute,) = [d for d in bench.adjudicating.disputes(OPERATOR) if d.item_id == ITEM]
    letters = {"delete" in reading.key: reading.reader for reading in dispute.readings}
    rule(bench, dispute.unit, letters[True])
    return letters[True], letters[False]


def rule(bench: Workbench, unit: str, chosen: str, reason: str = "rubric_gap") -> None:
    """Let Omar rule on a unit of the first item."""
    bench.adjudicating.decide(
        OMAR,
        Ruling(
            round="first",
            item_id=ITEM,
            unit=unit,
            chosen=chosen,
            reason=Reason(reason),
            rationale="Too vague to grade.",
        ),
    )


def test_a_ruling_made_after_looking_at_scores_is_marked_wherever_it_stands(
    bench: Workbench, tmp_path: Path
) -> None:
    """It is gold; the desk, gold, the release and the report say so, and no statistic counts it."""
    with_roles(bench)
    two_models(bench, tmp_path)
    _, keeps = ruled_for_deletion(bench)
    rest = bench.adjudicating.disputes(OMAR)
    assert not [d for d in rest if d.item_id == ITEM]
    unit = "criterion:k1"
    assert not bench.adjudicating.case(OMAR, "first", ITEM).earlier[unit].after_scores
    assert [count.decisions for count in bench.reasons.report(OMAR).by_track] == [1]

    bench.what_ifs.look_at_rulings(OMAR, "first", ITEM)
    assert not bench.adjudicating.case(OMAR, "first", ITEM).earlier[unit].after_scores
    rule(bench, unit, keeps, reason="reader_slip")

    case = bench.adjudicating.case(OMAR, "first", ITEM)
    assert (case.earlier[unit].revision, case.earlier[unit].after_scores) == (2, True)
    (reason,) = bench.reasons.report(OMAR).by_track
    assert (reason.reason, reason.decisions) == (Reason.RUBRIC_GAP, 1)
    assert any(entry.after_scores for entry in bench.reasons.work_list(OMAR))
    (point,) = [p for p in bench.reporting.grras(OMAR).report.points if p.number == 9]
    assert any(fact.startswith("1 unit rest") for fact in point.facts)
    release = bench.releasing.release(OMAR).release
    assert release.manifest["after_scores"] == 1
    gold = bench.browsing.gold(EMIL, release.number, ITEM)
    assert [u.unit for u in gold.body.units if u.after_scores] == [unit]
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_release_without_such_a_ruling_has_the_words_it_had(
    bench: Workbench, tmp_path: Path
) -> None:
    """Neither gold nor the counts of the release name the mark."""
    with_roles(bench)
    two_models(bench, tmp_path)
    ruled_for_deletion(bench)
    release = bench.releasing.release(OMAR).release
    assert "after_scores" not in release.manifest
    gold = bench.browsing.gold(EMIL, release.number, ITEM)
    assert "after_scores" not in gold.model_dump_json()


def test_items_are_found_by_id_case_and_disease_a_few_at_a_time(
    bench: Workbench, tmp_path: Path
) -> None:
    """The disease by its names in the ontology and by its code; what is still to read by none."""
    lines = [
        item_line(
            f"{n:03}", case="alpha" if n == 1 else "beta", orpha_code="35687" if n < 3 else ""
        )
        for n in range(1, 6)
    ]
    store(bench, tmp_path, lines)
    with_roles(bench)
    orphanet = tmp_path / "orphanet.tsv"
    orphanet.write_text(HEADER + ROWS, encoding="utf-8")
    bench.ontologies.store_file(LENA, orphanet)

    def found(text: str, size: int = 20, who: Actor = EMIL) -> list[str]:
        return [hit.item_id[-3:] for hit in bench.what_ifs.find(who, text, size)]

    assert found("diagnosis/00", size=3) == ["001", "002", "003"]
    assert found("004") == ["004"]
    assert found("alpha") == ["001"]
    assert found("erdheim") == found("ORPHA:35687") == found("35687") == ["001", "002"]
    assert bench.what_ifs.find(EMIL, "erdheim")[0].disease == "Erdheim-Chester disease"
    assert found("") == found("%") == found("nothing of the kind") == []
    open_round(bench, persons=("vera",), item_ids=("test/diagnosis/001",))
    assert found("erdheim", who=VERA) == ["002"]
    assert found("test/diagnosis/001", who=VERA) == []
