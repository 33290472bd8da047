"""Judge cards from stored grades: what people and judges said meets by its content."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from src.domain.errors import NotFoundError
from src.domain.grading import DrawKind
from src.domain.human_grade import GradingBody, Word
from src.domain.item import Track
from src.domain.people import OPERATOR, Role
from src.services.workbench import Workbench
from tests.builders import actor, item_line, statements, write_items
from tests.services.test_grading import EMIL, grade_all, make_set, study


def test_a_card_holds_the_judge_against_the_people(bench: Workbench, tmp_path: Path) -> None:
    """judge-b differs on one of 24 criteria; people say met throughout."""
    study(bench, tmp_path, judges=("judge-a", "judge-b"))
    make_set(bench)
    assert bench.judge_cards.cards(EMIL) == []
    grade_all(bench, "amara")
    grade_all(bench, "benoit")

    a, b = bench.judge_cards.cards(EMIL)

    assert (a.judge, b.judge, a.people, a.weighted) == ("judge-a", "judge-b", 2, False)
    whole = {(line.by, line.name): line for line in b.lines}
    assert whole[("all", "")].graded == 24
    assert (whole[("all", "")].both_met, whole[("all", "")].people_only) == (22, 2)
    assert whole[("all", "")].sensitivity.value == pytest.approx(22 / 24)
    assert whole[("kind", "errors")].graded == 8
    assert whole[("model", "model-b")].sensitivity.value == pytest.approx(11 / 12)
    assert whole[("all", "")].person_person.value is None


def test_only_blind_grades_count_and_what_nobody_could_judge_is_counted_apart(
    bench: Workbench, tmp_path: Path
) -> None:
    """Amara cannot judge k1; benoit, who sees scores, is left out with all three."""
    study(bench, tmp_path, models=("model-a",), number=1, judges=("judge-a",))
    bench.people.set_roles(OPERATOR, "benoit", [Role.REVIEWER, Role.LEAD])
    make_set(bench)
    for who in ("amara", "benoit"):
        person = bench.people.actor(who)
        task = bench.grading.next_answer(person, "first")
        assert task is not None
        body = GradingBody(
            words={
                "k1": Word(cannot=True), "k2": Word(value=1.0), "k3": Word(value=0.0)
            }
        )  # fmt: skip
        bench.grading.submit(person, "first", task.position, body, idempotency_key=who)
    [card] = bench.judge_cards.cards(EMIL)
    assert (card.people, card.not_blind, card.cannot_judge) == (1, 3, 1)
    assert card.lines[0].graded == 2
    assert (card.lines[0].both_met, card.lines[0].judge_only) == (1, 1)


def test_a_failed_call_is_unscored_and_never_a_zero(bench: Workbench, tmp_path: Path) -> None:
    """And a failure after a grade takes nothing away."""
    study(bench, tmp_path, models=("model-a",), number=1)
    lines = [
        [{"criterion_id": "k1", "judge": "j", "value": 1},
         {"criterion_id": "k2", "judge": "j", "status": "api_error"}],
        [{"criterion_id": "k1", "judge": "j", "status": "refused"}],
    ]  # fmt: skip
    for number, grades in enumerate(lines):
        path = tmp_path / f"again-{number}.jsonl"
        text = "I am model-a and say Erdheim-Chester disease (1)."
        path.write_text(json.dumps({"index": "001", "prediction": text, "grades": grades}))
        report = bench.predicting.store_file(EMIL, path, model="model-a", track=Track.DIAGNOSIS)
        assert report.accepted, report.problems
    make_set(bench, persons=("amara",), graders=1)
    grade_all(bench, "amara")
    [card] = bench.judge_cards.cards(EMIL)
    line = card.lines[0]
    assert (line.graded, line.both_met, line.people_only) == (3, 1, 0)
    assert (line.coverage, line.unscored) == (pytest.approx(1 / 3), 0.5)


def test_a_sample_is_weighed_by_its_chances(bench: Workbench, tmp_path: Path) -> None:
    """Item 001 is certain and differs on one of three; another of chance 1/3 stands for three."""
    study(bench, tmp_path, models=("model-a",), judges=("judge-a", "judge-b"))
    make_set(bench, draw=DrawKind.UNCERTAIN, sample=2, persons=("amara",), graders=1)
    grade_all(bench, "amara")
    card = bench.judge_cards.cards(EMIL, judge="judge-b")[0]
    assert card.weighted
    assert card.lines[0].sensitivity.value == pytest.approx((2 + 3 * 3) / (3 + 3 * 3))


def test_a_judge_who_graded_nothing_of_it_is_named(bench: Workbench, tmp_path: Path) -> None:
    """Also where the track holds nothing."""
    study(bench, tmp_path, judges=("judge-a",))
    make_set(bench)
    grade_all(bench, "amara")
    with pytest.raises(NotFoundError, match="'nobody' has graded nothing"):
        bench.judge_cards.cards(EMIL, judge="nobody")
    with pytest.raises(NotFoundError, match="in the track 'treatment'"):
        bench.judge_cards.cards(EMIL, judge="judge-a", track=Track.TREATMENT)
    assert len(bench.judge_cards.cards(EMIL, track=Track.DIAGNOSIS)) == 1


def test_a_card_costs_by_what_people_graded_and_not_by_the_study(
    bench: Workbench, tmp_path: Path
) -> None:
    """Forty more items that nobody graded: not one statement more."""
    study(bench, tmp_path, judges=("judge-a",))
    make_set(bench)
    grade_all(bench, "amara")
    with statements(bench) as before:
        bench.judge_cards.cards(EMIL)
    lines = [item_line(f"x{n}", case=f"other-{n}", images=[]) for n in range(40)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "more", lines))
    with statements(bench) as after:
        bench.judge_cards.cards(actor("lena"))
    assert len(after) == len(before)
