"""The lists of the dashboard as exports: the rows of the page, within its filters (B56)."""

from django.http import QueryDict

from referentiel.exports import Colonne, Extrait, Liste, declarer, par_lots
from referentiel.relecture import un_an_apres

from . import listes
from .completude import libelles_des
from .indicateurs import nom_departement, nom_groupe

_RE12 = {None: "sans objet", True: "conforme", False: "non conforme"}

_ETABLISSEMENT = (
    Colonne("Établissement", lambda bilan: bilan.structure.nom, 44),
    Colonne("N° FINESS", lambda bilan: bilan.structure.numero_finess or "", 12),
    Colonne("Département", lambda bilan: nom_departement(bilan.departement), 24),
    Colonne("Champ", lambda bilan: nom_groupe(bilan.groupe), 34),
    Colonne("Offres", lambda bilan: bilan.offres, 9),
)
COLONNES_EG = (
    *_ETABLISSEMENT,
    Colonne("Offres décrites", lambda bilan: bilan.finalisees, 10),
    Colonne("Offres relues depuis un an", lambda bilan: bilan.relues, 13),
    Colonne("RE1.2", lambda bilan: _RE12[bilan.re12], 14),
    Colonne("Complétude (%)", lambda bilan: bilan.score, 12),
    Colonne("Référent actif", lambda bilan: bilan.suivi, 12),
)
COLONNES_ORPHELINS = (*_ETABLISSEMENT, Colonne("Sans référent depuis le", lambda bilan: bilan.depuis, 17))
COLONNES_OFFRES = (
    Colonne("Offre", lambda bilan: bilan.structure.nom, 44),
    Colonne("Établissement", lambda bilan: bilan.etablissement.nom, 40),
    Colonne("N° FINESS", lambda bilan: bilan.etablissement.numero_finess or "", 12),
    Colonne("Relue le", lambda bilan: bilan.relue_le, 12),
    Colonne("À relire avant le", lambda bilan: bilan.relue_le and un_an_apres(bilan.relue_le), 13),
    Colonne("Complétude (%)", lambda bilan: bilan.score, 12),
    Colonne("Il manque", lambda bilan: ", ".join(libelles_des(bilan.manques)), 60),
)


def _etablissements(utilisateur, parametres: QueryDict) -> Extrait:
    choix, voulus = listes.etablissements(utilisateur, parametres)
    return _extrait(COLONNES_EG, voulus, choix.phrases())


def _offres(utilisateur, parametres: QueryDict) -> Extrait:
    choix, voulues = listes.offres(utilisateur, parametres)
    return _extrait(COLONNES_OFFRES, voulues, choix.phrases())


def _orphelins(utilisateur, parametres: QueryDict) -> Extrait:
    texte = parametres.get("q", "").replace("\x00", "").strip()
    return _extrait(COLONNES_ORPHELINS, listes.orphelins(utilisateur, texte), [("Nom", texte)] if texte else [])


def _extrait(colonnes, lignes, filtres) -> Extrait:
    def charger(cles: list[int]):
        lues = {ligne.pk: ligne for ligne in lignes.filter(pk__in=cles)}
        return (lues[pk] for pk in cles if pk in lues)

    return Extrait(colonnes, lignes.count(), lambda: par_lots(lignes.values_list("pk", flat=True), charger), filtres)


def declarer_listes() -> None:
    """Makes the lists of the dashboard exportable."""
    jour = "Chiffres calculés chaque nuit, et pour les fiches modifiées dans la minute. État du jour de l’export."
    declarer(
        Liste(
            "tableau-etablissements",
            "Établissements du tableau de bord",
            f"Les établissements du périmètre. {jour}",
            _etablissements,
            "tableau-etablissements",
        )
    )
    declarer(
        Liste(
            "tableau-offres",
            "Offres du tableau de bord",
            f"Les offres du périmètre. {jour}",
            _offres,
            "tableau-offres",
        )
    )
    declarer(
        Liste(
            "comptes-orphelins",
            "Établissements sans référent actif",
            "Ceux dont personne n’a été référent ou Direction avec un compte utilisé depuis un an.",
            _orphelins,
            "comptes-orphelins",
        )
    )
