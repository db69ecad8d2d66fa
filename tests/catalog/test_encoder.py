"""The fast encoder must find what the reference finds."""

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from catalog import encoder, encoder_build, tuned
from catalog.encoder import OnnxEncoder, ReferenceEncoder
from catalog.encoder_build import build

# Names and summaries of the Finnish service catalogue (PTV), shortened.
SERVICES = (
    "10-luokka (lisäopetus). Kymppiluokan tavoitteena on kehittää oppilaan opiskelu- ja",
    "Yrkesinriktad specialundervisning. En studerande som avlägger grundläggande yrkesutbildning",
    "Apuvälinepalvelut. Kunta vastaa lääkinnällisen kuntoutuksen apuvälineiden tarjoamisesta",
    "Servicestyrning för bostadslösa. Kommunen erbjuder bostadslösa och personer som hotas av",
    "Ehkäisevä päihdetyö. Kunnalla on velvoite järjestää ehkäisevä päihdetyö alueellaan",
    "Djurskydd. Vanvårdade djur ska anmälas till den kommunala veterinären, en tjänsteman i",
    "Esiopetus. Esiopetusikäiset eli 6-vuotiaat osallistuvat kunnan järjestämään esiopetukseen.",
    "Personlig assistans. En gravt handikappad person har rätt till personlig assistans om",
    "Ikäihmisten terveystarkastukset. Jokainen, joka kokee terveytensä tai toimintakykynsä",
    "Anmälan om livsmedelslokal. En anmälan om livsmedelslokal ska lämnas in till",
    "Ilmoitus melusta ja tärinästä. Melu- ja tärinäilmoitus tehdään esimerkiksi isoista",
    "Rådgivning kring avfallshantering. Alla som producerar avfall är enligt avfallslagen",
    "Kansalaisopisto. Kansalaisopistot ovat avoimia oppilaitoksia, jotka tarjoavat",
    "Bestyrkande av köp. Vid bestyrkande av köp bestyrks överlåtelsen av en fastighet i närvaro",
    "Kolmiperhepäivähoito. Alle kouluikäisen lapsen varhaiskasvatus voi tapahtua ns",
    "Hemsjukhustjänster. Sjukhusvård som ges i hemmet är ett alternativ till vård på sjukhus",
    "Koululaisten suun terveydenhuolto. Perusopetuksen aikana koululaisen suu ja hampaisto",
    "Kommunal familjedagvård. Förutom dagvård kan föräldrar ansöka om en vårdplats för sitt barn",
    "Kuntalaisaloite. Kunnan asukkailla ja muilla jäsenillä on oikeus tehdä kunnalle aloitteita",
    "Laboratorietjänster. I hälsovårdens laboratorier undersöks bland annat blod-, urin- och",
    "Lastenpsykiatrian päivystyspalvelut. Lastenpsykiatrian päivystyspalvelut toimivat eri",
    "Barnskyddets vård utom hemmet. Med barnskyddets vård utom hemmet avses att vården och",
    "Liittyminen vesi- ja viemäriverkostoon. Kun kiinteistönomistaja haluaa liittää kiinteistön",
    "Tjänster för medicinsk rehabilitering. Medicinsk rehabilitering innebär t ex rådgivning,",
    "Maa-ainesten ottamiseen liittyvä ilmoitus ja luvat. Maa-ainesten eli kiven, soran, hiekan,",
    "Servicestyrning för invandrare. Kommunen erbjuder invandrare rådgivning bland annat i frågor",
    "Maastoliikennelain mukainen lupa. Jos maastossa järjestetään luonnolle, asutukselle ja",
    "Sjömanshälsovårdstjänster. Vissa kuststäder upprätthåller hälsotjänster för sjöfarare.",
    "Minustako yrittäjä? -infotilaisuus. Aloittavan yrityksen infotilaisuudessa saat kattavat",
    "Ungdomslokaler. Ungdomslokaler erbjuder både ledd verksamhet och sådan verksamhet som",
    "Nuorten tieto- ja neuvontapalvelut. Alle 29-vuotiailla on oikeus saada nuorten tieto- ja",
    "Stöd för närståendevård. Närståendevård innebär att vård av en äldre, handikappad eller sjuk",
    "Opiskeluterveydenhuollon palvelut. Kunnan järjestämään opiskeluterveydenhuoltoon sisältyy",
    "Specialundervisning på deltid. En elev inom grundläggande utbildning med",
    "Pelastustoiminta. Kunnat vastaavat pelastustoimesta",
    "Familjerådgivningens tjänster. Kommunen erbjuder barnfamiljer tjänster som främjar barnets",
    "Perusopetuksen aamu- ja iltapäivätoiminta. Aamu- ja iltapäivätoimintaan voivat hakea",
    "Servicestyrning för långtidssjuka. Kommunen erbjuder långtidssjuka rågivning i social- och",
    "Psykologipalvelut. Kunta tarjoaa psykologipalveluita lapsille, nuorille ja kaikenikäisille",
    "Parkeringsövervakning. Kommunen övervakar att parkeringsreglerna följs och utfärdar",
    "Päiväkotihoito esiopetusikäisille. Jos lapsi osallistuu esiopetukseen päiväkodissa,",
    "Rågångsförrättning på detaljplaneområde. En rågångsförrättning är en officiell mätning av",
    "Rasitetoimitus. Tonttia varten voidaan perustaa rasite toisen tontin alueelle.",
    "Måltider på daghem, i förskolan och i skolorna. Barn som deltar i småbarnspedagogisk",
    "Selviämis-, katkaisu- ja vieroitushoito. Päihdekierteen katkaisemista varten on olemassa",
    "Rådgivning i social- och hälsotjänster. Kommunen tillhandahåller rådgivning i hurdana",
    "Sosiaalihuollon loma- ja virkistystoiminta. Lomanviettoon voi saada tukea taloudellisin,",
    "Sociala kreditgivningstjänster. Social kreditgivning är långivning som hör till socialvården",
    "Suomen tai ruotsin opetus toisena kielenä. Suomen tai ruotsin opetus toisena kielenä on",
    "Ekonomisk rådgivning och skuldrådgivning. Den ekonomiska rådgivningen och skuldrådgivningen",
    "Terveystodistuspalvelut. Ajokorttia, vakuutuksia tai uutta työpaikkaa varten voidaan tarvita",
    "Tjänster inom ergoterapi. Ergoterapi är medicinsk rehabilitering med syfte att främja",
    "Sysselsättningsstöd. Sysselsättningsstödet gäller personer som på grund av handikapp,",
    "Tupakointikiellon hakeminen taloyhtiöön. Taloyhtiö voi hakea kunnalta tupakointikiellon",
    "Företagshälsovårdstjänster. Arbetstagare har rätt till företagshälsovård",
    "Vammaisten kuntoutusohjaus. Vammaisen kuntoutusohjaus on kunnan järjestämää neuvontaa, jonka",
    "Vattentjänster. Fastighetsägare som vill ansluta fastigheten till vattentjänstverkets",
    "Väestönsuojelu. Ihmisiä ja omaisuutta suojataan poikkeusoloissa väestönsuojelun keinoin.",
    "Statsbidrag för enskilda vägar. Bidrag för byggande, reparation och underhåll av en enskild",
    "Ympäristönsuojelulain mukainen ilmoitus koeluonteisesta toiminnasta. Koeluonteista toimintaa",
    "Rådgivning för företagsgrundare. Ska du starta ett företag? Hitta information på nätet, få",
    "Yritysten yhteistyöverkostot. Tarjoamme tukea yrityksesi alihankkija- ja",
)

QUESTIONS = (
    "lapsi menee ensi syksynä eskariin, miten ilmoittaudun",
    "miten saan pyörätuolin lainaksi",
    "naapurin työmaalla jyskytetään yöllä",
    "haluaisin illalla keramiikkakurssille",
    "lapsen hampaiden tarkastus koulussa",
    "teen kunnalle ehdotuksen uudesta leikkipuistosta",
    "talo pitäisi liittää vesijohtoon",
    "saanko ottaa soraa omalta maalta",
    "miten perustan oman yrityksen",
    "mistä nuori saa neuvoja opiskelusta ja asumisesta",
    "koululaiselle paikka iltapäiväkerhoon",
    "tarvitsen apua juomisen lopettamiseen",
    "rahaa lomamatkaan pienituloiselle perheelle",
    "tarvitsen lääkärintodistuksen ajokorttia varten",
    "taloyhtiössä poltetaan parvekkeella, voiko sen kieltää",
    "peruskoulun päättötodistuksen arvosanojen korottaminen",
    "lapseni on itsetuhoinen ja tarvitsee apua heti",
    "hund som vanvårdas, vart anmäler jag",
    "jag är vräkt och har ingenstans att bo",
    "jag ska öppna ett café, behöver jag anmäla köket",
    "var kan jag bli av med gamla färgburkar",
    "köpvittne när vi säljer stugan",
    "dagmamma till min ettåring",
    "jag sköter min sjuka man hemma, får jag ersättning",
    "jag fick en parkeringsbot",
    "barnet har det svårt att läsa i skolan",
    "skulderna växer och jag kan inte betala",
    "bidrag för att laga vår enskilda väg",
    "jag tänker starta eget",
    "blodprov, var tar man det",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("models") / "encoder"
    build(place, lambda step: None)
    return place


@pytest.fixture(scope="module")
def fast(folder: Path) -> OnnxEncoder:
    return OnnxEncoder(folder)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> OnnxEncoder:
    """The graph over the weights as they were released: what the reference engine runs."""
    place = tmp_path_factory.mktemp("released") / "encoder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder_build.tuned, "load", dict)
        build(place, lambda line: None)
    return OnnxEncoder(place)


@pytest.fixture(scope="module")
def reference() -> ReferenceEncoder:
    return ReferenceEncoder()


def best(
    model: encoder.Encoder, questions: Sequence[str], services: Sequence[str]
) -> npt.NDArray[np.int64]:
    """The five nearest services of each question, the nearest first."""
    scores = model.embed(questions, "query") @ model.embed(services, "passage").T
    return np.argsort(-scores, axis=1, kind="stable")[:, :5]


def test_each_text_points_where_the_reference_points(
    released: OnnxEncoder, reference: ReferenceEncoder
) -> None:
    services = released.embed(SERVICES, "passage") * reference.embed(SERVICES, "passage")
    questions = released.embed(QUESTIONS, "query") * reference.embed(QUESTIONS, "query")
    assert np.concatenate([services, questions]).sum(axis=1).min() >= 0.995


def test_questions_find_the_services_that_the_reference_finds(
    released: OnnxEncoder, reference: ReferenceEncoder
) -> None:
    ours, theirs = (best(model, QUESTIONS, SERVICES) for model in (released, reference))
    same_first = np.mean(ours[:, 0] == theirs[:, 0])
    shared = np.mean([len({*a} & {*b}) / 5 for a, b in zip(ours, theirs, strict=True)])
    assert same_first >= 0.95
    assert shared >= 0.90


def test_the_tuned_layers_answer_and_stay_near_the_released_ones(
    fast: OnnxEncoder, released: OnnxEncoder
) -> None:
    cosines = (fast.embed(QUESTIONS, "query") * released.embed(QUESTIONS, "query")).sum(axis=1)
    assert cosines.max() < 0.9999
    assert cosines.min() > 0.7


def test_tuned_layers_are_kept_as_they_are_multiplied(tmp_path: Path) -> None:
    layers = tuned.load()
    tuned.save(layers, tmp_path / "again.npz")
    again = tuned.load(tmp_path / "again.npz")
    assert layers.keys() == again.keys()
    assert all(np.allclose(layers[name], again[name], atol=1e-7) for name in layers)


def test_a_question_and_a_passage_of_the_same_words_differ(fast: OnnxEncoder) -> None:
    [question], [passage] = (fast.embed(["passi"], kind) for kind in ("query", "passage"))
    assert question @ passage < 0.99


def test_vectors_have_unit_length(fast: OnnxEncoder) -> None:
    lengths = np.linalg.norm(fast.embed(["", "a", "kirjasto " * 400], "passage"), axis=1)
    assert lengths == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_rows(fast: OnnxEncoder, reference: ReferenceEncoder) -> None:
    assert fast.embed([], "query").shape == (0, fast.width)
    assert reference.embed([], "query").shape == (0, reference.width)


def test_a_text_has_the_same_vector_whatever_stands_beside_it(fast: OnnxEncoder) -> None:
    alone = fast.embed(["passin uusiminen"], "query")[0]
    beside = fast.embed(["hej", "passin uusiminen", "kirjasto " * 90], "query")[1]
    assert np.array_equal(alone, beside)


def test_threads_share_one_encoder(fast: OnnxEncoder) -> None:
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: fast.embed([text], "query")[0], QUESTIONS * 2))
    assert np.array_equal(rows, fast.embed(QUESTIONS * 2, "query"))


def test_beyond_512_tokens_a_text_is_not_read(fast: OnnxEncoder) -> None:
    long = "kirjasto " * 600
    read, with_an_end = fast.embed([long, long + "passi"], "passage")
    assert np.array_equal(read, with_an_end)


@pytest.mark.parametrize(
    "text",
    [
        "Missa\u0308 on la\u0308hin kirjasto?",  # letters and accents apart
        "  Var   finns\u00a0närmaste\tbibliotek?\n",
        "½ päivää ﬁnansiering 5 €",
        "Čáhcesuolu, Âanâr, Njeʹllem",
        "😀 パスポート паспорт جواز",
        "",
    ],
)
def test_odd_spellings_are_read_as_the_reference_reads_them(
    text: str, released: OnnxEncoder, reference: ReferenceEncoder
) -> None:
    assert np.vdot(released.embed([text], "query"), reference.embed([text], "query")) >= 0.995


def test_letters_and_accents_apart_are_the_same_word(fast: OnnxEncoder) -> None:
    joined, apart = fast.embed(["päiväkoti", "pa\u0308iva\u0308koti"], "query")
    assert np.array_equal(joined, apart)


def test_a_second_build_does_nothing(folder: Path) -> None:
    steps: list[str] = []
    build(folder, steps.append)
    assert steps == []


def test_two_builds_are_byte_for_byte_the_same(folder: Path, tmp_path: Path) -> None:
    build(tmp_path / "again", lambda step: None)
    for file in folder.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_stale_folder_is_built_again_and_nothing_is_left_beside_it(
    folder: Path, tmp_path: Path
) -> None:
    stale = tmp_path / "encoder"
    shutil.copytree(folder, stale)
    (stale / encoder.STAMP).write_text("{}", encoding="utf-8")
    assert encoder.load(stale).name == OnnxEncoder(folder).name
    assert encoder.is_fresh(stale)
    assert {path.name for path in tmp_path.iterdir()} == {"encoder", ".encoder.lock"}


def test_a_build_that_stops_halfway_leaves_the_old_files(folder: Path, tmp_path: Path) -> None:
    def stop(step: str) -> None:
        if step == "putting the graph together":
            raise KeyboardInterrupt

    old = tmp_path / "encoder"
    shutil.copytree(folder, old)
    (old / encoder.STAMP).write_text("{}", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        build(old, stop)
    assert {path.name for path in old.iterdir()} == {path.name for path in folder.iterdir()}
    assert (old / encoder.STAMP).read_text(encoding="utf-8") == "{}"


def test_where_nothing_can_be_built_the_reference_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "occupied").write_text("not a folder", encoding="utf-8")
    served = encoder.load(tmp_path / "occupied" / "encoder")
    assert isinstance(served, ReferenceEncoder)
    assert "using the slow one" in caplog.text


def test_the_two_encoders_never_share_a_cache_key(
    fast: OnnxEncoder, reference: ReferenceEncoder
) -> None:
    assert fast.name != reference.name
