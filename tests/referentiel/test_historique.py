"""The history of a fiche: published, to come, waiting, and what the reader may see of it."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel import fiches, journal
from referentiel.actions import enregistrer, modifier_lieu, publier_echues, renommer, valider
from referentiel.actions.lieux import lire_lieu
from referentiel.models import EntreeJournal, Lieu, Modification, Structure
from ror.comptes.models import Utilisateur
from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory, code
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def region():
    return RegionFactory()


@pytest.fixture
def offre():
    return UOFactory(nom="Accueil de jour")


@pytest.fixture
def referente(client, offre):
    personne = HabilitationFactory(structure=offre).utilisateur
    client.force_login(personne)
    return personne


def changer(offre, auteur, **valeurs) -> None:
    vues = dict.fromkeys(valeurs)
    enregistrer(structure_id=offre.pk, auteur=auteur, vues=vues, saisies=valeurs)


def lire(client, offre, **entetes) -> str:
    return client.get(reverse("historique", args=[offre.pk]), **entetes).content.decode()


def test_each_entry_tells_what_who_when_and_which_version(client, offre, referente):
    renommer(structure_id=offre.pk, auteur=referente, nom="Accueil de jour Alzheimer")
    page = lire(client, offre)
    assert "Accueil de jour Alzheimer" in page
    assert str(referente) in page
    assert "Version 2, publiée aujourd’hui" in page


@pytest.mark.exigence("S102")
def test_what_is_to_come_is_shown_and_may_be_cancelled(client, offre, referente):
    changer(offre, referente, conditions_accueil="Sur rendez-vous")
    valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(days=8))
    modification = Modification.objects.get()
    page = lire(client, offre)
    assert "Sur rendez-vous" in page
    assert "À venir" in page
    adresse = reverse("modification-annuler", args=[modification.pk])
    assert f'href="{adresse}"' in page
    envoi = lire_formulaire(client.get(adresse).content.decode(), "")
    assert client.post(adresse, envoi).status_code == 302
    modification.refresh_from_db()
    assert modification.etat == Modification.Etat.ANNULEE
    assert "Sur rendez-vous" not in lire(client, offre)


def test_what_is_not_published_is_not_shown_to_readers(client, offre, referente):
    changer(offre, referente, conditions_accueil="Pas encore public")
    assert "Pas encore public" in lire(client, offre)
    client.force_login(UtilisateurFactory())
    assert "Pas encore public" not in lire(client, offre)


def test_a_reader_cannot_cancel(client, offre, referente):
    changer(offre, referente, conditions_accueil="Sur rendez-vous")
    valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(days=8))
    client.force_login(UtilisateurFactory())
    modification = Modification.objects.get()
    assert client.post(reverse("modification-annuler", args=[modification.pk])).status_code == 403
    modification.refresh_from_db()
    assert modification.etat == Modification.Etat.PROGRAMMEE


def test_a_reserved_contact_is_not_told_to_everyone(client, offre, referente):
    ligne = {"rang": 0, "nom": "Cellule de crise secrète", "confidentialite": "3", "telecoms": []}
    EntreeJournal.objects.create(
        structure=offre,
        version=2,
        le=timezone.now(),
        auteur=referente,
        origine="saisie",
        phrases=["Contact « Cellule de crise secrète » : ajouté.", "Âge minimum : 60 → 65."],
        changements=[
            {"champ": "contacts", "base": {}, "propose": {str(uuid4()): ligne}},
            {"champ": "age_min", "base": 60, "propose": 65},
        ],
    )
    assert "Cellule de crise secrète" in lire(client, offre)
    client.force_login(UtilisateurFactory())
    page = lire(client, offre)
    assert "secrète" not in page
    assert "Modification réservée" in page
    assert "65" in page


def test_the_history_costs_the_same_whatever_its_length(client, offre, referente):
    def requetes() -> int:
        with CaptureQueriesContext(connection) as vues:
            lire(client, offre)
        return len(vues)

    def programmer(jours: int) -> None:
        personne = Utilisateur.objects.get(pk=referente.pk)
        changer(offre, personne, conditions_accueil=f"Texte {jours}")
        jour = timezone.localdate() + timedelta(days=jours)
        valider(structure_id=offre.pk, auteur=personne, relue=True, date_effet=jour)

    renommer(structure_id=offre.pk, auteur=referente, nom="Un")
    programmer(3)
    une = requetes()
    for n in range(6):
        renommer(structure_id=offre.pk, auteur=referente, nom=f"Nom {n}")
        programmer(10 + n)
    assert requetes() == une


def test_a_long_history_is_cut_in_pages_and_htmx_gets_the_list_of_the_page(client, offre, referente):
    for n in range(30):
        renommer(structure_id=offre.pk, auteur=referente, nom=f"Nom {n}")
    entiere, partie = lire(client, offre), lire(client, offre, headers={"HX-Request": "true"}).strip()
    assert partie.startswith('<div id="liste">')
    assert partie in entiere
    assert "Nom 29" in partie
    assert "Nom 2 " not in partie
    suite = client.get(reverse("historique", args=[offre.pk]), {"page": "2"}).content.decode()
    assert "Version 2 " in suite


# --- filters, reasons, former states, comparison, export (B15, B18) ---

SECRET = "01 99 00 27 99"


def publier(offre, auteur, motif: str = "", **valeurs) -> EntreeJournal:
    vues = fiches.lire(Structure.objects.get(pk=offre.pk))
    enregistrer(structure_id=offre.pk, auteur=auteur, vues=vues, saisies=valeurs)
    valider(structure_id=offre.pk, auteur=auteur, relue=True, motif=motif)
    return EntreeJournal.objects.filter(structure=offre).latest("pk")


def contact(niveau: str, adresse: str = SECRET, niveau_adresse: str = "1", cle: str = str(uuid4())) -> dict:
    telecom = {"canal": "2", "adresse": adresse, "confidentialite": niveau_adresse}
    return {cle: {"rang": 0, "nom": "Cellule Zéphyr", "confidentialite": niveau, "telecoms": [telecom]}}


@pytest.fixture
def listes_contacts():
    for niveau, libelle in (("1", "Public"), ("2", "Professionnels"), ("3", "Régulation")):
        code("JDV_J222", niveau, libelle)
    code("JDV_J225", "2", "Téléphone fixe")


def filtrer(client, offre, **criteres):
    return client.get(reverse("historique", args=[offre.pk]), criteres)


@pytest.mark.exigence("B15")
def test_the_reason_typed_at_valider_is_told_in_the_history(client, offre, referente):
    changer(offre, referente, conditions_accueil="Sur rendez-vous")
    adresse = reverse("fiche-valider", args=[offre.pk])
    envoi = lire_formulaire(client.get(reverse("fiche", args=[offre.pk])).content.decode(), adresse)
    assert envoi["motif"] == [""]
    reponse = client.post(adresse, {**envoi, "relue": "1", "motif": "x" * 256})
    assert reponse.status_code == 422
    assert "255 caractères au plus" in reponse.content.decode()
    assert lire_formulaire(reponse.content.decode(), adresse)["motif"] == ["x" * 256]
    client.post(adresse, {**envoi, "relue": "1", "motif": "Nouveau règlement"})
    assert "Motif\u00a0: Nouveau règlement" in lire(client, offre)


@pytest.mark.exigence("B15")
def test_the_history_is_filtered_by_field_section_author_origin_and_period(client, offre, referente):
    collegue = HabilitationFactory(structure=offre).utilisateur
    publier(offre, referente, nom="Accueil A")
    publier(offre, collegue, conditions_accueil="Sur rendez-vous")
    ancienne = publier(offre, referente, conditions_admission="Commission")
    EntreeJournal.objects.filter(pk=ancienne.pk).update(le=timezone.now() - timedelta(days=40), origine="support")

    def dites(**criteres) -> list[bool]:
        reponse = filtrer(client, offre, **criteres)
        assert reponse.status_code == 200
        page = reponse.content.decode()
        return [texte in page for texte in ("→ Accueil A", "Sur rendez-vous", "Commission")]

    assert dites() == [True, True, True]
    assert dites(quoi="nom") == [True, False, False]
    assert dites(quoi="section:conditions") == [False, True, True]
    assert dites(auteur=collegue.pk) == [False, True, False]
    assert dites(origine="support") == [False, False, True]
    assert dites(du=(timezone.localdate() - timedelta(days=3)).isoformat()) == [True, True, False]
    assert dites(au=(timezone.localdate() - timedelta(days=3)).isoformat()) == [False, False, True]
    for criteres in ({"quoi": "mot_de_passe"}, {"auteur": "0"}, {"du": "avant-hier"}):
        reponse = filtrer(client, offre, **criteres)
        assert reponse.status_code == 422
        assert "→ Accueil A" in reponse.content.decode()


def test_the_lieux_of_an_establishment_are_a_filter_of_their_own(client, offre, referente):
    eg = offre.parent
    HabilitationFactory(structure=eg, utilisateur=referente)
    lieu = Lieu.objects.create(etablissement=eg, nom="Site A")
    modifier_lieu(lieu_id=lieu.pk, auteur=referente, vues=lire_lieu(lieu), saisies={"nom": "Site B"})
    renommer(structure_id=eg.pk, auteur=referente, nom="EHPAD Renommé")
    page = filtrer(client, eg, quoi="lieux").content.decode()
    assert "Site A → Site B" in page
    assert "→ EHPAD Renommé" not in page


@pytest.mark.exigence("B15")
def test_each_line_leads_to_the_fiche_before_and_after(client, offre, referente):
    publier(offre, referente, nom="Accueil A", conditions_accueil="Sur rendez-vous")
    publier(offre, referente, nom="Accueil B", conditions_accueil="")
    page = lire(client, offre)
    textes = {}
    for version in (1, 2, 3):
        adresse = reverse("fiche-instantane", args=[offre.pk, f"version-{version}"])
        assert f'href="{adresse}"' in page
        textes[version] = client.get(adresse).content.decode()
    assert "Accueil de jour</h1>" in textes[1]
    assert "Accueil A</h1>" in textes[2]
    assert "Sur rendez-vous" in textes[2]
    assert "Sur rendez-vous" not in textes[1] + textes[3]
    assert "Accueil B</h1>" in textes[3]
    for inconnue in ("version-0", "version-4", "version-x", "attente", "modification-1", "le-demain", "n-importe"):
        assert client.get(reverse("fiche-instantane", args=[offre.pk, inconnue])).status_code == 404


@pytest.mark.exigence("B15")
def test_the_fiche_is_read_at_a_date_past_or_to_come(client, offre, referente):
    publier(offre, referente, nom="Accueil A")
    il_y_a = timezone.now() - timedelta(days=30)
    EntreeJournal.objects.update(le=il_y_a)
    Structure.objects.filter(pk=offre.pk).update(cree_le=il_y_a - timedelta(days=30))
    publier(offre, referente, nom="Accueil B")
    vues = fiches.lire(Structure.objects.get(pk=offre.pk))
    enregistrer(structure_id=offre.pk, auteur=referente, vues=vues, saisies={"nom": "Accueil C"})
    valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(days=5))

    def a_la_date(jours: int):
        le = (timezone.localdate() + timedelta(days=jours)).isoformat()
        return client.get(reverse("fiche-a-la-date", args=[offre.pk]), {"le": le}, follow=True)

    for jours, attendu in ((-45, "Accueil de jour"), (-10, "Accueil A"), (0, "Accueil B"), (9, "Accueil C")):
        assert f"{attendu}</h1>" in a_la_date(jours).content.decode()
    assert "n’existait pas encore" in a_la_date(-100).content.decode()
    assert client.get(reverse("fiche-a-la-date", args=[offre.pk]), {"le": "hier"}).status_code == 422
    client.force_login(UtilisateurFactory())
    assert a_la_date(9).status_code == 403
    assert "Accueil A</h1>" in a_la_date(-10).content.decode()


@pytest.mark.exigence("B18")
def test_two_states_are_compared_line_by_line_where_they_differ_only(client, offre, referente, listes_contacts):
    horaires = {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 720}]}
    publier(offre, referente, horaires=horaires, contacts=contact("1", cle="7f0a3f8e-0000-4000-8000-000000000001"))
    horaires = {**horaires, "p1/1": [{"debut": 600, "fin": 720}]}
    publier(offre, referente, nom="Accueil A", horaires=horaires)
    changer(offre, referente, conditions_accueil="Pas encore public")
    adresse = reverse("fiche-comparer", args=[offre.pk])
    page = client.get(adresse, {"a": "version-2", "b": "version-3"}).content.decode()
    for texte in (
        "Nom\u00a0: Accueil de jour → Accueil A",
        "Horaires du lundi",
        "Ouvert le lundi de 10\u00a0h à 12\u00a0h.",
        "2\u00a0champs diffèrent",
        '<option value="version-2" selected>',
        '<option value="version-3" selected>',
    ):
        assert texte in page
    assert "Zéphyr" not in page
    page = client.get(adresse, {"a": "version-1", "b": "version-2"}).content.decode()
    assert "Contact «\u00a0Cellule Zéphyr\u00a0»" in page
    assert "01\u00a099\u00a000\u00a027\u00a099" in page
    page = client.get(adresse, {"a": "diffusee", "b": "attente"}).content.decode()
    assert "Pas encore public" in page
    assert "1\u00a0champ diffère" in page
    page = client.get(adresse, {"a": "diffusee", "b": "diffusee"}).content.decode()
    assert "Aucune différence" in page
    assert client.get(adresse, {"a": "version-1", "b": "forgée"}).status_code == 404
    valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(days=5))
    programmee = Modification.objects.get(etat="programmee")
    criteres = {"a": "diffusee", "b": f"modification-{programmee.pk}"}
    assert "Pas encore public" in client.get(adresse, criteres).content.decode()
    client.force_login(UtilisateurFactory())
    assert client.get(adresse, criteres).status_code == 404
    assert client.get(adresse, {"a": "diffusee", "b": "attente"}).status_code == 404
    assert "Accueil A" in client.get(adresse).content.decode()


@pytest.mark.exigence("B18")
def test_every_level_is_compared(client, offre, referente):
    eg = offre.parent
    for structure in (eg, eg.parent):
        HabilitationFactory(structure=structure, utilisateur=referente)
        renommer(structure_id=structure.pk, auteur=Utilisateur.objects.get(pk=referente.pk), nom="Renommé")
        page = client.get(reverse("fiche-comparer", args=[structure.pk])).content.decode()
        assert "→ Renommé" in page
        version = client.get(reverse("fiche-instantane", args=[structure.pk, "version-1"])).content.decode()
        assert f"{structure.nom}</h1>" in version


@pytest.mark.exigence("B15", "B18")
def test_what_became_secret_is_found_nowhere_in_the_past(client, offre, referente, listes_contacts):
    """A number published, made reserved, then removed: readers find it in no line, state, comparison nor export."""
    cle = "7f0a3f8e-0000-4000-8000-000000000002"
    publier(offre, referente, contacts=contact("1", cle=cle))
    publier(offre, referente, contacts=contact("1", niveau_adresse="3", cle=cle))
    publier(offre, referente, contacts=contact("3", niveau_adresse="3", cle=cle))
    publier(offre, referente, contacts={}, nom="Accueil sans contact")
    adresses = [reverse(nom, args=[offre.pk]) for nom in ("historique", "historique-csv")]
    adresses += [reverse("fiche-instantane", args=[offre.pk, f"version-{n}"]) for n in (1, 2, 3, 4, 5)]
    adresses += [f"{reverse('fiche-comparer', args=[offre.pk])}?a=version-{n}&b=version-{n + 1}" for n in (1, 2, 3, 4)]

    def tout() -> str:
        reponses = [client.get(adresse) for adresse in adresses]
        assert {r.status_code for r in reponses} == {200}
        return "".join(b"".join(r).decode() for r in reponses).replace("\u00a0", " ")

    complet = tout()
    assert "Zéphyr" in complet
    assert SECRET in complet
    client.force_login(UtilisateurFactory())
    public = tout()
    assert "Zéphyr" not in public
    assert SECRET not in public
    assert "Modification réservée" in public
    assert "Accueil sans contact" in public


@pytest.mark.exigence("B15")
def test_a_choice_between_reserved_contacts_is_told_without_them(client, offre, referente, listes_contacts):
    cle = "7f0a3f8e-0000-4000-8000-000000000003"
    publier(offre, referente, contacts=contact("3", cle=cle))
    changer_contacts(offre, referente, contact("3", "01 99 00 27 11", cle=cle))
    valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(days=2))
    publier(offre, referente, contacts=contact("3", "01 99 00 27 22", cle=cle))
    Modification.objects.filter(etat="programmee").update(date_effet=timezone.localdate())
    publier_echues()
    modification = Modification.objects.get(etat="arbitrage")
    envoi = {f"choix:{identifiant}": "garder" for identifiant in modification.conflits}
    client.post(reverse("modification-arbitrer", args=[modification.pk]), envoi)
    client.force_login(UtilisateurFactory())
    page = lire(client, offre)
    assert "Non retenu, sur décision" in page
    assert "27 11" not in page
    assert "Zéphyr" not in page


def changer_contacts(offre, auteur, contacts) -> None:
    vues = fiches.lire(Structure.objects.get(pk=offre.pk))
    enregistrer(structure_id=offre.pk, auteur=auteur, vues=vues, saisies={"contacts": contacts})


@pytest.mark.exigence("B15")
def test_the_log_is_exported_for_spreadsheets(client, offre, referente):
    publier(offre, referente, nom="=HYPERLINK(1)", motif="@motif; avec\tpoint-virgule")
    publier(offre, referente, conditions_accueil="Ligne 1\nLigne 2")
    valider(structure_id=offre.pk, auteur=referente, relue=True)
    page = lire(client, offre)
    adresse = reverse("historique-csv", args=[offre.pk])
    assert f'href="{adresse}"' in page
    reponse = client.get(adresse)
    assert reponse["Content-Type"] == "text/csv; charset=utf-8"
    assert ".csv" in reponse["Content-Disposition"]
    texte = b"".join(reponse.streaming_content).decode()
    assert texte.startswith("\ufeff")
    lignes = list(csv.DictReader(io.StringIO(texte[1:]), delimiter=";"))
    assert [ligne["Champ"] for ligne in lignes] == ["", "Conditions d’accueil", "Nom"]
    relue, conditions, nom = lignes
    assert relue["Précision"] == "Fiche relue et validée, sans modification."
    assert (conditions["Avant"], conditions["Après"]) == ("non renseigné", "Ligne 1\nLigne 2")
    assert (nom["Avant"], nom["Après"]) == ("Accueil de jour", "'=HYPERLINK(1)")
    assert nom["Motif"].startswith("'@motif; avec")
    assert (nom["Version"], nom["Auteur"], nom["Rubrique"]) == ("2", str(referente), "Informations générales")
    filtre = b"".join(client.get(adresse, {"quoi": "nom"}).streaming_content).decode()
    assert "Ligne 1" not in filtre
    assert f'href="{adresse}?quoi=nom"' in filtrer(client, offre, quoi="nom").content.decode()


def test_the_export_reads_by_lots_whatever_its_length(client, offre, referente):
    for n in range(5):
        renommer(structure_id=offre.pk, auteur=referente, nom=f"Nom {n}")
    rangees = list(journal.lignes_csv(offre, journal.entrees_de(offre), {"1", "2"}, par_lot=2))
    assert [rangee[9] for rangee in rangees] == ["Nom 4", "Nom 3", "Nom 2", "Nom 1", "Nom 0"]
