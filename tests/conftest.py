"""What every test gets: tables emptied quickly after those that commit, a database left by everybody at the end."""

from collections.abc import Iterator
from unittest import mock

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The test database; at the end, sessions of threads and processes still leaving do not prevent its removal."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as curseur:
        curseur.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def vidage_rapide() -> Iterator[None]:
    """Tables that hold a few rows are emptied by DELETE: TRUNCATE makes new files for every table and every index.

    Nothing else differs: those who still write (a browser that leaves) are waited for first, and sequences go on.
    """
    with mock.patch.object(DatabaseOperations, "sql_flush", _vider):
        yield


def _vider(operations, style, tables, *, reset_sequences=False, allow_cascade=False) -> list[str]:
    noms = [operations.quote_name(table) for table in tables]
    suppressions = "".join(f"DELETE FROM {nom}; " for nom in noms)
    # Who writes may wait for a table locked here while holding another: then all are let go, and asked again.
    verrous = (
        f"LOOP BEGIN LOCK TABLE {', '.join(noms)} IN EXCLUSIVE MODE; EXIT;"
        " EXCEPTION WHEN deadlock_detected THEN NULL; END; END LOOP;"
    )
    return [f"DO $$ BEGIN {verrous} {suppressions}END $$"] if noms else []
