"""A small app around the reading room's components, for the tests beside it.

It keeps what the components send in the session, as a page would keep it in the database, and
prints it as JSON. ROOM_IMAGES names the folder of images; ROOM_COUNT how many of them to show.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from PIL import Image
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from src.ui.reading_room.acts import acts_after
from src.ui.reading_room.case_text import (
    MarkedSpan,
    TextHit,
    TextSection,
    TextSpan,
    case_text,
    span_event,
)
from src.ui.reading_room.text_field import text_field, typed_text
from src.ui.reading_room.viewer import (
    ViewerClaim,
    ViewerImage,
    ViewerState,
    viewer,
    viewer_state,
)

FOLDER = Path(os.environ["ROOM_IMAGES"])
CAPTIONS = (
    "Chest radiograph, frontal view, drawn for a test. **Not bold** <img src=x onerror=alert(1)>",
    "CT, axial.",
    "A much longer caption that needs several lines: the arrow marks a subpleural cyst in the "
    "left lower lobe; the arrowhead marks the fissure, which is thickened along its whole length "
    "and carries small nodules. :red[Not red] $5.1$ ~~not struck~~",
    "",
)
TEXT = (
    "A 34-year-old woman \U0001f469\u200d\U0001f9b0 was seen for dyspnoea.\r\n"
    "She had *never* smoked; <b>serum</b> VEGF-D was 1,200 pg/mL.\n\n"
    "High-resolution CT showed thin-walled cysts in both lungs. A left chylothorax was drained "
    "twice. Renal angiomyolipomas were found on ultrasound."
)
CLAIMS = (
    ViewerClaim(claim_id="c1", label="Lymphangioleiomyomatosis", number=1),
    ViewerClaim(claim_id="c2", label="Chylothorax on the left", number=2),
    ViewerClaim(claim_id="leak", label="Leak", number=3, sign="⚑"),
)
announcer = st.components.v2.component(
    "announcer",
    js="""
    export default function ({ parentElement, data }) {
      const button = document.createElement("button");
      button.textContent = data.label;
      button.onclick = () =>
        document.dispatchEvent(new CustomEvent("rarereview", { detail: data.detail }));
      parentElement.replaceChildren(button);
    }
    """,
)
"""A button that says something on the components' bus."""


class Kept(BaseModel):
    """What a page would have stored."""

    room: ViewerState | None = None
    spans: list[TextSpan] = Field(default_factory=list)
    marked: MarkedSpan | None = None
    texts: dict[str, str] = Field(default_factory=dict)
    saved: dict[str, str] = Field(default_factory=dict)
    rev: int = 1
    active: str = "c1"
    runs: int = 0
    applied: int = 0


async def image(request: Request) -> FileResponse:
    name = Path(request.path_params["name"]).name
    return FileResponse(FOLDER / request.path_params["kind"] / name, media_type="image/png")


def page() -> None:
    st.set_page_config(layout="wide", page_title="Reading room")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        returned = _viewer()
    with right:
        _case_text()
        _leads()
        _text_fields()
        _controls()
    kept = _kept()
    kept.runs += 1
    report = {**kept.model_dump(mode="json"), "returned": returned.model_dump(mode="json")}
    with st.container(key="kept"):
        st.code(json.dumps(report, indent=1), language=None, height=120)


def _kept() -> Kept:
    # Not isinstance: each run of this script makes the class anew.
    kept: Kept = st.session_state.setdefault("kept", Kept())
    return kept


def _viewer() -> ViewerState:
    kept = _kept()
    return viewer(
        key="room",
        images=_images(),
        boxes=kept.room.boxes if kept.room else [],
        active_claim=kept.active,
        claims=CLAIMS,
        rev=kept.rev,
        height=int(st.query_params.get("height", "720")),
        on_change=_keep_viewer,
        readonly=st.query_params.get("readonly") == "1",
        ticks=st.query_params.get("ticks") == "1",
        viewed=kept.room.viewed if kept.room else (),
        links=_links(kept),
        given={"c1": _sha256s()[:1], "c2": _sha256s()[3:4]},
        keys=json.loads(st.query_params.get("keys", "{}")),
    )


def _keep_viewer() -> None:
    _kept().room = viewer_state("room")


def _links(kept: Kept) -> dict[str, list[str]]:
    links = {"c1": _sha256s()[2:3]}
    if kept.room:
        links |= {claim: list(shas) for claim, shas in kept.room.chosen.items()}
    return links


def _paths() -> list[Path]:
    count = int(st.query_params.get("count", os.environ.get("ROOM_COUNT", "6")))
    return sorted((FOLDER / "full").iterdir())[:count]


def _sha256s() -> list[str]:
    return [path.stem for path in _paths()]


def _images() -> list[ViewerImage]:
    return [_image(path, position) for position, path in enumerate(_paths(), start=1)]


def _image(path: Path, position: int) -> ViewerImage:
    with Image.open(path) as picture:
        width, height = picture.size
    return ViewerImage(
        sha256=path.stem,
        width=width,
        height=height,
        position=position,
        slot_name=f"Figure {position}A" if position % 4 else "",
        caption=CAPTIONS[(position - 1) % len(CAPTIONS)],
        thumb_url=f"/room/thumb/{path.name}",
        view_url=f"/room/view/{path.name}",
        full_url=f"/room/full/{path.name}",
        windowed=position == 2,
    )


def _case_text() -> None:
    kept = _kept()
    case_text(
        key="case",
        sections=[
            TextSection(field="context", title="Case", text=TEXT),
            TextSection(field="findings", title="Findings", text="Cysts.", open=False),
        ],
        spans=kept.spans,
        hits=[TextHit(field="context", start=TEXT.index("VEGF-D"), end=TEXT.index(" was 1,2"))],
        active_claim=kept.active,
        rev=kept.rev,
        seen=kept.applied,
        on_change=_keep_span,
        claims=CLAIMS,
    )


def _keep_span() -> None:
    kept = _kept()
    for act in acts_after("case", kept.rev, kept.applied):
        kept.applied = act.n
        event = span_event(act)
        if isinstance(event, MarkedSpan):
            kept.marked = event
            place = event.model_dump(include={"field", "start", "end", "claim_id"})
            kept.spans = [*kept.spans, TextSpan(**place)]
        else:
            gone = event.model_dump()
            kept.spans = [span for span in kept.spans if span.model_dump(include=set(gone)) != gone]


def _leads() -> None:
    """Lead to the last box and to a span by a button each, as the claims do by their evidence."""
    kept = _kept()
    for box in (kept.room.boxes if kept.room else ())[-1:]:
        place = box.model_dump(include={"x", "y", "width", "height"})
        _lead("Box", {"type": "show", "sha256": box.sha256, "box": place})
    start = TEXT.index("Renal")
    scroll = {"type": "scroll", "field": "context", "start": start, "end": len(TEXT)}
    _lead("Renal angiomyolipomas", scroll)


def _lead(label: str, detail: dict[str, object]) -> None:
    announcer(key=f"lead-{label}", data={"label": label, "detail": detail})


def _text_fields() -> None:
    kept = _kept()
    for key, label, rows in (("note", "Comment", 3), ("line", "Another answer", 1)):
        text_field(
            key=key,
            label=label,
            value=kept.texts.get(key, ""),
            rev=kept.rev,
            rows=rows,
            placeholder="Saved as you type",
            on_change=_keeper(key),
        )


def _keeper(key: str) -> Callable[[], None]:
    def keep() -> None:
        _kept().texts[key] = typed_text(key) or ""

    return keep


def _controls() -> None:
    st.button("Rerun")
    st.button("Other claim", on_click=_other_claim)
    st.button("Empty on the server", on_click=_empty)
    st.button("No boxes on the server", on_click=_remove_boxes)
    st.button("Named anew by the server", on_click=_rename)
    st.button("Save", shortcut="Ctrl+S", on_click=_save)


def _other_claim() -> None:
    _kept().active = "c2"


def _empty() -> None:
    kept = _kept()
    kept.rev += 1
    kept.room, kept.spans, kept.texts = None, [], {}


def _remove_boxes() -> None:
    kept = _kept()
    if kept.room:
        kept.room = kept.room.model_copy(update={"boxes": ()})
    kept.rev += 1


def _rename() -> None:
    kept = _kept()
    kept.rev += 1
    if kept.room:
        boxes = tuple(b.model_copy(update={"box_id": f"own-{b.x}-{b.y}"}) for b in kept.room.boxes)
        kept.room = kept.room.model_copy(update={"boxes": boxes})


def _save() -> None:
    _kept().saved = dict(_kept().texts)


app = st.App(__file__, routes=[Route("/room/{kind}/{name}", image)])

if st.runtime.exists() and st.runtime.scriptrunner.get_script_run_ctx() is not None:
    page()
