"""Who is of class statistics: accounts without a role that counts, and verified ones that no store has."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dataport.access import Grants, ViewerClass, identify
from dataport.errors import UnknownViewer

NOW = datetime(2022, 1, 1)
WHO = "somebody@example.org"


def grants(*, is_listed: bool, login: str | None = None) -> Grants:
    viewer_class = ViewerClass.STATISTICS if login else None
    return Grants(1, NOW, login, viewer_class, (), is_listed=is_listed)


def test_a_verified_account_that_no_store_has_reads_statistics() -> None:
    found = identify(grants(is_listed=False), now=NOW, max_age=timedelta(hours=1), verified=WHO)
    assert (found.login, found.viewer_class, found.permissions) == (WHO, ViewerClass.STATISTICS, ())


def test_an_account_that_a_store_has_disabled_is_nobody_however_it_is_verified() -> None:
    with pytest.raises(UnknownViewer):
        identify(grants(is_listed=True), now=NOW, max_age=timedelta(hours=1), verified=WHO)


def test_nobody_is_taken_for_one_who_was_not_verified() -> None:
    with pytest.raises(UnknownViewer):
        identify(grants(is_listed=False), now=NOW, max_age=timedelta(hours=1))


def test_a_verified_account_takes_no_other_class() -> None:
    with pytest.raises(UnknownViewer):
        identify(
            grants(is_listed=False),
            now=NOW,
            max_age=timedelta(hours=1),
            verified=WHO,
            as_class=ViewerClass.REGISTRATION,
        )
