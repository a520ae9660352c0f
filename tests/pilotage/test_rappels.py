"""The reminders of the yearly review: to whom, when, each once, in one mail a day (B28, M13)."""

from datetime import date, datetime, timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pilotage import courriels, rappels
from pilotage.destinataires import destinataires, roles_sur
from pilotage.models import (
    CourrielRelecture,
    Palier,
    PreferenceRelecture,
    PreparationRappels,
    Qualite,
    RappelRelecture,
)
from pilotage.tasks import purger_rappels, rappeler_relectures
from referentiel.models import Habilitation, Role, Structure
from referentiel.models.structure import Etat
from ror.comptes.models import Utilisateur
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory, UFFactory, UOFactory
from tests.paralleles import en_parallele

from .conftest import droit, offre_saine, relire_le

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def horloge(time_machine):
    """Moves the clock to a day, at eight in the morning in Paris."""

    def aller(jour: date, heure: int = 8) -> None:
        time_machine.move_to(datetime(jour.year, jour.month, jour.day, heure, tzinfo=PARIS), tick=False)

    aller(date(2027, 1, 4))
    return aller


def offre(eg, nom: str, echeance: date) -> Structure:
    """An offer due on this day."""
    nouvelle = offre_saine(eg, nom)
    relire_le(nouvelle, datetime(echeance.year - 1, echeance.month, echeance.day, 12, tzinfo=PARIS))
    return nouvelle


def partis() -> list[tuple[str, str]]:
    """Whom the mails went to and their subjects, and forgets them."""
    envoyes = sorted((m.to[0], m.subject) for m in mail.outbox)
    mail.outbox.clear()
    return envoyes


# ---------- when, and once ----------


@pytest.mark.exigence("B28")
def test_chaque_palier_se_dit_une_fois_au_premier_passage_de_son_jour(eg, referente, horloge):
    echeance = date(2027, 6, 1)
    offre(eg, "Accueil de jour", echeance)
    dits = {}
    for ecart in range(-70, 45):
        horloge(echeance + timedelta(days=ecart))
        for _ in range(3):
            rappeler_relectures()
        for adresse, objet in partis():
            assert adresse == referente.courriel
            dits[ecart] = objet
    assert list(dits) == [-60, -30, 0, 30]
    assert "1\u00a0offre à relire" in dits[-60]
    assert "dont 1 en retard" in dits[30]


@pytest.mark.exigence("B28")
def test_un_ouvrier_en_retard_dit_le_palier_du_jour_seulement(eg, referente, horloge):
    echeance = date(2027, 6, 1)
    offre(eg, "Accueil de jour", echeance)
    horloge(echeance + timedelta(days=3))
    assert rappeler_relectures() == 1
    assert RappelRelecture.objects.get().palier == Palier.ECHEANCE
    assert "en retard de 3\u00a0jours" in mail.outbox[0].body


@pytest.mark.exigence("B28")
def test_une_seule_lettre_par_jour_et_par_personne_pour_toutes_ses_offres(eg, referente, horloge):
    autre = EGFactory(nom="SSIAD du Val")
    HabilitationFactory(structure=autre, utilisateur=referente)
    jour = date(2027, 6, 1)
    offre(eg, "Hébergement", jour)
    offre(eg, "Accueil de jour", jour + timedelta(days=30))
    offre(autre, "Soins à domicile", jour + timedelta(days=60))
    horloge(jour)
    rappeler_relectures()
    (courrier,) = mail.outbox
    assert "3\u00a0offres à relire" in courrier.subject
    for mot in ("EHPAD Les Glycines : 2\u00a0offres", "SSIAD du Val : 1\u00a0offre", "Hébergement", "Soins à domicile"):
        assert mot in courrier.body
    assert courrier.body.count("sans vous connecter") == 2
    offre(eg, "Tombée dans la journée", jour)
    horloge(jour, heure=15)
    rappeler_relectures()
    assert len(mail.outbox) == 1
    horloge(jour + timedelta(days=1))
    rappeler_relectures()
    assert "Tombée dans la journée" in mail.outbox[1].body
    assert "Hébergement" not in mail.outbox[1].body


def test_une_offre_jamais_relue_se_rappelle_un_an_apres_sa_creation(eg, referente, horloge):
    horloge(date(2027, 3, 10))
    offre_saine(eg, "Neuve", None)
    horloge(date(2028, 1, 9))
    assert rappeler_relectures() == 0
    horloge(date(2028, 1, 10))
    assert rappeler_relectures() == 1
    assert "jamais relue depuis sa création" in mail.outbox[0].body


def test_le_29_fevrier_a_son_echeance_le_28(eg, referente, horloge):
    horloge(date(2028, 2, 29))
    relire_le(offre_saine(eg, "Bissextile"), timezone.now())
    horloge(date(2029, 2, 28))
    rappeler_relectures()
    assert RappelRelecture.objects.get().echeance == date(2029, 2, 28)
    assert "aujourd’hui" in mail.outbox[0].body


def test_relue_fermee_ou_hors_droit_entre_temps_rien_ne_part(eg, referente, horloge):
    jour = date(2027, 6, 1)
    relue, fermee = offre(eg, "Relue", jour), offre(eg, "Fermée", jour)
    horloge(jour)
    rappels.preparer_rappels()
    relire_le(relue, timezone.now())
    Structure.objects.filter(pk=fermee.pk).update(etat=Etat.FERMEE)
    assert courriels.envoyer_rappels() == 0
    courriel = CourrielRelecture.objects.get()
    assert (courriel.envoye_le, courriel.clos_le is not None) == (None, True)
    perdue = offre(EGFactory(), "Perdue", jour)
    autre = droit(perdue.parent)
    PreparationRappels.objects.all().delete()
    rappels.preparer_rappels()
    Habilitation.objects.filter(utilisateur=autre).update(fin=jour - timedelta(days=1))
    assert courriels.envoyer_rappels() == 0


def test_une_fois_par_semaine_au_plus_si_elle_le_demande(client, eg, referente, horloge):
    jour = date(2027, 6, 1)
    for n in range(10):
        offre(eg, f"Offre {n}", jour + timedelta(days=n))
    client.force_login(referente)  # the clock has moved since the fixture signed in
    client.post("/ror/mon-compte/rappels/", {"hebdomadaire": "1"})
    assert PreferenceRelecture.objects.get().hebdomadaire
    assert "Un courriel par semaine au plus" in client.get("/ror/mon-compte/").content.decode()
    jours = []
    for n in range(15):
        horloge(jour + timedelta(days=n))
        rappeler_relectures()
        jours += [n] if partis() else []
    assert jours == [0, 7, 14]


# ---------- to whom ----------


@pytest.mark.exigence("B28")
def test_la_direction_est_prevenue_apres_trente_jours_de_retard(eg, referente, horloge):
    direction = droit(eg, Role.DIRECTION, prenom="Alix")
    echeance = date(2027, 6, 1)
    offre(eg, "Accueil de jour", echeance)
    horloge(echeance)
    rappeler_relectures()
    assert [a for a, _ in partis()] == [referente.courriel]
    horloge(echeance + timedelta(days=30))
    rappeler_relectures()
    corps = {m.to[0]: m.body for m in mail.outbox}
    assert set(corps) == {referente.courriel, direction.courriel}
    assert "Vous l’êtes en tant que Direction." in corps[direction.courriel]
    assert "sans vous connecter" not in corps[direction.courriel]


@pytest.mark.exigence("B28")
def test_sans_referent_actif_la_direction_puis_les_gestionnaires_de_la_region(eg, horloge):
    direction = droit(eg, Role.DIRECTION)
    Utilisateur.objects.filter(pk=droit(eg).pk).update(is_active=False)
    droits = [
        HabilitationFactory(structure=None, role=Role.GESTIONNAIRE, departements=d, groupes=g)
        for d, g in ((["77"], []), ([], ["MSS"]), (["75"], []), ([], ["MCO"]))
    ]
    echeance = date(2027, 6, 1)
    offre(eg, "Accueil de jour", echeance)
    horloge(echeance - timedelta(days=30))
    rappeler_relectures()
    assert [a for a, _ in partis()] == [direction.courriel]
    horloge(echeance)
    rappeler_relectures()
    corps = {m.to[0]: m.body for m in mail.outbox}
    assert set(corps) == {direction.courriel, *(d.utilisateur.courriel for d in droits[:2])}
    assert "ÉTABLISSEMENTS SANS RÉFÉRENT ACTIF" in corps[droits[0].utilisateur.courriel]


@pytest.mark.exigence("B28", "B44")
def test_un_referent_endormi_est_prevenu_mais_ne_veille_plus(eg, horloge):
    endormi, direction = droit(eg), droit(eg, Role.DIRECTION)
    region = HabilitationFactory(role=Role.GESTIONNAIRE, structure=None, departements=["77"]).utilisateur
    unite = offre(eg, "Accueil de jour", date(2027, 6, 1))
    Utilisateur.objects.filter(pk=endormi.pk).update(last_login=timezone.now() - timedelta(days=366))
    assert destinataires(roles_sur([unite])[unite.pk], Palier.ECHEANCE) == {
        endormi.pk: Qualite.REFERENT,
        direction.pk: Qualite.DIRECTION,
        region.pk: Qualite.GESTIONNAIRE,
    }
    Utilisateur.objects.filter(pk=endormi.pk).update(last_login=timezone.now() - timedelta(days=360))
    assert destinataires(roles_sur([unite])[unite.pk], Palier.ECHEANCE) == {endormi.pk: Qualite.REFERENT}


def test_un_droit_sur_le_pole_suffit_et_un_autre_pole_ne_suffit_pas(eg, horloge):
    pole, autre = PoleFactory(parent=EGFactory(groupe="MCO")), PoleFactory(parent=EGFactory(groupe="MCO"))
    unite = UOFactory(parent=UFFactory(parent=pole), groupe="MCO")
    du_pole, _ = droit(pole), droit(autre)
    roles = roles_sur([unite])
    assert destinataires(roles[unite.pk], Palier.AVANT_60) == {du_pole.pk: Qualite.REFERENT}


def test_les_requetes_ne_suivent_ni_les_offres_ni_les_droits(eg, referente, horloge):
    jour, comptes = date(2027, 6, 1), []
    horloge(jour)
    for nombre in (2, 30):
        for n in range(nombre):
            offre(eg, f"Offre {n}", jour)
            HabilitationFactory(structure=None, role=Role.GESTIONNAIRE, departements=["77"])
        PreparationRappels.objects.all().delete()
        CourrielRelecture.objects.all().delete()
        with CaptureQueriesContext(connection) as vues:
            assert rappeler_relectures() == 1
        comptes.append(len(vues))
    assert comptes[0] == comptes[1]


# ---------- what fails ----------


@pytest.mark.exigence("B28")
def test_un_refus_du_serveur_se_reprend_et_se_joint_au_courriel_suivant(eg, referente, horloge):
    jour = date(2027, 6, 1)
    offre(eg, "Première", jour)
    offre(eg, "Seconde", jour + timedelta(days=1 + 30))
    horloge(jour)
    with mock.patch("pilotage.courriels.envoyer", return_value="Le serveur de courriels n’a pas accepté ce message."):
        assert rappeler_relectures() == 0
        horloge(jour + timedelta(days=1))
        assert rappeler_relectures() == 0
    assert rappeler_relectures() == 1
    (courrier,) = mail.outbox
    assert "Première" in courrier.body
    assert "Seconde" in courrier.body
    assert rappeler_relectures() == 0
    assert CourrielRelecture.objects.filter(clos_le=None).count() == 0
    assert CourrielRelecture.objects.exclude(envoye_le=None).count() == 1


@pytest.mark.exigence("B28")
def test_mort_au_milieu_de_la_preparation_rien_ne_manque_ni_ne_double(eg, referente, horloge):
    jour = date(2027, 6, 1)
    collegues = [droit(eg), droit(eg)]
    offre(eg, "Accueil de jour", jour)
    horloge(jour)
    ecrire, faits = rappels._ecrire, []

    def mourir(*args):
        if faits:
            raise KeyboardInterrupt
        faits.append(ecrire(*args))
        return 1

    with mock.patch.object(rappels, "_ecrire", mourir), pytest.raises(KeyboardInterrupt):
        rappeler_relectures()
    assert CourrielRelecture.objects.count() == 1
    assert rappeler_relectures() == 3
    assert rappeler_relectures() == 0
    assert sorted(a for a, _ in partis()) == sorted(p.courriel for p in (referente, *collegues))


@pytest.mark.exigence("B28")
@pytest.mark.django_db(transaction=True)
def test_trois_ouvriers_a_la_fois_n_envoient_qu_une_lettre(eg, referente):
    offre(eg, "Accueil de jour", timezone.localdate())
    assert [r for r in en_parallele(*[rappeler_relectures] * 3) if isinstance(r, Exception)] == []
    rappeler_relectures()  # a worker that saw the mail locked by another leaves it: nothing is lost
    assert [a for a, _ in partis()] == [referente.courriel]
    assert RappelRelecture.objects.count() == 1


def test_les_vieux_rappels_s_effacent_sauf_ceux_qui_disent_encore_quelque_chose(eg, referente, horloge):
    echeance = date(2027, 6, 1)
    relue = offre(eg, "Accueil de jour", echeance)
    offre(eg, "Jamais relue depuis", echeance)
    horloge(echeance + timedelta(days=31))
    assert rappeler_relectures() == 1
    relire_le(relue, timezone.now() + timedelta(days=1))
    horloge(date(2029, 6, 1))
    assert purger_rappels() == 0
    horloge(date(2029, 8, 1))
    assert purger_rappels() == 1
    assert [r.offre.nom for r in RappelRelecture.objects.filter(echeance=echeance)] == ["Jamais relue depuis"]
    mail.outbox.clear()
    rappeler_relectures()
    assert all("Jamais relue depuis" not in courrier.body for courrier in mail.outbox)


def test_une_personne_en_echec_n_arrete_pas_les_autres(eg, referente, horloge):
    jour = date(2027, 6, 1)
    droit(eg)
    offre(eg, "Accueil de jour", jour)
    horloge(jour)
    vrai = courriels.envoyer

    def casser(gabarit, *, a, **suite):
        if a == referente.courriel:
            raise RuntimeError("boum")
        return vrai(gabarit, a=a, **suite)

    with mock.patch("pilotage.courriels.envoyer", casser):
        assert rappeler_relectures() == 1
    assert rappeler_relectures() == 1
