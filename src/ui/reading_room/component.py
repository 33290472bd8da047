"""How our components are declared, and how what a browser sent is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import streamlit as st
from pydantic import BaseModel, ValidationError
from streamlit.components.v2 import component
from streamlit.components.v2.types import ComponentRenderer

_FOLDER = Path(__file__).parent

Sent = TypeVar("Sent", bound=BaseModel)


def declare(name: str, scripts: tuple[str, ...], *styles: str) -> ComponentRenderer:
    """Declare a component once, from plain files beside this one.

    The scripts are joined in the order given: only the last has an `export default`.
    Indentation and whole-line comments are left out, because Streamlit sends the script
    again with every change of a component's data.
    """
    return component(
        f"rarereview_{name}",
        js="\n".join(_lean(_FOLDER / script) for script in scripts),
        css="\n".join((_FOLDER / style).read_text(encoding="utf-8") for style in styles),
    )


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


def _lean(path: Path) -> str:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
