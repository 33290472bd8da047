"""What the scan looks for, in which tracks and layers, and why: one rule a line."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from src.domain.item import Track
from src.domain.leakage import Layer


class LooksFor(StrEnum):
    """What a rule looks for."""

    NAME = "name"
    """A name of the answer, in any of its spellings."""
    NAME_OR_WORDS = "name_or_words"
    """A name that begins with a surname which is a word, written like the word."""
    ACRONYM = "acronym"
    """An acronym among the names of the answer, in its own case."""
    DEFINED = "defined"
    """An abbreviation that the item's text itself defines as the answer."""
    CORE = "core"
    """The persons a disease is named after, without 'disease' or 'syndrome'."""
    SINGLE_CORE = "single_core"
    """The same, where it is one word, or reads like one person's first name and surname."""
    PART = "part"
    """What a longer answer is about, without what qualifies it."""
    RUN_TOGETHER = "run_together"
    """A name whose words are written without gaps."""
    NEAR = "near"
    """Nearly the letters of a name."""
    RELATED = "related"
    """A name of a parent or a child of the answer in the ontology."""
    ANNOUNCED = "announced"
    """Words that announce an answer, followed in their clause by what names it."""
    ANNOUNCEMENT = "announcement"
    """The same words with nothing behind them that names the answer."""
    RARE_GENE = "rare_gene"
    """A gene of the answer that belongs to few diseases."""
    SHARED_GENE = "shared_gene"
    """A gene of the answer that belongs to many diseases."""
    TREATMENT = "treatment"
    """A drug or procedure of the item's own answer, claims and criteria."""
    GENERAL_TREATMENT = "general_treatment"
    """A class of treatment that half of all answers name."""
    TEST = "test"
    """A test of the item's own answer, claims and criteria."""
    GENERAL_TEST = "general_test"
    """A method so general that every work-up names it."""
    STATEMENT = "statement"
    """A stretch of the answer or of a claim, word for word."""


class Rule(NamedTuple):
    """What is looked for where; a soft rule gives only hits of low rank."""

    id: str
    tracks: frozenset[Track]
    layers: frozenset[Layer]
    looks_for: LooksFor
    soft: bool
    reason: str


DX: Final = frozenset({Track.DIAGNOSIS, Track.DIFFERENTIAL})
OTHER: Final = frozenset({Track.CROSSMODAL, Track.EXAMINATION, Track.EVIDENCE})
CARE: Final = frozenset({Track.TREATMENT})
EXAM: Final = frozenset({Track.EXAMINATION})
LONG: Final = frozenset({Track.TREATMENT, Track.CROSSMODAL, Track.EXAMINATION, Track.EVIDENCE})
ALL: Final = frozenset(Layer)
TEXT: Final = frozenset({Layer.TEXT})
NAMES: Final = frozenset({Layer.NAMES})
READ: Final = frozenset({Layer.TEXT, Layer.IMAGE_TEXT})
L: Final = LooksFor

RULES: Final[tuple[Rule, ...]] = (
    Rule("answer_name", DX, ALL, L.NAME, False, "The answer stands there to be read."),
    Rule("name_or_words", DX, READ, L.NAME_OR_WORDS, True, "'Still disease free' names nobody."),
    Rule("answer_acronym", DX, ALL, L.ACRONYM, False, "Whoever knows the acronym has the answer."),
    Rule("defined_abbreviation", DX, ALL, L.DEFINED, False, "The text itself says what it means."),
    Rule("eponym", DX, ALL, L.CORE, False, "Two names with a hyphen name one disease."),
    Rule("eponym_in_name", DX, NAMES, L.SINGLE_CORE, False, "A file or id has no other use."),
    Rule("eponym_in_text", DX, READ, L.SINGLE_CORE, True, "A person's name may be a person."),
    Rule("part_in_name", DX, NAMES, L.PART, False, "A file or id has no other use for it."),
    Rule("part_in_text", DX, READ, L.PART, True, "The question may have to speak of it."),
    Rule("run_together", DX, NAMES, L.RUN_TOGETHER, False, "File names are written without gaps."),
    Rule("near_name", DX, ALL, L.NEAR, False, "A slip of the pen or of the OCR hides no name."),
    Rule("related_name", DX, READ, L.RELATED, True, "A parent or child is close by."),
    Rule("announced", DX, READ, L.ANNOUNCED, False, "The case report tells its diagnosis here."),
    Rule("announcement", DX, READ, L.ANNOUNCEMENT, True, "A diagnosis is told here, perhaps this."),
    Rule("rare_gene", DX, ALL, L.RARE_GENE, False, "So few diseases have the gene."),
    Rule("shared_gene", DX, ALL, L.SHARED_GENE, True, "Many diseases have the gene; it is a hint."),
    Rule(
        "diagnosis_named",
        OTHER,
        ALL,
        L.NAME,
        True,
        "The question may need to name it.",
    ),
    Rule("diagnosis_abbreviated", OTHER, ALL, L.ACRONYM, True, "The same, said in capitals."),
    Rule("treatment_given", CARE, ALL, L.TREATMENT, False, "This is what is asked for."),
    Rule("treatment_class", CARE, ALL, L.GENERAL_TREATMENT, True, "Too general to be the answer."),
    Rule("test_named", EXAM, ALL, L.TEST, False, "The test is what is asked for."),
    Rule("test_method", EXAM, ALL, L.GENERAL_TEST, True, "Almost every case names the method."),
    Rule("statement", LONG, READ, L.STATEMENT, False, "The answer can be copied."),
)
"""In treatment the name of the disease is part of the question, so no rule looks for it."""

RULES_VERSION: Final = "2"
"""Raised with each change of what is looked for or how: older scans are then done again."""


def rules_for(track: Track, layer: Layer) -> tuple[Rule, ...]:
    """Return the rules of a track that look at a layer, in the order of the table."""
    return tuple(rule for rule in RULES if track in rule.tracks and layer in rule.layers)


def rule(rule_id: str) -> Rule | None:
    """Return a rule by its id, or None."""
    return next((rule for rule in RULES if rule.id == rule_id), None)
