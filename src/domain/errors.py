"""What can go wrong, as facts. The text of an error is shown to people as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

PROBLEMS_SHOWN = 200


class Problem(BaseModel, frozen=True, extra="forbid"):
    """One thing wrong with an input file."""

    line: int | None = None
    """Physical line where the record begins, counted from 1; None for the file as a whole."""
    column: str | None = None
    """The header of the cell or the path of the JSON field; None for the record as a whole."""
    rule: str
    """A name from the list of rules in docs/formats.md."""
    message: str


class ReviewToolError(Exception):
    """The root of every refusal; its text says what happened and what to do."""

    rule = "refused"

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)


class BadInputError(ReviewToolError):
    """An input was refused and nothing was changed; `problems` lists what is wrong with it."""

    rule = "bad_input"


class NotAllowedError(ReviewToolError):
    """The actor's roles, assignment or the phase of the item do not permit this."""

    rule = "not_allowed"


class UnreadGuidelineError(NotAllowedError):
    """A newer version of the guidelines waits to be acknowledged before the next item opens."""

    rule = "unread_guideline"


class NotFoundError(ReviewToolError):
    """There is no such thing, or not for this actor: the two are not told apart."""

    rule = "not_found"


class ConflictError(ReviewToolError):
    """Somebody, or another tab, was faster; what was sent is not stored and not lost."""

    rule = "conflict"


class DatabaseError(ReviewToolError):
    """The database cannot be used as it is."""

    rule = "database"


class ImageRejected(ReviewToolError):
    """An image was refused; `rule` says which limit or check it failed."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
