"""Plants leaks of sixteen kinds and as many near misses in clean case reports, by a seed.

Nothing here knows how leaks are looked for. The words planted come from `leakage_variants.tsv`,
written by hand, and from an ontology read at run time. Seeds below 100 draw on one half of the
diseases and seeds from 100 on the other half: who tunes on the one has never seen the other.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from benchmarks import leakage_text
from benchmarks.leakage_forms import (
    SHORTEST_LONG_NAME,
    british,
    canonical,
    case_forms,
    file_name_forms,
    hypo_for_hyper,
    initials,
    is_acronym,
    misspelt,
    other_numeral,
    other_type,
    plural,
    punctuation_forms,
)
from src.domain.derivation import derive_points, make_claims, make_criteria
from src.domain.item import CaseRecord, Finding, Item, ItemContent, ItemImage, Track
from src.domain.leakage import Layer

VARIANTS = Path(__file__).with_name("leakage_variants.tsv")
TUNING_SEEDS = (1, 2, 3, 4, 5)
REPORTING_SEEDS = (101, 102, 103, 104, 105)
FIRST_REPORTING_SEED = 100
EACH = 30
"""How many leaks, and how many near misses, a seed plants of each kind."""

Role = Literal["leak", "near_miss", "low", "context"]
"""A leak; what only looks like one; a mention that is negated or in a differential; words that
the leak needs and that count neither way."""


class Kind(NamedTuple):
    """One kind of leak, and whether finding it needs medical knowledge."""

    name: str
    needs_knowledge: bool
    leak: str
    near_miss: str


KINDS = (
    Kind("exact_name", False, "the answer as it is written", "a similar name"),
    Kind("case_accents", False, "other letter case, no accents", "ordinary words like a name"),
    Kind("punctuation", False, "other hyphens, spaces, line breaks", "two people, two sentences"),
    Kind("inflection", False, "with or without 's, plural", "a surname with 's"),
    Kind("spelling", False, "British for American", "hypo for hyper, other look-alikes"),
    Kind("numeral", False, "roman for arabic", "another type of the disease"),
    Kind("synonym", False, "a synonym of the ontology", "a synonym of another disease"),
    Kind("acronym", False, "an acronym of the answer", "the word it looks like, inside a code"),
    Kind("abbreviation", False, "used after being defined", "the same letters defined otherwise"),
    Kind(
        "typo", False, "one or two slips in a long name", "a look-alike that is a word of its own"
    ),
    Kind("phrase", False, "words that announce, and the name", "the same words without a name"),
    Kind("gene", False, "the one gene of the answer", "a shared gene, a word, another gene"),
    Kind("names", False, "file name, metadata, ids", "harmless words there"),
    Kind("image_text", False, "words in the pixels", "harmless words in the pixels"),
    Kind("track_list", False, "treatment or key test of the item", "general and other ones"),
    Kind("old_name", True, "old names, telling drugs", "those of other diseases, general drugs"),
)
MENTION = "mention"
"""What is planted beside the kinds: the answer negated, or in a differential."""


@dataclass(frozen=True)
class Disease:
    """A disease with its names, genes and nearest relatives, as far as they are known."""

    name: str
    code: str = ""
    synonyms: tuple[str, ...] = ()
    genes: tuple[str, ...] = ()
    relatives: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> frozenset[str]:
        """All names in canonical spelling."""
        return frozenset(canonical(name) for name in (self.name, *self.synonyms))


@dataclass(frozen=True)
class Line:
    """A line of words in an image, as an OCR engine would give it."""

    text: str
    x: int
    y: int
    width: int
    height: int
    score: float


@dataclass(frozen=True)
class Planted:
    """The truth about one planted spot; `field` and the offsets are those of a hit."""

    kind: str
    form: str
    role: Role
    layer: Layer
    field: str | None
    image: int | None
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class PlantedCase:
    """An item, what its images are called and hold, and what was planted there."""

    item: Item
    file_names: Mapping[int, str]
    metadata: Mapping[int, Mapping[str, str]]
    lines: Mapping[int, tuple[Line, ...]]
    planted: tuple[Planted, ...]

    def text_of(self, spot: Planted) -> str:
        """Return the text that the offsets of a planted spot count in."""
        if spot.layer is Layer.IMAGE_TEXT:
            return "\n".join(line.text for line in self.lines[spot.image or 0])
        name, _, number = (spot.field or "").partition(":")
        match name:
            case "item_id":
                return self.item.item_id
            case "case_id":
                return self.item.case.case_id
            case "file_name":
                return self.file_names[int(number)]
            case "metadata":
                return _metadata_line(self.metadata[int(number)])
            case "slot":
                return self.item.content.images[int(number) - 1].slot_name
        return self.item.content.text_of(spot.field or "") or ""


@dataclass(frozen=True)
class Draft:
    """What is to be planted: the words, the sentence round them, and what the item asks for."""

    form: str
    disease: Disease
    spot: str
    sentence: str = "{}"
    place: str = ""
    aliases: tuple[str, ...] = ()
    track: Track = Track.DIAGNOSIS
    own_list: tuple[str, ...] = ()
    before: str = ""
    role: Role = "leak"
    forbidden: tuple[str, ...] = field(default=())
    """Words that the clean text must not hold by chance."""


def read_variants(path: Path = VARIANTS) -> dict[str, dict[str, list[str]]]:
    """Return the variants written by hand: kind, then name, then the variants in order."""
    found: dict[str, dict[str, list[str]]] = {}
    with path.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE):
            found.setdefault(row["kind"], {}).setdefault(row["name"], []).append(row["variant"])
    return found


def plant(seed: int, ontology: Sequence[Disease], each: int = EACH) -> Iterator[PlantedCase]:
    """Yield the cases of a seed: for each kind as many leaks as near misses, and mentions apart."""
    world = World(ontology, reporting=seed >= FIRST_REPORTING_SEED)
    number = 0
    roles: tuple[tuple[Role, dict[str, tuple[Maker, ...]]], ...]
    roles = (("leak", LEAKS), ("near_miss", NEAR_MISSES))
    for kind in KINDS:
        for role, makers in roles:
            chance = random.Random(f"{seed}/{kind.name}/{role}")
            for draft in _drafts(world, chance, makers[kind.name], each):
                number += 1
                yield _case(kind.name, replace(draft, role=role), seed, number, chance)
    chance = random.Random(f"{seed}/{MENTION}")
    for draft in _drafts(world, chance, (negated, differential), each):
        number += 1
        yield _case(MENTION, replace(draft, role="low"), seed, number, chance)


class World:
    """One half of the diseases, and the words written by hand about them."""

    def __init__(self, ontology: Sequence[Disease], reporting: bool) -> None:
        self.all_names = {name for disease in ontology for name in disease.names}
        self.reporting = reporting
        self.known = [d for d in ontology if self._is_ours(d.name)]
        self.by_code = {disease.code: disease for disease in ontology}
        by_name: dict[str, Disease] = {}
        for disease in ontology:
            by_name.setdefault(canonical(disease.name), disease)
        for disease in ontology:
            for name in disease.names:
                by_name.setdefault(name, disease)
        self._by_name = by_name
        self.genes: dict[str, set[str]] = {}
        for disease in ontology:
            for gene in disease.genes:
                self.genes.setdefault(gene, set()).add(disease.code)
        self.written = read_variants()

    def _is_ours(self, name: str) -> bool:
        return (zlib.crc32(canonical(name).encode()) % 2 == 1) == self.reporting

    def disease(self, name: str) -> Disease:
        """Return the disease of a name written by hand, as the ontology knows it, if it does."""
        found = self._by_name.get(canonical(name))
        if found is None:
            return Disease(name)
        names = tuple(n for n in (found.name, *found.synonyms) if n != name)
        return replace(found, name=name, synonyms=names)

    def rows(self, *kinds: str) -> list[tuple[Disease, str]]:
        """Return the variants of some kinds with their diseases, of this half only."""
        return [
            (self.disease(name), variant)
            for kind in kinds
            for name, variants in self.written.get(kind, {}).items()
            if self._is_ours(name)
            for variant in variants
        ]

    def acronyms(self, name: str) -> tuple[str, ...]:
        """Return the acronyms written by hand for a disease."""
        return tuple(self.written["acronym"].get(name, ()))

    def unrelated(self, disease: Disease, other: Disease) -> bool:
        """Return whether two diseases share no name, code, parent or child."""
        return (
            disease.code != other.code
            and other.code not in disease.relatives
            and not disease.relatives & other.relatives
            and not disease.names & other.names
        )

    def only_gene(self, disease: Disease) -> str | None:
        """Return the gene that only this disease and its parents and children list, or None."""
        if len(disease.genes) != 1:
            return None
        gene = disease.genes[0]
        return gene if self.genes[gene] <= {disease.code, *disease.relatives} else None


Maker = Callable[[World, random.Random], Draft | None]
"""Makes a draft, or None where this draw does not suit."""

NEUTRAL = (
    "The notes of the referring doctor name {} on the first page.",
    "{} had been known for nine years.",
    "At the yearly meeting for people with {} she gave a talk.",
    "On a background of {}, these complaints were new.",
    "Care for {} was taken over by our centre.",
    "The leaflet about {} had been handed out at the first visit.",
    "Her membership card of the society for {} was in the file.",
    "The patient lives with {} and works full time.",
)
PLURAL = (
    "This was one of the {} seen at our centre that year.",
    "In our register of {} this patient has the number nine.",
    "As in other {}, the complaints had begun early.",
)
ABOUT_ANOTHER = (
    "Her neighbour is treated for {} elsewhere.",
    "A colleague gave a talk about {} that week.",
    "The next patient on the list had {}.",
    "The brochure about {} had been left in the waiting room.",
)
PHRASES = (
    ("final diagnosis was {}", "The {} and the family was told so."),
    ("consistent with {}", "The pattern was {} in every sample."),
    ("diagnosed with {}", "In the end she was {} and told so."),
    ("diagnosis of {} was made", "A {} after the second visit."),
    ("confirmed {}", "The second sample {} beyond doubt."),
    ("pathognomonic for {}", "The picture was {} at first sight."),
    ("diagnostic of {}", "The change was {} to the expert."),
    ("a case of {}", "We report {} in a young adult."),
)
EMPTY_PHRASES = (
    ("final diagnosis", "What the {} would be was asked at every visit."),
    ("consistent with", "The shadow was {} the earlier film."),
    ("consistent with", "Her weight was {} her age."),
    ("diagnosed", "The cause was {} years later in a neighbour than in him."),
    ("diagnosis", "The date of the {} was left blank on the form."),
    ("diagnostic", "The {} steps were set out on a board."),
    ("confirmed", "The appointment was {} by telephone."),
    ("a case of", "The ward had bought {} apples."),
    ("in keeping with", "The bill was {} the agreement."),
    ("pathognomonic", "The lecture on {} signs had been cancelled."),
    ("typical of", "Such heat is {} August there."),
    ("suggestive of", "The shape was {} a leaf."),
)
NEGATED = (
    "There was no evidence of {}.",
    "{} was ruled out by a second sample.",
    "The biopsy showed no signs of {}.",
    "{} was excluded.",
    "She does not have {}.",
    "The tests were negative for {}.",
)
DIFFERENTIAL = (
    "The differential diagnosis included {} and several infections.",
    "We considered {} at first.",
    "{} was considered, among others.",
    "Possible explanations were an infection, {}, or a reaction to a drug.",
    "The differential was broad: infection, {}, trauma.",
)
GENES = (
    "A pathogenic variant in {} was found.",
    "Sequencing showed a change of one base in {}.",
    "Both copies of {} were altered.",
    "The laboratory reported a deletion in {}.",
)
GENERAL_DRUGS = (
    "paracetamol", "ibuprofen", "amoxicillin", "prednisone", "omeprazole", "metformin",
    "folic acid", "vitamin D", "lactulose", "salbutamol", "insulin", "morphine",
)  # fmt: skip
GENERAL_CARE = (
    ("treatment", "A {} had been started elsewhere and stopped again."),
    ("therapy", "Speech {} was offered once a week."),
    ("infusion", "An {} of saline was given overnight."),
    ("dose", "The {} was written on the chart."),
    ("surgery", "Minor {} of a toe had been done years ago."),
    ("replacement", "A {} of the wheelchair was ordered."),
    ("physiotherapy", "A course of {} brought some relief."),
    ("medicines", "She kept her {} in a tin."),
    ("enzyme", "The washing powder held an {} to which she was sensitive."),
    ("weekly", "The {} visits were kept."),
)
GENERAL_TESTS = (
    ("blood test", "A {} had been done in spring."),
    ("biopsy", "A {} of another spot had healed well."),
    ("activity", "Her daily {} had become less."),
    ("level", "The water {} of the river was high that week."),
    ("antibodies", "Vaccine {} were not looked at."),
    ("imaging", "Further {} was put off."),
    ("plasma", "The {} centre had turned her down as a donor."),
    ("muscle", "Every {} of the left calf ached."),
    ("serum", "A {} tube was broken on the way."),
    ("urinary", "There were no {} complaints."),
    ("analysis", "An {} of the tap water was done by the town."),
    ("testing", "Further {} was put off until spring."),
    ("sequencing", "The {} of visits was changed."),
    ("examination", "The {} was repeated by a second doctor."),
)
HARMLESS_FILES = (
    "IMG_0012_chest_axial.png", "figure-1-all-views.png", "case_of_the_week_03.jpg",
    "has_arm_scan.png", "PMC9000123_fig2.jpg", "men_ward_print.png", "final_version2.png",
    "diagnosis_set_017_b.png", "histology-type-2-stain.jpg", "page one.jpeg", "syndrome7.png",
    "rare-disease-atlas-44.png", "disease_progress_week4.png", "patient07_left_side.tif",
)  # fmt: skip
HARMLESS_METADATA = (
    "Software: viewer 2.1", "Comment: all rights reserved", "ImageDescription: left side",
    "Artist: Dr Meier", "StudyDescription: chest routine", "Keywords: arm, scan, set 2",
    "Title: Figure 3", "ImageDescription: type 2 coil, series 4", "Comment: rare disease day",
)  # fmt: skip
HARMLESS_LINES = (
    "R", "L 5 MIN", "AX T2 FLAIR", "ALL VIEWS", "MEN 5 CM", "W 400 L 40", "ARM HAS MOVED",
    "Fig. 2b", "TYPE 2 COIL", "HE x200", "25 mm/s 10 mm/mV", "50 um", "REST", "DISEASE ATLAS",
)  # fmt: skip
METADATA_KEYS = ("ImageDescription", "Comment", "Title", "StudyDescription", "Keywords")
FIRST_WORDS = {
    "A": "annual", "B": "basic", "C": "combined", "D": "daily", "E": "early", "F": "first",
    "G": "general", "H": "home", "I": "initial", "J": "joint", "K": "key", "L": "late",
    "M": "mean", "N": "night", "O": "outdoor", "P": "plain", "Q": "quick", "R": "relative",
    "S": "short", "T": "total", "U": "usual", "V": "visual", "W": "weekly", "X": "xylem",
    "Y": "yearly", "Z": "zonal",
}  # fmt: skip
LAST_WORDS = {
    "A": "average", "B": "balance", "C": "count", "D": "distance", "E": "estimate", "F": "form",
    "G": "grade", "H": "height", "I": "index", "J": "journal", "K": "kit", "L": "list",
    "M": "measure", "N": "number", "O": "outcome", "P": "plan", "Q": "quota", "R": "rate",
    "S": "score", "T": "time", "U": "unit", "V": "value", "W": "walk", "X": "xerogram",
    "Y": "yield", "Z": "zone",
}  # fmt: skip


def similar_enough(name: str, words: int = 1) -> bool:
    """Return whether a name is long and plain enough to be planted."""
    return (
        SHORTEST_LONG_NAME <= len(name) <= 60
        and name.count(" ") >= words
        and not is_acronym(name)
        and "NOT RARE" not in name
    )


def _any_disease(world: World, chance: random.Random) -> Disease | None:
    """Draw a disease, as often one of those written by hand as one of the ontology."""
    if not world.known or chance.random() < 0.5:
        disease, _ = chance.choice(world.rows("key_test", "old_name", "similar_name"))
    else:
        disease = chance.choice(world.known)
    return disease if similar_enough(disease.name, words=0) else None


def _written(*kinds: str, sentences: tuple[str, ...] = NEUTRAL, form: str = "") -> Maker:
    """Return a maker that plants a variant written by hand."""

    def make(world: World, chance: random.Random) -> Draft | None:
        rows = world.rows(*kinds)
        if not rows:
            return None
        disease, variant = chance.choice(rows)
        sentence = chance.choice(sentences)
        aliases = world.acronyms(disease.name) if "numeral" in kinds else ()
        return Draft(form or f"written_{kinds[0]}", disease, variant, sentence, aliases=aliases)

    return make


def _another(*kinds: str, form: str = "") -> Maker:
    """Return a maker that plants a name written by hand of what is not the answer."""
    make = _written(*kinds, sentences=ABOUT_ANOTHER, form=form or kinds[0])

    def checked(world: World, chance: random.Random) -> Draft | None:
        draft = make(world, chance)
        if draft is None or not _is_other(draft.disease, draft.spot):
            return None
        other = world.disease(draft.spot)
        return None if other.code and other.code in draft.disease.relatives else draft

    return checked


def _is_other(disease: Disease, spot: str) -> bool:
    """Return whether words hold none of a disease's long names and none of its genes."""
    padded = f" {canonical(spot)} "
    telling = [name for name in disease.names if len(name) > 3] + [*map(canonical, disease.genes)]
    return not any(f" {words} " in padded for words in telling)


def _formed(forms: Callable[[str], dict[str, str]]) -> Maker:
    """Return a maker that plants the answer in one of its mechanical forms."""

    def make(world: World, chance: random.Random) -> Draft | None:
        disease = _any_disease(world, chance)
        made = forms(disease.name) if disease else {}
        if disease is None or not made:
            return None
        form = chance.choice(sorted(made))
        return Draft(form, disease, made[form], chance.choice(NEUTRAL))

    return make


def _changed(
    form: str,
    change: Callable[[str], str | None],
    sentences: tuple[str, ...] = NEUTRAL,
) -> Maker:
    """Return a maker that plants a changed name of a disease of the ontology."""

    def make(world: World, chance: random.Random) -> Draft | None:
        if not world.known:
            return None
        disease = chance.choice(world.known)
        variant = change(disease.name) if similar_enough(disease.name) else None
        if variant is None:
            return None
        return Draft(form, disease, variant, chance.choice(sentences))

    return make


def _changed_to_another(form: str, change: Callable[[str], str | None]) -> Maker:
    """Return a maker that plants a changed name that is no name of the answer any more."""
    make = _changed(form, change, ABOUT_ANOTHER)

    def checked(world: World, chance: random.Random) -> Draft | None:
        draft = make(world, chance)
        if draft is None or not _is_other(draft.disease, draft.spot):
            return None
        near = (world.by_code[c] for c in draft.disease.relatives if c in world.by_code)
        return draft if all(_is_other(d, draft.spot) for d in near) else None

    return checked


def exact(world: World, chance: random.Random) -> Draft | None:
    """Plant the answer as it is written."""
    disease = _any_disease(world, chance)
    return (
        None
        if disease is None
        else Draft("as_written", disease, disease.name, chance.choice(NEUTRAL))
    )


def case_or_accents(name: str) -> dict[str, str]:
    """Return other letter case, the accents lost more often than by chance."""
    forms = case_forms(name)
    return {"accents_off": forms["accents_off"]} if "accents_off" in forms else forms


def two_people(world: World, chance: random.Random) -> Draft | None:
    """Plant the two surnames of a name as two people."""
    disease, _ = chance.choice(world.rows("punctuation"))
    found = re.match(r"([A-Z][^\W\d_]{3,})-([A-Z][^\W\d_]{3,}) ", disease.name)
    if found is None:
        return None
    spot = f"{found[1]} and Dr {found[2]}"
    return Draft("two_people", disease, spot, "She had been seen by Dr {} on the same day.")


def two_sentences(world: World, chance: random.Random) -> Draft | None:
    """Plant a name whose two words stand in two sentences."""
    disease, _ = chance.choice(world.rows("possessive", "similar_name"))
    found = re.fullmatch(r"([A-Z][^\W\d_]{3,}) disease", disease.name)
    if found is None:
        return None
    spot = f"{found[1]}. Disease"
    return Draft("two_sentences", disease, spot, "The letter came from Dr {} onset was slow.")


def surname(world: World, chance: random.Random) -> Draft | None:
    """Plant the surname in a disease's name with the possessive of a person."""
    disease, variant = chance.choice(world.rows("possessive"))
    owner = re.match(r"[A-Z]\w{3,}['’]s", variant)
    if owner is None:
        return None
    sentence = chance.choice(("Dr {} report came by post.", "Nurse {} notes were complete."))
    return Draft("surname", disease, owner[0], sentence)


def numbered_otherwise(world: World, chance: random.Random) -> Draft | None:
    """Plant the name of another type of a disease of the ontology."""
    return _changed_to_another("other_type", lambda name: other_type(name, chance))(world, chance)


def synonym(world: World, chance: random.Random) -> Draft | None:
    """Plant a synonym that only the ontology knows."""
    disease = chance.choice(world.known) if world.known else None
    names = [name for name in disease.synonyms if similar_enough(name)] if disease else []
    if disease is None or not names:
        return None
    return Draft("ontology", disease, chance.choice(names), chance.choice(NEUTRAL))


def synonym_of_another(world: World, chance: random.Random) -> Draft | None:
    """Plant a synonym of an unrelated disease."""
    if not world.known:
        return None
    disease, other = chance.choice(world.known), chance.choice(world.known)
    names = [name for name in other.synonyms if similar_enough(name)]
    if not names or not world.unrelated(disease, other):
        return None
    spot = chance.choice(names)
    if not _is_other(disease, spot):
        return None
    return Draft("other_disease", disease, spot, chance.choice(ABOUT_ANOTHER))


def own_acronym(world: World, chance: random.Random) -> Draft | None:
    """Plant an acronym that the item lists as an alias."""
    disease, acronym = chance.choice(world.rows("acronym"))
    return Draft("alias", disease, acronym, chance.choice(NEUTRAL), aliases=(acronym,))


def ontology_acronym(world: World, chance: random.Random) -> Draft | None:
    """Plant an acronym that the ontology lists as a synonym of the answer."""
    disease = chance.choice(world.known) if world.known else None
    acronyms = [name for name in disease.synonyms if is_acronym(name)] if disease else []
    if disease is None or not acronyms:
        return None
    return Draft("ontology", disease, chance.choice(acronyms), chance.choice(NEUTRAL))


def acronym_word(world: World, chance: random.Random) -> Draft | None:
    """Plant the everyday word that the item's acronym looks like."""
    word = chance.choice(sorted(leakage_text.WORD_SENTENCES))
    acronym = word.upper()
    owners = [d for d in world.known if acronym in d.synonyms]
    owners += [d for d, written in world.rows("acronym") if written == acronym]
    if not owners:
        return None
    disease = chance.choice(owners)
    sentence = leakage_text.WORD_SENTENCES[word]
    return Draft("word", disease, word, sentence, aliases=(acronym,))


def acronym_in_code(world: World, chance: random.Random) -> Draft | None:
    """Plant a longer code that has the item's acronym inside."""
    disease, acronym = chance.choice(world.rows("acronym"))
    if not acronym.isalnum():
        return None
    spot = f"{chance.choice('BKQTX')}{acronym}{chance.choice('JKQXZ')}{chance.randint(2, 9)}"
    return Draft("in_code", disease, spot, "The tube had the number {}.", aliases=(acronym,))


def _is_listed(short: str, disease: Disease) -> bool:
    """Return whether an abbreviation is among the names, whatever stands between its letters."""
    return canonical(short) in {name.replace(" ", "") for name in disease.names}


def defined_abbreviation(world: World, chance: random.Random) -> Draft | None:
    """Plant an abbreviation that an earlier sentence defines; only its later use is the leak."""
    disease = _any_disease(world, chance)
    short = initials(disease.name) if disease else None
    if disease is None or short is None or _is_listed(short, disease):
        return None
    name = disease.name
    form, before = chance.choice(
        (
            ("long_short", f"People with {name} ({short}) meet at our centre."),
            ("short_long", f"People with {short} ({name}) meet at our centre."),
            ("hereafter", f"People with {name}, hereafter {short}, meet at our centre."),
        )
    )
    return Draft(form, disease, short, chance.choice(NEUTRAL), "context", before=before)


def defined_otherwise(world: World, chance: random.Random) -> Draft | None:
    """Plant the letters of the answer, defined in the text as something else."""
    disease = _any_disease(world, chance)
    short = initials(disease.name) if disease else None
    if disease is None or short is None or _is_listed(short, disease) or "X" in short:
        return None
    words = [FIRST_WORDS.get(letter, "") for letter in short[:-1]]
    words.append(LAST_WORDS.get(short[-1], ""))
    if not all(words) or len(set(words)) < len(words):
        return None
    before = f"The {' '.join(words)} ({short}) was written down at each visit."
    sentence = "From then on the {} rose slowly."
    return Draft("defined_otherwise", disease, short, sentence, "context", before=before)


def slip(world: World, chance: random.Random) -> Draft | None:
    """Plant a long name with one or two slips, if that makes no other disease's name."""
    disease = _any_disease(world, chance)
    if disease is None or len(disease.name) < 12:
        return None
    edits = 1 if chance.random() < 0.7 else 2
    spot = misspelt(disease.name, chance, edits)
    if spot is None or canonical(spot) in world.all_names:
        return None
    form = "one_slip" if edits == 1 else "two_slips"
    return Draft(form, disease, spot, chance.choice(NEUTRAL))


def announced(world: World, chance: random.Random) -> Draft | None:
    """Plant words that announce the answer, and the answer in some letter case."""
    disease = _any_disease(world, chance)
    if disease is None:
        return None
    phrase, sentence = chance.choice(PHRASES)
    name = chance.choice([disease.name, *case_forms(disease.name).values()])
    return Draft(
        phrase.replace(" {}", "").replace(" ", "_"), disease, phrase.format(name), sentence
    )


def nothing_announced(world: World, chance: random.Random) -> Draft | None:
    """Plant words that could announce an answer where none follows."""
    disease = _any_disease(world, chance)
    spot, sentence = chance.choice(EMPTY_PHRASES)
    return None if disease is None else Draft("no_name", disease, spot, sentence)


def only_gene(world: World, chance: random.Random) -> Draft | None:
    """Plant the gene that names the disease."""
    disease = chance.choice(world.known) if world.known else None
    gene = world.only_gene(disease) if disease else None
    if disease is None or gene is None:
        return None
    return Draft("only_gene", disease, gene, chance.choice(GENES), forbidden=(gene,))


def shared_gene(world: World, chance: random.Random) -> Draft | None:
    """Plant a gene of the answer that at least three unrelated diseases list too."""
    disease = chance.choice(world.known) if world.known else None
    if disease is None or not disease.genes:
        return None
    gene = chance.choice(disease.genes)
    others = world.genes[gene] - {disease.code} - disease.relatives
    if len(others) < 3 or _is_name(disease, gene):
        return None
    return Draft("shared_gene", disease, gene, chance.choice(GENES))


def _is_name(disease: Disease, gene: str) -> bool:
    return canonical(gene) in disease.names


def other_gene(world: World, chance: random.Random) -> Draft | None:
    """Plant a gene that the answer does not list."""
    if not world.known:
        return None
    disease, other = chance.choice(world.known), chance.choice(world.known)
    if not disease.genes or not other.genes or not world.unrelated(disease, other):
        return None
    gene = chance.choice(other.genes)
    if gene in disease.genes or _is_name(disease, gene):
        return None
    return Draft("other_gene", disease, gene, chance.choice(GENES))


def gene_word(world: World, chance: random.Random) -> Draft | None:
    """Plant the everyday word that a gene of the answer looks like."""
    word = chance.choice(sorted(leakage_text.WORD_SENTENCES))
    owners = [d for d in world.known if word.upper() in d.genes]
    if not owners:
        return None
    return Draft("word", chance.choice(owners), word, leakage_text.WORD_SENTENCES[word])


def named_file(world: World, chance: random.Random) -> Draft | None:
    """Plant the answer in a file name."""
    disease = _any_disease(world, chance)
    if disease is None or not similar_enough(disease.name):
        return None
    form, spot = chance.choice(sorted(file_name_forms(disease.name).items()))
    before, after = chance.choice((("", "_axial2.png"), ("fig1-", ".jpg"), ("scan_", "_b.png")))
    return Draft(f"file_{form}", disease, spot, f"{before}{{}}{after}", "file_name")


def named_metadata(world: World, chance: random.Random) -> Draft | None:
    """Plant the answer in what an image file says of itself."""
    disease = _any_disease(world, chance)
    sentence = f"{chance.choice(METADATA_KEYS)}: {{}}, series 2"
    return (
        None if disease is None else Draft("metadata", disease, disease.name, sentence, "metadata")
    )


def named_id(world: World, chance: random.Random) -> Draft | None:
    """Plant the answer in the id of the item or of the case."""
    disease = _any_disease(world, chance)
    if disease is None or not similar_enough(disease.name):
        return None
    spot = chance.choice(("-", "_")).join(canonical(disease.name).split())
    place = chance.choice(("item_id", "case_id"))
    return Draft(place, disease, spot, "{}-007", place)


def harmless_file(world: World, chance: random.Random) -> Draft | None:
    """Plant a file name of harmless words; half of the items have such an acronym."""
    spot = chance.choice(HARMLESS_FILES)
    draft = acronym_word(world, chance) if chance.random() < 0.5 else exact(world, chance)
    return draft and replace(
        draft, form="harmless_file", spot=spot, sentence="{}", place="file_name"
    )


def harmless_metadata(world: World, chance: random.Random) -> Draft | None:
    """Plant metadata of harmless words."""
    disease = _any_disease(world, chance)
    spot = chance.choice(HARMLESS_METADATA)
    return None if disease is None else Draft("harmless_metadata", disease, spot, "{}", "metadata")


def other_file(world: World, chance: random.Random) -> Draft | None:
    """Plant a similar name in a file name."""
    disease, name = chance.choice(world.rows("similar_name"))
    if not _is_other(disease, name):
        return None
    spot = "_".join(canonical(name).split())
    return Draft("similar_name", disease, spot, "{}_2.png", "file_name")


def burned_in(world: World, chance: random.Random) -> Draft | None:
    """Plant the answer in the pixels of an image."""
    disease = _any_disease(world, chance)
    if disease is None:
        return None
    form, spot = chance.choice((("plain", disease.name), ("upper", disease.name.upper())))
    sentence = chance.choice(("{}", "Pt 7: {}", "{} - axial"))
    return Draft(form, disease, spot, sentence, "line")


def burned_in_badly(world: World, chance: random.Random) -> Draft | None:
    """Plant the answer in an image with one letter misread."""
    draft = slip(world, chance)
    return draft and replace(draft, form="one_misread", sentence="{}", place="line")


def harmless_line(world: World, chance: random.Random) -> Draft | None:
    """Plant harmless words in an image; half of the items have such an acronym."""
    spot = chance.choice(HARMLESS_LINES)
    draft = exact(world, chance)
    return draft and replace(draft, form="harmless", spot=spot, sentence="{}", place="line")


def other_line(world: World, chance: random.Random) -> Draft | None:
    """Plant a similar name in an image."""
    disease, name = chance.choice(world.rows("similar_name"))
    if not _is_other(disease, name):
        return None
    return Draft("similar_name", disease, name, "{}", "line")


def own_treatment(world: World, chance: random.Random) -> Draft | None:
    """Plant a treatment of the item's own list in its text."""
    disease, drug = chance.choice(world.rows("drug", "treatment"))
    sentence = chance.choice(
        (
            "The team had started {} in spring.",
            "Since then {} has been given without trouble.",
            "Under {} the complaints became less.",
        )
    )
    return Draft("treatment", disease, drug, sentence, track=Track.TREATMENT, own_list=(drug,))


def own_test(world: World, chance: random.Random) -> Draft | None:
    """Plant a key test of the item's own list in its text."""
    disease, test = chance.choice(world.rows("key_test"))
    sentence = chance.choice(
        (
            "The result of {} was clearly out of range.",
            "In {} there was a change that told the whole story.",
            "Then {} was asked for, and the answer came within a week.",
        )
    )
    return Draft("key_test", disease, test, sentence, track=Track.EXAMINATION, own_list=(test,))


def general_treatment(world: World, chance: random.Random) -> Draft | None:
    """Plant general words of treatment, or a general drug that the item does not list."""
    disease, drug = chance.choice(world.rows("drug", "treatment"))
    spot, sentence = chance.choice(
        (*GENERAL_CARE, (chance.choice(GENERAL_DRUGS), "At home she had taken {} for a cold."))
    )
    if canonical(spot) in canonical(drug):
        return None
    return Draft(
        "general_treatment", disease, spot, sentence, track=Track.TREATMENT, own_list=(drug,)
    )


def general_test(world: World, chance: random.Random) -> Draft | None:
    """Plant general words of testing, which may be part of a key test's name."""
    disease, test = chance.choice(world.rows("key_test"))
    spot, sentence = chance.choice(GENERAL_TESTS)
    if canonical(spot) == canonical(test):
        return None
    return Draft("general_test", disease, spot, sentence, track=Track.EXAMINATION, own_list=(test,))


def other_test(world: World, chance: random.Random) -> Draft | None:
    """Plant a test that belongs to another disease's list."""
    rows = world.rows("key_test")
    (disease, test), (_, other) = chance.choice(rows), chance.choice(rows)
    if set(canonical(test).split()) & set(canonical(other).split()):
        return None
    sentence = "The result of {} had been sent to another patient by mistake."
    return Draft("other_test", disease, other, sentence, track=Track.EXAMINATION, own_list=(test,))


def other_treatment(world: World, chance: random.Random) -> Draft | None:
    """Plant a drug that belongs to another disease's list."""
    rows = world.rows("drug", "treatment")
    (disease, drug), (_, other) = chance.choice(rows), chance.choice(rows)
    if set(canonical(drug).split()) & set(canonical(other).split()):
        return None
    sentence = "A neighbour had left a box of {} in the kitchen."
    return Draft(
        "other_treatment", disease, other, sentence, track=Track.TREATMENT, own_list=(drug,)
    )


def old_name(world: World, chance: random.Random) -> Draft | None:
    """Plant a name that is no longer used and that the ontology does not list."""
    disease, name = chance.choice(world.rows("old_name"))
    if canonical(name) in disease.names:
        return None
    return Draft("old_name", disease, name, chance.choice(NEUTRAL))


def announced_old_name(world: World, chance: random.Random) -> Draft | None:
    """Plant an old name behind words that announce an answer."""
    draft = old_name(world, chance)
    phrase, sentence = chance.choice(PHRASES)
    return draft and replace(
        draft, form="announced_old_name", spot=phrase.format(draft.spot), sentence=sentence
    )


def telling_drug(world: World, chance: random.Random) -> Draft | None:
    """Plant a drug that is given for this disease and hardly for another."""
    disease, drug = chance.choice(world.rows("drug"))
    sentence = "Every second week {} is given at home."
    return Draft("telling_drug", disease, drug, sentence)


def old_name_of_another(world: World, chance: random.Random) -> Draft | None:
    """Plant an old name of another disease."""
    rows = world.rows("old_name")
    (disease, _), (other, name) = chance.choice(rows), chance.choice(rows)
    if disease.name == other.name or not _is_other(disease, name):
        return None
    return Draft("other_old_name", disease, name, chance.choice(ABOUT_ANOTHER))


def general_drug(world: World, chance: random.Random) -> Draft | None:
    """Plant a drug that tells nothing, in an item that asks for the diagnosis."""
    disease = _any_disease(world, chance)
    spot = chance.choice(GENERAL_DRUGS)
    return (
        None
        if disease is None
        else Draft("general_drug", disease, spot, "At home she had taken {} for a cold.")
    )


def negated(world: World, chance: random.Random) -> Draft | None:
    """Plant the answer in a sentence that denies it."""
    disease = _any_disease(world, chance)
    return (
        None
        if disease is None
        else Draft("negated", disease, disease.name, chance.choice(NEGATED), "context")
    )


def differential(world: World, chance: random.Random) -> Draft | None:
    """Plant the answer among other possibilities."""
    disease = _any_disease(world, chance)
    return (
        None
        if disease is None
        else Draft("differential", disease, disease.name, chance.choice(DIFFERENTIAL), "context")
    )


LEAKS: dict[str, tuple[Maker, ...]] = {
    "exact_name": (exact,),
    "case_accents": (_formed(case_or_accents), _written("case_accents")),
    "punctuation": (_formed(punctuation_forms), _written("punctuation")),
    "inflection": (
        _written("possessive"),
        _written("plural", sentences=PLURAL),
        _changed("plural", plural, PLURAL),
    ),
    "spelling": (_changed("british", british), _written("spelling")),
    "numeral": (_changed("other_numeral", other_numeral), _written("numeral")),
    "synonym": (synonym,),
    "acronym": (own_acronym, ontology_acronym),
    "abbreviation": (defined_abbreviation,),
    "typo": (slip, slip, _written("typo")),
    "phrase": (announced,),
    "gene": (only_gene,),
    "names": (named_file, named_file, named_metadata, named_id),
    "image_text": (burned_in, burned_in, burned_in_badly),
    "track_list": (own_treatment, own_test),
    "old_name": (old_name, old_name, announced_old_name, telling_drug),
}
NEAR_MISSES: dict[str, tuple[Maker, ...]] = {
    "exact_name": (_another("similar_name"),),
    "case_accents": (_written("ordinary_words", sentences=("Her notes said: {}, and no more.",)),),
    "punctuation": (two_people, two_sentences),
    "inflection": (surname,),
    "spelling": (
        _another("spelling_look_alike"),
        _changed_to_another("hypo_for_hyper", hypo_for_hyper),
    ),
    "numeral": (_another("other_type"), numbered_otherwise),
    "synonym": (synonym_of_another,),
    "acronym": (acronym_word, acronym_word, acronym_in_code),
    "abbreviation": (defined_otherwise,),
    "typo": (_another("look_alike"),),
    "phrase": (nothing_announced,),
    "gene": (shared_gene, other_gene, gene_word),
    "names": (harmless_file, harmless_metadata, other_file),
    "image_text": (harmless_line, other_line),
    "track_list": (general_treatment, general_test, other_test, other_treatment),
    "old_name": (old_name_of_another, general_drug),
}

_TRIES = 4_000


def _drafts(
    world: World, chance: random.Random, makers: Sequence[Maker], wanted: int
) -> Iterator[Draft]:
    """Yield drafts, the makers in turn; a maker that never suits is left out."""
    live = list(makers)
    made = 0
    while made < wanted and live:
        maker = live[made % len(live)]
        draft = next(filter(None, (maker(world, chance) for _ in range(_TRIES))), None)
        if draft is None:
            live.remove(maker)
            continue
        made += 1
        yield draft


QUESTIONS = {
    Track.DIAGNOSIS: "What is the most likely diagnosis?",
    Track.TREATMENT: "How would you treat this patient?",
    Track.EXAMINATION: "Which tests would you ask for next?",
}
PLACES = ("context",) * 6 + ("caption",) * 2 + ("finding", "question")


def _case(kind: str, draft: Draft, seed: int, number: int, chance: random.Random) -> PlantedCase:
    """Build the item round a draft and note where its words came to stand."""
    place = draft.place or chance.choice(PLACES)
    parts = _Parts(draft, seed, number, chance)
    spots = parts.plant(place)
    item = parts.item()
    planted = tuple(
        Planted(kind, draft.form if role == draft.role else "definition", role, *spot)
        for role, spot in spots
    )
    return PlantedCase(item, parts.file_names, parts.metadata, parts.lines, planted)


Spot = tuple[Layer, str | None, int | None, int, int, str]


class _Parts:
    """The parts of an item while words are planted in them."""

    def __init__(self, draft: Draft, seed: int, number: int, chance: random.Random) -> None:
        self.draft, self.seed, self.number, self.chance = draft, seed, number, chance
        self.sentences = self._free_of_own_words(leakage_text.clean_sentences(chance))
        self.context = leakage_text.join(self.sentences, chance)
        self.question = QUESTIONS[draft.track]
        self.captions = {n: self._caption() for n in (1, 2)}
        self.finding = self._caption()
        self.file_names = {1: f"IMG_{number:04d}.png", 2: f"IMG_{number:04d}b.png"}
        self.metadata = {1: {"Software": "viewer 2.1"}, 2: {"Software": "viewer 2.1"}}
        self.lines = {1: (_line("R", 1),), 2: (_line("10 cm", 1), _line("AX", 2))}
        self.item_id = f"planted/{draft.track.value}/{seed}-{number}"
        self.case_id = f"case-{seed}-{number}"

    def _caption(self) -> str:
        for _ in range(20):
            found = self._free_of_own_words([leakage_text.clean_caption(self.chance)])
            if found:
                return found[0]
        return "A view of the left side."

    def _free_of_own_words(self, sentences: Iterable[str]) -> list[str]:
        """Return the sentences that hold no word of what is asked for or planted."""
        draft = self.draft
        asked = {*draft.own_list, *draft.aliases, *draft.forbidden, draft.disease.name}
        own = {canonical(words) for words in (*asked, *draft.disease.synonyms, draft.spot)}
        return [s for s in sentences if not any(f" {w} " in f" {canonical(s)} " for w in own)]

    def plant(self, place: str) -> list[tuple[Role, Spot]]:
        """Plant the draft's words; return where they and the words they need came to stand."""
        match place:
            case "context":
                return self._plant_in_context()
            case "caption":
                n = self.chance.choice((1, 2))
                self.captions[n], start = self._after(self.captions[n])
                return self._text_spot(f"caption:{n}", start)
            case "finding":
                self.finding, start = self._after(self.finding)
                return self._text_spot("finding:1", start)
            case "question":
                sentence, start = self._sentence()
                self.question = f"{sentence} {self.question}"
                return self._text_spot("question", start)
            case "line":
                return self._plant_in_image()
        return self._plant_in_name(place)

    def _sentence(self) -> tuple[str, int]:
        """Return the draft's sentence and where the words begin in it."""
        before, _, after = self.draft.sentence.partition("{}")
        return f"{before}{self.draft.spot}{after}", len(before)

    def _after(self, text: str) -> tuple[str, int]:
        sentence, start = self._sentence()
        return f"{text} {sentence}", len(text) + 1 + start

    def _text_spot(self, field: str, start: int) -> list[tuple[Role, Spot]]:
        number = field.partition(":")[2]
        image = int(number) if field.startswith("caption") else None
        end = start + len(self.draft.spot)
        return [(self.draft.role, (Layer.TEXT, field, image, start, end, self.draft.spot))]

    def _plant_in_context(self) -> list[tuple[Role, Spot]]:
        sentences = self.sentences
        at = self.chance.randint(1, len(sentences))
        head = leakage_text.join(sentences[:at], self.chance)
        spots: list[tuple[Role, Spot]] = []
        if before := self.draft.before:
            spots.append(
                (
                    "context",
                    (
                        Layer.TEXT,
                        "context",
                        None,
                        len(head) + 1,
                        len(head) + 1 + len(before),
                        before,
                    ),
                )
            )
            head = f"{head} {before} {self.chance.choice(self.sentences)}"
        head, start = self._after(head)
        tail = leakage_text.join(sentences[at:], self.chance) if at < len(sentences) else ""
        self.context = f"{head} {tail}".rstrip()
        return [*spots, *self._text_spot("context", start)]

    def _plant_in_image(self) -> list[tuple[Role, Spot]]:
        image = self.chance.choice((1, 2))
        text, start = self._sentence()
        lines = list(self.lines[image])
        at = self.chance.randint(0, len(lines))
        lines.insert(at, _line(text, 7))
        self.lines[image] = tuple(lines)
        start += sum(len(line.text) + 1 for line in lines[:at])
        end = start + len(self.draft.spot)
        return [(self.draft.role, (Layer.IMAGE_TEXT, None, image, start, end, self.draft.spot))]

    def _plant_in_name(self, place: str) -> list[tuple[Role, Spot]]:
        text, start = self._sentence()
        image: int | None = None
        field = place
        if place == "file_name":
            image = self.chance.choice((1, 2))
            self.file_names[image] = text
        elif place == "metadata":
            image = self.chance.choice((1, 2))
            key, _, value = text.partition(": ")
            self.metadata[image] = {key: value}
        elif place == "item_id":
            start += len(f"planted/{self.draft.track.value}/")
            self.item_id = f"planted/{self.draft.track.value}/{text}"
        else:
            self.case_id = text
        if image is not None:
            field = f"{place}:{image}"
        end = start + len(self.draft.spot)
        spot: Spot = (Layer.NAMES, field, image, start, end, self.draft.spot)
        return [(self.draft.role, spot)]

    def item(self) -> Item:
        """Return the item."""
        draft = self.draft
        answer = self._answer()
        images = tuple(
            ItemImage(
                position=n,
                sha256=hashlib.sha256(f"{self.seed}/{self.number}/{n}".encode()).hexdigest(),
                slot_name=f"Figure {n}",
                caption=self.captions[n],
                original_name=self.file_names[n],
            )
            for n in (1, 2)
        )
        content = ItemContent(
            question=self.question,
            context=self.context,
            answer=answer,
            aliases=draft.aliases if draft.track is Track.DIAGNOSIS else (),
            orpha_code=draft.disease.code,
            findings=(Finding(title="Image 1", body=self.finding),),
            images=images,
        )
        key = {Track.TREATMENT: "must_include", Track.EXAMINATION: "key_test"}.get(draft.track, "")
        wordings = [self._criterion(words) for words in draft.own_list]
        return Item(
            item_id=self.item_id,
            case=CaseRecord(case_id=self.case_id),
            track=draft.track,
            content=content,
            claims=make_claims(derive_points(draft.track, answer), [i.sha256 for i in images]),
            criteria=make_criteria([(key, wordings, 1.0, True)]) if key else (),
        )

    def _answer(self) -> str:
        draft = self.draft
        if draft.track is Track.TREATMENT:
            return "\n".join(f"{n}. Start {w}." for n, w in enumerate(draft.own_list, 1))
        if draft.track is Track.EXAMINATION:
            return "\n".join(f"- {w[0].upper()}{w[1:]}." for w in draft.own_list)
        return draft.disease.name

    def _criterion(self, words: str) -> str:
        if self.draft.track is Track.TREATMENT:
            return self.chance.choice((words, f"Names {words}", f"Starts {words} at once"))
        return self.chance.choice((words, words, f"Asks for {words}"))


def _line(text: str, row: int) -> Line:
    return Line(text, x=20, y=40 * row, width=12 * len(text) + 4, height=24, score=0.96)


def _metadata_line(metadata: Mapping[str, str]) -> str:
    return "\n".join(f"{key}: {value}" for key, value in metadata.items())
