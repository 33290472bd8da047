"""Judging on the leaderboard screen: the price, a run beside the screens, stopping, going on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from db import judging
from src.domain.item import Track
from src.domain.people import OPERATOR
from src.services.judge_settings import judge_card
from src.services.settings import Settings
from src.services.workbench import Workbench
from tests.builders import actor, item_line, write_items
from tests.judges.judge_server import (
    Answer,
    JudgeServer,
    completion,
    grade,
    judge_server,
    refusal,
)
from tests.pages.screens import button, message, open_page, serve, words

RUBRIC = [{"key": f"must_include-{n}", "text": f"Names point {n}"} for n in (1, 2)]
ITEMS, GRADES = 20, 40


def met(sent: dict[str, Any], _number: int) -> Answer:
    """Answer that the criterion is met."""
    return 200, {}, completion(grade(sent, 1, "An answer"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    """Give a judge's server that the settings name."""
    with judge_server(met) as running:
        monkeypatch.setenv("RARE_REVIEW_JUDGE_BASE_URL", running.url)
        monkeypatch.setenv("RARE_REVIEW_JUDGE_MODEL", "judge-a")
        yield running


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of twenty treatment items, answered by one model."""
    lines = [
        item_line(f"{n:03}", track="treatment", case=f"case-{n}", images=[], criteria=RUBRIC)
        for n in range(ITEMS)
    ]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    path = tmp_path / "answers.jsonl"
    path.write_text(
        "".join(
            json.dumps({"index": f"{n:03}", "prediction": f"An answer {n}."}) + "\n"
            for n in range(ITEMS)
        )
    )
    bench.predicting.store_file(actor("emil"), path, model="model-a", track=Track.TREATMENT)
    serve(bench, monkeypatch, tmp_path)
    return bench


def until(page: AppTest, true: Callable[[AppTest], bool]) -> None:
    """Draw a page again and again until something is true of it."""
    for _ in range(200):
        if true(page):
            return
        time.sleep(0.05)
        page.run()
        assert not page.exception, page.exception
    pytest.fail(words(page)[-3_000:])


def shows(label: str) -> Callable[[AppTest], bool]:
    """Return what looks for a button."""
    return lambda page: any(b.label.replace("\\", "").startswith(label) for b in page.button)


def priced(page: AppTest) -> None:
    """See what a run would cost."""
    button(page, "See what it costs").click().run()
    until(page, lambda p: shows("Ask judge-a")(p) or "Nothing is missing" in words(p))


def test_without_a_judge_it_says_what_to_set(study: Workbench) -> None:
    """In a sentence, with the names of the settings; nothing can be started."""
    page = open_page("leaderboard", "emil")
    assert any("JUDGE\\_BASE\\_URL" in info.value for info in page.info)
    assert not shows("See what it costs")(page)


def test_the_price_comes_first_then_the_run_then_the_scores(
    study: Workbench, server: JudgeServer
) -> None:
    """Nothing is asked before the second button; afterwards nothing is missing."""
    page = open_page("leaderboard", "emil")
    priced(page)
    assert server.calls == 0
    assert f"{GRADES} grades to ask for" in words(page).replace("\\\\", "")

    button(page, f"Ask judge-a for {GRADES} grades").click().run()
    until(page, lambda p: any("Last run" in c.value for c in p.caption))

    assert server.calls == GRADES
    (run,) = study.judging.runs(actor("emil"))
    assert (run.state, run.done, run.by) == ("finished", GRADES, "emil")
    priced(page)
    assert any(f"{GRADES} grades stored already" in s.value.replace("\\", "") for s in page.success)
    assert page.dataframe[0].value["Imported"].iloc[0].startswith("1.00")


def test_a_judge_is_named_on_its_button_as_it_is_written(
    study: Workbench, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks of Markdown in a model's name are no Markdown."""
    monkeypatch.setenv("RARE_REVIEW_JUDGE_MODEL", "qwen2_5_*vl*:8b")
    page = open_page("leaderboard", "emil")
    button(page, "See what it costs").click().run()
    until(page, lambda p: any(b.key == "judge-start" for b in p.button))
    label = page.button(key="judge-start").label
    assert label == r"Ask qwen2\_5\_\*vl\*\:8b for 40 grades"


def test_another_choice_puts_the_price_away(study: Workbench, server: JudgeServer) -> None:
    """A price is of what was chosen when it was asked for."""
    page = open_page("leaderboard", "emil")
    priced(page)
    page.multiselect(key="judge-tracks").set_value([Track.DIAGNOSIS]).run()
    assert not shows("Ask judge-a")(page)
    priced(page)
    assert any("Nothing is missing" in s.value for s in page.success)


def test_a_run_shows_how_far_it_is_on_any_screen_and_can_be_stopped_and_gone_on_with(
    study: Workbench, server: JudgeServer
) -> None:
    """By what stands in the database: a second person's screen stops it, the first goes on."""
    server.latency = 3.0
    page = open_page("leaderboard", "emil")
    priced(page)
    button(page, "Ask judge-a").click().run()
    assert message(page) == ("", "")
    other = open_page("leaderboard", "lena")
    until(other, shows("Stop"))
    assert "judge" in words(other)
    button(other, "Stop").click().run()
    until(other, lambda p: not shows("Stop")(p))

    (run,) = study.judging.runs(actor("emil"))
    assert run.state == "stopped"
    assert 0 < run.done < GRADES
    server.latency = 0.0
    button(other, "Go on with it").click().run()
    until(other, lambda p: any("Last run" in c.value for c in p.caption))
    (run,) = study.judging.runs(actor("emil"))
    assert (run.state, run.done) == ("finished", GRADES)
    assert server.calls == GRADES


def test_a_run_that_was_cut_off_says_so_and_can_be_gone_on_with(
    study: Workbench, server: JudgeServer
) -> None:
    """As after a server's restart: nobody was heard of for a minute."""
    page = open_page("leaderboard", "emil")
    priced(page)
    button(page, "Ask judge-a").click().run()
    until(page, lambda p: any("Last run" in c.value for c in p.caption))
    with study.database.transaction() as t:
        t.execute(
            text("UPDATE judge_run SET state = 'running', seen_at = '2026-01-01 00:00:00+00:00'")
        )

    page = open_page("leaderboard", "emil")

    assert any("It was cut off" in w.value for w in page.warning)
    button(page, "Go on with it").click().run()
    until(page, lambda p: any("Last run" in c.value for c in p.caption))
    assert server.calls == GRADES


def test_where_the_budget_is_used_up_a_larger_one_is_asked_for(
    study: Workbench, server: JudgeServer
) -> None:
    """With how much is held for what was cut off; nothing is offered that would change nothing."""
    page = open_page("leaderboard", "emil")
    priced(page)
    card = judge_card(Settings())
    most = study.judging.plan(OPERATOR, card).most_cost / GRADES
    budget = 4 * most
    page.number_input(key="judge-budget").set_value(most + 0.003).run()
    button(page, "Ask judge-a").click().run()
    until(page, shows("Go on with it"))
    (run,) = study.judging.runs(actor("emil"))
    with study.database.transaction() as t:
        judging.change_run(t, run.run_id, "resumed", "emil", study.clock(), budget=budget)
        now = study.clock()
        judging.lease(t, run.run_id, "elsewhere/1/ab", 3, now=now, until=now - timedelta(1))

    page = open_page("leaderboard", "emil")
    page.number_input(key="judge-budget").set_value(budget).run()
    assert button(page, "Go on with it").disabled
    page.number_input(key="judge-budget").set_value(budget + 0.0001).run()
    button(page, "Go on with it").click().run()
    until(page, lambda p: "are held for" in words(p))

    (run,) = study.judging.runs(actor("emil"))
    said = page.warning[-1].value.replace("\\", "")
    assert said.endswith(
        "What is left of the budget may not pay for another call. "
        f"{run.unsure_cost:.4f} USD are held for calls that were cut off or did not say what they "
        f"cost. To go on, set Spend at most to more than {run.budget:.4f} USD."
    )
    assert button(page, "Go on with it").disabled
    page.number_input(key="judge-budget").set_value(100.0).run()
    button(page, "Go on with it").click().run()
    until(page, lambda p: any("Last run" in c.value for c in p.caption))
    (run,) = study.judging.runs(actor("emil"))
    assert (run.state, run.done, run.budget) == ("finished", GRADES, 100.0)


def test_below_the_price_of_one_question_that_price_is_asked_for(
    study: Workbench, server: JudgeServer
) -> None:
    """A little more than the old limit would be too little again."""
    page = open_page("leaderboard", "emil")
    priced(page)
    page.number_input(key="judge-budget").set_value(0.001).run()
    button(page, "Ask judge-a").click().run()
    until(page, shows("Go on with it"))

    said = page.warning[-1].value.replace("\\", "")
    assert "one question may cost up to" in said
    assert said.endswith("To go on, set Spend at most to no less than one question may cost.")
    assert server.calls == 0


def test_what_brought_no_grade_is_listed_with_the_reason(
    study: Workbench, server: JudgeServer
) -> None:
    """In words, not as states of HTTP only."""
    server.answer = lambda sent, n: (
        (400, {}, refusal("Flagged", code="content_filter")) if n == 1 else met(sent, n)
    )
    page = open_page("leaderboard", "emil")
    priced(page)
    button(page, "Ask judge-a").click().run()
    until(page, lambda p: any("Without a grade" in c.value for c in p.caption))
    table = page.dataframe[-1].value
    assert table["What happened"].tolist() == ["The judge declined"]
    assert table["Model"].tolist() == ["model-a"]


@pytest.mark.parametrize("person", ["amara", "chen"])
def test_it_is_for_leads_and_evaluators(study: Workbench, server: JudgeServer, person: str) -> None:
    """A reader or an adjudicator sees nothing of it."""
    page = open_page("leaderboard", person)
    assert "Judge the answers" not in words(page)
