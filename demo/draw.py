"""Draws the images of the demo study: python -m demo.draw OUT_DIR [--seed N].

OUT_DIR/images gets the pictures, OUT_DIR/lesions.json the box of everything drawn on them, in
upright pixels. No real patient is shown: every picture is made of noise and outlines. The same
seed gives the same bytes with the same versions of numpy and Pillow.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from demo import charts, cross_sections, figures, projections, surfaces
from demo.shapes import Box, Drawing, Pencil

SEED = 20261120
TURNED = 6
"""The EXIF orientation of a picture taken with the telephone on its side."""


def _heart_plate(rng: np.random.Generator) -> Drawing:
    parts = [
        projections.echocardiogram(rng),
        cross_sections.heart_mri(rng),
        projections.chest_scintigraphy(rng),
        charts.electrocardiogram(rng),
    ]
    return charts.plate(parts, (900, 640), 2)


PICTURES: dict[str, Pencil] = {
    "case1_ct.jpg": lambda rng: cross_sections.abdomen_ct(rng, cuff=0.085),
    "case1_ct_after.jpg": lambda rng: cross_sections.abdomen_ct(rng, cuff=0.025),
    "case1_bone_scan.png": lambda rng: projections.bone_scan(rng, "knees"),
    "case1_knees_t1.png": cross_sections.knees_t1,
    "case1_biopsy.jpg": lambda rng: surfaces.histiocytes(rng, "he"),
    "case1_cd68.jpg": lambda rng: surfaces.histiocytes(rng, "brown"),
    "case2_ecg.png": charts.electrocardiogram,
    "case2_echo.jpg": projections.echocardiogram,
    "case2_scintigraphy.png": projections.chest_scintigraphy,
    "case2_heart_mri.png": cross_sections.heart_mri,
    "case2_figure.jpg": _heart_plate,
    "case3_flair.png": lambda rng: cross_sections.brain_axial(rng, "flair"),
    "case3_t1.png": lambda rng: cross_sections.brain_axial(rng, "t1"),
    "case3_sagittal.png": cross_sections.brain_sagittal,
    "case3_fundus.jpg": surfaces.fundus,
    "case3_angiogram.jpg": surfaces.angiogram,
    "case3_audiogram.png": charts.audiogram,
    "case4_chest.jpg": lambda rng: projections.chest_radiograph(rng, collapsed=True),
    "case4_chest_ct.jpg": cross_sections.chest_ct,
    "case4_kidney.png": projections.renal_ultrasound,
    "case4_abdomen.jpg": lambda rng: cross_sections.abdomen_ct(rng, fat_mass=True),
    "case4_coronal.jpg": cross_sections.chest_coronal,
    "case5_arm.jpg": surfaces.arm_photograph,
    "case5_arm_day10.jpg": lambda rng: surfaces.arm_photograph(rng, healed=True),
    "case5_biopsy.jpg": surfaces.neutrophilic_dermis,
    "case5_chest.jpg": projections.chest_radiograph,
    "case6_femur.png": projections.femur_radiograph,
    "case6_thigh_ct.png": cross_sections.thigh_ct,
    "case6_bone_scan.png": lambda rng: projections.bone_scan(rng, "one leg"),
    **figures.PICTURES,
}
ON_ITS_SIDE = {"case5_arm.jpg"}
SAME_PATIENT = {
    "case1_ct_after.jpg": "case1_ct.jpg",
    "case5_arm_day10.jpg": "case5_arm.jpg",
    "case3_t1.png": "case3_flair.png",
}
"""Pictures that share the chance of another, so that both show one body."""


def draw_all(
    folder: Path, seed: int = SEED, names: Iterable[str] = tuple(PICTURES)
) -> dict[str, dict[str, Box]]:
    """Draw pictures into the folder and return where things can be seen, by file name."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    lesions: dict[str, dict[str, Box]] = {}
    for name in names:
        drawing = PICTURES[name](_chance(SAME_PATIENT.get(name, name), seed))
        _save(drawing.image, images / name)
        lesions[name] = drawing.lesions
    text = json.dumps(lesions, indent=1) + "\n"
    (folder / "lesions.json").write_text(text, encoding="utf-8")
    return lesions


def _chance(name: str, seed: int) -> np.random.Generator:
    """Return the chance of one picture: adding a picture leaves all others as they are."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _save(image: Image.Image, path: Path) -> None:
    if path.suffix == ".png":
        image.save(path, optimize=False, compress_level=5)
        return
    exif = Image.Exif()
    if path.name in ON_ITS_SIDE:
        exif[0x0112] = TURNED
        image = image.transpose(Image.Transpose.ROTATE_90)
    image.save(path, quality=88, exif=exif)


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw the images of the demo study.")
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    lesions = draw_all(options.out_dir, options.seed)
    print(f"Drew {len(lesions)} images into {options.out_dir / 'images'}.")


if __name__ == "__main__":
    main()
