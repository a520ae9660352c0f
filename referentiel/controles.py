"""What a person may type in a fiche: each refusal is a French sentence beside its field. Nothing is written here."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from ror.commun.erreurs import SaisieInvalide

from . import horaires
from .champs import Champ, Saisie
from .changements import Changement, Fiche, Genre, Valeur
from .libelles import CANAUX, CODES_CONTACT
from .models import Code, Contact, Structure

LONGUEURS_CONTACT = {"nom": 120, "description": 255}
LONGUEURS_TELECOM = {"adresse": 254, "usage": 120}
CONTACTS_MAX = 50
LIGNES_HORAIRES_MAX = 400
CLE_HORAIRE_MAX = 40

CodesDemandes = dict[tuple[str, str], set[str]]
"""(field, code list) → codes that the list must know."""


def controler_formes(champs: Mapping[str, Champ], saisies: Fiche) -> None:
    """Refuses a field that may not be typed here: unknown, owned by FINESS, empty though needed, or of no known shape.

    Raises:
        SaisieInvalide: the sentences, by field.
    """
    erreurs = {nom: erreur for nom in saisies if (erreur := _erreur_de_forme(champs.get(nom), saisies[nom]))}
    if erreurs:
        raise SaisieInvalide(erreurs)


def controler(champs: Mapping[str, Champ], gestes: Iterable[Changement], structure: Structure | None = None) -> None:
    """Refuses typed values that mean nothing. Values left as they were are not read again: an old one may stay.

    Args:
        champs: the fields of the fiche, by name.
        gestes: what differs from what the form showed.
        structure: the node the contacts belong to.

    Raises:
        SaisieInvalide: the sentences, by field.
    """
    gestes = tuple(gestes)
    lus = {geste.champ: _erreur_de_valeur(champs[geste.champ], geste.propose) for geste in gestes}
    erreurs = {nom: erreur for nom, erreur in lus.items() if erreur}
    if not erreurs:
        erreurs = {**_codes_inconnus(champs, gestes), **_contacts_d_ailleurs(champs, gestes, structure)}
    if erreurs:
        raise SaisieInvalide(erreurs)


LIES = frozenset({"age_min", "age_max", "age_min_unite", "age_max_unite"})
"""The fields that `controler_ensemble` looks at together."""


def controler_ensemble(valeurs: Fiche) -> None:
    """Refuses a whole fiche whose values contradict one another, whoever typed each of them.

    Raises:
        SaisieInvalide: the sentences, by field.
    """
    minimum, maximum = valeurs.get("age_min"), valeurs.get("age_max")
    memes_unites = valeurs.get("age_min_unite") == valeurs.get("age_max_unite")
    if isinstance(minimum, int) and isinstance(maximum, int) and memes_unites and minimum > maximum:
        raise SaisieInvalide({"age_max": f"L’âge maximum ({maximum}) est inférieur à l’âge minimum ({minimum})."})


def _erreur_de_forme(champ: Champ | None, valeur: Valeur) -> str | None:
    if champ is None:
        return "Ce champ n’existe pas sur cette fiche."
    if champ.finess:
        return f"{champ.libelle}\u00a0: cette donnée vient de FINESS. Demandez une correction au support."
    if champ.obligatoire and (valeur is None or (isinstance(valeur, str) and not valeur.strip())):
        return f"{champ.libelle}\u00a0: une valeur est attendue."
    if champ.genre is Genre.ENSEMBLE and not _liste_de_textes(valeur or []):
        return f"{champ.libelle}\u00a0: choisissez dans la liste."
    if champ.genre is Genre.TABLE and not isinstance(valeur or {}, dict):
        return f"{champ.libelle}\u00a0: cette saisie est illisible. Rechargez la page."
    return None


def _liste_de_textes(valeur: Valeur) -> bool:
    return isinstance(valeur, list) and all(isinstance(code, str) for code in valeur)


def _erreur_de_valeur(champ: Champ, valeur: Valeur) -> str | None:
    if "\\u0000" in json.dumps(valeur):
        return f"{champ.libelle}\u00a0: un caractère ne peut pas être enregistré. Retapez ce texte."
    if valeur in (None, [], {}):
        return None
    lecture = _LECTURES.get(champ.saisie)
    return lecture(champ, valeur) if lecture else None


def _texte(champ: Champ, valeur: Valeur) -> str | None:
    if not isinstance(valeur, str):
        return f"{champ.libelle}\u00a0: un texte est attendu."
    if champ.max_longueur and len(valeur) > champ.max_longueur:
        return f"{champ.libelle}\u00a0: {champ.max_longueur} caractères au plus ({len(valeur)} saisis)."
    return None


def _entier(champ: Champ, valeur: Valeur) -> str | None:
    if type(valeur) is not int or not 0 <= valeur <= 32767:
        return f"{champ.libelle}\u00a0: un nombre entier positif est attendu, par exemple 60."
    return None


def _booleen(champ: Champ, valeur: Valeur) -> str | None:
    return None if isinstance(valeur, bool) else f"{champ.libelle}\u00a0: choisissez oui ou non."


def _date(champ: Champ, valeur: Valeur) -> str | None:
    try:
        date.fromisoformat(valeur)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return f"{champ.libelle}\u00a0: une date est attendue, par exemple 31/12/2026."
    return None


def _contacts(champ: Champ, valeur: Valeur) -> str | None:
    if not isinstance(valeur, dict) or not all(_contact_lisible(cle, ligne) for cle, ligne in valeur.items()):
        return "Contacts\u00a0: une ligne est illisible. Rechargez la page."
    if len(valeur) > CONTACTS_MAX:
        return f"Contacts\u00a0: {CONTACTS_MAX} au plus."
    for ligne in valeur.values():
        for morceau, bornes in [
            (ligne, LONGUEURS_CONTACT),
            *((t, LONGUEURS_TELECOM) for t in ligne.get("telecoms") or []),
        ]:
            for colonne, borne in bornes.items():
                if len(morceau.get(colonne) or "") > borne:
                    return f"Contacts\u00a0: «\u00a0{str(morceau[colonne])[:20]}…\u00a0» dépasse {borne} caractères."
    return None


def _contact_lisible(cle: str, ligne: Valeur) -> bool:
    try:
        UUID(cle)
    except ValueError:
        return False
    if not isinstance(ligne, dict):
        return False
    telecoms = ligne.get("telecoms") or []
    morceaux = [ligne, *telecoms] if isinstance(telecoms, list) else []
    textes = {*CODES_CONTACT, *LONGUEURS_CONTACT, *LONGUEURS_TELECOM, "canal"}
    return bool(morceaux) and all(
        isinstance(m, dict) and all(isinstance(m.get(c), str | None) for c in textes) for m in morceaux
    )


def _horaires(champ: Champ, valeur: Valeur) -> str | None:
    lisible = isinstance(valeur, dict) and len(valeur) <= LIGNES_HORAIRES_MAX
    if not lisible or any(len(cle) > CLE_HORAIRE_MAX for cle in valeur):  # type: ignore[union-attr]
        return "Horaires\u00a0: cette saisie est illisible. Rechargez la page."
    return None


_LECTURES = {
    Saisie.TEXTE: _texte,
    Saisie.TEXTE_LONG: _texte,
    Saisie.CODE: _texte,
    Saisie.ENTIER: _entier,
    Saisie.BOOLEEN: _booleen,
    Saisie.DATE: _date,
    Saisie.CONTACTS: _contacts,
    Saisie.HORAIRES: _horaires,
}


def lignes_horaires_illisibles(base: Valeur, propose: Valeur) -> Collection[str]:
    """Returns the keys of the rows added or changed that the model of hours does not understand."""
    avant, apres = base or {}, propose or {}
    incomprises = horaires.depuis_table(apres).autres  # type: ignore[arg-type]
    return [cle for cle, ligne in incomprises.items() if avant.get(cle) != ligne]  # type: ignore[union-attr]


def _codes_inconnus(champs: Mapping[str, Champ], gestes: Iterable[Changement]) -> dict[str, str]:
    """A code newly carried must be known and still offered; one query for all of them."""
    demandes: CodesDemandes = defaultdict(set)
    erreurs = {}
    for geste in gestes:
        champ = champs[geste.champ]
        if champ.nomenclature:
            demandes[champ.nom, champ.nomenclature] |= _ajoutes(geste)
        elif champ.saisie is Saisie.CONTACTS:
            _codes_de_contacts(geste, demandes)
        elif champ.saisie is Saisie.HORAIRES and lignes_horaires_illisibles(geste.base, geste.propose):
            erreurs[champ.nom] = "Horaires\u00a0: cette saisie est illisible. Rechargez la page."
    voulus = {code for codes in demandes.values() for code in codes}
    connus = Code.objects.proposes().filter(code__in=voulus) if voulus else Code.objects.none()
    offerts = set(connus.values_list("nomenclature__identifiant", "code"))
    for (nom, liste), codes in demandes.items():
        if any((liste, code) not in offerts for code in codes):
            libelle = champs[nom].libelle
            erreurs[nom] = f"{libelle}\u00a0: cette valeur n’est plus proposée. Choisissez-en une dans la liste."
    return erreurs


def _ajoutes(geste: Changement) -> set[str]:
    avant, apres = (set(v) if isinstance(v, list) else {v} for v in (geste.base, geste.propose))
    return {code for code in apres - avant if code is not None}


def _codes_de_contacts(geste: Changement, demandes: CodesDemandes) -> None:
    for cle, ligne in (geste.propose or {}).items():  # type: ignore[union-attr]
        avant = (geste.base or {}).get(cle) or {}  # type: ignore[union-attr]
        for colonne, liste in CODES_CONTACT.items():
            if ligne.get(colonne) and ligne[colonne] != avant.get(colonne):
                demandes["contacts", liste].add(ligne[colonne])
        if ligne.get("telecoms") != avant.get("telecoms"):
            for telecom in ligne.get("telecoms") or []:
                demandes["contacts", CANAUX].add(telecom.get("canal") or "")
                demandes["contacts", CODES_CONTACT["confidentialite"]].add(telecom.get("confidentialite") or "1")


def _contacts_d_ailleurs(
    champs: Mapping[str, Champ], gestes: Iterable[Changement], structure: Structure | None
) -> dict[str, str]:
    """The key of a contact of another fiche would take that contact away."""
    for geste in gestes:
        if champs[geste.champ].saisie is Saisie.CONTACTS and geste.propose:
            d_ailleurs = Contact.objects.filter(cle__in=list(geste.propose)).exclude(structure=structure)
            if d_ailleurs.exists():
                return {geste.champ: "Contacts\u00a0: une ligne vient d’une autre fiche. Rechargez la page."}
    return {}
