"""The context that the screens of a simulation share: sentences, trees, what forbids, what warns (B3, M15)."""

from typing import Any

from django.utils import timezone

from .differences import comparer_fiches
from .models import Dossier
from .presentation import Changement as Phrase
from .presentation import LigneArbre, arbre_apres, arbre_avant, changements_de, empreinte
from .simulation import Rapport


def contexte_rapport(rapport: Rapport, lus: set[str] = frozenset()) -> dict[str, Any]:  # type: ignore[assignment]
    """Returns what the templates of a report show; `lus` are the digests that the reader has ticked."""
    changements = changements_de(rapport)
    # A created pole that only has a name says it all in its sentence.
    comparees = [
        f for f in comparer_fiches(rapport) if not (f.noeud.cree and {d.champ for d in f.differences} <= {"nom"})
    ]
    numerotes = numeroter(changements, lus, {f.noeud.cle: f for f in comparees})
    return {
        "rapport": rapport,
        "changements": numerotes,
        "nombre_lus": sum(c["lu"] for c in numerotes),
        "avant": ranger(arbre_avant(rapport)),
        "apres": ranger(arbre_apres(rapport)),
        "creees": [f for f in comparees if f.noeud.cree],
        "modifiees": [f for f in comparees if not f.noeud.cree],
        "a_trancher": [(f, d) for f in comparees for d in f.a_trancher],
        "calcule_le": timezone.localtime(),
    }


def contexte_bilan(dossier: Dossier) -> dict[str, Any]:
    """Returns the same of a published dossier: what was approved, as it was kept with the integration."""
    bilan = dossier.integration.bilan
    phrases = [Phrase(**c) for c in bilan["changements"]]
    return {
        "rapport": None,
        "changements": numeroter(phrases, set(), {}, rejoue=False),
        "nombre_lus": 0,
        "avant": ranger([LigneArbre(**x) for x in bilan["avant"]]),
        "apres": ranger([LigneArbre(**x) for x in bilan["apres"]]),
        "creees": [],
        "modifiees": [],
        "a_trancher": [],
        "calcule_le": timezone.localtime(dossier.integration.le),
    }


def numeroter(
    changements: list[Phrase], lus: set[str], comparees: dict, *, rejoue: bool = True
) -> list[dict[str, Any]]:
    """Numbers the sentences; what a created or modified fiche holds is read in its own table, not repeated here.

    `rejoue`: the report is of now, so that what a fiche holds is on the page; a kept one has its sentences only.
    """
    resultat = []
    for rang, c in enumerate(changements, 1):
        cle, comparee = empreinte(c), comparees.get(c.cle)
        detaille = comparee is not None and c.genre in ("creation", "modification")
        nommee = c.genre == "creation" and comparee is None
        resultat.append(
            {
                "rang": rang,
                "empreinte": cle,
                "phrase": c.phrase,
                "details": [] if detaille or (nommee and rejoue) else c.details,
                "cle": c.cle,
                "genre": c.genre,
                "ancre": f"fiche-{c.cle}" if detaille else "",
                "nombre": len(comparee.differences) if detaille else 0,
                "a_trancher": len(comparee.a_trancher) if comparee and c.genre == "modification" else 0,
                "lu": cle in lus,
            }
        )
    return resultat


def ranger(lignes: list[LigneArbre]) -> list[dict[str, Any]]:
    """Gives each line of a static tree the number of lists to open before it and to close after it."""
    resultat = []
    for rang, ligne in enumerate(lignes):
        suivante = lignes[rang + 1].profondeur if rang + 1 < len(lignes) else lignes[0].profondeur
        resultat.append(
            {
                "ligne": ligne,
                "ouvre": suivante > ligne.profondeur,
                "ferme": "x" * (ligne.profondeur - suivante),
            }
        )
    return resultat
