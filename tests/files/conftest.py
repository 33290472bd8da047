"""Files to be read, made in a temporary folder."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from src.domain.errors import Problem


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as a tab-separated table and return its path."""

    def write(
        *rows: dict[str, str], name: str = "diagnosis_opened.tsv", quoting: int = csv.QUOTE_MINIMAL
    ) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(
                file, list(rows[0]), delimiter="\t", lineterminator="\n", quoting=quoting
            )
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def raw(tmp_path: Path) -> Callable[..., Path]:
    """Write bytes or text as they are and return the path."""

    def write(content: bytes | str, name: str = "diagnosis_opened.tsv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def places() -> Callable[[Iterable[object]], list[tuple[int | None, str | None, str]]]:
    """Return line, column and rule of each problem; a record that is none fails the test."""

    def of(records: Iterable[object]) -> list[tuple[int | None, str | None, str]]:
        found = []
        for record in records:
            assert isinstance(record, Problem), record
            found.append((record.line, record.column, record.rule))
        return found

    return of
