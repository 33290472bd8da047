"""Runs of judges: their questions, handed out in leases, and the grades that come of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update

from db import events
from db.database import Transaction, changed_rows
from db.models import GradeRow, JudgeJobRow, JudgeRunRow
from src.domain.judging.card import JudgeCard
from src.domain.judging.run import Job, JudgeRun, Selection
from src.domain.prediction import Grade, JudgeCall

CHUNK = 500
OPEN = ("running", "stopping", "stopped")


def add_run(t: Transaction, run: JudgeRun, identity: str) -> None:
    """Store a new run and the event that proves it."""
    row = JudgeRunRow(
        **run.model_dump(exclude={"card", "selection"}),
        card=run.card.model_dump(mode="json"),
        selection=run.selection.model_dump(mode="json"),
        identity=identity,
    )
    t.add(row)
    events.append_row(t, "judge_run.begun", run.by, row, run.begun_at)


def change_run(
    t: Transaction, run_id: str, kind: str, actor: str, at: datetime, **changes: Any
) -> JudgeRun:
    """Change a run's state, reason or budget, and append the event that proves it."""
    row = t.get_one(JudgeRunRow, run_id)
    for name, value in changes.items():
        setattr(row, name, value)
    row.changed_at = row.seen_at = at
    events.append_row(t, f"judge_run.{kind}", actor, row, at)
    return _run(row)


def run_of(t: Transaction, run_id: str) -> JudgeRun | None:
    """Return a run, or None."""
    row = t.get(JudgeRunRow, run_id)
    return None if row is None else _run(row)


def open_run(t: Transaction, identity: str) -> JudgeRun | None:
    """Return the newest run of an identity that is not finished, or None."""
    query = (
        select(JudgeRunRow)
        .where(JudgeRunRow.identity == identity, JudgeRunRow.state.in_(OPEN))
        .order_by(JudgeRunRow.begun_at.desc(), JudgeRunRow.run_id)
        .limit(1)
    )
    row = t.scalars(query).first()
    return None if row is None else _run(row)


def runs(t: Transaction, size: int) -> list[JudgeRun]:
    """Return the newest runs, newest first."""
    query = select(JudgeRunRow).order_by(JudgeRunRow.begun_at.desc(), JudgeRunRow.run_id)
    return [_run(row) for row in t.scalars(query.limit(size))]


def _run(row: JudgeRunRow) -> JudgeRun:
    values = {name: getattr(row, name) for name in JudgeRun.model_fields}
    values["card"] = JudgeCard.model_validate(row.card)
    values["selection"] = Selection.model_validate(row.selection)
    return JudgeRun(**values)


# ---- questions ----------------------------------------------------------------------------


def graded(t: Transaction, addresses: Sequence[str]) -> set[str]:
    """Return those of the addresses at which a good grade is stored."""
    found: set[str] = set()
    for start in range(0, len(addresses), CHUNK):
        chunk = addresses[start : start + CHUNK]
        found.update(t.scalars(select(GradeRow.key).where(GradeRow.key.in_(chunk))))
    return found


def note_cached(t: Transaction, run_id: str, graded: int) -> None:
    """Note how many grades were there that are not the run's own."""
    row = t.get_one(JudgeRunRow, run_id)
    row.cached = max(0, graded - row.done)


def add_jobs(
    t: Transaction, run_id: str, jobs: Sequence[Job], at: datetime, *, failed_again: bool = True
) -> None:
    """Add questions to a run; one it has already is asked again only if it failed or lapsed.

    Without `failed_again` what failed is left to the next run, or to when this one is taken up.
    """
    known: dict[str, str] = {}
    addresses = [job.address for job in jobs]
    for start in range(0, len(addresses), CHUNK):
        query = select(JudgeJobRow.address, JudgeJobRow.state).where(
            JudgeJobRow.run_id == run_id,
            JudgeJobRow.address.in_(addresses[start : start + CHUNK]),
        )
        known.update((address, state) for address, state in t.execute(query))
    row = t.get_one(JudgeRunRow, run_id)
    new = [job for job in jobs if job.address not in known]
    if new:
        t.execute(
            insert(JudgeJobRow),
            [
                {
                    **job.model_dump(),
                    "run_id": run_id,
                    "seq": row.planned + number,
                    "state": "waiting",
                    "worker": "",
                    "lease_until": None,
                }
                for number, job in enumerate(new, start=1)
            ],
        )
    row.planned += len(new)
    row.seen_at = at
    for state in ("failed", "obsolete") if failed_again else ("obsolete",):
        again = [address for address, found in known.items() if found == state]
        for start in range(0, len(again), CHUNK):
            statement = (
                update(JudgeJobRow)
                .where(
                    JudgeJobRow.run_id == run_id,
                    JudgeJobRow.address.in_(again[start : start + CHUNK]),
                    JudgeJobRow.state == state,
                )
                .values(state="waiting", worker="", lease_until=None)
            )
            setattr(row, state, getattr(row, state) - changed_rows(t, statement))


def put_failed_last(t: Transaction, run_id: str) -> None:
    """Let the failed questions of a run come behind all others, when they are asked again."""
    of_run = JudgeJobRow.run_id == run_id
    last = select(func.max(JudgeJobRow.seq)).where(of_run).scalar_subquery()
    order = func.row_number().over(order_by=(JudgeJobRow.seq, JudgeJobRow.address))
    failed = (
        select(JudgeJobRow.address, (last + order).label("seq"))
        .where(of_run, JudgeJobRow.state == "failed")
        .subquery()
    )
    t.execute(
        update(JudgeJobRow)
        .where(of_run, JudgeJobRow.address == failed.c.address)
        .values(seq=failed.c.seq),
        execution_options={"synchronize_session": False},
    )


def drop_graded(t: Transaction, run_id: str, *which: ColumnElement[bool]) -> int:
    """Take questions that wait out of a run where a good grade is stored; return how many.

    Another run, of other models or tracks, may have asked them meanwhile.
    """
    statement = delete(JudgeJobRow).where(
        JudgeJobRow.run_id == run_id,
        JudgeJobRow.state == "waiting",
        exists().where(GradeRow.key == JudgeJobRow.address),
        *which,
    )
    dropped = changed_rows(t, statement)
    if dropped:
        t.get_one(JudgeRunRow, run_id).planned -= dropped
    return dropped


def workers(t: Transaction, run_id: str) -> list[str]:
    """Return who holds questions of a run."""
    query = select(JudgeJobRow.worker).where(
        JudgeJobRow.run_id == run_id, JudgeJobRow.state == "leased"
    )
    return list(t.scalars(query.distinct()))


def lease(
    t: Transaction,
    run_id: str,
    worker: str,
    size: int,
    *,
    now: datetime,
    until: datetime,
    gone: Collection[str] = (),
) -> tuple[list[Job], float | None]:
    """Hand out the next questions: at most so many, and none the budget might not cover.

    What lies with a worker that is gone, or let its lease run out, waits again, and counts as
    asked: nobody knows what came of it. What another run graded meanwhile is not handed out.
    What is handed out holds back the most it can cost, so that workers together never pass the
    budget. The second value is the most the next one can cost in USD where the budget does not
    cover it though nobody holds any; else None.
    """
    _let_go(t, run_id, or_(JudgeJobRow.lease_until < now, JudgeJobRow.worker.in_(list(gone))))
    run = t.get_one(JudgeRunRow, run_id)
    query = (
        select(JudgeJobRow)
        .where(JudgeJobRow.run_id == run_id, JudgeJobRow.state == "waiting")
        .order_by(JudgeJobRow.seq)
        .limit(size)
        .with_for_update(skip_locked=True)
    )
    rows = list(t.scalars(query))
    known = graded(t, [row.address for row in rows])
    if known:
        run.cached += drop_graded(t, run_id, JudgeJobRow.address.in_(known))
        rows = [row for row in rows if row.address not in known]
    held = 0.0 if run.budget is None else _held_back(t, run_id)
    room = None if run.budget is None else run.budget - run.cost - held
    taken: list[JudgeJobRow] = []
    for row in rows:
        if room is not None:
            if row.most_cost > room:
                break
            room -= row.most_cost
        row.state, row.worker, row.lease_until = "leased", worker, until
        taken.append(row)
    run.seen_at = now
    t.flush()
    jobs = [Job(**{name: getattr(row, name) for name in Job.model_fields}) for row in taken]
    is_short = bool(rows) and not taken and not count_left(t, run_id)[1]
    return jobs, rows[0].most_cost if is_short else None


def _let_go(t: Transaction, run_id: str, *which: ColumnElement[bool]) -> None:
    """Let held questions wait again, and count what asking them may have cost.

    That a question was handed out is stored before it is asked, so that a call in flight at a
    kill is known; whether its reply was on its way is not.
    """
    held = (JudgeJobRow.run_id == run_id, JudgeJobRow.state == "leased", *which)
    lost = float(t.scalar(select(func.sum(JudgeJobRow.most_cost)).where(*held)) or 0.0)
    if lost:
        run = t.get_one(JudgeRunRow, run_id)
        run.cost += lost
        run.unsure_cost += lost
    t.execute(
        update(JudgeJobRow).where(*held).values(state="waiting", worker="", lease_until=None),
        execution_options={"synchronize_session": False},
    )


def let_go(t: Transaction, run_id: str, gone: Collection[str]) -> None:
    """Let wait again, and count as asked, what lies with workers that are gone."""
    _let_go(t, run_id, JudgeJobRow.worker.in_(list(gone)))


def _held_back(t: Transaction, run_id: str) -> float:
    query = select(func.sum(JudgeJobRow.most_cost)).where(
        JudgeJobRow.run_id == run_id, JudgeJobRow.state == "leased"
    )
    return float(t.scalar(query) or 0.0)


def count_left(t: Transaction, run_id: str) -> tuple[bool, bool]:
    """Return whether any question waits, and whether any is held by a worker."""

    def any_in(state: str) -> bool:
        query = select(JudgeJobRow.address).where(
            JudgeJobRow.run_id == run_id, JudgeJobRow.state == state
        )
        return t.scalar(query.limit(1)) is not None

    return any_in("waiting"), any_in("leased")


def renew(t: Transaction, run_id: str, worker: str, now: datetime, until: datetime) -> None:
    """Say that a worker is still at what it holds."""
    _update_held(t, run_id, worker, {"lease_until": until})
    t.get_one(JudgeRunRow, run_id).seen_at = now


def give_back(t: Transaction, run_id: str, worker: str, cut_off: Collection[str] = ()) -> None:
    """Let others take what a worker holds; what was cut off while it was asked counts as asked."""
    for start in range(0, len(cut_off), CHUNK):
        some = list(cut_off)[start : start + CHUNK]
        _let_go(t, run_id, JudgeJobRow.worker == worker, JudgeJobRow.address.in_(some))
    _update_held(t, run_id, worker, {"state": "waiting", "worker": "", "lease_until": None})


def _update_held(t: Transaction, run_id: str, worker: str, values: dict[str, Any]) -> None:
    statement = update(JudgeJobRow).where(
        JudgeJobRow.run_id == run_id,
        JudgeJobRow.worker == worker,
        JudgeJobRow.state == "leased",
    )
    t.execute(statement.values(**values), execution_options={"synchronize_session": False})


def clear_jobs(t: Transaction, run_id: str) -> None:
    """Forget the questions of a run that is finished: its grades tell what came of them."""
    t.execute(
        delete(JudgeJobRow).where(JudgeJobRow.run_id == run_id),
        execution_options={"synchronize_session": False},
    )


# ---- grades -------------------------------------------------------------------------------


def store(
    t: Transaction,
    run_id: str,
    worker: str,
    grades: Sequence[Grade],
    obsolete: Sequence[str],
    actor: str,
    at: datetime,
) -> None:
    """Store what came of some questions: grades with their events, and the run's figures.

    A good grade that another run stored meanwhile stays the one there is; what this one cost is
    counted all the same.
    """
    known = graded(t, [grade.key for grade in grades])
    rows = [_row(grade, at) for grade in grades if grade.key not in known]
    t.add_all(rows)
    t.flush()
    events.append_all(t, [events.proof_of("grade.given", actor, row) for row in rows], at)
    run = t.get_one(JudgeRunRow, run_id)
    good = [grade.address for grade in grades if grade.status == "ok"]
    failed = [grade.address for grade in grades if grade.status != "ok"]
    run.done += _settle(t, run_id, worker, good, "done")
    run.failed += _settle(t, run_id, worker, failed, "failed")
    run.obsolete += _settle(t, run_id, worker, obsolete, "obsolete")
    run.calls += sum(grade.attempts for grade in grades)
    run.tokens_in += sum(grade.tokens_in for grade in grades)
    run.tokens_out += sum(grade.tokens_out for grade in grades)
    run.cost += sum(grade.cost for grade in grades)
    calls = [call for grade in grades for call in grade.calls]
    run.unsure_cost += sum(call.cost for call in calls if call.estimated)
    run.seen_at = at


def _settle(t: Transaction, run_id: str, worker: str, addresses: Sequence[str], state: str) -> int:
    """Mark questions as settled, if this worker still holds them, and return how many."""
    changed = 0
    for start in range(0, len(addresses), CHUNK):
        statement = (
            update(JudgeJobRow)
            .where(
                JudgeJobRow.run_id == run_id,
                JudgeJobRow.address.in_(addresses[start : start + CHUNK]),
                and_(JudgeJobRow.state == "leased", JudgeJobRow.worker == worker),
            )
            .values(state=state, worker="", lease_until=None)
        )
        changed += changed_rows(t, statement)
    return changed


def _row(grade: Grade, at: datetime) -> GradeRow:
    values = grade.model_dump(mode="json")
    values["value"] = None if grade.value is None else float(grade.value)
    values["cost"] = float(grade.cost)
    return GradeRow(**values, key=grade.key, made_at=at)


def ledger(t: Transaction, run_id: str, after: str, size: int) -> list[Grade]:
    """Return a page of what a run made, good grades and failures, in the order of their keys."""
    query = (
        select(GradeRow)
        .where(GradeRow.judge_run == run_id, GradeRow.key > after)
        .order_by(GradeRow.key)
        .limit(size)
    )
    return [_grade(row) for row in t.scalars(query)]


def _grade(row: GradeRow) -> Grade:
    values = {name: getattr(row, name) for name in Grade.model_fields}
    values["calls"] = tuple(JudgeCall.model_validate(call) for call in row.calls)
    return Grade(**values)


def failures(t: Transaction, run_id: str, size: int) -> list[Grade]:
    """Return the newest failures of a run, for people to look at."""
    query = (
        select(GradeRow)
        .where(GradeRow.judge_run == run_id, GradeRow.status != "ok")
        .order_by(GradeRow.made_at.desc(), GradeRow.key)
        .limit(size)
    )
    return [_grade(row) for row in t.scalars(query)]


def judges(t: Transaction, *, nameless: bool = False) -> list[str]:
    """Return the names of all judges that gave a grade, in their order.

    With `nameless` also '' where grades came without a judge's name. One step of the index for
    each, where a search for what differs would read every grade.
    """
    found: list[str] = []
    if nameless and t.scalar(select(GradeRow.key).where(GradeRow.judge == "").limit(1)):
        found.append("")
    after: str | None = ""
    while after is not None:
        query = select(func.min(GradeRow.judge)).where(GradeRow.judge > after)
        if (after := t.scalar(query)) is not None:
            found.append(after)
    return found
