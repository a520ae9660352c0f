"""The small marks of the screens: icons, level chips, state pills, provenance (COMPOSANTS §2.2 to 2.4).

Each refuses what it does not know, so that a page fails in the tests instead of showing something false.
"""

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.template import TemplateSyntaxError
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

SPRITE = Path(__file__).resolve().parents[2] / "static" / "icones.svg"

NIVEAUX = {
    "DC": "dossier collaboratif",
    "DF": "département français",
    "AZ": "ordre alphabétique",
    "CB": "catégorie de besoins",
    "TS": "territoire de santé",
    "FI": "filière",
    "EJ": "entité juridique",
    "EG": "entité géographique",
    "P": "pôle",
    "S": "service",
    "UF": "unité fonctionnelle",
    "UO": "unité opérationnelle",
}
"""Codes of the level chips and the full names that screen readers say (COMPOSANTS §2.2)."""

ETATS = {
    "finalisee": "check-circle-fill",
    "ok": "check-circle-fill",
    "attente": "hourglass-split",
    "creer": "plus-circle-dotted",
    "deplacee": "arrow-left-right",
    "supprimee": "trash",
    "fermee": "lock",
    "erreur": "exclamation-triangle-fill",
    "dc": "folder-fill",
    "info": "pencil",
}
"""States and the icon each shows unless told otherwise (COMPOSANTS §2.3)."""


def choisir(table: dict[str, Any], cle: str, quoi: str) -> Any:
    """Returns `table[cle]`; TemplateSyntaxError naming the accepted values otherwise."""
    if cle not in table:
        raise TemplateSyntaxError(f"{quoi} « {cle} » : attendu {', '.join(table)}")
    return table[cle]


@cache
def icones_connues() -> frozenset[str]:
    """Names of the icons drawn in static/icones.svg."""
    return frozenset(re.findall(r'<symbol id="([a-z0-9-]+)"', SPRITE.read_text(encoding="utf-8")))


@cache
def icone(nom: str, classe: str = "") -> SafeString:
    """`{% icone "search" %}`: a decorative icon; the word beside it says what it means."""
    if nom not in icones_connues():
        raise TemplateSyntaxError(f"Icône « {nom} » absente de static/icones.svg (outils/icones.py l’ajoute)")
    return format_html(
        '<svg class="bi{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {classe}" if classe else "",
        static("icones.svg"),
        nom,
    )


@cache
def niveau(code: str, nu: bool = False) -> SafeString:
    """`{% niveau "EG" %}`: the level chip, followed by its full name for screen readers, unless `nu`."""
    nom = choisir(NIVEAUX, code, "Niveau")
    dit = "" if nu else format_html('<span class="visually-hidden">{} : </span>', nom.capitalize())
    return format_html(
        '<span class="niv niv-{}" title="{}" aria-hidden="true">{}</span>{}', code.lower(), nom.capitalize(), code, dit
    )


def nom_niveau(code: str) -> str:
    """`{% nom_niveau "EG" %}`: « entité géographique »."""
    return choisir(NIVEAUX, code, "Niveau")


def etat(code: str, mot: str, picto: str = "") -> SafeString:
    """`{% etat "attente" "Dans 14 jours" %}`: state pill, icon and word; `picto` replaces the icon of the state."""
    dessin = choisir(ETATS, code, "État")
    return format_html('<span class="etat etat-{}">{}{}</span>', code, icone(picto or dessin), mot)


def provenance(source: str, recu_le: date | None = None) -> SafeString:
    """`{% provenance "FINESS" structure.finess_recu_le %}`: source and reception day of a value (§2.4)."""
    jour = recu_le.strftime("%d/%m/%Y") if recu_le else ""
    titre = f"Donnée alimentée par {source}" + (f", dernière réception le {jour}" if jour else "")
    return format_html('<span class="prov" title="{}">{}<b>{}</b> {}</span>', titre, icone("database"), source, jour)
