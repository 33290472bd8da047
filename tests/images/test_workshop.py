"""Preparing many images in child processes that may die."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from src.domain.errors import ImageRejected
from src.images.faults import ImageStoreError, WorkshopError
from src.images.limits import MEBIBYTE, Limits
from src.images.workshop import Prepared, Workshop
from tests.images.drawing import decoded, encoded, exif, picture


def jpeg(number: int, size: tuple[int, int] = (60, 40)) -> bytes:
    return encoded(picture(size=size).rotate(number), "JPEG")


def slow_png() -> bytes:
    """Half a second of honest work: 12 million pixels of 16 bits."""
    return encoded(picture("I;16", (4000, 3000)), "PNG", compress_level=1)


def test_results_come_in_the_order_of_the_jobs_whatever_their_size(tmp_path):
    raws = [slow_png() if number == 3 else jpeg(number) for number in range(12)]
    jobs = [(number, raw, f"{number}.jpg") for number, raw in enumerate(raws)]

    with Workshop(tmp_path, workers=2) as workshop:
        results = list(workshop.prepare(jobs))

    assert [key for key, _ in results] == list(range(12))
    assert all(isinstance(result, Prepared) for _, result in results)
    assert [result.record.original_name for _, result in results] == [n for _, _, n in jobs]


def test_the_child_writes_the_copies_into_the_staging_folder(tmp_path):
    with Workshop(tmp_path, workers=1) as workshop:
        ((_, done),) = workshop.prepare([("a", jpeg(1), "a.jpg")])

    folder = tmp_path / done.record.sha256[:2] / done.record.sha256
    assert {path.name for path in folder.iterdir()} == {"full.jpg", "thumb.webp"}
    assert set(done.files) == {"full.jpg", "thumb.webp"}
    assert (folder / "full.jpg").read_bytes() == jpeg(1)


def test_a_bad_image_is_refused_alone(tmp_path):
    jobs = [(1, jpeg(1), "1.jpg"), (2, b"<svg/>", "2.png"), (3, jpeg(3)[:300], "3.jpg")]
    jobs.append((4, jpeg(4), "4.jpg"))

    with Workshop(tmp_path, workers=2) as workshop:
        results = dict(workshop.prepare(jobs))

    assert isinstance(results[1], Prepared) and isinstance(results[4], Prepared)
    assert results[2].rule == "unsupported_format" and "'2.png'" in results[2].message
    assert results[3].rule == "truncated"


def test_the_same_bytes_under_two_names_keep_both_names(tmp_path):
    jobs = [(number, jpeg(1), f"{number}.jpg") for number in range(30)]

    with Workshop(tmp_path, workers=2) as workshop:
        results = [result for _, result in workshop.prepare(jobs)]

    assert len({result.record.sha256 for result in results}) == 1
    assert [result.record.original_name for result in results] == [n for _, _, n in jobs]


def test_two_originals_with_the_same_canonical_copy_share_its_folder(tmp_path):
    tagged = encoded(picture(), "JPEG", exif=exif(1))

    with Workshop(tmp_path, workers=2) as workshop:
        jobs = [(1, tagged, "a.jpg"), (2, encoded(picture(), "JPEG"), "b.jpg")]
        first, second = (result for _, result in workshop.prepare(jobs))

    assert first.record.sha256 == second.record.sha256
    assert first.record.original_sha256 != second.record.original_sha256


def test_jobs_are_taken_only_as_fast_as_results_are(tmp_path):
    taken = []

    def jobs() -> Iterator[tuple[int, bytes, str]]:
        for number in range(100):
            taken.append(number)
            yield number, jpeg(number), f"{number}.jpg"

    with Workshop(tmp_path, workers=2) as workshop:
        results = workshop.prepare(jobs())
        for _ in range(5):
            next(results)
        assert len(taken) <= 5 + 2 * 3 + 1


@pytest.mark.faults
def test_a_child_killed_from_outside_costs_one_image_at_most(tmp_path):
    jobs = [(1, slow_png(), "1.png"), (2, jpeg(2), "2.jpg"), (3, jpeg(3), "3.jpg")]

    with Workshop(tmp_path, workers=1) as workshop:
        (victim,) = workshop.pids
        list(workshop.prepare([(0, jpeg(0), "0.jpg")]))
        threading.Timer(0.15, os.kill, (victim, signal.SIGKILL)).start()
        results = dict(workshop.prepare(jobs))

        assert isinstance(results[1], ImageRejected) and results[1].rule == "crashed"
        assert isinstance(results[2], Prepared) and isinstance(results[3], Prepared)
        assert victim not in workshop.pids


def test_a_child_that_died_between_two_images_is_replaced_unnoticed(tmp_path):
    with Workshop(tmp_path, workers=1) as workshop:
        (victim,) = workshop.pids
        os.kill(victim, signal.SIGKILL)
        while victim in workshop.pids:
            time.sleep(0.01)

        ((_, result),) = workshop.prepare([(1, jpeg(1), "1.jpg")])

    assert isinstance(result, Prepared)


def test_an_image_that_takes_too_long_is_refused_and_the_next_is_not(tmp_path):
    limits = Limits(wall_seconds=0.3)

    with Workshop(tmp_path, limits, workers=1) as workshop:
        list(workshop.prepare([(0, jpeg(0), "0.jpg")]))
        (before,) = workshop.pids
        os.kill(before, signal.SIGSTOP)
        results = dict(workshop.prepare([(1, jpeg(1), "1.jpg"), (2, jpeg(2), "2.jpg")]))

    assert results[1].rule == "timeout" and "'1.jpg'" in results[1].message
    assert isinstance(results[2], Prepared)


def test_an_image_that_needs_too_much_memory_is_refused_and_the_next_is_not(tmp_path):
    hungry = encoded(Image.new("RGB", (5000, 4000)), "PNG", compress_level=1)
    limits = Limits(memory=180 * MEBIBYTE)

    with Workshop(tmp_path, limits, workers=1) as workshop:
        results = dict(workshop.prepare([(1, hungry, "1.png"), (2, jpeg(2), "2.jpg")]))

    assert results[1].rule == "memory"
    assert isinstance(results[2], Prepared)


@pytest.mark.slow
def test_processor_time_is_limited_too(tmp_path):
    raw = encoded(Image.new("RGB", (8000, 5000), (90, 60, 30)), "JPEG", progressive=True)
    scan = raw[raw.rindex(b"\xff\xda") : -2]
    costly = raw[:-2] + scan * 80 + raw[-2:]
    limits = Limits(cpu_seconds=1, wall_seconds=60)

    with Workshop(tmp_path, limits, workers=1) as workshop:
        began = time.monotonic()
        results = dict(workshop.prepare([(1, costly, "1.jpg"), (2, jpeg(2), "2.jpg")]))

    assert results[1].rule == "timeout"
    assert isinstance(results[2], Prepared)
    assert time.monotonic() - began < 10


@pytest.mark.slow
def test_the_largest_image_taken_fits_the_memory_even_turned(tmp_path):
    largest = encoded(picture(size=(8000, 5000)), "JPEG", exif=exif(6), quality=70)

    with Workshop(tmp_path, workers=1) as workshop:
        ((_, result),) = workshop.prepare([(1, largest, "1.jpg")])

    assert isinstance(result, Prepared)
    assert (result.record.width, result.record.height) == (5000, 8000)


def test_too_many_bytes_are_refused_without_troubling_a_child(tmp_path):
    limits = Limits(max_bytes=1000)

    with Workshop(tmp_path, limits, workers=1) as workshop:
        ((_, result),) = workshop.prepare([(1, bytes(1001), "1.jpg")])

    assert result.rule == "too_large"


def test_no_child_outlives_the_workshop(tmp_path):
    with Workshop(tmp_path, workers=2) as workshop:
        pids = workshop.pids
        results = workshop.prepare((n, jpeg(n), f"{n}.jpg") for n in range(50))
        next(results)

    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_folder_that_is_gone_is_our_fault_not_the_image_s(tmp_path):
    missing = tmp_path / "missing"

    with (
        Workshop(missing, workers=1) as workshop,
        pytest.raises(ImageStoreError, match="No such file"),
    ):
        list(workshop.prepare([(1, jpeg(1), "1.jpg")]))


def test_children_that_cannot_start_are_our_fault_not_the_image_s(tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "PIL.py").write_text("raise ImportError('not installed')")
    monkeypatch.setenv("PYTHONPATH", str(broken))

    with (
        Workshop(tmp_path, workers=1) as workshop,
        pytest.raises(WorkshopError, match="cannot be started"),
    ):
        list(workshop.prepare([(1, jpeg(1), "1.jpg")]))


def test_a_child_is_given_none_of_the_app_s_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("JUDGE_API_KEY", "canary-7c1")

    with Workshop(tmp_path, workers=1) as workshop:
        list(workshop.prepare([(1, jpeg(1), "1.jpg")]))
        (pid,) = workshop.pids
        assert b"canary-7c1" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_a_name_no_database_could_hold_is_made_storable(tmp_path):
    with Workshop(tmp_path, workers=1) as workshop:
        ((_, result),) = workshop.prepare([(1, jpeg(1), "a\ud800.jpg")])

    assert result.record.original_name == "a?.jpg"


def test_a_name_with_any_characters_is_carried_through(tmp_path):
    name = "Röntgen \U0001fa7b 'a'\n../x.jpg"

    with Workshop(tmp_path, workers=1) as workshop:
        ((_, result),) = workshop.prepare([(1, jpeg(1), name)])

    assert result.record.original_name == name
    assert decoded((tmp_path / result.record.sha256[:2] / result.record.sha256 / "full.jpg")
                   .read_bytes()).size == (60, 40)  # fmt: skip
