"""A fiche as plain values (`Mapping[str, Valeur]`), read from and written to its rows. The engine knows nothing else.

Reading an offer costs a constant number of queries whatever it holds; labels of codes are looked up per code list.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from . import horaires
from .champs import Champ, Saisie, Stockage, champs_de
from .changements import Changement, Conflit, DescriptionChamp, Genre, Libelleur, Valeur, decrire, normaliser
from .codes import valeur_du_code
from .lexique import lire_codes
from .libelles import CANAUX, CODES_CONTACT, Libelles, codes_de_lignes, libelles_codes, texte_de_valeur
from .lieux import lieux_de
from .lignes import ecrire_lignes, lire_lignes, nommer_ligne
from .models import (
    Code,
    CodePorte,
    Contact,
    EntiteGeographique,
    EntiteJuridique,
    LigneHoraire,
    OrganisationInterne,
    Structure,
    Telecom,
    UniteOperationnelle,
)
from .niveaux import Niveau

DETAILS = {
    Niveau.EJ: EntiteJuridique,
    Niveau.EG: EntiteGeographique,
    Niveau.P: OrganisationInterne,
    Niveau.S: OrganisationInterne,
    Niveau.UF: OrganisationInterne,
    Niveau.UO: UniteOperationnelle,
}
"""The detail table of each level."""


def genres_de(niveau: Niveau) -> dict[str, Genre]:
    """Returns name → kind, as the engine wants them."""
    return {nom: champ.genre for nom, champ in champs_de(niveau).items()}


def detail_de(structure: Structure):
    """Returns the detail row of a node, an unsaved empty one when there is none yet."""
    modele = DETAILS[structure.type_niveau]
    relation = modele._meta.get_field("structure").remote_field.related_name
    try:
        return getattr(structure, relation)
    except ObjectDoesNotExist:
        return modele(structure=structure)


def detail_comme(structure: Structure, valeurs: Mapping[str, Valeur]):
    """Returns an unsaved copy of the detail row that holds the plain texts of `valeurs`: another state, to be read."""
    detail = copy(detail_de(structure))
    for nom, champ in champs_de(structure.type_niveau).items():
        if champ.stockage is Stockage.DETAIL and champ.saisie is Saisie.TEXTE:
            setattr(detail, nom, valeurs.get(nom) or "")
    return detail


def lire(structure: Structure, noms: Collection[str] | None = None) -> dict[str, Valeur]:
    """Returns the published values of a fiche, normalised; of the fields `noms` only, when given."""
    champs = {nom: champ for nom, champ in champs_de(structure.type_niveau).items() if noms is None or nom in noms}
    detail = detail_de(structure)
    _charger_codes(detail, champs)
    stockages = {champ.stockage for champ in champs.values()}
    ensembles = _codes_portes(structure, champs) if Stockage.CODES in stockages else {}
    valeurs: dict[str, Valeur] = {}
    for nom, champ in champs.items():
        if champ.stockage is Stockage.STRUCTURE:
            valeur = getattr(structure, nom)
        elif champ.stockage is Stockage.CODES:
            valeur = ensembles.get(nom, [])
        elif champ.stockage is Stockage.CONTACTS:
            valeur = _lire_contacts(structure)
        elif champ.stockage is Stockage.HORAIRES:
            valeur = {ligne.cle: ligne.valeur for ligne in structure.lignes_horaires.all()}
        elif champ.stockage is Stockage.LIGNES:
            valeur = lire_lignes(structure, champ)
        elif champ.stockage is Stockage.LIEUX:
            valeur = [str(lieu.cle) for lieu in detail.lieux.all()] if detail.pk else []
        else:
            valeur = lire_colonne(detail, champ)
        valeurs[nom] = normaliser(valeur, champ.genre)
    return valeurs


def ecrire(structure: Structure, valeurs: Mapping[str, Valeur], avant: Mapping[str, Valeur] | None = None) -> None:
    """Writes the given fields to their rows, only what differs; the caller has locked the node and saves it.

    Args:
        structure: the node.
        valeurs: the new values.
        avant: the present ones, as `lire` gives them; read here without them.

    Raises:
        Code.DoesNotExist: a code that its list does not know.
    """
    champs = champs_de(structure.type_niveau)
    avant = lire(structure, valeurs.keys()) if avant is None else avant
    detail, colonnes = None, []
    for nom, valeur in valeurs.items():
        champ = champs[nom]
        if champ.stockage is Stockage.STRUCTURE:
            setattr(structure, nom, valeur or "")
        elif champ.stockage is Stockage.CODES:
            _ecrire_codes(structure, champ, set(avant[nom] or ()), set(valeur or ()))
        elif champ.stockage is Stockage.CONTACTS:
            _ecrire_contacts(structure, avant[nom] or {}, valeur or {})
        elif champ.stockage is Stockage.HORAIRES:
            _ecrire_horaires(structure, avant[nom] or {}, valeur or {})
        elif champ.stockage is Stockage.LIGNES:
            ecrire_lignes(structure, champ, valeur or {})
        elif champ.stockage is Stockage.LIEUX:
            detail_de(structure).lieux.set(lieux_de(structure).filter(cle__in=valeur or []))
        else:
            detail = detail or detail_de(structure)
            ecrire_colonne(detail, champ, valeur)
            colonnes.append(nom)
    if detail is not None:
        detail.save(update_fields=None if detail._state.adding else colonnes)


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
            champ.nom, champ.libelle, champ.genre, lambda cle, ligne: _nommer_contact(ligne, libelles), COLONNES_CONTACT
        )
    if champ.saisie is Saisie.HORAIRES:
        return DescriptionChamp(champ.nom, champ.libelle, champ.genre, horaires.nommer_ligne, horaires.COLONNES)
    if champ.saisie is Saisie.LIGNES:

        def nommer(cle: str, ligne: Valeur) -> str:
            return nommer_ligne(champ, ligne, lambda c, v: texte_de_valeur(c.nom, c, v, libelles))

        colonnes = {c.nom: c.libelle[:1].lower() + c.libelle[1:] for c in champ.colonnes}
        return DescriptionChamp(champ.nom, champ.libelle, champ.genre, nommer, colonnes)
    return DescriptionChamp(champ.nom, champ.libelle, champ.genre)


COLONNES_CONTACT = {
    "nom": "nom",
    "fonction": "fonction",
    "nature": "nature",
    "description": "précision",
    "confidentialite": "visible par",
    "telecoms": "coordonnées",
}


def _nommer_contact(ligne: Valeur, libelles: Libelles) -> str:
    ligne = ligne if isinstance(ligne, dict) else {}
    nom = ligne.get("nom") or next(
        (
            libelles.get((nomenclature, ligne[colonne]), ligne[colonne])
            for colonne, nomenclature in CODES_CONTACT.items()
            if colonne != "confidentialite" and ligne.get(colonne)
        ),
        "",
    )
    return f"Contact «\u00a0{nom}\u00a0»" if nom else "Contact"


def _codes_portes(structure: Structure, champs: Mapping[str, Champ]) -> dict[str, list[str]]:
    resultat: dict[str, list[str]] = defaultdict(list)
    for porte in structure.codes_portes.filter(attribut__in=champs).select_related("code"):
        liste = champs[porte.attribut].nomenclature or ""
        resultat[porte.attribut].append(valeur_du_code(liste, porte.code))
    return resultat


def _charger_codes(detail, noms: Iterable[str]) -> None:
    """Reads in one query the codes that these columns of `detail` point to, instead of one query each."""
    colonnes = [c for c in detail._meta.concrete_fields if c.name in noms and c.related_model is Code]
    a_lire = {c: pk for c in colonnes if (pk := getattr(detail, c.attname)) and not c.is_cached(detail)}
    codes = Code.objects.in_bulk(a_lire.values()) if a_lire else {}
    for colonne, pk in a_lire.items():
        colonne.set_cached_value(detail, codes[pk])


def lire_colonne(detail, champ: Champ) -> Valeur:
    """Returns the plain value of a field kept in a column of `detail`."""
    valeur = getattr(detail, champ.nom)
    if isinstance(valeur, Code):
        return valeur.code
    if isinstance(valeur, date):
        return valeur.isoformat()
    return valeur


def ecrire_colonne(detail, champ: Champ, valeur: Valeur) -> None:
    """Sets the column of a field; the caller saves `detail`."""
    colonne = detail._meta.get_field(champ.nom)
    if colonne.is_relation:
        setattr(detail, colonne.attname, None if valeur is None else _pk_de_code(champ.nomenclature, str(valeur)))
    elif champ.saisie is Saisie.DATE:
        setattr(detail, champ.nom, date.fromisoformat(valeur) if valeur else None)
    elif valeur is None and not colonne.null:
        setattr(detail, champ.nom, colonne.get_default())
    else:
        setattr(detail, champ.nom, valeur)


def _pk_de_code(nomenclature: str | None, valeur: str) -> int:
    return _pk_de_codes(nomenclature, {valeur})[valeur]


def _pk_de_codes(nomenclature: str | None, valeurs: Collection[str]) -> dict[str, int]:
    """Returns code → key of codes of one list.

    Raises:
        Code.DoesNotExist: the list does not know one of them.
    """
    lus = lire_codes({str(nomenclature): valeurs})
    trouves = {code: lu.pk for (_, code), lu in lus.items()}
    manquants = set(valeurs) - trouves.keys()
    if manquants:
        raise Code.DoesNotExist(f"{nomenclature} : {', '.join(sorted(manquants))}")
    return trouves


def _ecrire_codes(structure: Structure, champ: Champ, avant: set[str], codes: set[str]) -> None:
    ajouts = _pk_de_codes(champ.nomenclature, codes - avant)
    if retires := avant - codes:
        portes = structure.codes_portes.filter(attribut=champ.nom).select_related("code")
        partants = [p.pk for p in portes if valeur_du_code(champ.nomenclature or "", p.code) in retires]
        structure.codes_portes.filter(pk__in=partants).delete()
    CodePorte.objects.bulk_create(
        CodePorte(structure=structure, attribut=champ.nom, code_id=ajouts[code]) for code in sorted(ajouts)
    )


def _ecrire_horaires(structure: Structure, avant: dict, table: dict) -> None:
    if avant.keys() - table.keys():
        structure.lignes_horaires.filter(cle__in=avant.keys() - table.keys()).delete()
    LigneHoraire.objects.bulk_create(
        [LigneHoraire(structure=structure, cle=cle, valeur=v) for cle, v in table.items() if avant.get(cle) != v],
        update_conflicts=True,
        unique_fields=["structure", "cle"],
        update_fields=["valeur"],
    )


def _lire_contacts(structure: Structure) -> dict[str, Valeur]:
    contacts = structure.contacts.select_related("fonction", "nature").prefetch_related("telecoms")
    return {
        str(contact.cle): {
            "rang": contact.rang,
            "nom": contact.nom,
            "fonction": contact.fonction.code if contact.fonction else None,
            "nature": contact.nature.code if contact.nature else None,
            "description": contact.description,
            "confidentialite": contact.confidentialite,
            "telecoms": [
                {"canal": t.canal, "adresse": t.adresse, "usage": t.usage, "confidentialite": t.confidentialite}
                for t in contact.telecoms.all()
            ],
        }
        for contact in contacts
    }


def _ecrire_contacts(structure: Structure, avant: dict, table: dict[str, dict]) -> None:
    if avant.keys() - table.keys():
        structure.contacts.filter(cle__in=[UUID(cle) for cle in avant.keys() - table.keys()]).delete()
    demandes = {CODES_CONTACT[colonne]: [ligne.get(colonne) for ligne in table.values()] for colonne in _CODEES}
    codes = lire_codes(demandes)

    def pk_de(colonne: str, code: str | None) -> int | None:
        lu = codes.get((CODES_CONTACT[colonne], code or ""))
        return lu.pk if lu else None

    for rang, (cle, ligne) in enumerate(table.items()):
        if ligne == avant.get(cle):
            continue
        contact, _ = Contact.objects.update_or_create(
            cle=UUID(cle),
            structure=structure,
            defaults={
                "rang": ligne.get("rang", rang),
                "nom": ligne.get("nom") or "",
                **{
                    f"{c}_id": code.pk if (code := codes.get((CODES_CONTACT[c], ligne.get(c)))) else None
                    for c in _CODEES
                },
                "description": ligne.get("description") or "",
                "confidentialite": ligne.get("confidentialite") or "1",
            },
        )
        contact.telecoms.all().delete()
        Telecom.objects.bulk_create(
            Telecom(
                contact=contact,
                rang=i,
                **{c: t.get(c) or "" for c in ("canal", "adresse", "usage")},
                confidentialite=t.get("confidentialite") or "1",
            )
            for i, t in enumerate(ligne.get("telecoms") or [])
        )


_CODEES = ("fonction", "nature")
"""Columns of a contact that point to a code."""


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
