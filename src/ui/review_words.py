"""What only the review screen says: reasons, routes, and names of places in an item."""

from __future__ import annotations

from collections.abc import Sequence

from src.domain.leakage import DismissReason, Mention, Method
from src.domain.review import CheckAnswer, EditReason, ReviewBody
from src.domain.round import SkipReason

CHECK_ANSWERS = {CheckAnswer.YES: "Yes", CheckAnswer.NO: "No", CheckAnswer.UNSURE: "Unsure"}
EDIT_REASONS = {
    EditReason.WRONG: "It is wrong",
    EditReason.NOT_IN_EVIDENCE: "Not in the evidence",
    EditReason.AMBIGUOUS: "Ambiguous",
    EditReason.TOO_VAGUE: "Too vague to judge",
    EditReason.DUPLICATE: "Says the same as another",
    EditReason.MISSING: "It was missing",
    EditReason.WEIGHT: "Wrong points",
    EditReason.WORDING: "Wording",
}
SEVERITIES = {"low": "Hints at it", "high": "Gives it away"}
DISMISSALS = {
    DismissReason.MEANS_SOMETHING_ELSE: "Other meaning",
    DismissReason.RULED_OUT_THERE: "Ruled out there",
    DismissReason.TOO_GENERAL: "Too general",
    DismissReason.NEEDED_BY_QUESTION: "Question needs it",
}
FOUND = {
    Method.EXACT: "It says {}, letter by letter.",
    Method.NORMALISED: "It says {}, apart from case, accents or hyphens.",
    Method.VARIANT: "It says {} in another spelling.",
    Method.ACRONYM: "It is an abbreviation: {}.",
    Method.FUZZY: "It is nearly {}.",
    Method.PHRASE: "It is a phrase that announces an answer.",
    Method.GENE: "It is a gene of the disease: {}.",
    Method.TREATMENT: "It is a treatment of the answer or the rubric: {}.",
    Method.KEY_TEST: "It is a test of the answer or the rubric: {}.",
}
"""How a hit was found; in the braces stands what was looked for."""
MENTIONED = {
    Mention.AFFIRMED: "",
    Mention.NEGATED: "It is negated there.",
    Mention.DIFFERENTIAL: "It is one of several named there.",
}
SKIPS = {
    SkipReason.NOT_MY_FIELD: "Not my field",
    SkipReason.IMAGE_UNREADABLE: "An image cannot be read",
    SkipReason.ITEM_BROKEN: "The item is broken",
    SkipReason.CONFLICT_OF_INTEREST: "I have a conflict of interest",
}
SKIP_ROUTES = {
    SkipReason.NOT_MY_FIELD: "Other readers of this round may take it.",
    SkipReason.IMAGE_UNREADABLE: "The study lead looks at it first.",
    SkipReason.ITEM_BROKEN: "The study lead looks at it first.",
    SkipReason.CONFLICT_OF_INTEREST: "You are shown nothing of this patient again.",
}
"""Where each reason leads."""


def changed_parts(old: ReviewBody, new: ReviewBody, claims: Sequence[str]) -> list[str]:
    """Name the parts of a reading in which two bodies differ, in the order of the form."""
    parts = [
        f"claim {number}"
        for number, claim_id in enumerate(claims, start=1)
        if old.claim(claim_id) != new.claim(claim_id)
    ]
    fields = {
        "your own claims": ("added_claims",),
        "checks": ("checks",),
        "rubric": ("criteria", "added_criteria", "criterion_order"),
        "leaks": ("flags", "dismissed"),
        "proposals": ("proposals",),
        "decision": ("recommendation", "confidence"),
        "comment": ("comment",),
    }
    for words, names in fields.items():
        if any(getattr(old, name) != getattr(new, name) for name in names):
            parts.append(words)
    return parts


def field_name(field: str) -> str:
    """Return a field of text as the reader knows it: 'caption:2' is 'Caption of image 2'."""
    kind, _, number = field.partition(":")
    names = {
        "context": "Case text",
        "caption": f"Caption of image {number}",
        "slot": f"Name of image {number}",
        "finding": f"Finding {number}",
        "file_name": f"File name of image {number}",
        "metadata": f"Metadata of image {number}",
        "item_id": "Id of the item",
        "case_id": "Id of the case",
    }
    return names.get(kind, kind.capitalize())


def shortened(text: str, length: int) -> str:
    """Return the text on one line, cut with an ellipsis when it is longer than `length`."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
