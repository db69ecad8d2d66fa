"""What the first message would have to wait for is loaded before there is one."""

from __future__ import annotations

from actions.hand import Desk
from actions.searching import endangered, searched
from catalog.language import Language, identify
from catalog.personal_data import contact, mask
from catalog.reach import ANYBODY

SENTENCES: dict[Language, str] = {
    "fi": "Haluaisin hakea päivähoitopaikkaa, mun numero on 040 123 4567",
    "sv": "Jag vill söka en dagvårdsplats, mitt nummer är 040 123 4567",
}


def rehearse(desk: Desk) -> None:
    """Reads a sentence of each language as a customer's is read, and keeps nothing.

    Dictionaries, patterns and pipelines are loaded when they are first needed: a second for each
    language, and when many customers come at once, each of their threads would load them all.
    """
    for language, sentence in SENTENCES.items():
        text = mask(sentence).text
        contact(sentence)
        endangered(desk, text, language)
        identify(text, language)
        searched(desk, text, language, ANYBODY)
