"""Fiches as plain values (`Mapping[str, Valeur]`), read from and written to their rows. The engine knows nothing else.

Reading or writing any number of fiches costs a constant number of queries, whatever they hold.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from . import horaires
from .champs import Champ, Saisie, Stockage, champs_de
from .changements import Changement, Conflit, Genre, Valeur, normaliser
from .codes_portes import ecrire_codes_portes, lire_codes_portes
from .contacts import COLONNES_CONTACT, ecrire_contacts, lire_contacts, nommer_contact
from .details import (
    DETAILS,
    charger_codes,
    charger_details,
    detail_comme,
    detail_de,
    ecrire_colonne,
    ecrire_details,
    lire_colonne,
)
from .ecritures import Ecriture
from .libelles import CANAUX, CODES_CONTACT, Libelles, codes_de_lignes, libelles_codes, texte_de_valeur
from .lieux import ecrire_lieux, lire_lieux
from .lignes import ecrire_tables, lire_tables, nommer_ligne
from .lignes_horaires import ecrire_lignes_horaires, lire_lignes_horaires
from .models import Structure
from .niveaux import Niveau
from .recit import DescriptionChamp, Libelleur, decrire

__all__ = [
    "DETAILS",
    "description_de",
    "detail_comme",
    "detail_de",
    "ecrire",
    "ecrire_colonne",
    "ecrire_ensemble",
    "genres_de",
    "libelles_utiles",
    "lire",
    "lire_colonne",
    "lire_ensemble",
    "phrases",
    "phrases_par_lot",
    "raconter",
    "raconter_ensemble",
    "textes_de_conflits",
]


@cache
def genres_de(niveau: Niveau) -> Mapping[str, Genre]:
    """Returns name → kind, as the engine wants them."""
    return MappingProxyType({nom: champ.genre for nom, champ in champs_de(niveau).items()})


def lire(structure: Structure, noms: Collection[str] | None = None) -> dict[str, Valeur]:
    """Returns the published values of a fiche, normalised; of the fields `noms` only, when given."""
    return lire_ensemble([(structure, noms)])[0]


def lire_ensemble(demandes: Sequence[tuple[Structure, Collection[str] | None]]) -> list[dict[str, Valeur]]:
    """Returns what `lire` does of several fiches, each with the fields asked of it, in as many queries as for one."""
    charger_details([structure for structure, _ in demandes])
    voulus = [(structure, _champs_lus(structure, noms)) for structure, noms in demandes]
    charger_codes([(detail_de(structure), champs) for structure, champs in voulus])
    tables = _lire_tables(voulus)
    resultat = []
    for structure, champs in voulus:
        detail, valeurs = detail_de(structure), {}
        for nom, champ in champs.items():
            if champ.stockage is Stockage.DETAIL:
                valeur = lire_colonne(detail, champ)
            elif champ.stockage is Stockage.STRUCTURE:
                valeur = getattr(structure, nom)
            else:
                valeur = tables[nom].get(structure.pk)
            valeurs[nom] = normaliser(valeur, champ.genre)
        resultat.append(valeurs)
    return resultat


def ecrire(structure: Structure, valeurs: Mapping[str, Valeur], avant: Mapping[str, Valeur] | None = None) -> None:
    """Writes the given fields to their rows, only what differs; the caller has locked the node and saves it.

    Args:
        structure: the node.
        valeurs: the new values.
        avant: the present ones, as `lire` gives them; read here without them.

    Raises:
        Code.DoesNotExist: a code that its list does not know.
    """
    ecrire_ensemble([(structure, valeurs, lire(structure, valeurs.keys()) if avant is None else avant)])


def ecrire_ensemble(fiches: Sequence[tuple[Structure, Mapping[str, Valeur], Mapping[str, Valeur]]]) -> None:
    """Does what `ecrire` does for (node, new values, present ones) of several fiches, in as many queries as for one."""
    par_stockage: dict[Stockage, list[Ecriture]] = defaultdict(list)
    for structure, valeurs, avant in fiches:
        champs = champs_de(structure.type_niveau)
        for nom, valeur in valeurs.items():
            par_stockage[champs[nom].stockage].append(Ecriture(structure, champs[nom], avant.get(nom), valeur))
    for structure, champ, _, valeur in par_stockage.pop(Stockage.STRUCTURE, ()):
        setattr(structure, champ.nom, valeur or "")
    poses = [structure for structure, *_ in par_stockage.get(Stockage.LIEUX, ())]  # a lieu is held by the detail row
    ecrire_details(par_stockage.pop(Stockage.DETAIL, ()), existants=poses)
    for stockage, lot in par_stockage.items():
        _ECRIVAINS[stockage](lot)


def _champs_lus(structure: Structure, noms: Collection[str] | None) -> dict[str, Champ]:
    champs = champs_de(structure.type_niveau)
    return champs if noms is None else {nom: champ for nom, champ in champs.items() if nom in noms}


def _lire_tables(voulus: Sequence[tuple[Structure, Mapping[str, Champ]]]) -> dict[str, dict[int, Valeur]]:
    """Returns field → node → value, of the fields that are rows of their own."""
    codes: dict[int, dict[str, Champ]] = defaultdict(dict)
    autres: dict[str, list[int]] = defaultdict(list)
    decrits: dict[str, Champ] = {}
    for structure, champs in voulus:
        for nom, champ in champs.items():
            if champ.stockage is Stockage.CODES:
                codes[structure.pk][nom] = champ
            elif champ.stockage in _LECTEURS:
                autres[nom].append(structure.pk)
                decrits[nom] = champ
    tables: dict[str, dict[int, Valeur]] = defaultdict(dict)
    for pk, ensembles in (lire_codes_portes(codes) if codes else {}).items():
        for nom, valeurs in ensembles.items():
            tables[nom][pk] = valeurs
    for nom, pks in autres.items():
        tables[nom].update(_LECTEURS[decrits[nom].stockage](decrits[nom], pks))
    return tables


def _ecrire_tables(ecritures: Sequence[Ecriture]) -> None:
    par_champ: dict[str, list[Ecriture]] = defaultdict(list)
    for ecriture in ecritures:
        par_champ[ecriture.champ.nom].append(ecriture)
    for lot in par_champ.values():
        ecrire_tables(lot[0].champ, [(e.structure, e.apres or {}) for e in lot])


_LECTEURS: Mapping[Stockage, Callable[[Champ, list[int]], Mapping[int, Valeur]]] = {
    Stockage.CONTACTS: lambda champ, pks: lire_contacts(pks),
    Stockage.HORAIRES: lambda champ, pks: lire_lignes_horaires(pks),
    Stockage.LIGNES: lambda champ, pks: lire_tables(pks, champ),
    Stockage.LIEUX: lambda champ, pks: lire_lieux(pks),
}
"""Who reads each kind of rows: (field, nodes) → node → value."""

_ECRIVAINS: Mapping[Stockage, Callable[[Sequence[Ecriture]], None]] = {
    Stockage.CODES: ecrire_codes_portes,
    Stockage.CONTACTS: ecrire_contacts,
    Stockage.HORAIRES: ecrire_lignes_horaires,
    Stockage.LIGNES: _ecrire_tables,
    Stockage.LIEUX: ecrire_lieux,
}
"""Who writes each kind of rows."""


def phrases(structure: Structure, changements: Iterable[Changement]) -> list[str]:
    """Returns the French sentences of these changes, for the screen, the journal and the mails."""
    return phrases_par_lot(structure, [tuple(changements)])[0]


def phrases_par_lot(structure: Structure, lots: Sequence[Sequence[Changement]]) -> list[list[str]]:
    """Returns the sentences of several sets of changes of one fiche; all their labels are read in one query."""
    return raconter(champs_de(structure.type_niveau), lots)


def raconter(champs: Mapping[str, Champ], lots: Sequence[Sequence[Changement]]) -> list[list[str]]:
    """Returns the sentences of several sets of changes of these fields; all their labels are read in one query."""
    return raconter_ensemble([(champs, lot) for lot in lots])


def raconter_ensemble(lots: Sequence[tuple[Mapping[str, Champ], Sequence[Changement]]]) -> list[list[str]]:
    """Returns the sentences of sets of changes, each with its own fields: those of fiches of several levels."""
    libelles = libelles_utiles([(champs[c.champ], c) for champs, lot in lots for c in lot])

    def libelleur(champs: Mapping[str, Champ]) -> Libelleur:
        return lambda nom, valeur: texte_de_valeur(nom, champs.get(nom.partition(".")[0]), valeur, libelles)

    return [
        [phrase for c in lot for phrase in decrire(c, description_de(champs[c.champ], libelles), libelleur(champs))]
        for champs, lot in lots
    ]


def libelles_utiles(changements: Iterable[tuple[Champ, Changement]]) -> Libelles:
    """Returns the labels of all the codes met in these changes, read in one query."""
    demandes: dict[str, set[str]] = defaultdict(set)
    for champ, changement in changements:
        for valeur in (changement.base, changement.propose):
            if champ.nomenclature:
                demandes[champ.nomenclature].update(valeur if isinstance(valeur, list) else [valeur] if valeur else [])
            elif champ.saisie is Saisie.CONTACTS:
                for ligne in (valeur or {}).values():
                    for colonne, nomenclature in CODES_CONTACT.items():
                        demandes[nomenclature].add(ligne.get(colonne))
                    for telecom in ligne.get("telecoms") or []:
                        demandes[CANAUX].add(telecom.get("canal"))
                        demandes[CODES_CONTACT["confidentialite"]].add(telecom.get("confidentialite"))
            elif champ.saisie is Saisie.LIGNES:
                codes_de_lignes(champ, valeur, demandes)
    return libelles_codes(demandes)


def description_de(champ: Champ, libelles: Libelles) -> DescriptionChamp:
    """Returns what the engine's sentences need of a field."""
    if champ.saisie is Saisie.CONTACTS:
        return DescriptionChamp(
            champ.nom, champ.libelle, champ.genre, lambda cle, ligne: nommer_contact(ligne, libelles), COLONNES_CONTACT
        )
    if champ.saisie is Saisie.HORAIRES:
        return DescriptionChamp(
            champ.nom, champ.libelle, champ.genre, horaires.nommer_ligne, horaires.COLONNES, horaires.dire_ligne
        )
    if champ.saisie is Saisie.LIGNES:

        def nommer(cle: str, ligne: Valeur) -> str:
            return nommer_ligne(champ, ligne, lambda c, v: texte_de_valeur(c.nom, c, v, libelles))

        colonnes = {c.nom: c.libelle[:1].lower() + c.libelle[1:] for c in champ.colonnes}
        return DescriptionChamp(champ.nom, champ.libelle, champ.genre, nommer, colonnes)
    return DescriptionChamp(champ.nom, champ.libelle, champ.genre)


def textes_de_conflits(
    champs: Mapping[str, Champ], conflits: Sequence[Conflit], fiche: Mapping[str, Valeur]
) -> list[tuple[str, str, str]]:
    """Returns for each conflict: what it is about, the present value, the proposed one, as full French texts.

    Args:
        champs: the fields, by name.
        conflits: what the merge reported.
        fiche: the present values, which name the rows.
    """
    valeurs = [Changement(c.champ, *_portes(champs[c.champ], c)) for c in conflits]
    libelles = libelles_utiles([(champs[c.champ], c) for c in valeurs])
    return [_texte_de_conflit(champs[c.champ], c, fiche.get(c.champ), libelles) for c in conflits]


def _portes(champ: Champ, conflit: Conflit) -> tuple[Valeur, Valeur]:
    """Both values of a conflict, in the shape of the whole field, so that their codes are found."""
    if conflit.cle is None:
        return conflit.actuel, conflit.propose
    actuel, propose = (
        {conflit.colonne: v} if conflit.colonne else v if isinstance(v, dict) else {}
        for v in (conflit.actuel, conflit.propose)
    )
    return {"a": actuel}, {"a": propose}


def _texte_de_conflit(champ: Champ, conflit: Conflit, table: Valeur, libelles: Libelles) -> tuple[str, str, str]:
    description = description_de(champ, libelles)

    def texte(valeur: Valeur) -> str:
        if valeur in (None, "", [], {}):
            return ""
        if isinstance(valeur, dict):
            colonnes = {c: libelle for c, libelle in description.colonnes.items() if valeur.get(c)}
            textes = {c: texte_de_valeur(f"{champ.nom}.{c}", champ, valeur[c], libelles) for c in colonnes}
            return "\n".join(f"{libelle.capitalize()} : {textes[c]}" for c, libelle in colonnes.items())
        nom = f"{champ.nom}.{conflit.colonne or ''}" if conflit.cle else champ.nom
        return texte_de_valeur(nom, champ, valeur, libelles)

    sujet = champ.libelle
    if conflit.cle is not None:
        lignes = ((table or {}).get(conflit.cle), conflit.propose, conflit.actuel, conflit.base)
        ligne = next((v for v in lignes if isinstance(v, dict)), {})
        sujet = description.decrire_ligne(conflit.cle, ligne)
    if conflit.colonne is not None:
        sujet += f", {description.colonnes.get(conflit.colonne, conflit.colonne)}"
    return sujet, texte(conflit.actuel), texte(conflit.propose)
