"""Models' answers, as tables or JSON Lines, perhaps with grades or judge replies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, BaseModel, Field, ValidationError, model_validator
from rapidfuzz import fuzz

from src.domain.errors import BadInputError, Problem
from src.domain.evidence import Sha256
from src.domain.item import Track
from src.domain.scoring.judge_replies import rare_candidates
from src.files.faults import FileFault
from src.files.ids import SeenIds, check_id
from src.files.json_records import JsonRecord, json_records, problems_of
from src.files.lines import Lines
from src.files.mmrarebench import MISSPELT
from src.files.sheets import SUFFIX as WORKBOOK
from src.files.sheets import Sheet
from src.files.tables import Row, Table, no_rows

DELIMITERS = {".tsv": "\t", ".csv": ","}
COLUMNS = ("index", "item_id", "prediction", "visible_sha256")
REPLIES = ("judge_reply", "judge_raw", "t2_judge_raw")
"""Columns of judge replies: ours, and those of the published scorer's own result files."""
JUDGE = "judge"
CANDIDATES = "rare_candidate_judge_raw"
"""What a judge said of each entry of a ranked list, as the published per-row file keeps it."""
CANDIDATES_JUDGE = "rare_judge"
FAILED = ("JUDGE_ERROR", "JUDGE_SKIP")
"""How the published scorer begins the text it keeps in place of a reply it did not get."""
PREDICTIONS = "rare-review/predictions/1"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class IncomingGrade(BaseModel, frozen=True, extra="forbid", strict=True):
    """A grade a judge gave to a criterion; only status ok counts, a failure is asked again."""

    criterion_id: str = Field(
        min_length=1, validation_alias=AliasChoices("criterion_id", "criterion_key")
    )
    """The criterion's id, or its key: what a file's author knows before anything is imported."""
    value: float | None = Field(default=None, ge=0)
    """Met or not as 1 or 0 (true or false), or the steps reached of an ordinal criterion."""
    quote: str = ""
    rationale: str = ""
    judge: str = ""
    status: Literal["ok", "parse_error", "api_error", "refused"] = "ok"

    @model_validator(mode="before")
    @classmethod
    def _truth_is_one(cls, given: object) -> object:
        if isinstance(given, dict) and isinstance(given.get("value"), bool):
            return {**given, "value": float(given["value"])}
        return given

    @model_validator(mode="after")
    def _a_good_grade_has_a_value(self) -> Self:
        if self.status == "ok" and self.value is None:
            raise ValueError("should have a 'value', because its status is ok")
        return self


class IncomingReply(BaseModel, frozen=True, extra="forbid"):
    """What a judge wrote of a whole answer, for the published measures."""

    text: str | None
    """None where the call failed."""
    judge: str = ""


class IncomingPrediction(BaseModel, frozen=True, extra="forbid"):
    """One model's answer to one item, named by its index within the track or its whole id."""

    line: int
    track: Track
    index: str | None = None
    item_id: str | None = None
    prediction: str
    """Exactly as the model gave it; an empty text is an answer too."""
    visible_sha256: str | None = None
    """What the model was shown, where the file says so."""
    grades: tuple[IncomingGrade, ...] = ()
    reply: IncomingReply | None = None
    """None where the file says nothing of a judge."""
    candidates: IncomingReply | None = None
    """The same of the entries of a ranked list."""


class _Line(BaseModel, frozen=True, extra="forbid", strict=True):
    index: str | None = None
    item_id: str | None = None
    prediction: str
    visible_sha256: Sha256 | None = None
    grades: list[IncomingGrade] = Field(default_factory=list)
    judge_reply: str | None = None
    judge: str = ""
    rare_candidate_judge_raw: str = ""
    rare_judge: str = ""

    @property
    def candidates(self) -> IncomingReply | None:
        """What a judge said of the entries of the list; None where it was not asked."""
        text = self.rare_candidate_judge_raw
        return IncomingReply(text=text, judge=self.rare_judge) if text.strip() else None

    @property
    def reply(self) -> IncomingReply | None:
        """The judge's reply, where the line has one or says that there is none."""
        if "judge_reply" not in self.model_fields_set:
            return None
        text = self.judge_reply
        failed = text is None or not text.strip() or text.startswith(FAILED)
        return IncomingReply(text=None if failed else text, judge=self.judge)


class _Head(BaseModel, frozen=True, extra="forbid", strict=True):
    format: Annotated[str, Field(pattern=f"^{PREDICTIONS}$")]


def read_predictions(path: Path, track: Track) -> Iterator[IncomingPrediction | Problem]:
    """Yield the answers of a .tsv, .csv, .xlsx or .jsonl file, and what is wrong with it."""
    suffix = path.suffix.lower()
    if suffix == WORKBOOK:
        return _rows(Sheet(path, (*COLUMNS, *REPLIES, JUDGE, CANDIDATES, CANDIDATES_JUDGE)), track)
    lines = Lines(path)
    if suffix in DELIMITERS:
        return _table(lines, DELIMITERS[suffix], track)
    if suffix in (".jsonl", ".ndjson"):
        return _json_lines(lines, track)
    text = f"{path.name!r} is of no known format: predictions come as .tsv, .csv, .xlsx or .jsonl."
    return iter([FileFault("unknown_format", text).at(None)])


def _table(lines: Lines, delimiter: str, track: Track) -> Iterator[IncomingPrediction | Problem]:
    with lines:
        yield from _rows(Table(lines, delimiter), track)


def _rows(table: Table | Sheet, track: Track) -> Iterator[IncomingPrediction | Problem]:
    seen = SeenIds()
    faults = table.header()
    faults += _column_problems(table) if table.columns else []
    yield from faults
    replies = next((name for name in REPLIES if name in table.columns), None)
    for row in [] if faults else table.rows():
        yield from [row] if isinstance(row, Problem) else _of_row(row, track, seen, replies)


def _column_problems(table: Table | Sheet) -> list[Problem]:
    columns, line = table.columns, table.header_line
    named = "index" in columns or "item_id" in columns
    problems = []
    for needed, there in (("index", named), ("prediction", "prediction" in columns)):
        if not there:
            text = f"The column {needed!r} is missing from the header{_perhaps(needed, columns)}."
            problems.append(FileFault("missing_column", text).at(line, needed))
    return problems


def _perhaps(needed: str, columns: tuple[str, ...]) -> str:
    for name in columns:
        if name not in COLUMNS and fuzz.ratio(name.strip().casefold(), needed) >= MISSPELT:
            return f": is {name!r} meant"
    return ""


def _of_row(
    row: Row, track: Track, seen: SeenIds, replies: str | None
) -> list[IncomingPrediction | Problem]:
    found = {name: row.cells.get(name, "") for name in COLUMNS}
    shown = found["visible_sha256"].strip()
    if shown and not _SHA256.fullmatch(shown):
        text = f"{shown[:100]!r} is not a sha256 of 64 hexadecimal digits in lower case."
        return [FileFault("bad_value", text).at(row.line, "visible_sha256")]
    line = _Line(
        index=row.cells.get("index"),
        item_id=found["item_id"] or None,
        prediction=found["prediction"],
        visible_sha256=shown or None,
        judge=row.cells.get(JUDGE, ""),
        rare_candidate_judge_raw=row.cells.get(CANDIDATES, ""),
        rare_judge=row.cells.get(CANDIDATES_JUDGE, ""),
    )
    if replies is not None:
        line = line.model_copy(update={"judge_reply": row.cells[replies]})
    return _checked(row.line, line, track, seen)


def _json_lines(lines: Lines, track: Track) -> Iterator[IncomingPrediction | Problem]:
    seen = SeenIds()
    found = False
    with lines:
        for record in json_records(lines):
            read = [record] if isinstance(record, Problem) else _of_line(record, track, seen)
            found = found or bool(read)
            yield from read
    if not found:
        yield no_rows()


def _of_line(record: JsonRecord, track: Track, seen: SeenIds) -> list[IncomingPrediction | Problem]:
    try:
        if record.number == 1 and "format" in record.value:
            _Head.model_validate(record.value)
            return []
        line = _Line.model_validate(record.value, strict=True)
    except ValidationError as error:
        return list(problems_of(error, record.line))
    return _checked(record.line, line, track, seen)


def _checked(
    number: int, line: _Line, track: Track, seen: SeenIds
) -> list[IncomingPrediction | Problem]:
    column = "item_id" if line.item_id is not None else "index"
    named = line.item_id if line.item_id is not None else line.index
    try:
        if named is None:
            raise FileFault("missing_field", "Neither 'index' nor 'item_id' names the item.")
        check_id(named)
        _check_track(line.item_id, track)
        seen.add("", None, named, number)
        column = "grades"
        _check_grades(line)
        column = CANDIDATES
        _check_candidates(line, track)
    except FileFault as fault:
        return [fault.at(number, column)]
    return [
        IncomingPrediction(
            line=number,
            track=track,
            index=line.index if line.item_id is None else None,
            item_id=line.item_id,
            prediction=line.prediction,
            visible_sha256=line.visible_sha256,
            grades=tuple(line.grades),
            reply=line.reply,
            candidates=line.candidates,
        )
    ]


def _check_candidates(line: _Line, track: Track) -> None:
    if line.candidates is None or line.candidates.text is None:
        return
    if track is not Track.DIFFERENTIAL:
        text = f"Only answers of the track differential list candidates, not those of {track}."
        raise FileFault("wrong_track", text)
    try:
        rare_candidates(line.candidates.text)
    except BadInputError as error:
        text = f"{error} It is kept as VLMEvalKit writes it, one object for each entry."
        raise FileFault("bad_json", text) from error


def _check_track(item_id: str | None, track: Track) -> None:
    if item_id is not None and item_id.split("/")[1:2] != [track.value]:
        text = f"The item {item_id!r} is not of the track {track.value!r}: dataset/track/index."
        raise FileFault("wrong_track", text)


def _check_grades(line: _Line) -> None:
    graded = [(grade.judge, grade.criterion_id) for grade in line.grades]
    twice = [pair for place, pair in enumerate(graded) if pair in graded[:place]]
    if twice:
        judge, criterion = twice[0]
        text = f"The criterion {criterion!r} is graded twice by the judge {judge!r}: keep one."
        raise FileFault("duplicate_id", text)
