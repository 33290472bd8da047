"""What the published scorers read out of a judge's reply.

Source of every rule: VLMEvalKit at commit e8e78f05, `vlmeval/dataset/mmrarebench.py` (v1) and
`mrarebench.py` (v2). None of these rules can tell a failed call from a bad answer (defects D1,
D2): the text 'Failed to obtain answer via API.' is read as no, no, no.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, TypedDict

from src.domain.errors import BadInputError
from src.domain.scoring.ranked_list import LIST_LENGTH
from src.domain.scoring.text import normalize_answer

YES: Final = re.compile(r"\byes\b")
NO: Final = re.compile(r"\bno\b")
YES_OR_NO: Final = re.compile(r"\b(yes|no)\b")
FRACTION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(\d+)")
PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*%")
UNIT_NUMBER: Final = re.compile(r"\b(0(?:\.\d+)?|1(?:\.0+)?)\b")
ZERO_TO_TWO: Final = re.compile(r"\b([012])\b")
ZERO_TO_THREE: Final = re.compile(r"[0-3]")
LINE_NUMBER: Final = re.compile(r"^\s*\d+\s*[.)]\s*")
BRACES: Final = re.compile(r"\{.*\}", flags=re.DOTALL)

EXAMINATION_DIMENSIONS: Final = 8
EXAMINATION_MAXIMUM: Final = 16.0
DIFFERENTIAL_DIMENSIONS: Final = 5
RARE_LABELS: Final = frozenset({"rare", "nonrare", "generic", "unknown"})
NO_ORPHA_CODE: Final = frozenset({"", "none", "null", "unknown"})
TRUE_WORDS: Final = frozenset({"true", "yes", "y", "1"})
FALSE_WORDS: Final = frozenset({"false", "no", "n", "0"})


class ZeroDenominatorError(BadInputError, ZeroDivisionError):
    """The reply is a fraction of zero, such as '3/0'; the reference divides and fails."""


def yes_no_ratio(response: str) -> float:
    """Return the share of YES, 0 to 1, among all yes and no found anywhere in the reply.

    Without either: the first fraction, percentage or number from 0 to 1, else 0.0. The divisor
    is what was found, not the number of criteria (defect D6). '3/0' raises ZeroDenominatorError
    (a ZeroDivisionError, as in the reference).
    Source: v1 `MMRarebenchOpenEndedBase._parse_judge_score`.
    """
    text = response.strip()
    lower = text.lower()
    yes, no = len(YES.findall(lower)), len(NO.findall(lower))
    if yes + no:
        return yes / (yes + no)

    fraction = _fraction(text)
    if fraction is not None:
        return fraction
    percent = PERCENT.search(text)
    if percent is not None:
        return min(float(percent.group(1)) / 100.0, 1.0)
    number = UNIT_NUMBER.search(lower)
    return 0.0 if number is None else float(number.group(1))


def _fraction(text: str) -> float | None:
    """Return the first 'x/y' of a text, at most 1; None when there is none."""
    found = FRACTION.search(text)
    if found is None:
        return None
    denominator = float(found.group(2))
    if denominator == 0:
        raise ZeroDenominatorError(
            f"The judge's reply holds {found.group(0)!r}, which has no value; ask the judge again."
        )
    return min(float(found.group(1)) / denominator, 1.0)


def diagnosis_cascade(response: str) -> float:
    """Return the v1 diagnosis score, 0 to 1, from exact match, category and specificity.

    With the exact disease (3a + b + c) / 5, without it (b + c) / 10. Fewer than three answers:
    the first fraction, else 0.0 (defect D8). '3/0' raises ZeroDenominatorError.
    Source: v1 `MMRarebenchDiagnosis._parse_judge_score`.
    """
    text = response.strip().lower()
    answers: list[bool] = [answer == "yes" for answer in YES_OR_NO.findall(text)]
    if len(answers) < 3:
        return _fraction(text) or 0.0
    exact, details = answers[0], sum(answers[1:3])
    return (3 + details) / 5.0 if exact else details / 10.0


def examination_scale(response: str) -> float:
    """Return the v1 examination score, 0 to 1: the first eight 0, 1 or 2 of the reply over 16.

    Line numbers 1. and 2. are read as scores (defect D7). Fewer than eight: the yes share if at
    least six were found, then the first fraction, else 0.0. '3/0' raises ZeroDenominatorError.
    Source: v1 `MMRarebenchExamination._parse_judge_score`.
    """
    text = response.strip()
    scores = [int(digit) for digit in ZERO_TO_TWO.findall(text)[:EXAMINATION_DIMENSIONS]]
    if len(scores) == EXAMINATION_DIMENSIONS:
        return sum(scores) / EXAMINATION_MAXIMUM

    lower = text.lower()
    yes, no = len(YES.findall(lower)), len(NO.findall(lower))
    if yes + no >= 6:
        return yes / (yes + no)
    return _fraction(text) or 0.0


def differential_dims(response: str) -> list[int]:
    """Return presence, top1, type match (0 to 3), specificity and coherence of a v2 reply.

    The first five non-blank lines, by position: a preamble shifts them all (defect D8); what is
    missing is 0. Never raises. Source: v2 `MRareBenchDiagnosis._parse_judge_dims`.
    """
    lines = [line for line in response.splitlines() if line.strip()][:DIFFERENTIAL_DIMENSIONS]
    lines += [""] * (DIFFERENTIAL_DIMENSIONS - len(lines))
    dims = [_says_yes(line) for line in lines]
    dims[2] = _type_match(lines[2])
    return dims


def _says_yes(line: str) -> int:
    found = YES_OR_NO.search(line.lower())
    return int(found is not None and found.group(1) == "yes")


def _type_match(line: str) -> int:
    found = ZERO_TO_THREE.search(LINE_NUMBER.sub("", line.strip()))
    return int(found.group(0)) if found else 0


def evidence_point_verdicts(response: str, n: int) -> list[int]:
    """Return n verdicts, 1 for yes and 0 for no: the first yes or no of each line.

    A line without one is skipped, so the rest moves up (defect D8); what is missing is 0.
    Never raises. Source: v2 `MRareBenchEvidenceVerif._parse_binary`.
    """
    found = (YES_OR_NO.search(line.lower()) for line in response.splitlines())
    verdicts = [int(match.group(1) == "yes") for match in found if match][:n]
    return verdicts + [0] * (n - len(verdicts))


class RareCandidate(TypedDict):
    """What a judge said of one candidate: is it a rare disease, and a specific one?"""

    candidate: str
    normalized_candidate: str
    label: str
    is_rare_disease: bool
    is_specific_disease: bool
    orpha_code_if_known: object
    parse_failed: bool
    raw: str


def rare_candidate(response: str, candidate: str) -> RareCandidate:
    """Return the canonical record of a judge's JSON reply on one candidate.

    A label other than 'rare' makes it not rare whatever else is said; an unreadable reply is
    'unknown' with parse_failed. Never raises.
    Source: v2 `_parse_rare_candidate_judge_response`, `_canonical_rare_record`.
    """
    record = _json_object(response)
    fields = {"candidate": candidate} if record is None else record
    return _rare_record(fields, candidate, raw=response, parse_failed=record is None)


def rare_candidates(cell: str) -> list[RareCandidate]:
    """Return what a judge said of each entry of one ranked list, from the cell it is kept in.

    In: a JSON list of objects, as `rare_candidate_judge_raw` of the per-row file has it. Raises
    BadInputError for anything else.
    """
    try:
        records = json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise BadInputError("What a judge said of candidates is no JSON list.") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise BadInputError("What a judge said of candidates is a JSON list of objects.")
    return [
        _rare_record(
            record,
            "",
            raw=str(record.get("raw", "")),
            parse_failed=bool(record.get("parse_failed", False)),
        )
        for record in records
    ]


def rare_candidate_ratio(cell: str) -> float:
    """Return how many entries of one list are rare diseases, over 10, also of a shorter list.

    0 to 1. An entry whose reply could not be read is not rare (as defect D1 has it).
    Source: v2 `apply_rare_candidate_judge`.
    """
    entries = rare_candidates(cell)[:LIST_LENGTH]
    return sum(entry["is_rare_disease"] for entry in entries) / LIST_LENGTH


def _rare_record(
    fields: Mapping[str, object], candidate: str, *, raw: str, parse_failed: bool
) -> RareCandidate:
    label = _rare_label(fields.get("label", "unknown"))
    name = str(fields.get("candidate") or candidate or "").strip()
    return RareCandidate(
        candidate=name,
        normalized_candidate=normalize_answer(name),
        label=label,
        is_rare_disease=label == "rare" and _truth(fields.get("is_rare_disease"), True),
        is_specific_disease=label != "generic"
        and _truth(fields.get("is_specific_disease"), label in {"rare", "nonrare"}),
        orpha_code_if_known=_orpha_code(fields.get("orpha_code_if_known")),
        parse_failed=parse_failed,
        raw=raw,
    )


def _json_object(response: str) -> dict[str, object] | None:
    """Return the JSON object a reply is, or the one between its outermost braces."""
    text = response.strip()
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        braces = BRACES.search(text)
        try:
            parsed = json.loads(braces.group(0)) if braces else None
        except (ValueError, RecursionError):
            return None
    return parsed if isinstance(parsed, dict) else None


def _rare_label(value: object) -> str:
    label = str(value).strip().lower().replace("-", "")
    return label if label in RARE_LABELS else "unknown"


def _truth(value: object, otherwise: bool) -> bool:
    if isinstance(value, int | float):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    return otherwise


def _orpha_code(value: object) -> object:
    if isinstance(value, str) and value.strip().lower() in NO_ORPHA_CODE:
        return None
    return value
