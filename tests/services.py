"""pytest plugin: the servers of the test run, started before pytest-django reads the settings (hence `-p`).

One throw-away PostgreSQL and one Valkey for all the processes of the run, unless DATABASE_URL and BROKER_URL name
servers. Each xdist process has its own test database (pytest-django) and its own two Valkey databases.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ror.commun import services_locaux


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the servers before the settings are read; nothing for a mere listing of the tests."""
    options = early_config.known_args_namespace
    if options.collectonly or options.help or options.version:
        return
    if not (os.environ.get("DATABASE_URL") and os.environ.get("BROKER_URL")):
        _demarrer(early_config)
    if processus := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
        url = urlsplit(os.environ["BROKER_URL"])
        os.environ["BROKER_URL"] = url._replace(path=f"/{2 + 2 * int(processus)}").geturl()


def _demarrer(early_config: pytest.Config) -> None:
    etat = Path(tempfile.mkdtemp(prefix="ror-tests-"))
    services = services_locaux.demarrer(etat, durable=False)
    os.environ.update(services.variables())

    def arreter() -> None:
        services.arreter()
        shutil.rmtree(etat, ignore_errors=True)

    early_config.add_cleanup(arreter)
    atexit.register(arreter)  # when pytest itself is interrupted
