"""Random interleavings of three persons on one offer, on the real database, against an oracle in plain Python (M1).

The oracle keeps each edit that was accepted. At every moment each of them is published, waits, is scheduled, was
written over by somebody who had it before her eyes, or was given up by a choice on record; nothing is applied twice.
"""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from referentiel import actions, fiches
from referentiel.actions import ecriture, engagement, publieur
from referentiel.actions.fiches import modification_en_attente, valeurs_en_cours
from referentiel.changements import Choix, Conflit
from referentiel.models import EntreeJournal, Modification, Structure
from ror.commun.erreurs import ConflitDeVersion, EtatIncompatible
from tests.fabriques import HabilitationFactory, UOFactory, code

CODES = "abcd"
CONTACTS = [f"6f1c1a52-8f4c-4d3e-9a0e-{n:012}" for n in range(2)]
DEPART = {
    "nom": "Unité",
    "publics": ["a"],
    "horaires": {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 600}]},
    "contacts": {cle: {"rang": n, "nom": f"C{n}", "confidentialite": "1"} for n, cle in enumerate(CONTACTS)},
}
Etat = Modification.Etat
Element = tuple[str, str | None, str | None]
"""Field, key of the row (or code of the set), column."""

personnes = st.integers(0, 2)
choix = st.sampled_from(list(Choix))


def lire(valeurs: dict, element: Element):
    """The value of one element of a fiche; of a set, whether it holds the code."""
    champ, cle, colonne = element
    valeur = valeurs.get(champ)
    if champ == "publics":
        return cle in (valeur or [])
    if cle is not None:
        valeur = (valeur or {}).get(cle)
    return (valeur or {}).get(colonne) if colonne is not None else valeur


def ecrire(valeurs: dict, element: Element, nouvelle) -> dict:
    """The whole field of an element, with another value there: what a form sends."""
    champ, cle, colonne = element
    if champ == "publics":
        codes = set(valeurs.get(champ) or [])
        return {champ: sorted(codes | {cle} if nouvelle else codes - {cle})}
    if cle is None:
        return {champ: nouvelle}
    table = dict(valeurs.get(champ) or {})
    table[cle] = nouvelle if colonne is None else {**(table.get(cle) or {}), colonne: nouvelle}
    return {champ: {c: ligne for c, ligne in table.items() if ligne is not None}}


def porte(changement, element: Element, valeur) -> bool:
    """Whether a change puts this value at this element."""
    champ, base, propose = changement
    avant, apres = ({element[0]: v} for v in (base, propose))
    return champ == element[0] and lire(apres, element) == valeur != lire(avant, element)


@dataclass(eq=False)
class Edition:
    """An accepted edit.

    Attributes:
        element, valeur: what it wrote.
        vues: the values its author had before her eyes there, and those before them.
        finie: it was published, replaced by somebody who saw it, or given up on record.
    """

    element: Element
    valeur: object
    vues: list = field(default_factory=list)
    finie: bool = False


@dataclass(frozen=True)
class Photo:
    """All that the database holds at one moment."""

    structure: Structure
    publiee: dict
    entrees: list[EntreeJournal]
    modifications: list[Modification]

    @property
    def ecrits(self) -> list[tuple]:
        """What was published, change by change."""
        return [(c["champ"], c["base"], c["propose"]) for entree in self.entrees for c in entree.changements]


class Entrelacements(RuleBasedStateMachine):
    offre: Structure
    auteurs: list

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.jour = timezone.localdate()
        vraie = timezone.localdate
        self.calendrier = mock.patch.object(timezone, "localdate", lambda *a: vraie(*a) if a else self.jour)
        self.calendrier.start()
        self.numeros = itertools.count(1)
        self.editions: list[Edition] = []

    def teardown(self) -> None:
        try:
            self.tout_finir()
        finally:
            self.calendrier.stop()
            transaction.savepoint_rollback(self.point)

    # --- what people do ---

    @initialize()
    def ouvrir_partout(self) -> None:
        self.vues = [dict(DEPART) for _ in self.auteurs]
        self.noms_vus = [DEPART["nom"]] * len(self.auteurs)
        for qui in range(len(self.auteurs)):
            self.ouvrir(qui)

    @rule(qui=personnes)
    def ouvrir(self, qui) -> None:
        structure = self.structure()
        self.vues[qui] = valeurs_en_cours(structure, modification_en_attente(structure))
        self.noms_vus[qui] = structure.nom

    @rule(qui=personnes, champ=st.sampled_from(["nom", "conditions_accueil"]), choix=choix)
    def saisir_une_valeur(self, qui, champ, choix) -> None:
        self.enregistrer(qui, (champ, None, None), f"T{next(self.numeros)}.", choix)

    @rule(qui=personnes, code=st.sampled_from(CODES), choix=choix)
    def saisir_un_code(self, qui, code, choix) -> None:
        element = ("publics", code, None)
        self.enregistrer(qui, element, not lire(self.vues[qui], element), choix)

    @rule(qui=personnes, jour=st.integers(1, 3), vider=st.booleans(), choix=choix)
    def saisir_un_jour(self, qui, jour, vider, choix) -> None:
        debut = next(self.numeros)
        valeur = None if vider else [{"debut": debut, "fin": debut + 30}]
        self.enregistrer(qui, ("horaires", f"p1/{jour}", None), valeur, choix)

    @rule(qui=personnes, cle=st.sampled_from(CONTACTS), colonne=st.sampled_from(["nom", "description"]), choix=choix)
    def saisir_un_contact(self, qui, cle, colonne, choix) -> None:
        self.enregistrer(qui, ("contacts", cle, colonne), f"T{next(self.numeros)}.", choix)

    @rule(qui=personnes)
    def renommer(self, qui) -> None:
        """At once, from the name her box showed."""
        nom, vu = f"T{next(self.numeros)}.", self.noms_vus[qui]
        try:
            actions.renommer(structure_id=self.offre.pk, auteur=self.auteurs[qui], nom=nom, nom_vu=vu)
        except ConflitDeVersion:
            assert vu != self.structure().nom
        else:
            self.editions.append(Edition(("nom", None, None), nom, [vu]))
        self.ouvrir(qui)

    @rule(qui=personnes, dans=st.integers(0, 2))
    def valider(self, qui, dans) -> None:
        """What is seen is validated, now or at a date; sent twice it is refused."""
        envoi = {"structure_id": self.offre.pk, "auteur": self.auteurs[qui], "relue": True, "vu": self.vu()}
        envoi["date_effet"] = self.jour + timedelta(days=dans)
        actions.valider(**envoi)
        with pytest.raises(EtatIncompatible):
            actions.valider(**envoi)

    @rule(qui=personnes, autre=personnes, element=st.sampled_from(["nom", "conditions_accueil"]))
    def valider_ou_abandonner_sans_avoir_vu(self, qui, autre, element) -> None:
        vu = self.vu()
        self.saisir_une_valeur(autre, element, Choix.IMPOSER)
        for acte in (actions.abandonner, lambda **envoi: actions.valider(**envoi, relue=True)):
            with pytest.raises(EtatIncompatible):
                acte(structure_id=self.offre.pk, auteur=self.auteurs[qui], vu=vu)

    @precondition(lambda self: modification_en_attente(self.offre))
    @rule(qui=personnes)
    def abandonner(self, qui) -> None:
        actions.abandonner(structure_id=self.offre.pk, auteur=self.auteurs[qui], vu=self.vu())

    @precondition(lambda self: self.modifications(Etat.PROGRAMMEE))
    @rule(qui=personnes, rang=st.integers(0, 9))
    def annuler(self, qui, rang) -> None:
        prevues = self.modifications(Etat.PROGRAMMEE)
        actions.annuler(modification_id=prevues[rang % len(prevues)].pk, auteur=self.auteurs[qui])

    @precondition(lambda self: self.modifications(Etat.A_ARBITRER))
    @rule(qui=personnes, reponses=st.lists(choix, min_size=1, max_size=3))
    def arbitrer(self, qui, reponses) -> None:
        for modification in self.modifications(Etat.A_ARBITRER):
            conflits, _ = engagement.conflits_de(modification, self.structure())
            recues = list(zip(conflits, itertools.cycle(reponses), strict=False))  # a conflict may hold lists: no key
            actions.arbitrer(
                modification_id=modification.pk,
                auteur=self.auteurs[qui],
                choix={c.identifiant: reponse for c, reponse in recues},
            )
            for conflit, reponse in recues:
                self.noter_choix(conflit, reponse, modification)

    # --- what the worker does ---

    @rule(jours=st.integers(0, 2))
    def publier(self, jours) -> None:
        """Late by some days, then again at once: the second call finds nothing."""
        self.jour += timedelta(days=jours)
        actions.publier_echues()
        assert actions.publier_echues() == 0

    @rule(jours=st.integers(0, 2), etape=st.sampled_from(["inserer", "_enregistrer_noeuds", "verifier_ensemble"]))
    def publier_interrompu(self, jours, etape) -> None:
        """An error in the middle of a fiche leaves it as it was, to be tried again."""
        self.jour += timedelta(days=jours)
        avant = self.photo()
        with mock.patch.object(ecriture, etape, side_effect=RuntimeError), mock.patch.object(publieur, "journal"):
            publiees = actions.publier_echues()
        assert publiees or self.photo().publiee == avant.publiee
        assert [e.pk for e in self.photo().entrees] == [e.pk for e in avant.entrees]

    # --- what is true at every moment ---

    @invariant()
    def verifier(self) -> None:
        photo = self.photo()
        self.rien_d_accepte_n_est_perdu(photo)
        self.rien_n_est_applique_deux_fois(photo)
        self.rien_de_publie_n_est_remplace_sans_avoir_ete_vu(photo)

    def rien_d_accepte_n_est_perdu(self, photo) -> None:
        attendus = [
            (c.champ, c.base, c.propose)
            for m in photo.modifications
            if m.etat != Etat.PUBLIEE
            for c in m.changements.all()
        ]
        for rang, edition in enumerate(self.editions):
            element, valeur = edition.element, edition.valeur
            edition.finie |= lire(photo.publiee, element) == valeur
            edition.finie |= any(porte(c, element, valeur) for c in photo.ecrits)
            edition.finie |= any(element == e.element and valeur in e.vues for e in self.editions[rang + 1 :])
            assert edition.finie or any(porte(c, element, valeur) for c in attendus), f"lost: {edition}"

    @staticmethod
    def rien_n_est_applique_deux_fois(photo) -> None:
        """Each entry starts from what the former left; one per modification; one version each."""
        entrees = [e for e in photo.entrees if e.changements]
        assert [e.version for e in entrees] == list(range(2, 2 + len(entrees)))
        assert photo.structure.version == 1 + len(entrees)
        faites = [e.modification_id for e in entrees if e.modification_id]
        assert len(faites) == len(set(faites))
        assert {m.pk for m in photo.modifications if m.etat == Etat.PUBLIEE} >= set(faites)
        valeurs: dict = {}
        for champ, base, propose in photo.ecrits:
            assert valeurs.get(champ, base) == base
            valeurs[champ] = propose
        assert all(photo.publiee[champ] == valeur for champ, valeur in valeurs.items())

    def rien_de_publie_n_est_remplace_sans_avoir_ete_vu(self, photo) -> None:
        """A text leaves the published fiche only for one whose author had it before her eyes, or chose."""
        for champ, base, propose in photo.ecrits:
            if champ in ("nom", "conditions_accueil") and base is not None:
                assert base in self.lignee((champ, None, None), propose), f"{base} replaced blindly by {propose}"

    # --- the oracle ---

    def enregistrer(self, qui: int, element: Element, valeur, reponse: Choix) -> None:
        vues = self.vues[qui]
        envoi = {"structure_id": self.offre.pk, "auteur": self.auteurs[qui], "vues": vues}
        envoi["saisies"] = ecrire(vues, element, valeur)
        garder = lire(vues, element) == valeur
        nouvelle = Edition(element, valeur, [lire(vues, element)])
        try:
            actions.enregistrer(**envoi)
        except ConflitDeVersion as refus:
            (conflit,) = refus.conflits
            actions.enregistrer(**envoi, choix={conflit.identifiant: reponse})
            garder |= reponse is Choix.GARDER
            nouvelle.vues.append(self.valeur_de(conflit, conflit.actuel, element))
        if not garder:
            self.editions.append(nouvelle)
        self.ouvrir(qui)

    @staticmethod
    def valeur_de(conflit: Conflit, valeur, element: Element):
        """The value of an element in a conflict about its whole row, or about itself."""
        return valeur.get(element[2]) if element[2] and conflit.colonne is None and valeur else valeur

    def noter_choix(self, conflit: Conflit, reponse: Choix, modification: Modification) -> None:
        """What a person did not keep is given up, and the journal says so."""
        element = (conflit.champ, conflit.cle, conflit.colonne)
        if reponse is Choix.IMPOSER:
            for edition in self.editions:
                if edition.element == element and edition.valeur == conflit.propose:
                    edition.vues.append(conflit.actuel)
            return
        phrases = [p for e in modification.entrees.all() for p in e.phrases if p.startswith("Non retenu")]
        assert phrases
        if isinstance(conflit.propose, str):
            assert any(conflit.propose in phrase for phrase in phrases)
        for edition in self.editions:
            edition.finie |= edition.element == element and edition.valeur == conflit.propose

    def lignee(self, element: Element, valeur) -> set:
        """All the values that the authors of this one, and of those it replaced, had before their eyes."""
        vues, a_suivre = set(), {valeur}
        while a_suivre:
            suivante = a_suivre.pop()
            nouvelles = {v for e in self.editions if (e.element, e.valeur) == (element, suivante) for v in e.vues}
            a_suivre |= nouvelles - vues
            vues |= nouvelles
        return vues

    def structure(self) -> Structure:
        return Structure.objects.get(pk=self.offre.pk)

    def vu(self) -> actions.EtatVu:
        return actions.EtatVu.de(self.structure(), modification_en_attente(self.offre))

    def photo(self) -> "Photo":
        return Photo(
            structure := self.structure(),
            fiches.lire(structure),
            list(EntreeJournal.objects.order_by("pk")),
            list(Modification.objects.order_by("pk").prefetch_related("changements")),
        )

    def modifications(self, etat: str) -> list[Modification]:
        return list(Modification.objects.filter(etat=etat).order_by("pk").prefetch_related("changements"))

    def tout_finir(self) -> None:
        """Publishes all that is left, every conflict settled for what waits; nothing is then left to be lost."""
        for _ in range(50):
            self.publier(3)
            if self.modifications(Etat.A_ARBITRER):
                self.arbitrer(0, [Choix.IMPOSER])
            elif modification_en_attente(self.structure()):
                self.valider(0, 0)
            elif not self.modifications(Etat.PROGRAMMEE):
                break
        else:
            pytest.fail("still something to publish")
        self.verifier()


@pytest.mark.django_db
@pytest.mark.exigence("M1")
def test_rien_d_accepte_ne_se_perd_ni_ne_s_applique_deux_fois():
    for valeur in CODES:
        code("JDV_J29", valeur)
    offre = UOFactory(nom=DEPART["nom"])
    fiches.ecrire(offre, DEPART)
    Entrelacements.offre = offre
    Entrelacements.auteurs = [HabilitationFactory(structure=offre.parent).utilisateur for _ in range(3)]
    reglages = settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Entrelacements, settings=reglages)
