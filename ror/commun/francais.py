"""How the portal writes dates, hours, numbers and identifiers in French (COMPOSANTS §4): pure functions.

Screens use them as template filters, e-mails and sentences call them. The space between a number and its unit is a
no-break one; thousands are separated by a narrow no-break space. `None` and the empty string give the empty string.
"""

import re
from datetime import date, datetime, time, timedelta

INSECABLE = "\u00a0"
FINE = "\u202f"
_MOIS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc.")
_TELEPHONE = re.compile(r"(?:\+33|0033|0)([1-9]\d{8})")
_FINESS = re.compile(r"([0-9][0-9AB])(\d{3})(\d{3})(\d)")


def date_fr(jour: date | datetime | None) -> str:
    """« 4 déc. 2026 », « 1er déc. 2026 ». A datetime must already be in the time zone wanted."""
    if not jour:
        return ""
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    return f"{quantieme}{INSECABLE}{_MOIS[jour.month - 1]} {jour.year}"


def heure_fr(heure: time | datetime | None) -> str:
    """« 9 h 30 », « 9 h » on the hour."""
    if heure is None or heure == "":
        return ""
    minutes = f"{INSECABLE}{heure.minute:02}" if heure.minute else ""
    return f"{heure.hour}{INSECABLE}h{minutes}"


def il_y_a(moment: datetime | None, maintenant: datetime) -> str:
    """« à l’instant », « il y a 2 min », « il y a 3 h », « hier », « il y a 4 jours », then the date from 30 days on.

    Both datetimes must be aware and in the reader's time zone: « hier » is a matter of calendar days.
    """
    if not moment:
        return ""
    ecart = maintenant - moment
    jours = (maintenant.date() - moment.date()).days
    if ecart < timedelta(minutes=1):
        return "à l’instant"
    if ecart < timedelta(hours=1):
        return f"il y a {int(ecart.total_seconds() // 60)}{INSECABLE}min"
    if ecart < timedelta(hours=12) or jours == 0:
        return f"il y a {int(ecart.total_seconds() // 3600)}{INSECABLE}h"
    if jours == 1:
        return "hier"
    return f"il y a {jours}{INSECABLE}jours" if jours < 30 else f"le {date_fr(moment)}"


def nombre_fr(nombre: float | int | None) -> str:
    """« 12 500 », « 68,4 » (at most two decimals, without trailing zeros)."""
    if nombre is None or nombre == "":
        return ""
    entier, _, decimales = f"{nombre:,.2f}".partition(".")
    decimales = decimales.rstrip("0")
    return entier.replace(",", FINE) + (f",{decimales}" if decimales else "")


def telephone_fr(numero: str | None) -> str:
    """« 01 83 76 30 31 » for a French number, however it was typed; any other number unchanged."""
    if not numero:
        return ""
    trouve = _TELEPHONE.fullmatch(re.sub(r"[\s.\-()]", "", numero))
    if not trouve:
        return numero
    chiffres = f"0{trouve[1]}"
    return INSECABLE.join(chiffres[i : i + 2] for i in range(0, 10, 2))


def telephone_lien(numero: str) -> str:
    """« tel:+33183763031 », the address that dials the number."""
    compact = re.sub(r"[\s.\-()]", "", numero)
    trouve = _TELEPHONE.fullmatch(compact)
    return f"tel:+33{trouve[1]}" if trouve else f"tel:{compact}"


def finess_fr(numero: str | None) -> str:
    """« 77 000 017 5 »; anything but nine characters unchanged."""
    if not numero:
        return ""
    trouve = _FINESS.fullmatch(numero)
    return INSECABLE.join(trouve.groups()) if trouve else numero


def siret_fr(numero: str | None) -> str:
    """« 267 700 123 00019 » (SIRET) or « 267 700 123 » (SIREN); anything else unchanged."""
    if not numero:
        return ""
    if not re.fullmatch(r"\d{9}(\d{5})?", numero):
        return numero
    return INSECABLE.join(filter(None, (numero[:3], numero[3:6], numero[6:9], numero[9:])))


def pluriel(nombre: int | float, mots: str) -> str:
    """« 0 offre », « 1 offre », « 3 offres »; otherwise both forms: « fiche prête,fiches prêtes »."""
    singulier, _, pluriels = mots.partition(",")
    mot = singulier if abs(nombre) < 2 else pluriels or f"{singulier}s"
    return f"{nombre_fr(nombre)}{INSECABLE}{mot}"
