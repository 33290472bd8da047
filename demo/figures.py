"""What is drawn for the twenty cases of the October reading, by file name."""

from __future__ import annotations

import math

from demo import charts, cross_sections, plots, projections
from demo.shapes import Pencil

HIGH_LOSS = ((15, 20, 30, 50, 65, 70), (10, 20, 35, 55, 60, 75))
PROFOUND_LOSS = ((95, 100, 105, 105, 110, 110), (90, 100, 105, 110, 110, 110))
SLOPING_LOSS = ((50, 60, 70, 75, 80, 85), (55, 65, 65, 70, 80, 90))

EFFORT = plots.Axes("Minutes after effort (-1: at rest)", "mV", (-1, 0), (5, 6), (1, 1))
EFFORT_SEEN = ((-1, 1.2), (0, 5.1), (1, 3.4), (2, 2.0), (3, 1.4), (4, 1.2), (5, 1.2))
FEVER = plots.Axes("Days", "°C", (0, 36), (84, 40), (7, 0.5))
ATTACKS = {12: 38.9, 13: 39.5, 14: 38.2, 40: 39.2, 41: 39.4, 42: 37.9, 71: 38.6, 72: 39.6, 73: 38.3}
AMMONIA = plots.Axes("Hours", "micromol/L (normal below 50)", (0, 0), (48, 400), (6, 50))
AMMONIA_SEEN = ((0, 140), (6, 190), (12, 240), (24, 300), (36, 345), (48, 380))
NEUTROPHILS = plots.Axes("Days", "x 10^9/L", (0, 0), (70, 4), (7, 1))
POTASSIUM = plots.Axes("Hours", "mmol/L", (0, 1), (36, 5), (4, 0.5))
POTASSIUM_SEEN = ((0, 1.9), (2, 2.0), (6, 2.6), (12, 3.5), (18, 4.1), (24, 4.4), (36, 4.3))
SODIUM = plots.Axes("Days", "mmol/L", (0, 115), (7, 145), (1, 5))
SODIUM_SEEN = ((0, 138), (1, 136), (2, 133), (3, 130), (4, 127), (5, 124), (7, 121))
ACUITY = plots.Axes("Weeks.  Blue: right eye.  Red: left eye", "decimal", (0, 0), (20, 1), (2, 0.2))
RIGHT_EYE = ((0, 0.9), (1, 0.5), (2, 0.25), (4, 0.1), (8, 0.05), (14, 0.05), (20, 0.05))
LEFT_EYE = ((0, 1.0), (6, 1.0), (7, 0.7), (8, 0.4), (10, 0.15), (14, 0.05), (20, 0.05))
SERUM = plots.Axes("Distance", "absorption", (0, 0), (10, 1), (1, 0.2))
PROTEINS = (
    ("albumin", 1.5, 0.86, 0.35),
    ("alpha-1", 2.9, 0.12, 0.2),
    ("alpha-2", 4.2, 0.24, 0.3),
    ("beta", 5.8, 0.2, 0.35),
    ("M", 7.6, 0.44, 0.13),
    ("gamma", 8.9, 0.1, 0.6),
)
PLASMA = plots.Axes("Minutes", "signal", (0, 0), (60, 1), (10, 0.2))
AMINO_ACIDS = (
    ("Gly", 14, 0.12, 0.5),
    ("Ala", 18, 0.16, 0.5),
    ("Val", 27, 0.42, 0.6),
    ("aIle", 33, 0.2, 0.5),
    ("Ile", 36, 0.34, 0.5),
    ("Leu", 40, 0.9, 0.6),
    ("Phe", 50, 0.08, 0.5),
)


def _cycle() -> list[tuple[float, float]]:
    """Return neutrophil counts twice a week that fall to nothing every 21 days."""
    days = [n * 3.5 for n in range(21)]
    return [(day, max(0.05, 1.6 - 1.7 * math.cos(2 * math.pi * day / 21))) for day in days]


def _temperatures() -> list[tuple[float, float]]:
    return [(day, ATTACKS.get(day, 36.5 + 0.2 * math.sin(day))) for day in range(85)]


def _family(*generations: str) -> Pencil:
    return lambda rng: plots.family_tree(rng, generations)


def _course(axes: plots.Axes, seen: str, *series: plots.Points) -> Pencil:
    return lambda rng: plots.course(rng, axes, series, seen)


PICTURES: dict[str, Pencil] = {
    "case7_audiogram.png": lambda rng: charts.audiogram(
        rng, HIGH_LOSS, "high-frequency loss", (500, 340, 570, 300)
    ),
    "case7_family.png": _family("Mf", "FmM", "Pf"),
    "case8_ecg.png": lambda rng: charts.electrocardiogram(rng, "long QT"),
    "case8_audiogram.png": lambda rng: charts.audiogram(
        rng, PROFOUND_LOSS, "profound loss", (160, 740, 900, 150)
    ),
    "case9_exercise.png": _course(EFFORT, "rise after effort", EFFORT_SEEN),
    "case10_fever.png": _course(FEVER, "attacks of fever", _temperatures()),
    "case11_bone_scan.png": lambda rng: projections.bone_scan(rng, "knees"),
    "case11_electrophoresis.png": lambda rng: plots.trace(rng, SERUM, PROTEINS, "M"),
    "case12_ammonia.png": _course(AMMONIA, "rising ammonia", AMMONIA_SEEN),
    "case13_neutrophils.png": _course(NEUTROPHILS, "cycle of 21 days", _cycle()),
    "case14_chest_ct.jpg": lambda rng: cross_sections.chest_ct(rng, air_right=False, cysts=14),
    "case14_family.png": _family("Mf", "MfF", "Pm"),
    "case15_flair.png": lambda rng: cross_sections.brain_axial(rng, "flair", "behind"),
    "case16_chest.jpg": lambda rng: projections.chest_radiograph(rng, nodule=True),
    "case16_family.png": _family("mF", "Fm", "pM"),
    "case17_chest_ct.jpg": lambda rng: cross_sections.chest_ct(
        rng, air_right=False, cysts=34, nodules=26
    ),
    "case18_bone_scan.png": lambda rng: projections.bone_scan(rng, "shafts"),
    "case19_flair.png": lambda rng: cross_sections.brain_axial(rng, "flair", "confluent"),
    "case19_family.png": _family("Mf", "FmM", "Pf"),
    "case20_audiogram.png": lambda rng: charts.audiogram(
        rng, SLOPING_LOSS, "sloping loss", (160, 470, 900, 270)
    ),
    "case21_heart_mri.png": lambda rng: cross_sections.heart_mri(rng, patch=True),
    "case21_family.png": _family("mf", "FmM", "Pf"),
    "case22_ecg.png": lambda rng: charts.electrocardiogram(rng, "coved"),
    "case23_chromatogram.png": lambda rng: plots.trace(rng, PLASMA, AMINO_ACIDS, "Leu"),
    "case24_course.png": _course(POTASSIUM, "potassium in the attack", POTASSIUM_SEEN),
    "case25_sodium.png": _course(SODIUM, "falling sodium", SODIUM_SEEN),
    "case25_family.png": _family("mF", "fmF", "pf"),
    "case26_acuity.png": _course(ACUITY, "loss of both eyes", RIGHT_EYE, LEFT_EYE),
    "case26_family.png": _family("mf", "fmM", "Pff"),
}
