"""« Comptes » as an export."""

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet
from django.http import QueryDict

from ror.comptes.models import Utilisateur

from ..models import Habilitation
from ..permissions import Action, exiger
from .registre import Colonne, Extrait, Liste, declarer, par_lots

ETATS = {
    "": "Tous",
    "actifs": "Actifs",
    "jamais": "Jamais connectés",
    "invites": "Invitation en attente",
    "expirees": "À inviter de nouveau",
    "inactifs": "Sans connexion depuis un an",
    "desactives": "Désactivés",
}


def lire_filtre(parametres) -> tuple[str, str]:
    """Returns what the address asks: the words, the state (all for one that is unknown)."""
    etat = parametres.get("etat", "")
    return parametres.get("q", "").replace("\x00", "").strip()[:200], etat if etat in ETATS else ""


def chercher(texte: str, etat: str) -> QuerySet[Utilisateur]:
    """Returns the accounts that answer, by name."""
    return Utilisateur.objects.cherches(texte).dans_l_etat(etat).order_by("nom", "prenom", "pk")


def avec_droits(comptes: QuerySet[Utilisateur]) -> QuerySet[Utilisateur]:
    """Returns the accounts with their rights in force in `droits`: two queries more."""
    droits = Habilitation.objects.en_vigueur().select_related("structure")
    return comptes.prefetch_related(Prefetch("habilitations", droits, to_attr="droits"))


COLONNES = (
    Colonne("Nom", lambda p: p.nom, 24),
    Colonne("Prénom", lambda p: p.prenom, 20),
    Colonne("Identifiant", lambda p: p.identifiant, 24),
    Colonne("Courriel", lambda p: p.courriel, 34),
    Colonne("Téléphone", lambda p: p.telephone, 16),
    Colonne("Droits", lambda p: " ; ".join(str(d) for d in p.droits) or "consultation", 70),
    Colonne("Compte ouvert le", lambda p: p.cree_le, 17),
    Colonne("Dernière connexion", lambda p: p.last_login, 17),
    Colonne("État", lambda p: "Actif" if p.is_active else "Désactivé", 12),
)


def _comptes(utilisateur, parametres: QueryDict) -> Extrait:
    exiger(utilisateur, Action.GERER_COMPTES)
    texte, etat = lire_filtre(parametres)
    trouves = chercher(texte, etat)
    filtres = [("Nom, courriel ou identifiant", texte)] if texte else []
    filtres += [("État", ETATS[etat])] if etat else []
    return Extrait(COLONNES, trouves.count(), lambda: par_lots(trouves.values_list("pk", flat=True), _charger), filtres)


def _charger(cles: list[int]) -> Iterable[Utilisateur]:
    lus = {personne.pk: personne for personne in avec_droits(Utilisateur.objects.filter(pk__in=cles))}
    return (lus[pk] for pk in cles if pk in lus)


declarer(
    Liste(
        "comptes",
        "Comptes",
        "Les comptes du portail et leurs droits en vigueur. Données personnelles, à ne garder que le temps utile.",
        _comptes,
        "comptes",
    )
)
