"""Where an image's files lie, and how they get there whole."""

from __future__ import annotations

import errno
from pathlib import Path


def folder_of(root: Path, sha256: str) -> Path:
    """Return where an image's files lie below a root."""
    return root / sha256[:2] / sha256


def appear(finished: Path, final: Path) -> bool:
    """Rename a finished folder to its final name; return False if another was there first.

    What is there already has the same content, because its name is its content's hash.
    """
    final.parent.mkdir(exist_ok=True)
    try:
        finished.rename(final)
    except OSError as fault:
        if fault.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
        return False
    return True
