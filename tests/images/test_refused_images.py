"""What is refused, by which rule, and how cheaply."""

from __future__ import annotations

import random
import time
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from src.domain.errors import ImageRejected
from src.images.canonical import make_copies
from src.images.limits import MEBIBYTE, Limits
from src.images.workshop import Workshop
from tests.images.drawing import (
    chunk,
    encoded,
    exif,
    picture,
    png_bomb,
    png_header,
    segment,
    with_chunks,
    with_segments,
)


def refusal_of(raw: bytes, limits: Limits | None = None) -> ImageRejected:
    with pytest.raises(ImageRejected) as refusal:
        make_copies(raw, "scan 7.png", limits or Limits())
    assert "'scan 7.png'" in refusal.value.message
    return refusal.value


def several(kind: str, **options: object) -> bytes:
    frames = [picture("RGB").rotate(90 * turn) for turn in range(3)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)


OTHER_KINDS = {
    "an SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "a GIF": encoded(picture("P"), "GIF"),
    "a BMP": encoded(picture(), "BMP"),
    "a PDF": b"%PDF-1.7\n",
    "a DICOM file": bytes(128) + b"DICM" + bytes(40),
    "a HEIC": b"\0\0\0\x18ftypheic" + bytes(40),
    "of an unknown kind": b"not an image at all",
    "a ZIP": b"PK\3\4" + bytes(40),
}


@pytest.mark.parametrize(("said", "raw"), OTHER_KINDS.items(), ids=OTHER_KINDS.keys())
def test_the_content_decides_not_the_name(said, raw):
    refusal = refusal_of(raw)

    assert refusal.rule == "unsupported_format"
    assert said in refusal.message


def test_a_format_can_be_left_out_of_the_limits():
    refusal = refusal_of(encoded(picture(), "WEBP"), Limits(formats=("PNG", "JPEG")))

    assert refusal.rule == "unsupported_format"


def test_an_empty_file_is_refused():
    assert refusal_of(b"").rule == "truncated"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF"])
def test_several_frames_are_refused(kind):
    assert refusal_of(several(kind)).rule in {"multi_frame", "unsupported_format"}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_animations_and_pages_are_named_as_such(kind):
    refusal = refusal_of(several(kind))

    assert refusal.rule == "multi_frame"
    assert "more than one picture" in refusal.message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0.10, 0.50, 0.90, 0.99])
def test_a_file_cut_short_is_refused(kind, share):
    raw = encoded(picture(size=(300, 200)), kind)

    assert refusal_of(raw[: int(len(raw) * share)]).rule in {"truncated", "decode_failed"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_very_last_byte_is_needed(kind):
    assert refusal_of(encoded(picture(), kind)[:-1]).rule == "truncated"


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE", b"IDAT"])
def test_a_wrong_checksum_on_a_part_that_makes_the_picture_is_refused(kind):
    raw = bytearray(encoded(picture("P"), "PNG"))
    at = raw.index(kind)
    raw[at + 4 + int.from_bytes(raw[at - 4 : at])] ^= 0x55

    refusal = refusal_of(bytes(raw))

    assert refusal.rule == "decode_failed"
    assert kind.decode() in refusal.message


def test_a_wrong_checksum_on_the_empty_end_part_is_mended():
    raw = encoded(picture(), "PNG")

    copies = make_copies(raw[:-1] + b"\0", "scan.png", Limits())

    assert copies.files["full.png"] == raw


def test_picture_data_that_ends_early_is_refused_though_all_parts_are_sound():
    raw = encoded(picture(size=(64, 64)), "PNG")
    at, end = raw.index(b"IDAT"), raw.index(b"IEND")
    few_rows = zlib.compress(zlib.decompress(raw[at + 4 : end - 8])[:4000])
    short = raw[: at - 4] + chunk(b"IDAT", few_rows) + chunk(b"IEND", b"")

    assert refusal_of(short).rule in {"truncated", "decode_failed"}


def test_a_png_with_an_unknown_part_it_calls_indispensable_is_refused():
    raw = with_chunks(encoded(picture(), "PNG"), chunk(b"CgBI", bytes(4)))

    assert refusal_of(raw).rule == "decode_failed"


def test_a_png_with_two_headers_is_refused():
    raw = encoded(picture(), "PNG")

    assert refusal_of(with_chunks(raw, raw[8:33])).rule == "decode_failed"


def test_a_jpeg_of_very_many_scans_is_refused():
    raw = encoded(picture(), "JPEG", progressive=True)
    start = raw.rindex(b"\xff\xda")
    scan = raw[start:-2]

    assert refusal_of(raw[:-2] + scan * 200 + raw[-2:]).rule == "bomb"


def test_a_jpeg_without_a_picture_is_refused():
    assert refusal_of(b"\xff\xd8\xff\xd9").rule == "decode_failed"


def test_a_jpeg_segment_longer_than_the_file_is_refused():
    raw = with_segments(encoded(picture(), "JPEG"), b"\xff\xe1\xff\xff")[:200]

    assert refusal_of(raw).rule == "truncated"


def test_a_webp_whose_header_declares_another_size_than_its_picture_is_refused():
    raw = bytearray(encoded(picture(), "WEBP", exif=exif(1)))
    at = raw.index(b"VP8X")
    raw[at + 12 : at + 15] = (4000).to_bytes(3, "little")

    assert refusal_of(bytes(raw)).rule == "decode_failed"


@pytest.mark.parametrize("mode", ["CMYK", "F", "I", "LAB", "YCbCr"])
def test_a_tiff_that_png_cannot_hold_exactly_is_refused_with_the_reason(mode):
    flat = Image.new(mode, (20, 20))

    refusal = refusal_of(encoded(flat, "TIFF"))

    assert refusal.rule == "unsupported_mode"
    assert "kept exactly" in refusal.message


PATCHES = {
    "16 bits a colour": ("RGB", b"\x08\0\x08\0\x08\0", b"\x10\0\x10\0\x10\0", "more than 8 bits"),
    "premultiplied": ("RGBA", b"\x52\1\3\0\1\0\0\0\2", b"\x52\1\3\0\1\0\0\0\1", "multiplied"),
}


@pytest.mark.parametrize(("mode", "old", "new", "said"), PATCHES.values(), ids=PATCHES.keys())
def test_a_tiff_that_would_be_rounded_is_refused_with_the_reason(mode, old, new, said):
    raw = encoded(picture(mode), "TIFF")
    assert raw.count(old) == 1

    refusal = refusal_of(raw.replace(old, new))

    assert refusal.rule == "unsupported_mode"
    assert said in refusal.message


def test_too_many_bytes_are_refused():
    refusal = refusal_of(encoded(picture(), "PNG"), Limits(max_bytes=100))

    assert refusal.rule == "too_large"


def huge_jpeg() -> bytes:
    raw = bytearray(encoded(picture(), "JPEG"))
    at = raw.index(b"\xff\xc0")
    raw[at + 5 : at + 9] = (65500).to_bytes(2) * 2
    return bytes(raw)


def huge_webp() -> bytes:
    raw = bytearray(encoded(picture(), "WEBP", exif=exif(1)))
    at = raw.index(b"VP8X")
    raw[at + 12 : at + 18] = (16_382).to_bytes(3, "little") * 2
    return bytes(raw)


def huge_tiff() -> bytes:
    raw = encoded(picture(), "TIFF")
    for tag, side in ((b"\0\1", 48), (b"\1\1", 32)):
        at = raw.index(tag + b"\4\0\1\0\0\0" + side.to_bytes(4, "little"))
        raw = raw[: at + 8] + (65_500).to_bytes(4, "little") + raw[at + 12 :]
    return raw


BOMBS = {
    "PNG header of 65,500 squared": lambda: png_header(65_500, 65_500),
    "PNG header of 20,000 squared": lambda: png_header(20_000, 20_000),
    "PNG as narrow as it is long": lambda: png_header(1, 2_000_000),
    "JPEG of 65,500 squared": huge_jpeg,
    "WebP of 16,383 squared": huge_webp,
    "TIFF of 65,500 squared": huge_tiff,
    "PNG of 13,000 squared": lambda: png_bomb(13_000),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_by_its_header_at_once(bomb):
    raw = bomb()
    took = []
    for _ in range(3):
        began = time.perf_counter()
        refusal = refusal_of(raw)
        took.append(time.perf_counter() - began)
        assert refusal.rule == "too_large"

    assert min(took) < 0.2


def unfolding_to(size: int) -> bytes:
    packer = zlib.compressobj(9)
    block = b"a" * 1_000_000
    return b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()


TEXT_BOMBS = {
    b"zTXt": b"Comment\0\0",
    b"iTXt": b"Comment\0\1\0\0\0",
    b"iCCP": b"profile\0\0",
}


def text_bombs() -> list[bytes]:
    packed = unfolding_to(200_000_000)
    plain = encoded(picture(), "PNG")
    return [with_chunks(plain, chunk(kind, head + packed)) for kind, head in TEXT_BOMBS.items()]


def test_a_text_or_profile_that_unfolds_without_measure_is_refused():
    assert [refusal_of(bomb).rule for bomb in text_bombs()] == ["bomb"] * 3


def test_no_bomb_takes_the_memory_it_asks_for(tmp_path):
    """In a child that has 40 MB to itself a bomb that went off would be refused for memory."""
    raws = [bomb() for bomb in BOMBS.values()] + text_bombs()
    limits = Limits(memory=170 * MEBIBYTE)

    with Workshop(tmp_path, limits, workers=1) as workshop:
        jobs = [(number, raw, "bomb") for number, raw in enumerate(raws)]
        rules = [result.rule for _, result in workshop.prepare(jobs)]

    assert rules == ["too_large"] * len(BOMBS) + ["bomb"] * len(TEXT_BOMBS)


SEEDS = [
    encoded(picture(size=(40, 30)), "JPEG", exif=exif(6)),
    encoded(picture(size=(40, 30)), "JPEG", progressive=True),
    encoded(picture("P", (40, 30)), "PNG", exif=exif(3)),
    encoded(picture("I;16", (40, 30)), "PNG"),
    encoded(picture("RGBA", (40, 30)), "WEBP", exif=exif(5)),
    encoded(picture(size=(40, 30)), "TIFF", compression="tiff_lzw"),
    with_segments(encoded(picture(), "JPEG"), segment(0xFE, b"comment")),
]


@given(st.integers(0, len(SEEDS) - 1), st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_nothing_but_a_refusal_comes_out_of_a_damaged_file(which, seed):
    """For any damage: copies, or ImageRejected."""
    chance = random.Random(seed)
    raw = bytearray(SEEDS[which])
    for _ in range(chance.randint(1, 8)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    if chance.random() < 0.3:
        del raw[chance.randrange(len(raw)) :]

    try:
        with warnings.catch_warnings(action="ignore"):
            copies = make_copies(bytes(raw), "damaged", Limits(max_pixels=1_000_000))
    except ImageRejected as refusal:
        assert refusal.rule and "'damaged'" in refusal.message
    else:
        assert copies.record.width * copies.record.height <= 1_000_000


def test_the_limits_hold_a_real_radiograph_and_a_camera_picture():
    """Computed radiography plates have up to 4,280 by 3,520 pixels, cameras 24 million."""
    limits = Limits()

    assert limits.max_pixels > 4280 * 3520 and limits.max_pixels > 24_000_000
    assert np.prod([13_000, 13_000]) > limits.max_pixels
