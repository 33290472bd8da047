"""What one answer scores on one item, as the item was imported or as review left it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from typing import Final, Literal

from db.score_inputs import AskedItem
from src.domain.canonical import digest
from src.domain.gold import Gold
from src.domain.item import Criterion, Item, ItemContent, ItemImage, Track
from src.domain.match_ruling import Ruled
from src.domain.ontology import folded
from src.domain.prediction import WholeAnswerReply
from src.domain.renamed import dropped_names, is_another_disease
from src.domain.scoring.answer_reading import listed, stated
from src.domain.scoring.disease_match import DiseaseMatch, bare_name, match_disease
from src.domain.scoring.disease_ontology import DiseaseOntology
from src.domain.scoring.disease_statement import Named, match_stated, match_statement
from src.domain.scoring.image_attribution import SELECTION_MEASURES, image_attribution
from src.domain.scoring.judged import (
    JUDGED,
    OF_CANDIDATES,
    OF_TEXT,
    candidate_scores,
    judged_scores,
    text_scores,
)
from src.domain.scoring.ranked_list import (
    MEAN_RANK,
    RECALL_DEPTHS,
    first_hit_rank,
    parse_ranked_list,
)
from src.domain.scoring.sheet import NO_HIT, REPLY_TO_OTHER, UNDEFINED
from src.domain.scoring.strict import STRICT
from src.domain.scoring.text import (
    MISSING_TEXT,
    gold_list,
    stripped_gold_list,
    substring_match,
    token_f1,
)

Mode = Literal["strict", "compatible"]

IMAGE_MEASURES: Final = (
    "det_image_select_recall",
    "det_image_select_precision",
    "det_image_attribution_offtarget_rate",
    "det_image_attribution_hallucination_rate",
    "det_image_coverage",
    "det_image_ref_out_of_range_rate",
    "det_image_format_compliance",
)
"""The image measures VLMEvalKit averages; the one to look at first stands first."""
JUDGE_FREE: Final[Mapping[Track, tuple[str, ...]]] = {
    Track.DIAGNOSIS: ("token_f1",),
    Track.DIFFERENTIAL: (
        *(f"recall@{depth}" for depth in RECALL_DEPTHS),
        "mrr",
        MEAN_RANK,
        "hit_rate",
        "parse_fail_rate",
    ),
    Track.EVIDENCE: (*IMAGE_MEASURES, *OF_TEXT),
    Track.TREATMENT: ("substring_match",),
    Track.CROSSMODAL: ("substring_match",),
    Track.EXAMINATION: ("substring_match",),
}
COMPATIBLE: Final[Mapping[Track, tuple[str, ...]]] = {
    track: (*names, *JUDGED[track], *(OF_CANDIDATES if track is Track.DIFFERENTIAL else ()))
    for track, names in JUDGE_FREE.items()
}

POINTS: Final = "acceptable_evidence_points"
RATIONALES: Final = ("gold_rationale", "gold_answer_open")


def measures_of(track: Track, mode: Mode) -> tuple[str, ...]:
    """Return the measures of a track, the one to look at first in front."""
    return (STRICT,) if mode == "strict" else COMPATIBLE[track]


@dataclass(frozen=True, slots=True)
class ItemScore:
    """A score, or none and the reason why."""

    value: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Asked:
    """What an answer to an item is scored against."""

    item_id: str
    case_id: str
    track: Track
    visible_sha256: str
    names: tuple[str, ...]
    """The answer, then the names it was imported with."""
    accepted: tuple[str, ...]
    """Names that review accepted."""
    orpha_code: str
    """Empty where it is that of the disease before review named another one; see `old_code`."""
    criteria: tuple[Criterion, ...]
    imported_criteria: tuple[Criterion, ...]
    n_images: int
    decisive: tuple[int, ...]
    supporting: tuple[int, ...]
    orpha_names: tuple[str, ...] = ()
    """What the ontology in force calls the code."""
    ontology: DiseaseOntology | None = None
    """The ontology in force; None where there is none, or no code to look up in it."""
    ruled: Mapping[str, Ruled] = field(default_factory=dict)
    """Folded name -> what a person said of it, where the matcher could not decide."""
    renamed: bool = False
    """True where review named another disease: what was said of names before is of the old one."""
    old_code: str = ""
    """The imported code, which review left beside the name of another disease."""
    relation_type: str = ""
    points: str = ""
    """The evidence points as JSON, as the published measures read them."""
    rationale: str = ""

    @cached_property
    def judge_sha256(self) -> str:
        """The hash of what a judge of whole answers holds them against; names only add to it."""
        wording = [criterion.text for criterion in self.criteria if criterion.active]
        return digest([self.names[0], self.relation_type, self.points, self.rationale, wording])

    def accepting(self, names: Sequence[str]) -> Asked:
        """Return the same with further names accepted."""
        return replace(self, accepted=(*self.accepted, *names))


def as_imported(item: Item) -> Asked:
    """Return an item as its newest import asks it."""
    return _asked(item, item.content, item.criteria)


def as_asked(item: AskedItem, track: Track) -> Asked:
    """Return an item as its newest import asks it, without its texts: enough for stored grades."""
    return Asked(
        item_id=item.item_id,
        case_id=item.case_id,
        track=track,
        visible_sha256=item.visible_sha256,
        names=(),
        accepted=(),
        orpha_code=item.orpha_code,
        criteria=item.criteria,
        imported_criteria=item.criteria,
        n_images=item.n_images,
        decisive=(),
        supporting=(),
    )


def as_reviewed(item: Item, gold: Gold) -> Asked:
    """Return an item as its gold asks it; `item` is the version that was read.

    Names of the disease it was before review named another do not count, whatever an earlier
    program wrote into a release.
    """
    body, imported = gold.body, item.content
    content = reviewed_content(imported, gold)
    dropped = names_dropped(item, gold)
    kept = tuple(n for n in imported.aliases if n in body.aliases and n not in dropped)
    renamed = is_another_disease(item.track, imported, body.answer)
    old_code = body.orpha_code if renamed and body.orpha_code == imported.orpha_code else ""
    asked = _asked(
        item,
        content.model_copy(update={"aliases": kept}),
        body.criteria,
        accepted=tuple(n for n in body.aliases if n not in kept and n not in dropped),
    )
    code = "" if old_code else body.orpha_code
    return replace(asked, orpha_code=code, renamed=renamed, old_code=old_code)


def names_dropped(item: Item, gold: Gold) -> tuple[str, ...]:
    """Return the imported names that are of another disease than gold's answer."""
    given = next((unit.value for unit in gold.body.units if unit.unit == "field:aliases"), None)
    proposed = [str(name) for name in given] if isinstance(given, list) else []
    return dropped_names(item.track, item.content, gold.body.answer, proposed)


def reviewed_content(content: ItemContent, gold: Gold) -> ItemContent:
    """Return what the reviewed item says and shows: wording, captions and order of the images."""
    body = gold.body
    by_place = {image.position: image for image in content.images}
    order = [place for place in body.image_order if place in by_place]
    moved = order != list(by_place)
    places = {old: new if moved else old for new, old in enumerate(order, start=1)}
    return content.model_copy(
        update={
            "question": body.question,
            "answer": body.answer,
            "orpha_code": body.orpha_code,
            "images": tuple(_shown(by_place[old], body.captions, places[old]) for old in order),
            "decisive_images": _moved(content.decisive_images, places),
            "supporting_images": _moved(content.supporting_images, places),
        }
    )


def _shown(image: ItemImage, captions: Mapping[int, str], place: int) -> ItemImage:
    caption = captions.get(image.position, image.caption)
    return image.model_copy(update={"position": place, "caption": caption})


def _moved(positions: Sequence[int], places: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(places.get(position, position) for position in positions)


def _asked(
    item: Item,
    content: ItemContent,
    criteria: tuple[Criterion, ...],
    accepted: tuple[str, ...] = (),
) -> Asked:
    return Asked(
        item_id=item.item_id,
        case_id=item.case.case_id,
        track=item.track,
        visible_sha256=content.visible_sha256,
        names=(content.answer, *content.aliases),
        accepted=accepted,
        orpha_code=content.orpha_code,
        criteria=criteria,
        imported_criteria=item.criteria,
        n_images=len(content.images),
        decisive=content.decisive_images,
        supporting=content.supporting_images,
        relation_type=content.relation_type,
        points=_points(content, criteria) if item.track is Track.EVIDENCE else "",
        rationale=next((text for name in RATIONALES if (text := content.extra.get(name, ""))), ""),
    )


def _points(content: ItemContent, criteria: Sequence[Criterion]) -> str:
    """Return the evidence points as the benchmark's file gave them, else made of the rubric.

    Without the file's own cell a point has no category, and counts as 'other'.
    """
    if POINTS in content.extra:
        return content.extra[POINTS]
    return json.dumps(
        [
            {"point": criterion.text, "credit": "required" if criterion.required else "optional"}
            for criterion in criteria
            if criterion.active and criterion.points > 0
        ],
        ensure_ascii=False,
    )


def disease_in(asked: Asked, answer: str) -> DiseaseMatch:
    """Return whether an answer names the disease: a diagnosis first, a differential anywhere.

    In a list of at most ten, one sure match is enough; without one, a name that needs review
    leaves the whole list to a person.
    """
    found = [match for _, match in named_in(asked, answer)]
    return min(found, key=lambda match: (match.match is not True, match.match is not None))


def named_in(asked: Asked, answer: str) -> list[tuple[str, DiseaseMatch]]:
    """Return the names an answer gives, each with whether it is the disease: at least one."""
    matcher = partial(_match, asked)
    if asked.track is Track.DIAGNOSIS:
        found = [match_stated(stated(answer), matcher)]
    else:
        found = [match_statement(entry, matcher) for entry in listed(answer) or [""]]
    return [(named.name, _ruled(asked, named)) for named in found]


def name_key(name: str) -> str:
    """Return the spelling by which a name in an answer is told from others."""
    bare = bare_name(name)
    return folded(bare) or bare.casefold()


def _match(asked: Asked, candidate: str) -> DiseaseMatch:
    return _matched(
        candidate,
        asked.names,
        asked.orpha_code,
        asked.accepted,
        asked.orpha_names,
        asked.ontology,
    )


def _ruled(asked: Asked, named: Named) -> DiseaseMatch:
    """Return what a person said of a name, where the matcher could not decide."""
    found, candidate = named.match, named.name
    said = asked.ruled.get(name_key(candidate)) if found.match is None else None
    if said is None:
        return found
    is_it = said is Ruled.ACCEPTED
    explanation = f"{candidate!r} {'is' if is_it else 'is not'} it: a person said so."
    how: Literal["alias", "no"] = "alias" if is_it else "no"
    return DiseaseMatch(match=is_it, how=how, matched=found.matched, explanation=explanation)


@lru_cache(maxsize=65_536)
def _matched(
    candidate: str,
    names: tuple[str, ...],
    orpha_code: str,
    accepted: tuple[str, ...],
    orpha_names: tuple[str, ...],
    ontology: DiseaseOntology | None,
) -> DiseaseMatch:
    """Return a match, kept from before: models name the same diseases again and again."""
    return match_disease(
        candidate,
        names,
        orpha_code,
        accepted=accepted,
        orpha_names=orpha_names,
        ontology=ontology,
    )


def text_measures(asked: Asked, answer: str) -> dict[str, ItemScore]:
    """Return the published measures of an answer that need no judge.

    From 0 to 1, but the rank of the first hit. An empty answer is read as the word 'nan', as
    there (D1, D10).
    """
    return _judge_free(asked, answer or MISSING_TEXT)


def reply_measures(asked: Asked, reply: WholeAnswerReply) -> dict[str, ItemScore]:
    """Return the published measures of an answer that a judge's reply gives, each 0 to 1.

    A call that failed counts as the reference counts it, as zero.
    """
    if reply.kind == "candidates":
        return _measured(OF_CANDIDATES, candidate_scores(reply.text))
    names = JUDGED[asked.track]
    if reply.asked_sha256 != asked.judge_sha256:
        return dict.fromkeys(names, ItemScore(reason=REPLY_TO_OTHER))
    return _measured(names, judged_scores(asked.track, reply.text, asked.points))


def _measured(names: Sequence[str], found: Mapping[str, float]) -> dict[str, ItemScore]:
    return {
        name: ItemScore(found[name]) if name in found else ItemScore(reason=UNDEFINED)
        for name in names
    }


def _judge_free(asked: Asked, answer: str) -> dict[str, ItemScore]:
    if asked.track is Track.DIAGNOSIS:
        return {"token_f1": ItemScore(token_f1(_golds(asked), answer.strip()))}
    if asked.track is Track.DIFFERENTIAL:
        return _ranked_scores(asked, answer)
    if asked.track is Track.EVIDENCE:
        texts = text_scores(answer, asked.points, asked.rationale)
        return {**_image_scores(asked, answer), **_measured(OF_TEXT, texts)}
    return {"substring_match": ItemScore(float(substring_match(_reference(asked), answer)))}


def _reference(asked: Asked) -> str:
    """Return the reference answer as the published scorer reads it: 'nan' where it is empty."""
    return asked.names[0] or MISSING_TEXT


def _golds(asked: Asked) -> list[str]:
    return gold_list(_reference(asked), [*asked.names[1:], *asked.accepted])


def _ranked_scores(asked: Asked, answer: str) -> dict[str, ItemScore]:
    golds = stripped_gold_list(_reference(asked), [*asked.names[1:], *asked.accepted])
    ranked = parse_ranked_list(answer)
    rank = first_hit_rank(ranked, golds)
    scores = {
        f"recall@{depth}": ItemScore(float(rank is not None and rank <= depth))
        for depth in RECALL_DEPTHS
    }
    return {
        **scores,
        "mrr": ItemScore(0.0 if rank is None else 1.0 / rank),
        MEAN_RANK: ItemScore(reason=NO_HIT) if rank is None else ItemScore(float(rank)),
        "hit_rate": ItemScore(float(rank is not None)),
        "parse_fail_rate": ItemScore(float(not ranked)),
    }


def _image_scores(asked: Asked, answer: str) -> dict[str, ItemScore]:
    found = image_attribution(answer, asked.n_images, asked.decisive, asked.supporting)
    something_to_choose = bool(asked.decisive) and asked.n_images > len(set(asked.decisive))
    return {
        name: ItemScore(float(found[name]))
        if name in found and (something_to_choose or name not in SELECTION_MEASURES)
        else ItemScore(reason=UNDEFINED)
        for name in IMAGE_MEASURES
    }
