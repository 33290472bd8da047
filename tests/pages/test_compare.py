"""The second slider: off it does not exist, on it changes nothing but its own place."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from src.domain.people import OPERATOR
from src.services.settings import Settings
from src.services.workbench import Workbench
from src.ui import compare
from tests.builders import item_line, open_round, write_items
from tests.pages.screens import open_page, serve

ROOT = Path(__file__).parents[2]
PACKAGE = "streamlit_image_comparison"
BREAKING = "'});</script><script>window.broken=1</script>\""
SWITCH = "RARE_REVIEW_EXTERNAL_SLIDER"


@pytest.fixture
def study(bench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """Give a case of two images whose slot names and captions would break out of a script."""
    line = item_line("001")
    for number, image in enumerate(line["images"], start=1):
        image |= {"caption": f"{BREAKING} {number}", "slot_name": f"{BREAKING} {number}"}
    report = bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", [line]))
    assert report.accepted, report.problems
    open_round(bench)
    serve(bench, monkeypatch, tmp_path)
    return bench


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Give what Streamlit's log of deprecations says, as it is said."""
    said: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, listening = logging.getLogger(compare.DEPRECATIONS), Listening()
    logger.addHandler(listening)
    yield said
    logger.removeHandler(listening)


def unfold(page: AppTest) -> None:
    held = page.session_state._state.filtered_state
    [fold] = [key for key in held if key.startswith("second-slider-")]
    page.session_state[fold] = True
    page.run()


def opened() -> AppTest:
    """Open the review screen, its second slider, and choose both images."""
    page = open_page("review", "amara", round="first")
    unfold(page)
    for side, position in (("Left", 1), ("Right", 2)):
        next(box for box in page.selectbox if box.label == side).set_value(position).run()
    assert not page.exception, page.exception
    return page


def frames(page: AppTest) -> list[str]:
    return [frame.proto.srcdoc for frame in page.get("iframe")]


def test_the_slider_is_off_unless_the_study_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWITCH, raising=False)
    assert not Settings().external_slider

    monkeypatch.setenv(SWITCH, "true")
    assert Settings().external_slider


def test_a_study_without_the_slider_never_loads_the_package(study: Workbench) -> None:
    script = (
        "import sys; from tests.pages.screens import open_page; "
        "page = open_page('review', 'amara', round='first'); "
        "print([fold.label for fold in page.expander], "
        f"{PACKAGE!r} in sys.modules, 'src.ui.compare' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60
    )

    assert run.returncode == 0, run.stderr
    assert "Second slider" not in run.stdout
    assert run.stdout.endswith("False True\n")


def test_where_it_is_on_the_screen_offers_it_folded_and_loads_nothing(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "true")

    page = open_page("review", "amara", round="first")

    assert "Second slider" in [fold.label for fold in page.expander]
    assert frames(page) == []


def test_it_says_that_it_goes_to_the_internet_before_two_images_are_chosen(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "true")
    page = open_page("review", "amara", round="first")
    unfold(page)

    assert frames(page) == []
    assert any("from the internet (cdn.knightlab.com)" in line.value for line in page.caption)
    assert any("encoded again as JPEG" in line.value for line in page.caption)


def test_two_chosen_images_are_shown_and_no_word_of_the_case_reaches_the_script(
    study: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "true")

    [html] = frames(opened())

    assert html.count("data:image/jpg;base64,") == 2
    assert "broken" not in html
    assert html.count("</script>") == 2
    assert "label: ''" in html


def test_pillows_guard_the_working_folder_and_the_log_are_as_they_were(
    study: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log_lines: list[str]
) -> None:
    monkeypatch.setenv(SWITCH, "true")
    (tmp_path / "temp").mkdir()
    (tmp_path / "temp/kept.jpg").write_bytes(b"a file of somebody else")
    before, guard = sorted(tmp_path.rglob("*")), Image.MAX_IMAGE_PIXELS

    opened()

    assert guard is not None
    assert guard == Image.MAX_IMAGE_PIXELS
    assert sorted(tmp_path.rglob("*")) == before
    assert log_lines == []


def test_other_deprecations_are_still_logged(log_lines: list[str]) -> None:
    with compare._deprecation_unsaid():
        logging.getLogger(compare.DEPRECATIONS).warning("`st.components.v1.html` is old")
        logging.getLogger(compare.DEPRECATIONS).warning("Something else is old")
    logging.getLogger(compare.DEPRECATIONS).warning("`st.components.v1.html` called by us")

    assert log_lines == ["Something else is old", "`st.components.v1.html` called by us"]


def test_pillows_guard_comes_back_after_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before, gone = Image.MAX_IMAGE_PIXELS, Image.new("RGB", (4, 4))

    class Failing(Image.Image):
        """An image that cannot be encoded, once the package has touched Pillow."""

        def convert(self, *_: object, **__: object) -> Image.Image:
            assert Image.MAX_IMAGE_PIXELS is None
            raise OSError("broken")

    monkeypatch.setattr(compare, "_on_one_ground", lambda *_: (Failing(), gone))
    with pytest.raises(OSError, match="broken"):
        compare.compare(gone, gone)

    assert before == Image.MAX_IMAGE_PIXELS


def test_pillows_guard_survives_several_sessions_at_once() -> None:
    before, together = Image.MAX_IMAGE_PIXELS, Barrier(4)
    picture = Image.fromarray(np.zeros((300, 400, 3), dtype=np.uint8))

    def one_session() -> None:
        together.wait(timeout=10)
        for _ in range(5):
            compare.compare(picture, picture)

    threads = [Thread(target=one_session) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert before == Image.MAX_IMAGE_PIXELS


def test_images_of_unlike_shape_are_both_shown_whole() -> None:
    wide, tall = Image.new("RGB", (400, 100), "white"), Image.new("RGB", (100, 300), "white")

    left, right = compare._on_one_ground(wide, tall)

    assert left.size == right.size
    shown = int(left.height * compare._CUT_BELOW)
    for laid, picture in ((left, wide), (right, tall)):
        seen = np.asarray(laid)[:shown]
        assert (seen == 255).all(axis=2).sum() == picture.width * picture.height


def test_sixteen_bit_images_are_windowed_and_not_clipped(
    study: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ramp = np.linspace(20_000, 40_000, 90 * 120, dtype=np.uint16).reshape(90, 120)
    line = item_line("002", case="case-2")
    (tmp_path / "deep").mkdir()
    Image.fromarray(ramp).save(tmp_path / "deep/002-1.png")
    report = study.importing.store_file(OPERATOR, write_items(tmp_path / "deep", [line]))
    assert report.accepted, report.problems
    [deep, _] = study.browsing.item(OPERATOR, "test/diagnosis/002").item.content.images

    shown = np.asarray(compare.display_copy(deep.sha256).convert("L"))

    assert shown.min() < 10
    assert shown.max() > 245
    assert 100 < shown.mean() < 155
