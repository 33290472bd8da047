"""The app itself on a free port, with a study of its own, and a browser that is watched."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from demo.load import load
from src.domain.review import Review, ReviewBody
from src.services.workbench import Workbench, init, open_workbench
from tests.browser.reading_room_server import CHROMIUM_ARGS, chromium_path
from tests.builders import actor, open_round

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "demo"
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
DESK = (1440, 900)
PHONE = (390, 844)
MOST_SAID = 3000
"""Characters of a page that a failed test prints."""


class App:
    """One running server; it can be stopped and started again on its port and its study."""

    def __init__(self, database_url: str, image_store: str, log: Path) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._environment = {
            **os.environ,
            "RARE_REVIEW_DATABASE_URL": database_url,
            "RARE_REVIEW_IMAGE_STORE": image_store,
            "PYTHONPATH": str(ROOT),
        }

    def start(self) -> None:
        """Start the server and wait until it is well."""
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
        with self._log.open("ab") as output:
            self._server = subprocess.Popen(
                [*command, f"--server.port={self.port}"],
                env=self._environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the server; SIGKILL is a crash."""
        self._server.send_signal(how)
        self._server.wait(timeout=20)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the server answer nobody until the block ends; what is sent to it waits."""
        self._server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._server.send_signal(signal.SIGCONT)

    def _wait(self) -> None:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            if self._server.poll() is not None:
                raise RuntimeError(f"The app ended early: {self._log.read_text()}")
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1)
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"The app did not start: {self._log.read_text()}")


@contextmanager
def running_app(database_url: str, image_store: str, log: Path) -> Iterator[App]:
    """Run the app on a study until the block ends."""
    app = App(database_url, image_store, log)
    app.start()
    try:
        yield app
    finally:
        app.stop()


@contextmanager
def demo_study(folder: Path) -> Iterator[tuple[Workbench, str, str]]:
    """Give the demo study as `manage.py demo` loads it; with its database and image store."""
    url, store = f"sqlite:///{folder / 'review.db'}", str(folder / "images")
    init(url, store)
    bench = open_workbench(url, store)
    load(bench)
    yield bench, url, store
    bench.close()


@dataclass(frozen=True)
class Study:
    """A study being served, and the same study seen from behind."""

    bench: Workbench
    app: App

    def address(self, round_name: str, person: str = "amara") -> str:
        return f"{self.app.url}/?as={person}&round={round_name}"

    def draft(self, round_name: str, item_id: str, person: str = "amara") -> ReviewBody:
        return self.bench.reviewing.task(actor(person), round_name, item_id).draft.body

    def review(self, round_name: str, item_id: str, person: str = "amara") -> Review | None:
        return self.bench.reviewing.own_review(actor(person), round_name, item_id)

    def until(
        self, round_name: str, item_id: str, true: Callable[[ReviewBody], object]
    ) -> ReviewBody:
        """Wait until the draft in the database fits."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            body = self.draft(round_name, item_id)
            if true(body):
                return body
            time.sleep(0.05)
        raise AssertionError(f"The draft holds {self.draft(round_name, item_id)!r}")


@contextmanager
def served_study(folder: Path, rounds: Mapping[str, Sequence[str]]) -> Iterator[Study]:
    """Give the demo study with one more round for each test, served by the app."""
    with demo_study(folder) as (bench, url, store):
        for name, items in rounds.items():
            open_round(bench, name, item_ids=items)
        with running_app(url, store, folder / "app.log") as app:
            yield Study(bench, app)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run Debian's chromium; where it is missing the test is skipped."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
        yield browser
        browser.close()


class Watch:
    """What one browser window asked for and what went wrong in it."""

    def __init__(self, page: Page, app_url: str) -> None:
        self._own = (app_url, app_url.replace("http", "ws"), "blob:", "data:")
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(dialog.message))

    @property
    def elsewhere(self) -> Sequence[str]:
        """The requests that went anywhere but to the app."""
        return [url for url in self.asked if not url.startswith(self._own)]


@contextmanager
def window(browser: Browser, app: App, size: tuple[int, int] = DESK) -> Iterator[Page]:
    """Open a window of its own; afterwards nothing may have failed or left loopback.

    A test that fails inside is told what the page said then, and what went wrong in it before.
    """
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(10_000)
    page = context.new_page()
    watch = Watch(page, app.url)
    try:
        yield page
    except BaseException as failure:
        failure.add_note(f"The page said:\n{_said(page)}\nErrors in it: {watch.errors}")
        raise
    finally:
        context.close()
    assert watch.elsewhere == []
    assert watch.errors == []


def _said(page: Page) -> str:
    """Return what a page shows, and what waits in it; why not, when it cannot be asked."""
    try:
        waits = page.evaluate("JSON.stringify(Object.entries(sessionStorage))")
        return f"{page.inner_text('body')[:MOST_SAID]}\nIt keeps: {waits[:MOST_SAID]}"
    except PlaywrightError as trouble:
        return str(trouble)


def settle(page: Page) -> None:
    """Wait until the server has answered."""
    page.wait_for_timeout(120)
    page.wait_for_selector(IDLE)


def open_reading(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".tile")
    page.wait_for_selector(".decision .main")
    settle(page)


def choose(page: Page, group: str, option: str) -> None:
    asked = page.get_by_role("radiogroup", name=group, exact=True)
    asked.get_by_role("radio", name=option, exact=True).click()
    settle(page)


def type_in(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.click()
    page.keyboard.type(text)


def complete(page: Page) -> None:
    page.keyboard.press("s")
    settle(page)
    choose(page, "Is the answer correct?", "Yes")
    choose(page, "Recommendation", "Accept")
    choose(page, "How sure are you?", "Moderate")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
