"""What undoing a published dossier would do now: the inverse of its integration, merged like any change (B5, M4).

What was changed since by somebody else is asked, never overwritten. Read only; `actions.retour` writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from referentiel import fiches as lecture
from referentiel.champs import champs_de
from referentiel.changements import Changement, Choix, Conflit, Fiche, comparer, fusionner_tout, inverser
from referentiel.models import Code, EntreeJournal, FicheSupprimee, Structure, UniteOperationnelle

from .models import Dossier, Integration

CREEE, PLACE, TYPE = "creee", "place", "type"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What was done since and that undoing would lose: a question with two answers.

    Attributes:
        nom: under which its answer is sent.
        sujet: the fiche, and what of it.
        actuel: what is there now (« garder »).
        rendu: what undoing gives back (« imposer »).
    """

    nom: str
    sujet: str
    actuel: str
    rendu: str


@dataclass(slots=True)
class LigneRetour:
    """One live fiche whose values come back; `entree` is the line of its history that this undoes."""

    structure: Structure
    entree: EntreeJournal
    actuelles: Fiche
    changements: tuple[Changement, ...]
    conflits: tuple[Conflit, ...]


@dataclass(slots=True)
class Retour:
    """The inverse of an integration, as it would be written now.

    Attributes:
        a_supprimer: the fiches that the dossier had created.
        a_replacer: key of a fiche → key of the place it had.
        a_restaurer: what is kept of the fiches it had deleted.
        types: key of an offer → key of the type it had.
        lignes: the fiches whose values come back.
        contradictions: what is asked first.
        empechements: what forbids to undo, in French.
    """

    dossier: Dossier
    integration: Integration
    a_supprimer: list[Structure] = field(default_factory=list)
    a_replacer: dict[int, int] = field(default_factory=dict)
    a_restaurer: list[FicheSupprimee] = field(default_factory=list)
    types: dict[int, int | None] = field(default_factory=dict)
    lignes: list[LigneRetour] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    empechements: list[str] = field(default_factory=list)

    @property
    def possible(self) -> bool:
        return not self.contradictions and not self.empechements


def preparer(dossier: Dossier, choix: Mapping[str, Choix] | None = None) -> Retour:
    """Returns what undoing this dossier would do now.

    Args:
        dossier: a published one.
        choix: the answers to the contradictions, by `Contradiction.nom`.
    """
    choix = choix or {}
    integration = Integration.objects.get(dossier=dossier)
    retour = Retour(dossier, integration)
    autre = Dossier.objects.ouverts().filter(etablissement=dossier.etablissement_id).first()
    if autre is not None:
        retour.empechements.append(
            f"Le dossier «\u00a0{autre.nom}\u00a0» est ouvert sur cet établissement\u00a0:"
            " publiez-le ou abandonnez-le d’abord."
        )
    _creations(retour, choix)
    _places(retour, choix)
    _types(retour, choix)
    _valeurs(retour, choix)
    retour.a_restaurer = list(
        FicheSupprimee.objects.filter(pk__in=integration.inverse["supprimees"], restauree_le=None).order_by("pk")
    )
    _controler_places(retour)
    return retour


def _creations(retour: Retour, choix: Mapping[str, Choix]) -> None:
    """A created fiche goes away, unless it was changed since and one chooses to keep it, with what is above it."""
    creees = Structure.objects.in_bulk(retour.integration.inverse["creees"])
    entrees = set(retour.integration.inverse["entrees"])
    touchees = set(
        EntreeJournal.objects.filter(structure__in=list(creees), le__gt=retour.integration.le)
        .exclude(pk__in=entrees)
        .exclude(changements=[])
        .values_list("structure", flat=True)
    )
    gardees: set[int] = set()
    for pk in touchees:
        reponse = choix.get(f"{CREEE}:{pk}")
        if reponse is None:
            retour.contradictions.append(
                Contradiction(
                    f"{CREEE}:{pk}",
                    f"«\u00a0{creees[pk].nom}\u00a0», créée par ce dossier",
                    "La garder\u00a0: elle a été modifiée depuis",
                    "La supprimer quand même",
                )
            )
        elif reponse is Choix.GARDER:
            gardees.add(pk)
            parent = creees[pk].parent_id
            while parent in creees:
                gardees.add(parent)
                parent = creees[parent].parent_id
    retour.a_supprimer = [s for pk, s in creees.items() if pk not in gardees]


def _places(retour: Retour, choix: Mapping[str, Choix]) -> None:
    avant = {int(pk): place for pk, place in retour.integration.inverse["deplacees"].items()}
    presentes = Structure.objects.select_related("parent").in_bulk(list(avant))
    lieux = Structure.objects.in_bulk(set(avant.values()))
    apres = {f.structure_id: f for f in retour.dossier.fiches.all() if f.structure_id in avant}
    for pk, structure in presentes.items():
        fiche, rendu = apres.get(pk), lieux.get(avant[pk])
        if rendu is None:
            retour.empechements.append(f"L’ancienne place de «\u00a0{structure.nom}\u00a0» n’existe plus.")
            continue
        posee = (
            (fiche.parent_id or (fiche.parent_fiche.structure_id if fiche.parent_fiche else None)) if fiche else None
        )
        if structure.parent_id == rendu.pk:
            continue
        if structure.parent_id != posee:
            reponse = choix.get(f"{PLACE}:{pk}")
            if reponse is None:
                retour.contradictions.append(
                    Contradiction(
                        f"{PLACE}:{pk}", f"Place de «\u00a0{structure.nom}\u00a0»", str(structure.parent), str(rendu)
                    )
                )
            if reponse is not Choix.IMPOSER:
                continue
        retour.a_replacer[pk] = rendu.pk


def _types(retour: Retour, choix: Mapping[str, Choix]) -> None:
    avant = {int(pk): v for pk, v in retour.integration.inverse["types"].items()}
    unites = UniteOperationnelle.objects.select_related("structure", "type_offre").filter(structure__in=list(avant))
    codes = Code.objects.in_bulk([v["type"] for v in avant.values() if v["type"]])
    for unite in unites:
        voulu = avant[unite.structure_id]
        if unite.type_offre_id == voulu["type"]:
            continue
        if unite.type_offre_id != voulu["apres"]:
            nom = f"{TYPE}:{unite.structure_id}"
            if choix.get(nom) is None:
                rendu = codes[voulu["type"]].libelle if voulu["type"] else "non renseigné"
                retour.contradictions.append(
                    Contradiction(
                        nom,
                        f"Type d’UO de «\u00a0{unite.structure.nom}\u00a0»",
                        str(unite.type_offre or "non renseigné"),
                        rendu,
                    )
                )
            if choix.get(nom) is not Choix.IMPOSER:
                continue
        retour.types[unite.structure_id] = voulu["type"]


def _valeurs(retour: Retour, choix: Mapping[str, Choix]) -> None:
    """The values that the dossier changed on live fiches, given back where nobody touched them since."""
    creees = set(retour.integration.inverse["creees"])
    entrees = (
        EntreeJournal.objects.filter(pk__in=retour.integration.inverse["entrees"])
        .exclude(structure__in=creees)
        .exclude(changements=[])
        .select_related("structure")
        .order_by("structure", "-pk")
    )
    inverses: dict[int, list[Changement]] = {}
    annulees: dict[int, EntreeJournal] = {}
    for entree in entrees:
        annulees[entree.structure_id] = entree
        lus = [Changement.depuis_json(c) for c in entree.changements]
        inverses.setdefault(entree.structure_id, []).extend(inverser(c) for c in reversed(lus))
    structures = Structure.objects.in_bulk(list(inverses))
    lues = lecture.lire_ensemble([(s, None) for s in structures.values()])
    for (pk, structure), actuelles in zip(structures.items(), lues, strict=True):
        genres = lecture.genres_de(structure.type_niveau)
        prefixe = f"{pk}|"
        reponses = {n.removeprefix(prefixe): r for n, r in choix.items() if n.startswith(prefixe)}
        nouvelles, conflits = fusionner_tout(inverses[pk], actuelles, genres, reponses)
        retour.lignes.append(
            LigneRetour(structure, annulees[pk], actuelles, comparer(actuelles, nouvelles, genres), conflits)
        )
        if conflits:
            textes = lecture.textes_de_conflits(champs_de(structure.type_niveau), conflits, actuelles)
            retour.contradictions += [
                Contradiction(
                    f"{prefixe}{c.identifiant}",
                    f"{structure.nom}, {sujet}",
                    actuel or "non renseigné",
                    rendu or "non renseigné",
                )
                for c, (sujet, actuel, rendu) in zip(conflits, textes, strict=True)
            ]


def _controler_places(retour: Retour) -> None:
    """Nothing live may be left below a fiche that goes away."""
    partantes = {s.pk for s in retour.a_supprimer}
    restes = Structure.objects.filter(parent__in=partantes).exclude(pk__in=partantes | set(retour.a_replacer))
    for reste in restes.select_related("parent")[:5]:
        retour.empechements.append(
            f"«\u00a0{reste.nom}\u00a0» est maintenant sous «\u00a0{reste.parent}\u00a0», créée par ce dossier."
            " Déplacez-la d’abord."
        )
    restaurees = {t.cle for t in retour.a_restaurer}
    for tombe in retour.a_restaurer:
        parent = place_de(tombe)
        if parent not in restaurees and not Structure.objects.filter(pk=parent).exists():
            retour.empechements.append(f"L’ancienne place de «\u00a0{tombe.nom}\u00a0» n’existe plus.")


def place_de(tombe: FicheSupprimee) -> int:
    """Key of the node above a deleted fiche when it was."""
    return int(tombe.instantane[0]["fields"]["parent"])
