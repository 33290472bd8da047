"""Starts the harness on a free port with drawn images, and a browser to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[2]
SIZES = (
    (1200, 900),
    (2400, 1800),
    (640, 960),
    (900, 300),
    (1024, 1024),
    (500, 400),
    (2400, 200),
    (240, 1900),
)
GREEN = (20, 150, 90)
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)


def draw_images(folder: Path, count: int) -> None:
    """Draw `count` images in the three sizes the app keeps of each; after a while they repeat."""
    for number in range(count):
        if number >= len(SIZES):
            _copy_image(folder, number % len(SIZES), number)
            continue
        picture = _drawn(number, *SIZES[number % len(SIZES)])
        for kind, side in (("full", None), ("view", 1600), ("thumb", 384)):
            target = folder / kind
            target.mkdir(parents=True, exist_ok=True)
            copy = picture.copy()
            if side:
                copy.thumbnail((side, side))
            copy.save(target / f"{number:064x}.png")


def _copy_image(folder: Path, known: int, number: int) -> None:
    for kind in ("full", "view", "thumb"):
        shutil.copy(folder / kind / f"{known:064x}.png", folder / kind / f"{number:064x}.png")


def _drawn(number: int, width: int, height: int) -> Image.Image:
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for step in range(1, 6):
        inset = step * min(width, height) // 14
        grey = 40 + 30 * ((step + number) % 6)
        draw.ellipse(
            (inset, inset, width - inset, height - inset), outline=(grey, grey, grey), width=8
        )
    left, top, wide, high = landmark(width, height)
    draw.rectangle((left, top, left + wide - 1, top + high - 1), fill=GREEN)
    return picture


def landmark(width: int, height: int) -> tuple[int, int, int, int]:
    """Return x, y, width, height of the green patch on each drawn image."""
    return width // 4, height // 3, width // 8, height // 6


@contextmanager
def running_harness(images: Path, count: int) -> Iterator[str]:
    """Run the harness until the block ends, and give its address."""
    port = _free_port()
    environment = {
        **os.environ,
        "ROOM_IMAGES": str(images),
        "ROOM_COUNT": str(count),
        "PYTHONPATH": str(ROOT),
    }
    harness = ROOT / "tests" / "browser" / "harness_reading_room.py"
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "streamlit", "run", str(harness), *flags]
    log = images / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_healthy(port, server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"The harness ended early: {log.read_text()}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The harness did not start: {log.read_text()}")


def chromium_path() -> str:
    """Return the path of Debian's chromium, or skip the test and say how to get it."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium: apt-get install -y --no-install-recommends chromium")
    return path
