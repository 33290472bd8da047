"""The adjudicate screen: disputes settled one by one, readers unnamed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as texts
from streamlit.testing.v1 import AppTest

from src.domain.adjudication import Reason
from src.domain.evidence import ImageBox
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.review import (
    ClaimReading,
    Confidence,
    CriterionReading,
    EditReason,
    Verdict,
)
from src.domain.routing import STANDARD
from src.services.workbench import Workbench
from src.ui.differences import differences
from src.ui.dispute_form import shown_reading
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, message, open_page, serve, words

ITEM = "test/diagnosis/001"
LEAK = LeakageFlag(kind=LeakKind.GIVE_AWAY_PHRASE, place=LeakPlace(field="context"))


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of two items that two people are to read."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    return bench


def differ(study: Workbench) -> None:
    """Let the readers differ on the verdict and on the second criterion of both items."""
    reworded = CriterionReading(
        criterion_id="k2",
        action="edit",
        text="Mentions BRAF V600E or MAP2K1 testing",
        points=2.0,
        reason=EditReason.TOO_VAGUE,
        note="One gene is too narrow.",
    )
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.PARTLY_SUPPORTED, criteria=(reworded,))


def case_page() -> AppTest:
    """Open the first item."""
    return open_page("adjudicate", "chen", item=ITEM, round="first")


def choose(page: AppTest, unit: str, option: str) -> str:
    """Choose how to settle the n-th dispute and return the stem of its widgets."""
    number = {"claim": 0, "criterion": 1}[unit]
    pills = [group for group in page.button_group if group.label == "Settle with"][number]
    pills.set_value(option).run()
    key = str(pills.key).removeprefix("choice-")
    assert not page.exception
    return key


def give_reason(page: AppTest, key: str) -> None:
    """Say why the readers differ."""
    page.button_group(key=f"reason-{key}").set_value(Reason.READER_SLIP)
    page.button_group(key=f"confidence-{key}").set_value(Confidence.HIGH)


def units_left(study: Workbench) -> set[str]:
    """Return the open units of the first item."""
    return {d.unit for d in study.adjudicating.disputes(actor("chen")) if d.item_id == ITEM}


def letter_of(study: Workbench, key: str) -> str:
    """Return the letter of the reader who gave a verdict on the first item."""
    case = study.adjudicating.case(actor("chen"), "first", ITEM)
    claim = next(d for d in case.disputes if d.unit == "claim:c1")
    return next(r.reader for r in claim.readings if r.key == key)


def test_nothing_disputed_says_what_still_waits(study: Workbench) -> None:
    """Before the readings are in there is no list, only what is to come."""
    page = open_page("adjudicate", "chen")
    assert "No disputes. 2 items still wait for a reading." in page.info[0].value.replace("\\", "")


def test_what_a_reader_refused_of_the_benchmark_stands_among_what_they_said(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In words, beside the verdict of the reader who refused it, and of no other."""
    claims = [{"text": "It is Erdheim-Chester disease", "images": [1, 2]}]
    path = write_items(tmp_path / "in", [item_line("001", claims=claims)])
    bench.importing.store_file(OPERATOR, path)
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    second = bench.browsing.item(OPERATOR, ITEM).item.claims[0].links[1]
    refusing = ClaimReading(claim_id="c1", verdict=Verdict.CONTRADICTED, refused=(second,))
    read_all(bench, "amara")
    read_all(bench, "benoit", claims=(refusing,))
    said = "Not this, though the benchmark names it: Image 2"
    assert said in words(case_page())
    case = bench.adjudicating.case(actor("chen"), "first", ITEM)
    [dispute] = case.disputes
    facts = {r.key: shown_reading(case, dispute, r).facts for r in dispute.readings}
    assert facts == {"supported": (), "contradicted": (said,)}


def test_a_person_without_the_role_is_told_so_and_sees_nothing(study: Workbench) -> None:
    """A reviewer and a stranger get one sentence and no item."""
    differ(study)
    for person in ("amara", "lena"):
        page = open_page("adjudicate", person, item=ITEM, round="first")
        assert "role adjudicator" in page.info[0].value
        assert "Erdheim" not in words(page)


def test_the_list_opens_an_item_and_the_address_says_which(study: Workbench) -> None:
    """Both items have two open units; opening one writes it into the address."""
    differ(study)
    page = open_page("adjudicate", "chen")
    assert [text.value for text in page.text if "open" in text.value] == ["2 of 6 open"] * 2
    button(page, ITEM).click().run()
    assert page.query_params["item"] == ITEM
    assert "2 open disputes" in words(page)


def test_no_byte_of_the_page_names_a_reader(study: Workbench) -> None:
    """The adjudicator sees Reader A and B, never who they are."""
    differ(study)
    shown = words(case_page())
    assert "Reader A" in shown or '\\"reader\\"' in shown
    assert "One gene is too narrow." in shown
    for name in ("amara", "Amara", "benoit", "Beno"):
        assert name not in shown


def test_choosing_a_reading_settles_the_unit_and_shows_the_receipt(study: Workbench) -> None:
    """The verdict of the reader chosen becomes the item's, and the card is gone."""
    differ(study)
    page = case_page()
    letter = letter_of(study, "partly_supported")
    key = choose(page, "claim", letter)
    give_reason(page, key)
    page.text_area(key=f"rationale-{key}").input("The biopsy is not conclusive.")
    button(page, f"Settle with Reader {letter}'s reading").click().run()
    assert units_left(study) == {"criterion:k2"}
    assert "receipt 1" in words(page).replace("\\", "")
    case = study.adjudicating.case(actor("chen"), "first", ITEM)
    settled = next(unit for unit in case.settled if unit.unit == "claim:c1")
    assert (settled.key, settled.method) == ("partly_supported", "adjudicated")


def test_without_a_reason_nothing_is_settled_and_the_text_is_kept(study: Workbench) -> None:
    """The form says what is missing beside its button."""
    differ(study)
    page = case_page()
    key = choose(page, "claim", "A")
    page.text_area(key=f"rationale-{key}").input("Half a sentence")
    button(page, "Settle with Reader A").click().run()
    assert units_left(study) == {"claim:c1", "criterion:k2"}
    assert "Choose why" in page.warning[0].value
    assert page.text_area(key=f"rationale-{key}").value == "Half a sentence"


def test_a_new_criterion_starts_from_the_readers_text(study: Workbench) -> None:
    """The input holds the proposal; what is changed in it becomes the criterion of gold."""
    differ(study)
    page = case_page()
    key = choose(page, "criterion", "new")
    field = page.text_area(key=f"new-{key}")
    assert field.value == "Mentions BRAF V600E or MAP2K1 testing"
    field.input("Mentions testing for BRAF V600E or a MAP kinase gene")
    page.number_input(key=f"points-{key}").set_value(1.5)
    give_reason(page, key)
    button(page, "Settle with this").click().run()
    assert units_left(study) == {"claim:c1"}
    case = study.adjudicating.case(actor("chen"), "first", ITEM)
    settled = next(unit for unit in case.settled if unit.unit == "criterion:k2")
    assert settled.value == {
        "action": "edit",
        "text": "Mentions testing for BRAF V600E or a MAP kinase gene",
        "points": 1.5,
    }


def test_an_empty_new_text_is_refused_beside_the_button(study: Workbench) -> None:
    """A criterion without a text settles nothing."""
    differ(study)
    page = case_page()
    key = choose(page, "criterion", "new")
    page.text_area(key=f"new-{key}").input("  ")
    give_reason(page, key)
    button(page, "Settle with this").click().run()
    assert "is empty" in page.warning[0].value
    assert units_left(study) == {"claim:c1", "criterion:k2"}


def test_after_the_last_dispute_the_next_item_is_offered(study: Workbench) -> None:
    """Both units settled, the worst of the other items is one click away."""
    differ(study)
    page = case_page()
    for _ in range(2):
        key = choose(page, "claim", "A")
        give_reason(page, key)
        button(page, "Settle with Reader A").click().run()
    assert "Nothing is open on this item." in page.success[0].value
    button(page, "Open the next item, test/diagnosis/002").click().run()
    assert page.query_params["item"] == "test/diagnosis/002"


def test_a_leak_all_readers_saw_can_be_ruled_not_to_be_one(study: Workbench) -> None:
    """An agreed flag keeps the item out of gold until it is ruled on."""
    read_all(study, "amara", flags=(LEAK,))
    read_all(study, "benoit", flags=(LEAK,))
    assert study.releasing.preview(actor("lena")).ready == 0
    page = case_page()
    assert "Phrase that gives it away" in words(page)
    key = choose(page, "claim", "remove")
    give_reason(page, key)
    button(page, "Settle as not a leak").click().run()
    assert study.releasing.preview(actor("lena")).ready == 1


def test_an_item_still_to_be_read_is_refused_in_words(study: Workbench) -> None:
    """An address made by hand shows no reading before all are in."""
    read_all(study, "amara", comment="Amara's own words")
    page = case_page()
    assert "still waits for 1 reader." in page.warning[0].value
    assert "own words" not in words(page)


def test_a_ruling_on_readings_that_changed_is_refused(study: Workbench) -> None:
    """A revision that comes in between makes the adjudicator look again."""
    differ(study)
    page = case_page()
    key = choose(page, "claim", "A")
    give_reason(page, key)
    mine = study.reviewing.own_review(actor("amara"), "first", ITEM)
    assert mine is not None
    study.reviewing.submit(
        actor("amara"),
        "first",
        ITEM,
        mine.body.model_copy(update={"comment": "Another comment"}),
        item_version=1,
        idempotency_key="again",
    )
    button(page, "Settle with Reader A").click().run()
    assert message(page) == ("refused", "A reading changed since you opened the item. Look again.")
    assert units_left(study) == {"claim:c1", "criterion:k2"}


@given(texts.text(), texts.text())
def test_both_texts_can_be_put_together_from_their_differences(old: str, new: str) -> None:
    """What is the same or removed is the old text; what is the same or added is the new one."""
    parts = differences(old, new)
    assert "".join(part.text for part in parts if part.kind != "added") == old
    assert "".join(part.text for part in parts if part.kind != "removed") == new


def test_a_changed_word_is_marked_and_its_neighbours_are_not() -> None:
    """The difference is shown word by word, not letter by letter."""
    parts = differences("Treat with 10 mg daily.", "Treat with 20 mg daily.")
    assert {(part.kind, part.text) for part in parts} == {
        ("same", "Treat with "),
        ("removed", "10 "),
        ("added", "20 "),
        ("same", "mg daily."),
    }


def test_an_audited_item_is_confirmed_with_one_press(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is no dispute: what the readers settled stands there, and each unit can be ruled on."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench, routing=STANDARD.model_copy(update={"audit_share": 1.0}))
    read_all(bench, "amara")
    read_all(bench, "benoit")
    serve(bench, monkeypatch, tmp_path)
    page = case_page()
    assert "Drawn for the audit" in words(page)
    assert "open dispute" not in words(page)
    assert words(page).count("Not right") >= 6

    button(page, "All is right").click().run()

    assert message(page) == ("", "")
    assert page.session_state["_ruling_receipt"].startswith("Audit confirmed. Your receipt 1, ")
    assert "The audit confirmed" in words(page)
    assert units_left(bench) == set()


def test_a_dispute_says_why_it_is_there(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In words; and of evidence, what each reader marked."""
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [item_line("001")]))
    open_round(bench, routing=STANDARD)
    sha256 = bench.browsing.item(OPERATOR, ITEM).item.content.images[0].sha256
    for reader, x in (("amara", 0), ("benoit", 60)):
        box = ImageBox(sha256=sha256, x=x, y=0, width=20, height=20)
        claim = ClaimReading(claim_id="c1", verdict=Verdict.SUPPORTED, evidence=(box,))
        read_all(bench, reader, claims=(claim,))
    serve(bench, monkeypatch, tmp_path)
    page = case_page()
    assert "The boxes marked as evidence differ" in words(page)
    assert "Evidence of claim 1" in words(page)
    assert "1 place marked" in words(page)
    [pills] = [group for group in page.button_group if group.label == "Settle with"]
    assert list(pills.options) == ["Reader A", "Reader B", "As imported"]
    pills.set_value("A").run()
    give_reason(page, str(pills.key).removeprefix("choice-"))
    button(page, "Settle with Reader A").click().run()
    assert units_left(bench) == set()
