"""What stands twice in a study, on a real database and a real image folder."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from src.domain.duplicates import MatchKind
from src.domain.errors import NotAllowedError
from src.domain.people import OPERATOR
from src.services.progress import Progress, WorkStopped
from src.services.workbench import Workbench
from tests.builders import actor, item_line, write_items

REAL = Path(__file__).parents[3] / "shared" / "data" / "images"
LENA = actor("lena")
STORY = (
    "A 54-year-old woman had bone pain in both knees for two years and was seen because of "
    "weight loss; bilateral perirenal soft tissue was found on computed tomography."
)
OTHER = (
    "A newborn boy with a large anterior fontanelle and short fourth metacarpals was followed "
    "for eight years, during which his growth stayed below the third percentile."
)


def picture(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Return a picture with large shapes, so that its copies keep their hash."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def stored(bench: Workbench, folder: Path, **items: dict[str, object]) -> None:
    """Import items whose pictures are drawn into the folder already."""
    lines = []
    for index, changes in items.items():
        given = {"context": f"{index} says nothing.", "case": f"case-{index}", **changes}
        track, case = str(given.pop("track", "diagnosis")), str(given.pop("case"))
        names = [str(name) for name in given.pop("pictures", ())]  # type: ignore[attr-defined]
        images = [{"path": name, "caption": ""} for name in names]
        lines.append(item_line(index, track, case, **given, images=images))
    bench.importing.store_file(OPERATOR, write_items(folder, lines))


def test_a_picture_saved_again_in_another_case_is_found(bench: Workbench, tmp_path: Path) -> None:
    """Smaller and as JPEG, it still looks alike; another picture does not."""
    folder = tmp_path / "in"
    folder.mkdir()
    picture(1).save(folder / "first.png")
    picture(1, (120, 90)).save(folder / "again.jpg", quality=60)
    picture(2).save(folder / "other.png")
    stored(
        bench,
        folder,
        a={"pictures": ["first.png"]},
        b={"pictures": ["again.jpg"]},
        c={"pictures": ["other.png"]},
    )
    found = bench.duplicates.find(LENA)
    (group,) = found.groups
    assert (group.scope, group.items) == ("across", ("test/diagnosis/a", "test/diagnosis/b"))
    (match,) = group.matches
    assert match.kind is MatchKind.ALIKE_IMAGES
    assert match.share >= 1 - 8 / 64
    assert found.of["test/diagnosis/a"].case_id == "case-a"


def test_empty_pictures_do_not_match_each_other(bench: Workbench, tmp_path: Path) -> None:
    """Nearly one grey each: their hash is rounding. The same bytes still count."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, grey in (("x", 128), ("y", 200), ("z", 255), ("x2", 128)):
        Image.new("L", (160, 120), grey).save(folder / f"{name}.png")
    stored(
        bench,
        folder,
        a={"pictures": ["x.png"]},
        b={"pictures": ["y.png"]},
        c={"pictures": ["z.png"]},
        d={"pictures": ["x2.png"]},
    )
    found = bench.duplicates.find(LENA)
    assert found.flat >= 2
    (group,) = found.groups
    assert group.items == ("test/diagnosis/a", "test/diagnosis/d")
    assert group.matches[0].kind is MatchKind.SAME_IMAGE


def test_text_of_one_case_in_another_and_an_answer_told_are_groups(
    bench: Workbench, tmp_path: Path
) -> None:
    """Two cases tell one story; a third case's treatment item names its diagnosis."""
    stored(
        bench,
        tmp_path / "in",
        a={"context": STORY, "answer": "Erdheim-Chester disease"},
        b={"context": f"{STORY} She was treated.", "answer": "Histiocytosis"},
        c={"context": OTHER, "case": "case-c", "answer": "Dubowitz syndrome", "aliases": []},
        d={
            "track": "treatment",
            "case": "case-c",
            "question": "How is Dubowitz syndrome followed?",
            "answer": "By yearly visits",
            "aliases": [],
        },
    )
    across, within = bench.duplicates.find(LENA).groups
    assert across.items == ("test/diagnosis/a", "test/diagnosis/b")
    assert across.matches[0].kind is MatchKind.SHARED_TEXT
    assert "bone pain in both knees" in across.matches[0].quote
    assert within.scope == "within"
    assert within.tells
    assert within.matches[0].items == ("test/diagnosis/c", "test/treatment/d")


def test_what_was_found_is_kept_until_an_item_changes(bench: Workbench, tmp_path: Path) -> None:
    """The same report comes back at once; a new item asks for another."""
    stored(bench, tmp_path / "in", a={"context": STORY}, b={"context": STORY})
    assert bench.duplicates.known(LENA) is None
    found = bench.duplicates.find(LENA)
    assert bench.duplicates.known(LENA) is found
    assert bench.duplicates.find(LENA) is found
    stored(bench, tmp_path / "more", c={"context": STORY})
    assert bench.duplicates.known(LENA) is None
    assert len(bench.duplicates.find(LENA).groups[0].items) == 3


def test_a_stopped_search_keeps_nothing(bench: Workbench, tmp_path: Path) -> None:
    """It tells how far it was."""
    stored(bench, tmp_path / "in", a={"context": STORY}, b={"context": STORY})
    heard: list[Progress] = []

    def watch(progress: Progress) -> bool:
        heard.append(progress)
        return False

    with pytest.raises(WorkStopped):
        bench.duplicates.find(LENA, watch)
    assert (heard[0].done, heard[0].total, heard[0].what) == (2, 2, "items read")
    assert bench.duplicates.known(LENA) is None


def test_readers_do_not_learn_what_stands_twice(bench: Workbench) -> None:
    """A sister item's answer is no reader's business."""
    for person in ("amara", "emil", "stranger"):
        with pytest.raises(NotAllowedError):
            bench.duplicates.find(actor(person))


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no real images at {REAL}")
def test_real_pictures_are_found_again_when_saved_anew(bench: Workbench, tmp_path: Path) -> None:
    """Twelve real pictures, each also at 60 % and as JPEG in another case: twelve groups."""
    folder = tmp_path / "in"
    folder.mkdir()
    files = sorted(path for path in REAL.rglob("*") if path.suffix in {".png", ".jpg"})[::8][:12]
    items: dict[str, dict[str, object]] = {}
    for number, path in enumerate(files):
        shutil.copyfile(path, folder / f"{number}{path.suffix}")
        with Image.open(path) as opened:
            whole = opened.convert("RGB")
        small = whole.resize((max(40, whole.width * 6 // 10), max(40, whole.height * 6 // 10)))
        out = io.BytesIO()
        small.save(out, "JPEG", quality=40)
        (folder / f"{number}-again.jpg").write_bytes(out.getvalue())
        items[f"{number:02}a"] = {"pictures": [f"{number}{path.suffix}"]}
        items[f"{number:02}b"] = {"pictures": [f"{number}-again.jpg"]}
    stored(bench, folder, **items)
    groups = bench.duplicates.find(LENA).groups
    pairs = {tuple(item_id[-3:] for item_id in group.items) for group in groups}
    assert {(f"{n:02}a", f"{n:02}b") for n in range(len(files))} <= pairs
