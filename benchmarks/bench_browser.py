"""What one reader waits for in a real browser, with the demo study: the next item, a stored box.

A submit is timed inside the page, from the click to the first frame in which the next item's
question stands there and every one of its images is decoded. Each person reads in a browser of
their own, with nothing in its cache, so no image of an item was there before its item.
A box is timed from letting go of the mouse until the database holds it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bench_study import complete_reading, p95, place_of
from benchmarks.served_app import ServedApp, machine, served
from demo.load import load
from src.domain.evidence import ImageBox
from src.domain.people import OPERATOR, Actor, Role
from src.services.assigning import RoundPlan
from src.services.reviewing import Task
from src.services.workbench import Workbench, init, open_workbench

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SUBMITS = BOXES = 30
READERS = ("amara", "benoit", "dalia")
ROUND, BOX_ROUND = "pace", "boxes"
GLANCE_SECONDS = 2.0
"""How long a reader looks at an item before Submit: time in which the next can be fetched."""
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)
SUBMIT = "Submit and open the next case"
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
TILE = ".tile"
STAGE = ".stage img"

PAINTED = """
async ([cases, submit, most]) => {
  const roots = (root) => [root, ...[...root.querySelectorAll("*")]
    .filter((node) => node.shadowRoot).flatMap((node) => roots(node.shadowRoot))];
  const every = (selector) => roots(document).flatMap((r) => [...r.querySelectorAll(selector)]);
  const item = () => new URLSearchParams(location.search).get("item");
  const says = (words) => roots(document.body).some((root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (walker.currentNode.data.trim() === words) return true;
    return false;
  });
  const ready = (image) => image.complete && image.naturalWidth > 0 && image.checkVisibility();
  const painted = (name) => {
    const wanted = cases[name];
    if (!wanted || !says(wanted.question)) return false;
    const shown = every("img").filter(ready).map((image) => image.src);
    return wanted.images.every((sha256) => shown.some((src) => src.includes(sha256)));
  };
  const before = item();
  const button = every("button").find((node) => node.textContent.includes(submit));
  if (!button || button.disabled) return { error: "Submit cannot be pressed." };
  const start = performance.now();
  button.click();
  while (item() === before || !painted(item())) {
    if (performance.now() - start > most) return { error: `Nothing painted at ${item()}.` };
    await new Promise(requestAnimationFrame);
  }
  await new Promise(requestAnimationFrame);
  return { ms: performance.now() - start };
}
"""
"""Runs in the page: presses Submit and waits for the frame in which the next item is complete."""


def run() -> Iterator[dict[str, object]]:
    """Yield both figures; where there is no browser, say so."""
    if importlib.util.find_spec("playwright") is None or shutil.which("chromium") is None:
        yield {"bench": "browser", "skipped": "playwright or chromium is not installed"}
        return
    with _demo() as (bench, app), _browser() as browser:
        waited = _submits(bench, app, browser)
        yield {
            "bench": "browser",
            "figure": "submit_to_next_item_painted",
            "median_ms": round(statistics.median(waited)),
            "p95_ms": round(p95(waited)),
            "target": "median 500 ms, p95 1,000 ms",
            "n": len(waited),
            **machine(),
        }
        waited = _boxes(bench, app, browser)
        yield {
            "bench": "browser",
            "figure": "box_drawn_to_stored",
            "median_ms": round(statistics.median(waited)),
            "p95_ms": round(p95(waited)),
            "target": "median 300 ms",
            "n": len(waited),
            **machine(),
        }


@contextlib.contextmanager
def _demo() -> Iterator[tuple[Workbench, ServedApp]]:
    """Serve the demo study with a round in which each reader reads every item."""
    with tempfile.TemporaryDirectory(prefix="rare-review-bench-") as name:
        folder = Path(name)
        url, store = place_of(folder)
        init(url, store)
        bench = open_workbench(url, store)
        load(bench)
        for round_name in (ROUND, BOX_ROUND):
            plan = RoundPlan(name=round_name, readers=len(READERS), persons=READERS, seed=1)
            bench.assigning.create(OPERATOR, plan)
        with served(url, store, folder) as app:
            yield bench, app
        bench.close()


@contextlib.contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield browser
        browser.close()


@contextlib.contextmanager
def _window(browser: Browser, app: ServedApp, person: str, round_name: str) -> Iterator[Page]:
    """Open the review page in a window whose cache is empty."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{app.address}/review?as={person}&round={round_name}")
    _settle(page)
    yield page
    context.close()


def _settle(page: Page) -> None:
    page.wait_for_selector(TILE)
    page.wait_for_selector(IDLE)
    page.wait_for_load_state("networkidle")


# ---- from Submit to the next item ------------------------------------------------------------


def _submits(bench: Workbench, app: ServedApp, browser: Browser) -> list[float]:
    cases = _cases(bench)
    per_person = min(len(cases) - 1, SUBMITS)
    waited: list[float] = []
    for person in READERS:
        with _window(browser, app, person, ROUND) as page:
            still = min(per_person, SUBMITS - len(waited))
            waited += [_submit(bench, page, person, cases) for _ in range(still)]
    return waited


def _cases(bench: Workbench) -> dict[str, dict[str, object]]:
    """Return for each item what must be on the screen before it counts as painted."""
    found: dict[str, dict[str, object]] = {}
    for summary in bench.browsing.items(OPERATOR, size=1000):
        content = bench.browsing.item(OPERATOR, summary.item_id).item.content
        found[summary.item_id] = {
            "question": content.question.strip(),
            "images": [image.sha256 for image in content.images],
        }
    return found


def _submit(
    bench: Workbench, page: Page, person: str, cases: dict[str, dict[str, object]]
) -> float:
    """Complete the reading that lies open behind the page's back, look at it, and submit it."""
    task = _open_task(bench, person, ROUND)
    bench.reviewing.save_draft(
        _actor(person), ROUND, task.item.item_id, complete_reading(task.item), task.draft.version
    )
    page.reload()
    _settle(page)
    page.wait_for_timeout(GLANCE_SECONDS * 1000)
    answer = page.evaluate(PAINTED, [cases, SUBMIT, 20_000])
    if "error" in answer:
        raise RuntimeError(f"{answer['error']} Item {task.item.item_id!r}, {person!r}.")
    return float(answer["ms"])


def _open_task(bench: Workbench, person: str, round_name: str) -> Task:
    task = bench.reviewing.next_item(_actor(person), round_name)
    assert task is not None, f"The round {round_name!r} is read."
    return task


def _actor(person: str) -> Actor:
    return Actor(person_id=person, roles=frozenset({Role.REVIEWER}))


# ---- from a box to the database --------------------------------------------------------------


def _boxes(bench: Workbench, app: ServedApp, browser: Browser) -> list[float]:
    person = READERS[0]
    with _window(browser, app, person, BOX_ROUND) as page:
        item_id = _open_task(bench, person, BOX_ROUND).item.item_id
        page.locator(TILE).first.click()
        page.wait_for_selector(STAGE)
        page.wait_for_timeout(500)
        page.keyboard.press("b")
        return [_box(bench, page, item_id, number) for number in range(BOXES)]


def _box(bench: Workbench, page: Page, item_id: str, number: int) -> float:
    """Draw one box beside the others and wait until the draft in the database holds it."""
    frame = page.locator(STAGE).first.bounding_box()
    assert frame is not None
    across, down = number % 6, number // 6
    x = frame["x"] + frame["width"] * (0.1 + 0.13 * across)
    y = frame["y"] + frame["height"] * (0.15 + 0.14 * down)
    before = _stored_boxes(bench, item_id)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 15)
    page.mouse.move(x + 40, y + 30)
    started = time.perf_counter()
    page.mouse.up()
    while _stored_boxes(bench, item_id) <= before:
        if time.perf_counter() - started > 20:
            raise RuntimeError(f"Box {number + 1} was not stored.")
        time.sleep(0.005)
    waited = time.perf_counter() - started
    page.wait_for_timeout(700)
    return waited * 1000


def _stored_boxes(bench: Workbench, item_id: str) -> int:
    body = bench.reviewing.task(_actor(READERS[0]), BOX_ROUND, item_id).draft.body
    return sum(isinstance(link, ImageBox) for claim in body.claims for link in claim.evidence)


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure), flush=True)
