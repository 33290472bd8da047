"""What can go wrong with the store or the workshop itself, no image being at fault."""

from __future__ import annotations

from src.domain.errors import ReviewToolError


class ImageStoreError(ReviewToolError):
    """Images cannot be kept: the disk is full, may not be written, or the place is not known."""

    rule = "image_store"


class WorkshopError(ReviewToolError):
    """The child processes that decode images cannot be started."""

    rule = "image_workshop"
