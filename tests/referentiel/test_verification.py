"""The dates of verification of an offer, section by section: re-read, published, marked as up to date (M9)."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.actions.verifications import sections_verifiables, verifier_sections
from referentiel.models import EntreeJournal, Modification, Structure, VerificationSection
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from ror.commun.francais import date_fr
from tests.fabriques import EGFactory, HabilitationFactory, UtilisateurFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
SECTIONS = sections_verifiables(Niveau.UO)


def page(client, structure) -> str:
    return client.get(reverse("fiche", args=[structure.pk])).content.decode()


def carte(texte: str, section: str) -> str:
    """The card of one section alone."""
    return re.search(rf'<section class="carte" id="{section}".*?</section>', texte, re.DOTALL)[0]


def adresse(structure, section: str) -> str:
    return reverse("section-a-jour", args=[structure.pk, section])


def formulaire(client, structure, section: str) -> dict:
    return lire_formulaire(page(client, structure), adresse(structure, section))


def saisir(structure, auteur, **saisies):
    vues = fiches.lire(Structure.objects.get(pk=structure.pk))
    return actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)


def dater(structure, auteur, jours: int, *sections: str) -> str:
    """Verifies sections some days ago; returns the text of that day."""
    le = timezone.now() - timedelta(days=jours)
    verifier_sections(structure, auteur, sections, le)
    return date_fr(timezone.localdate(le))


def dates(structure) -> dict:
    return dict(structure.verifications.values_list("section", "verifiee_le"))


@pytest.mark.exigence("M9")
def test_chaque_lecteur_lit_la_date_de_chaque_section(client, offre, referente):
    mai, janvier = dater(offre, referente, 60, "horaires"), dater(offre, referente, 180, "contacts")
    client.force_login(UtilisateurFactory())
    texte = page(client, offre)
    assert f"Vérifié le {mai}<" in carte(texte, "horaires")
    assert f"Vérifié le {janvier}<" in carte(texte, "contacts")
    assert "Vérifié le" not in carte(texte, "activites")
    assert "Marquer comme à jour" not in texte


@pytest.mark.exigence("M9")
@pytest.mark.parametrize(("jours", "age"), [(360, ""), (440, "il y a 14\u00a0mois"), (1200, "il y a 3\u00a0ans")])
def test_une_verification_ancienne_dit_son_age(client, offre, referente, time_machine, jours, age):
    time_machine.move_to("2026-11-20T12:00:00+01:00")
    jour = dater(offre, referente, jours, "horaires")
    texte = carte(page(client, offre), "horaires")
    assert f"Vérifié le {jour}" + (f", {age}" if age else "<") in texte
    assert ("verifiee-ancienne" in texte) is bool(age)


@pytest.mark.exigence("M9", "S108")
def test_valider_l_offre_verifie_toutes_ses_sections(client, offre, referente):
    valider = reverse("fiche-valider", args=[offre.pk])
    envoi = lire_formulaire(page(client, offre), valider)
    texte = client.post(valider, {**envoi, "relue": "1"}, follow=True).content.decode()
    jour = f"Vérifié le {date_fr(timezone.localdate())}<"
    assert all(jour in carte(texte, section) for section in SECTIONS)
    assert "Marquer comme à jour" not in texte


@pytest.mark.exigence("M9")
def test_publier_une_section_la_verifie_a_la_date_de_publication(client, offre, referente, collegue):
    saisir(offre, referente, conditions_accueil="Animaux acceptés")
    demain = timezone.localdate() + timedelta(days=1)
    actions.valider(structure_id=offre.pk, auteur=collegue, relue=True, date_effet=demain)
    dater(offre, referente, 100, *SECTIONS)
    Modification.objects.update(date_effet=timezone.localdate())
    actions.publier_echues()
    texte = page(client, offre)
    assert f"Vérifié le {date_fr(timezone.localdate())}<" in carte(texte, "conditions")
    assert f"Vérifié le {date_fr(timezone.localdate())}<" not in carte(texte, "horaires")
    assert offre.verifications.get(section="conditions").verifiee_par == collegue


@pytest.mark.exigence("M9")
def test_marquer_comme_a_jour_ne_verifie_que_sa_section(client, offre, referente):
    dater(offre, referente, 400, *SECTIONS)
    avant = dates(offre)
    envoi = formulaire(client, offre, "horaires")
    reponse = client.post(adresse(offre, "horaires"), envoi)
    assert reponse["Location"] == reverse("fiche", args=[offre.pk]) + "#horaires"
    texte = page(client, offre)
    assert f"Vérifié le {date_fr(timezone.localdate())}<" in carte(texte, "horaires")
    assert "Marquer comme à jour" not in carte(texte, "horaires")
    assert {s for s, le in dates(offre).items() if le != avant[s]} == {"horaires"}
    entree = EntreeJournal.objects.get()
    assert entree.phrases == ["Horaires\u00a0: vérifié et marqué comme à jour, sans modification."]
    assert (entree.auteur, entree.changements) == (referente, [])
    assert entree.phrases[0] in client.get(reverse("historique", args=[offre.pk])).content.decode()
    assert "Jamais relue" in texte  # the yearly re-reading is another duty (S110)
    assert Structure.objects.get(pk=offre.pk).version == 1


def test_avec_htmx_la_carte_revient_seule_et_garde_le_focus(client, offre, referente):
    envoi = formulaire(client, offre, "contacts")
    reponse = client.post(adresse(offre, "contacts"), envoi, headers={"HX-Request": "true"})
    assert reponse.status_code == 200
    lue = carte(reponse.content.decode(), "contacts")
    assert f"Vérifié le {date_fr(timezone.localdate())}<" in lue
    assert "data-focus" in lue
    assert "marqué comme à jour" in reponse.content.decode()


def test_le_double_envoi_dit_que_c_est_fait(client, offre, referente, collegue):
    envoi = formulaire(client, offre, "horaires")
    client.post(adresse(offre, "horaires"), envoi)
    client.force_login(collegue)
    texte = client.post(adresse(offre, "horaires"), envoi, follow=True).content.decode()
    assert f"section déjà vérifiée aujourd’hui par {referente}" in texte
    assert EntreeJournal.objects.count() == 1


def publier(structure, auteur, **saisies) -> None:
    saisir(structure, auteur, **saisies)
    actions.valider(structure_id=structure.pk, auteur=auteur, relue=True)
    dater(structure, auteur, 400, *SECTIONS)


def test_une_section_publiee_depuis_la_lecture_est_a_relire(client, offre, referente, collegue):
    envoi = formulaire(client, offre, "conditions")
    publier(offre, collegue, conditions_accueil="Animaux acceptés")
    reponse = client.post(adresse(offre, "conditions"), envoi, headers={"HX-Request": "true"})
    texte = reponse.content.decode()
    assert reponse.status_code == 409
    assert reponse["HX-Retarget"] == "#conditions"
    assert "Conditions\u00a0: cette section a changé depuis l’affichage de la page." in texte
    assert "Animaux acceptés" in carte(texte, "conditions")
    suite = lire_formulaire(texte, adresse(offre, "conditions"))
    assert client.post(adresse(offre, "conditions"), suite).status_code == 302


def test_une_autre_section_publiee_depuis_ne_gene_pas(client, offre, referente, collegue):
    envoi = formulaire(client, offre, "horaires")
    publier(offre, collegue, conditions_accueil="Animaux acceptés")
    assert client.post(adresse(offre, "horaires"), envoi).status_code == 302
    assert timezone.localdate(dates(offre)["horaires"]) == timezone.localdate()


def test_ce_qui_attend_dans_la_section_passe_d_abord(client, offre, referente, collegue):
    envoi = formulaire(client, offre, "conditions")
    saisir(offre, collegue, conditions_accueil="Animaux acceptés")
    assert "Marquer comme à jour" not in carte(page(client, offre), "conditions")
    reponse = client.post(adresse(offre, "conditions"), envoi)
    assert reponse.status_code == 409
    assert "des modifications non diffusées attendent dans cette section" in reponse.content.decode()
    assert not VerificationSection.objects.exists()


@pytest.mark.parametrize("version", ["", "x", "-1", "١", "9" * 400])
def test_une_version_illisible_se_dit(client, offre, referente, version):
    reponse = client.post(adresse(offre, "horaires"), {"version": version})
    assert reponse.status_code == 409
    assert "Cette page n’est plus à jour." in reponse.content.decode()
    assert not VerificationSection.objects.exists()


@pytest.mark.parametrize("section", ["adresse", "inconnue", "lieu"])
def test_une_section_qui_n_est_pas_de_l_offre_se_refuse(client, offre, referente, section):
    reponse = client.post(adresse(offre, section), {"version": "1"})
    assert reponse.status_code == 422
    assert "Cette section ne se marque pas comme à jour." in reponse.content.decode()


def test_une_fiche_fermee_ne_se_marque_plus(client, offre, referente):
    envoi = formulaire(client, offre, "horaires")
    Structure.objects.filter(pk=offre.pk).update(etat=Etat.FERMEE)
    reponse = client.post(adresse(offre, "horaires"), envoi)
    assert reponse.status_code == 409
    assert "fermée définitivement" in reponse.content.decode()


def test_hors_de_son_perimetre_rien_ne_se_marque(client, offre, referente):
    client.force_login(HabilitationFactory(structure=EGFactory()).utilisateur)
    assert client.post(adresse(offre, "horaires"), {"version": "1"}).status_code == 403
    assert client.post(adresse(Structure(pk=9_999_999), "horaires")).status_code == 404
    assert not VerificationSection.objects.exists()


def test_l_adresse_du_formulaire_se_visite_sans_dommage(client, offre, referente):
    assert client.get(adresse(offre, "horaires"))["Location"].endswith("#horaires")


def test_un_etablissement_se_verifie_aussi_section_par_section(client, offre, referente):
    envoi = formulaire(client, offre.parent, "contacts")
    client.post(adresse(offre.parent, "contacts"), envoi)
    assert set(dates(offre.parent)) == {"contacts"}
    assert f"Vérifié le {date_fr(timezone.localdate())}<" in carte(page(client, offre.parent), "contacts")


def test_la_relecture_reste_quand_une_colonne_se_publie_en_meme_temps(client, offre, referente):
    saisir(offre, referente, age_min=61)
    valider = reverse("fiche-valider", args=[offre.pk])
    client.post(valider, {**lire_formulaire(page(client, offre), valider), "relue": "1"})
    unite = Structure.objects.get(pk=offre.pk).unite
    assert (unite.age_min, unite.relue_par) == (61, referente)
    assert unite.history.latest().relue_par == referente
