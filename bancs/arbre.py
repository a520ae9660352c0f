"""The tree at 500 000 fiches: unrolling in six ways, writing, checking, opening a fiche, whatever the rights.

Budget (ARCHITECTURE §9): at most 5 queries, p95 at most 100 ms, the same (± 20 %) with 1 and with 1 400 grants.
"""

import random
from collections.abc import Callable, Iterator, Sequence

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from bancs.mesures import Mesure, chronometrer, p50_p95
from bancs.population import DROITS, NATIONALE, peupler
from bancs.visites import referents, visiter
from referentiel import arbre, regroupements
from referentiel import repertoire as arbre_lu
from referentiel.models import Favori, Structure
from referentiel.models.structure import Groupe
from referentiel.repertoire import AFFICHAGES, Par, Regard
from ror.comptes.models import Utilisateur

TIRAGES = 200
TOUTES = ".".join(Groupe.values)
"""Every box ticked: the greatest branches."""
BUDGET_REQUETES = 5


def mesurer() -> Iterator[Mesure]:
    duree = peupler()
    if duree is not None:
        yield Mesure(f"Numérotation de {NATIONALE.noeuds} fiches chargées par COPY", duree, unite="s")
    clients = referents(htmx=True)
    branches = _branches_au_hasard()
    pire, ej = _pire_departement()
    yield from _depliages("Déplier une fiche au hasard", clients, branches, _plancher_enfants)
    yield from _depliages(f"Déplier le pire nœud ({ej} EJ)", clients, [pire] * 20, _plancher_departement)
    yield from _six_voies(clients)
    fiches = [reverse("fiche", args=[pk]) for pk in _fiches_au_hasard()]
    yield from visiter("Ouvrir une fiche", clients, fiches)
    yield from _ecritures()
    yield Mesure("Vérifier tous les arbres", chronometrer(arbre.verifier), chronometrer(_plancher_lecture))


# --- reading --------------------------------------------------------------------------------------------------


def _six_voies(clients: dict[str, Client]) -> Iterator[Mesure]:
    """The greatest branch of each level of each way, and the first level itself."""
    yield Mesure("Classer tous les établissements", chronometrer(regroupements.classer), chronometrer(_plancher_offres))
    for par, nom in AFFICHAGES.items():
        if par == Par.FAVORIS:
            _garder_favoris(clients)
        pires = _pires_branches(clients, par)
        for niveau, (cle, lignes) in enumerate(pires, 1):
            titre = f"{nom}, pire branche du niveau {niveau} ({cle}, {lignes} lignes)"
            yield from _depliages(titre, clients, [cle] * 20, _plancher_lignes(cle))
        adresses = [f"{reverse('repertoire')}?par={par}&structures={TOUTES}"] * 10
        yield from visiter(f"{nom}, page et premier niveau", clients, adresses)


def _pires_branches(clients: dict[str, Client], par: str) -> list[tuple[str, int]]:
    """Keys of the branches with most lines: below the roots, then below those lines, down to the children of an EG."""
    regard = Regard(Utilisateur.objects.get(identifiant=next(iter(DROITS))))
    noeuds, pires = arbre_lu.racines(par, regard), []
    for _ in range(4):
        candidats = sorted((n for n in noeuds if n.depliable), key=lambda n: -n.nombre)[:15]
        lues = arbre_lu.branches([n.cle for n in candidats], regard)
        if not any(lues.values()):
            break
        cle = max(lues, key=lambda c: len(lues[c]))
        pires.append((cle, len(lues[cle])))
        noeuds = lues[cle]
    return pires


def _garder_favoris(clients: dict[str, Client]) -> None:
    """Two hundred favourites for each person, among the greatest EJ."""
    plus_grandes = Structure.objects.filter(parent=None).order_by("-rght")[:200]
    for personne in Utilisateur.objects.filter(identifiant__in=DROITS):
        Favori.objects.bulk_create(
            [Favori(utilisateur=personne, structure=ej) for ej in plus_grandes], ignore_conflicts=True
        )


def _plancher_lignes(cle: str) -> Callable[[str], object]:
    """The barest reading of a branch: its lines by their keys, sorted by name."""
    regard = Regard(Utilisateur.objects.get(identifiant=next(iter(DROITS))))
    fiches = [n.fiche for n in arbre_lu.branche(cle, regard) if n.fiche]
    return lambda _: _lire(
        "SELECT id, niveau, nom, etat, lft, rght FROM referentiel_structure WHERE id = ANY(%s) ORDER BY nom_recherche",
        fiches,
    )


def _plancher_offres() -> None:
    _lire("SELECT count(*) FROM referentiel_uniteoperationnelle WHERE type_offre_id IS NOT NULL")


def _depliages(
    nom: str, clients: dict[str, Client], branches: Sequence[str], plancher: Callable[[str], object]
) -> Iterator[Mesure]:
    plancher_ms, _ = p50_p95(chronometrer(lambda cle=cle: plancher(cle)) for cle in branches)
    adresses = [f"{reverse('repertoire-branche', args=[cle])}?structures={TOUTES}" for cle in branches]
    yield from visiter(nom, clients, adresses, plancher_ms, budget_requetes=BUDGET_REQUETES)


def _branches_au_hasard() -> list[str]:
    """Keys of nodes with children, of every level, the greatest EJ among them."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT id FROM referentiel_structure WHERE rght - lft > 1 ORDER BY id")
        pleins = [ligne[0] for ligne in curseur.fetchall()]
        curseur.execute("SELECT id FROM referentiel_structure WHERE parent_id IS NULL ORDER BY rght DESC LIMIT 10")
        plus_grands = [ligne[0] for ligne in curseur.fetchall()]
    return [f"n-{pk}" for pk in [*plus_grands, *random.Random(3).sample(pleins, TIRAGES)]]


def _fiches_au_hasard() -> list[int]:
    return random.Random(5).sample(range(1, NATIONALE.noeuds + 1), TIRAGES)


def _pire_departement() -> tuple[str, int]:
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT departement, count(DISTINCT parent_id) FROM referentiel_structure WHERE niveau = 'EG'"
            " GROUP BY departement ORDER BY 2 DESC LIMIT 1"
        )
        departement, nombre = curseur.fetchone()
    return f"df-{departement}", nombre


def _plancher_enfants(cle: str) -> None:
    _lire(
        "SELECT id, niveau, nom, etat, lft, rght FROM referentiel_structure"
        " WHERE parent_id = %s ORDER BY nom_recherche",
        cle.removeprefix("n-"),
    )


def _plancher_departement(cle: str) -> None:
    _lire(
        "SELECT p.id, p.nom, p.etat, count(*) FROM referentiel_structure e JOIN referentiel_structure p"
        " ON p.id = e.parent_id WHERE e.niveau = 'EG' AND e.departement = %s GROUP BY p.id ORDER BY p.nom_recherche",
        cle.removeprefix("df-"),
    )


def _plancher_lecture() -> None:
    _lire("SELECT tree_id, count(*), min(lft), max(rght) FROM referentiel_structure GROUP BY tree_id")


def _lire(sql: str, *parametres) -> list[tuple]:
    with connection.cursor() as curseur:
        curseur.execute(sql, parametres)
        return curseur.fetchall()


# --- writing: measured, then taken back -----------------------------------------------------------------------


def _ecritures() -> Iterator[Mesure]:
    (racine, noeuds), *_ = _lire(
        "SELECT id, rght / 2 FROM referentiel_structure WHERE parent_id IS NULL ORDER BY rght DESC LIMIT 1"
    )
    arbre_racine = Structure.objects.get(pk=racine).tree_id
    with transaction.atomic():
        uf = Structure.objects.filter(tree_id=arbre_racine, niveau="UF").order_by("lft").first()
        pole = Structure.objects.filter(tree_id=arbre_racine, niveau="P").order_by("lft").last()
        plancher = chronometrer(lambda: _decaler(arbre_racine))
        offre = Structure(niveau="UO", nom="Unité d’essai")
        yield Mesure(
            f"Insérer dans le plus grand arbre ({noeuds} fiches)",
            chronometrer(lambda: arbre.inserer(structure=offre, parent=uf)),
            plancher,
        )
        yield Mesure(
            "Déplacer une UF d’un bout à l’autre de cet arbre",
            chronometrer(lambda: arbre.deplacer(structure=uf, vers=pole)),
            plancher,
        )
        transaction.set_rollback(True)


def _decaler(tree_id: int) -> None:
    """The barest insertion: shift the numbers of the whole tree in one statement."""
    with connection.cursor() as curseur:
        curseur.execute("UPDATE referentiel_structure SET lft = lft + 2, rght = rght + 2 WHERE tree_id = %s", [tree_id])
