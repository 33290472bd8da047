"""The agreement screen: numbers with their n, and the units behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.evidence import ImageBox
from src.domain.people import OPERATOR
from src.domain.review import ClaimReading, Verdict
from src.domain.routing import AUDIT, STANDARD
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, full_reading, item_line, open_round, read_all, write_items
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
    assert "1.00 (1.00 to 1.00), n = 2 units of 2 items: too few to say" in shown
    assert "Undefined, all identical (agreement 1.00); n = 2 units" in shown


def test_a_number_opens_the_units_that_differ(study: Workbench) -> None:
    """Both verdicts differ: agreement 0.00, and both items are one click away."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    page = open_page("agreement", "chen", of="first")
    said = "0.00 (0.00 to 0.00), n = 2 units of 2 items: too few to say"
    assert said in [text.value for text in page.text]
    button(page, "2 units differ").click().run()
    assert page.query_params["row"] == "claim verdict"
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
    assert list(page.dataframe[1].value["Settled by"]) == ["All readers agree", "Not settled yet"]
    assert list(page.dataframe[2].value["Units"]) == [2]
    [said] = [text.value for text in page.text if text.value.startswith("Not right in")]
    assert said.startswith("Not right in 0.0% (0.0% to 79.3%) of the items looked at, n = 1: ")
    assert said.endswith("1 item still to be looked at.")


def test_a_round_that_is_not_there_falls_back_to_all(study: Workbench) -> None:
    """An address made by hand shows the study, not a traceback."""
    read_all(study, "amara")
    read_all(study, "benoit")
    page = open_page("agreement", "lena", of="no such round", show="no such view")
    assert page.selectbox(key="chosen-of").value == ""


def test_a_reviewer_sees_no_agreement(study: Workbench) -> None:
    """How others read is not for a reader."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    page = open_page("agreement", "amara")
    assert "does not hold it" in page.info[0].value
    assert "n = 2" not in words(page)


VIEWS = ("", "track", "round", "week", "pair", "confusion", "evidence", "readers")


@pytest.mark.parametrize("show", VIEWS)
def test_each_view_opens_before_and_after_anything_is_read(study: Workbench, show: str) -> None:
    """Empty it says so; with readings it has numbers."""
    assert "yet" in open_page("agreement", "lena", show=show).info[0].value
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    page = open_page("agreement", "lena", show=show)
    said = words(page)
    if show == "evidence":
        assert "No two readers have marked evidence" in said
    else:
        assert not page.info, [info.value for info in page.info]


def test_what_is_taken_for_what_opens_the_units(study: Workbench) -> None:
    """Both verdicts of the two items: supported by one reader, contradicted by the other."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    page = open_page("agreement", "lena", show="confusion", a="amara", b="benoit")
    captions = [caption.value.replace("\\", "") for caption in page.caption]
    [said] = [caption for caption in captions if caption.startswith("Rows: ")]
    assert said.startswith("Rows: Amara Okafor. Columns: Benoît Marchand. n = 2 pairs of readings")
    button(page, "2 times").click().run()
    assert button(page, "test/diagnosis/001") and button(page, "test/diagnosis/002")
    assert "supported and contradicted  (100.0% of 2)" in [text.value for text in page.text]


def test_readers_are_named_to_the_lead_alone(study: Workbench) -> None:
    """An adjudicator settles what they differ on, and is shown no name, whatever the address."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CANNOT_JUDGE)
    lead = open_page("agreement", "lena", show="readers")
    assert list(lead.dataframe[0].value["Reader"]) == ["Benoît Marchand", "Amara Okafor"]
    for show in ("readers", "pair", "confusion"):
        page = open_page("agreement", "chen", show=show, a="amara", b="benoit")
        said = words(page)
        assert "Amara" not in said and "amara" not in said and "Beno" not in said


def test_pairs_have_cohen_s_kappa(study: Workbench) -> None:
    """Two readers are the case it is made for."""
    read_all(study, "amara")
    read_all(study, "benoit", verdict=Verdict.CONTRADICTED)
    page = open_page("agreement", "lena", show="pair")
    found = page.dataframe[0].value
    assert list(found["Of"]) == ["Amara Okafor and Benoît Marchand"]
    assert list(found["Cohen's kappa"]) == ["0.00 (0.00 to 0.00): too few to say"]


def test_evidence_is_compared_and_the_farthest_apart_come_first(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The boxes of one item are the same, those of the other do not meet: F1 0.50."""
    lines = [item_line("001"), item_line("002", case="case-2")]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    for person in ("amara", "benoit"):
        while (task := bench.reviewing.next_item(actor(person), "first")) is not None:
            apart = 60 if (person, task.item.item_id[-3:]) == ("benoit", "002") else 5
            image = task.item.content.images[0].sha256
            box = ImageBox(sha256=image, x=apart, y=5, width=20, height=20)
            claim = ClaimReading(
                claim_id=task.item.claims[0].claim_id, verdict=Verdict.SUPPORTED, evidence=(box,)
            )
            bench.reviewing.submit(
                actor(person),
                "first",
                task.item.item_id,
                full_reading(task.item, claims=(claim,)),
                item_version=1,
                idempotency_key=f"{person}-{task.item.item_id}",
            )
    serve(bench, monkeypatch, tmp_path)
    page = open_page("agreement", "lena", show="evidence")
    shown = [text.value for text in page.text]
    assert "0.50 (0.00 to 1.00), n = 2 pairs" in shown, "F1 of the boxes"
    assert "1.00, n = 1 pair" in shown, "IoU of the pair that meets"
    page.button(key="far-box_f1").click().run()
    listed = [b.label.replace("\\", "") for b in page.button if "diagnosis" in b.label]
    assert listed == ["test/diagnosis/002", "test/diagnosis/001"]
