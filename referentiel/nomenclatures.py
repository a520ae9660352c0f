"""Loading the code lists: those shipped with the portal, and newer official ones (issue of the ANS, of FINESS).

A code is never deleted: one that a newer list leaves out becomes inactive, so the fiches that carry it stay readable.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from ror.commun.erreurs import ErreurMetier
from ror.commun.texte import normaliser

from .lecture_nomenclatures import CodeLu, ListeIllisible, ListeLue, est_datee, lire_liste, rang_version
from .models import Code, CorrespondanceCategorie, Nomenclature

DONNEES = Path(__file__).parent / "donnees"
LIVREES = DONNEES / "nomenclatures"

COPIE_A_PARTIR_DE = 1000  # codes

_COLONNES = (
    "libelle",
    "libelle_recherche",
    "systeme_url",
    "definition",
    "actif",
    "date_debut",
    "date_fin",
    "proprietes",
)


class ImportRefuse(ErreurMetier):
    """The list read is older than the one loaded, or is not the one that was named; nothing was applied."""


@dataclass(frozen=True, slots=True)
class Bilan:
    """What a list changes, or changed.

    Attributes:
        identifiant: the list.
        avant: version loaded before, empty when the list is new.
        version: version of the file.
        ajoutes: codes that were not in the list.
        modifies: (code as it was, as it is) for labels, dates, state or properties that differ.
        retires: codes that the file leaves out: they become inactive.
    """

    identifiant: str
    avant: str
    version: str
    ajoutes: tuple[Code, ...]
    modifies: tuple[tuple[Code, Code], ...]
    retires: tuple[Code, ...]


def charger_livrees() -> list[Bilan]:
    """Loads every list shipped with the portal that is not loaded yet, or not in this content.

    A list that a newer official file replaced is left alone.

    Returns:
        One report per list that was loaded; empty when all were up to date.
    """
    bilans = []
    connues = Nomenclature.objects.in_bulk(field_name="identifiant")
    with (LIVREES / "index.csv").open(encoding="utf-8", newline="") as fichier:
        fiches = list(csv.DictReader(fichier))
    for fiche in fiches:
        contenu = (LIVREES / f"{fiche['identifiant']}.csv").read_bytes()
        empreinte = hashlib.sha256(contenu).hexdigest()
        connue = connues.get(fiche["identifiant"])
        if connue and (connue.empreinte == empreinte or rang_version(connue.version) > rang_version(fiche["version"])):
            continue
        lue = lire_liste(contenu)
        lue = replace(
            lue, identifiant=fiche["identifiant"], nom=fiche["nom"], oid=fiche["oid"], version=fiche["version"]
        )
        bilans.append(
            _appliquer(lue, attribut=fiche["attribut"], officielle=fiche["officielle"] == "oui", empreinte=empreinte)
        )
    _charger_correspondances()
    return bilans


def importer(
    *, contenu: bytes, nom_fichier: str, liste: str = "", version: str = "", simuler: bool = False, forcer: bool = False
) -> Bilan:
    """Replaces a list by an official file, in one transaction.

    Args:
        contenu: the file, CSV or FHIR JSON.
        nom_fichier: its name, which may tell list and version.
        liste: « JDV_J17 », when the file does not say it.
        version: AAAAMMJJ, when the file does not say it.
        simuler: say what would change and write nothing.
        forcer: accept an older version, or a file that withdraws most of the list.

    Raises:
        ListeIllisible: the file cannot be read as a list.
        ImportRefuse: wrong list, unknown or older version, more than half of the codes withdrawn.
    """
    lue = lire_liste(contenu, nom_fichier)
    lue = replace(lue, identifiant=_choisir_liste(lue, liste), version=version or lue.version)
    if not est_datee(lue.version):
        raise ImportRefuse("La version du fichier n’est pas connue : indiquez-la avec --edition AAAAMMJJ.")
    with transaction.atomic():
        bilan = _appliquer(lue, simuler=simuler, forcer=forcer)
    return bilan


def _choisir_liste(lue: ListeLue, demandee: str) -> str:
    if not (demandee or lue.identifiant):
        raise ImportRefuse("Le fichier ne dit pas quelle liste il contient : indiquez-la, par exemple --liste JDV_J17.")
    if demandee and lue.identifiant and demandee != lue.identifiant:
        raise ImportRefuse(f"Ce fichier contient la liste {lue.identifiant}, pas {demandee}.")
    return demandee or lue.identifiant


@transaction.atomic
def _appliquer(
    lue: ListeLue,
    *,
    attribut: str | None = None,
    officielle: bool = True,
    empreinte: str | None = None,
    simuler: bool = False,
    forcer: bool = True,
) -> Bilan:
    """Compares a list with what is loaded and writes the difference; the row of the list is locked meanwhile."""
    liste = Nomenclature.objects.select_for_update().filter(identifiant=lue.identifiant).first()
    avant = liste.version if liste else ""
    if liste and not forcer and rang_version(lue.version) < rang_version(avant):
        raise ImportRefuse(
            f"{lue.identifiant} : la version {lue.version} est plus ancienne que celle chargée ({avant}). "
            "Ajoutez --forcer pour revenir en arrière."
        )
    anciens = list(Code.objects.filter(nomenclature=liste)) if liste else []
    actifs = sum(code.actif for code in anciens)
    ajoutes, modifies, retires = _comparer(anciens, lue)
    if not forcer and len(retires) * 2 > actifs:
        raise ImportRefuse(
            f"{lue.identifiant} : ce fichier retirerait {len(retires)} codes sur {actifs}. "
            "Vérifiez que c’est la bonne liste, ou ajoutez --forcer."
        )
    if not simuler:
        liste = liste or Nomenclature(identifiant=lue.identifiant)
        liste.nom, liste.oid = lue.nom or liste.nom or lue.identifiant, lue.oid or liste.oid
        liste.version, liste.officielle = lue.version, officielle
        liste.attribut = liste.attribut if attribut is None else attribut
        liste.empreinte = liste.empreinte if empreinte is None else empreinte
        liste.save()
        _ecrire(liste, ajoutes, [apres for _, apres in modifies], retires)
    return Bilan(lue.identifiant, avant, lue.version, tuple(ajoutes), tuple(modifies), tuple(retires))


def _comparer(anciens: list[Code], lue: ListeLue) -> tuple[list[Code], list[tuple[Code, Code]], list[Code]]:
    """Returns the codes to add, those to change (before, after), those to withdraw."""
    par_cle = {(c.code, c.systeme): c for c in anciens}
    jour = _jour_de(lue.version)
    ajoutes, modifies = [], []
    for lu in _avec_systeme(lue.codes, anciens):
        ancien = par_cle.pop((lu.code, lu.systeme), None)
        nouveau = _code(lu, jour)
        if ancien is None:
            ajoutes.append(nouveau)
        else:
            _garder_ce_que_le_fichier_tait(nouveau, ancien, lu)
            if any(getattr(nouveau, c) != getattr(ancien, c) for c in _COLONNES):
                nouveau.pk = ancien.pk
                modifies.append((ancien, nouveau))
    retires = [code for code in par_cle.values() if code.actif]
    for code in retires:
        code.actif, code.date_fin = False, code.date_fin or jour
    return ajoutes, modifies, retires


def _avec_systeme(lus: Iterable[CodeLu], anciens: list[Code]) -> Iterable[CodeLu]:
    """Gives a code that its file leaves without terminology that of the loaded list.

    Raises:
        ListeIllisible: the loaded list has several, and this code tells none of them apart.
    """
    systemes = {c.systeme: c.systeme_url for c in anciens}
    par_code: dict[str, set[str]] = {}
    for ancien in anciens:
        par_code.setdefault(ancien.code, set()).add(ancien.systeme)
    for lu in lus:
        if lu.systeme or not anciens:
            yield lu
            continue
        possibles = par_code.get(lu.code, set(systemes))
        if len(possibles) > 1:
            raise ListeIllisible(
                f"Code « {lu.code} » : la colonne « code_system » est attendue, cette liste en a plusieurs."
            )
        (systeme,) = possibles
        yield replace(lu, systeme=systeme, systeme_url=systemes[systeme])


def _code(lu: CodeLu, jour: date) -> Code:
    return Code(
        code=lu.code,
        libelle=lu.libelle,
        libelle_recherche=normaliser(lu.libelle),
        systeme=lu.systeme,
        systeme_url=lu.systeme_url,
        definition=lu.definition,
        actif=not lu.retire and (lu.date_fin is None or lu.date_fin > jour),
        date_debut=lu.date_debut,
        date_fin=lu.date_fin,
        proprietes=dict(lu.proprietes),
    )


def _garder_ce_que_le_fichier_tait(nouveau: Code, ancien: Code, lu: CodeLu) -> None:
    """A plain official file (code, label) does not empty the definitions, dates and properties known before."""
    nouveau.definition = lu.definition or ancien.definition
    nouveau.date_debut = lu.date_debut or ancien.date_debut
    nouveau.systeme_url = lu.systeme_url or ancien.systeme_url
    nouveau.proprietes = {**ancien.proprietes, **lu.proprietes}


def _ecrire(liste: Nomenclature, ajoutes: list[Code], changes: list[Code], retires: list[Code]) -> None:
    for code in (*ajoutes, *changes):
        code.nomenclature = liste
    if len(ajoutes) < COPIE_A_PARTIR_DE:
        Code.objects.bulk_create(ajoutes)
    else:
        _copier(ajoutes)
    Code.objects.bulk_update([*changes, *retires], _COLONNES, batch_size=500)


def _copier(codes: list[Code]) -> None:
    """Adds many codes at once by COPY: the communes of France in one second rather than in four."""
    colonnes = ["nomenclature_id", "code", *_COLONNES, "systeme"]
    texte = io.StringIO()
    csv.writer(texte).writerows(
        [json.dumps(v) if isinstance(v := getattr(code, c), dict) else v for c in colonnes] for code in codes
    )
    texte.seek(0)
    textes = [c for c in colonnes if not c.startswith("date_")]
    with connection.cursor() as curseur:
        curseur.copy_expert(
            f"COPY {Code._meta.db_table} ({', '.join(colonnes)})"
            f" FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({', '.join(textes)}))",
            texte,
        )


def _jour_de(version: str) -> date:
    """The day of a version AAAAMMJJ…, today when it is not one."""
    try:
        return date.fromisoformat(version[:8])
    except ValueError:
        return timezone.localdate()


def _charger_correspondances() -> None:
    """Adds the categories not known yet; those already there may have been corrected by a person and are kept."""
    with (DONNEES / "correspondances_categories.csv").open(encoding="utf-8", newline="") as fichier:
        lignes = list(csv.DictReader(fichier))
    connues = set(CorrespondanceCategorie.objects.values_list("categorie", flat=True))
    CorrespondanceCategorie.objects.bulk_create(
        CorrespondanceCategorie(**ligne) for ligne in lignes if ligne["categorie"] not in connues
    )
