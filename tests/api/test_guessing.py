"""The count of wrong tries, which the doors share."""

from __future__ import annotations

from datetime import UTC, datetime

from api.staff_session import WrongLogins

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_a_try_that_comes_while_another_is_judged_disturbs_no_count() -> None:
    wrong = WrongLogins(3)

    class Meanwhile(datetime):
        def __gt__(self, other: datetime) -> bool:
            wrong.add("LK-384-2175", NOW)
            return super().__gt__(other)

    wrong.add("LK-384-2175", Meanwhile(2026, 3, 4, 12, tzinfo=UTC))
    assert not wrong.too_many("LK-384-2175", NOW)
    wrong.add("LK-384-2175", NOW)
    assert wrong.too_many("LK-384-2175", NOW)
