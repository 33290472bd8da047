"""How stored values are said on the screens: the clinician's words, never the code's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from src.domain.canonical import JsonValue
from src.domain.grading import DrawKind
from src.domain.item import Item
from src.domain.planting import PlantKind
from src.domain.plurals import counted
from src.domain.prediction import Condition
from src.domain.reasons import Reason, Remedy
from src.domain.review import Confidence
from src.domain.routing import EVIDENCE, RoutingPolicy
from src.domain.units import ABSENT, AS_IMPORTED

VERDICTS = {
    "supported": "Supported",
    "partly_supported": "Partly supported",
    "contradicted": "Contradicted",
    "not_in_evidence": "Not in the evidence",
    "cannot_judge": "Cannot judge",
}
SIGNS = {
    "supported": "●",
    "partly_supported": "◐",
    "contradicted": "✕",
    "not_in_evidence": "○",
    "cannot_judge": "?",
}
COLOURS = {
    "supported": "#009E73",
    "partly_supported": "#E69F00",
    "contradicted": "#D55E00",
    "not_in_evidence": "#8C8C8C",
    "cannot_judge": "#56B4E9",
    "flagged": "#CC79A7",
}
"""The ground a sign is drawn on, in ink; the sign says the same without the colour."""

CHECKS = {
    "answer_correct": "Is the answer correct?",
    "unsafe": "Could following the answer harm?",
    "answerable": "Can the question be answered at all?",
    "answerable_without_images": "Can it be answered without the images?",
    "question_clear": "Is the question clear?",
    "outdated_practice": "Is the practice outdated?",
    "patient_recognisable": "Could the patient be recognised?",
}
RECOMMENDATIONS = {
    "accept": "Accept",
    "accept_with_edits": "Accept with edits",
    "reject": "Reject",
}
REASONS = {
    Reason.MISSING_CONTEXT: "Context was missing",
    Reason.AMBIGUOUS_WORDING: "The wording is ambiguous",
    Reason.RUBRIC_GAP: "The rubric has a gap",
    Reason.READER_SLIP: "A reader's slip",
    Reason.IMAGE_QUALITY: "The image is poor",
    Reason.OUTSIDE_OWN_FIELD: "Outside a reader's field",
    Reason.TRUE_CLINICAL_AMBIGUITY: "True clinical ambiguity",
}
REMEDIES = {
    Remedy.ITEM_EDIT: "Edit the item",
    Remedy.RUBRIC_EDIT: "Edit the rubric",
    Remedy.GUIDELINE_NOTE: "A note in the guideline",
    Remedy.IMAGE_REPLACED: "Replace the image",
    Remedy.KEPT_AS_AMBIGUOUS: "Keep as ambiguous",
}
CONFIDENCES = {
    Confidence.LOW: "Low",
    Confidence.MODERATE: "Moderate",
    Confidence.HIGH: "High",
}
CONDITIONS: dict[Condition, str] = {
    "full": "Everything",
    "baseline": "Without the findings",
    "text": "Text only",
    "nodx": "Without the diagnosis",
}
"""What a model was shown, or would be."""
DRAWS = {
    DrawKind.EVERY: "All of them",
    DrawKind.SIMPLE: "Some, at random: a fair picture of everything",
    DrawKind.STRATIFIED: "Some, at random within each model and track: to compare models",
    DrawKind.UNCERTAIN: "Some, rather those on which judges differ: to find a panel's errors",
}
"""How the answers of a grading set are chosen, and what for."""
LEAKS = {
    "answer_in_text": "Answer in the text",
    "answer_in_caption": "Answer in a caption",
    "answer_in_image": "Answer in an image",
    "answer_in_file_name": "Answer in a file name",
    "give_away_phrase": "Phrase that gives it away",
    "other_item": "Given away by another item",
}
AFTER_SCORES = "Ruled after looking at scores"
"""Of a ruling whose author had looked at what the item does to scores."""
METHODS = {
    "single": "One reader",
    "unanimous": "All readers agree",
    "majority": "Most readers agree",
    "adjudicated": "Adjudicated",
}
ROUTINGS = {
    "standard": "What needs one: safety, critical differences, no majority",
    "every-difference": "Every difference, and matters of safety",
}
TRACKS = {
    "diagnosis": "Diagnosis",
    "treatment": "Treatment",
    "crossmodal": "Cross-modal",
    "examination": "Examination",
    "differential": "Differential",
    "evidence": "Evidence",
}
FIELDS = {
    "recommendation": "Recommendation",
    "answer": "Answer",
    "aliases": "Further names",
    "orpha_code": "ORPHA code",
    "question": "Question",
    "image_order": "Order of the images",
}


def routing(policy: RoutingPolicy | None) -> str:
    """Return by which rule units of a round go to an adjudicator, and how much is audited."""
    if policy is None:
        return "every difference is adjudicated"
    rule = {
        "standard": "adjudicated by the standard rule",
        "every-difference": "every difference and matters of safety are adjudicated",
    }[policy.name]
    return f"{rule}, audit {policy.audit_share:.0%}" if policy.audit_share else rule


def points(value: JsonValue) -> str:
    """Return points with their sign where they take away: '+1 point', '−0.5 points'."""
    number = float(value) if isinstance(value, (int, float)) else 0.0
    sign = "−" if number < 0 else "+"
    noun = "point" if abs(number) == 1 else "points"
    return f"{sign}{abs(number):g} {noun}"


def own_word(unit: str, said: str) -> str:
    """Return what an adjudicator says of a unit on their own, in a word and its sign."""
    if unit.startswith("claim:"):
        return f"{SIGNS[said]} {VERDICTS[said]}"
    actions = {"keep": "Keep as it is", "edit": "Change", "delete": "Delete"}
    answers = {"yes": "Yes", "no": "No", "unsure": "Unsure"}
    return answers.get(said) or actions.get(said) or RECOMMENDATIONS[said]


def requirement(required: bool) -> str:
    """Return whether a criterion is required, in a word."""
    return "required" if required else "optional"


def scale(kind: str, maximum: JsonValue) -> str:
    """Return how a criterion is graded: 'met or not', 'graded 0 to 4'."""
    if kind != "ordinal":
        return "met or not"
    return f"graded 0 to {maximum}" if maximum else "graded"


UNIT = re.compile(r"\b(?:claim|criterion|check|field|flag):[^,;(]*[^,;(\s]")
"""The name of a unit in a sentence that lists units."""


def unit_title(unit: str, item: Item | None) -> str:
    """Return what a unit is about, in words: 'Claim 2', 'Criterion 3', 'Caption of image 1'.

    Without its item claims and criteria go by their ids.
    """
    kind, _, name = unit.partition(":")
    if kind == "audit":
        return "Audit: everything the readers left undisputed"
    if name.startswith("+"):
        return f"Added {kind}"
    if kind == "claim":
        return f"Claim {_place(_claims(item), name)}"
    if kind == "criterion":
        criteria = [c.criterion_id for c in item.criteria] if item is not None else []
        return f"Criterion {_place(criteria, name)}"
    if kind == "check":
        return CHECKS.get(name, name.replace("_", " ").capitalize())
    if kind == "flag":
        return leak_title(name)
    return _field_title(name, item)


def _claims(item: Item | None) -> list[str]:
    return [claim.claim_id for claim in item.claims] if item is not None else []


def _field_title(name: str, item: Item | None) -> str:
    field, _, part = name.partition(":")
    if field == "claim_text":
        return f"Wording of claim {_place(_claims(item), part)}"
    if field == "evidence":
        return f"Evidence of claim {_place(_claims(item), part)}"
    if field == "caption":
        return f"Caption of image {part}"
    return FIELDS.get(field, field.replace("_", " ").capitalize())


def leak_title(name: str) -> str:
    """Return where and how an item leaks: 'Answer in an image: image 5'."""
    kind, _, place = name.removeprefix("flag:").partition(":")
    return f"{LEAKS.get(kind, kind.replace('_', ' '))}: {place.replace(':', ' ')}"


def with_unit_titles(reason: str) -> str:
    """Return why an item is left out with its units in words: 'flag:KIND:PLACE' has a title."""
    return UNIT.sub(lambda found: unit_title(found[0], None), reason)


def _place(ids: list[str], wanted: str) -> str:
    return str(ids.index(wanted) + 1) if wanted in ids else wanted


def unit_text(unit: str, item: Item) -> str:
    """Return the imported text a unit is about; empty where there is none."""
    kind, _, name = unit.partition(":")
    if kind == "claim":
        claim = item.claim(name)
        return claim.text if claim is not None else ""
    if kind == "criterion":
        criterion = item.criterion(name)
        return criterion.text if criterion is not None else ""
    field, _, part = name.partition(":")
    if field in {"claim_text", "evidence"}:
        return unit_text(f"claim:{part}", item)
    if kind == "field" and field in {"question", "answer", "caption"}:
        return item.content.text_of(name) or ""
    if kind == "field" and field == "orpha_code":
        return item.content.orpha_code
    return ""


def said(unit: str, key: str, value: JsonValue) -> str:
    """Return a reading, or a settled value, in a few words."""
    kind, _, name = unit.partition(":")
    if key == ABSENT:
        return {"flag": "Did not flag it"}.get(kind, "Did not add it")
    if key == "removed":
        return _removed(kind, name)
    if kind == "flag":
        return "Flagged as a leak"
    if kind == "audit":
        return {"confirmed": "All is right"}.get(key, "Undisputed")
    if unit.startswith(EVIDENCE):
        places = len(value) if isinstance(value, list) else 0
        return counted(places, "place marked", "places marked") if places else "Nothing marked"
    if name.startswith("+"):
        return "Added"
    if kind == "claim":
        return VERDICTS.get(key, key)
    if kind == "check":
        return key.capitalize()
    if kind == "criterion":
        return _criterion_said(value)
    if name == "recommendation":
        return RECOMMENDATIONS.get(key, key)
    return "As imported" if key == AS_IMPORTED else _field_said(value)


def _removed(kind: str, name: str) -> str:
    if kind == "flag":
        return "Not a leak"
    if name.startswith("+"):
        return "Not added"
    if kind == "field" and name != "recommendation":
        return "As imported"
    return {"claim": "Claim left out", "criterion": "Switched off", "check": "No answer"}.get(
        kind, "None"
    )


def _criterion_said(value: JsonValue) -> str:
    action = value.get("action") if isinstance(value, dict) else None
    return {"keep": "Keep as it is", "delete": "Delete", "edit": "Change"}.get(str(action), "Keep")


def _field_said(value: JsonValue) -> str:
    if isinstance(value, list):
        return " · ".join(str(part) for part in value)
    return "Proposes another" if value is None else "Another text"


def value_text(unit: str, value: JsonValue) -> str | None:
    """Return the text a reading or a settled value brings, or None when it brings none."""
    if isinstance(value, Mapping):
        text = value.get("text")
        return str(text) if text is not None else None
    kind, _, name = unit.partition(":")
    is_text = kind == "field" and name != "recommendation" and isinstance(value, str)
    return str(value) if is_text else None


def vote(unit: str, key: str) -> str:
    """Return the key of a reading in a few words; a key that holds a value is read for it."""
    if key.startswith("added"):
        return "Added"
    try:
        value = json.loads(key)
    except ValueError:
        value = None
    return said(unit, key, value)


def votes(unit: str, counts: Mapping[str, int]) -> str:
    """Return how many readers said what: '2 Supported, 1 Partly supported'."""
    words: dict[str, int] = {}
    for key, count in counts.items():
        said_so = vote(unit, key)
        words[said_so] = words.get(said_so, 0) + count
    return ", ".join(f"{count} {said_so}" for said_so, count in words.items())


def field_title(field: str) -> str:
    """Return a field of the agreement statistics in words."""
    kind, _, name = field.partition(" ")
    by_words = {question.replace("_", " "): words for question, words in CHECKS.items()}
    if kind == "check":
        return by_words.get(name, name.capitalize())
    if kind == "field":
        return {"claim text": "Wording of claims", "caption": "Captions"}.get(
            name, FIELDS.get(name.replace(" ", "_"), name.capitalize())
        )
    plural = {
        "claim verdict": "Verdicts on claims",
        "criterion": "Criteria, word for word",
        "criterion action": "Criteria: keep, edit or delete",
        "leakage flag": "Leakage flags",
        "added claim": "Added claims",
        "added criterion": "Added criteria",
    }
    return plural.get(field, field.capitalize())


PLANT_KINDS = {
    PlantKind.LATERALITY: "The side is swapped",
    PlantKind.NEGATION: "A word says the opposite",
    PlantKind.NUMBER: "A number is changed",
    PlantKind.OTHER_ANSWER: "The answer of another item",
    PlantKind.OWN: "Words of your own",
}
"""How a planted error was made."""
STATUS_OF_GRADES = {
    "ok": "Graded",
    "api_error": "The call failed",
    "parse_error": "The reply was of no use",
    "refused": "The judge declined",
}
