"""The national rules about an establishment and its offers together: EX, ST, CO2, CO4, RE1.2: pure."""

from collections.abc import Callable, Iterable

from ror.commun.texte import normaliser

from .faits import (
    AUTORISATIONS_ABSENTES,
    CATEGORIES_MEDICO_SOCIALES,
    CATEGORIES_VILLE,
    Autorisation,
    Etat,
    FaitsEtablissement,
    FaitsOffre,
    Trouve,
)
from .fraicheur import Fraicheur, depuis_un_an

_HORS_PERIMETRE_HISTORIQUE = frozenset({"178", "197", "228"})
_REANIMATION = frozenset({"121", "122", "123", "124", "125", "126", "127", "129"})
_REANIMATION_PEDIATRIQUE, _REANIMATION_NEONAT = frozenset({"130"}), frozenset({"128"})
_OBSTETRIQUE, _NEONAT, _SOINS_INTENSIFS_NEONAT = frozenset({"100", "260"}), frozenset({"094"}), frozenset({"369"})
_PERINATALITE = _OBSTETRIQUE | _NEONAT | _SOINS_INTENSIFS_NEONAT | _REANIMATION_NEONAT
_MODES_HOSPITALISATION = frozenset({"14", "28", "29", "30", "34"})
_TYPES_MATERNITE = {"04": "3", "03": "2B", "02": "2A", "01": "1"}


def _ex12(faits: FaitsEtablissement) -> Trouve:
    if not faits.numero_finess:
        return None
    if faits.categorie in CATEGORIES_MEDICO_SOCIALES - _HORS_PERIMETRE_HISTORIQUE:
        return Etat.CONFORME, "Établissement médico-social du périmètre, présent dans le ROR."
    if faits.autorisations is None:
        return Etat.NON_EVALUABLE, f"{AUTORISATIONS_ABSENTES} Elles disent si l’établissement est du périmètre."
    if faits.autorisations & {Autorisation.MCO, Autorisation.PSY, Autorisation.SMR}:
        return Etat.CONFORME, "Établissement sanitaire autorisé, présent dans le ROR."
    return None


def _ex2(faits: FaitsEtablissement) -> Trouve:
    if not faits.recue:
        return Etat.NON_EVALUABLE, "FINESS n’a encore rien dit de cet établissement."
    if faits.etat_finess:
        return Etat.ECART, faits.etat_finess
    if faits.date_fermeture and faits.date_fermeture <= faits.jour and not faits.fermee:
        jour = f"{faits.date_fermeture:%d/%m/%Y}"
        return Etat.ECART, f"FINESS le dit fermé depuis le {jour}, le ROR le dit ouvert."
    return Etat.CONFORME, "FINESS et le ROR disent le même état."


def _exiger_offre(autorisation: Autorisation, activites: frozenset[str]) -> Callable[[FaitsEtablissement], Trouve]:
    def evaluer(faits: FaitsEtablissement) -> Trouve:
        nombre = sum(1 for offre in faits.offres if activites & offre.activites)
        if faits.autorisations is None:
            if faits.categorie in CATEGORIES_MEDICO_SOCIALES | CATEGORIES_VILLE:
                return None
            decrites = f"{nombre} offre{'s' if nombre > 1 else ''} de {autorisation} décrite{'s' if nombre > 1 else ''}"
            return Etat.NON_EVALUABLE, f"{AUTORISATIONS_ABSENTES} {decrites.capitalize()}."
        if autorisation not in faits.autorisations:
            return None
        if nombre:
            return Etat.CONFORME, f"L’offre autorisée de {autorisation} est décrite."
        return Etat.ECART, f"FINESS autorise la {autorisation}, aucune offre ne la décrit."

    return evaluer


def _st2(faits: FaitsEtablissement) -> Trouve:
    if not faits.numero_finess:
        return None
    if not faits.recue:
        return Etat.NON_EVALUABLE, "FINESS n’a encore rien dit de cet établissement."
    return (Etat.ECART, faits.ej_finess) if faits.ej_finess else (Etat.CONFORME, "L’entité juridique est la même.")


def _st3(faits: FaitsEtablissement) -> Trouve:
    if faits.fermee or faits.categorie in CATEGORIES_VILLE:
        return None
    if not faits.numero_finess and not faits.siret:
        return Etat.NON_EVALUABLE, "L’établissement n’a ni numéro FINESS ni SIRET."
    if faits.doublons:
        nombre = f"{faits.doublons} autre{'s' if faits.doublons > 1 else ''}"
        return Etat.ECART, f"{nombre} établissement{'s' if faits.doublons > 1 else ''} de la région a cet identifiant."
    return Etat.CONFORME, "Aucun autre établissement n’a cet identifiant."


def _co4(faits: FaitsEtablissement) -> Trouve:
    if not faits.numero_finess or faits.categorie in CATEGORIES_VILLE:
        return None
    if not faits.recue:
        return Etat.NON_EVALUABLE, "FINESS n’a encore rien dit de cet établissement."
    if faits.categorie_finess:
        return Etat.ECART, faits.categorie_finess
    return Etat.CONFORME, "La catégorie est la même."


def dans_la_perinatalite(offre: FaitsOffre) -> bool:
    """Whether CO2 looks at this offer: obstetrics or neonatology with hospitalisation."""
    return offre.mode_prise_en_charge in _MODES_HOSPITALISATION and bool(
        _PERINATALITE & offre.activites or _TYPES_MATERNITE.keys() & (offre.niveaux or ())
    )


def _co2(faits: FaitsEtablissement) -> Trouve:
    offres = [offre for offre in faits.offres if dans_la_perinatalite(offre)]
    if not offres:
        return None
    presentes = frozenset().union(*(offre.activites for offre in offres))
    declare = None if any(o.niveaux is None for o in offres) else _type_declare(offres)
    defauts = _defauts_de_maternite(presentes, any("maternite" in normaliser(offre.nom) for offre in offres))
    attendu = _type_attendu(presentes)
    if declare is not None and declare != attendu:
        dit = f"le type {declare} est déclaré" if declare else "aucun type n’est déclaré"
        defauts.append(f"{dit}, les offres décrites correspondent au type {attendu}")
    if defauts:
        texte = "\u00a0; ".join(defauts)
        return Etat.ECART, f"{texte[0].upper()}{texte[1:]}.", "activites"
    if declare is None:
        return (
            Etat.NON_EVALUABLE,
            f"Les offres décrites vont avec le type {attendu}\u00a0; le type n’est pas saisi ici.",
        )
    if faits.autorisations is None:
        return Etat.NON_EVALUABLE, f"Les offres vont avec le type {declare} déclaré. {AUTORISATIONS_ABSENTES}"
    autorise = _type_autorise(faits.autorisations)
    if autorise != declare:
        return Etat.ECART, f"Le type {declare} est déclaré, FINESS autorise\u00a0: {autorise or 'aucun'}.", "activites"
    return Etat.CONFORME, f"Maternité de type {declare}, comme autorisé."


def _type_declare(offres: Iterable[FaitsOffre]) -> str:
    niveaux = frozenset().union(*(offre.niveaux or frozenset() for offre in offres))
    return next((nom for code, nom in _TYPES_MATERNITE.items() if code in niveaux), "")


def _type_attendu(activites: frozenset[str]) -> str:
    for type_maternite, codes in (("3", _REANIMATION_NEONAT), ("2B", _SOINS_INTENSIFS_NEONAT), ("2A", _NEONAT)):
        if activites & codes:
            return type_maternite
    return "1"


def _type_autorise(autorisations: frozenset[Autorisation]) -> str:
    for type_maternite, autorisation in (
        ("3", Autorisation.REANIMATION_NEONAT),
        ("2B", Autorisation.SOINS_INTENSIFS_NEONAT),
        ("2A", Autorisation.NEONAT),
        ("1", Autorisation.OBSTETRIQUE),
    ):
        if autorisation in autorisations:
            return type_maternite
    return ""


def _defauts_de_maternite(activites: frozenset[str], nommee: bool) -> list[str]:
    defauts = []
    if not activites & _OBSTETRIQUE:
        defauts.append("aucune offre d’obstétrique n’est décrite")
    if activites & _REANIMATION_NEONAT and not activites & _SOINS_INTENSIFS_NEONAT:
        defauts.append("la réanimation néonatale est décrite sans les soins intensifs de néonatalogie")
    if activites & _SOINS_INTENSIFS_NEONAT and not activites & _NEONAT:
        defauts.append("les soins intensifs de néonatalogie sont décrits sans la néonatalogie")
    if not nommee:
        defauts.append("aucune de ces offres n’a «\u00a0maternité\u00a0» dans son nom")
    return defauts


def _re12(faits: FaitsEtablissement) -> Trouve:
    if faits.fermee or faits.categorie in CATEGORIES_VILLE:
        return None
    total = len(faits.offres)
    if not total:
        return Etat.CONFORME, "Aucune offre n’est décrite."
    recentes = sum(1 for offre in faits.offres if depuis_un_an(offre.mise_a_jour, faits.jour))
    fraicheur = Fraicheur(total, sum(1 for offre in faits.offres if offre.relue), recentes)
    texte = f"{recentes} offre{'s' if recentes > 1 else ''} sur {total} mise{'s' if recentes > 1 else ''} à jour"
    etat = Etat.CONFORME if fraicheur.re12 else Etat.ECART
    return etat, f"{texte} depuis un an ({fraicheur.attendu_re12})."


REGLES_ETABLISSEMENT = (
    ("EX1.2", _ex12),
    ("EX2", _ex2),
    ("EX3", _exiger_offre(Autorisation.REANIMATION, _REANIMATION)),
    ("EX4", _exiger_offre(Autorisation.REANIMATION_PEDIATRIQUE, _REANIMATION_PEDIATRIQUE)),
    ("EX5", _exiger_offre(Autorisation.REANIMATION_NEONAT, _REANIMATION_NEONAT)),
    ("ST2", _st2),
    ("ST3", _st3),
    ("CO2", _co2),
    ("CO4", _co4),
    ("RE1.2", _re12),
)
