"""How the closing of an offer is announced on its fiche, and what may be done about it from there (B50)."""

from dataclasses import dataclass

from .actions.etat import fermeture_de, jour_de
from .fermeture import EtatOffre, Fermeture
from .formulaires import ouvrir, sceller
from .models import Structure
from .models.structure import Etat
from .niveaux import Niveau
from .permissions import Action, refus


@dataclass(frozen=True, slots=True)
class Annonce:
    """A closing in force or to come.

    Attributes:
        fermeture: the closing.
        texte: what is said of it, without a final stop.
        a_venir: the offer is still open.
        confirmee: somebody confirmed the reopening date.
        gestes: the reader may undo it or move its reopening.
        jeton: what she sees, signed, so that no other closing is undone in her name.
    """

    fermeture: Fermeture
    texte: str
    a_venir: bool
    confirmee: bool
    gestes: bool
    jeton: str

    @property
    def definitive(self) -> bool:
        return self.fermeture.type == EtatOffre.DEFINITIVE


def annonce_de(structure: Structure, utilisateur) -> Annonce | None:
    """Returns what is announced of the closing of an offer, None for an open one or another level."""
    if structure.niveau != Niveau.UO:
        return None
    fermeture, jour = fermeture_de(structure), jour_de(structure)
    texte = fermeture.annonce(jour)
    if not texte:
        return None
    confirmee = structure.unite.reouverture_confirmee
    action = Action.CORRIGER_FINESS if structure.etat == Etat.FERMEE else Action.DIFFUSER
    return Annonce(
        fermeture,
        texte,
        fermeture.a_venir(jour),
        confirmee is not None and confirmee == fermeture.reouverture,
        refus(utilisateur, action, structure) is None,
        sceller_fermeture(structure, fermeture),
    )


def sceller_fermeture(structure: Structure, fermeture: Fermeture) -> str:
    """Returns the closing a page shows, signed."""
    return sceller(f"fermeture:{structure.pk}", fermeture.en_valeurs())


def ouvrir_fermeture(structure: Structure, jeton: str | None) -> Fermeture:
    """Returns the closing that a page showed.

    Raises:
        FormulaireIllisible: nothing readable was sealed for this offer.
    """
    return Fermeture.depuis(ouvrir(f"fermeture:{structure.pk}", jeton))
