"""What is to be known of a unit before one rules on it: earlier rulings, and who handed it on."""

from __future__ import annotations

from collections.abc import Iterator

from src.domain.adjudication import BlindReading, Dispute, EarlierRuling
from src.services.adjudicating import Case
from src.ui import wording
from src.ui.differences import differences
from src.ui.reading_room.palette import reader_colour
from src.ui.reading_room.readings import ShownReading
from src.ui.reading_room.rulings import DeskBlock
from src.ui.shown_readings import piece_words
from src.ui.times import to_the_minute


def blocks(case: Case, dispute: Dispute) -> tuple[DeskBlock, ...]:
    """Return the blocks that stand above the readings of a unit, the most pressing first."""
    return (*_handed_on(case, dispute), *_earlier(case, dispute), *_own(case, dispute))


def _own(case: Case, dispute: Dispute) -> Iterator[DeskBlock]:
    """Yield what the adjudicator said of a unit before they saw a reading."""
    said = case.own.values.get(dispute.unit) if case.own is not None else None
    if said:
        words = wording.own_word(dispute.unit, said)
        yield DeskBlock(kind="", title="What you said before you saw a reading", lines=(words,))


def _handed_on(case: Case, dispute: Dispute) -> Iterator[DeskBlock]:
    handed = case.handed_on.get(dispute.unit)
    if handed is None or handed.by_me:
        return
    whom = "you" if handed.to_me else "another adjudicator"
    title = f"Handed on to {whom} at {to_the_minute(handed.at)}"
    yield DeskBlock(kind="handed on", title=title, lines=(handed.note or "Erased",))


def _earlier(case: Case, dispute: Dispute) -> Iterator[DeskBlock]:
    earlier = case.earlier.get(dispute.unit)
    if earlier is None:
        return
    who = "you" if earlier.mine else "another adjudicator"
    at = to_the_minute(earlier.decided_at)
    if earlier.stale:
        yield DeskBlock(
            kind="changed",
            title=f"Settled by {who} at {at}, and a reading has changed since",
            lines=_ruling_lines(case, dispute.unit, earlier),
            readings=tuple(_changes(case, dispute, earlier)),
        )
    else:
        yield DeskBlock(
            kind="settled" if earlier.mine else "settled by another",
            title=f"Settled by {who} at {at}",
            lines=_ruling_lines(case, dispute.unit, earlier),
            agrees=not earlier.mine,
        )


def _ruling_lines(case: Case, unit: str, earlier: EarlierRuling) -> tuple[str, ...]:
    text = wording.value_text(unit, earlier.value) or ""
    sure = f"{wording.CONFIDENCES[earlier.confidence]} certainty"
    why = f"{wording.REASONS[earlier.reason]} · {sure}" if earlier.reason else sure
    said = wording.said(unit, earlier.key, earlier.value)
    pieces = "; ".join(piece_words(link, case.view) for link in earlier.evidence or ())
    rests = f"Rests on: {pieces}" if pieces else ""
    seen = wording.AFTER_SCORES if earlier.after_scores else ""
    return tuple(line for line in (said, text, rests, why, earlier.rationale, seen) if line)


def _changes(case: Case, dispute: Dispute, earlier: EarlierRuling) -> Iterator[ShownReading]:
    """Yield each reading that is another one now: what it was, what it is, and its words."""
    before = {reading.reader: reading for reading in earlier.was}
    for now in dispute.readings:
        then = before.get(now.reader)
        if then is None or then.key != now.key:
            yield _change(dispute.unit, then, now, wording.unit_text(dispute.unit, case.view.item))
        elif now.reader in earlier.noted:
            yield _change_beside(dispute.unit, now)


def _change_beside(unit: str, now: BlindReading) -> ShownReading:
    said = wording.said(unit, now.key, now.value)
    return ShownReading(
        reader=now.reader,
        colour=reader_colour(now.reader),
        words=f"{said} as before; the evidence or the note is another",
    )


def _change(unit: str, then: BlindReading | None, now: BlindReading, imported: str) -> ShownReading:
    words = [wording.said(unit, one.key, one.value) for one in (then, now) if one is not None]
    old = wording.value_text(unit, then.value) if then is not None else None
    new = wording.value_text(unit, now.value)
    texts = (old or imported, new or imported)
    return ShownReading(
        reader=now.reader,
        colour=reader_colour(now.reader),
        words=" → ".join(words) if then is not None else f"New: {words[0]}",
        parts=differences(*texts) if (old or new) and texts[0] != texts[1] else (),
    )
