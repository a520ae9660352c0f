"""What waits on a fiche, as its editors see it: pending and scheduled changes, told section by section."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from . import fiches, horaires
from .actions import EtatVu
from .actions.fiches import changements_de, modification_en_attente
from .champs import SECTIONS, Champ, Saisie, champs_de
from .changements import CITES, RIEN, Changement, Valeur
from .formulaires import sceller
from .libelles import libelles_codes, texte_de_valeur
from .models import EntreeJournal, Modification, Structure
from .niveaux import Niveau

RACONTES = (Saisie.CONTACTS, Saisie.LIGNES)
"""Told by their sentences alone, row by row."""

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


@dataclass(slots=True)
class Barre:
    """The bar at the bottom of a fiche: what waits, « J’ai relu l’offre et je la valide. », date d’effet, « Valider ».

    Attributes:
        suivi: what waits.
        motif: why this person may not broadcast, None when she may.
        jeton: what she sees, signed, so that nothing else is broadcast in her name.
        relue, date_effet: what she typed.
        erreurs: field → sentence.
    """

    suivi: Suivi
    motif: str | None
    jeton: str = ""
    relue: bool = False
    date_effet: str = ""
    erreurs: dict[str, str] = field(default_factory=dict)

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
        .select_related("auteur", "validee_par")
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


def differences(suivi: Suivi) -> list[tuple[str, str, str]]:
    """Returns (field, text published, text that waits) of what waits; tables are told by their sentences alone."""
    champs = champs_de(suivi.structure.type_niveau)
    changements = [c for c in changements_de(suivi.modification) if champs[c.champ].saisie not in RACONTES]
    demandes: dict[str, set[str]] = defaultdict(set)
    for changement in changements:
        if nomenclature := champs[changement.champ].nomenclature:
            demandes[nomenclature].update(_liste(changement.base), _liste(changement.propose))
    libelles = libelles_codes(demandes)

    def texte(champ: Champ, valeur: Valeur) -> str:
        if champ.saisie is Saisie.HORAIRES:
            return horaires.phrase(horaires.depuis_table(valeur), timezone.localdate())
        textes = [texte_de_valeur(champ.nom, champ, v, libelles) for v in _liste(valeur)]
        reste = f" et {len(textes) - CITES} autres" if len(textes) > CITES + 1 else ""
        return ", ".join(textes[:CITES] if reste else textes) + reste or RIEN

    return [
        (champs[c.champ].libelle, texte(champs[c.champ], c.base), texte(champs[c.champ], c.propose))
        for c in changements
    ]


def _liste(valeur: Valeur) -> list:
    return [v for v in (valeur if isinstance(valeur, list) else [valeur]) if v not in (None, "", {})]


def barre_de(suivi: Suivi, motif: str | None) -> Barre:
    """Returns the bar as it is when the page is opened."""
    vu = EtatVu.de(suivi.structure, suivi.modification)
    jeton = sceller(f"diffusion:{suivi.structure.pk}", vu.en_json())
    return Barre(suivi, motif, jeton, date_effet=timezone.localdate().isoformat())


def dernieres_entrees(structure: Structure) -> list[dict]:
    """Returns the last lines of the history for the component « frise »: what was touched, not the values."""
    champs = champs_de(structure.type_niveau)
    lignes = []
    for entree in EntreeJournal.objects.filter(structure=structure).select_related("auteur")[:DERNIERES]:
        noms = dict.fromkeys(champs[c["champ"]].libelle for c in entree.changements if c["champ"] in champs)
        titre = ", ".join(noms) if noms else (entree.phrases or [entree.get_origine_display()])[0]
        auteur = str(entree.auteur) if entree.auteur else entree.get_origine_display()
        lignes.append({"titre": titre, "detail": auteur, "le": timezone.localtime(entree.le)})
    return lignes
