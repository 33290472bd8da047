"""JSON Lines, read strictly: one object on each line, each fault with its line and place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from src.domain.errors import Problem
from src.files.faults import FileFault
from src.files.lines import LineFault, Lines
from src.files.strict_json import json_type, parse_json
from src.files.tables import no_rows

_RULES = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "enum": "unknown_value",
    "literal_error": "unknown_value",
    "union_tag_invalid": "unknown_value",
    "union_tag_not_found": "missing_field",
    "string_too_short": "empty_field",
}
"""Ours by pydantic's; a name that ends in _type is a wrong_type, the rest a bad_value."""
_WANTED = re.compile(r"^(?:Input|String|Value error,) should ")
_LINK_TAGS = {"image", "box", "span"}


class JsonRecord(NamedTuple):
    """One object, the line it stands on, and which record of the file it is."""

    line: int
    number: int
    value: dict[str, JsonValue]


def json_records(lines: Lines) -> Iterator[JsonRecord | Problem]:
    """Yield the objects of a file; a file without any record is a problem of its own."""
    number = 0
    while True:
        begins = lines.number + 1
        try:
            text = next(lines)
            number += 1
            yield JsonRecord(begins, number, _object(text))
        except StopIteration:
            break
        except LineFault as fault:
            number += 1
            yield fault.at(begins)
        except FileFault as fault:
            number -= fault.rule == "blank_line"
            yield fault.at(begins)
    if number == 0:
        yield no_rows()


def _object(text: str) -> dict[str, JsonValue]:
    if not text.strip():
        raise FileFault("blank_line", "The line is empty: take it out.")
    value = parse_json(text)
    if not isinstance(value, dict):
        raise FileFault("wrong_type", f"A line holds an object, not {json_type(value)}.")
    return value


def problems_of(error: ValidationError, line: int) -> list[Problem]:
    """Return every fault pydantic found in a record, with its JSON path as the column."""
    return [_problem_of(fault, line) for fault in error.errors(include_url=False)]


def _problem_of(fault: ErrorDetails, line: int) -> Problem:
    kind = fault["type"]
    rule = _RULES.get(kind) or ("wrong_type" if kind.endswith("_type") else "bad_value")
    column = _path(fault["loc"])
    return FileFault(rule, _sentence(rule, column, fault)).at(line, column)


def _sentence(rule: str, column: str, fault: ErrorDetails) -> str:
    if rule == "missing_field":
        return f"The field {column!r} is missing."
    if rule == "unknown_field":
        return f"There is no field {column!r} here: see docs/formats.md for those there are."
    if rule == "empty_field":
        return f"The field {column!r} is empty."
    wanted = _WANTED.sub("", fault["msg"])
    if not column:
        return f"The line should {wanted}."
    if rule == "wrong_type":
        return f"The field {column!r} should {wanted}, and is {json_type(fault['input'])}."
    return f"The value {str(fault['input'])[:100]!r} of {column!r} should {wanted}."


def _path(places: tuple[int | str, ...]) -> str:
    path = ""
    for before, place in zip(("", *places), places, strict=False):
        if isinstance(place, int):
            path += f"[{place}]"
        elif not (isinstance(before, int) and place in _LINK_TAGS):
            path += f".{place}" if path else place
    return path
