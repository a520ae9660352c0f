"""What a price must say, kind by kind (pure).

Source: dictionary of the ROR (MODELE_ROR §2.2), rows Tarif, ForfaitSocleHebergement, SupplementTarifHebergement,
TarifDependance, TarifAccueilDeJour, TarifAidesHumaines, TarifPortageRepas, TarifPrestationSupplementaire; kinds: J36.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Precisions:
    """Columns that one kind of price needs, and those it may have besides the ones every price has."""

    attendues: tuple[str, ...] = ()
    permises: tuple[str, ...] = ()

    @property
    def toutes(self) -> frozenset[str]:
        return frozenset(self.attendues + self.permises)


COMMUNES = frozenset({"type_tarif", "montant", "unite_prix", "date_debut"})
"""The columns of every price."""

PAR_TYPE: Mapping[str, Precisions] = {
    "01": Precisions(("type_habitation",)),
    "02": Precisions(
        ("type_habitation", "temporalite_accueil", "moins_60_ans"),
        ("condition_tarifaire", "prestations_incluses", "autres_prestations"),
    ),
    "03": Precisions(("groupe_dependance", "temporalite_accueil")),
    "04": Precisions((), ("prestation", "nom")),
    "05": Precisions((), ("condition_tarifaire",)),
    "06": Precisions(("mode_gestion",), ("nom", "condition_tarifaire")),
    "07": Precisions((), ("nom", "condition_tarifaire")),
}
PRESTATION_SUPPLEMENTAIRE = "04"
TOUTES = frozenset().union(*(precisions.toutes for precisions in PAR_TYPE.values()))
"""The columns that depend on the kind."""


def erreurs(ligne: Mapping[str, Any]) -> dict[str, str]:
    """Returns column → what is wrong in a price; none for a kind that is not known."""
    precisions = PAR_TYPE.get(ligne.get("type_tarif") or "")
    if precisions is None:
        return {}
    remplies = {colonne for colonne in TOUTES if ligne.get(colonne) not in (None, "", [])}
    fautes = dict.fromkeys(
        (colonne for colonne in precisions.attendues if colonne not in remplies),
        "ce type de tarif demande cette précision.",
    )
    if ligne.get("type_tarif") == PRESTATION_SUPPLEMENTAIRE and not remplies & precisions.toutes:
        fautes["prestation"] = "choisissez la prestation, ou écrivez son intitulé."
    return fautes | dict.fromkeys(
        sorted(remplies - precisions.toutes), "ce type de tarif n’a pas cette précision, effacez-la."
    )


def types_de(colonne: str) -> tuple[str, ...]:
    """Returns the kinds of price that have this column, () when all do."""
    if colonne not in TOUTES:
        return ()
    return tuple(code for code, precisions in PAR_TYPE.items() if colonne in precisions.toutes)
