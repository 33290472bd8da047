"""Take the pictures in docs/screenshots of a freshly loaded demo study.

`make screenshots` calls it. Each screen is taken at 1440x900 and 390x844, by the person it is for.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
SIZES = ((1440, 900), (390, 844))
SCREENS = (
    ("review", "amara", "review", "round=Pilot+reading&item=demo/crossmodal/001"),
    ("adjudicate", "chen", "adjudicate", "round=Pilot+reading&item=demo/diagnosis/005"),
    ("grade", "dalia", "grade", ""),
    ("leaderboard", "emil", "leaderboard", ""),
    ("disputes", "chen", "adjudicate", ""),
    ("agreement", "lena", "agreement", ""),
    ("leakage", "lena", "leakage", ""),
    ("gold", "lena", "gold", ""),
    ("items", "lena", "items", ""),
    ("study", "lena", "study", ""),
)
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)


def take(folder: Path, only: str | None = None) -> list[Path]:
    """Take all screens, or one, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with (
        tempfile.TemporaryDirectory(prefix="rare-review-shots-") as study,
        _app(Path(study)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM)
        )
        for name, person, page_name, query in SCREENS:
            if only not in (None, name):
                continue
            for width, height in SIZES:
                page = browser.new_page(viewport={"width": width, "height": height})
                _open(page, f"{address}/{page_name}?as={person}&{query}")
                path = folder / f"{name}-{width}x{height}.png"
                page.screenshot(path=path)
                page.close()
                taken.append(path)
        browser.close()
    return taken


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)


@contextlib.contextmanager
def _app(study: Path) -> Iterator[str]:
    """Load the demo into a folder, start the app on a free port, and stop it afterwards."""
    environment = {
        **os.environ,
        "RARE_REVIEW_DATABASE_URL": f"sqlite:///{study / 'review.db'}",
        "RARE_REVIEW_IMAGE_STORE": str(study / "images"),
    }
    for verb in ("init", "demo"):
        command = [sys.executable, "manage.py", verb]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [sys.executable, "manage.py", "serve", "--port", str(port)]
    server = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/_stcore/health")
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _wait(address: str, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(address):
            return
        time.sleep(0.2)
    raise TimeoutError(f"{address} does not answer")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"
    for path in take(target, sys.argv[2] if len(sys.argv) > 2 else None):
        print(path)
