"""What the steering shows in the pages of the Répertoire, which knows nothing of it. `{% load pilotage %}`."""

from typing import Any

from django import template

from pilotage.completude import completude_etablissement, completude_offre, liens, scores_des_offres
from referentiel.niveaux import Niveau
from ror.commun.francais import pluriel

register = template.Library()


@register.inclusion_tag("pilotage/_completude.html", takes_context=True)
def completude_de_la_fiche(context: template.Context) -> dict[str, Any]:
    """`{% completude_de_la_fiche %}`: score of an offer or an EG, what it lacks, and where that is given (B27).

    Context: structure, en_cours (its values as its editors see them), schema, suivi, rang.
    """
    structure, valeurs = context["structure"], context["en_cours"]
    if structure.niveau == Niveau.UO:
        offres: list = []
        completude = completude_offre(structure, valeurs, context["schema"])
    else:
        offres = scores_des_offres(structure)
        completude = completude_etablissement(structure, valeurs, [points for _, points in offres])
    manques = liens(structure, completude)
    reste = f"il manque {pluriel(len(manques), 'élément')}" if manques else "rien ne manque"
    return {
        "structure": structure,
        "completude": completude,
        "titre": f"Complétude : {completude.score} %, {reste}.",
        "liens": manques,
        "offres": offres,
        "rang": context["rang"],
        "attente": context["suivi"].modification is not None,
    }
