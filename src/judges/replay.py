"""A judge that gives stored replies again: a first start and a published run need no key."""

from __future__ import annotations

from collections.abc import Iterable

from src.domain.judging.stored_reply import RepliesHead, StoredReply
from src.judges.judge import JudgeError, JudgeReply, JudgeRequest
from src.judges.scripted import reply_text


class ReplayJudge:
    """Looks replies up by item, model and criterion, the criterion by its id or its key."""

    def __init__(self, head: RepliesHead, replies: Iterable[StoredReply]) -> None:
        self._version = head.version
        self._replies = {(r.item_id, r.model, r.criterion, r.attempt): r for r in replies}

    async def ask(self, request: JudgeRequest) -> JudgeReply:
        """Return the stored reply; raise JudgeError where none is stored or the call had failed."""
        stored = self._stored(request)
        if stored is None:
            raise JudgeError("The file of replies holds none for this.", permanent=True)
        if stored.error is not None:
            raise JudgeError(stored.error, permanent=True, refused=stored.refused)
        text = stored.raw
        if text is None:
            text = reply_text(request, stored.value or 0, stored.quote, stored.reason)
        return JudgeReply(
            text=text,
            tokens_in=stored.tokens_in,
            tokens_out=stored.tokens_out,
            version=self._version,
        )

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    def _stored(self, request: JudgeRequest) -> StoredReply | None:
        places = [
            (request.item_id, request.model, name, attempt)
            for name in (request.criterion_id, request.criterion_key)
            for attempt in (request.attempt, None)
        ]
        return next((self._replies[place] for place in places if place in self._replies), None)
