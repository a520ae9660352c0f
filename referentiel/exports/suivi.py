"""« Modifications à venir » and « Modèles de saisie » as exports."""

from collections.abc import Iterable

from django.db.models import Count
from django.http import QueryDict

from ror.commun.francais import date_fr

from ..echeances import FERMETURE, MODIFICATION, Echeance, charger
from ..formulaires.echeances import Selection, selectionner
from ..models import ModeleSaisie, Structure
from ..permissions import Action, exiger
from .registre import Colonne, Extrait, Liste, declarer, lire_structure, par_lots


def _quoi(echeance: Echeance) -> str:
    if echeance.genre == MODIFICATION:
        return "Modification à arbitrer" if echeance.a_arbitrer else "Modification"
    return "Fermeture" if echeance.genre == FERMETURE else "Réouverture"


def _validee(champ: str):
    return lambda e: getattr(e.modification, champ) if e.modification else None


COLONNES_A_VENIR = (
    Colonne("Date", lambda e: e.jour, 12),
    Colonne("Nature", _quoi, 22),
    Colonne("Fiche", lambda e: e.structure.nom, 44),
    Colonne("Niveau", lambda e: e.structure.type_niveau.nom, 20),
    Colonne("Établissement", lambda e: e.etablissement.nom if e.etablissement else "", 40),
    Colonne("Ce qui change", lambda e: " ".join(e.phrases), 70),
    Colonne("Validée par", lambda e: e.modification.validee_par.nom_complet if e.modification else "", 24),
    Colonne("Validée le", _validee("validee_le"), 17),
    Colonne("Motif", _validee("motif"), 30),
)


def _a_venir(utilisateur, parametres: QueryDict) -> Extrait:
    racine = lire_structure(utilisateur, parametres.get("fiche", ""))
    selection = selectionner(utilisateur, parametres, racine)
    reperes = selection.reperes

    def lire(lot: list) -> Iterable[Echeance]:
        return charger(lot)

    return Extrait(COLONNES_A_VENIR, reperes.count(), lambda: par_lots(reperes, lire), _filtres(selection, racine))


def _filtres(selection: Selection, racine: Structure | None) -> list[tuple[str, str]]:
    dits = [("Fiche", f"{racine.nom} et tout ce qui en dépend")] if racine else []
    for nom, valeur in selection.criteres.items():
        champ = selection.form.fields[nom]
        dits.append((champ.label, dict(champ.choices)[valeur] if hasattr(champ, "choices") else date_fr(valeur)))
    return dits


COLONNES_MODELES = (
    Colonne("Modèle", lambda m: m.identifiant, 30),
    Colonne("Titre", lambda m: m.titre, 50),
    Colonne("Origine", lambda m: m.get_origine_display(), 20),
    Colonne("Version", lambda m: m.version, 14),
    Colonne("Types d’UO", lambda m: ", ".join(m.types) or "tous", 40),
    Colonne("Champs", lambda m: m.nombre_champs, 10),
    Colonne("État", lambda m: m.get_statut_display(), 16),
)


def _modeles(utilisateur, parametres: QueryDict) -> Extrait:
    exiger(utilisateur, Action.REGLER_MODELES)
    modeles = ModeleSaisie.objects.annotate(nombre_champs=Count("champs"))
    return Extrait(COLONNES_MODELES, modeles.count(), lambda: modeles.iterator(chunk_size=500))


declarer(
    Liste(
        "a-venir",
        "Modifications à venir",
        "Ce qui est prévu sur les fiches que l’auteur du fichier peut modifier\u00a0: modifications validées avec une"
        " date d’effet, fermetures et réouvertures annoncées.",
        _a_venir,
        "a-venir",
    )
)
declarer(
    Liste(
        "modeles-saisie",
        "Modèles de saisie",
        "Les modèles qui disent, pour chaque type d’UO, les champs montrés et demandés.",
        _modeles,
        "modeles-saisie",
    )
)
