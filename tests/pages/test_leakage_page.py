"""The leakage screen: flags and where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.adjudication import Reason
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.review import Verdict
from src.services import browsing
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, open_page, serve, words

LEAK = LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=LeakPlace(field="context"))
UNIT = "flag:answer_in_text:context"


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items, of two tracks, that two people are to read."""
    lines = [item_line("001"), item_line("002", "treatment", "case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    return bench


def shown(study: Workbench, **place: str) -> str:
    """Return what the screen says to the lead."""
    return words(open_page("leakage", "lena", **place)).replace("\\", "")


def test_without_flags_the_screen_says_so(study: Workbench) -> None:
    """Nothing flagged is no empty table."""
    read_all(study, "amara")
    read_all(study, "benoit")
    assert "No reader flagged a leak" in shown(study)


def test_a_flag_of_one_reader_is_disputed_and_of_both_confirmed(study: Workbench) -> None:
    """The state follows from the readings."""
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit")
    said = shown(study)
    assert "Disputed" in said and "flagged by 1 of 2 readers" in said
    assert "Confirmed" not in said


def test_a_confirmed_leak_that_is_ruled_none_is_resolved(study: Workbench) -> None:
    """Both flagged it; the adjudicator rules that it is no leak on one item."""
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit", flags=(LEAK,))
    assert "2 items with a confirmed leak" in shown(study)
    study.adjudicating.decide(
        actor("chen"),
        Ruling(
            round="first",
            item_id="test/diagnosis/001",
            unit=UNIT,
            chosen="remove",
            reason=Reason.READER_SLIP,
        ),
    )
    said = shown(study)
    assert "1 item with a confirmed leak" in said
    assert "Resolved" in said


def test_the_track_narrows_the_list(study: Workbench) -> None:
    """Only the treatment item's flag is left."""
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit", flags=(LEAK,))
    page = open_page("leakage", "lena", track="treatment")
    assert button(page, "test/treatment/002")
    assert "test/diagnosis/001" not in words(page).replace("\\", "")


def test_a_reviewer_and_a_stranger_see_no_flags(study: Workbench) -> None:
    """What others flagged is not for a reader."""
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    assert "does not hold it" in open_page("leakage", "amara").info[0].value


def test_a_lead_who_still_reads_an_item_gets_none_of_its_flags(study: Workbench) -> None:
    """Before their own reading nobody learns what others flagged."""
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit")
    open_round(study, "second", persons=("dalia",))
    both = actor("dalia").model_copy(update={"roles": actor("dalia").roles | actor("lena").roles})
    assert study.browsing.leaks(both).lines == ()
    assert len(study.browsing.leaks(actor("lena")).lines) == 2


def test_a_long_study_is_looked_through_stretch_by_stretch(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for one item a page, the second flag is on the second page."""
    monkeypatch.setattr(browsing, "LEAK_PAGE", 1)
    monkeypatch.setattr(browsing, "LOOKED_AT", 1)
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit", flags=(LEAK,))
    page = open_page("leakage", "lena")
    assert button(page, "test/diagnosis/001")
    button(page, "Next page").click().run()
    assert button(page, "test/treatment/002")
    assert page.query_params["after"] == "test/diagnosis/001"
