"""Colours of claims and readers, safe for colour-blind eyes (Okabe and Ito)."""

from __future__ import annotations

CLAIM_COLOURS = (
    "#56B4E9",
    "#E69F00",
    "#00B285",
    "#F0E442",
    "#CC79A7",
    "#E8702A",
    "#8AA8FF",
    "#C9D1DB",
)
"""Each is at least 6:1 against the reading room's near-black; the number is always drawn too."""

READER_COLOURS = {"A": "#56B4E9", "B": "#E69F00", "C": "#CC79A7", "D": "#009E73"}
UNKNOWN_COLOUR = "#8C8C8C"


def claim_colour(number: int) -> str:
    """Return the colour of the claim with this number (from 1); colours repeat after eight."""
    return CLAIM_COLOURS[(number - 1) % len(CLAIM_COLOURS)]


def reader_colour(reader: str) -> str:
    """Return the colour of an unnamed reader: A, B, C or D; grey for any other."""
    return READER_COLOURS.get(reader, UNKNOWN_COLOUR)
