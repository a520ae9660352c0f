"""What a price must say by kind, and how phone numbers, addresses and secure mailboxes are checked."""

import pytest

from referentiel import tarifs, telecoms
from referentiel.champs import Niveau, champs_de

COLONNES = {colonne.nom for colonne in champs_de(Niveau.EG)["tarifs"].colonnes}


def complet(type_tarif):
    precisions = tarifs.PAR_TYPE[type_tarif]
    ligne = {"type_tarif": type_tarif, "montant": "62.50", "unite_prix": "2"}
    ligne |= dict.fromkeys(precisions.attendues, "01")
    return {**ligne, "nom": "Coiffure"} if type_tarif == "04" else ligne


def test_the_rule_knows_every_column_of_the_form():
    assert COLONNES == tarifs.COMMUNES | tarifs.TOUTES


@pytest.mark.parametrize("type_tarif", tarifs.PAR_TYPE)
def test_a_complete_price_is_accepted_and_each_missing_column_is_told(type_tarif):
    ligne = complet(type_tarif)
    assert tarifs.erreurs(ligne) == {}
    for colonne in tarifs.PAR_TYPE[type_tarif].attendues:
        assert list(tarifs.erreurs({**ligne, colonne: None})) == [colonne]


@pytest.mark.parametrize("type_tarif", tarifs.PAR_TYPE)
def test_a_column_of_another_kind_is_refused(type_tarif):
    for colonne in tarifs.TOUTES - tarifs.PAR_TYPE[type_tarif].toutes:
        assert "effacez-la" in tarifs.erreurs({**complet(type_tarif), colonne: "01"})[colonne]


def test_no_is_an_answer():
    assert tarifs.erreurs({**complet("02"), "moins_60_ans": False}) == {}


def test_an_additional_service_is_named_one_way_or_the_other():
    ligne = {"type_tarif": "04", "montant": "12.00", "unite_prix": "4"}
    assert list(tarifs.erreurs(ligne)) == ["prestation"]
    assert tarifs.erreurs({**ligne, "prestation": "01"}) == {}


@pytest.mark.parametrize(
    ("canal", "adresse"),
    [
        ("2", "0183763031"),
        ("2", "01.83.76.30.31"),
        ("1", "+33 6 12 34 56 78"),
        ("8", "15"),
        ("2", "3114"),
        ("2", "116 117"),
        ("2", "+32 2 123 45 67"),
        ("3", "nom@exemple.fr"),
        ("4", "https://www.exemple.fr/rdv"),
        ("4", "exemple.fr"),
        ("7", "n’importe quoi"),
    ],
)
def test_what_can_be_dialled_or_written_to_is_accepted(canal, adresse):
    assert telecoms.erreur_adresse(canal, adresse) == ""


@pytest.mark.parametrize(
    ("canal", "adresse", "mot"),
    [
        ("2", "019900271", "9 chiffres au lieu de 10"),
        ("2", "zéro un", "n’est pas un numéro"),
        ("3", "nom.exemple.fr", "adresse électronique"),
        ("9", "a@b", "adresse électronique"),
        ("4", "notre site", "adresse d’un site"),
    ],
)
def test_what_cannot_is_told(canal, adresse, mot):
    assert mot in telecoms.erreur_adresse(canal, adresse)


def test_numbers_are_written_the_french_way():
    assert telecoms.ranger_adresse("2", "+33183763031") == "01 83 76 30 31"
    assert telecoms.ranger_adresse("3", "0183763031@exemple.fr") == "0183763031@exemple.fr"


def test_secure_mailboxes():
    assert telecoms.est_mssante("accueil@hopital.mssante.fr")
    assert not telecoms.est_mssante("accueil@notmssante.fr")
    assert telecoms.erreurs_boite({"adresse": "accueil"})
    assert telecoms.erreurs_boite({"adresse": "accueil@hopital.fr"}) == {}
