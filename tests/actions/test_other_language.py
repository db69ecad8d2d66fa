"""A message in a language that the desk does not speak gets a sentence in it, and an owner."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from actions.first_look import Given
from actions.replies import ReplyMissing, day_and_time_abroad
from catalog.personal_data import Contact
from desk import conversations, tickets
from desk.conversations import pending
from desk.models import Conversation, Message
from desk.secrets import SECRET_PLACE
from desk.tickets import spoken_language
from tests.foundation import Clock, PlantedFinder, Talk, Told, add_service, person, replies

PHONE = Contact("phone", "+358401234567")
TEXTS = {
    "taken": {"owner", "due", "code"},
    "added": {"owner", "due", "code"},
    "contact": set(),
    "danger": set(),
    "talk": set(),
}
MESSAGES = [
    ("I need help with my rent this month", "en", "You may write in your own language."),
    ("где получить новый паспорт", "ru", "Вы можете писать на своём языке."),
    ("мені потрібна допомога", "uk", "Ви можете писати своєю мовою."),
    ("ma vajan abi", "et", "Võite kirjutada oma keeles."),
    ("Gos sáhtán ohcat beaivedikšosaji mánnái?", "se", "Don sáhtát čállit iežat gillii."),
    ("Mun taarbâšam iše", "smn", "Tun puávtáh čäälliđ anarâškielân."),
    ("أحتاج إلى مساعدة", "ar", "يمكنك الكتابة بلغتك."),
    ("waan u baahanahay caawimaad", "so", "Waxaad ku qori kartaa afkaaga."),
    ("Mon taarbšam veäʹǩǩ", "sms", "You may write in your own language."),  # no text of its own
]


def first(told: Told) -> str:
    return str(told.turn.replies[0]["text"])


@pytest.mark.parametrize(("text", "language", "sentence"), MESSAGES)
def test_the_customer_reads_first_a_sentence_in_their_own_language(
    talk: Talk, text: str, language: str, sentence: str
) -> None:
    told = talk.told(talk.open(text))
    assert (told.kind, told.turn.closed_by) == ("handover", "first_look")
    assert told.ticket is not None
    assert sentence in first(told)
    assert told.ticket.code in first(told)
    assert told.ticket.owner.name in first(told)
    assert told.ticket.tags == [f"language:{language}"]
    assert (told.ticket.reason, told.ticket.subject) == ("other_language", text)


def test_then_comes_the_promise_in_the_desks_own_language(talk: Talk, samtal: Talk) -> None:
    finnish = talk.told(talk.open("I need help with my rent")).said
    swedish = samtal.told(samtal.open("I need help with my rent")).said
    assert "Minä hoidan tämän" in finnish
    assert "automaattinen" in finnish
    assert "Jag tar hand om det här" in swedish
    for said in (finnish, swedish):
        assert SECRET_PLACE in said
        assert "Thursday, March 12, 12:00" in said


def test_the_contact_is_asked_for_in_the_language_and_only_where_none_was_given(
    talk: Talk,
) -> None:
    asked = talk.told(talk.open("I need help with my rent"))
    assert "phone number or e-mail" in asked.said
    assert pending(asked.conversation).contact_for is not None
    given = Talk(talk.desk)
    text = "I need help with my rent, call me 040 123 4567"
    assert "phone number or e-mail" not in given.told(given.open(text)).said


def test_what_is_written_on_is_added_to_the_matter(talk: Talk) -> None:
    opened = talk.told(talk.open("Мне пришло письмо, я ничего не понимаю"))
    told = talk.told(talk.open("завтра надо платить"))
    assert opened.ticket is not None
    assert told.ticket is not None
    assert told.ticket.id == opened.ticket.id
    assert first(told).startswith("Ваше сообщение добавлено")
    assert "Lisäsin viestisi asiaasi" in told.said


def test_of_a_late_matter_no_time_is_told_in_any_language(talk: Talk, clock: Clock) -> None:
    talk.open("I need help with my rent this month")
    clock.forward(days=2)
    told = talk.told(talk.open("tomorrow please"))
    assert first(told).startswith("You can write here at any time")
    assert "myöhässä" in told.said


def test_a_few_words_go_on_in_the_language_of_the_conversation(talk: Talk) -> None:
    talk.open("I need help with my rent this month")
    told = talk.told(talk.open("tomorrow please"))
    assert first(told).startswith("Your message has been added")


def test_a_number_alone_goes_to_the_matter_and_is_thanked_for_in_the_language(talk: Talk) -> None:
    opened = talk.told(talk.open("Mul on vaja tõlki arsti juurde")).ticket
    told = talk.told(talk.open("040 123 4567", Given(PHONE, alone=True)))
    assert opened is not None
    assert told.ticket is not None
    assert (told.ticket.id, told.ticket.contact) == (opened.id, PHONE.value)
    assert first(told).startswith("Teie sõnum on lisatud")


def test_a_number_among_foreign_words_is_kept_and_the_words_are_added(talk: Talk) -> None:
    talk.open("I need help with my rent this month")
    text = "please call me tomorrow before ten o'clock because then I am at work, 040 123 4567"
    told = talk.told(talk.open(text, Given(PHONE, alone=False)))
    assert told.ticket is not None
    assert told.ticket.contact == PHONE.value
    assert first(told).startswith("Your message has been added")


@pytest.mark.parametrize("text", ["Hello!", "thank you very much", "Спасибо!", "谢谢"])
def test_a_greeting_or_thanks_is_talk_and_no_new_matter(talk: Talk, text: str) -> None:
    talk.open("I need help with my rent this month")
    told = talk.told(talk.open(text))
    assert told.kind == "smalltalk"
    assert told.ticket is None


def test_a_foreign_greeting_offers_the_desk_and_says_that_it_is_an_automaton(talk: Talk) -> None:
    told = talk.told(talk.open("Здравствуйте!"))
    assert told.kind == "smalltalk"
    assert first(told) == replies().others["ru"]["talk"]
    assert "automaattinen" in told.said


def test_finnish_and_swedish_afterwards_are_served_as_ever(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1", texts={"fi": "Passi", "sv": "Pass"})
    planted.plant("passi", ("s1", 0.9))
    talk.open("I need help with my rent this month")
    assert talk.write("mistä saan passin nopeasti").kind == "answer"
    assert talk.write("kiitos", "thanks").kind == "smalltalk"


@pytest.mark.parametrize(
    "text",
    [
        "Kirjeessä lukee you are required to submit the form, mitä se tarkoittaa",
        "naapurini Nguyễn Văn Anh tarvitsee apua verokortin kanssa",
        "booking ei onnistu",
    ],
)
def test_something_foreign_within_finnish_is_finnish(talk: Talk, text: str) -> None:
    told = talk.write(text)
    assert told.turn.closed_by == "action_find_service"


def test_a_button_with_an_english_name_is_pressed_as_any_other(
    talk: Talk, planted: PlantedFinder
) -> None:
    name = "Alternative Means of Compliance Application Form"
    with talk.desk.writing() as session:
        add_service(session, "s1", texts={"fi": name})
    planted.plant("lomake", ("s1", 0.4))
    talk.write("ilmailun lomake")
    told = talk.write(name)
    assert told.turn.closed_by == "action_choose_option"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my husband is not breathing", "en"),
        ("fire", "en"),
        ("у нас пожар", "ru"),
        ("чоловік не дихає", "uk"),
        ("البيت يحترق", "ar"),
        ("ma neefsanayo", "so"),
        ("tulekahju", "et"),
    ],
)
def test_112_is_the_first_thing_said_and_in_the_language(
    talk: Talk, text: str, language: str
) -> None:
    told = talk.told(talk.open(text))
    assert first(told) == replies().others[language]["danger"]
    assert "soita heti hätänumeroon 112" in told.said
    assert told.ticket is not None
    assert told.ticket.tags == ["danger", f"language:{language}"]
    assert (told.ticket.reason, told.ticket.priority) == ("danger", "urgent")


def test_a_foreign_cry_for_help_shows_112_though_a_person_has_the_floor(talk: Talk) -> None:
    talk.write("haluan ihmisen", "ask_person")
    with talk.desk.writing() as session:
        conversation = session.get_one(Conversation, talk.conversation_id)
        conversations.take_floor(conversation, person(session, "eero"))
    told = talk.told(talk.open("пожар!"))
    assert told.kind == "person"
    assert first(told) == replies().others["ru"]["danger"]
    quiet = talk.told(talk.open("где получить паспорт"))
    assert (quiet.kind, quiet.turn.replies) == ("person", [])


def test_after_an_answer_a_foreign_message_opens_a_matter_again(talk: Talk) -> None:
    opened = talk.told(talk.open("where can I get a passport for my son")).ticket
    assert opened is not None
    with talk.desk.writing() as session:
        ticket = session.merge(opened)
        tickets.answer(
            session, ticket, person(session, "eero"), "At the police.", now=ticket.due_at
        )
    told = talk.told(talk.open("and how much does it cost"))
    assert told.ticket is not None
    assert told.ticket.id != opened.id
    assert first(told).startswith("This is an automatic service")


def test_lines_are_marked_with_their_language(talk: Talk) -> None:
    talk.open("где получить новый паспорт")
    with talk.desk.reading() as session:
        lines = session.scalars(select(Message).order_by(Message.id)).all()
        written, taken, contact, *ours = [line.language for line in lines]
        assert (written, taken, contact) == ("ru", "ru", "ru")
        assert set(ours) == {"fi"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("puhutteko venäjää", "ru"),
        ("mun suomi on huono, onnistuuko arabiaksi", "ar"),
        ("saako palvelun pohjoissaameksi", "se"),
        ("inarinsaameksi onnistuisko", "smn"),
        ("viroksi kiitos", "et"),
        ("somaliksi isälleni", "so"),
        ("kurdin kielellä", "ku"),
        ("sorani", "ckb"),
    ],
)
def test_who_asks_in_finnish_for_a_language_reads_a_sentence_in_it(
    talk: Talk, text: str, language: str
) -> None:
    told = talk.write(text, "other_language")
    assert told.ticket is not None
    assert spoken_language(told.ticket) == language
    assert told.turn.replies[0]["language"] == language
    assert "Osaan suomea ja ruotsia" in told.said


@pytest.mark.parametrize(("text", "tag"), [("viittomakielellä", "fse"), ("klingoniksi", "und")])
def test_a_language_without_a_text_is_answered_as_it_was_asked(
    talk: Talk, text: str, tag: str
) -> None:
    told = talk.write(text, "other_language")
    assert told.ticket is not None
    assert told.ticket.tags == [f"language:{tag}"]
    assert all("language" not in reply for reply in told.turn.replies)


# --- the sentences ---


@pytest.mark.parametrize("language", sorted(replies().others))
def test_every_language_has_every_sentence_with_its_places(language: str) -> None:
    texts = replies().others[language]
    assert set(texts) == set(TEXTS)
    for name, text in texts.items():
        assert {place for _, place, _, _ in string.Formatter().parse(text) if place} == TEXTS[name]
    assert "112" in texts["danger"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Monday, November 23, 14:05"),
        ("ru", "понедельник, 23 ноября, 14:05"),
        ("se", "vuossárga, skábmamánnu 23, 14:05"),
        ("xx", "23.11. 14.05"),
    ],
)
def test_a_time_is_said_in_the_language_or_in_digits(language: str, said: str) -> None:
    assert day_and_time_abroad(datetime(2026, 11, 23, 12, 5, tzinfo=UTC), language) == said


def test_a_sentence_that_no_file_holds_fails_by_name() -> None:
    with pytest.raises(ReplyMissing, match=r"nothing \(en\)"):
        replies().in_other("nothing", "xx")
