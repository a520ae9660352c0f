"""The results of a search, ready to be shown: the fiches of a page, the filters with their counts, what else to try."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone

from ..models import Structure
from ..niveaux import Niveau
from ..permissions import offres_cachees
from ..proximite import centre_de_commune
from . import correction, moteur
from .criteres import RAYONS_KM, Autour, Cible, Criteres, Facette
from .facettes import ValeurFacette, lire_facettes
from .moteur import Demande, Reponse
from .mots import Lexique, lexique_courant
from .noms import chemins_de
from .requete import Terme, termes
from .sujet import sujet_approche, sujet_de, terme_a_terme
from .synonymes import synonymes

__all__ = ["Propose", "Resultats", "Trouvee", "cles_des_resultats", "resultats"]


@dataclass(frozen=True, slots=True)
class Trouvee:
    """A fiche found.

    Attributes:
        structure: the fiche; `structure.recherche` is its row of the index (place, freshness).
        chemin: what is above it, from the EJ down.
        distance: kilometres from the place, None without one.
    """

    structure: Structure
    chemin: list[Structure]
    distance: float | None

    @property
    def etablissement(self) -> Structure | None:
        """The EG that holds it, itself when it is one."""
        return next((s for s in [*self.chemin, self.structure] if s.niveau == Niveau.EG), None)


@dataclass(frozen=True, slots=True)
class Propose:
    """Another search to try: a French sentence, its criteria, how many fiches it finds."""

    texte: str
    criteres: Criteres
    total: int


@dataclass(slots=True)
class Resultats:
    """What a search gives.

    Attributes:
        criteres: what was asked; beyond the last page, this one.
        trouvees: the fiches of the page.
        total: how many answer; when `plafonne`, there are more.
        plafonne: the search is too broad to be counted to its end.
        facettes: the filters that have something to say, with their counts.
        partielles: those that too many fiches would answer, without their own ticks, for these to be counted.
        corrige: the text really looked for when the typed one found nothing; empty otherwise.
        approche: no fiche has all the words: these have all but one.
        proposes: what else to try when nothing is found.
        competence: how many offers have the skill of that name, when nothing answers as typed.
        codes: the codes looked for, for a skill.
        autour: the place, when distances are reckoned.
    """

    criteres: Criteres
    trouvees: list[Trouvee] = field(default_factory=list)
    total: int = 0
    plafonne: bool = False
    facettes: dict[Facette, list[ValeurFacette]] = field(default_factory=dict)
    partielles: frozenset[Facette] = frozenset()
    corrige: str = ""
    approche: bool = False
    proposes: list[Propose] = field(default_factory=list)
    competence: Propose | None = None
    codes: frozenset[int] = frozenset()
    autour: Autour | None = None

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return _pages(self.total)


def resultats(criteres: Criteres, utilisateur, instant: datetime | None = None) -> Resultats:
    """Returns what `utilisateur` finds; a constant number of queries, a few more when nothing answers so.

    Args:
        criteres: what is asked.
        utilisateur: who asks: she never learns of the offers she may not know of, not even by a count.
        instant: now, by default.
    """
    lexique = lexique_courant()
    demande = _demande(criteres, utilisateur, lexique, instant)
    reponse, corrige, approche = moteur.interroger(demande), "", False
    if reponse.total == 0 and criteres.texte and not criteres.exact:
        demande, reponse, corrige, approche = _autrement(demande, lexique)
    if criteres.page > (derniere := _pages(reponse.total)):
        criteres = replace(criteres, page=derniere)
        demande = replace(demande, criteres=criteres)
        reponse = moteur.interroger(demande) if reponse.total else reponse
    trouves = Resultats(
        criteres,
        trouvees=_charger(reponse.cles),
        total=reponse.total,
        plafonne=reponse.plafonne,
        facettes=lire_facettes(criteres, reponse.nombres, reponse.partielles, lexique),
        partielles=reponse.partielles,
        corrige=corrige,
        approche=approche,
        codes=demande.sujet.codes,
        autour=demande.autour,
    )
    if not reponse.total:
        trouves.proposes = list(_proposer(demande))
    if corrige or approche or not reponse.total:
        trouves.competence = _competence(demande, lexique)
    return trouves


def _pages(total: int) -> int:
    return max(1, -(-total // moteur.PAR_PAGE))


def cles_des_resultats(
    criteres: Criteres, utilisateur, limite: int, instant: datetime | None = None
) -> list[tuple[int, float | None]]:
    """Returns the keys of what `resultats` finds, in the same order, with their distance: for a map or an export."""
    lexique = lexique_courant()
    demande = _demande(criteres, utilisateur, lexique, instant)
    cles = moteur.cles_de(demande, limite)
    if not cles and criteres.texte and not criteres.exact:
        cles = moteur.cles_de(_autrement(demande, lexique)[0], limite)
    return cles


def autour_de(criteres: Criteres) -> Autour | None:
    """The place of a search; that of a commune is the middle of its establishments."""
    if criteres.autour or not (criteres.commune and criteres.rayon_km):
        return criteres.autour
    centre = centre_de_commune(criteres.commune)
    return centre and Autour(centre.latitude, centre.longitude, criteres.rayon_km)


def _demande(criteres: Criteres, utilisateur, lexique: Lexique, instant: datetime | None) -> Demande:
    return Demande(
        criteres,
        sujet_de(criteres, lexique),
        offres_cachees(utilisateur),
        autour_de(criteres),
        instant or timezone.now(),
        lexique,
    )


def _autrement(demande: Demande, lexique: Lexique) -> tuple[Demande, Reponse, str, bool]:
    """The typed words corrected, else all of them but one; the same empty answer when neither finds anything."""
    if not demande.sujet.cherches:
        return demande, moteur.VIDE, "", False

    def poser(termes: Sequence[Terme]) -> Demande:
        return replace(demande, sujet=terme_a_terme(demande.criteres.cible, termes, lexique))

    if corrige := correction.corriger(demande, poser, lexique):
        essai = replace(demande, sujet=sujet_de(replace(demande.criteres, texte=corrige), lexique))
        if (reponse := moteur.interroger(essai)).total:
            return essai, reponse, corrige, False
    if demande.sujet.mots and not demande.sujet.codes and len(demande.sujet.cherches) > 1:
        essai = replace(demande, sujet=sujet_approche(correction.elargir(demande, lexique), lexique))
        if (reponse := moteur.interroger(essai)).total:
            return essai, reponse, "", True
    return demande, moteur.VIDE, "", False


def _charger(cles: Iterable[tuple[int, float | None]]) -> list[Trouvee]:
    cles = list(cles)
    detail = ("recherche", "entite_geographique", "entite_juridique", "unite")
    fiches = Structure.objects.select_related(*detail).in_bulk([pk for pk, _ in cles])
    chemins = chemins_de(list(fiches.values())) if fiches else {}
    return [Trouvee(fiches[pk], chemins[pk], distance) for pk, distance in cles if pk in fiches]


def _competence(demande: Demande, lexique: Lexique) -> Propose | None:
    """The same search among the skills, when the words are those of one and offers have it; two queries."""
    criteres = demande.criteres.avec(cible=Cible.COMPETENCE)
    cherches = termes(criteres.texte, synonymes()) if demande.criteres.cible is Cible.OFFRE else []
    if not cherches:
        return None
    essai = replace(demande, criteres=criteres, sujet=terme_a_terme(Cible.COMPETENCE, cherches, lexique))
    total = moteur.interroger(essai).total
    return Propose("parmi les compétences", criteres, total) if total else None


def _proposer(demande: Demande) -> Iterable[Propose]:
    """Each filter alone taken away, the radius widened, the closed ones too: what would find something."""
    criteres = demande.criteres
    essais = [(f"sans le filtre «\u00a0{f.libelle}\u00a0»", criteres.sans_facette(f)) for f in criteres.facettes]
    if criteres.maintenant or criteres.ouvert_le:
        essais.append(("quelle que soit l’heure", criteres.avec(maintenant=False, ouvert_le=None)))
    if criteres.autour:
        essais.append(("partout", criteres.avec(autour=None)))
    elif criteres.commune:
        essais.append(("partout", criteres.avec(commune="", rayon_km=None)))
    if not criteres.fermees:
        essais.append(("y compris fermées définitivement", criteres.avec(fermees=True)))
    if criteres.cible is Cible.OFFRE and criteres.texte:
        essais.append(("parmi les professionnels", criteres.avec(cible=Cible.PROFESSIONNEL)))
    proposes = (_essayer(demande, texte, autres) for texte, autres in essais)
    yield from filter(None, (next(filter(None, _plus_loin(demande)), None), *proposes))


def _plus_loin(demande: Demande) -> Iterable[Propose | None]:
    """The same search further and further from its place."""
    criteres = demande.criteres
    rayon = criteres.autour.rayon_km if criteres.autour else criteres.rayon_km
    for loin in RAYONS_KM if criteres.situees else ():
        if loin > (rayon or 0):
            autour = criteres.autour and replace(criteres.autour, rayon_km=loin)
            ici = criteres.avec(autour=autour) if autour else criteres.avec(rayon_km=loin)
            yield _essayer(demande, f"à {loin}\u00a0km au plus", ici)


def _essayer(demande: Demande, texte: str, criteres: Criteres) -> Propose | None:
    """What another search of the same text would find, None when it is nothing."""
    autre = replace(demande, criteres=criteres, autour=autour_de(criteres))
    if criteres.cible is not demande.criteres.cible:
        autre = replace(autre, sujet=sujet_de(criteres, demande.lexique))
    total = moteur.interroger(autre).total
    return Propose(texte, criteres, total) if total else None
