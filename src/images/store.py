"""Keep images by their content: whole or not at all, and never twice."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel

from src.domain.errors import NotFoundError
from src.images.canonical import MEDIA_TYPES
from src.images.faults import ImageStoreError
from src.images.folders import appear, folder_of

Size = Literal["thumb", "view", "full"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FULL = tuple(f"full{suffix}" for suffix in MEDIA_TYPES)
_STAGING, _LOCK = ".staging", "lock"
_LADDERS: dict[str, tuple[str, ...]] = {
    "thumb": ("thumb.webp", "view.webp", "shown.png", *_FULL),
    "view": ("view.webp", "shown.png", *_FULL),
    "full": ("shown.png", *_FULL),
}
"""What is served for a size, best first: windowed pictures have a `shown` beside their full."""


class StoredImage(BaseModel, frozen=True, extra="forbid"):
    """A file of an image, to be read or served."""

    path: Path
    media_type: str

    def read(self) -> bytes:
        """Return all bytes of the file."""
        return self.path.read_bytes()


class Staging(Protocol):
    """A place where the files of an import wait until all of it has succeeded."""

    folder: Path

    def commit(self) -> int:
        """Put all images staged so far into the store; return how many were new."""


class ImageStore(Protocol):
    """Where images are kept."""

    def stage(self) -> AbstractContextManager[Staging]:
        """Open a staging folder; what is not committed in it is gone afterwards."""

    def has(self, sha256: str) -> bool:
        """Tell whether the image is kept here."""

    def open(self, sha256: str, size: Size, raw: bool = False) -> StoredImage:
        """Return the file that shows an image at a size, or NotFoundError."""


def open_store(place: str | Path) -> ImageStore:
    """Return the store at a folder, or at a URL whose kind is known."""
    scheme, separator, rest = str(place).partition("://")
    if not separator:
        return FolderStore(Path(place))
    if scheme == "file":
        return FolderStore(Path(rest))
    if scheme == "s3":
        raise ImageStoreError(
            f"The image store {str(place)!r} needs the extra 's3' (fsspec and s3fs), which this "
            "version does not have yet; name a folder instead."
        )
    raise ImageStoreError(f"The image store {str(place)!r} is of no known kind; name a folder.")


class FolderStore:
    """Images in a folder: ab/<sha256>/full.jpg, view.webp, thumb.webp, shown.png.

    An image's folder appears by one rename, after its files are on disk: after a crash it is
    whole or absent.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        try:
            (self.root / _STAGING).mkdir(parents=True, exist_ok=True)
            self._clear_leftovers()
        except OSError as fault:
            raise _cannot(self.root, fault) from fault

    @contextmanager
    def stage(self) -> Iterator[FolderStaging]:
        """Open a staging folder; what is not committed in it is gone afterwards."""
        with self._guard():
            staging = FolderStaging(self.root)
        try:
            yield staging
        finally:
            staging.discard()

    def has(self, sha256: str) -> bool:
        """Tell whether the image is kept here."""
        return bool(_SHA256.fullmatch(sha256)) and folder_of(self.root, sha256).is_dir()

    def open(self, sha256: str, size: Size, raw: bool = False) -> StoredImage:
        """Return the file that shows an image at a size, or NotFoundError.

        Sizes that were not made fall back to the next larger one. The full size of a windowed
        image is its 8-bit picture; `raw` asks for the canonical copy itself, for exports.
        """
        names = _FULL if raw and size == "full" else _LADDERS.get(size, ())
        for name in names if _SHA256.fullmatch(sha256) else ():
            path = folder_of(self.root, sha256) / name
            if path.is_file():
                return StoredImage(path=path, media_type=MEDIA_TYPES[path.suffix])
        raise NotFoundError(f"There is no image {sha256!r} of size {size!r}.")

    def _clear_leftovers(self) -> None:
        """Remove staging folders of processes that died: nobody holds their locks any more.

        A child of such a process may still be writing its last file: what cannot be removed
        now is removed at the next start.
        """
        with self._guard():
            for folder in (self.root / _STAGING).iterdir():
                if folder.is_dir() and not _in_use(folder):
                    shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Let one process at a time make or clear staging folders.

        Without it a folder could be cleared between its making and the taking of its lock.
        """
        with (self.root / _STAGING / _LOCK).open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield


class FolderStaging:
    """A staging folder below the store, held by a lock as long as its process lives."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = Path(tempfile.mkdtemp(dir=root / _STAGING))
        self._lock = (self.folder / _LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def commit(self) -> int:
        """Put all images staged so far into the store; return how many were new.

        What the store already has stays as it is. Safe to repeat after a failure.
        """
        try:
            staged = sorted(self.folder.glob("[0-9a-f][0-9a-f]/*"))
            new = sum(self._keep(image) for image in staged)
            _sync(self._root)
        except OSError as fault:
            raise _cannot(self._root, fault) from fault
        return new

    def _keep(self, image: Path) -> bool:
        final = folder_of(self._root, image.name)
        if final.exists():
            return False
        _sync(image)
        if not appear(image, final):
            return False
        _sync(final.parent)
        return True

    def discard(self) -> None:
        """Remove the folder and what was not committed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def _in_use(folder: Path) -> bool:
    """Tell whether a living process holds the folder's lock."""
    try:
        with (folder / _LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot(root: Path, fault: OSError) -> ImageStoreError:
    return ImageStoreError(
        f"The image folder {str(root)!r} cannot be used: {fault.strerror}. "
        "Nothing was changed; make room or give the app the right to write there."
    )
