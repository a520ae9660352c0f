"""Rights: inherited downwards, told with their reason, as quick with 1 400 grants as with one."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from referentiel.models import Role, Structure
from referentiel.niveaux import Niveau
from referentiel.perimetre import filtre_miens
from referentiel.permissions import Action, filtre, filtre_confie, niveaux_lisibles, refus
from ror.comptes.models import Utilisateur
from tests.fabriques import EGFactory, EJFactory, HabilitationFactory, PoleFactory, UFFactory, UOFactory
from tests.fabriques.comptes import UtilisateurFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hopital() -> dict[str, Structure]:
    ej = EJFactory(nom="EJ")
    eg = EGFactory(nom="EG", parent=ej, groupe="MCO")
    pole = PoleFactory(nom="Pôle", parent=eg)
    autre_pole = PoleFactory(nom="Autre pôle", parent=eg)
    uf = UFFactory(nom="UF", parent=pole)
    uo = UOFactory(nom="UO", parent=uf)
    autre = EGFactory(nom="Autre EG", departement="75")
    return {n.nom: n for n in (ej, eg, pole, autre_pole, uf, uo, autre)}


def _permises(utilisateur, structures, action=Action.MODIFIER) -> set[str]:
    """What `refus` allows, which must be what `filtre` keeps."""
    utilisateur = Utilisateur.objects.get(pk=utilisateur.pk)
    permises = {nom for nom, noeud in structures.items() if refus(utilisateur, action, noeud) is None}
    gardees = Structure.objects.filter(filtre(utilisateur, action), pk__in=[s.pk for s in structures.values()])
    assert set(gardees.values_list("nom", flat=True)) == permises
    return permises


@pytest.mark.exigence("S17", "S21")
@pytest.mark.parametrize(
    ("accorde", "attendu"),
    [
        ("EJ", {"EJ", "EG", "Pôle", "Autre pôle", "UF", "UO"}),
        ("EG", {"EG", "Pôle", "Autre pôle", "UF", "UO"}),
        ("Pôle", {"Pôle", "UF", "UO"}),
        ("UO", {"UO"}),
    ],
)
def test_a_grant_is_inherited_by_all_that_is_below_and_nothing_else(hopital, accorde, attendu):
    droit = HabilitationFactory(structure=hopital[accorde])
    assert _permises(droit.utilisateur, hopital) == attendu


def test_a_grant_on_a_territory_holds_there_only(hopital):
    personne = UtilisateurFactory()
    HabilitationFactory(utilisateur=personne, role=Role.GESTIONNAIRE, structure=None, departements=["75"])
    assert _permises(personne, hopital) == {"Autre EG"}
    HabilitationFactory(utilisateur=personne, structure=hopital["UF"])
    assert _permises(personne, hopital) == {"Autre EG", "UF", "UO"}
    confiees = Structure.objects.filter(filtre_confie(personne, Action.MODIFIER))
    assert set(confiees.values_list("nom", flat=True)) == {"UF", "UO"}


def test_grants_past_or_to_come_count_for_nothing(hopital):
    jour = timezone.localdate()
    passe = HabilitationFactory(structure=hopital["EG"], debut=jour - timedelta(30), fin=jour - timedelta(1))
    futur = HabilitationFactory(structure=hopital["EG"], debut=jour + timedelta(1))
    dernier = HabilitationFactory(structure=hopital["EG"], debut=jour - timedelta(30), fin=jour)
    assert _permises(passe.utilisateur, hopital) == _permises(futur.utilisateur, hopital) == set()
    assert "UO" in _permises(dernier.utilisateur, hopital)


def test_each_role_allows_its_acts_and_a_refusal_says_which_rights_would(hopital):
    personne = UtilisateurFactory()
    HabilitationFactory(utilisateur=personne, role=Role.LECTEUR, structure=hopital["EG"])
    motif = refus(personne, Action.MODIFIER, hopital["UO"])
    assert "Votre droit Lecteur ne permet pas de modifier les fiches" in motif
    assert "Référent" in motif
    assert "n’est pas dans votre périmètre" in refus(personne, Action.MODIFIER, hopital["Autre EG"])
    assert list(Structure.objects.filter(filtre_miens(personne, Niveau.EG))) == [hopital["EG"]]
    assert refus(AnonymousUser(), Action.MODIFIER, hopital["EG"]) == "Connectez-vous pour continuer."
    assert not Structure.objects.filter(filtre(AnonymousUser(), Action.MODIFIER)).exists()


def test_contacts_kept_for_crises_are_read_by_those_who_edit_the_fiche_or_manage_its_territory(hopital):
    referent = HabilitationFactory(structure=hopital["Pôle"]).utilisateur
    assert niveaux_lisibles(referent, hopital["UO"]) == {"1", "2", "3"}
    assert niveaux_lisibles(referent, hopital["Autre pôle"]) == {"1", "2"}
    tutelle = UtilisateurFactory()
    HabilitationFactory(utilisateur=tutelle, role=Role.TUTELLE, structure=None, departements=["75"])
    assert niveaux_lisibles(tutelle, hopital["Autre EG"]) == {"1", "2", "3"}
    assert niveaux_lisibles(tutelle, hopital["UO"]) == {"1", "2"}


@pytest.mark.parametrize("nombre", [1, 30])
def test_the_number_of_grants_changes_neither_queries_nor_rows_read(hopital, nombre, django_assert_num_queries):
    personne = HabilitationFactory(structure=hopital["EG"]).utilisateur
    for _ in range(nombre - 1):
        HabilitationFactory(utilisateur=personne, structure=EGFactory(parent=hopital["EJ"]))
    personne = Utilisateur.objects.get(pk=personne.pk)
    with django_assert_num_queries(2):
        for _ in range(3):
            assert refus(personne, Action.MODIFIER, hopital["UO"]) is None
    assert len(personne._droits_en_vigueur) == 1
    with django_assert_num_queries(2):
        list(Structure.objects.modifiables_par(personne))
