"""The ASGI entry: `streamlit run app.py`. Main script, our own routes, start-up checks."""

from __future__ import annotations

import gc
import sys

import streamlit as st
from starlette.routing import Route

from src.domain.errors import ReviewToolError
from src.ui.entry import check_start, on_script_error, serve_image, serve_script

try:
    check_start()
except ReviewToolError as refusal:
    print(f"RareReview does not start: {refusal}", file=sys.stderr)
    raise SystemExit(1) from refusal

app = st.App(
    "src/ui/main.py",
    routes=[
        Route("/img/{sha256}/{size}", serve_image),
        Route("/ui/{name}", serve_script),
    ],
    on_script_error=on_script_error,
)
gc.collect()
gc.freeze()
