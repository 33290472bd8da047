"""score: the leaderboard, and what is asked beside its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from src.commands.console import Answer, verb, watch_on_terminal
from src.domain.errors import BadInputError
from src.domain.people import OPERATOR
from src.domain.scoring.board import Comparison, Row
from src.domain.scoring.sheet import Policy
from src.domain.scoring.whose_replies import different_judges, judge_name
from src.files.score_report import counts_text, write_report
from src.services.board_report import Asked
from src.services.breakdowns import Grouping
from src.services.readers_left_out import report_notes, without_reader_text
from src.services.scoring import NO_GRADERS, OrderAgreement, order_text, without_text
from src.services.settings import Settings
from src.services.workbench import Workbench

Basis = Literal["import", "gold", "corrected", "reviewed"]
Mode = Literal["strict", "compatible"]
Abstain = Literal["skip", "zero"]
Ambiguous = Literal["count", "leave-out", "weigh"]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    verb(app, "score")(score)


def score(
    bench: Workbench,
    basis: Annotated[Basis, typer.Option(help="What the answers are held against.")] = "gold",
    release: Annotated[int | None, typer.Option(help="Which release; else the newest.")] = None,
    mode: Annotated[Mode, typer.Option(help="Our strict rule, or the published ones.")] = "strict",
    condition: Annotated[str, typer.Option(help="What the models were shown.")] = "full",
    abstain: Annotated[Abstain, typer.Option(help="Of an item a model did not answer.")] = "skip",
    ambiguous: Annotated[
        Ambiguous, typer.Option(help="Of what gold keeps as ambiguous.")
    ] = "count",
    judge: Annotated[
        str | None,
        typer.Option(help="Whose replies published measures rest on; else each model's main one."),
    ] = None,
    against: Annotated[
        int | None, typer.Option(help="Another release: how far it orders the models alike.")
    ] = None,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="How each two models differ on what both have.")
    ] = False,
    groups: Annotated[
        Grouping | None, typer.Option(help="Scores by groups, of the basis; by the judge alone.")
    ] = None,
    leave_one_out: Annotated[
        bool,
        typer.Option("--leave-one-out", help="Scores without any one grader or reader."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write CSV, PNG and a page of HTML into this folder.")
    ] = None,
) -> Answer:
    """Show the leaderboard."""
    policy = Policy(abstain=abstain, ambiguous=ambiguous, judge=judge)
    rows = bench.scoring.leaderboard(
        OPERATOR, basis=basis, release=release, mode=mode, condition=condition, policy=policy
    )
    lines = [
        f"{r.model:20} {r.track:12} {r.measure:24} {_value(r.value)}  n = {r.n}, "
        f"unscored {r.unscored}, excluded {r.excluded}"
        + (f", {r.graded} graded by people" if basis == "corrected" else "")
        + (f", judged by {judge_name(r.judge)}" if r.judge is not None else "")
        for r in rows
    ]
    data: dict[str, Any] = {"rows": [row.model_dump(mode="json") for row in rows]}
    generator = Settings().generator_model
    asked = Asked(release, mode, condition, policy=policy, generator=generator, ranked_by=basis)
    orders = _orders(bench, asked, basis, against)
    data["orders"] = [one.model_dump(mode="json") for one in orders]
    lines += [order_text(one) for one in orders if one.tau_b is not None]
    unscored = bench.unscored.by_model(
        OPERATOR, basis=basis, release=release, mode=mode, condition=condition, policy=policy
    )
    data["unscored"] = [one.model_dump(mode="json") for one in unscored]
    lines += [
        f"{one.model:20} {one.track:12} {one.measure:24} without a score: "
        f"{counts_text(one.reasons)}"
        for one in unscored
    ]
    if pairs:
        found = _pairs(bench, asked, basis, rows)
        data["pairs"] = [one.model_dump(mode="json") for one in found]
        lines += [_pair_text(one) for one in found]
    if groups is not None:
        data["groups"] = _groups(bench, asked, basis, groups, rows)
        lines += [_group_text(one) for one in data["groups"]]
    if leave_one_out:
        said, told = _leave_one_out(bench, asked)
        data |= said
        lines += told
    kin = [one.words for one in bench.breakdowns.shared_families(OPERATOR, generator)]
    kin += different_judges(rows, {})
    grades = bench.scoring.whose_grades(OPERATOR, mode)
    data["grades_of"] = grades.model_dump(mode="json")
    lines += [grades.words] if grades.words else []
    kin += grades.warnings
    data["warnings"] = kin
    lines += [f"! {words}" for words in kin]
    if out is not None:
        report = bench.board_reports.report(OPERATOR, asked, watch=watch_on_terminal())
        data["files"] = [str(path) for path in write_report(report, out)]
        lines += [f"written: {path}" for path in data["files"]]
    return Answer(data, lines)


def _leave_one_out(bench: Workbench, asked: Asked) -> tuple[dict[str, Any], list[str]]:
    """Return what corrected and gold scores are without one person, as JSON and in words."""
    graders = bench.scoring.without_each_grader(
        OPERATOR, release=asked.release, condition=asked.condition, policy=asked.policy
    )
    readers = bench.readers_left_out.report(
        OPERATOR,
        release=asked.release,
        condition=asked.condition,
        policy=asked.policy,
        watch=watch_on_terminal(),
    )
    data = {
        "leave_one_out": [one.model_dump(mode="json") for one in graders],
        "leave_one_reader_out": readers.model_dump(mode="json"),
    }
    lines = [f"{one.model:20} {one.track:12} {without_text(one)}" for one in graders]
    lines += [f"{one.model:20} {one.track:12} {without_reader_text(one)}" for one in readers.lines]
    return data, [*lines, *([] if graders else [NO_GRADERS]), *report_notes(readers)]


def _orders(
    bench: Workbench, asked: Asked, basis: Basis, against: int | None
) -> list[OrderAgreement]:
    return bench.scoring.orders(
        OPERATOR,
        basis=basis,
        release=asked.release,
        against=against,
        mode=asked.mode,
        condition=asked.condition,
        policy=asked.policy,
    )


def _pairs(bench: Workbench, asked: Asked, basis: Basis, rows: Sequence[Row]) -> list[Comparison]:
    return [
        pair
        for track, measure in dict.fromkeys((row.track, row.measure) for row in rows)
        for pair in bench.scoring.comparisons(
            OPERATOR,
            track,
            basis=basis,
            release=asked.release,
            mode=asked.mode,
            measure=measure,
            condition=asked.condition,
            policy=asked.policy,
        )
    ]


def _pair_text(pair: Comparison) -> str:
    graded = f", {pair.graded} graded by people" if pair.graded else ""
    return (
        f"{pair.model} minus {pair.other}, {pair.track} {pair.measure}: {pair.difference:+.3f} "
        f"({pair.low:+.3f} to {pair.high:+.3f}), n = {pair.n}{graded}, "
        f"better with a chance of {pair.p_better:.2f}"
    )


def _groups(
    bench: Workbench, asked: Asked, basis: Basis, by: Grouping, rows: Sequence[Row]
) -> list[dict[str, Any]]:
    if basis == "corrected":
        raise BadInputError(
            "People graded too little of a group to correct it. Ask for the groups of the basis "
            "import, gold or reviewed."
        )
    return [
        {"track": track, "measure": measure, **group.model_dump(mode="json")}
        for track, measure in dict.fromkeys((row.track, row.measure) for row in rows)
        for group in bench.breakdowns.groups(
            OPERATOR,
            track,
            by,
            basis=basis,
            release=asked.release,
            mode=asked.mode,
            measure=measure,
            condition=asked.condition,
            policy=asked.policy,
        )
    ]


def _group_text(group: Mapping[str, Any]) -> str:
    return (
        f"{group['group']}: {group['who']}, {group['track']} {group['measure']} "
        f"{_value(group['value'])}, n = {group['n']}"
    )


def _value(value: float | None) -> str:
    return "  -  " if value is None else f"{value:.3f}"
