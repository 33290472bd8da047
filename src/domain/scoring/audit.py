"""What changes when the judge's replies of a published run are read correctly, row by row.

Before is the reference's score, defects and all; after is the same formula over the same reply
read strictly, or no score with the reason. The defects are those of docs/scoring.md.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydantic import BaseModel

from src.domain.item import Track
from src.domain.scoring.difference import explain_difference
from src.domain.scoring.evidence import evidence_points
from src.domain.scoring.judge_replies import (
    FRACTION,
    YES_OR_NO,
    evidence_point_verdicts,
    rare_candidate,
    rare_candidate_ratio,
    rare_candidates,
)
from src.domain.scoring.judged import JUDGED, OF_CANDIDATES, TYPE_MATCH_MAXIMUM, judged_scores
from src.domain.scoring.ranked_list import first_hit_rank, parse_ranked_list
from src.domain.scoring.reply_reading import YES_NO, ReadReply, read_reply
from src.domain.scoring.text import (
    MISSING_TEXT,
    gold_list,
    stripped_gold_list,
    substring_match,
    token_f1,
)

DEFECTS: Final[Mapping[str, str]] = {
    "D1": "a call that failed counts as 0",
    "D2": "the client's outage text counts as a reply",
    "D6": "yes and no are counted anywhere, over what was found and not over what was asked",
    "D7": "line numbers 1 and 2 are read as scores",
    "D8": "a reply with other lines than asked is shifted, cut or 0",
    "D9": "a fraction of zero counts as 0",
    "D10": "what is missing is the word 'nan'",
    "D23": "missing lines are filled up with NO",
}
SCALES: Final[Mapping[Track, tuple[int, ...]]] = {
    Track.DIAGNOSIS: (YES_NO,) * 3,
    Track.TREATMENT: (YES_NO,) * 6,
    Track.CROSSMODAL: (YES_NO,) * 5,
    Track.EXAMINATION: (2,) * 8,
    Track.DIFFERENTIAL: (YES_NO, YES_NO, 3, YES_NO, YES_NO),
}
"""What each judge of a whole answer is asked, one answer a line."""
YES_SHARE: Final = "share_of_yes"
RARE: Final = "rare_candidate_share"
MISSING: Final = "D10"
SHORT: Final = 3
"""With fewer answers the published diagnosis rule falls back."""


@dataclass(frozen=True)
class RunRow:
    """One row of a run: what the file says of one answer; None where it has no such column."""

    line: int
    index: str
    reply: str | None = None
    prediction: str | None = None
    answer: str | None = None
    aliases: str = ""
    points: str | None = None
    """Of the evidence track: the points as JSON."""
    candidates: str | None = None
    """Of the differential track: what a judge said of each entry of the list, as JSON."""
    lines_asked: int | None = None
    """Of a cache of verdicts: how many lines the judge was asked for."""


class AuditedRow(BaseModel, frozen=True, extra="forbid"):
    """One measure of one row, before and after."""

    line: int
    index: str
    before: float
    after: float | None
    """None: the reply cannot be read, or there is nothing to score."""
    defect: str | None = None
    reason: str = ""


class DefectCount(BaseModel, frozen=True, extra="forbid"):
    """What one defect did to a mean; what all of them did adds up to the difference."""

    defect: str
    says: str
    rows: int
    moved: float


class Audit(BaseModel, frozen=True, extra="forbid"):
    """One measure of a whole run, before and after."""

    measure: str
    before: float | None
    """The mean as the reference takes it, failures counting 0; None without rows."""
    after: float | None
    """The mean over what can be read; None when nothing can."""
    with_missing: float | None = None
    """The mean after, rows in which an answer is missing counting as the reference counts them."""
    n: int
    missing: int = 0
    """Rows in which an answer is missing, which are not in the mean after."""
    unscored: int
    changed: int
    defects: tuple[DefectCount, ...]
    rows: tuple[AuditedRow, ...]


def is_missing_text(text: str | None) -> bool:
    """Say whether a cell was empty before the reference wrote it out as 'nan'."""
    return text is None or not text.strip() or text.strip().casefold() == MISSING_TEXT


def audit_replies(track: Track, rows: Sequence[RunRow]) -> Audit | None:
    """Return the judge's measure of a track, before and after.

    Of the evidence track it is the recall of required points, or the share of YES where the
    file does not tell which lines these are, of the rows that tell at least how many were asked
    for. None where no row does: the reference cuts and pads to that number.
    """
    measure = JUDGED[track][0]
    if track is Track.EVIDENCE and any(row.points is None for row in rows):
        told = [_of_verdicts(row, asked) for row in rows if (asked := verdicts_asked(row))]
        return _audit(YES_SHARE, told) if told else None
    kept = [row for row in rows if track is not Track.EVIDENCE or _required(row)]
    return _audit(measure, [_of_reply(track, measure, row) for row in kept])


def verdicts_asked(row: RunRow) -> int | None:
    """Return how many lines the judge of an evidence answer was asked for; None if not known."""
    if row.lines_asked is not None:
        return row.lines_asked
    return None if row.points is None else _asked_of(row.points)


def audit_texts(track: Track, rows: Sequence[RunRow]) -> list[Audit]:
    """Return the measures that need no judge, before and after; none for the evidence track."""
    rules: dict[str, Callable[[RunRow], float]] = {}
    if track is Track.DIAGNOSIS:
        rules = {"token_f1": _f1}
    elif track is Track.DIFFERENTIAL:
        rules = {"hit_rate": _hit, "parse_fail_rate": _parse_failed}
    elif track is not Track.EVIDENCE:
        rules = {"substring_match": _substring}
    return [_audit(name, [_of_text(row, rule) for row in rows]) for name, rule in rules.items()]


def audit_rare_candidates(rows: Sequence[RunRow]) -> Audit:
    """Return the share of rare diseases in a cache of candidates (the index), before and after.

    A reply that is no JSON was kept for good as 'not rare' and never asked again.
    """
    audited = []
    for row in rows:
        read = rare_candidate(row.reply or "", row.index)
        value = float(read["is_rare_disease"])
        failed = read["parse_failed"]
        audited.append(
            AuditedRow(
                line=row.line,
                index=row.index,
                before=value,
                after=None if failed else value,
                defect="D1" if failed else None,
                reason="the reply is no JSON, and was kept as 'not rare'" if failed else "",
            )
        )
    return _audit(RARE, audited)


def audit_candidates(rows: Sequence[RunRow]) -> Audit:
    """Return the share of rare diseases in the lists, before and after; of rows that have one.

    A list of which one entry's reply is no JSON has none after.
    """
    audited = []
    for row in rows:
        if row.candidates is None:
            continue
        before = rare_candidate_ratio(row.candidates)
        failed = any(entry["parse_failed"] for entry in rare_candidates(row.candidates))
        audited.append(
            AuditedRow(
                line=row.line,
                index=row.index,
                before=before,
                after=None if failed else before,
                defect="D1" if failed else None,
                reason="a reply on an entry is no JSON, and was kept as 'not rare'"
                if failed
                else "",
            )
        )
    return _audit(OF_CANDIDATES[0], audited)


def _of_reply(track: Track, measure: str, row: RunRow) -> AuditedRow:
    reply = None if _call_failed(row) else row.reply
    before = judged_scores(track, reply, row.points or "").get(measure, 0.0)
    scales = SCALES.get(track) or (YES_NO,) * _asked_of(row.points or "")
    read = read_reply(row.reply, scales)
    after = None if read.values is None else _score(track, read.values, row.points or "")
    return _judged_row(row, before, after, read, _misreading(track, row.reply or "", read))


def _of_verdicts(row: RunRow, asked: int) -> AuditedRow:
    """Audit a reply of which only the number of its lines is known, one or more."""
    verdicts = evidence_point_verdicts("" if _call_failed(row) else row.reply or "", asked)
    before = sum(verdicts) / asked
    read = read_reply(row.reply, (YES_NO,) * asked)
    after = None if read.values is None else sum(read.values) / asked
    return _judged_row(row, before, after, read, _misreading(Track.EVIDENCE, row.reply or "", read))


def _judged_row(
    row: RunRow, before: float, after: float | None, read: ReadReply, misread: str
) -> AuditedRow:
    defect, reason = None, ""
    if row.prediction is not None and is_missing_text(row.prediction):
        after, defect, reason = None, MISSING, "there is no prediction"
    elif read.failure == "call":
        defect, reason = "D1", read.reason
    elif read.failure == "outage":
        defect, reason = "D2", read.reason
    elif after is None or not math.isclose(before, after, abs_tol=1e-12):
        defect = misread
        reason = read.reason or "read strictly, the reply says something else"
    return AuditedRow(
        line=row.line, index=row.index, before=before, after=after, defect=defect, reason=reason
    )


def _call_failed(row: RunRow) -> bool:
    """Say whether the reference had no reply at all, and wrote zeros."""
    return read_reply(row.reply, ()).failure == "call"


def _misreading(track: Track, reply: str, read: ReadReply) -> str:
    """Return the defect by which the reference reads a reply otherwise."""
    fraction = FRACTION.search(reply)
    if fraction and float(fraction.group(2)) == 0 and track not in _BY_LINE:
        return "D9"
    if track is Track.EXAMINATION:
        return "D7" if read.values is not None else "D8"
    if track is Track.DIAGNOSIS:
        return "D6" if len(YES_OR_NO.findall(reply.lower())) >= SHORT else "D8"
    written = sum(bool(line.strip()) for line in reply.splitlines())
    if track is Track.EVIDENCE and read.failure == "count" and written < read.asked:
        return "D23"
    return "D8" if track in _BY_LINE else "D6"


_BY_LINE: Final = frozenset({Track.DIFFERENTIAL, Track.EVIDENCE})
"""Tracks whose replies the reference reads line by line."""


def _required(row: RunRow) -> bool:
    return bool(evidence_points(row.points or "").required)


def _asked_of(points: str) -> int:
    stated = evidence_points(points)
    return 2 * len(stated.required) + len(stated.optional)


def _score(track: Track, values: Sequence[int], points: str) -> float:
    """Return the published formula over answers that were read strictly."""
    if track is Track.DIAGNOSIS:
        exact, details = values[0], values[1] + values[2]
        return (3 + details) / 5.0 if exact else details / 10.0
    if track is Track.EXAMINATION:
        return sum(values) / 16.0
    if track is Track.DIFFERENTIAL:
        shares = np.array(values, dtype=float)
        shares[2] /= TYPE_MATCH_MAXIMUM
        return float(shares.mean())
    if track is Track.EVIDENCE:
        return float(np.mean(values[: len(evidence_points(points).required)]))
    return sum(values) / len(values)


def _of_text(row: RunRow, rule: Callable[[RunRow], float]) -> AuditedRow:
    before = rule(row)
    missing = [
        name
        for name, text in (("prediction", row.prediction), ("reference answer", row.answer))
        if is_missing_text(text)
    ]
    return AuditedRow(
        line=row.line,
        index=row.index,
        before=before,
        after=None if missing else before,
        defect=MISSING if missing else None,
        reason=f"there is no {' and no '.join(missing)}" if missing else "",
    )


def _said(text: str | None) -> str:
    return text or MISSING_TEXT


def _f1(row: RunRow) -> float:
    return token_f1(gold_list(_said(row.answer), row.aliases), _said(row.prediction).strip())


def _hit(row: RunRow) -> float:
    golds = stripped_gold_list(_said(row.answer), row.aliases)
    return float(first_hit_rank(parse_ranked_list(_said(row.prediction)), golds) is not None)


def _parse_failed(row: RunRow) -> float:
    return float(not parse_ranked_list(_said(row.prediction)))


def _substring(row: RunRow) -> float:
    return float(substring_match(_said(row.answer), _said(row.prediction)))


def _audit(measure: str, rows: Sequence[AuditedRow]) -> Audit:
    keys = [str(place) for place in range(len(rows))]
    by_key = dict(zip(keys, rows, strict=True))
    difference = explain_difference(
        {key: row.before for key, row in by_key.items()},
        {key: row.after for key, row in by_key.items()},
    )
    missing = [row.before for row in rows if row.defect == MISSING]
    counted = [row.after for row in rows if row.after is not None] + missing
    counts = Counter(row.defect for row in rows if row.defect)
    moved: dict[str, float] = defaultdict(float)
    for contribution in difference.contributions:
        moved[by_key[contribution.item_id].defect or ""] += contribution.amount
    return Audit(
        measure=measure,
        before=difference.before_mean,
        after=difference.after_mean,
        with_missing=math.fsum(counted) / len(counted) if counted else None,
        n=len(rows),
        missing=len(missing),
        unscored=sum(row.after is None for row in rows),
        changed=sum(row.defect is not None for row in rows),
        defects=tuple(
            DefectCount(defect=defect, says=DEFECTS[defect], rows=number, moved=moved[defect])
            for defect, number in sorted(counts.items(), key=lambda pair: int(pair[0][1:]))
        ),
        rows=tuple(rows),
    )
