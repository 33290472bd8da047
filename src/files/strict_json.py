"""JSON read without mercy: nothing is guessed, repaired or silently lost."""

from __future__ import annotations

import json
import math
import re
from collections import Counter

from pydantic import JsonValue

from src.files.faults import FileFault

DEEPEST = 100
"""The most lists and objects inside each other."""
MOST = 100_000
"""The most commas, lists and objects in one text: beyond, its values would fill the memory."""
_LARGEST = 2**63 - 1
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def parse_json(source: str) -> JsonValue:
    """Return the value of a JSON text.

    Refuses, as FileFault, what Python's reader lets pass: duplicate keys, NaN and infinities,
    lone surrogates, NUL, whole numbers beyond 64 bits and more than 100 levels.
    """
    brackets = source.count("[") + source.count("{")
    if brackets + source.count(",") > MOST:
        raise FileFault("too_many_values", f"More than {MOST:,} values in one line or cell.")
    try:
        value: JsonValue = json.loads(
            source,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_whole_number,
            parse_float=_number,
        )
    except json.JSONDecodeError as error:
        raise FileFault(
            "bad_json", f"Not JSON at character {error.pos + 1}: {error.msg}."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if brackets > DEEPEST:
        _check_depth(value)
    if _ESCAPED.search(source):
        _check_text(value)
    return value


def json_type(value: object) -> str:
    """Return what a JSON value is, in plain words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
    raise FileFault("duplicate_key", f"The key {twice!r} stands twice in one object: keep one.")


def _constant(name: str) -> JsonValue:
    raise FileFault("not_a_number", f"{name} is not JSON: write null or leave the field out.")


def _whole_number(digits: str) -> int:
    # The length comes first: turning 5,000 digits into a number is refused by Python itself.
    if len(digits) > 20 or abs(int(digits)) > _LARGEST:
        raise FileFault(
            "number_too_large",
            f"The number {digits[:20]}... has {len(digits)} digits: at most 64 bits can be kept.",
        )
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise FileFault("number_too_large", f"The number {digits[:20]} is too large to be kept.")
    return value


def _too_deep() -> FileFault:
    return FileFault("too_deep", f"More than {DEEPEST} lists or objects inside each other.")


def _check_depth(value: JsonValue) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise _too_deep()


def _inside(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_text(value: JsonValue) -> None:
    waiting = [value]
    while waiting:
        found = waiting.pop()
        waiting.extend(_inside(found))
        if isinstance(found, dict):
            waiting.extend(found)
        if isinstance(found, str):
            _check_string(found)


def _check_string(text: str) -> None:
    if "\0" in text:
        raise FileFault("nul", r"A text holds a NUL character (\u0000): take it out.")
    lone = _SURROGATE.search(text)
    if lone:
        code = ord(lone.group())
        raise FileFault(
            "lone_surrogate",
            f"A text holds half of a character (\\u{code:04x}): write the whole character.",
        )
