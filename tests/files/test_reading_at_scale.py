"""Large files and large cells are read, or refused, in little memory and time."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from src.domain.errors import Problem
from src.files.formats import open_items
from src.files.jsonlines import read as read_json_lines
from src.files.lines import CELL_LIMIT
from src.files.mmrarebench import read
from tests.files.file_samples import COMMON, DIAGNOSIS

ROOT = Path(__file__).parents[2]
HEADER = b"index\tquestion\tanswer\tcontext\timage\tcategory\n"
MEASURED = """
import re, sys
from pathlib import Path
from src.files.formats import open_items
def peak():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status).group(1)) / 1024
before = peak()
for record in open_items(Path(sys.argv[1])).records:
    print(getattr(record, "rule", "item"), getattr(record, "column", None), record.line)
print(peak() - before)
"""
"""The kernel's own high-water mark: ru_maxrss would still hold that of the process before exec."""

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc"
)


def read_apart(path: Path) -> tuple[list[str], float]:
    """Read a file in a process of its own; return its records and by how many MB it grew."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    *records, growth = done.stdout.splitlines()
    return records, float(growth)


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_cell_of_a_hundred_megabytes_is_refused_without_being_loaded(raw, quote):
    cell = quote + b"A" * 100_000_000 + quote
    content = HEADER + b"1\tq\ta\tc\t" + cell + b"\tk\n" + b"2\tq\ta\tc\t\tk\n"

    records, growth = read_apart(raw(content))

    assert records == ["cell_too_large image 2", "item None 3"]
    assert growth < 300


def test_a_hundred_megabytes_over_many_lines_of_one_cell_are_refused(raw):
    content = HEADER + b'1\tq\ta\t"' + (b"A" * 999 + b"\n") * 100_000 + b'"\t\tk\n'

    records, growth = read_apart(raw(content))

    assert records == ["cell_too_large None 2"]
    assert growth < 300


def test_a_json_line_of_a_hundred_megabytes_is_refused_without_being_loaded(raw):
    good = b'{"dataset":"d","track":"evidence","index":"1","question":"q","answer":"a"}\n'

    records, growth = read_apart(raw(b'{"a":"' + b"A" * 100_000_000 + b'"}\n' + good, "x.jsonl"))

    assert records == ["cell_too_large None 1", "item None 2"]
    assert growth < 300


def test_a_line_full_of_quotes_is_refused_in_little_memory(raw):
    records, growth = read_apart(raw(HEADER + b'"' * 60_000_000 + b"\n"))

    assert records == ["cell_too_large None 2"]
    assert growth < 300


def test_a_cell_of_twenty_megabytes_is_read_in_little_memory(raw):
    encoded = base64.b64encode(b"\x89" * 15_000_000)
    assert len(encoded) == 20_000_000

    content = HEADER + b'1\tq\ta\tc\t"[""' + encoded + b'""]"\tk\n'
    records, growth = read_apart(raw(content))

    assert records == ["item None 2"]
    assert growth < 400


def test_the_largest_line_is_read_in_little_memory(raw):
    start, end = b'1\tq\ta\tc\t"[""', b'""]"\tk\n'
    cell = b"A" * ((CELL_LIMIT - len(start) - len(end)) // 4 * 4)

    records, growth = read_apart(raw(HEADER + start + cell + end))

    assert records == ["item None 2"]
    assert growth < 400


def test_images_of_200_kilobytes_come_out_whole(table):
    content = bytes(range(256)) * 800
    encoded = base64.b64encode(content).decode()

    [item] = read(table(DIAGNOSIS | {"image": json.dumps([encoded]), "image_path": ""}))

    assert item.images[0].load() == content


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_in_a_minute_and_flat_memory(raw):
    row = "{}\tWhat is it?\tA disease\t" + "c" * 160 + "\t\tk\n"
    path = raw(HEADER.decode() + "".join(row.format(n) for n in range(100_000)))

    started = time.perf_counter()
    found = sum(not isinstance(record, Problem) for record in open_items(path).records)
    took = time.perf_counter() - started
    _, growth = read_apart(path)

    assert found == 100_000
    assert took < 60
    assert growth < 100


@pytest.mark.slow
def test_a_hundred_thousand_json_lines_are_read_in_a_minute(raw):
    line = json.dumps({name: COMMON[name] for name in ("question", "answer", "context")})[1:]
    lines = [f'{{"dataset":"d","track":"evidence","index":"{n}",{line}\n' for n in range(100_000)]
    path = raw("".join(lines), "x.jsonl")

    started = time.perf_counter()
    found = sum(not isinstance(record, Problem) for record in read_json_lines(path))
    took = time.perf_counter() - started

    assert found == 100_000
    assert took < 60
