"""Reader of the classic « etalab » files: cs1100501 (EJ), cs1100502 (EG), cs1100507 (EG and positions).

The sections are told by the first field of each line, whatever their order. FINESS.md §1.1 describes the columns.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from referentiel.identifiants import departement_depuis
from referentiel.niveaux import Niveau

from ..rapprochement import code_insee
from .commun import (
    LigneInvalide,
    MiseEnPageInconnue,
    Recue,
    Rejetee,
    controler_fiche,
    controler_numero,
    date_tolerante,
    empreinte,
    ouvrir_binaire,
    remarque,
)
from .modele import FicheEG, FicheEJ
from .territoires import depuis_projection

COLONNES_ET = (
    "section",
    "nofinesset",
    "nofinessej",
    "rs",
    "rslongue",
    "complrs",
    "compldistrib",
    "numvoie",
    "typvoie",
    "voie",
    "compvoie",
    "lieuditbp",
    "commune",
    "departement",
    "libdepartement",
    "ligneacheminement",
    "telephone",
    "telecopie",
    "categetab",
    "libcategetab",
    "categagretab",
    "libcategagretab",
    "siret",
    "codeape",
    "codemft",
    "libmft",
    "codesph",
    "libsph",
    "dateouv",
    "dateautor",
    "datemaj",
    "numuai",
)
COLONNES_EJ = (
    "section",
    "nofiness",
    "rs",
    "rslongue",
    "complrs",
    "numvoie",
    "typvoie",
    "voie",
    "compvoie",
    "compldistrib",
    "lieuditbp",
    "commune",
    "ligneacheminement",
    "departement",
    "libdepartement",
    "telephone",
    "statutjuridique",
    "libstatutjuridique",
    "categetab",
    "libcategetab",
    "siren",
    "codeape",
    "datecrea",
)
COLONNES_GEO = (
    "section",
    "nofinesset",
    "coordxet",
    "coordyet",
    "sourcecoordet",
    "datemaj",
)

SECTIONS = {"structureet": COLONNES_ET, "structureej": COLONNES_EJ, "geolocalisation": COLONNES_GEO}

_ADRESSE = {
    "numero_voie",
    "type_voie",
    "libelle_voie",
    "complement_voie",
    "complement_adresse",
    "lieu_dit",
    "code_postal",
    "localite",
    "commune_cog",
    "departement",
}
_COMMUNS = {"raison_sociale", "nom_court", "complement", "ape", "telephone", "categorie", "ouvert"} | _ADRESSE
_CHAMPS_EJ = frozenset(_COMMUNS | {"siren", "statut_juridique", "date_creation"})
_CHAMPS_EG = frozenset(
    _COMMUNS
    | {"finess_ej", "telecopie", "siret", "mft", "sph", "date_ouverture", "date_autorisation", "date_maj", "numero_uai"}
)
_CHAMPS_POSITION = frozenset({"latitude", "longitude", "source_position", "date_position"})


class LecteurClassique:
    """One classic file, read in a constant memory but for the positions of cs1100507 (some 30 MB)."""

    def __init__(self, chemin: Path) -> None:
        """Raises `MiseEnPageInconnue` when the layout is none of the three known ones."""
        self._chemin = chemin
        self._codage = _codage(chemin)
        self._positions: dict[str, list[str]] = {}
        self._geo_invalides: list[Rejetee] = []
        sections = self._reconnaitre()
        if "structureej" in sections:
            self.format, self.champs = "cs1100501", {Niveau.EJ: _CHAMPS_EJ}
        elif "geolocalisation" in sections:
            self.format, self.champs = "cs1100507", {Niveau.EG: _CHAMPS_EG | _CHAMPS_POSITION}
        else:
            self.format, self.champs = "cs1100502", {Niveau.EG: _CHAMPS_EG}

    def lire(self, connues: Mapping[str, int]) -> Iterator[Recue | Rejetee]:
        """Yields every EJ or EG; see `Lecteur`."""
        yield from self._geo_invalides
        for rang, ligne in self._lignes():
            if ligne.startswith("structure"):
                yield from self._lire_structure(rang, ligne, connues)
            elif not ligne.startswith("geolocalisation;"):
                yield Rejetee(rang, "", ligne[:255], f"Section « {ligne.partition(';')[0][:40]} » inconnue.")

    def _lire_structure(self, rang: int, ligne: str, connues: Mapping[str, int]) -> Iterator[Recue | Rejetee]:
        numero = ""
        try:
            valeurs = _decouper(ligne)
            numero = controler_numero(valeurs.get("nofinesset") or valeurs.get("nofiness", ""))
            position = self._positions.get(numero)
            signe = empreinte(f"{ligne}|{position}".encode())
            niveau = Niveau.EG if "nofinesset" in valeurs else Niveau.EJ
            fiche = None
            if connues.get(numero) != signe:
                fiche = _fiche_eg(valeurs, position) if niveau is Niveau.EG else _fiche_ej(valeurs)
                controler_fiche(fiche)
                note = remarque(numero, rang)
                if note:
                    yield note
            yield Recue(niveau, numero, signe, fiche, rang)
        except LigneInvalide as erreur:
            yield Rejetee(rang, numero, ligne[:255], str(erreur))

    def _lignes(self) -> Iterator[tuple[int, str]]:
        """Number and text of each line after the first."""
        with io.TextIOWrapper(ouvrir_binaire(self._chemin), self._codage, errors="replace", newline="\n") as texte:
            next(texte, None)
            for rang, ligne in enumerate(texte, 2):
                ligne = ligne.rstrip("\r\n")
                if ligne:
                    yield rang, ligne

    def _reconnaitre(self) -> set[str]:
        """Reads the heading and the positions; refuses a file most of whose lines have not the expected columns."""
        self.date_donnees = _date_entete(self._chemin, self._codage)
        justes: dict[str, int] = {}
        fausses: dict[tuple[str, int], int] = {}
        for rang, ligne in self._lignes():
            section = ligne.partition(";")[0]
            attendues = len(SECTIONS.get(section, ()))
            valeurs = _separer(ligne)
            if attendues and _compte_juste(section, len(valeurs)):
                justes[section] = justes.get(section, 0) + 1
                if section == "geolocalisation":
                    self._positions[valeurs[1].strip()] = valeurs
            else:
                fausses[(section[:40], len(valeurs))] = fausses.get((section[:40], len(valeurs)), 0) + 1
                if section == "geolocalisation":
                    raison = f"{len(valeurs)} colonnes au lieu de {attendues}."
                    self._geo_invalides.append(Rejetee(rang, "", ligne[:255], raison))
        if sum(fausses.values()) > sum(justes.values()) or not justes.keys() & {"structureet", "structureej"}:
            raise MiseEnPageInconnue(_raison_mise_en_page(fausses))
        if {"structureet", "structureej"} <= justes.keys():
            raise MiseEnPageInconnue("Mise en page inconnue : des EJ et des EG dans un même fichier classique.")
        return set(justes)


def _codage(chemin: Path) -> str:
    """UTF-8 when every byte says so, else Windows-1252 (files until 2025 hold the byte 0x92)."""
    decodeur = codecs.getincrementaldecoder("utf-8")()
    with ouvrir_binaire(chemin) as flux:
        try:
            while bloc := flux.read(1 << 20):
                decodeur.decode(bloc)
            decodeur.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _date_entete(chemin: Path, codage: str) -> date | None:
    with io.TextIOWrapper(ouvrir_binaire(chemin), codage, errors="replace") as texte:
        entete = texte.readline().strip().split(";")
    if len(entete) != 4 or entete[:2] != ["finess", "etalab"]:
        raise MiseEnPageInconnue(
            "Mise en page inconnue : la première ligne n’est pas « finess;etalab;numéro;date » mais"
            f" « {';'.join(entete)[:60]} »."
        )
    return date_tolerante(entete[3])


def _raison_mise_en_page(fausses: Mapping[tuple[str, int], int]) -> str:
    if not fausses:
        return "Mise en page inconnue : aucune ligne « structureet » ni « structureej »."
    (section, colonnes), _ = max(fausses.items(), key=lambda paire: paire[1])
    if section not in SECTIONS:
        return f"Mise en page inconnue : la section « {section} » n’est pas celle d’un fichier FINESS des structures."
    return (
        f"Mise en page inconnue : la section « {section} » a {colonnes} colonnes,"
        f" {len(SECTIONS[section])} sont attendues."
    )


def _compte_juste(section: str, nombre: int) -> bool:
    """The last field of an EG, its « UAI », is nearly always empty: some writers drop its separator."""
    attendu = len(SECTIONS[section])
    return nombre == attendu or (section == "structureet" and nombre == attendu - 1)


def _separer(ligne: str) -> list[str]:
    if '"' not in ligne:
        return ligne.split(";")
    return next(csv.reader([ligne], delimiter=";"))


def _decouper(ligne: str) -> dict[str, str]:
    """Column → stripped value of one line."""
    valeurs = _separer(ligne)
    colonnes = SECTIONS.get(valeurs[0])
    if colonnes is None:
        raise LigneInvalide(f"Section « {valeurs[0][:40]} » inconnue.")
    if not _compte_juste(valeurs[0], len(valeurs)):
        raise LigneInvalide(f"{len(valeurs)} colonnes au lieu de {len(colonnes)}.")
    return dict(zip(colonnes, map(str.strip, valeurs), strict=False))


def _communs(ligne: Mapping[str, str]) -> dict:
    """The fields EJ and EG have in common, address included."""
    code_postal, _, localite = ligne["ligneacheminement"].partition(" ")
    if not code_postal.isdigit():
        code_postal, localite = "", ligne["ligneacheminement"]
    commune = code_insee(ligne["departement"], ligne["commune"])
    numero = ligne.get("nofinesset") or ligne["nofiness"]
    return {
        "finess": numero,
        "raison_sociale": ligne["rslongue"] or ligne["rs"],
        "nom_court": ligne["rs"],
        "complement": ligne["complrs"],
        "ape": ligne["codeape"],
        "categorie": ligne["categetab"],
        "numero_voie": ligne["numvoie"],
        "type_voie": ligne["typvoie"],
        "libelle_voie": ligne["voie"],
        "complement_voie": ligne["compvoie"],
        "complement_adresse": ligne["compldistrib"],
        "lieu_dit": ligne["lieuditbp"],
        "code_postal": code_postal,
        "localite": localite.strip(),
        "commune_cog": commune,
        "departement": departement_depuis(commune, code_postal, numero),
        "telephone": ligne["telephone"],
    }


def _fiche_ej(ligne: Mapping[str, str]) -> FicheEJ:
    return FicheEJ(
        **_communs(ligne),
        siren=ligne["siren"],
        statut_juridique=ligne["statutjuridique"],
        date_creation=date_tolerante(ligne["datecrea"]),
    )


def _fiche_eg(ligne: Mapping[str, str], position: list[str] | None) -> FicheEG:
    return FicheEG(
        **_communs(ligne),
        **_position(position),
        finess_ej=controler_numero(ligne["nofinessej"], "Numéro FINESS de l’entité juridique"),
        telecopie=ligne["telecopie"],
        siret=ligne["siret"],
        mft=ligne["codemft"],
        sph=(ligne["codesph"],) if ligne["codesph"] else (),
        date_ouverture=date_tolerante(ligne["dateouv"]),
        date_autorisation=date_tolerante(ligne["dateautor"]),
        date_maj=date_tolerante(ligne["datemaj"]),
        numero_uai=ligne.get("numuai", ""),
    )


def _position(valeurs: list[str] | None) -> dict:
    """The WGS84 position, {} when there is none that can be read in a French territory."""
    if valeurs is None:
        return {}
    _, _, x, y, source, maj = (valeur.strip() for valeur in valeurs)
    try:
        point = depuis_projection(float(x), float(y), source.rpartition(",")[2])
    except ValueError:
        return {}
    if point is None:
        return {}
    return {
        "latitude": point[0],
        "longitude": point[1],
        "source_position": source,
        "date_position": date_tolerante(maj),
    }
