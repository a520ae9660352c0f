"""Requests for correction as they are read: what is there now, what is proposed, and what stands between (S91–S94)."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass

from . import fiches
from .champs import Champ, Stockage, champs_de
from .changements import Changement, Conflit, Fiche, fusionner_tout
from .models import DemandeCorrection
from .models.structure import Structure
from .niveaux import Niveau
from .presentation import Fiche as FicheLue


@dataclass(frozen=True, slots=True)
class Proposition:
    """What applying a request would do now.

    Attributes:
        demande: the request.
        phrases: present → proposed, in the words of the change engine.
        conflits: values changed since it was asked.
        deja_la: all of it is on the fiche already.
    """

    demande: DemandeCorrection
    phrases: list[str]
    conflits: tuple[Conflit, ...]
    deja_la: bool


def texte_du_champ(structure: Structure, champ: str, valeurs: Fiche) -> str:
    """Returns one field, or the whole address, as a fiche that had these values would show it."""
    detail = copy(fiches.detail_de(structure))
    for nom, decrit in champs_de(structure.type_niveau).items():
        if nom in valeurs and decrit.stockage is Stockage.DETAIL:
            fiches.ecrire_colonne(detail, decrit, valeurs[nom])
    return FicheLue(structure, detail, valeurs, ()).texte(champ)


def propositions(demandes: Iterable[DemandeCorrection]) -> list[Proposition]:
    """Returns what applying each request would do now, in a constant number of queries.

    The structures come with their detail (`select_related`).
    """
    demandes = list(demandes)
    par_niveau: dict[Niveau, list[DemandeCorrection]] = {}
    for demande in demandes:
        par_niveau.setdefault(demande.structure.type_niveau, []).append(demande)
    trouvees = {}
    for niveau, liste in par_niveau.items():
        situations = [_situer(demande) for demande in liste]
        lots = [changements for changements, _, _ in situations]
        phrases = fiches.raconter(champs_de(niveau), lots)
        for demande, (_, conflits, deja_la), textes in zip(liste, situations, phrases, strict=True):
            trouvees[demande.pk] = Proposition(demande, textes, conflits, deja_la)
    return [trouvees[demande.pk] for demande in demandes]


def _situer(demande: DemandeCorrection) -> tuple[Sequence[Changement], tuple[Conflit, ...], bool]:
    """Present → proposed for each field it proposes, the conflicts, and whether nothing is left to do."""
    champs = demande.champs
    actuelles = fiches.lire(demande.structure, list(champs))
    proposes = [Changement.depuis_json(c) for c in demande.changements]
    genres = {nom: champ.genre for nom, champ in champs.items()}
    _, conflits = fusionner_tout(proposes, actuelles, genres)
    present = [Changement(c.champ, actuelles[c.champ], c.propose) for c in proposes]
    return present, conflits, bool(present) and all(c.base == c.propose for c in present)


def champs_de_la_demande(structure: Structure, champ: str) -> dict[str, Champ]:
    """Returns the fields that a request about `champ` is about; none when the support does not correct it."""
    return DemandeCorrection(structure=structure, champ=champ).champs
