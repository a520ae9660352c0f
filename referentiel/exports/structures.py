"""The lists of establishments and of offers that a person has in charge, as exports."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from .. import perimetre, taches
from ..libelles import libelles_codes
from ..models import Structure
from ..niveaux import Niveau
from ..recherche import chemins_de
from ..relecture import situer
from .registre import Colonne, Extrait, Liste, declarer, lire_structure, par_lots

Ligne = dict[str, Any]
CATEGORIES, STATUTS = "FINESS_CATEGORIE", "FINESS_STATUT_JURIDIQUE"


def _du_detail(champ: str):
    return lambda ligne: getattr(ligne["detail"], champ, "")


def _adresse(ligne: Ligne) -> str:
    """The address without its last line, which has columns of its own."""
    detail = ligne["detail"]
    ville = f"{detail.code_postal} {detail.localite}".strip() if detail else ""
    return ", ".join(morceau for morceau in (detail.lignes_adresse if detail else []) if morceau != ville)


_NOM = Colonne("Nom", lambda ligne: ligne["structure"].nom, 44)
_FINESS = Colonne("N° FINESS", lambda ligne: ligne["structure"].numero_finess or "", 12)
_ETAT = Colonne("État", lambda ligne: ligne["structure"].get_etat_display(), 22)
_LIEU = (
    Colonne("Adresse", _adresse, 36),
    Colonne("Code postal", _du_detail("code_postal"), 11),
    Colonne("Commune", _du_detail("localite"), 24),
    Colonne("Code INSEE", _du_detail("commune_cog"), 11),
    Colonne("Département", lambda ligne: ligne["structure"].departement, 12),
    Colonne("Téléphone", _du_detail("telephone"), 16),
)

COLONNES_EG = (
    _NOM,
    _FINESS,
    Colonne("Catégorie", lambda ligne: ligne["libelle"], 36),
    Colonne("Groupe", lambda ligne: ligne["structure"].get_groupe_display(), 24),
    Colonne("SIRET", _du_detail("siret"), 16),
    Colonne("Entité juridique", lambda ligne: ligne["structure"].parent.nom, 40),
    Colonne("N° FINESS EJ", lambda ligne: ligne["structure"].parent.numero_finess or "", 12),
    *_LIEU,
    Colonne("Courriel", _du_detail("courriel"), 28),
    _ETAT,
    Colonne("Offres", lambda ligne: ligne["nombre"], 9),
)

COLONNES_EJ = (
    _NOM,
    _FINESS,
    Colonne("Statut juridique", lambda ligne: ligne["libelle"], 36),
    Colonne("SIREN", _du_detail("siren"), 12),
    *_LIEU,
    _ETAT,
    Colonne("Établissements (EG)", lambda ligne: ligne["nombre"], 14),
)


def _mes_etablissements(utilisateur, parametres: QueryDict) -> Extrait:
    niveau, texte = perimetre.lire_filtre(parametres)
    ej = niveau is Niveau.EJ
    trouves = perimetre.chercher(utilisateur, niveau, texte)
    filtres = [("Onglet", "Mes entités juridiques (EJ)" if ej else "Mes établissements géographiques (EG)")]
    return Extrait(
        COLONNES_EJ if ej else COLONNES_EG,
        trouves.count(),
        lambda: par_lots(trouves.values_list("pk", flat=True), partial(_charger, utilisateur, niveau)),
        [*filtres, *([("Nom ou n° FINESS", texte)] if texte else [])],
    )


def _charger(utilisateur, niveau: Niveau, cles: list[int]) -> Iterable[Ligne]:
    """The rows of some structures, in their order: a constant number of queries."""
    ej = niveau is Niveau.EJ
    detail = "entite_juridique" if ej else "entite_geographique"
    nomenclature, colonne = (STATUTS, "statut_juridique") if ej else (CATEGORIES, "categorie")
    structures = Structure.objects.select_related(detail, "parent").in_bulk(cles)
    details = {pk: getattr(structure, detail, None) for pk, structure in structures.items()}
    codes = {getattr(d, colonne) for d in details.values() if d and getattr(d, colonne)}
    libelles = libelles_codes({nomenclature: codes}) if codes else {}
    nombres = perimetre.compter_contenu(utilisateur, niveau, cles)
    for pk in cles:
        if pk in structures:
            code = getattr(details[pk], colonne, "")
            yield {
                "structure": structures[pk],
                "detail": details[pk],
                "libelle": libelles.get((nomenclature, code), code),
                "nombre": nombres.get(pk, 0),
            }


COLONNES_OFFRES = (
    Colonne("Offre", lambda ligne: ligne["structure"].nom, 44),
    Colonne("Type d’UO", lambda ligne: ligne["type"], 36),
    Colonne("Établissement", lambda ligne: ligne["eg"].nom if ligne["eg"] else "", 40),
    Colonne("N° FINESS", lambda ligne: ligne["eg"].numero_finess or "" if ligne["eg"] else "", 12),
    Colonne("Structure interne", lambda ligne: ligne["interne"], 44),
    Colonne("État", lambda ligne: ligne["structure"].get_etat_display(), 22),
    Colonne("Relue le", lambda ligne: ligne["relue_le"], 12),
    Colonne("À relire avant le", lambda ligne: ligne["situation"].echeance, 12),
    Colonne("Situation", lambda ligne: ligne["situation"].mot, 24),
)


def _a_relire(utilisateur, parametres: QueryDict) -> Extrait:
    eg = lire_structure(utilisateur, parametres.get("eg", ""), niveau=Niveau.EG)
    trouvees = taches.offres_a_relire(utilisateur, timezone.localdate(), eg)
    cles = trouvees.select_related(None).values_list("pk", flat=True)
    filtres = [("Établissement", eg.nom)] if eg else []
    return Extrait(COLONNES_OFFRES, trouvees.count(), lambda: par_lots(cles, charger_offres), filtres)


def charger_offres(cles: Sequence[int]) -> Iterable[Ligne]:
    """Returns the rows of some offers, in their order: two queries."""
    offres = Structure.objects.select_related("unite__type_offre").in_bulk(cles)
    chemins, jour = chemins_de(list(offres.values())), timezone.localdate()
    for pk in cles:
        if pk not in offres:
            continue
        unite, chemin = offres[pk].unite, chemins[pk]
        relue_le = unite.relue_le and timezone.localtime(unite.relue_le).date()
        yield {
            "structure": offres[pk],
            "type": unite.type_offre.libelle if unite.type_offre else "",
            "eg": next((s for s in chemin if s.niveau == Niveau.EG), None),
            "interne": " › ".join(s.nom for s in chemin if s.niveau not in (Niveau.EJ, Niveau.EG)),
            "relue_le": relue_le,
            "situation": situer(relue_le, jour),
        }


declarer(
    Liste(
        "mes-etablissements",
        "Mes établissements",
        "Les structures sur lesquelles l’auteur du fichier a un droit, et celles qui en dépendent.",
        _mes_etablissements,
        "mes-etablissements",
    )
)
declarer(
    Liste(
        "a-relire",
        "Offres à relire",
        "Les offres confiées à l’auteur du fichier dont la relecture annuelle est due ou proche, les plus urgentes"
        " d’abord.",
        _a_relire,
        "a-relire",
    )
)
