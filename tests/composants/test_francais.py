"""Dates, hours, numbers and identifiers as the guides of language write them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from ror.commun import francais


def clair(texte: str) -> str:
    """`texte` with ordinary spaces, to read the expected values."""
    return texte.replace(francais.INSECABLE, " ").replace(francais.FINE, " ")


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [(date(2026, 12, 4), "4 déc. 2026"), (date(2026, 12, 1), "1er déc. 2026"), (date(2027, 5, 31), "31 mai 2027")],
)
def test_date(jour, attendu):
    assert clair(francais.date_fr(jour)) == attendu


def test_heure():
    assert [clair(francais.heure_fr(h)) for h in (time(9, 30), time(9), time(0), time(18, 5))] == [
        "9 h 30",
        "9 h",
        "0 h",
        "18 h 05",
    ]


@pytest.mark.parametrize(
    ("ecart", "attendu"),
    [
        (timedelta(seconds=20), "à l’instant"),
        (timedelta(minutes=2), "il y a 2 min"),
        (timedelta(hours=3), "il y a 3 h"),
        (timedelta(hours=11), "il y a 11 h"),
        (timedelta(hours=20), "hier"),
        (timedelta(days=4), "il y a 4 jours"),
        (timedelta(days=40), "le 12 oct. 2026"),
    ],
)
def test_il_y_a(ecart, attendu):
    maintenant = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    assert clair(francais.il_y_a(maintenant - ecart, maintenant)) == attendu


def test_nombres():
    assert [clair(francais.nombre_fr(n)) for n in (0, 999, 12500, 68.4, 68.456, 1_000_000)] == [
        "0",
        "999",
        "12 500",
        "68,4",
        "68,46",
        "1 000 000",
    ]
    assert francais.FINE in francais.nombre_fr(12500)


@pytest.mark.parametrize(
    "saisi", ["0183763031", "01 83 76 30 31", "+33183763031", "01.83.76.30.31", "+33 1 83 76 30 31"]
)
def test_telephone(saisi):
    assert clair(francais.telephone_fr(saisi)) == "01 83 76 30 31"
    assert francais.telephone_lien(saisi) == "tel:+33183763031"


def test_numeros_inconnus_restent_tels_quels():
    assert francais.telephone_fr("3624") == "3624"
    assert francais.telephone_lien("3624") == "tel:3624"
    assert francais.finess_fr("PROV-12") == "PROV-12"
    assert francais.siret_fr("12") == "12"


def test_numeros():
    assert clair(francais.finess_fr("770000175")) == "77 000 017 5"
    assert clair(francais.finess_fr("2A0000014")) == "2A 000 001 4"
    assert clair(francais.siret_fr("26770012300019")) == "267 700 123 00019"
    assert clair(francais.siret_fr("267700123")) == "267 700 123"


@pytest.mark.parametrize(
    ("nombre", "mots", "attendu"),
    [
        (0, "offre", "0 offre"),
        (1, "offre", "1 offre"),
        (2, "offre", "2 offres"),
        (1500, "fiche restante,fiches restantes", "1 500 fiches restantes"),
    ],
)
def test_pluriel(nombre, mots, attendu):
    assert clair(francais.pluriel(nombre, mots)) == attendu


@pytest.mark.parametrize("ecrire", [francais.date_fr, francais.heure_fr, francais.nombre_fr, francais.telephone_fr])
def test_rien_donne_rien(ecrire):
    assert ecrire(None) == ""
