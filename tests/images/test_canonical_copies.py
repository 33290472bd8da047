"""What the canonical copy keeps, what it loses, and what is shown of it."""

from __future__ import annotations

import hashlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, TiffImagePlugin

from src.domain.errors import ImageRejected
from src.images.canonical import Copies, make_copies
from src.images.limits import Limits
from tests.images.drawing import (
    MARKER,
    chunk,
    decoded,
    encoded,
    exif,
    picture,
    profile,
    same_pixels,
    segment,
    with_chunks,
    with_segments,
)

SCAN = b"\xff\xda"


def copies_of(raw: bytes) -> Copies:
    return make_copies(raw, "case.bin", Limits())


def full_of(copies: Copies) -> bytes:
    (name,) = (name for name in copies.files if name.startswith("full"))
    return copies.files[name]


JPEGS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 2},
    "full colour": {"subsampling": 0, "quality": 98},
}


@pytest.mark.parametrize("options", JPEGS.values(), ids=JPEGS.keys())
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_an_upright_jpeg_without_metadata_stays_byte_for_byte(mode, options):
    raw = encoded(picture(mode), "JPEG", **options)

    copies = copies_of(raw)

    assert copies.files["full.jpg"] == raw
    assert copies.record.tags_found == ()
    assert copies.record.original_sha256 == copies.record.sha256


def test_a_jpeg_loses_its_metadata_and_keeps_coded_data_profile_and_adobe_segment():
    plain = encoded(picture("CMYK"), "JPEG", icc_profile=profile(), progressive=True)
    assert b"Adobe" in plain and b"ICC_PROFILE" in plain
    personal = (
        segment(0xE1, b"Exif\0\0" + exif(1)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>Amara</x>"),
        segment(0xE2, b"MPF\0something"),
        segment(0xED, b"Photoshop 3.0\0Amara"),
        segment(0xFE, b"Amara Okafor, born 1961"),
        segment(0xEB, b"JP private"),
    )

    copies = copies_of(with_segments(plain, *personal) + b"trailing preview")

    assert copies.files["full.jpg"] == plain
    found = ("EXIF", "XMP", "MPF", "IPTC", "COM", "APP11", "after the end")
    assert copies.record.tags_found == found


def test_filling_before_markers_is_dropped_without_touching_the_picture():
    plain = encoded(picture(), "JPEG")
    at = plain.index(b"\xff\xdb")

    copies = copies_of(plain[:at] + b"\xff\xff\xff" + plain[at:])

    assert copies.files["full.jpg"] == plain


def test_a_phone_picture_with_further_pictures_behind_it_keeps_the_first():
    first, second = picture(), picture().rotate(90, expand=True)
    raw = encoded(first, "MPO", save_all=True, append_images=[second])

    copies = copies_of(raw)

    assert "MPF" in copies.record.tags_found
    assert decoded(full_of(copies)).tobytes() == decoded(encoded(first, "JPEG")).tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_image_is_stored_as_it_is_meant_to_be_seen(kind, orientation):
    options = {"lossless": True} if kind == "WEBP" else {}
    if kind == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[0x0112] = orientation
        raw = encoded(picture(), kind, tiffinfo=tags)
    else:
        raw = encoded(picture(), kind, exif=exif(orientation), **options)
    meant = ImageOps.exif_transpose(Image.open(BytesIO(raw)))

    copies = copies_of(raw)

    assert same_pixels(decoded(full_of(copies)), meant)
    assert copies.record.turned is (orientation > 1)
    assert (copies.record.width, copies.record.height) == meant.size
    assert b"Amara" not in full_of(copies)
    if orientation > 1:
        assert copies.record.media_type == "image/png"


CORNERS = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
"""Where row 0 and column 0 of the stored picture belong (EXIF 2.32, tag Orientation): the corner
of the upright picture, as right and bottom, that shows the stored top left one."""


@pytest.mark.parametrize(("orientation", "corner"), CORNERS.items())
def test_the_marker_ends_where_the_orientation_says_in_full_and_thumb(orientation, corner):
    copies = copies_of(encoded(picture(), "JPEG", quality=95, exif=exif(orientation)))

    for data in (full_of(copies), copies.files["thumb.webp"]):
        shown = decoded(data).convert("RGB")
        right, bottom = corner
        place = ((shown.width - 4) * right + 2 * (1 - right), (shown.height - 4) * bottom + 2)
        red, green, blue = shown.getpixel(place)
        assert red > 200 and green < 70 and blue < 70, (data[:4], place)
    assert MARKER[0] > 200


def test_a_turned_jpeg_keeps_its_colour_profile():
    raw = encoded(picture(), "JPEG", exif=exif(6), icc_profile=profile())

    full = decoded(full_of(copies_of(raw)))

    assert full.info["icc_profile"] == profile()


def test_a_turned_cmyk_jpeg_is_refused_because_png_cannot_hold_it():
    with pytest.raises(ImageRejected, match="cannot be turned without loss") as refusal:
        copies_of(encoded(picture("CMYK"), "JPEG", exif=exif(6)))

    assert refusal.value.rule == "unsupported_mode"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_loses_only_its_texts_and_dates(mode):
    plain = encoded(picture(mode), "PNG")
    texts = (
        chunk(b"tEXt", b"Title\0Amara Okafor"),
        chunk(b"zTXt", b"Comment\0\0x\x9c+I-.\x01\0\x04]\x01\xc1"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
        chunk(b"tIME", b"\x07\xea\x0b\x14\0\0\0"),
        chunk(b"prVt", b"Amara"),
    )

    copies = copies_of(with_chunks(plain, *texts) + b"behind the end")

    assert copies.files["full.png"] == plain
    assert copies.record.tags_found == (
        "tEXt:Title",
        "zTXt:Comment",
        "iTXt:XML:com.adobe.xmp",
        "tIME",
        "prVt",
        "after the end",
    )
    assert same_pixels(decoded(plain), picture(mode))


def test_a_png_of_very_many_texts_names_a_hundred_of_them():
    texts = [chunk(b"tEXt", f"Key {number}\0text".encode()) for number in range(5000)]

    found = copies_of(with_chunks(encoded(picture(), "PNG"), *texts)).record.tags_found

    assert len(found) == 101
    assert found[-1] == "4,900 more"


def test_a_png_keeps_profile_gamma_transparency_and_pixel_size():
    plain = encoded(picture("P"), "PNG", icc_profile=profile(), transparency=3, dpi=(300, 300))
    kept = with_chunks(plain, chunk(b"gAMA", (45455).to_bytes(4)), chunk(b"sBIT", b"\5\5\5"))

    assert copies_of(kept).files["full.png"] == kept


def test_a_turned_png_keeps_gamma_and_transparency():
    plain = encoded(picture("P"), "PNG", transparency=3, exif=exif(8))
    gamma = chunk(b"gAMA", (45455).to_bytes(4))

    full = full_of(copies_of(with_chunks(plain, gamma)))

    assert gamma in full
    assert same_pixels(decoded(full), ImageOps.exif_transpose(decoded(plain)))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_keeps_its_coded_picture_and_profile(mode, lossless):
    tagged = encoded(
        picture(mode), "WEBP", lossless=lossless, exif=exif(1), xmp=b"<x>Amara</x>",
        icc_profile=profile(),
    )  # fmt: skip

    copies = copies_of(tagged)
    full = decoded(copies.files["full.webp"])

    assert copies.record.tags_found == ("EXIF", "XMP")
    assert full.tobytes() == decoded(tagged).tobytes()
    assert full.info["icc_profile"] == profile()
    assert "exif" not in full.info and "xmp" not in full.info


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
def test_a_tiff_becomes_a_png_of_the_same_pixels(mode, compression):
    raw = encoded(picture(mode), "TIFF", compression=compression, description="Amara")

    copies = copies_of(raw)

    assert same_pixels(decoded(copies.files["full.png"]), picture(mode))
    assert copies.record.tags_found == ("ImageDescription",)
    assert copies.record.mode == mode


def test_a_big_endian_16_bit_tiff_keeps_every_value():
    values = np.asarray(picture("I;16"))
    raw = big_endian_grey(values, photometric=1)

    full = decoded(copies_of(raw).files["full.png"])

    assert np.array_equal(np.asarray(full), values)


def test_a_16_bit_tiff_where_white_is_zero_is_shown_the_right_way_round():
    values = np.asarray(picture("I;16"))
    raw = encoded(picture("I;16"), "TIFF").replace(
        b"\x06\x01\x03\x00\x01\x00\x00\x00\x01", b"\x06\x01\x03\x00\x01\x00\x00\x00\x00"
    )

    full = decoded(copies_of(raw).files["full.png"])

    assert np.array_equal(np.asarray(full), 65535 - values)


def big_endian_grey(values: np.ndarray, photometric: int) -> bytes:
    """A TIFF as older scanners write it: Motorola byte order, one strip, uncompressed."""
    height, width = values.shape
    entries = [(256, 4, width), (257, 4, height), (258, 3, 16), (259, 3, 1)]
    entries += [(262, 3, photometric), (273, 4, 8), (277, 3, 1), (278, 4, height)]
    entries += [(279, 4, 2 * width * height)]
    body = values.astype(">u2").tobytes()
    head = b"MM\0*" + (8 + len(body)).to_bytes(4)
    packed = b"".join(
        tag.to_bytes(2) + kind.to_bytes(2) + (1).to_bytes(4)
        + (value.to_bytes(2) + b"\0\0" if kind == 3 else value.to_bytes(4))
        for tag, kind, value in entries
    )  # fmt: skip
    return head + body + len(entries).to_bytes(2) + packed + bytes(4)


def deep_picture() -> Image.Image:
    """A radiograph's values: 12 bits used of 16, and one burnt-in label far above them."""
    down, across = np.mgrid[:200, :300]
    values = (1000 + 8 * across + 4 * down).astype(np.uint16)
    values[:3, :3] = 65535
    return Image.fromarray(values)


def test_16_bits_are_kept_in_the_full_copy_and_windowed_for_the_screen():
    raw = encoded(deep_picture(), "PNG")

    copies = copies_of(raw)

    assert copies.record.windowed
    assert copies.files["full.png"] == raw
    assert set(copies.files) == {"full.png", "shown.png", "view.webp", "thumb.webp"}
    shown = np.asarray(decoded(copies.files["shown.png"]))
    assert shown.shape == (200, 300) and shown.dtype == np.uint8
    assert (shown == 255).mean() < 0.01, "a window, not everything white"
    assert len(np.unique(shown)) > 200
    assert np.array_equal(np.sort(shown[100]), shown[100]), "brighter stays brighter"


def test_a_small_bright_finding_on_black_is_not_lost_by_the_window():
    values = np.zeros((200, 200), dtype=np.uint16)
    values[90:94, 90:94] = 700

    shown = decoded(copies_of(encoded(Image.fromarray(values), "PNG")).files["shown.png"])

    assert shown.getpixel((91, 91)) == 255 and shown.getpixel((5, 5)) == 0


def test_a_16_bit_picture_of_one_value_is_shown_without_fault():
    flat = Image.fromarray(np.full((20, 20), 4000, dtype=np.uint16))

    assert copies_of(encoded(flat, "PNG")).record.windowed


def test_a_16_bit_colour_png_stays_byte_for_byte():
    raw = colour_of_16_bits()

    copies = copies_of(raw)

    assert copies.files["full.png"] == raw
    assert not copies.record.windowed


def colour_of_16_bits() -> bytes:
    import struct
    import zlib

    values = np.random.default_rng(3).integers(0, 65536, (8, 8, 3)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    header = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_large_image_has_a_view_and_a_thumb_within_their_sizes():
    copies = copies_of(encoded(picture(size=(2000, 1000)), "JPEG"))

    assert decoded(copies.files["view.webp"]).size == (1600, 800)
    assert decoded(copies.files["thumb.webp"]).size == (384, 192)


def test_no_display_copy_takes_as_many_bytes_as_the_original():
    lines = Image.new("P", (2200, 1700), 0)
    lines.putpalette([255, 255, 255, 0, 0, 0])
    for across in range(0, 2200, 7):
        lines.paste(1, (across, 0, across + 1, 1700))
    raw = encoded(lines, "PNG")

    copies = copies_of(raw)

    assert "view.webp" not in copies.files
    others = [data for name, data in copies.files.items() if name != "full.png"]
    assert all(len(data) < len(raw) for data in others)


def test_no_view_is_made_of_an_image_that_fits_it():
    copies = copies_of(encoded(picture(size=(1600, 900)), "JPEG"))

    assert set(copies.files) == {"full.jpg", "thumb.webp"}


def test_a_thumb_is_never_enlarged():
    copies = copies_of(encoded(picture(size=(30, 500)), "JPEG", quality=98))

    assert decoded(copies.files["thumb.webp"]).size == (23, 384)


def test_transparency_is_laid_on_white():
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))

    thumb = decoded(copies_of(encoded(clear, "PNG")).files["thumb.webp"])

    assert min(thumb.convert("RGB").getpixel((20, 20))) > 250


def test_a_cmyk_jpeg_has_a_thumb_in_colours_browsers_know():
    white = Image.new("CMYK", (40, 40), (0, 0, 0, 0))

    thumb = decoded(copies_of(encoded(white, "JPEG")).files["thumb.webp"])

    assert thumb.mode == "RGB" and min(thumb.getpixel((20, 20))) > 250


def test_a_useless_colour_profile_does_not_hinder_display():
    copies = copies_of(encoded(picture(), "JPEG", icc_profile=b"no profile at all"))

    assert same_size(decoded(copies.files["thumb.webp"]), picture())
    assert b"no profile at all" in full_of(copies)


def same_size(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size


def test_the_record_describes_the_full_copy():
    raw = encoded(picture(), "JPEG", exif=exif(6))

    copies = copies_of(raw)
    full = full_of(copies)

    assert copies.record.sha256 == hashlib.sha256(full).hexdigest()
    assert copies.record.byte_size == len(full)
    assert copies.record.original_sha256 == hashlib.sha256(raw).hexdigest()
    assert copies.record.original_name == "case.bin"
    assert (copies.record.width, copies.record.height) == (32, 48)
    assert len(copies.record.phash or "") == 16


MODES = {
    "JPEG": ["L", "RGB", "CMYK"],
    "PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
    "WEBP": ["RGB", "RGBA"],
    "TIFF": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
}


@st.composite
def images(draw: st.DrawFn) -> bytes:
    """Any small image of a format, mode, size and orientation we take."""
    kind = draw(st.sampled_from(sorted(MODES)))
    mode = draw(st.sampled_from(MODES[kind]))
    size = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    orientation = draw(st.integers(1, 8)) if mode != "CMYK" else 1
    tagged = {} if kind == "TIFF" else {"exif": exif(orientation)}
    coloured = {"icc_profile": profile()} if draw(st.booleans()) and mode == "RGB" else {}
    return encoded(picture(mode, size), kind, **tagged, **coloured)


@given(images())
@settings(max_examples=120, deadline=None)
def test_the_canonical_copy_of_a_canonical_copy_is_itself(raw):
    """canonical(canonical(x)) == canonical(x), and it shows the same."""
    once = copies_of(raw)
    twice = copies_of(full_of(once))

    assert full_of(twice) == full_of(once)
    assert twice.record.sha256 == once.record.sha256
    assert twice.record.phash == once.record.phash
    assert twice.record.tags_found == ()
    assert not twice.record.turned
    assert twice.files == once.files


@given(images())
@settings(max_examples=120, deadline=None)
def test_the_canonical_copy_has_the_pixels_of_the_original(raw):
    original = ImageOps.exif_transpose(decoded(raw))

    assert same_pixels(decoded(full_of(copies_of(raw))), original)
