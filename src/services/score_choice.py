"""Which measure and which release of scores somebody means; what is not there is refused."""

from __future__ import annotations

from db import releases
from db.database import Transaction
from src.domain.errors import BadInputError, NotFoundError
from src.domain.item import Track
from src.services.answer_scores import Mode, measures_of


def chosen_measure(track: Track, mode: Mode, wanted: str | None) -> str:
    """Return a track's measure, its first when none is named.

    Raises BadInputError, which lists what there is, for one that it does not have.
    """
    known = measures_of(track, mode)
    name = wanted or known[0]
    if name not in known:
        raise BadInputError(
            f"There is no measure {name!r} for {track.value!r}; it has {', '.join(known)}."
        )
    return name


def chosen_release(t: Transaction, wanted: int | None) -> int | None:
    """Return a release's number, the newest when none is named; None when there is none yet.

    Raises NotFoundError for one that was never made.
    """
    if wanted is None:
        return releases.next_number(t) - 1 or None
    if releases.get(t, wanted) is None:
        raise NotFoundError(f"There is no release {wanted}.")
    return wanted
