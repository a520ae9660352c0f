"""Time zone and public holidays of a French territory, by its département code."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import holidays

FUSEAUX_D_OUTRE_MER = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
_SUBDIVISIONS = {
    "57": "57",  # Alsace-Moselle: Good Friday and 26 December
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "977": "BL",
    "978": "MF",
    "984": "TF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}


def fuseau_de(departement: str) -> str:
    """IANA zone of a département (« 974 » → « Indian/Reunion »); Europe/Paris for any other code."""
    return FUSEAUX_D_OUTRE_MER.get(departement, "Europe/Paris")


@cache
def jours_feries(departement: str) -> Callable[[date], str | None]:
    """The function giving the French name of the public holiday of a date there, None on any other day."""
    # The years are added on demand.
    calendrier = holidays.country_holidays("FR", subdiv=_SUBDIVISIONS.get(departement), language="fr")

    def ferie(jour: date) -> str | None:
        return calendrier.get(jour)

    return ferie


def prochains_feries(departement: str, depuis: date, nombre: int) -> list[tuple[date, str]]:
    """The next public holidays there, `depuis` included: (day, French name)."""
    ferie, jour = jours_feries(departement), depuis
    trouves: list[tuple[date, str]] = []
    while len(trouves) < nombre:
        if nom := ferie(jour):
            trouves.append((jour, nom))
        jour += timedelta(days=1)
    return trouves
