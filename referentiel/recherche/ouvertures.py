"""When each offer is open in the coming days, computed from its hours and its closing, and kept to be searched.

The moments are those of the clock on the wall where the offer is: « samedi à 14 h » is the same question everywhere.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from .. import horaires
from ..fermeture import CHAMPS, EtatOffre, Fermeture
from ..models import LigneHoraire, UniteOperationnelle

HORIZON = 15
"""How many days ahead the openings are kept; the nightly check moves them on."""


MINUIT = horaires.MINUTES_PAR_JOUR
"""Where what is open past midnight is cut: a closing begins and ends at midnight."""


def calculer(pks: Collection[int]) -> None:
    """Writes the openings of these offers, from yesterday on; none for those whose hours are not given."""
    tables: dict[int, dict] = defaultdict(dict)
    for pk, cle, valeur in LigneHoraire.objects.filter(structure__in=pks).values_list("structure_id", "cle", "valeur"):
        tables[pk][cle] = valeur
    offres = UniteOperationnelle.objects.filter(structure__in=tables).values("pk", "structure__departement", *CHAMPS)
    jour, textes = timezone.localdate(), {}
    for offre in offres if tables else ():
        heures, fermeture = horaires.depuis_table(tables[offre["pk"]]), Fermeture.depuis(offre)
        textes[offre["pk"]] = _multiplage(heures, fermeture, offre["structure__departement"], jour)
    with connection.cursor() as curseur:
        curseur.execute(
            "UPDATE referentiel_ficherecherche r SET ouvertures = n.plages::tsmultirange"
            " FROM (SELECT pk, plages FROM unnest(%s::bigint[], %s::text[]) AS u(pk, plages)"
            " UNION ALL SELECT pk, NULL FROM unnest(%s::bigint[]) AS v(pk)) n"
            " WHERE r.structure_id = n.pk AND r.ouvertures IS DISTINCT FROM n.plages::tsmultirange",
            [list(textes), list(textes.values()), [pk for pk in pks if pk not in textes]],
        )


def dernier_jour() -> date:
    """The last day of which the openings are known."""
    return timezone.localdate() + timedelta(days=HORIZON - 1)


def _multiplage(des: horaires.Horaires, fermeture: Fermeture, departement: str, depuis: date) -> str | None:
    """The openings as PostgreSQL reads them, the closing taken out; None when no day of the horizon is given."""
    feries = horaires.jours_feries(departement)
    plages, donnes = [], False
    for ecart in range(-1, HORIZON):
        jour = depuis + timedelta(days=ecart)
        tranches = horaires.tranches_du_jour(des, jour, feries)
        donnes = donnes or tranches is not None
        minuit = datetime.combine(jour, time())
        for debut, fin in tranches or ():
            for rang, bornes in enumerate(((debut, min(fin, MINUIT)), (max(debut, MINUIT), fin))):
                if bornes[0] < bornes[1] and fermeture.etat_au(jour + timedelta(days=rang)) is EtatOffre.OUVERTE:
                    du, au = (minuit + timedelta(minutes=borne) for borne in bornes)
                    plages.append(f"[{du:%Y-%m-%d %H:%M},{au:%Y-%m-%d %H:%M})")
    return f"{{{','.join(plages)}}}" if donnes else None
