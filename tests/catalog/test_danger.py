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
vaimoni makaa keittiön lattialla eikä vastaa
apua mies jolla on puukko yrittää ovesta sisään
tytär otti purkillisen särkylääkkeitä
en näe enää syytä elää
isällä kova kipu rinnassa ja säteilee käteen
vauva meni siniseksi
kerrostalossa palaa
naapurin asunnosta tulee savua
mummi sai aivohalvauksen äsken
haluisin vaan nukkua pois ikuisesti
ukko lyö mua
exä uhkaa tulla tappamaan
lapsi putosi järveen
kaveri veti överit
hän ei enää hengitä
pelastakaa, mun siskoa puukotettiin
äiti ei vastaa ja sen silmät on kääntyneet ympäri
taapero tippui ikkunasta
mulla on köysi valmiina
en pysty enää jatkamaan, kukaan ei jäisi kaipaamaan
vaarin toinen käsi ei toimi ja puhe on sekavaa
poika veti jotain nappeja eikä siihen saa kontaktia
autotallissa on tulipalo
hella syttyi palamaan
isäpuoli tuli humalassa ja potkii ovea sekä uhkaa tappaa meidät
mies kuristi mua viime yönä ja on taas tulossa
vauva tukehtuu johonkin
mummi on kaatunut suihkussa ja päästä tulee verta
kaverini lähetti jäähyväisviestin
lapsi on juonut tinneriä
heikot jäät, koira ja mies vajosivat
rinnassa tuntuu kova puristus
ampiainen pisti ja kurkku turpoaa
oon ajatellu tehdä itselleni jotain
naapuri huutaa apua
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
min sambo har slagit mig idag och jag är rädd
farmor har ramlat och svarar inte
det kommer rök från grannens lägenhet
vill inte leva mer
jag tänker hoppa
barnet har svalt batteri
mannen i butiken ramlade ihop och andas inte
pappa pratar sluddrigt och ena armen hänger
någon står utanför med kniv
min dotter har skurit sig
hjälp hon blöder
båten sjunker
har tagit hela asken sömntabletter
exet hotar döda mig
hjälp min man har kollapsat
jag har svalt en burk alvedon
mamma är okontaktbar
det luktar gas i hela huset
han jagar mig med yxa
min kompis skrev att hon ska ta sitt liv
flickan har fastnat i halsen med en korv
sommarstugan står i brand
ex-mannen bankar på dörren och ska slå ihjäl mig
blod överallt, han slutar inte blöda
ja orkar int meir, vill bara försvinna
lillebror har ramlat i brunnen
mormor pratar konstigt och ena sidan är förlamad
tuppade av och vaknar inte
det ryker ur elcentralen
pojken har ätit farfars hjärtmedicin
jag blir slagen hemma
hon har gått ut på bron och vill hoppa
svårt att få luft efter getingstick
någon skriker på hjälp i trapphuset
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
