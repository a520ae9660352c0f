"""Random interleavings of two authors, validations now and at a date, publications late, twice or killed.

Everything accepted is in the published fiche, or still waits, or a person was asked and her answer is on record; and
nothing is applied twice.
"""

from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from referentiel import actions, fiches
from referentiel.actions import publication
from referentiel.actions.fiches import modification_en_attente, valeurs_en_cours
from referentiel.changements import Choix
from referentiel.models import EntreeJournal, Modification, Structure
from ror.commun.erreurs import ConflitDeVersion, EtatIncompatible
from tests.fabriques import HabilitationFactory, UOFactory, code

CODES = "abcd"
GESTES = ("ouvrir", "saisir", "valider", "programmer", "publier", "publier_coupe", "jour_suivant", "arbitrer")

pas = st.tuples(
    st.sampled_from(GESTES),
    st.integers(0, 1),
    st.sampled_from(["nom", "conditions_accueil"]),
    st.sampled_from(["A", "B", "C"]),
    st.sets(st.sampled_from(CODES)),
    st.sampled_from(list(Choix)),
)


class Atelier:
    """Two persons on one offer, and what they accepted: each text written is unique, so that it can be traced."""

    def __init__(self) -> None:
        for valeur in CODES:
            code("JDV_J17", valeur)
        self.offre = UOFactory()
        self.auteurs = [HabilitationFactory(structure=self.offre.parent).utilisateur for _ in range(2)]
        self.vues = [fiches.lire(self.offre)] * 2
        self.jour = timezone.localdate()
        self.numero = 0
        self.acceptes: set[str] = set()
        self.remplaces: set[str] = set()  # written over by somebody who had them before her eyes
        self.renonces: set[str] = set()  # given up by the answer to a question

    def structure(self) -> Structure:
        return Structure.objects.get(pk=self.offre.pk)

    def ouvrir(self, qui, *_) -> None:
        structure = self.structure()
        self.vues[qui] = valeurs_en_cours(structure, modification_en_attente(structure))

    def saisir(self, qui, champ, texte, codes, choix) -> None:
        self.numero += 1
        propre = f"{texte}{self.numero}"
        options = {
            "structure_id": self.offre.pk,
            "auteur": self.auteurs[qui],
            "vues": self.vues[qui],
            "saisies": {champ: propre, "activites": sorted(codes)},
        }
        try:
            actions.enregistrer(**options)
        except ConflitDeVersion as refus:
            self.noter(refus.conflits, choix)
            actions.enregistrer(**options, choix={conflit.identifiant: choix for conflit in refus.conflits})
        self.acceptes.add(propre)
        self.remplaces.add(self.vues[qui].get(champ))
        self.ouvrir(qui)

    def noter(self, conflits, choix) -> None:
        self.renonces |= {c.propose if choix is Choix.GARDER else c.actuel for c in conflits}

    def valider(self, qui, *_, date_effet=None) -> None:
        vu = actions.EtatVu.de(self.structure(), modification_en_attente(self.structure()))
        options = {"structure_id": self.offre.pk, "auteur": self.auteurs[qui], "relue": True, "vu": vu}
        actions.valider(**options, date_effet=date_effet or self.jour)
        with pytest.raises(EtatIncompatible):
            actions.valider(**options, date_effet=date_effet or self.jour)

    def programmer(self, qui, *_) -> None:
        self.valider(qui, date_effet=self.jour + timedelta(days=2))

    def publier(self, *_) -> None:
        actions.publier_echues(self.jour)
        assert actions.publier_echues(self.jour) == 0

    def publier_coupe(self, *_) -> None:
        with mock.patch.object(publication, "_journaliser", side_effect=RuntimeError):
            actions.publier_echues(self.jour)

    def jour_suivant(self, *_) -> None:
        self.jour += timedelta(days=1)

    def arbitrer(self, qui, champ, texte, codes, choix) -> None:
        for modification in Modification.objects.filter(etat=Modification.Etat.A_ARBITRER):
            conflits, _ = publication.conflits_de(modification, self.structure())
            self.noter(conflits, choix)
            actions.arbitrer(
                modification_id=modification.pk,
                auteur=self.auteurs[qui],
                choix={conflit.identifiant: choix for conflit in conflits},
            )

    def tout_finir(self) -> None:
        """Publishes all that is left, every conflict settled for what waits."""
        self.jour += timedelta(days=5)
        self.publier()
        for _ in range(50):
            if not Modification.objects.filter(etat__in=["attente", "programmee", "arbitrage"]).exists():
                return
            self.arbitrer(0, None, None, None, Choix.IMPOSER)
            self.publier()
            if modification_en_attente(self.structure()):
                self.valider(0)
        pytest.fail("still something to publish")


class Entrelacements(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(pas, max_size=14))
    def test_rien_d_accepte_ne_se_perd_ni_ne_s_applique_deux_fois(self, suite) -> None:
        atelier = Atelier()
        vrai_jour = timezone.localdate
        with mock.patch.object(timezone, "localdate", lambda *a: vrai_jour(*a) if a else atelier.jour):
            for geste, qui, *reste in suite:
                getattr(atelier, geste)(qui, *reste)
            atelier.tout_finir()
        publies = {
            c["propose"] for e in EntreeJournal.objects.all() for c in e.changements if c["champ"] != "activites"
        }
        assert atelier.acceptes <= publies | atelier.remplaces | atelier.renonces
        self.rejouer_le_journal(atelier, fiches.lire(atelier.structure()))

    @staticmethod
    def rejouer_le_journal(atelier, publiee) -> None:
        """Each entry starts from the value the former one left: nothing was written twice or beside the journal."""
        valeurs: dict = {}
        for entree in EntreeJournal.objects.order_by("pk"):
            for changement in entree.changements:
                champ = changement["champ"]
                assert valeurs.get(champ, changement["base"]) == changement["base"]
                valeurs[champ] = changement["propose"]
        assert all(publiee[champ] == valeur for champ, valeur in valeurs.items())
        assert atelier.structure().version == 1 + EntreeJournal.objects.exclude(changements=[]).count()
