"""What the demonstration region holds, loaded once for all these tests, which only read it."""

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from referentiel import arbre, fiches, horaires
from referentiel.demonstration import numeros
from referentiel.models import Contact, Lieu, Modification, Structure
from referentiel.nomenclatures import charger_livrees
from referentiel.permissions import Action, refus
from ror.comptes.models import Region, Utilisateur, VersionCGU
from tests.fabriques.structures import finess

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def region(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        charger_livrees()
        call_command("charger_demonstration", verbosity=0)
        yield
        transaction.set_rollback(True)


def _personne(identifiant: str) -> Utilisateur:
    return Utilisateur.objects.get(identifiant=identifiant)


@pytest.mark.exigence("S63", "S64", "S65")
def test_three_establishments_with_every_level(region):
    assert arbre.verifier() == []
    par_niveau = {n: Structure.objects.filter(niveau=n).count() for n in ("EJ", "EG", "P")}
    assert par_niveau == {"EJ": 2, "EG": 3, "P": 4}
    hopital = Structure.objects.get(numero_finess=numeros.EG_HOPITAL)
    assert hopital.get_descendants().filter(niveau="UO").count() >= 25
    assert Structure.objects.filter(niveau="UF", parent__niveau="P").exists()
    ehpad = Structure.objects.get(nom="EHPAD TEST")
    assert set(ehpad.enfants.values_list("niveau", flat=True)) == {"UO"}
    assert ehpad.entite_geographique.categorie == "500"


def test_numbers_have_right_keys(region):
    connus = Structure.objects.exclude(numero_finess=None).values_list("numero_finess", flat=True)
    assert all(n.startswith("7790") and n == finess(int(n[2:8])) for n in connus)


def test_offers_carry_real_codes_hours_and_contacts_of_every_level_of_confidentiality(region):
    for offre in Structure.objects.filter(niveau="UO").select_related("unite__type_offre"):
        valeurs = fiches.lire(offre)
        assert valeurs["activites"], offre
        assert offre.unite.type_offre.actif, offre
        semaine = horaires.depuis_table(valeurs["horaires"])
        assert semaine.periodes, offre
        assert not semaine.autres, offre
    assert set(Contact.objects.values_list("confidentialite", flat=True)) == {"1", "2", "3"}
    assert Lieu.objects.filter(unites__isnull=False).values("etablissement").distinct().count() == 3


def test_hours_have_every_shape(region):
    tables = [fiches.lire(offre)["horaires"] for offre in Structure.objects.filter(niveau="UO")]
    tout = [horaires.depuis_table(table) for table in tables]
    plages = [p for h in tout for periode in h.periodes for p in periode.plages]
    assert any(p.finit_le_lendemain for p in plages)
    assert any((p.debut, p.fin) == (0, 1440) for p in plages)
    assert any(p.jour == horaires.JOUR_FERIE for p in plages)
    assert any(periode.toutes_les == 2 for h in tout for periode in h.periodes)
    assert any(periode.au for h in tout for periode in h.periodes)
    assert any(e.ferme for h in tout for e in h.exceptions)
    assert any(not e.ferme for h in tout for e in h.exceptions)


def test_modifications_are_under_way_and_re_readings_are_late(region):
    etats = dict(Modification.objects.values_list("structure__nom", "etat"))
    assert etats == {
        "Unité d’hébergement pour personnes âgées dépendantes": Modification.Etat.EN_ATTENTE,
        "Unité d’accueil de jour pour personnes âgées": Modification.Etat.PROGRAMMEE,
    }
    il_y_a_un_an = timezone.now() - timezone.timedelta(days=365)
    assert Structure.objects.filter(unite__relue_le__lt=il_y_a_un_an).count() >= 3
    assert Structure.objects.filter(etat="PRO", unite__date_reouverture_prevue__isnull=False).exists()


@pytest.mark.exigence("S16", "S17", "S20", "S21")
@pytest.mark.parametrize(
    ("identifiant", "action", "nom", "permis"),
    [
        ("camilledemo", Action.MODIFIER, "Unité de maternité", True),
        ("camilledemo", Action.MODIFIER, "Unité d’internat de semaine", False),
        ("camilledemo", Action.VALIDER_DOSSIER, "EHPAD TEST", False),
        ("alixmodele", Action.VALIDER_DOSSIER, "EHPAD TEST", True),
        ("loulecture", Action.MODIFIER, "EHPAD TEST", False),
        ("dominiqueregion", Action.APPROUVER_DOSSIER, "CH de Valmont", True),
        ("claudetutelle", Action.APPROUVER_TUTELLE, "IME des Trois Chênes", True),
        ("claudetutelle", Action.APPROUVER_TUTELLE, "CH de Valmont", False),
        ("sachasupport", Action.CORRIGER_FINESS, "CH de Valmont", True),
        ("andreaadmin", Action.GERER_COMPTES, "CH de Valmont", True),
    ],
)
def test_one_account_per_role(region, identifiant, action, nom, permis):
    assert (refus(_personne(identifiant), action, Structure.objects.get(nom=nom)) is None) is permis


def test_one_account_has_to_choose_a_password(region):
    doivent = Utilisateur.objects.filter(doit_changer_mot_de_passe=True)
    assert [u.identifiant for u in doivent] == ["noanouveau"]


@pytest.mark.exigence("S23", "S25")
def test_texts_of_the_region_are_those_of_the_guides(region):
    servie = Region.objects.get(par_defaut=True)
    assert (servie.nom_application, servie.validateur) == ("ROR-IF", "SESAN")
    assert servie.support_telephone == "01 83 76 30 31"
    assert servie.support_horaires == "du lundi au vendredi de 8h à 20h"
    assert VersionCGU.objects.get().texte.startswith("Conditions générales")


def test_a_second_loading_writes_nothing_and_tells_the_accounts(region, capsys, django_assert_max_num_queries):
    noa = _personne("noanouveau")
    noa.set_password("Autre-Chose-2026")
    noa.save()
    avant = {s.pk: s.modifie_le for s in Structure.objects.all()}
    with django_assert_max_num_queries(2):
        call_command("charger_demonstration")
    sortie = capsys.readouterr().out
    assert {s.pk: s.modifie_le for s in Structure.objects.all()} == avant
    lignes = {ligne.split("  ")[0]: ligne for ligne in sortie.splitlines()}
    assert "camilledemo" in sortie
    assert "Demonstration-2026" in lignes["Administrateur"]
    assert "(changé depuis)" in sortie.splitlines()[-1]
