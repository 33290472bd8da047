"""Answers in, scores out: every value here is worked out by hand in the test that states it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from src.domain.errors import BadInputError, NotAllowedError, NotFoundError
from src.domain.item import Track
from src.domain.people import OPERATOR, Actor, Person, Role
from src.domain.prediction import Model
from src.domain.review import (
    CriterionReading,
    EditReason,
    Proposals,
    Recommendation,
)
from src.domain.scoring.board import RESAMPLES, SEED, Row
from src.domain.scoring.interval import cluster_interval
from src.domain.scoring.sheet import Policy
from src.services.predicting import PredictionReport
from src.services.scoring import LEAST_WITHHELD, WITHHELD
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items

EMIL = actor("emil")
CRITERIA = [
    {"key": "must_include-1", "text": "Starts vemurafenib", "points": 1.0},
    {"key": "must_include-2", "text": "Plans some follow-up", "points": 1.0},
    {"key": "must_include-3", "text": "Checks the skin", "points": 2.0},
    {"key": "must_not-1", "text": "Says no ECG is needed", "points": -1.0},
]


def treatment(index: str, case: str = "case-1", **changes: Any) -> dict[str, Any]:
    """Return a treatment item whose rubric has 4 attainable points."""
    values = {"answer": "Vemurafenib 960 mg twice daily.", "aliases": [], "criteria": CRITERIA}
    return item_line(index, track="treatment", case=case, **{**values, **changes})


def store(bench: Workbench, folder: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Import items that must be good."""
    report = bench.importing.store_file(OPERATOR, write_items(folder / "in", lines))
    assert report.accepted, report.problems


def answer(
    bench: Workbench,
    folder: Path,
    lines: Sequence[Mapping[str, Any]],
    model: str = "model-a",
    track: Track = Track.TREATMENT,
    **options: Any,
) -> PredictionReport:
    """Import answers written as JSON Lines."""
    path = folder / "answers.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return bench.predicting.store_file(EMIL, path, model=model, track=track, **options)


def graded(index: str, *values: float, text: str = "An answer.") -> dict[str, Any]:
    """Return an answer whose criteria k1, k2 and so on are graded so."""
    grades = [
        {"criterion_id": f"k{n}", "value": value, "judge": "judge-a"}
        for n, value in enumerate(values, start=1)
    ]
    return {"index": index, "prediction": text, "grades": grades}


def board(bench: Workbench, **asked: Any) -> dict[tuple[str, str], Row]:
    """Return (model, measure) -> row."""
    rows = bench.scoring.leaderboard(EMIL, **asked)
    return {(row.model, row.measure): row for row in rows}


def release_after(bench: Workbench, **reading: Any) -> None:
    """Let one reader read everything so, and freeze a release."""
    open_round(bench, persons=("amara",))
    read_all(bench, "amara", **reading)
    bench.releasing.release(actor("lena"))


def edit(criterion_id: str, action: str, **changes: Any) -> CriterionReading:
    """Return what a reader does with a criterion."""
    return CriterionReading(
        criterion_id=criterion_id, action=action, reason=EditReason.TOO_VAGUE, **changes
    )


def test_the_strict_score_is_the_share_of_the_attainable_points(
    bench: Workbench, tmp_path: Path
) -> None:
    """(1 + 0 + 2 - 1) / 4 = 0.5 and (1 + 1 + 2) / 4 = 1, so the mean is 0.75."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    report = answer(bench, tmp_path, [graded("001", 1, 0, 1, 1), graded("002", 1, 1, 1, 0)])
    assert (report.predictions, report.grades, report.problems) == (2, 8, ())

    row = board(bench)[("model-a", "strict_score")]

    assert (row.value, row.n, row.cases, row.unscored, row.excluded) == (0.75, 2, 2, 0, 0)
    assert (row.low, row.high) == cluster_interval(
        [0.5, 1.0], ["case-1", "case-2"], RESAMPLES, seed=SEED
    )
    assert (row.seed, row.rank) == (SEED, 1)


def test_deleting_and_reweighting_in_gold_move_the_score_by_arithmetic(
    bench: Workbench, tmp_path: Path
) -> None:
    """Without k2 and with k3 at 1 point, (1 + 0 + 1 - 1) / 2 = 0.5 becomes (1 + 1 - 1) / 2."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 1, 1, 1), graded("002", 0, 1, 0, 0)])
    release_after(bench, criteria=(edit("k2", "delete"), edit("k3", "edit", points=1.0)))

    imported = board(bench)[("model-a", "strict_score")]
    gold = board(bench, basis="gold")[("model-a", "strict_score")]

    assert imported.value == pytest.approx((3 / 4 + 1 / 4) / 2)
    assert gold.value == pytest.approx((1 / 2 + 0 / 2) / 2)
    why = bench.scoring.difference(EMIL, "model-a", Track.TREATMENT)
    assert math.fsum(i.amount for i in why.items) == pytest.approx(0.25 - 0.5, abs=1e-15)
    assert why.difference.delta == pytest.approx(-0.25)
    assert {i.item_id: (i.before, i.after) for i in why.items} == {
        "test/treatment/001": (0.75, 0.5),
        "test/treatment/002": (0.25, 0.0),
    }
    assert why.items[0].causes == (
        "criterion deleted: k2 Plans some follow-up",
        "re-weighted k3 2 -> 1: Checks the skin",
    )


def test_a_reworded_criterion_is_unscored_until_it_is_graded_again(
    bench: Workbench, tmp_path: Path
) -> None:
    """Its grade was given to another wording; the answer leaves the mean, with the reason."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 1, 1, 0), graded("002", 1, 0, 0, 0)])
    open_round(bench, persons=("amara",), item_ids=("test/treatment/001",))
    read_all(bench, "amara", criteria=(edit("k2", "edit", text="Plans PET/CT after 3 months"),))
    bench.releasing.release(actor("lena"))

    gold = board(bench, basis="gold")[("model-a", "strict_score")]

    assert (gold.value, gold.n, gold.unscored) == (0.25, 1, 1)
    assert gold.reasons == {"criterion reworded: no grade yet": 1}
    [item] = bench.scoring.difference(EMIL, "model-a", Track.TREATMENT).items
    assert (item.kind, item.after) == ("left", None)
    assert item.causes == ("criterion reworded: no grade yet (k2 Plans PET/CT after 3 months)",)
    assert item.amount == pytest.approx(0.25 - (1.0 + 0.25) / 2)


def test_a_release_that_changes_nothing_leaves_the_leaderboard_as_it_was(
    bench: Workbench, tmp_path: Path
) -> None:
    """Values, intervals, counts and ranks of import and gold are the same, in both modes."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2"), item_line("001")])
    for model, third in (("model-a", 1), ("model-b", 0)):
        lines = [graded("001", 1, 0, third, 0), graded("002", 1, 1, 1, 0)]
        answer(bench, tmp_path, lines, model)
        ecd = [graded("001", 1, 0, 0, text="Erdheim-Chester disease")]
        answer(bench, tmp_path, ecd, model, Track.DIAGNOSIS)
    release_after(bench)

    for mode in ("strict", "compatible"):
        before, after = (
            [r.model_dump(exclude={"basis", "release", "policies"}) for r in found]
            for found in (
                bench.scoring.leaderboard(EMIL, basis="import", mode=mode),
                bench.scoring.leaderboard(EMIL, basis="gold", mode=mode),
            )
        )
        assert before == after
        assert len(before) == 4
    why = bench.scoring.difference(EMIL, "model-a", Track.TREATMENT)
    assert (why.difference.delta, why.items) == (0.0, ())


def test_reviewed_counts_only_the_items_of_the_release(bench: Workbench, tmp_path: Path) -> None:
    """One of two items was read: gold keeps the other as imported, reviewed leaves it out."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 0, 0, 0), graded("002", 1, 1, 1, 0)])
    open_round(bench, persons=("amara",), item_ids=("test/treatment/001",))
    read_all(bench, "amara", criteria=(edit("k2", "delete"),))
    bench.releasing.release(actor("lena"))

    reviewed = board(bench, basis="reviewed")[("model-a", "strict_score")]
    gold = board(bench, basis="gold")[("model-a", "strict_score")]
    [pair] = bench.scoring.side_by_side(EMIL, reviewed_only=True)

    assert (reviewed.value, reviewed.n, reviewed.low) == (pytest.approx(1 / 3), 1, None)
    assert gold.value == pytest.approx((1 / 3 + 1) / 2)
    assert pair.gold == reviewed
    assert (pair.imported.value, pair.imported.n) == (0.25, 1)


def test_an_item_rejected_in_review_is_excluded_and_says_so(
    bench: Workbench, tmp_path: Path
) -> None:
    """It counts as imported, not in gold; n, unscored and excluded account for every item."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    answer(bench, tmp_path, [graded("001", 1, 1, 1, 0)])
    release_after(bench, recommendation=Recommendation.REJECT, comment="Not answerable.")

    row = board(bench, basis="gold").get(("model-a", "strict_score"))
    why = bench.scoring.difference(EMIL, "model-a", Track.TREATMENT)

    assert row is not None
    assert (row.n, row.unscored, row.excluded, row.value) == (0, 0, 2, None)
    assert why.difference.before_mean == 1.0
    assert (why.difference.delta, why.items) == (None, ())


def test_an_answer_to_other_visible_content_is_kept_listed_and_left_out(
    bench: Workbench, tmp_path: Path
) -> None:
    """A newer version of a question is another question; a newer answer key is not."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    old = "0" * 64
    lines = [{**graded("001", 1, 1, 1, 0), "visible_sha256": old}, graded("002", 1, 0, 0, 0)]
    report = answer(bench, tmp_path, lines)
    assert report.other_version == ("test/treatment/001",)
    assert report.predictions == 2

    row = board(bench)[("model-a", "strict_score")]
    assert (row.value, row.n, row.unscored) == (0.25, 1, 1)
    assert row.reasons == {"answered another version": 1}
    assert "1 without a score: answered another version" in row.note

    store(bench, tmp_path, [treatment("002", "case-2", answer="Dabrafenib.")])
    assert board(bench)[("model-a", "strict_score")].n == 1
    store(bench, tmp_path, [treatment("002", "case-2", question="And now?")])
    assert board(bench)[("model-a", "strict_score")].reasons == {"answered another version": 2}


def test_gold_that_changes_the_question_is_answered_by_nobody_yet(
    bench: Workbench, tmp_path: Path
) -> None:
    """The wording a model saw is not the wording of gold, so its answer is left out there."""
    store(bench, tmp_path, [treatment("001")])
    answer(bench, tmp_path, [graded("001", 1, 1, 1, 0)])
    release_after(bench, proposals=Proposals(question="Which drug comes first?"))

    gold = board(bench, basis="gold")[("model-a", "strict_score")]

    assert gold.reasons == {"answered another version": 1}
    assert board(bench)[("model-a", "strict_score")].value == 1.0


def test_a_missing_grade_is_never_a_zero(bench: Workbench, tmp_path: Path) -> None:
    """A judge's failure and an answer without grades leave their items out of the mean."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "c2"), treatment("003", "c3")])
    failed = graded("002", 1, 1, 1)
    failed["grades"].append({"criterion_id": "k4", "judge": "judge-a", "status": "api_error"})
    answer(bench, tmp_path, [graded("001", 0, 1, 0, 0), failed])

    row = board(bench)[("model-a", "strict_score")]

    assert (row.value, row.n, row.unscored) == (0.25, 1, 2)
    assert row.reasons == {"a grade is missing": 1, "no answer": 1}


def test_token_f1_and_an_accepted_name(bench: Workbench, tmp_path: Path) -> None:
    """'Polyostotic sclerosing histiocytosis' shares no word with the answer: 0, then 1 in gold.

    'Erdheim Chester' against 'Erdheim-Chester disease': tokens {erdheim, chester} and
    {erdheimchester, disease} share none (the published normaliser joins hyphens), F1 0.
    'Erdheim-Chester' shares one of 1 and 2 tokens: P 1, R 1/2, F1 2/3.
    """
    store(bench, tmp_path, [item_line("001"), item_line("002", case="case-2")])
    name = "Polyostotic sclerosing histiocytosis"
    lines = [
        {"index": "001", "prediction": name},
        {"index": "002", "prediction": "Erdheim-Chester"},
    ]
    answer(bench, tmp_path, lines, track=Track.DIAGNOSIS)
    release_after(bench, proposals=Proposals(aliases=(name,)))

    asked: dict[str, Any] = {"mode": "compatible"}
    assert board(bench, **asked)[("model-a", "token_f1")].value == pytest.approx((0 + 2 / 3) / 2)
    gold = board(bench, basis="gold", **asked)[("model-a", "token_f1")]
    assert gold.value == pytest.approx((1 + 2 / 3) / 2)
    [item] = bench.scoring.difference(EMIL, "model-a", Track.DIAGNOSIS, mode="compatible").items
    assert (item.item_id, item.causes) == ("test/diagnosis/001", (f"name accepted: {name}",))
    assert item.amount == pytest.approx(0.5)


def test_a_diagnosis_earns_three_points_for_the_disease(bench: Workbench, tmp_path: Path) -> None:
    """k1 met, k2 not, no error, the disease named: (3 + 1) / 5; another disease: 1 / 5."""
    store(bench, tmp_path, [item_line("001"), item_line("002", case="case-2")])
    lines = [
        graded("001", 1, 0, 0, text="Diagnosis:\nErdheim-Chester disease\nBecause of the bones."),
        graded("002", 1, 0, 0, text="Langerhans cell histiocytosis"),
    ]
    answer(bench, tmp_path, lines, track=Track.DIAGNOSIS)

    row = board(bench)[("model-a", "strict_score")]

    assert row.value == pytest.approx((4 / 5 + 1 / 5) / 2)


def test_a_ranked_list_and_its_recall(bench: Workbench, tmp_path: Path) -> None:
    """First hits at rank 2 and nowhere: recall 0, 1/2, 1/2, 1/2 and MRR 1/4."""
    store(
        bench,
        tmp_path,
        [item_line(i, track="differential", case=f"c{i}", criteria=[]) for i in ("1", "2")],
    )
    lines = [
        {"index": "1", "prediction": "1. Sarcoidosis\n2. Erdheim-Chester disease"},
        {"index": "2", "prediction": "1. Sarcoidosis\n2. Lymphoma"},
    ]
    answer(bench, tmp_path, lines, track=Track.DIFFERENTIAL)

    rows = board(bench, mode="compatible")

    assert {measure: row.value for (_, measure), row in rows.items()} == {
        "recall@1": 0.0,
        "recall@3": 0.5,
        "recall@5": 0.5,
        "recall@10": 0.5,
        "mrr": 0.25,
        "mr": 2.0,
        "hit_rate": 0.5,
        "parse_fail_rate": 0.0,
    }


def test_an_unanswered_item_that_counts_is_the_worst_in_every_published_measure(
    bench: Workbench, tmp_path: Path
) -> None:
    """Of two lists one is missing: half a hit, half a list without entries, and no rank."""
    store(
        bench,
        tmp_path,
        [item_line(i, track="differential", case=f"c{i}", criteria=[]) for i in ("1", "2")],
    )
    lines = [{"index": "1", "prediction": "1. Erdheim-Chester disease\n2. Lymphoma"}]
    answer(bench, tmp_path, lines, track=Track.DIFFERENTIAL)

    rows = board(bench, mode="compatible", policy=Policy(abstain="zero"))

    values = {measure: row.value for (_, measure), row in rows.items()}
    assert (values["hit_rate"], values["parse_fail_rate"], values["mr"]) == (0.5, 0.5, 1.0)


def test_the_substring_fallback_and_its_note(bench: Workbench, tmp_path: Path) -> None:
    """The answer's first 50 characters, ignoring case, are in one prediction of two."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    lines = [
        {"index": "001", "prediction": "Start VEMURAFENIB 960 mg twice daily. Then wait."},
        {"index": "002", "prediction": "Wait."},
    ]
    answer(bench, tmp_path, lines)

    row = board(bench, mode="compatible")[("model-a", "substring_match")]

    assert row.value == 0.5
    assert "fallback without a judge" in row.note


def test_equal_scores_share_a_rank(bench: Workbench, tmp_path: Path) -> None:
    """Two models at 1 are both first; the third is third."""
    store(bench, tmp_path, [treatment("001")])
    for model, values in (("b", (1, 1, 1, 0)), ("a", (1, 1, 1, 0)), ("c", (0, 0, 1, 0))):
        answer(bench, tmp_path, [graded("001", *values)], model)

    rows = bench.scoring.leaderboard(EMIL)

    assert [(row.model, row.rank) for row in rows] == [("a", 1), ("b", 1), ("c", 3)]


def test_the_same_file_again_changes_nothing(bench: Workbench, tmp_path: Path) -> None:
    """No answer, no grade and no event is added; a changed grade is, and the newest counts."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    first = answer(bench, tmp_path, [graded("001", 0, 1, 0, 0)])
    head = bench.browsing.head(OPERATOR)
    again = answer(bench, tmp_path, [graded("001", 0, 1, 0, 0)])

    assert (first.predictions, first.missing) == (1, ("test/treatment/002",))
    assert (again.predictions, again.unchanged, again.grades) == (0, 1, 0)
    assert bench.browsing.head(OPERATOR) == head

    better = answer(bench, tmp_path, [graded("001", 1, 1, 0, 0), graded("002", 0, 0, 0, 0)])
    assert (better.predictions, better.grades, better.missing) == (1, 5, ())
    event = bench.browsing.log(actor("lena"), size=1)[0]
    assert (event.kind, event.actor) == ("predictions.imported", "emil")
    assert board(bench)[("model-a", "strict_score")].value == (2 / 4 + 0) / 2
    assert bench.browsing.verify(actor("lena")).problems == ()


def test_one_problem_keeps_the_whole_file_out(bench: Workbench, tmp_path: Path) -> None:
    """Each problem is named with line and rule; neither answers nor model are stored."""
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    twice = {"item_id": "test/treatment/001", "prediction": "Again."}
    strange = graded("002", 1, 2)
    strange["grades"].append({"criterion_id": "k9", "value": 1})

    report = answer(bench, tmp_path, [graded("001", 1, 1, 1, 0), strange, twice])

    assert [(p.line, p.column, p.rule) for p in report.problems] == [
        (3, None, "duplicate_id"),
        (2, "grades[1]", "bad_value"),
        (2, "grades[2]", "unknown_criterion"),
    ]
    assert (report.predictions, report.grades, report.accepted) == (0, 0, False)
    assert bench.predicting.models(EMIL) == []
    assert bench.predicting.answered(EMIL) == []


def test_ids_nobody_knows_are_listed_and_passed_over(bench: Workbench, tmp_path: Path) -> None:
    """A file of the public release may hold more or fewer items than the study."""
    store(bench, tmp_path, [treatment("001")])
    lines = [{"index": "001", "prediction": "a"}, {"index": "777", "prediction": "b"}]
    assert answer(bench, tmp_path, lines).unknown == ("777",)

    refused = answer(bench, tmp_path, lines[1:])
    assert [p.rule for p in refused.problems] == ["unknown_items"]


def test_an_index_of_two_datasets_needs_a_name(bench: Workbench, tmp_path: Path) -> None:
    """With the dataset named it is clear, and only its items can be missing."""
    store(bench, tmp_path, [treatment("001"), treatment("001", "case-2", dataset="other")])
    lines = [{"index": "001", "prediction": "a"}]

    unclear = answer(bench, tmp_path, lines)
    clear = answer(bench, tmp_path, lines, dataset="other")

    assert [p.rule for p in unclear.problems] == ["ambiguous_index"]
    assert (clear.predictions, clear.missing) == (1, ())


def test_what_cannot_be_asked_is_refused_in_words(bench: Workbench, tmp_path: Path) -> None:
    """No release, no grades to correct, no such condition, no such file, no role."""
    store(bench, tmp_path, [treatment("001")])
    with pytest.raises(NotFoundError, match="no release yet"):
        bench.scoring.leaderboard(EMIL, basis="gold")
    with pytest.raises(BadInputError, match="nothing to correct"):
        bench.scoring.leaderboard(EMIL, basis="corrected", mode="compatible")
    with pytest.raises(BadInputError, match="no condition 'loud'"):
        answer(bench, tmp_path, [graded("001", 1, 1, 1, 1)], condition="loud")
    with pytest.raises(BadInputError):
        bench.predicting.store_file(EMIL, tmp_path / "none.jsonl", model="m", track=Track.TREATMENT)
    for person in ("stranger", "amara", "chen"):
        with pytest.raises(NotAllowedError):
            bench.scoring.leaderboard(actor(person))
        with pytest.raises(NotAllowedError):
            bench.scoring.side_by_side(actor(person))
        with pytest.raises(NotAllowedError):
            bench.predicting.add_model(actor(person), Model(name="m"))


@pytest.mark.parametrize("waiting", [1, LEAST_WITHHELD - 1, LEAST_WITHHELD])
def test_no_sum_tells_what_became_of_a_few_items_a_reader_may_still_read(
    bench: Workbench, tmp_path: Path, waiting: int
) -> None:
    """Of one to four neither amount nor mean is told; of five they stand in one sum, all counted.

    Review changed nothing in the last of them: that is not told either.
    """
    vera = Actor(person_id="vera", roles=frozenset({Role.REVIEWER, Role.EVALUATOR}))
    bench.people.add(OPERATOR, Person(person_id="vera", display_name="Vera", roles=vera.roles))
    indexes = [f"{n:03}" for n in range(1, 8)]
    store(bench, tmp_path, [treatment(index, f"case-{index}") for index in indexes])
    met = [graded(index, 1, 0, 1, 0) for index in indexes]
    unmoved = graded(indexes[waiting - 1], 1, 1, 1, 0)
    answer(bench, tmp_path, [unmoved if m["index"] == unmoved["index"] else m for m in met], "a")
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.TOO_VAGUE)
    release_after(bench, criteria=(delete,))
    ids = tuple(f"test/treatment/{index}" for index in indexes[:waiting])
    open_round(bench, name="second", persons=("vera",), item_ids=ids)

    found = bench.scoring.difference(vera, "a", Track.TREATMENT)
    (causes,) = bench.scoring.causes(vera, Track.TREATMENT)

    every = bench.scoring.difference(EMIL, "a", Track.TREATMENT)
    assert len(every.items) == len(indexes) - 1
    assert (found.withheld, causes.withheld) == (waiting, waiting)
    assert {item.item_id for item in found.items}.isdisjoint(ids)
    assert found.is_told is causes.is_told is (waiting == LEAST_WITHHELD)
    if found.is_told:
        shares = {share.cause: (share.items, share.amount) for share in found.split}
        assert shares[WITHHELD][0] == waiting
        assert found.difference.delta == every.difference.delta
        assert causes.split == found.split
    else:
        assert found.difference.model_dump(exclude={"contributions"}) == {
            "before_mean": None,
            "after_mean": None,
            "delta": None,
        }
        assert {item.amount for item in found.items} == {None}
        assert (found.split, found.difference.contributions, causes.split) == ((), (), ())
        assert (causes.before, causes.after) == (None, None)


def test_a_reader_is_not_told_what_changed_of_items_they_may_still_read(
    bench: Workbench, tmp_path: Path
) -> None:
    """Gold of an earlier round, asked again in a second one; told once their reading is sent."""
    vera = Actor(person_id="vera", roles=frozenset({Role.REVIEWER, Role.EVALUATOR}))
    bench.people.add(OPERATOR, Person(person_id="vera", display_name="Vera", roles=vera.roles))
    store(bench, tmp_path, [treatment("001"), treatment("002", "case-2")])
    for model, met in (("model-a", (1, 0, 1, 0)), ("model-b", (0, 1, 1, 0))):
        answer(bench, tmp_path, [graded("001", *met), graded("002", 1, 1, 0, 0)], model)
    delete = CriterionReading(criterion_id="k1", action="delete", reason=EditReason.TOO_VAGUE)
    release_after(bench, criteria=(delete,))

    def told(who: Actor) -> tuple[list[str], int, int, set[str]]:
        why = bench.scoring.difference(who, "model-a", Track.TREATMENT)
        named = [item.item_id for item in why.items]
        flips = bench.breakdowns.flips(who, Track.TREATMENT)
        return named, why.withheld, len(why.split), {flip.item for flip in flips}

    everything = told(EMIL)
    assert len(everything[0]) == 2
    assert told(vera) == everything
    item = everything[0][0]
    open_round(bench, name="second", persons=("vera",), item_ids=(item,))

    named, withheld, split, flipped = told(vera)
    assert (named, withheld, split) == (everything[0][1:], 1, 0)
    assert item not in flipped
    assert told(EMIL) == everything

    task = bench.reviewing.next_item(vera, "second")
    assert task is not None
    bench.reviewing.submit(
        vera, "second", item, full_reading(task.item), item_version=1, idempotency_key="v"
    )
    assert told(vera) == everything


def test_a_file_s_grade_that_leans_on_the_reference_answer_ends_with_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """Review gives another answer: what was graded against the old one waits, the rest counts."""
    criteria = [
        {"key": "must_include-1", "text": "Gives the same treatment as the reference answer"},
        {"key": "must_include-2", "text": "Plans some follow-up"},
    ]
    store(bench, tmp_path, [treatment("001", criteria=criteria)])
    answer(bench, tmp_path, [graded("001", 1, 1)])
    release_after(
        bench,
        proposals=Proposals(answer="Cobimetinib."),
        recommendation=Recommendation.ACCEPT_WITH_EDITS,
    )

    before = board(bench)[("model-a", "strict_score")]
    after = board(bench, basis="gold")[("model-a", "strict_score")]

    assert (before.value, before.reasons) == (1.0, {})
    assert (after.value, after.reasons) == (None, {"a grade is missing": 1})
