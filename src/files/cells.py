"""What the cells of the benchmark's tables hold: JSON lists, ';' lists, figure maps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from pydantic import JsonValue

from src.domain.errors import Problem
from src.files.faults import FileFault
from src.files.strict_json import json_type, parse_json
from src.files.tables import Row

_MEANT_AS_JSON = re.compile(
    r"\s*(?:\[\s*(?:[\"'{\[\]]|(?:-?[\d.]+|null|true|false)\s*(?:,|\]\s*$))|\{\s*[\"'}])"
)
"""How a list or object begins; '[18F]FDG PET' is the text of a rubric line."""
Value = TypeVar("Value")


class Cells:
    """The cells of one row, and what is wrong with them."""

    def __init__(self, row: Row) -> None:
        self.line = row.line
        self._cells = row.cells
        self.problems: list[Problem] = []

    def text(self, column: str) -> str:
        """Return a cell exactly as it is written; a column that is not there is empty."""
        return self._cells.get(column, "")

    def read(self, column: str, parse: Callable[[str], Value]) -> Value | None:
        """Return a parsed cell, or None when something is wrong with it, which is noted."""
        try:
            return parse(self.text(column))
        except FileFault as fault:
            self.problems.append(fault.at(self.line, column))
            return None

    def refuse(self, column: str, rule: str, message: str) -> None:
        """Note that a cell is wrong."""
        self.problems.append(FileFault(rule, message).at(self.line, column))


def text_list(cell: str) -> list[str]:
    """Return the texts of a JSON list or, where the cell is not JSON, of a ';' list.

    As the benchmark's own parse_json_list, except that nothing is turned into text: a list
    that holds a number, and a list that is broken JSON, are refused.
    """
    if not cell.strip():
        return []
    if _MEANT_AS_JSON.match(cell):
        return _texts(_json_or_reason(cell))
    if cell.lstrip().startswith('"'):
        return _quoted(cell)
    return [part.strip() for part in cell.split(";") if part.strip()]


def _json_or_reason(cell: str) -> JsonValue:
    if re.match(r"\s*[\[{]\s*'", cell):
        raise FileFault("bad_json", "A list in Python's spelling: JSON needs double quotes.")
    return parse_json(cell)


def _quoted(cell: str) -> list[str]:
    try:
        value = parse_json(cell)
    except FileFault as fault:
        if fault.rule != "bad_json":
            raise
        return [part.strip() for part in cell.split(";") if part.strip()]
    return [value] if isinstance(value, str) else _texts(value)


def _texts(value: JsonValue) -> list[str]:
    if not isinstance(value, list):
        raise FileFault("wrong_type", f"A list of texts is needed here, not {json_type(value)}.")
    texts = [entry for entry in value if isinstance(entry, str)]
    if len(texts) == len(value):
        return texts
    place, wrong = next((n, v) for n, v in enumerate(value, 1) if not isinstance(v, str))
    raise FileFault("wrong_type", f"Entry {place} of the list is {json_type(wrong)}, not a text.")


def one_or_list(cell: str) -> list[str]:
    """Return the texts of a JSON list, or the cell itself where it is one plain text."""
    if not cell.strip():
        return []
    if cell.lstrip()[0] in "[{":
        return _texts(_json_or_reason(cell))
    if cell.lstrip().startswith('"'):
        return _quoted_one(cell)
    return [cell.strip()]


def _quoted_one(cell: str) -> list[str]:
    value = parse_json(cell)
    return [value] if isinstance(value, str) else _texts(value)


def figure_map(cell: str) -> dict[str, str]:
    """Return the paths by figure label."""
    if not cell.strip():
        return {}
    value = parse_json(cell)
    if not isinstance(value, dict):
        raise FileFault("wrong_type", f"An object of label and path, not {json_type(value)}.")
    for label, path in value.items():
        if not isinstance(path, str):
            raise FileFault(
                "wrong_type", f"The path of {label!r} is {json_type(path)}, not a text."
            )
    return {label: path for label, path in value.items() if isinstance(path, str)}


def mainline(cell: str) -> list[tuple[str, list[JsonValue]]]:
    """Return the golden claims, each with what its object says about figures."""
    if not cell.strip():
        return []
    value = parse_json(cell)
    if not isinstance(value, list):
        raise FileFault("wrong_type", f"A list of claims is needed here, not {json_type(value)}.")
    return [_golden_claim(place, entry) for place, entry in enumerate(value, start=1)]


def _golden_claim(place: int, entry: JsonValue) -> tuple[str, list[JsonValue]]:
    claim = entry.get("claim") if isinstance(entry, dict) else entry
    if not isinstance(claim, str):
        text = f"Entry {place} is neither a text nor an object whose 'claim' is a text."
        raise FileFault("wrong_type", text)
    if not claim.strip():
        raise FileFault("empty_field", f"The claim of entry {place} is empty.")
    return claim, _named_figures(entry) if isinstance(entry, dict) else []


def _named_figures(entry: dict[str, JsonValue]) -> list[JsonValue]:
    named: list[JsonValue] = []
    for key, value in entry.items():
        if re.search("figure|image|evidence", key, re.I):
            named.extend(value if isinstance(value, list) else [value])
    return named
