"""Integrating a dossier: everything in one transaction, merged by the engine, journaled, and undone as one (B4, B5).

What is written is what `simuler` reports, read under the locks. `inverse` keeps what undoing needs.
"""

from collections.abc import Sequence

from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from referentiel import arbre
from referentiel.actions.ecriture import Publication, publier_lot
from referentiel.actions.suppression import instantaner
from referentiel.derives import rafraichir
from referentiel.lexique import lexique_partage
from referentiel.models import EntreeJournal, OrganisationInterne, Structure, UniteOperationnelle
from referentiel.models.structure import Origine
from referentiel.niveaux import Niveau
from referentiel.regroupements import classer
from ror.commun.erreurs import ConflitDeVersion

from .contenus import structures_de
from .models import Dossier, FicheDossier, Integration
from .presentation import bilan_de
from .simulation import Ligne, Rapport, simuler
from .superposition import Noeud

LOT = 500


class IntegrationImpossible(ConflitDeVersion):
    """The dossier cannot be integrated as it stands; `rapport` says why. Nothing is written."""

    def __init__(self, rapport: Rapport) -> None:
        nombre = len(rapport.conflits)
        raisons = [p.message for p in rapport.erreurs]
        if nombre:
            raisons.append(f"{nombre} fiche{'s' if nombre > 1 else ''} avec un choix à faire.")
        super().__init__((), "Ce dossier ne peut pas être publié en l’état. " + " ".join(raisons[:3]))
        self.rapport = rapport


def integrer(dossier: Dossier, auteur) -> Integration:
    """Writes a dossier into the Répertoire; the caller has locked it, decides its state, and owns the transaction.

    Args:
        dossier: the dossier.
        auteur: in whose name it is written: who approved it.

    Raises:
        IntegrationImpossible: a conflict or a blocking rule; nothing is written.
        StructureInvalide: the tree does not admit it.
    """
    _verrouiller(dossier)
    with lexique_partage():
        rapport = simuler(dossier)
        if not rapport.integrable:
            raise IntegrationImpossible(rapport)
        bilan = bilan_de(rapport)
        creees = _creer(rapport)
        deplacements = {n.structure: _place(n.parent, creees) for n in rapport.deplacements if n.structure is not None}
        supprimees = _supprimer(rapport, auteur)
        arbre.reorganiser(
            racine=dossier.etablissement,
            creations=list(creees.values()),
            deplacements=deplacements,
            suppressions=[pk for pk, _ in supprimees],
        )
        _detailler(rapport, creees)
        entrees = _publier(rapport, creees, auteur)
        rafraichir([*(s.pk for s in creees.values()), *(int(pk) for pk in _types_avant(rapport))])
        classer([dossier.etablissement_id])
    return Integration.objects.create(
        dossier=dossier,
        le=timezone.now(),
        bilan=bilan,
        inverse={
            "creees": [s.pk for s in creees.values()],
            "deplacees": {str(n.structure): int(str(n.origine)[1:]) for n in rapport.deplacements},
            "supprimees": [tombe for _, tombe in supprimees],
            "types": _types_avant(rapport),
            "entrees": entrees,
        },
    )


def _verrouiller(dossier: Dossier) -> None:
    """Locks the tree, then every live fiche touched, in a constant order."""
    arbre.verrouiller_arbres([dossier.etablissement_id])
    dossier.etablissement.refresh_from_db()
    touchees = dossier.fiches.filter(structure__isnull=False).values_list("structure", flat=True)
    list(Structure.objects.filter(pk__in=list(touchees)).select_for_update(of=("self",), no_key=True).order_by("pk"))


def _creer(rapport: Rapport) -> dict[str, Structure]:
    """Key → unsaved node of each creation, parents first."""
    creees: dict[str, Structure] = {}
    for noeud in rapport.creations:
        parent = _place(noeud.parent, creees)
        creees[noeud.cle] = Structure(
            niveau=noeud.niveau,
            nom=noeud.nom,
            parent=parent if isinstance(parent, Structure) else Structure(pk=parent),
            groupe=noeud.groupe,
            departement=rapport.dossier.etablissement.departement,
            origine=Origine.SAISIE,
        )
    return creees


def _place(cle: str | None, creees: dict[str, Structure]) -> Structure | int:
    return creees[str(cle)] if cle in creees else int(str(cle)[1:])


def _supprimer(rapport: Rapport, auteur) -> list[tuple[int, int]]:
    """(key of the node, key of what is kept of it) of all that the dossier deletes."""
    noeuds = rapport.suppressions
    structures = Structure.objects.in_bulk([n.structure for n in noeuds if n.structure is not None])
    ordonnees = [structures[n.structure] for n in noeuds if n.structure in structures]
    if not ordonnees:
        return []
    chemins = {n.structure: rapport.arbre.chemin(n.cle) for n in noeuds if n.structure is not None}
    motif = f"Dossier «\u00a0{rapport.dossier.nom}\u00a0»"
    tombes = instantaner(ordonnees, auteur=auteur, motif=motif, chemins=chemins)
    return list(zip([s.pk for s in ordonnees], tombes, strict=True))


def _detailler(rapport: Rapport, creees: dict[str, Structure]) -> None:
    """The detail row of each creation, and the types that change."""
    organisations, unites = [], []
    for cle, structure in creees.items():
        if structure.niveau == Niveau.UO:
            type_offre = rapport.lignes[cle].contenu.type_offre
            relue = {"relue_le": timezone.now(), "relue_par": rapport.dossier.envoye_par}
            unites.append(UniteOperationnelle(structure=structure, type_offre=type_offre, **relue))
        else:
            organisations.append(OrganisationInterne(structure=structure))
    if organisations:
        bulk_create_with_history(organisations, OrganisationInterne, batch_size=LOT)
    if unites:
        bulk_create_with_history(unites, UniteOperationnelle, batch_size=LOT)
    FicheDossier.objects.bulk_update(
        [_liee(rapport.lignes[cle], structure) for cle, structure in creees.items()], ["structure"], batch_size=LOT
    )
    _changer_types(rapport)


def _liee(ligne: Ligne, structure: Structure) -> FicheDossier:
    ligne.fiche.structure = structure
    return ligne.fiche


def _changer_types(rapport: Rapport) -> None:
    changees = {x.noeud.structure: x for x in rapport.lignes.values() if x.type_change and not x.noeud.cree}
    unites = list(UniteOperationnelle.objects.filter(structure__in=[pk for pk in changees if pk is not None]))
    for unite in unites:
        unite.type_offre = changees[unite.structure_id].contenu.type_offre
    if unites:
        bulk_update_with_history(unites, UniteOperationnelle, ["type_offre"], batch_size=LOT)
    groupes = {
        x.noeud.structure: x.fiche.groupe for x in rapport.lignes.values() if not x.noeud.cree and x.fiche.groupe
    }
    structures = [s for s in Structure.objects.filter(pk__in=list(groupes)) if s.groupe != groupes[s.pk]]
    for structure in structures:
        structure.groupe = groupes[structure.pk]
    if structures:
        bulk_update_with_history(structures, Structure, ["groupe"], batch_size=LOT)


def _types_avant(rapport: Rapport) -> dict[str, dict]:
    """Key of a live fiche → its type and group before, for those that change."""
    return {
        str(x.noeud.structure): {
            "type": x.type_change[0].pk if x.type_change and x.type_change[0] else None,
            "apres": x.contenu.type_offre.pk if x.contenu.type_offre else None,
        }
        for x in rapport.lignes.values()
        if x.type_change and not x.noeud.cree
    }


def _publier(rapport: Rapport, creees: dict[str, Structure], auteur) -> list[int]:
    """The values of every touched fiche, by lot, then one line of the history for each. Returns the entries' keys."""
    dossier = rapport.dossier
    motif = f"Dossier «\u00a0{dossier.nom}\u00a0»"[:255]
    touchees = [x for x in rapport.lignes.values() if x.noeud.cree or x.changements or _raconte(rapport, x.noeud)]
    vivantes = structures_de(_pk(x.noeud, creees) for x in touchees)
    avant = EntreeJournal.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    conflits = publier_lot(
        [
            Publication(
                structure=vivantes[_pk(x.noeud, creees)],
                auteur=auteur,
                changements=x.changements,
                origine=EntreeJournal.Origine.DOSSIER,
                motif=motif,
                phrases=[*_phrases_d_organisation(rapport, x.noeud), *x.phrases],
            )
            for x in touchees
        ]
    )
    if any(conflits):
        raise IntegrationImpossible(simuler(dossier))
    _noter_sans_valeur(rapport, touchees, vivantes, creees, auteur, motif)
    return list(
        EntreeJournal.objects.filter(
            pk__gt=avant, structure__in=list(vivantes), origine=EntreeJournal.Origine.DOSSIER
        ).values_list("pk", flat=True)
    )


def _noter_sans_valeur(
    rapport: Rapport,
    touchees: Sequence[Ligne],
    vivantes: dict[int, Structure],
    creees: dict[str, Structure],
    auteur,
    motif: str,
) -> None:
    """A fiche that is only moved, retyped, or created empty has a line of history too."""
    maintenant = timezone.now()
    muettes = [x for x in touchees if not x.changements]
    for ligne in muettes:
        vivantes[_pk(ligne.noeud, creees)].version += 1
    Structure.objects.bulk_update([vivantes[_pk(x.noeud, creees)] for x in muettes], ["version"], batch_size=LOT)
    EntreeJournal.objects.bulk_create(
        EntreeJournal(
            structure=vivantes[_pk(x.noeud, creees)],
            version=vivantes[_pk(x.noeud, creees)].version,
            le=maintenant,
            auteur=auteur,
            origine=EntreeJournal.Origine.DOSSIER,
            motif=motif,
            phrases=[*_phrases_d_organisation(rapport, x.noeud), *x.phrases],
        )
        for x in muettes
    )


def _raconte(rapport: Rapport, noeud: Noeud) -> bool:
    return noeud.deplace or rapport.lignes[noeud.cle].type_change is not None


def _phrases_d_organisation(rapport: Rapport, noeud: Noeud) -> list[str]:
    chemin = rapport.arbre.chemin(noeud.cle)
    if noeud.cree:
        return [f"Fiche créée sous «\u00a0{chemin}\u00a0»."]
    if noeud.deplace:
        return [f"Fiche déplacée de «\u00a0{rapport.avant.chemin(noeud.cle)}\u00a0» à «\u00a0{chemin}\u00a0»."]
    return []


def _pk(noeud: Noeud, creees: dict[str, Structure]) -> int:
    return creees[noeud.cle].pk if noeud.cree else int(str(noeud.structure))
