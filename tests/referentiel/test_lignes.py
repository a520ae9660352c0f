"""Tables of rows: the same from the form to the database and back; two persons on two rows never meet."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from referentiel import actions
from referentiel.actions.lieux import lire_lieu
from referentiel.champs import CHAMPS_LIEU
from referentiel.lignes import ecrire_lignes, lire_lignes
from referentiel.models import CapaciteAccueil, EntreeJournal, Lieu
from ror.commun.erreurs import SaisieInvalide
from tests.fabriques import code
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
CAPACITES = CHAMPS_LIEU["capacites"]


@pytest.fixture
def lieu(offre):
    for liste, valeur, libelle in (
        ("JDV_J187", "01", "Lit"),
        ("JDV_J187", "02", "Place"),
        ("JDV_J188", "01", "Installé"),
        ("JDV_J188", "02", "Disponible"),
        ("JDV_J189", "01", "Courant"),
        ("JDV_J193", "01", "Saisie manuelle"),
        ("JDV_J195", "01", "Aucune"),
    ):
        code(liste, valeur, libelle)
    return Lieu.objects.create(etablissement=offre.parent, nom="Site des Glycines")


def rangee(**valeurs):
    return {
        "nature": "01",
        "statut": "01",
        "nombre": 12,
        "temporalite": "01",
        "affectation_temporaire": "01",
        "source": "01",
        **valeurs,
    }


def test_what_is_written_is_read_again(lieu):
    table = {str(uuid4()): rangee(), str(uuid4()): rangee(statut="02", nombre=3, commentaire="Chambres du 2e étage")}
    ecrire_lignes(lieu, CAPACITES, table)
    assert lire_lignes(lieu, CAPACITES) == table


def test_only_a_row_that_changes_is_dated(lieu):
    premiere, seconde = str(uuid4()), str(uuid4())
    ecrire_lignes(lieu, CAPACITES, {premiere: rangee(), seconde: rangee(statut="02")})
    hier = timezone.now() - timedelta(days=1)
    CapaciteAccueil.objects.update(maj_le=hier)
    ecrire_lignes(lieu, CAPACITES, {premiere: rangee(), seconde: rangee(statut="02", nombre=4)})
    dates = {str(c.cle): c.maj_le for c in CapaciteAccueil.objects.all()}
    assert dates[premiere] == hier
    assert dates[seconde] > hier


def test_two_persons_on_two_rows_are_merged(lieu, referente, collegue):
    premiere, seconde = str(uuid4()), str(uuid4())
    table = {premiere: rangee(), seconde: rangee(statut="02", nombre=3)}
    ecrire_lignes(lieu, CAPACITES, table)
    vues = {"capacites": lire_lieu(lieu)["capacites"]}
    for auteur, cle, nombre in ((referente, premiere, 14), (collegue, seconde, 1)):
        saisies = {"capacites": {**table, cle: {**table[cle], "nombre": nombre}}}
        actions.modifier_lieu(lieu_id=lieu.pk, auteur=auteur, vues=vues, saisies=saisies)
    assert {ligne["nombre"] for ligne in lire_lignes(lieu, CAPACITES).values()} == {14, 1}


@pytest.mark.parametrize(
    "ligne",
    [
        rangee(nombre=-1),
        rangee(nombre="douze"),
        rangee(nature="99"),
        rangee(commentaire="x" * 256),
        rangee(inconnue="1"),
        {"nature": "01"},
        "texte",
    ],
)
def test_a_row_that_means_nothing_is_refused(lieu, referente, ligne):
    with pytest.raises(SaisieInvalide) as refus:
        actions.modifier_lieu(
            lieu_id=lieu.pk, auteur=referente, vues={"capacites": {}}, saisies={"capacites": {str(uuid4()): ligne}}
        )
    assert refus.value.erreurs["capacites"].startswith("Lits et places")
    assert not CapaciteAccueil.objects.exists()


def test_the_row_of_another_lieu_is_not_taken(lieu, referente):
    autre = Lieu.objects.create(etablissement=lieu.etablissement, nom="Annexe")
    cle = str(uuid4())
    ecrire_lignes(autre, CAPACITES, {cle: rangee()})
    with pytest.raises(SaisieInvalide):
        actions.modifier_lieu(
            lieu_id=lieu.pk, auteur=referente, vues={"capacites": {}}, saisies={"capacites": {cle: rangee(nombre=1)}}
        )
    assert lire_lignes(autre, CAPACITES)[cle]["nombre"] == 12


@pytest.mark.exigence("S88", "S90")
def test_la_capacite_se_saisit_ligne_a_ligne_sans_script(client, lieu, referente):
    lien = reverse("lieu-section", args=[lieu.pk, "capacitaire"])

    def envoyer(**saisie):
        page = client.post(lien, {**envoi, **saisie})
        return page, lire_formulaire(page.content.decode(), lien)

    envoi = lire_formulaire(client.get(lien).content.decode(), lien)
    page, envoi = envoyer(geste="ligne-ajouter:capacites")
    (cle,) = envoi["capacites"]
    prefixe = f"capacites-{cle}"
    assert page.status_code == 200
    page, envoi = envoyer(**{f"{prefixe}-nature": "01", f"{prefixe}-nombre": "beaucoup"})
    assert page.status_code == 422
    assert "Capacité 1, Un nombre entier positif" in page.content.decode()
    assert envoi[f"{prefixe}-nombre"] == ["beaucoup"]
    page = client.post(lien, {**envoi, f"{prefixe}-nombre": "12"}, follow=True)
    assert page.status_code == 200
    (ligne,) = lire_lignes(lieu, CAPACITES).values()
    assert ligne == rangee()
    (phrase,) = EntreeJournal.objects.get().phrases
    debut = "Capacité «\u00a0Lit\u00a0»\u00a0: ajout (nature\u00a0: Lit, statut\u00a0: Installé, nombre\u00a0: 12"
    assert debut in phrase
    envoi = lire_formulaire(client.get(lien).content.decode(), lien)
    page, envoi = envoyer(geste=f"ligne-retirer:capacites:{cle}")
    client.post(lien, envoi)
    assert not CapaciteAccueil.objects.exists()
