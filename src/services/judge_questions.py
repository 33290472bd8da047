"""What a judge would be asked: every active criterion of every answer, as imported and as gold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from db import items, predictions
from db.database import Database, Transaction
from src.domain.evidence import EvidenceLink
from src.domain.gold import Gold
from src.domain.item import Criterion, Item, ItemContent, Track
from src.domain.judging.card import USUAL_REPLY_TOKENS, JudgeCard, likely_tokens, most_tokens
from src.domain.judging.needs import images_needed, shows_reference
from src.domain.judging.prompt import PromptTemplate, build_prompt
from src.domain.judging.question import JudgedImage, Question, address_of
from src.domain.judging.reply import Fault
from src.domain.judging.run import ATTEMPTS, TRIES, Job, Selection
from src.domain.prediction import Condition, Prediction
from src.services.answer_scores import reviewed_content

PAGE: Final = 100
NO_NONCE: Final = "\x00" * 16
"""Stands for a nonce where a prompt is only measured: no shown text can hold it."""


@dataclass(frozen=True)
class Side:
    """An item as one of the two bases asks it."""

    item: Item
    release: int
    """The release it is gold of; 0 as imported."""
    content: ItemContent
    criteria: tuple[Criterion, ...]
    statements: Mapping[str, tuple[EvidenceLink, ...]]
    """What its claims say -> what they rest on."""


@dataclass(frozen=True)
class Wanted:
    """One question, the address of its grade, and what asking it takes."""

    job: Job
    question: Question
    likely_in: int
    """Tokens of the prompt, as they usually are."""
    images: int

    @property
    def likely_out(self) -> int:
        """Tokens of a reply, as they usually are."""
        return USUAL_REPLY_TOKENS


class Asker:
    """Makes questions to one judge, the same ones each time."""

    def __init__(self, card: JudgeCard, template: PromptTemplate) -> None:
        self.card = card
        self.template = template
        self._sha256 = template.sha256

    def pages(
        self, database: Database, selection: Selection, release: int
    ) -> Iterator[list[Wanted]]:
        """Yield, for pages of items, the questions about the answers that fit what is asked.

        An answer to other visible content is none to this item. The same wording in gold as
        imported is one question; so is one that stands twice in a rubric.
        """
        for track in selection.tracks or tuple(Track):
            after = ""
            while True:
                with database.reading() as t:
                    ids = items.ids_after(t, after, PAGE, track)
                    answers = _answers(t, ids, selection.condition, selection.models)
                    sides = sides_of(t, list(answers), release)
                yield self._page(sides, answers)
                if len(ids) < PAGE:
                    break
                after = ids[-1]

    def _page(
        self, sides: Sequence[Side], answers: Mapping[str, Sequence[Prediction]]
    ) -> list[Wanted]:
        found: dict[str, Wanted] = {}
        for side in sides:
            for answer in fitting_to(answers[side.item.item_id], side):
                for criterion in side.criteria:
                    wanted = self.wanted(side, criterion, answer)
                    found.setdefault(wanted.job.address, wanted)
        return list(found.values())

    def wanted(self, side: Side, criterion: Criterion, answer: Prediction) -> Wanted:
        """Return the question about one criterion of one answer."""
        question = self.question(side, criterion, answer)
        second = build_prompt(question, NO_NONCE, self.template, Fault(rule="quote_not_found"))
        images = len(question.images)
        # Each failed try may have been paid for, though nothing came of it.
        calls = ATTEMPTS * TRIES
        most = calls * most_tokens(second.text, images)
        job = Job(
            address=address_of(self.card, self._sha256, question),
            item_id=side.item.item_id,
            item_version=side.item.version,
            release=side.release,
            model=answer.model,
            criterion_id=criterion.criterion_id,
            prediction_sha256=answer.sha256,
            most_cost=self.card.cost(most, calls * self.card.reply_tokens),
        )
        return Wanted(job, question, likely_tokens(len(second.text), images), images)

    def question(self, side: Side, criterion: Criterion, answer: Prediction) -> Question:
        """Return what the judge is asked and shown."""
        content = side.content
        images = (
            images_needed(criterion, content.images, side.statements)
            if self.card.sees_images
            else ()
        )
        return Question(
            item_id=side.item.item_id,
            model=answer.model,
            criterion=criterion,
            answer=answer.text,
            question=content.question,
            case=_case(content) if self.card.shows_case else "",
            reference=content.answer if shows_reference(criterion) else None,
            images=tuple(
                JudgedImage(sha256=i.sha256, label=i.slot_name or f"Image {i.position}")
                for i in images
            ),
        )

    def asked_again(
        self, t: Transaction, jobs: Sequence[Job], condition: Condition
    ) -> dict[str, Question]:
        """Return address -> question for those of the jobs that are still what they were."""
        by_release: dict[int, list[Job]] = defaultdict(list)
        for job in jobs:
            by_release[job.release].append(job)
        found: dict[str, Question] = {}
        for release, group in by_release.items():
            ids = sorted({job.item_id for job in group})
            models = sorted({job.model for job in group})
            answers = _answers(t, ids, condition, models)
            sides = {
                (side.item.item_id, side.release): side
                for side in sides_of(t, list(answers), release)
            }
            for job in group:
                question = self._of_job(job, sides.get((job.item_id, release)), answers)
                if question is not None:
                    found[job.address] = question
        return found

    def _of_job(
        self, job: Job, side: Side | None, answers: Mapping[str, Sequence[Prediction]]
    ) -> Question | None:
        if side is None or side.item.version != job.item_version:
            return None
        criterion = next((c for c in side.criteria if c.criterion_id == job.criterion_id), None)
        fitting = [a for a in fitting_to(answers[job.item_id], side) if a.model == job.model]
        if criterion is None or not fitting:
            return None
        question = self.question(side, criterion, fitting[0])
        is_same = address_of(self.card, self._sha256, question) == job.address
        return question if is_same else None


def sides_of(t: Transaction, ids: Sequence[str], release: int) -> list[Side]:
    """Return the items as their newest import asks them and, with a release, as its gold does.

    Gold that was rejected asks nothing.
    """
    if not ids:
        return []
    latest = items.latest_versions(t, ids)
    newest = items.get_many(t, [(item_id, version) for item_id, (version, *_) in latest.items()])
    sides = [_imported(item) for item in newest.values()]
    if release:
        golds = predictions.golds_of(t, release, ids)
        read = items.get_many(t, [(item_id, gold.item_version) for item_id, gold in golds.items()])
        sides += [
            gold_side(read[item_id], gold, release)
            for item_id, gold in golds.items()
            if gold.status == "accepted"
        ]
    return sorted(sides, key=lambda side: (side.item.item_id, side.release))


def _imported(item: Item) -> Side:
    return Side(
        item=item,
        release=0,
        content=item.content,
        criteria=_active(item.criteria),
        statements={claim.text: claim.links for claim in item.claims},
    )


def gold_side(item: Item, gold: Gold, release: int) -> Side:
    """Return an item as its gold in a release asks it; `item` is the version that was read."""
    return Side(
        item=item,
        release=release,
        content=reviewed_content(item.content, gold),
        criteria=_active(gold.body.criteria),
        statements={claim.text: claim.evidence for claim in gold.body.claims},
    )


def _active(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    return tuple(criterion for criterion in criteria if criterion.active)


def _case(content: ItemContent) -> str:
    """Return the case text and its findings as one text."""
    findings = [f"{finding.title}\n{finding.body}".strip() for finding in content.findings]
    return "\n\n".join(part for part in (content.context, *findings) if part)


def _answers(
    t: Transaction, ids: Sequence[str], condition: Condition, models: Sequence[str]
) -> dict[str, list[Prediction]]:
    found: dict[str, list[Prediction]] = defaultdict(list)
    for answer in predictions.answers(t, condition, ids, models):
        found[answer.item_id].append(answer)
    return found


def fitting_to(answers: Sequence[Prediction], side: Side) -> list[Prediction]:
    """Return each model's newest answer to exactly what the side shows, by model."""
    visible = side.content.visible_sha256
    newest = {a.model: a for a in answers if a.visible_sha256 == visible}
    return [newest[model] for model in sorted(newest)]
