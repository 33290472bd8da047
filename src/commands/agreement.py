"""agreement: of a round, or of any table of ratings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from src.commands.console import Answer, Place, opened, verb
from src.domain.agreement import Coefficient, Level, Weighting, every_coefficient
from src.domain.interrater.ratings import MISSING
from src.domain.interrater.statistic import RESAMPLES
from src.domain.people import OPERATOR
from src.files.ratings import read_ratings
from src.services.agreeing import Settled

MAIN = ("percent_agreement", "krippendorff_alpha", "gwet_ac1")
"""What a line says of a field; --json has every coefficient."""


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    verb(app, "agreement")(agreement)


def agreement(
    place: Place,
    round: Annotated[str | None, typer.Option(help="Only this round.")] = None,
    ratings: Annotated[
        Path | None, typer.Option(help="A table with the columns unit, rater and value.")
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="What the values of --ratings are; nominal if not given.")
    ] = None,
    categories: Annotated[
        str | None,
        typer.Option(help="All values that could be given, in order, separated by commas."),
    ] = None,
    weights: Annotated[
        Weighting | None, typer.Option(help="Weights of kappas and AC2, instead of the level's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the resampling.", min=0)] = 0,
) -> Answer:
    """Show how far readers agree, before adjudication, or how far the raters of a table do."""
    if ratings is None:
        if level or categories or weights:
            raise typer.BadParameter("--level, --categories and --weights need --ratings FILE.")
        return _of_rounds(place, round, seed)
    if round is not None:
        raise typer.BadParameter("Give either --round or --ratings.")
    return _of_table(ratings, level or "nominal", _declared(categories), weights, seed)


def _declared(categories: str | None) -> list[str] | None:
    return None if categories is None else [name.strip() for name in categories.split(",")]


def _of_table(
    path: Path,
    level: Level,
    categories: Sequence[str] | None,
    weights: Weighting | None,
    seed: int,
) -> Answer:
    table = read_ratings(path, level, categories)
    found = every_coefficient(table, level, weights=weights, seed=seed)
    data = {
        "coefficients": [coefficient.model_dump(mode="json") for coefficient in found],
        "level": level,
        "categories": list(table.categories),
        "units": len(table.codes),
        "raters": table.raters,
        "readings": int((table.codes != MISSING).sum()),
        "items": len(set(table.clusters.tolist())),
        "seed": seed,
        "resamples": RESAMPLES,
    }
    return Answer(data, [in_one_line(coefficient) for coefficient in found])


def _of_rounds(place: Place, round_name: str | None, seed: int) -> Answer:
    with opened(place) as bench:
        report = bench.agreeing.report(OPERATOR, round_name, seed=seed)
    data: dict[str, Any] = {
        "coefficients": [coefficient.model_dump(mode="json") for coefficient in report.verdicts],
        "fields": [found.model_dump(mode="json") for found in report.fields],
        "settled": settled_data(report.settled),
        "seed": seed,
        "resamples": RESAMPLES,
    }
    lines = [
        f"{found.field:30} " + "  ".join(_number(c) for c in found.coefficients if c.name in MAIN)
        for found in report.fields
    ]
    if lines:
        lines += ["", "claim verdict, every coefficient:", *map(in_one_line, report.verdicts)]
        lines += ["", *_settled_lines(report.settled)]
    return Answer(data, lines or ["No item is fully read yet."])


def settled_data(found: Settled) -> dict[str, Any]:
    """Return how units were settled as JSON, shares with their intervals."""
    audit = found.audit
    return {
        "methods": found.methods,
        "reasons": {reason.value: n for reason, n in found.reasons.items()},
        "audit": {
            "drawn": audit.drawn,
            "waiting": audit.waiting,
            "looked_at": audit.items.whole,
            "changed": audit.items.part,
            "error_rate": audit.items.value,
            "low": audit.items.interval[0] if audit.items.interval else None,
            "high": audit.items.interval[1] if audit.items.interval else None,
            "units": audit.units.whole,
            "units_changed": audit.units.part,
        },
    }


def _settled_lines(found: Settled) -> list[str]:
    audit = found.audit
    lines = [
        "units settled: " + ", ".join(f"{name} {n}" for name, n in found.methods.items()),
        "to an adjudicator: "
        + (", ".join(f"{reason.value} {n}" for reason, n in found.reasons.items()) or "none"),
        f"audit: {audit.drawn} items drawn, {audit.waiting} wait",
    ]
    if audit.items.interval is not None:
        low, high = audit.items.interval
        lines[-1] += f", {audit.items.part} of {audit.items.whole} were not right"
        lines[-1] += f" ({audit.items.value:.1%}, 95 % {low:.1%} to {high:.1%})"
    return lines


def _number(found: Coefficient) -> str:
    shown = f"{found.value:z.2f}" if found.value is not None else found.note
    if found.low is not None and found.high is not None:
        shown += f" ({found.low:z.2f} to {found.high:z.2f})"
    return f"{found.name} {shown}, n = {found.units}"


def in_one_line(found: Coefficient) -> str:
    """Return a coefficient with its error and interval, or why it has no value."""
    shown = f"{found.name:20} {found.weights:10}"
    if found.value is None:
        return f"{shown} {found.note}"
    shown += f" {found.value:z7.4f}"
    if found.se is not None:
        shown += f"  error {found.se:.4f}"
    if found.low is not None and found.high is not None:
        shown += f"  95 % {found.low:z.4f} to {found.high:z.4f}"
    return f"{shown}  {found.note}".rstrip()
