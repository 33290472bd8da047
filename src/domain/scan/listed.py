"""Treatments and tests by name, as an item's answer, claims and criteria list them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple


class Listed(NamedTuple):
    """A treatment or test that an item asks for; a general one says little."""

    text: str
    general: bool


LEAD: Final = re.compile(
    r"^\W*(?:the\s+)?(?:answer|response|plan)?\s*(?:(?:must|should)\s+)?(?:clearly\s+|also\s+)?"
    r"(?:names?|mentions?|states?|recommends?|suggests?|includes?|proposes?|gives?|orders?|starts?"
    r"|administers?|prescribes?|uses?|performs?|obtains?|requests?|considers?|identif(?:y|ies)"
    r"|initiates?|continues?|offers?|provides?|advises?|specif(?:y|ies)|do|repeats?|checks?"
    r"|measures?|starting|initiating|initiation\s+of|start\s+of|treatment\s+with|therapy\s+with"
    r"|use\s+of|administration\s+of)\s+(?:the\s+use\s+of\s+|a\s+|an\s+|the\s+|that\s+)?",
    re.IGNORECASE,
)
TAIL: Final = re.compile(
    r"\s*(?:\(.*|\bas\b.*|\bfor\b.*|\bto\b.*|\bat\b.*|\bwith\b.*|\bbecause\b.*|\bif\b.*"
    r"|\bwhen\b.*|\bafter\b.*|\bbefore\b.*|\bevery\b.*|\buntil\b.*|\bduring\b.*|\bwithin\b.*|\bin\s+order\b.*|\b\d[\d.,]*\s*(?:mg|g|µg|mcg|ml|mL|IU|U|%).*)$",
    re.IGNORECASE,
)
PIECES: Final = re.compile(
    r"\s*(?:[;,\n•]|/(?!(?:kg|day|d|m2|m²|h|hour|week|dose)\b)|\band\b|\bor\b|\bplus\b|\bfollowed\s+by\b)\s*",
    re.I,
)
MODIFIER: Final = r"(?:[A-Za-z0-9][\w\-]{0,30}\s+)"

DRUG: Final = re.compile(
    r"\b[A-Za-z][a-z\-]{2,24}(?:mab|nib|cept|tide|statin|pril|sartan|olone|asone|isone|onide|cillin"
    r"|mycin|micin|cycline|azole|floxacin|parin|platin|rubicin|taxel|trexate|prine|limus|gliptin"
    r"|gliflozin|vir|ase\s+alfa|ase\s+beta|cerase|sidase|sulfase|glucosidase|mustine|fosfamide|domide|zomib|stat"
    r"|tinib|ciclib|parib|rafenib|metinib|leukin|kinra|feron|ferone|oprost|sentan|dronate|dronic"
    r"|setron|lukast|olol|dipine|thiazide|triptan|barbital|azepam|zolamide|racetam|gabalin|pentin"
    r"|quine|quinine|caine|curium|relin|relix|tropin|poetin|grastim|plasmin|teplase|xaban|gatran"
    r"|thioprine|purine|abine|fluorouracil|poside|tecan|cristine|blastine|relbine|amine|salazine"
    r"|alone|acetam|idone|apine|aripiprazole|oxetine|ipramine|triptyline|conazole|bendazole"
    r"|mectin|farone|fibrate|glitazone|formin|alafil|osin|zosin|lactone|semide|tanide|sulfan"
    r"|mycophenolate|cyclosporine?|ciclosporin|steroids?|corticosteroids?)\b",
)
KNOWN_DRUGS: Final = (
    "aspirin|insulin|heparin|warfarin|colchicine|digoxin|lithium|levodopa|thalidomide|dapsone"
    "|interferon(?:[\\s-](?:alpha|alfa|beta|gamma|α|β|γ))?(?:[\\s-]?\\d[ab])?|glucagon|diazoxide"
    "|octreotide|penicillamine|trientine|zinc|miglustat|sapropterin|nitisinone|carglumic acid"
    "|hydroxyurea|hydroxycarbamide|busulfan|melphalan|cyclophosphamide|mitotane|tranexamic acid"
    "|danazol|icatibant|ivermectin|morphine|testosterone|estrogen|oestrogen|levothyroxine"
    "|hydrocortisone|fludrocortisone|biotin|thiamine|riboflavin|vitamin [A-EK]\\d*|iron|folic acid"
    "|immunoglobulins?|IVIG|IVIg|antivenom|methylene blue|acyclovir|amphotericin B?|rituximab"
    "|methylprednisolone|prednisone|prednisolone|dexamethasone|calcium|magnesium|potassium"
    "|alemtuzumab|pegvisomant|bosentan|sildenafil|amiodarone|flecainide|mexiletine|quinidine"
)
PROCEDURE_HEADS: Final = (
    r"transplant(?:ation)?s?|emboli[sz]ation|radiotherapy|chemotherapy|immunotherapy"
    r"|radiation(?:\s+therapy)?|irradiation|plasmapheresis|plasma\s+exchange|dialysis"
    r"|h(?:a)?emodialysis|ablation|resection|excision|debridement|amputation|drainage|decompression"
    r"|fixation|fusion|stent(?:ing|s)?|bypass|replacement(?:\s+therapy)?|phlebotomy|transfusions?"
    r"|debulking|curettage|ligation|shunt(?:ing)?|pacemaker|defibrillator|splinting|bracing|diet"
    r"|supplementation|therapy|surgery|inhibitors?|chelation|phototherapy|cryotherapy"
    r"|sclerotherapy|laser|graft(?:ing)?|osteotomy|reconstruction|stimulation"
    r"|[a-z]{3,24}(?:ectomy|plasty|otomy|ostomy|pexy|desis|centesis|apheresis)"
)
PROCEDURE: Final = re.compile(rf"\b{MODIFIER}{{0,3}}(?:{PROCEDURE_HEADS})\b", re.IGNORECASE)
ONE_PROCEDURE: Final = re.compile(
    r"\b[a-z]{3,24}(?:ectomy|plasty|otomy|ostomy|pexy|desis|centesis|apheresis)\b", re.IGNORECASE
)
KNOWN: Final = re.compile(rf"\b(?:{KNOWN_DRUGS})\b")
KNOWN_ANY_CASE: Final = re.compile(rf"\b(?:{KNOWN_DRUGS})\b", re.IGNORECASE)

ROUTE: Final = (
    r"oral|intravenous|subcutaneous|intramuscular|intrathecal|inhaled|nebuli[sz]ed|topical|enteral"
    r"|parenteral|IV|high-dose|low-dose|long-term|lifelong|weekly|daily|early|prompt|immediate"
    r"|empirical?|adjuvant|prophylactic|maintenance"
)
GIVING: Final = (
    r"recommends?|suggests?|proposes?|gives?|giving|starts?|starting|administers?|prescribes?|uses?"
    r"|initiates?|initiating|continues?|adds?|adding|offers?|begins?|switch(?:es|ed|ing)?\s+to"
    r"|chang(?:es?|ed|ing)\s+to|treat(?:s|ed|ing|ment)?\s+(?:is\s+|was\s+)?with|therapy\s+with"
    r"|(?:replacement|prophylaxis|induction|maintenance|chelation|supplementation)\s+with"
    r"|(?:infusions?|courses?|doses?|injections?|trial|use|administration|initiation)\s+of"
)
SALT: Final = (
    r"acid|sodium|potassium|calcium|alfa|alpha|beta|oxide|trioxide|sul(?:f|ph)ate|phosphate|acetate"
    r"|hydrochloride|chloride|citrate|benzoate|phenylbutyrate|triacetate|oil|blue|globulin"
    r"|tartrate|mesylate|maleate|gluconate|bicarbonate"
)
SUBSTANCE: Final = rf"[A-Za-z][A-Za-z\-α-ω]{{4,30}}(?:\s+(?:{SALT})\b)?"
CONNECTS: Final = (
    r"and|or|with|plus|at|for|to|in|by|on|as|from|until|every|once|twice|daily|weekly|monthly|per"
    r"|before|after|during|when|if|because|is|was|should|infusions?|injections?|tablets?|capsules?"
    r"|therapy|treatment|prophylaxis|supplementation|chelation|replacement|regimens?|cream|ointment"
    r"|drops|lifelong|long-term|without|within|under|through|first|again|together|alone|over|via|\w+ly"
)
GIVEN: Final = re.compile(
    rf"\b(?:{GIVING}|oral|intravenous|subcutaneous|intramuscular|intrathecal|inhaled)\s+"
    rf"(?:(?:{ROUTE})\s+)*({SUBSTANCE}(?:\s+(?!(?:{CONNECTS})\b)[A-Za-z][\w\-]{{2,20}})?)"
    rf"(?=\s*(?:$|[^\w\s]|\d)|\s+(?:{CONNECTS})\b)",
    re.IGNORECASE,
)
"""One or two words that are given, with nothing behind them that they would only describe."""
DOSED: Final = re.compile(
    rf"\b({SUBSTANCE})\s+\(?\d[\d.,–-]*\s?(?:mg|g|µg|μg|mcg|IU|U|units?|mL|ml|MU|mmol|%)\b"
)
LED: Final = re.compile(rf"^(?:(?:{ROUTE})\s+)+", re.IGNORECASE)
WITH_SALT: Final = re.compile(
    r"\b([A-Za-z][A-Za-z\-α-ω]{4,30}\s+(?:acid|alfa|trioxide|phenylbutyrate|triacetate|hydrochloride"
    r"|citrate|benzoate|acetate|mesylate|maleate|tartrate|gluconate))\b"
)
IS_GIVEN: Final = re.compile(
    rf"^\W*(?:(?:the\s+)?(?:answer|response|plan)\s+)?(?:{GIVING})\s", re.I
)
NO_SUBSTANCE: Final = re.compile(
    r"(?:ing|ed|ly|tion|tions|sion|ment|ments|ness|ance|ence|logy|logist|ship|ery|ures?|ity|ities"
    r"|apy|apies|ics|ists?|ful|less|ous|ular|ical|able|ible|ive|sis|oma|itis|emia|pathy|ease|drome)$",
    re.IGNORECASE,
)
"""Endings of words that name no substance."""
NO_SUBSTANCES_LISTED: Final = """
patient patients doses dose course courses regimen drugs agent agents fluid fluids oxygen advice
support follow-up feeds water plenty breaks child adult mother infant family parents clinic intake
tablets capsules infusions injections cycles months weeks years times hours other these those their
there where which while further first second third plan diet protein proteins vitamins minerals
salt sugar foods meals blood plasma serum urine access route control contrast contraceptive
contraceptives hygiene shield brace splint helmet lenses glasses hearing exercise stretch sleep
joint bowel airway lesion lesions tumor tumour tumors tumours nodes lymph heart kidney liver lungs
spine brain nerve muscle bones right large small total whole local wound graft pulse combined double
triple therapy about either single standard lower upper level levels human medical special team
"""
NO_SUBSTANCES: Final = frozenset(NO_SUBSTANCES_LISTED.split())

TEST_HEADS: Final = (
    r"biops(?:y|ies)|MRI|CT|PET(?:[-/]CT)?|SPECT|scan|scintigraphy|tests?|testing|assays?"
    r"|sequencing|immunohistochemistry|immunofluorescence|stain(?:s|ing)?|electrophoresis|cultures?"
    r"|angiograph(?:y|ies)|angiogram|ultrasound|ultrasonography|echocardiograph(?:y|ies)"
    r"|echocardiogram|electromyography|EMG|EEG|ECG|electrocardiogram|electroencephalography"
    r"|karyotyp(?:e|ing)|levels?|serolog(?:y|ies)|endoscopy|colonoscopy|gastroscopy|bronchoscopy"
    r"|cystoscopy|puncture|radiographs?|x-rays?|tomography|analysis|panel|microarray|FISH|PCR"
    r"|microscopy|cytometry|cytology|antibod(?:y|ies)|count|profile|smear|aspirat(?:e|ion)"
    r"|catheteri[sz]ation|spirometry|audiometry|manometry|densitometry|mammography|urinalysis"
    r"|lavage|concentration|activity|exam(?:ination)?|survey|imaging|studies|study|measurement"
)
TEST: Final = re.compile(rf"\b{MODIFIER}{{0,3}}(?:{TEST_HEADS})\b")
TEST_OF: Final = re.compile(
    r"\b(?:MRI|CT|ultrasound|biopsy|radiographs?|x-rays?|angiography|scintigraphy|staining|culture)"
    r"\s+of\s+(?:the\s+)?\w+"
)
KNOWN_TEST: Final = re.compile(
    r"\b(?:(?:serum|plasma|urine|fecal|faecal)\s+)?(?:ESR|CRP|ANCA|ANA|LDH|ACE|IgG4|AFP|hCG|PSA"
    r"|ferritin|haptoglobin|ceruloplasmin|caeruloplasmin|calprotectin|tryptase|troponin|lactate"
    r"|ammonia|copper|cortisol|ACTH|metanephrines?|creatine\s+kinase|galactomannan|chitotriosidase"
    r"|interleukin-\d+|calcitonin|chromogranin\s+A|erythrocyte\s+sedimentation\s+rate"
    r"|C-reactive\s+protein)\b"
)
TEST_ENDING: Final = re.compile(
    r"\w(?:scopy|graphy|graphies|grams?|metry|fixation|phoresis|chemistry|fluorescence|opsy|opsies"
    r"|assay|globulins?|enzymes?|hybridi[sz]ation|typing|genotyping|titres?|titers?|conduction|lamp"
    r"|chloride|clearance|excretion|challenge|provocation|stimulation|suppression|monitoring"
    r"|recording|potentials?|velocity|chains?|walk)\b|\bgenes?\b|\b(?:slit|sweat|lumbar|schirmer)\b",
    re.IGNORECASE,
)
MARKER: Final = re.compile(
    r"[A-Z][A-Za-z]*(?:[-_/]?[A-Z0-9₀-₉]+)+[a-z]?|(?:anti|p|c)-?[A-Z][\w\-]+|[A-Z]{2,6}s?"
)
"""How markers and short names of tests are written: HHV-8, FEV₁, IgG4, anti-AQP4."""
OF: Final = re.compile(r"\s+of\s+", re.IGNORECASE)
PREDICATE: Final = re.compile(
    r"\b(?:is|are|was|were|has|have|before|after|because|warns?|avoids?|looks?|explains?|reviews?)\b",
    re.IGNORECASE,
)
LAST_HEAD: Final = re.compile(
    r"\s+(?:tests?|testing|assays?|levels?|measurement|analysis|panel|concentration)$",
    re.IGNORECASE,
)
AVOIDED: Final = re.compile(
    r"\b(?:avoid\w*|contraindicated|withh[eo]ld\w*|discontinu\w+|stop(?:ped|ping)?|unnecessary"
    r"|without|never|(?:do|does|must|should)\s+not|rather\s+than|instead\s+of|not\s+(?:\w+\s+)?(?:indicated|recommended|needed|required|advised))\b",
    re.IGNORECASE,
)
"""What an answer says of a treatment it does not ask for."""

TEST_HEAD: Final = re.compile(rf"^(?:{TEST_HEADS})$", re.IGNORECASE)

STOP_LISTED: Final = """
a an the of in on at to for from by with without and or as is are was were be been that this which
it its their his her not no both any all one if then than should must may can will would start
starts starting give gives use using perform performed obtain include includes including consider
recommended recommend patient patients treatment treat treated management order mentions mention
names name states state initial first second third line new current further additional appropriate
immediate urgent early prompt long term short daily weekly oral intravenous high low dose after
before followed until during via under repeat regular serial combined combination standard
definitive supportive adjuvant underwent receive received also other such like same confirm
confirmed check measure monitor assess evaluate exclude between but each these those most more
less very we she he they you need needs required
"""
STOP: Final = frozenset(STOP_LISTED.split())
GENERAL_LISTED: Final = """
therapy surgery surgeries inhibitor inhibitors diet steroid steroids corticosteroid
corticosteroids chemotherapy radiotherapy radiation immunotherapy resection excision drainage
supplementation replacement transfusion transfusions iron calcium potassium magnesium zinc
antibiotics antibiotic fixation reconstruction laser insulin heparin aspirin
"""
GENERAL: Final = frozenset(GENERAL_LISTED.split())
GENERAL_WORDS_LISTED: Final = """
medical surgical drug targeted systemic topical physical supportive conservative specific complete
wide local total open laparoscopic blood whole routine laboratory basic general contrast enhanced
serum plasma urine chest abdominal brain head skin bone tissue full clinical abdomen pelvis pelvic
cardiac imaging functional
"""
GENERAL_WORDS: Final = frozenset(GENERAL_WORDS_LISTED.split())
NOTHING_GIVEN: Final = STOP | GENERAL | GENERAL_WORDS | NO_SUBSTANCES


def treatments(listed: Iterable[str], prose: Iterable[str]) -> tuple[Listed, ...]:
    """Return the drugs and procedures of an item: its list entries, and what its prose names."""
    wanted = [sentence for text in prose for sentence in _asking(text)]
    entries = [entry for entry in listed if not AVOIDED.search(entry)]
    substances = (piece for entry in entries for piece in _substances_of(entry))
    found = [*_entries(entries, _is_treatment), *_named(wanted, _treatments_in)]
    return _unique([*found, *(listed for piece in substances for listed in _listed(piece))])


def tests(listed: Iterable[str], prose: Iterable[str]) -> tuple[Listed, ...]:
    """Return the tests of an item: list entries that read like tests, and what its prose names."""
    return _unique([*_entries(listed, _is_test, whole=True), *_named(prose, _tests_in)])


def _asking(text: str) -> Iterator[str]:
    """Yield the clauses of a text that advise against nothing."""
    clauses = re.split(r"[;\n]|\.(?=\s|$)|,\s+but\b", text)
    return (clause for clause in clauses if not AVOIDED.search(clause))


def _unique(found: Iterable[Listed]) -> tuple[Listed, ...]:
    return tuple({entry.text.casefold(): entry for entry in found}.values())


def _entries(
    texts: Iterable[str], fits: Callable[[str], bool], whole: bool = False
) -> Iterator[Listed]:
    """Yield list entries that are short enough to be names, without what introduces them.

    With `whole`, an entry of a few words is one, whether it fits or not.
    """
    for text in texts:
        bare = LEAD.sub("", text.strip(), count=1).strip().rstrip(".")
        is_name = (
            whole and PREDICATE.search(bare) is None and STOP.isdisjoint(bare.casefold().split())
        )
        for piece in (TAIL.sub("", bare), *PIECES.split(bare), *OF.split(bare)[:1]):
            piece = TAIL.sub("", piece.strip()).strip(" .,:;-()[]")
            if 1 <= len(piece.split()) <= 6 and (is_name or fits(piece)):
                yield from (found for found in _listed(piece) if is_name or fits(found.text))


def _substances_of(entry: str) -> list[str]:
    """Return the first things an entry gives, known as drugs or not: 'Start nitisinone and ...'.

    A bare entry of such words alone gives them too; what follows behind a phrase is none.
    """
    is_given = IS_GIVEN.match(entry) is not None
    bare = (IS_GIVEN.sub("", entry.strip()) if is_given else entry).strip().rstrip(".")
    found: list[str] = []
    for piece in PIECES.split(bare):
        said = TAIL.sub("", piece) if is_given else piece
        name = LED.sub("", said.strip(" .,:;-()[]"))
        if not re.fullmatch(SUBSTANCE, name) or not _is_substance(name):
            return found if is_given else []
        found.append(name)
    return found


def _is_substance(name: str) -> bool:
    """Say whether a word can be the name of a substance."""
    first, *further = name.casefold().split()
    if not NOTHING_GIVEN.isdisjoint([first, *further]):
        return False
    if further and re.fullmatch(SALT, further[-1]):
        return True
    return not any(NO_SUBSTANCE.search(word) for word in (first, *further))


def _is_treatment(piece: str) -> bool:
    return any(pattern.search(piece) for pattern in (DRUG, KNOWN_ANY_CASE, PROCEDURE))


def _is_test(piece: str) -> bool:
    """Say whether an entry names a test: by a word, an ending, or written like a marker."""
    if any(pattern.search(piece) for pattern in (TEST, TEST_OF, KNOWN_TEST, TEST_ENDING)):
        return True
    return any(MARKER.fullmatch(word) for word in piece.split())


def _named(texts: Iterable[str], finder: Callable[[str], Iterable[str]]) -> Iterator[Listed]:
    for text in texts:
        for piece in finder(text):
            yield from _listed(piece)


def _treatments_in(text: str) -> Iterator[str]:
    for pattern in (DRUG, KNOWN_ANY_CASE, ONE_PROCEDURE, PROCEDURE):
        yield from (match.group() for match in pattern.finditer(text))
    yield from _given_in(text)


def _given_in(text: str) -> Iterator[str]:
    """Yield what a text gives a patient, or names with a dose or a salt."""
    for pattern in (GIVEN, DOSED, WITH_SALT):
        names = (match.group(1) for match in pattern.finditer(text))
        yield from (name for name in names if _is_substance(name))


def _tests_in(text: str) -> Iterator[str]:
    for pattern in (TEST, TEST_OF, KNOWN_TEST):
        yield from (match.group() for match in pattern.finditer(text))


def _listed(piece: str) -> Iterator[Listed]:
    words = piece.split()
    for place in range(len(words) - 1, -1, -1):
        if words[place].casefold().strip(",.") in STOP and not TEST_OF.fullmatch(piece):
            words = words[place + 1 :]
            break
    name = " ".join(words)
    if sum(map(str.isalpha, name)) < 3 and not name.isupper():
        return
    yield Listed(name, _is_general(words))
    bare = LAST_HEAD.sub("", name)
    if bare != name and len(bare.split()) > 1:
        yield Listed(bare, _is_general(bare.split()))


def _is_general(words: list[str]) -> bool:
    return all(
        word.casefold() in GENERAL | GENERAL_WORDS or TEST_HEAD.match(word) is not None
        for word in words
    )
