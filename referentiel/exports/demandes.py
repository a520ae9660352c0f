"""The requests to the support, for an access or a correction, as lists and as exports."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet
from django.http import QueryDict

from ..models import DemandeAcces, DemandeCorrection, Structure
from ..permissions import Action, exiger, filtre
from .registre import Colonne, Extrait, Liste, declarer, par_lots


def lire_etat(parametres: Mapping[str, str]) -> str:
    """Returns which requests the address asks; those to be done when it is not understood."""
    etat = parametres.get("etat", "")
    return etat if etat in DemandeCorrection.Etat.values else DemandeCorrection.Etat.NOUVELLE


def les_miennes(utilisateur) -> QuerySet[DemandeCorrection]:
    """Returns what this person asked, the latest first."""
    demandes = DemandeCorrection.objects.filter(auteur=utilisateur).select_related("structure", "traitee_par")
    return demandes.order_by("-creee_le", "-pk")


def a_corriger(utilisateur, etat: str) -> QuerySet[DemandeCorrection]:
    """Returns the support's queue: what is to be done, the oldest first; what was answered, the latest first."""
    structures = Structure.objects.filter(filtre(utilisateur, Action.CORRIGER_FINESS))
    demandes = DemandeCorrection.objects.filter(structure__in=structures, etat=etat)
    return demandes.order_by("creee_le" if etat == DemandeCorrection.Etat.NOUVELLE else "-traitee_le", "pk")


def acces(utilisateur, *, traitees: bool) -> QuerySet[DemandeAcces]:
    """Returns the requests for an access that she may answer: to decide, the oldest first; or decided."""
    siennes = DemandeAcces.objects.traitables_par(utilisateur)
    if traitees:
        return siennes.exclude(etat=DemandeAcces.Etat.NOUVELLE).order_by("-traitee_le", "-pk")
    return siennes.filter(etat=DemandeAcces.Etat.NOUVELLE).order_by("creee_le", "pk")


COLONNES_CORRECTION = (
    Colonne("N°", lambda d: d.pk, 9),
    Colonne("Fiche", lambda d: d.structure.nom, 44),
    Colonne("N° FINESS", lambda d: d.structure.numero_finess or "", 12),
    Colonne("Champ", lambda d: d.libelle, 26),
    Colonne("Valeur actuelle", lambda d: d.valeur_actuelle, 36),
    Colonne("Valeur proposée", lambda d: d.valeur_proposee, 36),
    Colonne("Motif", lambda d: d.message, 50),
    Colonne("Demandé par", lambda d: d.auteur.nom_complet, 24),
    Colonne("Demandé le", lambda d: d.creee_le, 17),
    Colonne("État", lambda d: d.get_etat_display(), 14),
    Colonne("Réponse", lambda d: d.reponse, 50),
    Colonne("Traitée le", lambda d: d.traitee_le, 17),
)

COLONNES_ACCES = (
    Colonne("Nom", lambda d: d.nom, 24),
    Colonne("Prénom", lambda d: d.prenom, 20),
    Colonne("Courriel", lambda d: d.courriel, 34),
    Colonne("Téléphone", lambda d: d.telephone, 16),
    Colonne("Fonction", lambda d: d.fonction, 24),
    Colonne("Droit demandé", lambda d: d.get_role_display(), 20),
    Colonne("Établissement", lambda d: d.structure.nom if d.structure else d.etablissement, 44),
    Colonne("N° FINESS", lambda d: d.structure.numero_finess or "" if d.structure else "", 12),
    Colonne("Message", lambda d: d.message, 50),
    Colonne("Reçue le", lambda d: d.creee_le, 17),
    Colonne("État", lambda d: d.get_etat_display(), 14),
    Colonne("Réponse", lambda d: d.motif, 50),
    Colonne("Traitée le", lambda d: d.traitee_le, 17),
)


def _extraire(demandes: QuerySet, colonnes: tuple[Colonne, ...], liees: tuple[str, ...], filtres=()) -> Extrait:
    modele = demandes.model

    def charger(cles: list[int]) -> Iterable:
        lues = modele.objects.select_related(*liees).in_bulk(cles)
        return (lues[pk] for pk in cles if pk in lues)

    cles = demandes.select_related(None).values_list("pk", flat=True)
    return Extrait(colonnes, demandes.count(), lambda: par_lots(cles, charger), filtres)


def _mes_demandes(utilisateur, parametres: QueryDict) -> Extrait:
    return _extraire(les_miennes(utilisateur), COLONNES_CORRECTION, ("structure", "auteur"))


def _corrections(utilisateur, parametres: QueryDict) -> Extrait:
    exiger(utilisateur, Action.CORRIGER_FINESS)
    etat = lire_etat(parametres)
    filtres = [("État", DemandeCorrection.Etat(etat).label)]
    return _extraire(a_corriger(utilisateur, etat), COLONNES_CORRECTION, ("structure", "auteur"), filtres)


def _acces(utilisateur, parametres: QueryDict) -> Extrait:
    exiger(utilisateur, Action.GERER_COMPTES)
    traitees = parametres.get("etat") == "traitees"
    filtres = [("État", "Déjà traitées" if traitees else "À traiter")]
    return _extraire(acces(utilisateur, traitees=traitees), COLONNES_ACCES, ("structure",), filtres)


declarer(
    Liste(
        "mes-demandes",
        "Mes demandes",
        "Les corrections que l’auteur du fichier a demandées au support, et ses réponses.",
        _mes_demandes,
        "mes-demandes",
    )
)
declarer(
    Liste(
        "demandes-correction",
        "Demandes de correction",
        "Les corrections de données FINESS demandées au support, dans le périmètre de l’auteur du fichier.",
        _corrections,
        "demandes-correction",
    )
)
declarer(
    Liste(
        "demandes-acces",
        "Demandes d’accès",
        "Les demandes de compte ou de droit. Données personnelles, à ne garder que le temps utile.",
        _acces,
        "demandes-acces",
    )
)
