"""« Copier ces horaires vers d’autres offres » (B48): chosen, previewed, saved, reported, validated together."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente
from referentiel.models import Modification, Structure
from referentiel.models.structure import Etat
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
MATIN = {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 720}]}
SOIR = {"p1": {"feries": "ferme"}, "p1/2": [{"debut": 840, "fin": 1080}]}
PHRASE = "le lundi de 9\u00a0h à 12\u00a0h"


def publier(structure, auteur, **saisies) -> None:
    enregistrer(structure, auteur, **saisies)
    actions.valider(structure_id=structure.pk, auteur=auteur, relue=True)


def enregistrer(structure, auteur, **saisies) -> None:
    vues = fiches.lire(Structure.objects.get(pk=structure.pk))
    actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)


@pytest.fixture
def source(offre, referente):
    publier(offre, referente, horaires=MATIN)
    return offre


@pytest.fixture
def soeurs(source):
    return [
        UOFactory(parent=source.parent, nom=nom) for nom in ("Accueil de jour", "Accueil de nuit", "Balnéothérapie")
    ]


def adresse(structure) -> str:
    return reverse("copier-horaires", args=[structure.pk])


def poster(client, structure, geste, *cibles, **champs):
    return client.post(adresse(structure), {"geste": geste, "cibles": [c.pk for c in cibles], **champs})


def copier(client, structure, *cibles, **champs):
    apercu = poster(client, structure, "apercu", *cibles, **champs)
    assert apercu.status_code == 200
    jeton = lire_formulaire(apercu.content.decode(), adresse(structure))["vu"][0]
    return client.post(adresse(structure), {"geste": "copier", "vu": jeton})


def en_attente(structure):
    modification = modification_en_attente(structure)
    return {c.champ: c.propose for c in modification.changements.all()} if modification else {}


@pytest.mark.exigence("B48")
def test_de_la_carte_a_la_copie_chaque_offre_attend_et_rien_n_est_diffuse(client, source, soeurs, referente):
    jour, nuit, balneo = soeurs
    publier(nuit, referente, horaires=SOIR)
    assert f'href="{adresse(source)}"' in client.get(reverse("fiche", args=[source.pk])).content.decode()
    page = client.get(adresse(source)).content.decode()
    assert PHRASE in page
    for soeur in soeurs:
        assert soeur.nom in page
    apercu = poster(client, source, "apercu", jour, nuit).content.decode()
    assert "Horaires non renseignés." in apercu
    assert "le mardi de 14\u00a0h à 18\u00a0h" in apercu
    assert "Cette offre a déjà d’autres horaires" in apercu
    assert "Copier sur 2\u00a0offres" in apercu
    assert not Modification.objects.filter(etat="attente").exists()
    resultat = copier(client, source, jour, nuit).content.decode()
    assert "2\u00a0offres\u00a0: horaires enregistrés, non diffusés" in resultat
    assert (en_attente(jour), en_attente(nuit), en_attente(balneo)) == ({"horaires": MATIN}, {"horaires": MATIN}, {})
    assert fiches.lire(jour)["horaires"] == {}


@pytest.mark.exigence("B48")
def test_valider_ensemble_a_une_date(client, source, soeurs, referente):
    page = copier(client, source, *soeurs[:2]).content.decode()
    lien = reverse("valider-copies", args=[source.pk])
    formulaire = lire_formulaire(page, lien)
    refuse = client.post(lien, formulaire)
    assert refuse.status_code == 422
    assert "Cochez «\u00a0J’ai relu ces offres" in refuse.content.decode()
    demain = timezone.localdate() + timedelta(days=1)
    saisie = {**lire_formulaire(refuse.content.decode(), lien), "relue": "1", "date_effet": demain.isoformat()}
    enregistrer(soeurs[1], referente, conditions_accueil="Vu par personne")  # after the page was shown
    valide = client.post(lien, saisie).content.decode()
    assert "1\u00a0offre validée" in valide
    assert "Relisez" in valide
    etats = dict(Modification.objects.filter(structure__in=soeurs).values_list("structure", "etat"))
    assert etats == {soeurs[0].pk: "programmee", soeurs[1].pk: "attente"}


def test_une_date_d_effet_illisible_est_dite_sans_rien_valider(client, source, soeurs):
    lien = reverse("valider-copies", args=[source.pk])
    formulaire = lire_formulaire(copier(client, source, soeurs[0]).content.decode(), lien)
    reponse = client.post(lien, {**formulaire, "relue": "1", "date_effet": "demain"})
    assert reponse.status_code == 422
    assert "Une date est attendue" in reponse.content.decode()
    passee = client.post(lien, {**formulaire, "relue": "1", "date_effet": "2020-01-01"}).content.decode()
    assert "La date d’effet est passée" in passee
    assert en_attente(soeurs[0])
    assert client.post(lien, {"vus": "forgé", "relue": "1"}).status_code == 409


@pytest.mark.exigence("B48")
def test_a_partir_d_une_semaine_les_horaires_en_place_valent_jusqu_au_dimanche(client, source, soeurs, referente):
    publier(soeurs[0], referente, horaires=SOIR)
    jeudi = timezone.localdate() + timedelta(days=30 + (3 - timezone.localdate().weekday()) % 7)
    lundi = jeudi - timedelta(days=jeudi.weekday())
    copier(client, source, soeurs[0], semaine=jeudi.isoformat())
    table = en_attente(soeurs[0])["horaires"]
    assert table["p1/2"] == SOIR["p1/2"]
    (neuve,) = [cle for cle, ligne in table.items() if isinstance(ligne, dict) and ligne.get("du")]
    assert table[neuve]["du"] == lundi.isoformat()
    assert table[f"{neuve}/1"] == MATIN["p1/1"]


def test_ce_qui_attend_sur_la_source_est_copie_et_dit(client, source, soeurs, referente):
    enregistrer(source, referente, horaires=SOIR)
    assert "ce qui n’est pas encore diffusé" in client.get(adresse(source)).content.decode()
    copier(client, source, soeurs[0])
    assert en_attente(soeurs[0]) == {"horaires": SOIR}


@pytest.mark.exigence("B48")
def test_une_offre_changee_depuis_l_apercu_est_dite_et_laissee(client, source, soeurs, referente, collegue):
    apercu = poster(client, source, "apercu", *soeurs[:2]).content.decode()
    jeton = lire_formulaire(apercu, adresse(source))["vu"][0]
    enregistrer(soeurs[0], collegue, horaires=SOIR)
    resultat = client.post(adresse(source), {"geste": "copier", "vu": jeton}).content.decode()
    assert "Ses horaires ont changé depuis l’aperçu" in resultat
    assert "1\u00a0laissée telle quelle" in resultat
    assert (en_attente(soeurs[0]), en_attente(soeurs[1])) == ({"horaires": SOIR}, {"horaires": MATIN})
    encore = client.post(adresse(source), {"geste": "copier", "vu": jeton}).content.decode()
    assert "Elle a déjà ces horaires" in encore
    enregistrer(source, collegue, horaires=SOIR)
    assert client.post(adresse(source), {"geste": "copier", "vu": jeton}).status_code == 409


def test_l_apercu_avertit_de_ce_qui_attend_et_de_ce_qui_est_deja_la(client, source, soeurs, referente, collegue):
    enregistrer(soeurs[0], collegue, conditions_accueil="Animaux acceptés")
    publier(soeurs[1], referente, horaires=MATIN)
    apercu = poster(client, source, "apercu", *soeurs[:2]).content.decode()
    assert f"Des modifications y attendent déjà (Conditions), de {collegue}." in apercu
    assert "Déjà ces horaires\u00a0: rien à changer." in apercu
    assert "Copier sur 1\u00a0offre" in apercu


def test_la_fermeture_n_est_pas_copiee_et_une_offre_fermee_n_est_pas_proposee(client, source, soeurs, referente):
    jour = timezone.localdate() + timedelta(days=30)
    publier(source, referente, type_fermeture="PRO", date_fermeture=jour.isoformat())
    Structure.objects.filter(pk=soeurs[1].pk).update(etat=Etat.FERMEE)
    assert "Accueil de nuit" not in client.get(adresse(source)).content.decode()
    copier(client, source, soeurs[0])
    assert en_attente(soeurs[0]) == {"horaires": MATIN}


@pytest.mark.exigence("B48")
def test_filtrer_et_tout_cocher_sans_script(client, source, soeurs):
    def montrer(geste, *cibles, q=""):
        page = poster(client, source, geste, *cibles, q=q).content.decode()
        formulaire = lire_formulaire(page, adresse(source))
        return page, [int(pk) for pk in formulaire.get("cibles", [])]

    page, cochees = montrer("tout", q="accueil")
    assert cochees == [soeurs[0].pk, soeurs[1].pk]
    assert "Balnéothérapie" not in page
    page, cochees = montrer("filtrer", soeurs[0], q="balneo")
    assert cochees == [soeurs[0].pk]
    assert "Balnéothérapie" in page
    assert montrer("rien", *soeurs)[1] == []


@pytest.mark.parametrize(
    ("champs", "message"),
    [
        ({"cibles": []}, "Cochez au moins une offre."),
        ({"cibles": ["99999999999999999999", "x"]}, "Cochez au moins une offre."),
        ({"semaine": "bientôt"}, "Une date est attendue"),
        ({"semaine": "2020-01-06"}, "Choisissez une semaine à venir"),
        ({"semaine": "2099-01-06"}, "Choisissez une semaine à venir"),
    ],
)
def test_un_choix_fautif_est_dit_et_garde(client, source, soeurs, champs, message):
    saisie = {"geste": "apercu", "cibles": [soeurs[0].pk], **champs}
    reponse = client.post(adresse(source), saisie)
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    if "semaine" in champs:
        assert lire_formulaire(reponse.content.decode(), adresse(source))["cibles"] == [str(soeurs[0].pk)]


def test_hors_de_son_perimetre_rien_n_est_propose_ni_copie(client, source, soeurs):
    ailleurs = UOFactory(parent=EGFactory(), nom="Ailleurs")
    assert "Ailleurs" not in client.get(adresse(source)).content.decode()
    assert poster(client, source, "apercu", ailleurs).status_code == 422
    assert client.post(adresse(source), {"geste": "copier", "vu": "forgé"}).status_code == 409
    assert client.get(adresse(source.parent)).status_code == 404
    client.force_login(HabilitationFactory(structure=EGFactory()).utilisateur)
    assert client.get(adresse(source)).status_code == 403


def test_sans_horaires_il_n_y_a_rien_a_copier(client, offre, referente):
    assert "Cette offre n’a pas d’horaires à copier." in client.get(adresse(offre)).content.decode()


def test_l_apercu_coute_autant_pour_une_ou_trois_offres(client, source, soeurs):
    def requetes(*cibles) -> int:
        with CaptureQueriesContext(connection) as vues:
            assert poster(client, source, "apercu", *cibles).status_code == 200
        return len(vues)

    requetes(soeurs[0])
    assert requetes(soeurs[0]) == requetes(*soeurs)
