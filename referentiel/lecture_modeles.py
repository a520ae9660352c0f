"""Reads a modèle de saisie: an official Questionnaire (FHIR R4, JSON) or the portal's own short JSON (pure).

A file is read whole or refused with one French sentence. What it asks that the portal has no field for is reported.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ror.commun.erreurs import ErreurMetier

from .changements import Valeur
from .modeles_saisie import Modele, Origine, RegleChamp, Statut

TAILLE_MAX = 5_000_000
"""Bytes of a file; the published Questionnaire of an offer weighs 100 kB."""

ELEMENTS: dict[str, str] = {
    "name": "nom",
    "type": "champ_activite",
    "category": "type_offre",
    "characteristic:careMode": "mode_prise_en_charge",
    "characteristic:receptionModality": "modalites",
    "characteristic:receptionType": "temporalite_accueil",
    "characteristic:annualOpening": "ouverture_annuelle",
    "characteristic:managementType": "modes_gestion",
    "characteristic:specificAct": "actes",
    "characteristic:outsideOfficeAct": "actes_hors_cabinet",
    "characteristic:takingCareSpeciality": "specialisations",
    "characteristic:ressourceProfession": "professions_ressources",
    "characteristic:specificCompetence": "competences_specifiques",
    "characteristic:expertiseLevel": "niveaux_expertise",
    "specialty:operationalActivity": "activites",
    "specialty:operationalActivityFamily": "famille_activite",
    "availableTime": "horaires",
    "telecom": "boites_mss",
    "comment": "informations_complementaires",
    "extension:ror-healthcareservice-sensitive-unit": "unite_sensible",
    "extension:ror-healthcareservice-no-consent-habilitation": "soins_sans_consentement",
    "extension:ror-healthcareservice-psychiatric-sector": "secteurs_psychiatriques",
    "extension:ror-healthcareservice-contact": "contacts",
    "extension:ror-territorial-division": "zones_intervention",
    "extension:ror-healthcareservice-patient-type.extension:supportedPatientInfo": "publics",
    "extension:ror-healthcareservice-patient-type.extension:ageRange.low": "age_min",
    "extension:ror-healthcareservice-patient-type.extension:ageRange.low.code": "age_min_unite",
    "extension:ror-healthcareservice-patient-type.extension:ageRange.high": "age_max",
    "extension:ror-healthcareservice-patient-type.extension:ageRange.high.code": "age_max_unite",
}
"""FHIR element of HealthcareService → field of the portal (MODELE_ROR §2.1). `type_offre` is the context."""

TECHNIQUES = frozenset({"id", "meta", "identifier", "providedBy", "location", "extension:ror-meta-creation-date"})
"""Elements the portal fills by itself."""

_CACHE = "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden"
_IDENTIFIANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_MORCEAUX_MUETS = re.compile(r"\.(?:coding|value(?:\[x\]|CodeableConcept|Range)?|range)(?=\.(?:low|high)\b|$)")


class ModeleIllisible(ErreurMetier):
    """The file is not a modèle de saisie this portal reads; the message says why."""


@dataclass(frozen=True, slots=True)
class ModeleLu:
    """A model as its file gives it, and what of the file has no place in the portal."""

    modele: Modele
    ignores: tuple[str, ...] = ()


def lire_modele(contenu: bytes) -> ModeleLu:
    """Reads a model from the bytes of a file.

    Raises:
        ModeleIllisible: not JSON, not a Questionnaire about an offer, or not of its shape.
    """
    if len(contenu) > TAILLE_MAX:
        raise ModeleIllisible("Ce fichier dépasse 5\u00a0Mo\u00a0: ce n’est pas un modèle de saisie.")
    try:
        document = json.loads(contenu.decode("utf-8-sig"))
    except (UnicodeDecodeError, RecursionError, ValueError) as erreur:
        raise ModeleIllisible("Ce fichier n’est pas du JSON lisible.") from erreur
    if not isinstance(document, dict):
        raise ModeleIllisible("Ce fichier ne décrit pas un modèle de saisie\u00a0: un Questionnaire FHIR est attendu.")
    try:
        lu = _lire_court(document) if "identifiant" in document else _lire_questionnaire(document)
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError, ValueError) as erreur:
        raise ModeleIllisible(
            f"Ce fichier n’a pas la forme d’un Questionnaire FHIR R4 ({type(erreur).__name__}\u00a0: {erreur})."
        ) from erreur
    _controler(lu.modele)
    return lu


def _lire_court(document: Mapping[str, Any]) -> ModeleLu:
    regles = tuple(
        RegleChamp(ordre=rang, **{**champ, "codes": tuple(champ.get("codes", ()))})
        for rang, champ in enumerate(document["champs"])
    )
    contextes = {nom: frozenset(document.get(nom) or ()) for nom in ("types", "champs_activite", "categories")}
    modele = Modele(
        identifiant=str(document["identifiant"]),
        titre=str(document["titre"]),
        version=str(document.get("version") or ""),
        statut=Statut(document.get("statut", Statut.BROUILLON)),
        origine=Origine(document.get("origine", Origine.PROPOSITION)),
        regles=regles,
        **contextes,
    )
    return ModeleLu(modele)


def _lire_questionnaire(document: Mapping[str, Any]) -> ModeleLu:
    genre = document.get("resourceType")
    if genre != "Questionnaire":
        raise ModeleIllisible(f"Ressource FHIR {genre or 'sans type'}\u00a0: un Questionnaire est attendu.")
    if "HealthcareService" not in document.get("subjectType", ["HealthcareService"]):
        raise ModeleIllisible("Ce questionnaire ne porte pas sur une offre (HealthcareService).")
    regles, types, ignores = _regles(document.get("item") or ())
    champs_activite, categories, autres = _contextes(document.get("useContext") or ())
    identifiants = [i["value"] for i in document.get("identifier") or () if i.get("value")]
    modele = Modele(
        identifiant=(identifiants or [document.get("name") or document["url"].rsplit("/", 1)[-1]])[0],
        titre=document.get("title") or document.get("name") or "",
        version=str(document.get("version") or document.get("date") or ""),
        statut=Statut(document.get("status")),
        origine=Origine.OFFICIELLE,
        types=types,
        champs_activite=champs_activite,
        categories=categories,
        regles=regles,
    )
    return ModeleLu(modele, (*ignores, *autres))


def _regles(elements) -> tuple[tuple[RegleChamp, ...], frozenset[str], list[str]]:
    """Returns the rules, the types d’offre, and sentences about what has no place here."""
    regles: dict[str, RegleChamp] = {}
    types: frozenset[str] = frozenset()
    ignores = []
    for element in _plat(elements):
        chemin = chemin_de(element.get("definition") or element.get("linkId") or "")
        champ = champ_de(chemin)
        if champ == "type_offre":
            types = frozenset(_codes(element))
        elif champ:
            regles.setdefault(champ, _regle(champ, len(regles), element))
        elif chemin.split(".")[0] not in TECHNIQUES:
            mot = element.get("text") or element.get("linkId") or "sans nom"
            ignores.append(f"«\u00a0{mot}\u00a0» ({chemin or 'sans définition'}) n’a pas de champ dans le portail.")
    return tuple(regles.values()), types, ignores


def _plat(elements) -> Iterator[Mapping[str, Any]]:
    for element in elements:
        if element.get("type") not in ("group", "display"):
            yield element
        yield from _plat(element.get("item") or ())


def chemin_de(definition: str) -> str:
    """Returns « characteristic:careMode » from the address of an element definition, or from a linkId."""
    chemin = definition.rpartition("#")[2].removeprefix("HealthcareService.")
    chemin = re.sub(r"^Hs\d+\.", "", chemin)
    return _MORCEAUX_MUETS.sub("", chemin)


def champ_de(chemin: str) -> str:
    """Returns the field of a FHIR element, empty when the portal has none."""
    possibles = [e for e in ELEMENTS if chemin == e or chemin.startswith((f"{e}.", f"{e}["))]
    return ELEMENTS[max(possibles, key=len)] if possibles else ""


def _regle(champ: str, ordre: int, element: Mapping[str, Any]) -> RegleChamp:
    cache = any(e.get("url") == _CACHE and e.get("valueBoolean") for e in element.get("extension") or ())
    return RegleChamp(
        champ,
        ordre,
        visible=not cache,
        obligatoire=_vrai(element, "required"),
        repetable=_vrai(element, "repeats"),
        lecture_seule=_vrai(element, "readOnly"),
        codes=tuple(dict.fromkeys(_codes(element))),
        defaut=_defaut(element),
    )


def _vrai(element: Mapping[str, Any], cle: str) -> bool:
    valeur = element.get(cle, False)
    if not isinstance(valeur, bool):
        raise TypeError(f"{cle} = {valeur!r}, true ou false attendu")
    return valeur


def _codes(element: Mapping[str, Any]) -> list[str]:
    return [option["valueCoding"]["code"] for option in element.get("answerOption") or () if "valueCoding" in option]


def _defaut(element: Mapping[str, Any]) -> Valeur:
    initiaux = [*(element.get("initial") or ())]
    initiaux += [o for o in element.get("answerOption") or () if o.get("initialSelected")]
    for initial in initiaux:
        for cle in ("valueCoding", "valueInteger", "valueBoolean", "valueString", "valueDate"):
            if cle in initial:
                return initial[cle]["code"] if cle == "valueCoding" else initial[cle]
    return None


def _contextes(contextes) -> tuple[frozenset[str], frozenset[str], list[str]]:
    champs_activite, categories, autres = set(), set(), []
    for contexte in contextes:
        quoi = contexte["code"]["code"]
        codes = {c["code"] for c in contexte.get("valueCodeableConcept", {}).get("coding") or ()}
        if quoi == "EG":
            categories |= codes
        elif quoi == "champAct":
            champs_activite |= codes
        else:
            autres.append(f"Contexte «\u00a0{quoi}\u00a0» non utilisé par le portail.")
    return frozenset(champs_activite), frozenset(categories), autres


def _controler(modele: Modele) -> None:
    if not _IDENTIFIANT.fullmatch(modele.identifiant):
        raise ModeleIllisible(
            "L’identifiant du modèle est absent ou illisible\u00a0: «\u00a0MS-141\u00a0» par exemple."
        )
    if not modele.titre or len(modele.titre) > 255 or len(modele.version) > 30:
        raise ModeleIllisible("Le titre (255 caractères au plus) ou la version (30 au plus) ne convient pas.")
    if not modele.regles:
        raise ModeleIllisible("Ce questionnaire ne décrit aucun champ d’une offre.")
    bornes = [(modele.types, 20), (modele.champs_activite, 2), (modele.categories, 4)]
    bornes += [(regle.codes, 20) for regle in modele.regles] + [({regle.champ for regle in modele.regles}, 40)]
    for codes, borne in bornes:
        for code in codes:
            if not isinstance(code, str) or not 0 < len(code) <= borne:
                raise ModeleIllisible(
                    f"«\u00a0{str(code)[:60]}\u00a0» n’est pas un code\u00a0: {borne} caractères au plus."
                )
    noms = [regle.champ for regle in modele.regles]
    if len(set(noms)) != len(noms):
        raise ModeleIllisible("Un champ est décrit deux fois.")
