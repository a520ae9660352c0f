"""Every active type of TRE_R244: an offer of that type is edited with its own fields, validated, and read back."""

import csv

import pytest
from django.urls import reverse

from referentiel import arbre, fermeture, fiches
from referentiel.champs import LISTE_LIEUX, Champ, Saisie, champs_de
from referentiel.changements import Valeur
from referentiel.codes import valeur_de
from referentiel.import_modeles import LIVRES, charger_modeles_livres
from referentiel.lecture_modeles import lire_modele
from referentiel.models import Code, Nomenclature, Structure, UniteOperationnelle
from referentiel.niveaux import Niveau
from referentiel.nomenclatures import LIVREES
from referentiel.schemas import schema_de
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
PROPOSITIONS = sorted(f.stem for f in LIVRES.glob("PROPOSITION-*.json") if f.stem != "PROPOSITION-OFFRE")
OFFICIEL = lire_modele((LIVRES / "MS-141.json").read_bytes()).modele
PAR_LISTE = 3
"""Codes kept of each long list, besides those that MS-141 names: pages stay light, rules are the real ones."""


def lignes(liste: str) -> list[dict[str, str]]:
    with (LIVREES / f"{liste}.csv").open(encoding="utf-8", newline="") as fichier:
        return list(csv.DictReader(fichier))


def types_actifs() -> set[str]:
    return {ligne["code"] for ligne in lignes("TRE_R244") if ligne["statut"] == "active"}


def charger(liste: str, lus: list[dict[str, str]]) -> None:
    nomenclature, _ = Nomenclature.objects.get_or_create(identifiant=liste, defaults={"nom": liste})
    Code.objects.bulk_create(
        Code(
            nomenclature=nomenclature,
            code=ligne["code"],
            libelle=ligne["libelle"],
            systeme=ligne.get("code_system", ""),
        )
        for ligne in lus
    )


@pytest.fixture
def listes() -> dict[str, list[str]]:
    """The types of UO, a few codes of each list of an offer, and the models shipped with the portal."""
    charger("TRE_R244", [ligne for ligne in lignes("TRE_R244") if ligne["statut"] == "active"])
    nommes = {code for regle in OFFICIEL.regles for code in regle.codes}
    for liste in {c.nomenclature for c in champs_de(Niveau.UO).values() if c.nomenclature} - {LISTE_LIEUX}:
        tous = lignes(liste)
        gardes = tous if liste == "JDV_J37" else [x for i, x in enumerate(tous) if i < PAR_LISTE or x["code"] in nommes]
        charger(liste, gardes)
    charger_modeles_livres()
    resultat: dict[str, list[str]] = {}
    for liste, code, systeme in Code.objects.order_by("pk").values_list("nomenclature__identifiant", "code", "systeme"):
        resultat.setdefault(liste, []).append(valeur_de(liste, code, systeme))
    return resultat


def valeur_saisie(champ: Champ, codes: list[str]) -> Valeur:
    """A valid value for a field, None for a kind that is left as the form shows it."""
    match champ.saisie:
        case Saisie.ENTIER:
            return 12 if champ.nom.endswith("min") else 90
        case Saisie.CODE:
            return codes[-1] if codes else None
        case Saisie.CODES:
            return sorted(codes[:2]) or None
        case Saisie.BOOLEEN:
            return champ.nom != "unite_sensible"
        case Saisie.TEXTE | Saisie.TEXTE_LONG:
            return f"{champ.libelle} de l’offre"
        case _:
            return None


def envoyee(valeur: Valeur) -> str | list[str]:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    return [str(v) for v in valeur] if isinstance(valeur, list) else str(valeur)


def creer(etablissement: Structure, type_offre: Code) -> Structure:
    offre = Structure(niveau="UO", nom=f"Unité {type_offre.libelle}"[:255], departement="77", groupe="MCO")
    offre = arbre.inserer(structure=offre, parent=etablissement)
    UniteOperationnelle.objects.create(structure=offre, type_offre=type_offre)
    return offre


def test_chaque_type_actif_a_un_modele_et_un_seul_propose():
    types = [code for nom in PROPOSITIONS for code in lire_modele((LIVRES / f"{nom}.json").read_bytes()).modele.types]
    assert len(types) == len(set(types)) == 299
    assert set(types) == types_actifs()


@pytest.mark.exigence("S75", "S76", "S100")
@pytest.mark.parametrize("modele", PROPOSITIONS)
def test_une_offre_de_chaque_type_s_enregistre_se_valide_et_se_relit(client, listes, modele):
    RegionFactory()
    etablissement = EGFactory(groupe="VIL", _detail={"raison_sociale": "CH", "categorie": "355"})
    client.force_login(HabilitationFactory(structure=etablissement).utilisateur)
    lu = lire_modele((LIVRES / f"{modele}.json").read_bytes()).modele
    codes = list(Code.objects.filter(nomenclature__identifiant="TRE_R244", code__in=lu.types))
    assert len(codes) == len(lu.types)
    for type_offre in codes:
        offre = creer(etablissement, type_offre)
        attendues = saisir_tout(client, offre, type_offre, listes)
        offre = Structure.objects.get(pk=offre.pk)
        publiees = fiches.lire(offre)
        assert {nom: publiees[nom] for nom in attendues} == attendues, type_offre
        assert schema_de(offre).manquants(champs_de(Niveau.UO).values(), publiees) == [], type_offre


def saisir_tout(client, offre: Structure, type_offre: Code, listes: dict[str, list[str]]) -> dict[str, Valeur]:
    """Fills every field of the form of an offer as its schema says, validates, and returns what was typed."""
    schema = schema_de(offre)
    assert schema.modele is not None
    assert (schema.modele.identifiant == OFFICIEL.identifiant) == (type_offre.code in OFFICIEL.types)
    lien = reverse("fiche-modifier", args=[offre.pk])
    page = client.get(lien).content.decode()
    assert type_offre.libelle[:20] in page.replace("&#x27;", "'")
    assert "Le type d’UO se change dans un dossier collaboratif" in page
    envoi = lire_formulaire(page, lien)
    attendues = {}
    for nom, champ in champs_de(Niveau.UO).items():
        if nom in fermeture.CHAMPS:
            continue
        montre = f'name="{nom}"' in page or nom in ("contacts", "horaires")
        if champ.saisie not in (Saisie.CODES, Saisie.CONTACTS, Saisie.HORAIRES, Saisie.LIGNES):
            assert montre == schema.modifiable(champ), (type_offre, nom)
        if not schema.modifiable(champ):
            continue
        codes = [code for code in listes.get(champ.nomenclature or "", []) if schema.propose(champ, code)]
        valeur = valeur_saisie(champ, codes)
        if valeur is not None:
            attendues[nom] = valeur
            envoi[nom] = envoyee(valeur)
    envoi |= {"age_min_unite": "a", "age_max_unite": "a"}
    attendues |= {"age_min_unite": "a", "age_max_unite": "a"}
    reponse = client.post(lien, envoi)
    valider = reverse("fiche-valider", args=[offre.pk])
    assert (reponse.status_code, reponse.headers.get("Location")) == (302, valider), reponse.content.decode()[:3000]
    envoi = lire_formulaire(client.get(valider).content.decode(), valider)
    assert client.post(valider, {**envoi, "relue": "1"}).status_code == 302
    return attendues
