"""`python -m bancs [module…]`: runs the benchmarks in their own database `ror_banc`. Ends by 1 on a lost budget."""

import importlib
import os
import pkgutil
import sys
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

import bancs
from ror.commun import services_locaux

BASE = "ror_banc"
_OUTILS = frozenset({"__main__", "fichier_finess", "mesures", "population", "tirage_recherche", "visites"})


def main(noms: list[str]) -> int:
    connus = [module.name for module in pkgutil.iter_modules(bancs.__path__) if module.name not in _OUTILS]
    inconnus = sorted(set(noms) - set(connus))
    if inconnus:
        sys.stderr.write(f"Banc inconnu : {', '.join(inconnus)}. Bancs : {', '.join(connus)}.\n")
        return 2
    with services_locaux.demarrer(services_locaux.dossier_etat()) as services:
        os.environ.update(services.variables(), DATABASE_URL=_base_du_banc(services.database_url))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings.dev")
        os.environ.setdefault("LOG_LEVEL", "WARNING")
        _preparer_django()
        perdus = sum(_executer(nom) for nom in noms or connus)
    sys.stdout.write("\nTous les budgets sont tenus.\n" if not perdus else f"\n{perdus} budget(s) dépassé(s).\n")
    return 1 if perdus else 0


def _base_du_banc(url: str, base: str = BASE) -> str:
    """Creates a database of the benchmarks beside the portal's own. Returns its address."""
    connexion = psycopg2.connect(url)
    try:
        connexion.autocommit = True
        with connexion.cursor() as curseur:
            curseur.execute("SELECT 1 FROM pg_database WHERE datname = %s", [base])
            if curseur.fetchone() is None:
                curseur.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(base)))
    finally:
        connexion.close()
    return urlsplit(url)._replace(path=f"/{base}").geturl()


def _utiliser(base: str) -> None:
    """Turns to the database of a benchmark; those that say nothing share one."""
    from django.db import connection

    if connection.settings_dict["NAME"] != base:
        connection.close()
        os.environ["DATABASE_URL"] = _base_du_banc(os.environ["DATABASE_URL"], base)
        connection.settings_dict["NAME"] = base
        _preparer_django()


def _preparer_django() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _executer(nom: str) -> int:
    """Runs one benchmark and prints its lines. Returns how many budgets it lost."""
    sys.stdout.write(f"\n=== {nom} ===\n")
    perdus, banc = 0, importlib.import_module(f"bancs.{nom}")
    _utiliser(getattr(banc, "BASE", BASE))
    for mesure in banc.mesurer():
        sys.stdout.write(f"{mesure}\n")
        sys.stdout.flush()
        perdus += not mesure.tenu
    return perdus


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
