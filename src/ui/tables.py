"""Small tables of plain text: Streamlit's data frame draws cells exactly as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

Cell = str | int | float | None


ROWS_SEEN = 12
"""Longer tables scroll in themselves, so that what follows them stays in reach."""


def table(rows: Sequence[Mapping[str, Cell]], *, key: str, alt: str, wide: str = "") -> None:
    """Show rows under their headings; `alt` says what the table holds to who cannot see it.

    The column named by `wide` gets the room that is left.
    """
    if not rows:
        return
    columns = {name: [row.get(name) for row in rows] for name in rows[0]}
    st.dataframe(
        columns,
        hide_index=True,
        key=key,
        alt=alt,
        height="content" if len(rows) <= ROWS_SEEN else 460,
        column_config={wide: st.column_config.Column(width="large")} if wide else None,
    )
