"""What a judge is worth, measured against people who graded the same criteria of the same answers.

A grade counts as met from half of its scale on, so that all scales can be held together. Where
the answers are a sample, each weighs 1 / its chance to be drawn (Horvitz and Thompson 1952,
Journal of the American Statistical Association 47(260), 663-685).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import hypot, sqrt
from statistics import NormalDist, fmean
from typing import Final, NamedTuple

import numpy as np
from pydantic import BaseModel

from src.domain.interrater.ratings import Codes
from src.domain.interrater.statistic import RESAMPLES, Interval, Statistic, Sums, bootstrap, share
from src.domain.plurals import counted
from src.domain.proportion import effective_count, wilson_interval

SEED: Final = 20_261_126
"""Of every interval; the card names it, so that it can be computed again."""
WORTHLESS: Final = 0.2
"""Sensitivity + specificity - 1 below which a judge is hardly better than guessing."""
UNEQUAL: Final = 0.15
"""Difference of that number between two models above which the judge cannot compare them."""
BY_CHANCE: Final = 0.05
"""The alarm rings where so large a difference among so many models has a smaller chance."""
FEW: Final = 20
"""Fewer of either kind, and an alarm may be chance: it says so."""
MET_FROM: Final = 0.5
"""Share of a criterion's scale from which a grade counts as met."""


class Judged(BaseModel, frozen=True, extra="forbid"):
    """One criterion of one answer: what people said of it, and what the judge did."""

    model: str
    track: str
    case_id: str
    negative: bool
    """True for a criterion that marks an error."""
    required: bool
    people: tuple[bool, ...]
    """Met or not, of each person who could judge; at least one."""
    judge: bool | None
    """None where the judge has given no grade."""
    asked: bool
    """True where the judge was asked, whether or not a grade came."""
    weight: float = 1.0

    @property
    def reference(self) -> bool | None:
        """What most people say; None where they are split evenly."""
        met = sum(self.people)
        return None if 2 * met == len(self.people) else 2 * met > len(self.people)

    @property
    def kind(self) -> str:
        """The kind of criterion, in words."""
        if self.negative:
            return "errors"
        return "required" if self.required else "optional"


class Estimate(BaseModel, frozen=True, extra="forbid"):
    """A number with its 95 % interval; None where it is undefined."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    """Criteria it rests on."""


class CardLine(BaseModel, frozen=True, extra="forbid"):
    """The judge on one group of criteria."""

    by: str
    """all, kind, track or model."""
    name: str
    """Which of them; empty for all."""
    graded: int
    """Criteria of answers that people graded."""
    cases: int
    split: int
    """Of those: people are split evenly, so that there is nothing to hold the judge against."""
    both_met: int
    judge_only: int
    """The judge says met, people do not."""
    people_only: int
    """People say met, the judge does not."""
    neither: int
    sensitivity: Estimate
    """Of what people say is met, the share where the judge says so too; Wilson's interval, of as
    many criteria as tell as much where those of a case go together."""
    specificity: Estimate
    """Of what people say is not met, the share where the judge says so too; interval as above."""
    informedness: float | None
    """Sensitivity + specificity - 1: 0 is guessing, 1 is perfect."""
    kappa: Estimate
    """Cohen's, judge against what most people say; whole cases drawn again and again."""
    judge_person: Estimate
    """Kappa of pairs of the judge and one person."""
    person_person: Estimate
    """Kappa of pairs of two people: what a judge can hope to reach."""
    coverage: float | None
    """Share of what people graded that has a grade of the judge, 0 to 1."""
    unscored: float | None
    """Share of what the judge was asked where no grade came, 0 to 1."""


class Alarm(BaseModel, frozen=True, extra="forbid"):
    """Something an evaluator must know before they use a judge's grades, in words."""

    rule: str
    """worthless or unequal."""
    by: str
    name: str
    text: str


class JudgeCard(BaseModel, frozen=True, extra="forbid"):
    """What one judge is worth on the answers that people graded."""

    judge: str
    lines: tuple[CardLine, ...]
    alarms: tuple[Alarm, ...]
    weighted: bool
    """True where answers had unequal chances to be graded and weigh 1 / their chance."""
    people: int
    from_files: int = 0
    """Of these, people known only from a file: how they graded rests on its word, or on none."""
    not_blind: int
    """Grades left out because whoever gave them could see scores or judges' grades."""
    cannot_judge: int
    """Grades in which somebody said that they could not judge."""
    seed: int = SEED
    resamples: int = RESAMPLES


def is_met(value: float, maximum: int) -> bool:
    """Tell whether a grade, 0 to the criterion's maximum, counts as met."""
    return value / maximum >= MET_FROM


Cells = tuple[float, float, float, float]
"""Both met, first only, second only, neither."""


class _Counted(NamedTuple):
    """One criterion of one answer with what it adds to each kappa: counted once for all groups."""

    one: Judged
    reference: bool | None
    tables: tuple[Cells, Cells, Cells]
    """Judge and majority, judge and each person, person and person."""


def card_lines(found: Sequence[Judged]) -> list[CardLine]:
    """Return the judge on all criteria, then by kind, track and model where there are several."""
    groups: list[tuple[str, Callable[[Judged], str]]] = [
        ("kind", lambda one: one.kind),
        ("track", lambda one: one.track),
        ("model", lambda one: one.model),
    ]
    rows = [_Counted(one, one.reference, _tables(one)) for one in found]
    lines = [_line("all", "", rows)] if found else []
    for by, name_of in groups:
        parts: dict[str, list[_Counted]] = defaultdict(list)
        for each in rows:
            parts[name_of(each.one)].append(each)
        lines += [_line(by, name, group) for name, group in sorted(parts.items())]
    return lines


def _line(by: str, name: str, group: Sequence[_Counted]) -> CardLine:
    compared = [each for each in group if each.one.judge is not None and each.reference is not None]
    cells = [[0, 0], [0, 0]]
    for each in compared:
        cells[bool(each.reference)][bool(each.one.judge)] += 1
    sensitivity = _found([each.one for each in compared if each.reference], says=True)
    specificity = _found([each.one for each in compared if not each.reference], says=False)
    defined = sensitivity.value is not None and specificity.value is not None
    kappa, judge_person, person_person = _kappas(group)
    asked = sum(each.one.asked for each in group)
    given = sum(each.one.judge is not None for each in group)
    return CardLine(
        by=by,
        name=name,
        graded=len(group),
        cases=len({each.one.case_id for each in group}),
        split=sum(each.reference is None for each in group),
        both_met=cells[1][1],
        judge_only=cells[0][1],
        people_only=cells[1][0],
        neither=cells[0][0],
        sensitivity=sensitivity,
        specificity=specificity,
        informedness=(
            (sensitivity.value or 0.0) + (specificity.value or 0.0) - 1 if defined else None
        ),
        kappa=kappa,
        judge_person=judge_person,
        person_person=person_person,
        coverage=given / len(group) if group else None,
        unscored=(asked - given) / asked if asked else None,
    )


def _found(group: Sequence[Judged], *, says: bool) -> Estimate:
    """Return the weighted share of a group where the judge says so, with Wilson's interval.

    Criteria of one case go together, and weighted answers count as many as they are worth, so the
    interval is that of as many independent criteria as tell as much; never of more than there are.
    """
    if not group:
        return Estimate(value=None, low=None, high=None, n=0)
    places = {case: number for number, case in enumerate(dict.fromkeys(o.case_id for o in group))}
    parts, wholes = np.zeros(len(places)), np.zeros(len(places))
    for one in group:
        place = places[one.case_id]
        wholes[place] += one.weight
        parts[place] += one.weight * (one.judge is says)
    weights = np.array([one.weight for one in group])
    most = float(weights.sum() ** 2 / (weights**2).sum())
    alone = len(places) == len(group)
    effective = most if alone else min(most, effective_count(parts, wholes))
    value = float(parts.sum() / wholes.sum())
    low, high = wilson_interval(value * effective, effective)
    return Estimate(value=value, low=low, high=high, n=len(group))


# ---- kappas --------------------------------------------------------------------------------


def _kappas(group: Sequence[_Counted]) -> tuple[Estimate, Estimate, Estimate]:
    """Return kappa of the judge and the majority, of judge and person, of person and person."""
    cases = [each.one.case_id for each in group]
    places = {case: number for number, case in enumerate(dict.fromkeys(cases))}
    clusters: Codes = np.array([places[case] for case in cases], dtype=np.intp)
    tables = np.array([each.tables for each in group], dtype=np.float64).reshape(-1, 3, 4)
    statistics = [
        Statistic(name, tables[:, number], _kappa, None)
        for number, name in enumerate(("majority", "judge_person", "person_person"))
    ]
    intervals = bootstrap(statistics, clusters, seed=SEED)
    majority, judge, person = (
        _estimate(statistic, interval)
        for statistic, interval in zip(statistics, intervals, strict=True)
    )
    return majority, judge, person


def _estimate(statistic: Statistic, interval: Interval | None) -> Estimate:
    value = statistic.value()
    told = interval if value is not None else None
    return Estimate(
        value=value,
        low=told.low if told else None,
        high=told.high if told else None,
        n=int((statistic.parts.sum(axis=1) > 0).sum()),
    )


def _kappa(sums: Sums) -> Sums:
    """Return Cohen's kappa of tables of both met, first only, second only, neither.

    Cohen (1960), Educational and Psychological Measurement 20(1), 37-46.
    """
    both, first, second, neither = (sums[:, n] for n in range(4))
    total = sums.sum(axis=1)
    agreed = share(both + neither, total)
    by_first, by_second = share(both + first, total), share(both + second, total)
    chance = by_first * by_second + (1 - by_first) * (1 - by_second)
    return share(agreed - chance, 1 - chance)


def _tables(one: Judged) -> tuple[Cells, Cells, Cells]:
    return _with_majority(one), _with_each(one), _among_people(one)


NOTHING: Final = (0.0, 0.0, 0.0, 0.0)


def _cell(first: bool, second: bool, weight: float) -> Cells:
    if first:
        return (weight, 0.0, 0.0, 0.0) if second else (0.0, weight, 0.0, 0.0)
    return (0.0, 0.0, weight, 0.0) if second else (0.0, 0.0, 0.0, weight)


def _with_majority(one: Judged) -> Cells:
    if one.judge is None or one.reference is None:
        return NOTHING
    return _cell(one.judge, one.reference, one.weight)


def _with_each(one: Judged) -> Cells:
    if one.judge is None:
        return NOTHING
    each = one.weight / len(one.people)
    met, unmet = sum(one.people) * each, (len(one.people) - sum(one.people)) * each
    return (met, unmet, 0.0, 0.0) if one.judge else (0.0, 0.0, met, unmet)


def _among_people(one: Judged) -> Cells:
    size, met = len(one.people), sum(one.people)
    if size < 2:
        return NOTHING
    other, each = size - met, one.weight / (size * (size - 1))
    apart = met * other * each
    return (met * (met - 1) * each, apart, apart, other * (other - 1) * each)


def renamed(card: JudgeCard, names: Mapping[str, str]) -> JudgeCard:
    """Return a card whose lines and alarms call models by the names they are shown by."""
    lines = tuple(
        line.model_copy(update={"name": names.get(line.name, line.name)})
        if line.by == "model"
        else line
        for line in card.lines
    )
    alarms = tuple(alarms_of(card.judge, lines))
    return card.model_copy(update={"lines": lines, "alarms": alarms})


# ---- alarms --------------------------------------------------------------------------------


WORDS: Final = {
    "errors": "criteria that mark an error",
    "required": "required criteria",
    "optional": "optional criteria",
}


def alarms_of(judge: str, lines: Sequence[CardLine]) -> list[Alarm]:
    """Return what an evaluator must know before they rely on the judge: the worst first.

    A judge who is worthless on the whole is called so once, not in each group again.
    """
    worthless = [
        line for line in lines if line.informedness is not None and line.informedness < WORTHLESS
    ]
    whole = [line for line in worthless if line.by == "all"]
    if whole:
        return [_worthless(judge, line) for line in whole]
    worthless.sort(key=lambda line: line.informedness or 0.0)
    unequal = _unequal(judge, [line for line in lines if line.by == "model"])
    return [*(_worthless(judge, line) for line in worthless), *unequal]


def _worthless(judge: str, line: CardLine) -> Alarm:
    met, unmet = line.sensitivity, line.specificity
    text = (
        f"{judge} is hardly better than guessing on {_where(line)}: it finds "
        f"{_percent(met.value)} of what people say is met (n = {met.n}), and "
        f"{_percent(unmet.value)} of what they say is not met (n = {unmet.n}). "
        f"Do not use its grades there.{_doubt(met.n, unmet.n)}"
    )
    return Alarm(rule="worthless", by=line.by, name=line.name, text=text)


def _unequal(judge: str, models: Sequence[CardLine]) -> list[Alarm]:
    """Return the alarm that the judge does better by one model than by another, if that is sure.

    The widest difference of all pairs must pass UNEQUAL, and be more than chance makes of as many
    pairs (Bonferroni 1936). The ends are never taken for surer than models are as a rule: what
    chance carried farthest has small errors of its own.
    """
    known = [line for line in models if line.informedness is not None]
    if len(known) < 2:
        return []
    ordered = sorted(known, key=lambda line: line.informedness or 0.0)
    worst, best = ordered[0], ordered[-1]
    apart = (best.informedness or 0.0) - (worst.informedness or 0.0)
    pairs = len(known) * (len(known) - 1) / 2
    chance = NormalDist().inv_cdf(1 - BY_CHANCE / (2 * pairs))
    usual = sqrt(fmean(_error(line) ** 2 for line in known))
    error = hypot(*(max(usual, _error(line)) for line in (worst, best)))
    if apart <= UNEQUAL or apart <= chance * error:
        return []
    smallest = [line.n for one in (worst, best) for line in (one.sensitivity, one.specificity)]
    text = (
        f"{judge} does not judge all models alike: on a scale from 0, guessing, to 1, perfect, it "
        f"reaches {best.informedness:.2f} for {best.name} and {worst.informedness:.2f} for "
        f"{worst.name}. A comparison of these models by its grades can come out wrong; correct "
        f"each model by its own human grades.{_doubt(*smallest)}"
    )
    return [Alarm(rule="unequal", by="model", name=f"{best.name}, {worst.name}", text=text)]


def _error(line: CardLine) -> float:
    """Return the standard error of a line's informedness, by the intervals of its two parts."""
    reach = 2 * NormalDist().inv_cdf(0.975)
    return hypot(
        *(((e.high or 0.0) - (e.low or 0.0)) / reach for e in (line.sensitivity, line.specificity))
    )


def _doubt(*sizes: int) -> str:
    least = min(sizes)
    if least >= FEW:
        return ""
    return f" With only {counted(least, 'criterion', 'criteria')} of one kind this may be chance."


def _where(line: CardLine) -> str:
    if line.by == "all":
        return "all criteria together"
    if line.by == "kind":
        return WORDS[line.name]
    return f"the track {line.name}" if line.by == "track" else f"answers of {line.name}"


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{100 * value:.0f} %"
