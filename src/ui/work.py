"""Work that runs beside the screens: it goes on when its page is left, and can be stopped."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import streamlit as st

from src.domain.errors import ReviewToolError
from src.services.progress import WorkStopped
from src.ui.notices import careful, plain

log = logging.getLogger("rare_review")
POLL_SECONDS = 0.5
KEPT = 32
"""Results a server holds; the longest unused go first."""
Watch = Callable[[Any], bool]
Do = Callable[[Watch], Any]


class Work:
    """One piece of work in a thread of its own. Read by screens, written by that thread."""

    def __init__(self, do: Do) -> None:
        self._do = do
        self._stopping = threading.Event()
        self.progress: Any = None
        self.result: Any = None
        self.refusal = ""
        self.stopped = False
        self.done = False

    @property
    def stopping(self) -> bool:
        """True when somebody asked to stop."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask to stop."""
        self._stopping.set()

    def run(self) -> None:
        """Do the work and keep what came of it."""
        try:
            self.result = self._do(self._watch)
        except WorkStopped:
            self.stopped = True
        except ReviewToolError as refusal:
            self.refusal = refusal.message
        except Exception:
            log.exception("Work beside the screens failed")
            self.refusal = "It failed on our side; the log says why. Nothing was changed."
        finally:
            self.done = True

    def _watch(self, progress: Any) -> bool:
        self.progress = progress
        return not self.stopping


class WorkDesk:
    """The work a server does for its screens, by what it is and for whom."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: OrderedDict[str, Work] = OrderedDict()

    def of(self, key: str) -> Work | None:
        """Return what was begun under a key, done or not."""
        with self._lock:
            if key in self._works:
                self._works.move_to_end(key)
            return self._works.get(key)

    def begin(self, key: str, do: Do, *, beside: bool = True) -> Work:
        """Begin some work unless the same is under way; or do it at once, while one waits."""
        with self._lock:
            under_way = self._works.get(key)
            if under_way is not None and not under_way.done:
                return under_way
            work = self._works[key] = Work(do)
            done = [name for name, other in self._works.items() if other.done]
            for name in done[: max(0, len(self._works) - KEPT)]:
                del self._works[name]
        if beside:
            threading.Thread(target=work.run, daemon=True).start()
        else:
            work.run()
        return work

    def start(self, key: str, do: Do) -> None:
        """Begin some work beside the screens. For use in callbacks."""
        self.begin(key, do)

    def clear(self, key: str) -> None:
        """Put away what came of some work."""
        with self._lock:
            work = self._works.get(key)
            if work is not None and work.done:
                del self._works[key]


@st.cache_resource(show_spinner=False)
def work_desk() -> WorkDesk:
    """Return this server's desk: all its screens see the same one."""
    return WorkDesk()


@st.fragment(run_every=POLL_SECONDS)
def under_way(work: Work, title: str, words: Callable[[Any], tuple[float, str]], key: str) -> None:
    """Show how far some work is, and let it be stopped; the page is drawn anew when it is done."""
    if work.done:
        st.rerun()
    st.markdown(f"**{title}**")
    share, text = words(work.progress) if work.progress is not None else (0.0, "Beginning")
    st.progress(min(1.0, max(0.0, share)), text=text)
    st.button(
        "Stopping" if work.stopping else "Stop",
        key=f"{key}-stop",
        disabled=work.stopping,
        on_click=careful(work.stop),
    )
    st.caption("You can leave this page; it goes on.")


def refused(work: Work) -> bool:
    """Show why some work came to nothing, if it did."""
    if work.refusal:
        st.warning(plain(work.refusal))
    return bool(work.refusal)
