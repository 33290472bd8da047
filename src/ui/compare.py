"""The second slider, off by default: streamlit-image-comparison, with its side effects contained.

The package loads its script from the internet, switches off Pillow's guard against image bombs
for the whole process, deletes files in ./temp unless told to work in memory, puts labels into
JavaScript as they are, and logs a deprecation at each call. None of that leaves this module
except the script itself, and the screen says so before anything is loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import streamlit as st
from PIL import Image

from src.domain.item import ItemImage
from src.images.display import reduced
from src.ui.draft_session import OpenDraft
from src.ui.notices import plain
from src.ui.session import settings, workbench

LONGEST = 1024
"""Pixels: the package sends each image inside the page, at each run, at several times its size."""
WIDTH = 640
GROUND = (14, 17, 22)
DEPRECATIONS = "streamlit.deprecation_util"
_CUT_BELOW = 0.95
"""The share of the first image's height that the package's frame shows."""
_lock = RLock()
log = logging.getLogger("rare_review")


def second_slider(draft: OpenDraft) -> None:
    """Offer to compare two of the case's images with the package, where the study allows it."""
    images = draft.item.content.images
    if not settings().external_slider or len(images) < 2:
        return
    fold = st.expander("Second slider", key=draft.key("second-slider"), on_change="rerun")
    if not fold.open:
        return
    with fold:
        st.caption(
            "This slider loads its script from the internet (cdn.knightlab.com), and that script "
            "runs in this page. Its images are smaller copies, encoded again as JPEG: judge by "
            "the images above. Nothing is loaded before you choose two images."
        )
        left, right = st.columns(2)
        pair = _chosen(draft, "Left", left), _chosen(draft, "Right", right)
        if pair[0] is not None and pair[1] is not None:
            _show(pair[0], pair[1])


def _chosen(draft: OpenDraft, side: str, place: st.delta_generator.DeltaGenerator) -> str | None:
    images = {image.position: image for image in draft.item.content.images}
    position = place.selectbox(
        side,
        list(images),
        index=None,
        format_func=lambda position: _name(images[position]),
        placeholder="Choose an image",
        key=draft.key(f"second-slider-{side.lower()}"),
    )
    return images[position].sha256 if position is not None else None


def _name(image: ItemImage) -> str:
    return f"{image.position}  {image.slot_name or image.caption[:60]}".strip()


def _show(left: str, right: str) -> None:
    try:
        compare(display_copy(left), display_copy(right))
    except ImportError:
        log.exception("The second slider is not there")
        st.warning(
            plain(
                "The second slider cannot be shown: streamlit-image-comparison is not installed, "
                "or does not fit this Streamlit. The images above are complete without it."
            )
        )


def display_copy(sha256: str) -> Image.Image:
    """Return an image as screens show it: upright, 8 bits, without transparency, and small."""
    stored = workbench().store.open(sha256, "view")
    with Image.open(stored.path) as picture:
        return reduced(picture, LONGEST).convert("RGB")


def compare(left: Image.Image, right: Image.Image) -> None:
    """Show two images through the package; what it changes in the process is put back.

    No label is handed over: the package would run it as a script.
    """
    pair = _on_one_ground(left, right)
    with _lock, _bomb_guard_kept(), _deprecation_unsaid():
        # Imported here, so that a study without the slider never loads the package.
        from streamlit_image_comparison import image_comparison

        image_comparison(
            *pair, label1="", label2="", show_labels=False, width=WIDTH, in_memory=True
        )


def _on_one_ground(left: Image.Image, right: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Lay both images on grounds of one size: the package cuts to the first one's shape.

    The ground reaches further down than the images, because the package's frame does not.
    """
    width = max(left.width, right.width)
    height = max(left.height, right.height)
    whole = (width, int(height / _CUT_BELOW) + 2)
    return _laid(left, whole, height), _laid(right, whole, height)


def _laid(picture: Image.Image, whole: tuple[int, int], height: int) -> Image.Image:
    ground = Image.new("RGB", whole, GROUND)
    ground.paste(picture, ((whole[0] - picture.width) // 2, (height - picture.height) // 2))
    return ground


@contextmanager
def _bomb_guard_kept() -> Iterator[None]:
    before = Image.MAX_IMAGE_PIXELS
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


@contextmanager
def _deprecation_unsaid() -> Iterator[None]:
    """Keep the package's use of an old Streamlit call out of the log, and nothing else."""
    logger = logging.getLogger(DEPRECATIONS)
    logger.addFilter(_is_not_about_it)
    try:
        yield
    finally:
        logger.removeFilter(_is_not_about_it)


def _is_not_about_it(record: logging.LogRecord) -> bool:
    return "components.v1.html" not in record.getMessage()
