"""A browser tab without a browser: speaks Streamlit 1.67's websocket protocol to a running app.

The server cannot tell a `Tab` from a browser: it asks for the same page, keeps the same messages
and names their hashes, sends the states of all widgets with each act, and forgets what left the
screen. What the page means is left to `review_screen`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import websockets.asyncio.client as ws
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed

DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
PATIENCE = 30.0
"""Seconds after which an act counts as unanswered."""
TRIGGERS = "$$STREAMLIT_INTERNAL_KEY_{}__events"
"""The widget under which a component's events travel."""


class DriverError(Exception):
    """The app did not behave as a browser expects it to."""


@dataclass(frozen=True)
class Element:
    """One element on the page, where it stands and which run put it there."""

    path: tuple[int, ...]
    kind: str
    """The name of Streamlit's message: button, button_group, bidi_component, text, block ..."""
    proto: Any
    fragment: str
    run: str

    @property
    def key(self) -> str:
        """The key the program gave the widget; empty when it gave none."""
        parts = str(getattr(self.proto, "id", "")).split("-", 2)
        return parts[2] if len(parts) == 3 and parts[2] != "None" else ""


@dataclass(frozen=True)
class Heard:
    """One message of the server: what it carried and how large it was."""

    kind: str
    size: int
    cached: bool
    """True when it only named a message the browser has kept."""


@dataclass
class Answer:
    """What came of one act."""

    finished: float = 0.0
    """Seconds from sending to the end of the last run it caused."""
    heard: list[Heard] = field(default_factory=list)
    changed: dict[tuple[int, ...], float] = field(default_factory=dict)
    """For each place on the page, when its newest message came, in seconds from sending."""


@dataclass
class _Kept:
    message: Any
    used: int


class Tab:
    """One tab: opened, acted in, and closed; one act at a time."""

    def __init__(self, address: str, page: str, query: str) -> None:
        self.elements: dict[tuple[int, ...], Element] = {}
        self.query = query
        self.faults: list[str] = []
        self._address = address.replace("http", "ws", 1) + "/_stcore/stream"
        self._page = page
        self._script = ""
        self._states: dict[str, WidgetState] = {}
        self._kept: dict[str, _Kept] = {}
        self._runs, self._oldest = 0, 2
        self._sent_at, self._answer = 0.0, Answer()
        self._started = False
        self._run = ""
        self._done = asyncio.Event()

    async def __aenter__(self) -> Tab:
        self._socket = await ws.connect(self._address, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.cancel()
        await self._socket.close()

    # ---- what a person does -------------------------------------------------------------

    async def open(self) -> Answer:
        """Ask for the page, as a browser does once it is connected."""
        return await self._act(None, "")

    async def press(self, button: Element) -> Answer:
        """Press a button."""
        return await self._act(WidgetState(id=button.proto.id, trigger_value=True), button.fragment)

    async def choose(self, group: Element, option: str) -> Answer:
        """Choose one option of a segmented control by the words on it."""
        state = WidgetState(id=group.proto.id)
        state.string_array_value.data.append(option)
        self._states[state.id] = state
        return await self._act(None, group.fragment)

    async def set_state(self, component: Element, state: str) -> Answer:
        """Let one of our components send its whole state, as JSON."""
        self._states[component.proto.id] = WidgetState(id=component.proto.id, json_value=state)
        return await self._act(None, component.fragment)

    async def trigger(self, component: Element, events: str) -> Answer:
        """Let one of our components send events, as a JSON list of {event, value}."""
        name = TRIGGERS.format(component.proto.id)
        return await self._act(WidgetState(id=name, json_trigger_value=events), component.fragment)

    def all(self, kind: str, fits: Callable[[Element], bool] = lambda _: True) -> list[Element]:
        """Return the elements of a kind that fit, in the order of the page."""
        found = [e for e in self.elements.values() if e.kind == kind and fits(e)]
        return sorted(found, key=lambda element: element.path)

    # ---- sending ------------------------------------------------------------------------

    async def _act(self, once: WidgetState | None, fragment: str) -> Answer:
        self._answer, self._started = Answer(), False
        self._done.clear()
        message = self._rerun(once, fragment).SerializeToString()
        self._sent_at = time.perf_counter()
        await self._socket.send(message)
        try:
            await asyncio.wait_for(self._done.wait(), PATIENCE)
        except TimeoutError as error:
            raise DriverError(f"No answer within {PATIENCE:.0f} s; {self.faults}") from error
        return self._answer

    def _rerun(self, once: WidgetState | None, fragment: str) -> Any:
        message = BackMsg()
        run = message.rerun_script
        run.query_string = self.query
        run.widget_states.widgets.extend([*self._states.values(), *([once] if once else [])])
        run.page_script_hash = self._script
        run.page_name = "" if self._script else self._page
        run.fragment_id = fragment
        run.cached_message_hashes.extend(self._kept)
        run.context_info.timezone = "UTC"
        return message

    # ---- listening ----------------------------------------------------------------------

    async def _listen(self) -> None:
        try:
            async for raw in self._socket:
                assert isinstance(raw, bytes)
                self._hear(raw)
        except ConnectionClosed as error:
            self.faults.append(f"The connection ended: {error}")

    def _hear(self, raw: bytes) -> None:
        message = ForwardMsg.FromString(raw)
        kind = message.WhichOneof("type")
        whole = self._from_cache(message) if kind == "ref_hash" else message
        self._answer.heard.append(Heard(_kind_of(whole), len(raw), kind == "ref_hash"))
        if message.metadata.cacheable:
            self._kept[message.hash] = _Kept(message, self._runs)
        if whole.HasField("delta"):
            self._place(whole.delta, message.metadata)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "script_finished":
            self._finish(message)
        elif kind == "navigation":
            self._script = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "session_event":
            self._fault(f"session event {message.session_event.WhichOneof('type')}")

    def _from_cache(self, reference: Any) -> Any:
        kept = self._kept.get(reference.ref_hash)
        if kept is None:
            self._fault("The server named a message this tab has not kept.")
            return ForwardMsg()
        kept.used = self._runs
        return kept.message

    def _begin(self, message: Any) -> None:
        self._started = True
        self._run = message.metadata.run.script_run_id
        self._script = message.new_session.page_script_hash
        self._oldest = message.new_session.config.max_cached_message_age or self._oldest

    def _place(self, delta: Any, metadata: Any) -> None:
        """Put an element where it belongs; a transient one (a spinner) passes by."""
        if delta.HasField("new_element"):
            kind = delta.new_element.WhichOneof("type") or "empty"
            proto: Any = getattr(delta.new_element, kind)
        elif delta.HasField("add_block"):
            kind, proto = "block", delta.add_block
        else:
            return
        path = tuple(metadata.delta_path)
        self.elements[path] = Element(path, kind, proto, delta.fragment_id, self._run)
        self._answer.changed[path] = time.perf_counter() - self._sent_at
        if kind == "exception":
            self._fault(f"The page shows {proto.type}: {proto.message}")
        state = _state_shown(kind, proto)
        if state is not None and (state.id not in self._states or proto.set_value):
            self._states[state.id] = state

    def _finish(self, message: Any) -> None:
        if message.script_finished not in DONE:
            return
        run, fragments = message.metadata.run.script_run_id, set(message.metadata.run.fragment_ids)
        self._forget_what_left(run, fragments)
        self._forget_old_messages(fragments)
        if self._started:
            self._answer.finished = time.perf_counter() - self._sent_at
            self._done.set()

    def _forget_what_left(self, run: str, fragments: set[str]) -> None:
        """Drop the elements the run did not draw again, and the states of their widgets."""
        self.elements = {
            path: element
            for path, element in self.elements.items()
            if element.run == run or (fragments and element.fragment not in fragments)
        }
        present = {getattr(e.proto, "id", "") for e in self.elements.values()}
        self._states = {name: state for name, state in self._states.items() if name in present}

    def _forget_old_messages(self, fragments: set[str]) -> None:
        self._runs += 1
        for name, kept in list(self._kept.items()):
            touched = not fragments or kept.message.delta.fragment_id in fragments
            if touched and self._runs - kept.used > self._oldest:
                del self._kept[name]

    def _fault(self, what: str) -> None:
        self.faults.append(what)


def _kind_of(message: Any) -> str:
    """Return what a message carries: an element's kind, a component's name, or the message's."""
    if not message.HasField("delta"):
        return str(message.WhichOneof("type"))
    if not message.delta.HasField("new_element"):
        return str(message.delta.WhichOneof("type"))
    kind = str(message.delta.new_element.WhichOneof("type"))
    if kind != "bidi_component":
        return kind
    return str(message.delta.new_element.bidi_component.component_name).rpartition(".")[2]


def _state_shown(kind: str, proto: Any) -> WidgetState | None:
    """Return the state a widget takes on when it is drawn; None for one that has none."""
    if kind == "button_group":
        state = WidgetState(id=proto.id)
        chosen = proto.raw_values if proto.set_value else _defaults(proto)
        state.string_array_value.data.extend(chosen)
        return state
    if kind == "selectbox":
        shown = proto.raw_value if proto.set_value else _first_default(proto)
        return WidgetState(id=proto.id, string_value=shown)
    if kind in {"text_input", "text_area"}:
        shown = proto.value if proto.set_value else proto.default
        return WidgetState(id=proto.id, string_value=shown)
    if kind == "checkbox":
        shown = proto.value if proto.set_value else proto.default
        return WidgetState(id=proto.id, bool_value=shown)
    return None


def _defaults(group: Any) -> Iterator[str]:
    return (group.options[place].content for place in group.default)


def _first_default(box: Any) -> str:
    return str(box.options[box.default]) if box.options else ""


async def fetch(host: str, port: int, path: str) -> int:
    """Get one address over HTTP and return how many bytes came; raise DriverError if refused."""
    reader, writer = await asyncio.open_connection(host, port)
    lines = (f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: close", "", "")
    writer.write("\r\n".join(lines).encode())
    answer = await reader.read(-1)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise DriverError(f"{path!r}: {answer[:60]!r}")
    return len(answer)
