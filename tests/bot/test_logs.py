"""A log line cannot quote a customer, whichever library writes it."""

from __future__ import annotations

import logging

from bot.logs import WithoutTexts

TEXT = "isäni Matti on sairas"


def _line(name: str, message: str, failure: BaseException | None = None) -> str:
    info = (type(failure), failure, failure.__traceback__) if failure else None
    record = logging.LogRecord(name, logging.ERROR, __file__, 9, message, (), info, "here")
    return WithoutTexts().format(record)


def test_another_librarys_words_are_not_printed() -> None:
    line = _line("rasa.core.processor", f"Could not handle '{TEXT}'")
    assert TEXT not in line
    assert "rasa.core.processor" in line
    assert "here:9" in line


def test_an_exceptions_words_are_not_printed() -> None:
    try:
        raise ValueError(TEXT)
    except ValueError as failure:
        line = _line("rasa.core.processor", "failed", failure)
    assert TEXT not in line
    assert "ValueError at test_an_exceptions_words" in line


def test_our_own_words_are_printed() -> None:
    assert "The bot answers" in _line("bot.server", "The bot answers")
