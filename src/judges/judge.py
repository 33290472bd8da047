"""What every judge is: something that answers one request, or says why it does not."""

from __future__ import annotations

import re
from typing import Final, Protocol

from pydantic import BaseModel

from src.domain.canonical import JsonValue
from src.domain.errors import ReviewToolError
from src.domain.judging.failure import sentence
from src.judges.usage import Usage

PASSING: Final = frozenset({408, 409, 425, 429})
"""States of HTTP that may be others a moment later; so may all from 500 on."""
BUSY: Final = frozenset({429, 529})
"""States that say: too many calls, ask again later."""
HOPELESS: Final = frozenset({401, 403, 404})
"""States that every call will meet: a wrong key, no right, no such model."""
WRONG_KEY: Final = frozenset({401, 403})
"""Those of them that another key may end."""
NEVER_SENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
"""What a client calls a failure before the first byte left."""
LONGEST_WORDS: Final = 300
"""Characters of what a judge says of a failure that are kept."""
LONGEST_OF_PAGE: Final = 80
"""Characters of a page that is no reply which are told."""
TITLE: Final = re.compile(r"<title[^>]*>(.+?)</title>", re.IGNORECASE | re.DOTALL)
MARK: Final = re.compile(r"<[^>]*>")


class JudgeImage(BaseModel, frozen=True, extra="forbid"):
    """An image that goes with a request."""

    media_type: str
    content: bytes


class JudgeRequest(BaseModel, frozen=True, extra="forbid"):
    """One call: what is sent, and what it is about, for judges that only have replies."""

    system: str
    user: str
    reply_schema: dict[str, JsonValue]
    images: tuple[JudgeImage, ...] = ()
    check: str
    """The text a reply has to repeat, which proves that it answers this request."""
    criterion_tag: str
    item_id: str
    model: str
    criterion_id: str
    criterion_key: str = ""
    attempt: int = 1
    """1 for the first prompt, 2 for the one after a reply that could not be used."""

    @property
    def text(self) -> str:
        """All words that are sent."""
        return f"{self.system}\n{self.user}"


class JudgeReply(BaseModel, frozen=True, extra="forbid"):
    """What came back, and what it used up."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False
    """True when the judge did not say how many tokens, and the texts were measured instead."""
    version: str = ""
    """What the judge calls itself exactly."""
    cut_off: bool = False
    """True when the reply ended at its greatest length."""
    left_out: tuple[str, ...] = ()
    """Parameters that this judge does not take, and which were not sent."""

    @property
    def usage(self) -> Usage:
        """What it used up."""
        return Usage(tokens_in=self.tokens_in, tokens_out=self.tokens_out, estimated=self.estimated)


class JudgeError(ReviewToolError):
    """A call that brought no reply. `permanent`: the same call again would fail again."""

    rule = "judge"

    def __init__(
        self,
        message: str,
        permanent: bool = False,
        *,
        retry_after: float | None = None,
        refused: bool = False,
        hopeless: bool = False,
        tries: int = 1,
        usage: Usage = Usage(),
        busy: bool = False,
        of_key: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        """Seconds the judge asks to wait before the next try; None when it does not say."""
        self.refused = refused
        """True when the judge declined to judge this."""
        self.hopeless = hopeless
        """True when no call can succeed: a wrong key, no such model."""
        self.busy = busy
        """True when the judge has too much to do: it was not tried, and says so to everybody."""
        self.tries = tries
        """How often the request was sent; 0 when it never was, or only to hear of no room."""
        self.usage = usage
        """What it cost all the same."""
        self.of_key = of_key
        """True when the key is wrong, or has no right to ask."""

    def add(self, words: str) -> None:
        """Say a sentence more."""
        self.message = f"{sentence(self.message)} {words}"
        self.args = (self.message,)


class Judge(Protocol):
    """Answers requests, any number of them at the same time."""

    async def ask(self, request: JudgeRequest) -> JudgeReply:
        """Return the reply to a request; raise JudgeError when there is none."""

    async def close(self) -> None:
        """Give connections back."""


def no_json(page: str, key: str) -> str:
    """Return that an address answered with a page (a proxy's), with its title or first words.

    Without marks, without the key, and without what a terminal would take for an order.
    """
    title = TITLE.search(page)
    text = MARK.sub(" ", title.group(1) if title else page)
    text = text.replace(key, "***") if key else text
    shown = "".join(c if c.isprintable() else " " for c in text)
    words = " ".join(shown.split())[:LONGEST_OF_PAGE].strip()
    said = f": '{words}'" if words else ""
    return f"The judge's address answered with a page that is no JSON{said}."
