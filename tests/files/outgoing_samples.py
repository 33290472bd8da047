"""Items of a release as writers get them, made without a study."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from src.domain.derivation import Point, derive_points, make_claims, make_criteria
from src.domain.gold import build_gold
from src.domain.image import ImageRecord
from src.domain.item import CaseRecord, Item, ItemContent, ItemImage, Track, item_id_of
from src.files.outgoing import OutgoingImage, OutgoingItem, ReleaseFacts
from tests.builders import png

TRICKY = "a\tb\r\nc\nd \"e\" 'f' 🦴👩🏽‍⚕️ \u202eمرض\u202c =1+1 \u2028 é e\u0301 \\n $x$"


def facts(items: Sequence[OutgoingItem] = ()) -> ReleaseFacts:
    """Return what is known of release 1."""
    return ReleaseFacts(
        number=1,
        sha256="a" * 64,
        made_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        head={"seq": 12, "hash": "b" * 64},
        accepted=tuple(item.item.item_id for item in items if item.accepted),
    )


def picture(mode: str, seed: int = 0) -> bytes:
    """Return a small picture: of a JPEG's CMYK, or a PNG of another mode."""
    draw = np.random.default_rng(seed)
    if mode == "I;16":
        made = Image.fromarray(draw.integers(0, 65_535, (20, 30), dtype=np.uint16))
    else:
        made = Image.fromarray(draw.integers(0, 255, (20, 30, 3), dtype=np.uint8)).convert(mode)
    out = io.BytesIO()
    made.save(out, "JPEG" if mode == "CMYK" else "PNG")
    return out.getvalue()


def image(
    folder: Path, position: int, content: bytes | None = None, **changes: Any
) -> OutgoingImage:
    """Return an image whose file lies in a folder."""
    content = content or png(position, 30, 20)
    sha256 = hashlib.sha256(content).hexdigest()
    opened = Image.open(io.BytesIO(content))
    suffix = ".jpg" if opened.format == "JPEG" else ".png"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256}{suffix}"
    path.write_bytes(content)
    shown = path
    if opened.mode.startswith("I"):
        shown = folder / f"{sha256}-shown.png"
        shown.write_bytes(png(position, 30, 20))
    record = ImageRecord(
        sha256=sha256,
        width=opened.width,
        height=opened.height,
        mode=opened.mode,
        media_type="image/jpeg" if suffix == ".jpg" else "image/png",
        byte_size=len(content),
        original_sha256=sha256,
        windowed=shown != path,
    )
    given: dict[str, Any] = {
        "position": position,
        "imported_position": position,
        "record": record,
        "slot_name": f"Figure {position}",
        "caption": f"Caption {position}",
        "name": f"{position}.png",
        "files": {"kept": path, "shown": shown},
    }
    made = OutgoingImage(**{**given, **changes})
    return made.model_copy(update={"files": {}}) if made.left_out else made


def outgoing(
    index: str = "1",
    track: Track = Track.DIAGNOSIS,
    images: Sequence[OutgoingImage] = (),
    dataset: str = "test",
    groups: Sequence[tuple[str, Sequence[str], float, bool]] = (),
    points: Sequence[Point] = (),
    licence: str | None = "CC BY 4.0",
    gold: dict[str, Any] | None = None,
    status: str = "accepted",
    **content: Any,
) -> OutgoingItem:
    """Return an item as it was imported, with what review changed of it in `gold`."""
    given: dict[str, Any] = {
        "question": "What is it?",
        "context": "A woman of 54.",
        "answer": "Erdheim-Chester disease",
        "aliases": ("ECD",),
        "orpha_code": "ORPHA:35687",
    }
    hashes = [one.record.sha256 for one in images]
    made = ItemContent(
        **{**given, **content},
        images=tuple(
            ItemImage(
                position=one.imported_position,
                sha256=one.record.sha256,
                slot_name=one.slot_name,
                caption=one.caption,
                original_name=one.name,
            )
            for one in images
        ),
    )
    item = Item(
        item_id=item_id_of(dataset, track, index),
        case=CaseRecord(case_id=f"case-{index}", licence=licence, source="A journal", doi="10.1/x"),
        track=track,
        content=made,
        claims=make_claims(derive_points(track, made.answer, points, made.relation_type), hashes),
        criteria=make_criteria(groups),
    )
    built = build_gold(item, (), (), "first")
    body = built.body.model_copy(update=gold or {})
    released = built.model_copy(update={"body": body, "status": status})
    return OutgoingItem(item=item, gold=released, images=tuple(images))
