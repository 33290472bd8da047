"""Image addresses for the person at the screen."""

from __future__ import annotations

from collections.abc import Sequence

from src.domain.item import ItemView
from src.domain.people import Actor
from src.images.links import address
from src.ui.reading_room.viewer import ViewerImage
from src.ui.session import workbench


def viewer_images(view: ItemView, actor: Actor) -> list[ViewerImage]:
    """Return an item's images as the viewer shows them, under addresses signed for the actor."""
    bench = workbench()
    today = bench.clock().date()

    def url(sha256: str, size: str) -> str:
        return address(bench.link_secret, sha256, size, actor.person_id, today)

    return [
        ViewerImage(
            sha256=image.sha256,
            width=view.images[image.sha256].width,
            height=view.images[image.sha256].height,
            position=image.position,
            slot_name=image.slot_name,
            caption=image.caption,
            thumb_url=url(image.sha256, "thumb"),
            view_url=url(image.sha256, "view"),
            full_url=url(image.sha256, "full"),
            windowed=view.images[image.sha256].windowed,
        )
        for image in view.item.content.images
    ]


def addresses_ahead(shas: Sequence[str], actor: Actor) -> list[str]:
    """Return where a browser can fetch images before they are asked for: thumbs first."""
    bench = workbench()
    today = bench.clock().date()
    return [
        address(bench.link_secret, sha256, size, actor.person_id, today)
        for size in ("thumb", "view")
        for sha256 in shas
    ]
