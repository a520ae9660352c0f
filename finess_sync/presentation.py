"""French words of the runs and of their écarts, shared by the command, the screens and the exports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from referentiel.models import Structure
from referentiel.niveaux import Niveau
from referentiel.qualite.divergences import CATEGORIE, ENTITE_JURIDIQUE, ETAT

from .actions import pur
from .correspondance import DETAILS
from .execution import verrou_tenu
from .models import Ecart, Execution, Garde
from .phrases import libelle, libelles_pour, phrase, textes
from .rapprochement import Nature

COMPTEURS = {
    "eg_lues": "Entités géographiques lues",
    "ej_lues": "Entités juridiques lues",
    "rejets": "Lignes rejetées",
    "remarques": "Lignes retenues avec une remarque",
    "eg_creees": "Entités géographiques créées",
    "ej_creees": "Entités juridiques créées",
    "ej_provisoires": "Entités juridiques provisoires créées",
    "ej_completees": "Entités juridiques provisoires complétées",
    "appliques": "Écarts appliqués par règle",
    "a_relire": "Écarts à relire",
    "absentes": "Structures absentes du fichier",
    "revenues": "Structures de retour dans le fichier",
}
"""Key of `Execution.compteurs` → label, in the order of the summary."""

ETATS = {
    Execution.Etat.EN_COURS: "info",
    Execution.Etat.REUSSI: "ok",
    Execution.Etat.INCHANGE: "attente",
    Execution.Etat.REFUSE: "erreur",
    Execution.Etat.INTERROMPU: "erreur",
    Execution.Etat.ECHOUE: "erreur",
}
"""State of a run → pill of the screens."""


@dataclass(frozen=True, slots=True)
class LigneEcart:
    """One écart as the table shows it."""

    pk: int
    champ: str
    nature: str
    avant: str
    apres: str
    phrase: str
    precision: str


@dataclass(frozen=True, slots=True)
class Groupe:
    """The écarts of one structure."""

    structure: Structure
    commune: str
    lignes: list[LigneEcart]


def grouper(structures: Sequence[Structure], ecarts: Iterable[Ecart]) -> list[Groupe]:
    """The écarts by structure, told in French: a constant number of queries whatever their number."""
    ecarts = list(ecarts)
    purs = {ecart.pk: pur(ecart) for ecart in ecarts}
    libelles = libelles_pour((Niveau(e.niveau), purs[e.pk]) for e in ecarts)
    offres = _offres_ouvertes([e.structure_id for e in ecarts if e.nature in (Nature.FERMEE, Nature.ABSENTE)])
    communes = _communes(structures)
    lignes: dict[int, list[LigneEcart]] = {}
    for ecart in ecarts:
        niveau, simple = Niveau(ecart.niveau), purs[ecart.pk]
        nom = libelle(niveau, simple)
        avant, apres = textes(niveau, simple, libelles)
        lignes.setdefault(ecart.structure_id, []).append(
            LigneEcart(
                ecart.pk,
                nom,
                "" if ecart.get_nature_display() == nom else ecart.get_nature_display(),
                avant,
                apres,
                phrase(niveau, simple, libelles),
                _precision(ecart, offres.get(ecart.structure_id, 0)),
            )
        )
    return [Groupe(s, communes.get(s.pk, ""), lignes[s.pk]) for s in structures if s.pk in lignes]


def alarmes() -> list[tuple[str, str]]:
    """What the watchdog says: (title, explanation) of each alarm, the gravest first (B36, M14)."""
    resultat = []
    derniere = Execution.objects.exclude(etat=Execution.Etat.EN_COURS).filter(simulation=False).first()
    if derniere is not None and ETATS[Execution.Etat(derniere.etat)] == "erreur":
        titre = f"Le dernier passage est {derniere.get_etat_display().lower()}."
        suite = "" if derniere.etat == Execution.Etat.INTERROMPU else " Rien n’a été appliqué de ce fichier."
        resultat.append((titre, f"{derniere.motif}{suite if derniere.etat == Execution.Etat.REFUSE else ''}"))
    en_cours = Execution.objects.filter(etat=Execution.Etat.EN_COURS).first()
    if en_cours is not None and not verrou_tenu():
        resultat.append(
            (
                "Le passage en cours s’est arrêté brutalement.",
                "Ce qui était appliqué l’est entièrement. Lancez un passage : il reprendra le reste.",
            )
        )
    jours = jours_sans_nouveaute()
    seuil = Garde.objects.filter(pk="fraicheur").values_list("seuil", flat=True).first()
    if jours is not None and seuil is not None and jours >= seuil:
        resultat.append(
            (
                f"Données inchangées depuis {jours} jours.",
                "FINESS change d’ordinaire chaque nuit. Vérifiez que la source est encore publiée et que son adresse"
                " n’a pas changé ; le répertoire garde les dernières données reçues.",
            )
        )
    return resultat


def jours_sans_nouveaute() -> int | None:
    """Days since the date of the last data that changed something; None before any of them."""
    reussies = Execution.objects.appliquees().filter(etat=Execution.Etat.REUSSI, date_donnees__isnull=False)
    derniere = reussies.order_by("-date_donnees").values_list("date_donnees", flat=True).first()
    return None if derniere is None else (timezone.localdate() - derniere).days


def _precision(ecart: Ecart, offres: int) -> str:
    if ecart.etat == Ecart.Etat.A_RELIRE and ecart.motif:
        return ecart.motif
    if ecart.nature in (Nature.FERMEE, Nature.ABSENTE) and offres:
        return f"{offres} offre{'s' if offres > 1 else ''} ouverte{'s' if offres > 1 else ''} dessous"
    return ""


def _offres_ouvertes(structures: Sequence[int]) -> dict[int, int]:
    """pk → open offers below, in one query."""
    if not structures:
        return {}
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT h.id, count(*) FROM referentiel_structure h JOIN referentiel_structure o"
            " ON o.tree_id = h.tree_id AND o.lft > h.lft AND o.rght < h.rght AND o.niveau = 'UO' AND o.etat <> 'DEF'"
            " WHERE h.id = ANY(%s) GROUP BY h.id",
            [list(structures)],
        )
        return dict(curseur.fetchall())


def _communes(structures: Sequence[Structure]) -> dict[int, str]:
    communes: dict[int, str] = {}
    for niveau, modele in DETAILS.items():
        cles = [s.pk for s in structures if s.niveau == niveau]
        communes |= dict(modele.objects.filter(pk__in=cles).values_list("pk", "localite"))
    return communes


def divergences(etablissement: int) -> dict[str, str]:
    """What FINESS says otherwise of an EG, waiting or ignored, for the national rules EX2, ST2 and CO4."""
    etats = [Ecart.Etat.A_RELIRE, Ecart.Etat.IGNORE]
    ecarts = list(Ecart.objects.filter(structure=etablissement, etat__in=etats, nature__in=_SUJETS).order_by("pk"))
    libelles = libelles_pour((Niveau(e.niveau), pur(e)) for e in ecarts)
    dits = {}
    for ecart in ecarts:
        dit, recu = textes(Niveau(ecart.niveau), pur(ecart), libelles)
        dits[_SUJETS[Nature(ecart.nature)]] = f"Dans le ROR\u00a0: {dit}. Dans FINESS\u00a0: {recu}."
    return dits


_SUJETS = {
    Nature.FERMEE: ETAT,
    Nature.ROUVERTE: ETAT,
    Nature.ABSENTE: ETAT,
    Nature.EJ_CHANGEE: ENTITE_JURIDIQUE,
    Nature.CATEGORIE_CHANGEE: CATEGORIE,
}
"""Nature of an écart → what the rules compare."""
