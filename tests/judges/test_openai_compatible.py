"""A judge behind an address: what is sent, what comes back, and each way it can fail."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from src.domain.judging.card import JudgeCard
from src.judges.judge import JudgeError, JudgeImage, JudgeReply, JudgeRequest
from src.judges.openai_compatible import OpenAiCompatible, retry_after
from src.judges.opening import open_judge
from src.judges.patience import ask_patiently, pause
from src.judges.scripted import ScriptedJudge, reply_text
from src.judges.usage import Usage
from tests.judges.judge_server import Answer, JudgeServer, completion, judge_server, refusal

KEY = "sk-very-secret-0123456789"
SCHEMA: dict[str, Any] = {"type": "object"}


def request(**changes: Any) -> JudgeRequest:
    """Return a request."""
    values: dict[str, Any] = {
        "system": "You grade.",
        "user": "Grade this.",
        "reply_schema": SCHEMA,
        "check": "c" * 16,
        "criterion_tag": "00000001",
        "item_id": "test/treatment/001",
        "model": "model-a",
        "criterion_id": "k1",
    }
    return JudgeRequest(**{**values, **changes})


def card(server: JudgeServer, **changes: Any) -> JudgeCard:
    """Return the card of the judge at a server."""
    return JudgeCard(name="judge-a", model="judge-a", address=server.url, **changes)


def ask(server: JudgeServer, *requests: JudgeRequest, **options: Any) -> list[JudgeReply]:
    """Send requests one after the other and return the replies."""

    async def work() -> list[JudgeReply]:
        judge = OpenAiCompatible(card(server), KEY, **options)
        try:
            return [await judge.ask(one) for one in requests]
        finally:
            await judge.close()

    return asyncio.run(work())


def failure(answer: Answer, **options: Any) -> JudgeError:
    """Return how a call fails that is answered so."""
    with judge_server(lambda _sent, _n: answer) as server, pytest.raises(JudgeError) as caught:
        ask(server, request(), **options)
    return caught.value


def test_a_request_says_all_it_should_and_the_reply_what_it_used() -> None:
    """Model, both messages, the schema, the parameters, the key as a bearer; tokens and version."""
    image = JudgeImage(media_type="image/webp", content=b"\x00\x01")
    with judge_server(lambda _sent, _n: (200, {}, completion("{}"))) as server:
        plain, seeing = ask(server, request(), request(images=(image,)))

    first, second = server.sent
    assert first["messages"] == [
        {"role": "system", "content": "You grade."},
        {"role": "user", "content": "Grade this."},
    ]
    assert (first["model"], first["temperature"], first["seed"]) == ("judge-a", 0.0, 7)
    assert first["max_tokens"] == 1_000
    assert first["response_format"]["json_schema"] == {
        "name": "grade",
        "strict": True,
        "schema": SCHEMA,
    }
    assert second["messages"][1]["content"][1] == {
        "type": "image_url",
        "image_url": {"url": "data:image/webp;base64,AAE="},
    }
    assert set(server.authorizations) == {f"Bearer {KEY}"}
    assert (
        plain
        == seeing
        == JudgeReply(text="{}", tokens_in=700, tokens_out=50, version="judge-a-2026-11-01")
    )


@pytest.mark.parametrize(
    ("message", "names", "left"),
    [
        ("Unsupported value: 'temperature' does not support 0.0", "temperature", {}),
        ("Unknown parameter: seed", "seed", {}),
        ("json_schema is not supported by this model", "response_format", {}),
        (
            "'max_tokens' is not supported with this model. Use 'max_completion_tokens'.",
            "max_tokens",
            {"max_completion_tokens": 1_000},
        ),
    ],
)
def test_what_an_address_does_not_take_is_left_out_from_then_on(
    message: str, names: str, left: dict[str, int]
) -> None:
    """One call more, once; every reply says what was not sent."""

    def answer(sent: dict[str, Any], _n: int) -> Answer:
        return (400, {}, refusal(message)) if names in sent else (200, {}, completion("{}"))

    with judge_server(answer) as server:
        replies = ask(server, request(), request())

    assert [reply.left_out for reply in replies] == [(names,), (names,)]
    assert server.calls == 3
    assert {k: server.sent[-1].get(k) for k in left} == left


@pytest.mark.parametrize(
    ("state", "passing", "hopeless"),
    [
        (408, True, False),
        (409, True, False),
        (429, True, False),
        (500, True, False),
        (503, True, False),
        (529, True, False),
        (400, False, False),
        (422, False, False),
        (401, False, True),
        (403, False, True),
        (404, False, True),
    ],
)
def test_each_state_says_whether_to_try_again(state: int, passing: bool, hopeless: bool) -> None:
    """Busy and broken may pass; a wrong key or name ends the run; the rest ends this call."""
    error = failure((state, {}, refusal("It is as it is.")))
    assert (error.permanent, error.hopeless, error.refused) == (not passing, hopeless, False)
    assert error.of_key is (state in (401, 403))
    assert "It is as it is." in error.message
    assert str(state) in error.message


def test_used_up_credit_is_no_passing_matter() -> None:
    """Some addresses say 429 for it."""
    error = failure((429, {}, refusal("You exceeded your quota", code="insufficient_quota")))
    assert (error.permanent, error.hopeless) == (True, True)


@pytest.mark.parametrize(
    "answer",
    [
        (400, {}, refusal("Flagged", code="content_filter")),
        (200, {}, completion(None, choices=[{
            "index": 0, "finish_reason": "content_filter",
            "message": {"role": "assistant", "content": None},
        }])),
        (200, {}, completion(None, choices=[{
            "index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": None, "refusal": "I cannot."},
        }])),
    ],
    ids=["state", "filter", "refusal"],
)  # fmt: skip
def test_a_judge_that_declines_is_no_fault_and_no_zero(answer: Answer) -> None:
    """It is told apart, and not asked three times."""
    error = failure(answer)
    assert (error.refused, error.permanent, error.hopeless) == (True, True, False)


DECLINES: dict[str, Any] = {
    "index": 0,
    "finish_reason": "stop",
    "message": {"role": "assistant", "content": None, "refusal": "I cannot."},
}
FILTERED: dict[str, Any] = {
    "index": 0,
    "finish_reason": "content_filter",
    "message": {"role": "assistant", "content": None},
}
OF_THE_PROMPT = len("You grade.\nGrade this.") + 64
"""The most tokens that the request of these tests can have."""
UNKNOWN = Usage(tokens_in=OF_THE_PROMPT, tokens_out=1_000, estimated=True)
"""Of a call that may have been answered and charged for, though nothing came of it."""


@pytest.mark.parametrize(
    ("answer", "used"),
    [
        ((200, {}, completion(None, choices=[DECLINES])), Usage(tokens_in=700, tokens_out=50)),
        ((200, {}, completion(None, choices=[FILTERED])), Usage(tokens_in=700, tokens_out=50)),
        ((200, {}, completion(None, choices=[])), Usage(tokens_in=700, tokens_out=50)),
        (
            (200, {}, completion(None, choices=[DECLINES], usage=None)),
            Usage(tokens_in=OF_THE_PROMPT, tokens_out=len("I cannot."), estimated=True),
        ),
        (
            (400, {}, refusal("Flagged", code="content_filter")),
            Usage(tokens_in=OF_THE_PROMPT, estimated=True),
        ),
        ((429, {}, refusal("busy")), Usage()),
        ((503, {"Retry-After": "1"}, refusal("busy")), Usage()),
        ((401, {}, refusal("no key")), Usage()),
        ((503, {}, refusal("gone")), UNKNOWN),
        ((504, {}, refusal("late")), UNKNOWN),
        ((200, {}, {"object": "x"}), UNKNOWN),
        ((200, {}, "no JSON"), UNKNOWN),
    ],
    ids=[
        "refusal",
        "filter",
        "no text",
        "refusal, no usage",
        "filter's state",
        "busy",
        "busy by header",
        "no key",
        "gone",
        "late",
        "other",
        "no JSON",
    ],
)
def test_what_a_call_without_a_reply_cost_is_told(answer: Answer, used: Usage) -> None:
    """A judge that declines has read the prompt, and charges for it."""
    assert failure(answer).usage == used


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        [],
        "none",
        {"prompt_tokens": None, "completion_tokens": None},
        {"prompt_tokens": -5, "completion_tokens": -5},
        {"prompt_tokens": 10**30, "completion_tokens": 10**30},
        {"prompt_tokens": "many", "completion_tokens": {}},
    ],
    ids=str,
)
def test_a_reply_counts_even_where_what_it_used_is_not_told(usage: Any) -> None:
    """Its tokens are estimated by what was sent and what came; the reply itself is as good."""
    answer = (200, {}, completion("{}", usage=usage))
    with judge_server(lambda _s, _n: answer) as server:
        (reply,) = ask(server, request())
    assert reply.text == "{}"
    assert (reply.tokens_in, reply.tokens_out, reply.estimated) == (OF_THE_PROMPT, 2, True)


def test_a_reply_that_ran_out_of_room_says_so() -> None:
    """So that it can be told from one that is merely wrong."""
    choice = {
        "index": 0,
        "finish_reason": "length",
        "message": {"role": "assistant", "content": '{"check"'},
    }
    with judge_server(lambda _s, _n: (200, {}, completion("", choices=[choice]))) as server:
        (reply,) = ask(server, request())
    assert (reply.cut_off, reply.text) == (True, '{"check"')


PAGE = b"<html><head><title>502  Bad\nGateway</title></head><body>\x1b[2JSome more</body></html>"


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("text/html; charset=utf-8", PAGE, ": '502 Bad Gateway'."),
        ("application/json", PAGE, ": '502 Bad Gateway'."),
        ("text/html", b"<p>Sign\x1b[2J in<br>" + KEY.encode(), ": 'Sign [2J in ***'."),
        ("text/plain", 50 * b"busy ", f": '{' '.join(16 * ['busy'])}'."),
        ("text/html", b"", "."),
        ("application/json", b"", "."),
    ],
    ids=["title", "under another name", "words", "long", "empty", "empty, under another name"],
)
def test_a_page_that_is_no_json_is_called_so(kind: str, body: bytes, said: str) -> None:
    """With its title or first words, without marks, key and what moves a terminal's cursor."""
    message = failure((200, {"content-type": kind}, body)).message
    assert message == f"The judge's address answered with a page that is no JSON{said}"


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"", {"choices": []}, {"object": "x"}])
def test_an_answer_that_is_no_completion_may_pass(body: Any) -> None:
    """A proxy in between says such things; it is a failed call, never a grade."""
    assert failure((200, {}, body)).permanent is False


def test_nobody_there_and_nobody_in_time_may_pass() -> None:
    """Without a traceback, and without the address's own words."""
    with (
        judge_server(lambda _s, _n: (200, {}, completion("{}")), latency=2.0) as server,
        pytest.raises(JudgeError, match="in time") as late,
    ):
        ask(server, request(), timeout_seconds=0.1)
    with pytest.raises(JudgeError, match="cannot be reached") as nobody:
        ask(JudgeServer(lambda _s, _n: (200, {}, {}), url="http://127.0.0.1:9/v1"), request())
    assert (late.value.permanent, nobody.value.permanent) == (False, False)


def test_the_key_is_in_no_error() -> None:
    """Also where the address repeats it."""
    error = failure((401, {}, refusal(f"Incorrect API key provided: {KEY}. Bearer {KEY}")))
    assert "***" in error.message
    assert KEY not in error.message
    assert KEY not in repr(error.args)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Fri, 20 Nov 2026 09:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 20 Nov 2026 08:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    ],
)
def test_the_wait_a_judge_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds or a date."""
    assert retry_after(headers, datetime(2026, 11, 20, 9, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("number", "asked", "drawn", "seconds"),
    [
        (1, None, 0.0, 0.25),
        (1, None, 1.0, 0.5),
        (2, None, 1.0, 1.0),
        (3, None, 0.5, 1.5),
        (1, 20.0, 0.0, 20.0),
        (1, 20.0, 1.0, 22.0),
        (1, 99_999.0, 0.0, 300.0),
    ],
)
def test_pauses_double_and_what_is_asked_for_is_kept(
    number: int, asked: float | None, drawn: float, seconds: float
) -> None:
    """Half to all of a step; never less than was asked for, never above five minutes."""
    assert pause(number, asked, drawn) == pytest.approx(seconds)


def test_three_tries_and_the_waits_between_them() -> None:
    """Two failures pass, the second asking for 4 seconds; the third try succeeds."""
    waits: list[float] = []
    failures = [JudgeError("busy"), JudgeError("busy", retry_after=4.0)]

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    def script(asked: JudgeRequest) -> str:
        if failures:
            raise failures.pop(0)
        return reply_text(asked, 0)

    judge = ScriptedJudge(script)
    reply, tries = asyncio.run(ask_patiently(judge, request(), sleep=sleep, draw=lambda: 0.0))

    assert (tries, waits) == (3, [0.25, 4.0])
    assert json.loads(reply.text)["check"] == "c" * 16


def test_what_failed_tries_cost_is_added_to_the_reply_and_to_the_last_failure() -> None:
    """A reply without a text was charged for; so was the refusal behind it."""
    spent = Usage(tokens_in=10, tokens_out=1)

    async def sleep(_seconds: float) -> None:
        """Wait for nothing."""

    def tried(*said: JudgeError | JudgeReply) -> JudgeReply:
        left = list(said)

        def script(_asked: JudgeRequest) -> JudgeReply:
            found = left.pop(0)
            if isinstance(found, JudgeError):
                raise found
            return found

        judge = ScriptedJudge(script)
        return asyncio.run(ask_patiently(judge, request(), sleep=sleep, draw=lambda: 0.0))[0]

    reply = tried(JudgeError("no text", usage=spent), JudgeReply(text="{}", tokens_in=100))
    assert (reply.tokens_in, reply.tokens_out, reply.estimated) == (110, 1, False)
    with pytest.raises(JudgeError) as caught:
        tried(
            JudgeError("no text", usage=spent),
            JudgeError("declined", permanent=True, refused=True, usage=spent),
        )
    assert caught.value.usage == Usage(tokens_in=20, tokens_out=2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (301.0, "301 s (5 minutes)"),
        (900.0, "900 s (15 minutes)"),
        (86_400.0, "86,400 s (24.0 hours)"),
        (1e300, "more than a week"),
        (float("inf"), "more than a week"),
    ],
)
def test_a_wait_that_is_too_long_is_named(seconds: float, words: str) -> None:
    """What the judge asked for, and how long one waits."""

    def script(_asked: JudgeRequest) -> str:
        message = "The judge answered 429: no reason given"
        raise JudgeError(message, retry_after=seconds, busy=True)

    async def sleep(_seconds: float) -> None:
        raise AssertionError("nobody waits")

    judge = ScriptedJudge(script)
    with pytest.raises(JudgeError) as caught:
        asyncio.run(ask_patiently(judge, request(), sleep=sleep, draw=lambda: 0.0))
    assert caught.value.hopeless is True
    assert caught.value.message == (
        f"The judge answered 429: no reason given. It asked to wait {words}, which is longer than "
        "we wait (5 minutes)."
    )


@pytest.mark.parametrize(("permanent", "calls"), [(False, 3), (True, 1)])
def test_the_last_failure_is_raised_with_the_number_of_tries(permanent: bool, calls: int) -> None:
    """A permanent one is not tried again."""

    def script(_asked: JudgeRequest) -> str:
        raise JudgeError("no", permanent)

    async def sleep(_seconds: float) -> None:
        """Wait for nothing."""

    judge = ScriptedJudge(script)
    with pytest.raises(JudgeError) as caught:
        asyncio.run(ask_patiently(judge, request(), sleep=sleep, draw=lambda: 0.0))
    assert (len(judge.asked), caught.value.tries) == (calls, calls)


def test_what_is_missing_to_open_a_judge_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model, the address, or the package of the other provider."""
    bare = JudgeCard(name="j")
    with pytest.raises(JudgeError, match="RARE_REVIEW_JUDGE_MODEL"):
        open_judge(bare, "")
    with pytest.raises(JudgeError, match="RARE_REVIEW_JUDGE_BASE_URL"):
        open_judge(bare.model_copy(update={"model": "m"}), "")
    monkeypatch.setitem(sys.modules, "anthropic", None)
    other = bare.model_copy(update={"model": "m", "provider": "anthropic"})
    with pytest.raises(JudgeError, match=r"requirements-anthropic\.txt"):
        open_judge(other, "")
