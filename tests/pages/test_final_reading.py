"""My readings: gold beside one's own reading once it is final, and drift over time."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.domain.people import OPERATOR
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items
from tests.pages.screens import button, open_page, serve, words


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give five items that both readers have read alike."""
    lines = [item_line(f"00{n}", images=[], case=f"case-{n}") for n in range(1, 6)]
    bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit")
    serve(bench, monkeypatch, tmp_path)
    return bench


def test_the_list_offers_gold_only_once_it_is_released(study: Workbench) -> None:
    """Then the reading opens beside it, and leads back to the list."""
    page = open_page("review", "amara", view="mine")
    assert [b.label for b in page.button if b.label == "Beside gold"] == []
    study.releasing.release(actor("lena"))
    page = open_page("review", "amara", view="mine")
    assert len([b for b in page.button if b.label == "Beside gold"]) == 5
    button(page, "Beside gold").click().run()
    assert page.title[-1].value == "Your reading beside gold"
    assert "You and gold agree on" in page.subheader[0].value
    button(page, "Back to my readings").click().run()
    assert page.title[-1].value == "My readings"


def test_an_address_of_an_item_that_is_not_final_shows_nothing_of_it(study: Workbench) -> None:
    """A calm line, the same for every reason."""
    page = open_page("review", "amara", view="gold", round="first", item="test/diagnosis/001")
    assert "nothing to see of this item yet" in words(page)
    assert "Erdheim" not in words(page)


def test_drift_is_a_table_with_its_n_and_empty_before_anything_is_final(study: Workbench) -> None:
    """Five final items make the first point."""
    assert "Nothing to show yet" in words(open_page("review", "amara", view="drift"))
    study.releasing.release(actor("lena"))
    page = open_page("review", "amara", view="drift")
    frame = page.dataframe[0].value
    assert list(frame["Items"]) == [5]
    assert frame["Agreed with gold"][0].startswith("1.00 (")
