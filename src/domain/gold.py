"""Gold: what an item is after review, built from agreed and decided units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Final, Literal

from pydantic import BaseModel, Field

from src.domain.adjudication import Decision
from src.domain.agreement import percent_agreement
from src.domain.canonical import JsonValue, canonical_json, digest
from src.domain.evidence import EvidenceLink
from src.domain.item import Claim, Criterion, Item
from src.domain.reasons import Reason, is_kept_as_ambiguous
from src.domain.renamed import dropped_names
from src.domain.review import CriterionReading, Recommendation, Review, own_targets
from src.domain.routing import (
    AUDIT,
    EVIDENCE,
    FLAGGED,
    RouteReason,
    RoutingPolicy,
    all_units,
    audit_unit,
    is_drawn,
    links_of,
    majority,
    route,
)
from src.domain.rubric import edited, reordered
from src.domain.units import ABSENT, AS_IMPORTED, REMOVED, Unit

Method = Literal["single", "unanimous", "majority", "adjudicated"]
ALIASES: Final = "field:aliases"
"""The unit of further names."""
Audit = Literal["waiting", "confirmed", "changed"]
"""What became of an item that was drawn: nobody looked yet, all is right, or something is not."""


CONTESTED: tuple[Method, ...] = ("adjudicated", "majority")
"""One unit settled so gives the whole item this method, the first of them before the second."""


class SettledUnit(BaseModel, frozen=True, extra="forbid"):
    """The value one unit has in gold, and how it came to it."""

    unit: str
    key: str
    value: JsonValue
    method: Method
    votes: dict[str, int]
    """Key of a reading -> how many readers said so."""
    reason: str | None = None
    evidence: tuple[EvidenceLink, ...] | None = Field(
        default=None, exclude_if=lambda links: links is None
    )
    """What a claim rests on where an adjudicator chose it; written only then."""
    distribution: dict[str, float] = Field(default={}, exclude_if=lambda shares: not shares)
    """Key of a reading -> the share of readers who said so; the shares add up to 1."""
    agreement: float | None = Field(default=None, exclude_if=lambda share: share is None)
    """The share of pairs of readers who say the same, 0 to 1; None without a pair."""
    input_digest: str = Field(default="", exclude_if=lambda text: not text)
    """The hash of the readings it rests on; empty where nobody in the round spoke about it."""
    decision_id: str = Field(default="", exclude_if=lambda text: not text)
    routed: tuple[RouteReason, ...] = Field(default=(), exclude_if=lambda reasons: not reasons)
    """Why it went to an adjudicator."""
    ambiguous: bool = Field(default=False, exclude_if=lambda said: not said)
    """True where experts may differ: what the readers said, as `distribution`, counts as well."""
    after_scores: bool = Field(default=False, exclude_if=lambda said: not said)
    """True where it rests on a ruling whose author had looked at what the item does to scores."""

    # What is not written where there is none came later: a release without has the bytes it had.


LATER = {
    "distribution",
    "agreement",
    "input_digest",
    "decision_id",
    "routed",
    "ambiguous",
    "after_scores",
}
"""What describes a settled unit and is no input of gold: the hash of the inputs goes without."""


class GoldClaim(BaseModel, frozen=True, extra="forbid"):
    """A claim in gold: verdict, and the evidence of the readers who gave that verdict."""

    claim_id: str
    text: str
    kind: str
    verdict: str | None
    evidence: tuple[EvidenceLink, ...] = ()
    refused: tuple[EvidenceLink, ...] = Field(default=(), exclude_if=lambda links: not links)
    """The benchmark's links those readers refused and none of them confirmed.

    Written only where there are any: a release without has the bytes and the hash it had.
    """


class GoldBody(BaseModel, frozen=True, extra="forbid"):
    """The reviewed content of one item."""

    question: str
    answer: str
    aliases: tuple[str, ...]
    dropped_names: tuple[str, ...] = Field(default=(), exclude_if=lambda names: not names)
    """Imported names of another disease than the answer is now: they count no longer.

    Written only where there are any: a release without has the bytes and the hash it had.
    """
    orpha_code: str
    captions: dict[int, str]
    image_order: tuple[int, ...]
    claims: tuple[GoldClaim, ...]
    criteria: tuple[Criterion, ...]
    checks: dict[str, str]
    flags: tuple[dict[str, JsonValue], ...]
    recommendation: str | None
    units: tuple[SettledUnit, ...]


class Gold(BaseModel, frozen=True, extra="forbid"):
    """One item of a release."""

    item_id: str
    item_version: int
    item_sha256: str
    rubric_version: int
    round: str
    status: Literal["accepted", "rejected"]
    method: Method
    readers: int
    body: GoldBody
    input_digest: str
    agreement: float | None = Field(default=None, exclude_if=lambda share: share is None)
    """The mean of the units' agreement, 0 to 1; None where one reader read."""
    policy: str = Field(default="", exclude_if=lambda name: not name)
    """The name of the rule by which units went to an adjudicator."""
    audit: Audit | None = Field(default=None, exclude_if=lambda found: found is None)
    """What the audit found; None for an item that was not drawn."""

    @property
    def ambiguous(self) -> tuple[str, ...]:
        """The units on which experts may differ."""
        return tuple(unit.unit for unit in self.body.units if unit.ambiguous)

    def also_named(self, names: Sequence[str]) -> Gold:
        """Return the same gold, had review named the disease by further names as well."""
        if not names:
            return self
        body, found = self.body, {unit.unit: unit for unit in self.body.units}
        given = found.get(ALIASES)
        before = given.value if given is not None and isinstance(given.value, list) else []
        proposed: list[JsonValue] = [*before, *names]
        key = canonical_json(proposed)
        blank = SettledUnit(unit=ALIASES, key=key, value=proposed, method="adjudicated", votes={})
        said = (given or blank).model_copy(update={"key": key, "value": proposed})
        changes = {
            "aliases": tuple(dict.fromkeys([*body.aliases, *names])),
            "dropped_names": tuple(name for name in body.dropped_names if name not in names),
            "units": tuple({**found, ALIASES: said}.values()),
        }
        return self.model_copy(update={"body": body.model_copy(update=changes)})


class UsedIds(BaseModel, frozen=True, extra="forbid"):
    """The ids an item ever gave away: what review adds never takes one that meant another thing."""

    claims: int = 0
    """The highest number of any claim there ever was."""
    criteria: int = 0
    wordings: dict[str, str] = {}
    """Text of a criterion -> its id, so that the next release finds what an earlier one added."""


class ItemState(BaseModel, frozen=True, extra="forbid"):
    """What stands between an item and gold: nothing, or open units and leaks."""

    open_units: tuple[str, ...] = ()
    confirmed_leaks: tuple[str, ...] = ()
    """Confirmed, in whatever round, and still there to be seen."""
    masked_leaks: tuple[str, ...] = ()
    """There to be seen in this version, and masked in the newest one."""
    stale_decisions: tuple[str, ...] = ()
    reasons: dict[str, tuple[RouteReason, ...]] = {}
    """Unit -> why it goes to an adjudicator, whether or not it is ruled by now."""
    leaks_to_rule: tuple[str, ...] = ()
    """Leaks that all readers flag, of which no adjudicator has said anything yet."""
    audit: Audit | None = None
    audit_changes: tuple[str, ...] = ()
    """Units of an audited item that an adjudicator settled otherwise than its readers."""

    @property
    def to_settle(self) -> tuple[str, ...]:
        """What waits for an adjudicator: open units, and leaks that all readers flag."""
        return (*self.open_units, *self.leaks_to_rule)

    @property
    def ready(self) -> bool:
        """True when nothing is open and no confirmed leak shows in what was read."""
        return not (self.open_units or self.confirmed_leaks or self.masked_leaks)

    @property
    def reason(self) -> str:
        """Why the item is left out of a release, in plain words; empty when it is not."""
        parts = []
        if disputed := [unit for unit in self.open_units if unit != AUDIT]:
            parts.append(f"open: {', '.join(map(self._open, disputed))}")
        if AUDIT in self.open_units:
            parts.append("drawn for the audit: somebody has to look at it")
        if self.confirmed_leaks:
            parts.append(f"confirmed leak not resolved: {', '.join(self.confirmed_leaks)}")
        if self.masked_leaks:
            masked = ", ".join(self.masked_leaks)
            parts.append(f"masked in a newer version, which is still to be read: {masked}")
        return "; ".join(parts)

    def _open(self, unit: str) -> str:
        changed = " (a reading changed since it was decided)"
        return unit + (changed if unit in self.stale_decisions else "")


def settle(
    item: Item,
    reviews: Sequence[Review],
    decisions: Mapping[str, Decision],
    earlier: Mapping[str, Decision] | None = None,
    *,
    policy: RoutingPolicy | None = None,
    seed: int = 0,
) -> tuple[list[SettledUnit], ItemState]:
    """Settle every unit that readers settle or a decision rules, and say what stays open.

    `decisions` holds the latest decision of each unit; one whose readings have changed since
    is stale and settles nothing. `earlier` holds those of other rounds that are not stale: a
    unit that was ruled stays ruled until somebody rules it anew. `policy` says what the readers
    settle, `seed` which items are audited; None is a round from before there was a policy.
    """
    earlier = earlier or {}
    units = all_units(item, reviews, policy)
    fresh = {u.name: d for u in units if (d := _fresh(u, decisions)) is not None}
    reasons = {u.name: found for u in units if (found := route(u, policy, len(reviews)))}
    settled, open_units, to_rule = [], [], []
    for unit in units:
        decision = fresh.get(unit.name) or earlier.get(unit.name)
        if decision is None and is_agreed_leak(unit):
            to_rule += [unit.name] if unit.name in reasons else []
        elif decision is None and unit.name in reasons:
            open_units.append(unit.name)
            continue
        settled.append(_settled(unit, decision, len(reviews), reasons.get(unit.name, ())))
    known = {unit.unit for unit in settled} | set(open_units)
    settled += [_ruled(ruling) for name, ruling in sorted(earlier.items()) if name not in known]
    stale = [u.name for u in units if u.name in decisions and u.name not in fresh]
    audit: Audit | None = None
    changes: tuple[str, ...] = ()
    if policy is not None and not reasons and is_drawn(seed, item.item_id, policy.audit_share):
        changes = _changed(units, fresh)
        audit = _audit(reviews, decisions, changes)
        reasons[AUDIT] = (RouteReason.AUDIT,)
        open_units += [AUDIT] if audit == "waiting" else []
        stale += [AUDIT] if audit == "waiting" and AUDIT in decisions else []
    leaks = tuple(s.unit for s in settled if s.unit.startswith("flag:") and s.key == FLAGGED)
    state = ItemState(
        open_units=tuple(open_units),
        confirmed_leaks=leaks,
        stale_decisions=tuple(stale),
        reasons=reasons,
        leaks_to_rule=tuple(to_rule),
        audit=audit,
        audit_changes=changes,
    )
    return settled, state


def _fresh(unit: Unit, decisions: Mapping[str, Decision]) -> Decision | None:
    """Return the decision on a unit, unless its readings have changed since."""
    decision = decisions.get(unit.name)
    return decision if decision and unit.is_what_was_read(decision.input_digest) else None


def is_agreed_leak(unit: Unit) -> bool:
    """Tell whether all readers flag a leak: it is confirmed, and keeps the item out by itself."""
    return unit.name.startswith("flag:") and unit.agreed and unit.readings[0].key == FLAGGED


def _changed(units: Sequence[Unit], fresh: Mapping[str, Decision]) -> tuple[str, ...]:
    """Return the units an adjudicator settled otherwise than the readers had."""
    said = {unit.name: majority(unit) or unit.readings[0].key for unit in units}
    return tuple(name for name, decision in fresh.items() if decision.key != said[name])


def _audit(
    reviews: Sequence[Review], decisions: Mapping[str, Decision], changes: Sequence[str]
) -> Audit:
    """Return what the audit of an item found: a change ends it as a confirmation does."""
    if changes:
        return "changed"
    return "confirmed" if _fresh(audit_unit(reviews), decisions) is not None else "waiting"


def _ruled(decision: Decision) -> SettledUnit:
    """Return what a decision of another round made of a unit nobody speaks about in this one."""
    return SettledUnit(
        unit=decision.unit,
        key=decision.key,
        value=decision.value,
        method="adjudicated",
        votes={},
        reason=decision.reason.value if decision.reason else None,
        evidence=decision.evidence,
        decision_id=decision.decision_id,
        ambiguous=decision.ambiguous,
        after_scores=decision.after_scores,
    )


def _settled(
    unit: Unit, decision: Decision | None, readers: int, routed: tuple[RouteReason, ...]
) -> SettledUnit:
    """Return what a decision, or else the readers, make of a unit."""
    counts = Counter(reading.key for reading in unit.readings)
    votes = dict(sorted(counts.items()))
    whole = counts.total()
    found = SettledUnit(
        unit=unit.name,
        key="",
        value=None,
        method="adjudicated",
        votes=votes,
        distribution={key: count / whole for key, count in votes.items()},
        agreement=percent_agreement([[reading.key for reading in unit.readings]]).value,
        input_digest=unit.input_digest,
        routed=routed,
    )
    if decision is not None:
        return found.model_copy(
            update={
                "key": decision.key,
                "value": decision.value,
                "reason": decision.reason.value if decision.reason else None,
                "evidence": decision.evidence,
                "decision_id": decision.decision_id,
                "ambiguous": decision.ambiguous,
                "after_scores": decision.after_scores,
            }
        )
    key = unit.readings[0].key if unit.agreed else majority(unit)
    said = [reading for reading in unit.readings if reading.key == key]
    first = min(said, key=lambda reading: canonical_json(reading.value))
    return found.model_copy(
        update={"key": first.key, "value": first.value, "method": _by_readers(unit, readers)}
    )


def _by_readers(unit: Unit, readers: int) -> Method:
    if readers == 1:
        return "single"
    return "unanimous" if unit.agreed else "majority"


def build_gold(
    item: Item,
    reviews: Sequence[Review],
    settled: Sequence[SettledUnit],
    round_name: str,
    used: UsedIds | None = None,
    *,
    policy: str = "",
    audit: Audit | None = None,
) -> Gold:
    """Return the gold of an item whose units are all settled.

    `rubric_version` is the one the readers saw; a release that changes the rubric replaces it.
    """
    by_name = {unit.unit: unit for unit in settled}
    methods = {unit.method for unit in settled}
    alone: Method = "single" if len(reviews) == 1 else "unanimous"
    agreements = [unit.agreement for unit in settled if unit.agreement is not None]
    return Gold(
        item_id=item.item_id,
        item_version=item.version,
        item_sha256=item.sha256,
        rubric_version=item.rubric_version,
        round=round_name,
        status="rejected" if is_rejected(settled) else "accepted",
        method=next((method for method in CONTESTED if method in methods), alone),
        readers=len(reviews),
        body=_body(item, reviews, by_name, settled, used or UsedIds()),
        input_digest=gold_digest(item, settled, agreed_order(reviews)),
        agreement=fmean(agreements) if agreements else None,
        policy=policy,
        audit=audit,
    )


def is_rejected(settled: Sequence[SettledUnit]) -> bool:
    """Tell whether an item is rejected: by its readers, or by a ruling on what they recommend."""
    rejected = Recommendation.REJECT.value
    return any(u.unit == "field:recommendation" and u.key == rejected for u in settled)


def gold_digest(
    item: Item, settled: Sequence[SettledUnit], criterion_order: Sequence[str] = ()
) -> str:
    """Return the hash of everything gold was built from: the item and every settled unit.

    An order of the criteria counts where there is one, and so does what the lead says of a
    reason that asks for something else: gold without has the hash it had.
    """
    units = [unit.model_dump(mode="json", exclude=LATER) for unit in settled]
    order = [list(criterion_order)] if criterion_order else []
    overruled = [unit.unit for unit in settled if unit.ambiguous is not _asks_to_keep(unit)]
    kept = [{"ambiguous_otherwise": overruled}] if overruled else []
    return digest([item.sha256, units, *order, *kept])


def _asks_to_keep(unit: SettledUnit) -> bool:
    """Tell whether the reason alone, as long as nobody says otherwise, makes a unit ambiguous."""
    reason = Reason(unit.reason) if unit.reason else None
    return is_kept_as_ambiguous(reason, unit.unit, None)


def _body(
    item: Item,
    reviews: Sequence[Review],
    by_name: Mapping[str, SettledUnit],
    settled: Sequence[SettledUnit],
    used: UsedIds,
) -> GoldBody:
    content = item.content
    captions = {image.position: image.caption for image in content.images}
    for position in captions:
        captions[position] = _text(by_name, f"field:caption:{position}", captions[position])
    aliases = by_name.get(ALIASES)
    added = aliases.value if aliases is not None and isinstance(aliases.value, list) else []
    answer = _text(by_name, "field:answer", content.answer)
    dropped = dropped_names(item.track, content, answer, [str(name) for name in added])
    kept = tuple(name for name in content.aliases if name not in dropped)
    return GoldBody(
        question=_text(by_name, "field:question", content.question),
        answer=answer,
        aliases=(*kept, *(str(name) for name in added if name not in kept)),
        dropped_names=dropped,
        orpha_code=_code(by_name, content.orpha_code),
        captions=captions,
        image_order=_order(item, by_name),
        claims=_claims(item, reviews, by_name, used),
        criteria=gold_criteria(item.criteria, by_name, used, agreed_order(reviews)),
        checks={
            name.removeprefix("check:"): unit.key
            for name, unit in by_name.items()
            if name.startswith("check:") and unit.key != "removed"
        },
        flags=tuple(
            unit.value
            for name, unit in by_name.items()
            if name.startswith("flag:") and isinstance(unit.value, dict)
        ),
        recommendation=_recommendation(by_name),
        units=tuple(settled),
    )


def _order(item: Item, by_name: Mapping[str, SettledUnit]) -> tuple[int, ...]:
    unit = by_name.get("field:image_order")
    if unit is not None and isinstance(unit.value, list):
        return tuple(int(str(position)) for position in unit.value)
    return tuple(image.position for image in item.content.images)


def _recommendation(by_name: Mapping[str, SettledUnit]) -> str | None:
    unit = by_name.get("field:recommendation")
    return unit.key if unit is not None and unit.key != "removed" else None


def _text(by_name: Mapping[str, SettledUnit], name: str, imported: str) -> str:
    unit = by_name.get(name)
    if unit is None or unit.key == AS_IMPORTED or not isinstance(unit.value, str):
        return imported
    return unit.value


def _code(by_name: Mapping[str, SettledUnit], imported: str) -> str:
    """Return the ORPHA code as gold has it, written as the benchmark writes its own."""
    code = _text(by_name, "field:orpha_code", imported)
    return f"ORPHA:{code}" if imported.startswith("ORPHA:") and code.isdecimal() else code


def _claims(
    item: Item,
    reviews: Sequence[Review],
    by_name: Mapping[str, SettledUnit],
    used: UsedIds,
) -> tuple[GoldClaim, ...]:
    claims = []
    for claim in item.claims:
        unit = by_name.get(f"claim:{claim.claim_id}")
        if unit is not None and unit.key == "removed":
            continue
        text = _text(by_name, f"field:claim_text:{claim.claim_id}", claim.text)
        ruled = by_name.get(f"{EVIDENCE}{claim.claim_id}")
        claims.append(_with_ruled(claim, _gold_claim(claim, text, unit, reviews), ruled))
    return (*claims, *_added_claims(item, by_name, used))


def _gold_claim(
    claim: Claim, text: str, unit: SettledUnit | None, reviews: Sequence[Review]
) -> GoldClaim:
    verdict = unit.key if unit is not None else None
    links: list[EvidenceLink] = []
    refused: list[EvidenceLink] = []
    for review in sorted(reviews, key=lambda r: r.review_id):
        said = review.body.claim(claim.claim_id)
        if said.verdict is not None and said.verdict.value == verdict:
            links.extend(link for link in said.evidence if link not in links)
            refused.extend(link for link in said.refused if link not in refused)
    if unit is not None and unit.evidence is not None:
        links = list(unit.evidence)
    return GoldClaim(
        claim_id=claim.claim_id,
        text=text,
        kind=claim.kind,
        verdict=verdict,
        evidence=tuple(links),
        refused=tuple(link for link in refused if link not in links),
    )


def _with_ruled(claim: Claim, gold: GoldClaim, ruled: SettledUnit | None) -> GoldClaim:
    """Return a claim with the evidence an adjudicator settled; removed, the benchmark's own."""
    if ruled is None:
        return gold
    links = claim.links if ruled.key == REMOVED else links_of(ruled.value)
    refused = tuple(link for link in gold.refused if link not in links)
    return gold.model_copy(update={"evidence": links, "refused": refused})


def _added_claims(item: Item, by_name: Mapping[str, SettledUnit], used: UsedIds) -> list[GoldClaim]:
    claims = []
    number = max(used.claims, _highest(claim.claim_id for claim in item.claims))
    for unit in _additions("claim", by_name):
        number += 1
        claims.append(
            GoldClaim(
                claim_id=f"c{number}",
                text=str(unit["text"]),
                kind="statement",
                verdict=str(unit["verdict"]) if unit["verdict"] else None,
            )
        )
    return claims


def gold_criteria(
    criteria: Sequence[Criterion],
    by_name: Mapping[str, SettledUnit],
    used: UsedIds,
    order: Sequence[str] = (),
) -> tuple[Criterion, ...]:
    """Return the rubric after review: edited, re-weighted, inactive where deleted, added, ordered.

    `order` holds ids, and the texts of what was added; what it does not name stays where it is.
    """
    after = [
        _after(criterion, by_name.get(f"criterion:{criterion.criterion_id}"))
        for criterion in criteria
    ]
    taken = {criterion.criterion_id for criterion in criteria}
    for unit in _additions("criterion", by_name):
        text = str(unit["text"])
        criterion_id = used.wordings.get(text, "")
        if not criterion_id or criterion_id in taken:
            criterion_id = f"k{max(used.criteria, _highest(taken)) + 1}"
        taken.add(criterion_id)
        after.append(
            Criterion(
                criterion_id=criterion_id,
                key=f"added-{criterion_id[1:]}",
                text=text,
                points=_number(unit["points"]),
                required=bool(unit["required"]),
                kind="ordinal" if unit.get("kind") == "ordinal" else "binary",
                maximum=int(_number(unit.get("maximum", 1))),
            )
        )
    return _in_order(after, order)


def _in_order(criteria: list[Criterion], order: Sequence[str]) -> tuple[Criterion, ...]:
    """Return the criteria in an order of ids, or of texts for what was added."""
    by_name = {
        name: criterion.criterion_id
        for criterion in criteria
        for name in (criterion.text, criterion.criterion_id)
    }
    by_id = {criterion.criterion_id: criterion for criterion in criteria}
    wanted = [by_name[name] for name in order if name in by_name]
    return tuple(by_id[key] for key in reordered(list(by_id), wanted))


def agreed_order(reviews: Sequence[Review]) -> tuple[str, ...]:
    """Return the order of the criteria the readers propose; empty where two propose different ones.

    A reader who leaves the order as it is objects to none. What a reader added stands there by
    its text, because it gets its id only in gold.
    """
    orders = {_by_text(review) for review in reviews if review.body.criterion_order}
    return orders.pop() if len(orders) == 1 else ()


def _by_text(review: Review) -> tuple[str, ...]:
    added = review.body.added_criteria
    texts = dict(zip(own_targets(added), (one.text for one in added), strict=True))
    return tuple(texts.get(name, name) for name in review.body.criterion_order)


def _after(criterion: Criterion, unit: SettledUnit | None) -> Criterion:
    if unit is None:
        return criterion
    if unit.key == "removed":
        return criterion.model_copy(update={"active": False})
    if not isinstance(unit.value, dict):
        return criterion
    action = unit.value.get("action")
    if action == "delete":
        return criterion.model_copy(update={"active": False})
    if action != "edit":
        return criterion
    said = {"criterion_id": criterion.criterion_id, **unit.value}
    return edited(criterion, CriterionReading.model_validate(said))


def _additions(prefix: str, by_name: Mapping[str, SettledUnit]) -> list[dict[str, JsonValue]]:
    return [
        unit.value
        for name, unit in sorted(by_name.items())
        if name.startswith(f"{prefix}:+") and unit.key != ABSENT and isinstance(unit.value, dict)
    ]


def _number(value: JsonValue) -> float:
    if not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number of points")
    return float(value)


def _highest(ids: Iterable[str]) -> int:
    numbers = [int(key[1:]) for key in ids if key[1:].isdecimal()]
    return max(numbers, default=0)
