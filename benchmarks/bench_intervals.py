"""How often the 95 % intervals of scores hold the truth, in a simulation.

Benchmarks are drawn anew many times from one population whose true mean is known: items of six
criteria, cases with one or three items whose difficulty they share, a judge that misses some
criteria that are met and calls some met that are not, people who grade a random part of the
answers, whole cases at a time, each with the same chance or hard ones with a larger one. Counted
is in how many the interval of the judge alone, of prediction-powered inference, and of people
alone holds the true mean, and how wide they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from src.domain.grading import proportional_chances
from src.domain.scoring.board import means_of
from src.domain.scoring.prediction_powered import Weights, corrected_mean
from src.domain.scoring.resampling import Numbers, Places

TRUTH: Final = 0.48
"""The mean of the population: cases' difficulty is Beta(1.2, 1.3)."""
CRITERIA: Final = 6
TIMES: Final = 300
RESAMPLES: Final = 1_000
SEEDS: Final = 4
"""Draws of cases that are shared out among the simulations, which makes them quick."""


class Setting(NamedTuple):
    """One kind of benchmark: its items, those graded, items a case, and how good the judge is."""

    items: int
    graded: int
    per_case: int
    sensitivity: float
    specificity: float
    prefers: float = 1.0
    """How many times likelier a case is drawn of which the judge gets half its criteria wrong."""


SETTINGS: Final = (
    Setting(288, 20, 1, 0.9, 0.8),
    Setting(288, 30, 1, 0.9, 0.8),
    Setting(288, 60, 1, 0.9, 0.8),
    Setting(288, 60, 1, 0.98, 0.97),
    Setting(288, 60, 1, 0.6, 0.55),
    Setting(568, 60, 1, 0.9, 0.7),
    Setting(288, 60, 3, 0.9, 0.8),
    Setting(568, 120, 3, 0.9, 0.7),
    Setting(1_756, 200, 3, 0.9, 0.8),
    Setting(288, 60, 1, 0.9, 0.8, prefers=4),
    Setting(568, 120, 3, 0.9, 0.7, prefers=4),
    Setting(1_756, 200, 3, 0.9, 0.8, prefers=9),
)


def run() -> Iterator[dict[str, Any]]:
    """Yield one figure for each setting."""
    for setting in SETTINGS:
        yield coverage(setting)


def coverage(setting: Setting, times: int = TIMES) -> dict[str, Any]:
    """Return the shares of simulated benchmarks whose intervals hold the truth."""
    held, width = np.zeros(3), np.zeros(3)
    for number in range(times):
        rng = np.random.default_rng([number, *map(int, setting[:3])])
        human, judge, cases, weights = simulated(setting, rng)
        seed = 1 + number % SEEDS
        found = corrected_mean(human, judge, cases, RESAMPLES, seed, Weights(chance=1 / weights))
        assert found is not None
        alone = means_of(judge[None, :], cases, resamples=RESAMPLES, seed=seed)
        ends = (
            (float(alone.low[0]), float(alone.high[0])),
            (found.powered.low, found.powered.high),
            (found.human.low, found.human.high),
        )
        held += [low <= TRUTH <= high for low, high in ends]
        width += [high - low for low, high in ends]
    judge_held, powered_held, human_held = (round(float(share), 3) for share in held / times)
    widths = [round(float(one), 3) for one in width / times]
    return {
        "bench": "intervals",
        **setting._asdict(),
        "times": times,
        "judge_holds": judge_held,
        "powered_holds": powered_held,
        "human_holds": human_held,
        "judge_width": widths[0],
        "powered_width": widths[1],
        "human_width": widths[2],
        "target": "powered between 0.92 and 0.97",
    }


def simulated(
    setting: Setting, rng: np.random.Generator
) -> tuple[Numbers, Numbers, Places, Numbers]:
    """Return people's scores, NaN where nobody graded, the judge's, each item's case, and weights.

    Cases where the judge errs much have `prefers` times the chance of one where it never does; the
    chances are known, as in a draw by doubt, and a weight is 1 / chance.
    """
    n_cases = setting.items // setting.per_case
    cases = np.repeat(np.arange(n_cases), setting.per_case)
    difficulty = np.repeat(rng.beta(1.2, 1.3, n_cases), setting.per_case)
    met = rng.random((len(cases), CRITERIA)) < difficulty[:, None]
    called = np.where(
        met,
        rng.random(met.shape) < setting.sensitivity,
        rng.random(met.shape) >= setting.specificity,
    )
    wrong = (met != called).mean(axis=1).reshape(n_cases, setting.per_case).mean(axis=1)
    sizes = 1 + (setting.prefers - 1) * np.minimum(2 * wrong, 1)
    chances = np.array(proportional_chances(sizes.tolist(), setting.graded // setting.per_case))
    chosen = _systematic(chances, rng)
    human = np.where(np.isin(cases, chosen), met.mean(axis=1), np.nan)
    return human, called.mean(axis=1), cases, 1 / chances[cases]


def _systematic(chances: Numbers, rng: np.random.Generator) -> Places:
    """Return the places drawn with exactly these chances, from a shuffled list."""
    order = rng.permutation(len(chances))
    ends = np.concatenate([[0.0], np.cumsum(chances[order])])
    points = np.floor(ends - rng.random())
    return np.asarray(order[np.diff(points) > 0], dtype=np.intp)
