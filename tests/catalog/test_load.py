"""A load takes everything or nothing, and leaves alone what did not change."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.base import Base
from catalog.load import Scope, load, load_phrases
from catalog.models import (
    CatalogueRevision,
    Channel,
    CustomerPhrase,
    Promise,
    Service,
    ServiceChannel,
    ServiceStatusText,
    ServiceText,
)
from catalog.report import Report

PROJECT = Path(__file__).parents[2]
NETWORK = Path(__file__).parent / "data" / "network.json"
NETWORK_SERVICE = "22222222-0000-4000-8000-000000000001"
KILLED = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from api.database import Database
from catalog.load import load

database = Database(sys.argv[1])

@contextmanager
def killed_before_commit():
    with database.writing() as session:
        yield session
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

load(killed_before_commit, [Path(sys.argv[2])], lambda line: None)
"""


def service(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "serviceNames": [{"language": "fi", "value": f"Palvelu {number}", "type": "Name"}],
        **more,
    }


def classed(uri: str) -> dict[str, Any]:
    return {"serviceClasses": [{"uri": uri}]}


def written(file: Path, *records: object) -> Path:
    file.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return file


def quietly(scope: Scope, *files: Path, **more: Any) -> Report:
    return load(scope, files, lambda line: None, **more)


def names(session: Session) -> list[str]:
    return list(session.scalars(select(ServiceText.name).order_by(ServiceText.name)))


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_broken_record_in_the_middle_loads_nothing_and_is_named(
    database: Scope, tmp_path: Path
) -> None:
    broken = service(2) | {"serviceNames": [{"language": "fi", "type": "Name", "value": 7}]}
    file = written(tmp_path / "three.json", service(1), broken, service(3))
    report = quietly(database, file)
    [bad] = report.bad
    assert bad.file == file
    assert bad.id == broken["id"]
    assert bad.reason == "serviceNames.0.value: Input should be a valid string"
    assert (report.read, report.added, report.revision) == (3, 0, 0)
    assert not report.complete
    with database() as session:
        assert count(session, Service) == 0


def test_the_good_records_are_kept_when_asked_for(database: Scope, tmp_path: Path) -> None:
    file = written(tmp_path / "three.json", service(1), {"id": "?"}, service(3))
    report = quietly(database, file, keep_good=True)
    assert [bad.id for bad in report.bad] == ["?"]
    assert (report.added, report.revision) == (2, 1)
    with database() as session:
        assert names(session) == ["Palvelu 1", "Palvelu 3"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"id": "17"}, "id: String should match pattern"),
        ({"serviceNames": []}, "no name in any language"),
        (classed("http://example.org/P99"), "unknown classification http://example.org/P99"),
        ({"areaType": "Moon"}, "unknown area type Moon"),
        ({"areaType": "LimitedType"}, "limited to areas that it does not name"),
        (
            {
                "areaType": "LimitedType",
                "areas": [{"type": "Municipality", "municipalities": [{"code": "999"}]}],
            },
            "unknown area municipality:999",
        ),
        (
            {
                "organizations": [
                    {
                        "roleType": "Responsible",
                        "organization": {"id": "99999999-0000-4000-8000-000000000001"},
                    }
                ]
            },
            "unknown organisation 99999999",
        ),
        (
            {
                "serviceChannels": [
                    {"serviceChannel": {"id": "99999999-0000-4000-8000-000000000002"}}
                ]
            },
            "unknown channel 99999999",
        ),
        (
            {"serviceNames": [{"language": "fi", "type": "Name", "value": "x" * 301}]},
            "name is longer than 300 characters",
        ),
    ],
)
def test_each_fault_is_told_by_its_reason(
    database: Scope, tmp_path: Path, fault: dict[str, Any], reason: str
) -> None:
    report = quietly(database, written(tmp_path / "one.json", service(1) | fault))
    [bad] = report.bad
    assert reason in bad.reason
    with database() as session:
        assert count(session, Service) == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [("{", "line 1"), ("[1]", "record 1"), ('{"id": 3}\n{"id": ', "line 1")],
)
def test_a_file_that_is_no_catalogue_is_named(
    database: Scope, tmp_path: Path, text: str, place: str
) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text)
    report = quietly(database, file)
    assert report.bad[0].file == file
    assert report.bad[0].id == place


def test_a_file_that_is_not_there_is_named(database: Scope, tmp_path: Path) -> None:
    [bad] = quietly(database, tmp_path / "nowhere.json").bad
    assert "cannot be read" in bad.reason


def test_every_form_of_file_loads_the_same(database: Scope, tmp_path: Path) -> None:
    first, second = service(1), service(2)
    files = {
        "object.json": json.dumps(first),
        "array.json": "\ufeff" + json.dumps([first, second]),
        "page.json": json.dumps({"pageNumber": 1, "itemList": [first, second]}),
        "pages.json": json.dumps([{"itemList": [first]}, {"itemList": [second]}]),
        "lines.jsonl": json.dumps(first) + "\n\n" + json.dumps(second) + "\n",
        "lines.json": json.dumps(first) + "\n" + json.dumps(second) + "\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    reports = {name: quietly(database, tmp_path / name) for name in files}
    assert all(report.complete for report in reports.values())
    assert [report.read for report in reports.values()] == [1, 2, 2, 2, 2, 2]
    with database() as session:
        assert names(session) == ["Palvelu 1", "Palvelu 2"]
        assert count(session, Service) == 2


def test_loading_twice_changes_nothing(database: Scope) -> None:
    first, second = quietly(database, NETWORK), quietly(database, NETWORK)
    assert (first.added, first.revision) == (8, 1)
    assert (second.added, second.changed, second.unchanged, second.revision) == (0, 0, 8, 1)


def test_a_changed_record_alone_is_written(database: Scope, tmp_path: Path) -> None:
    file = written(tmp_path / "two.json", service(1), service(2))
    quietly(database, file)
    renamed = {"serviceNames": [{"language": "sv", "value": "Tjänst 2", "type": "Name"}]}
    written(file, service(1), service(2) | renamed)
    report = quietly(database, file)
    assert (report.added, report.changed, report.unchanged, report.revision) == (0, 1, 1, 2)
    with database() as session:
        assert names(session) == ["Palvelu 1", "Tjänst 2"]


def test_the_name_of_the_file_is_no_change(database: Scope, tmp_path: Path) -> None:
    quietly(database, written(tmp_path / "monday.json", service(1)))
    assert quietly(database, written(tmp_path / "friday.json", service(1))).unchanged == 1


def test_ids_are_kept(database: Scope) -> None:
    quietly(database, NETWORK)
    given = {record["id"] for record in json.loads(NETWORK.read_text())["itemList"]}
    with database() as session:
        kept = {*session.scalars(select(Service.id)), *session.scalars(select(Channel.id))}
    assert kept <= given
    assert NETWORK_SERVICE in kept


def test_the_same_id_with_two_contents_is_a_fault(database: Scope, tmp_path: Path) -> None:
    changed = service(1, type="PermitOrObligation")
    report = quietly(database, written(tmp_path / "twice.json", service(1), service(1), changed))
    [bad] = report.bad
    assert bad.reason == "given otherwise before, in twice.json"


def test_a_record_that_leans_on_a_bad_one_is_bad_too(database: Scope, tmp_path: Path) -> None:
    body = json.loads(NETWORK.read_text())
    body["itemList"][0]["organizationNames"] = []
    report = quietly(database, written(tmp_path / "network.json", body), keep_good=True)
    assert len(report.bad) == 8
    assert report.added == 0


@pytest.mark.parametrize("status", ["Deleted", "Archived"])
def test_a_withdrawn_service_is_marked_ended_and_stays(
    database: Scope, tmp_path: Path, status: str
) -> None:
    quietly(database, written(tmp_path / "one.json", service(1)))
    withdrawn = service(1, publishingStatus=status)
    assert quietly(database, written(tmp_path / "one.json", withdrawn)).changed == 1
    with database() as session:
        assert session.scalars(select(Service.status)).all() == ["ended"]


def test_a_withdrawn_channel_is_no_longer_on_offer(database: Scope, tmp_path: Path) -> None:
    quietly(database, NETWORK)
    body = json.loads(NETWORK.read_text())["itemList"][5]
    gone = body | {"publishingStatus": "Deleted"}
    report = quietly(database, written(tmp_path / "gone.json", gone))
    assert report.removed == 1
    with database() as session:
        assert session.get(Channel, body["id"]) is None
        assert count(session, ServiceChannel) == 2
    assert quietly(database, tmp_path / "gone.json").removed == 0


def test_a_channel_that_leaves_a_service_loses_the_link(database: Scope, tmp_path: Path) -> None:
    quietly(database, NETWORK)
    body = json.loads(NETWORK.read_text())["itemList"][5]
    quietly(database, written(tmp_path / "left.json", body | {"services": []}))
    with database() as session:
        assert body["id"] not in session.scalars(select(ServiceChannel.channel_id)).all()
        assert count(session, ServiceChannel) == 2


def test_a_service_that_says_nothing_of_channels_keeps_its_links(
    database: Scope, tmp_path: Path
) -> None:
    quietly(database, NETWORK)
    body = dict(json.loads(NETWORK.read_text())["itemList"][2], keywords=[])
    del body["serviceChannels"]
    assert quietly(database, written(tmp_path / "one.json", body)).changed == 1
    with database() as session:
        assert count(session, ServiceChannel) == 3


def test_what_the_desk_added_outlives_a_load(database: Scope, tmp_path: Path) -> None:
    file = written(tmp_path / "one.json", service(1))
    quietly(database, file)
    id_ = service(1)["id"]
    with database() as session:
        session.add(Promise(service_id=id_, measure="answer", amount=3, unit="working_days"))
        session.add(CustomerPhrase(service_id=id_, language="fi", text="veneen paikka"))
    quietly(database, written(file, service(1, type="PermitOrObligation")))
    with database() as session:
        assert count(session, Promise) == count(session, CustomerPhrase) == 1


def test_an_ended_service_tells_so_in_both_languages(database: Scope, tmp_path: Path) -> None:
    tenth_grade = service(1) | {"id": "e07023af-c6f3-46e7-974c-11270b0176e5"}
    quietly(database, written(tmp_path / "one.json", tenth_grade))
    with database() as session:
        assert session.scalars(select(Service.status)).all() == ["ended"]
        texts = session.scalars(select(ServiceStatusText)).all()
        assert {text.language for text in texts} >= {"fi", "sv"}


def test_a_load_that_is_killed_before_its_commit_leaves_the_old_catalogue_whole(
    database: Scope, database_url: str, tmp_path: Path
) -> None:
    file = written(tmp_path / "two.json", service(1), service(2))
    quietly(database, file)
    written(file, service(1, publishingStatus="Deleted"), service(2), service(3))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, str(file)], cwd=PROJECT, check=False
    )
    assert killed.returncode == -9
    with database() as session:
        assert names(session) == ["Palvelu 1", "Palvelu 2"]
        assert set(session.scalars(select(Service.status))) == {"current"}
        assert session.scalar(select(CatalogueRevision.revision)) == 1
    assert quietly(database, file).revision == 2


def test_a_session_of_the_callers_own_is_theirs_to_commit(database: Scope, tmp_path: Path) -> None:
    file = written(tmp_path / "one.json", service(1))
    with database() as session:
        assert load(session, [file], lambda line: None).added == 1
        session.rollback()
    with database() as session:
        assert count(session, Service) == 0


def test_a_load_says_what_it_did(database: Scope, tmp_path: Path) -> None:
    lines: list[str] = []
    load(database, [written(tmp_path / "two.json", service(1), {"id": "x"})], lines.append)
    assert lines == [
        "two.json: 2 records",
        f"bad: {tmp_path / 'two.json'}: x: neither a service, a channel nor an organisation",
        "2 read, 0 added, 0 changed, 0 unchanged, 0 removed, 1 bad, revision 0",
    ]


def words(folder: Path, language: str, text: str) -> Path:
    file = folder / language / "words" / "words.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def phrases(session: Session) -> set[tuple[str, str]]:
    return {(row.language, row.text) for row in session.scalars(select(CustomerPhrase))}


def test_the_customers_words_follow_their_files(database: Scope, tmp_path: Path) -> None:
    quietly(database, written(tmp_path / "one.json", service(1)))
    id_ = service(1)["id"]
    words(tmp_path, "fi", f"{id_}:\n  - eskari\n  - ' ip-kerho '\n  - eskari\n")
    words(tmp_path, "sv", f"{id_}:\n  - dagisplats\n")
    first = load_phrases(database, tmp_path, lambda line: None)
    assert (first.added, first.revision) == (3, 2)
    assert load_phrases(database, tmp_path, lambda line: None).unchanged == 3
    words(tmp_path, "fi", f"{id_}:\n  - eskari\n")
    third = load_phrases(database, tmp_path, lambda line: None)
    assert (third.added, third.removed, third.revision) == (0, 1, 3)
    with database() as session:
        assert phrases(session) == {("fi", "eskari"), ("sv", "dagisplats")}


def test_the_keepers_own_words_are_never_taken_away(database: Scope, tmp_path: Path) -> None:
    quietly(database, written(tmp_path / "one.json", service(1)))
    id_ = service(1)["id"]
    with database() as session:
        session.add(CustomerPhrase(service_id=id_, language="fi", text="meidän oma sana"))
        session.add(CustomerPhrase(service_id=id_, language="fi", text="eskari"))
    load_phrases(database, words(tmp_path, "fi", f"{id_}: [eskari]"), lambda line: None)
    load_phrases(database, words(tmp_path, "fi", "{}"), lambda line: None)
    with database() as session:
        assert phrases(session) == {("fi", "meidän oma sana"), ("fi", "eskari")}


def test_words_of_an_unknown_service_are_named(database: Scope, tmp_path: Path) -> None:
    quietly(database, written(tmp_path / "one.json", service(1)))
    words(tmp_path, "fi", f"{service(1)['id']}: [eskari]\nnobody: [sana]\n")
    report = load_phrases(database, tmp_path, lambda line: None)
    assert [(bad.id, bad.reason) for bad in report.bad] == [("nobody", "no such service")]
    assert report.added == 0
    assert load_phrases(database, tmp_path, lambda line: None, keep_good=True).added == 1


@pytest.mark.parametrize("text", ["[", "sana", "a: sana", "a: [1]", "a: ['']"])
def test_words_that_are_no_words_are_named(database: Scope, tmp_path: Path, text: str) -> None:
    words(tmp_path, "fi", text)
    report = load_phrases(database, tmp_path, lambda line: None)
    assert report.bad[0].file.name == "words.yml"
