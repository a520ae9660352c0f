"""What waits on a fiche, as its editors see it: pending and scheduled changes, told section by section."""

from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from . import comparaison, fiches
from .actions import EtatVu
from .actions.fiches import changements_de, modification_en_attente, valeurs_en_cours
from .champs import SECTIONS, champs_de
from .changements import Changement, Fiche
from .comparaison import Difference
from .formulaires import sceller
from .modeles_saisie import SchemaUO
from .models import EntreeJournal, Modification, Structure
from .niveaux import Niveau
from .points import Point
from .schemas import schema_de

DERNIERES = 4
"""Lines of the history beside an offer."""


@dataclass(frozen=True, slots=True)
class AVenir:
    """A validated modification that is not published: its date is to come, or a choice is needed."""

    modification: Modification
    phrases: list[str]

    @property
    def a_arbitrer(self) -> bool:
        return self.modification.etat == Modification.Etat.A_ARBITRER


@dataclass(frozen=True, slots=True)
class Suivi:
    """What waits on a fiche.

    Attributes:
        structure: the node.
        modification: what is saved and not broadcast, None without any.
        par_section: key of a section → sentences about what waits there.
        a_venir: validated and not published yet.
    """

    structure: Structure
    modification: Modification | None = None
    par_section: dict[str, list[str]] = field(default_factory=dict)
    a_venir: list[AVenir] = field(default_factory=list)

    @property
    def phrases(self) -> list[str]:
        return [phrase for phrases in self.par_section.values() for phrase in phrases]

    @property
    def sections(self) -> list[str]:
        """Titles of the sections changed and not broadcast."""
        return [SECTIONS[cle] for cle in self.par_section]

    @property
    def auteurs(self) -> list[str]:
        """Who changed what waits."""
        changements = self.modification.changements.all() if self.modification else []
        return sorted({str(c.auteur) for c in changements})


@dataclass(frozen=True, slots=True)
class Manquant:
    """A field to fill in: `section` is where."""

    libelle: str
    section: str


@dataclass(slots=True)
class Barre:
    """The bar at the bottom of a fiche: what waits, « J’ai relu l’offre et je la valide. », date d’effet, « Valider ».

    Attributes:
        suivi: what waits.
        motif: why this person may not broadcast, None when she may.
        jeton: what she sees, signed, so that nothing else is broadcast in her name.
        relue, date_effet, raison: what she typed; `raison` is the reason told in the history.
        erreurs: field → sentence.
        manquants: fields this kind of offer needs and that hold nothing; they warn, they stop nothing (S76).
        points: what the national rules ask to check.
    """

    suivi: Suivi
    motif: str | None
    jeton: str = ""
    relue: bool = False
    date_effet: str = ""
    raison: str = ""
    erreurs: dict[str, str] = field(default_factory=dict)
    manquants: list[Manquant] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)

    @property
    def offre(self) -> bool:
        return self.suivi.structure.niveau == Niveau.UO

    @property
    def visible(self) -> bool:
        """An offer is re-read every year, changed or not; another fiche is broadcast when something waits."""
        return self.motif is None and (self.offre or self.suivi.modification is not None)

    @property
    def aujourdhui(self) -> date:
        return timezone.localdate()


def suivre(structure: Structure) -> Suivi:
    """Returns what waits on a fiche, for those who may edit it; the labels are read once."""
    attente = modification_en_attente(structure)
    validees = list(
        Modification.objects.filter(
            structure=structure, etat__in=[Modification.Etat.PROGRAMMEE, Modification.Etat.A_ARBITRER]
        )
        .select_related("structure", "auteur", "validee_par")
        .prefetch_related("changements")
        .order_by("date_effet", "pk")
    )
    lots = [changements_de(m) for m in validees]
    par_section: dict[str, list[Changement]] = {}
    champs = champs_de(structure.type_niveau)
    for changement in changements_de(attente):
        par_section.setdefault(champs[changement.champ].section, []).append(changement)
    phrases = fiches.phrases_par_lot(structure, [*lots, *par_section.values()])
    return Suivi(
        structure,
        attente,
        dict(zip(par_section, phrases[len(lots) :], strict=True)),
        [AVenir(m, p) for m, p in zip(validees, phrases, strict=False)],
    )


def differences(suivi: Suivi) -> list[Difference]:
    """Returns what waits beside what is published, line by line."""
    champs = champs_de(suivi.structure.type_niveau)
    return comparaison.differences(champs, changements_de(suivi.modification))


def jeton_de(structure: Structure, modification: Modification | None) -> str:
    """Returns, signed, what a page shows of a fiche and of one of its modifications."""
    return sceller(f"diffusion:{structure.pk}", EtatVu.de(structure, modification).en_json())


def barre_de(suivi: Suivi, motif: str | None, *, manquants: list[Manquant] | None = None) -> Barre:
    """Returns the bar as it is when the page is opened; `manquants` when they were read already."""
    jeton = jeton_de(suivi.structure, suivi.modification)
    if manquants is None:
        offre = motif is None and suivi.structure.niveau == Niveau.UO
        manquants = (
            manquants_de(suivi.structure, valeurs_en_cours(suivi.structure, suivi.modification)) if offre else []
        )
    return Barre(suivi, motif, jeton, date_effet=timezone.localdate().isoformat(), manquants=manquants)


def manquants_de(structure: Structure, valeurs: Fiche, schema: SchemaUO | None = None) -> list[Manquant]:
    """Returns what an offer still needs with these values; nothing for another level."""
    if structure.niveau != Niveau.UO:
        return []
    schema = schema or schema_de(structure, valeurs)
    return [
        Manquant(c.libelle, c.section) for c in schema.manquants(champs_de(structure.type_niveau).values(), valeurs)
    ]


def dernieres_entrees(structure: Structure) -> list[dict]:
    """Returns the last lines of the history for the component « frise »: what was touched, not the values."""
    champs = champs_de(structure.type_niveau)
    lignes = []
    for entree in EntreeJournal.objects.filter(structure=structure).select_related("auteur")[:DERNIERES]:
        noms = dict.fromkeys(champs[c["champ"]].libelle for c in entree.changements if c["champ"] in champs)
        automatique = entree.origine == EntreeJournal.Origine.AUTO
        titre = ", ".join(noms) if noms and not automatique else (entree.phrases or [entree.get_origine_display()])[0]
        auteur = str(entree.auteur) if entree.auteur else entree.get_origine_display()
        lignes.append({"titre": titre, "detail": auteur, "le": timezone.localtime(entree.le)})
    return lignes
