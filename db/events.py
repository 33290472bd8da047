"""The hash chain: appended in the transaction of what it proves, verified in pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import func, insert, inspect, select, text

from db.database import Database, Transaction
from db.models import Base, EventRow, PayloadRow
from src.domain.canonical import canonical_json, digest, text_sha256
from src.domain.history import GENESIS, ChainHead, ChainReport, Event, link_hash

LOCK = 7_295_514_001
PAGE = 2_000
NewEvent = tuple[str, str, str, str]
"""kind, actor, object, payload_sha256"""


def head(t: Transaction) -> ChainHead:
    """Return the newest link; number 0 and zeros when there is none."""
    row = t.execute(
        select(EventRow.seq, EventRow.hash).order_by(EventRow.seq.desc()).limit(1)
    ).one_or_none()
    return ChainHead(seq=row[0], hash=row[1]) if row else ChainHead(seq=0, hash=GENESIS)


def append(
    t: Transaction, kind: str, actor: str, object: str, payload_sha256: str, at: datetime
) -> ChainHead:
    """Append one link and return it."""
    return append_all(t, [(kind, actor, object, payload_sha256)], at)


def append_row(t: Transaction, kind: str, actor: str, row: Base, at: datetime) -> ChainHead:
    """Append the link that proves a row as it stands now."""
    t.flush()
    return append(t, kind, actor, object_of(row), digest(row.record()), at)


def append_all(t: Transaction, events: Iterable[NewEvent], at: datetime) -> ChainHead:
    """Append many links at one moment and return the last."""
    if t.get_bind().dialect.name == "postgresql":
        t.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
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


def verify(
    database: Database, proven: Iterable[type[Base]], against: ChainHead | None = None
) -> ChainReport:
    """Recompute every link, and every row the chain proves, in pages.

    Finds a changed, inserted, deleted or swapped link; a changed or deleted row; a changed text.
    `against` is a head kept elsewhere: with it a truncated or rewritten chain is found too.
    """
    problems: list[str] = []
    newest: dict[str, str] = {}
    last = ChainHead(seq=0, hash=GENESIS)
    seen_anchor = against is None or against.seq == 0
    for event in _all(database):
        problems.extend(_link_problems(event, last))
        last = ChainHead(seq=event.seq, hash=event.hash)
        newest[event.object] = event.payload_sha256
        if against is not None and event.seq == against.seq:
            seen_anchor = event.hash == against.hash
    if not seen_anchor:
        problems.append("The chain does not contain the head it was compared with.")
    tables = {table.__tablename__: table for table in proven}
    rows, row_problems = _rows(database, tables, newest)
    return ChainReport(
        events=last.seq,
        rows=rows,
        head=last,
        problems=(*problems, *row_problems, *_payloads(database)),
    )


def _all(database: Database) -> Iterator[Event]:
    after = 0
    while True:
        with database.reading() as t:
            page = page_of(t, after, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].seq


def _link_problems(event: Event, last: ChainHead) -> Iterator[str]:
    if event.seq != last.seq + 1:
        yield f"Event {event.seq} follows event {last.seq}: links are missing or repeated."
    if event.prev_hash != last.hash:
        yield f"Event {event.seq} does not continue event {last.seq}."
    link = link_hash(
        event.seq,
        event.kind,
        event.actor,
        event.object,
        event.payload_sha256,
        event.at,
        event.prev_hash,
    )
    if link != event.hash:
        yield f"Event {event.seq} was changed after it was written."


def _rows(
    database: Database, tables: dict[str, type[Base]], newest: dict[str, str]
) -> tuple[int, list[str]]:
    """Compare every row the chain proves with its newest link, in both directions."""
    problems, count = [], 0
    expected = {name for name in newest if name.partition(":")[0] in tables}
    for table in tables.values():
        for row in _rows_of(database, table):
            count += 1
            name = object_of(row)
            expected.discard(name)
            if name not in newest and not row.needs_event():
                continue
            if name not in newest:
                problems.append(f"{name} has no event.")
            elif digest(row.record()) != newest[name]:
                problems.append(f"{name} is not what its event proves.")
    problems.extend(f"{name} is gone." for name in sorted(expected))
    return count, problems


def _rows_of(database: Database, table: type[Base]) -> Iterator[Base]:
    keys = [getattr(table, column.name) for column in inspect(table).primary_key]
    offset = 0
    while True:
        with database.reading() as t:
            page = list(t.scalars(select(table).order_by(*keys).offset(offset).limit(PAGE)))
        yield from page
        if len(page) < PAGE:
            return
        offset += PAGE


def _payloads(database: Database) -> Iterator[str]:
    for row in _rows_of(database, PayloadRow):
        assert isinstance(row, PayloadRow)
        if row.erased_at is None and payload_hash(row.nonce, row.body) != row.sha256:
            yield f"The text {row.sha256[:12]} was changed after it was written."


def payload_hash(nonce: str, body: object) -> str:
    """Return the hash of a payload; the nonce keeps short texts from being guessed."""
    return text_sha256(nonce + canonical_json(body))


def count(t: Transaction) -> int:
    """Return the number of links."""
    return t.scalar(select(func.coalesce(func.max(EventRow.seq), 0))) or 0
