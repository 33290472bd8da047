"""A judge's run whose server is killed, in a real browser: the page says so by itself."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from src.services.workbench import init, open_workbench
from tests.browser.app_server import running_app, running_browser, window
from tests.browser.reading_room_server import chromium_path
from tests.builders import add_people
from tests.judges.judge_server import Answer, completion, grade, judge_server
from tests.services.test_what_if import two_models

pytestmark = pytest.mark.browser


def judged(sent: dict[str, Any], _number: int) -> Answer:
    """Answer that nothing is met."""
    return 200, {}, completion(grade(sent))


def test_after_a_kill_the_page_says_that_it_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the server is back, without a reload; and the run can be gone on with."""
    chromium_path()
    url, store = f"sqlite:///{tmp_path / 'review.db'}", str(tmp_path / "images")
    init(url, store)
    bench = open_workbench(url, store)
    add_people(bench)
    two_models(bench, tmp_path)
    bench.close()
    with judge_server(judged, latency=30.0) as server:
        monkeypatch.setenv("RARE_REVIEW_JUDGE_BASE_URL", server.url)
        monkeypatch.setenv("RARE_REVIEW_JUDGE_MODEL", "judge-a")
        with (
            running_app(url, store, tmp_path / "app.log") as app,
            running_browser() as browser,
            window(browser, app) as page,
        ):
            page.goto(f"{app.url}/leaderboard?as=lena")
            run = page.locator(".st-key-judge-run")
            run.get_by_text("Judge the answers").click()
            run.get_by_role("button", name="See what it costs").click()
            run.get_by_role("button", name="Ask judge-a").click()
            expect(run).to_contain_text(re.compile(r"is judging.*0 of [1-9]"))
            while not server.calls:
                page.wait_for_timeout(50)

            app.stop(signal.SIGKILL)
            app.start()

            expect(run).to_contain_text("It was cut off.", timeout=15_000)
            expect(run).not_to_contain_text("is judging")
            server.latency = 0.0
            run.get_by_role("button", name="Go on with it").click()
            expect(run).to_contain_text("Last run", timeout=10_000)
