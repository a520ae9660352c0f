"""The national rules about one offer: CO1, CO3, CP5, CP6 (ANS queries of the same names): pure."""

import re

from ror.commun.texte import normaliser

from .faits import (
    AUTORISATIONS_ABSENTES,
    CATEGORIES_MEDICO_SOCIALES,
    CATEGORIES_VILLE,
    Autorisation,
    Etat,
    FaitsOffre,
    Trouve,
)

_CP5_TOUS_MODES = frozenset({"183", "186", "194", "195", "255", "390", "395", "437"})
_CP5_HEBERGEMENT = frozenset({"202", "207", "500", "501", "502"})
_HEBERGEMENT, _MODES_MEDICO_SOCIAUX = "46", frozenset({"46", "47", "48"})
_PASA, _REPIT = "25", "38"

_URGENCES, _URGENCES_PEDIATRIQUES, _ACCUEIL_DES_URGENCES = "157", "249", "33"
_MEDECINE_PENITENTIAIRE, _ACTES_NRBC = "089", frozenset({"0006", "0007", "0008"})
_CATEGORIES_SANS_SENSIBLE = frozenset({"500", "124"}) | CATEGORIES_VILLE
_SIGLES_SENSIBLES = re.compile(r"\b(uhsi|usmp|uhsa|smpr|ufdh|umdh|umd|nrbc)")
_MOTS_SENSIBLES = (
    "securise",
    "securite inter regionale",
    "securite interregionale",
    "detenu",
    "penitentia",
    "specialement amenage",
    "service medico psychologique regional",
    "contamin",
)
_CONFONDUS = (("securise", "alzheimer"), ("smpr", "readaptation"))
"""A word that does not count beside another: a secured unit for Alzheimer, a SMPR of réadaptation."""


def _co1(faits: FaitsOffre) -> Trouve:
    voulues = {
        autorisation
        for activite, autorisation in (
            (_URGENCES, Autorisation.URGENCES),
            (_URGENCES_PEDIATRIQUES, Autorisation.URGENCES_PEDIATRIQUES),
        )
        if activite in faits.activites
    }
    if not voulues or faits.mode_prise_en_charge != _ACCUEIL_DES_URGENCES:
        return None
    if "urgence" not in normaliser(faits.nom):
        return Etat.ECART, "Cette offre accueille des urgences et son nom ne le dit pas.", "nom"
    if faits.autorisations is None:
        return Etat.NON_EVALUABLE, f"Le nom est conforme. {AUTORISATIONS_ABSENTES}"
    if manquantes := sorted(voulues - faits.autorisations):
        return Etat.ECART, f"FINESS n’autorise pas l’établissement\u00a0: {', '.join(manquantes)}.", "activites"
    return Etat.CONFORME, "Le nom et l’autorisation sont conformes."


def motifs_de_sensibilite(faits: FaitsOffre) -> list[str]:
    """Returns why an offer is a sensitive unit (penitentiary, NRBC), in words; empty when it is not."""
    if faits.categorie in _CATEGORIES_SANS_SENSIBLE:
        return []
    motifs = []
    if _nom_sensible(faits.nom):
        motifs.append("son nom")
    if faits.nom_uf and _nom_sensible(faits.nom_uf):
        motifs.append("le nom de son unité fonctionnelle")
    if _MEDECINE_PENITENTIAIRE in faits.activites:
        motifs.append("l’activité «\u00a0Médecine pénitentiaire\u00a0»")
    if _ACTES_NRBC & faits.actes:
        motifs.append("ses actes de décontamination (NRBC)")
    return motifs


def _nom_sensible(nom: str) -> bool:
    texte = normaliser(nom)
    for mot, voisin in _CONFONDUS:
        if voisin in texte:
            texte = texte.replace(mot, "")
    return bool(_SIGLES_SENSIBLES.search(texte)) or any(mot in texte for mot in _MOTS_SENSIBLES)


def _co3(faits: FaitsOffre) -> Trouve:
    motifs = motifs_de_sensibilite(faits)
    if motifs and not faits.unite_sensible:
        raison = ", ".join(motifs)
        return (
            Etat.ECART,
            f"D’après {raison}, cette offre est à signaler «\u00a0unité sensible\u00a0».",
            "unite_sensible",
        )
    if faits.unite_sensible and not motifs:
        texte = (
            "«\u00a0Unité sensible\u00a0» est réservé aux unités pénitentiaires et NRBC\u00a0:"
            " ni le nom, ni les activités, ni les actes de cette offre ne la disent telle."
        )
        return Etat.ECART, texte, "unite_sensible"
    return (Etat.CONFORME, "L’offre est signalée «\u00a0unité sensible\u00a0».") if motifs else None


def _dans_le_medico_social(faits: FaitsOffre) -> bool:
    return (
        faits.mode_prise_en_charge in _MODES_MEDICO_SOCIAUX
        and faits.categorie in CATEGORIES_MEDICO_SOCIALES
        and faits.type_offre != _REPIT
    )


def _cp5(faits: FaitsOffre) -> Trouve:
    concernee = faits.categorie in _CP5_TOUS_MODES or (
        faits.categorie in _CP5_HEBERGEMENT and faits.mode_prise_en_charge == _HEBERGEMENT
    )
    if not concernee or not _dans_le_medico_social(faits):
        return None
    manques = [
        mot
        for mot, valeur in (
            ("son type d’UO", faits.type_offre),
            ("sa temporalité d’accueil", faits.temporalite_accueil),
        )
        if not valeur
    ]
    if not manques:
        return Etat.CONFORME, "Le type d’UO et la temporalité d’accueil sont renseignés."
    champ = "" if faits.temporalite_accueil else "temporalite_accueil"
    return Etat.ECART, f"Cette offre ne dit pas {' ni '.join(manques)}.", champ


def _cp6(faits: FaitsOffre) -> Trouve:
    if not _dans_le_medico_social(faits) or faits.type_offre == _PASA:
        return None
    if faits.places_installees is None:
        return Etat.NON_EVALUABLE, "Le nombre de places installées n’est pas dans le Répertoire."
    if faits.places_installees <= 0:
        return Etat.ECART, "Le nombre de places installées est à zéro.", "lieux"
    places = faits.places_installees
    return Etat.CONFORME, f"{places} place{'s' if places > 1 else ''} installée{'s' if places > 1 else ''}."


REGLES_OFFRE = (("CO1", _co1), ("CO3", _co3), ("CP5", _cp5), ("CP6", _cp6))
