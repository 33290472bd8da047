"""Answers that are not in English: what calls itself the diagnosis there, and words for disease."""

from __future__ import annotations

import re
from typing import Final

NOUNS: Final = r"""
diagn[oó]stic[oa]? diagnosi diagnose diagnosen diagnos diagnoosi diagn[oó]za diagn[oó]zis
diagnosticul hauptdiagnose enddiagnose verdachtsdiagnose arbeitsdiagnose rozpoznanie rozpoznání
диагноз διάγνωση tanı
r[eé]ponse respuesta resposta risposta antwort antwoord svar odpowiedź
"""
QUALIFIERS: Final = r"""
final finale finala finalul definitiv[oae]? définitif definitif probable prov[aá]vel probabile
principal principale retenu évoqué suspecté cl[ií]nic[oa] clinique m[aá]s mais plus pi[uù] le el il
la o mon mi die der de het presunti?v[oa] presunto trabajo trabalho travail lavoro
wahrscheinlichste wahrscheinliche endgültige führende klinische klinisk meest waarschijnlijke
definitieve uiteindelijke mest sannolika sandsynlige sannsynlige endelige slutlig slutgiltig
todennäköisin lopullinen ostateczna ostateczne końcowe najbardziej prawdopodobna prawdopodobne
konečná végső valószínű окончательный вероятный τελική πιθανή kesin
"""
_NOUN: Final = "|".join(NOUNS.split())
_QUALIFIER: Final = "|".join(QUALIFIERS.split())
_CALLED: Final = rf"(?:(?:{_QUALIFIER})\s+){{0,4}}(?:{_NOUN})(?:\s+(?:{_QUALIFIER})){{0,5}}"
LEAD_IN: Final = re.compile(rf"[\s*_#>•-]*{_CALLED}\s*\**\s*:\s*\**\s*", re.IGNORECASE)
"""'Diagnóstico final: ', 'Wahrscheinlichste Diagnose: ', 'Diagnostic : '; no differential ones."""
FOREIGN_MARK: Final = "in another language"
"""Stands behind a name that waits because it is of another language."""
HEADING: Final = re.compile(_CALLED, re.IGNORECASE)
FINAL: Final = re.compile(r"fina|d[eé]finiti|end|slut|ostat|konečn|végső|оконч|τελικ|lopul", re.I)

SYNDROMES: Final = (
    "síndrome sindrome syndrom syndroom syndroma sindromul syndromet syndrooma zespół"
)
DISEASES: Final = """
enfermedad maladie malattia morbo morbus doença krankheit erkrankung ziekte sykdom sygdom sjukdom
choroba nemoc boala tauti
"""
SMALL_WORDS: Final = "de del della des du di da do dos d van von der la le el il"
_SYNDROME: Final = re.compile(rf"\b(?:{'|'.join(SYNDROMES.split())})\b", re.IGNORECASE)
_DISEASE: Final = re.compile(rf"\b(?:{'|'.join(DISEASES.split())})\b", re.IGNORECASE)
_SMALL: Final = re.compile(rf"\b(?:{'|'.join(SMALL_WORDS.split())})\b['’]?", re.IGNORECASE)
_FRENCH: Final = re.compile(r"\bsyndrome\s+(?:de|du|des|d['’])\s*", re.IGNORECASE)


def without_foreign_lead_in(text: str) -> str:
    """Return a text without 'Diagnóstico final:' and the like in front."""
    return LEAD_IN.sub("", text, count=1) if LEAD_IN.match(text) else text


def in_english(name: str) -> str:
    """Return a name with 'syndrome of' and 'disease of' for other languages' words for these.

    'Síndrome de Marfan' is 'syndrome of Marfan'. A name without such words is as it was.
    """
    plain = _FRENCH.sub("syndrome of ", name)
    plain = _DISEASE.sub("disease of", _SYNDROME.sub("syndrome of", plain))
    return name if plain == name else " ".join(_SMALL.sub(" ", plain).split())
