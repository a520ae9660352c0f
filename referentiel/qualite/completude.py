"""How complete a fiche is: a score that is weighted and explained, each point lost leading to its field (B27; pure).

A criterion is a field, or a question about several (`SPECIAUX`). What FINESS fills by itself, the name and the boxes
that are « non » until ticked are none: a fiche that nobody described has nothing, whatever FINESS says of it. Weights
are data: those proposed are shipped (`donnees/completude.csv`), those of the portal replace them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..champs import ZONES, Champ, Saisie, champs_de
from ..changements import Fiche, Valeur
from ..modeles_saisie import SchemaUO, est_vide
from ..niveaux import Niveau

ETOILE = "etoile"
"""Named as a criterion in the weights: by how much a starred field counts more than its weight."""

ETOILE_PAR_DEFAUT = 3
"""Weight of a starred field that the weights do not name."""

SPECIAUX: Mapping[str, tuple[str, str, str]] = {
    "telephone": ("Un téléphone que le public peut lire", "contacts", "contact-ajouter"),
    "adresse": ("Un lieu avec son adresse", "lieux", "id_lieux"),
    "capacite": ("Les lits ou places installés, sur la page du lieu", "lieux", "id_lieux"),
    "zones_intervention": ("Territoire d’intervention", "zones_intervention", "id_zones_communes"),
    "fraicheur": ("Une relecture depuis moins d’un an", "", "diffusion"),
    "lieux": ("Un lieu avec son adresse", "", "lieux"),
    "offres": ("La description de ses offres", "", "completude-offres"),
}
"""Criterion → what it asks, section that answers it ("" when it is no section), and where in the page."""

MODES_AVEC_PLACES = frozenset({"28", "29", "30", "34", "46", "47", "48"})
"""Modes de prise en charge (J19) that are said in beds or places."""

GROUPES_TARIFES = frozenset({"MSS"})
"""Groups of establishments that tell prices and financial help."""

_CANAUX_TELEPHONE, _PUBLIC = frozenset({"1", "2"}), "1"
_ANCRES = {
    "contacts": "contact-ajouter",
    "horaires": "horaires",
    "boites_mss": "boites_mss-ajouter",
    "tarifs": "tarifs-ajouter",
}

Poids = Mapping[tuple[str, str, str], int]
"""(level, criterion, type d’UO or "") → weight."""


@dataclass(frozen=True, slots=True)
class Manque:
    """One thing to do.

    Attributes:
        critere: its code.
        libelle: what is missing, in words.
        section: section of the fiche that answers it, "" when none does.
        ancre: id of the field in the form of that section, or of the place in the page.
        points: what it would add to the score.
        etoile: the field is starred.
    """

    critere: str
    libelle: str
    section: str
    ancre: str
    points: int
    etoile: bool = False


@dataclass(frozen=True, slots=True)
class Completude:
    """The score of a fiche, from 0 to 100, and what it lacks, the most worth first: score + points = 100."""

    score: int
    manques: tuple[Manque, ...] = ()

    @property
    def codes(self) -> list[str]:
        """The criteria that are not met."""
        return [manque.critere for manque in self.manques]


@dataclass(frozen=True, slots=True)
class Critere:
    """One question put to a fiche.

    Attributes:
        code, libelle, section, ancre: as in `Manque`.
        poids: its weight, the star counted.
        part: how much of it is answered, from 0 to 1.
        etoile: the field is starred.
    """

    code: str
    libelle: str
    section: str
    ancre: str
    poids: int
    part: float
    etoile: bool = False


def criteres_connus(niveau: Niveau) -> dict[str, str]:
    """Returns criterion → what it asks, of all that may be weighed on fiches of this level."""
    propres = {
        Niveau.UO: ("telephone", "adresse", "capacite", "fraicheur"),
        Niveau.EG: ("telephone", "lieux", "offres"),
    }
    champs = {c.nom: c.libelle for c in champs_de(niveau).values() if _pesable(c)}
    if niveau is Niveau.UO:
        champs["zones_intervention"] = SPECIAUX["zones_intervention"][0]
    return champs | {code: SPECIAUX[code][0] for code in propres.get(niveau, ())}


def evaluer_offre(
    valeurs: Fiche, schema: SchemaUO, poids: Poids, *, type_offre: str = "", adresse: bool, places: bool, relue: bool
) -> Completude:
    """Returns how complete an offer is.

    Args:
        valeurs: its values, as the change engine knows them.
        schema: the fields its type shows and demands; what it does not show is not asked.
        poids: the weights.
        type_offre: code of its type d’UO.
        adresse: one of its lieux has an address.
        places: its lieux say how many beds or places are installed.
        relue: it was re-read within a year.
    """
    champs = champs_de(Niveau.UO)
    criteres = []
    for champ in schema.ordonner(c for c in champs.values() if _pesable(c) and schema.modifiable(c)):
        etoile = schema.obligatoire(champ)
        base = _peser(poids, Niveau.UO, champ.nom, type_offre, ETOILE_PAR_DEFAUT if etoile else 0)
        if etoile:
            base *= max(1, _peser(poids, Niveau.UO, ETOILE, type_offre, 1))
        criteres.append(_du_champ(champ, base, valeurs.get(champ.nom), etoile))
    speciaux = {"telephone": telephone_public(valeurs.get("contacts")), "adresse": adresse, "fraicheur": relue}
    if schema.modifiable(champs[ZONES[0]]):
        speciaux["zones_intervention"] = any(not est_vide(valeurs.get(zone)) for zone in ZONES)
    if valeurs.get("mode_prise_en_charge") in MODES_AVEC_PLACES:
        speciaux["capacite"] = places
    criteres += [_special(c, _peser(poids, Niveau.UO, c, type_offre, 0), oui) for c, oui in speciaux.items()]
    return noter(criteres)


def evaluer_etablissement(
    valeurs: Fiche, poids: Poids, *, groupe: str, lieu: bool, scores: Sequence[int]
) -> Completude:
    """Returns how complete an establishment is: its own fiche, and the mean of its offers, nothing without any.

    Args:
        valeurs: its values.
        poids: the weights.
        groupe: its group, which says whether prices are asked.
        lieu: it has a lieu with an address.
        scores: those of its offers.
    """
    criteres = []
    for champ in champs_de(Niveau.EG).values():
        if not _pesable(champ) or (champ.section in ("tarifs", "services") and _tarifaire(champ, groupe)):
            continue
        criteres.append(_du_champ(champ, _peser(poids, Niveau.EG, champ.nom, "", 0), valeurs.get(champ.nom)))
    moyenne = sum(scores) / len(scores) / 100 if scores else 0
    parts = {"telephone": telephone_public(valeurs.get("contacts")), "lieux": lieu, "offres": moyenne}
    criteres += [_special(code, _peser(poids, Niveau.EG, code, "", 0), part) for code, part in parts.items()]
    return noter(criteres)


def noter(criteres: Iterable[Critere]) -> Completude:
    """Returns the score of these criteria, rounded down: 100 is said of what lacks nothing, and of that alone."""
    criteres = [critere for critere in criteres if critere.poids > 0]
    total = sum(critere.poids for critere in criteres)
    if not total:
        return Completude(0)
    restes = [(c, 100 * c.poids * (1 - c.part) / total) for c in criteres if c.part < 1]
    score = min(99, int(100 - sum(reste for _, reste in restes) + 1e-9)) if restes else 100
    points = _repartir([reste for _, reste in restes], 100 - score)
    manques = [
        Manque(c.code, c.libelle, c.section, c.ancre, n, c.etoile) for (c, _), n in zip(restes, points, strict=True)
    ]
    return Completude(score, tuple(sorted(manques, key=lambda m: -m.points)))


def telephone_public(contacts: Valeur) -> bool:
    """Whether one of these contacts has a phone number that everybody reads."""
    lignes = contacts.values() if isinstance(contacts, dict) else ()
    return any(
        isinstance(contact, dict)
        and contact.get("confidentialite") == _PUBLIC
        and any(
            t.get("canal") in _CANAUX_TELEPHONE and t.get("confidentialite") in (_PUBLIC, "", None) and t.get("adresse")
            for t in contact.get("telecoms") or ()
        )
        for contact in lignes
    )


def _repartir(restes: Sequence[float], total: int) -> list[int]:
    """Whole numbers whose sum is `total`, each as near as may be to its own part."""
    entiers = [int(reste) for reste in restes]
    rangs = sorted(range(len(restes)), key=lambda rang: entiers[rang] - restes[rang])
    for rang in rangs[: max(0, total - sum(entiers))]:
        entiers[rang] += 1
    return entiers


def _pesable(champ: Champ) -> bool:
    """Whether an empty field may be held against a fiche: not those of FINESS, nor the name, nor a box not ticked."""
    return not (
        champ.finess
        or champ.nom == "nom"
        or champ.nom in ("lieux", *ZONES)
        or champ.nom.endswith(("_unite", "_fermeture"))
        or champ.nom in ("date_reouverture_prevue", "fermeture_previsionnelle")
        or champ.saisie is Saisie.BOOLEEN
    )


def _tarifaire(champ: Champ, groupe: str) -> bool:
    return champ.nom != "accessibilite" and groupe not in GROUPES_TARIFES


def _peser(poids: Poids, niveau: Niveau, critere: str, type_offre: str, defaut: int) -> int:
    propre = poids.get((niveau, critere, type_offre)) if type_offre else None
    return propre if propre is not None else poids.get((niveau, critere, ""), defaut)


def ancre_de(champ: Champ) -> str:
    """Returns the id of a field in the form of its section."""
    return _ANCRES.get(champ.nom, f"id_{champ.nom}")


def _du_champ(champ: Champ, poids: int, valeur: Valeur, etoile: bool = False) -> Critere:
    return Critere(
        champ.nom, champ.libelle, champ.section, ancre_de(champ), poids, 0 if est_vide(valeur) else 1, etoile
    )


def _special(code: str, poids: int, part: float) -> Critere:
    libelle, section, ancre = SPECIAUX[code]
    return Critere(code, libelle, section, ancre, poids, float(part))
