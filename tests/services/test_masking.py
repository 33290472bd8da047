"""Masks: proposed for what leaks, applied as a version, withdrawn; and gold never leaks."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.evidence import ImageBox, WholeImage, span_of
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.masking import BoxSpot, Mask, MaskState
from src.domain.people import OPERATOR
from src.domain.reasons import Reason
from src.services.adjudicating import Ruling
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, read_all, write_items

LENA, CHEN, AMARA, EMIL = actor("lena"), actor("chen"), actor("amara"), actor("emil")
ITEM = "test/diagnosis/001"
CONTEXT = "Biopsy showed Erdheim-Chester disease. Later erdheim chester disease of the heart."
QUOTE = "Erdheim-Chester disease"


def fill(bench: Workbench, folder: Path, **changes: Any) -> Path:
    """Import one item whose context and first image give the answer away."""
    context = changes.pop("context", CONTEXT)
    places = [(0, 6), (14, 37)] if QUOTE in context else []
    links = [span_of("context", context, *place).model_dump(mode="json") for place in places]
    claims = [{"text": "It is ECD.", "images": [1, 2], "links": links}]
    line = item_line("001", context=context, claims=claims, **changes)
    path = write_items(folder, [line])
    report = bench.importing.store_file(OPERATOR, path)
    assert report.accepted, report.problems
    return path


def in_text(bench: Workbench, quote: str = QUOTE) -> LeakageFlag:
    """Return a flag on words of the context."""
    text = bench.browsing.item(LENA, ITEM).item.content.context
    at = text.index(quote)
    place = LeakPlace(field="context", span=span_of("context", text, at, at + len(quote)))
    return LeakageFlag(kind=LeakKind.ANSWER_IN_TEXT, place=place)


def in_image(bench: Workbench) -> LeakageFlag:
    """Return a flag on a box of the first image."""
    image = bench.browsing.item(LENA, ITEM).item.content.images[0]
    box = ImageBox(sha256=image.sha256, x=10, y=20, width=30, height=5)
    return LeakageFlag(kind=LeakKind.ANSWER_IN_IMAGE, place=LeakPlace(image=1, box=box))


def confirm(bench: Workbench, *flags: LeakageFlag) -> None:
    """Let both readers flag the same."""
    open_round(bench)
    for person in ("amara", "benoit"):
        read_all(bench, person, flags=flags)


def apply_all(bench: Workbench) -> Any:
    """Propose masks for all that is confirmed and put them on."""
    found = bench.masking.propose(CHEN, ITEM)
    return bench.masking.apply(LENA, ITEM, [mask.mask_id for mask in found.masks])


def left_out(bench: Workbench) -> str:
    """Return why the item is in no release now; empty when it is in one."""
    found = bench.releasing.preview(LENA).left_out
    return found[0].reason if found else ""


def pixels(bench: Workbench, sha256: str) -> np.ndarray[Any, Any]:
    """Return the pixels of a stored image."""
    raw = bench.store.open(sha256, "full", raw=True).read()
    return np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))


def intact(bench: Workbench) -> bool:
    """Tell whether the chain proves every row."""
    report = bench.browsing.verify(OPERATOR)
    assert report.problems == ()
    return report.intact


def test_every_place_of_a_confirmed_leak_is_proposed_once(bench: Workbench, tmp_path: Path) -> None:
    """By an adjudicator or the lead; a second time there is nothing new."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench))
    found = bench.masking.propose(CHEN, ITEM)
    assert [(m.spot.quote, m.state) for m in found.masks if not isinstance(m.spot, BoxSpot)] == [
        (QUOTE, MaskState.PROPOSED),
        ("erdheim chester disease", MaskState.PROPOSED),
    ]
    assert bench.masking.propose(LENA, ITEM).masks == ()
    shown = bench.masking.of_item(LENA, ITEM)
    assert (shown.version, shown.base_version, len(shown.masks)) == (1, 1, 2)
    assert (shown.standing, shown.unmasked) == ((in_text(bench).unit,), ())
    assert intact(bench)


def test_applied_masks_make_one_version_in_which_the_leak_does_not_show(
    bench: Workbench, tmp_path: Path
) -> None:
    """Text and image at once; the links of the benchmark follow, or are named as gone."""
    fill(bench, tmp_path / "in")
    before = bench.browsing.item(LENA, ITEM).item
    confirm(bench, in_text(bench), in_image(bench))
    report = apply_all(bench)
    after = bench.browsing.item(LENA, ITEM).item
    assert (report.version, after.version) == (2, 2)
    assert after.content.context == "Biopsy showed the condition. Later the condition of the heart."
    assert after.content.visible_sha256 != before.content.visible_sha256
    images = [image.sha256 for image in after.content.images]
    assert images[0] != before.content.images[0].sha256
    assert images[1] == before.content.images[1].sha256
    whole = [link.sha256 for link in after.claims[0].links if isinstance(link, WholeImage)]
    assert whole == images
    assert len(after.claims[0].links) == 3 and len(report.notes) == 1
    assert (after.criteria, after.rubric_version) == (before.criteria, before.rubric_version)
    kinds = [event.kind for event in bench.browsing.log(LENA)]
    assert (kinds.count("item.masked"), kinds.count("mask.applied")) == (1, 3)
    assert intact(bench)


def test_a_blacked_copy_has_none_of_the_texts_of_the_file_it_was_made_from(
    bench: Workbench, tmp_path: Path
) -> None:
    """The other image's file says what it said; masks taken off, so does the first."""
    for number, grey in ((1, 90), (2, 160)):
        info = PngImagePlugin.PngInfo()
        info.add_text("Title", f"Femur in {QUOTE}")
        (tmp_path / "in").mkdir(exist_ok=True)
        path = tmp_path / "in" / f"001-{number}.png"
        Image.new("L", (120, 90), grey).save(path, "PNG", pnginfo=info)
    fill(bench, tmp_path / "in", context="A woman.")
    confirm(bench, in_image(bench))

    def said() -> set[str]:
        hits = bench.scanning.hits(LENA, ITEM)
        return {str(hit.field) for hit in hits if "metadata" in (hit.field or "")}

    bench.scanning.scan(LENA)
    before = said()
    made = apply_all(bench)
    masked = said()
    bench.masking.withdraw(LENA, ITEM, [mask.mask_id for mask in made.masks], "not needed")

    assert before == said() == {"metadata:1", "metadata:2"}
    assert masked == {"metadata:2"}
    assert intact(bench)


def test_no_pixel_outside_the_box_changes_and_all_inside_are_black(
    bench: Workbench, tmp_path: Path
) -> None:
    """The old image stays, the new one is kept as every other is."""
    fill(bench, tmp_path / "in")
    old = bench.browsing.item(LENA, ITEM).item.content.images[0].sha256
    confirm(bench, in_image(bench))
    apply_all(bench)
    view = bench.browsing.item(LENA, ITEM)
    new = view.item.content.images[0].sha256
    before, after = pixels(bench, old).copy(), pixels(bench, new)
    assert (after[20:25, 10:40] == 0).all()
    before[20:25, 10:40] = 0
    assert (before == after).all()
    record = view.images[new]
    assert (record.width, record.height, record.phash is not None) == (120, 90, True)
    assert bench.store.open(new, "thumb").read()


def test_withdrawing_gives_text_and_image_back_as_another_version(
    bench: Workbench, tmp_path: Path
) -> None:
    """The same hash as the imported one; of two masks one can stay on."""
    fill(bench, tmp_path / "in")
    before = bench.browsing.item(LENA, ITEM).item
    confirm(bench, in_text(bench), in_image(bench))
    made = apply_all(bench).masks
    text = [m.mask_id for m in made if not isinstance(m.spot, BoxSpot)]
    box = [m.mask_id for m in made if isinstance(m.spot, BoxSpot)]
    third = bench.masking.withdraw(LENA, ITEM, text, "needed by the question")
    now = bench.browsing.item(LENA, ITEM).item
    assert (third.version, now.content.context) == (3, CONTEXT)
    assert now.content.images[0].sha256 != before.content.images[0].sha256
    bench.masking.withdraw(LENA, ITEM, box, "not readable anyway")
    last = bench.browsing.item(LENA, ITEM).item
    assert (last.version, last.sha256) == (4, before.sha256)
    assert [m.state for m in bench.masking.of_item(LENA, ITEM).masks] == [MaskState.WITHDRAWN] * 3
    assert "confirmed leak not resolved" in left_out(bench)
    assert intact(bench)


def test_a_masked_item_waits_for_new_readings_and_then_is_gold(
    bench: Workbench, tmp_path: Path
) -> None:
    """Readings of the old version stay with it; what they confirmed does not block for ever."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench))
    assert "confirmed leak not resolved" in left_out(bench)
    assert bench.adjudicating.totals(LENA)[2] == 1
    apply_all(bench)
    assert left_out(bench).startswith("masked in a newer version, which is still to be read")
    assert bench.adjudicating.totals(LENA)[2] == 0
    open_round(bench, "second", ("dalia",))
    assert "waits for 1 reader in" in left_out(bench)
    read_all(bench, "dalia", "second")
    assert left_out(bench) == ""
    bench.releasing.release(LENA)
    (gold,) = bench.releasing.page(LENA, 1)
    assert (gold.item_version, gold.round, gold.body.flags) == (2, "second", ())
    assert bench.masking.of_item(LENA, ITEM).standing == ()
    assert bench.browsing.story(LENA, ITEM).rounds == (("second", 2, 1, 0), ("first", 1, 1, 0))


def test_a_leak_that_new_readers_find_in_the_masked_text_blocks_gold_and_is_masked_in_turn(
    bench: Workbench, tmp_path: Path
) -> None:
    """Its place is told in the masked text and lies in the unmasked one."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench))
    apply_all(bench)
    open_round(bench, "second", ("dalia",))
    read_all(bench, "dalia", "second", flags=(in_text(bench, "heart"),))
    assert "confirmed leak not resolved" in left_out(bench)
    report = apply_all(bench)
    now = bench.browsing.item(LENA, ITEM).item.content
    assert now.context == "Biopsy showed the condition. Later the condition of the [removed]."
    assert report.version == 3
    assert "still to be read" in left_out(bench)


def test_a_confirmed_leak_that_is_not_masked_blocks_every_later_round(
    bench: Workbench, tmp_path: Path
) -> None:
    """New readers who miss it do not resolve it; a ruling that it is none does."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench))
    open_round(bench, "second", ("dalia",))
    read_all(bench, "dalia", "second")
    assert "confirmed leak not resolved" in left_out(bench)
    ruling = Ruling(
        round="first",
        item_id=ITEM,
        unit=in_text(bench).unit,
        chosen="remove",
        reason=Reason.READER_SLIP,
    )
    bench.adjudicating.decide(CHEN, ruling)
    assert left_out(bench) == ""
    assert bench.masking.propose(CHEN, ITEM).masks == ()


def test_a_ruling_that_it_is_a_leak_is_masked_like_an_agreed_one(
    bench: Workbench, tmp_path: Path
) -> None:
    """And blocks the new version no longer than the place shows."""
    fill(bench, tmp_path / "in")
    flag = in_text(bench)
    open_round(bench)
    read_all(bench, "amara", flags=(flag,))
    read_all(bench, "benoit")
    (dispute,) = bench.adjudicating.disputes(CHEN)
    letter = next(r.reader for r in dispute.readings if r.key == "flagged")
    given = {"round": "first", "item_id": ITEM, "unit": flag.unit, "reason": "reader_slip"}
    bench.adjudicating.decide(CHEN, Ruling.model_validate({**given, "chosen": letter}))
    assert apply_all(bench).version == 2
    open_round(bench, "second", ("dalia",))
    read_all(bench, "dalia", "second")
    assert left_out(bench) == ""


def test_two_readers_who_agree_on_a_field_and_mark_two_spots_get_both_masked(
    bench: Workbench, tmp_path: Path
) -> None:
    """One of the two would leave the other to be read."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara", flags=(in_text(bench, "Biopsy"),))
    read_all(bench, "benoit", flags=(in_text(bench, "heart"),))
    apply_all(bench)
    now = bench.browsing.item(LENA, ITEM).item.content.context
    assert "Biopsy" not in now and "heart" not in now


def test_one_reader_marks_two_spots_in_a_field_and_both_are_masked(
    bench: Workbench, tmp_path: Path
) -> None:
    """Whoever agrees that the field leaks agrees with both."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    both = in_text(bench, "Biopsy"), in_text(bench, "heart")
    read_all(bench, "amara", flags=both)
    read_all(bench, "benoit", flags=both[:1])
    apply_all(bench)
    now = bench.browsing.item(LENA, ITEM).item.content.context
    assert "Biopsy" not in now and "heart" not in now


def test_what_the_lead_flags_counts_as_confirmed_until_masked_or_taken_back(
    bench: Workbench, tmp_path: Path
) -> None:
    """No reader saw it; the version they read is not gold while it shows there."""
    fill(bench, tmp_path / "in")
    open_round(bench)
    read_all(bench, "amara")
    read_all(bench, "benoit")
    assert left_out(bench) == ""
    place = LeakPlace(image=2)
    kind = LeakKind.ANSWER_IN_FILE_NAME
    found = bench.masking.flag(LENA, ITEM, kind, place, "the name holds the answer")
    assert "confirmed leak not resolved" in left_out(bench)
    with pytest.raises(ConflictError):
        bench.masking.flag(LENA, ITEM, kind, place, "again")
    bench.masking.withdraw(LENA, ITEM, [found.masks[0].mask_id], "it is only a number")
    assert left_out(bench) == ""
    again = bench.masking.flag(LENA, ITEM, kind, place, "after all")
    bench.masking.apply(LENA, ITEM, [again.masks[0].mask_id])
    assert bench.browsing.item(LENA, ITEM).item.content.images[1].original_name == "image 2"
    assert "still to be read" in left_out(bench)


def test_the_same_file_again_changes_nothing_under_masks_and_another_brings_the_leak_back(
    bench: Workbench, tmp_path: Path
) -> None:
    """Masks are no change of the benchmark's; a changed item is to be masked anew."""
    path = fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench))
    apply_all(bench)
    again = bench.importing.store_file(OPERATOR, path)
    assert (again.unchanged, again.changed) == (1, 0)
    fill(bench, tmp_path / "other", context=f"{CONTEXT} He died.")
    assert bench.browsing.item(LENA, ITEM).item.version == 3
    assert "confirmed leak not resolved" in left_out(bench)
    assert apply_all(bench).version == 4
    assert "Erdheim" not in bench.browsing.item(LENA, ITEM).item.content.context
    fill(bench, tmp_path / "clean", context="Bone pain.")
    assert bench.masking.of_item(LENA, ITEM).standing == ()


def test_a_proposed_mask_can_be_changed_and_an_applied_one_cannot(
    bench: Workbench, tmp_path: Path
) -> None:
    """Its words, or its box inside the image."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench), in_image(bench))
    proposed = bench.masking.propose(CHEN, ITEM).masks
    (box,) = [mask for mask in proposed if isinstance(mask.spot, BoxSpot)]
    text = next(mask for mask in proposed if mask is not box)
    bench.masking.change(LENA, text.mask_id, replacement="a disease")
    bench.masking.change(LENA, box.mask_id, box=(0, 0, 120, 90), reason="all of it")
    for wrong in ({"box": (0, 0, 121, 90)}, {"replacement": "x"}, {"box": (0, 0, 0, 1)}):
        with pytest.raises(BadInputError):
            bench.masking.change(LENA, box.mask_id, **wrong)
    assert bench.masking.propose(LENA, ITEM).masks == ()
    ids = [mask.mask_id for mask in bench.masking.of_item(LENA, ITEM).masks]
    bench.masking.apply(LENA, ITEM, ids)
    item = bench.browsing.item(LENA, ITEM).item
    assert item.content.context.startswith("Biopsy showed a disease. ")
    assert (pixels(bench, item.content.images[0].sha256) == 0).all()
    with pytest.raises(ConflictError):
        bench.masking.change(LENA, text.mask_id, replacement="x")
    with pytest.raises(ConflictError):
        bench.masking.apply(LENA, ITEM, ids)
    with pytest.raises(NotFoundError):
        bench.masking.apply(LENA, ITEM, ["no such mask"])
    assert intact(bench)


def test_before_and_after_stand_beside_each_other(bench: Workbench, tmp_path: Path) -> None:
    """Both texts whole; the hash of the blacked image is known once it is made."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench), in_image(bench))
    bench.masking.propose(LENA, ITEM)
    found = bench.masking.before_after(LENA, ITEM)
    assert [text.before for text in found.texts] == [CONTEXT]
    assert found.texts[0].after.startswith("Biopsy showed the condition.")
    assert [image.after for image in found.images] == [None]
    bench.masking.apply(LENA, ITEM, [mask.mask_id for mask in found.masks])
    done = bench.masking.before_after(LENA, ITEM)
    newest = bench.browsing.item(LENA, ITEM).item.content.images[0].sha256
    assert [(i.before == newest, i.after) for i in done.images] == [(False, newest)]


def test_the_lead_applies_an_adjudicator_proposes_and_nobody_else_sees_anything(
    bench: Workbench, tmp_path: Path
) -> None:
    """A reason is needed to withdraw."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench))
    ids = [mask.mask_id for mask in bench.masking.propose(CHEN, ITEM).masks]
    for person in (CHEN, AMARA, EMIL, actor("stranger")):
        with pytest.raises(NotAllowedError):
            bench.masking.apply(person, ITEM, ids)
        with pytest.raises(NotAllowedError):
            bench.masking.withdraw(person, ITEM, ids, "no")
        with pytest.raises(NotAllowedError):
            place = LeakPlace(field="context")
            bench.masking.flag(person, ITEM, LeakKind.ANSWER_IN_TEXT, place, "no")
    for person in (AMARA, EMIL, actor("stranger")):
        with pytest.raises(NotAllowedError):
            bench.masking.propose(person, ITEM)
        with pytest.raises(NotAllowedError):
            bench.masking.of_item(person, ITEM)
    with pytest.raises(BadInputError):
        bench.masking.withdraw(LENA, ITEM, ids, " ")


def test_who_may_still_read_the_item_learns_nothing_of_its_flags(
    bench: Workbench, tmp_path: Path
) -> None:
    """And who has looked is remembered: they get no slot on the item any more."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench))
    bench.masking.of_item(CHEN, ITEM)
    assert [e.kind for e in bench.browsing.log(LENA, size=1)] == ["readings.shown"]
    open_round(bench, "second", ("dalia",))
    both = LENA.model_copy(update={"roles": LENA.roles | AMARA.roles})
    with pytest.raises(NotAllowedError, match="still read"):
        bench.masking.of_item(both, ITEM)


def test_an_item_or_mask_that_is_not_there_is_named(bench: Workbench, tmp_path: Path) -> None:
    """Nothing is made up."""
    fill(bench, tmp_path / "in")
    with pytest.raises(NotFoundError):
        bench.masking.of_item(LENA, "test/diagnosis/999")
    with pytest.raises(NotFoundError):
        bench.masking.change(LENA, "0" * 16, replacement="x")
    with pytest.raises(BadInputError, match="nothing to hide"):
        place = LeakPlace(field="question")
        bench.masking.flag(LENA, ITEM, LeakKind.ANSWER_IN_TEXT, place, "no name in it")


def test_a_changed_mask_row_is_found(bench: Workbench, tmp_path: Path) -> None:
    """The chain proves every state of every mask."""
    fill(bench, tmp_path / "in")
    confirm(bench, in_text(bench))
    first: Mask = bench.masking.propose(LENA, ITEM).masks[0]
    with bench.database.connection() as connection:
        if bench.database.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER mask_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE mask DISABLE TRIGGER USER")
        statement = f"UPDATE mask SET reason = 'another' WHERE mask_id = '{first.mask_id}'"
        connection.exec_driver_sql(statement)
    assert len(bench.browsing.verify(OPERATOR).problems) == 1


def test_a_condition_is_written_whole_with_its_images_by_hash(
    bench: Workbench, tmp_path: Path
) -> None:
    """One line an item, of its newest version; the same again has the same bytes."""
    fill(bench, tmp_path / "in")
    out = tmp_path / "out"
    report = bench.conditions.export(EMIL, "nodx", out)
    (line,) = [json.loads(text) for text in (out / report.path).read_text().splitlines()]
    assert line["context"] == "Biopsy showed [withheld]. Later [withheld] of the heart."
    assert [(out / image["path"]).is_file() for image in line["images"]] == [True, True]
    assert (report.items, report.images) == (1, 2)
    assert bench.conditions.export(EMIL, "nodx", out).sha256 == report.sha256
    assert not list(out.rglob("*.part"))
    text = bench.conditions.export(LENA, "text", tmp_path / "text")
    assert (text.images, list((tmp_path / "text" / "images").iterdir())) == (0, [])
    one = bench.conditions.shown(EMIL, ITEM, "nodx")
    assert (one.context, one.sha256) == (line["context"], line["sha256"])
    for person in (AMARA, actor("stranger")):
        with pytest.raises(NotAllowedError):
            bench.conditions.shown(person, ITEM, "full")
        with pytest.raises(NotAllowedError):
            bench.conditions.export(person, "full", out)


def test_a_stopped_export_leaves_the_file_before_as_it_was(
    bench: Workbench, tmp_path: Path
) -> None:
    """Nothing half written takes its name."""
    fill(bench, tmp_path / "in")
    report = bench.conditions.export(EMIL, "full", tmp_path / "out")
    before = (tmp_path / "out" / report.path).read_bytes()
    with pytest.raises(Exception, match="Stopped"):
        bench.conditions.export(EMIL, "full", tmp_path / "out", lambda _: False)
    assert (tmp_path / "out" / report.path).read_bytes() == before


@pytest.mark.parametrize("replacement", ["image 1", ""])
def test_a_masked_file_name_is_clean_as_soon_as_the_version_is_made(
    bench: Workbench, tmp_path: Path, replacement: str
) -> None:
    """The name its file came with is no longer what the image is called; taken off, it is."""
    images = [{"path": "erdheim_chester_1.png"}, {"path": "002.png", "name": "ecd_erdheim.png"}]
    fill(bench, tmp_path / "in", context="A woman with bone pain.", images=images)
    bench.scanning.scan(LENA)
    fields = {hit.field for hit in bench.scanning.hits(LENA, ITEM) if not hit.low}
    assert "file_name:1" in fields
    place = LeakPlace(image=1)
    found = bench.masking.flag(LENA, ITEM, LeakKind.ANSWER_IN_FILE_NAME, place, "its name")
    ids = [mask.mask_id for mask in found.masks]
    bench.masking.change(LENA, ids[0], replacement=replacement)
    made = bench.masking.apply(LENA, ITEM, ids)
    assert made.version == 2
    assert "file_name:1" not in {hit.field for hit in bench.scanning.hits(LENA, ITEM)}
    assert bench.scanning.scan(LENA).scanned == 0
    bench.masking.withdraw(LENA, ITEM, ids, "a test")
    assert "file_name:1" in {hit.field for hit in bench.scanning.hits(LENA, ITEM)}
    assert intact(bench)


# ---- rounds that go on asking what masks have changed ---------------------------------------


def begun_round(bench: Workbench, folder: Path) -> Any:
    """Return what masking did, with a round in which Dalia holds, and Amara could take, the item.

    Both readers of the first round confirmed the leak before.
    """
    fill(bench, folder)
    confirm(bench, in_text(bench))
    open_round(bench, "second", ("amara", "benoit", "dalia"), readers=2, read_first=True)
    bench.reviewing.next_item(actor("dalia"), "second")
    return apply_all(bench)


def test_masking_names_the_open_rounds_that_go_on_asking_the_old_version(
    bench: Workbench, tmp_path: Path
) -> None:
    """With what is missing there; masks taken off bring back the text that it asks."""
    made = begun_round(bench, tmp_path / "in")
    (asked,) = made.rounds
    assert (asked.round, asked.asked, asked.newest) == ("second", 1, 2)
    assert (asked.missing, asked.held) == (2, 1)
    assert bench.assigning.outdated(LENA, "second") == [asked]
    assert bench.assigning.progress(LENA, "second").outdated == 1
    assert bench.assigning.outdated(LENA, "first") == []
    off = bench.masking.withdraw(LENA, ITEM, [m.mask_id for m in made.masks], "not needed")
    assert (off.rounds, bench.assigning.outdated(LENA, "second")) == ((), [])


def test_an_item_stopped_in_a_round_comes_to_nobody_else_and_who_holds_it_sends_it(
    bench: Workbench, tmp_path: Path
) -> None:
    """The reading stays; the round counts it no more as left; giving it out again undoes it."""
    begun_round(bench, tmp_path / "in")
    assert left_out(bench) == "waits for 2 readers in 'second'"
    stopped = bench.assigning.stop(LENA, "second")
    assert ([one.item_id for one in stopped.stopped], stopped.into) == ([ITEM], None)
    assert bench.assigning.stopped(LENA, "second") == [ITEM]
    assert bench.reviewing.next_item(AMARA, "second") is None
    with pytest.raises(ConflictError, match="asks no item as it was before masks"):
        bench.assigning.stop(LENA, "second")
    with pytest.raises(ConflictError, match="gives out no version"):
        bench.assigning.stop(LENA, "first", [ITEM])
    bench.reviewing.commit_first_reading(actor("dalia"), "second", ITEM, "Perirenal tissue.")
    assert read_all(bench, "dalia", "second") == [ITEM]
    progress = bench.assigning.progress(LENA, "second")
    assert (progress.items_left, progress.stopped, progress.fully_read) == (0, 1, 0)
    assert "waits for" not in left_out(bench)
    assert intact(bench)
    bench.assigning.put_back(LENA, "second", ITEM)
    assert bench.assigning.progress(LENA, "second").items_left == 1
    assert bench.reviewing.next_item(AMARA, "second") is not None
    assert intact(bench)


def test_items_moved_on_are_read_in_their_newest_version_by_the_same_people(
    bench: Workbench, tmp_path: Path
) -> None:
    """As many for each item, in the same manner; a name that is taken changes nothing."""
    begun_round(bench, tmp_path / "in")
    with pytest.raises(ConflictError, match="already a round"):
        bench.assigning.stop(LENA, "second", into="first")
    assert bench.assigning.stopped(LENA, "second") == []
    moved = bench.assigning.stop(LENA, "second", [ITEM], into="third").into
    assert moved is not None
    old = bench.assigning.get(LENA, "second")
    for field in ("persons", "readers", "read_first", "kind"):
        assert getattr(moved, field) == getattr(old, field)
    task = bench.reviewing.next_item(AMARA, "third")
    assert task is not None and (task.item.item_id, task.item.version) == (ITEM, 2)
    assert bench.assigning.outdated(LENA, "third") == []
    assert intact(bench)
