"""Re-reads the file of a published run: what its scores are, and what correct reading changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from src.domain.errors import BadInputError, Problem
from src.domain.item import Track
from src.domain.plurals import counted
from src.domain.scoring.audit import (
    YES_SHARE,
    Audit,
    RunRow,
    audit_candidates,
    audit_rare_candidates,
    audit_replies,
    audit_texts,
    verdicts_asked,
)
from src.domain.scoring.evaluation import (
    evaluate_crossmodal,
    evaluate_diagnosis,
    evaluate_differential,
    evaluate_evidence,
    evaluate_examination,
    evaluate_treatment,
)
from src.domain.scoring.judge_replies import rare_candidates
from src.domain.scoring.reply_reading import read_reply
from src.files.judge_runs import SCORED, JudgeRun, read_judge_run
from src.files.lines import Lines
from src.files.mrarebench import POINTS
from src.files.predictions import CANDIDATES
from src.files.tables import Row, Table

SAME: Final = 1e-9
ALIASES: Final = "answer_aliases"
DISEASE_TRACKS: Final = frozenset({Track.DIAGNOSIS, Track.DIFFERENTIAL})
NO_TEXT: Final = (
    "The file keeps no text of the judge, as no result file of the first version does (D17). So it"
    " cannot tell whether a 0 was a bad answer or a failed call (D1, D2), whether yes and no were"
    " counted right or line numbers were read as scores (D6, D7, D8), nor which judge, prompt and"
    " rubric gave the scores. Only a new run of the judge can."
)
ONLY_MEANS: Final = (
    "The file holds means and no rows: not even which answers they are of. " + NO_TEXT
)
NO_PREDICTION: Final = (
    "The file has no column 'prediction': it cannot tell which answers were missing and read as"
    " 'nan' (D10)."
)
NO_POINTS: Final = (
    "The file does not say which lines are of required points: the share of YES among all lines"
    " stands for the recall. Give the benchmark's table with --benchmark."
)
NOT_ASKED: Final = (
    "nothing says how many points the judge was asked about, nor which of them are required: what"
    " the reference prints, whether a reply is complete (D8, D23) and what it is worth cannot be"
    " told. Give the benchmark's table, with these rows, with --benchmark."
)
NO_ALIASES: Final = (
    "The file has no column 'answer_aliases': what only an alias hits is missed by the measures"
    " that need no judge. Give the benchmark's table with --benchmark."
)
STALE: Final = (
    "The cache is keyed by the row's number alone: it cannot tell whether answer, prediction or"
    " points changed since the reply was written (D4). An outage text in it is never asked again"
    " (D3)."
)


class StoredDifference(BaseModel, frozen=True, extra="forbid"):
    """A row whose own score in the file is not what its reply gives by the published rule."""

    line: int
    index: str
    column: str
    stored: str
    recomputed: float


class RunAudit(BaseModel, frozen=True, extra="forbid"):
    """All that a file of a run tells."""

    path: str
    kind: str
    track: Track | None
    replies: str | None
    """The column or field the replies stand in; None where there are none."""
    published: dict[str, object]
    """The measures as the reference prints them, as far as the files hold what they need."""
    measures: tuple[Audit, ...]
    stored_differs: tuple[StoredDifference, ...] = ()
    cannot_tell: tuple[str, ...] = ()


def audit_run(
    path: Path,
    *,
    track: Track | None = None,
    column: str | None = None,
    benchmark: Path | None = None,
) -> RunAudit:
    """Return what a file of a run says, before and after reading its replies correctly.

    `benchmark` is the benchmark's own table, for what the file does not hold: evidence points,
    reference answers and their aliases. Raises BadInputError for a file that cannot be read or
    whose track nobody tells.
    """
    run = read_judge_run(path, column)
    if run.kind == "means":
        return _answer(path, run, track or run.track, dict(run.means), [], [ONLY_MEANS])
    if run.kind == "candidates":
        rows = [RunRow(r.line, r.cells.get("candidate", ""), r.cells.get("raw")) for r in run.rows]
        return _answer(path, run, None, {}, [audit_rare_candidates(rows)], [])
    named = track or run.track
    if named is None:
        raise BadInputError(
            f"Neither the columns nor the name of {path.name!r} tell the track: give it with"
            " --track.",
            [Problem(rule="unknown_track", message="The track cannot be told.")],
        )
    items = _items_of(benchmark) if benchmark is not None else {}
    rows = [_row(run, row, named, items.get(row.cells.get("index", ""), {})) for row in run.rows]
    known = {*run.columns, *(name for cells in items.values() for name in cells)}
    return _audited(path, run, named, rows, known)


def _answer(
    path: Path,
    run: JudgeRun,
    track: Track | None,
    published: dict[str, object],
    measures: Sequence[Audit],
    cannot_tell: Sequence[str],
) -> RunAudit:
    return RunAudit(
        path=str(path),
        kind=run.kind,
        track=track,
        replies=run.reply_column,
        published=published,
        measures=tuple(measures),
        cannot_tell=tuple(cannot_tell),
    )


def _audited(
    path: Path, run: JudgeRun, track: Track, rows: list[RunRow], known: set[str]
) -> RunAudit:
    """Audit a table or cache; `known` names the columns it and the benchmark's table have."""
    measures = audit_texts(track, rows) if {"answer", "prediction"} <= known else []
    cannot_tell: list[str] = []
    if run.reply_column is None:
        cannot_tell.append(NO_TEXT)
    else:
        audit = audit_replies(track, rows)
        measures = [audit, *measures] if audit is not None else measures
        if audit is not None and audit.measure == YES_SHARE:
            cannot_tell.append(NO_POINTS)
        if track is Track.EVIDENCE:
            cannot_tell += _not_asked([row for row in rows if verdicts_asked(row) is None])
    if track is Track.DIFFERENTIAL and any(row.candidates is not None for row in rows):
        measures.append(audit_candidates(rows))
    if "prediction" not in known:
        cannot_tell.append(NO_PREDICTION)
    elif track in DISEASE_TRACKS and ALIASES not in known:
        cannot_tell.append(NO_ALIASES)
    if run.kind == "cache":
        cannot_tell.append(STALE)
    published = _published(track, run, rows, known)
    answer = _answer(path, run, track, published, measures, cannot_tell)
    return answer.model_copy(update={"stored_differs": tuple(_stored(run, answer))})


def _not_asked(rows: Sequence[RunRow]) -> list[str]:
    """Return what cannot be told of evidence rows, and what can: calls that surely failed."""
    if not rows:
        return []
    failures = Counter(read_reply(row.reply, ()).failure for row in rows)
    calls, outages = failures["call"], failures["outage"]
    failed = [f"{counted(calls, 'failed call')} (D1)"] if calls else []
    failed += [f"{counted(outages, 'outage text')} (D2)"] if outages else []
    known = f" Among them: {', '.join(failed)}; the reference counts these as 0." if failed else ""
    return [f"Of {counted(len(rows), 'row')} {NOT_ASKED}{known}"]


def _row(run: JudgeRun, row: Row, track: Track, item: Mapping[str, str]) -> RunRow:
    """Return one row; what the benchmark's table says of its item comes before the file's own."""
    cells = row.cells
    stated = item.get(POINTS) or _stated_points(cells) if track is Track.EVIDENCE else None
    asked = cells.get("vec")
    return RunRow(
        line=row.line,
        index=cells.get("index", ""),
        reply=cells.get(run.reply_column) if run.reply_column else None,
        prediction=cells.get("prediction", "") if "prediction" in run.columns else None,
        answer=item.get("answer", cells.get("answer")),
        aliases=item.get(ALIASES, cells.get(ALIASES, "")),
        points=stated,
        candidates=_candidates(row) if track is Track.DIFFERENTIAL else None,
        lines_asked=int(asked) if asked is not None else None,
    )


def _candidates(row: Row) -> str | None:
    """Return what a judge said of a list's entries, where the file says it and it can be read."""
    cell = row.cells.get(CANDIDATES, "")
    if not cell.strip():
        return None
    try:
        rare_candidates(cell)
    except BadInputError as error:
        problem = Problem(line=row.line, column=CANDIDATES, rule="bad_json", message=str(error))
        raise BadInputError(f"Line {row.line}, {CANDIDATES}: {error}", [problem]) from error
    return cell


def _stated_points(cells: Mapping[str, str]) -> str | None:
    """Return a row's points as the benchmark writes them, from its own cell or the scorer's."""
    if cells.get(POINTS, "").strip():
        return cells[POINTS]
    if "t2_required_points" not in cells:
        return None
    required = _json_texts(cells["t2_required_points"])
    categories = _json_texts(cells.get("t2_required_categories", ""))
    categories += [""] * (len(required) - len(categories))
    entries = [
        {"point": point, "credit": "required", "category": category}
        for point, category in zip(required, categories, strict=False)
    ]
    entries += [
        {"point": point, "credit": "optional", "category": ""}
        for point in _json_texts(cells.get("t2_optional_points", ""))
    ]
    return json.dumps(entries, ensure_ascii=False)


def _json_texts(cell: str) -> list[str]:
    try:
        value = json.loads(cell) if cell.strip() else []
    except ValueError as error:
        raise BadInputError(f"A cell of points is no JSON list: {cell[:80]!r}.") from error
    return [str(entry) for entry in value] if isinstance(value, list) else []


def _items_of(path: Path) -> dict[str, dict[str, str]]:
    """Return index -> what the benchmark's own table says of answers and evidence points."""
    with Lines(path) as lines:
        table = Table(lines, "\t")
        problems = table.header()
        wanted = [name for name in ("answer", ALIASES, POINTS) if name in table.columns]
        if not problems and not wanted:
            text = f"{path.name!r} is no table of the benchmark: it has neither answers nor points."
            problems = [Problem(rule="missing_column", column="answer", message=text)]
        found: dict[str, dict[str, str]] = {}
        for row in [] if problems else table.rows():
            if isinstance(row, Problem):
                problems.append(row)
            else:
                index = row.cells.get("index", str(len(found)))
                found[index] = {name: row.cells[name] for name in wanted}
    if problems:
        raise BadInputError(f"{str(path)!r} is refused: {problems[0].message}", problems)
    return found


def _published(
    track: Track, run: JudgeRun, rows: Sequence[RunRow], known: set[str]
) -> dict[str, object]:
    """Return what the reference prints for these rows and replies, where the file has enough."""
    replies = [_reference_reply(row) for row in rows] if run.reply_column else []
    meta = [
        {
            "index": row.index,
            "answer": row.answer or None,
            ALIASES: row.aliases,
            POINTS: row.points or "",
            "prediction": row.prediction or None,
        }
        for row in rows
    ]
    if "prediction" not in known:
        return {}
    by_judge = {
        Track.TREATMENT: evaluate_treatment,
        Track.CROSSMODAL: evaluate_crossmodal,
        Track.EXAMINATION: evaluate_examination,
    }
    if track in by_judge:
        enough = bool(replies) or "answer" in known
        return by_judge[track](meta, replies) if enough else {}
    if track is Track.EVIDENCE:
        if any(row.points is None for row in rows):
            return {}
        judged = evaluate_evidence(meta, meta, replies)
        return {name: value for name, value in judged.items() if _is_of_replies(name)}
    if "answer" not in known:
        return {}
    if track is Track.DIAGNOSIS:
        return evaluate_diagnosis(meta, meta, replies)
    said = [row.candidates for row in rows]
    known_candidates = said if any(cell is not None for cell in said) else []
    return evaluate_differential(meta, meta, replies, known_candidates)


def _is_of_replies(name: str) -> bool:
    """Say whether a measure needs nothing but points and replies, which a run's file holds."""
    return not name.startswith(("det_", "n_image"))


def _reference_reply(row: RunRow) -> str | None:
    return None if read_reply(row.reply, ()).failure == "call" else row.reply


def _stored(run: JudgeRun, answer: RunAudit) -> list[StoredDifference]:
    """Return the rows whose score in the file is not the published rule's."""
    column = next((name for name in SCORED if name in run.columns), None)
    if column is None or run.reply_column is None or not answer.measures:
        return []
    if answer.measures[0].measure == YES_SHARE:
        return []
    cells = {row.line: row.cells.get(column, "") for row in run.rows}
    return [
        StoredDifference(
            line=row.line,
            index=row.index,
            column=column,
            stored=cells[row.line],
            recomputed=row.before,
        )
        for row in answer.measures[0].rows
        if not _is_number(cells[row.line], row.before)
    ]


def _is_number(cell: str, value: float) -> bool:
    try:
        return abs(float(cell) - value) <= SAME
    except ValueError:
        return False
