"""Hours as people type them and as we write them."""

import re

from .modele import JOURS, MINUTES_PAR_JOUR, Plage

INSECABLE = "\u00a0"


class HeureIllisible(ValueError):
    """The typed text is no hour; the message, in French, is for the person who typed it."""


class FinAvantDebut(ValueError):
    """The end does not come after the beginning: nothing is changed, `proposition` is the plage ending the next day."""

    def __init__(self, proposition: Plage) -> None:
        self.proposition = proposition
        fin = dire_heure(proposition.fin - MINUTES_PAR_JOUR)
        super().__init__(
            f"L’heure de fin n’est pas après l’heure de début{INSECABLE}: corrigez-la, "
            f"ou choisissez «{INSECABLE}ouvert la nuit, jusqu’à {fin} le lendemain{INSECABLE}»."
        )


_FORMES = (
    re.compile(r"(\d{1,2})(?:[h:.](\d{2})?)?", re.ASCII | re.IGNORECASE),  # 9, 9h, 9h30, 9:30, 9.30
    re.compile(r"(\d{1,2})(\d{2})", re.ASCII),  # 930, 0930
)


def lire_heure(texte: str) -> int:
    """Minutes since midnight (0 to 1440) of « 9 », « 9h », « 9 h 30 », « 9:30 », « 0930 », « 24h ».

    Raises `HeureIllisible` with what to type instead.
    """
    serre = "".join(texte.split())
    for forme in _FORMES:
        lu = forme.fullmatch(serre)
        if lu and int(lu[2] or 0) < 60:
            minutes = int(lu[1]) * 60 + int(lu[2] or 0)
            if minutes <= MINUTES_PAR_JOUR:
                return minutes
    citation = f"«{INSECABLE}{texte.strip()}{INSECABLE}» n’est pas une heure" if serre else "L’heure manque"
    raise HeureIllisible(f"{citation}{INSECABLE}: écrivez par exemple 9h, 9h30 ou 14:00.")


def lire_plage(jour: int, de: str, a: str, type_plage: str | None = None) -> Plage:
    """The plage typed for `jour` (1 Monday … 7 Sunday, 8 public holidays, 0 exception).

    « 0 » or « 24h » as an end is midnight. Raises `HeureIllisible`, or `FinAvantDebut` with the plage to propose.
    """
    debut, fin = lire_heure(de) % MINUTES_PAR_JOUR, lire_heure(a) or MINUTES_PAR_JOUR
    if fin <= debut:
        raise FinAvantDebut(Plage(jour, debut, fin + MINUTES_PAR_JOUR, type_plage))
    return Plage(jour, debut, fin, type_plage)


def dire_heure(minutes: int) -> str:
    """« 9 h », « 9 h 30 », « minuit » (1440), with non-breaking spaces; beyond 1440, the hour of the next day."""
    if minutes == MINUTES_PAR_JOUR:
        return "minuit"
    heures, reste = divmod(minutes % MINUTES_PAR_JOUR, 60)
    return f"{heures}{INSECABLE}h" + (f"{INSECABLE}{reste:02d}" if reste else "")


def dire_plage(plage: Plage) -> str:
    """« de 9 h à 12 h », « de 22 h à 6 h le lendemain », « 24 h/24 »."""
    if (plage.debut, plage.fin) == (0, MINUTES_PAR_JOUR):
        return f"24{INSECABLE}h/24"
    lendemain = " le lendemain" if plage.finit_le_lendemain else ""
    return f"de {dire_heure(plage.debut)} à {dire_heure(plage.fin)}{lendemain}"


def dire_jours(jours: list[int]) -> str:
    """« du lundi au vendredi », « le lundi et le mardi » (1 Monday … 7 Sunday, sorted)."""
    suites: list[list[int]] = []
    for jour in jours:
        if suites and suites[-1][-1] == jour - 1:
            suites[-1].append(jour)
        else:
            suites.append([jour])
    morceaux = []
    for suite in suites:
        if len(suite) > 2:
            morceaux.append(f"du {JOURS[suite[0] - 1]} au {JOURS[suite[-1] - 1]}")
        else:
            morceaux.extend(f"le {JOURS[jour - 1]}" for jour in suite)
    return enumerer(morceaux)


def enumerer(morceaux: list[str]) -> str:
    """« a, b et c »."""
    return morceaux[0] if len(morceaux) == 1 else ", ".join(morceaux[:-1]) + " et " + morceaux[-1]
