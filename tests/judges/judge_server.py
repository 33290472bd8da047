"""A judge on this machine: an HTTP server that speaks chat completions and counts what it hears."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, dict[str, str], Any]
"""State of HTTP, further headers, and the body: JSON, or bytes as they are."""
NONCE = re.compile(r"ANSWER TO BE GRADED ([0-9a-f]+)\n")
TAG = re.compile(r"CRITERION ([0-9a-f]{8})\n")


def grade(sent: dict[str, Any], value: int = 0, quote: str = "", reason: str = "Said.") -> str:
    """Return a reply in due form to what was sent."""
    user = user_text(sent)
    nonce, tag = NONCE.search(user), TAG.search(user)
    assert nonce is not None
    assert tag is not None
    return json.dumps(
        {
            "check": nonce.group(1),
            "criterion": tag.group(1),
            "quote": quote,
            "reason": reason,
            "value": value,
        }
    )


def user_text(sent: dict[str, Any]) -> str:
    """Return the words of the one message of the user."""
    content = sent["messages"][1]["content"]
    return str(content if isinstance(content, str) else content[0]["text"])


def completion(text: str | None, **changes: Any) -> dict[str, Any]:
    """Return a chat completion that says so."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "judge-a-2026-11-01",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {"prompt_tokens": 700, "completion_tokens": 50, "total_tokens": 750},
        **changes,
    }


def refusal(message: str, **more: Any) -> dict[str, Any]:
    """Return the body of a refusal."""
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


@dataclass
class JudgeServer:
    """What a server was sent, and how it answers."""

    answer: Callable[[dict[str, Any], int], Answer]
    """Takes what was sent and the number of the call, counted from 1."""
    latency: float = 0.0
    url: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """How many calls came in."""
        return len(self.sent)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the calls of one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await _head(reader):
                length = int(head.get("content-length", "0"))
                sent = json.loads(await reader.readexactly(length) or b"{}")
                self.sent.append(sent)
                self.authorizations.append(head.get("authorization", ""))
                number = self.calls
                await asyncio.sleep(self.latency)
                state, headers, body = self.answer(sent, number)
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                headers = {"content-type": "application/json", **headers}
                lines = [f"HTTP/1.1 {state} X"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                lines += [f"content-length: {len(raw)}", "", ""]
                writer.write("\r\n".join(lines).encode() + raw)
                await writer.drain()
        writer.close()


async def _head(reader: asyncio.StreamReader) -> dict[str, str]:
    lines = []
    while (line := await reader.readline()) not in (b"\r\n", b""):
        lines.append(line.decode().strip())
    pairs = (line.partition(":") for line in lines[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


@contextmanager
def judge_server(
    answer: Callable[[dict[str, Any], int], Answer], latency: float = 0.0
) -> Iterator[JudgeServer]:
    """Run a judge's server in a thread of its own while the block lasts."""
    server = JudgeServer(answer, latency)
    ready, ended = threading.Event(), threading.Event()

    async def work() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        ready.set()
        while not ended.is_set():
            await asyncio.sleep(0.02)
        listening.close()

    thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    ready.wait(10)
    yield server
    ended.set()
    thread.join(10)
