"""What a matter goes through: shipped for the demo, kept for the keepers, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from catalog import lint
from catalog.demo import ensure_demo, retire
from catalog.models import Service
from catalog.process import ServiceStage, ServiceStageText
from catalog.stages import FILE, bring_stages, duration, read_stages, source_in, stages_of
from tests.foundation import WEDNESDAY_NOON, add_service

PLAN = "b1171fff-abc7-49bf-ba0b-f99730f45329"  # Asemakaavoitukseen vaikuttaminen
UNTOLD = "stages without Finnish or Swedish (P18)"


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        ensure_demo(session, now=WEDNESDAY_NOON)
        yield session


def untold(session: Session) -> tuple[str, ...]:
    (found,) = [one for one in lint.findings(session, WEDNESDAY_NOON) if one.rule == UNTOLD]
    return found.rows


def test_every_service_that_the_file_names_is_in_the_catalogue(session: Session) -> None:
    told = read_stages()
    assert len(told) >= 12
    assert set(told) == set(session.scalars(select(ServiceStage.service_id).distinct()))
    assert set(told) <= set(session.scalars(select(Service.id)))


def test_a_wait_of_the_law_names_its_law_and_nothing_else_is_given_a_time_without_source() -> None:
    for stages in read_stages().values():
        for one in stages:
            assert one.source or not (one.statutory or one.amount), one
            assert one.amount is None or one.unit


def test_the_time_a_plan_is_on_view_is_told_in_both_languages(session: Session) -> None:
    for language, words in (("fi", "30 päivää"), ("sv", "30 dagar")):
        (wait,) = [one for one in stages_of(session, PLAN, language) if "27 §" in str(one.source)]
        assert (wait.amount, wait.unit, wait.duration) == (30, "days", words)
        assert wait.statutory
        assert wait.language == language


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    before = list(session.scalars(select(ServiceStage.id)))
    again = bring_stages(session, read_stages())
    assert not again.touched
    assert list(session.scalars(select(ServiceStage.id))) == before


def test_what_the_file_tells_otherwise_is_told_otherwise(session: Session, tmp_path: Path) -> None:
    told = yaml.safe_load(FILE.read_text("utf-8"))
    told["stages"]["plan_on_view"]["amount"] = 14
    told["services"] = {PLAN: told["services"][PLAN]}
    file = tmp_path / "stages.yml"
    file.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    bring_stages(session, read_stages(file))
    assert set(session.scalars(select(ServiceStage.service_id))) == {PLAN}
    assert 14 in [one.amount for one in stages_of(session, PLAN, "fi")]


def test_what_a_keeper_has_told_stays_alone(session: Session) -> None:
    bring_stages(session, {})
    own = ServiceStage(service_id=PLAN, position=0, demo=False)
    own.texts = [ServiceStageText(language="fi", name="Oma vaihe", text="Kunnan oma.")]
    session.add(own)
    session.flush()
    bring_stages(session, read_stages())
    assert [one.name for one in stages_of(session, PLAN, "sv")] == ["Oma vaihe"]
    retire(session)
    assert [one.name for one in stages_of(session, PLAN, "fi")] == ["Oma vaihe"]


def test_no_stage_is_left_when_the_demo_is_over(session: Session) -> None:
    retire(session)
    assert list(session.scalars(select(ServiceStage))) == []
    assert list(session.scalars(select(ServiceStageText))) == []


def test_lint_finds_a_stage_without_a_language(session: Session) -> None:
    assert untold(session) == ()
    add_service(session, "of-ours")
    stage = ServiceStage(service_id="of-ours", position=0)
    stage.texts = [ServiceStageText(language="fi", name="Vaihe", text="Tapahtuu.")]
    session.add(stage)
    session.flush()
    assert untold(session) == ("of-ours stage 1, sv",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"statutory": True},
        {"amount": 3},
        {"unit": "days"},
        {"amount": 0, "unit": "days"},
        {"amount": 3, "unit": "moons"},
        {"sv": None},
    ],
)
def test_a_stage_that_is_half_told_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    text = {"name": "Vaihe", "text": "Tapahtuu."}
    stage = {key: one for key, one in ({"fi": text, "sv": text} | wrong).items() if one is not None}
    file = tmp_path / "stages.yml"
    file.write_text(yaml.safe_dump({"stages": {"one": stage}, "services": {}}), "utf-8")
    with pytest.raises(ValidationError):
        read_stages(file)


@pytest.mark.parametrize(
    ("amount", "unit", "fi", "sv"),
    [
        (1, "weeks", "1 viikko", "1 vecka"),
        (7, "working_days", "7 arkipäivää", "7 vardagar"),
        (2, "months", "2 kuukautta", "2 månader"),
        (1, "hours", "1 tunti", "1 timme"),
    ],
)
def test_a_length_of_time_in_words(amount: int, unit: str, fi: str, sv: str) -> None:
    assert duration(amount, unit, "fi") == fi
    assert duration(amount, unit, "sv") == sv


def test_a_law_is_named_in_the_readers_language() -> None:
    both = "Kuntalaki / kommunallagen 410/2015, 138 §; asetus / förordningen 895/1999, 27 §"
    assert source_in(both, "fi") == "Kuntalaki 410/2015, 138 §; asetus 895/1999, 27 §"
    assert source_in(both, "sv") == "Kommunallagen 410/2015, 138 §; förordningen 895/1999, 27 §"
