"""Case reports that name no disease, made of sentences with slots, the same for the same seed."""

from __future__ import annotations

import random
import re

SHORTEST, LONGEST = 1_500, 6_000

WORDS: dict[str, tuple[str, ...]] = {
    "person": ("woman", "man", "girl", "boy", "teacher", "carpenter", "student", "baker"),
    "since": ("six weeks", "three months", "two years", "ten days", "early childhood", "last May"),
    "complaint": (
        "tiredness",
        "aching of both legs",
        "a swollen knee",
        "blurred sight",
        "weight loss",
        "night sweats",
        "shortness of breath on stairs",
        "a hoarse voice",
        "numb fingers",
        "loose stools",
        "a dry mouth",
        "unsteady gait",
        "a tender abdomen",
        "morning stiffness",
    ),
    "place": ("clinic", "ward", "emergency room", "day unit", "village practice"),
    "side": ("left", "right"),
    "organ": ("liver", "spleen", "kidney", "thyroid gland", "pancreas", "bladder", "heart"),
    "site": ("forearm", "thigh", "neck", "trunk", "cheek", "lower back", "sole of the foot"),
    "size": ("5 mm", "12 mm", "2 cm", "4.5 cm", "a pea", "a plum"),
    "finding": (
        "a firm nodule",
        "a pale patch",
        "a soft swelling",
        "a faint murmur",
        "slow reflexes",
        "a fine tremor",
        "a raised border",
        "mild tenderness",
        "reduced power",
        "dry skin",
    ),
    "blood": (
        "haemoglobin",
        "the white cell count",
        "the platelet count",
        "creatinine",
        "sodium",
        "C-reactive protein",
        "bilirubin",
        "lactate",
        "albumin",
        "the sedimentation rate",
    ),
    "level": ("normal", "slightly raised", "low", "at the upper limit", "twice the usual value"),
    "scan": (
        "ultrasound",
        "a plain radiograph",
        "computed tomography",
        "magnetic resonance imaging",
    ),
    "image": (
        "a round shadow",
        "thickened walls",
        "several small cysts",
        "a bright rim",
        "no free fluid",
        "patchy signal",
        "a smooth outline",
        "enlarged nodes",
    ),
    "relative": ("mother", "father", "sister", "brother", "uncle", "cousin", "grandmother"),
    "course": ("unchanged", "better", "slightly worse", "stable", "less marked"),
    "care": ("rest", "fluids", "a splint", "compresses", "a change of diet", "breathing exercises"),
    "job": ("an office", "a bakery", "a school", "a shipyard", "a farm", "a library"),
    "month": ("January", "March", "June", "August", "October", "December"),
}

OPENING = (
    "A {age}-year-old {person} came to the {place} with {complaint} for {since}.",
    "This {age}-year-old {person} was sent to the {place} because of {complaint} and {complaint}.",
    "In {month} a {person} of {age} years noticed {complaint}, followed by {complaint}.",
    "For {since}, a {age}-year-old {person} had been troubled by {complaint}.",
)
HISTORY = (
    "{They} had grown up on a farm and worked in {job}.",
    "All vaccinations had been given, and {they} had never been abroad.",
    "{Their} {relative} had died at {age} years of an unknown cause.",
    "There was no exposure to dust, birds or solvents.",
    "{They} has two healthy children and lives with {their} {relative}.",
    "Birth and early milestones were without remark.",
    "{They} did not smoke and drank wine at weekends.",
    "The complaint had been put down to work in {job}.",
    "A first visit to another {place} had brought no explanation.",
    "{Their} {relative} reported that {complaint} had come first.",
    "Sleep was poor, appetite fair, and {they} had lost {small} kg since {month}.",
    "No medicines were taken regularly, apart from vitamin drops in winter.",
    "As a child {they} had been as tall as all the others in {their} class.",
    "The men and women of the family were said to be short and strong.",
    "An episode of {complaint} {small} years earlier had passed on its own.",
)
EXAMINATION = (
    "On examination there was {finding} on the {side} {site}.",
    "Blood pressure was {systolic}/{diastolic} mmHg and the pulse {pulse} per minute.",
    "The {organ} could be felt {small} cm below the rib cage.",
    "The {side} arm was weaker than the other.",
    "Temperature was 37.{digit} °C; oxygen saturation was 9{digit} % on room air.",
    "There was {finding}, about {size} across, on the {site}.",
    "Walking on heels and toes was possible, hopping was not.",
    "The skin of the {site} was warm, and {finding} was noted.",
    "Speech, hearing and sight were checked and found to be normal.",
    "Gait was broad, and {they} swayed with eyes closed.",
    "The back was straight and the chest moved evenly.",
    "Reflexes were brisk at the knee and absent at the ankle.",
    "Weight was {weight} kg at a height of {height} cm.",
)
LABORATORY = (
    "In the blood, {blood} was {level}, and {blood} was {level}.",
    "The urine held traces of protein; cultures stayed sterile after {small} days.",
    "A blood count showed that {blood} was {level}.",
    "{blood} had been {level} in {month} and was {level} now.",
    "Repeated samples gave the same values, with {blood} {level}.",
    "Liver values were as before, and {blood} was {level}.",
    "A sample was kept frozen for later questions.",
    "Clotting times were within the range of the laboratory.",
)
IMAGING = (
    "On {scan}, the {organ} showed {image}, {size} in size.",
    "The {side} {site} was looked at by {scan}, which revealed {image}.",
    "Compared with the film of {month}, the change was {course}.",
    "{scan} of the chest gave {image} on the {side}.",
    "The radiologist described {image} near the {organ} and advised a further view.",
    "A tissue sample from the {site} was taken and sent for review.",
    "Under the microscope there were spindle cells in a loose ground, with {image}.",
    "The tracing of the heart showed a regular rhythm at {pulse} per minute.",
    "After contrast, {image} was seen in the {organ}.",
)
COURSE = (
    "{They} was given {care} and advised to return in {small} weeks.",
    "With {care} and {care}, {complaint} became {course} over {small} weeks.",
    "At follow-up in {month} the finding on the {site} was {course}.",
    "The team met twice and set out the next steps with the family.",
    "Consent was obtained from {their} {relative}.",
    "After {small} months {they} was back at work in {job}.",
    "No operation was needed, and {complaint} was {course}.",
    "The question of what lay behind it all stayed open.",
    "A nurse called every {small} days and wrote down the pulse and weight.",
)
PARTS = (HISTORY, EXAMINATION, LABORATORY, IMAGING, COURSE)

WORD_SENTENCES: dict[str, str] = {
    "has": "She {} three brothers who are well.",
    "all": "By then {} four limbs could be moved freely.",
    "was": "The next morning he {} awake early.",
    "men": "Two {} from the same village had similar complaints.",
    "arm": "Raising the {} above the shoulder was painful.",
    "as": "The swelling was {} large on one side as on the other.",
    "an": "He waited for {} hour in the corridor.",
    "at": "The visit took place {} noon.",
    "is": "The patient {} left-handed.",
    "cap": "He wore a {} to hide the patch on the scalp.",
    "cat": "The family keeps a {} and two rabbits.",
    "face": "A rash had spread over the {} and the neck.",
    "fat": "A pad of {} lay under the skin.",
    "gap": "There was a {} of two years between the visits.",
    "hat": "She could not pull the {} over her ears.",
    "mad": "He said the itching drove him {}.",
    "map": "The lesions formed a pattern like a {}.",
    "mass": "No {} could be felt in the flank.",
    "met": "The doctors {} the parents on the second day.",
    "mild": "The pain was {} and came at night.",
    "net": "A {} of fine veins covered the calf.",
    "pan": "She could no longer lift a {} from the stove.",
    "rest": "The pain eased with {} and warmth.",
    "sad": "He felt {} but slept well.",
    "set": "A second {} of samples was stored.",
    "spin": "The room seemed to {} when she stood up.",
    "star": "The scar had the shape of a {}.",
    "stop": "She had to {} twice on the stairs.",
    "tar": "The stool was black like {}.",
    "trap": "He had caught his finger in a {}.",
    "wag": "She could {} her finger without pain.",
    "warm": "The joint was {} and red.",
    "age": "At the {} of nine she could swim.",
    "aim": "The {} of the visit was a second opinion.",
    "cast": "The leg was put in a {} for a month.",
    "camp": "The rash began in a summer {}.",
    "care": "Her aunt took {} of the wound.",
    "cold": "The fingers turned white in the {}.",
    "drop": "A {} of blood was enough for the strip.",
    "fan": "He slept beside a {} in summer.",
    "her": "Both of {} knees were swollen.",
    "his": "He held {} head to the right.",
    "ice": "Packs of {} gave relief.",
    "lead": "The first {} of the tracing was flat.",
    "life": "He had been well all his {}.",
    "lip": "The lower {} was cracked.",
    "mole": "A {} on the back had been there from birth.",
    "nose": "The {} was blocked on both sides.",
    "one": "Only {} of the twins was affected.",
    "pain": "The {} woke him at four.",
    "pop": "She heard a {} in the knee.",
    "rash": "The {} faded within a week.",
    "red": "The eye was {} and watery.",
    "rod": "A steel {} had been placed in the thigh.",
    "sand": "It felt like {} under the eyelids.",
    "scan": "The second {} was no different.",
    "side": "He lay on the other {}.",
    "skin": "Her {} was dry in winter.",
    "son": "Her {} is in good health.",
    "tall": "He was {} for a boy of nine.",
    "test": "The breath {} was repeated.",
    "tip": "The {} of the tongue was smooth.",
    "war": "He had been wounded in the {}.",
    "gist": "The {} of the letter was that she felt weak.",
    "charge": "The nurse in {} wrote down the pulse.",
    "whim": "He had stopped eating meat on a {}.",
    "poems": "She read {} aloud and did not lose her breath.",
    "lam": "He was on the {} from school that day.",
    "kit": "A sampling {} was posted to the family.",
}


def clean_sentences(chance: random.Random, length: int | None = None) -> list[str]:
    """Return the sentences of one report, about `length` characters in all; no disease is named.

    A sentence is said twice only where the report is longer than there is to say.
    """
    wanted = chance.randint(SHORTEST, LONGEST) if length is None else length
    pronouns = chance.choice((("She", "she", "Her", "her"), ("He", "he", "His", "his")))
    sentences = [_filled(chance.choice(OPENING), chance, pronouns)]
    total = len(sentences[0])
    while total < wanted:
        part = PARTS[min(len(PARTS) - 1, len(PARTS) * total // wanted)]
        sentence = _new(part, sentences, chance, pronouns)
        sentences.append(sentence)
        total += len(sentence) + 1
    return sentences


def _new(
    part: tuple[str, ...],
    known: list[str],
    chance: random.Random,
    pronouns: tuple[str, str, str, str],
) -> str:
    for _ in range(6):
        sentence = _filled(chance.choice(part), chance, pronouns)
        if sentence not in known:
            break
    return sentence


def clean_caption(chance: random.Random) -> str:
    """Return the caption of an image, one sentence that names no disease."""
    return _filled(chance.choice(IMAGING), chance, ("She", "she", "Her", "her"))


def clean_text(chance: random.Random, length: int | None = None) -> str:
    """Return one report as a text."""
    return join(clean_sentences(chance, length), chance)


def join(sentences: list[str], chance: random.Random) -> str:
    """Join sentences by spaces, and here and there by a line break."""
    text = sentences[0]
    for sentence in sentences[1:]:
        text += chance.choice((" ",) * 9 + ("\n", "\n\n")) + sentence
    return text


def _filled(template: str, chance: random.Random, pronouns: tuple[str, str, str, str]) -> str:
    known = dict(zip(("They", "they", "Their", "their"), pronouns, strict=True))
    numbers = {
        "age": (17, 78),
        "small": (2, 9),
        "digit": (0, 9),
        "systolic": (95, 165),
        "diastolic": (55, 95),
        "pulse": (52, 110),
        "weight": (38, 104),
        "height": (141, 196),
    }

    def word(found: re.Match[str]) -> str:
        name = found[1]
        if name in known:
            return known[name]
        if name in numbers:
            return str(chance.randint(*numbers[name]))
        return chance.choice(WORDS[name])

    text = re.sub(r"\{(\w+)\}", word, template)
    return text[0].upper() + text[1:]
