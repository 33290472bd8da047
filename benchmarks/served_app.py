"""The app under test, started as its users start it, and what it costs the machine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK")


class ServedApp:
    """One running server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.pid = process.pid
        self._process = process
        self._log = log

    @property
    def cpu_seconds(self) -> float:
        """How long its processor has worked for it, in user and system mode; 0 off Linux."""
        fields = _proc(self.pid, "stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0

    @property
    def resident_mb(self) -> float:
        """The memory it holds; 0 off Linux."""
        lines = _proc(self.pid, "status").splitlines()
        found = [line for line in lines if line.startswith("VmRSS:")]
        return int(found[0].split()[1]) / 1024 if found else 0.0

    def log(self) -> str:
        """Return what it has written."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait(self) -> None:
        """Wait until it answers; raise with its log when it ends first."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1).close()
                return
            time.sleep(0.05)
        raise RuntimeError(f"The app does not answer: {self.log()}")


@contextlib.contextmanager
def served(database_url: str, image_store: str, folder: Path) -> Iterator[ServedApp]:
    """Run the app on a study until the block ends."""
    port, log = _free_port(), folder / "app.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(database_url, image_store),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    app = ServedApp(process, port, log)
    try:
        app.wait()
        yield app
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def environment(database_url: str, image_store: str) -> dict[str, str]:
    """Return the environment in which our programs find a study."""
    return {
        **os.environ,
        "RARE_REVIEW_DATABASE_URL": database_url,
        "RARE_REVIEW_IMAGE_STORE": image_store,
    }


def machine() -> dict[str, float | int]:
    """Return what a figure must say of the machine: its cores, how busy and how fast they are.

    `yardstick_ms` is the processor time of a fixed piece of work: a figure in processor time
    from a machine that others use can be put beside one from a quiet machine by it.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {"cores": os.cpu_count() or 1, "load": round(load, 2), "yardstick_ms": _yardstick()}


def _yardstick() -> float:
    began = time.process_time()
    for number in range(200_000):
        hash(str(number))
    return round((time.process_time() - began) * 1000, 1)


def _proc(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
