"""Exports of lists (B56): the rows of the page and no other, files that spreadsheets read, long ones prepared apart."""

import csv
import io
import threading
from datetime import date, datetime, timedelta

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from referentiel import actions as gestes
from referentiel import tasks
from referentiel.actions import exports as actions
from referentiel.exports import trouver
from referentiel.exports.registre import _LISTES
from referentiel.models import (
    DemandeCorrection,
    DemandeExport,
    EntiteGeographique,
    Habilitation,
    Role,
    Structure,
    UniteOperationnelle,
)
from ror.commun.erreurs import EtatIncompatible, Introuvable
from ror.commun.tableur import Classeur, corps_csv
from ror.comptes.models import Utilisateur
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    RegionFactory,
    UOFactory,
    UtilisateurFactory,
    code,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def region():
    return RegionFactory()


@pytest.fixture(autouse=True)
def envois(monkeypatch) -> list[int]:
    """The demands handed to the worker, which the tests run themselves."""
    recus: list[int] = []
    monkeypatch.setattr(tasks.preparer_export, "delay", recus.append)
    return recus


@pytest.fixture
def referente(client):
    droit = HabilitationFactory(structure=EGFactory(nom="EHPAD TEST"))
    client.force_login(droit.utilisateur)
    return droit.utilisateur


@pytest.fixture
def courte(settings):
    """A list is long from its third row on."""
    settings.EXPORT_DIRECT_MAX = 2


def corps(reponse) -> bytes:
    return b"".join(reponse.streaming_content)


def lire_csv(reponse) -> list[list[str]]:
    texte = (reponse if isinstance(reponse, bytes) else corps(reponse)).decode("utf-8")
    assert texte.startswith("\ufeff")
    return list(csv.reader(io.StringIO(texte.removeprefix("\ufeff")), delimiter=";"))


def lire_xlsx(reponse):
    return load_workbook(io.BytesIO(reponse if isinstance(reponse, bytes) else corps(reponse)))


def adresse(nom: str, format: str = "csv") -> str:
    return reverse("export", args=[nom, format])


def des_etablissements(personne, nombre: int) -> None:
    ej = EJFactory()
    for rang in range(nombre):
        HabilitationFactory(utilisateur=personne, structure=EGFactory(parent=ej, nom=f"CLINIQUE {rang:03}"))


def a_preparer(personne, nombre: int = 3, format: str = "csv", **filtres) -> DemandeExport:
    """A demand on « Mes établissements », as the person would make it."""
    des_etablissements(personne, nombre)
    parametres = QueryDict(mutable=True)
    parametres.update(filtres)
    return actions.demander(
        auteur=personne, liste="mes-etablissements", parametres=parametres.urlencode(), format=format, total=nombre
    )


# ---------- the files ----------


@pytest.mark.exigence("B56")
def test_a_list_is_downloaded_as_the_page_shows_it(client, referente):
    EGFactory(nom="CLINIQUE D’AILLEURS")
    EntiteGeographique.objects.update(localite="Valmont", code_postal="77990", telephone="0123456789")
    page = client.get(reverse("mes-etablissements"), {"q": "ehpad"}).content.decode()
    assert f'href="{adresse("mes-etablissements")}?q=ehpad"' in page
    reponse = client.get(adresse("mes-etablissements"), {"q": "ehpad"})
    assert "attachment; filename=" in reponse["Content-Disposition"]
    entete, *lignes = lire_csv(reponse)
    assert entete[:2] == ["Nom", "N° FINESS"]
    assert [ligne[0] for ligne in lignes] == ["EHPAD TEST"]
    assert lignes[0][entete.index("Commune")] == "Valmont"


@pytest.mark.exigence("B56")
def test_the_workbook_keeps_zeros_dates_and_says_what_it_is(client, referente):
    offre = UOFactory(parent=Structure.objects.get(nom="EHPAD TEST"), nom="Accueil de jour")
    UniteOperationnelle.objects.filter(structure=offre).update(relue_le=timezone.now() - timedelta(days=400))
    Structure.objects.filter(nom="EHPAD TEST").update(numero_finess="010000123")
    classeur = lire_xlsx(client.get(adresse("a-relire", "xlsx")))
    assert classeur.sheetnames == ["Offres à relire", "À propos"]
    feuille = classeur["Offres à relire"]
    assert feuille.freeze_panes == "A2"
    assert feuille.column_dimensions["A"].width > 30
    entete = [cellule.value for cellule in feuille[1]]
    ligne = dict(zip(entete, feuille[2], strict=True))
    assert (ligne["N° FINESS"].value, ligne["N° FINESS"].data_type) == ("010000123", "s")
    assert isinstance(ligne["Relue le"].value, datetime)
    assert ligne["Relue le"].number_format == "dd/mm/yyyy"
    propos = dict(classeur["À propos"].values)
    assert propos["Par"] == referente.nom_complet
    assert propos["Lignes"] == "1\u00a0ligne"
    assert propos["Ce qu’elle contient"].startswith("Les offres confiées")
    assert "Filtres" in propos


@pytest.mark.exigence("B56")
def test_the_filters_are_said_in_french(client, referente):
    feuille = lire_xlsx(client.get(adresse("mes-etablissements", "xlsx"), {"q": "ehpad", "page": "3"}))["À propos"]
    propos = dict(feuille.values)
    assert propos["Filtre\u00a0: Nom ou n° FINESS"] == "ehpad"
    assert propos["Filtre\u00a0: Onglet"] == "Mes établissements géographiques (EG)"


@pytest.mark.exigence("B56")
@pytest.mark.parametrize("nom", ["=1+1", "+33", "-2", "@SUM(A1)", "\tx", " =cmd", "＝1"])
def test_no_text_becomes_a_formula(nom):
    (ligne,) = list(csv.reader(io.StringIO("".join(corps_csv([], [[nom, 5, -3]])).split("\r\n", 1)[1]), delimiter=";"))
    assert ligne == [f"'{nom}", "5", "-3"]
    classeur, fichier = Classeur("x", ["=SUM(A1)"], [10]), io.BytesIO()
    classeur.ajouter([nom])
    classeur.enregistrer(fichier)
    feuille = load_workbook(fichier)["x"]
    assert [(c.value, c.data_type) for c in (feuille["A1"], feuille["A2"])] == [("=SUM(A1)", "s"), (nom, "s")]


def test_values_are_written_as_french_spreadsheets_read_them():
    valeurs = [None, True, False, date(2026, 12, 4), 1.5, "a\x00\x0bb", 'é;\n"', timezone.localtime()]
    (ligne,) = csv.reader(io.StringIO("".join(list(corps_csv(["x"], [valeurs]))[2:])), delimiter=";")
    assert ligne[:5] == ["", "oui", "non", "04/12/2026", "1,5"]
    classeur, fichier = Classeur("a/b*c", ["x"], [10]), io.BytesIO()
    classeur.ajouter([*valeurs, "x" * 40_000])
    classeur.enregistrer(fichier)
    lue = [c.value for c in load_workbook(fichier)["a b c"][2]]
    assert lue[5] == "ab"
    assert len(lue[-1]) == 32_767


def test_a_list_longer_than_a_sheet_goes_on_in_the_next_one(monkeypatch):
    monkeypatch.setattr("ror.commun.tableur.LIGNES_PAR_FEUILLE", 2)
    classeur, fichier = Classeur("Liste", ["n"], [10]), io.BytesIO()
    for n in range(5):
        classeur.ajouter([n])
    classeur.enregistrer(fichier)
    lu = load_workbook(fichier)
    assert [[c[0] for c in feuille.values] for feuille in lu] == [["n", 0, 1], ["n", 2, 3], ["n", 4]]


# ---------- every list ----------


PARAMETRES = {
    "mes-etablissements": ["", "q=ehpad", "onglet=ej", "onglet=ej&q=horizons"],
    "a-venir": ["", "du=2026-01-01", "auteur=1", "eg=1"],
    "dossiers": ["", "vue=miens", "vue=attente", "vue=a-valider", "etat=finalise", "q=77", "tri=recents"],
    "comptes": ["", "q=demo", "etat=actifs"],
    "recherche": [
        "",
        "q=ehpad",
        "q=unite&niveau=UO&lat=48.5&lon=2.6&km=20&tri=distance",
        "groupe=MSS&ouvert=maintenant",
    ],
    "demandes-correction": ["", "etat=traitee"],
    "demandes-acces": ["", "etat=traitees"],
    "finess-ecarts": ["", "nature=creee", "passage=1"],
}
PIEGES = [
    "q=%00",
    "q=" + "x" * 3000,
    "etat=xx",
    "fiche=abc",
    "fiche=99999999999999999999",
    "passage=²",
    "page=-1",
    "du=x",
]


@pytest.mark.exigence("B56")
@pytest.mark.parametrize("nom", sorted(_LISTES))
def test_every_list_answers_all_that_its_address_may_say(client, nom):
    client.force_login(UtilisateurFactory(is_superuser=True))
    offre = UOFactory()
    gestes.enregistrer(
        structure_id=offre.pk, auteur=Utilisateur.objects.get(), vues={"age_min": 60}, saisies={"age_min": 65}
    )
    gestes.valider(
        structure_id=offre.pk,
        auteur=Utilisateur.objects.get(),
        relue=True,
        date_effet=timezone.localdate() + timedelta(days=3),
    )
    for requete in PARAMETRES.get(nom, [""]):
        assert lire_csv(client.get(f"{adresse(nom)}?{requete}"))
        assert lire_xlsx(client.get(f"{adresse(nom, 'xlsx')}?{requete}"))
    for requete in PIEGES:
        assert client.get(f"{adresse(nom)}?{requete}").status_code in (200, 404), requete
    assert reverse(trouver(nom).url)


@pytest.mark.exigence("B56")
def test_what_is_to_come_is_exported_within_its_fiche(client, referente):
    eg = Structure.objects.get(nom="EHPAD TEST")
    jour = timezone.localdate() + timedelta(days=9)
    for nom in ("Accueil de jour", "Hébergement"):
        offre = UOFactory(parent=eg, nom=nom)
        gestes.enregistrer(structure_id=offre.pk, auteur=referente, vues={"age_min": 60}, saisies={"age_min": 65})
        gestes.valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=jour)
    offre = Structure.objects.get(nom="Hébergement")
    page = client.get(reverse("fiche-a-venir", args=[offre.pk])).content.decode()
    assert f'href="{adresse("a-venir")}?fiche={offre.pk}"' in page
    entete, *lignes = lire_csv(client.get(adresse("a-venir"), {"fiche": offre.pk}))
    ligne = dict(zip(entete, lignes[0], strict=True))
    assert len(lignes) == 1
    assert ligne["Fiche"] == "Hébergement"
    assert ligne["Date"] == jour.strftime("%d/%m/%Y")
    assert "60" in ligne["Ce qui change"]
    assert len(lire_csv(client.get(adresse("a-venir")))) == 3


@pytest.mark.exigence("B56")
def test_whoever_may_not_read_a_list_may_not_export_it(client, referente):
    for nom in ("comptes", "finess-ecarts", "modeles-saisie", "demandes-correction", "demandes-acces"):
        reponse = client.get(adresse(nom))
        assert reponse.status_code == 403
        assert "Votre droit Référent ne permet pas" in reponse.content.decode()
    Client().get(adresse("mes-etablissements"))
    assert Client().get(adresse("mes-etablissements")).status_code == 302


def test_unknown_lists_and_formats_are_told_in_french(client, referente):
    assert client.get(adresse("inconnue")).status_code == 404
    assert client.get("/ror/exports/comptes.pdf").status_code == 404
    assert "Cette liste n’existe pas" in client.get(adresse("inconnue")).content.decode()


@pytest.mark.parametrize("nom", ["mes-etablissements", "a-relire"])
def test_an_export_costs_the_same_whatever_its_length(client, referente, nom):
    def cout() -> int:
        with CaptureQueriesContext(connection) as vues:
            corps(client.get(adresse(nom)))
        return len(vues)

    eg = Structure.objects.get(nom="EHPAD TEST")
    UOFactory(parent=eg)
    peu = cout()
    des_etablissements(referente, 6)
    for _ in range(12):
        UOFactory(parent=eg)
    assert cout() == peu


def test_a_get_never_asks_for_anything(client, referente, courte):
    des_etablissements(referente, 3)
    assert client.get(adresse("mes-etablissements")).status_code == 200
    assert not DemandeExport.objects.exists()


# ---------- long lists ----------


@pytest.mark.exigence("B56")
def test_up_to_the_limit_at_once_beyond_it_apart(client, referente, courte, envois, django_capture_on_commit_callbacks):
    des_etablissements(referente, 1)
    assert len(lire_csv(client.get(adresse("mes-etablissements")))) == 3
    des_etablissements(referente, 1)
    page = client.get(adresse("mes-etablissements"), {"q": "e"})
    assert len(lire_csv(client.get(adresse("mes-etablissements"), {"q": "ehpad"}))) == 2
    page = client.get(adresse("mes-etablissements")).content.decode()
    assert "Cette liste dépasse 2 lignes" in page
    assert "Préparer le fichier" in page
    with django_capture_on_commit_callbacks(execute=True):
        reponse = client.post(adresse("mes-etablissements"), follow=True)
    assert "Le fichier se prépare" in reponse.content.decode()
    demande = DemandeExport.objects.get()
    assert envois == [demande.pk]
    assert demande.total == 3


def test_the_limit_is_ten_thousand_rows(settings):
    assert settings.EXPORT_DIRECT_MAX == 10_000


@pytest.mark.exigence("B56")
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_prepared_file_is_the_whole_list_for_its_author_alone(client, referente, format):
    demande = a_preparer(referente, 3, format, q="clinique")
    assert tasks.preparer_export(demande.pk) is True
    demande.refresh_from_db()
    assert (demande.etat, demande.fait, demande.pourcentage) == ("prete", 3, 100)
    page = client.get(reverse("mes-exports")).content.decode()
    lien = reverse("mes-exports-fichier", args=[demande.pk])
    assert f'href="{lien}"' in page
    assert "3\u00a0lignes" in page
    contenu = corps(client.get(lien))
    if format == "csv":
        noms = [ligne[0] for ligne in lire_csv(contenu)[1:]]
    else:
        noms = [ligne[0] for ligne in lire_xlsx(contenu)["Mes établissements"].values][1:]
    assert noms == ["CLINIQUE 000", "CLINIQUE 001", "CLINIQUE 002"]
    autre = Client()
    autre.force_login(UtilisateurFactory(is_superuser=True))
    assert autre.get(lien).status_code == 404
    assert autre.post(reverse("mes-exports-supprimer", args=[demande.pk])).status_code == 404
    assert autre.post(reverse("mes-exports-redemander", args=[demande.pk])).status_code == 404
    assert "CLINIQUE" not in autre.get(reverse("mes-exports")).content.decode()
    assert DemandeExport.objects.filter(pk=demande.pk).exists()


@pytest.mark.exigence("B56")
def test_rights_are_read_again_when_the_file_is_made(referente):
    demande = a_preparer(referente, 3)
    Habilitation.objects.filter(structure__nom="CLINIQUE 001").delete()
    tasks.preparer_export(demande.pk)
    demande.refresh_from_db()
    noms = [ligne[0] for ligne in lire_csv(storages["exports"].open(demande.fichier).read())[1:]]
    assert noms == ["CLINIQUE 000", "CLINIQUE 002", "EHPAD TEST"]


@pytest.mark.exigence("B56")
def test_a_right_lost_meanwhile_gives_no_file_and_says_why(client):
    droit = HabilitationFactory(role=Role.ADMINISTRATEUR, structure=None)
    client.force_login(droit.utilisateur)
    demande = actions.demander(auteur=droit.utilisateur, liste="comptes", parametres="", format="csv")
    droit.delete()
    assert tasks.preparer_export(demande.pk) is False
    demande.refresh_from_db()
    assert (demande.etat, demande.fichier) == ("echouee", "")
    assert "Aucun de vos droits ne permet" in client.get(reverse("mes-exports")).content.decode()


def test_an_account_closed_meanwhile_gets_no_file(referente):
    demande = a_preparer(referente, 1)
    Utilisateur.objects.filter(pk=referente.pk).update(is_active=False)
    assert tasks.preparer_export(demande.pk) is False
    assert DemandeExport.objects.get().motif == "Ce compte est désactivé."


@pytest.mark.exigence("B56")
def test_one_export_at_a_time_per_person(client, referente, courte):
    a_preparer(referente, 3)
    with pytest.raises(EtatIncompatible, match="déjà en préparation"):
        actions.demander(auteur=referente, liste="a-relire", parametres="", format="csv")
    assert "déjà en préparation" in client.get(adresse("mes-etablissements")).content.decode()
    assert "déjà en préparation" in client.post(adresse("mes-etablissements"), follow=True).content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        DemandeExport.objects.create(auteur=referente, liste="x", titre="x", format="csv")
    assert DemandeExport.objects.count() == 1
    actions.demander(auteur=UtilisateurFactory(), liste="a-relire", parametres="", format="csv")


def test_what_cannot_be_kept_is_refused_before_it_is(referente):
    with pytest.raises(EtatIncompatible, match="trop longs"):
        actions.demander(auteur=referente, liste="a-relire", parametres="q=" + "x" * 3000, format="csv")
    with pytest.raises(Introuvable):
        actions.demander(auteur=referente, liste="rien", parametres="", format="csv")
    with pytest.raises(Introuvable):
        actions.demander(auteur=referente, liste="a-relire", parametres="", format="pdf")


@pytest.mark.exigence("B56")
def test_progress_is_told_while_the_file_is_made(client, referente, monkeypatch):
    monkeypatch.setattr("referentiel.exports.registre.LOT", 2)
    monkeypatch.setattr("referentiel.exports.fichiers.LOT", 2)
    demande = a_preparer(referente, 6, q="clinique")
    vus = []
    ecrire = actions._ecrire_si_dernier

    def regarder(demande, **valeurs):
        ecrire(demande, **valeurs)
        if "fait" in valeurs and "etat" not in valeurs:
            reponse = client.get(reverse("mes-exports-progression"))
            assert reponse.status_code == 200
            vus.append((valeurs["fait"], "every 2s" in reponse.content.decode()))

    monkeypatch.setattr(actions, "_ecrire_si_dernier", regarder)
    tasks.preparer_export(demande.pk)
    assert vus == [(2, True), (4, True), (6, True)]
    assert client.get(reverse("mes-exports-progression")).status_code == 286


# ---------- crashes, cancellations, keeping ----------


def tuer(demande: DemandeExport) -> None:
    """What a worker killed in the middle leaves behind: a demand in progress, silent for long."""
    DemandeExport.objects.filter(pk=demande.pk).update(
        etat="en_cours", essais=1, fait=2, signe_le=timezone.now() - timedelta(minutes=5)
    )


@pytest.mark.exigence("B56")
def test_the_export_of_a_killed_worker_is_taken_up(referente, envois):
    demande = a_preparer(referente, 3)
    tuer(demande)
    envois.clear()
    assert tasks.reprendre_exports() == 1
    assert envois == [demande.pk]
    assert tasks.preparer_export(demande.pk) is True
    assert DemandeExport.objects.get().etat == "prete"
    assert tasks.reprendre_exports() == 0


@pytest.mark.exigence("B56")
def test_an_export_that_always_kills_its_worker_is_given_up_and_may_be_asked_again(client, referente, envois):
    demande = a_preparer(referente, 3)
    tuer(demande)
    DemandeExport.objects.update(essais=actions.ESSAIS_MAX)
    assert tasks.preparer_export(demande.pk) is False
    page = client.get(reverse("mes-exports")).content.decode()
    assert "s’est arrêtée plusieurs fois" in page
    assert "Redemander" in page
    client.post(reverse("mes-exports-redemander", args=[demande.pk]))
    nouvelle = DemandeExport.objects.get()
    assert (nouvelle.etat, nouvelle.essais, nouvelle.liste) == ("attente", 0, "mes-etablissements")
    assert tasks.preparer_export(nouvelle.pk) is True
    page = client.post(reverse("mes-exports-redemander", args=[nouvelle.pk]), follow=True).content.decode()
    assert "n’est pas interrompu" in page


def test_a_living_run_is_not_taken_over(referente):
    demande = a_preparer(referente, 3)
    DemandeExport.objects.update(etat="en_cours", essais=1, signe_le=timezone.now())
    assert tasks.preparer_export(demande.pk) is False
    assert actions.delaisses() == []
    assert tasks.preparer_export(demande.pk + 1) is False


def test_a_run_overtaken_writes_nothing_more(referente, monkeypatch):
    """The dead worker was only slow: another one took its export up meanwhile."""
    demande = a_preparer(referente, 3)
    vraie = actions._finir

    def depassee(*arguments):
        DemandeExport.objects.update(essais=2)
        vraie(*arguments)

    monkeypatch.setattr(actions, "_finir", depassee)
    gardes = storages["exports"].listdir("")[1]
    assert tasks.preparer_export(demande.pk) is False
    assert DemandeExport.objects.get().etat == "en_cours"
    assert storages["exports"].listdir("")[1] == gardes


def test_a_fault_in_the_middle_is_said_without_its_details(referente, monkeypatch, client):
    demande = a_preparer(referente, 3)

    def casser(*_, **__):
        raise RuntimeError("détail interne")

    monkeypatch.setattr(actions, "ecrire", casser)
    assert tasks.preparer_export(demande.pk) is False
    page = client.get(reverse("mes-exports")).content.decode()
    assert "s’est interrompue" in page
    assert "détail interne" not in page


@pytest.mark.exigence("B56")
def test_cancelled_by_its_author_it_stops(client, referente, monkeypatch):
    demande = a_preparer(referente, 3)
    vraie = actions._finir

    def annulee(*arguments):
        assert client.post(reverse("mes-exports-supprimer", args=[demande.pk])).status_code == 302
        vraie(*arguments)

    monkeypatch.setattr(actions, "_finir", annulee)
    assert tasks.preparer_export(demande.pk) is False
    assert not DemandeExport.objects.exists()


@pytest.mark.exigence("B56")
def test_files_are_kept_seven_days_then_gone(client, referente, django_capture_on_commit_callbacks):
    demande = a_preparer(referente, 1)
    tasks.preparer_export(demande.pk)
    demande.refresh_from_db()
    assert demande.expire_le - demande.fini_le == timedelta(days=7)
    assert tasks.purger_exports() == 0
    DemandeExport.objects.update(expire_le=timezone.now() - timedelta(seconds=1))
    lien = reverse("mes-exports-fichier", args=[demande.pk])
    assert client.get(lien).status_code == 404
    assert tasks.purger_exports() == 1
    assert not storages["exports"].exists(demande.fichier)
    assert client.get(lien).status_code == 404


def test_a_file_deleted_by_hand_is_gone_and_answered(client, referente, django_capture_on_commit_callbacks):
    demande = a_preparer(referente, 1)
    tasks.preparer_export(demande.pk)
    demande.refresh_from_db()
    storages["exports"].delete(demande.fichier)
    assert client.get(reverse("mes-exports-fichier", args=[demande.pk])).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mes-exports-supprimer", args=[demande.pk])).status_code == 302
    assert not DemandeExport.objects.exists()


def test_a_queue_that_does_not_answer_loses_nothing(referente, monkeypatch, django_capture_on_commit_callbacks):
    def injoignable(_):
        raise OSError("file arrêtée")

    monkeypatch.setattr(tasks.preparer_export, "delay", injoignable)
    with django_capture_on_commit_callbacks(execute=True):
        demande = a_preparer(referente, 1)
    DemandeExport.objects.update(demande_le=timezone.now() - timedelta(minutes=5))
    assert actions.delaisses() == [demande.pk]


def test_a_category_is_written_in_words(client, referente):
    code("FINESS_CATEGORIE", "500", "Établissement d’hébergement pour personnes âgées dépendantes")
    entete, ligne = lire_csv(client.get(adresse("mes-etablissements")))
    assert ligne[entete.index("Catégorie")].startswith("Établissement d’hébergement")


@pytest.mark.exigence("B51", "B56")
def test_an_offer_that_one_may_not_know_of_is_not_even_counted(client):
    eg = EGFactory(nom="EHPAD TEST")
    UOFactory(parent=eg)
    UniteOperationnelle.objects.filter(structure=UOFactory(parent=eg)).update(unite_sensible=True)
    lectrice = HabilitationFactory(structure=eg, role=Role.LECTEUR).utilisateur
    client.force_login(lectrice)
    entete, ligne = lire_csv(client.get(adresse("mes-etablissements")))
    assert ligne[entete.index("Offres")] == "1"
    client.force_login(HabilitationFactory(structure=eg).utilisateur)
    entete, ligne = lire_csv(client.get(adresse("mes-etablissements")))
    assert ligne[entete.index("Offres")] == "2"


@pytest.mark.exigence("B56")
def test_the_offers_of_one_establishment_alone_are_exported(client, referente):
    eg, autre = Structure.objects.get(nom="EHPAD TEST"), EGFactory()
    HabilitationFactory(utilisateur=referente, structure=autre)
    UOFactory(parent=eg, nom="Accueil de jour")
    UOFactory(parent=autre)
    assert len(lire_csv(client.get(adresse("a-relire")))) == 3
    entete, ligne = lire_csv(client.get(adresse("a-relire"), {"eg": eg.pk}))
    assert ligne[entete.index("Offre")] == "Accueil de jour"
    assert (
        dict(lire_xlsx(client.get(adresse("a-relire", "xlsx"), {"eg": eg.pk}))["À propos"].values)[
            "Filtre\u00a0: Établissement"
        ]
        == "EHPAD TEST"
    )
    for forge in ("abc", "²", "9" * 30, str(ligne and eg.parent_id)):
        assert client.get(adresse("a-relire"), {"eg": forge}).status_code == 404


@pytest.mark.exigence("B56")
def test_what_one_asked_the_support_is_exported_for_her_alone(client, referente):
    eg = Structure.objects.get(nom="EHPAD TEST")
    DemandeCorrection.objects.create(structure=eg, champ="adresse", message="=RUE()", auteur=referente)
    DemandeCorrection.objects.create(structure=eg, champ="adresse", message="autre", auteur=UtilisateurFactory())
    entete, ligne = lire_csv(client.get(adresse("mes-demandes")))
    assert ligne[entete.index("Motif")] == "'=RUE()"
    client.force_login(UtilisateurFactory(is_superuser=True))
    assert len(lire_csv(client.get(adresse("demandes-correction")))) == 3
    assert len(lire_csv(client.get(adresse("demandes-correction"), {"etat": "traitee"}))) == 1


# ---------- several at once ----------


def en_parallele(*actes) -> list:
    """What each act returns or raises, all begun together."""
    depart, rendus = threading.Barrier(len(actes)), [None] * len(actes)

    def courir(rang: int) -> None:
        depart.wait()
        try:
            rendus[rang] = actes[rang]()
        except Exception as erreur:
            rendus[rang] = erreur
        finally:
            connection.close()

    fils = [threading.Thread(target=courir, args=[rang]) for rang in range(len(actes))]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return rendus


@pytest.mark.django_db(transaction=True)
@pytest.mark.exigence("B56")
def test_two_workers_and_a_double_click_make_one_file():
    personne = HabilitationFactory(structure=EGFactory(nom="EHPAD TEST")).utilisateur

    def demander():
        qui = Utilisateur.objects.get(pk=personne.pk)
        return actions.demander(auteur=qui, liste="mes-etablissements", parametres="", format="csv")

    rendus = en_parallele(demander, demander, demander)
    assert sorted(type(rendu).__name__ for rendu in rendus) == ["DemandeExport", "EtatIncompatible", "EtatIncompatible"]
    cle = DemandeExport.objects.get().pk
    assert sorted(en_parallele(*[lambda: actions.preparer(cle)] * 4)) == [False, False, False, True]
    demande = DemandeExport.objects.get()
    assert (demande.etat, demande.essais, demande.fait) == ("prete", 1, 1)
