"""The hours of several offers as their editors see them, with what waits there, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from .champs import SECTIONS, champs_de
from .changements import Changement, Genre, Valeur, normaliser, poser
from .models import LigneHoraire, Modification, Structure
from .niveaux import Niveau

Etats = Modification.Etat
GENRES = {"horaires": Genre.TABLE}


@dataclass(frozen=True, slots=True)
class HorairesEnCours:
    """The hours of one offer.

    Attributes:
        table: the hours published, with those that wait laid over them.
        attente: what is saved there and not broadcast, None without any.
        programmee: something validated there is not published yet.
    """

    table: dict[str, Valeur]
    attente: Modification | None
    programmee: bool

    @property
    def changements(self) -> list[Changement]:
        """All that waits, of any section."""
        changements = self.attente.changements.all() if self.attente else []
        return [Changement(c.champ, c.base, c.propose) for c in changements]

    @property
    def horaires_modifies(self) -> bool:
        return any(c.champ == "horaires" for c in self.changements)

    @property
    def sections(self) -> list[str]:
        """Titles of the sections where something waits."""
        champs = champs_de(Niveau.UO)
        return list(dict.fromkeys(SECTIONS[champs[c.champ].section] for c in self.changements))

    @property
    def auteurs(self) -> list[str]:
        """Who saved what waits."""
        return sorted({str(c.auteur) for c in self.attente.changements.all()}) if self.attente else []


def lire_horaires(structures: Collection[Structure]) -> dict[int, HorairesEnCours]:
    """Returns offer → its hours, in four queries at most."""
    cles = [structure.pk for structure in structures]
    lignes: dict[int, dict[str, Valeur]] = defaultdict(dict)
    for structure, cle, valeur in LigneHoraire.objects.filter(structure__in=cles).values_list(
        "structure", "cle", "valeur"
    ):
        lignes[structure][cle] = valeur
    modifications = Modification.objects.filter(
        structure__in=cles, etat__in=[Etats.EN_ATTENTE, Etats.PROGRAMMEE, Etats.A_ARBITRER]
    ).prefetch_related("changements__auteur")
    attentes, programmees = {}, set()
    for modification in modifications:
        if modification.etat == Etats.EN_ATTENTE:
            attentes[modification.structure_id] = modification
        else:
            programmees.add(modification.structure_id)
    return {cle: _en_cours(lignes[cle], attentes.get(cle), cle in programmees) for cle in cles}


def _en_cours(lignes: dict[str, Valeur], attente: Modification | None, programmee: bool) -> HorairesEnCours:
    publiee = {"horaires": normaliser(lignes, Genre.TABLE)}
    sans = HorairesEnCours({}, attente, programmee)
    gestes = [c for c in sans.changements if c.champ == "horaires"]
    return HorairesEnCours(poser(gestes, publiee, GENRES)["horaires"] or {}, attente, programmee)  # type: ignore[arg-type]
