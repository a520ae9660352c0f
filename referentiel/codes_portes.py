"""The coded values of fiches, several to a field: read and written by lots, in as many queries as for one fiche."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from ror.commun.ecriture_en_masse import inserer_lignes

from .champs import Champ
from .codes import valeur_de
from .ecritures import Ecriture
from .lexique import lire_codes
from .models import Code, CodePorte


def lire_codes_portes(champs: Mapping[int, Mapping[str, Champ]]) -> dict[int, dict[str, list[str]]]:
    """Returns fiche → name of a field → its codes.

    Args:
        champs: key of a node → its fields of several codes, by name.
    """
    resultat: dict[int, dict[str, list[str]]] = {pk: defaultdict(list) for pk in champs}
    for _, pk, attribut, code, systeme in _lignes(champs, {nom for noms in champs.values() for nom in noms}):
        if attribut in champs[pk]:
            liste = champs[pk][attribut].nomenclature or ""
            resultat[pk][attribut].append(valeur_de(liste, code, systeme))
    return resultat


def ecrire_codes_portes(ecritures: Sequence[Ecriture]) -> None:
    """Adds and takes away what differs.

    Raises:
        Code.DoesNotExist: a code that its list does not know.
    """
    ajouts, retraits = [], {}
    demandes: dict[str, set[str]] = defaultdict(set)
    for e in ecritures:
        avant, apres = set(e.avant or ()), set(e.apres or ())  # type: ignore[arg-type]
        liste = e.champ.nomenclature or ""
        demandes[liste] |= apres - avant
        ajouts += [(e.structure.pk, e.champ.nom, (liste, code)) for code in sorted(apres - avant)]
        if avant - apres:
            retraits[e.structure.pk, e.champ.nom] = {(liste, code) for code in avant - apres}
    cles = cles_de_codes(demandes)
    _retirer(retraits)
    inserer_lignes(
        CodePorte, [{"structure_id": pk, "attribut": nom, "code_id": cles[code]} for pk, nom, code in ajouts]
    )


def cles_de_codes(demandes: Mapping[str, Collection[str]]) -> dict[tuple[str, str], int]:
    """Returns (list, code) → key of the codes asked of each list.

    Raises:
        Code.DoesNotExist: a list does not know one of them.
    """
    lus = lire_codes(demandes)
    manquants = {liste: {code for code in codes if (liste, code) not in lus} for liste, codes in demandes.items()}
    if any(manquants.values()):
        textes = [f"{liste} : {', '.join(sorted(codes))}" for liste, codes in manquants.items() if codes]
        raise Code.DoesNotExist(" ; ".join(textes))
    return {cle: lu.pk for cle, lu in lus.items()}


def _retirer(retraits: Mapping[tuple[int, str], set[tuple[str, str]]]) -> None:
    if not retraits:
        return
    partants = []
    for cle, pk, attribut, code, systeme in _lignes({pk for pk, _ in retraits}, {nom for _, nom in retraits}):
        voulus = retraits.get((pk, attribut), ())
        if any((liste, valeur_de(liste, code, systeme)) in voulus for liste in {liste for liste, _ in voulus}):
            partants.append(cle)
    CodePorte.objects.filter(pk__in=partants).delete()


def _lignes(structures: Iterable[int], attributs: Collection[str]):
    lignes = CodePorte.objects.filter(structure__in=list(structures), attribut__in=attributs)
    return lignes.values_list("pk", "structure_id", "attribut", "code__code", "code__systeme")
