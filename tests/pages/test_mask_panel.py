"""The masks of an item on the leakage screen: proposed, changed, applied and withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.evidence import ImageBox, span_of
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, open_page, serve, words

ITEM = "test/diagnosis/001"
CONTEXT = "Biopsy showed Erdheim-Chester disease of <b>bone</b>."


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a study of one item whose two readers are still to read it."""
    bench.importing.store_file(
        OPERATOR, write_items(tmp_path / "in", [item_line("001", context=CONTEXT)])
    )
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    return bench


def flag_it(study: Workbench) -> None:
    """Let both readers flag the name in the text and a box on the first image."""
    image = study.browsing.item(OPERATOR, ITEM).item.content.images[0]
    box = ImageBox(sha256=image.sha256, x=1, y=2, width=3, height=4)
    flags = (
        LeakageFlag(
            kind=LeakKind.ANSWER_IN_TEXT,
            place=LeakPlace(field="context", span=span_of("context", CONTEXT, 14, 37)),
        ),
        LeakageFlag(kind=LeakKind.ANSWER_IN_IMAGE, place=LeakPlace(image=1, box=box)),
    )
    for person in ("amara", "benoit"):
        read_all(study, person, flags=flags)


def test_the_lead_proposes_changes_applies_and_withdraws(study: Workbench) -> None:
    """What is typed stands in the new version; a reason is needed to take it off again."""
    flag_it(study)
    page = open_page("leakage", "lena", item=ITEM)
    button(page, "Propose masks").click().run()
    (instead,) = [t for t in page.text_input if t.label == "What stands there instead"]
    instead.input("a histiocytosis").run()
    button(page, "Apply 2 masks").click().run()
    assert not page.exception
    said = words(page).replace("\\", "")
    assert "No confirmed leak shows in version 2" in said
    now = study.browsing.item(OPERATOR, ITEM).item.content
    assert now.context == "Biopsy showed a histiocytosis of <b>bone</b>."
    button(page, "Withdraw").click().run()
    assert "Say why" in page.session_state["_notice"][1]
    next(t for t in page.text_input if t.label == "Why").input("a mistake").run()
    button(page, "Withdraw").click().run()
    assert study.browsing.item(OPERATOR, ITEM).item.content.context == CONTEXT
    assert "2 masks withdrawn" in [box.label for box in page.expander]


def test_a_box_is_narrowed_by_numbers(study: Workbench) -> None:
    """Pixels of the canonical image."""
    flag_it(study)
    study.masking.propose(actor("chen"), ITEM)
    page = open_page("leakage", "lena", item=ITEM)
    next(n for n in page.number_input if n.label == "Width").set_value(50).run()
    assert not page.exception
    boxes = [m.spot for m in study.masking.of_item(OPERATOR, ITEM).masks if m.spot.kind == "box"]
    assert [(box.x, box.width) for box in boxes] == [(1, 50)]


def test_an_adjudicator_proposes_and_applies_nothing(study: Workbench) -> None:
    """The button is not theirs."""
    flag_it(study)
    page = open_page("leakage", "chen", item=ITEM)
    button(page, "Propose masks").click().run()
    assert "The study lead applies masks" in words(page).replace("\\", "")
    assert not [b for b in page.button if b.label.startswith(("Apply", "Withdraw", "Leave"))]


def test_an_item_without_leaks_says_so(study: Workbench) -> None:
    """One sentence, no form."""
    read_all(study, "amara")
    read_all(study, "benoit")
    said = words(open_page("leakage", "lena", item=ITEM)).replace("\\", "")
    assert "there is nothing to mask" in said
