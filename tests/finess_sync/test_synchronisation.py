"""What a run does to the tree and to the fiches, and what it never does (S67, S68, B34, B35)."""

import csv
from datetime import date

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from finess_sync.actions import appliquer_ecarts, ignorer_ecarts
from finess_sync.models import Ecart, Execution, RegleEcart
from referentiel import arbre
from referentiel.models import CorrespondanceCategorie, EntiteGeographique, EntreeJournal, Structure
from ror.commun.erreurs import DroitManquant, EtatIncompatible
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory, UtilisateurFactory
from tests.fabriques.structures import finess

from .test_lecture import ege, pmej

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("petit_stock")]


@pytest.fixture
def support():
    return HabilitationFactory(role="support", structure=None).utilisateur


def eg(numero: str) -> EntiteGeographique:
    return EntiteGeographique.objects.select_related("structure__parent").get(structure__numero_finess=numero)


def a_relire(numero: str) -> list[tuple[str, str]]:
    return list(Ecart.objects.a_relire().filter(numero_finess=numero).values_list("nature", "champ"))


@pytest.mark.exigence("S67", "S173", "B35")
def test_a_first_file_fills_the_tree_with_its_provenance(classique, lancer):
    CorrespondanceCategorie.objects.create(categorie="500", groupe="MSS", origine="test")
    execution = lancer(classique.ecrire())
    assert execution.etat == Execution.Etat.REUSSI
    fiche = eg(next(iter(classique.eg)))
    assert (fiche.structure.departement, fiche.structure.groupe, fiche.structure.origine) == ("77", "MSS", "FINESS")
    assert fiche.finess_recu_le == date(2026, 10, 1)
    assert (fiche.siret, fiche.telephone, fiche.code_postal) == ("77000000000000", "0199002700", "77000")
    assert fiche.latitude == pytest.approx(48.6, abs=0.1)
    ej = fiche.structure.parent
    assert ej.provisoire
    assert ej.nom == f"Entité juridique {finess(990_000)} (nom à recevoir)"
    assert arbre.verifier() == []


@pytest.mark.exigence("S67")
def test_a_provisional_ej_is_completed_when_its_row_comes(classique, lancer):
    lancer(classique.ecrire())
    numero = classique.entite(finess(990_000), rs="ASSOCIATION LES HORIZONS")
    classique.entite(finess(990_001), rs="FONDATION GRAND-LYS")
    execution = lancer(classique.ecrire_ej())
    assert execution.compteurs["ej_completees"] == 1
    assert execution.compteurs["ej_creees"] == 1
    ej = Structure.objects.get(numero_finess=numero)
    assert (ej.nom, ej.provisoire, ej.entite_juridique.siren) == ("ASSOCIATION LES HORIZONS", False, "770009018")
    assert ej.get_children().count() == 10


def test_the_two_files_of_a_stock_make_one_run(classique, lancer):
    classique.entite(finess(990_000))
    execution = lancer(classique.ecrire(), classique.ecrire_ej())
    assert execution.etat == Execution.Etat.REUSSI, execution.motif
    assert execution.niveaux == "EG EJ"
    assert not Structure.objects.filter(provisoire=True).exists()
    assert lancer(classique.ecrire(), classique.ecrire()).etat == Execution.Etat.REFUSE


def test_a_closed_establishment_comes_in_closed(finessplus, lancer):
    numero = finess(910_000)
    lancer(finessplus([pmej(finess(990_000), ege(numero, etatObjet="I"))]))
    assert eg(numero).structure.etat == "DEF"


@pytest.mark.exigence("S173")
def test_the_same_file_again_is_unchanged_and_writes_nothing(classique, lancer):
    chemin = classique.ecrire()
    lancer(chemin)
    avant = lignes_ecrites()
    assert lancer(chemin).etat == Execution.Etat.INCHANGE
    classique.jour = "2026-10-02"  # another file, the same content
    assert lancer(classique.ecrire()).etat == Execution.Etat.INCHANGE
    assert lignes_ecrites() == avant


def lignes_ecrites() -> set[tuple]:
    """The version PostgreSQL keeps of each structure and detail row: a row written again has another place."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT 's', id, ctid::text FROM referentiel_structure UNION ALL"
            " SELECT 'g', structure_id, ctid::text FROM referentiel_entitegeographique UNION ALL"
            " SELECT 'j', structure_id, ctid::text FROM referentiel_entitejuridique"
        )
        return set(curseur.fetchall())


@pytest.mark.exigence("S67", "S68", "B34")
def test_small_changes_are_applied_journaled_and_alone(classique, lancer):
    lancer(classique.ecrire())
    touche, autre = list(classique.eg)[:2]
    avant = lignes_ecrites()
    classique.eg[touche] |= {"telephone": "0199009999", "categetab": "501"}
    execution = lancer(classique.ecrire())
    assert execution.compteurs["appliques"] == 2
    fiche = eg(touche)
    assert (fiche.telephone, fiche.categorie, fiche.structure.version) == ("0199009999", "501", 2)
    entree = EntreeJournal.objects.get(structure=fiche.structure)
    assert entree.origine == EntreeJournal.Origine.FINESS
    assert "Téléphone\u00a0: 0199002700 → 0199009999" in entree.phrases
    assert {"champ": "telephone", "base": "0199002700", "propose": "0199009999"} in entree.changements
    assert [h.history_type for h in fiche.history.order_by("history_id")] == ["+", "~"]
    changees = {(sorte, cle) for sorte, cle, _ in lignes_ecrites() ^ avant}
    assert changees == {("s", fiche.pk), ("g", fiche.pk)}
    assert not EntreeJournal.objects.filter(structure__numero_finess=autre).exists()


@pytest.mark.exigence("S68", "B34")
def test_what_the_referents_wrote_is_never_touched(classique, lancer, support):
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    structure = eg(numero).structure
    structure.nom = "Les Tilleuls"
    structure.save()
    EntiteGeographique.objects.filter(pk=structure.pk).update(informations_complementaires="Entrée par la cour.")
    offre = UOFactory(parent=Structure.objects.get(pk=structure.pk), nom="Hébergement")
    classique.eg[numero] |= {"rs": "RESIDENCE DES TILLEULS", "telephone": "0199001111"}
    lancer(classique.ecrire())
    appliquer_ecarts(ecarts=Ecart.objects.a_relire().values_list("pk", flat=True), auteur=support)
    fiche = eg(numero)
    assert fiche.raison_sociale == "RESIDENCE DES TILLEULS"
    assert fiche.telephone == "0199001111"
    assert fiche.structure.nom == "Les Tilleuls"
    assert fiche.informations_complementaires == "Entrée par la cour."
    assert Structure.objects.get(pk=offre.pk).nom == "Hébergement"
    assert arbre.verifier() == []


@pytest.mark.exigence("B34")
def test_a_new_name_waits_for_a_person_then_the_fiche_follows(classique, lancer, support):
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    classique.eg[numero]["rs"] = "RESIDENCE DES TILLEULS"
    assert lancer(classique.ecrire()).compteurs["a_relire"] == 1
    assert eg(numero).raison_sociale == "EHPAD NUMERO 0"
    ecart = Ecart.objects.get(numero_finess=numero, etat=Ecart.Etat.A_RELIRE)
    appliquer_ecarts(ecarts=[ecart.pk], auteur=support)
    assert eg(numero).structure.nom == "RESIDENCE DES TILLEULS"
    ecart.refresh_from_db()
    assert (ecart.etat, ecart.decide_par) == (Ecart.Etat.APPLIQUE, support)
    assert EntreeJournal.objects.filter(structure=ecart.structure, auteur=support).count() == 1
    with pytest.raises(EtatIncompatible):
        appliquer_ecarts(ecarts=[ecart.pk], auteur=support)


@pytest.mark.exigence("B34")
def test_an_establishment_changes_of_ej_with_all_it_holds(classique, lancer, support):
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    offre = UOFactory(parent=eg(numero).structure)
    classique.eg[numero]["nofinessej"] = finess(990_009)
    lancer(classique.ecrire())
    assert a_relire(numero) == [("ej_changee", "finess_ej")]
    assert eg(numero).structure.parent.numero_finess == finess(990_000)
    appliquer_ecarts(ecarts=Ecart.objects.a_relire().values_list("pk", flat=True), auteur=support)
    parent = eg(numero).structure.parent
    assert (parent.numero_finess, parent.provisoire) == (finess(990_009), True)
    assert Structure.objects.get(pk=offre.pk).tree_id == parent.tree_id
    assert arbre.verifier() == []


@pytest.mark.exigence("B34")
def test_closing_and_reopening_wait_and_carry_their_date(finessplus, lancer, support):
    numeros = [finess(910_000 + i) for i in range(30)]
    eges = [ege(n) for n in numeros]
    entite = pmej(finess(990_000), *eges)
    lancer(finessplus([entite]))
    eges[0]["informationsGeneralesEGE"]["dateFermeture"] = "2026-11-15"
    eges[0]["etatObjet"] = "I"
    lancer(finessplus([entite], jour="2026-11-20"))
    assert sorted(a_relire(numeros[0])) == [("fermee", "ouvert"), ("modifiee", "date_fermeture")]
    assert eg(numeros[0]).structure.etat == "OUV"
    appliquer_ecarts(ecarts=[Ecart.objects.get(nature="fermee").pk], auteur=support)
    fiche = eg(numeros[0])
    assert (fiche.structure.etat, fiche.date_fermeture) == ("DEF", date(2026, 11, 15))
    del eges[0]["informationsGeneralesEGE"]["dateFermeture"]
    eges[0]["etatObjet"] = "A"
    lancer(finessplus([entite], jour="2026-11-21"))
    assert ("rouverte", "ouvert") in a_relire(numeros[0])
    appliquer_ecarts(ecarts=Ecart.objects.a_relire().values_list("pk", flat=True), auteur=support)
    assert (eg(numeros[0]).structure.etat, eg(numeros[0]).date_fermeture) == ("OUV", None)


@pytest.mark.exigence("B34")
def test_an_ignored_ecart_comes_back_only_with_another_value(classique, lancer, support):
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    classique.eg[numero]["rs"] = "RESIDENCE DES TILLEULS"
    lancer(classique.ecrire())
    ignorer_ecarts(ecarts=Ecart.objects.a_relire().values_list("pk", flat=True), auteur=support, motif="Faute")
    classique.eg[numero]["telephone"] = "0199001111"
    lancer(classique.ecrire())
    assert a_relire(numero) == []
    classique.eg[numero]["rs"] = "RESIDENCE DES PEUPLIERS"
    lancer(classique.ecrire())
    assert a_relire(numero) == [("raison_sociale_changee", "raison_sociale")]


@pytest.mark.exigence("B34")
def test_an_ecart_that_is_no_longer_true_is_over(classique, lancer):
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    classique.eg[numero]["rs"] = "RESIDENCE DES TILLEULS"
    lancer(classique.ecrire())
    classique.eg[numero]["rs"] = "RESIDENCE DES PEUPLIERS"
    lancer(classique.ecrire())
    assert [e.apres for e in Ecart.objects.a_relire()] == ["RESIDENCE DES PEUPLIERS"]
    classique.eg[numero]["rs"] = "EHPAD NUMERO 0"
    lancer(classique.ecrire())
    assert not Ecart.objects.a_relire().exists()
    etats = Ecart.objects.filter(champ="raison_sociale").values_list("etat", flat=True)
    assert list(etats) == [Ecart.Etat.PERIME, Ecart.Etat.PERIME]


def test_an_ecart_whose_ror_value_moved_is_shown_again(classique, lancer, support):
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    classique.eg[numero]["rs"] = "RESIDENCE DES TILLEULS"
    lancer(classique.ecrire())
    ecart = Ecart.objects.a_relire().get()
    EntiteGeographique.objects.filter(structure=ecart.structure).update(raison_sociale="CORRIGÉ PAR LE SUPPORT")
    assert appliquer_ecarts(ecarts=[ecart.pk], auteur=support).changes == 1
    ecart.refresh_from_db()
    assert (ecart.etat, ecart.avant) == (Ecart.Etat.A_RELIRE, "CORRIGÉ PAR LE SUPPORT")


@pytest.mark.exigence("B34")
def test_rules_are_data(classique, lancer):
    RegleEcart.objects.filter(nature="raison_sociale_changee").update(action="appliquer")
    RegleEcart.objects.filter(nature="deplacee", seuil=500).update(seuil=100)
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    classique.eg[numero]["rs"] = "RESIDENCE DES TILLEULS"
    x, y, source = classique.positions[numero]
    classique.positions[numero] = (x + 200, y, source)
    lancer(classique.ecrire())
    assert eg(numero).raison_sociale == "RESIDENCE DES TILLEULS"
    assert a_relire(numero) == [("deplacee", "position")]
    assert Ecart.objects.a_relire().get().distance == pytest.approx(200, abs=2)


@pytest.mark.exigence("B34")
def test_what_is_missing_is_kept_counted_and_proposed_for_closing(classique, lancer, support):
    for rang in range(20, 40):
        classique.etablissement(rang)
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    absente = classique.eg.pop(numero)
    classique.jour = "2026-10-02"
    lancer(classique.ecrire())
    classique.jour = "2026-10-03"
    lancer(classique.ecrire())
    fiche = eg(numero)
    assert (fiche.absences, fiche.absent_depuis, fiche.structure.etat) == (2, date(2026, 10, 2), "OUV")
    assert a_relire(numero) == [("absente", "")]
    classique.eg[numero] = absente
    classique.jour = "2026-10-04"
    lancer(classique.ecrire())
    assert (eg(numero).absences, eg(numero).absent_depuis, a_relire(numero)) == (0, None, [])
    del classique.eg[numero]
    classique.jour = "2026-10-05"
    lancer(classique.ecrire())
    appliquer_ecarts(ecarts=Ecart.objects.a_relire().values_list("pk", flat=True), auteur=support)
    assert eg(numero).structure.etat == "DEF"


def test_an_extract_makes_nothing_absent_and_erases_nothing(classique, finessplus, lancer):
    classique.etablissement(0, codeape="8710A")
    lancer(classique.ecrire())
    numero = finess(910_000)
    lancer(finessplus([pmej(finess(990_000), ege(numero))]), complet=False)
    assert eg(numero).code_ape == "8710A"
    assert not EntiteGeographique.objects.filter(absences__gt=0).exists()


def test_structures_of_the_portal_are_not_missing_from_finess(classique, lancer):
    demonstration = EGFactory(nom="EHPAD TEST")
    lancer(classique.ecrire())
    classique.etablissement(80)
    lancer(classique.ecrire())
    assert demonstration.entite_geographique.absences == 0
    assert not Ecart.objects.filter(structure=demonstration).exists()


def test_contradictory_numbers_are_rejected(classique, lancer):
    lancer(classique.ecrire())
    un, deux = list(classique.eg)[:2]
    classique.entite(un)
    classique.eg[deux]["nofinessej"] = un
    execution = lancer(classique.ecrire(), classique.ecrire_ej(), complet=False)
    assert "déjà lu" in " ".join(execution.rejets.values_list("raison", flat=True))
    assert execution.etat == Execution.Etat.REFUSE  # a fifth of the lines is no honest file


def test_only_those_who_follow_finess_decide(classique, lancer):
    lancer(classique.ecrire())
    classique.eg[next(iter(classique.eg))]["rs"] = "RESIDENCE DES TILLEULS"
    lancer(classique.ecrire())
    cles = list(Ecart.objects.a_relire().values_list("pk", flat=True))
    ailleurs = HabilitationFactory(role="gestionnaire", structure=None, departements=["75"]).utilisateur
    for personne in (UtilisateurFactory(), ailleurs):
        with pytest.raises(DroitManquant):
            appliquer_ecarts(ecarts=cles, auteur=personne)
    assert Ecart.objects.a_relire().count() == 1


@pytest.mark.exigence("S173", "B37")
def test_the_command_simulates_then_applies_and_reports(classique, tmp_path, capsys):
    for rang in range(100, 220):
        classique.etablissement(rang)
    classique.en_trop = ["structureet;1;2"]
    chemin, rapport = classique.ecrire(), tmp_path / "rapport.csv"
    call_command("synchroniser_finess", str(chemin), rapport=rapport)
    dit = capsys.readouterr().out
    assert "Simulation" in dit
    assert "Entités géographiques créées : 130" in dit
    assert not Structure.objects.exists()
    lignes = list(csv.reader(rapport.read_text(encoding="utf-8").splitlines(), delimiter=";"))
    assert lignes[1:] == [["262", "", "rejetée", "3 colonnes au lieu de 32.", "structureet;1;2"]]
    call_command("synchroniser_finess", str(chemin), appliquer=True)
    assert Structure.objects.filter(niveau="EG").count() == 130
    with pytest.raises(CommandError, match="Fichier introuvable"):
        call_command("synchroniser_finess", "/nulle/part.csv")


def test_a_simulation_announces_what_the_application_does(classique, lancer):
    lancer(classique.ecrire())
    un, deux = list(classique.eg)[:2]
    classique.eg[un]["rs"] = "RESIDENCE DES TILLEULS"
    classique.eg[deux]["telephone"] = "0199001111"
    classique.etablissement(90)
    chemin = classique.ecrire()
    simulee = lancer(chemin, simulation=True).compteurs
    reelle = lancer(chemin).compteurs
    for cle in ("eg_creees", "appliques", "a_relire", "nature_modifiee", "nature_raison_sociale_changee"):
        assert simulee[cle] == reelle[cle], cle


@pytest.mark.exigence("S173")
def test_a_second_start_is_refused_in_one_line(classique):
    parametres = connection.get_connection_params()
    autre = psycopg2.connect(
        **{k: v for k, v in parametres.items() if k in ("dbname", "user", "host", "port", "password")}
    )
    try:
        with autre.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_lock(724302)")
        with pytest.raises(
            CommandError, match=r"^Un passage de l’import FINESS est déjà en cours : attendez sa fin\.$"
        ):
            call_command("synchroniser_finess", str(classique.ecrire()), appliquer=True)
        assert not Execution.objects.exists()
    finally:
        autre.close()
