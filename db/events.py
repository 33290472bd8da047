"""The hash chain: appended in the transaction of what it proves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, insert, inspect, select

from db.database import Transaction
from db.models import Base, EventRow
from src.domain.canonical import canonical_json, digest, text_sha256
from src.domain.history import GENESIS, ChainHead, Event, link_hash

GENESIS_HEAD = ChainHead(seq=0, hash=GENESIS)
"""What stands before the first link."""
ASKED_AT_ONCE = 500
NewEvent = tuple[str, str, str, str]
"""kind, actor, object, payload_sha256"""


def head(t: Transaction) -> ChainHead:
    """Return the newest link; number 0 and zeros when there is none."""
    row = t.execute(
        select(EventRow.seq, EventRow.hash).order_by(EventRow.seq.desc()).limit(1)
    ).one_or_none()
    return ChainHead(seq=row[0], hash=row[1]) if row else GENESIS_HEAD


def append(
    t: Transaction, kind: str, actor: str, object: str, payload_sha256: str, at: datetime
) -> ChainHead:
    """Append one link and return it."""
    return append_all(t, [(kind, actor, object, payload_sha256)], at)


def append_row(t: Transaction, kind: str, actor: str, row: Base, at: datetime) -> ChainHead:
    """Append the link that proves a row as it stands now."""
    t.flush()
    return append_all(t, [proof_of(kind, actor, row)], at)


def proof_of(kind: str, actor: str, row: Base) -> NewEvent:
    """Return the link that proves a row, to be appended with others."""
    return kind, actor, object_of(row), digest(row.record())


def append_all(t: Transaction, events: Iterable[NewEvent], at: datetime) -> ChainHead:
    """Append many links at one moment and return the last."""
    newest = head(t)
    rows = []
    for kind, actor, target, payload in events:
        seq = newest.seq + 1
        link = link_hash(seq, kind, actor, target, payload, at, newest.hash)
        rows.append(
            {
                "seq": seq,
                "kind": kind,
                "actor": actor,
                "object": target,
                "payload_sha256": payload,
                "at": at,
                "prev_hash": newest.hash,
                "hash": link,
            }
        )
        newest = ChainHead(seq=seq, hash=link)
    if rows:
        t.execute(insert(EventRow), rows)
    return newest


def object_of(row: Base) -> str:
    """Return the name of a row in the chain: its table and its key."""
    keys = [getattr(row, column.name) for column in inspect(type(row)).primary_key]
    return f"{row.__tablename__}:{canonical_json(keys)}"


def page_of(t: Transaction, after: int, size: int) -> list[Event]:
    """Return the links after a number, oldest first."""
    rows = t.scalars(
        select(EventRow).where(EventRow.seq > after).order_by(EventRow.seq).limit(size)
    )
    return [_event(row) for row in rows]


def newest_page(t: Transaction, before: int | None, size: int) -> list[Event]:
    """Return the links before a number, newest first."""
    query = select(EventRow).order_by(EventRow.seq.desc()).limit(size)
    if before is not None:
        query = query.where(EventRow.seq < before)
    return [_event(row) for row in t.scalars(query)]


def of_object(t: Transaction, prefix: str, size: int) -> list[Event]:
    """Return the links of all objects whose name starts with a prefix, oldest first."""
    query = (
        select(EventRow)
        .where(EventRow.object >= prefix, EventRow.object < prefix + "\U0010ffff")
        .order_by(EventRow.seq)
        .limit(size)
    )
    return [_event(row) for row in t.scalars(query)]


def known_until(t: Transaction, objects: Sequence[str], seq: int) -> set[str]:
    """Return those of the objects that have a link up to a number."""
    found: set[str] = set()
    for start in range(0, len(objects), ASKED_AT_ONCE):
        query = select(EventRow.object).where(
            EventRow.object.in_(objects[start : start + ASKED_AT_ONCE]), EventRow.seq <= seq
        )
        found.update(t.scalars(query))
    return found


def _event(row: EventRow) -> Event:
    return Event(
        seq=row.seq,
        kind=row.kind,
        actor=row.actor,
        object=row.object,
        payload_sha256=row.payload_sha256,
        at=row.at,
        prev_hash=row.prev_hash,
        hash=row.hash,
    )


def payload_hash(nonce: str, body: object) -> str:
    """Return the hash of a payload; the nonce keeps short texts from being guessed."""
    return text_sha256(nonce + canonical_json(body))


def count(t: Transaction) -> int:
    """Return the number of links."""
    return t.scalar(select(func.coalesce(func.max(EventRow.seq), 0))) or 0
