"""Which role a group of the organisation gives, as the setting OIDC_ROLES writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from desk.models import ROLES


def roles_by_group(written: str) -> Mapping[str, frozenset[str]]:
    """The roles of each group: "desk=clerk,it-admins=admin"; a group may stand there many times.

    Raises ValueError for what is no such list, and for a role that is not known.
    """
    found: dict[str, frozenset[str]] = {}
    for one in filter(None, (part.strip() for part in written.split(","))):
        # The last sign parts them: a directory's group may be called "cn=desk".
        group, _, role = (side.strip() for side in one.rpartition("="))
        if not group or role not in ROLES:
            raise ValueError(f"{one!r} is not group=role with a role of {', '.join(ROLES)}")
        found[group] = found.get(group, frozenset()) | {role}
    return found


def roles_of(groups: Iterable[str], written: str) -> frozenset[str]:
    """Every role that one of these groups gives."""
    table = roles_by_group(written)
    nothing: frozenset[str] = frozenset()
    return nothing.union(*(table.get(group, nothing) for group in groups))
