"""A judge card in words, line by line: the same on the screen and in a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from src.domain.judge_card import WORDS, CardLine, Estimate, JudgeCard
from src.domain.plurals import counted

ABOUT: Final = (
    "Kappa is agreement beyond chance: 0 is chance, 1 is perfect. Between two people it is the "
    "ceiling: where clinicians differ, no judge can agree with all of them. Better than guessing "
    "is both shares together, less 1: 0 is guessing, 1 is perfect. In brackets: 95 % interval; of "
    "kappas by drawing whole cases 2,000 times with a fixed seed, of shares by Wilson's formula. "
    "On a graded scale the upper half counts as met."
)
GROUPS: Final = {"all": "All", "kind": "Kind", "track": "Track", "model": "Model"}


def against(card: JudgeCard) -> str:
    """Return whom the judge is held against, and what is left out."""
    people = f"Against {counted(card.people, 'person', 'people')}"
    said = [f"{people} who graded blind"]
    if card.from_files:
        some = f"{card.from_files} of them " if card.from_files < card.people else ""
        said = [f"{people} whose grades count as blind, {some}known only from a file"]
    said += ["each answer weighing 1 / its chance to be drawn"] if card.weighted else []
    said += [f"{card.cannot_judge} times somebody could not judge"] if card.cannot_judge else []
    if card.not_blind:
        said.append(f"{counted(card.not_blind, 'grade')} left out, of people who can see scores")
    return "; ".join(said) + "."


def card_row(line: CardLine, tracks: Mapping[str, str]) -> dict[str, str]:
    """Return how far the judge is right on one group of criteria, under the heads of a table."""
    return {
        "Of": _name(line, tracks),
        "Criteria": f"{line.graded:,}",
        "Kappa, judge and a person": estimate_words(line.judge_person),
        "Kappa, two people": estimate_words(line.person_person),
        "Finds what is met": estimate_words(line.sensitivity),
        "Finds what is not": estimate_words(line.specificity),
        "Better than guessing": "-" if line.informedness is None else f"{line.informedness:.2f}",
        "Graded by the judge": _share(line.coverage),
        "No grade came": _share(line.unscored),
    }


def confusion_row(line: CardLine, tracks: Mapping[str, str]) -> dict[str, str]:
    """Return how often judge and people say the same, and what of that differs."""
    return {
        "Of": _name(line, tracks),
        "Both: met": f"{line.both_met:,}",
        "Only the judge: met": f"{line.judge_only:,}",
        "Only people: met": f"{line.people_only:,}",
        "Both: not met": f"{line.neither:,}",
        "People split evenly": f"{line.split:,}",
    }


def _name(line: CardLine, tracks: Mapping[str, str]) -> str:
    if line.by == "all":
        return "All"
    name = {"kind": WORDS, "track": tracks}.get(line.by, {}).get(line.name, line.name)
    return f"{GROUPS[line.by]}: {name}"


def estimate_words(found: Estimate) -> str:
    """Return '0.71 (0.64 to 0.78), n = 288'; a dash where it is undefined."""
    if found.value is None:
        return "-"
    if found.low is None or found.high is None:
        return f"{_two(found.value)}, n = {found.n}"
    return f"{_two(found.value)} ({_two(found.low)} to {_two(found.high)}), n = {found.n}"


def _two(value: float) -> str:
    """Return a number with two decimals; what is nearly 0 has no sign."""
    return f"{round(value, 2) + 0.0:.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"
