"""The case before its reader: images and text, and what the reader marks on them."""

from __future__ import annotations

from collections.abc import Sequence

from src.domain.errors import BadInputError
from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage, span_of
from src.domain.leakage import LeakageFlag, LeakKind, LeakPlace
from src.domain.review import ReviewBody
from src.ui.body_edits import (
    added_number,
    added_target,
    places_on_images,
    reading_of,
    refused_links,
    with_evidence,
    with_flag,
    with_whole,
    without_leak_boxes,
)
from src.ui.draft_session import Change, Edit, OpenDraft
from src.ui.hit_marks import image_hits, own_flags, text_hits
from src.ui.pictures import viewer_images
from src.ui.reading_room import case_text as text
from src.ui.reading_room.viewer import (
    ViewerBox,
    ViewerClaim,
    ViewerSent,
    ViewerState,
    viewer,
    viewer_after,
)
from src.ui.review_words import field_name
from src.ui.session import workbench

LEAK = "leak"
"""The target that stands for a leak being marked."""
HEIGHT = "max(420px, calc(100dvh - 108px))"
Marks = set[tuple[str, EvidenceLink]]


def targets(draft: OpenDraft) -> list[str]:
    """Return every claim one can mark evidence for: the item's, then the reader's own."""
    own = [added_target(n) for n in range(len(draft.body.added_claims))]
    return [claim.claim_id for claim in draft.item.claims] + own


def claim_text_of(draft: OpenDraft, target: str) -> str:
    """Return what a claim says, as reworded by the reader if it was."""
    reading = reading_of(draft.body, target)
    if reading is not None and reading.text is not None:
        return reading.text
    claim = draft.item.claim(target)
    return claim.text if claim is not None else ""


def images_with_marks(draft: OpenDraft) -> None:
    """Show the images; boxes and choices go into the draft as they are made."""
    key = draft.key("images")

    def store(state: ViewerSent) -> None:
        change = _marked_on_images(draft, state)
        if change is not None:
            draft.put(change)

    links = _whole_images(draft)
    viewer(
        key=key,
        images=viewer_images(draft.task.view, draft.actor),
        boxes=_boxes(draft),
        active_claim=draft.tab.active,
        claims=_claims(draft),
        rev=draft.tab.rev,
        height=HEIGHT,
        seen=draft.applied(key),
        on_change=draft.does(key, lambda applied: viewer_after(key, draft.tab.rev, applied), store),
        ticks=True,
        viewed=draft.body.images_viewed,
        links=links,
        given=_given_images(draft, links),
        hits=image_hits(draft),
        keys=draft.once("keys", lambda: workbench().preferences.keys(draft.actor).changes()),
        readonly=draft.task.withheld,
    )


def _claims(draft: OpenDraft) -> list[ViewerClaim]:
    found = [
        ViewerClaim(claim_id=target, label=claim_text_of(draft, target), number=number)
        for number, target in enumerate(targets(draft), start=1)
    ]
    return [*found, ViewerClaim(claim_id=LEAK, label="Leak", number=len(found) + 1, sign="⚑")]


def _whole_images(draft: OpenDraft) -> dict[str, list[str]]:
    """Return the images chosen as a whole for each claim."""
    marks = places_on_images(draft.body)
    found: dict[str, list[str]] = {target: [] for target in targets(draft)}
    for target, link in sorted(marks, key=repr):
        if isinstance(link, WholeImage):
            found.setdefault(target, []).append(link.sha256)
    return {target: shas for target, shas in found.items() if shas}


def _given_images(draft: OpenDraft, chosen: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the images the benchmark names for each claim, less those confirmed or refused."""
    found: dict[str, list[str]] = {}
    for target, link in _given(draft):
        if isinstance(link, WholeImage) and link.sha256 not in chosen.get(target, []):
            found.setdefault(target, []).append(link.sha256)
    return found


def _given(draft: OpenDraft) -> list[tuple[str, EvidenceLink]]:
    """Return the benchmark's links of every claim that the reader has not refused."""
    return [
        (claim.claim_id, link)
        for claim in draft.item.claims
        for link in claim.links
        if link not in refused_links(draft.body, claim.claim_id)
    ]


def _boxes(draft: OpenDraft) -> list[ViewerBox]:
    own = _own_boxes(draft, draft.body)
    given = [(t, k) for t, k in _given(draft) if isinstance(k, ImageBox) and (t, k) not in own]
    return [_box(t, k, benchmark=False) for t, k in own] + [
        _box(t, k, benchmark=True) for t, k in given
    ]


def _own_boxes(draft: OpenDraft, body: ReviewBody) -> list[tuple[str, ImageBox]]:
    """Return the boxes a reader drew; that of a hit they confirmed is drawn as the hit."""
    found = [(t, k) for t, k in places_on_images(body) if isinstance(k, ImageBox)]
    flags = own_flags(draft, body)
    found += [(LEAK, flag.place.box) for flag in flags if flag.place.box is not None]
    return sorted(found, key=lambda mark: (mark[0], mark[1].sha256, mark[1].x, mark[1].y))


def _box(target: str, box: ImageBox, *, benchmark: bool) -> ViewerBox:
    return ViewerBox(
        box_id=f"{target}-{box.sha256[:12]}-{box.x}-{box.y}-{box.width}-{box.height}",
        sha256=box.sha256,
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        claim_id=target,
        label=("Leak" if target == LEAK else box.label),
        benchmark=benchmark,
    )


def _marked_on_images(draft: OpenDraft, state: ViewerState) -> Change | None:
    """Return what differs between the viewer and the body this tab last saw."""
    seen = draft.tab.body
    viewed = tuple(dict.fromkeys((*seen.images_viewed, *state.viewed)))
    if draft.task.withheld:
        _keep_viewed(draft, viewed)
        return None
    old_boxes = set(_own_boxes(draft, seen))
    new_boxes = {_from_viewer(box) for box in state.boxes if not box.benchmark}
    old_images = {
        (t, k) for t, k in places_on_images(seen) if isinstance(k, WholeImage) and t in state.chosen
    }
    new_images = {(t, WholeImage(sha256=s)) for t, shas in state.chosen.items() for s in shas}
    added: Marks = {*(new_boxes - old_boxes), *(new_images - old_images)}
    removed: Marks = {*(old_boxes - new_boxes), *(old_images - new_images)}
    if not (added or removed) and draft.tab.version == 0:
        _keep_viewed(draft, viewed)
        return None
    flags = [_flag_on_image(draft, link) for target, link in added if target == LEAK]
    return Change(
        "Marks on the images",
        lambda body: _with_marks(body, added, removed, flags, viewed),
        lambda body: marks_said(draft, body),
        redraws=bool(flags),
        spreads=any(target == LEAK for target, _ in removed),
    )


def _keep_viewed(draft: OpenDraft, viewed: tuple[str, ...]) -> None:
    """Keep what was looked at before anything is written: looking alone makes no draft."""
    task = draft.task
    if task.submitted_revision or viewed == draft.tab.body.images_viewed:
        return
    workbench().reviewing.keep_begun(draft.actor, task.round, task.item.item_id, viewed=viewed)
    draft.tab.body = with_whole(draft.tab.body, images_viewed=viewed)


def _from_viewer(box: ViewerBox) -> tuple[str, ImageBox]:
    label = "" if box.claim_id == LEAK else box.label[:200]
    return box.claim_id, ImageBox(
        sha256=box.sha256, x=box.x, y=box.y, width=box.width, height=box.height, label=label
    )


def _with_marks(
    body: ReviewBody,
    added: Marks,
    removed: Marks,
    flags: Sequence[LeakageFlag],
    viewed: tuple[str, ...],
) -> ReviewBody:
    gone = {link for t, link in removed if t == LEAK and isinstance(link, ImageBox)}
    body = without_leak_boxes(with_whole(body, images_viewed=viewed), gone)
    for target in sorted({target for target, _ in (*added, *removed)} - {LEAK}):
        body = with_evidence(
            body,
            target,
            add=[link for t, link in added if t == target],
            remove=[link for t, link in removed if t == target],
        )
    for flag in flags:
        body = with_flag(body, flag)
    return body


def _flag_on_image(draft: OpenDraft, link: EvidenceLink) -> LeakageFlag:
    assert not isinstance(link, TextSpan)
    position = image_position(draft, link.sha256)
    box = link if isinstance(link, ImageBox) else None
    return LeakageFlag(kind=LeakKind.ANSWER_IN_IMAGE, place=LeakPlace(image=position, box=box))


def image_position(draft: OpenDraft, sha256: str) -> int:
    """Return the position of one of the item's images; raise BadInputError for any other."""
    for image in draft.item.content.images:
        if image.sha256 == sha256:
            return image.position
    raise BadInputError(f"The image {sha256[:12]!r} is not one of this item's.")


def marks_said(draft: OpenDraft, body: ReviewBody) -> str:
    """Return all marks on the images in words, one on each line."""
    marks = sorted(places_on_images(body), key=repr)
    names = {target: n for n, target in enumerate(targets(draft), start=1)}
    return "\n".join(f"Claim {names.get(t, '?')}: {link_words(draft, k)}" for t, k in marks)


def link_words(draft: OpenDraft, link: EvidenceLink) -> str:
    """Return a piece of evidence in words: 'Image 2', 'Box on image 1', or what it quotes."""
    if isinstance(link, TextSpan):
        return f"“{link.quote}”"
    place = f"image {image_position(draft, link.sha256)}"
    if isinstance(link, WholeImage):
        return place.capitalize()
    return f"{link.label} on {place}" if link.label else f"Box on {place} at {link.x}, {link.y}"


# ---- text ---------------------------------------------------------------------------------


def case_with_marks(draft: OpenDraft) -> None:
    """Show question, case and findings; a selection becomes evidence of the active claim."""
    content = draft.item.content
    sections = [
        text.TextSection(field="question", title="Question", text=content.question, lead=True),
        text.TextSection(field="context", title="Case", text=content.context),
    ]
    sections += [
        text.TextSection(field=f"finding:{n}", title=_finding_title(n, f.title), text=f.body)
        for n, f in enumerate(content.findings, start=1)
    ]
    _text(draft, "case", [section for section in sections if section.text])


def captions_with_marks(draft: OpenDraft) -> None:
    """Show the captions as text that can be marked like the rest."""
    _text(
        draft,
        "captions",
        [
            text.TextSection(
                field=f"caption:{image.position}",
                title=f"{image.position}  {image.slot_name}".strip(),
                text=image.caption,
            )
            for image in draft.item.content.images
            if image.caption
        ],
    )


def _finding_title(number: int, title: str) -> str:
    return f"Finding {number}: {title}" if title else f"Finding {number}"


def _text(draft: OpenDraft, name: str, sections: list[text.TextSection]) -> None:
    if not sections:
        return
    key = draft.key(name)
    fields = {section.field for section in sections}
    text.case_text(
        key=key,
        sections=sections,
        spans=[span for span in _spans(draft) if span.field in fields],
        hits=text_hits(draft, fields),
        active_claim=draft.tab.active,
        rev=draft.tab.rev,
        seen=draft.applied(key),
        on_change=draft.hears(key, lambda act: _marked_in_text(draft, text.span_event(act))),
        claims=_claims(draft),
        readonly=draft.task.withheld,
    )


def _spans(draft: OpenDraft) -> list[text.TextSpan]:
    marked = [
        (target, link, "", False)
        for target in targets(draft)
        if (reading := reading_of(draft.body, target)) is not None
        for link in reading.evidence
    ]
    known = {(target, link) for target, link, _, _ in marked}
    given = [(t, k, "the benchmark's", True) for t, k in _given(draft) if (t, k) not in known]
    flags = own_flags(draft, draft.body)
    leaks = [(LEAK, f.place.span, "Leak", False) for f in flags if f.place.span]
    return [
        text.TextSpan(
            field=k.field,
            start=k.start,
            end=k.end,
            claim_id=target,
            label=label,
            benchmark=benchmark,
        )
        for target, k, label, benchmark in [*marked, *given, *leaks]
        if isinstance(k, TextSpan)
    ]


def _marked_in_text(draft: OpenDraft, event: text.MarkedSpan | text.RemovedSpan) -> Change | None:
    span = _span(draft, event.field, event.start, event.end)
    if isinstance(event, text.RemovedSpan):
        return _span_removed(draft, event.claim_id, span)
    return _span_added(draft, event.claim_id, span)


def _span(draft: OpenDraft, field: str, start: int, end: int) -> TextSpan:
    whole = draft.item.content.text_of(field)
    if whole is None or end > len(whole) or start >= end:
        raise BadInputError(f"What was marked is not in the {field_name(field).lower()}.")
    return span_of(field, whole, start, end)


def _span_added(draft: OpenDraft, target: str | None, span: TextSpan) -> Change | None:
    if target is None:
        raise BadInputError("Open a claim first, then mark its text.")
    if target == LEAK:
        flag = _flag_in_text(span)
        return _leak_change(span, lambda body: with_flag(body, flag))
    return Change(
        f"Evidence of {_name_of(draft, target)}",
        lambda body: with_evidence(body, target, add=[span]),
        lambda body: evidence_said(draft, body, target),
    )


def _span_removed(draft: OpenDraft, target: str, span: TextSpan) -> Change:
    if target == LEAK:
        return _leak_change(span, lambda body: _without_span(draft, body, span))
    return Change(
        f"Evidence of {_name_of(draft, target)}",
        lambda body: with_evidence(body, target, remove=[span]),
        lambda body: evidence_said(draft, body, target),
    )


def _leak_change(span: TextSpan, edit: Edit) -> Change:
    """Return a change of the leaks made in the text: the list of leaks must show it too."""
    return Change("Leaks", edit, lambda _: f"“{span.quote}”", spreads=True)


def _without_span(draft: OpenDraft, body: ReviewBody, span: TextSpan) -> ReviewBody:
    """Return the body without the leaks a reader marked on these words; a hit there stays."""
    gone = [flag for flag in own_flags(draft, body) if flag.place.span == span]
    return with_whole(body, flags=tuple(flag for flag in body.flags if flag not in gone))


def _flag_in_text(span: TextSpan) -> LeakageFlag:
    in_caption = span.field.startswith("caption:")
    kind = LeakKind.ANSWER_IN_CAPTION if in_caption else LeakKind.ANSWER_IN_TEXT
    return LeakageFlag(kind=kind, place=LeakPlace(field=span.field, span=span))


def evidence_said(draft: OpenDraft, body: ReviewBody, target: str) -> str:
    """Return the evidence of a claim in words, one piece on each line, then what is refused."""
    reading = reading_of(body, target)
    used = [link_words(draft, link) for link in (reading.evidence if reading else ())]
    refused = [f"Not this: {link_words(draft, link)}" for link in refused_links(body, target)]
    return "\n".join([*used, *refused])


def _name_of(draft: OpenDraft, target: str) -> str:
    own = added_number(target)
    if own is not None:
        return f"your own claim {own + 1}"
    return f"claim {targets(draft).index(target) + 1}"
