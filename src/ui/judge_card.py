"""The judge card: what each judge is worth, against the people who graded the same answers."""

from __future__ import annotations

import streamlit as st

from src.domain.judge_card import WORDS, CardLine, Estimate, JudgeCard
from src.domain.people import Actor
from src.domain.plurals import counted
from src.ui.notices import plain
from src.ui.session import workbench
from src.ui.wording import TRACKS

ABOUT = (
    "Kappa is agreement beyond chance: 0 is chance, 1 is perfect. Between two people it is the "
    "ceiling: where clinicians differ, no judge can agree with all of them. Better than guessing "
    "is both shares together, less 1: 0 is guessing, 1 is perfect. In brackets: 95 % interval; of "
    "kappas by drawing whole cases 2,000 times with a fixed seed, of shares by Wilson's formula. "
    "On a graded scale the upper half counts as met."
)
NOTHING = (
    "No judge card yet: it needs answers that clinicians graded too. The study lead opens a set of "
    "answers for them on Study, under Grading, or with 'python manage.py grading create'."
)
GROUPS = {"all": "All", "kind": "Kind", "track": "Track", "model": "Model"}


@st.cache_data(show_spinner="Holding the judges against the clinicians", max_entries=16)
def _cards(head: str, _actor: Actor) -> list[JudgeCard]:
    """Return all cards; computed again as soon as anything was stored (`head`)."""
    return workbench().judge_cards.cards(_actor)


def judge_cards(actor: Actor) -> None:
    """Show a card for each judge, its alarms above all else."""
    st.header("Judge card", anchor=False)
    cards = _cards(workbench().browsing.head(actor).hash, actor)
    if not cards:
        st.info(NOTHING)
        return
    for card in cards:
        _card(card)
    st.caption(plain(ABOUT))


def _card(card: JudgeCard) -> None:
    st.subheader(plain(card.judge), anchor=False)
    for alarm in card.alarms:
        st.warning(plain(alarm.text))
    st.dataframe([_row(line) for line in card.lines], hide_index=True, width="stretch")
    with st.expander("What they say of the same criteria", key=f"confusion-{card.judge}"):
        st.dataframe([_confusion(line) for line in card.lines], hide_index=True, width="stretch")
    st.caption(plain(_basis(card)))


def _basis(card: JudgeCard) -> str:
    said = [f"Against {counted(card.people, 'person', 'people')} who graded blind"]
    said += ["each answer weighing 1 / its chance to be drawn"] if card.weighted else []
    said += [f"{card.cannot_judge} times somebody could not judge"] if card.cannot_judge else []
    if card.not_blind:
        said.append(f"{counted(card.not_blind, 'grade')} left out, of people who can see scores")
    return "; ".join(said) + "."


def _row(line: CardLine) -> dict[str, object]:
    return {
        "Of": _name(line),
        "Criteria": line.graded,
        "Kappa, judge and a person": estimate_words(line.judge_person),
        "Kappa, two people": estimate_words(line.person_person),
        "Finds what is met": estimate_words(line.sensitivity),
        "Finds what is not": estimate_words(line.specificity),
        "Better than guessing": "-" if line.informedness is None else f"{line.informedness:.2f}",
        "Graded by the judge": _share(line.coverage),
        "No grade came": _share(line.unscored),
    }


def _confusion(line: CardLine) -> dict[str, object]:
    return {
        "Of": _name(line),
        "Both: met": line.both_met,
        "Only the judge: met": line.judge_only,
        "Only people: met": line.people_only,
        "Both: not met": line.neither,
        "People split evenly": line.split,
    }


def _name(line: CardLine) -> str:
    if line.by == "all":
        return "All"
    name = {"kind": WORDS, "track": TRACKS}.get(line.by, {}).get(line.name, line.name)
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
