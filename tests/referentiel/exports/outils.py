"""Exports read back, and demands made."""

import csv
import io

from django.http import QueryDict
from django.urls import reverse
from openpyxl import load_workbook

from referentiel.actions import exports as actions
from referentiel.models import (
    DemandeExport,
)
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
)


def corps(reponse) -> bytes:
    return b"".join(reponse.streaming_content)


def lire_csv(reponse) -> list[list[str]]:
    texte = (reponse if isinstance(reponse, bytes) else corps(reponse)).decode("utf-8")
    assert texte.startswith("\ufeff")
    return list(csv.reader(io.StringIO(texte.removeprefix("\ufeff")), delimiter=";"))


def lire_xlsx(reponse):
    return load_workbook(io.BytesIO(reponse if isinstance(reponse, bytes) else corps(reponse)))


def adresse(nom: str, format: str = "csv") -> str:
    return reverse("export", args=[nom, format])


def des_etablissements(personne, nombre: int) -> None:
    ej = EJFactory()
    for rang in range(nombre):
        HabilitationFactory(utilisateur=personne, structure=EGFactory(parent=ej, nom=f"CLINIQUE {rang:03}"))


def a_preparer(personne, nombre: int = 3, format: str = "csv", **filtres) -> DemandeExport:
    """A demand on « Mes établissements », as the person would make it."""
    des_etablissements(personne, nombre)
    parametres = QueryDict(mutable=True)
    parametres.update(filtres)
    return actions.demander(
        auteur=personne, liste="mes-etablissements", parametres=parametres.urlencode(), format=format, total=nombre
    )
