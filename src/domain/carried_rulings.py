"""Which rulings would still have been made, had one reader not read: all else being equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from src.domain.adjudication import Decision
from src.domain.item import Item
from src.domain.review import Review
from src.domain.routing import RoutingPolicy, all_units, route


def carried_rulings(
    item: Item,
    everybody: Sequence[Review],
    others: Sequence[Review],
    ruled: Mapping[str, Decision],
    policy: RoutingPolicy | None,
) -> dict[str, Decision]:
    """Return the decisions that stand with the readings of the others alone, as made of these.

    A ruling stands where its unit would still have gone to an adjudicator, who is taken to say
    the same; and where it went to none but was ruled all the same, as in an audit. One on what
    the others agree on, or do not speak about, would never have been made; nor does one stand
    whose readings have changed since.
    """
    asked = {unit.name: unit for unit in all_units(item, everybody, policy)}
    found: dict[str, Decision] = {}
    for unit in all_units(item, others, policy):
        decision, before = ruled.get(unit.name), asked.get(unit.name)
        if decision is None or before is None:
            continue
        was_routed = bool(route(before, policy, len(everybody)))
        is_routed = bool(route(unit, policy, len(others)))
        if before.is_what_was_read(decision.input_digest) and (is_routed or not was_routed):
            found[unit.name] = decision.model_copy(update={"input_digest": unit.input_digest})
    return found
