"""People's grades as HealthBench's meta-evaluation has them: a line a criterion of an answer.

A line holds the prompt, a completion, one rubric item, and what each physician, by a pseudonym,
says of it: true or false. What is not of HealthBench is ours and may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from src.domain.canonical import canonical_json, text_sha256
from src.domain.errors import Problem
from src.domain.human_grade import MAX_NOTE, HumanGrade
from src.domain.item import Criterion, Item
from src.domain.judge_card import is_met
from src.domain.plurals import counted
from src.files.faults import FileFault
from src.files.json_records import JsonRecord, json_records, problems_of
from src.files.lines import Lines
from src.files.tables import no_rows


class Label(NamedTuple):
    """What one physician said of one criterion of one answer."""

    pseudonym: str
    met: bool | None
    """None where they could not judge."""
    value: float | None
    """None where the file says only met or not."""
    blind: bool
    note: str


class IncomingOpinions(BaseModel, frozen=True, extra="forbid"):
    """What physicians said of one criterion of one answer."""

    line: int
    prompt_id: str
    completion_sha256: str
    rubric: str
    model: str | None
    condition: str
    criterion_id: str | None
    blind_said: bool
    """False where the line says nothing of blindness: all its labels are taken as blind."""
    labels: tuple[Label, ...]


class _Line(BaseModel, frozen=True, extra="ignore", strict=True):
    prompt_id: str = Field(min_length=1)
    completion: str
    rubric: str = Field(min_length=1)
    binary_labels: list[bool]
    anonymized_physician_ids: list[str]
    model: str | None = None
    condition: str = "full"
    criterion_id: str | None = None
    values: list[Annotated[float, Field(ge=0, allow_inf_nan=False)]] | None = None
    blind: list[bool] | None = None
    cannot_judge: list[str] = Field(default_factory=list)
    notes: dict[str, Annotated[str, Field(max_length=MAX_NOTE)]] = Field(default_factory=dict)
    """Pseudonym -> what they wrote beside their grade."""


def _faults(line: _Line) -> Iterator[tuple[str, FileFault]]:
    """Yield what the lists of a line lack, each with its field."""
    physicians = line.anonymized_physician_ids
    lists = (("binary_labels", line.binary_labels), ("values", line.values), ("blind", line.blind))
    for field, given in lists:
        if given is not None and len(given) != len(physicians):
            text = (
                f"The field {field!r} has {counted(len(given), 'entry', 'entries')}, and "
                f"'anonymized_physician_ids' has {len(physicians)}: give one for each physician."
            )
            yield field, FileFault("bad_value", text)
    named = [*physicians, *line.cannot_judge]
    twice = next((name for place, name in enumerate(named) if name in named[:place]), None)
    if twice is not None:
        field = "anonymized_physician_ids" if physicians.count(twice) > 1 else "cannot_judge"
        text = f"The physician {twice[:100]!r} is named twice in this line: keep one."
        yield field, FileFault("duplicate_id", text)
    for field, names in (
        ("anonymized_physician_ids", physicians),
        ("cannot_judge", line.cannot_judge),
    ):
        if not all(names):
            yield field, FileFault("empty_field", f"A physician in {field!r} has no name.")
    strange = next((name for name in line.notes if name not in named), None)
    if strange is not None:
        text = f"There is a note of {strange[:100]!r}, whom the line does not name."
        yield "notes", FileFault("bad_value", text)


def read_opinions(path: Path) -> Iterator[IncomingOpinions | Problem]:
    """Yield the lines of a file in HealthBench's meta-evaluation shape, and what is wrong."""
    found = False
    with Lines(path) as lines:
        for record in json_records(lines):
            found = True
            yield from [record] if isinstance(record, Problem) else _of_line(record)
    if not found:
        yield no_rows()


def _of_line(record: JsonRecord) -> list[IncomingOpinions | Problem]:
    try:
        line = _Line.model_validate(record.value, strict=True)
    except ValidationError as error:
        return list(problems_of(error, record.line))
    if wrong := [fault.at(record.line, field) for field, fault in _faults(line)]:
        return list(wrong)
    values: Sequence[float | None] = line.values or [None] * len(line.binary_labels)
    blind = line.blind or [True] * len(line.binary_labels)
    given = zip(line.anonymized_physician_ids, line.binary_labels, values, blind, strict=True)
    said = [*given, *((who, None, None, True) for who in line.cannot_judge)]
    labels = [Label(*one, note=line.notes.get(one[0], "")) for one in said]
    return [
        IncomingOpinions(
            line=record.line,
            prompt_id=line.prompt_id,
            completion_sha256=text_sha256(line.completion),
            rubric=line.rubric,
            model=line.model,
            condition=line.condition,
            criterion_id=line.criterion_id,
            blind_said=line.blind is not None,
            labels=tuple(labels),
        )
    ]


def opinion_line(
    item: Item,
    completion: str,
    criterion: Criterion,
    grades: Sequence[HumanGrade],
    names: Mapping[str, str],
    condition: str,
    *,
    notes: bool = True,
) -> str:
    """Return one line, with its line ending; `names` gives each person's pseudonym.

    A line without notes, or that is to hold none, has no field for them.
    """
    content = item.content
    prompt = "\n\n".join(text for text in (content.context, content.question) if text)
    by_name = sorted((names[grade.person_id], grade) for grade in grades)
    judged = [(name, g.value, g.blind) for name, g in by_name if g.value is not None]
    written = {name: grade.note for name, grade in by_name if grade.note}
    line = {
        "prompt_id": item.item_id,
        "prompt": [{"role": "user", "content": prompt}],
        "completion": completion,
        "completion_id": text_sha256(completion),
        "rubric": criterion.text,
        "category": f"track:{item.track.value}",
        "anonymized_physician_ids": [name for name, _, _ in judged],
        "binary_labels": [is_met(value, criterion.maximum) for _, value, _ in judged],
        "values": [value for _, value, _ in judged],
        "blind": [blind for _, _, blind in judged],
        "cannot_judge": [name for name, grade in by_name if grade.value is None],
        "criterion_id": criterion.criterion_id,
        "maximum": criterion.maximum,
        "points": criterion.points,
        "model": grades[0].model,
        "condition": condition,
        **({"notes": written} if notes and written else {}),
    }
    return f"{canonical_json(line)}\n"
