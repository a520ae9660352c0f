"""A role and its tasks, in the order of a morning: each starts where the one before ended."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import expect

from tests.e2e.clavier import Clavier
from tests.e2e.demonstration import MOT_DE_PASSE, personne

Geste = Callable[[Clavier], None]


@dataclass
class Parcours:
    """The tasks of one person. `avant` prepares what she finds waiting for her."""

    role: str
    identifiant: str
    taches: list[tuple[str, Geste]] = field(default_factory=list)
    avant: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.taches.append(("Se connecter", self._se_connecter))

    def tache(self, titre: str) -> Callable[[Geste], Geste]:
        """Declares the next task."""

        def declarer(geste: Geste) -> Geste:
            self.taches.append((titre, geste))
            return geste

        return declarer

    def preparer(self, geste: Callable[[], None]) -> Callable[[], None]:
        """Declares what is done before she signs in, by others."""
        self.avant.append(geste)
        return geste

    def _se_connecter(self, c: Clavier) -> None:
        c.saisir("Identifiant", self.identifiant)
        c.presser("Tab")
        c.page.keyboard.type(MOT_DE_PASSE)
        c.presser("Enter")
        c.titre("Mes accès rapides")
        expect(c.page.get_by_text(f"Bonjour {personne(self.identifiant).nom_complet}")).to_be_visible()
