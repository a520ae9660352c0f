"""Opening hours of every shape: 24/7, breaks, nights, periods, alternate weeks, public holidays, exceptions."""

from datetime import date

from referentiel.horaires import JOUR_FERIE, TOUS_LES_JOURS, Exception_, Feries, Horaires, Periode, Plage, en_table
from referentiel.horaires.stockage import Table

_SUR_RENDEZ_VOUS, _SANS_RENDEZ_VOUS = "07", "06"
_SEMAINE = range(1, 6)
_TOUS = range(1, 8)


def semaines(jour: date) -> dict[str, Table]:
    """Returns name → stored hours; dated periods and exceptions fall in the months that follow `jour`."""
    noel = date(jour.year, 12, 24)
    reprise = date(jour.year + 1, 1, 2)
    ete = jour.year + (jour.month >= 6)
    fetes = Exception_(f"x:{noel}", noel, reprise, libelle="Fermeture de fin d’année")
    return {
        "continu": _table(_periode(_plages(_TOUS, (0, 24)), Feries.COMME_SEMAINE)),
        "journee": _table(_periode(_plages(_SEMAINE, (9, 12.5), (13.5, 17))), fetes),
        "consultations": _table(
            _periode(
                (
                    *_plages((1, 3, 4), (8.5, 12.5), (14, 18), genre=_SUR_RENDEZ_VOUS),
                    *_plages((2,), (14, 20), genre=_SUR_RENDEZ_VOUS),
                    *_plages((5,), (8.5, 12.5), genre=_SUR_RENDEZ_VOUS),
                    *_plages((6,), (9, 12), genre=_SANS_RENDEZ_VOUS),
                )
            )
        ),
        "nuit": _table(_periode(_plages(range(1, 5), (20, 32)))),
        "imagerie": _table(
            _periode((*_plages(range(1, 7), (8, 20)), *_plages((JOUR_FERIE,), (9, 13))), Feries.OUVERT),
            Exception_(f"x:{noel}", noel, noel, _plages((TOUS_LES_JOURS,), (8, 16)), "Veille de Noël"),
        ),
        "saisons": _table(
            _periode(_plages(_SEMAINE, (9.5, 17))),
            Periode(
                "p2",
                date(ete, 7, 1),
                date(ete, 8, 31),
                "Horaires d’été",
                plages=_plages((1, 2, 4, 5), (9.5, 16)),
            ),
            fetes,
        ),
        "alternee": _table(
            _periode(_plages(_SEMAINE, (8.5, 17))),
            Periode(
                "p2",
                date(jour.year, 9, 1),
                None,
                "Week-end d’accueil, une semaine sur deux",
                plages=(*_plages(_SEMAINE, (8.5, 17)), *_plages((6, 7), (10, 18))),
                toutes_les=2,
            ),
            fetes,
        ),
    }


def avec_samedi(horaires: Table) -> Table:
    """Returns the same hours, opened on Saturday mornings in the ordinary week."""
    return {**horaires, "p1/6": [{"debut": 9 * 60, "fin": 12 * 60}]}


def _plages(jours, *heures: tuple[float, float], genre: str | None = None) -> tuple[Plage, ...]:
    return tuple(Plage(jour, int(debut * 60), int(fin * 60), genre) for jour in jours for debut, fin in heures)


def _periode(plages: tuple[Plage, ...], feries: Feries = Feries.FERME) -> Periode:
    return Periode("p1", feries=feries, plages=plages)


def _table(*elements: Periode | Exception_) -> Table:
    periodes = tuple(e for e in elements if isinstance(e, Periode))
    exceptions = tuple(e for e in elements if isinstance(e, Exception_))
    return en_table(Horaires(periodes, exceptions))
