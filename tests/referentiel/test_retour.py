"""« Annuler ce changement »: undoing what was published, through its pages (M4)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from referentiel import actions, fiches
from referentiel.actions.lieux import lire_lieu
from referentiel.changements import Changement
from referentiel.models import EntreeJournal, Lieu, Modification, Role, Structure
from referentiel.models.structure import Etat
from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory, code
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


def diffuser(structure, auteur, **saisies) -> EntreeJournal:
    """Types, then broadcasts at once; returns the entry of the journal."""
    vues = lire(structure)
    actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)
    actions.valider(structure_id=structure.pk, auteur=auteur, relue=True)
    return EntreeJournal.objects.filter(structure=structure).latest("pk")


def lire(structure) -> dict:
    return fiches.lire(Structure.objects.get(pk=structure.pk))


def adresse(entree) -> str:
    return reverse("journal-annuler", args=[entree.pk])


def question(client, entree) -> str:
    reponse = client.get(adresse(entree))
    assert reponse.status_code == 200
    return reponse.content.decode()


def confirmer(client, entree, **saisies):
    return client.post(adresse(entree), {**lire_formulaire(question(client, entree), ""), **saisies}, follow=True)


def historique(client, structure) -> str:
    return client.get(reverse("historique", args=[structure.pk])).content.decode()


@pytest.mark.exigence("M4")
def test_un_changement_publie_s_annule_depuis_l_historique(client, offre, referente):
    diffuser(offre, referente, age_min=62)
    entree = diffuser(offre, referente, nom="Unité A", activites=["01", "02"])
    diffuser(offre, referente, conditions_accueil="Animaux acceptés")
    assert f'href="{adresse(entree)}"' in historique(client, offre)
    page = question(client, entree)
    assert "Nom\u00a0: Unité A → Unité d’hébergement" in page
    assert "retrait de «\u00a0Consultation mémoire\u00a0»" in page
    assert lire(offre)["nom"] == "Unité A"
    texte = confirmer(client, entree, motif="Mauvaise unité").content.decode()
    assert "Le changement est annulé" in texte
    assert "Mauvaise unité" in texte
    assert f"Annulé par {referente.nom_complet}" in texte
    valeurs = lire(offre)
    assert (valeurs["nom"], valeurs["activites"]) == ("Unité d’hébergement", [])
    assert (valeurs["age_min"], valeurs["conditions_accueil"]) == (62, "Animaux acceptés")
    retour = EntreeJournal.objects.latest("pk")
    assert (retour.retour_de, retour.auteur, retour.motif) == (entree, referente, "Mauvaise unité")


@pytest.mark.exigence("M4")
def test_une_annulation_s_annule_a_son_tour(client, offre, referente):
    entree = diffuser(offre, referente, nom="Unité A")
    confirmer(client, entree)
    retour = EntreeJournal.objects.latest("pk")
    confirmer(client, retour)
    assert lire(offre)["nom"] == "Unité A"
    assert EntreeJournal.objects.latest("pk").retour_de == retour


@pytest.mark.exigence("M4")
@pytest.mark.parametrize(("reponse", "gardee"), [("imposer", "Unité d’hébergement"), ("garder", "Unité B")])
def test_ce_qui_a_change_depuis_se_choisit(client, offre, referente, collegue, reponse, gardee):
    entree = diffuser(offre, referente, nom="Unité A", age_min=62)
    actions.renommer(structure_id=offre.pk, auteur=collegue, nom="Unité B")
    page = question(client, entree)
    assert f"Valeur diffusée par {collegue}" in page
    sans_reponse = client.post(adresse(entree), lire_formulaire(page, ""))
    assert sans_reponse.status_code == 409
    assert lire(offre)["nom"] == "Unité B"
    nom = page.split('type="radio" name="')[1].split('"')[0]
    confirmer(client, entree, **{nom: reponse})
    assert (lire(offre)["nom"], lire(offre)["age_min"]) == (gardee, 60)


def test_tout_garder_n_ecrit_rien(client, offre, referente, collegue):
    entree = diffuser(offre, referente, nom="Unité A")
    actions.renommer(structure_id=offre.pk, auteur=collegue, nom="Unité B")
    nom = question(client, entree).split('type="radio" name="')[1].split('"')[0]
    nombre = EntreeJournal.objects.count()
    assert "rien n’est annulé" in confirmer(client, entree, **{nom: "garder"}).content.decode()
    assert EntreeJournal.objects.count() == nombre


@pytest.mark.exigence("M4", "B21")
def test_une_annulation_se_programme(client, offre, referente):
    entree = diffuser(offre, referente, nom="Unité A")
    jour = timezone.localdate() + timedelta(days=4)
    texte = confirmer(client, entree, date_effet=jour.isoformat(), motif="Fin des travaux").content.decode()
    assert "L’annulation est prévue le" in texte
    assert lire(offre)["nom"] == "Unité A"
    a_venir = client.get(reverse("fiche-a-venir", args=[offre.pk])).content.decode()
    assert "Unité A → Unité d’hébergement" in a_venir
    assert "Annule un changement du" in a_venir
    assert "déjà prévue le" in confirmer(client, entree, date_effet=jour.isoformat()).content.decode()
    assert Modification.objects.filter(retour_de=entree).count() == 1
    Modification.objects.update(date_effet=timezone.localdate())
    assert actions.publier_echues() == 1
    retour = EntreeJournal.objects.latest("pk")
    assert (lire(offre)["nom"], retour.retour_de, retour.motif) == ("Unité d’hébergement", entree, "Fin des travaux")


def test_le_double_envoi_n_annule_qu_une_fois(client, offre, referente):
    entree = diffuser(offre, referente, nom="Unité A")
    envoi = lire_formulaire(question(client, entree), "")
    client.post(adresse(entree), envoi)
    texte = client.post(adresse(entree), envoi, follow=True).content.decode()
    assert "il n’y a rien à annuler" in texte
    assert EntreeJournal.objects.filter(retour_de=entree).count() == 1
    assert "il n’y a rien à annuler" in question(client, entree)


@pytest.mark.parametrize("jeton", ["", "forgé", None])
def test_ce_qu_on_n_a_pas_vu_n_est_pas_annule(client, offre, referente, collegue, jeton):
    entree = diffuser(offre, referente, nom="Unité A")
    envoi = lire_formulaire(question(client, entree), "")
    if jeton is None:
        diffuser(offre, collegue, conditions_accueil="Animaux acceptés")
    else:
        envoi["vu"] = jeton
    reponse = client.post(adresse(entree), {**envoi, "motif": "Erreur de saisie"})
    assert reponse.status_code == 409
    texte = reponse.content.decode()
    assert "Relisez avant de confirmer" in texte
    assert lire_formulaire(texte, "")["motif"] == ["Erreur de saisie"]
    assert lire(offre)["nom"] == "Unité A"


@pytest.mark.parametrize(
    ("saisie", "message"),
    [
        ({"motif": "x" * 256}, "255 caractères au plus"),
        ({"date_effet": "2020-01-01"}, "La date d’effet est passée"),
        ({"date_effet": "2099-01-01"}, "à plus de deux ans"),
        ({"date_effet": "jamais"}, "écrivez une date"),
    ],
)
def test_une_saisie_irrecevable_dit_pourquoi(client, offre, referente, saisie, message):
    entree = diffuser(offre, referente, nom="Unité A")
    reponse = client.post(adresse(entree), {**lire_formulaire(question(client, entree), ""), **saisie})
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    assert lire(offre)["nom"] == "Unité A"


def test_qui_ne_diffuse_pas_n_annule_pas(client, offre, referente):
    entree = diffuser(offre, referente, nom="Unité A")
    for personne in (UtilisateurFactory(), HabilitationFactory(structure=None, role=Role.LECTEUR).utilisateur):
        client.force_login(personne)
        assert adresse(entree) not in historique(client, offre)
        assert client.get(adresse(entree)).status_code == 403
        assert client.post(adresse(entree)).status_code == 403
    assert client.get(reverse("journal-annuler", args=[10**9])).status_code == 404


def test_ce_qui_ne_change_aucune_valeur_ne_s_annule_pas(client, offre, referente):
    actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
    relecture = EntreeJournal.objects.get()
    assert adresse(relecture) not in historique(client, offre)
    assert client.get(adresse(relecture)).status_code == 409
    relecture.changements = [Changement("etat", "OUV", "PRO").en_json()]
    relecture.save()
    reponse = client.get(adresse(relecture))
    assert reponse.status_code == 409
    assert "faites le geste inverse" in reponse.content.decode()


def test_une_fiche_fermee_ne_s_annule_pas(client, offre, referente):
    entree = diffuser(offre, referente, nom="Unité A")
    envoi = lire_formulaire(question(client, entree), "")
    Structure.objects.filter(pk=offre.pk).update(etat=Etat.FERMEE)
    reponse = client.post(adresse(entree), envoi)
    assert reponse.status_code == 409
    assert "fermée définitivement" in reponse.content.decode()


def test_un_code_qui_n_est_plus_propose_ne_revient_pas(client, offre, referente):
    diffuser(offre, referente, activites=["01", "02"])
    entree = diffuser(offre, referente, activites=["02"])
    ancien = code("JDV_J17", "01")
    ancien.actif = False
    ancien.save()
    reponse = confirmer(client, entree)
    assert reponse.status_code == 422
    assert "n’est plus proposée" in reponse.content.decode()
    assert lire(offre)["activites"] == ["02"]


@pytest.mark.exigence("M4")
def test_une_donnee_finess_s_annule_par_le_support_seul(client, offre, referente):
    eg = offre.parent
    entree = EntreeJournal.objects.create(
        structure=eg,
        version=2,
        le=timezone.now(),
        origine=EntreeJournal.Origine.FINESS,
        phrases=["Téléphone : 0199002700 → 0199002701"],
        changements=[Changement("telephone", "0199002700", "0199002701").en_json()],
    )
    eg.entite_geographique.telephone = "0199002701"
    eg.entite_geographique.save()
    Structure.objects.filter(pk=eg.pk).update(version=2)
    page = historique(client, eg)
    assert "le support seul peut l’annuler" in page
    assert adresse(entree) not in page
    reponse = client.get(adresse(entree))
    assert reponse.status_code == 403
    assert "seul le support" in reponse.content.decode()
    client.force_login(HabilitationFactory(structure=None, role=Role.SUPPORT).utilisateur)
    assert "son prochain passage les proposera de nouveau" in question(client, entree)
    demain = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert confirmer(client, entree, date_effet=demain).status_code == 422
    confirmer(client, entree)
    assert lire(eg)["telephone"] == "0199002700"
    assert EntreeJournal.objects.latest("pk").origine == EntreeJournal.Origine.SUPPORT


@pytest.mark.exigence("M4")
def test_le_changement_d_un_lieu_s_annule(client, offre, referente):
    lieu = Lieu.objects.create(etablissement=offre.parent, nom="Site A", acces="Parking")
    vues = lire_lieu(lieu)
    actions.modifier_lieu(lieu_id=lieu.pk, auteur=referente, vues=vues, saisies={"nom": "Site B", "acces": "Tramway"})
    entree = EntreeJournal.objects.get()
    assert f'href="{adresse(entree)}"' in historique(client, offre.parent)
    assert "Nom\u00a0: Site B → Site A" in question(client, entree)
    confirmer(client, entree, motif="Erreur de site")
    lieu.refresh_from_db()
    assert (lieu.nom, lieu.acces) == ("Site A", "Parking")
    retour = EntreeJournal.objects.latest("pk")
    assert (retour.retour_de, retour.motif) == (entree, "Erreur de site")
    confirmer(client, retour)
    lieu.refresh_from_db()
    assert lieu.nom == "Site B"
    lieu.delete()
    assert client.get(adresse(retour)).status_code == 409


class AnnulerTout(TestCase):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_tout_annuler_rend_la_fiche_du_depart(self, data) -> None:
        """In the database: any publications undone from the latest, then the undos undone: nothing is lost."""
        RegionFactory()
        for liste, valeurs in (("JDV_J29", ("01", "02", "03")), ("JDV_J37", ("a", "mo")), ("JDV_J222", ("1",))):
            for valeur in valeurs:
                code(liste, valeur)
        offre = UOFactory()
        auteur = HabilitationFactory(structure=offre.parent).utilisateur
        depart = lire(offre)
        for _ in range(data.draw(st.integers(1, 4))):
            diffuser(offre, auteur, **data.draw(saisies))
        arrivee = lire(offre)
        faites = list(EntreeJournal.objects.filter(structure=offre).exclude(changements=[]).order_by("-pk"))
        for entree in faites:
            actions.annuler_publication(entree_id=entree.pk, auteur=auteur)
        assert lire(offre) == depart
        retours = EntreeJournal.objects.filter(structure=offre, retour_de__isnull=False).order_by("-pk")
        for entree in list(retours):
            actions.annuler_publication(entree_id=entree.pk, auteur=auteur)
        assert lire(offre) == arrivee


cles_de_contacts = st.sampled_from(["7f0a3f8e-0000-4000-8000-000000000001", "7f0a3f8e-0000-4000-8000-000000000002"])
saisies = st.fixed_dictionaries(
    {},
    optional={
        "nom": st.sampled_from(["Unité A", "Unité B", "Unité C"]),
        "age_min": st.integers(0, 60),
        "conditions_accueil": st.sampled_from(["", "Animaux", "Chambres seules"]),
        "publics": st.lists(st.sampled_from(["01", "02", "03"]), unique=True),
        "horaires": st.dictionaries(
            st.sampled_from(["p1/1", "p1/2"]),
            st.sampled_from([[{"debut": 540, "fin": 720}], [{"debut": 0, "fin": 60}]]),
        ).map(lambda jours: {"p1": {"feries": "ferme"}, **jours}),
        "contacts": st.dictionaries(
            cles_de_contacts,
            st.fixed_dictionaries(
                {
                    "rang": st.just(0),
                    "nom": st.sampled_from(["Admissions", "Accueil"]),
                    "confidentialite": st.sampled_from(["1"]),
                }
            ),
        ),
    },
)
