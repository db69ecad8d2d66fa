"""The settings of the organisation's log-in: whole, or no start."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from api.group_roles import roles_of
from api.settings import Settings
from tests.api.provider_process import ROLES


@pytest.mark.parametrize(
    "changed",
    [
        {"oidc_issuer": "http://id.example"},  # an open line
        {"oidc_client_id": None},
        {"public_url": None},
        {"oidc_roles": ""},
        {"oidc_roles": "desk=boss"},
        {"oidc_roles": "clerk"},
        {"oidc_issuer": None, "oidc_only": True},
    ],
)
def test_a_log_in_that_could_let_nobody_in_stops_the_start(changed: dict[str, object]) -> None:
    whole: dict[str, object] = {
        "oidc_issuer": "https://id.example",
        "oidc_client_id": "luukku",
        "oidc_roles": ROLES,
        "public_url": "https://desk.example",
    }
    Settings(**whole)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Settings(**whole | changed)  # type: ignore[arg-type]


def test_a_group_gives_its_roles_and_an_unknown_one_nothing() -> None:
    written = "cn=desk=clerk, cn=desk=lead ,it=admin"
    assert roles_of(["cn=desk", "canteen"], written) == {"clerk", "lead"}
    assert roles_of(["desk", "IT"], written) == frozenset()
