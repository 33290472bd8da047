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
    r"|\bwhen\b.*|\bafter\b.*|\bin\s+order\b.*|\b\d[\d.,]*\s*(?:mg|g|µg|mcg|ml|mL|IU|U|%).*)$",
    re.IGNORECASE,
)
PIECES: Final = re.compile(r"\s*(?:[;,/\n•]|\band\b|\bor\b|\bplus\b|\bfollowed\s+by\b)\s*", re.I)
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
LAST_HEAD: Final = re.compile(
    r"\s+(?:tests?|testing|assays?|levels?|measurement|analysis|panel|concentration)$",
    re.IGNORECASE,
)
AVOIDED: Final = re.compile(
    r"\b(?:avoid\w*|contraindicated|withh[eo]ld\w*|discontinu\w+|stop(?:ped|ping)?|unnecessary"
    r"|not\s+(?:\w+\s+)?(?:indicated|recommended|needed|required|advised))\b",
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


def treatments(listed: Iterable[str], prose: Iterable[str]) -> tuple[Listed, ...]:
    """Return the drugs and procedures of an item: its list entries, and what its prose names."""
    wanted = [sentence for text in prose for sentence in _asking(text)]
    entries = (entry for entry in listed if not AVOIDED.search(entry))
    return _unique([*_entries(entries, _is_treatment), *_named(wanted, _treatments_in)])


def tests(listed: Iterable[str], prose: Iterable[str]) -> tuple[Listed, ...]:
    """Return the tests of an item: its list entries whole, and what its prose names."""
    return _unique([*_entries(listed, lambda _: True), *_named(prose, _tests_in)])


def _asking(text: str) -> Iterator[str]:
    """Yield the clauses of a text that advise against nothing."""
    clauses = re.split(r"[;\n]|\.(?=\s|$)|,\s+but\b", text)
    return (clause for clause in clauses if not AVOIDED.search(clause))


def _unique(found: Iterable[Listed]) -> tuple[Listed, ...]:
    return tuple({entry.text.casefold(): entry for entry in found}.values())


def _entries(texts: Iterable[str], fits: Callable[[str], bool]) -> Iterator[Listed]:
    """Yield list entries that are short enough to be names, without what introduces them."""
    for text in texts:
        bare = LEAD.sub("", text.strip(), count=1).strip().rstrip(".")
        for piece in (TAIL.sub("", bare), *PIECES.split(bare)):
            piece = TAIL.sub("", piece.strip()).strip(" .,:;-")
            if 1 <= len(piece.split()) <= 6 and fits(piece):
                yield from _listed(piece)


def _is_treatment(piece: str) -> bool:
    return any(pattern.search(piece) for pattern in (DRUG, KNOWN_ANY_CASE, PROCEDURE))


def _named(texts: Iterable[str], finder: Callable[[str], Iterable[str]]) -> Iterator[Listed]:
    for text in texts:
        for piece in finder(text):
            yield from _listed(piece)


def _treatments_in(text: str) -> Iterator[str]:
    for pattern in (DRUG, KNOWN_ANY_CASE, ONE_PROCEDURE, PROCEDURE):
        yield from (match.group() for match in pattern.finditer(text))


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
