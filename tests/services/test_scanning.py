"""The scan for leaks: what it keeps, what it passes over, and who may see what it found."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from db import hits as kept
from src.domain.errors import NotAllowedError, NotFoundError, ReviewToolError
from src.domain.evidence import span_of
from src.domain.leakage import Hit, Layer, LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.images import ocr
from src.images.ocr import OcrMissing
from src.services import scanning
from src.services.scanning import ScanProgress
from src.services.workbench import Workbench
from tests.builders import actor, item_line, open_round, png, statements, write_items

LENA, AMARA = actor("lena"), actor("amara")
NAME = "Erdheim-Chester disease"
LEAKING = f"A 54-year-old woman. Histology: {NAME}."
needs_engine = pytest.mark.skipif(
    ocr.engine_name() is None,
    reason="no rapidocr: 'pip install -r requirements-ocr.txt' brings it",
)


def store(
    bench: Workbench, folder: Path, lines: Sequence[dict[str, Any]], name: str = "items.jsonl"
) -> list[str]:
    """Import item lines and return the ids of the items."""
    report = bench.importing.store_file(OPERATOR, write_items(folder, lines, name))
    assert report.problems == ()
    return [f"test/{line['track']}/{line['index']}" for line in lines]


def many(number: int, **changes: Any) -> list[dict[str, Any]]:
    """Return item lines without images whose context gives the answer away."""
    given = {"images": [], "context": LEAKING, **changes}
    return [item_line(f"{n:03}", case=f"case-{n}", **given) for n in range(number)]


def test_what_a_scan_asks_of_the_database_does_not_grow_with_the_items_of_a_page(
    bench: Workbench, tmp_path: Path
) -> None:
    """Neither for their images' names nor for where they stand; the first builds a lexicon."""
    asked = []
    for number, name in ((1, "lexicon"), (2, "few"), (12, "many")):
        lines = [
            item_line(f"{name}-{n}", case=f"{name}-{n}", context=LEAKING) for n in range(number)
        ]
        found = store(bench, tmp_path / name, lines, f"{name}.jsonl")
        with statements(bench) as ran:
            bench.scanning.scan(LENA, found)
        asked.append(sum(statement.startswith("SELECT") for statement in ran))
    assert asked[1] == asked[2]


def labelled(words: str, **texts: str) -> bytes:
    """Return a PNG with words in its pixels, and others in its metadata."""
    image = Image.new("RGB", (700, 400), (60, 60, 64))
    ImageDraw.Draw(image).text((60, 200), words, "white", ImageFont.load_default(34))
    info, out = PngImagePlugin.PngInfo(), io.BytesIO()
    for key, value in texts.items():
        info.add_text(key, value)
    image.save(out, "PNG", pnginfo=info)
    return out.getvalue()


def quotes(hits: Sequence[Hit], layer: Layer) -> set[tuple[str | None, str]]:
    """Return field and quote of the hits in a layer."""
    return {(hit.field, hit.quote) for hit in hits if hit.layer is layer}


def test_what_gives_an_answer_away_is_kept_with_its_place(bench, tmp_path):
    """The text at the place is the quote."""
    (item_id,) = store(bench, tmp_path / "in", many(1))

    report = bench.scanning.scan(LENA)

    hits = bench.scanning.hits(LENA, item_id)
    assert (report.items, report.scanned, report.hits) == (1, 1, len(hits))
    assert ("context", NAME) in quotes(hits, Layer.TEXT)
    for hit in hits:
        if hit.field == "context":
            assert LEAKING[hit.start : hit.end] == hit.quote
    assert list(bench.scanning.all_hits(LENA)) == [(item_id, hit) for hit in hits]


def test_what_was_scanned_with_the_same_lexicon_is_passed_over(bench, tmp_path):
    """And what it found is still there."""
    ids = store(bench, tmp_path / "in", many(3))
    first = bench.scanning.scan(LENA)
    before = list(bench.scanning.all_hits(LENA))

    again, named = bench.scanning.scan(LENA), bench.scanning.scan(LENA, ids[:2])

    assert (first.scanned, first.unchanged) == (3, 0)
    assert (again.items, again.scanned, again.unchanged) == (3, 0, 3)
    assert (named.items, named.scanned) == (2, 0)
    assert list(bench.scanning.all_hits(LENA)) == before


def test_a_name_added_to_the_disease_makes_every_scan_stale(bench, tmp_path):
    """The new hits stand beside the old ones."""
    context = f"{LEAKING} Lipoid granulomatosis was known."
    ids = store(bench, tmp_path / "in", many(2, context=context))
    bench.scanning.scan(LENA)
    bench.ontologies.add_alias(LENA, "orpha:35687", "Lipoid granulomatosis")

    report = bench.scanning.scan(LENA)

    assert (report.scanned, report.stale) == (2, 2)
    for item_id in ids:
        found = quotes(bench.scanning.hits(LENA, item_id), Layer.TEXT)
        assert {("context", NAME), ("context", "Lipoid granulomatosis")} <= found


def test_a_name_added_to_one_item_makes_its_scan_stale_and_no_other(bench, tmp_path):
    """Taken back, the hit goes again."""
    context = f"{LEAKING} Lipoid granulomatosis was known."
    first, second = store(bench, tmp_path / "in", many(2, context=context))
    bench.scanning.scan(LENA)

    bench.ontologies.add_alias(LENA, f"item:{first}", "Lipoid granulomatosis")
    added = bench.scanning.scan(LENA)
    with_it = quotes(bench.scanning.hits(LENA, first), Layer.TEXT)
    bench.ontologies.withdraw_alias(LENA, f"item:{first}", "Lipoid granulomatosis")
    withdrawn = bench.scanning.scan(LENA)

    assert (added.scanned, added.stale, withdrawn.scanned) == (1, 1, 1)
    assert ("context", "Lipoid granulomatosis") in with_it
    for item_id in (first, second):
        found = quotes(bench.scanning.hits(LENA, item_id), Layer.TEXT)
        assert ("context", "Lipoid granulomatosis") not in found
    assert bench.scanning.scan(LENA).scanned == 0


def test_a_new_version_is_scanned_and_the_hits_of_the_old_one_stay(bench, tmp_path):
    """Whoever reads the old version still sees its marks."""
    (item_id,) = store(bench, tmp_path / "in", many(1))
    bench.scanning.scan(LENA)
    store(bench, tmp_path / "in", many(1, context="A woman with bone pain."), "second.jsonl")

    report = bench.scanning.scan(LENA)

    assert (report.scanned, report.stale) == (1, 0)
    assert ("context", NAME) not in quotes(bench.scanning.hits(LENA, item_id), Layer.TEXT)
    assert ("context", NAME) in quotes(bench.scanning.hits(LENA, item_id, 1), Layer.TEXT)


def test_file_names_ids_and_metadata_are_scanned(bench, tmp_path):
    """Names as the file gives them; texts that its image lost on the way in."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "erdheim-chester.png").write_bytes(labelled("", Title=f"Femur in {NAME}"))
    images = [{"path": "erdheim-chester.png", "caption": "Femur"}]
    line = item_line("001", case="erdheim-chester-1", images=images)
    (item_id,) = store(bench, folder, [line])

    bench.scanning.scan(LENA)

    fields = {hit.field for hit in bench.scanning.hits(LENA, item_id) if hit.layer is Layer.NAMES}
    assert {"case_id", "file_name:1", "metadata:1"} <= fields


def said(hits: Sequence[Hit]) -> set[tuple[str | None, str]]:
    """Return field and quote of the hits in metadata."""
    return {(h.field, h.quote) for h in hits if (h.field or "").startswith("metadata:")}


def test_each_item_is_scanned_for_the_texts_of_its_own_file(bench, tmp_path):
    """Two files with the same pixels are one picture, and say different things beside it."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, title in (("a", "Femur"), ("b", f"Femur in {NAME}"), ("c", "Right leg")):
        (folder / f"{name}.png").write_bytes(labelled("", Title=title))
    lines = [
        item_line("001", case="case-1", images=[{"path": "a.png"}]),
        item_line("002", case="case-2", images=[{"path": "c.png"}, {"path": "b.png"}]),
        item_line("003", case="case-3", images=[{"path": "b.png"}]),
    ]
    first, second, third = store(bench, folder, lines)

    bench.scanning.scan(LENA)

    found = [said(bench.scanning.hits(LENA, item_id)) for item_id in (first, second, third)]
    assert found == [set(), {("metadata:2", NAME)}, {("metadata:1", NAME)}]
    assert bench.browsing.verify(OPERATOR).problems == ()


def test_a_file_imported_again_with_other_texts_is_no_change_and_is_scanned_for_them(
    bench, tmp_path
):
    """What a model is shown is the same; what the file says beside it adds to what was known."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(labelled("", Title="Femur"))
    line = item_line("001", case="case-1", images=[{"path": "a.png"}])
    (item_id,) = store(bench, folder, [line])
    bench.scanning.scan(LENA)
    (folder / "a.png").write_bytes(labelled("", Title=f"Femur in {NAME}"))

    reports = [bench.importing.store_file(OPERATOR, folder / "items.jsonl") for _ in range(2)]
    scans = [bench.scanning.scan_new(LENA), bench.scanning.scan(LENA)]

    assert [(r.new, r.changed, r.unchanged) for r in reports] == [(0, 0, 1), (0, 0, 1)]
    assert [scan.scanned for scan in scans] == [1, 0]
    assert said(bench.scanning.hits(LENA, item_id)) == {("metadata:1", NAME)}
    assert bench.browsing.verify(OPERATOR).problems == ()


@pytest.mark.parametrize("named", [{}, {"name": "a.png"}])
def test_the_folders_of_a_path_are_scanned_with_the_name_of_the_file(bench, tmp_path, named):
    """Also where the benchmark gives the file a name beside its path; what is renamed is hidden."""
    folder = tmp_path / "in"
    (folder / "erdheim-chester").mkdir(parents=True)
    (folder / "erdheim-chester" / "a.png").write_bytes(png())
    images = [{"path": "erdheim-chester/a.png", **named}]
    (item_id,) = store(bench, folder, [item_line("001", case="case-1", images=images)])
    bench.scanning.scan(LENA)
    hits = bench.scanning.hits(LENA, item_id)
    assert {hit.field for hit in hits if hit.layer is Layer.NAMES} == {"file_name:1"}

    place = LeakPlace(image=1)
    kind = LeakKind.ANSWER_IN_FILE_NAME
    masks = bench.masking.flag(LENA, item_id, kind, place, "the folder").masks
    bench.masking.apply(LENA, item_id, [mask.mask_id for mask in masks])

    hits = bench.scanning.hits(LENA, item_id)
    assert [hit for hit in hits if hit.layer is Layer.NAMES] == []


def test_a_version_that_masks_made_is_reported_though_its_scan_broke_down(
    bench, tmp_path, monkeypatch
):
    """The scan is still to do, and the next one does it."""
    (item_id,) = store(bench, tmp_path / "in", many(1))
    place = LeakPlace(field="context", span=span_of("context", LEAKING, 0, 1))
    proposed = bench.masking.flag(LENA, item_id, LeakKind.ANSWER_IN_TEXT, place, "a test").masks

    def breaks(*_: Any, **__: Any) -> Any:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as broken:
        broken.setattr(scanning, "find_hits", breaks)
        made = bench.masking.apply(LENA, item_id, [mask.mask_id for mask in proposed])

    assert (made.version, made.unscanned) == (2, "The scan broke down (RuntimeError).")
    assert bench.scanning.scan(LENA).scanned == 1
    off = bench.masking.withdraw(LENA, item_id, [mask.mask_id for mask in made.masks], "enough")
    assert (off.version, off.unscanned) == (3, "")


def test_a_scan_that_is_stopped_keeps_what_is_done_and_goes_on_from_there(
    bench, tmp_path, monkeypatch
):
    """Nothing is scanned twice."""
    monkeypatch.setattr(scanning, "PAGE", 4)
    store(bench, tmp_path / "in", many(10))
    heard: list[ScanProgress] = []

    def two_pages(progress: ScanProgress) -> bool:
        heard.append(progress)
        return len(heard) < 2

    stopped = bench.scanning.scan(LENA, watch=two_pages)
    rest = bench.scanning.scan(LENA)

    assert (stopped.stopped, stopped.scanned) == (True, 8)
    assert [(p.done, p.total) for p in heard] == [(4, 10), (8, 10)]
    assert heard[-1].rate > 0 and heard[-1].seconds_left is not None
    assert (rest.stopped, rest.scanned, rest.unchanged) == (False, 2, 8)


def test_a_scan_that_breaks_off_keeps_the_pages_before(bench, tmp_path, monkeypatch):
    """Each page is stored by itself."""
    monkeypatch.setattr(scanning, "PAGE", 2)
    ids = store(bench, tmp_path / "in", many(6))
    real = scanning.find_hits

    def breaks(item: Any, *rest: Any, **more: Any) -> Any:
        if item.item_id == ids[3]:
            raise RuntimeError("a fault of ours")
        return real(item, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(scanning, "find_hits", breaks)
        with pytest.raises(RuntimeError):
            bench.scanning.scan(LENA)

    assert {item_id for item_id, _ in bench.scanning.all_hits(LENA)} == set(ids[:2])
    assert bench.scanning.scan(LENA).scanned == 4


def test_after_an_import_only_what_was_never_scanned_is_scanned(bench, tmp_path):
    """A name added in between leaves the others for the next whole scan."""
    store(bench, tmp_path / "in", many(2))
    bench.scanning.scan(LENA)
    bench.ontologies.add_alias(LENA, "orpha:35687", "Lipoid granulomatosis")
    store(bench, tmp_path / "in", many(3), "more.jsonl")

    new = bench.scanning.scan_new(LENA)

    assert (new.items, new.scanned, new.stale) == (1, 1, 0)
    assert bench.scanning.scan_new(LENA).items == 0
    assert bench.scanning.scan(LENA).stale == 2


def test_an_item_that_is_not_there_is_named(bench, tmp_path):
    """Nothing else is scanned."""
    (item_id,) = store(bench, tmp_path / "in", many(1))
    with pytest.raises(NotFoundError, match="'nowhere'"):
        bench.scanning.scan(LENA, [item_id, "nowhere"])
    with pytest.raises(NotFoundError, match="'nowhere'"):
        bench.scanning.hits(LENA, "nowhere")
    assert bench.scanning.hits(LENA, item_id) == ()


def test_a_scan_adds_nothing_to_the_chain_and_breaks_nothing_of_it(bench, tmp_path):
    """Hits are made anew at any time; they are no record."""
    store(bench, tmp_path / "in", many(2))
    head = bench.browsing.head(OPERATOR)
    bench.scanning.scan(LENA)
    assert bench.browsing.head(OPERATOR) == head
    assert bench.browsing.verify(OPERATOR).problems == ()


# ---- who sees what ------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["amara", "emil", "stranger"])
def test_hits_are_not_for_everybody(bench, tmp_path, person):
    """A reviewer gets those of the item before them, with it."""
    (item_id,) = store(bench, tmp_path / "in", many(1))
    for look in (
        lambda who: bench.scanning.hits(who, item_id),
        bench.scanning.all_hits,
        bench.scanning.scan,
        bench.scanning.scan_new,
    ):
        with pytest.raises(NotAllowedError):
            look(actor(person))
    assert bench.scanning.hits(actor("chen"), item_id) == ()


def test_a_reader_gets_the_hits_with_the_item(bench, tmp_path):
    """Those of the version they read."""
    (item_id,) = store(bench, tmp_path / "in", many(1))
    bench.scanning.scan(LENA)
    open_round(bench, persons=("amara",))
    task = bench.reviewing.next_item(AMARA, "first")
    assert task is not None
    hits = bench.reviewing.hits(AMARA, "first", item_id)
    assert hits == bench.scanning.hits(LENA, item_id) != ()
    store(bench, tmp_path / "in", many(1, context="A woman with bone pain."), "second.jsonl")
    bench.scanning.scan(LENA)
    assert bench.reviewing.hits(AMARA, "first", item_id) == hits


def test_a_withheld_task_holds_no_byte_of_a_hit(bench, tmp_path):
    """Until the first reading: no id, no alias, no word of the file's metadata."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(labelled("", Title="Polyostotic sclerosing histiocytosis"))
    line = item_line(
        "001",
        context="A woman with bone pain.",
        aliases=["Polyostotic sclerosing histiocytosis"],
        images=[{"path": "a.png", "caption": "Femur"}],
    )
    (item_id,) = store(bench, folder, [line])
    bench.scanning.scan(LENA)
    (hit,) = bench.scanning.hits(LENA, item_id)
    open_round(bench, persons=("amara",), read_first=True)

    task = bench.reviewing.next_item(AMARA, "first")

    assert task is not None
    assert (task.withheld, bench.reviewing.hits(AMARA, "first", item_id)) == (True, ())
    sent = task.model_dump_json()
    assert [word for word in (hit.hit_id, hit.quote, hit.alias, hit.rule) if word in sent] == []
    bench.reviewing.commit_first_reading(AMARA, "first", item_id, "Dense bones.")
    assert bench.reviewing.hits(AMARA, "first", item_id) == (hit,)


# ---- text inside images -------------------------------------------------------------------


def with_label(folder: Path, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Write images with these words in their pixels, and return one item for each."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, text in enumerate(texts):
        (folder / f"{number}.png").write_bytes(labelled(text))
        lines += many(number + 1, context="Bone pain.", images=[{"path": f"{number}.png"}])[-1:]
    return lines


@needs_engine
def test_words_burned_into_an_image_are_found_in_their_place(bench, tmp_path):
    """Read once, and used by every later scan."""
    (item_id,) = store(bench, tmp_path / "in", with_label(tmp_path / "in", [NAME]))

    report = bench.scanning.scan(LENA, with_ocr=True)

    (hit,) = bench.scanning.hits(LENA, item_id)
    assert (report.images_read, report.by_layer) == (1, {Layer.IMAGE_TEXT: 1})
    assert (hit.layer, hit.field, hit.image) == (Layer.IMAGE_TEXT, None, 1)
    assert hit.box is not None
    assert 50 <= hit.box.x <= 70 and 190 <= hit.box.y <= 215 and hit.box.width > 200
    bench.ontologies.add_alias(LENA, "orpha:35687", "Lipoid granulomatosis")
    again = bench.scanning.scan(LENA)
    assert (again.scanned, again.images_read) == (1, 0)
    assert [h.layer for h in bench.scanning.hits(LENA, item_id)] == [Layer.IMAGE_TEXT]
    last = bench.scanning.scan(LENA, with_ocr=True)
    assert (last.scanned, last.images_read) == (0, 0)


@needs_engine
def test_an_image_that_cannot_be_read_is_marked_and_harms_no_other(bench, tmp_path):
    """It is tried again when its item is named."""
    bad, good = store(bench, tmp_path / "in", with_label(tmp_path / "in", ["Lost", NAME]))
    sha256 = bench.browsing.item(OPERATOR, bad).item.content.images[0].sha256
    path = bench.store.open(sha256, "full").path
    whole = path.read_bytes()
    path.write_bytes(whole[:100])

    report = bench.scanning.scan(LENA, with_ocr=True)

    assert [failed for failed, _ in report.images_failed] == [sha256]
    assert report.scanned == 2
    assert [hit.quote for hit in bench.scanning.hits(LENA, good)] == [NAME]
    with bench.database.reading() as t:
        scans = kept.scans_of(t, [(bad, 1), (good, 1)])
    assert [scans[key].unread_images for key in ((bad, 1), (good, 1))] == [1, 0]

    path.write_bytes(whole)
    assert bench.scanning.scan(LENA, with_ocr=True).scanned == 0
    named = bench.scanning.scan(LENA, [bad, good], with_ocr=True)
    assert (named.scanned, named.images_read, named.images_failed) == (1, 1, ())


@needs_engine
def test_a_stop_among_images_keeps_what_was_read(bench, tmp_path, monkeypatch):
    """The next run reads the others only."""
    monkeypatch.setattr(scanning, "OCR_BATCH", 1)
    store(bench, tmp_path / "in", with_label(tmp_path / "in", ["One", "Two", "Three"]))

    stopped = bench.scanning.scan(LENA, with_ocr=True, watch=lambda progress: progress.images < 1)
    rest = bench.scanning.scan(LENA, with_ocr=True)

    assert (stopped.stopped, stopped.images_read, stopped.scanned) == (True, 1, 0)
    assert (rest.images_read, rest.scanned) == (2, 3)


def test_without_the_extra_text_layers_are_scanned_and_ocr_says_what_to_install(
    bench, tmp_path, monkeypatch
):
    """Nothing is scanned by halves."""
    monkeypatch.setattr(scanning, "reader", lambda: None)
    store(bench, tmp_path / "in", many(1))
    with pytest.raises(OcrMissing, match=r"requirements-ocr\.txt"):
        bench.scanning.scan(LENA, with_ocr=True)
    assert bench.scanning.scan(LENA).scanned == 1


# ---- beside an import ---------------------------------------------------------------------


def test_an_import_by_command_line_is_scanned_in_the_same_run(tmp_path):
    """A scan that fails leaves the import stored and its status 0."""
    from tests.commands.running import Shell

    shell = Shell(tmp_path)
    shell.done("init")
    file = write_items(tmp_path / "in", many(2))
    run = shell("import", file)
    assert (run.status, run.data["files"][0]["new"]) == (0, 2)
    assert "scanned 2 of 2 items" in run.err
    assert shell.done("scan")["scanned"] == 0


def test_an_import_stays_when_the_scan_after_it_fails(tmp_path, monkeypatch):
    """Whatever kind of failure it is."""
    from tests.commands.running import Shell

    shell = Shell(tmp_path)
    shell.done("init")
    for number, error in enumerate((RuntimeError("ours"), ReviewToolError("refused"))):

        def fails(*_: Any, error: Exception = error, **__: Any) -> Any:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(scanning, "find_hits", fails)
            file = write_items(tmp_path / f"in{number}", many(number + 1))
            run = shell("import", file)
        assert (run.status, run.data["files"][0]["new"]) == (0, 1)
        assert "not scanned for leaks" in run.err and "manage.py scan" in run.err
    assert shell.done("scan")["scanned"] == 2


def test_the_command_prints_one_object_with_every_hit(tmp_path):
    """Of all items, or of those named; without --json the counts of each layer and method."""
    from tests.commands.running import Shell

    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", write_items(tmp_path / "in", many(3)))
    found = shell.done("scan")
    assert (found["items"], found["unchanged"], found["stopped"]) == (3, 3, False)
    assert {hit["item_id"] for hit in found["hits"]} == {f"test/diagnosis/{n:03}" for n in range(3)}
    wanted = {
        "item_id", "layer", "field", "start", "end", "image", "box", "alias", "orpha_code",
        "method", "score", "mention", "rule", "quote",
    }  # fmt: skip
    assert all(wanted <= set(hit) for hit in found["hits"])
    one = shell.done("scan", "--item", "test/diagnosis/001")
    assert one["items"] == 1
    assert {hit["item_id"] for hit in one["hits"]} == {"test/diagnosis/001"}
    said = shell("scan", as_json=False).out
    assert "text" in said and "exact" in said
    refused = shell("scan", "--item", "nowhere")
    assert (refused.status, refused.data["error"]["rule"]) == (1, "not_found")


def test_images_without_words_cost_no_hit(bench, tmp_path):
    """Noise is no text; neither is a neutral name."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(png(3))
    line = item_line("001", context="Bone pain.", images=[{"path": "a.png", "caption": "Femur"}])
    (item_id,) = store(bench, folder, [line])
    bench.scanning.scan(LENA)
    assert bench.scanning.hits(LENA, item_id) == ()
