"""Écarts in French sentences, for the journal, the screens and the exports: labels are looked up once per batch."""

from collections import defaultdict
from collections.abc import Iterable

from referentiel.champs import champs_de
from referentiel.changements import Changement
from referentiel.libelles import Libelles, libelles_codes, texte_de_valeur
from referentiel.models import Structure
from referentiel.niveaux import Niveau
from referentiel.recit import DEUX_POINTS, RIEN, DescriptionChamp, decrire

from .correspondance import COLONNES, en_json
from .gardes import nombre
from .rapprochement import Ecart, Nature

_EJ = "EJ"
"""Pseudo code list of the names of entités juridiques, by FINESS number."""


def libelles_pour(ecarts: Iterable[tuple[Niveau, Ecart]]) -> Libelles:
    """The labels of the codes and the names of the EJ met in these écarts: two queries, whatever their number."""
    demandes: dict[str, set[str]] = defaultdict(set)
    numeros: set[str] = set()
    for niveau, ecart in ecarts:
        champ = champs_de(niveau).get(colonne_de(niveau, ecart))
        for valeur in (ecart.avant, ecart.apres):
            if ecart.champ == "finess_ej":
                numeros.add(str(valeur))
            elif champ is not None and champ.nomenclature and valeur:
                demandes[champ.nomenclature].update(valeur if isinstance(valeur, tuple) else [str(valeur)])
    libelles = libelles_codes(demandes)
    if numeros:
        noms = Structure.objects.filter(numero_finess__in=numeros).values_list("numero_finess", "nom")
        libelles |= {(_EJ, str(numero)): nom for numero, nom in noms}
    return libelles


def colonne_de(niveau: Niveau, ecart: Ecart) -> str:
    """Name in the registry of the fields of the champ of an écart."""
    return COLONNES[niveau].get(ecart.champ or "", ecart.champ or "")


def changement(niveau: Niveau, ecart: Ecart) -> Changement | None:
    """The écart as the change engine knows it; None for what is no field of the fiche (state, EJ, position)."""
    nom = colonne_de(niveau, ecart)
    if nom not in champs_de(niveau):
        return None
    return Changement(nom, en_json(ecart.avant), en_json(ecart.apres))


def phrase(niveau: Niveau, ecart: Ecart, libelles: Libelles) -> str:
    """One écart in one sentence: « Téléphone : 01… → 02… »."""
    fait = changement(niveau, ecart)
    if fait is not None:
        champ = champs_de(niveau)[fait.champ]
        description = DescriptionChamp(champ.nom, champ.libelle, champ.genre)
        phrases = decrire(fait, description, lambda nom, valeur: texte_de_valeur(nom, champ, valeur, libelles))
        return phrases[0] if phrases else ""
    if ecart.nature is Nature.CREEE:
        return "Créée à partir de FINESS"
    if ecart.nature is Nature.ABSENTE:
        return f"État{DEUX_POINTS}ouverte → fermée définitivement (absente du fichier FINESS)"
    avant, apres = textes(niveau, ecart, libelles)
    return f"{libelle(niveau, ecart)}{DEUX_POINTS}{avant} → {apres}"


def libelle(niveau: Niveau, ecart: Ecart) -> str:
    """What the écart is about, as the table of the screen names it."""
    champ = champs_de(niveau).get(colonne_de(niveau, ecart))
    if champ is not None:
        return champ.libelle
    return {
        "ouvert": "État",
        "finess_ej": "Entité juridique",
        "departement": "Département",
        "position": "Position géographique",
        "source_position": "Source de la position",
    }.get(ecart.champ or "", "État")


def textes(niveau: Niveau, ecart: Ecart, libelles: Libelles) -> tuple[str, str]:
    """The two values as people read them: in the ROR, received from FINESS."""
    if ecart.nature is Nature.ABSENTE:
        return "Ouverte", "Absente du fichier"
    if ecart.nature is Nature.CREEE:
        return "Inconnue", str(ecart.apres or "Créée")
    avant, apres = (_texte(niveau, ecart, valeur, libelles) for valeur in (ecart.avant, ecart.apres))
    if ecart.distance is not None:
        apres += f" (à {nombre(round(ecart.distance))} m)"
    return avant, apres


def _texte(niveau: Niveau, ecart: Ecart, valeur, libelles: Libelles) -> str:
    if ecart.champ == "ouvert":
        return "Ouverte" if valeur else "Fermée définitivement"
    if valeur in (None, "", ()):
        return RIEN
    if ecart.champ == "finess_ej":
        nom = libelles.get((_EJ, str(valeur)))
        return f"{nom} ({valeur})" if nom else str(valeur)
    if ecart.champ == "position":
        return f"{valeur[0]:.5f}, {valeur[1]:.5f}".replace(".", ",").replace(", ", " ; ", 1)
    champ = champs_de(niveau).get(colonne_de(niveau, ecart))
    valeurs = valeur if isinstance(valeur, tuple) else (en_json(valeur),)
    nom = champ.nom if champ else ""
    return ", ".join(texte_de_valeur(nom, champ, une, libelles) for une in valeurs)
