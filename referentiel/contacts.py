"""The contacts of fiches: read and written by lots, in as many queries as for one fiche, and named."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from ror.commun.ecriture_en_masse import inserer_lignes, mettre_a_jour

from .changements import Valeur
from .ecritures import Ecriture
from .lexique import Cle, CodeLu, lire_codes
from .libelles import CODES_CONTACT, Libelles
from .models import Contact, Structure, Telecom

COLONNES_CONTACT = {
    "nom": "nom",
    "fonction": "fonction",
    "nature": "nature",
    "description": "précision",
    "confidentialite": "visible par",
    "telecoms": "coordonnées",
}
"""Columns of a contact, as the sentences call them."""

_CODEES = ("fonction", "nature")
"""Columns that point to a code."""

_ECRITES = ("rang", "nom", "fonction_id", "nature_id", "description", "confidentialite")


def nommer_contact(ligne: Valeur, libelles: Libelles) -> str:
    """« Contact « Admissions » »: by its name, else by what it does."""
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


def lire_contacts(structures: Iterable[int]) -> dict[int, dict[str, Valeur]]:
    """Returns node → key of a contact → its row, in the order of the fiche."""
    resultat: dict[int, dict[str, Valeur]] = defaultdict(dict)
    contacts = Contact.objects.filter(structure__in=list(structures)).select_related("fonction", "nature")
    for contact in contacts.prefetch_related("telecoms"):
        resultat[contact.structure_id][str(contact.cle)] = {
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
    return resultat


def ecrire_contacts(ecritures: Sequence[Ecriture]) -> None:
    """Writes the contacts that differ, with their numbers; takes away those that are no more."""
    retires, touches = [], {}
    for structure, _, avant, apres in ecritures:
        avant, apres = avant or {}, apres or {}
        retires += [UUID(cle) for cle in avant.keys() - apres.keys()]  # type: ignore[union-attr]
        for rang, (cle, ligne) in enumerate(apres.items()):  # type: ignore[union-attr]
            if ligne != avant.get(cle):  # type: ignore[union-attr]
                touches[structure.pk, UUID(cle)] = (structure, rang, ligne)
    structures = [e.structure for e in ecritures]
    if retires:
        Contact.objects.filter(structure__in=structures, cle__in=retires).delete()
    if touches:
        _ecrire(structures, touches)


def _ecrire(structures: list[Structure], touches: dict[tuple[int, UUID], tuple[Structure, int, dict]]) -> None:
    lignes = [ligne for _, _, ligne in touches.values()]
    codes = lire_codes({CODES_CONTACT[colonne]: [ligne.get(colonne) for ligne in lignes] for colonne in _CODEES})
    lus = Contact.objects.filter(structure__in=structures, cle__in=[cle for _, cle in touches])
    presents = {(contact.structure_id, contact.cle): contact for contact in lus}
    contacts = []
    for (pk, cle), (structure, rang, ligne) in touches.items():
        contact = presents.get((pk, cle)) or Contact(structure=structure, cle=cle)
        _poser(contact, rang, ligne, codes)
        contacts.append(contact)
    Contact.objects.bulk_create(contact for contact in contacts if contact.pk is None)
    mettre_a_jour(Contact, _ECRITES, list(presents.values()))
    if presents:
        Telecom.objects.filter(contact__in=presents.values()).delete()
    telecoms = [
        {
            "contact_id": contact.pk,
            "rang": rang,
            **{c: t.get(c) or "" for c in ("canal", "adresse", "usage")},
            "confidentialite": t.get("confidentialite") or "1",
        }
        for contact, ligne in zip(contacts, lignes, strict=True)
        for rang, t in enumerate(ligne.get("telecoms") or [])
    ]
    inserer_lignes(Telecom, telecoms)


def _poser(contact: Contact, rang: int, ligne: dict, codes: dict[Cle, CodeLu]) -> None:
    contact.rang = ligne.get("rang", rang)
    contact.nom = ligne.get("nom") or ""
    for colonne in _CODEES:
        code = codes.get((CODES_CONTACT[colonne], ligne.get(colonne) or ""))
        setattr(contact, f"{colonne}_id", code.pk if code else None)
    contact.description = ligne.get("description") or ""
    contact.confidentialite = ligne.get("confidentialite") or "1"
