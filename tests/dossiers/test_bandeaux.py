"""The yellow banner above every fiche whose establishment has an open dossier, in its state, for its persons only."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dossiers.etats import OUVERTS, Etat
from dossiers.models import Dossier
from referentiel.models import Role
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db
PHRASE = (
    "Cette fiche fait partie d’un dossier collaboratif. Toute modification de la fiche hors dossier collaboratif "
    "sera effacée lors de l’intégration du dossier dans le répertoire."
)


@pytest.fixture
def hopital():
    RegionFactory()
    eg = EGFactory(groupe="MCO", nom="CH de Valmont")
    pole = PoleFactory(parent=eg, nom="Pôle A")
    uf = UFFactory(parent=pole, nom="UF 1")
    UOFactory(parent=uf, nom="Unité de cardiologie")
    return eg


@pytest.fixture
def referent(hopital):
    return HabilitationFactory(structure=hopital, utilisateur=UtilisateurFactory(nom="Ouvreuse")).utilisateur


def mettre(hopital, referent, etat: Etat) -> Dossier:
    """The dossier of the hospital in a state, whatever led to it."""
    from django.utils import timezone

    jour, route = timezone.now(), ["direction", "gestionnaire", "tutelle"]
    valeurs = {"nom": "77 MAJ MCO – CH", "etat": etat.value, "cree_par": referent, "route": route}
    valeurs |= {"envoye_par": referent, "envoye_le": jour, "approuve_par": referent, "approuve_le": jour}
    return Dossier.objects.create(etablissement=hopital, date_effet=jour.date(), motif="x", publie_le=jour, **valeurs)


def fiches(hopital):
    hopital.refresh_from_db()
    return list(hopital.get_descendants(include_self=True))


@pytest.mark.exigence("S140", "S141")
def test_every_fiche_of_the_establishment_and_none_above(client, hopital, referent):
    dossier = mettre(hopital, referent, Etat.BROUILLON)
    client.force_login(referent)
    for structure in fiches(hopital):
        for adresse in (
            reverse("fiche", args=[structure.pk]),
            f"{reverse('repertoire')}?fiche={structure.pk}",
            reverse("fiche-modifier", args=[structure.pk]),
        ):
            page = client.get(adresse).content.decode()
            assert PHRASE in page, adresse
            bandeau = page[page.index("bandeau-dc") :]
            assert bandeau.index("Ouvrir le dossier") < bandeau.index("<h"), adresse
            assert dossier.nom in bandeau
            assert "ouvert le" in bandeau
            assert "Camille Ouvreuse" in bandeau
            assert f'href="{reverse("dossier", args=[dossier.pk])}"' in bandeau
    gestes = (
        client.get(reverse("fiche", args=[hopital.pk])).content.decode().split('class="gestes"')[1].split("</div>")[0]
    )
    assert f'href="{reverse("dossier", args=[dossier.pk])}"' in gestes
    assert "Créer un dossier collaboratif" not in gestes
    panneau = client.get(
        f"{reverse('repertoire')}?fiche={hopital.pk}", headers={"HX-Request": "true", "HX-Target": "v-fiche"}
    )
    assert PHRASE in panneau.content.decode()
    assert PHRASE not in client.get(reverse("fiche", args=[hopital.parent_id])).content.decode()
    assert PHRASE not in client.get(reverse("fiche", args=[EGFactory().pk])).content.decode()


@pytest.mark.exigence("S163", "S166", "S167")
@pytest.mark.parametrize(
    ("etat", "dit"),
    [
        (Etat.BROUILLON, None),
        (Etat.A_CORRIGER, "Des corrections y sont demandées."),
        (Etat.DIRECTION, "Le dossier attend la validation de la Direction."),
        (Etat.GESTIONNAIRE, "en cours de validation par un gestionnaire"),
        (Etat.TUTELLE, "Le dossier attend la validation de la tutelle."),
        (Etat.APPROUVE, "approuvé"),
    ],
)
def test_the_banner_says_where_the_dossier_stands(client, hopital, referent, etat, dit):
    mettre(hopital, referent, etat)
    client.force_login(referent)
    page = client.get(reverse("fiche", args=[hopital.pk])).content.decode()
    bandeau = page[page.index("bandeau-dc") : page.index("Ouvrir le dossier")]
    assert "En cas de modification ici, le ROR vous proposera de la répercuter" in bandeau
    assert "répercutée, elle sera gardée ; sinon, le dossier l’effacera" in bandeau
    assert "rien n’est perdu" not in bandeau, "the sentence of the guides says that something may be (S140)"
    if dit:
        assert dit in bandeau
    else:
        assert "validation" not in bandeau


@pytest.mark.parametrize("etat", sorted(set(Etat) - OUVERTS))
def test_a_closed_dossier_has_no_banner(client, hopital, referent, etat):
    mettre(hopital, referent, etat)
    client.force_login(referent)
    assert "bandeau-dc" not in client.get(reverse("fiche", args=[hopital.pk])).content.decode()


@pytest.mark.exigence("S141")
@pytest.mark.parametrize(
    ("role", "territoire", "voit"),
    [
        (Role.REFERENT, {}, True),
        (Role.DIRECTION, {}, True),
        (Role.LECTEUR, {}, False),
        (Role.GESTIONNAIRE, {"structure": None, "departements": ["77"]}, True),
        (Role.GESTIONNAIRE, {"structure": None, "departements": ["75"]}, False),
        (Role.TUTELLE, {"structure": None, "departements": ["77"]}, True),
        (Role.TUTELLE, {"structure": None, "groupes": ["MSS"]}, False),
    ],
)
def test_the_banner_is_for_whoever_may_see_the_dossier(client, hopital, referent, role, territoire, voit):
    mettre(hopital, referent, Etat.DIRECTION)
    client.force_login(HabilitationFactory(role=role, **{"structure": hopital, **territoire}).utilisateur)
    for structure in fiches(hopital):
        page = client.get(reverse("fiche", args=[structure.pk])).content.decode()
        assert ("bandeau-dc" in page) is voit
        assert ("77 MAJ MCO" in page) is voit


def test_a_right_on_one_unit_does_not_show_the_dossier_of_the_whole(client, hopital, referent):
    mettre(hopital, referent, Etat.BROUILLON)
    unite = fiches(hopital)[-1]
    client.force_login(HabilitationFactory(structure=unite).utilisateur)
    assert "bandeau-dc" not in client.get(reverse("fiche", args=[unite.pk])).content.decode()


def sur_les_dossiers(client, adresse: str) -> int:
    with CaptureQueriesContext(connection) as vues:
        assert client.get(adresse).status_code == 200
    return sum('FROM "dossiers_dossier"' in v["sql"] for v in vues.captured_queries)


def test_it_costs_one_query_and_none_to_readers(client, hopital, referent):
    adresse = reverse("fiche", args=[hopital.pk])
    client.force_login(referent)
    assert sur_les_dossiers(client, adresse) == 1
    mettre(hopital, referent, Etat.BROUILLON)
    assert sur_les_dossiers(client, adresse) == 1
    for droit in (None, Role.LECTEUR):
        personne = HabilitationFactory(structure=hopital, role=droit).utilisateur if droit else UtilisateurFactory()
        client.force_login(personne)
        assert sur_les_dossiers(client, adresse) == 0
