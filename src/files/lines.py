"""Physical lines of a UTF-8 file, one at a time, however large the file is."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from src.files.faults import FileFault, missing_file, require_file

CELL_LIMIT = 32 * 1024 * 1024
"""The most bytes in a physical line and characters in a cell. Python's csv holds a cell at 4
bytes a character, so a full one takes 128 MiB: with this the process stays under 500 MB."""

_BUFFER = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class LineFault(FileFault):
    """A line that cannot be read; the lines after it can."""

    def __init__(self, rule: str, message: str, head: bytes, quotes: int) -> None:
        super().__init__(rule, message)
        self.head = head
        """The beginning of the line, at most the limit."""
        self.quotes = quotes
        """How many double quotes the whole line holds: whether a quoted cell stays open."""


class Lines:
    """An iterator over the lines of a file, each with its own line ending.

    Lines end with a line feed; a carriage return is part of the text. A line that cannot be
    read raises LineFault, and the next call goes on with the line after it, so this is not a
    generator. A byte order mark is dropped.
    """

    def __init__(self, path: Path, limit: int = CELL_LIMIT) -> None:
        require_file(path)
        self.path = path
        self.limit = limit
        self.number = 0
        """The line read last, counted from 1."""
        self.offset = 0
        """The bytes read so far."""
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        try:
            self._file = self.path.open("rb", buffering=_BUFFER)
        except OSError as error:
            raise missing_file(self.path, f"cannot be opened ({error.strerror})") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; reading on then finds no more lines."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(self.limit + 1) if self._file is not None else b""
        if not raw:
            raise StopIteration
        start, self.offset = self.offset, self.offset + len(raw)
        self.number += 1
        if start == 0:
            raw = self._without_mark(raw)
            start = self.offset - len(raw)
        if not raw:
            raise StopIteration
        if len(raw) > self.limit:
            raise self._too_long(raw)
        return self._decoded(raw, start)

    def _without_mark(self, raw: bytes) -> bytes:
        for mark, name in _OTHER_BOMS:
            if raw.startswith(mark):
                self.close()
                text = f"The file is {name}, not UTF-8 at byte 0: save it as UTF-8 and try again."
                raise LineFault("encoding", text, raw, 0)
        return raw.removeprefix(_BOM)

    def _too_long(self, raw: bytes) -> LineFault:
        assert self._file is not None
        quotes, more = raw.count(b'"'), raw
        while more and not more.endswith(b"\n"):
            more = self._file.readline(_BUFFER)
            self.offset += len(more)
            quotes += more.count(b'"')
        text = (
            f"Line {self.number} is longer than {self.limit:,} bytes, the most a cell or a line"
            " may hold. Give large images by image_path."
        )
        return LineFault("cell_too_large", text, raw, quotes)

    def _decoded(self, raw: bytes, start: int) -> str:
        nul = raw.find(b"\0")
        if nul >= 0:
            text = (
                f"Line {self.number} holds a NUL character at byte {start + nul}: take it out."
                " If the file is full of them it is probably UTF-16: save it as UTF-8."
            )
            raise LineFault("nul", text, raw, raw.count(b'"'))
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            at = start + error.start
            text = (
                f"Line {self.number} is not UTF-8 at byte {at} (0x{raw[error.start]:02X}):"
                " save the file as UTF-8 and try again."
            )
            raise LineFault("encoding", text, raw, raw.count(b'"')) from None
