"""Opening a screen of a study as one of its people, without a browser."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from src.services.workbench import Workbench

SENDINGS = count(1)
PAGES = Path(__file__).parents[2] / "pages"


def serve(study: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the screens find a study by the environment, as the app does."""
    url = study.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("RARE_REVIEW_DATABASE_URL", url)
    monkeypatch.setenv("RARE_REVIEW_IMAGE_STORE", str(tmp_path / "images"))
    monkeypatch.setenv("RARE_REVIEW_IMPORT_DIR", str(tmp_path / "incoming"))
    monkeypatch.chdir(tmp_path)
    st.cache_resource.clear()
    st.session_state.clear()  # outside a page there is one state for all tests


def open_page(name: str, person: str, **place: str) -> AppTest:
    """Open a page as a person at a place, and run it once."""
    page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=20)
    page.query_params["as"] = person
    for part, value in place.items():
        page.query_params[part] = value
    page.run()
    assert not page.exception, page.exception
    return page


def words(page: AppTest) -> str:
    """Return everything a page says, components included, as one text."""
    return json.dumps([_words(node) for node in page.main], ensure_ascii=False)


def _words(node: Any) -> object:
    children = getattr(node, "children", None)
    proto = getattr(node, "proto", None)
    own = str(proto) if proto is not None else ""
    return [own, [_words(child) for child in children.values()] if children else []]


def button(page: AppTest, label: str) -> Any:
    """Return the button whose label begins so."""
    found = [b for b in page.button if b.label.replace("\\", "").startswith(label)]
    assert found, [b.label for b in page.button]
    return found[0]


def message(page: AppTest) -> tuple[str, str]:
    """Return the kind and text of the message that waits to be shown."""
    if "_notice" not in page.session_state:
        return "", ""
    kind, text = page.session_state["_notice"]
    return str(kind), str(text)


def component(page: AppTest, name: str) -> Any:
    """Return the data our component with this name in its key was given."""
    return _data(_component(page, name))


def act(
    page: AppTest, name: str, kind: str, target: str = "", value: object = None, number: int = 0
) -> None:
    """Do one thing in a component that sends acts, as a browser would."""
    proto = _component(page, name)
    given = _data(proto)
    number = number or given["seen"] + 1
    one = {"n": number, "kind": kind, "target": target, "value": value}
    sent = {"acts": {"rev": given["rev"], "n": number, "acts": [one]}}
    _run_with(page, proto.id, json_value=json.dumps(sent))


def send(page: AppTest, name: str, *acts: tuple[int, str, str, object]) -> None:
    """Send a list of acts of a component, each with its number, as a browser would.

    Each sending has a number of its own: the same one again would be no news to Streamlit.
    """
    keys = ("n", "kind", "target", "value")
    listed = [dict(zip(keys, one, strict=True)) for one in acts]
    send_state(page, name, "acts", n=next(SENDINGS), acts=listed)


def send_state(page: AppTest, name: str, state: str, **value: object) -> None:
    """Send one state of a component as its browser would: acts, a text, marks on images."""
    proto = _component(page, name)
    sent = {state: {"rev": _data(proto)["rev"], **value}}
    _run_with(page, proto.id, json_value=json.dumps(sent))


def _data(proto: Any) -> Any:
    return json.loads(json.loads(proto.json)["json"])


def _component(page: AppTest, name: str) -> Any:
    keys = {
        node.proto.id.split("-", 2)[2].rpartition("-")[0]: node.proto
        for node in page.get("bidi_component")
    }
    assert name in keys, f"no component {name!r} in {sorted(keys)}"
    return keys[name]


def _run_with(page: AppTest, widget_id: str, **value: str) -> None:
    """Run the page with one more widget's state: AppTest itself knows no components."""
    states = page._tree.get_widget_states()
    states.widgets.append(WidgetState(id=widget_id, **value))
    page._run(states)
    assert not page.exception, page.exception
