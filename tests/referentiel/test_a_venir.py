"""« Modifications à venir »: list, calendar, filters, « Changer la date » (B21)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.models import EntreeJournal, Modification, Structure, UniteOperationnelle
from ror.comptes.models import Utilisateur
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory, UtilisateurFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
GLOBALE = reverse("a-venir")


def dans(jours: int) -> date:
    return timezone.localdate() + timedelta(days=jours)


def programmer(structure, auteur, jours: int = 3, *, motif: str = "", **saisies) -> Modification:
    vues = fiches.lire(Structure.objects.get(pk=structure.pk))
    actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)
    return actions.valider(structure_id=structure.pk, auteur=auteur, relue=True, date_effet=dans(jours), motif=motif)


def lire(client, adresse: str = GLOBALE, **criteres) -> str:
    reponse = client.get(adresse, criteres)
    assert reponse.status_code == 200
    return reponse.content.decode()


def contredire(modification, offre, auteur) -> None:
    """Somebody publishes another name, then the day comes: a choice is needed."""
    actions.renommer(structure_id=offre.pk, auteur=auteur, nom="Unité contraire")
    Modification.objects.filter(pk=modification.pk).update(date_effet=timezone.localdate())
    actions.publier_echues()
    modification.refresh_from_db()
    assert modification.etat == Modification.Etat.A_ARBITRER


@pytest.mark.exigence("B21")
def test_tout_ce_qui_est_programme_se_lit_s_annule_et_se_deplace(client, offre, referente):
    modification = programmer(offre, referente, nom="Unité A", motif="Fin des travaux")
    assert f'href="{GLOBALE}"' in client.get(reverse("accueil")).content.decode()
    for adresse in (GLOBALE, *(reverse("fiche-a-venir", args=[s.pk]) for s in (offre, offre.parent))):
        page = lire(client, adresse)
        assert "Nom\u00a0: Unité d’hébergement → Unité A" in page
        assert f"Validée par {referente.nom_complet}" in page
        assert "Fin des travaux" in page
        assert reverse("modification-annuler", args=[modification.pk]) in page
        assert reverse("modification-date", args=[modification.pk]) in page
    annulation = reverse("modification-annuler", args=[modification.pk])
    client.post(annulation, lire_formulaire(client.get(annulation).content.decode(), ""))
    assert "Unité A" not in lire(client)


@pytest.mark.exigence("B21")
def test_ce_qui_attend_un_choix_vient_d_abord(client, offre, referente, collegue):
    autre = UOFactory(parent=offre.parent, nom="Accueil de jour")
    programmer(autre, referente, 1, conditions_accueil="Sur rendez-vous")
    modification = programmer(offre, referente, 5, nom="Unité A")
    contredire(modification, offre, collegue)
    page = lire(client)
    assert page.index("À arbitrer") < page.index("Accueil de jour")
    assert reverse("modification-arbitrer", args=[modification.pk]) in page
    assert "modification attend un choix" in lire(client, vue="calendrier")


@pytest.mark.exigence("B21")
def test_le_calendrier_du_mois_dit_chaque_jour_ce_qui_est_prevu(client, offre, referente):
    with time_machine.travel(date(2026, 12, 1)):
        client.force_login(referente)
        programmer(offre, referente, 3, nom="Unité A")
        for n in range(5):
            programmer(UOFactory(parent=offre.parent, nom=f"Offre {n}"), referente, 9, age_min=61)
        page = lire(client, vue="calendrier", mois="2026-12")
        assert "Décembre 2026" in page
        assert 'datetime="2026-12-04"' in page
        assert "du=2026-12-04&amp;au=2026-12-04#modification-" in page
        assert "et 2\u00a0autres" in page
        assert "mois=2026-11" in page
        assert "mois=2027-01" in page
        assert "Rien n’est prévu ce mois-ci." in lire(client, vue="calendrier", mois="2027-01")
        jour = lire(client, du="2026-12-04", au="2026-12-04")
        assert "Unité A" in jour
        assert "Offre 1" not in jour
        assert "Novembre 2026" in lire(client, vue="calendrier", mois="2026-11")
        assert "Décembre 2026" in lire(client, vue="calendrier", mois="n’importe quoi")


@pytest.mark.exigence("B21")
def test_fermetures_et_reouvertures_annoncees(client, offre, referente):
    UniteOperationnelle.objects.filter(structure=offre).update(
        type_fermeture="PRO", date_fermeture=dans(2), date_reouverture_prevue=dans(20)
    )
    UniteOperationnelle.objects.filter(structure=UOFactory(parent=offre.parent, nom="Fermée depuis")).update(
        type_fermeture="DEF", date_fermeture=dans(-2)
    )
    page = lire(client)
    assert "Fermeture prévue ce jour-là." in page
    assert "Réouverture prévue ce jour-là." in page
    assert "Fermée depuis" not in page


@pytest.mark.exigence("B21")
def test_les_filtres(client, offre, referente, collegue):
    ailleurs = EGFactory(nom="EHPAD Les Tilleuls")
    HabilitationFactory(structure=ailleurs, utilisateur=referente)
    programmer(offre, referente, 3, nom="Unité A")
    programmer(UOFactory(parent=ailleurs), referente, 5, nom="Unité des Tilleuls")
    programmer(UOFactory(parent=offre.parent), collegue, 8, nom="Unité d’Alix")
    assert "Unité des Tilleuls" in lire(client)
    assert f'<option value="{ailleurs.pk}">EHPAD Les Tilleuls' in lire(client)
    page = lire(client, eg=ailleurs.pk)
    assert "Unité des Tilleuls" in page
    assert "Unité A" not in page
    page = lire(client, auteur=collegue.pk)
    assert "Unité d’Alix" in page
    assert "Unité A" not in page
    page = lire(client, du=dans(4).isoformat(), au=dans(6).isoformat())
    assert "Unité des Tilleuls" in page
    assert "Unité A" not in page
    assert "Unité d’Alix" not in page


@pytest.mark.parametrize(
    ("criteres", "message"),
    [
        ({"du": "hier"}, "écrivez une date"),
        ({"du": "2020-12-02", "au": "2020-12-01"}, "précède son début"),
        ({"eg": "999999"}, "n’est pas dans la liste"),
        ({"auteur": "x' OR 1=1"}, "n’est pas dans la liste"),
    ],
)
def test_un_filtre_incompris_le_dit_et_montre_le_reste(client, offre, referente, criteres, message):
    programmer(offre, referente, nom="Unité A")
    reponse = client.get(GLOBALE, criteres)
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    assert "Unité A" in reponse.content.decode()


def test_chacun_ne_voit_que_ce_qu_il_peut_modifier(client, offre, referente):
    programmer(offre, referente, nom="Unité A")
    for personne in (UtilisateurFactory(), HabilitationFactory(structure=EGFactory()).utilisateur):
        client.force_login(personne)
        for adresse in (GLOBALE, reverse("fiche-a-venir", args=[offre.pk])):
            assert "Unité A" not in lire(client, adresse)
    sur_une_offre = HabilitationFactory(structure=offre).utilisateur
    client.force_login(sur_une_offre)
    assert "Unité A" in lire(client, reverse("fiche-a-venir", args=[offre.parent_id]))


def test_le_cout_ne_depend_pas_du_nombre(client, offre, referente):
    def requetes(**criteres) -> int:
        with CaptureQueriesContext(connection) as vues:
            lire(client, **criteres)
        return len(vues)

    def ajouter() -> None:
        personne = Utilisateur.objects.get(pk=referente.pk)
        programmer(UOFactory(parent=offre.parent), personne, 3, age_min=61, activites=["01"])

    ajouter()
    programmer(offre.parent, Utilisateur.objects.get(pk=referente.pk), 3, informations_complementaires="Parking")
    avant = requetes(), requetes(vue="calendrier", mois=dans(3).strftime("%Y-%m"))
    for _ in range(6):
        ajouter()
    assert (requetes(), requetes(vue="calendrier", mois=dans(3).strftime("%Y-%m"))) == avant


def test_une_longue_liste_est_coupee_en_pages(client, offre, referente):
    for n in range(27):
        programmer(UOFactory(parent=offre.parent, nom=f"Offre {n:02}"), referente, n + 1, age_min=61)
    page = lire(client)
    assert "Offre 24" in page
    assert "Offre 25" not in page
    assert "Offre 26" in lire(client, page=2)
    partie = client.get(GLOBALE, headers={"HX-Request": "true"}).content.decode().strip()
    assert partie.startswith('<div id="liste">')
    assert partie in page


# --- « Changer la date » ---


def deplacer(client, modification, jour: str):
    adresse = reverse("modification-date", args=[modification.pk])
    envoi = lire_formulaire(client.get(adresse).content.decode(), adresse)
    return client.post(adresse, {**envoi, "date_effet": jour}, follow=True)


@pytest.mark.exigence("B21")
def test_changer_la_date_est_journalise(client, offre, referente):
    modification = programmer(offre, referente, 3, nom="Unité A")
    texte = deplacer(client, modification, dans(10).isoformat()).content.decode()
    assert "sera diffusée le" in texte
    modification.refresh_from_db()
    assert modification.date_effet == dans(10)
    entree = EntreeJournal.objects.get()
    assert entree.auteur == referente
    assert "date d’effet déplacée du" in entree.phrases[0]
    assert "Unité A" not in entree.phrases[0]
    assert actions.publier_echues() == 0


def test_ramener_la_date_a_aujourd_hui_diffuse(client, offre, referente):
    modification = programmer(offre, referente, 3, nom="Unité A")
    assert "est diffusée" in deplacer(client, modification, dans(0).isoformat()).content.decode()
    assert Structure.objects.get(pk=offre.pk).nom == "Unité A"


def test_ramener_a_aujourd_hui_ce_qui_contredit_demande_un_choix(client, offre, referente, collegue):
    modification = programmer(offre, referente, 3, nom="Unité A")
    actions.renommer(structure_id=offre.pk, auteur=collegue, nom="Unité B")
    reponse = deplacer(client, modification, dans(0).isoformat())
    assert reponse.redirect_chain[-1][0] == reverse("modification-arbitrer", args=[modification.pk])


@pytest.mark.parametrize(
    ("jour", "message"),
    [
        ("2020-01-01", "La date d’effet est passée"),
        ("2099-01-01", "à plus de deux ans"),
        ("", "une date est attendue"),
        ("bientôt", "écrivez une date"),
        (None, "C’est déjà la date prévue"),
    ],
)
def test_une_date_irrecevable_dit_pourquoi(client, offre, referente, jour, message):
    modification = programmer(offre, referente, 3, nom="Unité A")
    reponse = deplacer(client, modification, dans(3).isoformat() if jour is None else jour)
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    modification.refresh_from_db()
    assert modification.date_effet == dans(3)


def test_un_deplacement_deja_fait_par_un_autre_n_est_pas_ecrase(client, offre, referente, collegue):
    modification = programmer(offre, referente, 3, nom="Unité A")
    adresse = reverse("modification-date", args=[modification.pk])
    envoi = lire_formulaire(client.get(adresse).content.decode(), adresse)
    actions.changer_date(modification_id=modification.pk, auteur=collegue, date_effet=dans(6))
    reponse = client.post(adresse, {**envoi, "date_effet": dans(20).isoformat()})
    assert reponse.status_code == 409
    assert "Quelqu’un a déjà déplacé" in reponse.content.decode()
    actions.annuler(modification_id=modification.pk, auteur=collegue)
    assert client.get(adresse).status_code == 409


def test_qui_ne_diffuse_pas_ne_deplace_pas(client, offre, referente):
    modification = programmer(offre, referente, 3, nom="Unité A")
    client.force_login(UtilisateurFactory())
    adresse = reverse("modification-date", args=[modification.pk])
    assert client.get(adresse).status_code == 403
    assert client.post(adresse, {"date_effet": dans(9).isoformat()}).status_code == 403
