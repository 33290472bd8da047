"""The agreement screen: numbers with their n, and the units behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.people import OPERATOR
from src.domain.review import Verdict
from src.domain.routing import AUDIT, STANDARD
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, open_page, serve, words


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items that two people are to read."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    return bench


def test_before_all_have_read_there_is_nothing_to_compare(study: Workbench) -> None:
    """One reader alone agrees with nobody."""
    read_all(study, "amara")
    page = open_page("agreement", "lena")
    assert "There is nothing to compare yet" in page.info[0].value


def test_identical_readings_leave_alpha_undefined_and_say_so(study: Workbench) -> None:
    """Agreement is 1.00; alpha has no spread to work on (Krippendorff 2011)."""
    read_all(study, "amara")
    read_all(study, "benoit")
    shown = [text.value for text in open_page("agreement", "lena").text]
    assert "1.00, n = 2 units" in shown
    assert "Undefined, all identical (agreement 1.00); n = 2 units" in shown


def test_a_number_opens_the_units_that_differ(study: Workbench) -> None:
    """Both verdicts differ: agreement 0.00, and both items are one click away."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    page = open_page("agreement", "chen", of="first")
    assert "0.00, n = 2 units" in [text.value for text in page.text]
    button(page, "2 units differ").click().run()
    assert page.query_params["field"] == "claim verdict"
    assert button(page, "test/diagnosis/001") and button(page, "test/diagnosis/002")


def test_the_screen_tells_how_units_were_settled_and_what_the_audit_found(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Two items drawn: one is confirmed, the other waits."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, routing=STANDARD.model_copy(update={"audit_share": 1.0}))
    item_id, _ = read_all(bench, "amara")
    read_all(bench, "benoit")
    ruling = Ruling(round="first", item_id=item_id, unit=AUDIT, chosen="confirm")
    bench.adjudicating.decide(actor("chen"), ruling)
    serve(bench, monkeypatch, tmp_path)
    page = open_page("agreement", "lena")
    assert not page.exception
    assert list(page.dataframe[0].value["Settled by"]) == ["All readers agree", "Not settled yet"]
    assert list(page.dataframe[1].value["Units"]) == [2]
    [said] = [text.value for text in page.text if text.value.startswith("Not right in")]
    assert said.startswith("Not right in 0.0% (0.0% to 79.3%) of the items looked at, n = 1: ")
    assert said.endswith("1 item still to be looked at.")


def test_a_round_that_is_not_there_falls_back_to_all(study: Workbench) -> None:
    """An address made by hand shows the study, not a traceback."""
    read_all(study, "amara")
    read_all(study, "benoit")
    page = open_page("agreement", "lena", of="no such round", field="no such field")
    assert page.selectbox(key="chosen-of").value == ""


def test_a_reviewer_sees_no_agreement(study: Workbench) -> None:
    """How others read is not for a reader."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    page = open_page("agreement", "amara")
    assert "does not hold it" in page.info[0].value
    assert "n = 2" not in words(page)
