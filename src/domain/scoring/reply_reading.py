"""A judge's reply read strictly: as many answers as were asked, each in its place, or none.

Nothing is counted anywhere in a text, padded or shifted. A reply that numbers its answers is read
by its numbers; one that does not, by its lines, and then there must be exactly as many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from src.domain.plurals import counted
from src.domain.scoring.ranked_list import without_thoughts

YES_NO: Final = 1
"""The scale of a question that is answered by YES or NO; a higher number is the highest score."""
OUTAGE_TEXT: Final = "failed to obtain answer via api"
"""What VLMEvalKit's client returns, in place of a reply, when every try has failed."""
ERROR_TEXTS: Final = ("judge_error", "judge_skip", "rare_judge_error")
"""How the published scorer begins what it keeps of a call that raised."""

MARKUP: Final = re.compile(r"[*_`#>]+|^\s*[-•]\s+")
NUMBER: Final = re.compile(
    r"^\s*(?:(?:criterion|line|item|dimension|question|point|score|q)\s*#?\s*)?"
    r"[\[(]?(\d{1,3})[\])]?\s*(?:[.):=]|\s[-–—])\s*(.*)$",
    re.IGNORECASE,
)
ONLY_WORDS: Final = re.compile(r"(?:yes|no)(?:[\s,;/|]+(?:yes|no))+\W*", re.IGNORECASE)
ONLY_DIGITS: Final = re.compile(r"\d(?:[\s,;|]+\d)+\W*")
ONE_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:\s*/\s*\d+(?:\.\d+)?|\s*%)?")
DECIMAL: Final = re.compile(r"\d+\.\d+")
SEVERAL: Final = (
    (re.compile(rf"(?:[^:]*:\s*)?({ONLY_WORDS.pattern})", re.IGNORECASE), r"\b(?:yes|no)\b"),
    (re.compile(r"(?:[^:]*:\s*)?(\d(?:/\d+)?(?:[\s,;|]+\d(?:/\d+)?)+\W*)"), r"\d(?:/\d+)?"),
)
"""A line that is, behind a label if any, nothing but several answers; and one of these."""
WORD: Final = r"(yes|no)\b"
DIGIT: Final = r"(\d+)(?:\s*/\s*\d+)?(?![\d.]*\d)(?!\s*[-–]\s*\d)"
BEGINNING: Final = r"\s*{0}(?!\s*(?:[/|,:]|or\b|and\b)\s*{0})"
PLACES: Final = (r"[:=–—?]\s*{0}", r"\s-\s*{0}", r"(?:^|\s){0}\W*$")
"""Where a line gives its answer, if not at its beginning: behind a label, or at its end."""

Failure = Literal["call", "outage", "count", "numbers", "answer"]


@dataclass(frozen=True)
class ReadReply:
    """The answers of a reply in the order asked, or none and the reason why."""

    values: tuple[int, ...] | None
    failure: Failure | None = None
    reason: str = ""
    asked: int = 0
    """How many answers there should be, where another number is why there are none."""


@dataclass(frozen=True)
class _Line:
    """What one line answers: yes or no, a score, both readings, or neither."""

    number: int | None
    word: int | None
    digit: int | None

    def on(self, scale: int) -> int | None:
        """Return the line's answer on a scale, or None."""
        if scale == YES_NO:
            return self.word
        return self.digit if self.digit is not None and self.digit <= scale else None

    @property
    def answers(self) -> bool:
        """Say whether the line answers anything."""
        return self.word is not None or self.digit is not None


def read_reply(reply: str | None, scales: Sequence[int]) -> ReadReply:
    """Return the answers to questions with these scales, in order.

    `scales`: YES_NO, or the highest score of a question that is answered by a number. Never
    raises.
    """
    text = "" if reply is None else without_thoughts(reply).strip()
    if not text or text.casefold().startswith(ERROR_TEXTS):
        return ReadReply(None, "call", "the judge's call failed")
    if OUTAGE_TEXT in text.casefold():
        return ReadReply(None, "outage", "the client gave up and returned its outage text")
    lines = _in_one_line(text, scales) or [
        line for raw in text.splitlines() if (line := _read_line(raw)).answers or line.number
    ]
    numbered = [line for line in lines if line.number is not None]
    if numbered:
        read = _by_number(numbered, scales)
    else:
        read = _by_place([line for line in lines if line.answers], scales)
    if read.failure not in ("count", "numbers"):
        return read
    return replace(read, reason=_other_form(text, len(scales), read) or read.reason)


def _other_form(text: str, asked: int, read: ReadReply) -> str:
    """Return what a reply is instead of one answer a line, in words; empty if nothing known."""
    lines = [line for raw in text.splitlines() if (line := MARKUP.sub("", raw).strip())]
    are_asked = counted(asked, "answer is asked", "answers are asked")
    if len(lines) == 1 and ONE_NUMBER.fullmatch(lines[0]):
        return f"it is one number, {lines[0]}, where {are_asked}"
    if read.failure == "numbers":
        # Several such lines may be numbered without a space ('1.2'); a number 0 has no line.
        found = [match.group() for line in lines if (match := DECIMAL.match(line))]
        surely = len(found) == 1 or any(number.startswith("0.") for number in found)
        return f"a line begins with the number {found[0]}, where {are_asked}" if surely else ""
    if _in_one_line(text, (YES_NO,) * 2):
        return ""
    for line in lines:
        for several, one in SEVERAL:
            if match := several.fullmatch(line):
                held = len(re.findall(one, match.group(1), re.IGNORECASE))
                return f"{held} answers stand on one line, where {are_asked}, one a line"
    return ""


def _in_one_line(text: str, scales: Sequence[int]) -> list[_Line]:
    """Return the answers of a reply that is nothing but words or digits, on one line."""
    if "\n" in text or len(scales) < 2:
        return []
    if ONLY_WORDS.fullmatch(text):
        found = re.findall(WORD, text, re.IGNORECASE)
        return [_Line(None, int(word.casefold() == "yes"), None) for word in found]
    if ONLY_DIGITS.fullmatch(text):
        return [_Line(None, None, int(digit)) for digit in re.findall(r"\d", text)]
    return []


def _read_line(raw: str) -> _Line:
    line = MARKUP.sub("", raw).strip()
    match = NUMBER.match(line)
    number, rest = (int(match.group(1)), match.group(2)) if match else (None, line)
    word = _only_answer(WORD, rest)
    digit = _only_answer(DIGIT, rest)
    return _Line(
        number,
        None if word is None else int(word == "yes"),
        int(digit) if digit is not None and len(digit) < 4 else None,
    )


def _only_answer(pattern: str, text: str) -> str | None:
    """Return what a line answers; None when nothing does, or when two places differ.

    What follows an answer at the beginning explains it, unless it is a second one ('yes or no').
    """
    begun = re.match(rf"\s*{pattern}", text, re.IGNORECASE)
    if begun:
        alone = re.match(BEGINNING.format(pattern), text, re.IGNORECASE)
        return begun.group(1).casefold() if alone else None
    found = {
        match.group(1).casefold()
        for place in PLACES
        if (match := re.search(place.format(pattern), text, re.IGNORECASE))
    }
    return found.pop() if len(found) == 1 else None


def _by_number(lines: Sequence[_Line], scales: Sequence[int]) -> ReadReply:
    asked = len(scales)
    numbers = [line.number for line in lines]
    if sorted(number or 0 for number in numbers) != list(range(1, asked + 1)):
        given = ", ".join(str(number) for number in numbers[: asked + 2])
        return ReadReply(None, "numbers", f"its answers are numbered {given}, not 1 to {asked}")
    ordered = sorted(lines, key=lambda line: line.number or 0)
    return _values(ordered, scales)


def _by_place(lines: Sequence[_Line], scales: Sequence[int]) -> ReadReply:
    if len(lines) != len(scales):
        found = f"{len(lines)} answers were found" if len(lines) != 1 else "1 answer was found"
        reason = f"{found} where {len(scales)} are asked"
        return ReadReply(None, "count", reason, len(scales))
    return _values(lines, scales)


def _values(lines: Sequence[_Line], scales: Sequence[int]) -> ReadReply:
    values = [line.on(scale) for line, scale in zip(lines, scales, strict=True)]
    unread = [place for place, value in enumerate(values, start=1) if value is None]
    if unread:
        return ReadReply(None, "answer", f"answer {unread[0]} cannot be read")
    return ReadReply(tuple(value for value in values if value is not None))
