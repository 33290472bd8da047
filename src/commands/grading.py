"""grading create, close, reopen, list, import, export; judge-card."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from src.commands.console import DONE, REFUSED, Answer, note, problem_lines, verb
from src.domain.grading import DrawKind, GradingSet
from src.domain.item import Track
from src.domain.judge_card import CardLine, JudgeCard
from src.domain.people import OPERATOR
from src.domain.plurals import counted
from src.files.judge_card_table import estimate_words
from src.services.grading import NOT_BLIND, GradingPlan
from src.services.progress import Progress, Watcher
from src.services.workbench import Workbench

SAID_EVERY = 2.0
"""Seconds between two lines about how far an import is."""


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    grading = typer.Typer(help="Let people grade models' answers.", no_args_is_help=True)
    verb(grading, "create")(create)
    verb(grading, "close")(close)
    verb(grading, "reopen")(reopen)
    verb(grading, "list")(list_sets)
    verb(grading, "import")(import_grades)
    verb(grading, "export")(export_grades)
    app.add_typer(grading, name="grading")
    verb(app, "judge-card")(judge_card)


def create(
    bench: Workbench,
    name: Annotated[str, typer.Argument(help="What the set is called; its graders see it.")],
    graders: Annotated[int, typer.Option(help="How many people grade each answer.")],
    person: Annotated[list[str], typer.Option(help="Who grades; once for each.")],
    draw: Annotated[DrawKind, typer.Option(help="How answers are chosen.")] = DrawKind.EVERY,
    sample: Annotated[int | None, typer.Option(help="How many answers are drawn.")] = None,
    overlap: Annotated[
        float, typer.Option(help="Share of the answers, 0 to 1, that all of them grade; else one.")
    ] = 1.0,
    seed: Annotated[int | None, typer.Option(help="Makes draw and orders repeatable.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Whose answers; else all.")] = None,
    judge: Annotated[
        list[str] | None, typer.Option(help="The panel of an uncertain draw; else all judges.")
    ] = None,
    track: Annotated[Track | None, typer.Option(help="Only this track.")] = None,
    items: Annotated[Path | None, typer.Option(help="A file with one item id a line.")] = None,
    condition: Annotated[str, typer.Option(help="What the models were shown.")] = "full",
) -> Answer:
    """Open a set of answers for people to grade, blind."""
    listed = None
    if items is not None:
        listed = tuple(line for line in items.read_text(encoding="utf-8").split() if line)
    made = bench.grading.create(
        OPERATOR,
        GradingPlan(
            name=name,
            graders=graders,
            overlap=overlap,
            persons=tuple(person),
            draw=draw,
            sample=sample,
            seed=seed,
            condition=condition,
            track=track,
            item_ids=listed,
            models=tuple(model or ()),
            judges=tuple(judge or ()),
        ),
    )
    text = (
        f"{made.name!r} is open: {counted(made.answers, 'answer')} of {made.selection['of']}, "
        f"{made.overlap} graded by {made.graders}, {made.gradings} gradings, seed {made.seed}"
    )
    not_blind = bench.grading.not_blind(OPERATOR, made.name)
    warning = f"{', '.join(not_blind)} {NOT_BLIND}" if not_blind else ""
    if warning:
        note(f"! {warning}")
    data = {
        "grading_set": made.model_dump(mode="json"),
        "not_blind": list(not_blind),
        "warning": warning,
    }
    return Answer(data, [text])


def close(bench: Workbench, name: Annotated[str, typer.Argument(help="Which set.")]) -> Answer:
    """Give out no more answers of a set; what was begun can still be sent."""
    made = bench.grading.close(OPERATOR, name)
    return _of(made, f"{name!r} is closed; what was begun can still be sent")


def reopen(bench: Workbench, name: Annotated[str, typer.Argument(help="Which set.")]) -> Answer:
    """Open a closed set again."""
    return _of(bench.grading.reopen(OPERATOR, name), f"{name!r} is open again")


def _of(made: GradingSet, text: str) -> Answer:
    return Answer({"grading_set": made.model_dump(mode="json")}, [text])


def list_sets(bench: Workbench) -> Answer:
    """Show all sets, and how far each person is."""
    found = bench.grading.all_of(OPERATOR)
    data = [
        {**one.grading_set.model_dump(mode="json"), "asked": one.asked, "done": one.done}
        for one in found
    ]
    lines = [
        f"{one.grading_set.name}: {one.grading_set.state.value}, "
        f"{sum(one.done.values())} of {one.asked} gradings"
        for one in found
    ]
    return Answer({"grading_sets": data}, lines)


def import_grades(
    bench: Workbench,
    file: Annotated[Path, typer.Argument(help="JSON Lines of HealthBench's meta-evaluation.")],
    not_blind: Annotated[
        bool, typer.Option("--not-blind", help="They saw models, judges' grades or scores.")
    ] = False,
) -> Answer:
    """Take over grades that people gave elsewhere to answers that are stored here."""
    report = bench.grade_exchange.store_file(
        OPERATOR, file, blind=not not_blind, watch=_say_sometimes()
    )
    data = report.model_dump(mode="json")
    left_out = [f"  {number} left out: {why}" for why, number in report.left_out.items()]
    lines = [
        f"{counted(report.stored, 'grade')} of {counted(report.people, 'person', 'people')} "
        f"stored, {report.unchanged} known",
        *_taken_as_blind(report.taken_as_blind),
        *left_out,
        *problem_lines(report.problems, report.problem_count),
    ]
    if report.problems:
        message = "The file was refused; nothing of it was stored."
        data["error"] = {"rule": "bad_input", "message": message, "problems": data["problems"]}
    return Answer(data, lines, REFUSED if report.problems else DONE)


def _taken_as_blind(grades: int) -> list[str]:
    """Return what to say of grades whose file does not say whether they were given blind."""
    if not grades:
        return []
    say = counted(grades, "grade says", "grades say")
    return [
        f"  {say} nothing of blindness and {'counts' if grades == 1 else 'count'} as blind; if "
        "people saw models, judges' grades or scores, import the file again with --not-blind"
    ]


def _say_sometimes() -> Watcher:
    """Return a watcher that prints a line every two seconds."""
    said = monotonic()

    def watch(progress: Progress) -> bool:
        nonlocal said
        if monotonic() - said >= SAID_EVERY:
            said = monotonic()
            note(progress_words(progress))
        return True

    return watch


def progress_words(progress: Progress) -> str:
    """Return how far an import is, in one line; while lines are read nobody knows how many."""
    of = f" of {progress.total:,}" if progress.total else ""
    left = progress.seconds_left if progress.total else None
    rest = f", about {left:.0f} s left" if left is not None else ""
    return f"{progress.what}: {progress.done:,}{of}{rest}"


def export_grades(
    bench: Workbench,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    track: Annotated[Track | None, typer.Option(help="Only this track.")] = None,
    without_notes: Annotated[
        bool, typer.Option("--without-notes", help="Leave out what people wrote beside a grade.")
    ] = False,
) -> Answer:
    """Write what people said of answers, under pseudonyms."""
    done = bench.grade_exchange.export(OPERATOR, out, track=track, notes=not without_notes)
    text = f"{counted(done.lines, 'line')} by {counted(done.physicians, 'physician')}: {done.file}"
    return Answer(done.model_dump(mode="json"), [text])


def judge_card(
    bench: Workbench,
    judge: Annotated[str | None, typer.Option(help="Which judge; else all.")] = None,
    track: Annotated[Track | None, typer.Option(help="Only this track.")] = None,
) -> Answer:
    """Hold judges against the people who graded the same criteria of the same answers."""
    cards = bench.judge_cards.cards(OPERATOR, judge=judge, track=track)
    lines = [line for card in cards for line in _card_lines(card)]
    return Answer(
        {"cards": [card.model_dump(mode="json") for card in cards]},
        lines or ["Nobody has graded anything yet that a judge graded too."],
    )


def _card_lines(card: JudgeCard) -> list[str]:
    weighed = ", each answer weighing 1 / its chance" if card.weighted else ""
    return [
        f"{card.judge}, against {counted(card.people, 'person', 'people')}{weighed}",
        *(f"  ! {alarm.text}" for alarm in card.alarms),
        *(f"  {_line(line)}" for line in card.lines),
    ]


def _line(line: CardLine) -> str:
    return (
        f"{line.name or 'all':16} n = {line.graded}, kappa {estimate_words(line.judge_person)}, "
        f"between people {estimate_words(line.person_person)}, "
        f"sensitivity {estimate_words(line.sensitivity)}, "
        f"specificity {estimate_words(line.specificity)}"
    )
