"""What a person may type in a fiche: each refusal is a French sentence beside its field. Nothing is written here."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from ror.commun.erreurs import SaisieInvalide
from ror.commun.texte import est_uuid

from . import fermeture, horaires, regles_lignes
from .champs import LISTE_LIEUX, Champ, Saisie
from .changements import Changement, Fiche, Genre, Valeur
from .codes import condition, valeur_de
from .libelles import CANAUX, CODES_CONTACT, codes_de_lignes
from .lieux import lieux_de
from .lignes import appartient
from .modeles_saisie import SchemaUO, est_vide
from .models import Code, Contact, Lieu, Structure

LONGUEURS_CONTACT = {"nom": 120, "description": 255}
LONGUEURS_TELECOM = {"adresse": 254, "usage": 120}
CONTACTS_MAX = 50
LIGNES_HORAIRES_MAX = 400
CLE_HORAIRE_MAX = 40
LIGNES_MAX = 200
CODES_MAX = 1500
TEXTES_MAX = 50
MONTANT_MAX = Decimal("9999999.99")

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


def controler(
    champs: Mapping[str, Champ], gestes: Iterable[Changement], parent: Structure | Lieu | None = None
) -> None:
    """Refuses typed values that mean nothing. Values left as they were are not read again: an old one may stay.

    Args:
        champs: the fields of the fiche, by name.
        gestes: what differs from what the form showed.
        parent: the node or the lieu that the rows of its tables belong to.

    Raises:
        SaisieInvalide: the sentences, by field.
    """
    gestes = tuple(gestes)
    lus = {
        geste.champ: _erreur_de_valeur(champs[geste.champ], geste.propose) or _incoherence(champs[geste.champ], geste)
        for geste in gestes
    }
    erreurs = {nom: erreur for nom, erreur in lus.items() if erreur}
    if not erreurs:
        erreurs = {**_codes_inconnus(champs, gestes, parent), **_lignes_d_ailleurs(champs, gestes, parent)}
    if erreurs:
        raise SaisieInvalide(erreurs)


def controler_schema(
    schema: SchemaUO, champs: Mapping[str, Champ], gestes: Iterable[Changement], publiees: Fiche
) -> None:
    """Refuses what the model of the offer does not admit. Old values stay, and what was empty may stay so (S76).

    Args:
        schema: the rules of this offer.
        champs: the fields of the fiche, by name.
        gestes: what was typed.
        publiees: the published values.

    Raises:
        SaisieInvalide: the sentences, by field.
    """
    lus = {g.champ: _erreur_de_schema(schema, champs[g.champ], g, publiees.get(g.champ)) for g in gestes}
    erreurs = {nom: erreur for nom, erreur in lus.items() if erreur}
    if erreurs:
        raise SaisieInvalide(erreurs)


def _erreur_de_schema(schema: SchemaUO, champ: Champ, geste: Changement, publiee: Valeur) -> str | None:
    if est_vide(geste.propose):
        videe = schema.obligatoire(champ) and not est_vide(publiee)
        return f"{champ.libelle}\u00a0: une valeur est attendue." if videe else None
    if not schema.visible(champ):
        return f"{champ.libelle}\u00a0: ce champ n’est pas prévu pour ce type d’UO."
    if not schema.modifiable(champ):
        return f"{champ.libelle}\u00a0: ce champ se lit, il ne se modifie pas."
    if not champ.nomenclature:
        return None
    portes = publiee if isinstance(publiee, list) else [publiee]
    if any(not schema.propose(champ, code) for code in _ajoutes(geste).difference(portes)):
        return f"{champ.libelle}\u00a0: cette valeur n’est pas proposée pour ce type d’UO. Choisissez dans la liste."
    return None


LIES = frozenset({"age_min", "age_max", "age_min_unite", "age_max_unite", *fermeture.CHAMPS})
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
    if "type_fermeture" in valeurs and (erreurs := fermeture.verifier(fermeture.Fermeture.depuis(valeurs))):
        raise SaisieInvalide(erreurs)


def controler_fermeture(gestes: Iterable[Changement], valeurs: Fiche, jour: date) -> None:
    """Refuses a closing just typed whose dates are over or implausible; one left as it was may grow old.

    Args:
        gestes: what differs from what the form showed.
        valeurs: the whole fiche with these changes.
        jour: the day it is where the offer is.

    Raises:
        SaisieInvalide: the sentences, by field.
    """
    touchee = any(geste.champ in fermeture.CHAMPS for geste in gestes)
    erreurs = fermeture.verifier_dates(fermeture.Fermeture.depuis(valeurs), jour) if touchee else {}
    if erreurs:
        raise SaisieInvalide(erreurs)


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


def _choix(champ: Champ, valeur: Valeur) -> str | None:
    connue = isinstance(valeur, str) and valeur in dict(champ.choix)
    return None if connue else f"{champ.libelle}\u00a0: choisissez dans la liste."


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
    if not est_uuid(cle) or not isinstance(ligne, dict):
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


def _montant(champ: Champ, valeur: Valeur) -> str | None:
    try:
        montant = Decimal(valeur) if isinstance(valeur, str) else Decimal("NaN")
    except InvalidOperation:
        montant = Decimal("NaN")
    if not montant.is_finite() or not 0 <= montant <= MONTANT_MAX or montant != round(montant, 2):
        return f"{champ.libelle}\u00a0: un montant en euros est attendu, par exemple 62,50."
    return None


def _lignes(champ: Champ, valeur: Valeur) -> str | None:
    """Every row has a key, known columns, those it needs, each of its own shape."""
    if not isinstance(valeur, dict) or len(valeur) > LIGNES_MAX:
        return f"{champ.libelle}\u00a0: {LIGNES_MAX} lignes au plus."
    colonnes = {colonne.nom: colonne for colonne in champ.colonnes}
    for cle, ligne in valeur.items():
        if not est_uuid(cle) or not isinstance(ligne, dict) or not ligne.keys() <= colonnes.keys():
            return f"{champ.libelle}\u00a0: une ligne est illisible. Rechargez la page."
        for nom, colonne in colonnes.items():
            erreur = _erreur_de_forme(colonne, ligne.get(nom)) or _erreur_de_valeur(colonne, ligne.get(nom))
            if erreur:
                return f"{champ.libelle}, {erreur[:1].lower()}{erreur[1:]}"
    return None


def _incoherence(champ: Champ, geste: Changement) -> str | None:
    """What contradicts itself in a row that was added or changed; one left as it was may stay."""
    if champ.saisie is not Saisie.LIGNES or not isinstance(geste.propose, dict):
        return None
    avant = geste.base if isinstance(geste.base, dict) else {}
    colonnes = {colonne.nom: colonne.libelle for colonne in champ.colonnes}
    for cle, ligne in geste.propose.items():
        for colonne, faute in regles_lignes.erreurs(champ.nom, ligne).items() if ligne != avant.get(cle) else ():
            libelle = colonnes[colonne]
            return f"{champ.libelle}, {libelle[:1].lower()}{libelle[1:]}\u00a0: {faute}"
    return None


def _codes(champ: Champ, valeur: Valeur) -> str | None:
    if len(valeur) > CODES_MAX:  # type: ignore[arg-type]
        conseil = " Ajoutez plutôt des départements entiers." if champ.nom == "zones_communes" else ""
        return f"{champ.libelle}\u00a0: {CODES_MAX} au plus.{conseil}"
    return None


def _textes(champ: Champ, valeur: Valeur) -> str | None:
    if len(valeur) > TEXTES_MAX:  # type: ignore[arg-type]
        return f"{champ.libelle}\u00a0: {TEXTES_MAX} lignes au plus."
    return next((erreur for texte in valeur if (erreur := _texte(champ, texte))), None)  # type: ignore[union-attr]


_LECTURES = {
    Saisie.TEXTE: _texte,
    Saisie.TEXTE_LONG: _texte,
    Saisie.CODE: _texte,
    Saisie.CHOIX: _choix,
    Saisie.ENTIER: _entier,
    Saisie.BOOLEEN: _booleen,
    Saisie.DATE: _date,
    Saisie.CONTACTS: _contacts,
    Saisie.HORAIRES: _horaires,
    Saisie.MONTANT: _montant,
    Saisie.LIGNES: _lignes,
    Saisie.CODES: _codes,
    Saisie.TEXTES: _textes,
}


def lignes_horaires_illisibles(base: Valeur, propose: Valeur) -> Collection[str]:
    """Returns the keys of the rows added or changed that the model of hours does not understand."""
    avant, apres = base or {}, propose or {}
    incomprises = horaires.depuis_table(apres).autres  # type: ignore[arg-type]
    return [cle for cle, ligne in incomprises.items() if avant.get(cle) != ligne]  # type: ignore[union-attr]


def _codes_inconnus(
    champs: Mapping[str, Champ], gestes: Iterable[Changement], parent: Structure | Lieu | None
) -> dict[str, str]:
    """A code newly carried must be known and still offered; one query for all of them."""
    demandes: CodesDemandes = defaultdict(set)
    erreurs = {}
    for geste in gestes:
        champ = champs[geste.champ]
        if champ.nomenclature == LISTE_LIEUX:
            if _ajoutes(geste) - _cles_de_lieux(parent):
                erreurs[champ.nom] = f"{champ.libelle}\u00a0: ce lieu n’est pas de cet établissement."
        elif champ.nomenclature:
            demandes[champ.nom, champ.nomenclature] |= _ajoutes(geste)
        elif champ.saisie is Saisie.CONTACTS:
            _codes_de_contacts(geste, demandes)
        elif champ.saisie is Saisie.LIGNES:
            _codes_de_table(champ, geste, demandes)
        elif champ.saisie is Saisie.HORAIRES and lignes_horaires_illisibles(geste.base, geste.propose):
            erreurs[champ.nom] = "Horaires\u00a0: cette saisie est illisible. Rechargez la page."
    par_liste: dict[str, set[str]] = defaultdict(set)
    for (_, liste), codes in demandes.items():
        par_liste[liste] |= codes
    connus = Code.objects.proposes().filter(condition(par_liste)) if any(par_liste.values()) else Code.objects.none()
    lignes = connus.values_list("nomenclature__identifiant", "code", "systeme")
    offerts = {(liste, valeur_de(liste, code, systeme)) for liste, code, systeme in lignes}
    for (nom, liste), codes in demandes.items():
        if any((liste, code) not in offerts for code in codes):
            libelle = champs[nom].libelle
            erreurs[nom] = f"{libelle}\u00a0: cette valeur n’est plus proposée. Choisissez-en une dans la liste."
    return erreurs


def _cles_de_lieux(structure: Structure | Lieu | None) -> set[str]:
    return {str(lieu.cle) for lieu in lieux_de(structure)} if isinstance(structure, Structure) else set()


def _codes_de_table(champ: Champ, geste: Changement, demandes: CodesDemandes) -> None:
    """The codes that the rows carry now and that no row carried."""
    avant: dict[str, set[str]] = defaultdict(set)
    apres: dict[str, set[str]] = defaultdict(set)
    codes_de_lignes(champ, geste.base, avant)
    codes_de_lignes(champ, geste.propose, apres)
    for liste, codes in apres.items():
        demandes[champ.nom, liste] |= codes - avant[liste]


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


def _lignes_d_ailleurs(
    champs: Mapping[str, Champ], gestes: Iterable[Changement], parent: Structure | Lieu | None
) -> dict[str, str]:
    """The key of a row of another fiche would take that row away."""
    erreurs = {}
    for geste in gestes:
        champ, cles = champs[geste.champ], list(geste.propose) if isinstance(geste.propose, dict) else []
        if not cles:
            continue
        if champ.saisie is Saisie.CONTACTS:
            sien = not Contact.objects.filter(cle__in=cles).exclude(structure=parent).exists()
        else:
            sien = champ.saisie is not Saisie.LIGNES or appartient(parent, champ, cles)
        if not sien:
            erreurs[geste.champ] = f"{champ.libelle}\u00a0: une ligne vient d’une autre fiche. Rechargez la page."
    return erreurs
