"""Colours of claims and readers, safe for colour-blind eyes (Okabe and Ito)."""

from __future__ import annotations

CLAIM_COLOURS = (
    "#56B4E9",
    "#E69F00",
    "#00B285",
    "#F0E442",
    "#D8B384",
    "#E8702A",
    "#8AA8FF",
    "#C9D1DB",
)
"""Each is at least 6:1 against the reading room's near-black; the number is always drawn too."""

READER_COLOURS = {"A": "#56B4E9", "B": "#E69F00", "C": "#CC79A7", "D": "#009E73"}
UNKNOWN_COLOUR = "#8C8C8C"
LEAK = "leak"
"""Stands where a claim's name stands when a mark is on a leak."""
LEAK_COLOUR = "#CC79A7"
"""No claim has it."""
LEAK_SIGN = "⚑"


def claim_colour(number: int) -> str:
    """Return the colour of the claim with this number (from 1); colours repeat after eight."""
    return CLAIM_COLOURS[(number - 1) % len(CLAIM_COLOURS)]


def mark_colour(claim_id: str, number: int) -> str:
    """Return the colour of marks for a claim, or of those on a leak."""
    return LEAK_COLOUR if claim_id == LEAK else claim_colour(number)


def reader_colour(reader: str) -> str:
    """Return the colour of an unnamed reader: A, B, C or D; grey for any other."""
    return READER_COLOURS.get(reader, UNKNOWN_COLOUR)
