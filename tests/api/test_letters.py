"""What a notice says: in both languages, short enough, and nothing that others must not read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from api.letters import GSM, GSM_TWICE, ONE_PART, Letter, Writer, septets
from api.page_texts import TEXTS
from desk.records import Notice

CALLS = ("ringing", "unreached", "unrung")
TEMPLATES = ("taken", "answered", "owner", "promise", "closed", *CALLS)
ADDRESS = "https://luukku.kaupunki.fi"
SUNDAY = datetime(2026, 11, 22, 10, 35, tzinfo=UTC)


def letter(
    template: str = "taken",
    language: str = "fi",
    channel: str = "email",
    owner: str = "Aino Virtanen",
    address: str = ADDRESS,
    answers_mail: bool = False,
    now: datetime = SUNDAY - timedelta(days=1),
    due: datetime | None = SUNDAY,
) -> Letter:
    notice = Notice(
        key=f"{template}:LK-384-2175:7",
        channel=channel,
        recipient="+358401234567" if channel == "sms" else "matti@esimerkki.fi",
        language=language,
        template=template,
        values={"code": "LK-384-2175", "owner": owner, "due_at": due.isoformat() if due else None},
        written_at=SUNDAY,
    )
    return Writer(address, answers_mail).letter(notice, now=now)


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_an_email_says_which_matter_and_where(template: str, language: str) -> None:
    told = letter(template, language)
    assert "LK-384-2175" in told.subject
    assert f"{ADDRESS}/ticket?lang={language}" in told.text
    assert "{" not in told.subject + told.text


def test_the_matter_taken_is_told_with_owner_and_due_time() -> None:
    assert "Aino Virtanen" in letter().text
    assert "sunnuntaina 22.11. klo 12.35" in letter().text
    assert "söndag 22.11 kl. 12.35" in letter(language="sv").text


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_text_message_is_one_part(template: str, language: str) -> None:
    told = letter(template, language, "sms").text
    assert septets(told) <= ONE_PART, (septets(told), told)
    assert "LK-384-2175" in told


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_long_name_still_leaves_one_part(template: str, language: str) -> None:
    owner = "Maria-Alexandra Korhonen-Virtanen-Mäkeläinen"
    told = letter(template, language, "sms", owner, "https://palvelut.pitkakaupunki.fi/luukku")
    assert septets(told.text) <= ONE_PART, (septets(told.text), told.text)


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_time_that_has_passed_is_not_promised(template: str, language: str, channel: str) -> None:
    late = letter(template, language, channel, now=SUNDAY)
    assert late == letter(template, language, channel, due=None)
    assert "22.11" not in late.text
    assert "LK-384-2175" in late.text
    assert channel == "email" or septets(late.text) <= ONE_PART


def test_a_letter_outside_the_gsm_alphabet_loses_its_mark_not_the_message_its_room() -> None:
    told = letter(channel="sms", owner="Jelena Šarić").text
    assert "Jelena Saric" in told
    assert set(told) <= GSM | GSM_TWICE


def test_signs_that_take_two_septets_are_counted_so() -> None:
    assert (septets("a€"), septets("aä")) == (3, 2)
    assert septets("漢") > ONE_PART


def test_the_gsm_alphabet_is_whole() -> None:
    assert len(GSM) == 127  # the 128th is the escape to the second table


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_fixmystreet_5791_an_email_says_where_an_answer_is_read(language: str) -> None:
    """fixmystreet-5791: answers went to a mailbox nobody read."""
    t = yaml.safe_load((TEXTS / "notices.yml").read_text("utf-8"))
    nobody, somebody = t["reply_there"][language], t["reply_here"][language]
    begins = nobody.partition(",")[0]
    assert begins in letter(language=language).text
    assert somebody in letter(language=language, answers_mail=True).text
    assert begins not in letter(language=language, answers_mail=True).text


def test_a_line_break_in_a_name_ends_no_line() -> None:
    told = letter(owner="Aino\r\nBcc: kaikki@esimerkki.fi")
    assert "\r" not in told.text
    assert "\nBcc:" not in told.text


def test_every_template_has_words_for_every_channel() -> None:
    t = yaml.safe_load((TEXTS / "notices.yml").read_text("utf-8"))
    kinds = {name.partition("_")[0] for name in t if name.endswith(("_mail", "_sms"))}
    assert kinds == set(TEMPLATES)
    for template in TEMPLATES:
        assert {f"{template}_{one}" for one in ("subject", "mail", "sms")} <= set(t)
