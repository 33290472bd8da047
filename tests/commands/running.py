"""Runs manage.py: the whole program within this process, or, as people do, in one of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from manage import app
from src.commands import console

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """What a run left: status, standard output and standard error."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """A study in a folder, worked on by the command line only."""

    folder: Path
    apart: bool = False
    """True starts a process for each verb: slower by a second, and nothing is shared."""

    def __call__(self, *words: str | Path, as_json: bool = True) -> Done:
        """Run manage.py with these words."""
        given = [*map(str, words), *(["--json"] if as_json else [])]
        settings = {
            "RARE_REVIEW_DATABASE_URL": f"sqlite:///{self.folder / 'review.db'}",
            "RARE_REVIEW_IMAGE_STORE": str(self.folder / "images"),
        }
        done = _apart(given, settings) if self.apart else _here(given, settings)
        assert "Traceback" not in done.out + done.err, done.err
        return done

    def done(self, *words: str | Path) -> Any:
        """Run manage.py, which must succeed, and return its JSON object."""
        run = self(*words)
        assert run.status == 0, run.out + run.err
        return run.data

    def write(self, name: str, value: object) -> Path:
        """Write a value as a JSON file and return its path."""
        path = self.folder / name
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        return path


def _apart(words: list[str], settings: dict[str, str]) -> Done:
    run = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, **settings},
        timeout=120,
        check=False,
    )
    return Done(run.returncode, run.stdout, run.stderr)


def _here(words: list[str], settings: dict[str, str]) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, settings),
        patch.object(sys, "argv", ["manage.py", *words]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = console.run(app)
    return Done(status, out.getvalue(), err.getvalue())
