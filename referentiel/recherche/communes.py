"""« Où ? » of a search: the commune that a few typed words mean (B25)."""

import re
from collections.abc import Collection, Iterable

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from ror.commun.texte import normaliser

from ..codes import COMMUNES
from ..communes import departement_de, nom_complet
from ..models import Code, FicheRecherche
from .requete import Terme, en_tsquery, ensemble, etiquettes

LIMITE, NOMMEES_MAX, HORS_LISTE_MAX = 8, 40, 300
_INDICE = re.compile(r"(\d{5}|\d[\dab]\d{3}|97\d|98\d|2[ab]|\d{2})", re.IGNORECASE)

Commune = tuple[str, str]
"""INSEE code, « Melun (77) »."""

Nommee = tuple[str, str, str]
"""INSEE code, name, name in plain words."""


def chercher_communes(texte: str, limite: int = LIMITE) -> list[Commune]:
    """Returns the communes that these words may mean, the only one when they leave no doubt.

    Those that have establishments come first, then those of this very name, then those whose name begins so.

    Args:
        texte: « melun », « Melun (77) », « 77000 Melun », « 77000 », « 77288 », « St-Denis 93 ».
        limite: how many at most.
    """
    texte = texte.replace("\x00", " ")[:100]
    nom, indice = _lire(texte)
    if not nom:
        return _lire_codes([*_postaux(indice), indice.upper()])[:limite] if len(indice) == 5 else []
    # « Paris 13 »: no commune of that name in the Bouches-du-Rhône; the figure belongs to the name.
    trouvees = _nommees(nom, indice) or (_nommees(f"{nom} {indice}", "") if len(indice) == 2 else [])
    if not trouvees or (not indice and len(trouvees) < NOMMEES_MAX):
        trouvees = [*trouvees, *_hors_liste(nom, {code for code, *_ in trouvees})]
    peuplees = _peuplees(code for code, *_ in trouvees)
    trouvees.sort(key=lambda ligne: (ligne[0] not in peuplees, *_rang(ligne, nom)))
    exactes = [ligne for ligne in trouvees if ligne[2] == nom]
    if len(exactes) == 1 and (exactes[0][0] in peuplees or not peuplees):
        trouvees = exactes
    return [(code, nom_complet(code, libelle)) for code, libelle, _ in trouvees[:limite]]


def nom_de_commune(code: str) -> str:
    """Returns « Melun (77) », or the code itself when no commune has it."""
    return noms_de_communes([code])[code]


def noms_de_communes(codes: Collection[str]) -> dict[str, str]:
    """Returns code → « Melun (77) », or the code itself when no commune has it; one query."""
    return {code: code for code in codes} | dict(_lire_codes(codes) if codes else ())


def _lire(texte: str) -> tuple[str, str]:
    """The name in plain words, and the figures or the département that place it."""
    indice = ""
    for trouve in _INDICE.finditer(texte):
        avant, apres = texte[: trouve.start()], texte[trouve.end() :]
        if not (avant[-1:].isalnum() or apres[:1].isalnum()) and not _ordinal(apres):
            indice = trouve[0]
            texte = f"{avant} {apres}"
            break
    mots = [_ABREGES.get(mot, mot) for mot in normaliser(texte).split()]
    return " ".join(mots), indice


_ABREGES = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}


def _ordinal(suite: str) -> bool:
    """« Paris 13e », « Lyon 3 arrondissement »: the figure belongs to the name."""
    return normaliser(suite).startswith("arrondissement")


def _nommees(nom: str, indice: str) -> list[Nommee]:
    """Those whose name has these words, by their rank."""
    voulues = Q()
    for mot in nom.split()[:8]:
        voulues &= Q(libelle_recherche__contains=mot)
    if indice:
        departement = departement_de(indice.upper()) if len(indice) == 5 else indice.upper()
        prefixes = ("2A", "2B") if departement == "20" else (departement,)
        lieu = Q(code__in=_postaux(indice)) if len(indice) == 5 else Q()
        for prefixe in prefixes:
            lieu |= Q(code__startswith=prefixe)
        voulues &= lieu
    lignes = list(
        Code.objects.de(COMMUNES).proposes().filter(voulues).values_list("code", "libelle", "libelle_recherche")
    )
    return sorted(lignes, key=lambda ligne: _rang(ligne, nom))[:NOMMEES_MAX]


def _rang(ligne: Nommee, nom: str) -> tuple:
    """Those of this name, then those that begin so, the shortest first."""
    return ligne[2] != nom, not ligne[2].startswith(nom), len(ligne[2]), ligne[2], ligne[0]


def _peuplees(codes: Iterable[str]) -> set[str]:
    """Those of these communes that have establishments."""
    marques = etiquettes(f"@l{code}" for code in codes)
    connues = _etablissements(marques) if marques != "()" else FicheRecherche.objects.none()
    return set(connues.values_list("commune", flat=True).distinct())


def _etablissements(requete: str) -> QuerySet[FicheRecherche]:
    """The establishments that answer a query of the words of fiches."""
    # Marks such as « @nEG » are no words: `to_tsquery` would take them apart.
    repond = RawSQL("mots @@ %s::tsquery", [ensemble("'@nEG'", requete)], BooleanField())
    return FicheRecherche.objects.filter(repond)


def _postaux(code: str) -> list[str]:
    """The communes of the establishments that have this postal code."""
    if not code.isdecimal():
        return []
    connues = FicheRecherche.objects.filter(niveau="EG", structure__entite_geographique__code_postal=code)
    return sorted(set(connues.exclude(commune="").values_list("commune", flat=True)))


def _hors_liste(nom: str, trouvees: Collection[str]) -> list[Nommee]:
    """The towns that establishments give as theirs; beside others, only those that the official list does not know."""
    mots = nom.split()[:8]
    villes = _etablissements(en_tsquery([Terme(mot, ((mot,),)) for mot in mots])).exclude(commune="")
    for mot in mots:
        villes = villes.filter(localite__iregex=rf"\m{mot}")
    lues = dict(villes.order_by("commune").distinct("commune").values_list("commune", "localite")[:HORS_LISTE_MAX])
    if trouvees and lues:
        for code in Code.objects.de(COMMUNES).filter(code__in=lues).values_list("code", flat=True):
            del lues[code]
    return [(code, ville, normaliser(ville)) for code, ville in lues.items() if code not in trouvees]


def _lire_codes(codes: Iterable[str]) -> list[Commune]:
    """The names of these communes, in their order; as establishments write them for those the list does not know."""
    voulus = list(dict.fromkeys(codes))
    noms = dict(Code.objects.de(COMMUNES).filter(code__in=voulus).values_list("code", "libelle"))
    inconnues = [code for code in voulus if code not in noms]
    if inconnues:
        villes = FicheRecherche.objects.filter(niveau="EG", commune__in=inconnues).exclude(localite="")
        noms |= dict(villes.order_by("commune").distinct("commune").values_list("commune", "localite"))
    return [(code, nom_complet(code, noms[code])) for code in voulus if code in noms]
