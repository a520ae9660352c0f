"""A field of several codes whose list is long (acts, activities, communes): searched, pasted, added by whole groups."""

from dataclasses import dataclass

from django.http import QueryDict

from ..champs import Champ
from ..codes import COMMUNES
from ..communes import LIGNES_MAX, LONGUEUR_MAX, Lecture
from ..recherche_codes import EPCI, FAMILLES, Trouvailles, annuaire_des_communes, chercher, communes_des_epci
from .simples import Options

TROP_LONGUE = f"Cette liste est trop longue\u00a0: collez {LIGNES_MAX} lignes au plus à la fois."


@dataclass(slots=True)
class Recherche:
    """A search box.

    Attributes:
        nom: name of the boxes it lets tick.
        liste: the code list it searches.
        texte, famille: what was typed and chosen.
        ouverte: whether it is shown open.
        coches: boxes ticked and not added yet.
    """

    nom: str
    liste: str
    texte: str = ""
    famille: str = ""
    ouverte: bool = False
    coches: tuple[str, ...] = ()

    @classmethod
    def lue(cls, nom: str, liste: str, data: QueryDict | None) -> "Recherche":
        """The search box as it was sent, an empty one when nothing was."""
        if data is None:
            return cls(nom, liste)
        return cls(nom, liste, data.get(f"q-{nom}", "")[:200], data.get(f"famille-{nom}", "")[:20])

    @property
    def trouvees(self) -> Trouvailles:
        return chercher(self.liste, self.texte, famille=self.famille)


@dataclass(slots=True)
class Collage:
    """A pasted list and what came of it; `texte` keeps the lines that were not understood."""

    texte: str = ""
    lecture: Lecture | None = None
    erreur: str = ""

    @property
    def ajoutees(self) -> int:
        return len(self.lecture.codes) if self.lecture else 0

    def lire(self) -> list[str]:
        """Reads what was pasted; returns the codes recognised."""
        if not self.texte.strip():
            self.erreur = "Collez d’abord une liste de communes."
            return []
        if len(self.texte) > LONGUEUR_MAX or self.texte.count("\n") >= LIGNES_MAX:
            self.erreur = TROP_LONGUE
            return []
        self.lecture = annuaire_des_communes().lire(self.texte)
        self.texte = "\n".join(question.ligne for question in self.lecture.questions)
        if nombre := len(self.lecture.questions):
            lignes = "1 ligne n’a pas été reconnue" if nombre == 1 else f"{nombre} lignes n’ont pas été reconnues"
            self.erreur = f"{lignes}\u00a0: corrigez ou effacez ce qui reste ci-dessous."
        return self.lecture.codes


class ListeVaste:
    """A long list in a form.

    Args:
        champ: the field.
        options: the codes of the short lists of the form.
        data: what was sent, None when the form is opened.
    """

    def __init__(self, champ: Champ, options: Options, data: QueryDict | None = None) -> None:
        self.champ, self.nouvelle = champ, ""
        self.ajouts: list[str] = []
        self.recherche = Recherche.lue(champ.nom, champ.nomenclature or "", data)
        self.familles = options.get(FAMILLES.get(champ.nomenclature or "", ("",))[0], [])
        self.epci: Recherche | None = None
        self.collage: Collage | None = None
        if champ.nomenclature == COMMUNES:
            self.epci = Recherche.lue(f"epci-{champ.nom}", EPCI, data)
            self.epci.coches = tuple(data.getlist(self.epci.nom)) if data is not None else ()
            self.collage = Collage(data.get(f"coller-{champ.nom}", "") if data is not None else "")

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """(id of the faulty input, sentence)."""
        if self.collage is None or not self.collage.erreur:
            return []
        return [(f"coller-{self.champ.nom}", self.collage.erreur)]

    def appliquer(self, geste: str) -> bool:
        """Searches, pastes, adds the communes of groups (then in `ajouts`); False when it is about something else."""
        verbe, _, nom = geste.partition(":")
        if verbe == "codes-chercher" and nom == self.champ.nom:
            self._montrer(self.recherche)
        elif verbe == "codes-chercher" and self.epci is not None and nom == self.epci.nom:
            self._montrer(self.epci)
        elif verbe == "codes-coller" and nom == self.champ.nom and self.collage is not None:
            self.ajouts = self.collage.lire()
            self.nouvelle = f"coller-{nom}"
        elif verbe == "epci-ajouter" and nom == self.champ.nom and self.epci is not None:
            self._ajouter_epci()
            self._montrer(self.epci)
        else:
            return False
        return True

    def completer(self) -> None:
        """Adds, at the moment of saving, the groups ticked and the list pasted without « Ajouter »."""
        if self.epci is not None and self.epci.coches:
            self._ajouter_epci()
        if self.collage is not None and self.collage.texte.strip():
            self.ajouts += self.collage.lire()

    def vider_recherche(self) -> None:
        """After « Ajouter »: ready for another search."""
        self.recherche.texte = ""
        self._montrer(self.recherche)

    def _ajouter_epci(self) -> None:
        if self.epci is not None:
            self.ajouts += communes_des_epci(self.epci.coches)
            self.epci.coches = ()

    def _montrer(self, recherche: Recherche) -> None:
        recherche.ouverte = True
        self.nouvelle = f"q-{recherche.nom}"
