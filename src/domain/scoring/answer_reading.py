"""What an answer states as its diagnosis, or lists as diagnoses, told from what it says of them.

Only the strict score reads answers so; the published measures keep the published reading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from src.domain.scoring.answer_table import with_tables_as_lists
from src.domain.scoring.disease_match import LIST_MARK, without_lead_in
from src.domain.scoring.foreign_answer import FINAL, FOREIGN_MARK
from src.domain.scoring.foreign_answer import HEADING as FOREIGN_HEADING
from src.domain.scoring.foreign_answer import LEAD_IN as FOREIGN_LEAD_IN
from src.domain.scoring.ranked_list import LIST_LENGTH, parse_ranked_list, without_thoughts

ENTRY: Final = re.compile(
    r"^[ \t#>*_•-]*\+\d{1,2}(?:[ \t]*[.):](?!\d)|(?=\s))[ \t]*"
    r"|(?:^[ \t#>*_•-]*|\+)\d{1,2}[ \t]*[.):](?!\d)[ \t]*",
    re.MULTILINE,
)
"""How an entry of a numbered list begins: '1. ', '**2) ', '+3. ', '+4 ', '### 5. '."""
BULLET: Final = re.compile(r"^[ \t]*[-*•][ \t]+", re.MULTILINE)
INLINE_NUMBER: Final = re.compile(r"(?:^|\s)\d{1,2}[.)]\s+")
IN_JSON: Final = re.compile(r'"(?:final_)?diagnosis"\s*:\s*("(?:[^"\\]|\\.)*")', re.IGNORECASE)
BOXED: Final = re.compile(r"\\boxed\{\s*(?:\\text\{)?([^{}]{1,400})\}")
OPENING, CLOSING = "<answer>", "</answer>"
HEAD_ENDS: Final = re.compile(r"\*\*\s*:|:(?=\s|$|\*)|\n|\*\*\s|\s[-–—]+\s|\*\*$|[.]\s+(?=[A-Z(*])")
"""Behind a disease's name begins what is said of it."""
MARKUP: Final = " \t*_#>`\"'"
STATED: Final = re.compile(
    r"\b((?:(?:most likely|single best|final|working|leading|definitive|primary|principal"
    r"|likely|clinical|unifying|best)\s+)*(?:diagnosis|dx|answer))\s*(?:\*\*)?\s*"
    r"(is|would be|:|=)(?!\w)\s*(.*)$",
    re.IGNORECASE,
)
OTHER_DIAGNOSIS: Final = re.compile(
    r"\b(?:differential|alternative|secondary|initial|previous|prior|referral|admission|other"
    r"|provisional)\s*$",
    re.IGNORECASE,
)
HEADING: Final = re.compile(
    r"(?:(?:most likely|final|working|leading|definitive|primary|principal|likely|clinical)\s+)*"
    r"(?:diagnosis|dx|answer)",
    re.IGNORECASE,
)
SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Parted:
    """A statement in two."""

    name: str
    rest: str
    by_full_stop: bool = False
    """Where a name can go on: 'St. Louis encephalitis'."""
    is_foreign: bool = False
    """It calls itself the diagnosis in another language than English."""


@dataclass(frozen=True)
class Stated:
    """The statement of one diagnosis."""

    text: str
    outright: bool
    """It is marked as the answer, so that what else the text mentions is something else."""
    others: tuple[str, ...]
    """The other sentences."""


def parted(statement: str) -> Parted:
    """Part a statement into the name it begins with and what it says behind it."""
    bare = without_lead_in(statement.lstrip(MARKUP)).lstrip(MARKUP)
    is_foreign = FOREIGN_LEAD_IN.match(LIST_MARK.sub("", statement)) is not None
    end = HEAD_ENDS.search(bare)
    if end is None:
        return Parted(bare.strip(MARKUP), "", is_foreign=is_foreign)
    name, rest = bare[: end.start()].strip(MARKUP), bare[end.end() :].strip()
    return Parted(
        name,
        rest,
        by_full_stop=end.group().startswith("."),
        is_foreign=is_foreign or rest == FOREIGN_MARK,
    )


def listed(answer: str) -> list[str]:
    """Return the entries of a list of diagnoses, each with what is said of it: at most ten.

    Numbered entries, else bullets, else lines or parts between semicolons.
    """
    text = with_tables_as_lists(without_thoughts(answer).replace("\\n", "\n").strip())
    named = _in_json(text)
    if len(named) > 1:
        return _first_of_each(named)
    entries = ENTRY.split(text)[1:]
    if len(entries) == 1:
        inline = INLINE_NUMBER.split(entries[0])
        entries = inline if len(inline) > 1 else entries
    return _first_of_each(entries or BULLET.split(text)[1:] or parse_ranked_list(text))


def _in_json(text: str) -> list[str]:
    found = []
    for value in IN_JSON.findall(text):
        try:
            found.append(str(json.loads(value)))
        except ValueError:
            continue
    return found


def _first_of_each(entries: Sequence[str]) -> list[str]:
    first: dict[str, str] = {}
    for entry in entries:
        if name := parted(entry).name:
            first.setdefault(name.casefold(), entry.strip())
    return list(first.values())[:LIST_LENGTH]


def stated(answer: str) -> Stated:
    """Return the statement of an answer's diagnosis.

    What is marked as the answer; else the last line that calls itself the final diagnosis, else
    the first that calls itself the diagnosis; else the first line that is no heading.
    """
    text = with_tables_as_lists(without_thoughts(answer).strip())
    if marked := _marked(text):
        return Stated(marked, outright=True, others=())
    lines = [line.strip() for line in text.splitlines() if line.strip(MARKUP)]
    place, found, outright = _said_to_be_it(lines) or _first_statement(lines)
    rest = [*lines[:place], *lines[place + 1 :]] if lines else []
    others = tuple(
        sentence for line in rest for sentence in SENTENCE_END.split(line.strip(MARKUP)) if sentence
    )
    return Stated(found, outright, others)


def _marked(text: str) -> str:
    """Return what stands in a tag, a box or a JSON field of its own; the last, or nothing."""
    opened = text.lower().rfind(OPENING)
    if opened >= 0:
        inner = text[opened + len(OPENING) :]
        closed = inner.lower().find(CLOSING)
        return " ".join((inner if closed < 0 else inner[:closed]).split())
    boxed = BOXED.findall(text)
    if boxed:
        return str(boxed[-1]).strip()
    named = _in_json(text)
    return named[0] if len(named) == 1 else ""


def _said_to_be_it(lines: Sequence[str]) -> tuple[int, str, bool] | None:
    """Return the line that says it is the diagnosis: its place, the rest of it, how surely."""
    found: list[tuple[int, str, bool, bool]] = []
    for place, line in enumerate(lines):
        called = line.strip(MARKUP + ":")
        if FOREIGN_HEADING.fullmatch(called):
            if place + 1 < len(lines):
                text = f"{called}: {lines[place + 1].strip(MARKUP)}"
                found.append((place + 1, text, True, FINAL.search(called) is not None))
            continue
        if foreign := FOREIGN_LEAD_IN.match(line):
            found.append((place, line, True, FINAL.search(foreign.group()) is not None))
            continue
        if HEADING.fullmatch(called):
            below = [n for n in range(place + 1, len(lines)) if not _is_heading(lines[n])]
            if below:
                found.append((below[0], lines[below[0]], True, "final" in called.lower()))
            continue
        said = STATED.search(line)
        if said is None or OTHER_DIAGNOSIS.search(line[: said.start()]):
            continue
        name = said.group(3).strip(MARKUP)
        if name:
            outright = said.group(2) in (":", "=")
            found.append((place, name, outright, "final" in said.group(1).lower()))
    final = [one for one in found if one[3]]
    best = final[-1] if final else next(iter(found), None)
    return best[:3] if best else None


def _first_statement(lines: Sequence[str]) -> tuple[int, str, bool]:
    for place, line in enumerate(lines):
        if not _is_heading(line):
            return place, line, False
    return 0, lines[0] if lines else "", False


def _is_heading(line: str) -> bool:
    return line.startswith("#") or line.rstrip(MARKUP).endswith(":")
