"""Stored replies of a judge as JSON Lines: a head that names the judge, then one reply a line."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from src.domain.errors import PROBLEMS_SHOWN, BadInputError, Problem
from src.domain.judging.stored_reply import RepliesHead, StoredReply
from src.files.faults import FileFault
from src.files.json_records import JsonRecord, json_records, problems_of
from src.files.lines import Lines


def read_replies(path: Path) -> tuple[RepliesHead, list[StoredReply]]:
    """Return whose replies a file holds, and the replies. Raises BadInputError naming every line.

    Two replies to the same criterion of the same answer and attempt are a problem too.
    """
    head: RepliesHead | None = None
    replies: list[StoredReply] = []
    problems: list[Problem] = []
    seen: set[tuple[object, ...]] = set()
    with Lines(path) as lines:
        for record in json_records(lines):
            if isinstance(record, Problem):
                problems.append(record)
                continue
            try:
                if record.number == 1:
                    head = RepliesHead.model_validate(record.value)
                else:
                    replies.append(_reply(record, seen))
            except ValidationError as error:
                problems += problems_of(error, record.line)
            except FileFault as fault:
                problems.append(fault.at(record.line))
    if problems or head is None:
        text = f"{str(path)!r} holds no replies of a judge as docs/formats.md describes them."
        raise BadInputError(text, problems[:PROBLEMS_SHOWN])
    return head, replies


def _reply(record: JsonRecord, seen: set[tuple[object, ...]]) -> StoredReply:
    reply = StoredReply.model_validate(record.value)
    place = (reply.item_id, reply.model, reply.criterion, reply.attempt)
    if place in seen:
        text = f"The criterion {reply.criterion!r} of {reply.item_id!r} has two replies: keep one."
        raise FileFault("duplicate_id", text)
    seen.add(place)
    return reply
