"""What app.py needs beside Streamlit's own: start-up checks, the image route, the error hook."""

from __future__ import annotations

import logging

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from src.domain.errors import NotAllowedError, ReviewToolError
from src.images import links
from src.ui.reading_room.component import script, serve_scripts
from src.ui.session import settings, workbench

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
log = logging.getLogger("rare_review")
serve_scripts()


def check_start() -> None:
    """Raise ReviewToolError when the app must not start as it is configured."""
    address = str(st.get_option("server.address") or "")
    if settings().single_user and address not in LOOPBACK:
        raise NotAllowedError(
            f"Single-user mode trusts whoever reaches the port, but the server is bound to "
            f"{address or 'every address'!r}. Bind it to 127.0.0.1, or set "
            "RARE_REVIEW_SINGLE_USER=false and configure sign-in."
        )
    workbench()


def serve_image(request: Request) -> Response:
    """Serve one size of an image to the person its address was signed for."""
    sha256, size = request.path_params["sha256"], request.path_params["size"]
    person = request.query_params.get("p", "")
    bench = workbench()
    genuine = links.check(
        bench.link_secret,
        sha256,
        size,
        person,
        request.query_params.get("d", ""),
        request.query_params.get("s", ""),
        bench.clock().date(),
    )
    if not genuine or not bench.people.is_active(person):
        return PlainTextResponse("This address is not valid for you.", status_code=403)
    try:
        image = bench.store.open(sha256, size)
    except ReviewToolError:
        return PlainTextResponse("There is no such image.", status_code=404)
    return FileResponse(
        image.path,
        media_type=image.media_type,
        headers={
            "Cache-Control": "private, max-age=86400, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
        },
    )


def serve_script(request: Request) -> Response:
    """Serve the script of one of our components; its name holds its hash, so it never changes."""
    text = script(request.path_params["name"])
    if text is None:
        return PlainTextResponse("There is no such script.", status_code=404)
    return Response(
        text,
        media_type="text/javascript",
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
        },
    )


def on_script_error(error: BaseException) -> None:
    """Write a fault of ours to the log; the reader sees a calm line, never a traceback."""
    log.error("A page failed", exc_info=error)
