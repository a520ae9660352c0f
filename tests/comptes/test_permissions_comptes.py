"""Who may do what, where: every role, every act, inside and outside; who may give which right."""

from datetime import timedelta

import pytest
from django.utils import timezone

from referentiel.actions import accorder, enregistrer
from referentiel.models import Habilitation, Modification, Role, Structure
from referentiel.permissions import ACTIONS, Action, filtre, refus, refus_accorder, refus_gerer
from ror.commun.erreurs import DroitManquant, EtatIncompatible, SaisieInvalide
from ror.comptes.models import Utilisateur
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory, UFFactory, UOFactory, UtilisateurFactory

from .outils import client_de, superutilisateur, texte

pytestmark = pytest.mark.django_db


def relu(personne: Utilisateur) -> Utilisateur:
    """The same person as a new request reads her."""
    return Utilisateur.objects.get(pk=personne.pk)


@pytest.fixture
def lieux():
    """An hospital with an offer (77) and an establishment elsewhere (31)."""
    eg = EGFactory(groupe="MCO", departement="77")
    uo = UOFactory(parent=UFFactory(parent=PoleFactory(parent=eg)))
    return {"eg": eg, "dedans": uo, "dehors": EGFactory(departement="31", groupe="MSS")}


@pytest.mark.exigence("S16", "S17", "S20", "S21")
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("role", list(Role))
def test_each_right_allows_its_acts_below_its_node_and_nowhere_else(lieux, role, action):
    eg = Structure.objects.get(pk=lieux["eg"].pk)
    personne = HabilitationFactory(role=role, structure=eg).utilisateur
    dedans, dehors = Structure.objects.get(pk=lieux["dedans"].pk), Structure.objects.get(pk=lieux["dehors"].pk)
    permis = action in ACTIONS[role]
    assert (refus(personne, action, dedans) is None) is permis
    assert "n’est pas dans votre périmètre" in refus(personne, action, dehors)
    attendus = {eg.pk, *eg.get_descendants().values_list("pk", flat=True)} if permis else set()
    assert set(Structure.objects.filter(filtre(personne, action)).values_list("pk", flat=True)) == attendus


@pytest.mark.exigence("S20")
@pytest.mark.parametrize(
    ("role", "action"),
    [(Role.GESTIONNAIRE, Action.APPROUVER_DOSSIER), (Role.TUTELLE, Action.APPROUVER_TUTELLE)],
)
def test_regional_manager_and_tutelle_approve_in_their_departements(lieux, role, action):
    personne = HabilitationFactory(role=role, structure=None, departements=["77"]).utilisateur
    assert refus(personne, action, lieux["eg"]) is None
    assert refus(personne, action, lieux["dehors"])
    assert refus(personne, Action.MODIFIER, lieux["eg"]) is None or role == Role.TUTELLE


def test_a_territory_may_be_narrowed_to_groups(lieux):
    personne = HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, groupes=["MSS"]).utilisateur
    assert refus(personne, Action.APPROUVER_DOSSIER, lieux["dehors"]) is None
    assert refus(personne, Action.APPROUVER_DOSSIER, lieux["eg"])


@pytest.mark.exigence("S21")
def test_a_right_ended_or_to_come_allows_nothing(lieux):
    jour = timezone.localdate()
    for dates in ({"fin": jour - timedelta(days=1)}, {"debut": jour + timedelta(days=1)}):
        personne = HabilitationFactory(structure=lieux["eg"], **dates).utilisateur
        assert refus(personne, Action.MODIFIER, lieux["eg"])
        assert not Structure.objects.modifiables_par(personne).exists()
    dernier = HabilitationFactory(structure=lieux["eg"], fin=jour).utilisateur
    assert refus(dernier, Action.MODIFIER, Structure.objects.get(pk=lieux["eg"].pk)) is None


@pytest.mark.exigence("S22")
def test_whoever_signs_in_reads_every_establishment_and_every_level(lieux):
    lecteur = UtilisateurFactory()
    assert Structure.objects.lisibles_par(lecteur).count() == Structure.objects.count()
    assert not Structure.objects.modifiables_par(lecteur).exists()


@pytest.mark.exigence("S22")
def test_a_reader_without_any_right_opens_the_fiche_of_every_level(lieux, region):
    client = client_de(UtilisateurFactory())
    for structure in Structure.objects.all():
        page = client.get(f"/ror/fiche/{structure.pk}/")
        assert page.status_code == 200, structure.niveau
        assert structure.nom in texte(page)


@pytest.mark.exigence("S16", "S17", "S18")
def test_the_director_and_the_referent_edit_the_same_establishment(lieux):
    uo = lieux["dedans"]
    referent = HabilitationFactory(role=Role.REFERENT, structure=lieux["eg"]).utilisateur
    direction = HabilitationFactory(role=Role.DIRECTION, structure=lieux["eg"]).utilisateur
    enregistrer(structure_id=uo.pk, auteur=referent, vues={"age_min": 60}, saisies={"age_min": 65})
    enregistrer(structure_id=uo.pk, auteur=direction, vues={"age_max": 120}, saisies={"age_max": 110})
    attente = Modification.objects.get(structure=uo)
    assert {c.champ: (c.propose, c.auteur) for c in attente.changements.all()} == {
        "age_min": (65, referent),
        "age_max": (110, direction),
    }
    assert refus(direction, Action.VALIDER_DOSSIER, uo) is None
    assert "Votre droit Référent ne permet pas de valider" in refus(referent, Action.VALIDER_DOSSIER, uo)


@pytest.mark.parametrize(
    ("gestion", "role", "permis"),
    [
        (Role.SUPPORT, Role.REFERENT, True),
        (Role.SUPPORT, Role.DIRECTION, True),
        (Role.SUPPORT, Role.GESTIONNAIRE, False),
        (Role.SUPPORT, Role.SUPPORT, False),
        (Role.GESTIONNAIRE, Role.DIRECTION, True),
        (Role.GESTIONNAIRE, Role.TUTELLE, True),
        (Role.GESTIONNAIRE, Role.GESTIONNAIRE, True),
        (Role.GESTIONNAIRE, Role.SUPPORT, False),
        (Role.GESTIONNAIRE, Role.ADMINISTRATEUR, False),
        (Role.ADMINISTRATEUR, Role.ADMINISTRATEUR, True),
        (Role.REFERENT, Role.LECTEUR, False),
        (Role.DIRECTION, Role.REFERENT, False),
        (Role.TUTELLE, Role.REFERENT, False),
    ],
)
def test_nobody_gives_a_right_above_her_own(lieux, gestion, role, permis):
    structure = lieux["eg"] if gestion in (Role.REFERENT, Role.DIRECTION) else None
    gestionnaire = HabilitationFactory(role=gestion, structure=structure).utilisateur
    motif = refus_accorder(gestionnaire, UtilisateurFactory(), role, lieux["eg"])
    assert (motif is None) is permis, motif


@pytest.mark.exigence("S20")
def test_a_manager_gives_rights_inside_her_departements_only(lieux):
    gestionnaire = HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77", "75"]).utilisateur
    personne = UtilisateurFactory()

    def motif(role, **perimetre):
        return refus_accorder(gestionnaire, personne, role, **perimetre)

    assert motif(Role.REFERENT, structure=lieux["dedans"]) is None
    assert "n’est pas dans votre périmètre" in motif(Role.REFERENT, structure=lieux["dehors"])
    assert motif(Role.TUTELLE, departements=["75"]) is None
    assert "dépasse le vôtre" in motif(Role.TUTELLE, departements=["75", "31"])
    assert "dépasse le vôtre" in motif(Role.GESTIONNAIRE)
    assert motif(Role.LECTEUR) is None


def test_nobody_manages_her_own_rights_nor_a_wider_account(lieux):
    gestionnaire = HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77"]).utilisateur
    assert "ses propres droits" in refus_accorder(gestionnaire, gestionnaire, Role.REFERENT, lieux["eg"])
    assert "votre propre compte" in refus_gerer(gestionnaire, gestionnaire)
    ailleurs = HabilitationFactory(structure=lieux["dehors"]).utilisateur
    assert "a aussi le droit Référent" in refus_gerer(gestionnaire, ailleurs)
    assert "administrateur" in refus_gerer(gestionnaire, superutilisateur())
    ici = HabilitationFactory(structure=lieux["eg"]).utilisateur
    assert refus_gerer(gestionnaire, ici) is None


def test_the_act_itself_refuses_not_only_the_screen(lieux):
    support = HabilitationFactory(role=Role.SUPPORT, structure=None).utilisateur
    personne = UtilisateurFactory()
    with pytest.raises(DroitManquant):
        accorder(auteur=support, personne_id=personne.pk, role=Role.ADMINISTRATEUR)
    with pytest.raises(SaisieInvalide):
        accorder(auteur=support, personne_id=personne.pk, role=Role.REFERENT)
    accorder(auteur=support, personne_id=personne.pk, role=Role.REFERENT, structure_id=lieux["eg"].pk)
    with pytest.raises(EtatIncompatible):
        accorder(auteur=support, personne_id=personne.pk, role=Role.REFERENT, structure_id=lieux["eg"].pk)
    assert Habilitation.objects.filter(utilisateur=personne).count() == 1
    assert refus(relu(personne), Action.MODIFIER, lieux["dedans"]) is None
