"""Is a number, an e-mail, a site or a secure mailbox well written, and what opens it? (pure) Channels: JDV_J225."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ror.commun.francais import telephone_fr, telephone_lien

TELEPHONE, COURRIEL = "1", "3"
"""The channel of a number and of an e-mail of which nothing more is known."""
APPELABLES = frozenset({"1", "2"})
"""Channels that one calls."""
TELECOPIE = "6"
TELEPHONES = APPELABLES | {TELECOPIE, "8"}
"""Channels that are numbers: a fax and an alarm line are no number to call."""
COURRIELS = frozenset({"3", "9"})
SITE = "4"
DOMAINE_MSS = "mssante.fr"

_FRANCAIS = re.compile(r"(?:\+33|0033|0)[1-9]\d{8}")
_COURT = re.compile(r"[13]\d{1,5}")  # 15, 112, 3114, 116 117
_ETRANGER = re.compile(r"(?:\+|00)(?!33)\d{8,15}")
_COURRIEL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")
_HOTE = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?")
_SITE = re.compile(r"(?:https?://)?[^\s/.]+(?:\.[^\s/.]+)+(?:[/?#]\S*)?", re.IGNORECASE)


def erreur_adresse(canal: str, adresse: str) -> str:
    """Returns what is wrong in a number or an address of this channel, empty when nothing is."""
    cite = f"«\u00a0{adresse[:60]}\u00a0»"
    compact = re.sub(r"[\s.\-()/]", "", adresse)
    if canal in TELEPHONES and not _est_numero(compact):
        compte = f"{len(compact)} chiffres au lieu de 10, " if re.fullmatch(r"0\d+", compact) else ""
        return f"{cite} n’est pas un numéro\u00a0: {compte}écrivez par exemple 01 83 76 30 31."
    if canal in COURRIELS and not _COURRIEL.fullmatch(adresse):
        return f"{cite} n’est pas une adresse électronique\u00a0: écrivez par exemple nom@exemple.fr."
    if canal == SITE and not _SITE.fullmatch(adresse):
        return f"{cite} n’est pas l’adresse d’un site\u00a0: écrivez par exemple https://www.exemple.fr."
    return ""


def lien_de(canal: str, adresse: str) -> str:
    """Returns the address that calls, writes or opens (tel:, mailto:, http:, https:), empty for what is ill written."""
    if not adresse or erreur_adresse(canal, adresse):
        return ""
    if canal in TELEPHONES and canal != TELECOPIE:
        return telephone_lien(adresse)
    if canal in COURRIELS:
        return f"mailto:{quote(adresse, safe='@')}"
    if canal == SITE:
        return _lien_de_site(adresse)
    return ""


def _lien_de_site(adresse: str) -> str:
    """A site written without « https:// » has it; whatever is not the name of a host is no link."""
    complete = adresse if re.match(r"https?://", adresse, re.IGNORECASE) else f"https://{adresse}"
    return complete if _HOTE.fullmatch(complete.split("/")[2].partition("?")[0].partition("#")[0]) else ""


def ranger_adresse(canal: str, adresse: str) -> str:
    """Returns a number written the French way, « 01 83 76 30 31 »; anything else as it was typed."""
    return telephone_fr(adresse).replace("\u00a0", " ") if canal in TELEPHONES else adresse


def erreurs_boite(ligne: Mapping[str, Any]) -> dict[str, str]:
    """Returns column → what is wrong in a secure mailbox."""
    adresse = str(ligne.get("adresse") or "")
    if adresse and not _COURRIEL.fullmatch(adresse):
        return {"adresse": f"«\u00a0{adresse[:60]}\u00a0» n’est pas une adresse de messagerie."}
    return {}


def est_mssante(adresse: str) -> bool:
    """Whether an address is in a domain of the MSSanté, by its name."""
    domaine = adresse.rpartition("@")[2].lower()
    return domaine == DOMAINE_MSS or domaine.endswith(f".{DOMAINE_MSS}")


def _est_numero(compact: str) -> bool:
    return any(forme.fullmatch(compact) for forme in (_FRANCAIS, _COURT, _ETRANGER))
