"""One question to a judge, what it is shown, and the address its grade is found at."""

from __future__ import annotations

from pydantic import BaseModel

from src.domain.canonical import JsonValue, digest, text_sha256
from src.domain.item import Criterion
from src.domain.judging.card import JudgeCard
from src.domain.judging.needs import shows_reference

CRITERION_TAG_LENGTH = 8


class JudgedImage(BaseModel, frozen=True, extra="forbid"):
    """An image a judge is shown: which it is and how the item calls it."""

    sha256: str
    label: str


class Question(BaseModel, frozen=True, extra="forbid"):
    """One criterion of one answer, with everything the judge is shown beside it."""

    item_id: str
    model: str
    criterion: Criterion
    answer: str
    """The prediction, exactly as the model gave it."""
    question: str
    case: str = ""
    """Case text and findings; empty where the judge is not shown them."""
    reference: str | None = None
    """The reference answer; None where the criterion says all there is to know."""
    images: tuple[JudgedImage, ...] = ()

    @property
    def answer_sha256(self) -> str:
        """The hash of the prediction."""
        return text_sha256(self.answer)

    @property
    def criterion_tag(self) -> str:
        """A short name of the criterion's wording, which the judge has to repeat."""
        return self.criterion.sha256[:CRITERION_TAG_LENGTH]

    @property
    def asked_sha256(self) -> str:
        """The hash by which scores find the grade: wording, and reference answer if shown."""
        return asked_sha256(self.criterion, self.reference)

    @property
    def shown(self) -> dict[str, JsonValue]:
        """What the judge was shown beside criterion and answer, by hashes."""
        return {
            "question": text_sha256(self.question),
            "case": text_sha256(self.case) if self.case else None,
            "reference": None if self.reference is None else text_sha256(self.reference),
            "images": [[image.sha256, image.label] for image in self.images],
        }


def asked_sha256(criterion: Criterion, reference: str | None, wording: str | None = None) -> str:
    """Return the hash of a criterion's wording and scale and, where shown, the reference answer.

    `wording` is the criterion's own hash, where it is at hand.
    """
    wording = criterion.sha256 if wording is None else wording
    if reference is None or not shows_reference(criterion):
        return wording
    return digest([wording, text_sha256(reference)])


def address_of(card: JudgeCard, template_sha256: str, question: Question) -> str:
    """Return the content address of a grade: the same question to the same judge, asked once.

    The nonce of a call is no part of it, nor is anything that only arithmetic uses: points,
    order, activity, names a review accepted.
    """
    return digest(
        {
            "judge": [card.name, card.model],
            "parameters": card.parameters,
            "template": template_sha256,
            "criterion": question.criterion.sha256,
            "shown": question.shown,
            "prediction": [question.item_id, question.model, question.answer_sha256],
        }
    )
