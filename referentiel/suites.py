"""What else an edit of a live fiche leads to, said by the apps above: this one knows none of them.

A dossier that holds the same fiche takes the edit up by itself, or asks about it (« Répercussion du champ », S104).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest

from .models import Structure


@dataclass(frozen=True, slots=True)
class Suite:
    """What follows an edit.

    Attributes:
        phrase: what is told.
        attention: the phrase is a warning.
        question: address of the page that asks something, empty when nothing is to be asked.
        gabarit, contexte: the same question as a fragment, to put in the place of the form that was sent.
    """

    phrase: str = ""
    attention: bool = False
    question: str = ""
    gabarit: str = ""
    contexte: Mapping[str, object] = field(default_factory=dict)

    def adresse(self, vers: str) -> str:
        """Returns where to go now: to the question, which then leads to `vers`."""
        return f"{self.question}?{urlencode({'next': vers})}" if self.question else vers


RIEN = Suite()
Veilleur = Callable[[Structure, object, Collection[str] | None], Suite | None]
_veilleurs: list[Veilleur] = []


def veiller(veilleur: Veilleur) -> None:
    """Registers who is asked what follows an edit: called with the fiche, the person, the fields (None: any)."""
    if veilleur not in _veilleurs:
        _veilleurs.append(veilleur)


def suite_de(structure: Structure, utilisateur, champs: Collection[str] | None = None) -> Suite:
    """Returns what follows the edit that this person has just saved on this fiche."""
    suites = (veilleur(structure, utilisateur, champs) for veilleur in _veilleurs)
    return next((suite for suite in suites if suite is not None), RIEN)


def dire(request: HttpRequest, suite: Suite) -> None:
    """Tells what follows, in the messages of the next page."""
    if suite.phrase:
        (messages.warning if suite.attention else messages.info)(request, suite.phrase)


def detour(request: HttpRequest, structure: Structure, vers: str) -> str:
    """Tells what follows an edit and returns where to go: `vers`, or first the question that is to be asked."""
    suite = suite_de(structure, request.user)
    if not suite.question:
        dire(request, suite)
    return suite.adresse(vers)


def prevenir(request: HttpRequest, structures: Collection[Structure], champs: Collection[str]) -> None:
    """Tells what follows an edit of several fiches at once: only what asks for a choice, which waits where it is."""
    for structure in structures:
        suite = suite_de(structure, request.user, champs)
        if suite.attention:
            dire(request, suite)
