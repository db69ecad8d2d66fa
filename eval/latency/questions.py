"""What both sides are asked: needs, which every turn searches the catalogue for."""

from __future__ import annotations

from itertools import chain

from catalog.danger import in_danger
from catalog.danger_model import DangerModel, shipped_for
from catalog.encoder import Encoder
from catalog.language import Language
from catalog.personal_data import mask
from eval.questions_data import Question, development


def needs(encoder: Encoder) -> list[Question]:
    """The development questions that a service answers, Finnish and Swedish by turns.

    Those that tell of danger to life are left out: the whole path settles them before any bot.
    """
    danger = shipped_for(encoder.name)
    asked = [one for one in development() if one.expect and not _danger(one, encoder, danger)]
    finnish = [one for one in asked if one.language == "fi"]
    swedish = [one for one in asked if one.language == "sv"]
    return list(chain.from_iterable(zip(finnish, swedish, strict=False)))


def _danger(question: Question, encoder: Encoder, model: DangerModel | None) -> bool:
    text = mask(question.text).text
    language: Language = "sv" if question.language == "sv" else "fi"
    if in_danger(text, language) is not None:
        return True
    return model is not None and model.alarms(encoder.embed([text], "query")[0])
