"""The language of a message, with short, dialectal and mixed ones among them."""

from __future__ import annotations

import pytest

from catalog.language import Language, identify

FINNISH = """
mistä saan passin
mista saa passin
haluun hakee asumistukee
pitäs saaha tenava hoitoon ku työt alkaa
mie en tiiä mihin tästä pitäs soittaa
mä tarviin apua vuokraan
lääkäriaika
toimeentulotuki
koira karkas
ei tuu vettä hanasta
missä on lähin terveyskeskus
paljonko hammaslääkäri maksaa
onks kirjasto auki
ei
kyllä
kiitos avusta
kuinka kauan hakemuksen käsittely kestää
vanhempi kaatuu kotona usein
kotihoito
eskari
paivahoitopaikka
ajokortti meni vanhaks
saisko puhuu ihmisen kanssa
muutin tampereelle, mihin ilmotan
oon raskaana mitä nyt
kuulokoje hukkus
jätehuolto
lumet auraamatta meijän tiellä
tarvitsen kelan päätöksen kopion
mite mä saan verokortin
rahat loppu
poika ei pärjää koulussa
voisitteko auttaa
""".strip()

SWEDISH = """
var får jag pass
hur ansoker jag om bostadsbidrag
jag behover hjalp med hyran
ja behöver en dagisplats åt flickon
va ska ja göra nu
vart ska man ring om vattnet e slut
int veit ja va ja ska gör
vem sku kunna hjälp mamma
färdtjänst
hemvård
dagvård
läkartid
öppettider
vad kostar tandläkaren
är biblioteket öppet
jag är gravid
hunden rymde
nej tack
tack för hjälpen
hur länge tar det
mamma ramlar ofta hemma
min son klarar sig inte i skolan
utkomststöd
bygglov för bastu
körkort
sopkärlet har inte tömts
jag vill prata med en människa
pengana e slut
skattekort
flyttade till Vasa, vart anmäler jag
kan ni hjälpa mig
eftis till hösten
jag hittar inte blanketten
""".strip()

CASES: list[tuple[str, Language]] = [
    *((text, "fi") for text in FINNISH.splitlines()),
    *((text, "sv") for text in SWEDISH.splitlines()),
]


def test_short_messages_are_told_apart_without_a_prior() -> None:
    wrong = [text for text, language in CASES if identify(text).language != language]
    assert len(CASES) >= 60
    assert len(wrong) <= 0.05 * len(CASES), wrong


def test_short_messages_are_told_apart_in_a_conversation_of_the_same_language() -> None:
    wrong = [text for text, language in CASES if identify(text, language).language != language]
    assert len(wrong) <= 0.02 * len(CASES), wrong


def test_none_of_our_own_messages_is_taken_for_another_language() -> None:
    assert [text for text, _ in CASES if identify(text).other] == []


@pytest.mark.parametrize("prior", ["fi", "sv"])
@pytest.mark.parametrize(
    "text", ["moi", "ja", "tack", "kiitos", "1", "ok", "😀", "", "???", "hej hej"]
)
def test_a_courtesy_or_a_number_changes_no_language(text: str, prior: Language) -> None:
    assert identify(text, prior).language == prior


def test_a_number_alone_is_finnish_without_a_prior() -> None:
    assert identify("1").language == "fi"


def test_a_whole_sentence_turns_the_conversation() -> None:
    assert identify("hur ansöker jag om hemvårdsstöd", "fi").language == "sv"
    assert identify("miten haen kotihoidon tukea", "sv").language == "fi"


def test_the_majority_of_small_words_decides_a_mixed_message() -> None:
    assert identify("jag vill ha tietoa om min asumistuki").language == "sv"
    assert identify("mistä mä saan sen dagisplats hakemuksen").language == "fi"


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("where can I get a passport", "en"),
        ("I need help with my rent", "en"),
        ("где мне получить новый паспорт", "ru"),
        ("كيف أحصل على جواز سفر", "ar"),
        ("我要办护照", "zh"),
        ("kust ma saan passi taotleda palun", "et"),
        ("waxaan u baahanahay caawimaad", "so"),
        ("dónde puedo renovar mi pasaporte", "es"),
    ],
)
def test_another_language_is_named_and_the_conversations_one_kept(text: str, other: str) -> None:
    found = identify(text, "sv")
    assert (found.language, found.other) == ("sv", other)


def test_a_long_message_costs_no_more_than_its_first_page() -> None:
    assert identify("mistä saan passin " * 50_000).language == "fi"
