"""The leakage screen: flags and where they stand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from src.domain.errors import NotAllowedError
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.domain.review import Verdict
from src.services import leakage_report
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from src.ui.work import work_desk
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
    assert "Confirmed:" not in said


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
    assert study.leakage.page(both).lines == ()
    assert study.leakage.counts(both).tallies == ()
    assert study.leakage.statistics(both).items == 0
    with pytest.raises(NotAllowedError, match="may still come to you"):
        study.leakage.item(both, "test/diagnosis/001")
    assert len(study.leakage.page(actor("lena")).lines) == 2


def test_a_long_study_is_looked_through_stretch_by_stretch(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for one item a page, the second flag is on the second page."""
    monkeypatch.setattr(leakage_report, "PAGE", 1)
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit", flags=(LEAK,))
    page = open_page("leakage", "lena")
    assert button(page, "test/diagnosis/001")
    button(page, "Next page").click().run()
    assert button(page, "test/treatment/002")
    assert page.query_params["after"] == "test/diagnosis/001"


TOLD = "A biopsy elsewhere had confirmed Erdheim-Chester disease in this woman with bone pain."


@pytest.fixture
def leaking(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study, not yet scanned, in which one item tells its answer."""
    lines = [item_line("001", context=TOLD), item_line("002", "treatment", context="Nothing.")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    serve(bench, monkeypatch, tmp_path)
    return bench


def wait_for_work(page: AppTest) -> AppTest:
    """Let what was begun beside the screen end, and draw the page anew."""
    deadline = time.monotonic() + 20
    while any(not work.done for work in work_desk()._works.values()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    page.run()
    assert not page.exception, page.exception
    return page


def test_before_a_scan_the_screen_says_how_to_make_one(leaking: Workbench) -> None:
    """It names the button and the command."""
    said = shown(leaking)
    assert "Nothing is scanned yet" in said
    assert "manage.py scan" in said
    assert "2 not looked at yet" in said


def test_a_lead_scans_from_the_screen_and_sees_what_was_found(leaking: Workbench) -> None:
    """The item that tells its answer is suspected, the other clean."""
    page = open_page("leakage", "lena")
    button(page, "Scan now").click().run()
    said = words(wait_for_work(page)).replace("\\", "")
    assert "Scanned for leaks, 2 items" in said
    assert "1 suspected" in said
    assert "◐ Suspected" in said


def test_an_adjudicator_does_not_scan(leaking: Workbench) -> None:
    """The button is the lead's."""
    page = open_page("leakage", "chen")
    assert "Scan now" not in [b.label for b in page.button]


def test_one_item_shows_its_hits_in_their_words(leaking: Workbench) -> None:
    """With the words around them, where they stand, and what readers say."""
    leaking.scanning.scan(OPERATOR)
    said = shown(leaking, item="test/diagnosis/001")
    assert "had confirmed **Erdheim-Chester disease** in this" in said
    assert "Not spoken about · Case text" in said
    assert "Masks" in said


def test_an_item_nobody_knows_of_is_refused_calmly(leaking: Workbench) -> None:
    """The way back is there."""
    page = open_page("leakage", "lena", item="test/diagnosis/999")
    assert "There is no item" in page.warning[0].value
    assert button(page, "Back to the list")


def test_when_everything_is_clean_the_screen_says_so(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A scan that found nothing is good news, not an empty page."""
    line = item_line("001", context="Bone pain.", orpha_code="")
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [line]))
    bench.scanning.scan(OPERATOR)
    serve(bench, monkeypatch, tmp_path)
    assert "Everything that was looked at is clean" in shown(bench)


def test_filters_that_fit_nothing_say_so(leaking: Workbench) -> None:
    """And nonsense in the address is as if it were not there."""
    leaking.scanning.scan(OPERATOR)
    assert "No item stands so" in shown(leaking, status="confirmed")
    assert "test/diagnosis/001" in shown(leaking, status="nonsense", layer="x", since="y")


def test_numbers_come_with_their_n(study: Workbench) -> None:
    """Both readers flagged both items, which a scan looked at."""
    study.scanning.scan(OPERATOR)
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit", flags=(LEAK,))
    page = open_page("leakage", "lena", view="numbers")
    assert "2 items read by all readers, 2 of them scanned" in words(page)
    readers, scan = (table.value for table in page.dataframe)
    assert list(readers["Agreement"]) == ["1.00, n = 2 units", "1.00, n = 2 units"]
    assert next(iter(scan["Hits"])) == "All"
    assert all(", n = " in recall for recall in scan["Recall"])


def test_what_stands_twice_is_looked_for_when_asked(leaking: Workbench, tmp_path: Path) -> None:
    """The treatment item of the same case tells the diagnosis."""
    twice = item_line("003", "treatment", question="How is Erdheim-Chester disease treated?")
    leaking.importing.store_file(OPERATOR, write_items(tmp_path / "more", [twice]))
    page = open_page("leakage", "lena", view="duplicates")
    button(page, "Compare 3 items").click().run()
    said = words(wait_for_work(page)).replace("\\", "")
    assert "The answer of diagnosis stands in the question of treatment" in said


CONDITIONS = "What a model is shown"


def test_the_lead_sees_what_a_model_is_shown_under_each_condition(study: Workbench) -> None:
    """Chosen in the address too; nothing is shown until one is chosen."""
    read_all(study, "amara")
    read_all(study, "benoit")

    def under(condition: str) -> str:
        said = shown(study, item="test/diagnosis/001", shown=condition)
        return said.split(CONDITIONS)[1]

    assert "perirenal soft tissue" not in under("")
    assert "perirenal soft tissue" in under("full")
    assert "with these words" in under("full") and "No images." in under("text")
    assert "every name of it withheld" in under("nodx")


def test_who_may_not_see_conditions_is_not_offered_them(study: Workbench) -> None:
    """An adjudicator settles readings and needs no prompt."""
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit")
    said = words(open_page("leakage", "chen", item="test/diagnosis/001"))
    assert "test/diagnosis/001" in said and CONDITIONS not in said
