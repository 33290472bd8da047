"""Paths of images as a file names them: inside its folder, or refused."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from src.files.faults import FileFault

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//|(?:data|file|ftp|https?|javascript):", re.I)
_DRIVE = re.compile(r"[a-zA-Z]:|\\")


def check_name(name: str) -> None:
    """Refuse a URL, an absolute path and one that climbs out of its folder."""
    if _URL.match(name):
        raise FileFault(
            "url_not_allowed", f"{name[:200]!r} is a URL: give the image's path in the folder."
        )
    climbs = Path(os.path.normpath(name)).parts[:1] == (os.pardir,)
    if name.startswith("/") or _DRIVE.match(name) or climbs:
        raise _outside(name)


def check_names(names: Iterable[str]) -> None:
    """Refuse the first name that `check_name` refuses."""
    for name in names:
        check_name(name)


def resolve_inside(root: Path, name: str) -> Path:
    """Return the file a relative name means, every link followed; it must lie under `root`."""
    check_name(name)
    try:
        path = (root / name).resolve()
        found = path.is_file()
    except (OSError, ValueError, RuntimeError):
        raise _missing(name, "cannot be a path") from None
    if not path.is_relative_to(root.resolve()):
        raise _outside(name)
    if not found:
        raise _missing(name, "is not a plain file" if path.exists() else "does not exist")
    return path


def _outside(name: str) -> FileFault:
    return FileFault(
        "path_outside", f"{name[:200]!r} lies outside the image folder: give a path inside it."
    )


def _missing(name: str, why: str) -> FileFault:
    return FileFault("missing_file", f"The image {name[:200]!r} {why}: put it in its place.")
