"""Reader of FINESS+ structures (`finess-structures-journalier-….json.gz`), streamed: FINESS.md §1.2.

Each `pmej` is an entité juridique, its `ege` the establishments it holds. Keys are absent rather than null.
"""

import marshal
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from operator import itemgetter
from pathlib import Path

from referentiel.identifiants import departement_depuis
from referentiel.niveaux import Niveau

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
from .flux_json import JsonTronque, objets
from .modele import CHAMPS_EG, CHAMPS_EJ, FicheEG, FicheEJ
from .territoires import depuis_paire

VERSIONS = ("v1.", "1.")
"""Known versions of the schema."""

_TETE = 1 << 16  # bytes read to find the version and the date

_USAGES_EG = ("03", "01")  # place of exercise, else administrative: never merely the first one
_USAGES_EJ = ("01", "02", "03")

_INUTILES = ("engagement", "evenement", "roleEge", "typeBudget", "dateDerniereMaj")
"""What the portal does not keep: a change there is no change."""

_GENERAL = {Niveau.EJ: "informationsGeneralesPMEJ", Niveau.EG: "informationsGeneralesEGE"}
_NUMERO = {Niveau.EJ: "numFinessPm", Niveau.EG: "numFinessEge"}

_ABSENTS = {
    Niveau.EJ: frozenset({"complement", "date_maj", "distribution"}),
    Niveau.EG: frozenset({"ape", "date_maj", "date_position", "distribution"}),
}


class LecteurFinessPlus:
    """One FINESS+ file of structures, read in a constant memory."""

    format = "FINESS+ structures"
    champs = {Niveau.EJ: CHAMPS_EJ - _ABSENTS[Niveau.EJ], Niveau.EG: CHAMPS_EG - _ABSENTS[Niveau.EG]}

    def __init__(self, chemin: Path) -> None:
        """Raises `MiseEnPageInconnue` for another JSON file or another version of the schema."""
        self._chemin = chemin
        with ouvrir_binaire(chemin) as flux:
            tete = flux.read(_TETE).decode("utf-8", errors="replace")
        version = _valeur(tete, "schemaVersion")
        if not version.startswith(VERSIONS):
            raise MiseEnPageInconnue(
                f"Mise en page inconnue : version de schéma « {version or 'absente'} », la version v1 est attendue."
            )
        nom = re.search(r"(\d{4})(\d{2})(\d{2})\.json", chemin.name)
        genere = date_tolerante(_valeur(tete, "generatedAt"))
        self.date_donnees = genere or (date_tolerante("-".join(nom.groups())) if nom else None)

    def lire(self, connues: Mapping[str, int]) -> Iterator[Recue | Rejetee]:
        """Yields every EJ, each followed by its EG; see `Lecteur`."""
        rang = 0
        try:
            with ouvrir_binaire(self._chemin) as flux:
                for rang, pm in enumerate(objets(flux, "pmej"), 1):
                    for objet in self._objets(rang, pm):
                        if isinstance(objet, Rejetee):
                            yield objet
                        else:
                            yield from self._lire_objet(*objet, rang, connues)
        except (JsonTronque, EOFError, OSError, zlib.error) as erreur:
            raise MiseEnPageInconnue(
                f"Le fichier est tronqué ou abîmé après {rang} entités juridiques ({type(erreur).__name__})."
            ) from erreur
        if not rang:
            raise MiseEnPageInconnue("Mise en page inconnue : le tableau « pmej » est absent ou vide.")

    def _objets(self, rang: int, pm: dict) -> Iterator[tuple[Niveau, dict, str] | Rejetee]:
        """The EJ, then its EG, each with the number of its EJ."""
        try:
            eges = pm.pop("ege", None) or ()
            general = pm["informationsGeneralesPMEJ"]
            finess_ej = str(general.get("numFinessPm", "")).strip()
        except (KeyError, TypeError, AttributeError) as erreur:
            if rang == 1:
                raise MiseEnPageInconnue(
                    f"Mise en page inconnue : la première PMEJ n’a pas la forme attendue ({erreur})."
                ) from erreur
            yield Rejetee(rang, "", str(pm)[:255], f"Forme inattendue : {erreur}")
            return
        yield Niveau.EJ, pm, finess_ej
        for ege in eges:
            yield Niveau.EG, ege, finess_ej

    def _lire_objet(
        self, niveau: Niveau, objet: dict, finess_ej: str, rang: int, connues: Mapping[str, int]
    ) -> tuple[Recue | Rejetee, ...]:
        """One record, interpreted only when its digest is new; with its remark when there is one."""
        numero, general = "", {}
        try:
            general = objet[_GENERAL[niveau]]
            numero = str(general.get(_NUMERO[niveau], "")).strip()
            for cle in _INUTILES:
                objet.pop(cle, None)
            ouvert = _ouvert(objet, general, self.date_donnees)
            # A closing date passes without any change of the record: the digest holds what it means today.
            signe = empreinte(marshal.dumps((finess_ej, ouvert, objet), 2))
            if connues.get(numero) == signe:
                return (Recue(niveau, numero, signe, None, rang),)
            fiche = _fiche(niveau, controler_numero(numero), finess_ej, objet, general, ouvert)
            controler_fiche(fiche)
        except LigneInvalide as erreur:
            return (Rejetee(rang, numero[:20], str(general)[:255], str(erreur)),)
        except (KeyError, TypeError, AttributeError, ValueError) as erreur:
            return (Rejetee(rang, numero[:20], str(general or objet)[:255], f"Forme inattendue : {erreur}"),)
        recue = Recue(niveau, numero, signe, fiche, rang)
        note = remarque(numero, rang)
        return (note, recue) if note else (recue,)


def _valeur(tete: str, cle: str) -> str:
    trouve = re.search(rf'"{cle}"\s*:\s*"([^"]*)"', tete)
    return trouve[1] if trouve else ""


def _ouvert(objet: dict, general: dict, jour: date | None) -> bool:
    if objet.get("etatObjet") != "A":
        return False
    fermeture = general.get("dateFermeture")
    return not fermeture or fermeture[:10] > (jour or date.today()).isoformat()  # noqa: DTZ011 - a day, as FINESS gives it


def _texte(objet: Mapping, cle: str) -> str:
    valeur = objet.get(cle)
    if valeur.__class__ is str:
        return valeur.strip()
    return "" if valeur is None else str(valeur)


def _communs(numero: str, objet: dict, adresse: dict) -> dict:
    """The fields EJ and EG have in common: address, contact, category."""
    telecom = _telecom(objet)
    commune, code_postal = _texte(adresse, "cogCommune"), _texte(adresse, "codePostal")
    return {
        "finess": numero,
        "categorie": _texte(objet, "categorieentiteGeographiqueExercice"),
        "numero_voie": _texte(adresse, "numeroVoie"),
        "type_voie": _texte(adresse, "typeVoie"),
        "libelle_voie": _texte(adresse, "libelleVoie"),
        "complement_voie": _texte(adresse, "complementVoie"),
        "complement_adresse": _texte(adresse, "complementPointGeographique"),
        "lieu_dit": _texte(adresse, "lieuDit"),
        "code_postal": code_postal,
        "localite": _texte(adresse, "ligneAcheminement"),
        "commune_cog": commune,
        "departement": departement_depuis(commune, code_postal, numero),
        "telephone": _texte(telecom, "telephone"),
        "telecopie": _texte(telecom, "telecopie"),
        "courriel": _texte(telecom, "courriel"),
    }


def _fiche(niveau: Niveau, numero: str, finess_ej: str, objet: dict, general: dict, ouvert: bool) -> FicheEJ | FicheEG:
    if niveau is Niveau.EJ:
        return _fiche_ej(numero, objet, general, ouvert)
    finess_ej = controler_numero(finess_ej, "Numéro FINESS de l’entité juridique")
    return _fiche_eg(numero, finess_ej, objet, general, ouvert)


def _fiche_ej(numero: str, objet: dict, general: dict, ouvert: bool) -> FicheEJ:
    court = _texte(general, "denominationPm")
    communs = _communs(numero, objet, _adresse(objet, _USAGES_EJ))
    communs["complement_adresse"] = communs["complement_adresse"] or _texte(general, "complementAdressePmSmsse")
    return FicheEJ(
        **communs,
        ouvert=ouvert,
        raison_sociale=_texte(general, "denominationLonguePmSmsse") or court,
        nom_court=court,
        ape=_texte(general, "codeApe").replace(".", ""),
        siren=_texte(general, "siren"),
        statut_juridique=_texte(general, "statutJuridique"),
        date_creation=date_tolerante(general.get("dateCreation")),
        date_fermeture=date_tolerante(general.get("dateFermeture")),
    )


def _fiche_eg(numero: str, finess_ej: str, objet: dict, general: dict, ouvert: bool) -> FicheEG:
    court = _texte(general, "nomEgeCourt")
    adresse = _adresse(objet, _USAGES_EG)
    communs = _communs(numero, objet, adresse)
    return FicheEG(
        **communs,
        **_position(adresse, communs["departement"]),
        finess_ej=finess_ej,
        ouvert=ouvert,
        raison_sociale=_texte(general, "nomEgeLong") or court,
        nom_court=court,
        complement=_texte(general, "complementDenominationEg"),
        siret=_texte(general, "siret"),
        mft=_texte(objet, "modefixationtarifaire"),
        sph=tuple(sorted(str(code).strip() for code in general.get("espic") or ())),
        date_ouverture=date_tolerante(general.get("dateOuverture")),
        date_autorisation=date_tolerante(general.get("datePremiereAutorisation")),
        date_fermeture=date_tolerante(general.get("dateFermeture")),
        numero_uai=_texte(general, "numeroEducationNationale"),
    )


def _adresse(objet: dict, usages: tuple[str, ...]) -> dict:
    """The address of the first usage found, in the order of `usages`; {} when there is none."""
    adresses = objet.get("adresse") or ()
    for usage in usages:
        for adresse in adresses:
            if adresse.get("usageAdresse") == usage:
                return adresse
    return {}


def _telecom(objet: dict) -> dict:
    """The main contact (role 01), else the first."""
    contacts = objet.get("contact") or ()
    principaux = [c for c in contacts if (c.get("typeContact") or {}).get("roleContact") == "01"]
    return next((c["telecom"] for c in (*principaux, *contacts) if c.get("telecom")), {})


_PAIRES = (
    itemgetter("directionLatitude", "directionLongitude"),
    itemgetter("coordonneeX", "coordonneeY"),
)


def _position(adresse: dict, departement: str) -> dict:
    """The WGS84 position told by the range of the numbers: their pairs are swapped from record to record."""
    coordonnees = adresse.get("coordonneesGeographique") or {}
    for paire in _PAIRES:
        try:
            a, b = map(float, paire(coordonnees))
        except (KeyError, ValueError):
            continue
        point = depuis_paire(a, b, departement)
        if point is not None:
            score = _texte(coordonnees, "scoreBAN")
            source = ",".join(filter(None, ["BAN", _texte(coordonnees, "cleInInteropBAN"), score]))
            return {"latitude": point[0], "longitude": point[1], "source_position": source[:255]}
    return {}
