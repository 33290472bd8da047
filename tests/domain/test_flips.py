"""Which single changes moved a rank, and what it costs to say so."""

from __future__ import annotations

from time import process_time

import numpy as np

from src.domain.item import Track
from src.domain.scoring.bases import view_of
from src.domain.scoring.ranks import ranks_of
from src.domain.scoring.sheet import ANSWERED, Columns, ItemFacts, Policy, Sheet, Side
from src.domain.scoring.what_if import flips


def diagnoses(n_items: int, n_models: int, moved: int = 0) -> Sheet:
    """Return a sheet of disease matches, imported and gold in two columns an item.

    Of the first `moved` items review turns every match round.
    """
    grades = np.random.default_rng(0).integers(0, 2, (n_models, n_items)).astype(float)
    after = grades.copy()
    after[:, :moved] = 1 - grades[:, :moved]

    def side(place: int, matches: np.ndarray) -> Side:
        table, points = np.full((n_models, n_items * 2), np.nan), np.zeros(n_items * 2)
        table[:, place::2], points[place::2] = matches, 3
        fits = np.full((n_models, n_items), ANSWERED, np.int8)
        return Side(points=points, active=points > 0, fits=fits, grades=table)

    return Sheet(
        track=Track.DIAGNOSIS,
        items=tuple(map(str, range(n_items))),
        models=tuple(f"m{n}" for n in range(n_models)),
        facts=ItemFacts(
            case=tuple(map(str, range(n_items))),
            n_images=(1,) * n_items,
            modality=("x",) * n_items,
            orpha_code=("",) * n_items,
            in_release=np.ones(n_items, np.bool_),
            excluded=("",) * n_items,
            chance=np.ones(n_items),
            ambiguous=np.zeros(n_items, np.bool_),
            agreed_by=np.ones(n_items),
        ),
        columns=Columns(
            item=np.repeat(np.arange(n_items), 2),
            criterion=("disease_match",) * (n_items * 2),
            sha256=("",) * (n_items * 2),
            maximum=np.ones(n_items * 2),
            kind=np.zeros(n_items * 2, np.int8),
        ),
        imported=side(0, grades),
        gold=side(1, after),
        release=1,
    )


def test_a_change_taken_back_alone_gives_the_ranks_of_the_means_worked_out_anew() -> None:
    sheet = diagnoses(12, 5, moved=4)
    view = view_of(sheet, "gold", "strict_score", Policy())
    expected = set()
    ranks = ranks_of(view.values.mean(axis=1))
    for item in range(4):
        values = view.values.copy()
        values[:, item] = 1 - values[:, item]
        for row, rank in enumerate(ranks_of(values.mean(axis=1))):
            if rank != ranks[row]:
                expected.add((str(item), f"m{row}", int(rank), int(ranks[row])))

    found = {(one.item, one.model, one.rank_without, one.rank) for one in flips(sheet, view)}

    assert expected and found == expected


def test_the_cost_of_flips_does_not_grow_with_the_square_of_the_items() -> None:
    def seconds(n_items: int) -> float:
        sheet = diagnoses(n_items, 23)
        view = view_of(sheet, "gold", "strict_score", Policy())
        took = []
        for _ in range(3):
            start = process_time()
            assert flips(sheet, view) == []
            took.append(process_time() - start)
        return min(took)

    assert seconds(4_000) < 9 * seconds(1_000)
