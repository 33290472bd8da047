"""Of which published measures less is better."""

from __future__ import annotations

from typing import Final

from src.domain.scoring.ranked_list import MEAN_RANK

RATES_OF_ERROR: Final = frozenset(
    {
        "det_image_attribution_offtarget_rate",
        "det_image_attribution_hallucination_rate",
        "det_image_ref_out_of_range_rate",
        "required_contradiction_rate",
        "parse_fail_rate",
    }
)
"""Shares of what went wrong, 0 to 1."""
LESS_IS_BETTER: Final = RATES_OF_ERROR | {MEAN_RANK}
