"""« Unité sensible » (B51, CO3): in no page, list or count of whoever may not know of it."""

import pytest
from django.urls import reverse

from pilotage.calcul import calculer
from referentiel.models import Habilitation, Lieu, Role, UniteOperationnelle
from referentiel.permissions import offres_cachees
from ror.comptes.models import Utilisateur
from tests.fabriques import HabilitationFactory
from tests.fabriques.comptes import UtilisateurFactory
from tests.fabriques.structures import EGFactory, PoleFactory, UFFactory, UOFactory

SECRETE = "UHSA de Villejuif"


@pytest.fixture
def hopital(db):
    """A hospital with a pôle, a UF, one ordinary offer and one unité sensible, each in its own lieu."""
    eg = EGFactory(nom="CH de Valmont", groupe="PSY")
    uf = UFFactory(parent=PoleFactory(parent=eg, nom="Pôle Psychiatrie"), nom="UF 12")
    ordinaire, secrete = UOFactory(parent=uf, nom="Hôpital de jour"), UOFactory(parent=uf, nom=SECRETE)
    UniteOperationnelle.objects.filter(pk=secrete.pk).update(unite_sensible=True)
    for offre, nom in ((ordinaire, "Bâtiment A"), (secrete, "Enceinte fermée")):
        offre.unite.lieux.add(Lieu.objects.create(etablissement=eg, nom=nom))
    return eg, uf, ordinaire, secrete


def _personne(client, role=None, structure=None) -> Utilisateur:
    personne = UtilisateurFactory()
    if role:
        Habilitation.objects.create(utilisateur=personne, role=role, structure=structure)
    client.force_login(personne)
    return personne


def _adresses(eg, uf, secrete) -> list[str]:
    return [
        reverse("fiche", args=[eg.pk]),
        reverse("fiche", args=[uf.pk]),
        reverse("repertoire") + f"?fiche={uf.pk}",
        reverse("repertoire-branche", args=[f"n-{uf.pk}"]),
        reverse("repertoire-branche", args=[f"n-{eg.pk}"]),
        reverse("repertoire-cherche") + "?q=uhsa",
        reverse("recherche") + "?q=uhsa",
        reverse("recherche") + "?q=villejuif",
    ]


@pytest.mark.exigence("B51")
def test_nobody_else_knows_of_it(client, hopital):
    eg, uf, ordinaire, secrete = hopital
    _personne(client)
    avant = {adresse: client.get(adresse).content.decode() for adresse in _adresses(eg, uf, secrete)}
    for adresse, page in avant.items():
        assert SECRETE not in page, adresse
        assert "Enceinte fermée" not in page, adresse
    assert ordinaire.nom in avant[reverse("fiche", args=[uf.pk])]
    assert "1\u00a0offre" in avant[reverse("fiche", args=[eg.pk])]
    assert "1\u00a0UO" in avant[reverse("repertoire-branche", args=[f"n-{eg.pk}"])]
    assert "Bâtiment A" in avant[reverse("fiche", args=[eg.pk])]
    lieu = secrete.unite.lieux.get()
    pages = ("fiche", "historique", "fiche-actions", "fiche-modifier", "fiche-a-venir", "fiche-comparer")
    for page in pages:
        assert client.get(reverse(page, args=[secrete.pk])).status_code == 404, page
    assert client.get(reverse("lieu", args=[lieu.pk])).status_code == 404


@pytest.mark.exigence("B51")
@pytest.mark.parametrize("role", [Role.REFERENT, Role.DIRECTION, Role.GESTIONNAIRE, Role.TUTELLE, Role.SUPPORT])
def test_who_edits_it_or_answers_for_crises_reads_it(client, hopital, role):
    eg, uf, _, secrete = hopital
    _personne(client, role, eg)
    assert SECRETE in client.get(reverse("fiche", args=[uf.pk])).content.decode()
    assert client.get(reverse("fiche", args=[secrete.pk])).status_code == 200
    assert "2\u00a0offres" in client.get(reverse("fiche", args=[eg.pk])).content.decode()
    assert client.get(reverse("lieu", args=[secrete.unite.lieux.get().pk])).status_code == 200


@pytest.mark.exigence("B51")
def test_a_right_elsewhere_opens_nothing(client, hopital):
    _, uf, _, secrete = hopital
    personne = _personne(client, Role.REFERENT, EGFactory())
    Habilitation.objects.create(utilisateur=personne, role=Role.LECTEUR, structure=uf)
    assert client.get(reverse("fiche", args=[secrete.pk])).status_code == 404
    assert SECRETE not in client.get(reverse("fiche", args=[uf.pk])).content.decode()


@pytest.mark.exigence("B51")
def test_a_shared_lieu_stays_without_the_secret_offer(client, hopital):
    eg, _, ordinaire, secrete = hopital
    commun = Lieu.objects.create(etablissement=eg, nom="Pavillon commun")
    for offre in (ordinaire, secrete):
        offre.unite.lieux.add(commun)
    _personne(client)
    page = client.get(reverse("lieu", args=[commun.pk])).content.decode()
    assert ordinaire.nom in page
    assert SECRETE not in page


@pytest.mark.exigence("B51")
def test_asked_once_a_request_whatever_is_read(hopital, django_assert_num_queries):
    personne = UtilisateurFactory()
    with django_assert_num_queries(2):  # her rights, then the offers
        assert offres_cachees(personne) == offres_cachees(personne) == {hopital[3].pk}


@pytest.mark.exigence("B51")
@pytest.mark.parametrize("role", [Role.GESTIONNAIRE, Role.TUTELLE])
def test_who_answers_for_the_establishment_knows_all_its_offers(client, db, role):
    """The champ of her territory is that of the establishment, whatever that of the offer."""
    eg = EGFactory(nom="CH de Valmont", groupe="MCO", departement="77")
    uf = UFFactory(parent=PoleFactory(parent=eg))
    secrete = UOFactory(parent=uf, nom=SECRETE, groupe="PSY", departement="77")
    UniteOperationnelle.objects.filter(pk=secrete.pk).update(unite_sensible=True)
    territoire = {"role": role, "structure": None, "departements": ["77"]}
    siennes = HabilitationFactory(**territoire, groupes=["MCO"]).utilisateur
    ailleurs = HabilitationFactory(**territoire, groupes=["MSS"]).utilisateur
    calculer([eg.pk])
    liste = reverse("tableau-offres")
    for personne, lue in ((siennes, True), (ailleurs, False)):
        client.force_login(personne)
        assert client.get(reverse("fiche", args=[secrete.pk])).status_code == (200 if lue else 404)
        assert (SECRETE in client.get(liste).content.decode()) is lue
        assert lue or SECRETE not in client.get(reverse("fiche", args=[eg.pk])).content.decode()


@pytest.mark.exigence("B51")
def test_the_review_of_a_part_counts_no_hidden_offer_of_another_part(client, hopital):
    eg, _, _, _ = hopital
    sien = PoleFactory(parent=eg, nom="Pôle B")
    UOFactory(parent=UFFactory(parent=sien), nom="Sienne")
    _personne(client, Role.REFERENT, sien)
    page = client.get(reverse("relecture", args=[eg.pk])).content.decode()
    assert "0 sur 2\u00a0offres" in page, "hers and the ordinary one"


@pytest.mark.exigence("B51")
def test_a_manager_of_accounts_reads_no_name_beyond_her_perimeter(client, hopital):
    personne = HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["75"]).utilisateur
    client.force_login(personne)
    for fiche in hopital:
        page = client.get(reverse("comptes-structures"), {"structure": fiche.pk}).content.decode()
        assert fiche.nom not in page
