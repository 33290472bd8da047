"""Does a statement name the disease? The name at its head counts, and what it says behind it
can only take that back, never add to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from src.domain.scoring.answer_reading import Parted, Stated, parted
from src.domain.scoring.disease_denial import DENIAL, is_undetermined, with_plain_denials
from src.domain.scoring.disease_match import DiseaseMatch
from src.domain.scoring.foreign_answer import FOREIGN_MARK

Matcher = Callable[[str], DiseaseMatch]

CLAUSE: Final = re.compile(r"[;,()\[\]\n]|\s+but\s+|[.:]\s+|\s[-–—]+\s", re.IGNORECASE)
TAKEN_BACK: Final = re.compile(
    r"\b(?:unlikely|less likely|excluded|excludes|excluding|ruled out|rules out"
    r"|(?:evidence|argues|argue|speaks|speak) against)\b"
    r"|\b(?:it|this|this (?:diagnosis|disease|condition|disorder)) (?:is|was|has been|can|could)"
    r"(?: be)?\s?n(?:ot|o longer|ever)\b",
    re.IGNORECASE,
)
"""How an explanation takes back what it explains; 'no fever' and 'not typical' do not."""
ONE_NAME: Final = 200
"""Characters; a longer text is no name with a dash or a full stop in it."""
SHOWN: Final = 90
"""Characters of a statement that stand in the name of what waits for a person."""


MOST_SENTENCES: Final = 200


@dataclass(frozen=True)
class Named:
    """What is matched of a statement, and whether it is the disease."""

    name: str
    match: DiseaseMatch


def match_statement(statement: str, match: Matcher) -> Named:
    """Match the name at the head of a statement, 'Marfan syndrome: the lens is subluxated'.

    It is the disease only where nothing behind it may deny that, and possibly the disease where
    the first words behind another name are.
    """
    part = parted(statement)
    found = _matched(statement, part, match)
    if part.is_foreign and found.match.match is False:
        return _foreign(part.name)
    return found


def _matched(statement: str, part: Parted, match: Matcher) -> Named:
    whole = match(statement) if not part.rest or len(statement) <= ONE_NAME else None
    if whole is not None and whole.match is True and is_undetermined(statement):
        return _undetermined(statement, statement, whole)
    if whole is not None and (not part.rest or whole.match is True):
        return Named(statement, whole)
    by_head = match(part.name)
    if by_head.match is None:
        return Named(part.name, by_head)

    clauses = _clauses(part.rest)
    if by_head.match is True:
        denying = _denying(clauses, match)
        return _doubtful(part.name, denying, by_head) if denying else Named(part.name, by_head)
    if clauses and len(clauses[0]) <= ONE_NAME and (other := match(clauses[0])).match is True:
        return _doubtful(part.name, clauses[0], other)
    if part.by_full_stop and whole is not None and whole.match is None:
        return Named(statement, whole)
    return Named(part.name, by_head)


def _clauses(rest: str) -> list[str]:
    parts = CLAUSE.split(with_plain_denials(rest))
    return [part.strip() for part in parts if part.strip()]


def _denying(clauses: Sequence[str], match: Matcher) -> str:
    """Return the clause that may deny the disease: at once, by taking it back, or by its name."""
    for place, clause in enumerate(clauses):
        denial = DENIAL.search(clause)
        if TAKEN_BACK.search(clause) or (denial and place == 0):
            return clause
        denied = clause[denial.end() :].strip() if denial else ""
        if 0 < len(denied) <= ONE_NAME and match(denied).match is True:
            return clause
    return ""


def _doubtful(head: str, clause: str, found: DiseaseMatch) -> Named:
    """Return a doubt under a name that, matched again, is in doubt for the same reason."""
    explanation = f"The answer names it, but also says other things: {head!r}, {clause!r}."
    review = DiseaseMatch(match=None, how="review", matched=found.matched, explanation=explanation)
    return Named(f"{head[:SHOWN]} - {clause[:SHOWN]}", review)


def _foreign(name: str) -> Named:
    """Return a doubt under a name that still says it is of another language."""
    explanation = f"The answer is in another language, and {name!r} is no known name."
    review = DiseaseMatch(match=None, how="review", explanation=explanation)
    return Named(f"{name[:SHOWN]} - {FOREIGN_MARK}", review)


def _undetermined(name: str, said: str, found: DiseaseMatch) -> Named:
    explanation = f"The answer names it, but says that it cannot tell: {said[:ONE_NAME]!r}."
    review = DiseaseMatch(match=None, how="review", matched=found.matched, explanation=explanation)
    if said in name:
        return Named(name, review)
    return Named(f"{name[:SHOWN]} - {said[:SHOWN]}", review)


def match_stated(stated: Stated, match: Matcher) -> Named:
    """Match the statement of one diagnosis; where another sentence may name it, nobody can tell.

    Nor where the answer says that it cannot tell the diagnosis, unless it states one outright.
    """
    found = match_statement(stated.text, match)
    outright = stated.outright and not is_undetermined(stated.text)
    if found.match.match is True and not outright:
        said = [stated.text, *stated.others[:MOST_SENTENCES]]
        unknowing = next((sentence for sentence in said if is_undetermined(sentence)), None)
        if unknowing is not None:
            return _undetermined(found.name, unknowing, found.match)
    if found.match.match is not False or outright:
        return found
    for sentence in stated.others[:MOST_SENTENCES]:
        other = match_statement(sentence, match)
        if other.match.match is None:
            return other
        if other.match.match is True:
            return _doubtful(parted(stated.text).name, other.name, other.match)
    return found
