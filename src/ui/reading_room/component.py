"""How our components are declared, and how what a browser sent is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol, TypeVar

import streamlit as st
from pydantic import BaseModel, ValidationError
from streamlit.components.v2 import component

_FOLDER = Path(__file__).parent
SCRIPTS = "/ui"
"""Where the app serves the scripts of our components."""

Sent = TypeVar("Sent", bound=BaseModel)


class Mount(Protocol):
    """Puts a component on the page with its data and its callbacks, on_NAME_change for each."""

    def __call__(
        self, *, key: str, data: Mapping[str, object], **callbacks: Callable[[], None]
    ) -> object:
        """Show the component under a key."""


class _Served:
    """The scripts the app serves by name; empty where no app serves them."""

    def __init__(self) -> None:
        self.on = False
        self.scripts: dict[str, str] = {}


_served = _Served()


def serve_scripts() -> None:
    """Let components declared from now on load their scripts from the app's own route.

    Streamlit hashes the script of a component at every run and sends it with every change of its
    data; a browser that loads it by its address does so once. Without an app, as in a bare
    `streamlit run` of a test page, the script travels with the component.
    """
    _served.on = True


def script(name: str) -> str | None:
    """Return the script that is served under a name, or None when there is none."""
    return _served.scripts.get(name)


_told: ContextVar[Mapping[str, object] | None] = ContextVar("told", default=None)


@contextmanager
def telling(told: Mapping[str, object]) -> Iterator[None]:
    """Let every component drawn inside tell the others in the browser what else has changed.

    They hear it on the bus as {type: "told", ...}; see decision.js and bar.js.
    """
    token = _told.set(told)
    try:
        yield
    finally:
        _told.reset(token)


_gathered: ContextVar[dict[str, object] | None] = ContextVar("gathered", default=None)


@contextmanager
def gathering() -> Iterator[dict[str, object]]:
    """Collect what components drawn inside would be given, key -> data, and draw none of them.

    Told to the browser as `others`, it brings each up to date without a run of its own.
    """
    found: dict[str, object] = {}
    token = _gathered.set(found)
    try:
        yield found
    finally:
        _gathered.reset(token)


def declare(name: str, scripts: tuple[str, ...], *styles: str) -> Mount:
    """Declare a component once, from plain files beside this one.

    The scripts are joined in the order given: only the last has an `export default`. The data
    travel as one text, because Streamlit looks into each of them for a table otherwise.
    """
    text = _joined(scripts, styles)
    if _served.on:
        address = f"{name}.{hashlib.sha256(text.encode()).hexdigest()[:16]}.js"
        _served.scripts[address] = text
        text = _LOADER.replace("ADDRESS", f"{SCRIPTS}/{address}")
    shown = component(f"rarereview_{name}", js=text)

    def mount(*, key: str, data: Mapping[str, object], **callbacks: Callable[[], None]) -> object:
        told, gathered = _told.get(), _gathered.get()
        named = {"key": key, **data}
        if gathered is not None:
            gathered[key] = named
            return None
        whole = named if told is None else {**named, "told": told}
        packed = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        return shown(key=key, data={"json": packed}, **callbacks)  # type: ignore[arg-type]

    return mount


def sent(key: str, name: str, kind: type[Sent]) -> Sent | None:
    """Return what the browser last sent under this name, or None if nothing readable came.

    The browser is not trusted: what does not fit the shape is treated as never sent.
    """
    held = st.session_state.get(key)
    if not isinstance(held, Mapping) or held.get(name) is None:
        return None
    try:
        return kind.model_validate(held[name])
    except ValidationError:
        return None


def ignore_change() -> None:
    """Stand in for a callback nobody gave: Streamlit reports only what has one."""


def _joined(scripts: tuple[str, ...], styles: tuple[str, ...]) -> str:
    """Join the scripts of a component to one module that dresses and unpacks before it mounts."""
    code = "\n".join(_lean(_FOLDER / script) for script in scripts)
    style = "\n".join((_FOLDER / style).read_text(encoding="utf-8") for style in styles)
    own = code.replace("export default function (", "function ownMount(")
    return f"{own}\nconst STYLE = {json.dumps(style)};\n{_MOUNTED}"


def _lean(path: Path) -> str:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


_MOUNTED = """
let sheet = null;
export default function (given) {
  const root = given.parentElement.getRootNode();
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  const { told, ...data } = JSON.parse(given.data.json);
  const leave = ownMount({ ...given, data });
  const parts = (document.rareReviewParts ??= new Map());
  const update = (newer) => ownMount({ ...given, data: newer });
  parts.set(data.key, { update, parentElement: given.parentElement });
  if (told) tell(told, parts);
  return () => {
    if (parts.get(data.key)?.parentElement === given.parentElement) parts.delete(data.key);
    leave?.();
  };
}
function tell({ others, ...told }, parts) {
  for (const [key, data] of Object.entries(others ?? {})) parts.get(key)?.update(data);
  document.dispatchEvent(new CustomEvent("rarereview", { detail: { type: "told", ...told } }));
}
"""

_LOADER = """
const loading = import(new URL("ADDRESS", document.baseURI).href);
let ready = null;
loading.then((found) => { ready = found.default; });
export default function (given) {
  if (ready) return ready(given);
  const { parentElement } = given;
  parentElement.rareReviewNewest = given;
  let undo = null;
  let left = false;
  loading.then(() => {
    if (!left && parentElement.rareReviewNewest === given) undo = ready(given);
  }, () => {
    parentElement.textContent = "This part could not be loaded. Reload the page to try again.";
  });
  return () => {
    left = true;
    undo?.();
  };
}
"""
