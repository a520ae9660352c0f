"""What waits for a person on her home page: offers to re-read, changes not broadcast, scheduled, or to be settled."""

from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from .models import Modification, Structure, UniteOperationnelle
from .models.structure import Etat
from .niveaux import Niveau
from .permissions import Action, est_confie, filtre_confie
from .relecture import limite_a_relire

EN_COURS = (Modification.Etat.A_ARBITRER, Modification.Etat.EN_ATTENTE, Modification.Etat.PROGRAMMEE)
"""States of what is not published yet, the most pressing first."""


def offres_a_relire(utilisateur, jour: date, sous: Structure | None = None) -> QuerySet[Structure]:
    """Returns the offers confided to her whose yearly re-reading is due or near, the most urgent first (S110).

    Offers closed for good are left out. Those never re-read come first, then those re-read longest ago.

    Args:
        utilisateur: the person.
        jour: the day.
        sous: keeps what is below this fiche.
    """
    lendemain = datetime.combine(limite_a_relire(jour) + timedelta(days=1), time.min)
    confiees = Structure.objects.filter(filtre_confie(utilisateur, Action.DIFFUSER), niveau=Niveau.UO)
    if sous is not None:
        confiees = confiees.filter(tree_id=sous.tree_id, lft__gt=sous.lft, rght__lt=sous.rght)
    return (
        confiees.exclude(etat=Etat.FERMEE)
        .filter(Q(unite__relue_le=None) | Q(unite__relue_le__lt=timezone.make_aware(lendemain)))
        .select_related("unite")
        .order_by(F("unite__relue_le").asc(nulls_first=True), "nom_recherche", "pk")
    )


def reouvertures_a_confirmer(utilisateur, jour: date) -> QuerySet[UniteOperationnelle]:
    """Returns the offers confided to her about which one asks whether they reopen at their date (B50)."""
    annoncees = UniteOperationnelle.objects.a_confirmer(jour).select_related("structure")
    return annoncees.filter(est_confie(utilisateur, Action.DIFFUSER, "structure"))


def modifications_en_cours(utilisateur, premieres: int) -> QuerySet[Modification]:
    """Returns the first changes of each of the states `EN_COURS` that she began, or that are on the fiches confided to
    her; each says how many her state holds (`nombre_en_tout`).

    Args:
        utilisateur: the person.
        premieres: how many of each state at most.
    """
    confiees = est_confie(utilisateur, Action.MODIFIER, "structure")
    ordre = (F("date_effet").asc(nulls_last=True), "modifiee_le", "pk")
    rang = Window(RowNumber(), partition_by="etat", order_by=ordre)
    return (
        Modification.objects.filter(Q(auteur=utilisateur) | confiees, etat__in=EN_COURS)
        .annotate(nombre_en_tout=Window(Count("*"), partition_by="etat"), rang=rang)
        .filter(rang__lte=premieres)
        .select_related("structure", "auteur", "validee_par")
        .prefetch_related("changements")
        .order_by("rang")
    )
