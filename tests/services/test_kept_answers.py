"""Answers are made once, kept while they are asked for, and let go of in the order of asking."""

from __future__ import annotations

from src.services.kept_answers import KeptAnswers


def test_an_answer_is_made_once_and_the_one_not_asked_for_longest_is_let_go() -> None:
    """Of two that are kept the first is asked again, so that the third takes the second's place."""
    made: list[str] = []
    kept: KeptAnswers[str] = KeptAnswers(2)

    def ask(question: str) -> str:
        def make() -> str:
            made.append(question)
            return question.upper()

        return kept.once(question, make)

    assert [ask(one) for one in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert made == ["a", "b", "c", "b"]
    assert (kept.at_hand("c"), kept.at_hand("b")) == (None, "B")
