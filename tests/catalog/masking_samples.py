"""Numbers as people write them in messages, made by chance: personal ones and harmless ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from stdnum import luhn
from stdnum.fi import hetu

from catalog.personal_data import TOKENS, Label

DASHES = "-‐‑‒–—―−﹣－"
SPACES = " \u00a0\u2009\u202f"
HIDDEN = "\u200b\u200d\u2060\ufeff\u00ad"
WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in map(chr, range(0x21, 0x7F))}
ARABIC = {ord("0") + digit: 0x0660 + digit for digit in range(10)}
CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
# What a number of any kind stands between.
AROUND = [
    ("", ""),
    ("", "\n"),
    ("Hei,\n", "\nKiitos etukäteen!"),
    ("(", ")."),
    ("”", "”?"),
    ("<", ">"),
    ("*", "*, "),
    ("\t", "\t"),
    ("se on ", ", eikö niin"),
    ("det är ", ", tror jag"),
    ("kirjoitan tähän ", " ja odotan vastausta 3.4.2025 mennessä"),
    ("jag skrev ", "; svara före den 3.4.2025"),
    ("Mistä saan avun? ", "!"),
    ("1. ", ", 2. osoite muuttui"),
]


@dataclass(frozen=True)
class Sample:
    """Something personal in a message, and what stands before and after it."""

    before: str
    written: str
    after: str
    label: Label

    @property
    def text(self) -> str:
        return self.before + self.written + self.after

    def masked_as(self, label: Label) -> str:
        """The message without it."""
        return self.before + TOKENS[label] + self.after


def sample(chance: Random, label: Label, written: str, beginnings: list[str]) -> Sample:
    """The number in a message, after one of the words that lead to it."""
    before, after = chance.choice(AROUND)
    return Sample(before + chance.choice(beginnings), written, after, label)


# --- identity codes ---

CODE_BEGINS = [
    "", "", "hetu: ", "Hetu ", "HETU=", "hetuni:", "hetu", "henkilötunnukseni on ", "sotu ", "#",
    "personbeteckning ", "min personbeteckning: ", "personbeteckningen är ", "signum:", "_", "-",
    "syntynyt 1.2.1990, tunnus ", "puolisoni tunnus – ", "född 1.2.1990, beteckning ", "id=",
]  # fmt: skip


def identity_code(chance: Random) -> Sample:
    return sample(chance, "HETU", _code_spelled(chance), CODE_BEGINS)


def _code(chance: Random) -> str:
    born = date(1900, 1, 1) + timedelta(days=chance.randrange(45_600))
    signs = {18: "+", 19: "-YXWVU", 20: "ABCDEF"}[
        born.year // 100 if chance.random() > 0.02 else 18
    ]
    number = f"{chance.randint(2, 999):03}"
    check = CHECK[int(f"{born:%d%m%y}{number}") % 31]
    code = f"{born:%d%m%y}{chance.choice(signs)}{number}{check}"
    assert hetu.is_valid(code, allow_temporary=True) or "+" in code
    return code


def _code_spelled(chance: Random) -> str:
    code = _code(chance)
    day, month, year, sign, rest = code[:2], code[2:4], code[4:6], code[6], code[7:]
    if sign == "-":
        sign = chance.choice(DASHES + "---")
    space = chance.choice(SPACES)
    line = chance.choice(["\n", "\r\n", " \n", "\t"])
    full = f"{'20' if sign in 'ABCDEF' else '19'}{year}"
    written = chance.choice(
        [
            f"{day}{month}{year}{sign}{rest}",
            f"{day}{month}{year}{sign}{rest}",
            f"{day}{month}{year}{sign}{rest}",
            f"{day}{month}{year}{space}{sign}{space}{rest}",
            f"{day}{month}{year}{sign}{space}{rest}",
            f"{day}{month}{year}{space}{sign}{rest}",
            f"{day}{month}{year}{sign}{rest[:3]}{space}{rest[3]}",
            f"{day}{space}{month}{space}{year}{space}{sign}{space}{rest}",
            f"{day}.{month}.{year}{sign}{rest}",
            f"{day}.{month}.{year} {sign} {rest}",
            f"{day}.{month}.{full}{sign}{rest}",
            f"{day}/{month}/{year}{sign}{rest}",
            f"{day}-{month}-{year}{sign}{rest}",
            f"{day}{month}{full}{sign}{rest}",
            space.join(f"{day}{month}{year}{sign}{rest}"),
            f"{day}{month}{year}{line}{sign}{rest}",
            f"{day}{month}{year}{sign}{line}{rest}",
            f"{day}{month}{year}{sign}{rest[:3]}{line}{rest[3]}",
            f"{day}{month}{year}  {sign}  {rest}",
            f"{day}{month}{year}{rest}",
            f"{day}{month}{year} {rest}",
        ]
    )
    return _typed(written, chance)


def _typed(written: str, chance: Random) -> str:
    """As a keyboard, another program or another script leaves it."""
    cut = chance.randrange(1, len(written))
    return chance.choice(
        [
            written,
            written,
            written,
            written.lower(),
            written.lower(),
            written.translate(WIDE),
            written.translate(ARABIC),
            written[:cut] + chance.choice(HIDDEN) + written[cut:],
        ]
    )


# --- accounts and cards ---

ACCOUNT_BEGINS = [
    "", "", "tilini on ", "IBAN: ", "iban", "tilinumero:", "tili", "tilille ", "kontonummer ",
    "mitt konto är ", "konto:", "Maksakaa tilille\n", "betala till ", "BIC NDEAFIHH ", "nro.", "=",
]  # fmt: skip


def account(chance: Random) -> Sample:
    return sample(chance, "IBAN", _account_spelled(chance), ACCOUNT_BEGINS)


def _iban(chance: Random, country: str, shape: str) -> str:
    """An account of this shape, 9 for any digit and A for any letter, with right check digits."""
    own = "".join(chance.choice("0123456789" if one == "9" else "ABCDE") for one in shape)
    number = "".join(str(int(letter, 36)) for letter in f"{own}{country}00")
    return f"{country}{98 - int(number) % 97:02}{own}"


def _account_spelled(chance: Random) -> str:
    if chance.random() < 0.75:
        iban = _iban(chance, "FI", "9" * 14)
    else:
        shapes = {"SE": "9" * 20, "DE": "9" * 18, "EE": "9" * 16, "NL": "AAAA" + "9" * 10,
                  "GB": "AAAA" + "9" * 14, "NO": "9" * 11, "LV": "AAAA" + "9" * 13}  # fmt: skip
        iban = _iban(chance, *chance.choice(list(shapes.items())))
    fours = [iban[start : start + 4] for start in range(0, len(iban), 4)]
    space, dash = chance.choice(SPACES), chance.choice(DASHES)
    written = chance.choice(
        [
            iban,
            iban,
            " ".join(fours),
            " ".join(fours),
            space.join(fours),
            dash.join(fours),
            ".".join(fours),
            "  ".join(fours),
            "\n".join([" ".join(fours[:2]), " ".join(fours[2:])]),
            f"{iban[:2]} {iban[2:]}",
            f"{iban[:4]} {iban[4:10]} {iban[10:]}",
            f"{iban[:4]} {iban[4:10]}-{iban[10:]}",
        ]
    )
    return _typed(written, chance)


CARD_BEGINS = [
    "", "kortti ", "korttini numero: ", "Visa", "visa ", "kortnummer ", "mitt kort är ", "MC:",
    "pankkikortti\n", "maksukortti nro ", "kort nr.",
]  # fmt: skip


def card(chance: Random) -> Sample:
    begin, length = chance.choice([("4", 16), ("5", 16), ("2221", 16), ("34", 15), ("37", 15)])
    number = begin + "".join(chance.choice("0123456789") for _ in range(length - len(begin) - 1))
    number += luhn.calc_check_digit(number)
    cuts = (4, 8, 12) if length == 16 else (4, 10)
    groups = [number[a:b] for a, b in zip((0, *cuts), (*cuts, length), strict=True)]
    gap = chance.choice(["", "", " ", " ", "-", "–", ".", "  ", "\n", "\u00a0", " - "])
    return sample(chance, "CARD", _typed(gap.join(groups), chance), CARD_BEGINS)


# --- telephones ---

PHONE_BEGINS = [
    "", "", "puh. ", "puh", "p.", "Puh:", "tel. ", "tel:", "numeroni on ", "soita ", "ring ",
    "gsm ", "mobil ", "min telefon: ", "☎ ", "📞", "nr ", "WhatsApp:", "vastaan puhelimeen ",
    "nås på ",
]  # fmt: skip
GAPS = ["", " ", "-", ".", "  ", " - ", "\u00a0", "–", "/", "\u2009", "‑", "\n"]


def telephone(chance: Random) -> Sample:
    area, rest, code = chance.choice([_mobile, _mobile, _landline, _aland, _swedish])(chance)
    gap, inner = chance.choice(GAPS), chance.choice(["", " ", " ", "-"])
    if gap == ".":
        inner = chance.choice(["", "."])
    own = inner.join(_groups(rest, chance))
    plus = chance.choice(["+", "+", "00", "+ ", "(+", "00 "])
    close = ")" if plus == "(+" else ""
    between = chance.choice(["", " ", "-", " (0)", "(0)", "\u00a0", "."])
    written = chance.choice(
        [
            f"0{area}{gap}{own}",
            f"0{area}{gap}{own}",
            f"0{area}{gap}{own}",
            f"(0{area}){chance.choice(['', ' ', '-'])}{own}",
            f"{plus}{code}{close}{between}{area}{gap}{own}",
            f"{plus}{code}{close}{between}{area}{gap}{own}",
            " ".join(f"0{area}{rest}"),
        ]
    )
    return sample(chance, "PHONE", _typed(written, chance), PHONE_BEGINS)


def _mobile(chance: Random) -> tuple[str, str, str]:
    area = chance.choice(["40", "41", "44", "45", "46", "50", "400", "440", "500", "457"])
    return area, _digits(chance, 9 - len(area)), "358"


def _landline(chance: Random) -> tuple[str, str, str]:
    area = chance.choice(["9", "2", "3", "5", "6", "8", "13", "14", "15", "16", "17", "19", "10",
                          "20", "29", "295", "800"])  # fmt: skip
    return area, _digits(chance, chance.randint(8, 9) - len(area)), "358"


def _aland(chance: Random) -> tuple[str, str, str]:
    return "18", _digits(chance, chance.randint(5, 6)), "358"


def _swedish(chance: Random) -> tuple[str, str, str]:
    area = chance.choice(["70", "72", "73", "76", "8", "31", "40"])
    return area, _digits(chance, 9 - len(area)), "46"


def _digits(chance: Random, count: int) -> str:
    return chance.choice("123456789") + "".join(
        chance.choice("0123456789") for _ in range(count - 1)
    )


def _groups(number: str, chance: Random) -> list[str]:
    """In twos or threes from the left, the rest last; or the number whole."""
    size = chance.choice([2, 3, 3, len(number)])
    groups = [number[start : start + size] for start in range(0, len(number), size)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = ["".join(groups[-2:])]
    return groups


# --- e-mail ---

MAIL_BEGINS = [
    "", "", "sähköpostini on ", "s-posti: ", "email:", "mailto:", "e-post: ", "min mejl ",
    "vastaa osoitteeseen ", "mejla mig på ", "sposti ",
]  # fmt: skip
FIRST = ["matti", "liisa", "pekka", "åsa", "göran", "eeva-liisa", "jukka", "sanna", "Ville", "M"]
LAST = ["meikäläinen", "virtanen", "öhman", "mäki", "lindström", "Korhonen", "niemi87", "k", "85"]
HOSTS = ["posti", "gmail", "hotmail", "luukku", "saunalahti", "kolumbus", "helsinki", "suomi24"]
ENDS = ["fi", "com", "net", "se", "ax", "org", "eu"]


def email(chance: Random) -> Sample:
    first, last, host, end = (chance.choice(one) for one in (FIRST, LAST, HOSTS, ENDS))
    if host == "gmail":
        end = "com"
    joint = chance.choice([".", ".", "_", "-", "", "+"])
    at, dot = chance.choice(
        [
            ("@", "."), ("@", "."), ("@", "."), ("＠", "."), (" @ ", "."), ("@ ", "."),
            (" (at) ", "."), ("(at)", "."), ("[at]", "[dot]"), ("[at]", "."), (" at ", " piste "),
            (" at ", " dot "), (" at ", "."), (" ät ", " piste "), (" (at) ", " (piste) "),
            (" snabel-a ", " punkt "), (" (a) ", "."), ("{at}", "."), (" miukumauku ", "."),
            ("@", " piste "), ("(ät)", "."), (" AT ", " PISTE "), (" [at] ", " [piste] "),
            (" at-merkki ", "."), (" ät-merkki ", "."), ("(at)", "(dot)"), (" <at> ", "."),
            (" snabela ", " punkt "), ("(@)", "."),
        ]
    )  # fmt: skip
    name = f"{first}{joint}{last}"
    if dot.strip() == "piste" and chance.random() < 0.5:
        name = f"{first} piste {last}"
    written = f"{name}{at}{host}{dot}{end}"
    case = chance.choice([str, str, str, str.upper, str.title])
    return sample(chance, "EMAIL", case(written) if at == "@" else written, MAIL_BEGINS)


PERSONAL: dict[str, tuple[Callable[[Random], Sample], int]] = {
    "identity codes": (identity_code, 5000),
    "accounts": (account, 2000),
    "payment cards": (card, 1000),
    "telephones": (telephone, 3000),
    "e-mail": (email, 2000),
}
