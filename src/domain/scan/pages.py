"""The visible parts of an item, each as one text that is read once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from pydantic import BaseModel, Field

from src.domain.evidence import ImageBox
from src.domain.item import Item
from src.domain.leakage import Layer
from src.domain.scan.lexicon import Lexicon, NameHit
from src.domain.scan.normal import Normal, normalise, normalise_label
from src.domain.scan.variants import Words, words_of

MIXED: Final = re.compile(r"(?=\S*\d|\S*\|)(?=(?:[^\sA-Za-z]*[A-Za-z]){3})[\w|\-]+")
OCR_SLIPS: Final = str.maketrans("01589|", "olsbgl")
TYPE_READ: Final = re.compile(r"\b((?i:type|stage|grade)[\s\-])([0-9IlVOSZ|]{1,4})(?![^\W_|])")
ROMAN_SLIPS: Final = str.maketrans("l|", "II")
NUMBER_SLIPS: Final = str.maketrans("Il|OSZ", "111052")


class OcrLine(BaseModel, frozen=True, extra="forbid"):
    """One line of text that was read in an image, and where it stands."""

    text: str
    x: int
    y: int
    width: int
    height: int
    score: float


class ImageNames(BaseModel, frozen=True, extra="forbid"):
    """What an image is called and what its file says of it."""

    file_name: str = ""
    path: str = ""
    """By which the benchmark names the file, where it is not its name."""
    metadata: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One visible text of an item."""

    layer: Layer
    field: str | None
    text: str
    lexicon: Lexicon
    image: int | None = None
    sha256: str = ""
    lines: tuple[OcrLine, ...] = ()

    @cached_property
    def normal(self) -> Normal:
        """The text as it is compared."""
        if self.layer is Layer.NAMES:
            return normalise_label(self.text)
        if self.layer is Layer.IMAGE_TEXT:
            return replace(normalise(read_as_letters(self.text)), original=self.text)
        return normalise(self.text)

    @cached_property
    def words(self) -> Words:
        """Its words in one spelling."""
        return words_of(self.normal)

    @cached_property
    def known(self) -> list[NameHit]:
        """The names of the whole lexicon in it."""
        return self.lexicon.find(self.normal.text)

    def line_around(self, start: int, end: int) -> tuple[str, str]:
        """Return what stands before and after a span in the lines it touches; '' outside images."""
        first, last, at = start, end, 0
        for line in self.lines:
            if start < at + len(line.text) and at < end:
                first, last = min(first, at), max(last, at + len(line.text))
            at += len(line.text) + 1
        return self.text[first:start], self.text[end:last]

    def box(self, start: int, end: int) -> ImageBox | None:
        """Return the rectangle around the lines that a span touches; None outside images."""
        touched = []
        at = 0
        for line in self.lines:
            if start < at + len(line.text) and at < end:
                touched.append(line)
            at += len(line.text) + 1
        if not touched or not self.sha256:
            return None
        left, top = (
            max(0, min(values)) for values in zip(*((t.x, t.y) for t in touched), strict=True)
        )
        right = max(line.x + line.width for line in touched)
        bottom = max(line.y + line.height for line in touched)
        return ImageBox(
            sha256=self.sha256,
            x=left,
            y=top,
            width=max(1, right - left),
            height=max(1, bottom - top),
        )


def read_as_letters(text: str) -> str:
    """Return text that OCR read, with digits inside words as the letters they look like.

    The other way round only behind 'type': IS and 1S are 15, lI is II. What could be a type of
    its own, such as 1B for 18, stays.
    """
    text = TYPE_READ.sub(lambda found: found.group(1) + _as_number(found.group(2)), text)
    return MIXED.sub(lambda word: word.group().translate(OCR_SLIPS), text)


def _as_number(read: str) -> str:
    if read.isdecimal():
        return read
    is_roman = not set(read) & set("OSZ0123456789")
    return read.translate(ROMAN_SLIPS if is_roman else NUMBER_SLIPS)


def pages_of(
    item: Item,
    lexicon: Lexicon,
    image_names: Mapping[int, ImageNames],
    ocr: Mapping[int, Sequence[OcrLine]],
) -> list[Page]:
    """Return every visible part of an item that says something, layer by layer."""
    pages = [*_texts(item, lexicon), *_labels(item, lexicon, image_names)]
    for image in item.content.images:
        lines = tuple(ocr.get(image.position, ()))
        text = " ".join(line.text for line in lines)
        position, sha256 = image.position, image.sha256
        pages.append(Page(Layer.IMAGE_TEXT, None, text, lexicon, position, sha256, lines))
    return [page for page in pages if page.text.strip()]


def _texts(item: Item, lexicon: Lexicon) -> Iterator[Page]:
    content = item.content
    yield Page(Layer.TEXT, "question", content.question, lexicon)
    yield Page(Layer.TEXT, "context", content.context, lexicon)
    for number in range(1, len(content.findings) + 1):
        field = f"finding:{number}"
        yield Page(Layer.TEXT, field, content.text_of(field) or "", lexicon)
    for image in content.images:
        yield Page(Layer.TEXT, f"caption:{image.position}", image.caption, lexicon, image.position)
        yield Page(Layer.TEXT, f"slot:{image.position}", image.slot_name, lexicon, image.position)


def _labels(item: Item, lexicon: Lexicon, image_names: Mapping[int, ImageNames]) -> Iterator[Page]:
    yield Page(Layer.NAMES, "item_id", item.item_id, lexicon)
    yield Page(Layer.NAMES, "case_id", item.case.case_id, lexicon)
    for image in item.content.images:
        names = image_names.get(image.position, ImageNames(file_name=image.original_name))
        name = names.file_name
        for called in dict.fromkeys((name, names.path)):
            field = f"file_name:{image.position}"
            yield Page(Layer.NAMES, field, called, lexicon, image.position)
        for key, value in names.metadata.items():
            field, text = f"metadata:{image.position}", f"{key}: {value}"
            yield Page(Layer.NAMES, field, text, lexicon, image.position)
