"""The écarts of FINESS as an export: those to decide, or those of one run."""

from collections.abc import Iterable

from django.http import QueryDict

from referentiel.exports import Colonne, Extrait, Liste, declarer, par_lots
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, exiger

from .actions import pur
from .forms import FiltreEcarts
from .models import NATURES, Ecart
from .phrases import libelle, libelles_pour, textes
from .rapprochement import Nature

COLONNES = (
    Colonne("n° FINESS", lambda e: e["ecart"].numero_finess, 12),
    Colonne("structure", lambda e: e["ecart"].structure.nom if e["ecart"].structure else "", 44),
    Colonne("nature", lambda e: e["ecart"].get_nature_display(), 30),
    Colonne("champ", lambda e: e["champ"], 26),
    Colonne("dans le ROR", lambda e: e["avant"], 44),
    Colonne("reçu de FINESS", lambda e: e["apres"], 44),
    Colonne("décision", lambda e: e["ecart"].get_etat_display(), 16),
    Colonne("motif", lambda e: e["ecart"].motif, 40),
)


def _ecarts(utilisateur, parametres: QueryDict) -> Extrait:
    exiger(utilisateur, Action.SUIVRE_FINESS)
    ecarts = Ecart.objects.visibles_par(utilisateur)
    passage, filtres = parametres.get("passage", ""), []
    if passage.isdecimal() and len(passage) < 19:
        ecarts = ecarts.filter(execution=passage)
        filtres.append(("Passage", f"n° {passage}"))
    else:
        filtre = FiltreEcarts(parametres)
        ecarts = filtre.filtrer(ecarts.a_relire())
        filtres += [("Décision", "À relire")]
        filtres += [("Nature", NATURES[Nature(filtre.choisie)])] if filtre.choisie else []
    cles = ecarts.order_by("pk").values_list("pk", flat=True)
    return Extrait(COLONNES, ecarts.count(), lambda: par_lots(cles, _charger), filtres)


def _charger(cles: list[int]) -> Iterable[dict]:
    """The écarts with their French texts; labels are looked up once for all."""
    ecarts = list(Ecart.objects.filter(pk__in=cles).select_related("structure").order_by("pk"))
    purs = [(Niveau(e.niveau), pur(e)) for e in ecarts]
    libelles = libelles_pour(purs)
    for ecart, (niveau, simple) in zip(ecarts, purs, strict=True):
        avant, apres = textes(niveau, simple, libelles)
        yield {"ecart": ecart, "champ": libelle(niveau, simple), "avant": avant, "apres": apres}


def declarer_listes() -> None:
    """Makes the list of écarts exportable."""
    declarer(
        Liste(
            "finess-ecarts",
            "Écarts FINESS",
            "Les différences entre le ROR et FINESS que l’auteur du fichier suit, et ce qui en a été décidé.",
            _ecarts,
            "finess",
        )
    )
