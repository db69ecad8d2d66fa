"""The gate of a trained model: it must understand messages that no training file holds.

The messages are in gate.yml. Never tune on them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

MESSAGES = Path(__file__).with_name("gate.yml")
# Shares of each language's messages. The shipped data reaches 0.90 and more.
FLOOR = 0.85
WORSE = 0.05  # below the last good model by more than this is a step back

FALLBACK = "nlu_fallback"
SEARCH = "find_service"  # what a message is taken for that nothing is sure of


def messages() -> Iterator[tuple[str, str, str]]:
    """Language, intent and text of each."""
    for language, intents in yaml.safe_load(MESSAGES.read_text("utf-8")).items():
        for intent, texts in intents.items():
            for text in texts:
                yield language, intent, text


def refusal(shares: Mapping[str, float], before: Mapping[str, float]) -> str | None:
    """Why a model that understood these shares may not answer; None when it may.

    `before`: the shares of the last good model, empty where there is none.

    >>> refusal({"fi": 0.9, "sv": 0.8}, {})
    'it understood 0.80 of the messages in sv; at least 0.85 are wanted'
    >>> refusal({"fi": 0.88, "sv": 0.96}, {"fi": 0.95, "sv": 0.95})
    'it understood 0.88 of the messages in fi; the last good model understood 0.95'
    """
    for language, share in shares.items():
        if share < FLOOR:
            return (
                f"it understood {share:.2f} of the messages in {language}; "
                f"at least {FLOOR} are wanted"
            )
        if share < before.get(language, 0.0) - WORSE:
            return (
                f"it understood {share:.2f} of the messages in {language}; "
                f"the last good model understood {before[language]:.2f}"
            )
    return None


def understood(model: Path) -> dict[str, float]:
    """The share of the messages whose intent the model names, by language.

    Loads Rasa: call it where that has been imported anyway, with its surroundings settled.
    """
    asked = list(messages())
    heard = asyncio.run(_heard(model, [text for _, _, text in asked]))
    right: dict[str, list[bool]] = {}
    for (language, meant, _), named in zip(asked, heard, strict=True):
        taken = SEARCH if named == FALLBACK else named
        right.setdefault(language, []).append(taken == meant)
    return {language: sum(some) / len(some) for language, some in right.items()}


async def _heard(model: Path, texts: list[str]) -> list[str]:
    from rasa.core.agent import load_agent

    from bot import patches

    patches.apply()
    agent = await load_agent(model_path=str(model))
    return [str((await agent.parse_message(text))["intent"]["name"]) for text in texts]
