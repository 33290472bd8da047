"""How often each reader errs, as estimated from readings alone: a report, never a gold.

The estimated classes are what the model believes, not what clinicians settled: nothing that makes
gold may import this file, and a contract in pyproject.toml says so.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from src.domain.errors import BadInputError
from src.domain.interrater.ratings import Codes, Floats, Reading

ROUNDS = 2_000
TOLERANCE = 1e-9
TINY = 1e-300


class RaterErrors(BaseModel, frozen=True, extra="forbid"):
    """What one reader says where a class is true."""

    rater: str
    rates: tuple[tuple[float, ...] | None, ...]
    """A row a true class: the chance of each answer, adding to 1; None for a class unseen."""


class ErrorReport(BaseModel, frozen=True, extra="forbid"):
    """What the model makes of the readings; the likelihood says how well it fits."""

    categories: tuple[str, ...]
    prevalence: tuple[float, ...]
    """How common each class is, adding to 1."""
    raters: tuple[RaterErrors, ...]
    units: tuple[str, ...]
    posterior: tuple[tuple[float, ...], ...]
    """For each unit the chance of each class, adding to 1."""
    log_likelihood: float
    rounds: int
    converged: bool


def dawid_skene(
    readings: Iterable[Reading], categories: Sequence[Hashable] | None = None
) -> ErrorReport:
    """Return the error rates of readers by expectation and maximisation.

    A reader may read a unit several times. It starts from each unit's shares of answers: a start
    from the majority alone ends in a worse local optimum on the authors' own data. It stops when
    the log-likelihood gains less than TOLERANCE. Dawid and Skene (1979), Applied Statistics
    28(1), 20-28. Raises BadInputError without readings and for a value that is not declared.
    """
    given = list(readings)
    if not given:
        raise BadInputError("There are no readings to estimate error rates from.")
    seen = sorted({value for _, _, value in given}, key=repr)
    options = list(seen if categories is None else categories)
    if strange := [value for value in seen if value not in options]:
        raise BadInputError(f"The value {strange[0]!r} is none of the declared categories.")
    units = list(dict.fromkeys(unit for unit, _, _ in given))
    raters = list(dict.fromkeys(rater for _, rater, _ in given))
    places = [{name: n for n, name in enumerate(names)} for names in (units, raters, options)]
    at = np.array([[place[name] for place, name in zip(places, r, strict=True)] for r in given])
    fitted = _fit(_Readings(at, (len(units), len(raters), len(options))))
    return _report(fitted, [str(u) for u in units], [str(r) for r in raters], map(str, options))


class _Fitted(BaseModel, frozen=True, arbitrary_types_allowed=True):
    prevalence: NDArray[np.float64]
    rates: NDArray[np.float64]
    posterior: NDArray[np.float64]
    log_likelihood: float
    rounds: int
    converged: bool


class _Readings:
    """Who answered what: only what was said, for most readers never see most units."""

    def __init__(self, at: Codes, sizes: tuple[int, int, int]) -> None:
        self.units, self.raters, self.answers = sizes
        self.unit, self.rater, self.answer = at.T
        self._said = self.rater * self.answers + self.answer

    def shares(self) -> Floats:
        """Return units x answers: the share of each answer among those given."""
        flat = self.unit * self.answers + self.answer
        given = np.bincount(flat, minlength=self.units * self.answers)
        found = given.reshape(self.units, self.answers).astype(np.float64)
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def expected(self, posterior: Floats) -> Floats:
        """Return raters x true class x answer: how often each is to be expected."""
        size = self.raters * self.answers
        weights = posterior[self.unit]
        classes = [np.bincount(self._said, column, minlength=size) for column in weights.T]
        found = np.array(classes).reshape(self.answers, self.raters, self.answers)
        return np.asarray(found.transpose(1, 0, 2))

    def joint(self, logs: Floats) -> Floats:
        """Return units x true class: the log-likelihood of all that was said of a unit."""
        each = logs[self.rater, :, self.answer]
        sums = [np.bincount(self.unit, column, minlength=self.units) for column in each.T]
        return np.asarray(np.array(sums).T)


def _fit(readings: _Readings) -> _Fitted:
    posterior = readings.shares()
    before, likelihood, done = -np.inf, -np.inf, 0
    while done < ROUNDS and not (done and likelihood - before < TOLERANCE):
        before, done = likelihood, done + 1
        prevalence = posterior.mean(axis=0)
        rates = _rates(readings.expected(posterior))
        posterior, likelihood = _expect(readings, prevalence, rates)
    return _Fitted(
        prevalence=prevalence,
        rates=rates,
        posterior=posterior,
        log_likelihood=likelihood,
        rounds=done,
        converged=likelihood - before < TOLERANCE,
    )


def _rates(expected: Floats) -> Floats:
    """Return raters x true class x answer; nan where a rater met nothing of a class."""
    totals = expected.sum(axis=2, keepdims=True)
    rates = np.divide(expected, totals, out=np.full_like(expected, np.nan), where=totals > TINY)
    return np.asarray(rates)


def _expect(readings: _Readings, prevalence: Floats, rates: Floats) -> tuple[Floats, float]:
    """Return the chance of each class for each unit, and the log-likelihood of all readings."""
    logs = np.log(np.maximum(np.nan_to_num(rates), TINY))
    joint = np.log(np.maximum(prevalence, TINY)) + readings.joint(logs)
    most = joint.max(axis=1, keepdims=True)
    scaled = np.exp(joint - most)
    total = scaled.sum(axis=1, keepdims=True)
    return scaled / total, float((most + np.log(total)).sum())


def _report(
    fitted: _Fitted, units: Sequence[str], raters: Sequence[str], categories: Iterable[str]
) -> ErrorReport:
    return ErrorReport(
        categories=tuple(categories),
        prevalence=tuple(fitted.prevalence.tolist()),
        raters=tuple(
            RaterErrors(rater=rater, rates=tuple(map(_row, rates)))
            for rater, rates in zip(raters, fitted.rates, strict=True)
        ),
        units=tuple(units),
        posterior=tuple(map(tuple, fitted.posterior.tolist())),
        log_likelihood=fitted.log_likelihood,
        rounds=fitted.rounds,
        converged=fitted.converged,
    )


def _row(chances: Floats) -> tuple[float, ...] | None:
    return None if np.isnan(chances).any() else tuple(chances.tolist())
