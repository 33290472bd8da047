"""A judge's reply read: a grade with its quote and reason, or what is wrong with it. Never a 0."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel

from src.domain.judging.harmless import found_quote
from src.domain.judging.needs import needs_quote
from src.domain.judging.question import Question

FaultRule = Literal[
    "not_json",
    "wrong_shape",
    "wrong_check",
    "wrong_criterion",
    "out_of_scale",
    "no_quote",
    "quote_not_found",
    "too_long",
    "cut_off",
]
WORDS: Final[dict[FaultRule, str]] = {
    "not_json": "the judge's reply is not one JSON object",
    "wrong_shape": "the judge's reply has not the fields that were asked for",
    "wrong_check": "the judge's reply does not repeat the check text",
    "wrong_criterion": "the judge graded another criterion",
    "out_of_scale": "the judge's value is not on the criterion's scale",
    "no_quote": "the judge quotes nothing for a value above 0",
    "quote_not_found": "the judge's quote does not stand in the answer",
    "too_long": "the judge's reply is too long",
    "cut_off": "the judge's reply breaks off",
}
LONGEST_REPLY: Final = 20_000
LONGEST_REASON: Final = 2_000
FIELDS: Final = frozenset({"check", "criterion", "quote", "reason", "value"})
_FENCE: Final = re.compile(r"```(?:json)?[ \t]*\n(.*)\n[ \t]*```", re.DOTALL | re.IGNORECASE)


class CriterionGrade(BaseModel, frozen=True, extra="forbid"):
    """What a judge said of one criterion, its quote as it stands in the answer."""

    value: int
    quote: str
    reason: str


class Fault(BaseModel, frozen=True, extra="forbid"):
    """Why a reply cannot be used."""

    rule: FaultRule

    @property
    def words(self) -> str:
        """The fault as the reason why there is no grade."""
        return WORDS[self.rule]


def read_reply(text: str, question: Question, nonce: str) -> CriterionGrade | Fault:
    """Return what a reply says, or the first thing that is wrong with it.

    One JSON object of exactly the five fields, alone or in one code fence, behind thoughts where
    a model writes them first. It repeats the nonce and the criterion's tag, its value is on the
    scale, and its quote stands in the answer; a value above 0 has one unless the criterion is
    met by what is not said.
    """
    if len(text) > LONGEST_REPLY:
        return Fault(rule="too_long")
    found = _object(_bare(text))
    if isinstance(found, Fault):
        return found
    if set(found) != FIELDS or not all(isinstance(found[name], str) for name in FIELDS - {"value"}):
        return Fault(rule="wrong_shape")
    if found["check"].strip() != nonce:
        return Fault(rule="wrong_check")
    if found["criterion"].strip() != question.criterion_tag:
        return Fault(rule="wrong_criterion")
    return _on_scale(found, question)


def _on_scale(found: dict[str, Any], question: Question) -> CriterionGrade | Fault:
    value = found["value"]
    if type(value) is not int or not 0 <= value <= question.criterion.maximum:
        return Fault(rule="out_of_scale")
    quote = ""
    if found["quote"].strip():
        original = found_quote(found["quote"], question.answer)
        if original is None:
            return Fault(rule="quote_not_found")
        quote = original
    elif value > 0 and needs_quote(question.criterion):
        return Fault(rule="no_quote")
    return CriterionGrade(value=value, quote=quote, reason=found["reason"].strip()[:LONGEST_REASON])


def _bare(text: str) -> str:
    """Return a reply without the thoughts before it and the one code fence around it."""
    bare = text.strip().removeprefix("\ufeff")
    if bare.startswith("<think>"):
        bare = bare.rpartition("</think>")[2].strip()
    fenced = _FENCE.fullmatch(bare)
    return fenced.group(1).strip() if fenced else bare


def _object(text: str) -> dict[str, Any] | Fault:
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Fault(rule="not_json")
    return found if isinstance(found, dict) else Fault(rule="not_json")


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
