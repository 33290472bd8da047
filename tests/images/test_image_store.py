"""Keeping images by content: whole or absent, never twice, never outside the folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from src.domain.errors import NotFoundError
from src.domain.image import ImageRecord
from src.images.canonical import make_copies
from src.images.faults import ImageStoreError
from src.images.limits import Limits
from src.images.store import FolderStore, open_store
from src.images.worker import write_copies
from tests.images.drawing import encoded, picture

PROJECT = Path(__file__).parents[2]


def put(store: FolderStore, raw: bytes) -> ImageRecord:
    copies = make_copies(raw, "a", Limits())
    with store.stage() as staging:
        write_copies(staging.folder, copies)
        staging.commit()
    return copies.record


@pytest.fixture
def store(tmp_path) -> FolderStore:
    return FolderStore(tmp_path / "images")


def files_in(store: FolderStore) -> list[str]:
    """All files but the lock that guards the making of staging folders."""
    found = [str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file()]
    return sorted(name for name in found if name != ".staging/lock")


def test_what_is_committed_is_found_by_its_content(store):
    raw = encoded(picture(size=(2000, 1200)), "JPEG")

    record = put(store, raw)

    assert store.has(record.sha256)
    full = store.open(record.sha256, "full")
    assert (full.path.read_bytes(), full.media_type) == (raw, "image/jpeg")
    assert store.open(record.sha256, "view").path.name == "view.webp"
    assert store.open(record.sha256, "thumb").media_type == "image/webp"


def test_the_view_of_a_small_image_is_its_full_copy(store):
    record = put(store, encoded(picture(), "PNG"))

    assert store.open(record.sha256, "view") == store.open(record.sha256, "full")


def test_a_windowed_image_is_shown_in_8_bits_and_exported_in_16(store):
    values = np.arange(300 * 200, dtype=np.uint16).reshape(200, 300)
    raw = encoded(Image.fromarray(values), "PNG")

    record = put(store, raw)

    assert store.open(record.sha256, "full").path.name == "shown.png"
    assert store.open(record.sha256, "full", raw=True).path.read_bytes() == raw
    assert store.open(record.sha256, "view").path.name == "view.webp"


def test_nothing_is_kept_that_was_not_committed(store):
    copies = make_copies(encoded(picture(), "PNG"), "a", Limits())

    with store.stage() as staging:
        write_copies(staging.folder, copies)

    assert not store.has(copies.record.sha256)
    assert files_in(store) == []


def test_nothing_is_kept_of_an_import_that_failed(store):
    copies = make_copies(encoded(picture(), "PNG"), "a", Limits())

    with pytest.raises(RuntimeError), store.stage() as staging:
        write_copies(staging.folder, copies)
        raise RuntimeError("the import failed")

    assert files_in(store) == []


def test_what_is_there_already_stays_untouched(store):
    raw = encoded(picture(), "PNG")
    record = put(store, raw)
    before = store.open(record.sha256, "full").path.stat()

    with store.stage() as staging:
        write_copies(staging.folder, make_copies(raw, "b", Limits()))
        new = staging.commit()

    assert new == 0
    after = store.open(record.sha256, "full").path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_half_written_copies_are_not_committed(store):
    with store.stage() as staging:
        half = staging.folder / (".part-1-" + "a" * 64)
        half.mkdir()
        (half / "full.png").write_bytes(b"half")
        new = staging.commit()

    assert new == 0
    assert files_in(store) == []


def test_two_imports_of_the_same_image_both_succeed(store):
    copies = make_copies(encoded(picture(), "PNG"), "a", Limits())

    with store.stage() as first, store.stage() as second:
        write_copies(first.folder, copies)
        write_copies(second.folder, copies)
        assert (first.commit(), second.commit()) == (1, 0)

    assert store.has(copies.record.sha256)


@pytest.mark.parametrize(
    "sha256", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "%2e%2e", ".staging"]
)
def test_only_a_hash_finds_an_image(store, sha256):
    assert not store.has(sha256)
    with pytest.raises(NotFoundError):
        store.open(sha256, "full")


def test_an_unknown_size_finds_nothing(store):
    record = put(store, encoded(picture(), "PNG"))

    with pytest.raises(NotFoundError):
        store.open(record.sha256, "../full")  # type: ignore[arg-type]


STAGE_AND_WAIT = """
import sys, time
from pathlib import Path
from src.images.store import FolderStore
with FolderStore(Path(sys.argv[1])).stage() as staging:
    (staging.folder / "ab").mkdir()
    print(staging.folder, flush=True)
    time.sleep(60)
"""


@pytest.mark.faults
def test_leftovers_of_dead_processes_are_cleared_and_those_of_living_ones_are_not(store):
    command = [sys.executable, "-c", STAGE_AND_WAIT, str(store.root)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as other:
        folder = Path(other.stdout.readline().strip())
        FolderStore(store.root)
        assert folder.is_dir(), "its process lives"

        other.send_signal(signal.SIGKILL)
        other.wait()
    assert folder.is_dir(), "nobody has cleaned yet"

    FolderStore(store.root)
    assert not folder.exists()


KILLED_WHILE_COMMITTING = """
import os, signal, sys
from pathlib import Path
from src.images.canonical import make_copies
from src.images.limits import Limits
from src.images.store import FolderStore
from src.images.worker import write_copies
from PIL import Image
from io import BytesIO

def raw(number):
    target = BytesIO()
    Image.new("RGB", (20, 20), (number, 0, 0)).save(target, "PNG")
    return target.getvalue()

renames = 0
def dies_at(event, arguments):
    global renames
    if event == "os.rename" and ".staging" not in str(arguments[1]):
        renames += 1
        if renames == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

with FolderStore(Path(sys.argv[1])).stage() as staging:
    for number in range(6):
        write_copies(staging.folder, make_copies(raw(number), "a", Limits()))
    sys.addaudithook(dies_at)
    staging.commit()
"""


@pytest.mark.faults
@pytest.mark.parametrize("at", [1, 3, 6])
def test_a_commit_killed_in_the_middle_leaves_whole_images_only(store, at):
    command = [sys.executable, "-c", KILLED_WHILE_COMMITTING, str(store.root), str(at)]
    died = subprocess.run(command, cwd=PROJECT, check=False)
    assert died.returncode == -signal.SIGKILL

    FolderStore(store.root)

    kept = [path for path in store.root.glob("[0-9a-f][0-9a-f]/*") if path.is_dir()]
    assert len(kept) == at - 1
    assert all({f.name for f in p.iterdir()} == {"full.png", "thumb.webp"} for p in kept)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(ImageStoreError, match="cannot be used"):
        FolderStore(tmp_path / "images")


def test_a_file_where_the_folder_should_be_is_named(tmp_path):
    place = tmp_path / "images"
    place.write_text("not a folder")

    with pytest.raises(ImageStoreError, match="images"):
        FolderStore(place)


def test_a_store_is_opened_by_path_or_file_url(tmp_path):
    record = put(FolderStore(tmp_path), encoded(picture(), "PNG"))

    assert open_store(tmp_path).has(record.sha256)
    assert open_store(str(tmp_path)).has(record.sha256)
    assert open_store(tmp_path.as_uri()).has(record.sha256)


@pytest.mark.parametrize(("url", "said"), [("s3://bucket/x", "extra 's3'"), ("ftp://x", "kind")])
def test_a_store_of_another_kind_is_refused_with_what_to_do(url, said):
    with pytest.raises(ImageStoreError, match=said):
        open_store(url)
