"""Random interleavings of direct edits, dossier edits, moves, FINESS runs, integrations and undoings (M1, B5).

The oracle is in plain Python: what each accepted edit wrote, and where it may be found. At every moment the tree is
clean; an accepted direct edit is published, waits, was replaced by a later one whose author saw it, or was given up by
a choice on record; undoing a dossier right after its integration gives back exactly what was there.
"""

import itertools
import os
from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dossiers import actions
from dossiers.actions.contenu import Envoi
from dossiers.contenus import contenu_de
from dossiers.etats import Etat
from dossiers.models import Dossier, FicheDossier, Integration
from dossiers.simulation import simuler
from dossiers.superposition import arbre_de
from referentiel import actions as directes
from referentiel import arbre, fiches
from referentiel.actions.ecriture import publier_changements
from referentiel.actions.fiches import modification_en_attente, valeurs_en_cours
from referentiel.changements import Changement, Choix
from referentiel.models import EntreeJournal, ModeleSaisie, Structure
from referentiel.niveaux import Niveau
from ror.commun.erreurs import ErreurMetier
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    ServiceFactory,
    UFFactory,
    UOFactory,
    code,
)

CHAMPS = ("conditions_accueil", "informations_complementaires")
rangs = st.integers(0, 11)
champs = st.sampled_from(CHAMPS)
choix = st.sampled_from(list(Choix))


class Dossiers(RuleBasedStateMachine):
    eg: Structure
    autre_ej: Structure
    referents: list
    gestionnaire: object

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.numeros = itertools.count(1)
        self.directes: dict[tuple[int, str], list[str]] = {}
        self.vus: dict[str, str] = {}
        self.tranches: set[tuple[int, str]] = set()

    def teardown(self) -> None:
        try:
            self.integrer_tout(Choix.GARDER)
        finally:
            transaction.savepoint_rollback(self.point)

    # --- what people do on the live fiches ---

    @rule(rang=rangs, champ=champs, qui=st.integers(0, 1))
    def editer_en_direct(self, rang, champ, qui) -> None:
        """A section is saved, then validated: published at once."""
        offre = self.offre(rang)
        if offre is None:
            return
        texte = f"D{next(self.numeros)}."
        vues = valeurs_en_cours(offre, modification_en_attente(offre))
        auteur = self.referents[qui]
        directes.enregistrer(structure_id=offre.pk, auteur=auteur, vues=vues, saisies={champ: texte})
        directes.valider(structure_id=offre.pk, auteur=auteur, relue=True)
        self.directes.setdefault((offre.pk, champ), []).append(texte)
        self.vus[texte] = vues[champ]

    @rule(rang=rangs, champ=champs, oui=st.booleans(), repondre=st.booleans())
    def editer_en_direct_puis_repercuter(self, rang, champ, oui, repondre) -> None:
        """The question of the guides is asked only when both sides hold different values (S104)."""
        self.editer_en_direct(rang, champ, 0)
        offre = self.offre(rang)
        if offre is None:
            return
        doubles = actions.champs_doubles(offre)
        ligne = FicheDossier.objects.filter(structure=offre, dossier__in=Dossier.objects.ouverts()).first()
        for double in doubles:
            assert ligne is not None
            assert double.champ in ligne.changements
        if doubles and repondre:
            reponses = {d.champ: oui for d in doubles}
            actions.repercuter(structure=offre, auteur=self.referents[0], reponses=reponses)
            assert actions.champs_doubles(offre) == []
            if not oui:
                self.tranches |= {(offre.pk, d.champ) for d in doubles}
            else:
                apres = contenu_de(self.arbre()[f"s{offre.pk}"]).valeurs
                assert all(apres[d.champ] == fiches.lire(offre)[d.champ] for d in doubles)

    @rule(rang=rangs)
    def renommer(self, rang) -> None:
        offre = self.offre(rang)
        if offre is not None:
            nom = f"N{next(self.numeros)}"
            directes.renommer(structure_id=offre.pk, auteur=self.referents[0], nom=nom)
            self.directes.setdefault((offre.pk, "nom"), []).append(nom)
            self.vus[nom] = offre.nom

    @rule()
    def passer_finess(self) -> None:
        """What a nightly run does to an establishment: another EJ, another raison sociale."""
        ailleurs = self.autre_ej if self.etablissement().parent_id != self.autre_ej.pk else self.ej
        arbre.deplacer_en_masse(deplacements=[(self.eg.pk, ailleurs.pk)])
        changement = Changement(
            "raison_sociale", fiches.lire(self.etablissement())["raison_sociale"], f"R{next(self.numeros)}"
        )
        structure = Structure.objects.select_for_update().get(pk=self.eg.pk)
        origine = EntreeJournal.Origine.FINESS
        assert publier_changements(structure=structure, auteur=None, changements=[changement], origine=origine) == ()

    # --- what people do in the dossier ---

    @rule(rang=rangs, niveau=st.sampled_from([Niveau.P, Niveau.S, Niveau.UF, Niveau.UO]))
    def creer(self, rang, niveau) -> None:
        noeuds = [n for n in self.arbre().parcourir() if self.arbre().refus_de_place(niveau, n.cle) is None]
        if noeuds:
            sous = noeuds[rang % len(noeuds)].cle
            nom = f"C{next(self.numeros)}"
            actions.creer_fiches(
                dossier_id=self.dossier().pk, sous=sous, niveau=niveau, auteur=self.referents[0], nom=nom
            )

    @rule(rang=rangs, vers=rangs)
    def deplacer(self, rang, vers) -> None:
        tree = self.arbre()
        noeud = self.au_hasard(rang)
        destinations = tree.destinations([noeud.cle]) if noeud else []
        if noeud and destinations:
            cible = destinations[vers % len(destinations)].cle
            actions.deplacer(dossier_id=self.dossier().pk, places={noeud.cle: cible}, auteur=self.referents[1])

    @rule(rang=rangs, vers=rangs)
    def deplacer_n_importe_ou(self, rang, vers) -> None:
        """A forged place is refused, or is a good one: the tree of the dossier has no cycle."""
        noeuds = list(self.arbre().parcourir())
        places = {noeuds[rang % len(noeuds)].cle: noeuds[vers % len(noeuds)].cle}
        with suppress(ErreurMetier):
            actions.deplacer(dossier_id=self.dossier().pk, places=places, auteur=self.referents[1])

    @rule(rang=rangs)
    def supprimer(self, rang) -> None:
        noeud = self.au_hasard(rang)
        if noeud is not None:
            actions.supprimer(dossier_id=self.dossier().pk, cles=[noeud.cle], auteur=self.referents[0])

    @rule(rang=rangs)
    def retablir(self, rang) -> None:
        supprimes = [n for n in self.arbre().parcourir() if n.fiche is not None and n.fiche.supprimee]
        if supprimes:
            cle = supprimes[rang % len(supprimes)].cle
            actions.retablir(dossier_id=self.dossier().pk, cle=cle, auteur=self.referents[0])

    @rule(rang=rangs, dessous=st.booleans())
    def dupliquer(self, rang, dessous) -> None:
        noeud = self.au_hasard(rang)
        if noeud is not None and len(list(self.arbre().parcourir())) < 40:
            actions.dupliquer(
                dossier_id=self.dossier().pk, cle=noeud.cle, auteur=self.referents[0], avec_dessous=dessous
            )

    @rule(rang=rangs, champ=champs, qui=st.integers(0, 1))
    def editer_dans_le_dossier(self, rang, champ, qui) -> None:
        uos = [n for n in self.arbre().parcourir() if n.niveau is Niveau.UO and not n.supprime]
        if not uos:
            return
        noeud = sorted(uos, key=lambda n: (n.cree, n.cle))[rang % min(3, len(uos))]  # often the same live ones
        vues, texte = contenu_de(noeud).valeurs, f"F{next(self.numeros)}."
        envoi = Envoi(vues, {champ: texte})
        self.vus[texte] = vues.get(champ)
        actions.enregistrer_fiche(
            dossier_id=self.dossier().pk, cle=noeud.cle, auteur=self.referents[qui], envoi=envoi, finaliser=False
        )

    # --- sending, integrating, undoing ---

    @precondition(lambda self: Dossier.objects.ouverts().exists())
    @rule(reponse=choix)
    def integrer_tout(self, reponse) -> None:
        """Finalises, settles, sends, validates: the dossier is published, and what was not asked is not lost."""
        self.finaliser()
        dossier = self.dossier()
        for ligne in simuler(dossier).conflits:
            for conflit in ligne.conflits:
                self.tranches.add((ligne.noeud.structure, conflit.champ))
            reponses = {c.identifiant: reponse for c in ligne.conflits}
            actions.trancher(dossier_id=dossier.pk, fiche_id=ligne.fiche.pk, auteur=self.referents[0], choix=reponses)
        attendu = self.attendu()
        try:
            actions.envoyer(dossier_id=dossier.pk, auteur=self.referents[0])
        except ErreurMetier:
            assert simuler(dossier).vide or simuler(dossier).erreurs
            actions.abandonner(dossier_id=dossier.pk, auteur=self.referents[0])
            return
        while Dossier.objects.get(pk=dossier.pk).etat_dossier is not Etat.PUBLIE:
            actions.accepter(dossier_id=dossier.pk, auteur=self.gestionnaire, vu=None, sans_tout_lire=True)
        assert self.attendu_publie() == attendu

    @precondition(lambda self: Dossier.objects.ouverts().exists())
    @rule()
    def integrer_puis_annuler(self) -> None:
        """Undone at once, the Répertoire is exactly what it was."""
        avant = self.photo()
        dossier = self.dossier()
        self.integrer_tout(Choix.IMPOSER)
        if Dossier.objects.get(pk=dossier.pk).etat_dossier is Etat.PUBLIE:
            actions.annuler_integration(dossier_id=dossier.pk, auteur=self.gestionnaire, motif="Essai")
            assert self.photo() == avant
            assert Integration.objects.get(dossier=dossier).annulee_le is not None

    # --- what is true at every moment ---

    @invariant()
    def arbre_propre(self) -> None:
        assert arbre.verifier() == []

    @invariant()
    def rien_d_accepte_ne_se_perd(self) -> None:
        """The last direct edit of a field stands, or was replaced by who saw it, or a choice about it was recorded."""
        for (pk, champ), textes in self.directes.items():
            structure = Structure.objects.filter(pk=pk).first()
            if structure is None or (pk, champ) in self.tranches:
                continue
            vivante = fiches.lire(structure)[champ]
            assert vivante == textes[-1] or textes[-1] in self.lignee(vivante), f"lost: {textes[-1]} on {pk}, {champ}"

    def lignee(self, texte) -> set:
        """All the values that the authors of this one, and of those it replaced, had before their eyes."""
        vues: set = set()
        while texte in self.vus and texte not in vues:
            vues.add(texte)
            texte = self.vus[texte]
        return vues | {texte}

    # --- the oracle ---

    @initialize()
    def ouvrir(self) -> None:
        self.ej = self.etablissement().parent

    def etablissement(self) -> Structure:
        return Structure.objects.select_related("parent").get(pk=self.eg.pk)

    def dossier(self) -> Dossier:
        return actions.ouvrir_ou_rejoindre(structure=self.etablissement(), auteur=self.referents[0])

    def arbre(self):
        return arbre_de(self.dossier())

    def offre(self, rang: int) -> Structure | None:
        offres = list(self.etablissement().get_descendants().filter(niveau="UO").order_by("pk"))
        return offres[rang % min(3, len(offres))] if offres else None

    def au_hasard(self, rang: int):
        noeuds = [n for n in self.arbre().parcourir() if n.parent is not None and not n.supprime]
        return noeuds[rang % len(noeuds)] if noeuds else None

    def finaliser(self) -> None:
        """Every fiche that waits is completed; one that the dossier deletes needs nothing."""
        tree = self.arbre()
        for noeud in list(tree.parcourir()):
            if noeud.fiche is None or noeud.supprime or noeud.fiche.etat == FicheDossier.Etat.FINALISEE:
                continue
            valeurs = contenu_de(noeud).valeurs
            envoi = Envoi(valeurs, {}, *(("21", "MCO") if noeud.niveau is Niveau.UO else (None, None)))
            actions.enregistrer_fiche(
                dossier_id=self.dossier().pk, cle=noeud.cle, auteur=self.referents[0], envoi=envoi, finaliser=True
            )
        self.dossier().fiches.filter(etat=FicheDossier.Etat.ATTENTE).update(etat=FicheDossier.Etat.FINALISEE)

    def attendu(self) -> list:
        """Level, name, name above, texts of every fiche, as the dossier will leave them."""
        rapport = simuler(self.dossier())
        noeuds = [n for n in rapport.arbre.parcourir() if not n.supprime]
        lignes = {n.cle: rapport.lignes[n.cle].nouvelles for n in noeuds if n.cle in rapport.lignes}
        return sorted(
            (n.niveau, n.nom, rapport.arbre[n.parent].nom if n.parent else "", self.textes(n, lignes)) for n in noeuds
        )

    def textes(self, noeud, lignes) -> tuple:
        valeurs = lignes.get(noeud.cle) or fiches.lire(Structure.objects.get(pk=noeud.structure))
        return tuple(str(valeurs.get(champ)) for champ in CHAMPS)

    def attendu_publie(self) -> list:
        eg = self.etablissement()
        return sorted(
            (
                s.niveau,
                s.nom,
                s.parent.nom if s.pk != eg.pk else "",
                tuple(str(fiches.lire(s).get(champ)) for champ in CHAMPS),
            )
            for s in eg.get_descendants(include_self=True).select_related("parent")
        )

    def photo(self) -> list:
        """All that is published of the establishment: places, types and every value."""
        dessous = self.etablissement().get_descendants(include_self=True).order_by("pk")
        return [
            (s.pk, s.parent_id, s.groupe, getattr(fiches.detail_de(s), "type_offre_id", None), fiches.lire(s))
            for s in dessous
        ]


@pytest.mark.django_db
@pytest.mark.exigence("M1", "B5")
def test_rien_d_accepte_ne_se_perd_et_l_arbre_reste_propre():
    RegionFactory()
    code("TRE_R244", "21", "Hébergement")
    for valeur in ("a", "mo"):
        code("JDV_J37", valeur)
    modele = ModeleSaisie.objects.create(identifiant="T", titre="Tests", statut="active", origine="proposition")
    for rang, nom in enumerate(("nom", "age_min", "age_max", *CHAMPS)):
        modele.champs.create(champ=nom, ordre=rang, obligatoire=nom == "nom")
    Dossiers.autre_ej = EJFactory()
    eg = EGFactory(groupe="MCO", nom="CH de Valmont")
    for pole in (PoleFactory(parent=eg, nom="Pôle A"), PoleFactory(parent=eg, nom="Pôle B")):
        uf = UFFactory(parent=ServiceFactory(parent=pole))
        for _ in range(2):
            UOFactory(parent=uf, groupe="MCO")
    Dossiers.eg = eg
    Dossiers.referents = [HabilitationFactory(structure=eg).utilisateur for _ in range(2)]
    Dossiers.gestionnaire = HabilitationFactory(structure=None, role="administrateur").utilisateur
    run_state_machine_as_test(
        Dossiers,
        settings=settings(
            max_examples=int(os.environ.get("EXEMPLES", "15")),
            phases=[Phase.generate],
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
