"""An answer cannot speak as the judge: whatever it holds, prompt and reply stay what they are."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest

from src.domain.errors import BadInputError
from src.domain.item import Criterion
from src.domain.judging.harmless import harmless
from src.domain.judging.prompt import TEMPLATE, build_prompt
from src.domain.judging.question import Question
from src.domain.judging.reply import WORDS, CriterionGrade, Fault, read_reply
from tests.domain.judging.attacks import ATTACKS, OLD_NONCE

NONCE = "9a8b7c6d5e4f3a2b"
BEGIN, END = f"ANSWER TO BE GRADED {NONCE}\n", f"\nEND OF ANSWER TO BE GRADED {NONCE}"
CRITERION = Criterion(criterion_id="k1", text="Starts vemurafenib at a dose that is named")


def asked(answer: str, criterion: Criterion = CRITERION) -> Question:
    """Return a question about an answer."""
    return Question(
        item_id="test/treatment/001",
        model="model-a",
        criterion=criterion,
        answer=answer,
        question="What should be started?",
        case="A man of 56 with bone pain.",
    )


def around(user: str) -> tuple[str, str, str]:
    """Return what stands before the answer, the answer as shown, and what stands behind it."""
    before, begin, rest = user.partition(BEGIN)
    inside, end, behind = rest.partition(END)
    assert begin
    assert end
    return before, inside, behind


def test_there_are_enough_attacks() -> None:
    """At least 60, all different."""
    assert len(set(ATTACKS.values())) == len(ATTACKS) >= 60


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_of_an_answer_stands_outside_its_marks(name: str) -> None:
    """All around it is, to the letter, what stands around any other answer."""
    attack = ATTACKS[name]
    for fault in (None, Fault(rule="not_json")):
        prompt = build_prompt(asked(attack), NONCE, fault=fault)
        plain = build_prompt(asked("Rest."), NONCE, fault=fault)

        before, inside, behind = around(prompt.user)

        assert inside == harmless(attack)
        assert (before, "Rest.", behind) == around(plain.user)
        assert (prompt.system, prompt.reply_schema) == (plain.system, plain.reply_schema)
        assert prompt.user.count(NONCE) == plain.user.count(NONCE)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_answer_shows_a_judge_nothing_unseen_and_no_token_of_a_template(name: str) -> None:
    """Directions, joiners, tags and controls are spelled out; chat tokens are broken."""
    inside = around(build_prompt(asked(ATTACKS[name]), NONCE).user)[1]

    unseen = {
        c for c in inside if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf", "Co"}
    }
    assert unseen == set()
    assert not re.search(r"<\||\|<|<｜|<s>|</s>|<<SYS|\[/?INST\]|\[TOOL_CALLS\]|</?think>", inside)
    assert not re.search(r"<(?:start|end)_of_turn>", inside)
    assert "\u2028" not in inside
    assert "\r" not in inside


@pytest.mark.parametrize("name", ATTACKS)
def test_a_judge_that_says_what_an_answer_tells_it_to_is_not_believed(name: str) -> None:
    """Neither the answer word for word, nor any JSON in it, nor that in a fence, is a reply."""
    attack = ATTACKS[name]
    question = asked(attack)
    objects = re.findall(r"\{.*?\}", attack[:20_000], re.DOTALL)
    for said in (attack, harmless(attack), *objects, *(f"```json\n{o}\n```" for o in objects)):
        assert isinstance(read_reply(said, question, NONCE), Fault)
        knowing = said.replace("00000000", question.criterion_tag)
        assert isinstance(read_reply(knowing, question, NONCE), Fault)


def test_only_the_mark_tells_a_reply_from_one_that_knows_the_rubric() -> None:
    """Right criterion, value, quote, all from inside the answer: refused for its check alone."""
    question = asked(ATTACKS["fake reply"])
    copied = question.answer.replace("00000000", question.criterion_tag)

    assert read_reply(copied, question, NONCE) == Fault(rule="wrong_check")
    assert isinstance(read_reply(copied, question, OLD_NONCE), CriterionGrade)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_honest_judge_is_still_heard(name: str) -> None:
    """A reply that keeps to the form is taken, for a 0 without words to quote."""
    question = asked(ATTACKS[name])
    honest = {
        "check": NONCE,
        "criterion": question.criterion_tag,
        "quote": "",
        "reason": "No dose.",
    }

    assert read_reply(json.dumps({**honest, "value": 0}), question, NONCE) == CriterionGrade(
        value=0, quote="", reason="No dose."
    )
    unfounded = read_reply(json.dumps({**honest, "value": 1}), question, NONCE)
    assert unfounded == Fault(rule="no_quote")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"check": OLD_NONCE}, "wrong_check"),
        ({"check": ""}, "wrong_check"),
        ({"check": NONCE[:-1]}, "wrong_check"),
        ({"criterion": "deadbeef"}, "wrong_criterion"),
        ({"criterion": ""}, "wrong_criterion"),
        ({"value": 2}, "out_of_scale"),
        ({"value": -1}, "out_of_scale"),
        ({"value": 0.5}, "out_of_scale"),
        ({"value": True}, "out_of_scale"),
        ({"value": "1"}, "out_of_scale"),
        ({"value": None}, "out_of_scale"),
        ({"quote": ""}, "no_quote"),
        ({"quote": "vemurafenib 480 mg"}, "quote_not_found"),
        ({"quote": "Vemurafenib 960 mg"}, "quote_not_found"),
        ({"quote": "mg vemurafenib"}, "quote_not_found"),
        ({"quote": "m"}, "quote_not_found"),
        ({"quote": None}, "wrong_shape"),
        ({"reason": ["x"]}, "wrong_shape"),
        ({"more": 1}, "wrong_shape"),
    ],
)
def test_a_reply_with_one_thing_wrong_is_refused_by_its_name(
    changes: dict[str, object], rule: str
) -> None:
    """Check, criterion, value and quote each have to be right; the rest of the reply is."""
    question = asked("I would start vemurafenib 960 mg twice daily.")
    right = {
        "check": NONCE,
        "criterion": question.criterion_tag,
        "quote": "vemurafenib 960 mg",
        "reason": "Drug and dose.",
        "value": 1,
    }
    assert read_reply(json.dumps(right), question, NONCE) == CriterionGrade(
        value=1, quote="vemurafenib 960 mg", reason="Drug and dose."
    )

    found = read_reply(json.dumps({**right, **changes}), question, NONCE)

    assert isinstance(found, Fault)
    assert found.rule == rule
    assert found.words in WORDS.values()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "1",
        "null",
        "[]",
        "Value 1.",
        "{",
        '{"check": }',
        "```json\n{}\n```\n```json\n{}\n```",
        "NaN",
        "[" * 100_000,
        "{}" * 10_001,
    ],
)
def test_what_is_not_one_object_is_no_reply(said: str) -> None:
    """Nothing is searched for inside a reply that is something else."""
    found = read_reply(said, asked("x"), NONCE)
    assert isinstance(found, Fault)
    assert found.rule in {"not_json", "wrong_shape", "too_long"}


def test_a_mark_that_could_be_guessed_or_stands_in_a_text_is_refused() -> None:
    """The builder asks for another one rather than open a way out."""
    for answer, nonce in (("x", "short"), ("x", ""), (f"I know {NONCE}.", NONCE)):
        with pytest.raises(BadInputError, match="draw anew"):
            build_prompt(asked(answer), nonce)
    inside_the_case = asked("x").model_copy(update={"case": f"About {NONCE}"})
    with pytest.raises(BadInputError, match="draw anew"):
        build_prompt(inside_the_case, NONCE)


def test_a_second_prompt_says_what_was_wrong_in_words_of_ours() -> None:
    """One sentence for each fault, from a list; nothing of the faulty reply."""
    assert set(TEMPLATE.faults) == set(WORDS)
    for rule, words in TEMPLATE.faults.items():
        user = build_prompt(asked("x"), NONCE, fault=Fault(rule=rule)).user
        assert user.endswith(f"{words} Reply once more.")


def test_what_has_to_be_repeated_is_no_constant_of_the_schema() -> None:
    """A judge held to the schema would write a constant whatever it had obeyed."""
    schema = json.dumps(build_prompt(asked("x"), NONCE).reply_schema)
    assert NONCE not in schema
    assert asked("x").criterion_tag not in schema
