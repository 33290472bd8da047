"""Scan one item: every rule of its track on every page, and the best hit at each place."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from src.domain.canonical import digest
from src.domain.item import Item
from src.domain.leakage import Hit, Layer, Mention, Method
from src.domain.scan.finders import FINDERS, Found, Sight, meanings
from src.domain.scan.lexicon import Lexicon, Name
from src.domain.scan.mentions import mention_of
from src.domain.scan.normal import normalise
from src.domain.scan.pages import ImageNames, OcrLine, Page, pages_of
from src.domain.scan.rules import LooksFor, Rule, rules_for
from src.domain.scan.targets import target_of

__all__ = ["ImageNames", "OcrLine", "scan"]

NAMING: Final = "naming"
FAMILIES: Final[Mapping[LooksFor, str]] = {
    LooksFor.ANNOUNCED: "announcing",
    LooksFor.ANNOUNCEMENT: "announcing",
    LooksFor.TREATMENT: "listed",
    LooksFor.GENERAL_TREATMENT: "listed",
    LooksFor.TEST: "listed",
    LooksFor.GENERAL_TEST: "listed",
    LooksFor.STATEMENT: "stated",
}
"""Of hits that overlap, one of each family stays; what is not here names the disease."""
LINE: Final = 100
"""Characters kept of a line in an image on each side of a hit."""
RANKS: Final = {method: rank for rank, method in enumerate(Method)}


def scan(
    item: Item,
    lexicon: Lexicon,
    *,
    own: Sequence[Name] = (),
    image_names: Mapping[int, ImageNames] | None = None,
    ocr: Mapping[int, Sequence[OcrLine]] | None = None,
) -> tuple[Hit, ...]:
    """Return what may give an item's answer away, in order of layer, field and place.

    `own` are names that reviewers added to this item. File names and lines of OCR are given by
    the position of their image.
    """
    target = target_of(item, lexicon, own)
    pages = pages_of(item, lexicon, image_names or {}, ocr or {})
    meant, foreign = meanings(pages, target)
    hits: list[Hit] = []
    for page in pages:
        sight = Sight(page, target, meant, foreign)
        found = [
            (rule, find)
            for rule in rules_for(item.track, page.layer)
            for find in FINDERS[rule.looks_for](sight)
        ]
        hits += [_hit(page, rule, find) for rule, find in _best(found)]
    return tuple({hit.hit_id: hit for hit in hits}.values())


def _best(found: Iterable[tuple[Rule, Found]]) -> list[tuple[Rule, Found]]:
    """Return the best finds of each family that do not overlap, in order of their place."""
    kept: list[tuple[Rule, Found]] = []
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for rule, find in sorted(found, key=_merit):
        places = taken[FAMILIES.get(rule.looks_for, NAMING)]
        if find.start < find.end and _is_free(places, find.start, find.end):
            insort(places, (find.start, find.end))
            kept.append((rule, find))
    return sorted(kept, key=lambda pair: (pair[1].start, pair[1].end, pair[0].id))


def _is_free(places: list[tuple[int, int]], start: int, end: int) -> bool:
    """Say whether a span overlaps none of the places, which are in order and lie apart."""
    following = bisect_left(places, (start, end))
    after = following == len(places) or places[following][0] >= end
    return after and (following == 0 or places[following - 1][1] <= start)


def _merit(pair: tuple[Rule, Found]) -> tuple[bool, bool, int, int, float, int, str]:
    rule, find = pair
    return (
        rule.soft,
        rule.looks_for is LooksFor.NEAR,
        find.start - find.end,
        RANKS[find.method],
        -find.score,
        find.start,
        find.alias,
    )


def _hit(page: Page, rule: Rule, find: Found) -> Hit:
    in_image = page.layer is Layer.IMAGE_TEXT
    mention = find.mention
    if mention is None:
        is_text = page.layer is not Layer.NAMES
        mention = mention_of(page.text, find.start, find.end) if is_text else Mention.AFFIRMED
    place = page.image if in_image else page.field
    name = normalise(find.alias).text
    before, after = page.line_around(find.start, find.end)
    key = [page.layer.value, place, find.start, find.end, name, rule.id]
    return Hit(
        hit_id=digest(key)[:16],
        layer=page.layer,
        field=page.field,
        start=find.start,
        end=find.end,
        image=page.image,
        box=page.box(find.start, find.end) if in_image else None,
        quote=page.text[find.start : find.end],
        before=before[-LINE:],
        after=after[:LINE],
        alias=find.alias,
        orpha_code=find.code,
        method=find.method,
        score=min(1.0, max(0.0, find.score)),
        rule=rule.id,
        mention=mention,
        soft=rule.soft,
    )
