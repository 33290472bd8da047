"""The best way to pair two lists, each member used once at most."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf


def best_pairs(gains: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Return the pairs (row, column) with the greatest total gain, by row.

    `gains` is rows x columns. Every row or every column, whichever are fewer, is in a pair.
    Shortest augmenting paths: Kuhn (1955), Naval Research Logistics 2(1-2), 83-97; Jonker and
    Volgenant (1987), Computing 38(4), 325-340. Time grows as rows^2 x columns.
    """
    if not gains or not gains[0]:
        return []
    if len(gains) > len(gains[0]):
        turned = list(zip(*gains, strict=True))
        return sorted((row, column) for column, row in best_pairs(turned))
    owner = _owners(gains)
    return sorted((row, column) for column, row in enumerate(owner) if row is not None)


def _owners(gains: Sequence[Sequence[float]]) -> list[int | None]:
    """Return for each column the row that has it; there are at least as many columns as rows."""
    owner: list[int | None] = [None] * len(gains[0])
    row_price, column_price = [0.0] * len(gains), [0.0] * len(gains[0])
    for row in range(len(gains)):
        _place(row, gains, owner, row_price, column_price)
    return owner


def _place(
    row: int,
    gains: Sequence[Sequence[float]],
    owner: list[int | None],
    row_price: list[float],
    column_price: list[float],
) -> None:
    """Give one more row a column, moving earlier rows along the cheapest path."""
    width = len(owner)
    slack, came_from = [inf] * width, [-1] * width
    done: list[int] = []
    current: int | None = row
    column = -1
    while current is not None:
        for other in range(width):
            if other in done:
                continue
            cost = -gains[current][other] - row_price[current] - column_price[other]
            if cost < slack[other]:
                slack[other], came_from[other] = cost, column
        column = min((c for c in range(width) if c not in done), key=lambda c: slack[c])
        _raise_prices(slack[column], row, done, owner, row_price, column_price, slack)
        done.append(column)
        current = owner[column]
    while column != -1:
        before = came_from[column]
        owner[column] = row if before == -1 else owner[before]
        column = before


def _raise_prices(
    step: float,
    row: int,
    done: Sequence[int],
    owner: Sequence[int | None],
    row_price: list[float],
    column_price: list[float],
    slack: list[float],
) -> None:
    row_price[row] += step
    for column in range(len(owner)):
        if column not in done:
            slack[column] -= step
            continue
        column_price[column] -= step
        holder = owner[column]
        if holder is not None:
            row_price[holder] += step
