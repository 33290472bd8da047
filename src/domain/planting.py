"""Planted errors: one claim of an item made wrong, so that one can say how many are found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from pydantic import BaseModel, Field

from src.domain.canonical import digest
from src.domain.errors import BadInputError, Problem
from src.domain.item import Claim, Criterion, Item
from src.domain.proportion import Proportion
from src.domain.review import Check, CheckAnswer, ClaimReading, Review, Verdict

LARGEST_SHARE = 0.25
MISSED = frozenset({Verdict.SUPPORTED, Verdict.CANNOT_JUDGE})
"""Verdicts that do not say that a claim is wrong."""


class PlantKind(StrEnum):
    """How a claim was made wrong."""

    LATERALITY = "laterality"
    NEGATION = "negation"
    NUMBER = "number"
    OTHER_ANSWER = "other_answer"
    OWN = "own"
    """Words the lead gave."""


class Plant(BaseModel, frozen=True, extra="forbid"):
    """One claim with the wrong words in its place."""

    item_id: str
    claim_id: str
    kind: PlantKind = PlantKind.OWN
    right_text: str = ""
    """The claim as it is; empty in a file, where the item says it."""
    wrong_text: str = Field(min_length=1, max_length=20_000)
    source: str = ""
    """The item whose answer was put in."""


class Overlay(BaseModel, frozen=True, extra="forbid"):
    """All that is shown otherwise of a planted item, so that nothing beside the claim tells."""

    answer: str
    aliases: tuple[str, ...]
    orpha_code: str
    category: str
    criteria: tuple[Criterion, ...]


class StoredPlant(BaseModel, frozen=True, extra="forbid"):
    """A plant of a round as it is shown to its readers."""

    round: str
    plant: Plant
    overlay: Overlay

    @property
    def is_whole_answer(self) -> bool:
        """True when the whole answer is another one, so that names of the right one would tell."""
        return self.overlay.answer.strip() == self.plant.wrong_text.strip()


def over(item: Item, stored: StoredPlant) -> Item:
    """Return an item as the readers of the round see it."""
    overlay, plant = stored.overlay, stored.plant
    content = item.content.model_copy(
        update={
            "answer": overlay.answer,
            "aliases": overlay.aliases,
            "orpha_code": overlay.orpha_code,
            "category": overlay.category,
        }
    )
    claims = tuple(
        claim.model_copy(update={"text": plant.wrong_text})
        if claim.claim_id == plant.claim_id
        else claim
        for claim in item.claims
    )
    return item.model_copy(
        update={"content": content, "claims": claims, "criteria": overlay.criteria}
    )


def overlay_of(item: Item, plant: Plant, source: Item | None) -> Overlay:
    """Return what is shown of a planted item beside its claim.

    Where the claim is the answer, names, code and rubric go with the wrong one: those of its own
    item, or none. Elsewhere the wrong words stand wherever the right ones did.
    """
    content = item.content
    if _is_answer(item, plant.claim_id):
        other = source.content if source is not None else None
        return Overlay(
            answer=plant.wrong_text,
            aliases=other.aliases if other is not None else (),
            orpha_code=other.orpha_code if other is not None else "",
            category=other.category if other is not None else content.category,
            criteria=source.criteria if source is not None else _reworded(item, plant),
        )
    return Overlay(
        answer=content.answer.replace(plant.right_text, plant.wrong_text),
        aliases=content.aliases,
        orpha_code=content.orpha_code,
        category=content.category,
        criteria=_reworded(item, plant),
    )


def _is_answer(item: Item, claim_id: str) -> bool:
    claim = item.claim(claim_id)
    return claim is not None and claim.text.strip() == item.content.answer.strip()


def _reworded(item: Item, plant: Plant) -> tuple[Criterion, ...]:
    right = re.compile(re.escape(plant.right_text), re.IGNORECASE)
    return tuple(
        criterion.model_copy(update={"text": right.sub(lambda _: plant.wrong_text, criterion.text)})
        for criterion in item.criteria
    )


_SIDES = {"left": "right", "right": "left"}
_SIDE = re.compile(r"\b(left|right)(?=\b|-)", re.IGNORECASE)
_OPPOSITES = (
    ("no evidence of", "evidence of"),
    ("without", "with"),
    ("absent", "present"),
    ("absence", "presence"),
    ("negative", "positive"),
    ("increased", "decreased"),
    ("elevated", "reduced"),
    ("benign", "malignant"),
    ("acute", "chronic"),
    ("is not", "is"),
    ("are not", "are"),
    ("should not", "should"),
)
_WITH_UNIT = re.compile(
    r"(?<![\w.,])(\d{1,4}(?:\.\d+)?)(?=\s?(?:mg|g|kg|µg|mcg|ml|l|mm|cm|%|years?|months?|weeks?"
    r"|days?|hours?|minutes?|mmol|iu|units?|gy|hz|°c)\b|\s?%)",
    re.IGNORECASE,
)


def swapped_side(text: str) -> str | None:
    """Return a text with its first left or right turned; None where no side is named."""
    found = _SIDE.search(text)
    if found is None:
        return None
    return _put(text, found, _SIDES[found.group().lower()])


def turned_negation(text: str) -> str | None:
    """Return a text that says the opposite in one place; None where no known word is in it."""
    for first, second in _OPPOSITES:
        for old, new in ((first, second), (second, first)):
            found = re.search(rf"\b{old}\b", text, re.IGNORECASE)
            if found is not None and not (old == "is" or old == "are"):
                return _put(text, found, new)
    return None


def changed_number(text: str) -> str | None:
    """Return a text with its first number that has a unit three times as large, or a third.

    Percentages above 33 become a third, so that they stay possible.
    """
    found = _WITH_UNIT.search(text)
    if found is None or float(found.group()) == 0:
        return None
    value = float(found.group())
    is_share = text[found.end() :].lstrip().startswith("%")
    new = value / 3 if is_share and value > 33 else value * 3
    return _put(text, found, f"{new:.1f}".removesuffix(".0"))


def _put(text: str, found: re.Match[str], new: str) -> str:
    old = found.group()
    if old.isupper() and old.isalpha():
        new = new.upper()
    elif old[:1].isupper():
        new = new[:1].upper() + new[1:]
    return text[: found.start()] + new + text[found.end() :]


_CHANGES: tuple[tuple[PlantKind, Callable[[str], str | None]], ...] = (
    (PlantKind.LATERALITY, swapped_side),
    (PlantKind.NEGATION, turned_negation),
    (PlantKind.NUMBER, changed_number),
)


def proposal(item: Item, others: Sequence[Item], seed: int) -> Plant | None:
    """Return an error for an item, always the same with a seed; None where none can be made.

    An answer is replaced by one of `others`, of another disease and another case; any other
    claim has its side, its negation or a number turned.
    """
    ways = [*_other_answers(item, others), *_turned(item)]
    if not ways:
        return None
    return min(ways, key=lambda plant: digest([seed, "plant", plant.model_dump(mode="json")]))


def _turned(item: Item) -> list[Plant]:
    return [
        Plant(
            item_id=item.item_id,
            claim_id=claim.claim_id,
            kind=kind,
            right_text=claim.text,
            wrong_text=wrong,
        )
        for claim in item.claims
        if not _is_answer(item, claim.claim_id)
        for kind, change in _CHANGES
        if (wrong := change(claim.text)) is not None
    ]


def _other_answers(item: Item, others: Sequence[Item]) -> list[Plant]:
    claim = next((c for c in item.claims if _is_answer(item, c.claim_id)), None)
    if claim is None:
        return []
    return [
        Plant(
            item_id=item.item_id,
            claim_id=claim.claim_id,
            kind=PlantKind.OTHER_ANSWER,
            right_text=claim.text,
            wrong_text=other.content.answer.strip(),
            source=other.item_id,
        )
        for other in others
        if _differs(item, other, claim)
    ]


def _differs(item: Item, other: Item, claim: Claim) -> bool:
    answer = other.content.answer.strip()
    code, its = item.content.orpha_code, other.content.orpha_code
    return (
        other.track is item.track
        and other.case.case_id != item.case.case_id
        and bool(answer)
        and answer.casefold() != claim.text.strip().casefold()
        and (not code or code != its)
    )


def checked(plants: Sequence[Plant], items: dict[str, Item], asked: int) -> list[Plant]:
    """Return plants with the right words filled in; raise BadInputError naming all that is wrong.

    `items` are those of the round, by their ids.
    """
    problems: list[Problem] = []
    found: dict[str, Plant] = {}
    for number, plant in enumerate(plants, start=1):
        item = items.get(plant.item_id)
        claim = item.claim(plant.claim_id) if item is not None else None
        why = _wrong_with(plant, item, claim, plant.item_id in found)
        if why:
            problems.append(
                Problem(rule="plant", message=f"Plant {number}, {plant.item_id!r}: {why}")
            )
        elif claim is not None:
            found[plant.item_id] = plant.model_copy(update={"right_text": claim.text})
    if len(plants) > LARGEST_SHARE * asked:
        message = f"{len(plants)} planted errors are more than a quarter of {asked} items."
        problems.append(Problem(rule="plant", message=message))
    if problems:
        raise BadInputError(f"The planted errors do not fit: {problems[0].message}", problems)
    return list(found.values())


def _wrong_with(plant: Plant, item: Item | None, claim: Claim | None, twice: bool) -> str:
    if item is None:
        return "the round does not ask this item."
    if claim is None:
        return f"it has no claim {plant.claim_id!r}."
    if twice:
        return "it has a planted error already."
    if plant.right_text and plant.right_text != claim.text:
        return "its claim says something else than when the error was proposed."
    if not any(character.isalnum() for character in plant.wrong_text):
        return "there are no wrong words: 'wrong_text' is blank."
    if plant.wrong_text.strip() == claim.text.strip():
        return "the wrong words are the right ones."
    return ""


def detected(stored: StoredPlant, review: Review) -> bool:
    """Tell whether a reader found the error: see decision 0012.

    What they said of the planted claim decides. Only where they said nothing of it, and it is
    the whole answer, does a word on the answer count.
    """
    plant, body = stored.plant, review.body
    said = _called_wrong(body.claim(plant.claim_id), plant.wrong_text)
    if said is not None or not stored.is_whole_answer:
        return said is True
    answer = body.proposals.answer or ""
    corrected = answer.strip() != "" and not _same_words(answer, plant.wrong_text)
    return corrected or body.checks.get(Check.ANSWER_CORRECT) is CheckAnswer.NO


def false_alarms(item: Item, review: Review, without: str = "") -> Proportion:
    """Return how many claims of an item a reader called wrong, by the rule of planted errors.

    Of those they said something of, `without` the planted one.
    """
    said = [
        wrong
        for claim in item.claims
        if claim.claim_id != without
        and (wrong := _called_wrong(review.body.claim(claim.claim_id), claim.text)) is not None
    ]
    return Proportion(part=sum(said), whole=len(said))


def _called_wrong(said: ClaimReading, shown: str) -> bool | None:
    """Tell whether a claim was called wrong, reworded or removed; None where nothing was said."""
    if said.removed or (said.text is not None and not _same_words(said.text, shown)):
        return True
    return None if said.verdict is None else said.verdict not in MISSED


def _same_words(one: str, other: str) -> bool:
    """Tell whether two texts differ in nothing but case, blanks and the full stop."""
    first, second = (" ".join(text.casefold().split()).rstrip(".") for text in (one, other))
    return first == second
