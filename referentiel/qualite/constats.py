"""What the national rules find on an offer or an establishment: facts read in a constant number of queries (B31)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from ror.commun.francais import pluriel

from .. import fiches
from ..champs import champs_de
from ..changements import Fiche
from ..models import CodePorte, EntreeJournal, Structure
from ..models.structure import Etat as EtatStructure
from ..niveaux import Niveau
from ..relecture import un_an_apres
from .divergences import CATEGORIE, ENTITE_JURIDIQUE, ETAT, divergences_de
from .faits import Etat, FaitsEtablissement, FaitsOffre
from .fraicheur import Fraicheur, compter, depuis_un_an
from .lecture import autorisations_de, places_installees_de
from .regles import REGLES, Constat, Regle, evaluer_etablissement, evaluer_offre
from .regles_etablissement import dans_la_perinatalite

NIVEAUX_EXPERTISE = "niveaux_expertise"
"""Name of the field that holds the type of a maternity (J227); until a fiche has it, that type is not known."""

_ENSEMBLES = ("activites", "actes", NIVEAUX_EXPERTISE)
_MISES_A_JOUR = (EntreeJournal.Origine.SAISIE, EntreeJournal.Origine.SUPPORT)


@dataclass(frozen=True, slots=True)
class LigneRegle:
    """One rule on an establishment and its offers.

    Attributes:
        regle: the rule.
        etat: the worst found; None when it concerns nothing here.
        message: what is found.
        offres: (pk, name, message) of the offers that break it.
    """

    regle: Regle
    etat: Etat | None
    message: str
    offres: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BilanRegles:
    """The national rules on an establishment, and beside RE1.2 the yearly re-reading of the guides.

    Attributes:
        lignes: one per rule, in their order.
        fraicheur: counts of both.
    """

    lignes: tuple[LigneRegle, ...]
    fraicheur: Fraicheur

    @property
    def relues(self) -> int:
        """Offers re-read within a year."""
        return self.fraicheur.relues

    @property
    def offres(self) -> int:
        """Offers not closed for good."""
        return self.fraicheur.offres

    @property
    def evaluees(self) -> list[LigneRegle]:
        """The rules that concern this establishment."""
        return [ligne for ligne in self.lignes if ligne.etat is not None]

    @property
    def sans_objet(self) -> list[LigneRegle]:
        """The others."""
        return [ligne for ligne in self.lignes if ligne.etat is None]

    @property
    def ecarts(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.etat is Etat.ECART)

    @property
    def resume(self) -> str:
        """« 2 règles à corriger »."""
        return f"{pluriel(self.ecarts, 'règle')} à corriger"


def constats_offre(structure: Structure, valeurs: Fiche, ancetres: Sequence[Structure] | None = None) -> list[Constat]:
    """Returns what the rules find on an offer as `valeurs` tell it, published or not.

    Args:
        structure: the offer.
        valeurs: its values, as the change engine knows them.
        ancetres: the nodes above it with their detail, when the caller has them.
    """
    faits, etablissement = _situer(structure, valeurs, _ancetres(structure) if ancetres is None else ancetres)
    constats = evaluer_offre(faits)
    if etablissement is not None and dans_la_perinatalite(faits):
        offres = _faits_des_offres(etablissement)
        offres[structure.pk] = faits
        ensemble = _faits_etablissement(etablissement, offres.values())
        constats += [c for c in evaluer_etablissement(ensemble) if c.regle is REGLES["CO2"]]
    return constats


def faits_offre(structure: Structure, *versions: Fiche) -> list[FaitsOffre]:
    """Returns the facts of an offer as each of these versions of its values tells it."""
    ancetres = _ancetres(structure)
    return [_situer(structure, valeurs, ancetres)[0] for valeurs in versions]


def bilan_regles(etablissement: Structure) -> BilanRegles:
    """Returns what the rules find on an EG and its offers as they are published."""
    offres = _faits_des_offres(etablissement)
    trouves = {c.regle.code: c for c in evaluer_etablissement(_faits_etablissement(etablissement, offres.values()))}
    par_offre: dict[str, list[tuple[int, Constat]]] = defaultdict(list)
    for pk, faits in offres.items():
        for constat in evaluer_offre(faits):
            par_offre[constat.regle.code].append((pk, constat))
    lignes = []
    for code, regle in REGLES.items():
        if code in trouves:
            lignes.append(LigneRegle(regle, trouves[code].etat, trouves[code].message))
        else:
            lignes.append(_ligne_des_offres(regle, par_offre[code], offres))
    jour = timezone.localdate()
    relues = sum(1 for faits in offres.values() if faits.relue)
    recentes = sum(1 for faits in offres.values() if depuis_un_an(faits.mise_a_jour, jour))
    return BilanRegles(tuple(lignes), Fraicheur(len(offres), relues, recentes))


def constats_des_offres(etablissement: Structure) -> dict[int, list[Constat]]:
    """Returns offer → what the rules about one offer find on it as it is published, of an EG, in four queries."""
    return {pk: evaluer_offre(faits) for pk, faits in _faits_des_offres(etablissement).items()}


def fraicheur_de(etablissement: Structure, cachees: Collection[int] = ()) -> Fraicheur:
    """Returns the counts of the yearly rule and of RE1.2 over the offers of an EG, in one query.

    Args:
        etablissement: the EG.
        cachees: what the reader may not know of, left out.
    """
    offres = _offres_datees(etablissement).exclude(pk__in=cachees).values_list("unite__relue_le", "mise_a_jour")
    jours = [(relue and _jour(relue), _jour(mise_a_jour)) for relue, mise_a_jour in offres]
    return compter(jours, timezone.localdate())


def derniere_mise_a_jour() -> Coalesce:
    """Returns the expression, on offers, of the moment of their last update, as RE1.2 counts it."""
    journal = EntreeJournal.objects.filter(structure=OuterRef("pk"), origine__in=_MISES_A_JOUR)
    derniere = journal.order_by().values("structure").annotate(le=Max("le")).values("le")
    return Coalesce(Greatest(Subquery(derniere), F("unite__relue_le")), F("cree_le"))


def _ligne_des_offres(
    regle: Regle, constats: Collection[tuple[int, Constat]], offres: Mapping[int, FaitsOffre]
) -> LigneRegle:
    if not constats:
        return LigneRegle(regle, None, "")
    par_etat: dict[Etat, list[tuple[int, Constat]]] = defaultdict(list)
    for pk, constat in constats:
        par_etat[constat.etat].append((pk, constat))
    etat = next(e for e in (Etat.ECART, Etat.NON_EVALUABLE, Etat.CONFORME) if e in par_etat)
    nombre, total = len(par_etat[etat]), len(constats)
    concernees = f"{nombre} sur {total} offre{'s' if total > 1 else ''} concernée{'s' if total > 1 else ''}."
    raison = f" {par_etat[etat][0][1].message}" if etat is Etat.NON_EVALUABLE else ""
    fautives = tuple((pk, offres[pk].nom, c.message) for pk, c in par_etat[Etat.ECART])
    return LigneRegle(regle, etat, f"{etat.value}\u00a0: {concernees}{raison}", fautives)


def _ancetres(structure: Structure) -> Sequence[Structure]:
    return list(structure.get_ancestors().select_related("entite_geographique"))


def _situer(structure: Structure, valeurs: Fiche, ancetres: Sequence[Structure]) -> tuple[FaitsOffre, Structure | None]:
    """The facts of an offer, and its establishment."""
    etablissement = next((a for a in ancetres if a.niveau == Niveau.EG), None)
    unite = fiches.detail_de(structure)
    places = places_installees_de([structure.pk])
    faits = FaitsOffre(
        nom=str(valeurs.get("nom") or ""),
        nom_uf=next((a.nom for a in ancetres if a.niveau == Niveau.UF), ""),
        categorie=etablissement.entite_geographique.categorie if etablissement else "",
        mode_prise_en_charge=str(valeurs.get("mode_prise_en_charge") or ""),
        type_offre=str(valeurs.get("type_offre") or (unite.type_offre.code if unite.type_offre else "")),
        temporalite_accueil=str(valeurs.get("temporalite_accueil") or ""),
        activites=frozenset(valeurs.get("activites") or ()),  # type: ignore[arg-type]
        actes=frozenset(valeurs.get("actes") or ()),  # type: ignore[arg-type]
        unite_sensible=valeurs.get("unite_sensible") is True,
        niveaux=_niveaux(valeurs.get(NIVEAUX_EXPERTISE)),
        places_installees=places.get(structure.pk, 0),
        autorisations=autorisations_de(etablissement) if etablissement else None,
    )
    return faits, etablissement


def _niveaux(codes) -> frozenset[str] | None:
    return frozenset(codes or ()) if NIVEAUX_EXPERTISE in champs_de(Niveau.UO) else None


def _faits_des_offres(etablissement: Structure) -> dict[int, FaitsOffre]:
    """pk → facts of the published offers of an EG not closed for good: two queries."""
    categorie, autorisations = etablissement.entite_geographique.categorie, autorisations_de(etablissement)
    offres = list(
        _offres_datees(etablissement)
        .select_related("parent", "unite__mode_prise_en_charge", "unite__type_offre", "unite__temporalite_accueil")
        .order_by("nom_recherche", "pk")
    )
    cles = [offre.pk for offre in offres]
    codes = _codes_des_offres(cles)
    places, jour = places_installees_de(cles), timezone.localdate()
    return {
        offre.pk: FaitsOffre(
            nom=offre.nom,
            nom_uf=offre.parent.nom if offre.parent.niveau == Niveau.UF else "",
            categorie=categorie,
            mode_prise_en_charge=_code(offre.unite.mode_prise_en_charge),
            type_offre=_code(offre.unite.type_offre),
            temporalite_accueil=_code(offre.unite.temporalite_accueil),
            activites=codes.get((offre.pk, "activites"), frozenset()),
            actes=codes.get((offre.pk, "actes"), frozenset()),
            unite_sensible=offre.unite.unite_sensible,
            niveaux=_niveaux(codes.get((offre.pk, NIVEAUX_EXPERTISE))),
            places_installees=places.get(offre.pk, 0),
            mise_a_jour=_jour(offre.mise_a_jour),
            relue=bool(offre.unite.relue_le and un_an_apres(_jour(offre.unite.relue_le)) > jour),
            autorisations=autorisations,
        )
        for offre in offres
    }


def _offres_datees(etablissement: Structure):
    """The offers of an EG not closed for good, each with the moment of its last update."""
    offres = etablissement.get_descendants().filter(niveau=Niveau.UO).exclude(etat=EtatStructure.FERMEE)
    return offres.annotate(mise_a_jour=derniere_mise_a_jour())


def _codes_des_offres(offres: Collection[int]) -> dict[tuple[int, str], frozenset[str]]:
    lignes = (
        CodePorte.objects.filter(structure__in=offres, attribut__in=_ENSEMBLES)
        .values_list("structure", "attribut")
        .annotate(codes=ArrayAgg("code__code"))
    )
    return {(structure, attribut): frozenset(codes) for structure, attribut, codes in lignes}


def _faits_etablissement(etablissement: Structure, offres: Iterable[FaitsOffre]) -> FaitsEtablissement:
    detail = etablissement.entite_geographique
    divergences = divergences_de(etablissement.pk)
    if detail.absent_depuis and etablissement.etat != EtatStructure.FERMEE:
        divergences.setdefault(ETAT, "FINESS ne parle plus de cet établissement, le ROR le dit ouvert.")
    return FaitsEtablissement(
        jour=timezone.localdate(),
        categorie=detail.categorie,
        numero_finess=etablissement.numero_finess or "",
        siret=detail.siret,
        doublons=0 if etablissement.numero_finess else _doublons(etablissement, detail.siret),
        fermee=etablissement.etat == EtatStructure.FERMEE,
        date_fermeture=detail.date_fermeture,
        recue=detail.finess_recu_le is not None,
        etat_finess=divergences.get(ETAT, ""),
        ej_finess=divergences.get(ENTITE_JURIDIQUE, ""),
        categorie_finess=divergences.get(CATEGORIE, ""),
        autorisations=autorisations_de(etablissement),
        offres=tuple(offres),
    )


def _doublons(etablissement: Structure, siret: str) -> int:
    """Other open establishments known by this SIRET alone: a FINESS number is unique in the database (ST3)."""
    if not siret:
        return 0
    meme = Structure.objects.filter(niveau=Niveau.EG, numero_finess=None, entite_geographique__siret=siret)
    return meme.exclude(pk=etablissement.pk).exclude(etat=EtatStructure.FERMEE).count()


def _code(code) -> str:
    return code.code if code else ""


def _jour(moment) -> date:
    return timezone.localtime(moment).date()
