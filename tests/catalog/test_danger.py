"""Danger to life is seen; alarming words in harmless matters are not taken for it."""

from __future__ import annotations

import time

import pytest

from catalog.danger import harmless_messages, in_danger
from catalog.language import Language

DANGERS: dict[Language, str] = {
    "fi": """
haluan kuolla
en jaksa enää elää
aion tappaa itseni
tapan itteni
mies ei hengitä
isä sai sydänkohtauksen
sydänkohtaus!
sydankohtas
äiti makaa lattialla tajuttomana
rintaa puristaa
talo palaa
keittiö on tulessa
tulipalo
mun mies hakkaa mua
se uhkaa tappaa mut
lapsi söi pesuainetta
vauva ei hengita
en saa henkeä
joku puukotti kaveria
mummo kaatui eikä pääse lattialta, makaa lattialla
soittakaa ambulanssi
otin liikaa lääkkeitä
poikani on kadonnut
lapset on yksin kotona ja vauva itkee
isä lyö äitiä just nyt
hän vuotaa verta eikä se lopu
kaveri hukkuu
mulla on itsemurha-ajatuksia
mieheni on tajuton
vaari ei herää
haluun vaan kuolla pois
naapurissa palaa
aivohalvaus, suupieli roikkuu
itsemurha on mielessä koko ajan
pelkään henkeni puolesta
lapsi nielaisi nappipariston
epäilen häkämyrkytystä
""",
    "sv": """
jag vill dö
orkar inte leva längre
jag tänker ta livet av mig
min man slår mig
pappa andas inte
mamma har fått en hjärtattack
hjartatack
det brinner i köket
huset står i lågor
han är medvetslös
får inte luft
jag har ont i bröstet
barnet har druckit diskmedel
hon har tagit för många tabletter
ring ambulans
mormor ligger på golvet och kommer inte upp
min son är försvunnen
barnen är ensamma hemma och gråter
han hotar att döda mig
han blöder jättemycket
nån håller på att drunkna
jag har självmordstankar
det brinner
hon vaknar inte
han hotar med kniv
nån bryter sig in
stroke, mungipan hänger
ja vill int leva meir
grannen slår sina barn
hon svimmade och vaknar inte
skär mig i armarna
pappa har svårt att andas
blev knivhuggen
""",
}
CASES = [(text, lang) for lang, texts in DANGERS.items() for text in texts.strip().split("\n")]
HARMLESS = [(text, lang) for lang in DANGERS for text in harmless_messages(lang)]


@pytest.mark.parametrize(("text", "language"), CASES)
def test_danger_is_seen(text: str, language: Language) -> None:
    assert in_danger(text, language) is not None


@pytest.mark.parametrize(("text", "language"), CASES)
def test_danger_is_seen_in_a_conversation_of_the_other_language(
    text: str, language: Language
) -> None:
    assert in_danger(text, "sv" if language == "fi" else "fi") is not None


@pytest.mark.parametrize(("text", "language"), HARMLESS)
def test_a_harmless_matter_raises_no_alarm(text: str, language: Language) -> None:
    assert in_danger(text, language) is None


def test_there_are_cases_enough_of_both_kinds() -> None:
    for language in DANGERS:
        assert sum(lang == language for _, lang in CASES) >= 25
        assert sum(lang == language for _, lang in HARMLESS) >= 25


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("haluan kuolla", "self_harm"),
        ("isä sai sydänkohtauksen", "illness"),
        ("huset står i lågor", "fire"),
        ("min man slår mig", "violence"),
        ("lapsi söi pesuainetta", "poisoning"),
        ("min son är försvunnen", "person_in_danger"),
    ],
)
def test_the_kind_of_danger_is_told(text: str, kind: str) -> None:
    found = in_danger(text, "fi")
    assert found is not None
    assert found.kind == kind


def test_a_harmless_word_does_not_hide_the_danger_beside_it() -> None:
    assert in_danger("palovaroitin soi ja talo palaa", "fi") is not None
    assert in_danger("Passi on kadonnut. Mieheni ei hengitä!", "fi") is not None


def test_danger_is_seen_at_the_end_of_a_long_message_in_time() -> None:
    start = time.process_time()
    assert in_danger("haluan kertoa asiasta " * 5000 + "en jaksa enää elää", "fi") is not None
    assert time.process_time() - start < 2
