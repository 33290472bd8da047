"""The gold screen: what is ready, releases, exports."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from db import outcomes
from src.domain.exports import ABOUT, ExportFormat
from src.domain.people import OPERATOR
from src.domain.review import Check, CheckAnswer, Verdict
from src.services.workbench import Workbench
from src.ui.export_form import ExportKey
from src.ui.work import work_desk
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items
from tests.pages.screens import button, message, open_page, serve, words


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items in a round and one that no round asks for."""
    lines = [item_line("001"), item_line("002", case="case-2"), item_line("003", case="case-3")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    ids = ("test/diagnosis/001", "test/diagnosis/002")
    open_round(bench, item_ids=ids)
    serve(bench, monkeypatch, tmp_path)
    return bench


def read_both(study: Workbench, **second: Any) -> None:
    """Let both readers read both items."""
    read_all(study, "amara")
    read_all(study, "benoit", **second)


def test_before_any_reading_everything_is_left_out_with_its_reason(study: Workbench) -> None:
    """Two items wait for readers, one is in no round; no release can be made."""
    page = open_page("gold", "lena")
    labels = [expander.label for expander in page.expander]
    assert labels == [
        "2 items left out: readings are missing",
        "1 item left out: no round asks for it",
    ]
    assert "There is no release yet" in page.info[0].value


def test_open_disputes_keep_items_out_and_say_so(study: Workbench) -> None:
    """Readers who differ on a verdict leave nothing ready."""
    read_both(study, verdict=Verdict.CONTRADICTED)
    page = open_page("gold", "lena")
    assert "2 items left out: disputes are open" in [e.label for e in page.expander]


def test_the_lead_makes_a_release_after_being_asked_once_more(study: Workbench) -> None:
    """The message names the release's hash, and the release is open on the screen."""
    read_both(study)
    page = open_page("gold", "lena")
    assert "Are you sure?" in words(page)
    page.text_area(key="release-notes-1").input("For the paper")
    button(page, "Yes, make release 1").click().run()
    release = study.releasing.get(actor("lena"), 1)
    assert message(page) == ("done", f"Release 1 holds 2 items: {release.sha256}")
    assert release.notes == "For the paper"
    assert page.query_params["release"] == "1"
    assert "Nothing is stale" in words(page)


def test_a_release_made_meanwhile_is_not_made_twice(study: Workbench) -> None:
    """Two leads ask at once: the second is told, and there is one release."""
    read_both(study)
    page = open_page("gold", "lena")
    study.releasing.release(actor("lena"))
    button(page, "Yes, make release 1").click().run()
    assert message(page) == ("refused", "Release 1 was made meanwhile. Look at it first.")
    assert len(study.releasing.all_of(actor("lena"))) == 1


def test_an_adjudicator_sees_what_is_ready_but_releases_nothing(study: Workbench) -> None:
    """Only the lead is offered the release."""
    read_both(study)
    page = open_page("gold", "chen")
    assert "Ready now: 2 items" in words(page)
    assert [b.label for b in page.button if "release" in b.label.lower()] == []


def exported(study: Workbench, format: ExportFormat, *, known_only: bool = False) -> AppTest:
    """Open the screen of a release as the lead, write a format, and wait until it is there."""
    if not study.releasing.all_of(actor("lena")):
        study.releasing.release(actor("lena"))
    page = open_page("gold", "lena")
    page.radio(key="export-format-1").set_value(format).run()
    if known_only:
        page.checkbox(key="export-known-1").check().run()
    button(page, f"Write release 1 as {ABOUT[format].name}").click().run()
    sha256 = study.releasing.get(actor("lena"), 1).sha256
    work = work_desk().of(ExportKey(1, sha256, format).work)
    while work is not None and not work.done:
        time.sleep(0.05)
    return page.run()


def test_every_format_is_offered_with_a_line_that_says_for_whom_it_is(study: Workbench) -> None:
    """Eight names, eight lines; before anything is written there is nothing to download."""
    read_both(study)
    study.releasing.release(actor("lena"))
    page = open_page("gold", "emil")
    said = words(page).replace("\\", "")
    for about in ABOUT.values():
        assert about.name in said
        assert about.for_whom in said
    assert "Download" not in said


def test_an_export_is_written_beside_the_screen_and_offered_for_download(
    study: Workbench,
) -> None:
    """Below var/export, whole; the download's name holds the manifest's hash."""
    read_both(study)
    page = exported(study, ExportFormat.JSONL)
    (path,) = Path("var/export").glob("release-1-*/jsonl/manifest-release-1.json")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    said = words(page).replace("\\", "")
    assert "Written: 2 items and 4 images." in said
    assert f"download-release-1-jsonl-{sha256[:16]}" in said
    assert sha256 in said


def test_what_an_export_leaves_out_is_said_on_the_screen(study: Workbench) -> None:
    """And how many images are in it of which nobody knows the licence."""
    read_both(study)
    said = words(exported(study, ExportFormat.CROISSANT, known_only=True)).replace("\\", "")
    assert "Written: 2 items and 0 images." in said
    assert "Left out: 4 images, because no licence is given." in said
    said = words(exported(study, ExportFormat.HF)).replace("\\", "")
    assert "Written: 2 items and 4 images" in said
    assert "Of unknown licence: 4 images" in said


def test_an_export_that_cannot_be_written_says_why(study: Workbench) -> None:
    """No box was drawn, so there is nothing of COCO's."""
    read_both(study)
    page = exported(study, ExportFormat.COCO)
    assert "Nothing of this release can be written as coco" in words(page)


def test_an_evaluator_is_not_offered_images_whatever_their_licence(study: Workbench) -> None:
    """That copy is the lead's to make."""
    read_both(study)
    study.releasing.release(actor("lena"))
    page = open_page("gold", "emil")
    assert [box.key for box in page.checkbox] == ["export-known-1"]
    assert "Write release 1 as JSON Lines" in [b.label for b in page.button]


def test_an_adjudicator_takes_nothing_away(study: Workbench) -> None:
    """There is no export for whoever only settles."""
    read_both(study)
    study.releasing.release(actor("lena"))
    assert "Export release" not in words(open_page("gold", "chen"))


def test_an_item_of_a_release_shows_each_value_with_its_method_and_votes(study: Workbench) -> None:
    """The verdict both readers gave is there with two votes."""
    read_both(study, checks={Check.ANSWER_CORRECT: CheckAnswer.YES})
    study.releasing.release(actor("lena"))
    page = open_page("gold", "lena", release="1", gold="test/diagnosis/001")
    frame = next(f.value for f in page.dataframe if "Readings" in f.value.columns)
    row = frame[frame["Of"] == "Claim 1"].iloc[0]
    assert (row["Value"], row["Settled by"], row["Readings"]) == (
        "● Supported",
        "All readers agree",
        "2 Supported",
    )


def test_a_release_that_does_not_hold_an_item_says_so(study: Workbench) -> None:
    """An address made by hand is answered in words."""
    read_both(study)
    study.releasing.release(actor("lena"))
    page = open_page("gold", "lena", release="1", gold="test/diagnosis/003")
    assert "does not hold" in page.warning[0].value.replace("\\", "")


def test_a_changed_item_makes_its_release_stale(study: Workbench, tmp_path: Path) -> None:
    """A reader's revision shows up under the release as one that would come out differently."""
    read_both(study)
    study.releasing.release(actor("lena"))
    mine = study.reviewing.own_review(actor("amara"), "first", "test/diagnosis/001")
    assert mine is not None
    claims = tuple(c.model_copy(update={"verdict": Verdict.CONTRADICTED}) for c in mine.body.claims)
    study.reviewing.submit(
        actor("amara"),
        "first",
        "test/diagnosis/001",
        mine.body.model_copy(update={"claims": claims}),
        item_version=1,
        idempotency_key="revised",
    )
    page = open_page("gold", "lena")
    assert "1 item would come out differently now" in [e.label for e in page.expander]


def test_two_releases_are_compared_on_the_screen(study: Workbench, tmp_path: Path) -> None:
    """What changed stands before and after; another release is chosen, and the address says so."""
    read_both(study)
    study.releasing.release(actor("lena"))
    for person in ("amara", "benoit"):
        task = study.reviewing.task(actor(person), "first", "test/diagnosis/001")
        study.reviewing.submit(
            actor(person),
            "first",
            "test/diagnosis/001",
            full_reading(task.item, Verdict.CONTRADICTED),
            item_version=1,
            idempotency_key=f"again {person}",
        )
    study.releasing.release(actor("lena"))
    page = open_page("gold", "emil", release="2")
    assert "From release" not in words(page)
    page.selectbox(key="chosen-with").set_value("1").run()
    assert not page.exception
    assert page.query_params["with"] == "1"
    assert "From release 1 to release 2" in words(page)
    frame = next(f.value for f in page.dataframe if "Before" in f.value.columns)
    [row] = frame.to_dict("records")
    assert row == {
        "Of": "Claim c1",
        "Before": "Supported · All readers agree · 2 Supported",
        "After": "Contradicted · All readers agree · 2 Contradicted",
    }


def test_a_newer_version_is_taken_only_when_the_lead_says_so(
    study: Workbench, tmp_path: Path
) -> None:
    """It stands among what is left out, and a box takes it in as it was read."""
    read_both(study)
    changed = item_line("001", context="Another context.")
    study.importing.store_file(OPERATOR, write_items(tmp_path / "in", [changed]))
    page = open_page("gold", "lena")
    assert "1 item left out: a newer version is not read yet" in [e.label for e in page.expander]
    page.checkbox(key="release-older-1").check()
    button(page, "Yes, make release 1").click().run()
    assert message(page)[1].startswith("Release 1 holds 2 items")
    frames = [f.value for f in page.dataframe if "Settled by" in f.value.columns]
    assert list(frames[0]["Settled by"]) == ["All readers agree"]


def test_a_reviewer_sees_no_gold(study: Workbench) -> None:
    """Gold would tell a reader what others said."""
    read_both(study)
    study.releasing.release(actor("lena"))
    page = open_page("gold", "amara")
    assert "does not hold it" in page.info[0].value
    assert "sha256" not in words(page)


def test_a_study_of_which_nothing_is_kept_is_counted_with_a_bar(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """More items than are settled while a page is drawn: the releases are there meanwhile."""
    lines = [item_line(f"{n:03d}", case=f"case-{n}", images=[]) for n in range(60)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit")
    with bench.database.transaction() as t:
        outcomes.empty(t)
    serve(bench, monkeypatch, tmp_path)
    page = open_page("gold", "lena")
    assert "Counting what was read before" in words(page)
    assert "There is no release yet" in words(page)
    for _ in range(100):
        if bench.catching_up.behind(actor("lena")) == 0:
            break
        time.sleep(0.1)
    assert "Ready now: 60 items" in words(open_page("gold", "lena"))
