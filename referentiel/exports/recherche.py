"""The results of « Recherche » as an export: what the reader finds, in the same order, and no more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from ror.commun.francais import telephone_fr

from ..confidentialite import NIVEAUX_PROFESSIONNELS, est_lisible
from ..contacts import lire_contacts
from ..libelles import libelles_codes
from ..models import Structure
from ..niveaux import Niveau
from ..recherche import Criteres, chemins_de
from ..recherche.phrases import dire
from ..recherche.resultats import cles_des_resultats
from .registre import LOT, Colonne, Extrait, Liste, declarer
from .structures import CATEGORIES

Ligne = dict[str, Any]
MAXIMUM = 1_000_000
"""Rows of one search: more than the country has fiches."""


def _de_l_eg(champ: str):
    return lambda ligne: getattr(ligne["eg"].entite_geographique, champ, "") if ligne["eg"] else ""


def _adresse(ligne: Ligne) -> str:
    detail = getattr(ligne["eg"], "entite_geographique", None) if ligne["eg"] else None
    return ", ".join(detail.lignes_adresse) if detail else ""


_DISTANCE = Colonne("Distance (km)", lambda ligne: ligne["distance"], 10)
COLONNES = (
    Colonne("Niveau", lambda ligne: ligne["structure"].type_niveau.nom, 20),
    Colonne("Nom", lambda ligne: ligne["structure"].nom, 44),
    Colonne("Type d’UO", lambda ligne: ligne["type"], 36),
    Colonne("Établissement", lambda ligne: ligne["eg"].nom if ligne["eg"] else "", 40),
    Colonne("N° FINESS", lambda ligne: ligne["eg"].numero_finess or "" if ligne["eg"] else "", 12),
    Colonne("Catégorie", lambda ligne: ligne["categorie"], 36),
    Colonne("Entité juridique", lambda ligne: ligne["ej"].nom if ligne["ej"] else "", 40),
    Colonne("N° FINESS EJ", lambda ligne: ligne["ej"].numero_finess or "" if ligne["ej"] else "", 12),
    Colonne("Structure interne", lambda ligne: ligne["interne"], 40),
    Colonne("Adresse de l’établissement", _adresse, 44),
    Colonne("Commune", lambda ligne: ligne["structure"].recherche.localite, 24),
    Colonne("Code INSEE", lambda ligne: ligne["structure"].recherche.commune, 11),
    Colonne("Département", lambda ligne: ligne["structure"].departement, 12),
    Colonne("Téléphone de l’établissement", lambda ligne: telephone_fr(_de_l_eg("telephone")(ligne)), 18),
    Colonne("Contacts", lambda ligne: ligne["contacts"], 60),
    Colonne("État", lambda ligne: ligne["structure"].get_etat_display(), 22),
    Colonne("Vérifiée le", lambda ligne: ligne["relue_le"], 12),
    Colonne("Latitude", lambda ligne: ligne["structure"].recherche.latitude, 10),
    Colonne("Longitude", lambda ligne: ligne["structure"].recherche.longitude, 10),
)


def _recherche(utilisateur, parametres: QueryDict) -> Extrait:
    criteres = Criteres.depuis(parametres).avec()
    trouvees = [] if criteres.vides else cles_des_resultats(criteres, utilisateur, MAXIMUM)

    def lire() -> Iterable[Ligne]:
        for debut in range(0, len(trouvees), LOT):
            yield from charger(trouvees[debut : debut + LOT])

    colonnes = (*COLONNES, _DISTANCE) if criteres.situees else COLONNES
    return Extrait(colonnes, len(trouvees), lire, dire(criteres))


def charger(trouvees: Sequence[tuple[int, float | None]]) -> Iterable[Ligne]:
    """Returns the rows of some fiches found, in their order: a constant number of queries."""
    cles = [pk for pk, _ in trouvees]
    fiches = Structure.objects.select_related("recherche", "unite__type_offre", "entite_geographique").in_bulk(cles)
    chemins = chemins_de(list(fiches.values())) if fiches else {}
    lignees = {pk: [*chemins[pk], fiches[pk]] for pk in fiches}
    egs = Structure.objects.select_related("entite_geographique").in_bulk(
        {s.pk for lignee in lignees.values() for s in lignee if s.niveau == Niveau.EG}
    )
    codes = {f.recherche.categorie for f in fiches.values() if f.recherche.categorie}
    libelles = libelles_codes({CATEGORIES: codes}) if codes else {}
    contacts = contacts_lisibles(cles)
    for pk, distance in trouvees:
        if pk in fiches:
            yield _ligne(fiches[pk], lignees[pk], egs, libelles, contacts[pk], distance)


def _ligne(structure: Structure, lignee, egs, libelles, contacts: str, distance: float | None) -> Ligne:
    eg = next((egs[s.pk] for s in lignee if s.niveau == Niveau.EG), None)
    unite = getattr(structure, "unite", None)
    relue_le = structure.recherche.relue_le
    return {
        "structure": structure,
        "eg": eg,
        "ej": next((s for s in lignee if s.niveau == Niveau.EJ), None),
        "interne": " › ".join(s.nom for s in lignee[:-1] if s.niveau not in (Niveau.EJ, Niveau.EG)),
        "type": unite.type_offre.libelle if unite and unite.type_offre else "",
        "categorie": libelles.get((CATEGORIES, structure.recherche.categorie), structure.recherche.categorie),
        "contacts": contacts,
        "relue_le": relue_le and timezone.localtime(relue_le).date(),
        "distance": None if distance is None else round(distance, 1),
    }


def contacts_lisibles(cles: Sequence[int]) -> dict[int, str]:
    """Returns fiche → its contacts in one text, of the levels that every professional signed in reads (J222).

    A file leaves the portal: what is kept for régulation is never in it, even for those who read it on the fiche.
    """
    lus = lire_contacts(cles)
    textes: dict[int, list[str]] = defaultdict(list)
    for pk, table in lus.items():
        for contact in table.values():
            if est_lisible(contact, NIVEAUX_PROFESSIONNELS):
                textes[pk].append(_contact(contact))
    return defaultdict(str, {pk: " ; ".join(filter(None, morceaux)) for pk, morceaux in textes.items()})


def _contact(contact: dict) -> str:
    numeros = ", ".join(
        telephone_fr(t["adresse"]) for t in contact["telecoms"] if est_lisible(t, NIVEAUX_PROFESSIONNELS)
    )
    nom = contact["nom"] or contact["description"]
    return f"{nom}\u00a0: {numeros}" if nom and numeros else nom or numeros


declarer(
    Liste(
        "recherche",
        "Résultats de recherche",
        "Les fiches du Répertoire qui répondent à la recherche, dans l’ordre de l’écran. Les contacts sont ceux que"
        " tout professionnel connecté peut lire.",
        _recherche,
        "recherche",
    )
)
