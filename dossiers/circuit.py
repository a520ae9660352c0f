"""Where a dossier stands, told to its reader: rail, banner, buttons, timeline (S163–S170, S172, B9). Read only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from referentiel.models import CorrespondanceCategorie, EntiteGeographique, EntreeJournal
from referentiel.permissions import habilites
from ror.commun.francais import date_fr, heure_fr, pluriel

from .droits import ACTION_ETAPE
from .etats import EN_PREPARATION, ENVOYES, ETAPES, Champ, Etat, Geste, route_de
from .models import Correction, Dossier, Evenement, FicheDossier, RegleValidation
from .routage import delais_de

FINALISE = "finalise"
"""A draft whose fiches are all finalised: a step of the rail and a filter of the list, not a state of its own."""

NOMMES = 3
"""Validators named in a banner, at most: beyond, their service is enough."""


@dataclass(frozen=True, slots=True)
class Avancement:
    """How many fiches a dossier touches, and how many are finalised."""

    total: int
    finalisees: int

    @property
    def restantes(self) -> int:
        return self.total - self.finalisees

    @property
    def texte(self) -> str:
        return f"{self.finalisees} sur {self.total}"

    @property
    def pret(self) -> bool:
        return self.total > 0 and not self.restantes


@dataclass(frozen=True, slots=True)
class Etape:
    """One step of the rail.

    Attributes:
        libelle: its name.
        etat: « fait », « courante », « saute » (not on this route), « arret » (it ended here), or empty.
        detail: who and when, or what is awaited.
    """

    libelle: str
    etat: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Bouton:
    """One act offered: a link to its page, by the name of its address."""

    nom: str
    libelle: str
    icone: str
    classe: str = "btn-outline-primary"


@dataclass(frozen=True, slots=True)
class Bandeau:
    """What the reader is told above all: a first sentence, then the rest; `jaune` while a validation is awaited."""

    phrase: str
    suite: list[str] = field(default_factory=list)
    jaune: bool = False


@dataclass(slots=True)
class Circuit:
    """All that `_circuit.html` shows of a dossier to one person."""

    dossier: Dossier
    avancement: Avancement
    etapes: list[Etape]
    bandeau: Bandeau | None
    boutons: list[Bouton]
    mouvements: int
    corrections: list[Correction]

    @property
    def rang(self) -> int:
        """Rank of the current step, for small screens."""
        return next((n for n, e in enumerate(self.etapes, 1) if e.etat in ("courante", "arret")), len(self.etapes))

    @property
    def courante(self) -> Etape:
        return self.etapes[self.rang - 1]


def circuit_de(dossier: Dossier, gestes: Collection[Geste], validateur: str = "") -> Circuit:
    """Returns where a dossier stands, in a constant number of queries.

    Args:
        dossier: with its establishment.
        gestes: what the reader may do (`droits.gestes_permis`).
        validateur: who gives the last validation in this region (« SESAN »).
    """
    passages, avancement = passages_de(dossier), avancement_de(dossier)
    depuis, delai = passages.depuis(dossier), delais_de(dossier)
    corrections = [c for c in dossier.corrections.select_related("demandee_par", "fiche") if c.ouverte]
    return Circuit(
        dossier,
        avancement,
        _rail(dossier, avancement, passages, validateur, delai),
        _bandeau(dossier, gestes, depuis, delai, validateur, corrections),
        _boutons(dossier, gestes),
        mouvements_de(dossier).count() if dossier.ouvert else 0,
        corrections,
    )


def avancement_de(dossier: Dossier) -> Avancement:
    """Returns how many of its fiches are finalised."""
    finalisee = Q(etat=FicheDossier.Etat.FINALISEE)
    compte = dossier.fiches.aggregate(total=Count("pk"), finalisees=Count("pk", filter=finalisee))
    return Avancement(compte["total"], compte["finalisees"])


def mouvements_de(dossier: Dossier):
    """Returns what was done in the Répertoire, in this establishment, since the dossier was opened (B2)."""
    lieu = dossier.etablissement
    return EntreeJournal.objects.filter(
        structure__tree_id=lieu.tree_id,
        structure__lft__gte=lieu.lft,
        structure__rght__lte=lieu.rght,
        le__gt=dossier.cree_le,
    ).exclude(phrases=[])


# --- what happened ---


@dataclass(slots=True)
class Passages:
    """The passages that still hold: a step taken back, corrected or edited since is not done any more."""

    faits: dict[str, Evenement] = field(default_factory=dict)
    dernier: Evenement | None = None

    def depuis(self, dossier: Dossier) -> datetime:
        """When the dossier came to the state in which it is."""
        return self.dernier.le if self.dernier else dossier.cree_le


def passages_de(dossier: Dossier) -> Passages:
    """Returns which steps are done, by whom and when, from the timeline; one query."""
    passages = Passages()
    evenements = dossier.evenements.exclude(vers="").select_related("auteur").order_by("le", "pk")
    for e in evenements:
        if e.vers != e.de:
            passages.dernier = e
        if e.vers in EN_PREPARATION:
            passages.faits.clear()
        elif e.geste == Geste.ENVOYER.name.lower():
            passages.faits = {"envoye": e}
        elif e.geste in (Geste.VALIDER.name.lower(), Geste.APPROUVER.name.lower()):
            passages.faits[e.de] = e
        elif e.geste == Geste.MODIFIER.name.lower():
            passages.faits = {nom: fait for nom, fait in passages.faits.items() if nom == "envoye"}
        elif e.geste == Geste.ARRETER.name.lower():
            passages.faits.pop(e.vers, None)
    return passages


def route_prevue(dossier: Dossier) -> tuple[Etat, ...]:
    """Returns the steps of a dossier; those its establishment calls for while it was never sent."""
    if dossier.route:
        return dossier.etapes
    lieu = dossier.etablissement
    categorie = EntiteGeographique.objects.values_list("categorie", flat=True).filter(pk=lieu.pk).first() or ""
    disciplines = CorrespondanceCategorie.objects.filter(categorie=categorie).values_list("discipline", flat=True)
    regles = [r.en_regle() for r in RegleValidation.objects.filter(active=True)]
    return route_de(regles, [Champ(lieu.groupe, disciplines.first() or "", lieu.departement, categorie)])


def nom_etape(etape: Etat, validateur: str = "") -> str:
    """« Direction », « SESAN », « Autorité de tutelle »."""
    noms = {Etat.DIRECTION: "Direction", Etat.TUTELLE: "Autorité de tutelle"}
    return noms.get(etape) or validateur or "Gestionnaire régional"


# --- rail ---


def _rail(dossier: Dossier, avancement: Avancement, passages: Passages, validateur: str, delai: int) -> list[Etape]:
    etat, faits = dossier.etat_dossier, passages.faits
    prepare = etat in EN_PREPARATION
    envoye = "envoye" in faits or etat in ENVOYES or etat is Etat.APPROUVE
    etapes = [_brouillon(dossier, avancement, envoye), _finalise(avancement, prepare, envoye)]
    etapes.append(Etape("Envoyé", "fait" if envoye else "", _qui_quand(faits.get("envoye"))))
    route = route_prevue(dossier)
    for etape in ETAPES:
        if etape in route:
            etapes.append(_validation(etape, etat, passages, validateur, delai))
        elif etape is Etat.DIRECTION:
            etapes.append(Etape("Direction", "saute", "sans objet"))
    etapes.append(_publication(dossier, passages))
    return etapes


def _brouillon(dossier: Dossier, avancement: Avancement, envoye: bool) -> Etape:
    if dossier.etat_dossier is Etat.A_CORRIGER:
        return Etape("Brouillon", "courante", "à corriger")
    courante = dossier.etat_dossier is Etat.BROUILLON and not avancement.pret
    if courante and avancement.total:
        detail = pluriel(avancement.restantes, "fiche restante,fiches restantes")
    else:
        detail = date_fr(timezone.localtime(dossier.cree_le))
    return Etape("Brouillon", "courante" if courante else "fait", detail)


def _finalise(avancement: Avancement, prepare: bool, envoye: bool) -> Etape:
    if prepare and avancement.pret:
        return Etape("Finalisé", "courante", "prêt à envoyer")
    return Etape("Finalisé", "fait" if envoye else "")


def _validation(etape: Etat, etat: Etat, passages: Passages, validateur: str, delai: int) -> Etape:
    nom = nom_etape(etape, validateur)
    if etat is etape:
        attendue = passages.dernier.le + timedelta(days=delai) if passages.dernier else None
        return Etape(nom, "courante", f"réponse vers le {_jour(attendue)}" if attendue else "en attente")
    fait = passages.faits.get(etape.value)
    return Etape(nom, "fait" if fait else "", _qui_quand(fait))


def _publication(dossier: Dossier, passages: Passages) -> Etape:
    etat = dossier.etat_dossier
    if etat is Etat.APPROUVE:
        return Etape("Publié", "courante", f"le {date_fr(dossier.date_effet)}")
    if etat is Etat.PUBLIE:
        return Etape("Publié", "fait", _jour(dossier.publie_le))
    if not dossier.ouvert:
        return Etape(etat.libelle, "arret", _qui_quand(passages.dernier))
    return Etape("Publié", "", "à la date d’effet")


def _qui_quand(evenement: Evenement | None) -> str:
    if evenement is None:
        return ""
    qui = f", {evenement.auteur}" if evenement.auteur else ""
    return f"{_jour(evenement.le)}{qui}"


def _jour(moment: datetime | None) -> str:
    return date_fr(timezone.localtime(moment)) if moment else ""


# --- banner ---


def _bandeau(
    dossier: Dossier,
    gestes: Collection[Geste],
    depuis: datetime,
    delai: int,
    validateur: str,
    corrections: list[Correction],
) -> Bandeau | None:
    etat = dossier.etat_dossier
    if etat in ENVOYES:
        return _bandeau_d_attente(dossier, gestes, depuis, delai, validateur)
    if etat is Etat.A_CORRIGER:
        nombre = pluriel(len(corrections), "demande de correction,demandes de correction")
        if Geste.ENVOYER in gestes:
            suite = ["Corrigez, cochez «\u00a0Corrections effectuées\u00a0», puis renvoyez le dossier."]
        else:
            suite = [f"Renvoyé aux référents le {_jour(depuis)}\u00a0: il vous reviendra corrigé."]
        return Bandeau(f"Ce dossier est à corriger\u00a0: {nombre}.", suite, jaune=True)
    if etat is Etat.APPROUVE:
        phrase = f"Ce dossier est approuvé\u00a0: il sera publié le {date_fr(dossier.date_effet)}."
        suite = ["Toute modification avant cette date le renvoie en validation."] if Geste.MODIFIER in gestes else []
        return Bandeau(phrase, suite)
    if etat is Etat.BROUILLON:
        return None
    return Bandeau(*_phrases_de_fin(dossier, depuis))


def _bandeau_d_attente(
    dossier: Dossier, gestes: Collection[Geste], depuis: datetime, delai: int, validateur: str
) -> Bandeau:
    etat, reponse = dossier.etat_dossier, _jour(depuis + timedelta(days=delai))
    quand = f"Depuis le {_jour(depuis)}\u00a0; réponse habituelle avant le {reponse}."
    if Geste.VALIDER in gestes or Geste.APPROUVER in gestes:
        acte = "Valider le dossier" if etat is Etat.DIRECTION else "Approuver"
        phrase = "Ce dossier attend votre validation."
        return Bandeau(phrase, [f"Relisez ce qu’il change, puis «\u00a0{acte}\u00a0». {quand}"], jaune=True)
    phrases = {
        Etat.DIRECTION: "Ce dossier attend la validation de la Direction de l’établissement.",
        Etat.TUTELLE: "Ce dossier attend la validation de l’autorité de tutelle.",
        Etat.GESTIONNAIRE: "Ce dossier est en cours de validation par un gestionnaire"
        + (f" ({validateur})." if validateur else "."),
    }
    suite = [quand]
    if noms := _valideurs(dossier):
        suite.append(f"Personnes qui peuvent le valider\u00a0: {noms}.")
    if Geste.MODIFIER in gestes:
        suite.append("Le modifier maintenant le renvoie au début de ses validations.")
    return Bandeau(phrases[etat], suite, jaune=True)


def _valideurs(dossier: Dossier) -> str:
    personnes = list(habilites(ACTION_ETAPE[dossier.etat_dossier], dossier.etablissement)[: NOMMES + 1])
    return ", ".join(map(str, personnes)) if len(personnes) <= NOMMES else ""


def _phrases_de_fin(dossier: Dossier, depuis: datetime) -> tuple[str, list[str]]:
    jour = _jour(depuis)
    if dossier.etat_dossier is Etat.PUBLIE:
        jour = _jour(dossier.publie_le)
        return f"Ce dossier est publié dans le Répertoire depuis le {jour}.", []
    if dossier.etat_dossier is Etat.REFUSE:
        return f"Ce dossier n’a pas été retenu, le {jour}.", [f"Motif\u00a0: {dossier.motif}"]
    if dossier.etat_dossier is Etat.ANNULE:
        return f"La publication de ce dossier a été annulée le {jour}.", ["Le Répertoire est revenu à l’état d’avant."]
    return f"Ce dossier a été abandonné le {jour}\u00a0: rien n’en sera publié.", []


# --- buttons ---


def _boutons(dossier: Dossier, gestes: Collection[Geste]) -> list[Bouton]:
    boutons = []
    if Geste.ENVOYER in gestes:
        boutons.append(Bouton("dossier-envoyer", "Envoyer en validation", "send", "btn-primary"))
    if Geste.VALIDER in gestes or Geste.APPROUVER in gestes:
        boutons.append(Bouton("dossier-relecture", "Relire le dossier", "patch-check", "btn-primary"))
    elif not dossier.ouvert or dossier.etat_dossier not in EN_PREPARATION:
        boutons.append(Bouton("dossier-relecture", "Voir ce qu’il change", "eye"))
    if dossier.ouvert:
        boutons.append(Bouton("dossier-simulation", "Simuler l’intégration", "play-circle"))
    boutons.append(Bouton("dossier-suivi", "Suivi et échanges", "chat-left-text"))
    if Geste.RETIRER in gestes:
        boutons.append(Bouton("dossier-retirer", "Retirer de la validation", "reply"))
    if Geste.ABANDONNER in gestes:
        boutons.append(Bouton("dossier-abandonner", "Abandonner le dossier", "trash", "btn-outline-danger"))
    if Geste.ANNULER in gestes:
        boutons.append(
            Bouton("dossier-annuler", "Annuler la publication", "arrow-counterclockwise", "btn-outline-danger")
        )
    return boutons


# --- timeline ---


def jalons_de(dossier: Dossier, evenements: Iterable[Evenement], validateur: str = "") -> list[dict[str, Any]]:
    """Returns the timeline for `{% frise %}`: what is awaited first, then the past, the latest first (B9)."""
    evenements = list(evenements)
    etat, jalons = dossier.etat_dossier, []
    if etat in ENVOYES:
        depuis = next((e.le for e in evenements if e.vers == etat and e.de != e.vers), dossier.modifie_le)
        attendue = timezone.localtime(depuis) + timedelta(days=delais_de(dossier))
        detail = "Délai habituel de cette étape."
        if attendue < timezone.localtime():
            detail = "Le délai habituel est dépassé."
        titre = f"Réponse attendue\u00a0: {nom_etape(etat, validateur)}"
        jalons.append({"titre": titre, "detail": detail, "le": attendue, "etat": "futur"})
    elif etat is Etat.APPROUVE:
        jalons.append({"titre": "Publication dans le Répertoire", "le": dossier.date_effet, "etat": "futur"})
    for e in evenements:
        qui = str(e.auteur) if e.auteur else "Le portail"
        heure = heure_fr(timezone.localtime(e.le))
        message = f"\u00a0: «\u00a0{e.message}\u00a0»" if e.message else ""
        cle = "cle" if e.vers and e.vers != e.de else ""
        jalons.append(
            {"titre": e.phrase, "detail": f"{qui}, {heure}{message}", "le": timezone.localtime(e.le), "etat": cle}
        )
    return jalons
