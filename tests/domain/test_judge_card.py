"""What a judge is worth: values worked out by hand, and alarms in words."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from src.domain.judge_card import (
    UNEQUAL,
    JudgeCard,
    Judged,
    alarms_of,
    card_lines,
    is_met,
    renamed,
)
from src.domain.proportion import effective_count, wilson_interval

_cases = count()


def judged(number: int, judge: bool | None, *people: bool, **changes: object) -> list[Judged]:
    """Return so many criteria, each of a case of its own, that people and a judge graded so."""
    one = Judged(
        model="model-a",
        track="diagnosis",
        case_id="",
        negative=False,
        required=True,
        people=people,
        judge=judge,
        asked=True,
    )
    return [
        one.model_copy(update={"case_id": f"case-{next(_cases)}", **changes}) for _ in range(number)
    ]


def test_confusion_sensitivity_and_kappa_are_those_of_the_textbook_table() -> None:
    """[[118, 5], [2, 0]]: agreement .944 and Cohen's kappa -.0234, the paradox of prevalence."""
    found = [
        *judged(118, True, True),
        *judged(5, True, False),
        *judged(2, False, True),
    ]
    [line, *_] = card_lines(found)
    assert (line.both_met, line.judge_only, line.people_only, line.neither) == (118, 5, 2, 0)
    assert line.kappa.value == line.judge_person.value == pytest.approx(-0.0234, abs=5e-5)
    assert line.sensitivity.value == pytest.approx(118 / 120)
    assert (line.sensitivity.low, line.sensitivity.high) == wilson_interval(118, 120)
    assert (line.specificity.value, line.specificity.n) == (0.0, 5)
    assert line.informedness == pytest.approx(118 / 120 - 1)
    assert (line.coverage, line.unscored) == (1.0, 0.0)


def test_the_ceiling_is_what_two_people_reach_with_each_other() -> None:
    """The same table between two people, nobody first: (.944 - .945568) / (1 - .945568)."""
    found = [
        *judged(118, True, True, True),
        *judged(3, True, True, False),
        *judged(4, True, False, True),
    ]
    [line, *_] = card_lines(found)
    assert line.person_person.value == pytest.approx((0.944 - 0.945568) / (1 - 0.945568))
    assert line.split == 7
    assert line.kappa.n == 118
    assert line.judge_person.n == line.person_person.n == 125


def test_a_majority_decides_and_an_even_split_says_nothing() -> None:
    """Two of three; one of two is held against nobody."""
    found = [*judged(1, True, True, True, False), *judged(1, False, True, False)]
    [line, *_] = card_lines(found)
    assert (line.both_met, line.split, line.graded) == (1, 1, 2)
    assert line.specificity.value is None
    assert line.informedness is None


def test_answers_of_a_sample_weigh_what_they_stand_for() -> None:
    """10 right at 2 each, 10 wrong at 1: 20/30, with 900/50 = 18 effective criteria."""
    found = [*judged(10, True, True, weight=2.0), *judged(10, False, True, weight=1.0)]
    [line, *_] = card_lines(found)
    assert line.sensitivity.value == pytest.approx(2 / 3)
    assert (line.sensitivity.low, line.sensitivity.high) == pytest.approx(wilson_interval(12, 18))
    assert line.sensitivity.n == 20


def test_the_interval_draws_whole_cases() -> None:
    """Ten copies of each criterion in one case tell no more than one: the interval stays wide."""
    single = [*judged(12, True, True), *judged(4, True, False), *judged(8, False, False)]
    tenfold = [one for one in single for _ in range(10)]
    [line, *_] = card_lines(single)
    [same, *_] = card_lines(tenfold)
    assert same.kappa.value == pytest.approx(line.kappa.value)
    assert (same.kappa.low, same.kappa.high) == pytest.approx((line.kappa.low, line.kappa.high))


def test_what_was_not_asked_and_what_failed_are_told_apart() -> None:
    """4 graded, 1 failed, 5 never asked: covers 0.4, unscored 0.2 of what was asked."""
    found = [
        *judged(4, True, True),
        *judged(1, None, True),
        *judged(5, None, True, asked=False),
    ]
    [line, *_] = card_lines(found)
    assert (line.coverage, line.unscored) == (0.4, 0.2)


def test_lines_come_by_kind_track_and_model() -> None:
    """An error is an error whether required or not."""
    found = [
        *judged(1, True, True),
        *judged(1, True, True, negative=True),
        *judged(1, True, True, required=False, model="model-b", track="treatment"),
    ]
    assert [(line.by, line.name) for line in card_lines(found)] == [
        ("all", ""),
        ("kind", "errors"),
        ("kind", "optional"),
        ("kind", "required"),
        ("track", "diagnosis"),
        ("track", "treatment"),
        ("model", "model-a"),
        ("model", "model-b"),
    ]


def test_a_judge_who_says_met_to_everything_is_called_worthless() -> None:
    """Right on 25 of 25 that are met and on 0 of 25 that are not: 0 better than guessing."""
    found = [*judged(25, True, True), *judged(25, True, False)]
    [alarm] = alarms_of("judge-a", card_lines(found))
    assert (alarm.rule, alarm.by) == ("worthless", "all")
    assert "hardly better than guessing on all criteria together" in alarm.text
    assert "100 % of what people say is met (n = 25)" in alarm.text
    assert "chance" not in alarm.text


def test_a_judge_who_is_worthless_only_on_errors_is_called_so_there() -> None:
    """Good on the rest: the alarm names the kind in words."""
    found = [
        *judged(30, True, True), *judged(30, False, False),
        *judged(10, False, True, negative=True), *judged(10, False, False, negative=True),
    ]  # fmt: skip
    [alarm] = alarms_of("judge-a", card_lines(found))
    assert (alarm.by, alarm.name) == ("kind", "errors")
    assert "on criteria that mark an error" in alarm.text


def misread(times: int) -> list[Judged]:
    """Return a judge's grades of two models: 0.8 better than guessing on one, 0.5 on the other."""
    return [
        *judged(9 * times, True, True), *judged(times, False, True),
        *judged(9 * times, False, False), *judged(times, True, False),
        *judged(7 * times, True, True, model="model-b"),
        *judged(3 * times, False, True, model="model-b"),
        *judged(8 * times, False, False, model="model-b"),
        *judged(2 * times, True, False, model="model-b"),
    ]  # fmt: skip


def test_a_judge_who_misreads_one_model_is_called_unequal() -> None:
    """With forty criteria of a kind that is sure; with ten chance makes as much, and no alarm."""
    [alarm] = alarms_of("judge-a", card_lines(misread(4)))
    assert (alarm.rule, alarm.name) == ("unequal", "model-a, model-b")
    assert "0.80 for model-a and 0.50 for model-b" in alarm.text
    assert alarms_of("judge-a", card_lines(misread(1))) == []


def test_a_judge_who_judges_all_alike_rarely_rings_however_many_models_there_are() -> None:
    """Of 23 models, 50 criteria met and 50 not, the judge right on 0.9 and 0.8 of each.

    The widest difference passes 0.15 nearly always; the alarm rings in less than one study of ten.
    """
    rng = np.random.default_rng(5)
    rang = wide = 0
    for _ in range(20):
        lines = [
            line
            for model in range(23)
            for line in card_lines(alike(rng, f"model-{model:02}"))
            if line.by == "model"
        ]
        reached = [line.informedness or 0.0 for line in lines]
        wide += max(reached) - min(reached) > UNEQUAL
        rang += bool(alarms_of("judge-a", lines))
    assert wide >= 18
    assert rang <= 2


def alike(rng: np.random.Generator, model: str) -> list[Judged]:
    """Return a judge's grades of a model, right on 0.9 of what is met and 0.8 of what is not."""
    met, unmet = rng.binomial(50, 0.9), rng.binomial(50, 0.8)
    return [
        *judged(met, True, True, model=model), *judged(50 - met, False, True, model=model),
        *judged(unmet, False, False, model=model), *judged(50 - unmet, True, False, model=model),
    ]  # fmt: skip


def test_intervals_hold_where_criteria_of_a_case_go_together() -> None:
    """30 cases of 40 criteria, the judge's share of a case beta(3.6, 0.4) distributed.

    Criteria taken one by one, the 95 % interval would hold the true 0.9 in half of the studies.
    """
    rng = np.random.default_rng(3)
    held = naive = 0
    for _ in range(400):
        right = rng.binomial(40, rng.beta(3.6, 0.4, 30)).astype(np.float64)
        counted = effective_count(right, np.full(30, 40.0))
        share = right.sum() / 1200
        low, high = wilson_interval(share * counted, counted)
        held += low <= 0.9 <= high
        low, high = wilson_interval(right.sum(), 1200)
        naive += low <= 0.9 <= high
    assert naive < 260
    assert 360 <= held <= 395


def test_models_are_called_by_the_names_they_are_shown_by_in_lines_and_alarms() -> None:
    """A track of the same name keeps its own."""
    found = [
        *judged(30, True, True), *judged(30, False, False),
        *judged(9, False, True, model="model-b"), *judged(9, True, False, model="model-b"),
    ]  # fmt: skip
    lines = tuple(card_lines(found))
    alarms = tuple(alarms_of("judge-a", lines))
    card = JudgeCard(
        judge="judge-a",
        lines=lines,
        alarms=alarms,
        weighted=False,
        people=1,
        not_blind=0,
        cannot_judge=0,
    )

    shown = renamed(card, {"model-b": "Model B", "diagnosis": "Somebody"})

    assert [line.name for line in shown.lines if line.by == "model"] == ["model-a", "Model B"]
    assert [line for line in shown.lines if line.by != "model"] == [
        line for line in lines if line.by != "model"
    ]
    assert any("answers of Model B" in alarm.text for alarm in shown.alarms)
    assert all("model-b" not in alarm.text for alarm in shown.alarms)


def test_a_good_judge_raises_no_alarm_and_nothing_graded_makes_no_line() -> None:
    """Silence is for what holds."""
    assert alarms_of("j", card_lines([*judged(30, True, True), *judged(30, False, False)])) == []
    assert card_lines([]) == []


def test_half_of_a_scale_is_met() -> None:
    """1 of 2 is met, 1 of 3 is not."""
    assert (is_met(1, 2), is_met(1, 3), is_met(1, 1), is_met(0, 1)) == (True, False, True, False)
