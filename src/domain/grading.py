"""Grading sets: which answers clinicians grade, by what draw, and in which order each of them."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate
from math import floor
from typing import NamedTuple

from pydantic import BaseModel, Field

from src.domain.errors import BadInputError
from src.domain.item import Track
from src.domain.plurals import counted
from src.domain.round import RoundState

MOST_GRADERS = 20
"""Of one answer."""
OVERLAP = "overlap"
"""Of a set's selection: how many answers all its graders grade; not there where all of them."""
LEAST_DOUBT = 0.1
"""The doubt of an answer on which all judges agree: it too can be drawn, so that what is drawn
speaks for all answers."""


class DrawKind(StrEnum):
    """How the answers of a set are chosen among those that could be graded."""

    EVERY = "every"
    SIMPLE = "simple"
    """A simple random sample: every answer has the same chance."""
    STRATIFIED = "stratified"
    """A random sample within each model and track, as large as its share."""
    UNCERTAIN = "uncertain"
    """Answers on which judges differ have a larger chance, which is known and written down."""


class Gradable(BaseModel, frozen=True, extra="forbid"):
    """An answer that could be graded, on the version of the item it was given to."""

    model: str
    item_id: str
    prediction_sha256: str
    item_version: int
    rubric_version: int
    case_id: str
    track: Track
    doubt: float = Field(default=0.0, ge=0, le=1)
    """How far judges differ on it: the mean over its criteria of their range, 0 to 1."""


class DrawnAnswer(BaseModel, frozen=True, extra="forbid"):
    """An answer with the chance it had to be drawn into a set."""

    answer: Gradable
    inclusion_probability: float = Field(gt=0, le=1)


class Draw(NamedTuple):
    """What came of a draw."""

    drawn: list[DrawnAnswer]
    """In random order."""
    passed: list[DrawnAnswer]
    """Those that had a chance and were not drawn, in the order of item and model."""


class GradingSet(BaseModel, frozen=True, extra="forbid"):
    """Answers to be graded by `graders` people each, none of whom learns whose they are."""

    name: str = Field(min_length=1, max_length=100)
    graders: int = Field(ge=1, le=MOST_GRADERS)
    draw: DrawKind
    condition: str = "full"
    seed: int
    """Of the draw, and of the order in which each person gets the answers."""
    selection: dict[str, str | int | list[str] | None] = Field(default_factory=dict)
    """What was asked for, and `of` how many answers."""
    answers: int
    persons: tuple[str, ...]
    state: RoundState = RoundState.OPEN
    made_at: datetime

    @property
    def overlap(self) -> int:
        """How many of the answers all `graders` grade; one person grades each of the others."""
        found = self.selection.get(OVERLAP)
        return found if isinstance(found, int) else self.answers

    @property
    def gradings(self) -> int:
        """How many gradings the set asks for: one person's of one answer each."""
        return self.answers + self.overlap * (self.graders - 1)

    def graders_at(self, position: int) -> int:
        """Return how many people grade the answer at a place (from 1).

        Places are random, so the first ones are a random part of the answers.
        """
        return self.graders if position <= self.overlap else 1


def draw_answers(
    answers: Sequence[Gradable], draw: DrawKind, sample: int | None, seed: int
) -> Draw:
    """Return the answers of a set and those passed over, each with its chance to be drawn, 0 to 1.

    The same answers and seed give the same set. `sample` is not asked for every answer. Raises
    BadInputError when there are fewer answers than asked for, or strata than a sample can serve.
    """
    ordered = sorted(answers, key=lambda a: (a.item_id, a.model))
    if draw is DrawKind.EVERY:
        if sample is not None:
            raise BadInputError("A sample needs a draw: simple, stratified or uncertain.")
        found = _every(ordered)
    elif sample is None or not 1 <= sample <= len(ordered):
        raise BadInputError(
            f"A sample of {sample} cannot be drawn from {counted(len(ordered), 'answer')}."
        )
    else:
        chosen = {
            DrawKind.SIMPLE: _simple,
            DrawKind.STRATIFIED: _stratified,
            DrawKind.UNCERTAIN: _by_doubt,
        }[draw]
        found = chosen(ordered, sample, _random(seed, "draw"))
    _random(seed, "place").shuffle(found.drawn)
    found.passed.sort(key=lambda one: (one.answer.item_id, one.answer.model))
    return found


def _random(seed: int, what: str) -> random.Random:
    return random.Random(f"{seed} {what}")  # noqa: S311  a seeded draw, no secret


def _every(answers: Sequence[Gradable]) -> Draw:
    return Draw([DrawnAnswer(answer=a, inclusion_probability=1.0) for a in answers], [])


def _simple(answers: Sequence[Gradable], sample: int, rng: random.Random) -> Draw:
    share = sample / len(answers)
    chosen = rng.sample(range(len(answers)), sample)
    every = [DrawnAnswer(answer=a, inclusion_probability=share) for a in answers]
    return Draw([every[n] for n in chosen], [every[n] for n in {*range(len(every))} - {*chosen}])


def _stratified(answers: Sequence[Gradable], sample: int, rng: random.Random) -> Draw:
    strata: dict[tuple[str, str], list[Gradable]] = defaultdict(list)
    for answer in answers:
        strata[(answer.model, answer.track.value)].append(answer)
    sizes = _allocated({name: len(found) for name, found in strata.items()}, sample)
    whole = Draw([], [])
    for name, found in sorted(strata.items()):
        part = _simple(found, sizes[name], rng)
        whole.drawn.extend(part.drawn)
        whole.passed.extend(part.passed)
    return whole


def _allocated(sizes: Mapping[tuple[str, str], int], sample: int) -> dict[tuple[str, str], int]:
    """Share a sample out over strata by their size, at least one to each: largest remainders."""
    if sample < len(sizes):
        raise BadInputError(
            f"There are {len(sizes)} pairs of model and track, and each needs an answer: ask for "
            f"a sample of at least {len(sizes)}, or for fewer models or tracks."
        )
    total = sum(sizes.values())
    wanted = {name: Fraction(size * sample, total) for name, size in sizes.items()}
    given = {name: max(1, floor(share)) for name, share in wanted.items()}
    by_need = sorted(sizes, key=lambda name: (given[name] - wanted[name], name))
    while sum(given.values()) < sample:
        # Never more than a stratum has: what is left goes to the one that lacks most.
        room = [name for name in by_need if given[name] < sizes[name]]
        name = min(room, key=lambda one: (given[one] - wanted[one], one))
        given[name] += 1
    while sum(given.values()) > sample:
        name = max(
            (one for one in by_need if given[one] > 1),
            key=lambda one: (given[one] - wanted[one], one),
        )
        given[name] -= 1
    return given


def _by_doubt(answers: Sequence[Gradable], sample: int, rng: random.Random) -> Draw:
    """Draw with chances in proportion to doubt: systematic sampling from a shuffled list.

    The chances are exact for each answer. Hartley and Rao (1962), Annals of Mathematical
    Statistics 33(2), 350-374.
    """
    chances = proportional_chances([max(LEAST_DOUBT, a.doubt) for a in answers], sample)
    every = [
        DrawnAnswer(answer=answer, inclusion_probability=chance)
        for answer, chance in zip(answers, chances, strict=True)
        if chance > 0
    ]
    drawn = [one for one in every if one.inclusion_probability >= 1]
    others = [one for one in every if one.inclusion_probability < 1]
    passed: list[DrawnAnswer] = []
    rng.shuffle(others)
    ends = list(accumulate(one.inclusion_probability for one in others))
    if ends:
        ends[-1] = sample - len(drawn)
    start, before = rng.random(), 0.0
    for one, end in zip(others, ends, strict=True):
        # It is drawn when one of the points start, start + 1, ... lies on its stretch.
        hit = floor(end - start) > floor(before - start)
        (drawn if hit else passed).append(one)
        before = end
    return Draw(drawn, passed)


def proportional_chances(sizes: Sequence[float], sample: int) -> list[float]:
    """Return for each size a chance, at most 1, in proportion to it; they add up to the sample.

    What would get more than 1 is certain, and the others share what is left.
    """
    certain: set[int] = set()
    while True:
        rest = [n for n in range(len(sizes)) if n not in certain]
        total = sum(sizes[n] for n in rest)
        left = sample - len(certain)
        over = {n for n in rest if left * sizes[n] > total * (1 + 1e-12)} if total else set()
        if not over:
            return [
                1.0 if n in certain else (min(1.0, left * size / total) if total else 0.0)
                for n, size in enumerate(sizes)
            ]
        certain |= over


def doubt_of(grades: Sequence[tuple[float, Sequence[float]]]) -> float | None:
    """Return how far judges differ on an answer, 0 to 1; None where no criterion has two grades.

    `grades` holds for each criterion its maximum and the judges' values; the doubt is the mean
    over criteria with two or more grades of (highest - lowest) / maximum.
    """
    ranges = [
        (max(values) - min(values)) / maximum for maximum, values in grades if len(values) >= 2
    ]
    return sum(ranges) / len(ranges) if ranges else None


def place_in_turn(seed: int, person_id: str, answers: int, step: int) -> int:
    """Return which answer (1 to `answers`) a person gets as their `step`-th (from 0).

    Each person has an order of their own, which looks random and passes every answer once: a
    Feistel network over the numbers, walked until it stays inside. Black and Rogaway (2002),
    Ciphers with Arbitrary Finite Domains, CT-RSA.
    """
    half = max(1, -(-max(1, (answers - 1).bit_length()) // 2))
    place = step
    while True:
        place = _mixed(f"{seed} {person_id}", place, half)
        if place < answers:
            return place + 1


def _mixed(key: str, number: int, half: int) -> int:
    left, right = number >> half, number & ((1 << half) - 1)
    for turn in range(4):
        digest = hashlib.sha256(f"{key} {turn} {right}".encode()).digest()
        left, right = right, left ^ (int.from_bytes(digest[:8], "big") & ((1 << half) - 1))
    return (left << half) | right
