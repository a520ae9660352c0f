"""The results as cards: where, open until when, how fresh, whom to call, why it was found; a few queries a page."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from ror.commun.texte import normaliser

from ..confidentialite import NIVEAUX_PROFESSIONNELS
from ..geographie import dire_distance
from ..models import Code, CodePorte, Contact, Lieu, LigneHoraire, Structure, Telecom
from ..niveaux import Niveau
from ..ouvertures import Ouverture, ouverture_de
from ..relecture import Fraicheur, dire_fraicheur
from ..telecoms import APPELABLES, TELEPHONE, lien_de
from .criteres import Cible
from .moteur import PAR_PAGE
from .ouvertures import HORIZON
from .requete import mots_de
from .resultats import Resultats, Trouvee
from .sujet import EQUIPEMENTS

MOTIFS_MAX = 4


@dataclass(frozen=True, slots=True)
class Appel:
    """Whom to call: a number, empty when nobody published is; `standard` when it is that of the establishment."""

    numero: str
    standard: bool

    @property
    def lien(self) -> str:
        """What dials it, empty when it is no number."""
        return lien_de(TELEPHONE, self.numero)


@dataclass(frozen=True, slots=True)
class Carte:
    """One result as it is shown.

    Attributes:
        rang: its number in the list, that of the map.
        trouvee: the fiche.
        distance: « à 3,2 km », empty without a place.
        ouverture: for an offer that is not closed.
        fraicheur: how old its last re-reading is, for an offer.
        appel: whom to call.
        motifs: the skills or persons for which it was found.
    """

    rang: int
    trouvee: Trouvee
    distance: str
    ouverture: Ouverture | None
    fraicheur: Fraicheur | None
    appel: Appel
    motifs: tuple[str, ...] = ()

    @property
    def structure(self) -> Structure:
        """The fiche."""
        return self.trouvee.structure

    @property
    def localite(self) -> str:
        """Its town."""
        ville = self.structure.recherche.localite
        return ville.title() if ville.isupper() else ville


def cartes_de(resultats: Resultats, instant: datetime | None = None) -> list[Carte]:
    """Returns the cards of a page of results, in a constant number of queries."""
    instant, criteres, trouvees = instant or timezone.now(), resultats.criteres, resultats.trouvees
    offres = [t.structure for t in trouvees if t.structure.niveau == Niveau.UO]
    tables, telephones = _horaires(offres), appels_de(trouvees)
    motifs = _motifs(resultats)
    premier = (criteres.page - 1) * PAR_PAGE + 1
    return [
        Carte(
            rang,
            trouvee,
            dire_distance(trouvee.distance),
            ouverture_de(
                trouvee.structure,
                tables.get(trouvee.structure.pk, {}),
                instant,
                ouvert_le=criteres.ouvert_le,
                horizon=HORIZON,
            ),
            _fraicheur(trouvee.structure, timezone.localtime(instant).date()),
            telephones[trouvee.structure.pk],
            tuple(motifs.get(trouvee.structure.pk, ())[:MOTIFS_MAX]),
        )
        for rang, trouvee in enumerate(trouvees, premier)
    ]


def _horaires(offres: Sequence[Structure]) -> dict[int, dict]:
    tables: dict[int, dict] = defaultdict(dict)
    lignes = LigneHoraire.objects.filter(structure__in=offres).values_list("structure_id", "cle", "valeur")
    for pk, cle, valeur in lignes if offres else ():
        tables[pk][cle] = valeur
    return tables


def _fraicheur(structure: Structure, aujourdhui: date) -> Fraicheur | None:
    """The pill of an offer: never hidden for being old, but said to be (B30)."""
    if structure.niveau != Niveau.UO:
        return None
    relue = structure.unite.relue_le
    return dire_fraicheur(relue and timezone.localdate(relue), aujourdhui)


def appels_de(trouvees: Sequence[Trouvee]) -> dict[int, Appel]:
    """Fiche → whom to call: its first published number, that of its establishment when it has none; two queries."""
    etablissements = {t.structure.pk: t.etablissement for t in trouvees}
    cles = {*etablissements, *(eg.pk for eg in etablissements.values() if eg)}
    lignes = Telecom.objects.filter(
        contact__structure__in=cles,
        contact__confidentialite__in=NIVEAUX_PROFESSIONNELS,
        confidentialite__in=NIVEAUX_PROFESSIONNELS,
        canal__in=APPELABLES,
    ).order_by("contact__rang", "contact_id", "rang", "pk")
    premiers: dict[int, str] = {}
    for pk, adresse in lignes.values_list("contact__structure_id", "adresse"):
        premiers.setdefault(pk, adresse)
    standards = _standards(cles - premiers.keys())
    appels = {}
    for trouvee in trouvees:
        pk, eg = trouvee.structure.pk, etablissements[trouvee.structure.pk]
        sien = premiers.get(pk) or standards.get(pk) or ""
        standard = "" if sien or not eg else premiers.get(eg.pk) or standards.get(eg.pk) or ""
        appels[pk] = Appel(sien or standard, bool(standard))
    return appels


def _standards(cles: Collection[int]) -> dict[int, str]:
    """Fiche → the number FINESS gives of it."""
    lignes = Structure.objects.filter(pk__in=cles).values_list(
        "pk", "entite_geographique__telephone", "entite_juridique__telephone"
    )
    return {pk: eg or ej or "" for pk, eg, ej in lignes}


def _motifs(resultats: Resultats) -> dict[int, list[str]]:
    """Fiche → the skills or the persons that answer."""
    cles = [t.structure.pk for t in resultats.trouvees]
    motifs: dict[int, list[str]] = defaultdict(list)
    if resultats.codes:
        portes = CodePorte.objects.filter(structure__in=cles, code__in=resultats.codes).order_by("code__libelle")
        for pk, libelle in [*portes.values_list("structure_id", "code__libelle"), *_equipements(cles, resultats.codes)]:
            if libelle not in motifs[pk]:
                motifs[pk].append(libelle)
    elif resultats.criteres.cible is Cible.PROFESSIONNEL:
        mots = mots_de(resultats.corrige or resultats.criteres.texte)
        contacts = Contact.objects.filter(structure__in=cles, confidentialite__in=NIVEAUX_PROFESSIONNELS)
        for contact in contacts.select_related("fonction"):
            dits = [t for t in (contact.nom, contact.fonction.libelle if contact.fonction else "") if t]
            connus = normaliser(" ".join(dits)).split()
            if any(connu.startswith(mot) for mot in mots for connu in connus):
                motifs[contact.structure_id].append(", ".join(dits))
    return motifs


def _equipements(cles: Collection[int], codes: Collection[int]) -> Iterator[tuple[int, str]]:
    """(offer, label) of the equipment looked for in the lieux of each offer."""
    cherches = Code.objects.de(EQUIPEMENTS).filter(pk__in=codes)
    libelles = dict(cherches.values_list("code", "libelle"))
    if libelles:
        lieux = Lieu.objects.filter(unites__in=cles, equipements__type_equipement__in=libelles)
        for pk, code in lieux.values_list("unites", "equipements__type_equipement").distinct().order_by("unites"):
            if pk in cles and code in libelles:
                yield pk, libelles[code]
