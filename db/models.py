"""One class per table. Content and judgements are rows that are only ever added."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from src.domain.canonical import canonical_json


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """A JSON value in its one canonical spelling, the same bytes on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Spell the value canonically."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read the value back."""
        return None if value is None else json.loads(value)


key = Annotated[str, mapped_column(String, primary_key=True)]
code_point_key = Annotated[
    str,
    mapped_column(String().with_variant(String(collation="C"), "postgresql"), primary_key=True),
]
"""A text ordered by its code points on every PostgreSQL, as exports are."""
number_key = Annotated[int, mapped_column(Integer, primary_key=True, autoincrement=False)]
sha = Annotated[str, mapped_column(String(64))]
stamp = Annotated[datetime, mapped_column(UtcTime)]
body = Annotated[Any, mapped_column(JsonText)]


class Base(DeclarativeBase):
    """The tables of RareReview."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcTime}

    def record(self) -> dict[str, Any]:
        """Return the row as the value its event proves."""
        return {
            column.key: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
            for column in self.__mapper__.columns
            for value in [getattr(self, column.key)]
        }

    def needs_event(self) -> bool:
        """Tell whether the row must have an event of its own."""
        return True


class CaseRow(Base):
    """One patient's report."""

    __tablename__ = "case"

    case_id: Mapped[key]
    pmcid: Mapped[str | None]
    doi: Mapped[str | None]
    licence: Mapped[str | None]
    retracted: Mapped[bool]
    source: Mapped[str]


class ItemRow(Base):
    """One question about a case."""

    __tablename__ = "item"
    __table_args__ = (Index("item_by_track", "track", "item_id"),)

    item_id: Mapped[key]
    case_id: Mapped[str] = mapped_column(ForeignKey("case.case_id"), index=True)
    track: Mapped[str]


class ItemVersionRow(Base):
    """One version of an item: all it says, by its hash."""

    __tablename__ = "item_version"
    __table_args__ = (Index("item_version_by_sha", "sha256"),)

    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    version: Mapped[number_key]
    sha256: Mapped[sha]
    visible_sha256: Mapped[sha]
    rubric_sha256: Mapped[sha]
    """Of the rubric it was imported with: another one makes another version."""
    orpha_code: Mapped[str] = mapped_column(index=True)
    modality: Mapped[str]
    n_images: Mapped[int]
    n_claims: Mapped[int]
    n_criteria: Mapped[int]
    body: Mapped[body]
    made_at: Mapped[stamp]


class ImageRow(Base):
    """One stored image, by the hash of its canonical copy."""

    __tablename__ = "image"

    sha256: Mapped[key]
    width: Mapped[int]
    height: Mapped[int]
    mode: Mapped[str]
    media_type: Mapped[str]
    byte_size: Mapped[int]
    original_sha256: Mapped[str] = mapped_column(String(64), index=True)
    original_name: Mapped[str]
    phash: Mapped[str | None]
    tags_found: Mapped[body]
    texts: Mapped[body] = mapped_column(default=dict)
    """Of the file that `original_sha256` names; each item has its own in `item_image_text`."""
    windowed: Mapped[bool]
    turned: Mapped[bool]


class ItemImageRow(Base):
    """One image in its place in an item version."""

    __tablename__ = "item_image"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_id", "version"], ["item_version.item_id", "item_version.version"]
        ),
        Index("item_image_by_sha", "sha256"),
    )

    item_id: Mapped[key]
    version: Mapped[number_key]
    position: Mapped[number_key]
    sha256: Mapped[str] = mapped_column(ForeignKey("image.sha256"))
    slot_name: Mapped[str]
    caption: Mapped[str]


class ItemImageTextRow(Base):
    """What the file of an item's image said beside its picture. Rows are added, never changed."""

    __tablename__ = "item_image_text"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_id", "version", "position"],
            ["item_image.item_id", "item_image.version", "item_image.position"],
        ),
    )

    item_id: Mapped[key]
    version: Mapped[number_key]
    position: Mapped[number_key]
    number: Mapped[number_key]
    texts: Mapped[body]
    at: Mapped[stamp]

    def needs_event(self) -> bool:
        """Tell whether a file brought it: what a migration took from the picture has no event."""
        return self.number > 0


class ClaimRow(Base):
    """One statement an item rests on, over all its wordings."""

    __tablename__ = "claim"

    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    claim_id: Mapped[key]


class ClaimVersionRow(Base):
    """One wording of a claim."""

    __tablename__ = "claim_version"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "claim_id"], ["claim.item_id", "claim.claim_id"]),
    )

    item_id: Mapped[key]
    claim_id: Mapped[key]
    sha256: Mapped[key]
    text: Mapped[str]
    kind: Mapped[str]


class CriterionRow(Base):
    """One line of an item's rubric, over all its wordings."""

    __tablename__ = "criterion"

    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    criterion_id: Mapped[key]
    key: Mapped[str]


class CriterionVersionRow(Base):
    """One wording and scale of a criterion; points and activity are outside it."""

    __tablename__ = "criterion_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_id", "criterion_id"], ["criterion.item_id", "criterion.criterion_id"]
        ),
        Index("criterion_version_by_sha", "sha256"),
    )

    item_id: Mapped[key]
    criterion_id: Mapped[key]
    sha256: Mapped[key]
    text: Mapped[str]
    kind: Mapped[str]
    maximum: Mapped[int]


class RubricVersionRow(Base):
    """An item's ordered criteria with points, requirement and activity."""

    __tablename__ = "rubric_version"

    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    version: Mapped[number_key]
    sha256: Mapped[sha]
    body: Mapped[body]
    origin: Mapped[str]
    made_at: Mapped[stamp]


class PersonRow(Base):
    """One member of the study; erasable, for judgements hold only the person_id."""

    __tablename__ = "person"
    __table_args__ = (Index("person_by_identity", "issuer", "subject"),)

    person_id: Mapped[key]
    display_name: Mapped[str]
    specialty: Mapped[str]
    years: Mapped[int | None]
    roles: Mapped[body]
    active: Mapped[bool]
    issuer: Mapped[str]
    subject: Mapped[str]
    sessions_valid_from: Mapped[datetime | None]


class ConflictRow(Base):
    """A person's conflict of interest with a case."""

    __tablename__ = "conflict"

    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.case_id"), primary_key=True)
    kind: Mapped[str]


class ExposureRow(Base):
    """Somebody saw readings of an item, and so can no longer read it independently."""

    __tablename__ = "exposure"

    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    what: Mapped[key]
    at: Mapped[stamp]


class RoundRow(Base):
    """A set of items to be read by k readers."""

    __tablename__ = "round"

    name: Mapped[key]
    kind: Mapped[str] = mapped_column(default="reading")
    pass_mark: Mapped[float | None]
    number: Mapped[int] = mapped_column(unique=True)
    readers: Mapped[int]
    read_first: Mapped[bool]
    blind_adjudication: Mapped[bool] = mapped_column(default=False)
    guideline: Mapped[str]
    """The number of the version in force when it was opened; empty when there was none."""
    seed: Mapped[int]
    selection: Mapped[body]
    routing: Mapped[Any | None] = mapped_column(JsonText)
    """The rule by which units go to an adjudicator; null in a round from before there was one."""
    n_items: Mapped[int]
    plan_sha256: Mapped[sha]
    """Of its readers and its items, so that the event of the round proves these too."""
    state: Mapped[str]
    made_at: Mapped[stamp]
    companion_of: Mapped[str | None] = mapped_column(index=True)
    """Of a hidden round of repeats: the round whose items its readers read again."""
    repeats: Mapped[float | None]
    wash_out_days: Mapped[int | None]
    planted_errors: Mapped[float | None]

    def record(self) -> dict[str, Any]:
        """Return what the event proves: as it was before there were other kinds, and a rule."""
        values = super().record()
        if self.kind == "reading" and self.pass_mark is None:
            del values["kind"], values["pass_mark"]
        if not self.blind_adjudication:
            del values["blind_adjudication"]
        if self.routing is None:
            del values["routing"]
        for name in ("companion_of", "repeats", "wash_out_days", "planted_errors"):
            if values[name] is None:
                del values[name]
        return values


class RoundPersonRow(Base):
    """A reader of a round."""

    __tablename__ = "round_person"

    round: Mapped[str] = mapped_column(ForeignKey("round.name"), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    part: Mapped[str] = mapped_column(default="")
    """Empty while they read; else what their newest departure says: kept, left_out."""


class RoundItemRow(Base):
    """An item of a round, in reading order, with the chance it had to be drawn."""

    __tablename__ = "round_item"
    __table_args__ = (
        Index("round_item_by_position", "round", "position", unique=True),
        Index("round_item_by_case", "round", "case_id", "position"),
        Index("round_item_by_track", "round", "track", "position"),
        Index("round_item_by_hold", "round", "held_back"),
    )

    round: Mapped[str] = mapped_column(ForeignKey("round.name"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    item_version: Mapped[int]
    rubric_version: Mapped[int]
    position: Mapped[int]
    case_id: Mapped[str]
    track: Mapped[str]
    inclusion_probability: Mapped[float]
    missing: Mapped[int]
    """Readings still to come; 0 opens the item for adjudication."""
    held_back: Mapped[str] = mapped_column(default="")
    """Why nobody gets it: a reason of a skip until the lead answers, or taken out for good."""
    hold_note: Mapped[str] = mapped_column(default="")
    """What the lead said on taking it out."""
    planted: Mapped[bool] = mapped_column(default=False)
    """True when it is shown with an error put in: what is read of it counts nowhere."""


class SlotRow(Base):
    """One of the readings an item of a round needs. The constraints are the arbiters."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("round", "item_id", "person"),
        Index("slot_by_state", "round", "state", "position", "number"),
        Index("slot_by_person", "person", "round", "state", "position"),
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
    )

    round: Mapped[key]
    item_id: Mapped[key]
    number: Mapped[number_key]
    item_version: Mapped[int]
    position: Mapped[int]
    person: Mapped[str | None] = mapped_column(ForeignKey("person.person_id"))
    lease_until: Mapped[datetime | None]
    state: Mapped[str]

    def needs_event(self) -> bool:
        """Tell whether somebody has had the slot: an untouched one is proven by its round."""
        return self.person is not None or self.state != "open"


class RepeatRow(Base):
    """A reading that its reader is to give once more, from a day on.

    A projection, drawn by the round's seed as readings come in: an event of its own would tell
    a reader who sees the event log which of their readings was drawn.
    """

    __tablename__ = "repeat"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
        Index("repeat_by_person", "round", "person", "due_at"),
    )

    round: Mapped[key]
    """The hidden companion of the round it was read in."""
    item_id: Mapped[key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    track: Mapped[str]
    due_at: Mapped[stamp]


class PlantRow(Base):
    """An error that was put into an item of a round. Rows are added, never changed.

    The item's own versions never hold it: it is laid over them for the readers of the round.
    """

    __tablename__ = "plant"
    __table_args__ = (
        UniqueConstraint("round", "item_id"),
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
    )

    plant_id: Mapped[key]
    """Of chance, so that the event does not name the item."""
    round: Mapped[str]
    item_id: Mapped[str]
    claim_id: Mapped[str]
    kind: Mapped[str]
    right_text: Mapped[str] = mapped_column(Text)
    wrong_text: Mapped[str] = mapped_column(Text)
    body: Mapped[body]
    """What else of the item is shown otherwise, so that it fits the wrong words."""
    person: Mapped[str]
    """Who approved it; the operator of the machine is nobody's row."""
    at: Mapped[stamp]


class SkipRow(Base):
    """A reader passed an item on, or its lease ran out."""

    __tablename__ = "skip"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
        Index("skip_by_person", "round", "person", "reason"),
        Index("skip_by_time", "round", "at"),
    )

    round: Mapped[key]
    item_id: Mapped[key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    reason: Mapped[key]
    note: Mapped[str]
    at: Mapped[stamp]
    answer: Mapped[str] = mapped_column(default="")
    """What a lead answered: put back, taken out, or nothing yet."""


class ProgressRow(Base):
    """How far a reader is in a track of a round: counted as it happens, never by scanning."""

    __tablename__ = "progress"

    round: Mapped[str] = mapped_column(ForeignKey("round.name"), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    track: Mapped[key]
    submitted: Mapped[int]
    skipped: Mapped[int]


class SittingRow(Base):
    """One reader's stretch of work on a round; counted on until it ends, then proven."""

    __tablename__ = "sitting"
    __table_args__ = (Index("sitting_by_person", "person", "round", "started_at"),)

    sitting_id: Mapped[key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    round: Mapped[str] = mapped_column(ForeignKey("round.name"), index=True)
    started_at: Mapped[stamp]
    last_act_at: Mapped[stamp]
    ended_at: Mapped[datetime | None]
    items: Mapped[int]
    seconds_active: Mapped[float]

    def record(self) -> dict[str, Any]:
        """Return what its event proves: who began when, and all of it once it ended."""
        values = super().record()
        if self.ended_at is None:
            del values["last_act_at"], values["items"], values["seconds_active"]
        return values


class DraftRow(Base):
    """A reading in the making; it stays on the version it was opened on."""

    __tablename__ = "draft"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
    )

    round: Mapped[key]
    item_id: Mapped[key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    item_version: Mapped[int]
    rubric_version: Mapped[int]
    body: Mapped[body]
    version: Mapped[int]
    opened_at: Mapped[stamp]
    saved_at: Mapped[stamp]


class DraftStepRow(Base):
    """What a save of a draft replaced, or an undo put aside: mutable like the draft itself."""

    __tablename__ = "draft_step"
    __table_args__ = (
        ForeignKeyConstraint(
            ["round", "item_id", "person"], ["draft.round", "draft.item_id", "draft.person"]
        ),
    )

    round: Mapped[key]
    item_id: Mapped[key]
    person: Mapped[key]
    number: Mapped[number_key]
    place: Mapped[str]
    body: Mapped[body]
    undone: Mapped[bool]
    """False: the text to go back to; True: the text to put back again."""
    started_at: Mapped[stamp]
    saved_at: Mapped[stamp]


class FirstReadingRow(Base):
    """What a reader saw before the answer was shown. Rows are added, never changed."""

    __tablename__ = "first_reading"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
    )

    round: Mapped[key]
    item_id: Mapped[key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    payload_sha256: Mapped[str] = mapped_column(ForeignKey("payload.sha256"))
    at: Mapped[stamp]


class ShownRow(Base):
    """When a reader was first shown an item's case, or its answer and rubric."""

    __tablename__ = "shown"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
    )

    round: Mapped[key]
    item_id: Mapped[key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    what: Mapped[key]
    at: Mapped[stamp]


class PreferenceRow(Base):
    """What a person has set for themselves alone."""

    __tablename__ = "preference"

    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    name: Mapped[key]
    value: Mapped[body]


class PayloadRow(Base):
    """What somebody wrote; erasable, for the chain covers only its hash."""

    __tablename__ = "payload"
    __table_args__ = (
        Index(
            "payload_erased",
            "erased_at",
            sqlite_where=text("erased_at IS NOT NULL"),
            postgresql_where=text("erased_at IS NOT NULL"),
        ),
    )

    sha256: Mapped[key]
    nonce: Mapped[str]
    body: Mapped[Any | None] = mapped_column(JsonText)
    erased_at: Mapped[datetime | None]


class ReviewRow(Base):
    """One submitted reading. Rows are added, never changed."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("round", "item_id", "person", "revision"),
        Index("review_by_person", "person", "submitted_at"),
        Index("review_by_person_in_round", "person", "round", "submitted_at"),
        Index("review_by_guideline", "guideline", "submitted_at"),
        ForeignKeyConstraint(
            ["item_id", "item_version"], ["item_version.item_id", "item_version.version"]
        ),
    )

    review_id: Mapped[key]
    round: Mapped[str] = mapped_column(ForeignKey("round.name"))
    item_id: Mapped[str]
    item_version: Mapped[int]
    rubric_version: Mapped[int]
    guideline: Mapped[str]
    """The number of the newest version its reader had acknowledged; empty when there was none."""
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    revision: Mapped[int]
    number: Mapped[int]
    payload_sha256: Mapped[str] = mapped_column(ForeignKey("payload.sha256"))
    opened_at: Mapped[stamp]
    submitted_at: Mapped[stamp]
    seconds_active: Mapped[int]
    after_exposure: Mapped[bool]
    extra: Mapped[bool]
    idempotency_key: Mapped[str] = mapped_column(unique=True)


class DisputeRow(Base):
    """How many units of a fully read item are open: recomputed with each review and decision."""

    __tablename__ = "dispute"
    __table_args__ = (Index("dispute_by_open", "open_units"),)

    round: Mapped[str] = mapped_column(ForeignKey("round.name"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    open_units: Mapped[int]
    stale_units: Mapped[int]
    leaks: Mapped[int]
    units: Mapped[int]


class DecisionRow(Base):
    """An adjudicator's ruling on one unit. Rows are added, never changed."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("round", "item_id", "unit", "revision"),
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
        Index("decision_by_item", "item_id", "decision_id"),
    )

    decision_id: Mapped[key]
    round: Mapped[str]
    item_id: Mapped[str]
    item_version: Mapped[int]
    unit: Mapped[str]
    adjudicator: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    number: Mapped[int]
    chosen: Mapped[str]
    unit_key: Mapped[str]
    reason: Mapped[str]
    confidence: Mapped[str]
    payload_sha256: Mapped[str] = mapped_column(ForeignKey("payload.sha256"))
    input_digest: Mapped[sha]
    revision: Mapped[int]
    decided_at: Mapped[stamp]
    after_scores: Mapped[bool] = mapped_column(default=False)

    def record(self) -> dict[str, Any]:
        """Return what its event proves: as it was before rulings were marked, and the mark."""
        values = super().record()
        if not self.after_scores:
            del values["after_scores"]
        return values


class EscalationRow(Base):
    """A unit that one adjudicator handed on to another. Rows are added, never changed."""

    __tablename__ = "escalation"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
        Index("escalation_by_item", "round", "item_id", "unit"),
    )

    escalation_id: Mapped[key]
    round: Mapped[str]
    item_id: Mapped[str]
    unit: Mapped[str]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    to_person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    payload_sha256: Mapped[str] = mapped_column(ForeignKey("payload.sha256"))
    at: Mapped[stamp]


class MessageRow(Base):
    """What an adjudicator asked the readers of an item, or one of them answered."""

    __tablename__ = "message"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
        Index("message_by_item", "round", "item_id", "unit", "at"),
        Index("message_by_kind", "kind", "at"),
    )

    message_id: Mapped[key]
    round: Mapped[str]
    item_id: Mapped[str]
    unit: Mapped[str]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    kind: Mapped[str]
    """question or answer."""
    payload_sha256: Mapped[str] = mapped_column(ForeignKey("payload.sha256"))
    at: Mapped[stamp]


class OwnReadingRow(Base):
    """What an adjudicator said of an item before they saw a reading. Added, never changed."""

    __tablename__ = "own_reading"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
    )

    round: Mapped[key]
    item_id: Mapped[key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    payload_sha256: Mapped[str] = mapped_column(ForeignKey("payload.sha256"))
    at: Mapped[stamp]


class RulingDraftRow(Base):
    """A ruling in the making, of one adjudicator on one unit; mutable, gone once it is made."""

    __tablename__ = "ruling_draft"
    __table_args__ = (
        ForeignKeyConstraint(["round", "item_id"], ["round_item.round", "round_item.item_id"]),
    )

    round: Mapped[key]
    item_id: Mapped[key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    unit: Mapped[key]
    body: Mapped[body]
    saved_at: Mapped[stamp]


class ReasonRow(Base):
    """What a lead made of the reason of a decision. Rows are added, the newest one holds."""

    __tablename__ = "reason"

    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.decision_id"), primary_key=True)
    revision: Mapped[number_key]
    remedy: Mapped[str]
    """Empty where it is open again."""
    note: Mapped[str]
    person: Mapped[str]
    """Who said so: a lead, or the operator of the machine, who is no person of the study."""
    at: Mapped[stamp]


class ReleaseRow(Base):
    """An immutable, numbered set of gold."""

    __tablename__ = "release"

    number: Mapped[number_key]
    sha256: Mapped[sha]
    made_at: Mapped[stamp]
    notes: Mapped[str]
    manifest: Mapped[body]


class GoldRow(Base):
    """One item of a release."""

    __tablename__ = "gold"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_id", "item_version"], ["item_version.item_id", "item_version.version"]
        ),
        Index("gold_by_item", "item_id", "release"),
    )

    release: Mapped[int] = mapped_column(ForeignKey("release.number"), primary_key=True)
    item_id: Mapped[code_point_key]
    item_version: Mapped[int]
    rubric_version: Mapped[int]
    round: Mapped[str]
    status: Mapped[str]
    method: Mapped[str]
    body: Mapped[body]
    input_digest: Mapped[sha]


class ModelRow(Base):
    """A model whose answers are scored."""

    __tablename__ = "model"

    name: Mapped[key]
    display_name: Mapped[str]
    family: Mapped[str]
    medical: Mapped[bool]
    version: Mapped[str]

    def needs_event(self) -> bool:
        """Tell that it needs none: what the import found is in the events of its answers."""
        return False


class PredictionRow(Base):
    """A model's answer to one item under one condition, and the visible content it saw."""

    __tablename__ = "prediction"

    model: Mapped[str] = mapped_column(ForeignKey("model.name"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    condition: Mapped[key]
    revision: Mapped[number_key]
    visible_sha256: Mapped[sha]
    sha256: Mapped[sha]
    text: Mapped[str]


class GradeRow(Base):
    """A judge's grade on one criterion of one prediction, found again by its content."""

    __tablename__ = "grade"
    __table_args__ = (
        Index("grade_by_item", "item_id", "model"),
        Index("grade_by_run", "judge_run", "key"),
        Index("grade_by_judge", "judge"),
        Index(
            "grade_failed",
            "item_id",
            "model",
            sqlite_where=text("status <> 'ok'"),
            postgresql_where=text("status <> 'ok'"),
        ),
    )

    key: Mapped[key]
    model: Mapped[str] = mapped_column(ForeignKey("model.name"))
    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"))
    criterion_id: Mapped[str]
    criterion_sha256: Mapped[sha]
    prediction_sha256: Mapped[sha]
    judge: Mapped[str]
    value: Mapped[float | None]
    quote: Mapped[str]
    rationale: Mapped[str]
    status: Mapped[str]
    judge_run: Mapped[str]
    made_at: Mapped[stamp]
    address: Mapped[str]
    asked_sha256: Mapped[str]
    judge_version: Mapped[str]
    parameters: Mapped[body]
    template_sha256: Mapped[str]
    shown: Mapped[body]
    calls: Mapped[body]
    tokens_in: Mapped[int]
    tokens_out: Mapped[int]
    cost: Mapped[float]
    latency_ms: Mapped[int]
    attempts: Mapped[int]

    def needs_event(self) -> bool:
        """Tell whether a judge's run made it: what came with a file is proven by the import."""
        return bool(self.address)


class JudgeRunRow(Base):
    """A judge asked about many answers. Its figures run on and are told by its grades."""

    __tablename__ = "judge_run"
    __table_args__ = (
        Index("judge_run_by_identity", "identity", "begun_at"),
        Index("judge_run_by_time", "begun_at"),
    )

    run_id: Mapped[key]
    identity: Mapped[sha]
    judge: Mapped[str]
    card: Mapped[body]
    selection: Mapped[body]
    template_sha256: Mapped[sha]
    budget: Mapped[float | None]
    state: Mapped[str]
    reason: Mapped[str]
    by: Mapped[str]
    begun_at: Mapped[stamp]
    changed_at: Mapped[stamp]
    seen_at: Mapped[stamp]
    cached: Mapped[int]
    planned: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
    obsolete: Mapped[int]
    calls: Mapped[int]
    tokens_in: Mapped[int] = mapped_column(BigInteger)
    tokens_out: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[float]
    unsure_cost: Mapped[float] = mapped_column(default=0.0)
    """Of it: where the judge did not count, the most it can have been."""

    RUNNING_FIGURES: ClassVar[frozenset[str]] = frozenset(
        {
            "seen_at", "cached", "planned", "done", "failed", "obsolete", "calls", "tokens_in",
            "tokens_out", "cost", "unsure_cost",
        }
    )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return what its event proves: who asked which judge about what, and its state."""
        values = super().record()
        return {name: value for name, value in values.items() if name not in self.RUNNING_FIGURES}


class JudgeJobRow(Base):
    """One question of a run that is not finished; a worker holds it for a while."""

    __tablename__ = "judge_job"
    __table_args__ = (Index("judge_job_by_state", "run_id", "state", "seq"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("judge_run.run_id"), primary_key=True)
    address: Mapped[key]
    seq: Mapped[int]
    item_id: Mapped[str]
    item_version: Mapped[int]
    release: Mapped[int]
    model: Mapped[str]
    criterion_id: Mapped[str]
    prediction_sha256: Mapped[sha]
    most_cost: Mapped[float]
    state: Mapped[str]
    worker: Mapped[str]
    lease_until: Mapped[datetime | None]


class JudgeReplyRow(Base):
    """What a judge wrote of a whole answer, or of each entry of a list; the newest revision counts.

    No text: the call failed. Revisions are counted through both kinds.
    """

    __tablename__ = "judge_reply"
    __table_args__ = (Index("judge_reply_by_item", "item_id", "model"),)

    model: Mapped[str] = mapped_column(ForeignKey("model.name"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    prediction_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    judge: Mapped[key]
    revision: Mapped[number_key]
    asked_sha256: Mapped[sha]
    text: Mapped[str | None]
    source: Mapped[str]
    """The file it came from, 'file:SHA256'."""
    made_at: Mapped[stamp]
    kind: Mapped[str] = mapped_column(server_default="answer")
    """answer or candidates."""


class MatchRulingRow(Base):
    """What a person said of a disease name the matcher could not decide; the newest counts."""

    __tablename__ = "match_ruling"

    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    normal: Mapped[key]
    """The name in the spelling by which names are compared."""
    revision: Mapped[number_key]
    name: Mapped[str]
    """The name as an answer wrote it."""
    ruling: Mapped[str]
    """accepted, rejected or withdrawn."""
    against: Mapped[str]
    """The known name it was held against; empty where there is none."""
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    at: Mapped[stamp]


class SettingRow(Base):
    """Small facts about the study, such as its name and the secret that signs image links."""

    __tablename__ = "setting"

    name: Mapped[key]
    value: Mapped[str]


class ImportRow(Base):
    """A file that was imported, by its hash: the same file twice changes nothing."""

    __tablename__ = "import"

    sha256: Mapped[key]
    dataset: Mapped[key]
    name: Mapped[str]
    format: Mapped[str]
    counts: Mapped[body]
    at: Mapped[stamp]


class EventRow(Base):
    """One link of the hash chain: who did what to which object, and the hash that proves it."""

    __tablename__ = "event"
    __table_args__ = (Index("event_by_object", "object", "seq"),)

    seq: Mapped[number_key]
    kind: Mapped[str]
    actor: Mapped[str]
    object: Mapped[str]
    payload_sha256: Mapped[sha]
    at: Mapped[stamp]
    prev_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class OntologyFileRow(Base):
    """An Orphanet file that was imported. The newest one is in force; an older one may return."""

    __tablename__ = "ontology_file"

    number: Mapped[number_key]
    sha256: Mapped[sha]
    name: Mapped[str]
    version: Mapped[str]
    entities: Mapped[int]
    at: Mapped[stamp]


class OntologyEntityRow(Base):
    """One entity of the ontology in force: replaced with the file, so nothing points at it."""

    __tablename__ = "ontology_entity"

    orpha_code: Mapped[key]
    term: Mapped[str]
    kind: Mapped[str]
    level: Mapped[str]
    status: Mapped[str]
    """active, obsolete, or moved."""
    moved_to: Mapped[str]
    definition: Mapped[str]
    genes: Mapped[body]
    parents: Mapped[body]


class OntologyNameRow(Base):
    """One name of an entity; `normal` is its folded spelling, by which it is looked up."""

    __tablename__ = "ontology_name"
    __table_args__ = (Index("ontology_name_by_normal", "normal"),)

    orpha_code: Mapped[str] = mapped_column(
        ForeignKey("ontology_entity.orpha_code"), primary_key=True
    )
    text: Mapped[key]
    kind: Mapped[str]
    """term or synonym."""
    normal: Mapped[str]


class AliasRow(Base):
    """A further name a person gave, or took back: rows are added, the newest one holds."""

    __tablename__ = "alias"
    __table_args__ = (
        UniqueConstraint("subject", "text", "revision"),
        Index("alias_by_subject", "subject"),
    )

    alias_id: Mapped[key]
    subject: Mapped[str]
    """'orpha:CODE' or 'item:ID'; not a key of the ontology, so that it outlasts its file."""
    text: Mapped[str]
    normal: Mapped[str]
    revision: Mapped[int]
    withdrawn: Mapped[bool]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    at: Mapped[stamp]


class ScanRow(Base):
    """The newest scan of an item version: what it was made with, and what it counted."""

    __tablename__ = "scan"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_id", "version"], ["item_version.item_id", "item_version.version"]
        ),
    )

    item_id: Mapped[key]
    version: Mapped[number_key]
    lexicon_sha256: Mapped[sha]
    """Of rules, ontology and aliases: with the same one a scan finds the same."""
    with_ocr: Mapped[bool]
    hits: Mapped[int]
    low: Mapped[int]
    unread_images: Mapped[int]
    """Images that OCR failed on."""
    at: Mapped[stamp]


class HitRow(Base):
    """One hit of the newest scan of an item version; replaced with it."""

    __tablename__ = "hit"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "version"], ["scan.item_id", "scan.version"]),
        Index("hit_by_layer", "layer", "item_id"),
    )

    item_id: Mapped[key]
    version: Mapped[number_key]
    hit_id: Mapped[key]
    layer: Mapped[str]
    rule: Mapped[str]
    low: Mapped[bool]
    body: Mapped[body]


class OcrRow(Base):
    """What an engine read in an image, or why it could not."""

    __tablename__ = "ocr"

    sha256: Mapped[str] = mapped_column(ForeignKey("image.sha256"), primary_key=True)
    engine: Mapped[key]
    status: Mapped[str]
    """ok or failed."""
    message: Mapped[str]
    lines: Mapped[body]
    """[text, x, y, width, height, score] each, in pixels of the canonical image."""
    at: Mapped[stamp]


class MaskRow(Base):
    """One state of a mask: proposed, applied or withdrawn. Rows are added, the newest one holds."""

    __tablename__ = "mask"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_id", "item_version"], ["item_version.item_id", "item_version.version"]
        ),
        Index("mask_by_item", "item_id"),
    )

    mask_id: Mapped[key]
    revision: Mapped[number_key]
    item_id: Mapped[str]
    item_version: Mapped[int]
    """The version the place lies in."""
    made_version: Mapped[int | None]
    """The version it made, once applied."""
    unit: Mapped[str]
    """The flag it answers: flag:KIND:PLACE."""
    state: Mapped[str]
    reason: Mapped[str]
    body: Mapped[body]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    at: Mapped[stamp]


class LeakStandingRow(Base):
    """Where an item stands with its leaks, as a whole and in each layer that has any.

    A projection for lists: recomputed with each scan, reading that completes an item, ruling
    and mask. No row: neither scanned nor read by all its readers.
    """

    __tablename__ = "leak_standing"
    __table_args__ = (
        Index("leak_standing_by_rank", "layer", "rank", "item_id"),
        Index("leak_standing_by_track", "layer", "track", "rank", "item_id"),
    )

    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    layer: Mapped[key]
    """Of leaks; empty for the item as a whole."""
    track: Mapped[str]
    status: Mapped[str]
    rank: Mapped[int]
    """Of the status, the worst first."""


class OutcomeRow(Base):
    """What an item of a round comes to, in short: worked out from records, never one itself.

    It can be emptied at any time. A row that was made of other records than there are now does
    not count and is made anew.
    """

    __tablename__ = "outcome"

    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    round: Mapped[str] = mapped_column(ForeignKey("round.name"), primary_key=True)
    made_of: Mapped[sha]
    """Changes whenever anything changes that the row is worked out from."""
    left_out: Mapped[str]
    """Why a release would leave the item out; empty when it is ready."""
    rejected: Mapped[bool]
    gold_digest: Mapped[sha]
    """Of the inputs of its gold; empty where it is left out."""
    body: Mapped[body]


class StatisticRow(Base):
    """Numbers that take long to compute, under the hash of all they are computed from."""

    __tablename__ = "statistic"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    """The order in which they were stored: the oldest go first."""
    body: Mapped[body]


class DepartureRow(Base):
    """The lead's word that a reader left a round, or is back. Rows are added, the newest holds."""

    __tablename__ = "departure"

    round: Mapped[str] = mapped_column(ForeignKey("round.name"), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    revision: Mapped[number_key]
    part: Mapped[str]
    reason: Mapped[str]
    by: Mapped[str]
    """Who said so; the operator of the machine is nobody's row."""
    at: Mapped[stamp]


class GuidelineRow(Base):
    """One version of the guidelines. Rows are added, never changed."""

    __tablename__ = "guideline"

    number: Mapped[number_key]
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str]
    person: Mapped[str]
    """Who published it; the operator of the machine is nobody's row."""
    at: Mapped[stamp]


class AcknowledgementRow(Base):
    """A reader has read a version of the guidelines. Rows are added, never changed."""

    __tablename__ = "acknowledgement"
    __table_args__ = (Index("acknowledgement_by_number", "number"),)

    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    number: Mapped[int] = mapped_column(ForeignKey("guideline.number"), primary_key=True)
    at: Mapped[stamp]


class GradingSetRow(Base):
    """Answers of models to be graded by k people each, with how they were drawn."""

    __tablename__ = "grading_set"

    name: Mapped[key]
    number: Mapped[int] = mapped_column(unique=True)
    graders: Mapped[int]
    draw: Mapped[str]
    condition: Mapped[str]
    seed: Mapped[int]
    selection: Mapped[body]
    n_answers: Mapped[int]
    plan_sha256: Mapped[sha]
    """Of its people, its answers and those passed over, so that the event of the set proves these
    too."""
    state: Mapped[str]
    made_at: Mapped[stamp]


class GradingPersonRow(Base):
    """Somebody who grades in a set, and how far they are in their own order."""

    __tablename__ = "grading_person"
    __table_args__ = (Index("grading_person_by_person", "person"),)

    grading_set: Mapped[str] = mapped_column(ForeignKey("grading_set.name"), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    reached: Mapped[int]
    """Steps of their order they have passed; what came back before is looked for at the end."""


class GradingAnswerRow(Base):
    """An answer of a set, in its random place, with the chance it had to be drawn."""

    __tablename__ = "grading_answer"
    __table_args__ = (
        UniqueConstraint("grading_set", "item_id", "model"),
        ForeignKeyConstraint(
            ["item_id", "item_version"], ["item_version.item_id", "item_version.version"]
        ),
        Index("grading_answer_by_item", "item_id", "model"),
    )

    grading_set: Mapped[str] = mapped_column(ForeignKey("grading_set.name"), primary_key=True)
    position: Mapped[number_key]
    model: Mapped[str] = mapped_column(ForeignKey("model.name"))
    item_id: Mapped[str]
    item_version: Mapped[int]
    rubric_version: Mapped[int]
    case_id: Mapped[str]
    track: Mapped[str]
    prediction_sha256: Mapped[sha]
    inclusion_probability: Mapped[float]


class GradingPassedRow(Base):
    """An answer that had a chance to be drawn into a set and was not."""

    __tablename__ = "grading_passed"
    __table_args__ = (Index("grading_passed_by_item", "item_id", "model"),)

    grading_set: Mapped[str] = mapped_column(ForeignKey("grading_set.name"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"), primary_key=True)
    model: Mapped[str] = mapped_column(ForeignKey("model.name"), primary_key=True)
    prediction_sha256: Mapped[sha]
    inclusion_probability: Mapped[float]


class GradingSlotRow(Base):
    """One of the gradings an answer of a set needs. The constraints are the arbiters."""

    __tablename__ = "grading_slot"
    __table_args__ = (
        UniqueConstraint("grading_set", "position", "person"),
        Index("grading_slot_by_state", "grading_set", "state"),
        Index("grading_slot_by_person", "person", "grading_set", "state"),
        ForeignKeyConstraint(
            ["grading_set", "position"], ["grading_answer.grading_set", "grading_answer.position"]
        ),
    )

    grading_set: Mapped[key]
    position: Mapped[number_key]
    number: Mapped[number_key]
    person: Mapped[str | None] = mapped_column(ForeignKey("person.person_id"))
    lease_until: Mapped[datetime | None]
    state: Mapped[str]

    def needs_event(self) -> bool:
        """Tell whether somebody has had the slot: an untouched one is proven by its set."""
        return self.person is not None or self.state != "open"


class GradingDraftRow(Base):
    """Grades in the making, of one person on one answer; mutable, gone once they are sent."""

    __tablename__ = "grading_draft"
    __table_args__ = (
        ForeignKeyConstraint(
            ["grading_set", "position"], ["grading_answer.grading_set", "grading_answer.position"]
        ),
    )

    grading_set: Mapped[key]
    position: Mapped[number_key]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    body: Mapped[body]
    saved_at: Mapped[stamp]


class HumanGradeRow(Base):
    """A clinician's grade on one criterion of one answer. Rows are added, the newest one holds."""

    __tablename__ = "human_grade"
    __table_args__ = (
        UniqueConstraint(
            "item_id", "model", "criterion_id", "criterion_sha256", "prediction_sha256", "person",
            "revision",
        ),
        UniqueConstraint("idempotency_key", "criterion_id"),
        Index("human_grade_by_person", "person", "number"),
    )  # fmt: skip

    grade_id: Mapped[key]
    grading_set: Mapped[str | None] = mapped_column(ForeignKey("grading_set.name"))
    """None for one that a file brought."""
    model: Mapped[str] = mapped_column(ForeignKey("model.name"))
    item_id: Mapped[str] = mapped_column(ForeignKey("item.item_id"))
    criterion_id: Mapped[str]
    criterion_sha256: Mapped[sha]
    prediction_sha256: Mapped[sha]
    person: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    revision: Mapped[int]
    number: Mapped[int]
    """Of the grading it came with, among the person's own."""
    value: Mapped[float | None]
    blind: Mapped[bool]
    payload_sha256: Mapped[str | None] = mapped_column(ForeignKey("payload.sha256"))
    """Of the note; None where there is none."""
    at: Mapped[stamp]
    idempotency_key: Mapped[str]
    adjudicated: Mapped[bool | None]
    """Whether the person was an adjudicator then; None in rows from before that was kept."""

    def record(self) -> dict[str, Any]:
        """Return what the event proves: rows from before say nothing of roles."""
        values = super().record()
        if self.adjudicated is None:
            del values["adjudicated"]
        return values


APPEND_ONLY = (
    "case", "item", "item_version", "item_image", "image", "claim", "claim_version", "criterion",
    "criterion_version", "rubric_version", "review", "decision", "release", "gold", "prediction",
    "grade", "import", "event", "first_reading", "shown", "ontology_file", "alias",
    "mask", "item_image_text", "reason", "guideline", "acknowledgement", "escalation", "message",
    "own_reading", "departure", "plant", "grading_answer", "human_grade",
    "grading_passed",
)  # fmt: skip
"""Tables whose rows triggers keep from being changed, replaced or deleted."""
