"""What every test gets: tables emptied quickly after those that commit."""

from collections.abc import Iterator
from unittest import mock

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session", autouse=True)
def vidage_rapide() -> Iterator[None]:
    """Tables that hold a few rows are emptied by DELETE: TRUNCATE makes new files for every table and every index.

    Nothing else differs: those who still write are waited for first, and sequences go on.
    """
    with mock.patch.object(DatabaseOperations, "sql_flush", _vider):
        yield


def _vider(operations, style, tables, *, reset_sequences=False, allow_cascade=False) -> list[str]:
    noms = [operations.quote_name(table) for table in tables]
    suppressions = "".join(f"DELETE FROM {nom}; " for nom in noms)
    return [f"DO $$ BEGIN LOCK TABLE {', '.join(noms)} IN EXCLUSIVE MODE; {suppressions}END $$"] if noms else []
