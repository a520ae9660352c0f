"""The page of an offer: what everybody reads, and what its editors see besides."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.champs import Saisie, champs_de
from referentiel.horaires import Horaires, Periode, Plage, en_table
from referentiel.models import CodePorte, Contact, Lieu, LigneHoraire, Structure, Telecom, UniteOperationnelle
from referentiel.niveaux import Niveau
from referentiel.ouvertures import Ouverture, ouverture_de
from referentiel.presentation import Fiche
from tests.fabriques import UOFactory, UtilisateurFactory, code

pytestmark = pytest.mark.django_db
TOUJOURS = {"p1": {"feries": "comme_semaine"}, **{f"p1/{j}": [{"debut": 0, "fin": 1440}] for j in range(1, 8)}}


def page(client, structure) -> str:
    reponse = client.get(reverse("fiche", args=[structure.pk]))
    assert reponse.status_code == 200
    return reponse.content.decode()


def saisir(structure, auteur, **saisies):
    vues = fiches.lire(Structure.objects.get(pk=structure.pk))
    return actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)


@pytest.mark.exigence("S43", "S71", "S72", "S100")
def test_chaque_section_a_son_modifier_et_le_type_se_lit_sans_se_changer(client, offre, referente):
    unite = offre.unite
    unite.type_offre = code("TRE_R244", "1", "Hébergement complet")
    unite.save()
    texte = page(client, offre)
    for cle in ("informations", "contacts", "activites", "actes", "accueil", "conditions", "horaires"):
        assert f'href="{reverse("fiche-section", args=[offre.pk, cle])}"' in texte
    assert "Type d’UO\u00a0: Hébergement complet" in texte
    assert "★ Médico-Social et Social" in texte
    assert 'name="type_offre"' not in texte


@pytest.mark.exigence("S67", "S91")
def test_l_adresse_finess_est_verrouillee_avec_sa_provenance(client, offre, referente):
    eg = offre.parent.entite_geographique
    eg.numero_voie, eg.libelle_voie, eg.code_postal, eg.localite = "4", "ALLEE DES GLYCINES", "77990", "VALMONT"
    eg.finess_recu_le = timezone.localdate()
    eg.save()
    texte = page(client, offre)
    assert "4 ALLEE DES GLYCINES, 77990 VALMONT" in texte
    assert "Demander une correction" in texte
    assert "<b>FINESS</b>" in texte


@pytest.mark.exigence("S107")
def test_ce_qui_attend_se_voit_des_seuls_editeurs(client, offre, referente, collegue):
    saisir(offre, referente, conditions_accueil="Animaux acceptés")
    texte = page(client, offre)
    assert "Modifié, non diffusé" in texte
    assert "Animaux acceptés" in texte
    assert "1\u00a0section modifiée non diffusée" in texte
    client.force_login(collegue)
    assert "Animaux acceptés" in page(client, offre)
    client.force_login(UtilisateurFactory())
    texte = page(client, offre)
    assert "Animaux acceptés" not in texte
    assert "Modifié, non diffusé" not in texte
    assert "Modifier" not in texte[texte.index("<h1>") :]


@pytest.mark.exigence("S87")
def test_ouvert_maintenant_et_la_phrase(client, offre, referente):
    saisir(offre, referente, horaires=TOUJOURS)
    actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
    texte = page(client, offre)
    assert texte.count("Ouvert sans interruption, jour et nuit") == 2, "the head and the hours say the same"
    assert "Ouvert 24\u00a0h/24 et 7\u00a0j/7, jours fériés compris." in texte


def test_le_volet_du_repertoire_dit_aussi_si_l_offre_est_ouverte(client, offre, referente):
    adresse = f"{reverse('repertoire')}?fiche={offre.pk}"
    assert "Horaires non renseignés" in client.get(adresse).content.decode()
    saisir(offre, referente, horaires=TOUJOURS)
    actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
    assert "Ouvert sans interruption, jour et nuit" in client.get(adresse).content.decode()
    assert "sans interruption" not in client.get(f"{reverse('repertoire')}?fiche={offre.parent_id}").content.decode()


def test_l_heure_est_celle_du_departement(time_machine, offre):
    time_machine.move_to("2026-11-20T06:00:00+01:00")  # 9 h at La Réunion
    table = {"p1": {"feries": "comme_semaine"}, "p1/5": [{"debut": 510, "fin": 720}]}

    def dite(departement, table=table):
        offre.departement = departement
        return ouverture_de(offre, table, timezone.now())

    assert dite("974") == Ouverture("Ouvert jusqu’à 12\u00a0h", True)
    assert dite("77") == Ouverture("Fermé, ouvre à 8\u00a0h\u00a030", False)
    time_machine.move_to("2026-11-21T12:00:00+01:00")
    assert dite("77") == Ouverture("Fermé, ouvre vendredi à 8\u00a0h\u00a030", False)
    assert dite("77", {}) == Ouverture("Horaires non renseignés", None)


@pytest.mark.exigence("S110")
@pytest.mark.parametrize(
    ("jours", "mot"),
    [(None, "Jamais relue"), (10, "Relecture à jour"), (350, "À relire dans"), (400, "Relecture en retard de")],
)
def test_la_fraicheur_se_dit(client, offre, referente, jours, mot):
    relue_le = None if jours is None else timezone.now() - timedelta(days=jours)
    UniteOperationnelle.objects.filter(structure=offre).update(relue_le=relue_le, relue_par=referente)
    texte = page(client, offre)
    assert mot in texte
    assert ("Relue le" in texte) is (jours is not None)


@pytest.mark.exigence("S44")
def test_le_lieu_s_ouvre_depuis_l_offre(client, offre, referente):
    lieu = Lieu.objects.create(etablissement=offre.parent, nom="Site des Glycines", localite="Valmont")
    offre.unite.lieux.add(lieu)
    assert f'<a href="{reverse("lieu", args=[lieu.pk])}">Site des Glycines</a>' in page(client, offre)


def test_ouvrir_une_offre_coute_un_nombre_constant_de_requetes(client, offre, referente):
    def requetes(structure) -> int:
        with CaptureQueriesContext(
            connection,
        ) as lues:
            page(client, structure)
        return len(lues)

    requetes(offre)
    petite = requetes(offre)
    grande = UOFactory(parent=offre.parent)
    for i in range(30):
        valeur = code("JDV_J17", f"g{i}")
        CodePorte.objects.create(structure=grande, attribut="activites", code=valeur)
        jours = {"du": "2026-01-01", "au": "2026-01-02"}
        LigneHoraire.objects.create(structure=grande, cle=f"x:2026-01-{i + 1:02}", valeur=jours)
        grande.unite.lieux.add(Lieu.objects.create(etablissement=offre.parent, nom=f"Lieu {i}"))
    contacts = {
        f"6f1c1a52-8f4c-4d3e-9a0e-{i:012}": {"nom": f"C{i}", "telecoms": [{"canal": "2", "adresse": "0199002715"}] * 3}
        for i in range(10)
    }
    for i in range(5):
        saisir(grande, referente, age_min=61 + i, contacts=contacts)
        actions.valider(
            structure_id=grande.pk, auteur=referente, relue=True, date_effet=timezone.localdate() + timedelta(i)
        )
    saisir(grande, referente, nom="Unité A", conditions_accueil="x", actes=["0001"])
    petite_attente = requetes(offre)
    assert petite_attente == petite
    saisir(offre, referente, nom="Unité A")
    actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
    saisir(offre, referente, contacts=dict(list(contacts.items())[:0]), nom="Unité B")
    assert abs(requetes(grande) - requetes(offre)) <= 4
    assert requetes(grande) <= 40


def remplir(structure, referente, nombre: int) -> None:
    """Fills every section with this many values, publishes them, then leaves as many waiting and scheduled."""
    codes = {"activites": "JDV_J17", "actes": "JDV_J16", "publics": "JDV_J29", "modalites": "JDV_J226"}
    saisies = {nom: [code(liste, f"q{i}").code for i in range(nombre)] for nom, liste in codes.items()}
    for nom, champ in champs_de(Niveau.UO).items():
        if champ.saisie is Saisie.CODE and not nom.endswith("_unite"):
            saisies[nom] = code(champ.nomenclature, "q0").code
    for nom, liste in (("specialisations", "JDV_J35"), ("zones_communes", "COG_COMMUNE"), ("modes_gestion", "JDV_J26")):
        saisies[nom] = [code(liste, f"q{i}").code for i in range(nombre)]
    saisies["secteurs_psychiatriques"] = [f"77G{i:02}" for i in range(nombre)]
    saisies |= {"conditions_admission": "x", "conditions_accueil": "x", "informations_complementaires": "x"}
    contact = {"nom": "C", "fonction": "18", "telecoms": [{"canal": "2", "adresse": "0199002715"}] * nombre}
    saisies["contacts"] = {f"{structure.pk:08}-8f4c-4d3e-9a0e-{i:012}": contact for i in range(nombre)}
    saisies["horaires"] = TOUJOURS
    saisir(structure, referente, **saisies)
    actions.valider(structure_id=structure.pk, auteur=referente, relue=True)
    for i in range(nombre):
        structure.unite.lieux.add(Lieu.objects.create(etablissement=structure.parent, nom=f"Lieu {i}"))
        saisir(structure, referente, age_min=61 + i, activites=["01"], contacts={})
        jour = timezone.localdate() + timedelta(days=i + 1)
        actions.valider(structure_id=structure.pk, auteur=referente, relue=True, date_effet=jour)
    saisir(structure, referente, nom="Unité A", conditions_accueil="y", activites=["02"], contacts={})


def test_ouvrir_une_offre_pleine_coute_le_meme_nombre_de_requetes_a_deux_tailles(client, offre, referente):
    """Every section filled, changes waiting and scheduled: once, then six times as much in each."""
    autre = UOFactory(parent=offre.parent)
    remplir(offre, referente, 1)
    remplir(autre, referente, 6)
    page(client, offre)
    lues = []
    for structure in (offre, autre):
        with CaptureQueriesContext(connection) as requetes:
            texte = page(client, structure)
        assert all(not section.vide for section in sections_lues(structure))
        assert texte.count("Vérifié le") == len(sections_lues(structure))
        lues.append(len(requetes))
    assert lues[0] == lues[1] <= 45


def sections_lues(structure) -> list:
    structure = Structure.objects.get(pk=structure.pk)
    return Fiche(structure, structure.unite, fiches.lire(structure), {"1", "2", "3"}).sections()


@pytest.mark.exigence("B50")
def test_the_head_says_until_when_beside_the_state_and_whom_to_call(client, offre, referente, time_machine):
    time_machine.move_to(datetime(2026, 11, 27, 20, tzinfo=UTC))
    semaine = Periode("p1", plages=tuple(Plage(jour, 540, 1080) for jour in range(1, 6)))
    fiches.ecrire(offre, {"horaires": en_table(Horaires((semaine,)))})
    contact = Contact.objects.create(structure=offre, nom="Accueil")
    Telecom.objects.create(contact=contact, canal="1", adresse="01 99 00 42 12")
    tete = page(client, offre).partition('<p class="meta">')[2].partition("</p>")[0].replace("\u00a0", " ")
    assert tete.index("Ouverte") < tete.index("Fermé, ouvre lundi à 9 h") < tete.index('href="tel:+33199004212"')
    Structure.objects.filter(pk=offre.pk).update(etat="DEF")
    assert "ouvre lundi" not in page(client, offre).partition('<p class="meta">')[2].partition("</p>")[0]
