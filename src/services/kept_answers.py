"""Answers that stay right as long as what they were worked out from: a few are kept, and shared."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class KeptAnswers(Generic[Answer]):
    """Keeps the answers that were asked for last, for any number of threads.

    A question holds all that its answer rests on, the state of the study among it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = Lock()

    def at_hand(self, question: Hashable) -> Answer | None:
        """Return the answer to a question if it is kept; None is no answer."""
        with self._lock:
            if question in self._known:
                self._known.move_to_end(question)
            return self._known.get(question)

    def keep(self, question: Hashable, answer: Answer) -> None:
        """Keep an answer, and let go of the one that was not asked for longest."""
        with self._lock:
            self._known[question] = answer
            self._known.move_to_end(question)
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def once(self, question: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, made unless it is kept.

        Two who ask at the same moment may both make it; it is the same.
        """
        answer = self.at_hand(question)
        if answer is None:
            answer = make()
            self.keep(question, answer)
        return answer
