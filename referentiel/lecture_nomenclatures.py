"""Reads an official code list: CSV (code, libelle, …) or FHIR R4 JSON (ValueSet or CodeSystem) (pure).

A file is read whole or refused with one French sentence: half a list is never returned.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from ror.commun.erreurs import ErreurMetier

LONGUEUR_CODE = 20
LONGUEUR_LIBELLE = 400

_IDENTIFIANT = re.compile(r"(?<![A-Z])(JDV|TRE|ASS)[-_]([A-Z])(\d+)|(?<![A-Z])(FINESS|COG)(_[A-Z]+)+")
_VERSION = re.compile(r"(?<!\d)(20\d{6}(?:\d{6})?)(?!\d)")
_SYSTEME_NOS = re.compile(r"/NOS/([^/]+)")
_STATUTS_RETIRES = frozenset({"deprecated", "retired", "inactive", "inactif", "non"})
_COLONNES = {
    "code_system": "systeme",
    "code_system_url": "systeme_url",
    "systeme": "systeme",
    "system": "systeme_url",
    "display": "libelle",
    "definition": "definition",
    "statut": "statut",
    "status": "statut",
    "date_debut": "date_debut",
    "date_validite": "date_debut",
    "datedeb": "date_debut",
    "date_fin": "date_fin",
    "datefin": "date_fin",
}


class ListeIllisible(ErreurMetier):
    """The file is not a code list this portal reads; the message says why."""


@dataclass(frozen=True, slots=True)
class CodeLu:
    """One code of a list as its file gives it.

    Attributes:
        code: value, up to 20 characters.
        libelle: French label, up to 400 characters.
        systeme: short name of its terminology (« TRE_R211-ActiviteOperationnelle »); empty when the file has none.
        retire: the file itself says it is no longer to be used.
        proprietes: the other columns, as they are.
    """

    code: str
    libelle: str
    systeme: str = ""
    systeme_url: str = ""
    definition: str = ""
    retire: bool = False
    date_debut: date | None = None
    date_fin: date | None = None
    proprietes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListeLue:
    """A whole list.

    Attributes:
        identifiant: « JDV_J17 », empty when neither the file nor its name says it.
        nom: official name, empty when unknown.
        version: AAAAMMJJ or AAAAMMJJhhmmss, empty when unknown.
        codes: at least one.
    """

    identifiant: str
    nom: str
    oid: str
    version: str
    codes: tuple[CodeLu, ...]


def lire_liste(contenu: bytes, nom_fichier: str = "") -> ListeLue:
    """Reads a list from the bytes of a file.

    Args:
        contenu: the whole file, UTF-8 (with or without BOM) or Windows-1252.
        nom_fichier: its name, which may hold the identifier and the version that a CSV does not tell.

    Raises:
        ListeIllisible: unknown format, missing column, empty or doubled code, over-long label.
    """
    texte = _decoder(contenu)
    if texte.lstrip().startswith("{"):
        liste = _lire_fhir(texte)
    else:
        liste = ListeLue(
            identifiant_court(nom_fichier), _nom_court(nom_fichier), "", _version(nom_fichier), _lire_csv(texte)
        )
    _controler(liste.codes)
    return liste


def identifiant_court(texte: str) -> str:
    """Returns « JDV_J17 » from « JDV-J17-ActiviteOperationnelle-ROR » or from a file name; empty when there is none."""
    trouve = _IDENTIFIANT.search(texte)
    if trouve is None:
        return ""
    return f"{trouve[1]}_{trouve[2]}{trouve[3]}" if trouve[1] else trouve[0]


def est_datee(version: str) -> bool:
    """Tells whether a version is AAAAMMJJ or AAAAMMJJhhmmss, as those of the NOS are."""
    return _VERSION.fullmatch(version) is not None


def rang_version(version: str) -> str:
    """Returns a sort key: dated versions by their moment, any other before them."""
    return version.ljust(14, "0") if est_datee(version) else ""


def _decoder(contenu: bytes) -> str:
    if b"\0" in contenu:
        raise ListeIllisible("Ce fichier n’est pas du texte : un CSV ou un JSON FHIR est attendu.")
    try:
        return contenu.decode("utf-8-sig")
    except UnicodeDecodeError:
        return contenu.decode("cp1252", errors="replace")


# --- CSV ------------------------------------------------------------------------------------------------------


def _lire_csv(texte: str) -> tuple[CodeLu, ...]:
    entete = texte.split("\n", 1)[0]
    lecteur = csv.DictReader(io.StringIO(texte), delimiter=";" if entete.count(";") > entete.count(",") else ",")
    colonnes = {c: _COLONNES.get(c.strip().lower(), c.strip().lower()) for c in lecteur.fieldnames or ()}
    manquantes = {"code", "libelle"} - set(colonnes.values())
    if manquantes:
        raise ListeIllisible(
            "Format inconnu : un CSV avec les colonnes « code » et « libelle », ou un JSON FHIR (ValueSet ou "
            f"CodeSystem), est attendu. Il manque : {', '.join(sorted(manquantes))}."
        )
    codes = []
    for ligne in lecteur:
        if None in ligne or None in ligne.values():
            raise ListeIllisible(f"Ligne {lecteur.line_num} : elle n’a pas le même nombre de colonnes que l’en-tête.")
        codes.append(_code_csv({colonnes[c]: v.strip() for c, v in ligne.items()}, lecteur.line_num))
    return tuple(codes)


def _code_csv(ligne: dict[str, str], numero: int) -> CodeLu:
    connues = {"code", "libelle", *_COLONNES.values()}
    try:
        dates = {c: date.fromisoformat(ligne[c]) if ligne.get(c) else None for c in ("date_debut", "date_fin")}
    except ValueError as erreur:
        raise ListeIllisible(f"Ligne {numero} : date illisible, AAAA-MM-JJ est attendu ({erreur}).") from erreur
    return CodeLu(
        code=ligne["code"],
        libelle=ligne["libelle"],
        systeme=ligne.get("systeme") or _systeme(ligne.get("systeme_url", "")),
        systeme_url=ligne.get("systeme_url", ""),
        definition=ligne.get("definition", ""),
        retire=ligne.get("statut", "").lower() in _STATUTS_RETIRES,
        **dates,
        proprietes={c: v for c, v in ligne.items() if c not in connues and v},
    )


# --- FHIR -----------------------------------------------------------------------------------------------------


def _lire_fhir(texte: str) -> ListeLue:
    try:
        ressource = json.loads(texte)
    except ValueError as erreur:
        raise ListeIllisible(f"JSON illisible : {erreur}.") from erreur
    genre = ressource.get("resourceType")
    try:
        if genre == "CodeSystem":
            codes = tuple(_codes_de_systeme(ressource))
        elif genre == "ValueSet":
            codes = tuple(_codes_de_valeurs(ressource))
        else:
            raise ListeIllisible(f"Ressource FHIR {genre or 'sans type'} : une ValueSet ou un CodeSystem est attendu.")
    except (KeyError, TypeError, AttributeError, ValueError) as erreur:
        raise ListeIllisible(f"Cette ressource {genre} n’a pas la forme attendue en FHIR R4 ({erreur!r}).") from erreur
    noms = [str(ressource.get(c) or "") for c in ("name", "id", "url", "title")]
    oids = [i.get("value", "") for i in ressource.get("identifier") or () if "oid" in str(i.get("value", ""))]
    return ListeLue(
        identifiant=next(filter(None, map(identifiant_court, noms)), ""),
        nom=next(filter(None, map(_nom_court, noms)), noms[3] or noms[0]),
        oid=next((o.removeprefix("urn:oid:") for o in oids), ""),
        version=_version(str(ressource.get("version") or "")) or _version(str(ressource.get("date") or "")),
        codes=codes,
    )


def _codes_de_systeme(ressource: Mapping[str, Any]) -> Iterator[CodeLu]:
    url = str(ressource.get("url") or "")
    if not ressource.get("concept"):
        raise ListeIllisible("Ce CodeSystem ne contient pas ses codes.")
    for concept in _plat(ressource["concept"], "concept"):
        proprietes = dict(_propriete(p) for p in concept.get("property") or ())
        yield CodeLu(
            code=concept["code"],
            libelle=concept.get("display") or "",
            systeme=_systeme(url),
            systeme_url=url,
            definition=concept.get("definition") or "",
            retire=proprietes.get("status", "").lower() in _STATUTS_RETIRES or proprietes.get("inactive") == "true",
            date_debut=_date_fhir(proprietes.get("dateValid")),
            date_fin=_date_fhir(proprietes.get("dateFin")),
        )


def _codes_de_valeurs(ressource: Mapping[str, Any]) -> Iterator[CodeLu]:
    """The expansion when there is one, else the concepts listed in `compose`."""
    if "expansion" in ressource:
        for valeur in _plat(ressource["expansion"].get("contains") or (), "contains"):
            if not valeur.get("abstract"):
                yield _code_de_valeur(valeur, valeur["system"], bool(valeur.get("inactive")))
        return
    composition = ressource.get("compose") or {}
    inclusions = composition.get("include") or ()
    if composition.get("exclude") or not inclusions or not all(i.get("concept") for i in inclusions):
        raise ListeIllisible(
            "Cette ValueSet renvoie à d’autres listes sans donner ses codes : fournissez son expansion."
        )
    for inclusion in inclusions:
        for concept in inclusion["concept"]:
            yield _code_de_valeur(concept, inclusion["system"], retire=False)


def _code_de_valeur(concept: Mapping[str, Any], systeme: str, retire: bool) -> CodeLu:
    return CodeLu(concept["code"], concept.get("display") or "", _systeme(systeme), systeme, retire=retire)


def _plat(concepts: Iterable[Mapping[str, Any]], cle: str) -> Iterator[Mapping[str, Any]]:
    for concept in concepts:
        yield concept
        yield from _plat(concept.get(cle) or (), cle)


def _propriete(propriete: Mapping[str, Any]) -> tuple[str, str]:
    valeur = next((v for c, v in propriete.items() if c.startswith("value")), "")
    return propriete["code"], str(valeur).lower() if isinstance(valeur, bool) else str(valeur)


def _date_fhir(texte: str | None) -> date | None:
    return date.fromisoformat(texte[:10]) if texte else None


# --- both -----------------------------------------------------------------------------------------------------


def _systeme(url: str) -> str:
    """« …/NOS/TRE_R211-ActiviteOperationnelle/FHIR/… » → « TRE_R211-ActiviteOperationnelle »."""
    trouve = _SYSTEME_NOS.search(url)
    if trouve:
        return trouve[1]
    adresse = urlsplit(url)
    return adresse.path.rstrip("/").rsplit("/", 1)[-1] or adresse.netloc.rsplit(".", 1)[0]


def _version(texte: str) -> str:
    trouve = _VERSION.search(re.sub(r"(20\d\d)-(\d\d)-(\d\d)", r"\1\2\3", texte))
    return trouve[1] if trouve else ""


def _nom_court(texte: str) -> str:
    """« JDV_J17-ActiviteOperationnelle-ROR.csv » → « ActiviteOperationnelle »."""
    trouve = re.search(r"(?:JDV|TRE|ASS)[-_][A-Z]\d+[-_]([A-Za-z]+)", texte)
    return trouve[1] if trouve else ""


def _controler(codes: tuple[CodeLu, ...]) -> None:
    if not codes:
        raise ListeIllisible("Cette liste ne contient aucun code.")
    vus: set[tuple[str, str]] = set()
    for rang, lu in enumerate(codes, start=1):
        ou = f"Code n° {rang} (« {lu.code} »)"
        if not lu.code or not lu.libelle:
            raise ListeIllisible(f"{ou} : le code et le libellé sont attendus.")
        if len(lu.code) > LONGUEUR_CODE or len(lu.libelle) > LONGUEUR_LIBELLE:
            raise ListeIllisible(
                f"{ou} : au plus {LONGUEUR_CODE} caractères pour un code, {LONGUEUR_LIBELLE} pour un libellé."
            )
        if (lu.code, lu.systeme) in vus:
            raise ListeIllisible(f"{ou} : ce code est donné deux fois.")
        vus.add((lu.code, lu.systeme))
