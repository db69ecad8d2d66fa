"""What identifies a person never gets past the door; harmless numbers do."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.personal_data import TOKENS, Contact, contact, mask, spans
from tests.pace import least

CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
SENTENCES = (
    "Hetuni on {}, mistä saan passin?",
    "hei {} tässä, haluan kysyä eläkkeestä",
    "Äitini tunnus: {}. Miten haen hoitotukea?",
    "min personbeteckning är {} och jag behöver hjälp",
    "jag heter Anna ({}), när får jag svar",
    "mun hetu:{}",
    "{}",
    "har väntat sedan 1.2.2024, {}, ring 040 123 4567",
)


def identity_code(chance: random.Random, *, right: bool = True) -> str:
    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(0, 99)
    sign, number = chance.choice("+-ABCDEFUVWXY"), chance.randint(2, 899)
    check = CHECK[int(f"{day:02}{month:02}{year:02}{number:03}") % 31]
    if not right:
        check = chance.choice(CHECK.replace(check, "") + "GIOQZ")
    return f"{day:02}{month:02}{year:02}{sign}{number:03}{check}"


def respelled(code: str, chance: random.Random) -> str:
    """The code in one of the ways that people and their keyboards write it."""
    day, month, year, sign, number = code[:2], code[2:4], code[4:6], code[6], code[7:]
    dash = chance.choice("-–—‐‑−－") if sign == "-" else sign
    gap = chance.choice(["", "", " ", "\u00a0", "\u2009"])
    dot = chance.choice(["", "", ".", " "])
    written = f"{day}{dot}{month}{dot}{year}{gap}{dash}{gap}{number}"
    wide = written.translate({ord("0") + i: 0xFF10 + i for i in range(10)})
    hidden = written[:3] + "\u200b" + written[3:]
    return chance.choice([written, written.lower(), written, wide, hidden])


def test_a_thousand_identity_codes_in_all_spellings_are_masked() -> None:
    chance = random.Random(1)
    missed = []
    for round_ in range(1000):
        code = respelled(identity_code(chance, right=round_ % 5 != 0), chance)
        message = chance.choice(SENTENCES).format(code)
        masked = mask(message).text
        if code in masked or TOKENS["HETU"] not in masked or code[-4:] in masked:
            missed.append((message, masked))
    assert missed == []


def harmless_number(chance: random.Random) -> str:
    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(1930, 2030)
    hour, minute, number = chance.randint(0, 23), chance.randint(0, 59), chance.randint(1, 9999)
    return chance.choice(
        [
            f"{day}.{month}.{year}",
            f"{day:02}.{month:02}.{year}",
            f"{year}-{month:02}-{day:02}",
            f"{day}.{month}.–{day}.{month}.{year}",
            f"{day:02}/{month:02}/{year}",
            f"{number} €",
            f"{number // 1000 + 1} {number % 1000:03} €",
            f"{number},{minute:02}",
            f"{chance.randint(0, 99999):05} Helsinki",
            f"LK-{chance.randint(1000, 99999)}",
            f"LK-{chance.randint(0, 16**6):06X}",
            f"klo {hour}.{minute:02}",
            f"{hour:02}:{minute:02}",
            f"{hour:02}.{minute:02}–{(hour + 2) % 24:02}.00",
            str(year),
            f"{year}-{year + 1}",
            f"{chance.randint(1, 1500)}/{year}",
            f"{month:02}/{year}",
            chance.choice(["112", "116117", "116 117"]),
            f"{chance.randint(1000000, 9999999)}-{chance.randint(0, 9)}",
            f"{number} kpl",
            f"{chance.randint(1, 20)}-vuotias",
        ]
    )


def test_of_a_thousand_harmless_numbers_one_in_a_hundred_is_masked_at_most() -> None:
    chance = random.Random(2)
    numbers = [harmless_number(chance) for _ in range(1000)]
    masked = [number for number in numbers if mask(f"asia koskee {number} tässä").found]
    assert len(masked) <= 10, masked


@pytest.mark.parametrize(
    "code",
    [
        "131052-308T", "131052-308X", "010190+123a", "13 10 52 - 308 T", "131052 308T",
        "131052–308T", "13.10.52-308T", "１３１０５２－３０８Ｔ", "131052308T", "010190y123c",
        "13\u200b1052-308T", "321052-308T", "131052 - 308T", "13.10.1952-308T", "19900101-1234",
    ],
)  # fmt: skip
def test_an_identity_code_is_masked_however_it_is_written(code: str) -> None:
    assert mask(f"hetu {code}.").text == "hetu [ID]."


@pytest.mark.parametrize(
    "account",
    [
        "FI21 1234 5600 0007 85", "fi2112345600000785", "FI21 1234 5600 0007 86",
        "FI21-1234-5600-0007-85", "FI21\u00a01234\u00a05600\u00a00007\u00a085",
        "SE45 5000 0000 0583 9825 7466", "DE89370400440532013000", "LV80BANK0000435195001",
        "GB29 NWBK 6016 1331 9268 19", "123456-785",
    ],
)  # fmt: skip
def test_an_account_number_is_masked(account: str) -> None:
    assert mask(f"tilini on {account} kiitos").text == "tilini on [IBAN] kiitos"


def test_a_payment_card_is_masked() -> None:
    assert mask("kortti 4111 1111 1111 1111").text == "kortti [CARD]"


@pytest.mark.parametrize(
    "number",
    [
        "040 123 4567", "+358-40-1234567", "0401234567", "(09) 123 456", "00358401234567",
        "00358 40 123 4567", "+358 (0)40 123 45 67", "040-123 4567", "040.123.4567",
        "0457 123 4567", "358401234567", "0 4 0 1 2 3 4 5 6 7", "+46 70 123 45 67",
        "０４０ １２３ ４５６７", "040\u00a0123\u00a04567", "09-1234567", "050 123 456",
    ],
)  # fmt: skip
def test_a_telephone_number_is_masked(number: str) -> None:
    assert mask(f"soita {number} huomenna").text == "soita [TEL] huomenna"


@pytest.mark.parametrize(
    "address",
    [
        "matti@esimerkki.fi", "matti.meikalainen@posti.esimerkki.fi", "matti (at) esimerkki.fi",
        "matti[at]esimerkki[dot]fi", "matti at esimerkki piste fi", "matti @ esimerkki.fi",
        "matti miukumauku esimerkki.fi", "åsa.öman@exempel.fi", "matti+kela@esimerkki.fi",
    ],
)  # fmt: skip
def test_an_email_address_is_masked(address: str) -> None:
    assert "esimerkki" not in mask(f"({address}).").text
    assert TOKENS["EMAIL"] in mask(f"({address}).").text


def test_the_rest_of_the_message_stays_as_it_was() -> None:
    masked = mask("Syntynyt 1.2.1990, hetu 010290-123A, puh 0401234567 12.5. klo 12.30, 00100")
    assert masked.text == "Syntynyt 1.2.1990, hetu [ID], puh [TEL] 12.5. klo 12.30, 00100"


def test_the_spans_are_those_of_the_original_text() -> None:
    text = "e\u0301 \u200b１３１０５２－３０８Ｔ ja 040\u00a01234567"
    found = [text[span.start : span.end] for span in spans(text)]
    assert found == ["１３１０５２－３０８Ｔ", "040\u00a01234567"]


@given(st.text(max_size=300))
def test_masking_survives_any_text_and_leaves_nothing_for_a_second_time(text: str) -> None:
    masked = mask(text)
    last = 0
    for span in masked.found:
        assert last <= span.start < span.end <= len(text)
        last = span.end


@given(st.integers(0, 10**6), st.text(alphabet="abc åäö.,;:!?\n", max_size=30))
def test_a_code_is_masked_whatever_stands_around_it(seed: int, around: str) -> None:
    code = identity_code(random.Random(seed))
    assert code not in mask(f"{around} {code} {around}").text


@pytest.mark.parametrize(
    ("text", "given_contact"),
    [
        ("soittakaa 040 123 4567 iltapäivällä", Contact("phone", "+358401234567")),
        ("ring mig på +46 70 123 45 67", Contact("phone", "+46701234567")),
        ("matti (at) esimerkki piste fi", Contact("email", "matti@esimerkki.fi")),
        ("Anna.Ek@Exempel.FI tack", Contact("email", "anna.ek@exempel.fi")),
        ("hetu 131052-308T", None),
        ("en halua antaa", None),
        ("1.2.1990", None),
    ],
)
def test_the_way_back_is_read_from_the_message(text: str, given_contact: Contact | None) -> None:
    assert contact(text) == given_contact


@pytest.mark.parametrize(
    "piece", ["1", "1.", ".", "0 ", "01.", "010190-", "040 ", "a", "a@", "FI21 "]
)
def test_the_time_grows_no_faster_than_the_text(piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (62_500, 1_000_000))
    # Sixteen times the text may take some thirty times the time on a busy machine; were the
    # search quadratic, it would take 256 times.
    assert _seconds(long) < 48 * _seconds(short) + 0.5


@pytest.mark.parametrize("piece", ["1", ".", "1."])
def test_a_megabyte_of_digits_and_dots_takes_two_seconds_at_most(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert least(lambda: _seconds(text), 2) < 2


def _seconds(text: str) -> float:
    start = time.process_time()
    mask(text)
    return time.process_time() - start
