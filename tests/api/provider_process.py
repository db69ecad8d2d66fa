"""A real identity provider (npm's oidc-provider) in a process of its own, and a visitor to it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.bot_client import BotClient
from api.database import Database
from api.doors import Doors
from api.settings import Settings
from tests.api.conftest import free_port
from tests.foundation import NOBODY_LISTENS, PlantedFinder, a_desk, doors_over

PACKAGE = "oidc-provider@9.13.3"
SCRIPT = Path(__file__).with_name("identity_provider.mjs")
ROLES = "desk=clerk,leads=lead,keepers=keeper"
SECRET = "no secret at all, it is a test"
FORM = re.compile(r'<form[^>]* action="([^"]+)"')
PROMPT = re.compile(r'name="prompt" value="([^"]+)"')


@dataclass
class ProviderProcess:
    """The provider; started anew it has new keys."""

    folder: Path
    desk_url: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                ["node", SCRIPT.name],
                cwd=self.folder,
                env={**os.environ, "PORT": str(self.port), "DESK": self.desk_url},
                stdout=output,
                stderr=output,
            )
        until = time.monotonic() + 30
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "output").read_text()
            assert time.monotonic() < until
            time.sleep(0.05)

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def gives(self, account: str, *groups: str) -> None:
        """The account has these groups from now on."""
        told = {"of": account, "are": ",".join(groups)}
        httpx.get(f"{self.issuer}/test/groups", params=told, trust_env=False).raise_for_status()

    def _answers(self) -> bool:
        try:
            place = f"{self.issuer}/.well-known/openid-configuration"
            return httpx.get(place, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="session")
def provider_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, from a folder named by OIDC_PROVIDER or else from the npm registry."""
    folder = tmp_path_factory.mktemp("provider")
    if named := os.environ.get("OIDC_PROVIDER"):
        (folder / "node_modules").symlink_to(Path(named) / "node_modules")
    else:
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            pytest.skip("no npm: the organisation's log-in was not tested")
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
        got = subprocess.run(command, cwd=folder, capture_output=True, timeout=180, check=False)
        if got.returncode:
            pytest.skip("oidc-provider cannot be had: the organisation's log-in was not tested")
    shutil.copyfile(SCRIPT, folder / SCRIPT.name)
    return folder


@pytest.fixture(scope="module")
def provider(provider_folder: Path) -> Iterator[ProviderProcess]:
    started = ProviderProcess(provider_folder, f"http://127.0.0.1:{free_port()}")
    started.start()
    yield started
    started.stop()


@pytest.fixture
def doors(database: Database, tmp_path: Path) -> Iterator[Doors]:
    """Real doors over a dead bot, by the real time: the provider's tokens are of today."""
    with ThreadPoolExecutor(8) as pool:
        desk = a_desk(database, lambda: datetime.now(UTC), PlantedFinder(), pool)
        yield doors_over(database, desk, BotClient(NOBODY_LISTENS, "key", 1.0), tmp_path)


def with_provider(doors: Doors, provider: ProviderProcess, **more: object) -> Doors:
    """The doors, with the provider in their settings."""
    given: dict[str, object] = {
        "data_dir": doors.settings.data_dir,
        "secret_key": "k" * 32,
        "public_url": provider.desk_url,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": "luukku",
        "oidc_roles": ROLES,
    }
    return replace(doors, settings=Settings(**given | more))  # type: ignore[arg-type]


def at_desk(doors: Doors) -> TestClient:
    """A browser at the desk's public address."""
    address = str(doors.settings.public_url)
    return TestClient(create_app(doors), base_url=address, follow_redirects=False)


def begin(client: TestClient, **query: str) -> str:
    """Where the desk sends whoever presses the button."""
    answer = client.get("/staff/oidc", params=query)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def signs_in_there(place: str, account: str, desk_url: str, *, gives_up: bool = False) -> str:
    """What the provider's own pages lead back to, when their forms are filled in."""
    with httpx.Client(trust_env=False) as visitor:
        answer = visitor.get(place)
        for _ in range(12):
            if answer.is_redirect:
                onward = httpx.URL(place).join(answer.headers["location"])
                if str(onward).startswith(desk_url):
                    return str(onward)
                answer = visitor.get(onward)
                continue
            form, prompt = FORM.search(answer.text), PROMPT.search(answer.text)
            assert form, answer.text
            assert prompt, answer.text
            action = httpx.URL(place).join(unescape(form[1]))
            if gives_up:
                answer = visitor.get(f"{action}/abort")
                continue
            given = {"prompt": prompt[1], "login": account, "password": "anything"}
            answer = visitor.post(action, data=given)
    raise AssertionError("the provider does not lead back")


def sign_in(client: TestClient, account: str, **query: str) -> httpx.Response:
    """The page that the browser ends at."""
    desk_url = str(client.base_url).rstrip("/")
    back = signs_in_there(begin(client, **query), account, desk_url)
    return followed(client, client.get(back))


def followed(client: TestClient, answer: httpx.Response) -> httpx.Response:
    while answer.is_redirect:
        answer = client.get(answer.headers["location"])
    return answer
