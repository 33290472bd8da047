"""The case on the left of a screen that only reads: images with boxes, and the text with marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from src.domain.evidence import EvidenceLink, ImageBox, TextSpan, WholeImage
from src.domain.item import ItemView
from src.domain.people import Actor
from src.domain.ruling import evidence_name
from src.services.adjudicating import ReaderEvidence
from src.ui.pictures import viewer_images
from src.ui.places import stem
from src.ui.reading_room import case_text as text
from src.ui.reading_room.palette import LEAK_SIGN
from src.ui.reading_room.readers import readers_line
from src.ui.reading_room.viewer import ViewerBox, ViewerClaim, ViewerMark, viewer

HEIGHT = 600
CAPTIONS = "Captions"
"""The fold of the captions in which nobody marked words."""
KEYS = {"pin": "g", "compare": ".", "nextbox": ",", "evidence": "v", "nextclaim": ""}
"""Keys of the images where the page uses their own for units: e, j, k and m."""
GRADING_KEYS = {"pin": "g", "nextbox": ",", "fit": "v", "help": "h"}
"""Keys of the images where the page uses their own for criteria: j, k, digits and '?'."""


def case_side(
    view: ItemView,
    actor: Actor,
    evidence: Sequence[ReaderEvidence] = (),
    *,
    readers: Sequence[str] = (),
    folded: bool = False,
    height: int | str = HEIGHT,
    keys: Mapping[str, str] | None = None,
) -> None:
    """Show an item's images and text, with what its unnamed readers pointed at.

    With `readers`, their letters, each can be switched off, and the page has keys of its own;
    `keys` are those of the images that must give way to them.
    Folded, the text is one line each until it is opened: on a narrow screen it stands above
    what the adjudicator came for.
    """
    name = stem(view.item.item_id, view.item.version, len(evidence))
    claims = _units(view, evidence)
    if readers:
        readers_line(
            key=f"readers-{name}", readers=readers, units=sorted({one.unit for one in evidence})
        )
    if view.item.content.images:
        viewer(
            key=f"images-{name}",
            images=viewer_images(view, actor),
            boxes=list(_boxes(evidence)),
            active_claim=None,
            claims=claims,
            rev=1,
            height=height,
            on_change=None,
            readonly=True,
            keys=keys if keys is not None else KEYS if readers else {},
            marks=[
                ViewerMark(
                    sha256=one.link.sha256,
                    reader=one.reader,
                    claim_id=one.unit,
                    piece=evidence_name(one.link),
                )
                for one in sorted(evidence, key=lambda given: given.reader)
                if isinstance(one.link, WholeImage)
            ],
            beside=bool(readers),
        )
    text.case_text(
        key=f"text-{name}",
        sections=_sections(view, evidence, folded, every=bool(readers)),
        spans=[
            text.TextSpan(
                field=given.link.field,
                start=given.link.start,
                end=given.link.end,
                claim_id=given.unit,
                reader=given.reader,
                piece=evidence_name(given.link),
            )
            for given in evidence
            if isinstance(given.link, TextSpan)
        ],
        active_claim=None,
        rev=1,
        on_change=None,
        claims=claims,
        readonly=True,
        beside=KEYS["evidence"] if readers else "",
    )


def _boxes(evidence: Sequence[ReaderEvidence]) -> list[ViewerBox]:
    return [
        ViewerBox(
            box_id=f"{given.reader}-{number}",
            sha256=given.link.sha256,
            x=given.link.x,
            y=given.link.y,
            width=given.link.width,
            height=given.link.height,
            claim_id=given.unit,
            label=given.link.label,
            reader=given.reader,
            piece=evidence_name(given.link),
        )
        for number, given in enumerate(evidence)
        if isinstance(given.link, ImageBox)
    ]


def _units(view: ItemView, evidence: Sequence[ReaderEvidence]) -> list[ViewerClaim]:
    """Return what marks can be about, with the sign that stands on them."""
    found = [
        ViewerClaim(claim_id=f"claim:{claim.claim_id}", label=claim.text, number=number)
        for number, claim in enumerate(view.item.claims, start=1)
    ]
    found += [
        ViewerClaim(
            claim_id=f"criterion:{criterion.criterion_id}",
            label=criterion.text,
            number=number,
            sign=f"Criterion {number}",
        )
        for number, criterion in enumerate(view.item.criteria, start=1)
        if any(one.unit == f"criterion:{criterion.criterion_id}" for one in evidence)
    ]
    leaks = dict.fromkeys(one.unit for one in evidence if one.unit.startswith("flag:"))
    return found + [
        ViewerClaim(claim_id=unit, label="Leak", number=1, sign=LEAK_SIGN) for unit in leaks
    ]


def _sections(
    view: ItemView, evidence: Sequence[ReaderEvidence], folded: bool, *, every: bool
) -> list[text.TextSection]:
    """Return the texts of a case; question and captions only where a reader marked words there.

    With `every` all captions, because words of each can be marked.
    """
    content = view.item.content
    marked = {one.link.field for one in evidence if isinstance(one.link, TextSpan)}
    found = [text.TextSection(field="context", title="Case", text=content.context)]
    found += [
        text.TextSection(
            field=f"finding:{number}", title=finding.title or "Finding", text=finding.body
        )
        for number, finding in enumerate(content.findings, start=1)
    ]
    others = [("question", "Question", "")]
    others += [
        (f"caption:{i.position}", f"Caption of image {i.position}", CAPTIONS)
        for i in content.images
    ]
    found += [
        text.TextSection(
            field=field,
            title=title,
            text=content.text_of(field) or "",
            under="" if field in marked else under,
        )
        for field, title, under in others
        if field in marked or (every and under)
    ]
    return [s.model_copy(update={"open": bool(s.under) or not folded}) for s in found if s.text]


def evidence_words(link: EvidenceLink, view: ItemView) -> str:
    """Return a piece of evidence in words: 'Image 2', 'Box on image 1', or what it quotes."""
    if isinstance(link, TextSpan):
        return f"“{link.quote}”"
    positions = {image.sha256: image.position for image in view.item.content.images}
    place = f"image {positions.get(link.sha256, '?')}"
    if isinstance(link, WholeImage):
        return place.capitalize()
    return f"Box on {place}" + (f", {link.label}" if link.label else "")
