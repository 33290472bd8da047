"""One worker of a judge's run: takes questions in leases, asks many at a time, stores in batches.

A call counts as in flight until its grade is stored: whatever kills the worker, at most as many
calls as may be in flight are made again.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from db import judging
from db.database import Database
from src.domain.canonical import text_sha256
from src.domain.errors import BadInputError, DatabaseError, NotFoundError
from src.domain.judging.failure import sentence
from src.domain.judging.prompt import Prompt, build_prompt
from src.domain.judging.question import Question
from src.domain.judging.reply import CriterionGrade, Fault, read_reply
from src.domain.judging.run import ATTEMPTS, LEASE, RENEW_SECONDS, Job, JudgeRun
from src.domain.prediction import Grade, GradeStatus, JudgeCall
from src.images.store import ImageStore
from src.judges.guarded import GuardedJudge
from src.judges.judge import Judge, JudgeError, JudgeImage, JudgeReply, JudgeRequest
from src.judges.patience import ask_patiently
from src.judges.turnstile import Turnstile
from src.services.judge_questions import Asker

Clock = Callable[[], datetime]
FAILURES_IN_A_ROW: Final = 20
"""So many questions without any reply, one after the other, and the run stops."""
ITEMS_IN_A_ROW: Final = 3
"""Failures that may be a matter of their question (a prompt too long, an image too large) count
toward these only when they are of so many items."""
LONGEST_BATCH_SECONDS: Final = 0.25
WAIT_FOR_OTHERS_SECONDS: Final = 1.0
STORE_TRIES: Final = 5
MARKS_DRAWN: Final = 5
NO_IMAGE: Final = "An image that the criterion needs is not in the image store."
ENOUGH: Final = "What is left of the budget may not pay for another call."
TOO_DEAR: Final = (
    "Nothing was asked, and nothing is spent: one question may cost up to {most:.4f} USD, more "
    "than the budget of {budget:.4f} USD."
)
KEY_FIRST: Final = "Put the key (RARE_REVIEW_JUDGE_API_KEY) right first."
STOPPED: Final = "Stopped."
"""Somebody wanted it so."""


class JudgeProgress(BaseModel, frozen=True, extra="forbid"):
    """How far a run is, and how fast this worker is."""

    run: JudgeRun
    in_flight: int
    asked: int
    """Questions settled by this worker."""
    seconds: float

    @property
    def rate(self) -> float:
        """Grades a second."""
        return self.asked / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The estimate of what is still to come; None while it is too early to say."""
        return self.run.left / self.rate if self.rate and self.seconds >= 1 else None


Watcher = Callable[[JudgeProgress], bool]
"""Hears of progress; returns False to stop."""


@dataclass(frozen=True)
class Pace:
    """Time and chance, as the worker has them."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    draw: Callable[[], float] = random.random
    """0 to 1: spreads tries that failed together."""
    nonce: Callable[[], str] = lambda: secrets.token_hex(8)
    monotonic: Callable[[], float] = time.monotonic


@dataclass
class Tally:
    """What this worker did."""

    asked: int = 0
    failed: int = 0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    reasons: Counter[tuple[GradeStatus, str]] = field(default_factory=Counter)
    """How and why there is no grade -> of how many questions."""
    estimated: int = 0
    """Calls of which the judge did not say how many tokens they took."""


@dataclass
class Streak:
    """Failures one after the other, and whether they say something of the judge."""

    failures: int = 0
    of_judge: int = 0
    """Those that are no matter of their question."""
    items: set[str] = field(default_factory=set)

    def add(self, item_id: str, of_question: bool) -> None:
        """Count a failure."""
        self.failures += 1
        self.of_judge += not of_question
        self.items.add(item_id)

    @property
    def is_hopeless(self) -> bool:
        """Return True when no end of it is to be hoped for.

        What one item alone meets for good ends no run: nothing behind it would ever be asked.
        """
        counted = self.failures if len(self.items) >= ITEMS_IN_A_ROW else self.of_judge
        return counted >= FAILURES_IN_A_ROW


def is_of_budget(reason: str) -> bool:
    """Tell whether a run stopped because its budget covers no further question."""
    return reason == ENOUGH or reason.startswith(TOO_DEAR.partition("{")[0])


def is_of_key(reason: str) -> bool:
    """Tell whether a run stopped because its key is wrong, or has no right to ask."""
    return reason.endswith(KEY_FIRST)


def worker_name() -> str:
    """Return a name that tells, on this machine, whether its process still lives."""
    return f"{_machine()}/{os.getpid()}/{secrets.token_hex(4)}"


def _machine() -> str:
    """Return the machine's name and the space its process numbers are of."""
    space = Path("/proc/self/ns/pid")
    number = space.stat().st_ino if space.exists() else 0
    return f"{socket.gethostname()}:{number}"


def gone(workers: Collection[str]) -> list[str]:
    """Return those workers of this machine whose process is no more; of others nobody knows."""
    found = []
    for worker in workers:
        machine, _, rest = worker.partition("/")
        number = rest.partition("/")[0]
        if machine == _machine() and number.isdigit() and not _lives(int(number)):
            found.append(worker)
    return found


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Worker:
    """Works on a run until nothing is left, somebody stops it, or the judge is beyond hope."""

    def __init__(
        self,
        database: Database,
        store: ImageStore,
        clock: Clock,
        asker: Asker,
        judge: Judge,
        run: JudgeRun,
        actor: str,
        *,
        concurrency: int,
        watch: Watcher | None,
        pace: Pace,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._asker = asker
        self._judge = GuardedJudge(judge, asker.card.reply_tokens)
        self._run = run
        self._actor = actor
        self._concurrency = concurrency
        self._batch = max(1, concurrency // 4)
        self._watch = watch
        self._pace = pace
        self._name = worker_name()
        self._began = pace.monotonic()
        self._renewed = self._stored = self._looked = self._began
        self._streak = Streak()
        self._of_question: set[str] = set()
        self._stop = ""
        self._turnstile = Turnstile(concurrency)
        self._pending: set[asyncio.Task[Grade | None]] = set()
        self._finished: list[Grade] = []
        self._obsolete: list[str] = []
        self._more = True
        self._is_storing = False
        self.tally = Tally()

    async def go(self) -> str:
        """Work; return why it stopped, or nothing when all is settled."""
        try:
            while True:
                if self._stop:
                    self._turnstile.stop()
                await self._take_more()
                if not self._pending and not self._finished and not self._obsolete:
                    if self._stop or not await self._wait_for_others():
                        return self._stop
                    continue
                await self._wait_a_little()
                await self._store_batch()
                await self._look_around()
        finally:
            for task in self._pending:
                task.cancel()
            await asyncio.gather(*self._pending, return_exceptions=True)
            await self._leave()

    async def _leave(self) -> None:
        """Store what is answered, whatever ends the work, and let others take the rest."""
        cut_off = [task.get_name() for task in self._pending if task.cancelled()]
        self._finished += _answered(self._pending)
        try:
            if self._finished and not self._is_storing:
                await asyncio.to_thread(self._keep)
        finally:
            await asyncio.to_thread(self._give_back, cut_off)

    # ---- leases ---------------------------------------------------------------------------

    async def _take_more(self) -> None:
        free = self._concurrency - len(self._pending) - len(self._finished)
        if self._stop or not self._more or free < self._batch:
            return
        jobs, questions, short_of = await asyncio.to_thread(self._lease, free)
        self._more = len(jobs) == free
        if short_of is not None:
            self._stop = self._too_little(short_of)
        self._obsolete += [job.address for job in jobs if job.address not in questions]
        for job in jobs:
            if job.address in questions:
                grading = self._grade(job, questions[job.address])
                self._pending.add(asyncio.create_task(grading, name=job.address))

    def _too_little(self, most: float) -> str:
        """Return why the budget ends the run: it is used up, or was never enough for a question."""
        budget = self._run.budget
        if budget is None or self._run.calls or self.tally.calls:
            return ENOUGH
        return TOO_DEAR.format(most=most, budget=budget)

    def _lease(self, size: int) -> tuple[list[Job], dict[str, Question], float | None]:
        now = self._clock()
        run_id = self._run.run_id
        with self._database.reading() as t:
            missing = gone(judging.workers(t, run_id))
        with self._database.transaction() as t:
            until = now + LEASE
            jobs, short_of = judging.lease(
                t, run_id, self._name, size, now=now, until=until, gone=missing
            )
        with self._database.reading() as t:
            questions = self._asker.asked_again(t, jobs, self._run.selection.condition)
        return jobs, questions, short_of

    def _give_back(self, cut_off: Collection[str]) -> None:
        with self._database.transaction() as t:
            judging.give_back(t, self._run.run_id, self._name, cut_off)

    async def _wait_for_others(self) -> bool:
        """Return False when nothing is left; what others hold may yet come back from them."""
        waits, held = await asyncio.to_thread(self._left)
        if not waits and not held:
            return False
        if held:
            await self._pace.sleep(WAIT_FOR_OTHERS_SECONDS)
            await self._look_around()
        self._more = True
        return True

    def _left(self) -> tuple[bool, bool]:
        with self._database.reading() as t:
            return judging.count_left(t, self._run.run_id)

    # ---- storing --------------------------------------------------------------------------

    async def _wait_a_little(self) -> None:
        if self._pending:
            done, self._pending = await asyncio.wait(
                self._pending,
                timeout=LONGEST_BATCH_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            self._finished += _answered(done)
            for task in done:
                task.result()

    async def _store_batch(self) -> None:
        waited = self._pace.monotonic() - self._stored >= LONGEST_BATCH_SECONDS
        ready = len(self._finished) + len(self._obsolete)
        if not ready or not (ready >= self._batch or waited or not self._pending):
            return
        self._is_storing = True
        await self._keep_patiently()
        self._is_storing = False
        self._stored = self._pace.monotonic()
        for grade in self._finished:
            self._count(grade)
        self._finished, self._obsolete, self._more = [], [], True

    async def _keep_patiently(self) -> None:
        """Store the batch; what was paid for is not given up because the database is busy."""
        for number in range(STORE_TRIES):
            try:
                await asyncio.to_thread(self._keep)
                return
            except DatabaseError:
                if number == STORE_TRIES - 1:
                    raise
                await self._pace.sleep(WAIT_FOR_OTHERS_SECONDS)

    def _keep(self) -> None:
        with self._database.transaction() as t:
            judging.store(
                t,
                self._run.run_id,
                self._name,
                self._finished,
                self._obsolete,
                self._actor,
                self._clock(),
            )

    def _count(self, grade: Grade) -> None:
        tally = self.tally
        tally.asked += 1
        if grade.status != "ok":
            tally.failed += 1
            tally.reasons[(grade.status, grade.rationale)] += 1
        tally.calls += grade.attempts
        tally.tokens_in += grade.tokens_in
        tally.tokens_out += grade.tokens_out
        tally.cost += grade.cost
        tally.estimated += sum(call.estimated for call in grade.calls)
        is_outage = grade.status == "api_error" and self._asker.card.provider != "replay"
        of_question = grade.address in self._of_question
        self._of_question.discard(grade.address)
        if is_outage:
            self._streak.add(grade.item_id, of_question)
        else:
            self._streak = Streak()
        if self._streak.is_hopeless and not self._stop:
            self._stop = f"{FAILURES_IN_A_ROW} calls in a row failed. {sentence(grade.rationale)}"

    async def _look_around(self) -> None:
        """Renew what is held, and hear whether somebody wants to stop; a few times a second."""
        now = self._pace.monotonic()
        if now - self._looked < LONGEST_BATCH_SECONDS:
            return
        self._looked = now
        if now - self._renewed >= RENEW_SECONDS:
            self._renewed = now
            await asyncio.to_thread(self._renew)
        self._run = await asyncio.to_thread(self._now)
        if self._run.state == "stopping" and not self._stop:
            self._stop = self._run.reason or STOPPED
        if self._watch is None or self._stop:
            return
        progress = JudgeProgress(
            run=self._run,
            in_flight=len(self._pending),
            asked=self.tally.asked,
            seconds=now - self._began,
        )
        if not self._watch(progress):
            self._stop = STOPPED

    def _renew(self) -> None:
        now = self._clock()
        with self._database.transaction() as t:
            judging.renew(t, self._run.run_id, self._name, now, now + LEASE)

    def _now(self) -> JudgeRun:
        with self._database.reading() as t:
            run = judging.run_of(t, self._run.run_id)
        assert run is not None, "runs are never deleted"
        return run

    # ---- one question ---------------------------------------------------------------------

    async def _grade(self, job: Job, question: Question) -> Grade | None:
        """Ask one question, once more after a reply that cannot be used; never a 0 for nothing.

        None when the work was stopped before anything came of it: the question waits again.
        """
        calls: list[JudgeCall] = []
        version = ""
        fault: Fault | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                images = await asyncio.to_thread(self._images, question)
            except NotFoundError:
                self._of_question.add(job.address)
                return self._made(job, question, calls, version, "api_error", NO_IMAGE)
            nonce, prompt = self._prompt(question, fault)
            request = _request(question, prompt, nonce, images, attempt)
            call, reply = await self._call(request, prompt)
            if not call.tries:
                break
            calls.append(call)
            if isinstance(reply, JudgeError):
                if reply.hopeless and not self._stop:
                    self._stop = sentence(reply.message)
                    if reply.of_key:
                        self._stop = f"{self._stop} {KEY_FIRST}"
                if reply.permanent and not reply.hopeless:
                    self._of_question.add(job.address)
                status: GradeStatus = "refused" if reply.refused else "api_error"
                return self._made(job, question, calls, version, status, reply.message)
            version = reply.version
            read = read_reply(reply.text, question, nonce)
            if isinstance(read, CriterionGrade):
                return self._made(job, question, calls, version, "ok", read.reason, read)
            fault = Fault(rule="cut_off") if reply.cut_off else read
            calls[-1] = call.model_copy(update={"fault": fault.words})
        if fault is None:
            return None
        return self._made(job, question, calls, version, "parse_error", fault.words)

    def _prompt(self, question: Question, fault: Fault | None) -> tuple[str, Prompt]:
        for _ in range(MARKS_DRAWN):
            nonce = self._pace.nonce()
            try:
                return nonce, build_prompt(question, nonce, self._asker.template, fault)
            except BadInputError:
                continue
        raise AssertionError("a random mark stood in the texts five times")

    async def _call(
        self, request: JudgeRequest, prompt: Prompt
    ) -> tuple[JudgeCall, JudgeReply | JudgeError]:
        at, began = self._clock().isoformat(), self._pace.monotonic()
        found: JudgeReply | JudgeError
        try:
            found, tries = await ask_patiently(
                self._judge,
                request,
                sleep=self._pace.sleep,
                draw=self._pace.draw,
                turnstile=self._turnstile,
            )
        except JudgeError as error:
            found, tries = error, error.tries
        call = JudgeCall(
            at=at,
            attempt=request.attempt,
            tries=tries,
            latency_ms=round(1000 * (self._pace.monotonic() - began)),
            prompt_sha256=text_sha256(prompt.text),
        )
        used = found.usage
        cost = self._asker.card.cost(used.tokens_in, used.tokens_out)
        call = call.model_copy(update={**used.model_dump(), "cost": cost})
        if isinstance(found, JudgeError):
            return call.model_copy(update={"fault": found.message}), found
        said = {"raw": storable(found.text), "left_out": found.left_out}
        return call.model_copy(update=said), found

    def _images(self, question: Question) -> tuple[JudgeImage, ...]:
        files = [self._store.open(image.sha256, "view") for image in question.images]
        return tuple(JudgeImage(media_type=f.media_type, content=f.read()) for f in files)

    def _made(
        self,
        job: Job,
        question: Question,
        calls: Sequence[JudgeCall],
        version: str,
        status: GradeStatus,
        words: str,
        given: CriterionGrade | None = None,
    ) -> Grade:
        return Grade(
            model=job.model,
            item_id=job.item_id,
            criterion_id=job.criterion_id,
            criterion_sha256=question.criterion.sha256,
            prediction_sha256=question.answer_sha256,
            judge=self._asker.card.name,
            value=None if given is None else float(given.value),
            quote="" if given is None else given.quote,
            rationale=storable(words),
            status=status,
            judge_run=self._run.run_id,
            address=job.address,
            asked_sha256=question.asked_sha256,
            judge_version=storable(version),
            parameters={**self._asker.card.parameters, "model": self._asker.card.model},
            template_sha256=self._asker.template.sha256,
            shown=question.shown,
            calls=tuple(calls),
            tokens_in=sum(call.tokens_in for call in calls),
            tokens_out=sum(call.tokens_out for call in calls),
            cost=sum(call.cost for call in calls),
            latency_ms=sum(call.latency_ms for call in calls),
            attempts=sum(call.tries for call in calls),
        )


def _answered(tasks: Collection[asyncio.Task[Grade | None]]) -> list[Grade]:
    """Return what those tasks brought that came to their end."""
    ended = [t.result() for t in tasks if not t.cancelled() and t.exception() is None]
    return [grade for grade in ended if grade is not None]


def storable(text: str) -> str:
    """Return a text without what a database cannot hold: NUL and halves of characters."""
    return "".join("\ufffd" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)


def _request(
    question: Question,
    prompt: Prompt,
    nonce: str,
    images: tuple[JudgeImage, ...],
    attempt: int,
) -> JudgeRequest:
    return JudgeRequest(
        system=prompt.system,
        user=prompt.user,
        reply_schema=prompt.reply_schema,
        images=images,
        check=nonce,
        criterion_tag=question.criterion_tag,
        item_id=question.item_id,
        model=question.model,
        criterion_id=question.criterion.criterion_id,
        criterion_key=question.criterion.key,
        attempt=attempt,
    )
