"""The beginning of a call and the service map: language, menu, choices by keys alone."""

from __future__ import annotations

from api.page_texts import texts
from api.phone_steps import Say
from api.phone_talk import MORE, Line, Next, Page, Place, Question, turn_page
from api.phone_words import spoken
from catalog.spoken_map import Leaf, Menu
from desk import calls

LANGUAGES = {"1": "fi", "2": "sv"}


def _ask_language(line: Line) -> Question:
    """Both languages by their own voices; the notice of the automaton comes first of all."""
    says = [
        Say(f"{texts('phone', language)['hello']} {texts('phone', language)['language']}", language)
        for language in ("fi", "sv")
    ]
    return Question("", before=tuple(says))


def _hear_language(line: Line, digits: str) -> Next | None:
    if digits not in LANGUAGES:
        return None
    line.call.language = LANGUAGES[digits]
    return Next("main")


def _ask_main(line: Line) -> Question:
    speech = line.settings.phone_speech
    lead = [line.t("main_speak")] if speech else []
    return Question(" ".join([*lead, line.t("main")]), speech=speech)


def _hear_main(line: Line, digits: str) -> Next | None:
    if digits == "1":
        line.state.update(path=[], page=0, service=None)
        return Next("map")
    line.state.pop("case", None)
    return {"2": Next("code"), "3": Next("pass_code")}.get(digits)


def _ask_listen(line: Line) -> Question:
    if not line.settings.phone_speech:
        return _ask_main(line)
    return Question(line.t("listen"), speech=True)


# --- the map ---


def _here(line: Line) -> Menu:
    """Where on the map the caller is; its beginning where the catalogue has changed beneath."""
    found = line.menu.at(line.state.get("path", ()))
    if found is None:
        line.state.update(path=[], page=0)
    return found or line.menu


def _page(line: Line, menu: Menu) -> Page:
    named = [spoken(one.name, line.language) for one in menu.choices]
    return Page.of(named, int(line.state.get("page", 0)))


def _ask_map(line: Line) -> Question:
    menu = _here(line)
    page = _page(line, menu)
    depth = "map_then" if line.state.get("path") else "map_first"
    services = isinstance(menu.choices[0], Leaf) if menu.choices else False
    lead = line.t("map_services" if services else depth)
    speech = line.settings.phone_speech
    return Question(" ".join([lead, page.said(line), line.t("back")]), speech=speech)


def _hear_map(line: Line, digits: str) -> Next | None:
    menu = _here(line)
    page = _page(line, menu)
    if digits == MORE:
        return turn_page(line, "map", page.pages)
    at = page.chosen(digits)
    if at is None:
        return None
    match menu.choices[at]:
        case Menu(key=key):
            line.state.update(path=[*line.state.get("path", ()), key], page=0)
            return Next("map")
        case Leaf(service_id=service_id, name=name):
            calls.chose(line.session, line.call, name, service_id, now=line.now)
            line.state.update(service=service_id, choices=[])
            return Next("service")


def _back_on_map(line: Line) -> Next:
    path = list(line.state.get("path", ()))
    if not path:
        return Next("main")
    line.state.update(path=path[:-1], page=0)
    return Next("map")


# --- choices that the desk gives ---


def _ask_choices(line: Line) -> Question:
    page = _choices(line)
    return Question(page.said(line), speech=line.settings.phone_speech)


def _choices(line: Line) -> Page:
    named = [spoken(title, line.language) for title, _ in line.state.get("choices", ())]
    return Page.of(named, int(line.state.get("page", 0)))


def _hear_choices(line: Line, digits: str) -> Next | None:
    """Only "more" is decided here: a choice is told to the desk, as its button would."""
    return turn_page(line, "choices", _choices(line).pages) if digits == MORE else None


def words_of_choice(state: dict[str, object], digits: str) -> str | None:
    """What the button that this key stands for sends to the desk."""
    kept = state.get("choices")
    page = state.get("page", 0)
    if state.get("at") != "choices" or not isinstance(kept, list) or not isinstance(page, int):
        return None
    at = Page.of([title for title, _ in kept], page).chosen(digits)
    return str(kept[at][1]) if at is not None else None


PLACES = {
    "language": Place(_ask_language, _hear_language, back=lambda line: Next("language")),
    "main": Place(_ask_main, _hear_main),
    "listen": Place(_ask_listen, _hear_main, rests=True),
    "map": Place(_ask_map, _hear_map, back=_back_on_map, pages=True),
    "choices": Place(_ask_choices, _hear_choices, pages=True),
}
