"""What a leaderboard counts: the items, the scores and the weights of each basis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from src.domain.scoring.board import (
    RESAMPLES,
    SEED,
    Basis,
    Figure,
    Gap,
    Means,
    Pairs,
    compare,
    means_of,
)
from src.domain.scoring.prediction_powered import (
    Corrected,
    Weights,
    corrected_gap,
    corrected_mean,
    powered_value,
)
from src.domain.scoring.resampling import (
    Numbers,
    case_sums,
    percentiles,
    ratio,
    resampled_sums,
)
from src.domain.scoring.sheet import (
    ABSENT,
    ANSWERED,
    DISEASE,
    UNSCORED,
    Flags,
    Policy,
    Scores,
    Sheet,
    Side,
    published_scores,
    strict_scores,
    weights_of,
)

AMBIGUOUS: Final = "kept as ambiguous"


@dataclass(frozen=True)
class View:
    """A sheet on one basis: what is asked, what of it counts, and the scores."""

    basis: Basis
    side: Side
    asked: Flags
    counted: Flags
    scores: Scores
    weights: Numbers | None
    """One an item; None where all weigh the same."""
    exclusions: Mapping[str, int]
    policy_weights: Numbers | None = None
    """The same without the chances of items to be drawn: what all items, drawn or not, weigh."""

    @property
    def values(self) -> Numbers:
        """The scores of what counts (models x items); NaN elsewhere."""
        return np.where(self.counted, self.scores.values, np.nan)

    def reasons(self, model: int) -> dict[str, int]:
        """Return why answers of a model that should count have no score -> how many."""
        codes = self.scores.reasons[model][self.counted]
        return {UNSCORED[code]: n for code, n in sorted(Counter(codes.tolist()).items()) if code}

    def answers(self, model: int) -> bool:
        """Tell whether a model answered anything that is asked."""
        return bool((self.side.fits[model] != ABSENT)[self.asked].any())


def view_of(
    sheet: Sheet, basis: Basis, measure: str, policy: Policy, *, only_release: bool = False
) -> View:
    """Return a sheet on a basis.

    import: every item as imported, nothing excluded. gold: the items of the release as gold, the
    others as imported, without what review or a leak excludes. corrected: the same, by the judge.
    reviewed: only items of the release, people's grades before the judge's, sampled items weighted.
    `only_release` takes the items of the release on any basis.
    """
    facts = sheet.facts
    side = sheet.imported if basis == "import" else sheet.gold
    everything = not only_release and basis != "reviewed"
    scope = np.ones_like(facts.in_release) if everything else facts.in_release
    dropped = np.zeros_like(scope)
    exclusions: Counter[str] = Counter()
    if basis != "import":
        reasons = [
            reason or (AMBIGUOUS if left_out else "")
            for reason, left_out in zip(facts.excluded, _left_out(sheet, policy), strict=True)
        ]
        dropped = np.array([bool(reason) for reason in reasons], np.bool_)
        exclusions.update(r for r, asked in zip(reasons, scope, strict=True) if r and asked)
    return View(
        basis=basis,
        side=side,
        asked=scope,
        counted=scope & ~dropped,
        scores=scores_of(sheet, side, measure, policy, merged=basis == "reviewed"),
        weights=_weights(sheet, policy, basis, sampled=only_release or basis == "reviewed"),
        exclusions=dict(sorted(exclusions.items())),
        policy_weights=_weights(sheet, policy, basis, sampled=False),
    )


def _left_out(sheet: Sheet, policy: Policy) -> list[bool]:
    if policy.ambiguous != "leave-out":
        return [False] * len(sheet.items)
    return [bool(one) for one in sheet.facts.ambiguous]


def scores_of(
    sheet: Sheet, side: Side, measure: str, policy: Policy, *, merged: bool = False
) -> Scores:
    """Return the scores of a measure; `merged` puts people's grades before the judge's."""
    if measure in side.published or measure in side.by_judge:
        return published_scores(side, measure, policy)
    return strict_scores(sheet, side, policy, side.merged_grades if merged else side.grades)


def _weights(sheet: Sheet, policy: Policy, basis: Basis, *, sampled: bool) -> Numbers | None:
    weights = np.ones(len(sheet.items))
    if sampled:
        weights = weights / sheet.facts.chance
    if basis != "import" and policy.ambiguous == "weigh":
        weights = np.where(sheet.facts.ambiguous, weights * sheet.facts.agreed_by, weights)
    return weights if (weights != weights[:1]).any() else None


CONTENT: Final = "question or images changed"
NAMES: Final = "answer and accepted names"
RUBRIC: Final = "rubric edit"


def steps_between(sheet: Sheet) -> list[tuple[str, Side]]:
    """Return what lies between imported and gold, one kind of change after the other.

    First the answers that do not fit the changed question are left out, then the disease is
    matched with gold's names, then gold's rubric counts; the last is gold.
    """
    imported, gold = sheet.imported, sheet.gold
    disease = sheet.columns.kind == DISEASE
    fitting = replace(
        imported, fits=np.where(gold.fits == ANSWERED, imported.fits, gold.fits).astype(np.int8)
    )
    renamed = replace(
        gold,
        points=np.where(disease, gold.points, imported.points),
        active=np.where(disease, gold.active, imported.active),
        ambiguous=None,
        kept_by=None,
    )
    return [(CONTENT, fitting), (NAMES, renamed), (RUBRIC, gold)]


def means_on(sheet: Sheet, view: View) -> Means:
    """Return the means of a view, all models resampled on the same cases."""
    return means_of(view.values, sheet.cases, view.weights)


def gaps_on(
    sheet: Sheet, view: View, pairs: Pairs, policy: Policy, *, less_is_better: bool
) -> Iterable[Gap]:
    """Return how pairs of models differ on what both have a score on, as the basis has it."""
    if view.basis == "corrected":
        return corrected_gaps(sheet, view, pairs, policy)
    return compare(view.values, sheet.cases, pairs, view.weights, less_is_better=less_is_better)


def policy_figures(sheet: Sheet, view: View) -> list[dict[str, Figure]]:
    """Return for each model its mean over all, reviewed, and reviewed minus excluded items.

    Only among reviewed items do those of a sample weigh 1 / their chance.
    """
    scopes = {
        "all": np.ones_like(view.counted),
        "reviewed": sheet.facts.in_release,
        "reviewed_minus_excluded": sheet.facts.in_release & view.counted,
    }
    found: list[dict[str, Figure]] = [{} for _ in sheet.models]
    for name, scope in scopes.items():
        chosen = view.policy_weights if name == "all" else view.weights
        weights = np.ones(len(sheet.items)) if chosen is None else chosen
        known = scope & ~np.isnan(view.scores.values)
        above = (np.nan_to_num(view.scores.values) * known * weights).sum(axis=1)
        value = ratio(above, (known * weights).sum(axis=1))
        for model, mean in enumerate(value):
            found[model][name] = Figure(
                value=None if np.isnan(mean) else float(mean),
                n=int(known[model].sum()),
                cases=len(np.unique(sheet.cases[known[model]])),
            )
    return found


# ---- people and judge ---------------------------------------------------------------------


@dataclass(frozen=True)
class CorrectedModel:
    """What people's grades make of a model's score."""

    graded: int
    found: Corrected | None
    """None where too few answers are graded."""
    plug_in: Figure | None


def corrected_models(sheet: Sheet, view: View, policy: Policy) -> list[CorrectedModel]:
    """Return for each model the mean people would give, by their blind grades on a part."""
    if not len(view.side.human.value):
        return [CorrectedModel(0, None, None)] * len(sheet.models)
    people = view.side.peoples_grades(sheet.columns.kind)
    said, judged = _said(sheet, view, policy, people), _judged(view)
    everything = np.ones(len(sheet.items), np.bool_)
    found = []
    for model in range(len(sheet.models)):
        corrected = _corrected(sheet, view, model, said[model], everything)
        graded = int((~np.isnan(said[model]) & ~np.isnan(judged[model])).sum())
        plug = _plug_in(sheet, view, policy, people, model) if corrected is not None else None
        found.append(CorrectedModel(graded, corrected, plug))
    return found


def _said(sheet: Sheet, view: View, policy: Policy, people: Numbers) -> Numbers:
    """Return the scores people's grades make (models x items); none where there is no answer."""
    answered = policy.model_copy(update={"abstain": "skip"})
    return strict_scores(sheet, view.side, answered, people).values


def _judged(view: View) -> Numbers:
    """Return the judge's scores of answers (models x items), without the zeros of silent models."""
    return np.where(view.side.fits == ABSENT, np.nan, view.values)


def _corrected(
    sheet: Sheet, view: View, model: int, said: Numbers, items: Flags
) -> Corrected | None:
    """Return the mean people would give a model on some of the items."""
    judged = np.where(items, _judged(view)[model], np.nan)
    weights = _weights_of(view, model, items)
    return corrected_mean(said, judged, sheet.cases, RESAMPLES, SEED, weights)


def _weights_of(view: View, model: int, items: Flags | None = None) -> Weights:
    """Return how a model's answers count, and which of some items it left at zero."""
    chance = view.side.human_chance
    zeros = (view.side.fits[model] == ABSENT) & ~np.isnan(view.values[model])
    return Weights(
        answer=1.0 if view.weights is None else view.weights,
        chance=1.0 if chance is None else chance[model],
        zeros=zeros if items is None else zeros & items,
    )


def corrected_gaps(sheet: Sheet, view: View, pairs: Pairs, policy: Policy) -> Iterator[Gap]:
    """Yield how the corrected means of pairs of models differ, on what the judge scored of both.

    A pair of which people graded too few of these answers, of either model, is left out. Models
    that have a judge's score on the same items are corrected once, whatever they are paired with.
    """
    if not len(view.side.human.value):
        return
    said = _said(sheet, view, policy, view.side.peoples_grades(sheet.columns.kind))
    known = ~np.isnan(view.values)
    graded = ~np.isnan(_judged(view)) & ~np.isnan(said)
    made: dict[tuple[int, bytes], Corrected | None] = {}

    def on(model: int, shared: Flags) -> Corrected | None:
        key = (model, shared.tobytes())
        if key not in made:
            made[key] = _corrected(sheet, view, model, said[model], shared)
        return made[key]

    for first, second in pairs:
        shared = known[first] & known[second]
        one, other = on(first, shared), on(second, shared)
        gap = corrected_gap(one, other) if one is not None and other is not None else None
        if gap is not None:
            yield Gap(
                first=first,
                second=second,
                n=int(shared.sum()),
                cases=len(np.unique(sheet.cases[shared])),
                difference=gap.difference.value,
                low=gap.difference.low,
                high=gap.difference.high,
                p_better=gap.p_better,
                graded=int(min((graded[m] & shared).sum() for m in (first, second))),
            )


def without_each_person(sheet: Sheet, view: View, policy: Policy) -> list[list[float | None]]:
    """Return for each model its corrected value without each person whose grades it rests on.

    None where too few answers are graded without them.
    """
    human, kind = view.side.human, sheet.columns.kind
    judged = _judged(view)
    everybody = _said(sheet, view, policy, view.side.peoples_grades(kind))
    counted = (~np.isnan(everybody) & ~np.isnan(judged))[:, sheet.columns.item]
    counted &= view.side.active & (kind != DISEASE)
    graders = [human.graders(m, counted[m]) for m in range(len(sheet.models))]
    found: list[list[float | None]] = [[] for _ in sheet.models]
    for person in range(len(human.persons)):
        rests = [m for m, own in enumerate(graders) if person in own]
        if not rests:
            continue
        said = _said(sheet, view, policy, view.side.peoples_grades(kind, without=person))
        for m in rests:
            weights = _weights_of(view, m)
            found[m].append(powered_value(said[m], judged[m], sheet.cases, weights))
    return found


def _plug_in(
    sheet: Sheet, view: View, policy: Policy, people: Numbers, model: int
) -> Figure | None:
    """Return the judge's mean with each yes and no put right by Rogan and Gladen's formula.

    The score is a weighted sum of grades, so the formula goes through it: each grade g of a
    criterion that is met or not becomes (g + specificity - 1) / (sensitivity + specificity - 1).
    Sensitivity and specificity are this model's, of answers that weigh 1 / their chance, and are
    resampled with the cases. None where the judge is no better than a coin, and where errors take
    points away: there a score ends at 0 and is no such sum.
    """
    columns, starts = sheet.columns, sheet.columns.starts
    weight = weights_of(view.side, policy)
    if (weight[view.counted[columns.item]] < 0).any():
        return None
    of_model = _weights_of(view, model)
    counts = np.ones(len(sheet.items)) * of_model.answer
    attainable = np.add.reduceat(np.maximum(weight, 0), starts)
    share = ratio(weight, attainable[columns.item])
    binary = (columns.maximum == 1) & (columns.kind != DISEASE)
    judge = np.nan_to_num(view.side.grades[model])
    known = ~np.isnan(view.values[model])
    answered = counts * ~np.isnan(_judged(view)[model])
    said = people[model]
    use = binary & ~np.isnan(view.side.grades[model]) & ~np.isnan(said)
    drawn = answered / of_model.chance
    rows = [
        np.add.reduceat(np.nan_to_num(share) * judge * ~binary, starts) * answered,
        np.add.reduceat(np.nan_to_num(share) * judge * binary, starts) * answered,
        np.add.reduceat(np.nan_to_num(share) * binary, starts) * answered,
        known * counts,
        *(
            np.add.reduceat(np.where(use, part, 0.0), starts) * drawn
            for part in (said * judge, said, (1 - said) * (1 - judge), 1 - said)
        ),
    ]
    sums = case_sums(np.stack(rows).astype(np.float64), sheet.cases, int(sheet.cases.max()) + 1)
    value = _put_right(sums.sum(axis=0, keepdims=True))[0]
    if np.isnan(value):
        return None
    low, high = percentiles(_put_right(resampled_sums(sums, RESAMPLES, SEED))[:, None])
    return Figure(value=float(value), n=int(known.sum()), low=float(low[0]), high=float(high[0]))


def _put_right(sums: Numbers) -> Numbers:
    fixed, judged, weight, n, met_called, met, not_not, not_met = sums.T
    sensitivity, specificity = ratio(met_called, met), ratio(not_not, not_met)
    better = sensitivity + specificity - 1
    put_right = ratio(judged + (specificity - 1) * weight, np.where(better > 0, better, 0))
    return np.clip(ratio(fixed + put_right, n), 0, 1)
