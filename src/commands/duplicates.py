"""duplicates: pictures, texts and answers that stand in several items."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from src.commands.console import Answer, verb, watch_on_terminal
from src.domain.duplicates import Group, Match, MatchKind
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.services.duplicates import DuplicateReport
from src.services.workbench import Workbench

WORDS = {
    MatchKind.ANSWER_TOLD: "the answer of the first stands in the second",
    MatchKind.SAME_IMAGE: "the same picture",
    MatchKind.SHARED_TEXT: "shared text",
    MatchKind.ALIKE_IMAGES: "pictures that look alike",
}


def register(app: typer.Typer) -> None:
    """Add the verb of this file."""
    verb(app, "duplicates")(list_duplicates)


def list_duplicates(bench: Workbench) -> Answer:
    """List the groups of items that share pictures or text, or tell each other's answers."""
    found = bench.duplicates.find(OPERATOR, watch_on_terminal())
    data = found.model_dump(mode="json", exclude={"digest"})
    return Answer(data, [_summary(found), *_lines(found)])


def _summary(found: DuplicateReport) -> str:
    across = sum(group.scope == "across" for group in found.groups)
    return (
        f"{counted(found.items, 'item')} with {counted(found.pictures, 'picture')} compared. "
        "Groups across cases: "
        f"{across}, within one case: {len(found.groups) - across}. "
        f"Nearly empty pictures left out: {found.flat}."
    )


def _lines(found: DuplicateReport) -> Iterator[str]:
    for group in found.groups:
        yield _title(group, found)
        yield from (f"  {_said(match)}: {_where(match)}" for match in group.matches)


def _where(match: Match) -> str:
    """Return which pictures match, each in its place; where none do, which items."""
    if match.images:
        return ", ".join(f"{place.item_id} image {place.position}" for place in match.images)
    return ", ".join(match.items)


def _title(group: Group, found: DuplicateReport) -> str:
    cases = sorted({found.of[item_id].case_id for item_id in group.items})
    return f"{group.scope}: {counted(len(group.items), 'item')} of {', '.join(cases)}"


def _said(match: Match) -> str:
    share = f" ({match.share:.0%})" if match.share < 1 else ""
    where = f" in {match.field}" if match.field else ""
    return f"{WORDS[match.kind]}{share}{where}"
