"""Puts the files of an export in place: whole and on the disk, or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from pydantic import BaseModel

from src.domain.errors import ConflictError

SYNCED_AT_ONCE = 8
"""Files brought to the disk together, which share its waiting: thousands of images one by one take
longer than all the rest of an export."""
_LOCK = "lock"
_PACKED_ALREADY = frozenset({".jpg", ".png", ".webp", ".parquet", ".xlsx"})


class WrittenFile(BaseModel, frozen=True, extra="forbid"):
    """One file of an export."""

    path: str
    """Relative to the export's folder, with slashes."""
    sha256: str
    rows: int


class ExportFolder:
    """A folder that several exports may share; each writes below a name of its own first.

    What is written lies in a hidden folder until `publish` brings it to the disk and renames it
    into place, the manifest last. A process that dies before leaves the former export as it was;
    one that dies while renaming leaves no manifest, and only a folder with one is whole.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self._name = name
        self.manifest = f"manifest-{name}.json"
        self.staging = folder / f".unfinished-{name}"

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """Give the empty hidden folder to write into; it is gone afterwards.

        What a process that died left there is removed first. Raises ConflictError while another
        process writes the same export here.
        """
        self.staging.mkdir(parents=True, exist_ok=True)
        with (self.staging / _LOCK).open("w") as lock:
            self._take(lock)
            self._clear()
            try:
                yield self.staging
            finally:
                shutil.rmtree(self.staging, ignore_errors=True)

    def _take(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(
                f"Another export is being written to {str(self.folder)!r}. Wait for it, stop it, "
                "or choose another folder."
            ) from None

    def _clear(self) -> None:
        for entry in self.staging.iterdir():
            if entry.name == _LOCK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def described(self, rows: dict[str, int]) -> list[WrittenFile]:
        """Return every file written so far: those with rows as given, then the others by path."""
        found = sorted(self._files())
        others = [path for path in found if path not in rows]
        return [
            WrittenFile(path=path, sha256=sha256_of(self.staging / path), rows=rows.get(path, 1))
            for path in [*(path for path in rows if path in found), *others]
        ]

    def _files(self) -> Iterator[str]:
        for path in self.staging.rglob("*"):
            relative = path.relative_to(self.staging).as_posix()
            if path.is_file() and relative != _LOCK:
                yield relative

    def publish(self) -> None:
        """Bring everything to the disk and put it in place; the manifest last.

        Files of the export that was here before and that this one no longer has are removed,
        unless another export in the folder has them too.
        """
        paths = sorted(self._files())
        with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
            list(pool.map(sync, (self.staging / path for path in paths)))
        before = self._listed(self.folder / self.manifest)
        (self.folder / self.manifest).unlink(missing_ok=True)
        sync(self.folder)
        for path in sorted(paths, key=lambda path: path == self.manifest):
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if path == self.manifest:
                self._sync_folders(paths)
            (self.staging / path).replace(target)
        self._remove(before - set(paths) - self._of_others())
        sync(self.folder)

    def _sync_folders(self, paths: Iterable[str]) -> None:
        for folder in sorted({(self.folder / path).parent for path in paths}):
            sync(folder)

    def _of_others(self) -> set[str]:
        kept: set[str] = set()
        for manifest in self.folder.glob("manifest-*.json"):
            if manifest.name != self.manifest:
                kept |= self._listed(manifest)
        return kept

    def _listed(self, manifest: Path) -> set[str]:
        """Return the paths a manifest names, as far as they lie in this folder."""
        try:
            files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
            named = {str(file["path"]) for file in files}
        except (OSError, ValueError, KeyError, TypeError):
            return set()
        root = self.folder.resolve()
        return {path for path in named if (root / path).resolve().is_relative_to(root)}

    def _remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            (self.folder / path).unlink(missing_ok=True)


def zipped(folder: Path, paths: Iterable[str]) -> bytes:
    """Return files of a folder as one archive, the same bytes each time."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for path in paths:
            entry = ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            kind = ZIP_STORED if Path(path).suffix in _PACKED_ALREADY else ZIP_DEFLATED
            archive.writestr(entry, (folder / path).read_bytes(), kind)
    return packed.getvalue()


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
