"""Judges' runs: what would be asked and at what price, asking it, and what came of it."""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from db import judging, predictions, releases
from db.database import Database, Transaction
from src.domain.errors import BadInputError, ConflictError, NotFoundError
from src.domain.item import Track
from src.domain.judging.card import JudgeCard
from src.domain.judging.prompt import TEMPLATE, PromptTemplate
from src.domain.judging.run import JudgeRun, Selection, identity_of
from src.domain.people import Actor, Role
from src.domain.prediction import Grade, GradeStatus
from src.images.store import ImageStore
from src.judges.judge import Judge
from src.services import own_reading_first
from src.services.judge_questions import Asker
from src.services.judge_work import Pace, Watcher, Worker, gone
from src.services.progress import Meter
from src.services.progress import Watcher as PlanWatcher

Clock = Callable[[], datetime]
MAY = (Role.EVALUATOR, Role.LEAD)
CONCURRENCY: Final = 16
MOST_AT_ONCE: Final = 256
FAILURES_SHOWN: Final = 50
REASONS_SHOWN: Final = 10


class JudgePlan(BaseModel, frozen=True, extra="forbid"):
    """What a run would ask, before anything is asked. Tokens and price are estimates."""

    judge: str
    models: tuple[str, ...]
    asked: int
    """Questions without a stored grade: each is one call, or two where a reply is of no use."""
    cached: int
    by_track: dict[Track, int]
    images: int
    """Images that would be sent, counted each time."""
    tokens_in: int
    tokens_out: int
    cost: float
    """USD."""
    most_cost: float
    """USD: the most it could be, were every reply as long as it may be, asked for twice, and each
    time sent three times."""


class Failures(BaseModel, frozen=True, extra="forbid"):
    """Questions that brought no grade, with the judge's words."""

    grades: tuple[Grade, ...]
    withheld: int
    """How many more concern items of which the actor's own reading is still to come."""


class Reason(BaseModel, frozen=True, extra="forbid"):
    """Why questions have no grade."""

    status: GradeStatus
    reason: str
    grades: int
    """Of how many questions."""


class JudgeReport(BaseModel, frozen=True, extra="forbid"):
    """What one piece of work on a run did; `run` is the whole run as it stands."""

    run: JudgeRun
    asked: int
    """Questions settled, failed ones included."""
    cached: int
    """Questions whose grade was there already."""
    failed: int
    """Questions without a grade: unscored, and asked again by the next run."""
    unscored: dict[GradeStatus, int]
    """The same questions by what became of them."""
    reasons: tuple[Reason, ...]
    """The most frequent reasons, at most 10, the first one first."""
    calls: int
    """What was sent, failed tries and second prompts included."""
    tokens_in: int
    tokens_out: int
    cost: float
    """USD."""
    estimated: int
    """Calls of which the judge did not say how many tokens: these, and their cost, are the most
    that the texts can have been."""
    stopped: str = ""
    """Why not all was asked; empty when it was."""
    seconds: float


class Judging:
    """Asks judges about answers. Grades are found again by what was asked, never asked twice."""

    def __init__(
        self,
        database: Database,
        store: ImageStore,
        clock: Clock,
        template: PromptTemplate = TEMPLATE,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._template = template

    def plan(
        self,
        actor: Actor,
        card: JudgeCard,
        selection: Selection = Selection(),
        watch: PlanWatcher | None = None,
    ) -> JudgePlan:
        """Return what would be asked, how much is there already, and the price; ask nothing."""
        actor.require(*MAY)
        self._check(selection)
        asker, total = Asker(card, self._template), self._answers(selection)
        meter = Meter(watch, total, "planning")
        by_track: Counter[Track] = Counter()
        asked = cached = images = tokens_in = tokens_out = done = 0
        most = 0.0
        models: set[str] = set()
        for page in asker.pages(self._database, selection, self._release()):
            with self._database.reading() as t:
                known = judging.graded(t, [wanted.job.address for wanted in page])
            for wanted in page:
                models.add(wanted.job.model)
                if wanted.job.address in known:
                    cached += 1
                    continue
                asked += 1
                images += wanted.images
                tokens_in += wanted.likely_in
                tokens_out += wanted.likely_out
                most += wanted.job.most_cost
                by_track[Track(wanted.job.item_id.split("/")[1])] += 1
            done += len({(wanted.job.item_id, wanted.job.model) for wanted in page})
            meter.at(min(done, total))
        return JudgePlan(
            judge=card.name,
            models=tuple(sorted(models)),
            asked=asked,
            cached=cached,
            by_track={track: by_track[track] for track in Track if by_track[track]},
            images=images,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost=card.cost(tokens_in, tokens_out),
            most_cost=most,
        )

    async def run(
        self,
        actor: Actor,
        card: JudgeCard,
        judge: Judge,
        selection: Selection = Selection(),
        *,
        budget: float | None = None,
        concurrency: int = CONCURRENCY,
        watch: Watcher | None = None,
        pace: Pace = Pace(),
    ) -> JudgeReport:
        """Ask for every grade that is missing, at most so many at a time, and report.

        A run of the same judge over the same answers that is not finished is taken up again: by
        a second worker beside the first, or after a stop, whatever stopped it. `budget` is in
        USD and of the whole run; it stops before a call that could pass it. Without one a new
        run has no limit, and one that is taken up keeps its own. A failed question is unscored,
        never 0, and asked again by the next run.
        """
        actor.require(*MAY)
        if not 1 <= concurrency <= MOST_AT_ONCE:
            message = f"At least 1 and at most {MOST_AT_ONCE} calls can be under way at once."
            raise BadInputError(message)
        if budget is not None and not (0 <= budget < math.inf):
            raise BadInputError("A budget is a number of USD, no less than 0.")
        self._check(selection)
        asker = Asker(card, self._template)
        run, cached = self._begin(actor, asker, selection, budget)
        began = pace.monotonic()
        worker = Worker(
            self._database,
            self._store,
            self._clock,
            asker,
            judge,
            run,
            actor.person_id,
            concurrency=concurrency,
            watch=watch,
            pace=pace,
        )
        stopped = "It was cut off."
        try:
            stopped = await worker.go()
        finally:
            run = self._end(actor, run.run_id, stopped)
        tally = worker.tally
        return JudgeReport(
            run=run,
            asked=tally.asked,
            cached=cached,
            failed=tally.failed,
            unscored=_by_status(tally.reasons),
            reasons=tuple(
                Reason(status=status, reason=words, grades=number)
                for (status, words), number in tally.reasons.most_common(REASONS_SHOWN)
            ),
            calls=tally.calls,
            tokens_in=tally.tokens_in,
            tokens_out=tally.tokens_out,
            cost=tally.cost,
            estimated=tally.estimated,
            stopped=stopped,
            seconds=pace.monotonic() - began,
        )

    def runs(self, actor: Actor, size: int = 20) -> list[JudgeRun]:
        """Return the newest runs, newest first."""
        actor.require(*MAY)
        with self._database.reading() as t:
            return judging.runs(t, size)

    def get(self, actor: Actor, run_id: str) -> JudgeRun:
        """Return a run. Raises NotFoundError when there is none."""
        actor.require(*MAY)
        with self._database.reading() as t:
            return _found(judging.run_of(t, run_id), run_id)

    def goes_on(self, actor: Actor, run: JudgeRun) -> bool:
        """Return True while somebody works on a run: it has not ended, and was not cut off."""
        actor.require(*MAY)
        if run.state not in ("running", "stopping"):
            return False
        with self._database.reading() as t:
            return not _is_cut_off(t, run, self._clock())

    def stop(self, actor: Actor, run_id: str) -> JudgeRun:
        """Ask a run to stop: calls under way are waited for, then every worker ends.

        One that nobody works on any more is stopped at once. Raises ConflictError for a run that
        has ended.
        """
        actor.require(*MAY)
        now = self._clock()
        with self._database.transaction() as t:
            run = _found(judging.run_of(t, run_id), run_id)
            if run.state not in ("running", "stopping"):
                raise ConflictError("This run has ended already.")
            state = "stopped" if _is_cut_off(t, run, now) else "stopping"
            return judging.change_run(
                t, run_id, state, actor.person_id, now, state=state, reason="Stopped."
            )

    def ledger(self, actor: Actor, run_id: str, after: str = "", size: int = 200) -> list[Grade]:
        """Return a page of what a run made, with every call; `after` is the last key before it.

        Without what concerns items of which the actor's own reading is still to come.
        """
        actor.require(*MAY)
        with self._database.reading() as t:
            told, _ = _without_kept(t, actor, judging.ledger(t, run_id, after, size))
            return told

    def failures(self, actor: Actor, run_id: str) -> Failures:
        """Return the newest questions of a run that brought no grade, of at most 50."""
        actor.require(*MAY)
        with self._database.reading() as t:
            found = judging.failures(t, run_id, FAILURES_SHOWN)
            told, withheld = _without_kept(t, actor, found)
            return Failures(grades=tuple(told), withheld=withheld)

    def judges(self, actor: Actor) -> list[str]:
        """Return the names of all judges that gave a grade."""
        actor.require(*MAY)
        with self._database.reading() as t:
            return judging.judges(t)

    def panel(self, actor: Actor) -> tuple[str, ...]:
        """Return the judges by whose majority scores go; none: the newest grade of any counts."""
        actor.require(*MAY)
        with self._database.reading() as t:
            return predictions.panel(t)

    def choose_panel(self, actor: Actor, judges: Sequence[str]) -> tuple[str, ...]:
        """Let scores go by what more than half of these judges say; of none, by the newest grade.

        Each judge's grades stay as they are: the panel's value is computed when it is read.
        Raises NotFoundError for a judge that gave no grade, and BadInputError for one named
        twice, who would be no majority.
        """
        actor.require(*MAY)
        twice = [name for name, number in Counter(judges).items() if number > 1]
        if twice:
            raise BadInputError(f"A panel has each judge once: {twice[0]!r} is named twice.")
        with self._database.transaction() as t:
            known = judging.judges(t)
            unknown = [name for name in judges if name not in known]
            if unknown:
                raise NotFoundError(f"The judge {unknown[0]!r} has given no grade yet.")
            predictions.set_panel(t, judges, actor.person_id, self._clock())
            return predictions.panel(t)

    def _release(self) -> int:
        """Return the newest release, whose gold is asked beside what was imported; 0 for none."""
        with self._database.reading() as t:
            known = releases.all_of(t)
        return known[0].number if known else 0

    def _check(self, selection: Selection) -> None:
        with self._database.reading() as t:
            known = {model.name for model in predictions.models(t)}
        unknown = [name for name in selection.models if name not in known]
        if unknown:
            raise NotFoundError(f"There is no model {unknown[0]!r}: import its answers first.")

    def _answers(self, selection: Selection) -> int:
        with self._database.reading() as t:
            counted = predictions.answer_counts(t)
        return sum(
            number
            for model, track, condition, number in counted
            if condition == selection.condition
            and (not selection.models or model in selection.models)
            and (not selection.tracks or Track(track) in selection.tracks)
        )

    def _begin(
        self, actor: Actor, asker: Asker, selection: Selection, budget: float | None
    ) -> tuple[JudgeRun, int]:
        """Open a run, or the one that is open, and give it every question without a grade.

        Pages are added one by one, each in a short transaction: what stops this leaves a run
        that the next call fills up. What failed is asked again only where the run is taken up,
        not by who joins it under way. Returns the run and how many grades were there.
        """
        run, joins = self._opened(actor, asker, selection, budget)
        with self._database.transaction() as t:
            if not joins:
                judging.put_failed_last(t, run.run_id)
            judging.drop_graded(t, run.run_id)
        cached = 0
        for page in asker.pages(self._database, selection, self._release()):
            with self._database.transaction() as t:
                known = judging.graded(t, [wanted.job.address for wanted in page])
                new = [wanted.job for wanted in page if wanted.job.address not in known]
                judging.add_jobs(t, run.run_id, new, self._clock(), failed_again=not joins)
            cached += len(known)
        with self._database.transaction() as t:
            judging.note_cached(t, run.run_id, cached)
        return run, cached

    def _opened(
        self, actor: Actor, asker: Asker, selection: Selection, budget: float | None
    ) -> tuple[JudgeRun, bool]:
        """Return a run that was opened or taken up, or one that is under way, and whether it is."""
        identity = identity_of(asker.card, self._template.sha256, selection)
        now, by = self._clock(), actor.person_id
        with self._database.transaction() as t:
            run = judging.open_run(t, identity)
            if run is not None:
                budget = run.budget if budget is None else budget
                is_new = (run.state, run.budget) != ("running", budget) or _is_cut_off(t, run, now)
                if not is_new:
                    return run, True
                judging.let_go(t, run.run_id, gone(judging.workers(t, run.run_id)))
                changes = {"state": "running", "reason": "", "budget": budget}
                return judging.change_run(t, run.run_id, "resumed", by, now, **changes), False
            run = JudgeRun(
                run_id=f"judge-{secrets.token_hex(6)}",
                judge=asker.card.name,
                card=asker.card,
                selection=selection.in_order,
                template_sha256=self._template.sha256,
                budget=budget,
                state="running",
                by=by,
                begun_at=now,
                changed_at=now,
                seen_at=now,
            )
            judging.add_run(t, run, identity)
        return run, False

    def _end(self, actor: Actor, run_id: str, stopped: str) -> JudgeRun:
        """Close a run that has nothing left, or note why it stopped; others may still be at it."""
        now, by = self._clock(), actor.person_id
        with self._database.transaction() as t:
            run = _found(judging.run_of(t, run_id), run_id)
            if run.state == "finished":
                return run
            waits, held = judging.count_left(t, run_id)
            if not waits and not held:
                judging.clear_jobs(t, run_id)
                return judging.change_run(
                    t, run_id, "finished", by, now, state="finished", reason=""
                )
            if stopped and not held and run.state != "stopped":
                return judging.change_run(
                    t, run_id, "stopped", by, now, state="stopped", reason=stopped
                )
            return run


def _by_status(reasons: Counter[tuple[GradeStatus, str]]) -> dict[GradeStatus, int]:
    found: Counter[GradeStatus] = Counter()
    for (status, _), number in reasons.items():
        found[status] += number
    return dict(found)


def _is_cut_off(t: Transaction, run: JudgeRun, now: datetime) -> bool:
    """Return True when a run should be going on and nobody works on it.

    Of processes on this machine that is known at once: all who hold a question of it are gone. Of
    others when nobody was heard of for a minute.
    """
    if run.state not in ("running", "stopping"):
        return False
    workers = judging.workers(t, run.run_id)
    return run.is_cut_off(now) or (bool(workers) and len(gone(workers)) == len(workers))


def _found(run: JudgeRun | None, run_id: str) -> JudgeRun:
    if run is None:
        raise NotFoundError(f"There is no run {run_id!r}.")
    return run


def _without_kept(t: Transaction, actor: Actor, grades: Sequence[Grade]) -> tuple[list[Grade], int]:
    """Return what a judge said of items somebody may know of, and how much of others."""
    kept = own_reading_first.kept_from(t, actor, sorted({grade.item_id for grade in grades}))
    told = [grade for grade in grades if grade.item_id not in kept]
    return told, len(grades) - len(told)
