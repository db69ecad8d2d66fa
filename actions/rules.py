"""Which action answers an intent, by the bot's own rules."""

from __future__ import annotations

from pathlib import Path

import yaml


def actions_by_intent(nlu_data: Path) -> dict[str, str]:
    """Reads nlu_data/rules; raises ValueError where a rule is not one intent and one action."""
    found: dict[str, str] = {}
    for path in sorted((nlu_data / "rules").glob("*.yml")):
        for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]:
            intent, action = rule["steps"]
            found[intent["intent"]] = action["action"]
    return found
