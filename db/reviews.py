"""Drafts and reviews: a draft is overwritten with a version check, a review is only added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from db.database import Transaction, changed_rows
from db.events import payload_hash
from db.models import DraftRow, PayloadRow, ReviewRow
from src.domain.review import Draft, Review, ReviewBody


def draft(t: Transaction, round_name: str, item_id: str, person_id: str) -> Draft | None:
    """Return a person's draft on an item, or None."""
    row = t.get(DraftRow, (round_name, item_id, person_id))
    return _draft(row) if row is not None else None


def add_draft(t: Transaction, new: Draft, at: datetime) -> None:
    """Store the first save of a draft."""
    t.add(
        DraftRow(
            round=new.round,
            item_id=new.item_id,
            person=new.person,
            item_version=new.item_version,
            rubric_version=new.rubric_version,
            body=new.body.model_dump(mode="json"),
            version=new.version,
            opened_at=new.opened_at,
            saved_at=at,
        )
    )
    t.flush()


def save_draft(t: Transaction, changed: Draft, expected_version: int, at: datetime) -> bool:
    """Overwrite a draft if it still has the version expected; False when another was faster."""
    done = changed_rows(
        t,
        update(DraftRow)
        .where(
            DraftRow.round == changed.round,
            DraftRow.item_id == changed.item_id,
            DraftRow.person == changed.person,
            DraftRow.version == expected_version,
        )
        .values(body=changed.body.model_dump(mode="json"), version=changed.version, saved_at=at),
    )
    return bool(done)


def delete_draft(t: Transaction, round_name: str, item_id: str, person_id: str) -> None:
    """Remove a draft that became a review."""
    t.execute(
        delete(DraftRow).where(
            DraftRow.round == round_name,
            DraftRow.item_id == item_id,
            DraftRow.person == person_id,
        )
    )


def _draft(row: DraftRow) -> Draft:
    return Draft(
        round=row.round,
        item_id=row.item_id,
        item_version=row.item_version,
        rubric_version=row.rubric_version,
        person=row.person,
        body=ReviewBody.model_validate(row.body),
        version=row.version,
        opened_at=row.opened_at,
        saved_at=row.saved_at,
    )


def add_payload(t: Transaction, nonce: str, body: object) -> str:
    """Store what somebody wrote and return its hash."""
    sha256 = payload_hash(nonce, body)
    t.add(PayloadRow(sha256=sha256, nonce=nonce, body=body, erased_at=None))
    t.flush()
    return sha256


def add(t: Transaction, review: Review, *, guideline: str, nonce: str, extra: bool) -> ReviewRow:
    """Store a review and return its row, numbered among the person's own."""
    payload = add_payload(t, nonce, review.body.model_dump(mode="json"))
    number = _count_of(t, review.person) + 1
    row = ReviewRow(
        **review.model_dump(exclude={"body"}),
        guideline=guideline,
        number=number,
        payload_sha256=payload,
        extra=extra,
    )
    t.add(row)
    t.flush()
    return row


def _count_of(t: Transaction, person_id: str) -> int:
    newest = (
        select(ReviewRow.number)
        .where(ReviewRow.person == person_id)
        .order_by(ReviewRow.submitted_at.desc(), ReviewRow.number.desc())
        .limit(1)
    )
    return t.scalar(newest) or 0


def by_key(t: Transaction, idempotency_key: str) -> ReviewRow | None:
    """Return the review that was stored under an idempotency key, or None."""
    return t.scalar(select(ReviewRow).where(ReviewRow.idempotency_key == idempotency_key))


def latest_revision(t: Transaction, round_name: str, item_id: str, person_id: str) -> int:
    """Return the number of a person's newest revision on an item; 0 for none."""
    query = select(func.max(ReviewRow.revision)).where(
        ReviewRow.round == round_name,
        ReviewRow.item_id == item_id,
        ReviewRow.person == person_id,
    )
    return t.scalar(query) or 0


def counting(t: Transaction, round_name: str, item_id: str) -> list[Review]:
    """Return the reading that counts of each reader of an item.

    That is the last revision before any exposure, or the first reading where all came after.
    """
    return counting_of(t, [(round_name, item_id)]).get((round_name, item_id), [])


def counting_of(
    t: Transaction, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], list[Review]]:
    """Return the readings that count for many items, by (round, item_id)."""
    rounds = {round_name for round_name, _ in keys}
    rows = t.execute(
        select(ReviewRow, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == ReviewRow.payload_sha256)
        .where(ReviewRow.round.in_(rounds), ReviewRow.item_id.in_({item_id for _, item_id in keys}))
        .order_by(ReviewRow.round, ReviewRow.item_id, ReviewRow.person, ReviewRow.revision)
    )
    chosen: dict[tuple[str, str], dict[str, Review]] = {key: {} for key in keys}
    for row, body in rows:
        readings = chosen.get((row.round, row.item_id))
        if readings is None or (row.after_exposure and row.person in readings):
            continue
        readings[row.person] = _review(row, body)
    return {key: list(readings.values()) for key, readings in chosen.items() if readings}


def of_person(t: Transaction, person_id: str, round_name: str, item_id: str) -> Review | None:
    """Return a person's newest revision on an item, or None."""
    found = t.execute(
        select(ReviewRow, PayloadRow.body)
        .join(PayloadRow, PayloadRow.sha256 == ReviewRow.payload_sha256)
        .where(
            ReviewRow.person == person_id,
            ReviewRow.round == round_name,
            ReviewRow.item_id == item_id,
        )
        .order_by(ReviewRow.revision.desc())
        .limit(1)
    ).one_or_none()
    return _review(found[0], found[1]) if found else None


def recent_of_person(t: Transaction, person_id: str, size: int) -> list[ReviewRow]:
    """Return a person's newest reviews, without their bodies."""
    return list(
        t.scalars(
            select(ReviewRow)
            .where(ReviewRow.person == person_id)
            .order_by(ReviewRow.submitted_at.desc())
            .limit(size)
        )
    )


def has_read(t: Transaction, person_id: str, item_id: str) -> bool:
    """Return True when a person has submitted a reading of an item in any round."""
    query = select(ReviewRow.review_id).where(
        ReviewRow.item_id == item_id, ReviewRow.person == person_id
    )
    return t.scalar(query.limit(1)) is not None


def _review(row: ReviewRow, body: object) -> Review:
    return Review(
        review_id=row.review_id,
        round=row.round,
        item_id=row.item_id,
        item_version=row.item_version,
        rubric_version=row.rubric_version,
        person=row.person,
        revision=row.revision,
        body=ReviewBody.model_validate(body or {}),
        opened_at=row.opened_at,
        submitted_at=row.submitted_at,
        seconds_active=row.seconds_active,
        after_exposure=row.after_exposure,
        idempotency_key=row.idempotency_key,
    )
