"""Numbers that tell nothing of who a person is, as they stand in people's sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from stdnum.fi import ytunnus

MONTHS = ["tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka",
          "marras", "joulu"]  # fmt: skip
MÅNADER = ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
           "oktober", "november", "december"]  # fmt: skip
TOWNS = ["Helsinki", "Helsingfors", "Oulu", "Mariehamn", "Maarianhamina", "Vaasa", "Vasa", "HKI",
         "Inari", "Turku", "Åbo", "Espoo", "Esbo", "Kirkkonummi", "Kyrkslätt"]  # fmt: skip
STREETS = ["Mannerheimintie", "Hämeenkatu", "Storgatan", "Esplanaden", "Kalevankatu", "Skolvägen",
           "Rantatie", "Vanha Viertotie", "Strandvägen", "Koulukuja"]  # fmt: skip


def day(chance: Random) -> date:
    return date(1930, 1, 1) + timedelta(days=chance.randrange(37_000))


def a_date(chance: Random) -> str:
    on = day(chance)
    d, m, y, yy = on.day, on.month, on.year, f"{on:%y}"
    return chance.choice(
        [
            f"{d}.{m}.{y}", f"{d}.{m}.{y}", f"{on:%d.%m.%Y}", f"{on:%d.%m.%y}", f"{d}.{m}.{yy}",
            f"{d}. {m}. {y}", f"{on:%d. %m. %Y}", f"{d}/{m}/{y}", f"{on:%d/%m/%Y}", f"{d}-{m}-{y}",
            f"{on:%d-%m-%Y}", f"{on:%Y-%m-%d}", f"{on:%Y/%m/%d}", f"{on:%Y%m%d}", f"{on:%d%m%Y}",
            f"{d}.{m}.", f"{on:%d.%m.}", f"{d}. {MONTHS[m - 1]}kuuta {y}", f"{on:%m/%Y}",
            f"{d} {MÅNADER[m - 1]} {y}", f"{d}.{m}.{y} klo {chance.randint(7, 20)}.30",
            f"{on:%Y-%m-%d}T{chance.randint(0, 23):02}:15", f"{on:%d %m %Y}", f"{on:%d%m%y}",
            f"{on:%d.%m.%Y} {chance.randint(7, 20)}:45", f"{y}-{on:%m}", f"{on:%y%m%d}",
        ]
    )  # fmt: skip


def a_time_from_to(chance: Random) -> str:
    first = day(chance)
    last = first + timedelta(days=chance.randint(1, 400))
    dash = chance.choice(["–", "-", " – ", " - ", "—"])
    return chance.choice(
        [
            f"{first.day}.{first.month}.{dash}{last.day}.{last.month}.{last.year}",
            f"{first:%d.%m.%Y}{dash}{last:%d.%m.%Y}",
            f"{first.day}.{first.month}.{first.year}{dash}{last.day}.{last.month}.{last.year}",
            f"{first:%d.%m.%y}{dash}{last:%d.%m.%y}",
            f"{first:%d.%m.}{dash}{last:%d.%m.%Y}",
            f"{first.day}.{dash}{first.day + 2}.{first.month}.{first.year}",
            f"{first:%Y-%m-%d}{dash}{last:%Y-%m-%d}",
            f"{first:%d/%m/%Y}{dash}{last:%d/%m/%Y}",
            f"{first.year}{dash}{last.year}",
            f"{first:%d.%m.%Y}\n{last:%d.%m.%Y}",
            f"{first:%d.%m.%Y} ja {last:%d.%m.%Y}",
            f"{first:%d.%m.%Y}, {last:%d.%m.%Y}",
        ]
    )


def a_sum(chance: Random) -> str:
    euros, cents = chance.choice([9, 99, 999, 9999, 99_999, 9_999_999]), chance.randint(0, 99)
    euros = chance.randint(0, euros)
    thousands = f"{euros:,}"
    gap = chance.choice([" ", "\u00a0", "."])
    return chance.choice(
        [
            f"{euros} €", f"{euros} euroa", f"{thousands.replace(',', gap)} €", f"{euros}e",
            f"{euros},{cents:02} €", f"{euros}.{cents:02} e", f"{euros},{cents:02}", f"€ {euros}",
            f"{thousands.replace(',', gap)},{cents:02} euroa", f"{euros},- ", f"{euros}:-",
            f"{thousands.replace(',', gap)},{cents:02} EUR", f"{euros} 000 euro",
            f"-{euros},{cents:02}", f"{euros}–{euros + 100} €",
            f"{thousands.replace(',', gap)} kronor", f"{euros} eur/kk",
            f"{day(chance):%d.%m.%Y} - {euros} euroa",
            f"{day(chance):%d.%m.%Y} {euros},{cents:02} €",
            f"{day(chance):%d.%m.%Y} -{euros},{cents:02}", f"{euros} € ({cents} %)",
        ]
    )  # fmt: skip


def an_invoice(chance: Random) -> str:
    number, cents = chance.randint(1000, 99_999_999), chance.randint(0, 99)
    due, euros = day(chance), chance.randint(5, 9999)
    return chance.choice(
        [
            f"lasku {number}, {euros},{cents:02} €, eräpäivä {due:%d.%m.%Y}",
            f"faktura {number} på {euros},{cents:02} euro, förfaller {due:%d.%m.%Y}",
            f"laskun nro {number} loppusumma {euros:,}".replace(",", " ") + f",{cents:02}",
            f"laskussa {euros},{cents:02} + alv 25,5 %",
            f"lasku ({euros}.{cents:02}) vuodelta {due.year}",
            f"fakturanummer {number}",
            f"maksoin {euros},{cents:02} ja {euros + 7},{cents:02} eli yhteensä {2 * euros + 7}",
        ]
    )


def a_case(chance: Random) -> str:
    number, year = chance.randint(1, 99_999), chance.randint(1998, 2026)
    a, b, c = (chance.randint(0, 14) for _ in range(3))
    return chance.choice(
        [
            f"{number}/{a:02}.{b:02}/{year}", f"{number}/{a:02}.{b:02}.{c:02}/{year}",
            f"VH/{number}/{year}", f"VN/{number}/{year}", f"OKV/{number}/{a:02}/{year}",
            f"HEL {year}-{number:06}", f"TRE:{number}/{a:02}.{b:02}.{c:02}/{year}",
            f"{number}/{year}", f"KHO:{year}:{number % 200}",
            f"D/{number}/{a:02}.{b:02}.{c:02}.{a:02}/{year}", f"ESAVI/{number}/{year}",
            f"{year}-{number}", f"dnro {number}-{year}", f"H {a:02}/{number}",
            f"EOAK/{number}/{year}", f"LK-{number % 1000:03}-{chance.randint(0, 9999):04}",
            f"KKO {year}:{number % 200}", f"5680/R/{number}/{year % 100:02}",
            f"R {year % 100:02}/{number}",
        ]
    )  # fmt: skip


def an_address(chance: Random) -> str:
    code, town = f"{chance.randint(10, 99_999):05}", chance.choice(TOWNS)
    other = f"{chance.randint(10, 99_999):05}"
    street, house, flat = chance.choice(STREETS), chance.randint(1, 250), chance.randint(1, 140)
    stair = chance.choice("ABCDEFX")
    return chance.choice(
        [
            f"{code} {town}", f"{code} {town}", f"FI-{code} {town}", f"AX-{code} {town}",
            f"{street} {house} {stair} {flat}", f"{street} {house} {stair} {flat}, {code} {town}",
            f"{street} {house}–{house + 2}",
            f"{street} {house}-{house + 2} {stair} {flat} {code} {town}",
            f"{street} {house}\n{code} {town}", f"PL {flat}, {code} {town}",
            f"PB {flat} {code} {town}", f"{street} {house} as. {flat}",
            f"{street} {house}{stair.lower()}{flat:02}", f"{code} ja {other}",
            f"postinumero {code}", f"{street} {house}/{flat}", f"{town} {code}", f"{code} {other}",
            f"{street} {house} {stair} {flat:03}, {code} {town}",
        ]
    )  # fmt: skip


def a_year(chance: Random) -> str:
    year = chance.randint(1930, 2030)
    dash = chance.choice(["–", "-", " – "])
    return chance.choice(
        [
            f"vuonna {year}", f"år {year}", f"{year}{dash}{year + 4}", f"{year}-luvulla",
            f"{year}/{year + 1}", f"åren {year}{dash}{year + 2}",
            f"vuosina {year}, {year + 1} ja {year + 2}", f"{year}-talet",
            f"{year} {year + 1} {year + 2}", f"lukuvuosi {year}{dash}{year % 100 + 1}",
            f"vko 12/{year}",
        ]
    )  # fmt: skip


def a_time(chance: Random) -> str:
    hour, minute, last = chance.randint(0, 21), chance.randint(0, 59), chance.randint(0, 59)
    dash, dot = chance.choice(["–", "-", " – ", " - "]), chance.choice([".", ":"])
    return chance.choice(
        [
            f"klo {hour}{dot}{minute:02}", f"kl. {hour:02}{dot}{minute:02}",
            f"klo {hour}{dash}{hour + 2}",
            f"{hour:02}{dot}{minute:02}{dash}{hour + 2:02}{dot}{last:02}", f"klo {hour}", "24/7",
            f"{hour}{dot}{minute:02}{dash}{hour + 2}{dot}{last:02}",
            f"{hour:02}{dot}{minute:02}{dot}{last:02}",
            f"ma–pe {hour:02}{dot}00{dash}{hour + 2:02}{dot}00", f"{hour:02}{minute:02}",
            f"ma 8-16 ti 9-17 ke {hour}-{hour + 1}", f"{hour} h {minute} min", f"T-{minute} min",
        ]
    )  # fmt: skip


def a_business(chance: Random) -> str:
    number, check = "", None
    while check is None:
        number = f"{chance.randint(100_000, 3_999_999):07}"
        check = next((one for one in "0123456789" if ytunnus.is_valid(number + one)), None)
    return chance.choice(
        [
            f"{number}-{check}", f"y-tunnus {number}-{check}", f"FO-nummer {number}-{check}",
            f"Y-tunnus: {number}–{check}", f"FI{number}{check}", f"ALV FI{number}{check}",
            f"({number}-{check})", f"y-tunnuksella {number}‑{check}",
            f"yritys Oy {number}-{check}.",
        ]
    )  # fmt: skip


def a_reference(chance: Random) -> str:
    number = chance.randint(10, 10 ** chance.randint(3, 7))
    return chance.choice(
        [
            f"viite {number}", f"referens {number}", f"asiakasnumero {number}",
            f"kundnummer {number}", f"tilausnumero {number}", f"nro {number}", f"hakemus {number}",
            f"ansökan nr {number}", f"ilmoitus #{number}", f"vuoronumero {number % 100}",
            f"kortti nro {number % 1000}", "112", "116117", "116 117", f"virhe {number % 1000}",
            f"lomake {number % 10_000}", f"A{number}", f"KELA-{number % 1000}",
            f"versio {number % 10}.{number % 13}.{number % 7}", f"NX{number}",
            f"lento AY{number % 2000}", f"bussi {number % 600}", f"rivi {number % 99}",
            f"PIN {number % 9999}", f"{number % 999}-{number % 88}-{number % 77}",
            f"ISBN 978-951-{number % 100:02}-{number % 10_000:04}-3",
        ]
    )  # fmt: skip


def a_quantity(chance: Random) -> str:
    many, part = chance.randint(1, 10 ** chance.randint(1, 5)), chance.randint(0, 9)
    return chance.choice(
        [
            f"{many} kpl", f"{many},{part} kg", f"{many} m²", f"{many} m2", f"{many}x{part} m",
            f"{many} st", f"{many:,} asukasta".replace(",", " "), f"{many},{part} h/vko",
            f"{part}–{part + 2} viikkoa", f"{many % 100}-vuotias", f"{many % 100} år",
            f"{many} km/h", f"{part}h+k {many % 150} m²", "120/80",
            f"{many} {many + 1} ja {many + 2}", f"{many} kWh", f"0,{part} l", f"-{part} °C",
            f"{many % 90} dagar", f"{part} x {many}", f"1:{many}", f"{part}/{part + 5}",
            f"00{part}", f"+{part} °C", f"{many}:{part}", f"{part},{many % 100:02} dl",
            f"{many % 400} / {many % 380} Mbit/s", f"0.{many}", f"{many}+{part}",
        ]
    )  # fmt: skip


def a_percentage(chance: Random) -> str:
    whole, part = chance.randint(0, 100), chance.randint(0, 99)
    return chance.choice(
        [
            f"{whole} %", f"{whole}%", f"{whole},{part} %", f"{whole},{part:02} prosenttia",
            f"{whole} procent", f"{whole}–{whole + 5} %", f"{whole}.{part} %", f"{whole} %:n",
            f"+{whole},{part} %", f"-{whole} %",
        ]
    )  # fmt: skip


def a_plate(chance: Random) -> str:
    letters, number = (
        "".join(chance.choices("ABCDEFGHIJKLMNOPRSTUVXYZ", k=3)),
        chance.randint(1, 999),
    )
    return chance.choice(
        [
            f"{letters}-{number}", f"{letters} {number}", f"{letters.lower()}-{number}",
            f"{letters}{number}", f"{letters[:2]}-{number}", f"ÅL {number}",
            f"{letters[0]}-{number % 10}", f"{letters}–{number}",
            f"rekisterinumero {letters}-{number}", f"{letters[:2]}{number % 100:02}{letters}",
        ]
    )  # fmt: skip


def a_paragraph(chance: Random) -> str:
    number, year, law = chance.randint(1, 90), chance.randint(1960, 2026), chance.randint(1, 1500)
    return chance.choice(
        [
            f"{number} §", f"{number} §:n {number % 5 + 1} momentti", f"{number} a §",
            f"laki {law}/{year}", f"({law}/{year})", f"lag {law}/{year}",
            f"{number % 20} luvun {number} §", f"{number} mom.", f"L {day(chance):%d.%m.%Y}/{law}",
            f"EU 2016/{law}", f"({year}/{law}/EU)", f"{number}–{number + 3} §",
            f"{number}.{number % 7} §", f"L {day(chance).day}.{day(chance).month}.{year}/{law}",
            f"kohta {number}.2.1", f"{number % 20} kap. {number} §", f"HE {law}/{year} vp",
            f"liite {number}", f"sivu {law}/{law + 3}",
        ]
    )  # fmt: skip


def a_property(chance: Random) -> str:
    town, part, group, unit = (chance.randint(1, most) for most in (999, 480, 200, 150))
    return chance.choice(
        [
            f"kiinteistötunnus {town}-{part}-{group}-{unit}",
            f"fastighet {town:03}-{part:03}-{group:04}-{unit:04}",
            f"tila RN:o {part}:{unit}",
            f"kortteli {group} tontti {unit}",
        ]
    )


HARMLESS: dict[str, Callable[[Random], str]] = {
    "dates": a_date,
    "date ranges": a_time_from_to,
    "sums": a_sum,
    "invoices": an_invoice,
    "case numbers": a_case,
    "addresses": an_address,
    "years": a_year,
    "times": a_time,
    "business ids": a_business,
    "references": a_reference,
    "quantities": a_quantity,
    "percentages": a_percentage,
    "plates": a_plate,
    "paragraphs": a_paragraph,
    "properties": a_property,
}
SENTENCES = [
    "{}", "asia koskee {} tässä", "Hei,\n{}\nKiitos!", "saako {} vielä muuttaa",
    "Miksi päätöksessä lukee {}?", "det gäller {} här", "varför står det {} i beslutet?",
    "Hej!\n\n{}\n\nMed vänlig hälsning", "({})", "{}, eikö niin",
    "sain kirjeen jossa {}; mitä teen", "jag fick ett brev om {} och förstår inte",
    "onko {} oikein vai {}?", "är {} rätt eller {}?", "{} {}", "{}. Entä {}?",
]  # fmt: skip


def harmless(chance: Random, make: Callable[[Random], str]) -> str:
    """A sentence with one or two such numbers."""
    return chance.choice(SENTENCES).format(make(chance), make(chance))
