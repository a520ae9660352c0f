"""The lists of dossiers: whose they are, whom they wait for, since when (S142, B9). Read only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from referentiel.models import Structure
from referentiel.permissions import Action, est_permis
from ror.commun.francais import pluriel
from ror.commun.texte import normaliser

from .circuit import FINALISE, nom_etape
from .droits import ACTION_ETAPE
from .etats import EN_PREPARATION, ENVOYES, OUVERTS, Etat
from .models import Correction, Dossier, Evenement, FicheDossier

TOUS, ATTENTE, A_VALIDER, MIENS = "tous", "attente", "a-valider", "miens"
VIEUX = 20
"""Days after which a dossier that waits is marked."""

ETATS = [(FINALISE, "Finalisé"), *((e.value, e.libelle) for e in Etat)]
TRIS = [
    ("attente", "Ce qui m’attend d’abord"),
    ("anciens", "Les plus anciens d’abord"),
    ("recents", "Derniers modifiés d’abord"),
]


def lire_choix(parametres: Mapping[str, str]) -> dict[str, str]:
    """Returns what the address of a list asks (words, state, order); what is unknown asks nothing."""
    choix = {nom: parametres.get(nom, "")[:200].replace("\x00", "") for nom in ("q", "etat", "tri")}
    if choix["etat"] not in dict(ETATS):
        choix["etat"] = ""
    if choix["tri"] not in dict(TRIS):
        choix["tri"] = TRIS[0][0]
    return choix


_GESTES = (Action.MODIFIER, *ACTION_ETAPE.values())


def _ou(utilisateur, action: Action) -> Q:
    """The dossiers of the establishments where this person has this right."""
    return est_permis(utilisateur, action, relation="etablissement")


def _a_valider(utilisateur) -> Q:
    """The dossiers that wait at a step which this person validates."""
    condition = Q(pk__in=[])
    for etape, action in ACTION_ETAPE.items():
        condition |= Q(etat=etape.value) & _ou(utilisateur, action)
    return condition


def _miens(utilisateur) -> Q:
    """The dossiers she opened, sent, or typed in."""
    saisies = FicheDossier.objects.filter(dossier=OuterRef("pk"), auteur=utilisateur)
    return Q(cree_par=utilisateur) | Q(envoye_par=utilisateur) | Q(Exists(saisies))


def compter_a_valider(utilisateur) -> int:
    """Returns how many dossiers wait for her validation."""
    return Dossier.objects.filter(_a_valider(utilisateur)).count()


class Listes:
    """The lists of one person: what she sees, what waits for her, what is hers. Her rights are read once."""

    def __init__(self, utilisateur) -> None:
        self.utilisateur = utilisateur
        self.visibles = Dossier.objects.visibles_par(utilisateur)
        valider, siens = _a_valider(utilisateur), _miens(utilisateur)
        a_finir = Q(etat__in=sorted(EN_PREPARATION)) & _ou(utilisateur, Action.MODIFIER) & siens
        self.conditions = {ATTENTE: valider | a_finir, A_VALIDER: valider, MIENS: siens}

    def dossiers(self, vue: str) -> QuerySet[Dossier]:
        """The dossiers of one of the lists."""
        return self.visibles.filter(self.conditions[vue]) if vue in self.conditions else self.visibles

    def compter(self) -> dict[str, int]:
        """How many dossiers each list holds."""
        return {vue: self.dossiers(vue).count() for vue in (TOUS, ATTENTE, A_VALIDER, MIENS)}


def preparer(listes: Listes, vue: str, *, texte: str, etat: str, tri: str) -> QuerySet[Dossier]:
    """Returns one list filtered, in order, with all that its lines show.

    Args:
        listes: those of the reader.
        vue: which one.
        texte: part of a name, of an establishment, or the beginning of a FINESS number.
        etat: one of `ETATS`, or empty.
        tri: one of `TRIS`.
    """
    arrivees = Evenement.objects.filter(dossier=OuterRef("pk"), vers=OuterRef("etat")).exclude(de=F("vers"))
    ouvertes = Correction.objects.filter(dossier=OuterRef("pk"), faite_le=None, annulee_le=None)
    compte = ouvertes.order_by().values("dossier").annotate(n=Count("pk")).values("n")
    finalisee = Q(fiches__etat=FicheDossier.Etat.FINALISEE)
    dossiers = (
        listes.dossiers(vue)
        .select_related("etablissement", "cree_par", "envoye_par")
        .annotate(
            nombre_fiches=Count("fiches"),
            nombre_finalisees=Count("fiches", filter=finalisee),
            mien=ExpressionWrapper(listes.conditions[MIENS], output_field=BooleanField()),
            nombre_corrections=Coalesce(Subquery(compte, output_field=IntegerField()), 0),
            depuis=Coalesce(
                Subquery(arrivees.order_by("-le").values("le")[:1], output_field=DateTimeField()), F("cree_le")
            ),
        )
    )
    if texte := texte.strip()[:200]:
        chiffres = texte.replace(" ", "").replace("\u00a0", "")
        dossiers = dossiers.filter(
            Q(nom__icontains=texte)
            | Q(etablissement__nom_recherche__contains=normaliser(texte))
            | Q(etablissement__numero_finess__startswith=chiffres)
        )
    if etat == FINALISE:
        dossiers = dossiers.filter(etat=Etat.BROUILLON.value, nombre_fiches__gt=0, nombre_finalisees=F("nombre_fiches"))
    elif etat:
        dossiers = dossiers.filter(etat=etat)
    return _ordonner(dossiers, listes.conditions[ATTENTE], tri)


def _ordonner(dossiers: QuerySet[Dossier], m_attend: Q, tri: str) -> QuerySet[Dossier]:
    if tri == "recents":
        return dossiers.order_by("-modifie_le", "-pk")
    ferme = Case(When(etat__in=sorted(OUVERTS), then=Value(0)), default=Value(1))
    if tri == "anciens":
        return dossiers.order_by(ferme, "depuis", "pk")
    pour_moi = Case(When(m_attend, then=Value(0)), default=Value(1))
    return dossiers.order_by(pour_moi, ferme, "depuis", "pk")


@dataclass(frozen=True, slots=True)
class LigneListe:
    """One line of the list.

    Attributes:
        dossier: with its counts.
        attend: whom it waits for, and for what; empty when nothing is awaited.
        moi: it waits for the reader.
        jours: since how many days it is in its state.
        geste, relire: what the reader's link says, and whether it goes to the review.
    """

    dossier: Dossier
    attend: str
    moi: bool
    jours: int
    geste: str
    relire: bool

    @property
    def vieux(self) -> bool:
        return self.dossier.ouvert and self.jours > VIEUX

    @property
    def finalise(self) -> bool:
        d = self.dossier
        return d.etat_dossier is Etat.BROUILLON and 0 < d.nombre_fiches == d.nombre_finalisees  # type: ignore[attr-defined]


def lignes_de(dossiers: list[Dossier], utilisateur, validateur: str = "") -> list[LigneListe]:
    """Returns the lines of a page: one query per kind of right, whatever the number of dossiers."""
    presents = Structure.objects.filter(pk__in={d.etablissement_id for d in dossiers})
    permis = {
        action: set(presents.filter(est_permis(utilisateur, action)).values_list("pk", flat=True)) for action in _GESTES
    }
    maintenant = timezone.now()
    return [_ligne(d, permis, maintenant, validateur) for d in dossiers]


def _ligne(dossier: Dossier, permis: dict[Action, set[int]], maintenant: datetime, validateur: str) -> LigneListe:
    etat, lieu = dossier.etat_dossier, dossier.etablissement_id
    edite = lieu in permis[Action.MODIFIER]
    jours = (maintenant - dossier.depuis).days  # type: ignore[attr-defined]
    if etat in ENVOYES:
        moi = lieu in permis[ACTION_ETAPE[etat]]
        qui = "vous" if moi else nom_etape(etat, validateur)
        return LigneListe(dossier, f"{qui}\u00a0: validation", moi, jours, "Relire" if moi else "Suivre", moi)
    if etat in EN_PREPARATION:
        moi = edite and dossier.mien  # type: ignore[attr-defined] - annotated by `preparer`, which mypy does not see
        qui = "vous" if moi else dossier.cree_par.nom_complet
        geste = "Suivre" if not edite else "Corriger" if etat is Etat.A_CORRIGER else "Poursuivre"
        return LigneListe(dossier, f"{qui}\u00a0: {_reste(dossier)}", moi, jours, geste, False)
    attend = "sa date de publication" if etat is Etat.APPROUVE else ""
    return LigneListe(dossier, attend, False, jours, "Voir", not dossier.ouvert)


def _reste(dossier: Dossier) -> str:
    """What remains to be done before it is sent."""
    corrections = dossier.nombre_corrections  # type: ignore[attr-defined]
    restantes = dossier.nombre_fiches - dossier.nombre_finalisees  # type: ignore[attr-defined]
    if corrections:
        return pluriel(corrections, "correction")
    if restantes:
        return pluriel(restantes, "fiche")
    return "envoi" if dossier.nombre_fiches else "à remplir"  # type: ignore[attr-defined]
