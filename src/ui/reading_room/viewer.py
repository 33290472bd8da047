"""The image viewer: grid, enlarge, compare, and boxes in canonical pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from pydantic import BaseModel, Field

from src.ui.reading_room.component import declare, ignore_change, sent
from src.ui.reading_room.palette import mark_colour, reader_colour

Sha256 = str


class ViewerImage(BaseModel, frozen=True, extra="forbid"):
    """One image of the case as the viewer shows it."""

    sha256: Sha256
    width: int = Field(ge=1)
    """Of the canonical full copy, in whose pixels boxes are given."""
    height: int = Field(ge=1)
    position: int = Field(ge=1)
    slot_name: str = ""
    caption: str = ""
    thumb_url: str
    view_url: str
    full_url: str
    windowed: bool = False
    """True when a window of deeper data (16 bit) is shown."""


class ViewerBox(BaseModel, frozen=True, extra="forbid"):
    """A box on one image, in whole pixels of the canonical copy."""

    box_id: str
    sha256: Sha256
    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    claim_id: str
    label: str = ""
    reader: str | None = None
    """A, B, C or D where an adjudicator sees the boxes of several readers."""
    piece: str = ""
    """The name under which a ruling ticks it."""
    benchmark: bool = False
    """True when the box came with the benchmark and nobody has confirmed it."""


class ViewerMark(BaseModel, frozen=True, extra="forbid"):
    """A whole image that a reader named as evidence, where those of several are shown."""

    sha256: Sha256
    reader: str
    claim_id: str
    piece: str = ""
    """The name under which a ruling ticks it."""


class ViewerHit(BaseModel, frozen=True, extra="forbid"):
    """Words the leakage scan read inside an image; what is said of them comes from the leaks."""

    hit_id: str
    sha256: Sha256
    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    label: str = ""
    low: bool = False


class ViewerClaim(BaseModel, frozen=True, extra="forbid"):
    """A claim boxes can belong to."""

    claim_id: str
    label: str
    number: int = Field(ge=1)
    sign: str = ""
    """What stands on its boxes instead of the number, where it is no claim."""


class ViewerState(BaseModel, frozen=True, extra="forbid"):
    """What the reader has done in the viewer."""

    rev: int
    """The server's revision it builds on."""
    boxes: tuple[ViewerBox, ...] = ()
    """All boxes, not only the changed ones."""
    chosen: Mapping[str, tuple[Sha256, ...]] = Field(default_factory=dict)
    """Whole images chosen as evidence, for each claim whose choice was touched."""
    viewed: tuple[Sha256, ...] = ()
    """Images that were enlarged, or stood large for a second."""


class ViewerSent(ViewerState, frozen=True, extra="forbid"):
    """The same as its browser sent it."""

    n: int
    """Grows with each sending; the server names the last it has stored."""


_mount = declare(
    "viewer",
    (
        "sending.js",
        "typing.js",
        "readers_shown.js",
        "ruling_shown.js",
        "geometry.js",
        "viewer_keys.js",
        "viewer_memory.js",
        "viewer_looks.js",
        "viewer_reading.js",
        "viewer_beside.js",
        "viewer_hand.js",
        "viewer_drawing.js",
        "hits_said.js",
        "viewer_hits.js",
        "viewer_pointers.js",
        "viewer_pane.js",
        "viewer_grid.js",
        "viewer_foot.js",
        "viewer_bar.js",
        "viewer_sheet.js",
        "viewer_keyboard.js",
        "viewer_room.js",
        "viewer.js",
    ),
    "viewer.css",
)
_NONE: Mapping[str, Sequence[Sha256]] = MappingProxyType({})
_NO_KEYS: Mapping[str, str] = MappingProxyType({})


def viewer(
    *,
    key: str,
    images: Sequence[ViewerImage],
    boxes: Sequence[ViewerBox],
    active_claim: str | None,
    claims: Sequence[ViewerClaim],
    rev: int,
    height: int | str,
    on_change: Callable[[], None] | None,
    readonly: bool = False,
    ticks: bool = False,
    viewed: Sequence[Sha256] = (),
    links: Mapping[str, Sequence[Sha256]] = _NONE,
    given: Mapping[str, Sequence[Sha256]] = _NONE,
    keys: Mapping[str, str] = _NO_KEYS,
    hits: Sequence[ViewerHit] = (),
    marks: Sequence[ViewerMark] = (),
    beside: bool = False,
    seen: int | None = None,
) -> ViewerState:
    """Show the images of a case and return what the reader has done on them.

    `active_claim` is where the screen starts: afterwards the browser knows which claim lies
    open, so `links` names the images chosen for each, and `given` those the benchmark names
    and nobody has confirmed. `keys` holds the reader's own keys, by act; this component
    answers all keys of the screen it stands on, unless it is `readonly`: then only its own. With
    `ticks` it sends which images were looked at, also where nothing else can be done on them.

    `marks` are the whole images several readers named. `beside` says that a desk lies beside:
    it has the digits, which open images otherwise, and takes what is marked here; nothing of
    that is sent from here. See ruling_pieces.js.

    `rev` must grow whenever the server, not this viewer, changed boxes or choices (an undo,
    another tab): only then does the browser take the server's boxes over its own. A box being
    drawn is never lost to that. `seen` is the number of the last sending that was stored, where
    that can fail: the browser sends again what came after it. The key must not contain two
    underscores in a row.
    """
    images = _once_each(images)
    known = sent(key, "reading", ViewerSent)
    _mount(
        key=key,
        data={
            "key": key,
            "rev": rev,
            "seen": seen if seen is not None else known.n if known else 0,
            "images": [image.model_dump() for image in images],
            "boxes": [_box(box) for box in boxes],
            "claims": [_claim(claim) for claim in claims],
            "active": active_claim,
            "links": {claim: list(shas) for claim, shas in links.items()},
            "given": {claim: list(shas) for claim, shas in given.items()},
            "keys": dict(keys),
            "hits": [hit.model_dump() for hit in hits],
            "marks": [{**one.model_dump(), "colour": reader_colour(one.reader)} for one in marks],
            "beside": beside,
            "viewed": list(viewed),
            "height": height,
            "readonly": readonly,
            "ticks": ticks,
        },
        on_reading_change=on_change or ignore_change,
    )
    if known is None or known.rev < rev:
        return _as_given(boxes, links, viewed, rev)
    return _on_these_images(known, images)


def viewer_state(key: str) -> ViewerState | None:
    """Return what the viewer with this key last sent; for use inside its `on_change`."""
    known = sent(key, "reading", ViewerSent)
    return ViewerState(**known.model_dump(exclude={"n"})) if known else None


def viewer_after(key: str, rev: int, applied: int) -> tuple[ViewerSent, ...]:
    """Return what the viewer with this key has sent since number `applied`, if anything.

    Nothing of an older revision than `rev`: the viewer sends what still waits once more.
    """
    known = sent(key, "reading", ViewerSent)
    return (known,) if known is not None and known.rev >= rev and known.n > applied else ()


def _once_each(images: Sequence[ViewerImage]) -> list[ViewerImage]:
    """Join images with the same pixels: one picture that carries both names and captions."""
    found: dict[Sha256, ViewerImage] = {}
    for image in images:
        first = found.get(image.sha256)
        found[image.sha256] = _joined(first, image) if first else image
    return list(found.values())


def _joined(first: ViewerImage, second: ViewerImage) -> ViewerImage:
    names = dict.fromkeys(filter(None, (first.slot_name, second.slot_name)))
    captions = dict.fromkeys(filter(None, (first.caption, second.caption)))
    return first.model_copy(update={"slot_name": ", ".join(names), "caption": "\n".join(captions)})


def _box(box: ViewerBox) -> dict[str, object]:
    colour = reader_colour(box.reader) if box.reader else None
    return {**box.model_dump(), "colour": colour}


def _claim(claim: ViewerClaim) -> dict[str, object]:
    return {**claim.model_dump(), "colour": mark_colour(claim.claim_id, claim.number)}


def _as_given(
    boxes: Sequence[ViewerBox],
    links: Mapping[str, Sequence[Sha256]],
    viewed: Sequence[Sha256],
    rev: int,
) -> ViewerState:
    chosen = {claim: tuple(shas) for claim, shas in links.items()}
    return ViewerState(rev=rev, boxes=tuple(boxes), chosen=chosen, viewed=tuple(viewed))


def _on_these_images(known: ViewerSent, images: Sequence[ViewerImage]) -> ViewerState:
    """Drop what names an image that is not shown, or leaves it: no viewer of ours sends that."""
    sizes = {image.sha256: (image.width, image.height) for image in images}
    return ViewerState(
        rev=known.rev,
        boxes=tuple(box for box in known.boxes if _inside(box, sizes)),
        chosen={c: tuple(s for s in shas if s in sizes) for c, shas in known.chosen.items()},
        viewed=tuple(sha256 for sha256 in known.viewed if sha256 in sizes),
    )


def _inside(box: ViewerBox, sizes: Mapping[Sha256, tuple[int, int]]) -> bool:
    width, height = sizes.get(box.sha256, (0, 0))
    return box.x + box.width <= width and box.y + box.height <= height
