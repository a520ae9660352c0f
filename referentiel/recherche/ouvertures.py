"""When each offer is open in the coming days, computed from its hours and kept to be searched (« Ouvert maintenant »).

The moments are those of the clock on the wall where the offer is: « samedi à 14 h » is the same question everywhere.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from .. import horaires
from ..models import LigneHoraire, Structure

HORIZON = 15
"""How many days ahead the openings are kept; the nightly check moves them on."""


def calculer(pks: Collection[int]) -> None:
    """Writes the openings of these offers, from yesterday on; none for those whose hours are not given."""
    tables: dict[int, dict] = defaultdict(dict)
    for pk, cle, valeur in LigneHoraire.objects.filter(structure__in=pks).values_list("structure_id", "cle", "valeur"):
        tables[pk][cle] = valeur
    lieux = dict(Structure.objects.filter(pk__in=tables).values_list("pk", "departement")) if tables else {}
    jour = timezone.localdate()
    textes = [_multiplage(horaires.depuis_table(tables[pk]), lieux[pk], jour) for pk in lieux]
    with connection.cursor() as curseur:
        curseur.execute(
            "UPDATE referentiel_ficherecherche r SET ouvertures = n.plages::tsmultirange"
            " FROM (SELECT pk, plages FROM unnest(%s::bigint[], %s::text[]) AS u(pk, plages)"
            " UNION ALL SELECT pk, NULL FROM unnest(%s::bigint[]) AS v(pk)) n"
            " WHERE r.structure_id = n.pk AND r.ouvertures IS DISTINCT FROM n.plages::tsmultirange",
            [list(lieux), textes, [pk for pk in pks if pk not in lieux]],
        )


def dernier_jour() -> date:
    """The last day of which the openings are known."""
    return timezone.localdate() + timedelta(days=HORIZON - 1)


def _multiplage(des: horaires.Horaires, departement: str, depuis: date) -> str | None:
    """The openings as PostgreSQL reads them; None when no day of the horizon is given."""
    feries = horaires.jours_feries(departement)
    plages, donnes = [], False
    for ecart in range(-1, HORIZON):
        jour = depuis + timedelta(days=ecart)
        tranches = horaires.tranches_du_jour(des, jour, feries)
        donnes = donnes or tranches is not None
        minuit = datetime.combine(jour, time())
        for debut, fin in tranches or ():
            du, au = (minuit + timedelta(minutes=borne) for borne in (debut, fin))
            plages.append(f"[{du:%Y-%m-%d %H:%M},{au:%Y-%m-%d %H:%M})")
    return f"{{{','.join(plages)}}}" if donnes else None
