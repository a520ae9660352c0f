"""Every field of every level, through the real form: typed, stored, shown, told, merged, undone, or refused."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente
from referentiel.champs import SUFFIXE_UNITE, Champ, Saisie, champs_de
from referentiel.changements import normaliser
from referentiel.fermeture import CHAMPS as CHAMPS_FERMETURE
from referentiel.models import EntreeJournal, Structure
from referentiel.niveaux import Niveau
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    ServiceFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
    code,
)
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
FABRIQUES = {
    Niveau.EJ: EJFactory,
    Niveau.EG: EGFactory,
    Niveau.P: PoleFactory,
    Niveau.S: ServiceFactory,
    Niveau.UF: UFFactory,
    Niveau.UO: UOFactory,
}
PROPRES = {
    "JDV_J37": ("a", "mo"),
    "JDV_J222": ("1", "2", "3"),
    "COG_COMMUNE": ("77288", "93066"),
    "JDV_J225": ("2", "3"),
}
AGES = {
    "unite_sensible": ("non", False),
    "age_min": ("20", 20),
    "age_max": ("30", 30),
    "age_min_unite": ("a", "a"),
    "age_max_unite": ("a", "a"),
}
TARIF = {"type_tarif", "montant", "unite_prix", "date_debut", "type_habitation", "temporalite_accueil", "moins_60_ans"}
TARIF |= {"condition_tarifaire", "prestations_incluses", "autres_prestations"}


def saisissables(niveau: Niveau) -> list[Champ]:
    """The fields typed in the form, but closing and lieux, whose own screens have their own tests."""
    a_part = {*CHAMPS_FERMETURE, "lieux"}
    return [champ for champ in champs_de(niveau).values() if not champ.finess and champ.nom not in a_part]


def codes_de(liste: str) -> tuple[str, ...]:
    return PROPRES.get(liste, ("01", "02"))


def listes_de(champs) -> set[str]:
    return {c.nomenclature for champ in champs for c in (champ, *champ.colonnes) if c.nomenclature}


def valeur_saisie(champ: Champ) -> tuple[object, object, str]:
    """What is typed in a field, what is stored, what is read."""
    if champ.nom in AGES:
        return *AGES[champ.nom], ""
    match champ.saisie:
        case Saisie.ENTIER:
            return "7", 7, "7"
        case Saisie.BOOLEEN:
            return "oui", True, "oui"
        case Saisie.DATE:
            return "2020-05-04", "2020-05-04", "4 mai 2020"
        case Saisie.MONTANT:
            return "62,50", "62.50", "62,50\u00a0€"
        case Saisie.CODE:
            valeur = codes_de(champ.nomenclature)[1]
            return valeur, valeur, f"Libellé {valeur} de {champ.nomenclature}"
        case Saisie.CODES:
            valeurs = list(codes_de(champ.nomenclature)[:2])
            return valeurs, valeurs, f"Libellé {valeurs[1]} de {champ.nomenclature}"
        case Saisie.TEXTES:
            return "77G06\r\n77G05\r\n", ["77G05", "77G06"], "77G06"
        case _:
            texte = "boite@hopital.mssante.fr" if champ.nom == "adresse" else f"Texte de {champ.nom}"
            return texte, texte, texte


@pytest.fixture(params=list(Niveau), ids=lambda n: n.value)
def fiche(request, client):
    """A fiche of each level, its référente signed in, the code lists it uses."""
    RegionFactory()
    for liste in {*listes_de(saisissables(request.param)), "JDV_J220", "JDV_J221", "JDV_J222", "JDV_J225"}:
        for valeur in codes_de(liste):
            code(liste, valeur, f"Libellé {valeur} de {liste}")
    structure = FABRIQUES[request.param]()
    if request.param is Niveau.UO:  # what an offer may not go without
        fiches.ecrire(structure, {"champ_activite": "01", "mode_prise_en_charge": "01", "activites": ["01"]})
    personne = HabilitationFactory(structure=structure).utilisateur
    client.force_login(personne)
    structure.personne = personne
    return structure


def remplir(client, lien: str, champs: list[Champ]) -> tuple[dict, dict, list[str]]:
    """Types something in every field; returns what is sent, what should be stored, the texts that should be read."""
    envoi = lire_formulaire(client.get(lien).content.decode(), lien)
    attendu, lus = {}, []
    for champ in champs:
        if champ.saisie in (Saisie.CONTACTS, Saisie.LIGNES):
            geste = "contact-ajouter" if champ.saisie is Saisie.CONTACTS else f"ligne-ajouter:{champ.nom}"
            page = client.post(lien, {**envoi, "geste": geste}).content.decode()
            envoi = lire_formulaire(page, lien)
    for champ in champs:
        if champ.saisie is Saisie.CONTACTS:
            (cle,) = envoi["contact"]
            envoi |= {f"c-{cle}-nom": "Admissions", f"c-{cle}-t-adresse": "0199002715"}
            lus += ["Admissions", "01\u00a099\u00a000\u00a027\u00a015"]
        elif champ.saisie is Saisie.LIGNES:
            (cle,) = envoi[champ.nom]
            ligne = {}
            for colonne in champ.colonnes:
                if champ.nom != "tarifs" or colonne.nom in TARIF:
                    tape, ligne[colonne.nom], lu = valeur_saisie(colonne)
                    envoi[f"{champ.nom}-{cle}-{colonne.nom}"] = tape
                    lus.append(lu)
            attendu[champ.nom] = {cle: ligne}
        elif champ.saisie is Saisie.HORAIRES:
            envoi |= {"h-p1-1-de": ["9"], "h-p1-1-a": ["12"]}
        else:
            envoi[champ.nom], attendu[champ.nom], lu = valeur_saisie(champ)
            lus.append(lu)
    return envoi, attendu, [lu for lu in lus if lu]


@pytest.mark.exigence("S63", "S68", "S70", "S73", "S74", "S78", "S79", "S81", "S82", "S83", "S84", "S85", "S86")
def test_ce_qui_est_tape_est_garde_lu_raconte_fusionne_et_defait(fiche, client):
    champs = saisissables(fiche.type_niveau)
    lien = reverse("fiche-modifier", args=[fiche.pk])
    avant = fiches.lire(fiche)
    collegue = HabilitationFactory(structure=fiche, utilisateur=UtilisateurFactory()).utilisateur
    envoi, attendu, lus = remplir(client, lien, champs)

    # Somebody else writes meanwhile what the form still shows empty in another field: both are kept.
    autre = "informations_complementaires" if fiche.type_niveau is not Niveau.EJ else "nom"
    actions.enregistrer(structure_id=fiche.pk, auteur=collegue, vues=avant, saisies={autre: "Écrit par un collègue"})
    reponse = client.post(lien, {**envoi, autre: avant[autre] or ""})
    assert reponse.status_code == 302, reponse.content.decode()
    attendu[autre] = "Écrit par un collègue"

    assert {c.champ for c in modification_en_attente(fiche).changements.all()} >= attendu.keys() - _egaux(
        avant, attendu
    )
    actions.valider(structure_id=fiche.pk, auteur=fiche.personne, relue=True)
    stocke = fiches.lire(Structure.objects.get(pk=fiche.pk))
    for nom, valeur in attendu.items():
        assert stocke[nom] == valeur, nom

    page = client.get(reverse("fiche", args=[fiche.pk])).content.decode()
    for lu in lus:
        assert lu in page or lu == f"Texte de {autre}", lu
    histoire = "\n".join(EntreeJournal.objects.filter(structure=fiche).first().phrases)
    for champ in champs:
        if champ.nom in attendu and attendu[champ.nom] != avant[champ.nom]:
            assert (champ.singulier if champ.saisie is Saisie.LIGNES else champ.libelle) in histoire

    actions.enregistrer(
        structure_id=fiche.pk, auteur=collegue, vues=stocke, saisies={c.nom: avant[c.nom] for c in champs}
    )
    actions.valider(structure_id=fiche.pk, auteur=collegue, relue=True)
    assert fiches.lire(Structure.objects.get(pk=fiche.pk)) == avant


def _egaux(avant, apres) -> set[str]:
    return {nom for nom, valeur in apres.items() if avant.get(nom) == valeur}


FAUX = {
    Saisie.ENTIER: ("beaucoup", "Un nombre entier positif est attendu"),
    Saisie.BOOLEEN: ("peut-être", "Choisissez dans la liste."),
    Saisie.DATE: ("32/13/2020", "Une date est attendue"),
    Saisie.CODE: ("zz", "Choisissez dans la liste."),
    Saisie.CODES: (["zz"], "Choisissez dans la liste."),
}


@pytest.mark.exigence("S76")
def test_ce_qui_ne_veut_rien_dire_est_refuse_a_cote_de_son_champ(fiche, client):
    champs = saisissables(fiche.type_niveau)
    lien = reverse("fiche-modifier", args=[fiche.pk])
    envoi = lire_formulaire(client.get(lien).content.decode(), lien)
    faux = {c.nom: FAUX[c.saisie] for c in champs if c.saisie in FAUX}
    if faux:
        reponse = client.post(lien, {**envoi, **{nom: tape for nom, (tape, _) in faux.items()}})
        assert reponse.status_code == 422
        _dits_a_cote(reponse.content.decode(), {nom: message for nom, (_, message) in faux.items()})
    longs = {c.nom: "x" * (c.max_longueur + 1) for c in champs if c.max_longueur}
    reponse = client.post(lien, {**envoi, **longs})
    assert reponse.status_code == 422
    _dits_a_cote(reponse.content.decode(), dict.fromkeys(longs, "caractères au plus"))
    assert modification_en_attente(fiche) is None


def _dits_a_cote(page: str, messages: dict[str, str]) -> None:
    for nom, message in messages.items():
        debut = page.find(f'id="id_{nom}_erreur"')
        assert debut > 0, nom
        assert message in page[debut : debut + 900], nom


def test_le_nombre_de_requetes_ne_suit_pas_ce_que_la_fiche_contient(fiche, client):
    """Read and edited: as many queries with two values in each field as with twenty."""
    comptes = []
    for taille in (2, 20):
        _charger(fiche, taille)
        with CaptureQueriesContext(connection) as requetes:
            client.get(reverse("fiche", args=[fiche.pk]))
            client.get(reverse("fiche-modifier", args=[fiche.pk]))
        comptes.append(len(requetes))
    assert comptes[0] == comptes[1]


def _charger(structure: Structure, taille: int) -> None:
    valeurs = {}
    for champ in saisissables(structure.type_niveau):
        if champ.saisie is Saisie.CODES:
            valeurs[champ.nom] = [f"9{rang:04d}" for rang in range(taille)]
            for valeur in valeurs[champ.nom]:
                code(champ.nomenclature, valeur)
        elif champ.saisie is Saisie.CONTACTS:
            telecoms = [{"canal": "2", "adresse": "0199002715", "confidentialite": "1"}] * 2
            contact = {"nom": "Admissions", "fonction": "01", "confidentialite": "1", "telecoms": telecoms}
            valeurs[champ.nom] = {str(uuid4()): {**contact, "rang": rang} for rang in range(taille)}
        elif champ.saisie is Saisie.LIGNES:
            ligne = {c.nom: valeur_saisie(c)[1] for c in champ.colonnes}
            valeurs[champ.nom] = {str(uuid4()): ligne for _ in range(taille)}
        elif champ.saisie is not Saisie.HORAIRES and not champ.nom.endswith(SUFFIXE_UNITE):
            valeurs[champ.nom] = valeur_saisie(champ)[1]
    fiches.ecrire(structure, {n: normaliser(v, champs_de(structure.type_niveau)[n].genre) for n, v in valeurs.items()})
    structure.save()
