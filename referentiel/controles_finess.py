"""What a correction of a value owned by FINESS must be: checked when it is asked, and when it is applied (S91–S94)."""

import re
from collections.abc import Callable, Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from ror.commun.erreurs import SaisieInvalide

from . import fiches
from .champs import Champ, Saisie, champs_de
from .changements import Changement, Fiche, Valeur, comparer
from .controles import controler
from .departements import NOMS
from .identifiants import departement_depuis, finess_valide, siren_valide, siret_valide
from .models import EntiteGeographique, EntiteJuridique, Structure
from .telecoms import TELEPHONE, erreur_adresse

_SANS_SEPARATEUR = frozenset({"numero_finess", "siret", "siren", "telephone", "telecopie", "code_ape", "code_postal"})
_NECESSAIRES = frozenset({"numero_finess", "raison_sociale"})


def nettoyer(valeurs: Fiche) -> dict[str, Valeur]:
    """Returns typed values as FINESS writes them: numbers without separators, letters of codes in capitals."""
    propres = dict(valeurs)
    for nom in _SANS_SEPARATEUR & valeurs.keys():
        propres[nom] = re.sub(r"[\s.\-]", "", str(valeurs[nom] or "")).upper()
    if "commune_cog" in valeurs:
        propres["commune_cog"] = str(valeurs["commune_cog"] or "").strip().upper()
    return propres


def controler_correction(structure: Structure, champs: Mapping[str, Champ], vues: Fiche, valeurs: Fiche) -> None:
    """Refuses a correction that cannot be right; what is left as it was is not read again.

    Args:
        structure: the fiche.
        champs: the fields it is about.
        vues: their values before.
        valeurs: the proposed ones.

    Raises:
        SaisieInvalide: the sentences, by field.
    """
    genres = {nom: champ.genre for nom, champ in champs.items()}
    gestes = comparer(vues, valeurs, genres)
    controler(champs, gestes, structure)
    erreurs = {g.champ: phrase for g in gestes if (phrase := _erreur(structure, champs[g.champ], g))}
    if not erreurs and any(g.champ in ("code_postal", "commune_cog") for g in gestes):
        erreurs = _erreurs_de_commune(structure, {**vues, **valeurs})
    if not erreurs and any(g.champ.startswith("date_") for g in gestes):
        erreurs = _erreurs_de_dates(structure, valeurs)
    if erreurs:
        raise SaisieInvalide(erreurs)


def _erreur(structure: Structure, champ: Champ, geste: Changement) -> str | None:
    valeur = geste.propose
    if valeur in (None, "", []):
        return f"{champ.libelle}\u00a0: une valeur est attendue." if champ.nom in _NECESSAIRES else None
    if isinstance(valeur, str) and champ.saisie is Saisie.TEXTE:
        borne = _longueur(structure, champ)
        if borne and len(valeur) > borne:
            return f"{champ.libelle}\u00a0: {borne} caractères au plus ({len(valeur)} saisis)."
        lecture = _LECTURES.get(champ.nom)
        phrase = lecture(valeur) if lecture else None
        if phrase:
            return f"{champ.libelle}\u00a0: {phrase}"
    if champ.nom == "numero_finess":
        autre = Structure.objects.filter(numero_finess=valeur).exclude(pk=structure.pk).first()
        if autre:
            return f"Numéro FINESS\u00a0: c’est déjà celui de «\u00a0{autre}\u00a0»."
    return None


def _longueur(structure: Structure, champ: Champ) -> int | None:
    modele = Structure if champ.nom == "numero_finess" else fiches.DETAILS[structure.type_niveau]
    return getattr(modele._meta.get_field(champ.nom), "max_length", None)


def _courriel(valeur: str) -> str | None:
    try:
        validate_email(valeur)
    except ValidationError:
        return "une adresse est attendue, par exemple accueil@exemple.fr."
    return None


def _motif(expression: str, phrase: str) -> Callable[[str], str | None]:
    return lambda valeur: None if re.fullmatch(expression, valeur) else phrase


def _cle(valide: Callable[[str], bool], chiffres: int, nom: str) -> Callable[[str], str | None]:
    def lire(valeur: str) -> str | None:
        if len(valeur) != chiffres:
            return f"{chiffres} caractères sont attendus ({len(valeur)} saisis)."
        return None if valide(valeur) else f"sa clé de contrôle est fausse. Vérifiez les chiffres de ce {nom}."

    return lire


def _telephone(valeur: str) -> str | None:
    return erreur_adresse(TELEPHONE, valeur) or None


_LECTURES: dict[str, Callable[[str], str | None]] = {
    "numero_finess": _cle(finess_valide, 9, "numéro"),
    "siret": _cle(siret_valide, 14, "SIRET"),
    "siren": _cle(siren_valide, 9, "SIREN"),
    "telephone": _telephone,
    "telecopie": _telephone,
    "courriel": _courriel,
    "code_ape": _motif(r"[0-9]{4}[A-Z]", "quatre chiffres et une lettre sont attendus, par exemple 8610Z."),
    "numero_uai": _motif(r"[0-9]{7}[A-Za-z]", "sept chiffres et une lettre sont attendus."),
    "code_postal": _motif(r"[0-9]{5}", "cinq chiffres sont attendus, par exemple 77000."),
    "commune_cog": _motif(r"(?:[0-9]{2}|2[AB])[0-9]{3}", "cinq caractères sont attendus, par exemple 77288 ou 2A004."),
}


def _erreurs_de_commune(structure: Structure, valeurs: Fiche) -> dict[str, str]:
    """A postcode and a commune of two départements do not go together, but for the pairs FINESS itself gives.

    An address in another département is another establishment for FINESS, which numbers by département.
    """
    postal, commune = str(valeurs.get("code_postal") or ""), str(valeurs.get("commune_cog") or "")
    du_postal = departement_depuis(code_postal=postal)
    de_la_commune = departement_depuis(commune_cog=commune)
    if commune and de_la_commune not in NOMS:
        return {"commune_cog": "Commune\u00a0: ce code ne commence par aucun département."}
    if commune and postal and not _vont_ensemble(postal, commune, du_postal, de_la_commune):
        return {"code_postal": f"Code postal\u00a0: {postal} et la commune {commune} sont de deux départements."}
    trouve = de_la_commune or du_postal
    if trouve and structure.departement and trouve != structure.departement:
        texte = (
            f"Cette adresse est dans un autre département ({trouve}) que la fiche ({structure.departement})."
            " Un tel transfert passe par FINESS\u00a0: laissez l’adresse et expliquez-le dans le motif."
        )
        return {"commune_cog" if commune else "code_postal": texte}
    return {}


def _vont_ensemble(postal: str, commune: str, du_postal: str, de_la_commune: str) -> bool:
    if postal.startswith("20"):
        return de_la_commune in ("2A", "2B")
    if du_postal == de_la_commune:
        return True
    paire = {"code_postal": postal, "commune_cog": commune, "finess_recu_le__isnull": False}
    return any(modele.objects.filter(**paire).exists() for modele in (EntiteGeographique, EntiteJuridique))


def _erreurs_de_dates(structure: Structure, valeurs: Fiche) -> dict[str, str]:
    """Nothing closes before it opens; ISO dates compare as texts."""
    noms = [nom for nom in champs_de(structure.type_niveau) if nom.startswith("date_")]
    toutes = {**fiches.lire(structure, noms), **valeurs}
    debut = next((str(toutes[nom]) for nom in ("date_ouverture", "date_creation") if toutes.get(nom)), "")
    fin = str(toutes.get("date_fermeture") or "")
    for nom in noms:
        valeur = str(valeurs.get(nom) or "")
        if valeur and not "1800-01-01" <= valeur <= "2100-01-01":
            return {nom: "Cette date n’est pas possible\u00a0: vérifiez l’année."}
    if debut and fin and fin < debut:
        fautif = next(nom for nom in ("date_fermeture", "date_ouverture", "date_creation") if nom in valeurs)
        return {fautif: "La date de fermeture précède celle d’ouverture."}
    return {}
