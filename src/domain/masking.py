"""Masks: what hides a leak in an item and can be taken off again, and which leaks still show.

A mask lies on the unmasked version of an item, its base. A masked version is the base with the
masks that are active; taking one off makes the base again with the others.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage, span_of
from src.domain.item import Claim, Finding, Item, ItemContent, ItemImage
from src.domain.leakage import Hit, LeakageFlag, LeakKind
from src.domain.scan.normal import normalise

REMOVED = "[removed]"
THE_CONDITION = "the condition"
CASE_MATTERS = 5
"""Names up to this length are looked for as they are written: ALL is a disease, all is not."""
WHOLE_IMAGE = "No box was drawn: this covers the whole image. Narrow it before you apply it."
_INSIDE = r"['\u2019\u2018\-\u2010\u2011]"
_WORDS = re.compile(rf"\w+(?:{_INSIDE}\w+)*")
_FIELDS = ("question", "context")
_LABEL = re.compile(
    r"\s*((?:image|img|figure|fig\.?|panel|slot|picture|photo)\s*\d{1,3}(?:\s?[A-Z])?)(?!\w)", re.I
)
"""What a slot is numbered by, such as 'Figure 2b': it is what question and answer call it."""


class TextSpot(BaseModel, frozen=True, extra="forbid"):
    """A stretch of one field and what stands there instead; the quote puts it back."""

    kind: Literal["text"] = "text"
    field: str = Field(min_length=1)
    """question, context, finding:N, finding_title:N, caption:N, slot:N, file_name:N."""
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    quote: str = Field(min_length=1)
    replacement: str = Field(default=REMOVED, max_length=500)


class BoxSpot(BaseModel, frozen=True, extra="forbid"):
    """A rectangle of an image that is made black, in pixels of the canonical image."""

    kind: Literal["box"] = "box"
    image: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the image in the base."""
    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)


Spot = Annotated[TextSpot | BoxSpot, Field(discriminator="kind")]


class MaskState(StrEnum):
    """How far a mask is."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"


class Mask(BaseModel, frozen=True, extra="forbid"):
    """One state of a mask. A later revision supersedes, never edits, it."""

    mask_id: str
    revision: int = Field(ge=1)
    item_id: str
    item_version: int
    """The base: the unmasked version the spot lies in."""
    made_version: int | None = None
    """The version that putting it on, or taking it off, made."""
    unit: str
    """The flag it answers: flag:KIND:PLACE."""
    state: MaskState
    reason: str = ""
    spot: Spot
    by_lead: bool = False
    """True when the lead flagged the leak, and not its readers."""
    person: str
    at: datetime


class MaskHistory(BaseModel, frozen=True, extra="forbid"):
    """Every row of the masks of one item, and what they say of its versions."""

    rows: tuple[Mask, ...] = ()

    def base(self, version: int) -> int:
        """Return the unmasked version that a version was made from; itself when it is none."""
        return next((m.item_version for m in self.rows if m.made_version == version), version)

    def is_masked(self, version: int) -> bool:
        """Tell whether masks, put on or taken off, made a version."""
        return any(m.made_version == version for m in self.rows)

    def latest(self) -> tuple[Mask, ...]:
        """Return the newest revision of each mask, in the order in which they were proposed."""
        return _newest(self.rows)

    def active(self, version: int) -> tuple[Mask, ...]:
        """Return the masks that are on in a version."""
        base = self.base(version)
        made = (
            m
            for m in self.rows
            if m.item_version == base and m.made_version is not None and m.made_version <= version
        )
        return tuple(m for m in _newest(made) if m.state is MaskState.APPLIED)

    def waiting(self, base: int) -> tuple[Mask, ...]:
        """Return the masks of a base that are proposed and neither on nor withdrawn."""
        return tuple(
            m for m in self.latest() if m.item_version == base and m.state is MaskState.PROPOSED
        )


def _newest(rows: Iterable[Mask]) -> tuple[Mask, ...]:
    found: dict[str, Mask] = {}
    for mask in rows:
        if mask.mask_id not in found or mask.revision > found[mask.mask_id].revision:
            found[mask.mask_id] = mask
    return tuple(found.values())


class ConfirmedLeak(BaseModel, frozen=True, extra="forbid"):
    """A leak that readers agreed on or an adjudicator ruled to be one."""

    unit: str
    round: str
    item_version: int
    flag: LeakageFlag


def text_at(content: ItemContent, field: str) -> str | None:
    """Return the text a mask can lie on, or None where there is no such field."""
    if field in _FIELDS:
        return str(getattr(content, field))
    kind, _, number = field.partition(":")
    if not number.isdecimal():
        return None
    if kind in ("finding", "finding_title"):
        inside = 1 <= int(number) <= len(content.findings)
        return getattr(content.findings[int(number) - 1], _ATTRIBUTES[kind]) if inside else None
    image = next((i for i in content.images if i.position == int(number)), None)
    if image is None or kind not in _ATTRIBUTES:
        return None
    return str(getattr(image, _ATTRIBUTES[kind]))


_ATTRIBUTES = {
    "finding": "body",
    "finding_title": "title",
    "caption": "caption",
    "slot": "slot_name",
    "file_name": "original_name",
}


def with_texts(content: ItemContent, texts: Mapping[str, str]) -> ItemContent:
    """Return the content with other texts in some of its fields."""

    def finding(number: int, old: Finding) -> Finding:
        title, body = f"finding_title:{number}", f"finding:{number}"
        return Finding(title=texts.get(title, old.title), body=texts.get(body, old.body))

    def image(old: ItemImage) -> ItemImage:
        new = {
            _ATTRIBUTES[kind]: texts[f"{kind}:{old.position}"]
            for kind in ("caption", "slot", "file_name")
            if f"{kind}:{old.position}" in texts
        }
        return old.model_copy(update=new)

    return content.model_copy(
        update={
            **{field: texts[field] for field in _FIELDS if field in texts},
            "findings": tuple(finding(n, old) for n, old in enumerate(content.findings, start=1)),
            "images": tuple(image(old) for old in content.images),
        }
    )


def grown(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range grown to whole words, hyphens and apostrophes inside them included.

    Blanks at its ends are left out; a range of blanks alone stays as it is.
    """
    stretch = text[start:end]
    if not stretch.strip():
        return start, end
    start += len(stretch) - len(stretch.lstrip())
    end -= len(stretch) - len(stretch.rstrip())
    for word in _WORDS.finditer(text):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < end < word.end():
            end = word.end()
    return start, end


def occurrences(text: str, quote: str) -> list[tuple[int, int]]:
    """Return where the words of a quote stand in a text, grown to whole words, none overlapping.

    Case, accents, hyphens and blanks do not matter; in a short name, such as ALL, case does.
    """
    wanted = normalise(quote).text
    if not wanted:
        return []
    exact = len(wanted) <= CASE_MATTERS and quote != quote.lower()
    folded = normalise(text)
    found = []
    for match in re.finditer(rf"(?<![^ ]){re.escape(wanted)}(?![^ ])", folded.text):
        start, end = folded.span(match.start(), match.end())
        if not exact or _letters(text[start:end]) == _letters(quote):
            found.append(grown(text, start, end))
    return _apart(found)


def _letters(text: str) -> str:
    """Return letters and digits alone: 'B.M.D.' is written as BMD, and bmd is not."""
    return "".join(character for character in text if character.isalnum())


def replacement_for(text: str, start: int, end: int, names: Iterable[str]) -> str:
    """Return what to write instead: 'the condition' for a disease's name, else '[removed]'."""
    quote = normalise(text[start:end]).text
    if quote not in {normalise(name).text for name in names}:
        return REMOVED
    before = re.findall(r"\w+", text[max(0, start - 20) : start].lower())
    article = before[-1] if before and text[start - 1 : start].isspace() else ""
    if article in ("a", "an"):
        return REMOVED
    if article in ("the", "this", "that", "her", "his", "their"):
        return THE_CONDITION.removeprefix("the ")
    opens = not text[:start].strip() or text[:start].rstrip()[-1] in ".!?"
    return THE_CONDITION.capitalize() if opens else THE_CONDITION


def merged(text: str, spots: Iterable[TextSpot]) -> list[TextSpot]:
    """Return the spots of one field in their order; those that overlap become one."""
    found: list[TextSpot] = []
    for spot in sorted(spots, key=lambda s: (s.start, -s.end)):
        if found and spot.start < found[-1].end:
            end = max(found[-1].end, spot.end)
            quote = text[found[-1].start : end]
            found[-1] = found[-1].model_copy(update={"end": end, "quote": quote})
        else:
            found.append(spot)
    return found


def cut(text: str, spots: Sequence[TextSpot]) -> str:
    """Return the text with the replacement of each spot, which are in order and apart."""
    parts, at = [], 0
    for spot in spots:
        parts += [text[at : spot.start], spot.replacement]
        at = spot.end
    return "".join([*parts, text[at:]])


def uncut(text: str, spots: Sequence[TextSpot]) -> str:
    """Return the text as it was before `cut`: each quote in the place of its replacement."""
    parts, at = [], 0
    moved = 0
    for spot in spots:
        start = spot.start + moved
        parts += [text[at:start], spot.quote]
        at = start + len(spot.replacement)
        moved += len(spot.replacement) - len(spot.quote)
    return "".join([*parts, text[at:]])


class Shift:
    """Where a stretch of a field lies once spots of it are cut, and where it lay before."""

    def __init__(self, spots: Sequence[TextSpot]) -> None:
        self._old: list[tuple[int, int]] = []
        self._new: list[tuple[int, int]] = []
        moved = 0
        for spot in spots:
            start = spot.start + moved
            self._old.append((spot.start, spot.end))
            self._new.append((start, start + len(spot.replacement)))
            moved += len(spot.replacement) - (spot.end - spot.start)

    def forward(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where a stretch lies after the cut; None when nothing of it is left.

        A stretch that holds a whole spot holds its replacement; of one that a spot cuts into,
        the rest is left.
        """
        if any(s <= start and end <= e for s, e in self._old):
            return None
        new_start = _moved(start, self._old, self._new, bisect_right)
        new_end = _moved(end, self._old, self._new, bisect_left)
        for (s, e), (ms, me) in zip(self._old, self._new, strict=True):
            if s < start < e:
                new_start = me
            if s < end <= e:
                new_end = me if end == e else ms
        return (new_start, new_end) if new_start < new_end else None

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of the cut text lay; inside a replacement, the whole quote."""
        old_start = _moved(start, self._new, self._old, bisect_right)
        old_end = _moved(end, self._new, self._old, bisect_left)
        for (s, e), (ms, me) in zip(self._old, self._new, strict=True):
            if ms <= start < me:
                old_start = s
            if ms < end <= me:
                old_end = e
        return old_start, old_end


def _moved(
    at: int,
    source: Sequence[tuple[int, int]],
    target: Sequence[tuple[int, int]],
    behind: Callable[[Sequence[int], int], int],
) -> int:
    """Return a place outside all stretches as it lies behind those `behind` counts before it."""
    number = behind([end for _, end in source], at)
    return at if number == 0 else at - source[number - 1][1] + target[number - 1][1]


class Masked(BaseModel, frozen=True, extra="forbid"):
    """An item with masks on, and what had to give way."""

    item: Item
    notes: tuple[str, ...] = ()


def masked(base: Item, masks: Iterable[Mask], derived: Mapping[str, str], version: int) -> Masked:
    """Return a new version of an item: its base with masks on.

    `derived` gives the blacked image of each image that has a box. The benchmark's links follow
    the images and the text; those that lie wholly behind a mask are left out and named. Reviews
    are no part of this: they stay with the version that was read.
    """
    spots = [mask.spot for mask in masks]
    cuts = text_cuts(base.content, spots)
    texts = {field: cut(text_at(base.content, field) or "", these) for field, these in cuts.items()}
    content = with_texts(base.content, texts)
    images = tuple(
        image.model_copy(update={"sha256": derived.get(image.sha256, image.sha256)})
        for image in content.images
    )
    content = content.model_copy(update={"images": images})
    boxes = [spot for spot in spots if isinstance(spot, BoxSpot)]
    notes: list[str] = []
    claims = tuple(_relinked(claim, content, cuts, derived, boxes, notes) for claim in base.claims)
    item = base.model_copy(update={"version": version, "content": content, "claims": claims})
    return Masked(item=item, notes=tuple(notes))


def text_cuts(content: ItemContent, spots: Iterable[Spot]) -> dict[str, list[TextSpot]]:
    """Return field -> its spots, in order and apart."""
    by_field: dict[str, list[TextSpot]] = {}
    for spot in spots:
        if isinstance(spot, TextSpot):
            by_field.setdefault(spot.field, []).append(spot)
    return {
        field: merged(text_at(content, field) or "", these) for field, these in by_field.items()
    }


def _relinked(
    claim: Claim,
    content: ItemContent,
    cuts: Mapping[str, Sequence[TextSpot]],
    derived: Mapping[str, str],
    boxes: Sequence[BoxSpot],
    notes: list[str],
) -> Claim:
    links: list[EvidenceLink] = []
    for link in claim.links:
        moved: EvidenceLink | None = (
            _moved_span(link, content, cuts)
            if isinstance(link, TextSpan)
            else _moved_to_image(link, derived, boxes)
        )
        if moved is None:
            notes.append(f"Claim {claim.claim_id}: {_said(link)} is masked, so the link is gone.")
        else:
            links.append(moved)
    return claim.model_copy(update={"links": tuple(links)})


def _moved_span(
    span: TextSpan, content: ItemContent, cuts: Mapping[str, Sequence[TextSpot]]
) -> TextSpan | None:
    if span.field not in cuts:
        return span
    place = Shift(cuts[span.field]).forward(span.start, span.end)
    text = text_at(content, span.field) or ""
    if place is None or not text[slice(*place)].strip():
        return None
    return span_of(span.field, text, *place)


def _moved_to_image(
    link: WholeImage | ImageBox, derived: Mapping[str, str], boxes: Sequence[BoxSpot]
) -> WholeImage | ImageBox | None:
    if isinstance(link, ImageBox) and any(_covers(box, link) for box in boxes):
        return None
    return link.model_copy(update={"sha256": derived.get(link.sha256, link.sha256)})


def _covers(box: BoxSpot, link: ImageBox) -> bool:
    return box.sha256 == link.sha256 and _holds(box, link)


def _holds(outer: BoxSpot, inner: ImageBox) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def _said(link: EvidenceLink) -> str:
    if isinstance(link, TextSpan):
        return f"what it quotes from {link.field!r}"
    return "its box"


def in_base(base: Item, history: MaskHistory, version: int, field: str, span: TextSpan) -> TextSpan:
    """Return a span of a version's text as the span of its base it stands for."""
    cuts = text_cuts(base.content, [mask.spot for mask in history.active(version)])
    start, end = Shift(cuts.get(field, [])).back(span.start, span.end)
    text = text_at(base.content, field) or ""
    return span_of(field, text, start, min(end, len(text)))


def spots_for(
    flag: LeakageFlag,
    base: Item,
    sizes: Mapping[str, tuple[int, int]],
    *,
    names: Sequence[str] = (),
    hits: Sequence[Hit] = (),
) -> list[Spot]:
    """Return what would hide a leak, every place of the same words in its field included.

    The flag's span lies in the base. `sizes` gives width and height of each image by its
    sha256; `hits` are those of the base. Empty when nothing of the item can be hidden, as where
    another item gives this one away.
    """
    place = flag.place
    if place.image is not None:
        return _image_spots(flag, base, sizes, hits)
    field = str(place.field)
    text = text_at(base.content, field)
    if not text:
        return []
    if field.startswith(("slot:", "file_name:")):
        return [_renamed(field, text)]
    ranges = _ranges(flag, text, names, [hit for hit in hits if hit.field == field])
    return [
        TextSpot(
            field=field,
            start=start,
            end=end,
            quote=text[start:end],
            replacement=replacement_for(text, start, end, names),
        )
        for start, end in ranges
    ]


def _ranges(
    flag: LeakageFlag, text: str, names: Sequence[str], hits: Sequence[Hit]
) -> list[tuple[int, int]]:
    span = flag.place.span
    if span is not None:
        own = grown(text, span.start, span.end)
        quotes = [span.quote, text[slice(*own)]]
        return _apart([own, *(place for quote in quotes for place in occurrences(text, quote))])
    meant = [hit for hit in hits if hit.hit_id == flag.hit_id] or list(hits)
    found = [grown(text, hit.start or 0, hit.end or 0) for hit in meant]
    quotes = list(names) if not found else [hit.quote for hit in meant]
    return _apart([*found, *(place for quote in quotes for place in occurrences(text, quote))])


def _apart(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the ranges in order, those that overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _image_spots(
    flag: LeakageFlag, base: Item, sizes: Mapping[str, tuple[int, int]], hits: Sequence[Hit]
) -> list[Spot]:
    position = flag.place.image
    image = next((i for i in base.content.images if i.position == position), None)
    if image is None:
        return []
    if flag.kind is LeakKind.ANSWER_IN_FILE_NAME and flag.place.box is None:
        named = image.original_name
        return [_renamed(f"file_name:{position}", named)] if named else []
    box = flag.place.box
    boxes = [box] if box is not None else _read_there(flag, hits, image)
    width, height = sizes[image.sha256]
    if not boxes:
        boxes = [ImageBox(sha256=image.sha256, x=0, y=0, width=width, height=height)]
    return [
        BoxSpot(
            image=image.position,
            sha256=image.sha256,
            **box.model_dump(include={"x", "y", "width", "height"}),
        )
        for box in boxes
    ]


def _read_there(flag: LeakageFlag, hits: Sequence[Hit], image: ItemImage) -> list[ImageBox]:
    """Return where OCR read the words, those of the flag's own hit first of all."""
    there = [hit for hit in hits if hit.image == image.position and hit.box is not None]
    meant = [hit for hit in there if hit.hit_id == flag.hit_id] or there
    return [hit.box for hit in meant if hit.box is not None]


def _renamed(field: str, old: str) -> TextSpot:
    """Return the spot that renames a slot or a file; a slot keeps the number it goes by."""
    number = field.partition(":")[2]
    label = _LABEL.match(old) if field.startswith("slot:") else None
    new = " ".join(label.group(1).split()) if label else f"image {number}"
    return TextSpot(field=field, start=0, end=len(old), quote=old, replacement=new)


def same_place(first: Spot, second: Spot) -> bool:
    """Tell whether two spots hide the same, whatever stands there instead."""
    left = {"replacement"}
    return first.model_dump(exclude=left) == second.model_dump(exclude=left)


def stands(leak: ConfirmedLeak, seen: Item, shown: Item, base: Item, history: MaskHistory) -> bool:
    """Tell whether a leak that was confirmed on one version still shows in another.

    `seen` is the version its readers had, `base` that version without masks. On the same base
    it is gone when what was flagged is masked and no mask against it waits; on another one, as
    after an import, when what was flagged is no longer there.
    """
    if seen.version == shown.version:
        return True
    own = history.base(seen.version)
    if own != history.base(shown.version):
        return _still_there(leak.flag, seen.content, shown.content)
    if any(mask.unit == leak.unit for mask in history.waiting(own)):
        return True
    return not _is_covered(leak, base, history, shown.version)


def _is_covered(leak: ConfirmedLeak, base: Item, history: MaskHistory, version: int) -> bool:
    active = history.active(version)
    place = leak.flag.place
    if place.span is not None:
        field = place.span.field
        span = in_base(base, history, leak.item_version, field, place.span)
        cuts = text_cuts(base.content, [mask.spot for mask in active]).get(field, [])
        start, end = grown(text_at(base.content, field) or "", span.start, span.end)
        return any(spot.start <= start and end <= spot.end for spot in cuts)
    if place.box is not None:
        boxes = [m.spot for m in active if isinstance(m.spot, BoxSpot)]
        same = [spot for spot in boxes if spot.image == place.image]
        return any(_holds(spot, place.box) for spot in same)
    return any(mask.unit == leak.unit for mask in active)


def _still_there(flag: LeakageFlag, seen: ItemContent, shown: ItemContent) -> bool:
    place = flag.place
    if place.span is not None:
        return bool(occurrences(text_at(shown, place.span.field) or "", place.span.quote))
    if place.field is not None:
        return _said_at(seen, place.field) == _said_at(shown, place.field)
    image = next((i for i in seen.images if i.position == place.image), None)
    if image is None:
        return False
    if flag.kind is LeakKind.ANSWER_IN_FILE_NAME and place.box is None:
        return image.original_name in {other.original_name for other in shown.images}
    return image.sha256 in {other.sha256 for other in shown.images}


def _said_at(content: ItemContent, field: str) -> str | None:
    text = text_at(content, field)
    return content.text_of(field) if text is None else text


def lead_leak_stands(mask: Mask, shown: Item, history: MaskHistory) -> bool:
    """Tell whether a leak that the lead flagged, as a mask, shows in a version.

    It counts as confirmed from the moment it is proposed until it is withdrawn.
    """
    if mask.state is MaskState.WITHDRAWN:
        return False
    if history.base(shown.version) == mask.item_version:
        return mask.mask_id not in {m.mask_id for m in history.active(shown.version)}
    if isinstance(mask.spot, BoxSpot):
        return mask.spot.sha256 in {image.sha256 for image in shown.content.images}
    return bool(occurrences(text_at(shown.content, mask.spot.field) or "", mask.spot.quote))


class TextChange(BaseModel, frozen=True, extra="forbid"):
    """One field before and after."""

    field: str
    before: str
    after: str


class ImageChange(BaseModel, frozen=True, extra="forbid"):
    """One image before and after; `after` is None until the masks are applied."""

    position: int
    before: str
    after: str | None
    boxes: tuple[BoxSpot, ...]


class BeforeAfter(BaseModel, frozen=True, extra="forbid"):
    """An item without masks beside what it is, or would be, with them."""

    item_id: str
    base_version: int
    masks: tuple[Mask, ...]
    texts: tuple[TextChange, ...]
    images: tuple[ImageChange, ...]
    notes: tuple[str, ...]
    """Links of the benchmark that are left out because what they point at is masked."""


def before_after(base: Item, masks: Sequence[Mask], derived: Mapping[str, str]) -> BeforeAfter:
    """Set an item's base beside the same with masks on."""
    made = masked(base, masks, derived, base.version)
    fields = sorted({m.spot.field for m in masks if isinstance(m.spot, TextSpot)})
    boxes = [m.spot for m in masks if isinstance(m.spot, BoxSpot)]
    return BeforeAfter(
        item_id=base.item_id,
        base_version=base.version,
        masks=tuple(masks),
        texts=tuple(
            TextChange(
                field=field,
                before=text_at(base.content, field) or "",
                after=text_at(made.item.content, field) or "",
            )
            for field in fields
        ),
        images=tuple(
            ImageChange(
                position=image.position,
                before=image.sha256,
                after=derived.get(image.sha256),
                boxes=these,
            )
            for image in base.content.images
            if (these := tuple(box for box in boxes if box.sha256 == image.sha256))
        ),
        notes=made.notes,
    )
