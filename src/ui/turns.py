"""Whole pages are drawn a few at a time, so that many who arrive at once do not all wait longest.

Python draws one page at a time anyway: fifty that share its time are all done at the end only,
while in turn half of them are done in half the time. Edits, which draw a part, wait for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

AT_ONCE = 2
"""One draws while another waits for the disk."""
LONGEST = 5.0
"""Seconds after which a page is drawn all the same: a page that hangs keeps nobody away."""
_turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait for a turn to draw a page, at most LONGEST, and give it back at the end."""
    taken = _turns.acquire(timeout=LONGEST)
    try:
        yield
    finally:
        if taken:
            _turns.release()
