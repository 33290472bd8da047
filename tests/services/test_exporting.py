"""Exports: whole or not there, the same bytes each time, nothing in them that may not go out."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from src.domain.errors import BadInputError, ConflictError, NotAllowedError, NotFoundError
from src.domain.evidence import ImageBox
from src.domain.exports import ABOUT, ExportChoices, ExportFormat
from src.domain.leakage import LeakKind, LeakPlace
from src.domain.people import OPERATOR
from src.domain.review import CriterionReading, EditReason, ReviewBody
from src.files.export_folder import ExportFolder, sha256_of
from src.services.adjudicating import Ruling
from src.services.progress import Progress, WorkStopped
from src.services.workbench import Workbench, init, open_workbench
from tests.builders import (
    PEOPLE,
    actor,
    full_reading,
    item_line,
    open_round,
    read_all,
    statements,
    write_items,
)

LENA, EMIL = actor("lena"), actor("emil")
KNOWN = ExportChoices(known_only=True)


def line_of(index: str, licence: str | None = "CC BY 4.0", **changes: Any) -> dict[str, Any]:
    """Return an item of a case of its own, under a licence."""
    known = {"case_id": f"case-{index}", "doi": "10.1/x", "source": "A journal"}
    return {**item_line(index), "case": {**known, "licence": licence}, **changes}


def release(bench: Workbench, folder: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Import lines, let one reader read them all, and release them."""
    report = bench.importing.store_file(OPERATOR, write_items(folder, lines))
    assert report.problems == ()
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(LENA, "for export")


def manifest(folder: Path, name: str) -> Any:
    """Return an export's manifest."""
    return json.loads((folder / f"manifest-{name}.json").read_text(encoding="utf-8"))


def images_of(bench: Workbench, item_id: str) -> list[str]:
    """Return the pictures of an item."""
    return [i.sha256 for i in bench.browsing.item(OPERATOR, item_id).item.content.images]


@pytest.fixture
def study(bench: Workbench, tmp_path: Path) -> Workbench:
    """Give a release of four cases: free, without a licence, forbidden, and free again."""
    lines = [
        line_of("1"),
        line_of("2", None),
        line_of("3", "All rights reserved"),
        line_of("4", "CC BY-NC-ND 4.0"),
    ]
    release(bench, tmp_path / "in", lines)
    return bench


def test_a_manifest_names_every_file_the_release_and_the_event_log(
    study: Workbench, tmp_path: Path
) -> None:
    """Each file has the hash it says, and nothing else lies in the folder."""
    out = tmp_path / "out"
    report = study.exporting.export(EMIL, 1, out)
    said = manifest(out, "release-1")
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {file["path"] for file in said["files"]} | {"manifest-release-1.json"} == found
    assert all(sha256_of(out / file["path"]) == file["sha256"] for file in said["files"])
    assert (report.manifest.path, report.manifest.sha256) == (
        "manifest-release-1.json",
        sha256_of(out / "manifest-release-1.json"),
    )
    made = study.releasing.get(LENA, 1)
    assert said["release"]["event_log_head"] == made.manifest["chain"]
    assert (said["release"]["number"], said["release"]["sha256"]) == (1, made.sha256)
    assert said["counts"]["items"] == 4


def test_images_whose_licence_forbids_it_stay_out_and_the_export_says_which(
    study: Workbench, tmp_path: Path
) -> None:
    """Out of the folder, named in the manifest, counted in the notes and in the report."""
    report = study.exporting.export(LENA, 1, tmp_path / "out")
    forbidden = images_of(study, "test/diagnosis/3")
    assert not any((tmp_path / "out" / "images" / f"{sha}.png").exists() for sha in forbidden)
    (group,) = manifest(tmp_path / "out", "release-1")["images_left_out"]
    assert [image["sha256"] for image in group["images"]] == forbidden
    assert "'All rights reserved' forbids" in group["reason"]
    assert report.images_left_out == {group["reason"]: 2}
    notes = (tmp_path / "out" / "README-release-1.md").read_text(encoding="utf-8")
    assert f"2 images: {group['reason']}" in notes
    assert "2 images of unknown licence" in notes


def test_a_copy_for_the_study_itself_has_all_images_and_says_so(
    study: Workbench, tmp_path: Path
) -> None:
    """Only the lead takes it; the JSON Lines in it have the same bytes."""
    study.exporting.export(LENA, 1, tmp_path / "some")
    every = ExportChoices(all_images=True)
    study.exporting.export(LENA, 1, tmp_path / "all", choices=every)
    assert len(list((tmp_path / "all" / "images").iterdir())) == 8
    name = "release-1.jsonl"
    assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "some" / name).read_bytes()
    assert "for the study alone" in (tmp_path / "all" / "README-release-1.md").read_text()
    with pytest.raises(NotAllowedError):
        study.exporting.export(EMIL, 1, tmp_path / "none", choices=every)
    with pytest.raises(BadInputError, match="only in JSON Lines"):
        study.exporting.export(LENA, 1, tmp_path / "none", ExportFormat.VLMEVALKIT, every)
    assert not (tmp_path / "none").exists()


def test_a_copy_without_an_image_is_refused_in_words_until_its_file_is_there(
    study: Workbench, tmp_path: Path
) -> None:
    """The refusal says why it is missing and where it belongs; the original file is enough."""
    study.exporting.export(LENA, 1, tmp_path / "out")
    forbidden = images_of(study, "test/diagnosis/3")
    url, store = f"sqlite:///{tmp_path / 'other.db'}", str(tmp_path / "other-images")
    init(url, store)
    other = open_workbench(url, store)

    refused = other.importing.store_file(OPERATOR, tmp_path / "out" / "release-1.jsonl")

    assert [problem.rule for problem in refused.problems] == ["missing_file"] * 2
    for problem, sha256 in zip(refused.problems, forbidden, strict=True):
        assert "'All rights reserved' forbids passing it on" in problem.message
        assert f"images/{sha256}.png" in problem.message
    for number, sha256 in enumerate(forbidden, start=1):
        original = tmp_path / "in" / f"3-{number}.png"
        (tmp_path / "out" / "images" / f"{sha256}.png").write_bytes(original.read_bytes())
    report = other.importing.store_file(OPERATOR, tmp_path / "out" / "release-1.jsonl")
    assert (report.problems, report.release) == ((), 1)
    other.exporting.export(OPERATOR, 1, tmp_path / "again")
    one, two = (tmp_path / name / "release-1.jsonl" for name in ("out", "again"))
    assert one.read_bytes() == two.read_bytes()
    other.close()


def test_a_manifest_that_cannot_be_read_explains_nothing_and_hides_nothing(
    study: Workbench, tmp_path: Path
) -> None:
    """The image is missing all the same, and said so."""
    out = tmp_path / "out"
    study.exporting.export(LENA, 1, out)
    url, store = f"sqlite:///{tmp_path / 'other.db'}", str(tmp_path / "other-images")
    init(url, store)
    other = open_workbench(url, store)
    (out / "manifest-release-1.json").write_text('{"images_left_out": 7}', encoding="utf-8")
    refused = other.importing.store_file(OPERATOR, out / "release-1.jsonl")
    assert [problem.rule for problem in refused.problems] == ["missing_file"] * 2
    assert "does not exist" in refused.problems[0].message
    other.close()


def test_a_release_that_is_not_there_is_named(study: Workbench, tmp_path: Path) -> None:
    """And no folder is made."""
    with pytest.raises(NotFoundError, match="no release 9"):
        study.exporting.export(LENA, 9, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_export_is_an_event_of_its_manifest(study: Workbench, tmp_path: Path) -> None:
    """Who took what, provably."""
    report = study.exporting.export(EMIL, 1, tmp_path / "out")
    newest = study.browsing.log(LENA)[0]
    assert (newest.kind, newest.actor, newest.object, newest.payload_sha256) == (
        "release.exported",
        "emil",
        "export:1/jsonl",
        report.manifest.sha256,
    )
    assert study.browsing.verify(LENA).problems == ()


def test_a_stopped_export_leaves_the_one_before_as_it_was(study: Workbench, tmp_path: Path) -> None:
    """Stopped in the middle: no half-written file, nothing hidden either."""
    out = tmp_path / "out"
    study.exporting.export(LENA, 1, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    seen: list[Progress] = []

    def until_the_second(progress: Progress) -> bool:
        seen.append(progress)
        return progress.done < 2

    with pytest.raises(WorkStopped):
        study.exporting.export(LENA, 1, out, watch=until_the_second)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert [(p.done, p.total) for p in seen] == [(0, 4), (1, 4), (2, 4)]


def test_a_folder_that_cannot_be_written_to_is_refused_in_words(
    study: Workbench, tmp_path: Path
) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInputError, match="cannot be written to"):
        study.exporting.export(LENA, 1, tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_what_an_earlier_export_left_is_replaced_and_other_files_stay(
    study: Workbench, tmp_path: Path
) -> None:
    """An image that may no longer go out is gone after the next export; a stranger's is not."""
    out = tmp_path / "out"
    study.exporting.export(LENA, 1, out, choices=ExportChoices(all_images=True))
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    assert len(list((out / "images").iterdir())) == 8
    study.exporting.export(LENA, 1, out)
    assert len(list((out / "images").iterdir())) == 6
    assert (out / "mine.txt").exists()


def test_only_one_process_writes_an_export_at_a_time(study: Workbench, tmp_path: Path) -> None:
    """The second is told, and the first goes on undisturbed."""
    with (
        ExportFolder(tmp_path / "out", "release-1").opened(),
        pytest.raises(ConflictError, match="Another export"),
    ):
        study.exporting.export(LENA, 1, tmp_path / "out")
    study.exporting.export(LENA, 1, tmp_path / "out")


KILLED = """
import sys
from pathlib import Path
from src.domain.review import CriterionReading, EditReason, ReviewBody
from src.files.export_folder import ExportFolder
place = ExportFolder(Path(sys.argv[1]), "coco")
with place.opened() as staging:
    (staging / "annotations.json").write_text("half", encoding="utf-8")
    print("writing", flush=True)
    import time
    time.sleep(60)
"""


@pytest.mark.faults
def test_a_killed_export_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    """What it wrote stays hidden, without a manifest, and the next export clears it away."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [path.name for path in tmp_path.iterdir()] == [".unfinished-coco"]
    with ExportFolder(tmp_path, "coco").opened() as staging:
        assert [path.name for path in staging.iterdir()] == ["lock"]
    assert list(tmp_path.iterdir()) == []


def test_a_crash_while_files_are_put_in_place_leaves_no_manifest(
    study: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the files are new, half old: nothing says that this is whole, and the next one is."""
    out = tmp_path / "out"
    whole = study.exporting.export(LENA, 1, out)
    put, replace = [], Path.replace

    def until_the_third(path: Path, target: Path) -> Path:
        put.append(target)
        if len(put) == 3:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        study.exporting.export(LENA, 1, out)
    monkeypatch.undo()
    assert not (out / "manifest-release-1.json").exists()
    assert study.exporting.export(LENA, 1, out) == whole
    assert (out / "manifest-release-1.json").exists()


def test_a_manifest_from_elsewhere_removes_nothing_outside_the_folder(tmp_path: Path) -> None:
    """Paths that lead out of it, and a manifest that is none, are passed over."""
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    named = {"files": [{"path": "../precious.txt"}, {"path": str(tmp_path / "precious.txt")}]}
    (out / "manifest-coco.json").write_text(json.dumps(named), encoding="utf-8")
    (out / "manifest-hf.json").write_text("not JSON", encoding="utf-8")
    place = ExportFolder(out, "coco")
    with place.opened() as staging:
        (staging / "manifest-coco.json").write_text("{}", encoding="utf-8")
        place.publish()
    assert (tmp_path / "precious.txt").exists()
    assert (out / "manifest-coco.json").read_text(encoding="utf-8") == "{}"


def test_every_format_says_in_a_line_for_whom_it_is_and_in_three_how_to_load_it() -> None:
    """The screen, the notes and the documentation all show the same words."""
    assert set(ABOUT) == set(ExportFormat)
    for about in ABOUT.values():
        assert about.for_whom.startswith("For ")
        assert "\n" not in about.for_whom
        assert about.load.count("\n") == 2


WITHOUT_BOXES = [format for format in ExportFormat if format is not ExportFormat.COCO]


def test_time_passes_and_the_bytes_stay(study: Workbench, tmp_path: Path) -> None:
    """Every format twice, into another folder, at another time: every file is the same."""
    first = [study.exporting.export(LENA, 1, tmp_path / f"1-{f}", f) for f in WITHOUT_BOXES]
    time.sleep(2.1)  # An archive keeps times to two seconds.
    again = [study.exporting.export(LENA, 1, tmp_path / f"2-{f}", f) for f in WITHOUT_BOXES]
    assert first == again


@pytest.mark.parametrize("format", WITHOUT_BOXES)
def test_every_format_carries_source_and_licence_and_no_image_that_may_not_go_out(
    study: Workbench, tmp_path: Path, format: ExportFormat
) -> None:
    """Whatever the format, the forbidden pictures' bytes are in no file of it."""
    report = study.exporting.export(LENA, 1, tmp_path / "out", format)
    said = manifest(tmp_path / "out", report.manifest.path[len("manifest-") : -len(".json")])
    assert said["licences"] == {
        "": 1,
        "All rights reserved": 1,
        "CC BY 4.0": 1,
        "CC BY-NC-ND 4.0": 1,
    }
    pictures = [
        study.store.open(sha256, "full", raw=True).read()
        for sha256 in images_of(study, "test/diagnosis/3")
    ]
    texts = ""
    for path in (path for path in (tmp_path / "out").rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert not [p for p in pictures if p in content or base64.b64encode(p) in content], path
        texts += text_of(path)
    assert "A journal" in texts
    assert "CC BY-NC-ND 4.0" in texts
    if ABOUT[format].holds_images and format is not ExportFormat.JSONL:
        out = {place["item_id"] for g in said["images_left_out"] for place in g["images"]}
        assert out == {"test/diagnosis/3"}


def test_images_of_unknown_licence_are_in_and_named_unless_only_known_ones_are_wanted(
    study: Workbench, tmp_path: Path
) -> None:
    """An unlicensed benchmark can be passed on to a loader; its notes say what nobody knows."""
    hf = ExportFormat.HF
    report = study.exporting.export(EMIL, 1, tmp_path / "one", hf)
    known = study.exporting.export(EMIL, 1, tmp_path / "two", hf, KNOWN)
    assert (report.images, report.unknown, known.images, known.unknown) == (6, 2, 4, 0)
    assert list(report.images_left_out.values()) == [2]
    assert sum(known.images_left_out.values()) == 4
    assert "2 images of unknown licence" in (tmp_path / "one" / "README.md").read_text("utf-8")
    assert manifest(tmp_path / "one", "hf")["counts"]["images_of_unknown_licence"] == 2
    assert manifest(tmp_path / "two", "hf")["choices"]["known_only"] is True


def test_several_formats_share_a_folder(study: Workbench, tmp_path: Path) -> None:
    """Each has its own manifest; one written anew takes nothing from the others."""
    out = tmp_path / "out"
    for format in ("jsonl", "croissant", "vlmevalkit", "csv"):
        study.exporting.export(LENA, 1, out, ExportFormat(format))
    study.exporting.export(LENA, 1, out, ExportFormat.CROISSANT)
    for name in ("release-1", "croissant", "vlmevalkit", "csv"):
        for file in manifest(out, name)["files"]:
            assert sha256_of(out / file["path"]) == file["sha256"]


def test_a_release_of_which_nothing_fits_a_format_is_refused_with_the_reasons(
    bench: Workbench, tmp_path: Path
) -> None:
    """No folder full of empty tables."""
    lines = [line_of("1", None), line_of("2", "TDM")]
    release(bench, tmp_path / "in", lines)
    with pytest.raises(
        BadInputError, match=r"1 item: no licence is given; 1 item: the lic.*unknown licence in"
    ):
        bench.exporting.export(LENA, 1, tmp_path / "out", ExportFormat.VLMEVALKIT, KNOWN)
    assert not list((tmp_path / "out").glob("*"))


def test_a_masked_image_of_a_licence_for_unchanged_copies_stays_out(
    bench: Workbench, tmp_path: Path
) -> None:
    """The other image of the same item, which no mask changed, goes out."""
    bench.importing.store_file(
        OPERATOR, write_items(tmp_path / "in", [line_of("1", "CC BY-ND 4.0")])
    )
    before = images_of(bench, "test/diagnosis/1")
    place = LeakPlace(image=1, box=ImageBox(sha256=before[0], x=1, y=1, width=9, height=9))
    kind = LeakKind.ANSWER_IN_IMAGE
    made = bench.masking.flag(LENA, "test/diagnosis/1", kind, place, "It names the disease.")
    bench.masking.apply(LENA, "test/diagnosis/1", [mask.mask_id for mask in made.masks])
    open_round(bench, persons=("amara",))
    read_all(bench, "amara")
    bench.releasing.release(LENA)
    masked = images_of(bench, "test/diagnosis/1")
    report = bench.exporting.export(LENA, 1, tmp_path / "out", ExportFormat.CROISSANT)
    assert masked[0] != before[0]
    assert [path.stem for path in (tmp_path / "out" / "images").iterdir()] == [before[1]]
    (why,) = report.images_left_out
    assert "unchanged copies only" in why


def test_a_vlmevalkit_export_of_a_study_comes_back_into_another(
    study: Workbench, tmp_path: Path
) -> None:
    """Imported by our own reader: same ids, pictures, licences."""
    study.exporting.export(LENA, 1, tmp_path / "out", ExportFormat.VLMEVALKIT)
    url, store = f"sqlite:///{tmp_path / 'other.db'}", str(tmp_path / "other-images")
    init(url, store)
    other = open_workbench(url, store)
    table = tmp_path / "out" / "MMRarebench_Diagnosis.tsv"
    report = other.importing.store_file(OPERATOR, table, dataset="test")
    assert (report.problems, report.new, report.images) == ((), 3, 6)
    for item_id in ("test/diagnosis/1", "test/diagnosis/2", "test/diagnosis/4"):
        assert images_of(other, item_id) == images_of(study, item_id)
        back, was = (b.browsing.item(OPERATOR, item_id).item for b in (other, study))
        assert (back.case.licence, back.content.context) == (was.case.licence, was.content.context)
    other.close()


def two_opinions(bench: Workbench, folder: Path, second: ReviewBody | None = None) -> None:
    """Release an item of which one reader deletes the second criterion, rewords the third."""
    bench.importing.store_file(OPERATOR, write_items(folder, [line_of("1")]))
    open_round(bench)
    for person in ("amara", "benoit"):
        task = bench.reviewing.next_item(actor(person), "first")
        assert task is not None
        body = full_reading(task.item)
        if person == "benoit":
            body = second or full_reading(task.item, criteria=EDITS)
        submit(bench, person, body, key=person)
    for dispute in bench.adjudicating.disputes(actor("chen")):
        chosen = next(r.reader for r in dispute.readings if "keep" in r.key)
        given = {"round": "first", "item_id": dispute.item_id, "unit": dispute.unit}
        ruling = {**given, "chosen": chosen, "reason": "reader_slip"}
        bench.adjudicating.decide(actor("chen"), Ruling.model_validate(ruling))
    bench.releasing.release(LENA)


def submit(bench: Workbench, person: str, body: ReviewBody, key: str) -> None:
    """Submit a reading of the first item."""
    bench.reviewing.submit(
        actor(person), "first", "test/diagnosis/1", body, item_version=1, idempotency_key=key
    )


EDITS = (
    CriterionReading(criterion_id="k2", action="delete", reason=EditReason.TOO_VAGUE),
    CriterionReading(criterion_id="k3", action="edit", points=-2.0, reason=EditReason.WEIGHT),
)


def healthbench(bench: Workbench, out: Path) -> tuple[list[Any], list[Any]]:
    """Return examples and opinions of an export."""
    bench.exporting.export(LENA, 1, out, ExportFormat.HEALTHBENCH)
    return json_lines(out / "healthbench.jsonl"), json_lines(out / "physicians.jsonl")


def json_lines(path: Path) -> list[Any]:
    """Return the objects of a file, one a line."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_healthbench_has_criteria_with_points_and_each_readers_booleans(
    bench: Workbench, tmp_path: Path
) -> None:
    """Kept or not, and as it was released or not, each at the place of a pseudonym."""
    two_opinions(bench, tmp_path / "in")
    (example,), opinions = healthbench(bench, tmp_path / "out")
    assert [(r["criterion"], r["points"]) for r in example["rubrics"]] == [
        ("Names Erdheim-Chester disease", 1.0),
        ("Mentions BRAF V600E testing", 1.0),
        ("Diagnoses metastases", -1.0),
    ]
    assert example["prompt"][0]["role"] == "user"
    assert example["prompt"][0]["content"].endswith("What is the most likely diagnosis?")
    assert example["ideal_completions_data"]["ideal_completion"] == "Erdheim-Chester disease"
    assert example["case"]["licence"] == "CC BY 4.0"
    ids = opinions[0]["anonymized_physician_ids"]
    assert ids == sorted(set(ids)) and len(ids) == 2
    assert all(line["anonymized_physician_ids"] == ids for line in opinions)
    deleted, reworded = opinions[1], opinions[2]
    assert sorted(deleted["binary_labels"]) == [False, True]
    benoit = deleted["binary_labels"].index(False)
    assert reworded["binary_labels"] == [True, True]
    assert reworded["as_released"] == [place != benoit for place in (0, 1)]
    assert opinions[0]["binary_labels"] == opinions[0]["as_released"] == [True, True]


def test_no_name_of_a_reader_is_in_any_export(bench: Workbench, tmp_path: Path) -> None:
    """Neither id nor display name of anybody, in none of the formats."""
    two_opinions(bench, tmp_path / "in")
    names = [n for p in PEOPLE for n in (p.display_name, p.person_id) if n != "stranger"]
    written = 0
    for format in ExportFormat:
        out = tmp_path / format.value
        try:
            bench.exporting.export(LENA, 1, out, format)
        except BadInputError as refusal:
            assert format is ExportFormat.COCO, refusal
            continue
        for path in (path for path in out.rglob("*") if path.is_file()):
            content = text_of(path)
            found = [n for n in names if re.search(rf"\b{re.escape(n)}\b", content, re.I)]
            assert found == [], path
            written += 1
    assert written > 20


def text_of(path: Path) -> str:
    """Return the text in a file, of a workbook that of all its parts."""
    if path.suffix == ".xlsx":
        with ZipFile(path) as book:
            return "".join(book.read(name).decode() for name in book.namelist())
    return path.read_bytes().decode("utf-8", "ignore")


def test_pseudonyms_are_the_same_in_each_export_of_a_release_and_differ_between_releases(
    bench: Workbench, tmp_path: Path
) -> None:
    """And no hash of an id that could be tried out."""
    two_opinions(bench, tmp_path / "in")
    _, first = healthbench(bench, tmp_path / "one")
    _, again = healthbench(bench, tmp_path / "two")
    assert first == again
    bench.releasing.release(LENA, "another")
    bench.exporting.export(LENA, 2, tmp_path / "three", ExportFormat.HEALTHBENCH)
    other = json_lines(tmp_path / "three" / "physicians.jsonl")
    ids = set(first[0]["anonymized_physician_ids"])
    assert ids.isdisjoint(other[0]["anonymized_physician_ids"])
    guesses = {
        hashlib.new(name, text.encode()).hexdigest()[:16]
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b")
        for person in ("amara", "benoit")
        for text in (person, f"1/{person}", f"{bench.releasing.get(LENA, 1).sha256}/{person}")
    }
    assert not {name.removeprefix("reader-") for name in ids} & guesses


def test_what_a_reader_says_after_the_release_is_not_in_its_export(
    bench: Workbench, tmp_path: Path
) -> None:
    """The same bytes after a revision, which only the next release knows."""
    two_opinions(bench, tmp_path / "in")
    before = bench.exporting.export(LENA, 1, tmp_path / "one", ExportFormat.HEALTHBENCH)
    task = bench.reviewing.task(actor("amara"), "first", "test/diagnosis/1")
    submit(bench, "amara", full_reading(task.item, criteria=EDITS), key="again")
    after = bench.exporting.export(LENA, 1, tmp_path / "two", ExportFormat.HEALTHBENCH)
    assert before == after
    bench.releasing.release(LENA)
    bench.exporting.export(LENA, 2, tmp_path / "three", ExportFormat.HEALTHBENCH)
    second = json_lines(tmp_path / "three" / "physicians.jsonl")[1]
    assert second["binary_labels"] == [False, False]


def test_the_questions_to_the_database_do_not_grow_with_the_items(
    bench: Workbench, tmp_path: Path
) -> None:
    """As many for twelve items as for two, as long as they are one page."""
    asked = []
    for number, count in ((1, 2), (2, 12)):
        lines = [line_of(str(n), images=[]) for n in range(count)]
        bench.importing.store_file(OPERATOR, write_items(tmp_path / "in", lines))
        open_round(bench, f"round-{number}", ("amara",))
        read_all(bench, "amara", f"round-{number}")
        bench.releasing.release(LENA)
        for format in (ExportFormat.JSONL, ExportFormat.HEALTHBENCH):
            bench.exporting.export(LENA, number, tmp_path / "out", format)
            with statements(bench) as ran:
                bench.exporting.export(LENA, number, tmp_path / "out", format)
            asked.append(len(ran))
    assert asked[:2] == asked[2:]
