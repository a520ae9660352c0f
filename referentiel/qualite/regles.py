"""The national quality rules EX, ST, CO, CP and RE, over plain facts: pure (B31).

Source: the SQL of the ANS (`ROR-indicateurs-BI-SQL`, one view per rule) and MODELE_ROR §10. A rule answers None when it
does not concern the fiche, and « non évaluable », with its reason, when a fact it needs is not in the Répertoire.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from .faits import Etat, FaitsEtablissement, FaitsOffre
from .regles_etablissement import REGLES_ETABLISSEMENT
from .regles_offre import REGLES_OFFRE


class Importance(StrEnum):
    """What a broken rule does: a blocking one refuses the act, the others are told."""

    BLOQUANTE = "Bloquante"
    IMPORTANTE = "Importante"
    CONSEIL = "Conseil"


class Thematique(StrEnum):
    """Themes of anomalies (JDV_J241)."""

    COMPLETUDE = "01"
    EXHAUSTIVITE = "02"
    COHERENCE = "03"
    RECENCE = "04"
    STRUCTURATION = "05"

    @property
    def libelle(self) -> str:
        return _THEMATIQUES[self]


_THEMATIQUES = {
    Thematique.COMPLETUDE: "Complétude",
    Thematique.EXHAUSTIVITE: "Exhaustivité",
    Thematique.COHERENCE: "Cohérence",
    Thematique.RECENCE: "Récence",
    Thematique.STRUCTURATION: "Structuration",
}


@dataclass(frozen=True, slots=True)
class Regle:
    """One rule.

    Attributes:
        code: its national code.
        titre: what it asks, in one line.
        importance: what breaking it does.
        thematique: its theme (J241).
        instruction: what to do when it is broken.
        champs: the fields it looks at.
    """

    code: str
    titre: str
    importance: Importance
    thematique: Thematique
    instruction: str
    champs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Constat:
    """What a rule finds on a fiche.

    Attributes:
        regle: the rule.
        etat: kept, broken, or impossible to tell.
        message: what is found, or why it cannot be told.
        champ: the field to correct, "" when none is typed here.
    """

    regle: Regle
    etat: Etat
    message: str
    champ: str = ""

    @property
    def bloquant(self) -> bool:
        return self.etat is Etat.ECART and self.regle.importance is Importance.BLOQUANTE


REGLES = {
    regle.code: regle
    for regle in (
        Regle(
            "EX1.2",
            "L’établissement FINESS du périmètre est décrit dans le ROR",
            Importance.IMPORTANTE,
            Thematique.EXHAUSTIVITE,
            "Demandez sa création au support.",
        ),
        Regle(
            "EX2",
            "L’état ouvert ou fermé est celui de FINESS",
            Importance.IMPORTANTE,
            Thematique.EXHAUSTIVITE,
            "Demandez au support de vérifier l’état de l’établissement.",
        ),
        *(
            Regle(
                code,
                f"Une offre de {activite} existe si elle est autorisée",
                Importance.IMPORTANTE,
                Thematique.EXHAUSTIVITE,
                "Créez l’offre correspondante dans un dossier collaboratif.",
            )
            for code, activite in (
                ("EX3", "réanimation adulte"),
                ("EX4", "réanimation pédiatrique"),
                ("EX5", "réanimation néonatale"),
            )
        ),
        Regle(
            "ST2",
            "L’entité juridique est celle de FINESS",
            Importance.IMPORTANTE,
            Thematique.STRUCTURATION,
            "Demandez au support de vérifier l’entité juridique.",
        ),
        Regle(
            "ST3",
            "L’identifiant national est unique dans la région",
            Importance.IMPORTANTE,
            Thematique.STRUCTURATION,
            "Signalez le doublon au support.",
        ),
        Regle(
            "CO1",
            "Une offre d’urgences le dit dans son nom et est autorisée",
            Importance.IMPORTANTE,
            Thematique.COHERENCE,
            "Ajoutez le mot «\u00a0urgences\u00a0» au nom de l’offre.",
            ("nom", "activites", "mode_prise_en_charge"),
        ),
        Regle(
            "CO2",
            "Le type de maternité correspond aux offres décrites et à l’autorisation",
            Importance.IMPORTANTE,
            Thematique.COHERENCE,
            "Vérifiez les activités et le nom des offres de maternité et de néonatalogie de l’établissement.",
            ("nom", "activites", "mode_prise_en_charge"),
        ),
        Regle(
            "CO3",
            "Les unités pénitentiaires et NRBC, et elles seules, sont signalées «\u00a0unité sensible\u00a0»",
            Importance.BLOQUANTE,
            Thematique.COHERENCE,
            "Répondez à «\u00a0Unité sensible\u00a0» selon ce que l’offre accueille, ou corrigez le reste.",
            ("nom", "activites", "actes", "unite_sensible"),
        ),
        Regle(
            "CO4",
            "La catégorie est celle de FINESS",
            Importance.IMPORTANTE,
            Thematique.COHERENCE,
            "Demandez au support de vérifier la catégorie.",
        ),
        Regle(
            "CP5",
            "Une offre d’hébergement médico-sociale dit son type et sa temporalité d’accueil",
            Importance.IMPORTANTE,
            Thematique.COMPLETUDE,
            "Choisissez la temporalité d’accueil\u00a0; le type d’UO se change dans un dossier collaboratif.",
            ("temporalite_accueil", "mode_prise_en_charge"),
        ),
        Regle(
            "CP6",
            "Une offre d’hébergement ou d’accueil médico-sociale dit son nombre de places",
            Importance.IMPORTANTE,
            Thematique.COMPLETUDE,
            "Saisissez le nombre de places installées sur la page du lieu, dans «\u00a0Capacitaire\u00a0».",
            ("lieux",),
        ),
        Regle(
            "RE1.2",
            "Une part des offres est mise à jour dans l’année",
            Importance.CONSEIL,
            Thematique.RECENCE,
            "Relisez et validez les offres les plus anciennes.",
        ),
    )
}
"""Code → rule, in the order they are shown."""


def evaluer_offre(faits: FaitsOffre) -> list[Constat]:
    """Returns what the rules about one offer find on it, those that concern it only."""
    return _evaluer(REGLES_OFFRE, faits)


def evaluer_etablissement(faits: FaitsEtablissement) -> list[Constat]:
    """Returns what the rules about an establishment find on it, those that concern it only."""
    return _evaluer(REGLES_ETABLISSEMENT, faits)


def a_verifier(constats: Iterable[Constat]) -> list[Constat]:
    """Returns the broken rules alone, blocking ones first."""
    rangs = list(Importance)
    ecarts = (c for c in constats if c.etat is Etat.ECART)
    return sorted(ecarts, key=lambda constat: rangs.index(constat.regle.importance))


def bloquants_nouveaux(avant: FaitsOffre, apres: FaitsOffre) -> list[Constat]:
    """Returns the blocking rules that `apres` breaks, among those about something that differs from `avant`.

    An old contradiction does not stop somebody who saves something else: « Valider » stops it.
    """
    return [
        constat
        for constat in evaluer_offre(apres)
        if constat.bloquant and any(getattr(avant, champ) != getattr(apres, champ) for champ in constat.regle.champs)
    ]


def _evaluer(regles: Iterable[tuple[str, Callable]], faits) -> list[Constat]:
    constats = []
    for code, evaluer in regles:
        trouve = evaluer(faits)
        if trouve is not None:
            constats.append(Constat(REGLES[code], *trouve))
    return constats
