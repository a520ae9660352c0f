"""Offers as the review page reads them: a summary, the whole fiche, what waits, in a constant number of queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from referentiel import fiches, horaires
from referentiel.actions import OffreVue
from referentiel.actions.fiches import changements_de
from referentiel.champs import champs_de
from referentiel.confidentialite import TABLES, TOUS, champ_lisible, est_lisible
from referentiel.formulaires import sceller
from referentiel.models import Modification, Structure
from referentiel.niveaux import Niveau
from referentiel.presentation import Fiche, Section, lire_fiches
from referentiel.qualite.lecture import places_installees_de
from referentiel.schemas import schemas_de
from referentiel.suivi import jeton_de
from ror.commun.francais import pluriel

from .faits import en_attente
from .revue import OffreARelire


@dataclass(frozen=True, slots=True)
class Correction:
    """Where a section is corrected; `doute` says that a signal is about it."""

    titre: str
    adresse: str
    doute: bool


@dataclass(frozen=True, slots=True)
class OffreLue:
    """An offer to be read.

    Attributes:
        ligne: where it stands and why it may be out of date.
        resume: (label, texts) of its summary.
        sections: the whole fiche.
        attente: sentences of what waits there.
        jeton: what the page shows of it and of what waits, signed for « Diffuser et valider ».
        vue: the same, signed for « Conforme »; empty when something waits.
        corrections: where each section is corrected.
        reservee: it holds something that the reader of this page is not shown.
    """

    ligne: OffreARelire
    resume: Sequence[tuple[str, Sequence[str]]]
    sections: Sequence[Section]
    attente: Sequence[str]
    jeton: str
    vue: str
    corrections: Sequence[Correction]
    reservee: bool

    @property
    def offre(self) -> Structure:
        return self.ligne.offre

    @property
    def ancre(self) -> str:
        """Its id in the page."""
        return f"offre-{self.offre.pk}"


def sceller_vues(etablissement: Structure, offres: Collection[Structure]) -> str:
    """Returns, signed, what a page shows of offers, so that nothing else is confirmed."""
    vues = {str(o.pk): [vue.version, vue.relue_le] for o in offres for vue in [OffreVue.de(o)]}
    return sceller(f"relecture:{etablissement.pk}", vues)


def lire_offres(
    etablissement: Structure, lignes: Sequence[OffreARelire], niveaux: Collection[str] = TOUS, retour: str = ""
) -> list[OffreLue]:
    """Returns these offers to be read.

    Args:
        etablissement: their EG.
        lignes: the offers.
        niveaux: levels of confidentiality shown.
        retour: address of the page, to come back to after a correction.
    """
    offres = [ligne.offre for ligne in lignes]
    valeurs = fiches.lire_ensemble([(offre, None) for offre in offres])
    schemas = schemas_de([(offre, None) for offre in offres])
    lues = lire_fiches([(o, v, schemas[o.pk]) for o, v in zip(offres, valeurs, strict=True)], niveaux)
    places, attentes = places_installees_de([o.pk for o in offres]), en_attente(offres)
    phrases = _phrases([attentes.get(offre.pk) for offre in offres])
    return [
        OffreLue(
            ligne,
            _resume(fiche, sections, places.get(ligne.offre.pk, 0)),
            sections,
            dit,
            jeton_de(ligne.offre, attentes[ligne.offre.pk]) if ligne.offre.pk in attentes else "",
            "" if ligne.offre.pk in attentes else sceller_vues(etablissement, [ligne.offre]),
            _corrections(ligne, sections, retour),
            _reservee(ligne.offre, toutes, niveaux),
        )
        for ligne, fiche, dit, toutes in zip(lignes, lues, phrases, valeurs, strict=True)
        for sections in [fiche.sections()]
    ]


def _phrases(modifications: Sequence[Modification | None]) -> list[list[str]]:
    champs = champs_de(Niveau.UO)
    return fiches.raconter_ensemble([(champs, changements_de(m)) for m in modifications])


def _resume(fiche: Fiche, sections: Sequence[Section], places: int) -> list[tuple[str, list[str]]]:
    """What an eye checks first: type, hours, whom to reach, where, how many."""
    unite, section = fiche.structure.unite, {s.cle: s for s in sections}
    table = fiche.valeurs.get("horaires") or {}
    annonces = horaires.annoncer(horaires.depuis_table(table), timezone.localdate()) if table else []
    contacts = section["contacts"].contacts if "contacts" in section else ()
    lieux = next((ligne.texte for ligne in section["lieux"].lignes), "") if "lieux" in section else ""
    return [
        ("Type d’UO", [unite.type_offre.libelle if unite.type_offre else ""]),
        ("Horaires", [f"{a.titre}\u00a0: {a.texte}" if a.titre else a.texte for a in annonces]),
        ("Contacts", [_contact(contact) for contact in contacts]),
        ("Lieux", [lieux]),
        *([("Capacité", [pluriel(places, "place installée,places installées")])] if places else []),
    ]


def _contact(contact) -> str:
    adresses = ", ".join(coordonnee.adresse for coordonnee in contact.coordonnees)
    return f"{contact.titre}\u00a0: {adresses or 'aucune coordonnée'}"


def _corrections(ligne: OffreARelire, sections: Sequence[Section], retour: str) -> list[Correction]:
    if not retour:
        return []
    suite = urlencode({"retour": f"{retour}#offre-{ligne.offre.pk}"})
    corrections = [
        Correction(s.titre, f"{reverse('fiche-section', args=[ligne.offre.pk, s.cle])}?{suite}", s.cle in ligne.doutes)
        for s in sections
        if s.modifiable
    ]
    return sorted(corrections, key=lambda correction: not correction.doute)


def _reservee(offre: Structure, valeurs, niveaux: Collection[str]) -> bool:
    """Whether something of this offer is above the levels shown: a sensitive unit is, whole."""
    if set(niveaux) >= TOUS:
        return False
    lignes = [ligne for nom in TABLES for ligne in (valeurs.get(nom) or {}).values()]
    morceaux = [*lignes, *(t for ligne in lignes for t in ligne.get("telecoms") or [])]
    reserves = [nom for nom, valeur in valeurs.items() if valeur and not champ_lisible(nom, niveaux)]
    return offre.unite.unite_sensible or bool(reserves) or not all(est_lisible(m, niveaux) for m in morceaux)
