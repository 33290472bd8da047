"""The masks of one item: what leaks, what would hide it, and what it is like with them on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from src.domain.errors import ReviewToolError
from src.domain.item import ItemView
from src.domain.masking import BeforeAfter, BoxSpot, Mask, MaskState, TextChange
from src.domain.people import Actor, Role
from src.domain.plurals import counted
from src.domain.round import OutdatedItem
from src.services.masking import ItemMasks, MaskReport
from src.ui import wording
from src.ui.differences import Part, differences
from src.ui.leak_words import field_words
from src.ui.notices import careful, plain, tell
from src.ui.pictures import viewer_images
from src.ui.places import stem
from src.ui.reading_room.readings import ShownReading, readings_side_by_side
from src.ui.reading_room.viewer import ViewerBox, ViewerClaim, ViewerImage, viewer
from src.ui.session import workbench

STATES = {
    MaskState.PROPOSED: "Proposed",
    MaskState.APPLIED: "● On",
    MaskState.WITHDRAWN: "○ Withdrawn",
}
BEFORE, AFTER = "#C9B458", "#5AB4AC"
HEIGHT = 420
MASK = "mask"
SIDES = ("X", "Y", "Width", "Height")


def mask_panel(actor: Actor, item_id: str) -> None:
    """Show an item's confirmed leaks and its masks; the lead puts them on and takes them off."""
    try:
        found = workbench().masking.of_item(actor, item_id)
    except ReviewToolError as refusal:
        st.info(plain(str(refusal)))
        return
    st.markdown("**Masks**")
    _standing(found)
    _proposing(actor, found)
    proposed = [mask for mask in found.masks if mask.state is MaskState.PROPOSED]
    for mask in proposed:
        _proposed(actor, found, mask)
    _applying(actor, found, proposed)
    _side_by_side(actor, found)
    _on(actor, found)
    _gone(found)


def _standing(found: ItemMasks) -> None:
    if not found.standing and not found.masks:
        st.text("No leak is confirmed on this item, so there is nothing to mask.")
    for unit in found.standing:
        masked = "a mask is proposed" if unit not in found.unmasked else "no mask yet"
        st.text(f"⚑ {wording.leak_title(unit)}: it shows in version {found.version}; {masked}.")
    if found.masks and not found.standing:
        st.text(f"● No confirmed leak shows in version {found.version}.")


def _proposing(actor: Actor, found: ItemMasks) -> None:
    if found.standing:
        st.button(
            "Propose masks",
            key=f"propose-{stem(found.item_id)}",
            help="For every confirmed leak, each place of the same words included.",
            on_click=_propose,
            args=(actor, found.item_id),
        )


@careful
def _propose(actor: Actor, item_id: str) -> None:
    made = workbench().masking.propose(actor, item_id)
    said = f"{counted(len(made.masks), 'mask')} proposed."
    if made.without:
        units = ", ".join(wording.leak_title(unit) for unit in made.without)
        said += f" For this nothing in the item can be hidden: {units}. Rule on it instead."
    tell(said)


def _proposed(actor: Actor, found: ItemMasks, mask: Mask) -> None:
    """Show one proposed mask and let its words, or its box, be changed."""
    key = stem(mask.mask_id, mask.revision)
    with st.container(border=True, key=f"mask-{key}"):
        st.markdown(f"**{plain(_place(mask))}**")
        st.caption(plain(f"{wording.leak_title(mask.unit)} · {mask.reason}"))
        if isinstance(mask.spot, BoxSpot):
            _box_inputs(actor, found, mask, mask.spot, key)
            return
        st.text(f"“{mask.spot.quote}”")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                "What stands there instead",
                value=mask.spot.replacement,
                max_chars=500,
                key=f"instead-{key}",
                on_change=_change_words,
                args=(actor, mask.mask_id, f"instead-{key}"),
                width=320,
            )
            _decline(actor, mask, key)


def _box_inputs(actor: Actor, found: ItemMasks, mask: Mask, spot: BoxSpot, key: str) -> None:
    record = found.base.images[spot.sha256]
    most = (record.width - 1, record.height - 1, record.width, record.height)
    least = (0, 0, 1, 1)
    now = (spot.x, spot.y, spot.width, spot.height)
    st.caption(f"Pixels of an image of {record.width} by {record.height}.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for side, value, low, high in zip(SIDES, now, least, most, strict=True):
            st.number_input(
                side,
                value=value,
                min_value=low,
                max_value=high,
                key=f"{side}-{key}",
                on_change=_change_box,
                args=(actor, mask.mask_id, key),
                width=120,
            )
        _decline(actor, mask, key)


def _place(mask: Mask) -> str:
    spot = mask.spot
    return f"Image {spot.image}" if isinstance(spot, BoxSpot) else field_words(spot.field)


@careful
def _change_words(actor: Actor, mask_id: str, key: str) -> None:
    workbench().masking.change(actor, mask_id, replacement=str(st.session_state[key]))


@careful
def _change_box(actor: Actor, mask_id: str, key: str) -> None:
    x, y, width, height = (int(st.session_state[f"{side}-{key}"]) for side in SIDES)
    workbench().masking.change(actor, mask_id, box=(x, y, width, height))


def _decline(actor: Actor, mask: Mask, key: str) -> None:
    if Role.LEAD in actor.roles:
        st.button(
            "Leave it as it is",
            key=f"decline-{key}",
            on_click=_withdraw,
            args=(actor, mask.item_id, [mask.mask_id], lambda: "left as it is"),
        )


def _applying(actor: Actor, found: ItemMasks, proposed: Sequence[Mask]) -> None:
    if not proposed:
        return
    if Role.LEAD not in actor.roles:
        st.caption("The study lead applies masks.")
        return
    st.button(
        f"Apply {counted(len(proposed), 'mask')}",
        key=f"apply-{stem(found.item_id)}",
        type="primary",
        help=f"Makes version {found.version + 1}. It is gold only after somebody has read it.",
        on_click=_apply,
        args=(actor, found.item_id, [mask.mask_id for mask in proposed]),
    )


@careful
def _apply(actor: Actor, item_id: str, mask_ids: list[str]) -> None:
    _tell_made(workbench().masking.apply(actor, item_id, mask_ids))


@careful
def _withdraw(actor: Actor, item_id: str, mask_ids: list[str], reason: Callable[[], str]) -> None:
    _tell_made(workbench().masking.withdraw(actor, item_id, mask_ids, reason()))


def _tell_made(made: MaskReport) -> None:
    if made.version is None:
        tell("The mask is withdrawn; no version was needed.")
        return
    said = f"Version {made.version} is made. Open a round for it: its readings are still to come."
    if made.unscanned:
        said += f" It is not scanned for leaks yet: {made.unscanned} Scan it on this screen."
    tell(" ".join([said, *map(_still_asked, made.rounds), *made.notes]))


def _still_asked(one: OutdatedItem) -> str:
    return (
        f"{one.round} still asks version {one.asked}, which can never become gold: "
        f"{counted(one.missing, 'reading')} missing. Stop it or move it on, on the Study screen."
    )


def _side_by_side(actor: Actor, found: ItemMasks) -> None:
    """Show texts and images without masks, left, and with all that are on or proposed, right."""
    compared = workbench().masking.before_after(actor, found.item_id)
    if not compared.masks:
        return
    st.markdown("**Before and after**")
    for text in compared.texts:
        _text(found, text)
    for note in compared.notes:
        st.caption(plain(note))
    _images(actor, found, compared)


def _text(found: ItemMasks, text: TextChange) -> None:
    parts = differences(text.before, text.after)
    title, key = field_words(text.field), stem(found.item_id, text.field)
    left, right = st.columns(2)
    with left:
        _card(f"before-{key}", f"{title}, before", BEFORE, parts, "added")
    with right:
        _card(f"after-{key}", f"{title}, after", AFTER, parts, "removed")


def _card(key: str, title: str, colour: str, parts: Sequence[Part], without: str) -> None:
    """Show one side: what is the same, and what only this side has."""
    own = tuple(part for part in parts if part.kind != without)
    card = ShownReading(reader=title[:1], title=title, colour=colour, words="", parts=own)
    readings_side_by_side(key, [card])


def _images(actor: Actor, found: ItemMasks, compared: BeforeAfter) -> None:
    """Show each masked image beside its old self; a box that is not applied yet as a frame."""
    shown: list[ViewerImage] = []
    boxes: list[ViewerBox] = []
    for image in compared.images:
        shown += _images_at(found.base, actor, image.position, "before")
        if image.after is not None:
            shown += _images_at(found.newest, actor, image.position, "after")
        boxes += [
            ViewerBox(
                box_id=f"mask-{number}",
                claim_id=MASK,
                label="Masked",
                **box.model_dump(include={"sha256", "x", "y", "width", "height"}),
            )
            for number, box in enumerate(image.boxes, start=len(boxes))
        ]
    if shown:
        viewer(
            key=f"masked-{stem(found.item_id, found.version)}",
            images=[
                image.model_copy(update={"position": n}) for n, image in enumerate(shown, start=1)
            ],
            boxes=boxes,
            active_claim=None,
            claims=[ViewerClaim(claim_id=MASK, label="Masked", number=1, sign="■")],
            rev=1,
            height=HEIGHT,
            on_change=None,
            readonly=True,
        )


def _images_at(view: ItemView, actor: Actor, position: int, when: str) -> list[ViewerImage]:
    return [
        image.model_copy(update={"slot_name": f"Image {position}, {when}", "caption": ""})
        for image in viewer_images(view, actor)
        if image.position == position
    ]


def _on(actor: Actor, found: ItemMasks) -> None:
    """List the masks that are on; the lead takes them off with a reason."""
    on = [mask for mask in found.masks if mask.state is MaskState.APPLIED]
    if not on:
        return
    st.markdown(f"**{counted(len(on), 'mask')} on since version {_since(on)}**")
    for mask in on:
        st.text(_line(mask))
    if Role.LEAD not in actor.roles:
        return
    key = stem(found.item_id, found.version)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.multiselect(
            "Take off",
            [mask.mask_id for mask in on],
            default=[mask.mask_id for mask in on],
            format_func={mask.mask_id: _line(mask) for mask in on}.__getitem__,
            key=f"off-{key}",
            width=420,
        )
        st.text_input("Why", key=f"why-{key}", max_chars=500, width=320)
        st.button("Withdraw", key=f"withdraw-{key}", on_click=_take_off, args=(actor, found, key))


@careful
def _take_off(actor: Actor, found: ItemMasks, key: str) -> None:
    chosen = [str(mask_id) for mask_id in st.session_state[f"off-{key}"]]
    reason = str(st.session_state[f"why-{key}"] or "")
    _tell_made(workbench().masking.withdraw(actor, found.item_id, chosen, reason))


def _since(on: Sequence[Mask]) -> int:
    return min(mask.made_version or 0 for mask in on)


def _line(mask: Mask) -> str:
    spot = mask.spot
    if isinstance(spot, BoxSpot):
        return f"{_place(mask)}: {spot.width} by {spot.height} pixels at {spot.x}, {spot.y}"
    return f"{_place(mask)}: “{spot.quote}” reads “{spot.replacement}”"


def _gone(found: ItemMasks) -> None:
    gone = [mask for mask in found.masks if mask.state is MaskState.WITHDRAWN]
    if gone:
        with st.expander(f"{counted(len(gone), 'mask')} withdrawn"):
            for mask in gone:
                st.text(f"{_line(mask)}. {mask.reason}")
