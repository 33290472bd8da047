"""Questions with a few answers each, and the decision with Submit: our own components."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, Field

from src.ui.reading_room.component import declare

_SCRIPTS = ("sending.js", "acts.js", "choices.js")


class Option(BaseModel, frozen=True, extra="forbid"):
    """One answer that can be chosen."""

    value: str
    word: str


class Question(BaseModel, frozen=True, extra="forbid"):
    """A question with its answers; it sends the act 'choose' with its name as the target."""

    name: str
    label: str
    options: tuple[Option, ...] = Field(min_length=1)
    value: str | None = None


class Place(BaseModel, frozen=True, extra="forbid"):
    """Something to look at before submitting, and where on the page it is."""

    words: str
    claim: str | None = None
    """The claim it is about."""
    image: str | None = None
    """The sha256 of the image it is about."""
    part: str | None = None
    """The part of the form it is in, by the name in its key."""
    own: str | None = None
    """The question of the decision itself it is about."""


class DecisionState(BaseModel, frozen=True, extra="forbid"):
    """What stands beside Submit."""

    version: int
    """The draft's: of two states the browser believes the newer."""
    missing: tuple[Place, ...] = ()
    doubts: tuple[Place, ...] = ()
    closed: str = ""
    """Why nothing can be submitted now; empty when it can."""


_checks = declare("checks", (*_SCRIPTS, "checks.js"), "base.css", "choices.css")
_decision = declare(
    "decision", (*_SCRIPTS, "decision.js"), "base.css", "choices.css", "decision.css"
)


def checks(
    *,
    key: str,
    label: str,
    questions: Sequence[Question],
    rev: int,
    seen: int,
    on_change: Callable[[], None],
    readonly: bool = False,
) -> None:
    """Show questions one below the other; `label` names them all to a screen reader."""
    _checks(
        key=key,
        data={
            "label": label,
            "groups": [question.model_dump() for question in questions],
            "rev": rev,
            "seen": seen,
            "readonly": readonly,
        },
        on_acts_change=on_change,
    )


def decision(
    *,
    key: str,
    questions: Sequence[Question],
    submit: str,
    state: DecisionState,
    tries: int,
    ahead: Sequence[str],
    rev: int,
    seen: int,
    on_change: Callable[[], None],
) -> None:
    """Show the last questions and Submit, with what is missing and what to look at again.

    `submit` is the button's word; pressing it is the act 'submit'. `tries` grows with each
    attempt, so that the button comes back; `ahead` are addresses of the next item's images,
    which the browser fetches when it has nothing else to do.
    """
    _decision(
        key=key,
        data={
            "groups": [question.model_dump() for question in questions],
            "label": submit,
            **state.model_dump(),
            "tries": tries,
            "ahead": list(ahead),
            "rev": rev,
            "seen": seen,
            "readonly": False,
        },
        on_acts_change=on_change,
    )
