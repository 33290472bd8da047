"""How long 1,000 grades take from a judge that answers in 50 ms and fails every 20th call.

The judge is a process of its own on this machine. Grades are asked for by the same service as
ever, through the openai client, and stored in a new SQLite study: planning, prompts, retries,
checks of each reply, storing and the event chain are all in the figure.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from src.domain.item import Track
from src.domain.judging.card import JudgeCard
from src.domain.people import OPERATOR
from src.judges.opening import open_judge
from src.services.workbench import Workbench, init, open_workbench

GRADES, CRITERIA = 1_000, 8
AT_ONCE = 64
LATENCY_SECONDS, EVERY_NTH_FAILS = 0.05, 20
CONTEXT_CHARACTERS, ANSWER_CHARACTERS = 6_000, 600
ROOT = Path(__file__).parents[1]

SERVER = f"""
import asyncio, json, re
NONCE = re.compile(r"ANSWER TO BE GRADED ([0-9a-f]+)")
TAG = re.compile(r"CRITERION ([0-9a-f]{{8}})")
calls = 0

async def serve(reader, writer):
    global calls
    while True:
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        length = int(re.search(rb"content-length: (\\d+)", head.lower()).group(1))
        user = json.loads(await reader.readexactly(length))["messages"][1]["content"]
        calls += 1
        failing = calls % {EVERY_NTH_FAILS} == 0
        await asyncio.sleep({LATENCY_SECONDS})
        grade = {{"check": NONCE.search(user).group(1), "criterion": TAG.search(user).group(1),
                 "quote": "vemurafenib", "reason": "Said.", "value": 1}}
        body = json.dumps({{"id": "c", "object": "chat.completion", "created": 1, "model": "judge",
            "choices": [{{"index": 0, "finish_reason": "stop",
                         "message": {{"role": "assistant", "content": json.dumps(grade)}}}}],
            "usage": {{"prompt_tokens": 2000, "completion_tokens": 60, "total_tokens": 2060}}}})
        raw = b"{{}}" if failing else body.encode()
        state = b"503 Busy" if failing else b"200 OK"
        writer.write(b"HTTP/1.1 " + state + b"\\r\\ncontent-type: application/json\\r\\n"
                     b"content-length: " + str(len(raw)).encode() + b"\\r\\n\\r\\n" + raw)
        await writer.drain()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


def run() -> Iterator[dict[str, object]]:
    """Yield one figure: seconds from the call of the service to the finished run."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory(prefix="rare-review-bench-") as name:
            bench = _study(Path(name))
            yield _measured(bench, f"http://127.0.0.1:{port}/v1")
            bench.close()
    finally:
        server.kill()
        server.wait()


def _measured(bench: Workbench, url: str) -> dict[str, object]:
    card = JudgeCard(name="judge", model="judge", address=url)

    async def work() -> dict[str, object]:
        judge = open_judge(card, "")
        began, used = time.perf_counter(), time.process_time()
        report = await bench.judging.run(OPERATOR, card, judge, concurrency=AT_ONCE)
        seconds = time.perf_counter() - began
        await judge.close()
        return {
            "bench": "judging",
            "grades": report.run.done,
            "failed": report.failed,
            "calls": report.calls,
            "in_flight": AT_ONCE,
            "latency_ms": round(1000 * LATENCY_SECONDS),
            "seconds": round(seconds, 2),
            "processor_seconds": round(time.process_time() - used, 2),
            "grades_per_s": round(report.run.done / seconds),
            "target_seconds": 8,
        }

    return asyncio.run(work())


def _study(folder: Path) -> Workbench:
    """Return a study with enough answers for 1,000 grades."""
    url, store = f"sqlite:///{folder / 'review.db'}", str(folder / "images")
    init(url, store)
    bench = open_workbench(url, store)
    number = GRADES // CRITERIA
    lines = [_item(n) for n in range(number)]
    _write(folder / "items.jsonl", lines)
    report = bench.importing.store_file(OPERATOR, folder / "items.jsonl")
    assert report.accepted, report.problems
    text = ("Start vemurafenib 960 mg twice daily and follow up. " * 20)[:ANSWER_CHARACTERS]
    _write(
        folder / "answers.jsonl",
        [{"index": f"{n:05}", "prediction": f"{text} {n}"} for n in range(number)],
    )
    path = folder / "answers.jsonl"
    bench.predicting.store_file(OPERATOR, path, model="model", track=Track.TREATMENT)
    return bench


def _item(number: int) -> dict[str, object]:
    sentence = f"A patient {number} with bone pain and perirenal tissue on both sides. "
    return {
        "dataset": "bench",
        "track": "treatment",
        "index": f"{number:05}",
        "case": {"case_id": f"case-{number}"},
        "question": "What should be started?",
        "context": (sentence * 100)[:CONTEXT_CHARACTERS],
        "answer": "Vemurafenib.",
        "aliases": [],
        "images": [],
        "criteria": [
            {"key": f"must_include-{n}", "text": f"Names point {n}"} for n in range(CRITERIA)
        ],
    }


def _write(path: Path, lines: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
