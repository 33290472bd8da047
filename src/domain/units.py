"""What can be agreed or disputed on its own, and what each reader says of it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from src.domain.canonical import JsonValue, canonical_json, digest, text_sha256
from src.domain.derivation import SAME_THING, similarity
from src.domain.evidence import EvidenceLink
from src.domain.item import Criterion, Item
from src.domain.leakage import joined
from src.domain.review import (
    AddedClaim,
    AddedCriterion,
    ClaimReading,
    CriterionReading,
    Review,
)

ABSENT = "absent"
REMOVED = "removed"
AS_IMPORTED = "as imported"


class Reading(BaseModel, frozen=True, extra="forbid"):
    """What one reader says of one unit. Readings with the same `key` agree."""

    person: str
    review_id: str
    key: str
    value: JsonValue
    beside: JsonValue = None
    """Evidence, reason and note that go with it: a ruling has seen them, agreement asks not."""


class Unit(BaseModel, frozen=True, extra="forbid"):
    """One thing the readers of an item say something about, with all their readings."""

    name: str
    """claim:ID, criterion:ID, flag:KIND:PLACE, check:NAME or field:NAME."""
    label: str
    readings: tuple[Reading, ...]

    @property
    def agreed(self) -> bool:
        """True when all readings say the same; a unit nobody read is no unit."""
        return len({reading.key for reading in self.readings}) == 1

    @property
    def input_digest(self) -> str:
        """The hash of what the readers say of the unit, whoever they are.

        It is the same for a reading that is sent again with something else changed. No person
        and no order of persons is in it: it goes to adjudicators, who could try them out.
        """
        said = [canonical_json([one.key, one.value, one.beside]) for one in self.readings]
        return digest(["said", sorted(said)])

    def is_what_was_read(self, input_digest: str) -> bool:
        """Tell whether a decision of such a digest rests on what the readers say now.

        Decisions made before decision 0011 said so hold the hash of the very readings.
        """
        return input_digest == self.input_digest or input_digest == self._digest_of_readings

    @property
    def _digest_of_readings(self) -> str:
        return digest([[reading.review_id, reading.key] for reading in self.readings])


def units_of(item: Item, reviews: Sequence[Review]) -> list[Unit]:
    """Return all units of an item that at least one of the reviews speaks about.

    `reviews` holds the reading that counts of each reader, all of the same item version.
    The order is that of the screens: claims, checks, fields, criteria, flags.
    """
    ordered = sorted(reviews, key=lambda review: review.person)
    return [
        *_claim_units(item, ordered),
        *_added_claim_units(ordered),
        *_check_units(ordered),
        *_field_units(item, ordered),
        *_criterion_units(item, ordered),
        *_added_criterion_units(ordered),
        *_flag_units(ordered),
    ]


def _reading(review: Review, key: str, value: JsonValue, beside: JsonValue = None) -> Reading:
    return Reading(
        person=review.person, review_id=review.review_id, key=key, value=value, beside=beside
    )


def _beside(said: ClaimReading | AddedClaim | CriterionReading | AddedCriterion) -> JsonValue:
    """Return what goes with a reading, evidence in one order; None where there is nothing."""
    found: dict[str, JsonValue] = {}
    if said.evidence:
        found["evidence"] = _in_order(said.evidence)
    if isinstance(said, ClaimReading) and said.refused:
        found["refused"] = _in_order(said.refused)
    if isinstance(said, CriterionReading | AddedCriterion) and said.reason is not None:
        found["reason"] = said.reason.value
    if said.note:
        found["note"] = said.note
    return found or None


def _in_order(links: Sequence[EvidenceLink]) -> list[JsonValue]:
    given: list[JsonValue] = [link.model_dump(mode="json") for link in links]
    return sorted(given, key=canonical_json)


def _claim_units(item: Item, reviews: Sequence[Review]) -> list[Unit]:
    units = []
    for number, claim in enumerate(item.claims, start=1):
        readings = []
        for review in reviews:
            said = review.body.claim(claim.claim_id)
            if said.removed:
                readings.append(_reading(review, REMOVED, REMOVED, _beside(said)))
            elif said.verdict is not None:
                word = said.verdict.value
                readings.append(_reading(review, word, word, _beside(said)))
        if readings:
            label = f"Claim {number}: {claim.text}"
            units.append(
                Unit(name=f"claim:{claim.claim_id}", label=label, readings=tuple(readings))
            )
        units.extend(_rewording_units(claim.claim_id, number, claim.text, reviews))
    return units


def _rewording_units(
    claim_id: str, number: int, text: str, reviews: Sequence[Review]
) -> list[Unit]:
    said = [(review, review.body.claim(claim_id).text) for review in reviews]
    if all(new is None or new == text for _, new in said):
        return []
    readings = tuple(
        _reading(review, AS_IMPORTED, text)
        if new is None or new == text
        else _reading(review, new, new)
        for review, new in said
    )
    label = f"Wording of claim {number}"
    return [Unit(name=f"field:claim_text:{claim_id}", label=label, readings=readings)]


def _check_units(reviews: Sequence[Review]) -> list[Unit]:
    names = sorted({check.value for review in reviews for check in review.body.checks})
    units = []
    for name in names:
        readings = tuple(
            _reading(review, answer.value, answer.value)
            for review in reviews
            for check, answer in review.body.checks.items()
            if check.value == name
        )
        label = name.replace("_", " ").capitalize()
        units.append(Unit(name=f"check:{name}", label=label, readings=readings))
    return units


def _field_units(item: Item, reviews: Sequence[Review]) -> list[Unit]:
    units = [_recommendation_unit(reviews)]
    proposals = [(review, review.body.proposals) for review in reviews]
    content = item.content
    units.append(_field("answer", "Answer", content.answer, [(r, p.answer) for r, p in proposals]))
    units.append(
        _field(
            "aliases",
            "Further names",
            None,
            [(r, _list(sorted(set(p.aliases)))) for r, p in proposals],
        )
    )
    units.append(
        _field(
            "orpha_code",
            "ORPHA code",
            content.orpha_code,
            [(r, p.orpha_code) for r, p in proposals],
        )
    )
    units.append(
        _field("question", "Question", content.question, [(r, p.question) for r, p in proposals])
    )
    for image in content.images:
        place = image.position
        captions: list[tuple[Review, JsonValue]] = [
            (r, p.captions.get(place)) for r, p in proposals
        ]
        units.append(
            _field(f"caption:{place}", f"Caption of image {place}", image.caption, captions)
        )
    orders: list[tuple[Review, JsonValue]] = [(r, _list(p.image_order)) for r, p in proposals]
    units.append(_field("image_order", "Order of the images", None, orders))
    return [unit for unit in units if unit is not None]


def _list(values: Sequence[JsonValue]) -> JsonValue:
    return list(values) or None


def _recommendation_unit(reviews: Sequence[Review]) -> Unit | None:
    readings = tuple(
        _reading(r, r.body.recommendation.value, r.body.recommendation.value)
        for r in reviews
        if r.body.recommendation is not None
    )
    if not readings:
        return None
    return Unit(name="field:recommendation", label="Recommendation", readings=readings)


def _field(
    name: str, label: str, imported: JsonValue, said: Sequence[tuple[Review, JsonValue]]
) -> Unit | None:
    """Return the unit of a field somebody proposes to change, or None when nobody does."""
    if all(value is None or value == imported for _, value in said):
        return None
    readings = tuple(
        _reading(review, AS_IMPORTED, imported)
        if value is None or value == imported
        else _reading(review, canonical_json(value), value)
        for review, value in said
    )
    return Unit(name=f"field:{name}", label=label, readings=readings)


def _criterion_units(item: Item, reviews: Sequence[Review]) -> list[Unit]:
    units = []
    for number, criterion in enumerate(item.criteria, start=1):
        readings = []
        for review in reviews:
            said = review.body.criterion(criterion.criterion_id)
            value = _criterion_value(criterion, said)
            readings.append(_reading(review, canonical_json(value), value, _beside(said)))
        label = f"Criterion {number}: {criterion.text}"
        name = f"criterion:{criterion.criterion_id}"
        units.append(Unit(name=name, label=label, readings=tuple(readings)))
    return units


def _criterion_value(criterion: Criterion, said: CriterionReading) -> dict[str, JsonValue]:
    """Return what a reading does to a criterion; an edit that changes nothing is a keep."""
    if said.action != "edit":
        return {"action": said.action}
    same = {name: None for name, new in said.changes.items() if new == getattr(criterion, name)}
    changed = said.model_copy(update=same)
    return edited_value(changed) if changed.changes else {"action": "keep"}


def edited_value(said: CriterionReading) -> dict[str, JsonValue]:
    """Return what an edit makes of a criterion; a scale is named only where it changes.

    Evidence, reason and note are no part of it: readers who differ in them alone agree.
    """
    value: dict[str, JsonValue] = {"action": "edit", "text": said.text, "points": said.points}
    if said.required is not None:
        value["required"] = said.required
    if said.kind is not None:
        value["kind"] = said.kind
    if said.maximum is not None:
        value["maximum"] = said.maximum
    return value


def added_value(added: AddedCriterion) -> dict[str, JsonValue]:
    """Return what an added criterion says; its scale only when it is graded."""
    value: dict[str, JsonValue] = {
        "text": added.text,
        "points": added.points,
        "required": added.required,
    }
    if added.kind != "binary":
        value |= {"kind": added.kind, "maximum": added.maximum}
    return value


def _added_claim_units(reviews: Sequence[Review]) -> list[Unit]:
    def value(added: AddedClaim) -> JsonValue:
        verdict = added.verdict.value if added.verdict else None
        return {"text": added.text, "verdict": verdict}

    def key(added: AddedClaim) -> str:
        return f"added {added.verdict.value if added.verdict else ''}"

    additions = [
        (review, added.text, key(added), value(added), _beside(added))
        for review in reviews
        for added in review.body.added_claims
    ]
    return _addition_units("claim", "Added claim", additions, reviews)


def _added_criterion_units(reviews: Sequence[Review]) -> list[Unit]:
    def key(added: AddedCriterion) -> str:
        scale = "" if added.kind == "binary" else f" of {added.maximum}"
        return f"added {added.points:g}{scale}{'' if added.required else ' optional'}"

    additions: list[Addition] = [
        (review, added.text, key(added), added_value(added), _beside(added))
        for review in reviews
        for added in review.body.added_criteria
    ]
    return _addition_units("criterion", "Added criterion", additions, reviews)


Addition = tuple[Review, str, str, JsonValue, JsonValue]
"""Whose it is, its text, key and value, and what goes with it."""


def _addition_units(
    prefix: str, label: str, additions: Sequence[Addition], reviews: Sequence[Review]
) -> list[Unit]:
    """Return one unit for each thing added; two additions at least 80 % similar are one."""
    clusters: list[list[Addition]] = []
    for addition in sorted(additions, key=lambda a: (a[1], a[0].person)):
        cluster = next((c for c in clusters if _belongs(addition, c)), None)
        if cluster is None:
            clusters.append([addition])
        else:
            cluster.append(addition)
    return [_addition_unit(prefix, label, cluster, reviews) for cluster in clusters]


def _belongs(addition: Addition, cluster: list[Addition]) -> bool:
    if addition[0].person in {other[0].person for other in cluster}:
        return False
    return similarity(addition[1], cluster[0][1]) >= SAME_THING


def _addition_unit(
    prefix: str, label: str, cluster: list[Addition], reviews: Sequence[Review]
) -> Unit:
    text = cluster[0][1]
    by_person = {review.person: said for review, _, *said in cluster}
    readings = tuple(
        _reading(review, *by_person.get(review.person, (ABSENT, None))) for review in reviews
    )
    name = f"{prefix}:+{text_sha256(text)[:8]}"
    return Unit(name=name, label=f"{label}: {text}", readings=readings)


def _flag_units(reviews: Sequence[Review]) -> list[Unit]:
    names = sorted({flag.unit for review in reviews for flag in review.body.flags})
    units = []
    for name in names:
        readings = tuple(_flag_reading(review, name) for review in reviews)
        _, kind, place = name.split(":", 2)
        label = f"Leak: {kind.replace('_', ' ')}, {place.replace(':', ' ')}"
        units.append(Unit(name=name, label=label, readings=readings))
    return units


def _flag_reading(review: Review, name: str) -> Reading:
    flags = [flag for flag in review.body.flags if flag.unit == name]
    if not flags:
        return _reading(review, ABSENT, None)
    return _reading(review, "flagged", joined(flags).model_dump(mode="json"))
