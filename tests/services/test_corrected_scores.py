"""Human-corrected scores, policies, orders and causes, from stored rows to the rows of a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from db.database import Transaction
from src.domain.canonical import text_sha256
from src.domain.errors import BadInputError, NotFoundError
from src.domain.item import Criterion
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.review import Check, CheckAnswer, CriterionReading, EditReason
from src.domain.scoring.board import Row
from src.domain.scoring.prediction_powered import LEAST_GRADED
from src.domain.scoring.sheet import HumanGrades, Policy
from src.services.score_sheets import ScoreSheets
from src.services.scoring import Scoring, order_text, without_text
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, open_round, read_all
from tests.services.test_scoring import EMIL, answer, graded, release_after, store, treatment

NO_ERROR = CriterionReading(criterion_id="k4", action="delete", reason=EditReason.TOO_VAGUE)
ONE = [{"key": "must_include-1", "text": "Starts vemurafenib", "points": 1.0}]


@dataclass(frozen=True)
class Said:
    """A person's grade, as another part of the program stores it."""

    model: str
    item_id: str
    criterion_sha256: str
    prediction_sha256: str
    person_id: str
    value: float | None
    blind: bool = True
    adjudicated: bool | None = None


def said(index: str, person: str, value: float | None, model: str = "model-a") -> Said:
    """Return a person's grade on the only criterion of an item."""
    return Said(
        model=model,
        item_id=f"test/treatment/{index}",
        criterion_sha256=Criterion(criterion_id="k1", text="Starts vemurafenib").sha256,
        prediction_sha256=text_sha256("An answer."),
        person_id=person,
        value=value,
    )


def scoring_with(bench: Workbench, words: Sequence[Said], chance: float = 1.0) -> Scoring:
    """Return the scores as they are once people have graded so."""

    def on_items(_: Transaction, ids: Sequence[str], __: Sequence[str]) -> list[Said]:
        return [word for word in words if word.item_id in ids]

    def chances(_: Transaction, ids: Sequence[str]) -> dict[tuple[str, str, str], float]:
        return {(word.model, word.item_id, word.prediction_sha256): chance for word in words}

    return Scoring(bench.database, ScoreSheets(bench.database, on_items, chances))


def many(bench: Workbench, folder: Path, n: int = 60) -> list[str]:
    """Store n items of one criterion, which the judge always calls met; return their indexes."""
    indexes = [f"{number:03}" for number in range(n)]
    lines = [treatment(index, f"case-{index}", criteria=ONE) for index in indexes]
    store(bench, folder, lines)
    answer(bench, folder, [graded(index, 1) for index in indexes])
    return indexes


def only(rows: Sequence[Row]) -> Row:
    """Return the one row there is."""
    (row,) = rows
    return row


def test_people_put_the_judge_right(bench: Workbench, tmp_path: Path) -> None:
    """The judge says 60 of 60, people 10 of the 30 they grade: the score is 1/3, not 1."""
    indexes = many(bench, tmp_path)
    words = [said(i, "amara", float(int(i) % 3 == 0)) for i in indexes[:30]]
    scoring = scoring_with(bench, words, chance=0.5)

    row = only(scoring.leaderboard(EMIL, basis="corrected"))

    assert only(scoring.leaderboard(EMIL)).value == 1.0
    assert row.value == pytest.approx(1 / 3)
    assert (row.n, row.graded, row.rank, row.release) == (60, 30, 1, None)
    assert row.low is not None
    assert row.high is not None
    assert 0.1 < row.low < 1 / 3 < row.high < 0.6
    assert row.human is not None
    assert row.human.value == pytest.approx(1 / 3)
    assert row.plug_in is None


def two_judged(bench: Workbench, folder: Path) -> Scoring:
    """Return scores of two models that the judge puts in one order and people in the other.

    The judge calls a met on all 60 and b on all but every sixth; people grade 30 of each and call
    a met on every third and b on two of three. b answered nothing of the last ten.
    """
    indexes = many(bench, folder)
    lines = [graded(i, int(int(i) % 6 > 0)) for i in indexes[:50]]
    answer(bench, folder, lines, "model-b")
    words = [said(i, "amara", float(int(i) % 3 == 0)) for i in indexes[:30]]
    words += [said(i, "amara", float(int(i) % 3 > 0), "model-b") for i in indexes[:30]]
    return scoring_with(bench, words)


def test_corrected_scores_have_ranks_chances_and_pairs(bench: Workbench, tmp_path: Path) -> None:
    """People turn the judge's order round; row and pair give one chance on one n, and who is sure.

    Both are compared on the 50 items the judge scored of both.
    """
    scoring = two_judged(bench, tmp_path)

    first, last = scoring.leaderboard(EMIL, basis="corrected")
    (gap,) = scoring.comparisons(EMIL, first.track, basis="corrected")

    assert [row.model for row in scoring.leaderboard(EMIL)] == ["model-a", "model-b"]
    assert [(r.model, r.rank) for r in (first, last)] == [("model-b", 1), ("model-a", 2)]
    assert (first.rank_low, last.rank_high, last.p_better) == (1, 2, None)
    assert (gap.model, gap.other) == ("model-a", "model-b")
    assert (gap.n, gap.graded, gap.cases) == (50, 30, 50)
    assert first.p_better == pytest.approx(1 - gap.p_better)
    assert (first.p_better_n, gap.basis) == (50, "corrected")
    assert 0.9 < (first.p_better or 0) < 1
    assert gap.low < gap.difference < 0
    assert gap.high < 0.1


def test_a_pair_people_graded_too_little_of_has_no_corrected_difference(
    bench: Workbench, tmp_path: Path
) -> None:
    """One model graded enough and one not: a number for the first, nothing to compare it with."""
    indexes = many(bench, tmp_path)
    answer(bench, tmp_path, [graded(i, 1) for i in indexes], "model-b")
    words = [said(i, "amara", float(int(i) % 3 == 0)) for i in indexes[:30]]
    words += [said(i, "amara", 1.0, "model-b") for i in indexes[: LEAST_GRADED - 1]]
    scoring = scoring_with(bench, words)

    rows = scoring.leaderboard(EMIL, basis="corrected")

    assert [(r.model, r.rank, r.p_better) for r in rows] == [
        ("model-a", 1, None),
        ("model-b", None, None),
    ]
    assert scoring.comparisons(EMIL, rows[0].track, basis="corrected") == []
    with pytest.raises(BadInputError, match="nothing to correct"):
        scoring.comparisons(EMIL, rows[0].track, basis="corrected", mode="compatible")


def test_row_and_pair_give_one_chance_where_models_answered_different_items(
    bench: Workbench, tmp_path: Path
) -> None:
    """The row's is that of the pair, on the 50 items both answered, on every basis."""
    scoring = two_judged(bench, tmp_path)
    first, _ = scoring.leaderboard(EMIL)
    (gap,) = scoring.comparisons(EMIL, first.track)
    assert (first.n, first.p_better, first.p_better_n) == (60, gap.p_better, gap.n)
    assert gap.n == 50


def test_too_few_grades_are_said_and_give_no_number(bench: Workbench, tmp_path: Path) -> None:
    """One answer less than needed; who cannot judge counts for nobody."""
    indexes = many(bench, tmp_path)
    words = [said(i, "amara", 1.0) for i in indexes[: LEAST_GRADED - 1]]
    words.append(said(indexes[LEAST_GRADED], "amara", None))

    row = only(scoring_with(bench, words).leaderboard(EMIL, basis="corrected"))

    assert (row.value, row.low, row.rank, row.graded) == (None, None, None, LEAST_GRADED - 1)
    assert f"people graded {LEAST_GRADED - 1} of these answers" in row.note
    assert only(bench.scoring.leaderboard(EMIL, basis="corrected")).graded == 0


def test_leaving_one_grader_out_shows_how_much_hangs_on_them(
    bench: Workbench, tmp_path: Path
) -> None:
    """Amara says met of all 30, Benoit of none: together 1/2, without either 0 or 1."""
    indexes = many(bench, tmp_path)
    words = [said(i, "amara", 1.0) for i in indexes[:30]]
    words += [said(i, "benoit", 0.0) for i in indexes[:30]]

    (found,) = scoring_with(bench, words).without_each_grader(EMIL)

    assert (found.value, found.low, found.high, found.graders) == (0.5, 0.0, 1.0, 2)
    assert bench.scoring.without_each_grader(EMIL) == []


def test_a_score_outside_its_own_range_says_why(bench: Workbench, tmp_path: Path) -> None:
    """On each answer another of three says not met: 1 by majority, 2/3 with ties without anyone."""
    indexes = many(bench, tmp_path)
    words = [
        said(i, person, float(int(i) % 3 != place))
        for i in indexes[:30]
        for place, person in enumerate(("amara", "benoit", "dalia"))
    ]

    (found,) = scoring_with(bench, words).without_each_grader(EMIL)

    assert found.value == 1.0
    assert (found.low, found.high) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert without_text(found) == (
        "corrected: 1.00, by the grades of 3 people; without any one of them "
        "0.67 (the score itself lies outside, for with one grader fewer majorities become ties, "
        "and answers nobody else graded drop out)."
    )


def test_only_those_whose_grades_count_are_left_out_in_turn(
    bench: Workbench, tmp_path: Path
) -> None:
    """Chen grades not blind, Dora only cannot judge, Emil another model: of model a two count.

    So the score itself, which it would be without any of the three, is no bound.
    """
    indexes = many(bench, tmp_path)
    answer(bench, tmp_path, [graded(i, 1) for i in indexes], "model-b")
    words = [said(i, "amara", 1.0) for i in indexes[:30]]
    words += [said(i, "benoit", float(int(i) % 2)) for i in indexes[:30]]
    words += [replace(said(i, "chen", 0.0), blind=False) for i in indexes[:30]]
    words += [said(i, "dora", None) for i in indexes[:30]]
    words += [said(i, "emil", 1.0, "model-b") for i in indexes[:30]]

    found = scoring_with(bench, words).without_each_grader(EMIL)

    assert [(f.model, f.value, f.low, f.high, f.graders, f.too_few) for f in found] == [
        ("model-a", 0.75, 0.5, 1.0, 2, 0),
        ("model-b", 1.0, None, None, 1, 1),
    ]


def test_whom_an_adjudicator_overrules_everywhere_is_nobody_to_leave_out() -> None:
    """Person 0 grades both columns, the adjudicator, person 1, rules the first, then both."""
    first = HumanGrades(
        model=np.array([0, 0, 0]),
        column=np.array([0, 1, 0]),
        person=np.array([0, 0, 1]),
        value=np.array([1.0, 1.0, 0.0]),
        adjudicated=np.array([False, False, True]),
        blind=np.ones(3, np.bool_),
        persons=("amara", "chen"),
    )
    assert first.graders(0, np.array([True, True])).tolist() == [0, 1]
    assert first.graders(0, np.array([True, False])).tolist() == [1]


def test_reviewed_scores_take_people_before_the_judge(bench: Workbench, tmp_path: Path) -> None:
    """Of two reviewed items people call one not met: 1/2, while gold by the judge stays 1."""
    many(bench, tmp_path, 2)
    release_after(bench)
    scoring = scoring_with(bench, [said("000", "amara", 0.0)])

    assert only(scoring.leaderboard(EMIL, basis="reviewed")).value == 0.5
    assert only(scoring.leaderboard(EMIL, basis="gold")).value == 1.0
    track = only(scoring.leaderboard(EMIL)).track
    why = scoring.difference(EMIL, "model-a", track)
    assert why.difference.delta == 0.0
    (moved,) = scoring.difference(EMIL, "model-a", track, reviewed_only=True).items
    assert (moved.item_id, moved.causes) == (
        "test/treatment/000",
        ("human grade instead of the judge's: 1 of 1 criterion",),
    )


def test_causes_are_told_apart_and_add_up(bench: Workbench, tmp_path: Path) -> None:
    """k3 weighs 4, one item cannot be answered, and people overrule one grade of the judge."""
    store(bench, tmp_path, [treatment(f"00{n}", f"case-{n}") for n in range(1, 4)])
    answer(bench, tmp_path, [graded(f"00{n}", 1, 0, int(n == 1), 0) for n in range(1, 4)])
    weigh = CriterionReading(criterion_id="k3", action="edit", points=4.0, reason=EditReason.WEIGHT)
    open_round(bench, persons=("amara",))
    task = bench.reviewing.next_item(actor("amara"), "first")
    assert task is not None
    read_all(bench, "amara", criteria=(weigh,))
    bench.releasing.release(actor("lena"))
    item = bench.browsing.item(EMIL, "test/treatment/002").item
    word = Said(
        model="model-a",
        item_id=item.item_id,
        criterion_sha256=item.criteria[1].sha256,
        prediction_sha256=text_sha256("An answer."),
        person_id="benoit",
        value=1.0,
    )
    scoring = scoring_with(bench, [word])

    why = scoring.difference(EMIL, "model-a", item.track, reviewed_only=True)

    split = {share.cause: share.amount for share in why.split}
    assert split == {
        "rubric edit": pytest.approx((5 / 6 + 2 / 6 - 3 / 4 - 2 / 4) / 3),
        "human grade": pytest.approx(1 / 6 / 3),
    }
    assert why.difference.delta == pytest.approx(sum(split.values()))


def test_an_item_that_cannot_be_answered_is_excluded_with_its_reason(
    bench: Workbench, tmp_path: Path
) -> None:
    """All, reviewed, and reviewed minus excluded stand side by side with their n."""
    many(bench, tmp_path, 3)
    open_round(bench, persons=("amara",))
    checks = {Check.ANSWER_CORRECT: CheckAnswer.YES, Check.ANSWERABLE: CheckAnswer.NO}
    read_all(bench, "amara", checks=checks)
    bench.releasing.release(actor("lena"))

    row = only(bench.scoring.leaderboard(EMIL, basis="gold"))

    assert (row.n, row.excluded, row.exclusions) == (0, 3, {"unanswerable": 3})
    figures = {name: (figure.value, figure.n) for name, figure in row.policies.items()}
    assert figures == {
        "all": (1.0, 3),
        "reviewed": (1.0, 3),
        "reviewed_minus_excluded": (None, 0),
    }


def test_a_policy_is_recorded_with_the_row_it_made(bench: Workbench, tmp_path: Path) -> None:
    """One of two items unanswered: left out, or counted as zero."""
    store(bench, tmp_path, [treatment(i, f"case-{i}", criteria=ONE) for i in ("001", "002")])
    answer(bench, tmp_path, [graded("001", 1)])
    skip, zero = Policy(), Policy(abstain="zero")
    found = [only(bench.scoring.leaderboard(EMIL, policy=policy)) for policy in (skip, zero)]
    assert [(r.value, r.n, r.unscored, r.policy) for r in found] == [
        (1.0, 1, 1, skip),
        (0.5, 2, 0, zero),
    ]


def test_orders_of_bases_and_releases_are_compared(bench: Workbench, tmp_path: Path) -> None:
    """Review turns the order of two models: tau-b is -1; a release beside itself has 1."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    for model, values in (("model-a", (1, 1, 0, 0)), ("model-b", (0, 0, 1, 1))):
        answer(bench, tmp_path, [graded(i, *values) for i in ("001", "002")], model)
    (none_graded,) = bench.scoring.orders(EMIL)
    assert (none_graded.before, none_graded.after) == ("import", "corrected")
    assert (none_graded.models, none_graded.tau_b) == (0, None)
    with pytest.raises(NotFoundError, match="no release yet"):
        bench.scoring.orders(EMIL, against=1)
    release_after(
        bench,
        criteria=(
            CriterionReading(criterion_id="k4", action="delete", reason=EditReason.TOO_VAGUE),
            CriterionReading(
                criterion_id="k3", action="edit", points=5.0, reason=EditReason.WEIGHT
            ),
        ),
    )

    found = {(o.before, o.after): o.tau_b for o in bench.scoring.orders(EMIL)}

    assert found[("import", "gold")] == -1.0
    said = [order_text(o) for o in bench.scoring.orders(EMIL) if o.tau_b is not None]
    assert [", on all items: " in one for one in said] == [True]
    (again,) = bench.scoring.orders(EMIL, release=1, against=1)
    assert (again.tau_b, again.models, again.moved) == (1.0, 2, ())
    with pytest.raises(BadInputError, match="rests on no release"):
        bench.scoring.orders(EMIL, basis="import", against=1)
    (gap,) = bench.scoring.comparisons(
        EMIL, bench.browsing.item(EMIL, "test/treatment/001").item.track
    )
    assert (gap.model, gap.difference, gap.p_better) == ("model-a", 0.25, 1.0)


def test_two_releases_are_compared_and_the_models_that_moved_are_named(
    bench: Workbench, tmp_path: Path
) -> None:
    """The second release adds an item in whose gold k4 is gone: c leaves b behind.

    As gold of 1: a 1, b and c 1/2; of 2: c 5/8. Two pairs of three agree and one was tied:
    tau-b is 2 / sqrt(2 x 3).
    """
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    grades = {"a": [(1, 1, 1, 0)] * 2, "b": [(1, 1, 0, 0)] * 2, "c": [(1, 0, 0, 0), (1, 1, 1, 1)]}
    for model, (first, second) in grades.items():
        answer(bench, tmp_path, [graded("001", *first), graded("002", *second)], model)
    for number, (index, criteria) in enumerate((("001", ()), ("002", (NO_ERROR,))), start=1):
        name, item = f"round-{number}", f"test/treatment/{index}"
        open_round(bench, name, persons=("amara",), item_ids=(item,))
        read_all(bench, "amara", name, criteria=criteria)
        bench.releasing.release(actor("lena"))

    (found,) = bench.scoring.orders(EMIL, release=2, against=1)

    values = {
        n: {r.model: r.value for r in bench.scoring.leaderboard(EMIL, basis="gold", release=n)}
        for n in (1, 2)
    }
    assert values == {1: {"a": 1.0, "b": 0.5, "c": 0.5}, 2: {"a": 1.0, "b": 0.5, "c": 0.625}}
    assert (found.before, found.after, found.models) == ("release 1", "release 2", 3)
    assert found.tau_b == pytest.approx(2 / (2 * 3) ** 0.5)
    assert [(m.model, m.before, m.after) for m in found.moved] == [("b", 2, 3)]
    assert "release 1 to release 2, as gold on all items: Kendall's tau-b 0.82" in order_text(found)
    assert "tau-b 0.82: too few to say (" in order_text(found)
    assert found.cases == 2


def test_an_order_by_reviewed_items_says_that_it_rests_on_those_alone(
    bench: Workbench, tmp_path: Path
) -> None:
    """b leads on the one item of release 1, a on both of release 2; as gold a leads in both."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    for model, first, second in (("a", (1, 0, 0, 0), (1, 1, 1, 0)), ("b", (1, 1, 0, 0), (0,) * 4)):
        answer(bench, tmp_path, [graded("001", *first), graded("002", *second)], model)
    for number, index in enumerate(("001", "002"), start=1):
        open_round(
            bench, f"round-{number}", persons=("amara",), item_ids=(f"test/treatment/{index}",)
        )
        read_all(bench, "amara", f"round-{number}")
        bench.releasing.release(actor("lena"))

    (gold,) = bench.scoring.orders(EMIL, release=2, against=1)
    (reviewed,) = bench.scoring.orders(EMIL, basis="reviewed", release=2, against=1)

    assert (gold.basis, gold.tau_b) == ("gold", 1.0)
    assert (reviewed.basis, reviewed.tau_b) == ("reviewed", -1.0)
    assert "release 1 to release 2, on the items of each release only: " in order_text(reviewed)


def test_an_event_that_moves_no_score_keeps_the_sheets(bench: Workbench, tmp_path: Path) -> None:
    """A reading that is sent changes the log and no score; a release does."""
    many(bench, tmp_path, 2)
    open_round(bench, persons=("amara",))
    before = bench.scoring.state(EMIL)
    read_all(bench, "amara")
    assert bench.scoring.state(EMIL) == before
    bench.releasing.release(actor("lena"))
    assert bench.scoring.state(EMIL) != before


def test_an_item_with_a_confirmed_leak_leaves_gold_and_says_why(
    bench: Workbench, tmp_path: Path
) -> None:
    """It is in no release, yet the difference names the leak: 2 of 3 met becomes 2 of 2."""
    indexes = ["001", "002", "003"]
    store(bench, tmp_path, [treatment(i, f"case-{i}", criteria=ONE) for i in indexes])
    open_round(bench, persons=("amara",))
    task = bench.reviewing.next_item(actor("amara"), "first")
    assert task is not None
    leaking = task.item.item_id
    flag = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
    bench.reviewing.submit(
        actor("amara"),
        "first",
        leaking,
        full_reading(task.item, flags=(flag,)),
        item_version=1,
        idempotency_key="leak",
    )
    read_all(bench, "amara")
    bench.releasing.release(actor("lena"))
    answer(bench, tmp_path, [graded(i, int(not leaking.endswith(i))) for i in indexes])

    row = only(bench.scoring.leaderboard(EMIL, basis="gold"))
    why = bench.scoring.difference(EMIL, "model-a", row.track)

    assert (row.value, row.n, row.exclusions) == (1.0, 2, {"leakage confirmed": 1})
    assert [(i.item_id, i.causes) for i in why.items] == [(leaking, ("leakage confirmed",))]
    assert [(s.cause, s.amount) for s in why.split] == [("exclusion", pytest.approx(1 / 3))]
