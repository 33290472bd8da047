"""What an image's file says in words: kept for the scan, and never in the picture."""

from __future__ import annotations

import pytest
from PIL import Image, PngImagePlugin

from src.images.canonical import make_copies
from src.images.limits import Limits
from src.images.metadata import LONGEST, MOST, texts_of
from tests.images.drawing import chunk, encoded, picture


def exif() -> Image.Exif:
    """EXIF with a description, a title as Windows writes it, and a comment of the user."""
    block = Image.Exif()
    block[0x010E] = "Erdheim-Chester disease"
    block[0x9C9B] = "Gaucher".encode("utf-16-le")
    block.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0ECD of the tibia"
    return block


IN_EXIF = {
    "EXIF:ImageDescription": "Erdheim-Chester disease",
    "EXIF:XPTitle": "Gaucher",
    "EXIF:UserComment": "ECD of the tibia",
}


def test_every_kind_of_text_in_a_png_is_read():
    """Plain, packed and international; line breaks and zeros become blanks."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "Erdheim-Chester\n disease")
    info.add_text("Comment", "packed", zip=True)
    info.add_itxt("Description", "Ménière", zip=True)

    found = texts_of(encoded(picture(), "PNG", pnginfo=info))

    assert found == {
        "tEXt:Title": "Erdheim-Chester disease",
        "zTXt:Comment": "packed",
        "iTXt:Description": "Ménière",
    }


def test_text_behind_the_picture_of_a_png_is_read():
    """Readers that stop at the picture miss it."""
    raw = encoded(picture(), "PNG")
    late = raw[:-12] + chunk(b"tEXt", b"Title\0late") + raw[-12:]
    assert texts_of(late) == {"tEXt:Title": "late"}


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_exif_and_xmp_are_read(kind):
    """Of XMP the words without the markup."""
    found = texts_of(encoded(picture(), kind, exif=exif(), xmp=b"<x><rdf:li>Fabry</rdf:li></x>"))
    assert found == {**IN_EXIF, "XMP": "Fabry"}


def test_the_comment_of_a_jpeg_is_read():
    """It outlives most programs that save a JPEG again."""
    assert texts_of(encoded(picture(), "JPEG", comment=b"patient Jane")) == {"COM": "patient Jane"}


def test_a_long_text_is_cut_and_of_many_the_first_are_kept():
    """A file cannot fill the database."""
    info = PngImagePlugin.PngInfo()
    for number in range(MOST + 5):
        info.add_text(f"Key {number}", "x" * (LONGEST + 5))

    found = texts_of(encoded(picture(), "PNG", pnginfo=info))

    assert (len(found), {len(text) for text in found.values()}) == (MOST, {LONGEST})


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_damaged_metadata_never_refuses_an_image(kind):
    """The image is taken, its texts as far as they can be read."""
    raw = encoded(picture(), kind, exif=exif())
    start = raw.index(b"Erdheim")
    for place in range(start - 120, start):
        assert isinstance(texts_of(raw[:place] + b"\xff\xff" + raw[place + 2 :]), dict)


def test_the_record_holds_what_the_canonical_copy_no_longer_says():
    """Nothing of it is in the copy."""
    copies = make_copies(encoded(picture(), "JPEG", exif=exif()), "a.jpg", Limits())
    assert copies.record.texts == IN_EXIF
    assert all(b"Erdheim" not in data for data in copies.files.values())
