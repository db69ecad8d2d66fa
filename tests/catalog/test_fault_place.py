"""The place that a fault report names, in the words that people write it with."""

from __future__ import annotations

import time

import pytest

from catalog.fault_place import place_of

FINNISH = [
    ("Kuoppa Kauppakadulla on niin syvä että multa hajosi vanne. Kuka sen paikkaa?", "Kauppakatu"),
    ("katuvalot pimeänä koko Mäntytien pituudelta jo toista viikkoa", "Mäntytie"),
    ("Mannerheimintiellä on iso monttu bussikaistalla", "Mannerheimintie"),
    ("Keinun ketju on poikki Kuusitien kentällä, lapsi kolhaisi päänsä eilen", "Kuusitie"),
    ("osoitteessa Mannerheimintie 5 A 12 roskat levällään kadulla", "Mannerheimintie 5A"),
    ("Torikatu 12:n edessä liikennemerkki vinossa", "Torikatu 12"),
    ("Rantapolku 3 kohdalla puu kaatunut tielle", "Rantapolku 3"),
    ("lamppu pimeänä kauppakadun päässä", "Kauppakatu"),
    ("KUOPPA KESKUSKADULLA, KORJATKAA", "Keskuskatu"),
    ("Aleksis Kiven kadulla ei ole aurattu", "Aleksis Kiven katu"),
    ("Vanhalla Turuntiellä lumivalli estää näkyvyyden", "Vanha Turuntie"),
    ("Pohjoisella Rautatiekadulla kaivonkansi kolisee", "Pohjoinen Rautatiekatu"),
    ("Etelä-Esplanadilla on penkki rikki", "Etelä-Esplanadi"),
    ("Sadevesikaivo tulvii Myllykujalla aina kun sataa", "Myllykuja"),
    ("Hämeentien pyörätiellä lasinsiruja", "Hämeentie"),
    ("hiekoitus puuttuu Koulutieltä kokonaan", "Koulutie"),
    ("Kylätie 4 edustalla vesi lainehtii", "Kylätie 4"),
    ("Kauppakadulla 3 lamppua on pimeänä", "Kauppakatu"),
    ("Kauppakadulla 3 viikkoa sitten aukaistu monttu on yhä auki", "Kauppakatu"),
    ("Mannerheimintien ja Kaivokadun risteyksessä valot vilkkuvat",
     "Mannerheimintien ja Kaivokadun risteys"),
    ("Kauppakadun ja Torikadun kulmassa kaivo auki", "Kauppakadun ja Torikadun kulma"),
    ("Liikennevalot rikki Hämeentien/Helsinginkadun risteyksessä",
     "Hämeentien/Helsinginkadun risteys"),
    ("Kuoppa kantatie 66:lla hajotti vanteen", "kantatie 66"),
    ("tie 23 ihan jäässä ei oo suolattu", "tie 23"),
    ("valtatiellä 4 hirvi makaa pientareella", "valtatie 4"),
    ("valtatiellä 4, hirvi makaa pientareella", "valtatie 4"),
    ("Kehä III on täynnä rekoista tippunutta lautaa", "Kehä III"),
    ("E18 ja meluaita nurin", "E18"),
    ("Suojatie on kulunut pois Haagan koulun kohdalla", "Haagan koulu"),
    ("Roskikset pursuaa Pikku Huopalahden leikkipuistossa", "Pikku Huopalahden leikkipuisto"),
    ("pysäkkikatos rikottu Tapiolan uimarannalla", "Tapiolan uimaranta"),
    ("Kaatunut koivu Fiskarsin ja Karjaan välillä", "Fiskarsin ja Karjaan välillä"),
    ("Kaisaniemenpuistossa on neuloja maassa", "Kaisaniemenpuisto"),
    ("Porvoossa Jokirannalla penkki palanut", "Jokiranta"),
    ("Isoympyräkadulle on kaadettu öljyä", "Isoympyräkatu"),
    ("Reikä asfaltissa Vaylakatu 7 kohdalla", "Vaylakatu 7"),
    ("Lähetän uudelleen: Rauhankatukin on auraamatta", "Rauhankatu"),
]  # fmt: skip
FINNISH_WITHOUT = [
    "Roskis jäi tyhjentämättä koska oli kuulemma liian painava",
    "toi meijän katu on ku sveitsiläinen juusto, kuka nää reiät täyttää",
    "Meidän kadulla ei ole valoja",
    "Valtava koivu nojaa pyörätien yli puiston reunassa",
    "liikennemerkki on kaatunut ojaan suojatien kohdalla",
    "Pyörätie maantien varressa on lasinsiruja täynnä",
    "Maantiellä makaa hirvi",
    "traktorilla ajettiin nurmikko pilalle",
    "tonttien rajat ovat epäselvät ja lehtien haravointi tekemättä",
    "Oppituntien aikana melutaan",
    "Leikkipuiston keinusta on ketju poikki",
    "Uimarannalla ei ole vessaa",
    "Rikkinäisen pysäkin lasit ovat maassa",
    "Kunnan puistossa on roskia",
    "tiellä 3 autoa ojassa",
    "Koulun pihassa on lasia",
    "Ostin torilta pyörän ja laskuja tulee edelleen",
    "Poliisilta tuli kirje samantien",
    "Muutin Lappeenrannasta ja Riihimäeltä",
    "Kirpputorilla oli roskia, konttorilla ei",
    "Skeittipuisto aiotaan purkaa",
    "Valtiokonttorin kirje tuli kuntien kautta vesillä liikkujan postiin",
    "",
    "5",
]
SWEDISH = [
    ("Gropen utanför vår brevlåda på Skolvägen är så djup att dottern körde omkull", "Skolvägen"),
    ("Gungan i parken på Rosengatan är trasig, kedjan hänger i en skruv", "Rosengatan"),
    ("gatlyktan är släckt på Storgatan 5", "Storgatan 5"),
    ("hål i asfalten på storgatan", "Storgatan"),
    ("Lyktstolpen på Norra Esplanaden lutar", "Norra Esplanaden"),
    ("Mannerheimvägens cykelbana är full av glas", "Mannerheimvägen"),
    ("Snövallen på Gamla Borgåvägen 12 B skymmer sikten", "Gamla Borgåvägen 12B"),
    ("Alexis Kivis gata har inte plogats", "Alexis Kivis gata"),
    ("Trafikljuset blinkar i korsningen av Storgatan och Skolvägen",
     "korsningen Storgatan och Skolvägen"),
    ("I hörnet av Rådhusgatan och Kyrkogatan ligger glas", "hörnet Rådhusgatan och Kyrkogatan"),
    ("Brunnen är stockad i korsningen Torggatan/Hamngatan", "korsningen Torggatan och Hamngatan"),
    ("klotter vid skolan i Malm", "skolan i Malm"),
    ("En gran har fallit halvvägs över vägen vid Tenala kyrka efter stormen.", "Tenala kyrka"),
    ("Jättestort hål i vägbanan mellan Ingå och Fagervik", "mellan Ingå och Fagervik"),
    ("Det ligger en älg på riksväg 8 söder om Vörå", "riksväg 8"),
    ("räcket är borta på väg 25", "väg 25"),
    ("E18 är full av plankor", "E18"),
    ("Nedskräpat på Slottsstranden", "Slottsstranden"),
    ("trädet på Bergsgränden 3 har fallit", "Bergsgränden 3"),
    ("Lekställningen på Lillbackastigen är trasig", "Lillbackastigen"),
    ("soptunnorna svämmar över på Salutorget", "Salutorget"),
    ("lamporna släckta på Kyrkbron", "Kyrkbron"),
    ("Halt på Mannerheimintie vid spårvagnen", "Mannerheimintie"),
    ("Plankan är lös på badstranden i Hangö", "badstranden i Hangö"),
]  # fmt: skip
SWEDISH_WITHOUT = [
    "Regnbrunnen är stockad av löv så hela korsningen svämmar över",
    "Gungan på lekparken har gått av",
    "Vi är rullstolsburna och kantstenen vid nya cykelvägen är för hög",
    "Det har inte plogats på vår landsväg sedan i torsdags",
    "hål i vägen",
    "Jag bröt handleden på isen",
    "Bänken där mamma brukar vila på vägen till butiken är bortplockad",
    "Landsvägen är hal",
    "Tunnan har inte tömts på tre veckor",
    "Vår skola har inga lampor",
    "plogin ha lagt en heil vall, ja e 84 o orkar int skyffel",
    "vem ska man ring i kommun",
    "Skejtparken rivs, ishallen drar ström",
    "köpte en bostadsaktie i Kroatien",
    "barnen går den mörka skolvägen hem",
]


@pytest.mark.parametrize(("text", "place"), FINNISH)
def test_the_place_of_a_finnish_report_is_found(text: str, place: str | None) -> None:
    assert place_of(text, "fi") == place


@pytest.mark.parametrize(("text", "place"), SWEDISH)
def test_the_place_of_a_swedish_report_is_found(text: str, place: str | None) -> None:
    assert place_of(text, "sv") == place


@pytest.mark.parametrize("text", FINNISH_WITHOUT)
def test_a_finnish_report_that_names_no_place_has_none(text: str) -> None:
    assert place_of(text, "fi") is None


@pytest.mark.parametrize("text", SWEDISH_WITHOUT)
def test_a_swedish_report_that_names_no_place_has_none(text: str) -> None:
    assert place_of(text, "sv") is None


def test_a_long_report_takes_no_longer_to_read() -> None:
    began = time.perf_counter()
    place_of("Aa " * 20_000 + "katu" * 20_000, "fi")
    place_of("1 " * 20_000, "sv")
    assert time.perf_counter() - began < 0.5
