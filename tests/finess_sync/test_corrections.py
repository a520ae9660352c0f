"""What the support corrected is not overwritten in silence by the next files of FINESS (S91–S94, B34)."""

from pathlib import Path

import pytest
from django.urls import reverse

import finess_sync
from finess_sync.actions import appliquer_ecarts, ignorer_ecarts
from finess_sync.models import Ecart, Execution, Rejet
from referentiel import fiches
from referentiel.actions import appliquer_demande, demander_correction
from referentiel.models import CorrectionFiness, EntiteGeographique, Structure
from referentiel.qualite.divergences import CATEGORIE, divergences_de
from ror.comptes.courriels import Portail
from ror.comptes.models import Region
from tests.fabriques import HabilitationFactory, code
from tests.fabriques.structures import finess

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("petit_stock"), pytest.mark.exigence("B34")]


@pytest.fixture
def support():
    return HabilitationFactory(role="support", structure=None).utilisateur


@pytest.fixture
def corriger(support):
    """Asks for a correction and applies it, as the support does in one click."""

    def acte(structure: Structure, champ: str, **saisies):
        vues = fiches.lire(structure, list(saisies))
        demande = demander_correction(
            structure_id=structure.pk, auteur=support, champ=champ, vues=vues, saisies=saisies, message="Erreur"
        )
        portail = Portail("https://ror.exemple.fr", Region.objects.first())
        return appliquer_demande(demande_id=demande.pk, auteur=support, portail=portail)

    return acte


def eg(numero: str) -> EntiteGeographique:
    return EntiteGeographique.objects.select_related("structure").get(structure__numero_finess=numero)


def attendent(numero: str) -> list[tuple]:
    return list(Ecart.objects.a_relire().filter(numero_finess=numero).values_list("champ", "avant", "apres"))


@pytest.fixture
def corrigee(classique, lancer, corriger):
    """A loaded stock whose first establishment has a phone number corrected by the support."""
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    corriger(eg(numero).structure, "telephone", telephone="0199009999")
    return numero


@pytest.mark.exigence("S91", "S92", "S93", "S94")
def test_while_finess_repeats_its_value_the_difference_is_decided_by_a_person(
    classique, lancer, corrigee, support, client
):
    classique.jour = "2026-10-02"
    classique.eg[corrigee]["libcategetab"] = "another text of the same line"
    execution = lancer(classique.ecrire())
    assert eg(corrigee).telephone == "0199009999"
    assert attendent(corrigee) == [("telephone", "0199009999", "0199002700")]
    assert execution.compteurs["a_relire"] == 1
    client.force_login(support)
    page = client.get(reverse("finess")).content.decode()
    assert "Valeur corrigée par le support\u00a0: FINESS dit toujours l’ancienne." in page


def test_it_is_told_even_when_nothing_else_changes_and_only_once(classique, lancer, corrigee):
    classique.jour = "2026-10-02"
    assert lancer(classique.ecrire()).compteurs["a_relire"] == 1
    classique.jour = "2026-10-03"
    assert lancer(classique.ecrire()).etat == Execution.Etat.INCHANGE
    assert len(attendent(corrigee)) == 1
    assert eg(corrigee).telephone == "0199009999"


def test_the_other_fields_of_the_same_line_still_come_in(classique, lancer, corrigee):
    classique.eg[corrigee]["siret"] = "77000000000999"
    execution = lancer(classique.ecrire())
    assert (execution.compteurs["appliques"], execution.compteurs["a_relire"]) == (1, 1)
    assert (eg(corrigee).siret, eg(corrigee).telephone) == ("77000000000999", "0199009999")
    assert CorrectionFiness.objects.exists()


def test_a_new_value_of_finess_is_news_again(classique, lancer, corrigee):
    classique.jour = "2026-10-02"
    lancer(classique.ecrire())
    classique.eg[corrigee]["telephone"] = "0199001111"
    lancer(classique.ecrire())
    assert eg(corrigee).telephone == "0199001111"
    assert attendent(corrigee) == []
    assert not CorrectionFiness.objects.exists()


def test_finess_taking_up_the_correction_ends_the_matter(classique, lancer, corrigee):
    classique.jour = "2026-10-02"
    lancer(classique.ecrire())
    classique.eg[corrigee]["telephone"] = "0199009999"
    lancer(classique.ecrire())
    assert attendent(corrigee) == []
    assert not CorrectionFiness.objects.exists()
    classique.eg[corrigee]["telephone"] = "0199002700"
    lancer(classique.ecrire())
    assert eg(corrigee).telephone == "0199002700"  # said anew, not repeated


def test_a_person_may_go_back_to_finess_or_leave_it(classique, lancer, corrigee, support):
    classique.jour = "2026-10-02"
    lancer(classique.ecrire())
    ignorer_ecarts(ecarts=list(Ecart.objects.a_relire().values_list("pk", flat=True)), auteur=support)
    classique.jour = "2026-10-03"
    lancer(classique.ecrire())
    assert attendent(corrigee) == []
    assert eg(corrigee).telephone == "0199009999"
    Ecart.objects.filter(champ="telephone").update(etat="relire")
    appliquer_ecarts(ecarts=list(Ecart.objects.a_relire().values_list("pk", flat=True)), auteur=support)
    assert eg(corrigee).telephone == "0199002700"
    assert not CorrectionFiness.objects.exists()


def test_a_simulation_says_the_same(classique, lancer, corrigee):
    classique.jour = "2026-10-02"
    execution = lancer(classique.ecrire(), simulation=True)
    assert (execution.compteurs.get("appliques", 0), execution.compteurs["a_relire"]) == (0, 1)


def test_a_corrected_number_does_not_bring_a_second_establishment(classique, lancer, corriger):
    lancer(classique.ecrire())
    ancien, nouveau = next(iter(classique.eg)), finess(654_321)
    corriger(eg(ancien).structure, "numero_finess", numero_finess=nouveau)
    nombre = Structure.objects.count()
    classique.jour = "2026-10-02"
    classique.eg[ancien]["telephone"] = "0199001111"
    execution = lancer(classique.ecrire())
    assert Structure.objects.count() == nombre
    rejet = Rejet.objects.get(execution=execution)
    assert (rejet.numero_finess, rejet.raison[:34]) == (ancien, "Numéro corrigé par le support\u00a0: ce")
    assert not Ecart.objects.a_relire().exists()
    assert eg(nouveau).structure.etat == "OUV"


def test_a_corrected_number_of_an_ej_keeps_its_establishments(classique, lancer, corriger):
    ancien, nouveau = classique.entite(finess(990_000)), finess(654_322)
    lancer(classique.ecrire(), classique.ecrire_ej())
    corriger(Structure.objects.get(numero_finess=ancien), "numero_finess", numero_finess=nouveau)
    classique.jour = "2026-10-02"
    for etablissement in classique.eg.values():
        etablissement["telephone"] = "0199001111"
    lancer(classique.ecrire(), classique.ecrire_ej())
    assert Structure.objects.filter(niveau="EJ").count() == 1
    assert Structure.objects.get(niveau="EJ").get_children().count() == 10
    assert not Ecart.objects.a_relire().exists()


def test_the_rules_know_what_finess_says_otherwise(classique, lancer, corriger, codes_categorie):
    lancer(classique.ecrire())
    numero = next(iter(classique.eg))
    structure = eg(numero).structure
    corriger(structure, "categorie", categorie="355")
    classique.jour = "2026-10-02"
    lancer(classique.ecrire())
    assert divergences_de(structure.pk)[CATEGORIE] == "Dans le ROR\u00a0: Centre hospitalier. Dans FINESS\u00a0: EHPAD."


@pytest.fixture
def codes_categorie():
    code("FINESS_CATEGORIE", "355", "Centre hospitalier")
    code("FINESS_CATEGORIE", "500", "EHPAD")


def test_on_the_sample_of_the_project(tmp_path, lancer, corriger):
    fichiers = sorted((Path(finess_sync.__file__).parent / "echantillon").glob("*.csv"))
    lancer(*fichiers)
    fiche = EntiteGeographique.objects.exclude(telephone="").select_related("structure").first()
    ancien = fiche.telephone
    corriger(fiche.structure, "telephone", telephone="0199009999")
    suivants = []
    for fichier in fichiers:
        texte = fichier.read_text().replace("2026-10-01", "2026-10-02", 1)
        suivants.append(tmp_path / fichier.name)
        suivants[-1].write_text(texte)
    execution = lancer(*suivants)
    assert execution.etat == Execution.Etat.REUSSI, execution.motif
    fiche.refresh_from_db()
    assert fiche.telephone == "0199009999"
    assert attendent(fiche.structure.numero_finess) == [("telephone", "0199009999", ancien)]
