"""What a reader yields: items as their file gives them, images not yet looked at."""

from __future__ import annotations

import base64
import binascii
import os
import stat
import string
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, Field, JsonValue

from src.domain.derivation import Point, make_claims
from src.domain.errors import ImageRejected
from src.domain.evidence import EvidenceLink
from src.domain.item import CaseRecord, Claim, Criterion, Finding, Track, item_id_of

IMAGE_LIMIT = 50 * 1000 * 1000
"""The most bytes of one image file."""
_NO_WHITESPACE = str.maketrans("", "", string.whitespace)


class IncomingImage(BaseModel, frozen=True, extra="forbid"):
    """One image as a file gives it: a path, or base64; `load` returns its bytes."""

    name: str
    """The original name, or what stands for it."""
    path: Path | None = None
    named_path: str = ""
    """The path as the file writes it, where that is another one than the name."""
    base64: str | None = Field(default=None, repr=False)
    slot_name: str = ""
    caption: str = ""
    sha256: str | None = None
    """What the canonical copy must hash to, where the file says so."""
    column: str = "image"
    """The column or JSON path to name when the image is refused."""

    def load(self) -> bytes:
        """Return the bytes of the image, unchecked; raise ImageRejected where there are none."""
        if self.base64 is not None:
            return _decoded(self.name, self.base64)
        if self.path is None:
            raise ImageRejected(
                "missing_file", f"The image {self.name!r} has neither path nor bytes."
            )
        return _read(self.name, self.path)


def _decoded(name: str, text: str) -> bytes:
    if text[:5].lower() == "data:":
        raise ImageRejected(
            "bad_base64",
            f"The image {name!r} is a data URI: give only the base64 after the comma.",
        )
    if len(text) > IMAGE_LIMIT * 2:
        raise _too_large(name)
    try:
        content = base64.b64decode(text.translate(_NO_WHITESPACE), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageRejected("bad_base64", f"The image {name!r} is not base64: {error}.") from None
    if not content:
        raise ImageRejected("bad_base64", f"The image {name!r} is empty.")
    if len(content) > IMAGE_LIMIT:
        raise _too_large(name)
    return content


def _read(name: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ImageRejected("missing_file", f"The image {name!r} is not a plain file.")
            content = file.read(IMAGE_LIMIT + 1)
    except OSError as error:
        raise ImageRejected(
            "missing_file", f"The image {name!r} cannot be read ({error.strerror})."
        ) from error
    if len(content) > IMAGE_LIMIT:
        raise _too_large(name)
    return content


def _too_large(name: str) -> ImageRejected:
    return ImageRejected(
        "too_large", f"The image {name!r} is larger than {IMAGE_LIMIT // 1_000_000} MB."
    )


class GivenClaim(Point, frozen=True, extra="forbid"):
    """A claim the file itself states, perhaps with its id and its evidence links."""

    claim_id: str | None = None
    links: tuple[EvidenceLink, ...] = ()


class IncomingItem(BaseModel, frozen=True, extra="forbid"):
    """One item as its file gives it; `line` is where its record begins."""

    line: int
    dataset: str
    track: Track
    index: str
    case: CaseRecord | None = None
    question: str
    context: str = ""
    answer: str
    aliases: tuple[str, ...] = ()
    category: str = ""
    orpha_code: str = ""
    modality: str = ""
    relation_type: str = ""
    findings: tuple[Finding, ...] = ()
    images: tuple[IncomingImage, ...] = ()
    points: tuple[Point, ...] = ()
    """The claims: derived by the track's rule, or GivenClaim where the file states them."""
    criteria: tuple[Criterion, ...] = ()
    decisive_images: tuple[int, ...] = ()
    supporting_images: tuple[int, ...] = ()
    extra: dict[str, str] = Field(default_factory=dict)
    version: int | None = None
    gold: dict[str, JsonValue] | None = None

    @property
    def item_id(self) -> str:
        """The stable id: dataset/track/index."""
        return item_id_of(self.dataset, self.track, self.index)

    def claims(self, image_hashes: Sequence[str]) -> tuple[Claim, ...]:
        """Return the claims, with the ids and links the file gives.

        `image_hashes` are the sha256 of the stored images in order; the positions a claim
        names become links to whole images.
        """
        points = [point for point in self.points if point.text.strip()]
        given = [p if isinstance(p, GivenClaim) else None for p in points]
        ids = fill_ids([p.claim_id if p else None for p in given], "c")
        return tuple(
            _completed(claim, claim_id, point.links if point else ())
            for claim, claim_id, point in zip(
                make_claims(points, image_hashes), ids, given, strict=True
            )
        )


def _completed(claim: Claim, claim_id: str, links: tuple[EvidenceLink, ...]) -> Claim:
    more = tuple(link for link in claim.links if link not in links)
    return claim.model_copy(update={"claim_id": claim_id, "links": (*links, *more)})


def fill_ids(given: Sequence[str | None], prefix: str) -> list[str]:
    """Return the given ids, the gaps filled with prefix and the first numbers still free."""
    taken = {known for known in given if known is not None}
    free = _unused(taken, prefix, len(given))
    return [known if known is not None else next(free) for known in given]


def _unused(taken: set[str], prefix: str, wanted: int) -> Iterator[str]:
    numbers = (f"{prefix}{n}" for n in range(1, wanted + len(taken) + 1))
    return iter([name for name in numbers if name not in taken])


class FileHead(BaseModel, frozen=True, extra="forbid"):
    """What a file says about itself before its items."""

    format: str
    dataset: str | None = None
    release: dict[str, JsonValue] | None = None
