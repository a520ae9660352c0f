"""« Rien n’a changé »: the signed link of a mail, read then confirmed without signing in (M13)."""

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilotage import liens, revue
from pilotage.models import CourrielRelecture, Qualite, RappelRelecture, ReportRelecture
from pilotage.tasks import rappeler_relectures
from referentiel import actions, fiches
from referentiel.models import EntreeJournal, Habilitation, Role, Structure, UniteOperationnelle, VerificationSection
from tests.fabriques import EGFactory, HabilitationFactory
from tests.formulaires import lire_formulaire

from .conftest import droit, offre_saine

pytestmark = [pytest.mark.django_db, pytest.mark.exigence("M13")]
ATTESTATION = '<form class="carte-pied attestation"'


@pytest.fixture
def inconnu():
    """A browser where nobody is signed in."""
    return Client()


@pytest.fixture
def offres(eg):
    return [offre_saine(eg, "Accueil de jour", 340), offre_saine(eg, "Hébergement", 366)]


@pytest.fixture
def lien(referente, offres) -> str:
    """Path of the link that the mail brought."""
    rappeler_relectures()
    return re.search(r"/ror/relire/\S+", mail.outbox[0].body)[0]


def lire(client, lien: str) -> str:
    reponse = client.get(lien)
    assert reponse.status_code == 200
    assert "no-store" in reponse["Cache-Control"]
    return reponse.content.decode()


def envoi(texte: str) -> dict:
    depuis = texte[texte.index(ATTESTATION) :]
    return {**lire_formulaire(depuis, ""), "relu": "1"}


def relues(offres) -> list[bool]:
    jour = timezone.localdate()
    lues = UniteOperationnelle.objects.in_bulk([o.pk for o in offres])
    return [timezone.localdate(lues[o.pk].relue_le) == jour for o in offres]


def test_on_lit_puis_on_confirme_sans_se_connecter(inconnu, referente, offres, lien):
    texte = lire(inconnu, lien)
    for mot in (
        "Accueil de jour",
        "Hébergement",
        "Ouvert le lundi",
        "01\u00a060\u00a000\u00a000\u00a001",
        str(referente),
    ):
        assert mot in texte
    sans_case = inconnu.post(lien, {k: v for k, v in envoi(texte).items() if k != "relu"})
    assert sans_case.status_code == 422
    assert relues(offres) == [False, False]
    merci = inconnu.post(lien, envoi(texte)).content.decode()
    assert "2\u00a0offres relues et validées au nom de" in merci
    assert relues(offres) == [True, True]
    entrees = EntreeJournal.objects.filter(structure__in=offres)
    assert {(e.auteur, e.motif) for e in entrees} == {(referente, "Par lien signé")}
    historique = Structure.objects.get(pk=offres[0].pk).unite.history.latest()
    assert historique.history_user == referente
    assert "Par lien signé" in client_de(referente).get(reverse("historique", args=[offres[0].pk])).content.decode()


def client_de(personne) -> Client:
    client = Client()
    client.force_login(personne)
    return client


def test_l_ouvrir_n_ecrit_rien(inconnu, offres, lien):
    avant = [EntreeJournal.objects.count(), VerificationSection.objects.count()]
    lire(inconnu, lien)
    inconnu.head(lien)
    assert [EntreeJournal.objects.count(), VerificationSection.objects.count()] == avant
    assert "_auth_user_id" not in inconnu.session
    assert relues(offres) == [False, False]


def test_deux_envois_n_en_font_qu_un(inconnu, offres, lien):
    corps = envoi(lire(inconnu, lien))
    inconnu.post(lien, corps)
    encore = inconnu.post(lien, corps).content.decode()
    assert "Déjà relue et validée par" in encore
    assert EntreeJournal.objects.filter(structure__in=offres).count() == 2
    assert "Il n’y a plus rien à valider par ce lien." in lire(inconnu, lien)


def test_ce_qui_a_change_depuis_le_courriel_n_est_plus_confirme(inconnu, offres, lien):
    corps = envoi(lire(inconnu, lien))
    Structure.objects.filter(pk=offres[0].pk).update(version=9)
    texte = lire(inconnu, lien)
    assert "Accueil de jour" not in texte
    assert "Une offre a été relue ou modifiée" in texte
    suite = inconnu.post(lien, corps).content.decode()
    assert "Elle a changé depuis l’affichage" in suite
    assert relues(offres) == [False, True]


def test_ce_qui_est_perdu_se_compte_dans_cet_etablissement_seul(inconnu, referente, offres, lien):
    """The mail of several establishments: a link speaks of its own."""
    jeton = liens.ouvrir(lien.split("/")[-2])
    ailleurs = offre_saine(EGFactory(groupe="MSS"), "Ailleurs")
    RappelRelecture.objects.create(
        destinataire=referente,
        courriel=jeton.courriel,
        offre=ailleurs,
        echeance=timezone.localdate(),
        palier=0,
        du=timezone.localdate(),
        qualite=Qualite.REFERENT,
        version=1,
    )
    assert len(liens.ouvrir(lien.split("/")[-2]).vues) == 3
    assert "depuis ce courriel" not in lire(inconnu, lien)


def test_des_modifications_qui_attendent_se_relisent_connecte(inconnu, referente, offres, lien):
    actions.enregistrer(
        structure_id=offres[0].pk,
        auteur=referente,
        vues=fiches.lire(offres[0]),
        saisies={"conditions_accueil": "Secret à paraître"},
    )
    texte = lire(inconnu, lien)
    assert "Secret à paraître" not in texte
    assert "À relire en vous connectant" in texte
    inconnu.post(lien, envoi(texte))
    assert relues(offres) == [False, True]


def test_rien_de_reserve_ne_se_lit_par_le_lien(inconnu, offres, lien):
    reserve = offres[0].contacts.create(nom="Cellule de crise", confidentialite="3")
    reserve.telecoms.create(canal="2", adresse="0199999999", confidentialite="3")
    UniteOperationnelle.objects.filter(pk=offres[1].pk).update(unite_sensible=True)
    texte = lire(inconnu, lien)
    assert "Cellule de crise" not in texte
    assert "0199999999" not in texte.replace("\u00a0", "")
    assert ATTESTATION not in texte
    assert offres[0].nom in texte
    assert offres[1].nom not in texte, "an « unité sensible » is not named to whoever is not signed in"
    assert "1\u00a0offre à l’accès réservé" in texte
    jeton = liens.ouvrir(lien.split("/")[-2])
    assert jeton.vues


def test_le_lien_meurt_avec_le_droit(inconnu, referente, offres, lien):
    corps = envoi(lire(inconnu, lien))
    Habilitation.objects.filter(utilisateur=referente).update(fin=timezone.localdate() - timedelta(days=1))
    assert "Il n’y a plus rien à valider" in lire(inconnu, lien)
    assert inconnu.post(lien, corps).status_code == 403
    assert relues(offres) == [False, False]


@pytest.mark.parametrize("geste", ["désactivé", "mot de passe", "sessions"])
def test_le_lien_meurt_avec_le_compte_ou_son_mot_de_passe(inconnu, referente, offres, lien, geste):
    corps = envoi(lire(inconnu, lien))
    if geste == "désactivé":
        referente.is_active = False
    elif geste == "mot de passe":
        referente.set_password("Un-autre-peuplier-77")
    else:
        referente.generation_sessions += 1
    referente.save()
    for reponse in (inconnu.get(lien), inconnu.post(lien, corps)):
        assert reponse.status_code == 410
        assert "Votre compte a changé" in reponse.content.decode()
    assert relues(offres) == [False, False]


def test_le_lien_meurt_apres_trente_jours(inconnu, offres, lien, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=30, minutes=1))
    reponse = inconnu.get(lien)
    assert reponse.status_code == 410
    assert "plus de 30\u00a0jours" in reponse.content.decode()


@pytest.mark.parametrize(
    "jeton",
    ["x", "x:y:z", "é", "%00", signing.dumps([1, 2], salt="pilotage.relecture"), signing.dumps([1, 1, "x"])],
    ids=["court", "trois-parties", "accent", "nul", "autre-contenu", "autre-sceau"],  # a seal differs at each run
)
def test_un_lien_abime_ou_forge_se_dit(inconnu, region, jeton):
    reponse = inconnu.get(f"/ror/relire/{jeton}/")
    assert reponse.status_code == 410
    assert "Ce lien ne sert plus" in reponse.content.decode()


def test_un_lien_dont_le_courriel_n_existe_plus_se_dit(inconnu, lien):
    CourrielRelecture.objects.all().delete()
    assert inconnu.get(lien).status_code == 410


def test_un_autre_connecte_ne_confirme_pas_au_nom_de_la_personne(eg, offres, lien):
    client = client_de(droit(eg))
    reponse = client.get(lien)
    assert reponse.status_code == 403
    assert ATTESTATION not in reponse.content.decode()
    assert client.post(lien, {"relu": "1"}).status_code == 403


def test_qui_ne_fait_que_surveiller_n_a_pas_de_lien(eg, offres):
    HabilitationFactory(structure=None, role=Role.GESTIONNAIRE, departements=["77"])
    rappeler_relectures()
    assert "Établissements sans référent actif".upper() in mail.outbox[0].body
    assert "/relire/" not in mail.outbox[0].body


def test_seules_les_offres_montrees_sont_confirmees(inconnu, offres, lien, monkeypatch):
    monkeypatch.setattr("pilotage.views.lien.RESTE_PAR_PAGE", 1)
    suite = inconnu.post(lien, envoi(lire(inconnu, lien))).content.decode()
    assert sum(relues(offres)) == 1
    assert "Relire les offres suivantes" in suite
    inconnu.post(lien, envoi(lire(inconnu, lien)))
    assert relues(offres) == [True, True]


def test_un_report_n_arrete_pas_le_lien(inconnu, referente, offres, lien):
    ReportRelecture.objects.create(
        offre=offres[0],
        utilisateur=referente,
        echeance=revue.echeance_d_offre(Structure.objects.select_related("unite").get(pk=offres[0].pk)),
        au=timezone.localdate() + timedelta(days=7),
    )
    inconnu.post(lien, envoi(lire(inconnu, lien)))
    assert relues(offres) == [True, True]
    assert RappelRelecture.objects.count() == 2
