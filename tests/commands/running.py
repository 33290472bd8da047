"""Runs manage.py as people do: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    def __call__(self, *words: str | Path, as_json: bool = True) -> Done:
        """Run manage.py with these words."""
        environment = {
            **os.environ,
            "RARE_REVIEW_DATABASE_URL": f"sqlite:///{self.folder / 'review.db'}",
            "RARE_REVIEW_IMAGE_STORE": str(self.folder / "images"),
        }
        command = [sys.executable, str(ROOT / "manage.py"), *map(str, words)]
        run = subprocess.run(
            [*command, "--json"] if as_json else command,
            capture_output=True,
            encoding="utf-8",
            cwd=ROOT,
            env=environment,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in run.stdout + run.stderr, run.stderr
        return Done(run.returncode, run.stdout, run.stderr)

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
