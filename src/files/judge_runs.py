"""Files of a judge's run: result tables, workbooks, caches. What a pickle holds is never opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import JsonValue

from src.domain.errors import PROBLEMS_SHOWN, BadInputError, Problem
from src.domain.item import Track
from src.files import mmrarebench, mrarebench
from src.files.faults import FileFault, require_file
from src.files.json_records import json_records
from src.files.lines import Lines
from src.files.predictions import CANDIDATES, REPLIES
from src.files.sheets import SUFFIX as WORKBOOK
from src.files.sheets import Sheet
from src.files.strict_json import json_type, parse_json
from src.files.tables import Row, Table

Kind = Literal["table", "cache", "candidates", "means"]
DELIMITERS: Final = {".tsv": "\t", ".csv": ","}
OTHER_REPLIES: Final = ("raw", "reply", "response", "judge_response")
READ: Final = (
    "index", "prediction", "answer", "answer_aliases", mrarebench.POINTS,
    "t2_required_points", "t2_optional_points", "t2_required_categories",
    "judge_score", "t2_required_recall", CANDIDATES,
)  # fmt: skip
SCORED: Final = ("judge_score", "t2_required_recall")
"""Columns in which the published scorer keeps the score of a row."""
PICKLES: Final = (".pkl", ".pickle")
JSON_LIMIT: Final = 256 * 1024 * 1024
DIFFERENTIAL_MARKS: Final = frozenset({"ranked_list", "first_hit_rank", "judge_presence"})
EVIDENCE_MARKS: Final = frozenset({"t2_judge_raw", "t2_required_points"})
NAMED: Final = (
    ("evidenceverif", Track.EVIDENCE),
    ("evidence_verif", Track.EVIDENCE),
    ("mmrarebench_diagnosis", Track.DIAGNOSIS),
    ("mrarebench_diagnosis", Track.DIFFERENTIAL),
    ("treatment", Track.TREATMENT),
    ("crossmodal", Track.CROSSMODAL),
    ("examination", Track.EXAMINATION),
)
"""What stands in the names of result files -> the track, the first that fits."""


@dataclass(frozen=True)
class JudgeRun:
    """What a file of a run holds."""

    kind: Kind
    track: Track | None
    """As the file itself tells; None where it does not."""
    reply_column: str | None
    """The column or field of the replies; None where the file keeps none."""
    rows: list[Row] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    means: Mapping[str, float] = field(default_factory=dict)


def read_judge_run(path: Path, column: str | None = None) -> JudgeRun:
    """Return a run from a table (.tsv, .csv, .xlsx), a JSON cache, or JSON Lines.

    `column` names the replies where they stand in a column of another name. Raises
    BadInputError with every line, column and rule that is wrong; of a pickle with the reason.
    """
    require_file(path)
    _refuse_pickle(path)
    suffix = path.suffix.lower()
    try:
        if suffix == ".json":
            return _json_run(path)
        if suffix in (".jsonl", ".ndjson"):
            return _candidates_or_lines(path, column)
        if suffix == WORKBOOK:
            names = (*READ, *REPLIES, *OTHER_REPLIES, *([column] if column else []))
            return _table_run(path, Sheet(path, names), column)
        if suffix in DELIMITERS:
            with Lines(path) as lines:
                return _table_run(path, Table(lines, DELIMITERS[suffix]), column)
    except FileFault as fault:
        raise _refused(path, [fault.at(None)]) from fault
    text = (
        f"{path.name!r} is of no known format: a run comes as .tsv, .csv, .xlsx, .json or .jsonl."
    )
    raise _refused(path, [FileFault("unknown_format", text).at(None)])


def _refused(path: Path, problems: Sequence[Problem]) -> BadInputError:
    text = f"{str(path)!r} is refused: {problems[0].message}"
    return BadInputError(text, problems[:PROBLEMS_SHOWN])


def _refuse_pickle(path: Path) -> None:
    with path.open("rb") as file:
        begins = file.read(2)
    if path.suffix.lower() in PICKLES or (begins[:1] == b"\x80" and begins[1:] <= b"\x05"):
        text = (
            "A pickle can run any program when it is opened, so it is not read. Where it was made,"
            ' write it as JSON: python -c "import json, pickle, sys; json.dump({str(k): v for k, v'
            " in pickle.load(open(sys.argv[1], 'rb')).items()}, open(sys.argv[2], 'w'))\" "
            "IN.pkl OUT.json"
        )
        raise _refused(path, [FileFault("pickle", text).at(None)])


def _table_run(path: Path, table: Table | Sheet, column: str | None) -> JudgeRun:
    problems = table.header()
    columns = table.columns
    if not problems and column is not None and column not in columns:
        text = f"There is no column {column!r} in the header."
        problems.append(FileFault("missing_column", text).at(table.header_line, column))
    if not problems and "index" not in columns:
        problems.append(mmrarebench.missing_column("index").at(table.header_line, "index"))
    rows: list[Row] = []
    for row in [] if problems else table.rows():
        if isinstance(row, Problem):
            problems.append(row)
        else:
            rows.append(row)
    if problems:
        raise _refused(path, problems)
    replies = column or next((n for n in (*REPLIES, *OTHER_REPLIES) if n in columns), None)
    return JudgeRun("table", track_of(columns, path), replies, rows, columns)


def track_of(columns: Sequence[str], path: Path) -> Track | None:
    """Return the track of a result file by its columns, else by its name, else None."""
    names = set(columns)
    second = mrarebench.track_of(columns)
    if second is not None:
        return second
    if names & EVIDENCE_MARKS:
        return Track.EVIDENCE
    if names & DIFFERENTIAL_MARKS:
        return Track.DIFFERENTIAL
    marked = [track for track, own in mmrarebench.MARKERS.items() if names & set(own)]
    name = path.name.casefold()
    named = next((track for text, track in NAMED if text in name), None)
    if len(marked) == 1 and not (marked[0] is Track.DIAGNOSIS and named is Track.DIFFERENTIAL):
        return marked[0]
    return named


def _json_run(path: Path) -> JudgeRun:
    if path.stat().st_size > JSON_LIMIT:
        raise FileFault("cell_too_large", f"The file holds more than {JSON_LIMIT:,} bytes.")
    try:
        value = parse_json(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise FileFault("encoding", "The file is not UTF-8.") from None
    if not isinstance(value, dict):
        raise FileFault("wrong_type", f"A cache is an object, not {json_type(value)}.")
    means = {
        key: float(number)
        for key, number in value.items()
        if isinstance(number, int | float) and not isinstance(number, bool)
    }
    if means:
        return JudgeRun("means", track_of([], path), None, means=means)
    rows = list(_entries(value))
    if not rows:
        raise FileFault("no_rows", "The cache holds no entry.")
    kinds = {"dims" if "dims" in row.cells else "vec" for row in rows}
    track = Track.DIFFERENTIAL if kinds == {"dims"} else Track.EVIDENCE
    return JudgeRun("cache", track, "raw", rows, ("index", "raw"))


def _entries(cache: Mapping[str, JsonValue]) -> Iterator[Row]:
    """Yield the verdicts of a cache; the number of an entry stands for its line."""
    for number, (index, entry) in enumerate(cache.items(), start=1):
        if not isinstance(entry, dict):
            text = f"The entry {index!r} is {json_type(entry)}, not an object with 'raw'."
            raise FileFault("wrong_type", text)
        kept = next((name for name in ("vec", "dims") if isinstance(entry.get(name), list)), None)
        raw = entry.get("raw")
        if kept is None or not isinstance(raw, str):
            text = f"The entry {index!r} has no text 'raw' beside a list 'vec' or 'dims'."
            raise FileFault("missing_field", text)
        values = entry[kept]
        asked = len(values) if isinstance(values, list) else 0
        yield Row(number, {"index": index, "raw": raw, kept: str(asked)})


def _candidates_or_lines(path: Path, column: str | None) -> JudgeRun:
    rows: list[Row] = []
    problems: list[Problem] = []
    with Lines(path) as lines:
        for record in json_records(lines):
            if isinstance(record, Problem):
                problems.append(record)
                continue
            texts = {name: v for name, v in record.value.items() if isinstance(v, str)}
            rows.append(Row(record.line, texts))
    if problems:
        raise _refused(path, problems)
    columns = tuple(dict.fromkeys(name for row in rows for name in row.cells))
    if {"candidate", "label", "raw"} <= set(columns):
        return JudgeRun("candidates", None, "raw", rows, columns)
    replies = column or next((n for n in (*REPLIES, *OTHER_REPLIES) if n in columns), None)
    unnamed = next((row for row in rows if "index" not in row.cells), None)
    if unnamed is not None:
        text = "The line has no text 'index' that names its row."
        raise _refused(path, [FileFault("missing_field", text).at(unnamed.line, "index")])
    return JudgeRun("table", track_of(columns, path), replies, rows, columns)
