"""The files (B56): the rows of the page and no other, as spreadsheets read them."""

import csv
import io
from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from referentiel.models import (
    EntiteGeographique,
    Structure,
    UniteOperationnelle,
)
from ror.commun.tableur import Classeur, corps_csv
from tests.fabriques import (
    EGFactory,
    UOFactory,
)

from .outils import adresse, lire_csv, lire_xlsx

pytestmark = pytest.mark.django_db


@pytest.mark.exigence("B56")
def test_a_list_is_downloaded_as_the_page_shows_it(client, referente):
    EGFactory(nom="CLINIQUE D’AILLEURS")
    EntiteGeographique.objects.update(localite="Valmont", code_postal="77990", telephone="0123456789")
    page = client.get(reverse("mes-etablissements"), {"q": "ehpad"}).content.decode()
    assert f'href="{adresse("mes-etablissements")}?q=ehpad"' in page
    reponse = client.get(adresse("mes-etablissements"), {"q": "ehpad"})
    assert "attachment; filename=" in reponse["Content-Disposition"]
    entete, *lignes = lire_csv(reponse)
    assert entete[:2] == ["Nom", "N° FINESS"]
    assert [ligne[0] for ligne in lignes] == ["EHPAD TEST"]
    assert lignes[0][entete.index("Commune")] == "Valmont"


@pytest.mark.exigence("B56")
def test_the_workbook_keeps_zeros_dates_and_says_what_it_is(client, referente):
    offre = UOFactory(parent=Structure.objects.get(nom="EHPAD TEST"), nom="Accueil de jour")
    UniteOperationnelle.objects.filter(structure=offre).update(relue_le=timezone.now() - timedelta(days=400))
    Structure.objects.filter(nom="EHPAD TEST").update(numero_finess="010000123")
    classeur = lire_xlsx(client.get(adresse("a-relire", "xlsx")))
    assert classeur.sheetnames == ["Offres à relire", "À propos"]
    feuille = classeur["Offres à relire"]
    assert feuille.freeze_panes == "A2"
    assert feuille.column_dimensions["A"].width > 30
    entete = [cellule.value for cellule in feuille[1]]
    ligne = dict(zip(entete, feuille[2], strict=True))
    assert (ligne["N° FINESS"].value, ligne["N° FINESS"].data_type) == ("010000123", "s")
    assert isinstance(ligne["Relue le"].value, datetime)
    assert ligne["Relue le"].number_format == "dd/mm/yyyy"
    propos = dict(classeur["À propos"].values)
    assert propos["Par"] == referente.nom_complet
    assert propos["Lignes"] == "1\u00a0ligne"
    assert propos["Ce qu’elle contient"].startswith("Les offres confiées")
    assert "Filtres" in propos


@pytest.mark.exigence("B56")
def test_the_filters_are_said_in_french(client, referente):
    feuille = lire_xlsx(client.get(adresse("mes-etablissements", "xlsx"), {"q": "ehpad", "page": "3"}))["À propos"]
    propos = dict(feuille.values)
    assert propos["Filtre\u00a0: Nom ou n° FINESS"] == "ehpad"
    assert propos["Filtre\u00a0: Onglet"] == "Mes établissements géographiques (EG)"


@pytest.mark.exigence("B56")
@pytest.mark.parametrize("nom", ["=1+1", "+33", "-2", "@SUM(A1)", "\tx", " =cmd", "＝1"])
def test_no_text_becomes_a_formula(nom):
    (ligne,) = list(csv.reader(io.StringIO("".join(corps_csv([], [[nom, 5, -3]])).split("\r\n", 1)[1]), delimiter=";"))
    assert ligne == [f"'{nom}", "5", "-3"]
    classeur, fichier = Classeur("x", ["=SUM(A1)"], [10]), io.BytesIO()
    classeur.ajouter([nom])
    classeur.enregistrer(fichier)
    feuille = load_workbook(fichier)["x"]
    assert [(c.value, c.data_type) for c in (feuille["A1"], feuille["A2"])] == [("=SUM(A1)", "s"), (nom, "s")]


def test_values_are_written_as_french_spreadsheets_read_them():
    valeurs = [None, True, False, date(2026, 12, 4), 1.5, "a\x00\x0bb", 'é;\n"', timezone.localtime()]
    (ligne,) = csv.reader(io.StringIO("".join(list(corps_csv(["x"], [valeurs]))[2:])), delimiter=";")
    assert ligne[:5] == ["", "oui", "non", "04/12/2026", "1,5"]
    classeur, fichier = Classeur("a/b*c", ["x"], [10]), io.BytesIO()
    classeur.ajouter([*valeurs, "x" * 40_000])
    classeur.enregistrer(fichier)
    lue = [c.value for c in load_workbook(fichier)["a b c"][2]]
    assert lue[5] == "ab"
    assert len(lue[-1]) == 32_767


def test_a_list_longer_than_a_sheet_goes_on_in_the_next_one(monkeypatch):
    monkeypatch.setattr("ror.commun.tableur.LIGNES_PAR_FEUILLE", 2)
    classeur, fichier = Classeur("Liste", ["n"], [10]), io.BytesIO()
    for n in range(5):
        classeur.ajouter([n])
    classeur.enregistrer(fichier)
    lu = load_workbook(fichier)
    assert [[c[0] for c in feuille.values] for feuille in lu] == [["n", 0, 1], ["n", 2, 3], ["n", 4]]
