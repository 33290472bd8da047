"""Text inside images: found, placed, and one bad image harming nothing but itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from unittest.mock import patch

import pytest
from PIL import Image, ImageDraw, ImageFont

from src.images import ocr, ocr_worker
from src.images.ocr import INSTALL, OcrReader, OcrReading, reader
from tests.images.drawing import encoded, picture

DATA = Path(__file__).parents[3] / "shared" / "data" / "images"
WORD = "Erdheim-Chester"
needs_engine = pytest.mark.skipif(
    ocr.engine_name() is None,
    reason="no rapidocr: 'pip install -r requirements-ocr.txt' brings it",
)


@pytest.fixture(scope="module")
def text_reader() -> Iterator[OcrReader]:
    """Give one reader with one child."""
    name = ocr.engine_name()
    assert name is not None
    with OcrReader(name, workers=1) as made:
        yield made


def drawn(path: Path, size: tuple[int, int] = (800, 600), mode: str = "RGB") -> Path:
    """Draw a grey picture with a known word at (200, 300)."""
    image = Image.new("RGB", size, (70, 75, 80))
    ImageDraw.Draw(image).text((200, 300), WORD, "white", ImageFont.load_default(36))
    image.convert(mode).save(path)
    return path


def read_one(text_reader: OcrReader, path: Path) -> OcrReading:
    """Read one image."""
    ((_, reading),) = text_reader.read([("a", path)])
    return reading


@needs_engine
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_word_is_read_and_its_box_lies_around_it(text_reader, tmp_path, mode):
    """In whole pixels of the image as it is kept, whatever its mode."""
    reading = read_one(text_reader, drawn(tmp_path / "a.png", mode=mode))
    (line,) = reading.lines
    assert (line.text, reading.fault) == (WORD, "")
    assert 185 <= line.x <= 205 and 290 <= line.y <= 315
    assert 230 <= line.width <= 320 and 25 <= line.height <= 55
    assert line.score > 0.8


@needs_engine
def test_boxes_of_a_picture_that_is_made_smaller_to_be_read_lie_in_its_own_pixels(
    text_reader, tmp_path
):
    """The engine reads at most 2,000 pixels a side."""
    small = Image.open(drawn(tmp_path / "small.png"))
    small.resize((3200, 2400)).save(tmp_path / "large.png")

    (line,) = read_one(text_reader, tmp_path / "large.png").lines

    assert line.text == WORD
    assert 740 <= line.x <= 820 and 1130 <= line.y <= 1260
    assert line.x + line.width <= 3200 and line.y + line.height <= 2400


@needs_engine
def test_an_image_without_text_has_no_lines_and_no_fault(text_reader, tmp_path):
    """Nothing was found, which is another thing than not looking."""
    Image.new("L", (300, 200), 128).save(tmp_path / "grey.png")
    assert read_one(text_reader, tmp_path / "grey.png") == OcrReading()


@needs_engine
def test_a_damaged_image_is_marked_alone(text_reader, tmp_path):
    """The ones before and behind it are read, in their order."""
    good = drawn(tmp_path / "good.png")
    bad = tmp_path / "bad.png"
    bad.write_bytes(encoded(picture(), "PNG")[:60])

    found = list(text_reader.read([("1", good), ("2", bad), ("3", tmp_path / "no"), ("4", good)]))

    assert [sha256 for sha256, _ in found] == ["1", "2", "3", "4"]
    assert [reading.failed for _, reading in found] == [False, True, True, False]
    assert "failed on it" in found[1][1].fault


@needs_engine
def test_a_child_that_dies_costs_one_image(tmp_path):
    """It was waiting for a pipe; the next image gets a new child."""
    good = drawn(tmp_path / "good.png")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    name = ocr.engine_name()
    assert name is not None
    with OcrReader(name, workers=1) as text_reader:
        assert read_one(text_reader, good).lines
        (first,) = text_reader.pids
        Timer(0.5, os.kill, (first, signal.SIGKILL)).start()
        (_, lost), (_, kept) = text_reader.read([("1", pipe), ("2", good)])
    assert (lost.fault, kept.failed) == ("The engine broke down on it.", False)
    assert text_reader.pids == ()


@needs_engine
def test_an_image_that_takes_too_long_is_given_up(tmp_path):
    """A pipe that nobody writes to stands for it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with OcrReader("any", seconds=1.0, workers=1) as text_reader:
        ((_, late),) = text_reader.read([("1", pipe)])
        assert late.fault == "Reading it took longer than 1 s."
    assert text_reader.pids == ()


@needs_engine
def test_a_reader_can_be_left_in_the_middle(tmp_path):
    """No child outlives it."""
    good = drawn(tmp_path / "good.png")
    with OcrReader("any", workers=1) as text_reader:
        for sha256, _ in text_reader.read((str(n), good) for n in range(50)):
            if sha256 == "1":
                break
    assert text_reader.pids == ()


@needs_engine
def test_nothing_is_fetched_from_anywhere(tmp_path):
    """The models are named by their paths in the package, and every path is there."""
    from rapidocr.utils.download_file import DownloadFile

    with (
        patch.object(DownloadFile, "run", side_effect=AssertionError("a download")),
        patch("socket.socket.connect", side_effect=AssertionError("a connection")),
    ):
        engine = ocr_worker.load_engine()
        said = ocr_worker.answer(engine, drawn(tmp_path / "a.png"))
    assert WORD.encode() in said


def test_without_the_extra_there_is_no_reader_and_the_message_says_what_to_install(monkeypatch):
    """The rest of the program does not need it."""
    monkeypatch.setattr(ocr, "_PACKAGES", ("rapidocr", "no-such-package-here"))
    assert reader() is None
    assert "pip install -r requirements-ocr.txt" in INSTALL
    assert str(ocr.OcrMissing()) == INSTALL


@needs_engine
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no real images at {DATA}: handed out beside this")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ecg/PTB_XL_op_00002_hr-0.png", {"Height:", "aVR"}),
        ("multicare_ccby_thumbs/ct_chest_4_PMC4432812.png", {"SCT"}),
    ],
)
def test_text_burned_into_real_figures_is_read(text_reader, name, words):
    """The header of a trace, the corner of a CT of 210 pixels."""
    found = " ".join(line.text for line in read_one(text_reader, DATA / name).lines)
    assert {word for word in words if word in found} == words
