"""Where the scan found what may give the answer away: marked in the text and on the images."""

from __future__ import annotations

from collections.abc import Collection

from src.domain.leakage import Hit, LeakageFlag
from src.domain.review import ReviewBody
from src.ui.draft_session import OpenDraft
from src.ui.reading_room.case_text import TextHit
from src.ui.reading_room.viewer import ViewerHit
from src.ui.session import workbench


def hits_of(draft: OpenDraft) -> tuple[Hit, ...]:
    """Return the hits in the version that is read; none before the first reading is given.

    They are asked for once while the reading is open: an edit asks nothing. What was asked
    before the first reading is not kept, so that afterwards they are there.
    """
    if draft.task.withheld:
        return ()
    task = draft.task
    return draft.once(
        "hits", lambda: workbench().reviewing.hits(draft.actor, task.round, task.item.item_id)
    )


def own_flags(draft: OpenDraft, body: ReviewBody) -> list[LeakageFlag]:
    """Return the leaks a reader flagged apart from the hits they confirmed.

    A hit that a newer scan no longer finds leaves its flag to stand for itself.
    """
    known = {hit.hit_id for hit in hits_of(draft)}
    return [flag for flag in body.flags if flag.hit_id not in known]


def text_hits(draft: OpenDraft, fields: Collection[str]) -> list[TextHit]:
    """Return the hits to be marked in these fields of text."""
    return [
        TextHit(
            field=hit.field,
            start=hit.start,
            end=hit.end,
            label=f"Found by the scan: {hit.alias}",
            hit_id=hit.hit_id,
            low=hit.low,
        )
        for hit in hits_of(draft)
        if hit.field in fields and hit.start is not None and hit.end is not None
    ]


def image_hits(draft: OpenDraft) -> list[ViewerHit]:
    """Return the hits to be marked on the images: words that were read in them."""
    return [
        ViewerHit(
            hit_id=hit.hit_id,
            sha256=hit.box.sha256,
            x=hit.box.x,
            y=hit.box.y,
            width=hit.box.width,
            height=hit.box.height,
            label=hit.quote,
            low=hit.low,
        )
        for hit in hits_of(draft)
        if hit.box is not None
    ]
