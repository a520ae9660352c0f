"""Saved searches (B23): kept under a name, renamed, deleted; each person has her own."""

from django.db import transaction
from django.http import QueryDict

from ror.commun.erreurs import Introuvable, SaisieInvalide
from ror.comptes.models import Utilisateur

from ..models import RechercheEnregistree
from ..models.recherche_enregistree import NOM_MAX, REQUETE_MAX
from ..recherche import Criteres

MAXIMUM = 50
"""Searches that one person keeps."""


@transaction.atomic
def enregistrer_recherche(*, auteur, nom: str, requete: str) -> RechercheEnregistree:
    """Keeps a search.

    Args:
        auteur: whose it is.
        nom: how she calls it.
        requete: the query string of the search; what is not readable in it is left out, and its page.

    Raises:
        SaisieInvalide: no name, one she has already, nothing to look for, or too many searches.
    """
    Utilisateur.objects.select_for_update().get(pk=auteur.pk)  # one at a time: the names and the count are hers
    criteres = Criteres.depuis(QueryDict(requete)).avec()
    if criteres.vides:
        raise SaisieInvalide({"": "Cette recherche ne demande rien\u00a0: saisissez un texte ou choisissez un filtre."})
    if len(criteres.adresse()) > REQUETE_MAX:
        raise SaisieInvalide({"": "Cette recherche a trop de filtres pour être gardée\u00a0: retirez-en."})
    siennes = RechercheEnregistree.objects.filter(auteur=auteur)
    if siennes.count() >= MAXIMUM:
        reste = "supprimez-en une dans «\u00a0Mes recherches\u00a0»."
        raise SaisieInvalide({"": f"Vous avez déjà {MAXIMUM} recherches enregistrées\u00a0: {reste}"})
    nom = _nom(siennes, nom)
    return RechercheEnregistree.objects.create(auteur=auteur, nom=nom, requete=criteres.adresse())


@transaction.atomic
def renommer_recherche(*, auteur, recherche_id: int, nom: str) -> RechercheEnregistree:
    """Gives another name to a saved search.

    Raises:
        Introuvable: it is not hers, or is gone.
        SaisieInvalide: no name, or one she has already.
    """
    recherche = _sienne(auteur, recherche_id)
    recherche.nom = _nom(RechercheEnregistree.objects.filter(auteur=auteur).exclude(pk=recherche.pk), nom)
    recherche.save(update_fields=["nom"])
    return recherche


@transaction.atomic
def supprimer_recherche(*, auteur, recherche_id: int) -> RechercheEnregistree:
    """Deletes a saved search.

    Raises:
        Introuvable: it is not hers, or is gone.
    """
    recherche = _sienne(auteur, recherche_id)
    recherche.delete()
    return recherche


def _sienne(auteur, recherche_id: int) -> RechercheEnregistree:
    Utilisateur.objects.select_for_update().get(pk=auteur.pk)
    recherche = RechercheEnregistree.objects.filter(pk=recherche_id, auteur=auteur).first()
    if recherche is None:
        raise Introuvable("Cette recherche n’existe plus, ou n’était pas la vôtre.")
    return recherche


def _nom(autres, nom: str) -> str:
    nom = " ".join(nom.replace("\x00", " ").split())
    if not nom:
        raise SaisieInvalide({"nom": "Nom\u00a0: une valeur est attendue."})
    if len(nom) > NOM_MAX:
        raise SaisieInvalide({"nom": f"Nom\u00a0: {NOM_MAX} caractères au plus ({len(nom)} saisis)."})
    if autres.filter(nom=nom).exists():
        raise SaisieInvalide(
            {"nom": f"Vous avez déjà une recherche «\u00a0{nom}\u00a0»\u00a0: choisissez un autre nom."}
        )
    return nom
