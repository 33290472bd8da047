"""How a text speaks of what was found."""

from __future__ import annotations

import pytest

from src.domain.leakage import Mention
from src.domain.scan.mentions import mention_of

SENTENCES = [
    ("Histology showed X.", Mention.AFFIRMED),
    ("No lymphoma; final diagnosis was X.", Mention.AFFIRMED),
    ("Lymphoma was ruled out, and the final diagnosis was X.", Mention.AFFIRMED),
    ("Lymphoma was excluded and biopsy confirmed X.", Mention.AFFIRMED),
    ("There was no fever, but X was found.", Mention.AFFIRMED),
    ("She did not respond. X progressed.", Mention.AFFIRMED),
    ("There was no evidence of X.", Mention.NEGATED),
    ("No evidence of lymphoma, tuberculosis or X.", Mention.NEGATED),
    ("X was ruled out by biopsy.", Mention.NEGATED),
    ("We ruled out X.", Mention.NEGATED),
    ("Negative for X.", Mention.NEGATED),
    ("Sarcoma rather than X.", Mention.NEGATED),
    ("The biopsy did not confirm X.", Mention.NEGATED),
    ("The differential diagnosis included lymphoma, X and tuberculosis.", Mention.DIFFERENTIAL),
    ("X was suspected.", Mention.DIFFERENTIAL),
    ("Suspected X.", Mention.DIFFERENTIAL),
    ("Lymphoma versus X.", Mention.DIFFERENTIAL),
    ("We cannot exclude X.", Mention.DIFFERENTIAL),
    ("X could not be excluded.", Mention.DIFFERENTIAL),
    ("An X-like infiltrate.", Mention.DIFFERENTIAL),
    ("The differential was broad: infection, X, trauma.", Mention.DIFFERENTIAL),
    ("Differential diagnosis:\n- infection\n- X\n- trauma", Mention.DIFFERENTIAL),
    ("The differential was: infection; X; trauma.", Mention.DIFFERENTIAL),
    ("We considered: X.", Mention.DIFFERENTIAL),
    ("Ruled out: lymphoma, X.", Mention.NEGATED),
    ("Excluded: lymphoma. X was found.", Mention.AFFIRMED),
    ("The differential was broad: infection, trauma. X was found.", Mention.AFFIRMED),
    ("The differential was broad: infection; the biopsy showed X.", Mention.AFFIRMED),
    ("The differential was broad: infection, trauma; X was found.", Mention.AFFIRMED),
    ("Differential: infection. Final diagnosis: X.", Mention.AFFIRMED),
    ("Diagnosis: X.", Mention.AFFIRMED),
]


@pytest.mark.parametrize(("text", "mention"), SENTENCES)
def test_the_clause_decides(text: str, mention: Mention) -> None:
    """What is denied in one clause may be affirmed in the next."""
    start = text.index("X")
    assert mention_of(text, start, start + 1) is mention
