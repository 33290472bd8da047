"""What a reader finds wrong, before it knows in which line and column."""

from __future__ import annotations

from pathlib import Path

from src.domain.errors import BadInputError, Problem


class FileFault(BadInputError):
    """One thing wrong with a cell or a line; `rule` is a name from docs/formats.md."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule

    def at(self, line: int | None, column: str | None = None) -> Problem:
        """Return the fault as a problem in its place."""
        return Problem(line=line, column=column, rule=self.rule, message=self.message)


def missing_file(path: Path, why: str) -> BadInputError:
    """Return the refusal of a file that cannot be opened."""
    message = f"The file {str(path)!r} {why}. Check the path and try again."
    return BadInputError(message, [Problem(rule="missing_file", message=message)])


def require_file(path: Path) -> None:
    """Refuse a path that is missing, a folder or anything else that is not a plain file."""
    if path.is_dir():
        raise missing_file(path, "is a folder, not a file")
    if not path.is_file():
        raise missing_file(path, "does not exist or is not a plain file")
