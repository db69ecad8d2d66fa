"""Danger to life told in a language that the desk does not speak."""

from __future__ import annotations

import pytest

from catalog.danger import harmless_messages, in_danger, languages
from eval.danger_data import customers_phrases

DANGERS = {
    "en": """
he is not breathing
help he's not breathing!!
fire
there is a fire in our kitchen
my husband is beating me
I want to kill myself
my baby swallowed a battery
she is unconscious please call an ambulance
someone is trying to break into my house
my father has chest pain
""",
    "ru": """
пожар
у нас пожар на кухне
он не дышит
муж меня бьёт
мама без сознания
хочу умереть
ребёнок проглотил батарейку
вызовите скорую
у него сердечный приступ
pozhar
""",
    "uk": """
пожежа
він не дихає
чоловік мене б'є
дитина зникла
викличте швидку
хочу померти
син з'їв таблетки
""",
    "ar": """
حريق في البيت
هو لا يتنفس
زوجي يضربني
ابني فاقد الوعي
أريد أن أموت
ساعدوني حريق
اتصلوا بالإسعاف
ابني ابتلع بطارية
""",
    "so": """
ma neefsanayo
wuu miyir beelay
gurigu wuu gubanayaa
dab ayaa ka kacay jikada
ninkayga ayaa i garaacaya
waxaan rabaa inaan dhinto
soo dira ambalaas
dhiig badan ayaa ka baxaya
""",
    "et": """
ta ei hinga
tulekahju
maja põleb
isa on teadvuseta
mees peksab mind
kutsuge kiirabi
tahan surra
laps neelas patarei
""",
    "se": "mu isit ii vuoiŋŋa\nviessu buollá",
    "fa": "شوهرم نفس نمی‌کشد\nخانه آتش گرفته",
    "ckb": "مێردەکەم هەناسە نادات\nماڵەکەم ئاگری گرتووە",
    "ku": "mêrê min bêhn nastîne\nmala me dişewite",
    "tr": "kocam nefes almıyor\nevde yangın var",
    "es": "mi marido no respira\nhay un incendio en casa",
    "fr": "mon mari ne respire plus\nil y a le feu chez nous",
    "de": "mein Mann atmet nicht\nes brennt in der Küche",
    "pl": "mąż nie oddycha\npali się w kuchni",
    "vi": "chồng tôi không thở\nnhà tôi đang cháy",
    "zh": "我丈夫没有呼吸\n家里着火了",
    "th": "สามีไม่หายใจ\nไฟไหม้บ้าน",
}
CASES = [(text, tag) for tag, texts in DANGERS.items() for text in texts.strip().split("\n")]


@pytest.mark.parametrize(("text", "language"), CASES)
def test_danger_is_seen_and_its_language_told(text: str, language: str) -> None:
    found = in_danger(text, "fi")
    assert found is not None
    assert found.language == language


def test_every_language_with_words_of_danger_has_a_case() -> None:
    assert set(languages()) == {"fi", "sv", *DANGERS}


@pytest.mark.parametrize("language", sorted(DANGERS))
def test_a_harmless_matter_raises_no_alarm(language: str) -> None:
    assert [text for text in harmless_messages(language) if in_danger(text, "fi")] == []


def test_foreign_words_of_danger_raise_no_alarm_on_our_customers_words() -> None:
    found = [(one.text, in_danger(one.text, one.language)) for one in customers_phrases()]
    assert [text for text, danger in found if danger and danger.language in DANGERS] == []
