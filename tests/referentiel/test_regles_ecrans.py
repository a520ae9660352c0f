"""The national rules on the screens: what stops a save, what is told after it, what an establishment shows (B31)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente
from referentiel.models import (
    CapaciteAccueil,
    CodePorte,
    EntiteGeographique,
    Lieu,
    Role,
    Structure,
    UniteOperationnelle,
)
from referentiel.qualite import divergences
from ror.commun.erreurs import SaisieInvalide
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory, UFFactory, UOFactory, UtilisateurFactory, code
from tests.formulaires import lire_formulaire

pytestmark = [pytest.mark.django_db, pytest.mark.exigence("B31")]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def hopital(listes):
    """An offer of a hospital, where CO3 looks at names."""
    for liste, valeur, libelle in (
        ("JDV_J17", "089", "Médecine pénitentiaire"),
        ("JDV_J17", "157", "Urgences polyvalentes hospitalières"),
        ("JDV_J17", "100", "Obstétrique"),
        ("JDV_J19", "28", "Hospitalisation complète"),
        ("JDV_J19", "33", "Accueil des urgences"),
        ("JDV_J19", "46", "Hébergement"),
        ("JDV_J20", "01", "MCO"),
    ):
        code(liste, valeur, libelle)
    etablissement = EGFactory(_detail={"categorie": "355", "finess_recu_le": timezone.localdate()}, groupe="MCO")
    return UOFactory(
        parent=UFFactory(parent=PoleFactory(parent=etablissement)), nom="Unité d’hospitalisation", groupe="MCO"
    )


@pytest.fixture
def editrice(client, hopital):
    personne = HabilitationFactory(structure=eg_de(hopital)).utilisateur
    client.force_login(personne)
    return personne


def eg_de(offre) -> Structure:
    return offre.get_ancestors().get(niveau="EG")


def ouvrir(client, structure, section):
    lien = reverse("fiche-section", args=[structure.pk, section])
    return lien, lire_formulaire(client.get(lien).content.decode(), lien)


def attente(structure):
    modification = modification_en_attente(structure)
    return {c.champ: c.propose for c in modification.changements.all()} if modification else {}


def publier(structure, auteur, **saisies):
    vues = fiches.lire(Structure.objects.get(pk=structure.pk))
    actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)
    actions.valider(structure_id=structure.pk, auteur=auteur, relue=True)


def test_a_uhsa_not_flagged_sensitive_is_refused_beside_the_field_and_nothing_is_lost(client, hopital, editrice):
    lien, envoi = ouvrir(client, hopital, "informations")
    reponse = client.post(lien, {**envoi, "nom": "UHSA de Villejuif", "age_min": "18"})
    assert reponse.status_code == 422
    page = reponse.content.decode()
    assert 'href="#id_unite_sensible">Unité sensible</a>' in page
    assert "D’après son nom, cette offre est à signaler «\u00a0unité sensible\u00a0»." in page
    garde = lire_formulaire(page, lien)
    assert (garde["nom"], garde["age_min"], garde["unite_sensible"]) == (["UHSA de Villejuif"], ["18"], ["non"])
    assert attente(hopital) == {}
    client.post(lien, {**garde, "unite_sensible": "oui"})
    assert attente(hopital) == {"nom": "UHSA de Villejuif", "age_min": 18, "unite_sensible": True}


def test_an_ordinary_unit_is_not_flagged_sensitive(client, hopital, editrice):
    lien, envoi = ouvrir(client, hopital, "informations")
    reponse = client.post(lien, {**envoi, "unite_sensible": "oui"})
    assert reponse.status_code == 422
    assert "est réservé aux unités pénitentiaires et NRBC" in reponse.content.decode()


@pytest.mark.parametrize("entetes", [{}, HTMX])
def test_the_field_of_another_section_joins_the_form_that_is_refused(client, hopital, editrice, entetes):
    lien, envoi = ouvrir(client, hopital, "activites")
    reponse = client.post(lien, {**envoi, "activites": ["089", "01"]}, headers=entetes)
    assert reponse.status_code == 422
    page = reponse.content.decode()
    assert "D’après l’activité «\u00a0Médecine pénitentiaire\u00a0»" in page
    garde = lire_formulaire(page, lien)
    assert sorted(garde["activites"]) == ["01", "089"]
    assert garde["unite_sensible"] == ["non"]
    page = client.post(lien, garde, headers=entetes).content.decode()  # still no: asked again, still there
    garde = lire_formulaire(page, lien)
    assert client.post(lien, {**garde, "unite_sensible": "oui"}, headers=entetes).status_code in (200, 302)
    assert attente(hopital) == {"activites": ["01", "089"], "unite_sensible": True}


def test_an_old_contradiction_does_not_stop_another_section_but_stops_the_broadcast(client, hopital, editrice):
    Structure.objects.filter(pk=hopital.pk).update(nom="UHSI")
    lien, envoi = ouvrir(client, hopital, "conditions")
    assert client.post(lien, {**envoi, "conditions_accueil": "Escorte"}, follow=True).status_code == 200
    assert attente(hopital) == {"conditions_accueil": "Escorte"}
    diffuser = reverse("fiche-valider", args=[hopital.pk])
    envoi = lire_formulaire(client.get(diffuser).content.decode(), diffuser)
    reponse = client.post(diffuser, {**envoi, "relue": "1"})
    assert reponse.status_code == 422
    assert "Règle nationale CO3." in reponse.content.decode()
    assert attente(hopital) == {"conditions_accueil": "Escorte"}
    lien, envoi = ouvrir(client, hopital, "informations")
    client.post(lien, {**envoi, "unite_sensible": "oui"})
    envoi = lire_formulaire(client.get(diffuser).content.decode(), diffuser)
    assert client.post(diffuser, {**envoi, "relue": "1"}).status_code == 302
    hopital.unite.refresh_from_db()
    assert hopital.unite.unite_sensible


def test_renaming_at_once_obeys_too(client, hopital, editrice):
    lien = reverse("fiche-renommer", args=[hopital.pk])
    reponse = client.post(lien, {"nom": "SMPR de Fresnes", "nom_vu": hopital.nom})
    assert reponse.status_code == 422
    assert "SMPR de Fresnes" in reponse.content.decode()
    assert "Règle nationale CO3." in reponse.content.decode()
    assert client.post(lien, {"nom": "Unité B", "nom_vu": hopital.nom}).status_code == 302


def test_a_uf_named_so_makes_its_offers_sensitive(hopital, editrice):
    uf = hopital.parent
    actions.renommer(structure_id=uf.pk, auteur=editrice, nom="USMP")
    with pytest.raises(SaisieInvalide) as refus:
        publier(hopital, editrice, nom="Consultations")
    assert "le nom de son unité fonctionnelle" in refus.value.erreurs["unite_sensible"]


def test_what_is_to_check_is_told_after_saving_and_before_broadcasting(client, hopital, editrice):
    publier(hopital, editrice, activites=["157"])
    lien, envoi = ouvrir(client, hopital, "informations")
    reponse = client.post(lien, {**envoi, "mode_prise_en_charge": "33"}, follow=True)
    page = reponse.content.decode()
    assert "1\u00a0point à vérifier" in page
    for attendu in ("CO1", "Importante", "Cohérence", "Ajoutez le mot «\u00a0urgences\u00a0» au nom de l’offre."):
        assert attendu in page
    assert f'href="{lien}#id_nom">Aller au champ' in page
    assert 'id="id_nom"' in client.get(lien).content.decode()
    diffuser = reverse("fiche-valider", args=[hopital.pk])
    avant = client.get(diffuser).content.decode()
    assert "Cette offre accueille des urgences et son nom ne le dit pas." in avant
    envoi = lire_formulaire(avant, diffuser)
    assert client.post(diffuser, {**envoi, "relue": "1"}).status_code == 302  # a warning does not block
    unite = UniteOperationnelle.objects.get(pk=hopital.pk)
    assert unite.relue_par == editrice
    assert unite.mode_prise_en_charge.code == "33"
    client.force_login(UtilisateurFactory())
    assert "Règles nationales" not in client.get(reverse("fiche", args=[hopital.pk])).content.decode()


def test_a_section_saved_in_place_brings_its_points(client, hopital, editrice):
    publier(hopital, editrice, activites=["157"])
    lien, envoi = ouvrir(client, hopital, "informations")
    page = client.post(lien, {**envoi, "mode_prise_en_charge": "33"}, headers=HTMX).content.decode()
    suivi = page[page.index('id="suivi"') :]
    assert "1\u00a0point à vérifier" in suivi


def test_no_place_installed_leads_to_the_beds_and_places_of_the_lieu(client, hopital, editrice):
    etablissement = eg_de(hopital)
    EntiteGeographique.objects.filter(structure=etablissement).update(categorie="500")
    lieu = Lieu.objects.create(etablissement=etablissement, nom="Bâtiment A")
    hopital.unite.lieux.add(lieu)
    hopital.unite.mode_prise_en_charge = code("JDV_J19", "46", "Hébergement")
    hopital.unite.save()
    CapaciteAccueil.objects.create(
        lieu=lieu, nature="02", statut="01", temporalite="01", nombre=0, maj_le=timezone.now()
    )
    carte = client.get(reverse("fiche", args=[hopital.pk])).content.decode()
    carte = carte[carte.index('id="regles"') :]
    assert "CP6" in carte
    adresse = f"{reverse('lieu-section', args=[lieu.pk, 'capacitaire'])}#capacites-ajouter"
    assert f'href="{adresse}">Aller au champ « Capacitaire »' in carte
    assert 'id="capacites-ajouter"' in client.get(adresse).content.decode()


def test_co2_looks_at_the_other_offers_of_the_establishment(client, hopital, editrice):
    publier(hopital, editrice, activites=["100"], mode_prise_en_charge="28")
    page = client.get(reverse("fiche", args=[hopital.pk])).content.decode()
    assert "aucune de ces offres n’a «\u00a0maternité\u00a0» dans son nom" in page.lower()
    autre = UOFactory(parent=hopital.parent, nom="Maternité", groupe="MCO")
    publier(autre, editrice, activites=["100"], mode_prise_en_charge="28")
    assert "dans son nom" not in client.get(reverse("fiche", args=[hopital.pk])).content.decode()


class TestEtablissement:
    def carte(self, client, etablissement) -> str:
        page = client.get(reverse("fiche", args=[etablissement.pk])).content.decode()
        debut = page.index('id="regles"')
        return page[debut : page.index("</section>", debut)]

    def test_it_says_each_rule_with_the_offers_that_break_it(self, client, hopital, editrice):
        etablissement = eg_de(hopital)
        CodePorte.objects.create(structure=hopital, attribut="activites", code=code("JDV_J17", "089"))
        UniteOperationnelle.objects.filter(pk=hopital.pk).update(
            relue_le=timezone.now() - timedelta(days=400), mode_prise_en_charge=code("JDV_J19", "28")
        )
        carte = self.carte(client, etablissement)
        assert "2\u00a0règles à corriger" in carte
        assert f'<a href="{reverse("fiche", args=[hopital.pk])}#regles">{hopital.nom}</a>' in carte
        for code_regle in ("EX1.2", "EX2", "EX3", "EX4", "EX5", "ST2", "ST3", "CO1", "CO2", "CO3", "CO4", "CP5", "CP6"):
            assert f"<strong>{code_regle}</strong>" in carte or f"{code_regle} (" in carte
        assert "Les autorisations d’activité de FINESS ne sont pas dans le Répertoire." in carte
        assert "0 sur 1\u00a0offre l’est." in carte

    def test_an_update_counts_for_re12_and_a_re_reading_for_the_guides(self, client, hopital, editrice):
        hier = timezone.now() - timedelta(days=500)
        Structure.objects.filter(pk=hopital.pk).update(cree_le=hier)
        etablissement = eg_de(hopital)
        assert "0 offre sur 1 mise à jour depuis un an" in self.carte(client, etablissement)
        publier(hopital, editrice, conditions_accueil="Chambres seules")
        carte = self.carte(client, etablissement)
        assert "1 offre sur 1 mise à jour depuis un an" in carte
        assert "1 sur 1\u00a0offre l’est." in carte

    def test_what_finess_says_otherwise_is_told(self, client, hopital, editrice, monkeypatch):
        monkeypatch.setattr(divergences, "_sources", [lambda pk: {divergences.CATEGORIE: "FINESS dit 101."}])
        assert "FINESS dit 101." in self.carte(client, eg_de(hopital))

    def test_readers_do_not_see_it(self, client, hopital):
        client.force_login(HabilitationFactory(structure=eg_de(hopital), role=Role.LECTEUR).utilisateur)
        assert 'id="regles"' not in client.get(reverse("fiche", args=[eg_de(hopital).pk])).content.decode()

    def test_its_queries_do_not_follow_the_number_of_offers(self, client, hopital, editrice):
        etablissement = eg_de(hopital)

        def requetes() -> int:
            with CaptureQueriesContext(connection) as lues:
                self.carte(client, etablissement)
            return len(lues)

        requetes()
        avant = requetes()
        for n in range(15):
            offre = UOFactory(parent=hopital.parent, groupe="MCO", nom=f"UHSI {n}")
            CodePorte.objects.create(structure=offre, attribut="activites", code=code("JDV_J17", "100"))
        assert requetes() == avant
