"""A judge behind the other interface, with its own package, where that is installed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from src.domain.judging.card import JudgeCard
from src.judges.judge import JudgeError, JudgeImage, JudgeReply
from src.judges.opening import open_judge
from src.judges.usage import Usage
from tests.judges.judge_server import Answer, judge_server
from tests.judges.test_openai_compatible import KEY, SCHEMA, request

pytest.importorskip("anthropic", reason="no anthropic: requirements-anthropic.txt brings it")


def message(*content: dict[str, Any], stop: str = "tool_use") -> dict[str, Any]:
    """Return a message with such content."""
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "judge-b-1",
        "content": list(content),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 700, "output_tokens": 50},
    }


def ask(answer: Answer, **changes: Any) -> tuple[JudgeReply, dict[str, Any]]:
    """Return the reply to a call that is answered so, and what was sent."""

    async def work(url: str) -> JudgeReply:
        card = JudgeCard(name="b", model="judge-b", provider="anthropic", address=url)
        judge = open_judge(card, KEY)
        try:
            return await judge.ask(request(**changes))
        finally:
            await judge.close()

    with judge_server(lambda _sent, _n: answer) as server:
        return asyncio.run(work(server.url.removesuffix("/v1"))), server.sent[0]


def test_the_schema_goes_as_the_one_tool_and_its_input_is_the_reply() -> None:
    """With the image before the words."""
    used = {"type": "tool_use", "id": "t1", "name": "grade", "input": {"value": 1, "quote": "ä"}}
    image = JudgeImage(media_type="image/webp", content=b"\x00\x01")
    reply, sent = ask((200, {}, message(used)), images=(image,))

    assert reply == JudgeReply(
        text='{"quote":"ä","value":1}',
        tokens_in=700,
        tokens_out=50,
        version="judge-b-1",
        left_out=("temperature", "seed"),
    )
    assert sent["tools"] == [{"name": "grade", "input_schema": SCHEMA}]
    assert sent["tool_choice"] == {"type": "tool", "name": "grade"}
    assert [part["type"] for part in sent["messages"][0]["content"]] == ["image", "text"]
    assert sent["max_tokens"] == 1_000


@pytest.mark.parametrize(
    ("state", "headers", "wait", "permanent"),
    [(529, {"retry-after": "3"}, 3.0, False), (500, {}, None, False), (401, {}, None, True)],
)
def test_states_are_read_as_of_any_judge(
    state: int, headers: dict[str, str], wait: float | None, permanent: bool
) -> None:
    """And the key is in no error."""
    body = {"type": "error", "error": {"type": "x", "message": f"No: {KEY}"}}
    with pytest.raises(JudgeError) as caught:
        ask((state, headers, body))
    error = caught.value
    assert (error.retry_after, error.permanent, error.hopeless) == (wait, permanent, permanent)
    assert error.of_key is (state == 401)
    assert KEY not in error.message


def test_a_refusal_is_told_apart() -> None:
    """By the reason why it stopped."""
    with pytest.raises(JudgeError) as caught:
        ask((200, {}, message({"type": "text", "text": "No."}, stop="refusal")))
    assert caught.value.refused is True
    assert caught.value.usage == Usage(tokens_in=700, tokens_out=50)


@pytest.mark.parametrize("usage", [None, {}, {"input_tokens": -1, "output_tokens": 10**30}])
def test_a_reply_without_a_count_of_its_tokens_is_estimated(usage: Any) -> None:
    """As of any judge: what was sent and what came."""
    used = {"type": "tool_use", "id": "t1", "name": "grade", "input": {"value": 1}}
    reply, _ = ask((200, {}, message(used) | {"usage": usage}))
    assert reply.text == '{"value":1}'
    assert reply.tokens_in == len("You grade.\nGrade this.") + 64
    assert (reply.tokens_out, reply.estimated) == (len(reply.text), True)


def test_a_page_of_a_proxy_is_no_reply() -> None:
    """It may have been paid for all the same, and may be gone a moment later."""
    with pytest.raises(JudgeError, match=r"a page that is no JSON: 'Sign in'\.") as caught:
        ask((200, {"content-type": "text/html"}, b"<html>Sign in</html>"))
    assert caught.value.permanent is False
    assert caught.value.usage.estimated is True
    assert caught.value.usage.tokens_out == 1_000


@pytest.mark.parametrize("content", [None, "no list"])
def test_a_message_without_content_counts_what_it_says_it_used(content: Any) -> None:
    """It is no message, but its count is one."""
    with pytest.raises(JudgeError, match="something that is no message") as caught:
        ask((200, {}, message() | {"content": content}))
    assert caught.value.usage == Usage(tokens_in=700, tokens_out=50)


@pytest.mark.parametrize("left_out", ["model", "stop_reason", "usage"])
def test_a_message_may_leave_out_what_is_not_needed(left_out: str) -> None:
    """Addresses that speak alike leave out this and that."""
    used = {"type": "tool_use", "id": "t1", "name": "grade", "input": {"value": 1}}
    body = {name: value for name, value in message(used).items() if name != left_out}
    reply, _ = ask((200, {}, body))
    assert reply.text == '{"value":1}'
    assert reply.version == ("" if left_out == "model" else "judge-b-1")


@pytest.mark.parametrize("content", [[], [{"type": "text"}], [None], [{}]])
def test_a_message_without_a_text_is_a_reply_of_nothing(content: Any) -> None:
    """It is asked for once more like any that cannot be read."""
    reply, _ = ask((200, {}, message() | {"content": content}))
    assert reply.text == ""
