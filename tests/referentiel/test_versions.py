"""The former values of a fiche, what may be told of its contacts, and undoing, on the engine alone (Hypothesis)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from referentiel.changements import (
    Changement,
    Choix,
    Fiche,
    Genre,
    Valeur,
    comparer,
    fusionner_tout,
    inverser,
    normaliser,
)
from referentiel.confidentialite import Reserve, changement_lisible, lignes_lisibles, reserve_de
from referentiel.versions import valeurs_a_la_version

GENRES = {"nom": Genre.VALEUR, "age": Genre.VALEUR, "codes": Genre.ENSEMBLE, "horaires": Genre.TABLE}

textes = st.sampled_from(["", "a", "b", "c"])
tables = st.dictionaries(
    st.sampled_from(["p1/1", "p1/2", "x"]),
    st.dictionaries(st.sampled_from(["du", "au"]), st.sampled_from(["a", "b"]), min_size=1),
)
valeurs = st.fixed_dictionaries(
    {},
    optional={
        "nom": textes,
        "age": st.integers(0, 3),
        "codes": st.lists(st.sampled_from("xyz")),
        "horaires": tables,
    },
)
Entree = tuple[Changement, ...]


def publier(fiche: dict[str, Valeur], voulues: Fiche) -> tuple[dict[str, Valeur], Entree]:
    """A publication: the fiche after it and its entry of the journal, as `publier_changements` writes it."""
    faits = comparer(fiche, voulues, GENRES)
    return {**fiche, **{c.champ: c.propose for c in faits}}, faits


def annuler(fiche: dict[str, Valeur], entree: Entree, choix=None) -> tuple[dict[str, Valeur], Entree, tuple]:
    """An undo: the fiche after it, its own entry, the conflicts left open."""
    nouvelles, conflits = fusionner_tout([inverser(c) for c in reversed(entree)], fiche, GENRES, choix)
    return nouvelles, comparer(fiche, nouvelles, GENRES), conflits


def vide() -> dict[str, Valeur]:
    return {nom: normaliser(None, genre) for nom, genre in GENRES.items()}


@given(st.lists(valeurs, max_size=8))
def test_each_former_version_is_found_again_from_the_present(publications) -> None:
    fiche = vide()
    etats, journal = [fiche], []
    for voulues in publications:
        fiche, entree = publier(fiche, voulues)
        etats.append(fiche)
        journal.append((*entree, Changement("lieu/1/nom", "a", "b")))
    for version, etat in enumerate(etats):
        assert valeurs_a_la_version(fiche, reversed(journal[version:]), GENRES) == etat


@given(st.lists(valeurs, max_size=8))
def test_undoing_all_from_the_latest_restores_all_without_a_question(publications) -> None:
    depart = fiche = vide()
    journal = []
    for voulues in publications:
        fiche, entree = publier(fiche, voulues)
        journal.append(entree)
    for entree in reversed(journal):
        fiche, _, conflits = annuler(fiche, entree)
        assert not conflits
    assert fiche == depart


@given(st.data())
def test_undoing_in_any_order_restores_all_when_no_element_was_touched_twice(data) -> None:
    depart, arrivee = vide(), {**vide(), **data.draw(valeurs)}
    gestes = _un_par_element(comparer(depart, arrivee, GENRES))
    fiche, journal = depart, []
    for geste in data.draw(st.permutations(gestes)):
        nouvelles, conflits = fusionner_tout([geste], fiche, GENRES)
        assert not conflits
        journal.append(comparer(fiche, nouvelles, GENRES))
        fiche = nouvelles
    for entree in data.draw(st.permutations(journal)):
        fiche, _, conflits = annuler(fiche, entree)
        assert not conflits
    assert fiche == depart


def _un_par_element(changements: Entree) -> list[Changement]:
    """The same changes, one code or one row at a time."""
    gestes = []
    for c in changements:
        if c.champ == "codes":
            gestes += [Changement("codes", [], [code]) for code in c.propose]
        elif c.champ == "horaires":
            gestes += [Changement("horaires", {}, {cle: ligne}) for cle, ligne in c.propose.items()]
        else:
            gestes.append(c)
    return gestes


@given(valeurs, valeurs)
def test_undoing_an_undo_does_it_again(avant, voulues) -> None:
    depart, _ = publier(vide(), avant)
    faite, entree = publier(depart, voulues)
    annulee, retour, conflits = annuler(faite, entree)
    assert annulee == depart
    assert not conflits
    refaite, _, conflits = annuler(annulee, retour)
    assert refaite == faite
    assert not conflits


@given(valeurs, valeurs, valeurs, st.sampled_from(Choix))
def test_an_undo_touches_nothing_else_and_overwrites_nothing_without_an_answer(avant, voulues, depuis, reponse) -> None:
    depart, _ = publier(vide(), avant)
    faite, entree = publier(depart, voulues)
    actuelle, _ = publier(faite, depuis)
    annulee, _, conflits = annuler(actuelle, entree)
    touches = {c.champ for c in entree}
    assert all(annulee[champ] == actuelle[champ] for champ in GENRES if champ not in touches)
    for conflit in conflits:
        assert _element(annulee, conflit) == conflit.actuel
    choix = {conflit.identifiant: reponse for conflit in conflits}
    tranchee, _, restants = annuler(actuelle, entree, choix)
    assert not restants
    for conflit in conflits:
        attendue = conflit.propose if reponse is Choix.IMPOSER else conflit.actuel
        assert _element(tranchee, conflit) == attendue


def _element(fiche: Fiche, conflit) -> Valeur:
    valeur = fiche[conflit.champ]
    if conflit.cle is None:
        return valeur
    ligne = valeur.get(conflit.cle)
    return ligne if conflit.colonne is None else (ligne or {}).get(conflit.colonne)


niveaux = st.sampled_from(["1", "2", "3"])
contacts = st.dictionaries(
    st.sampled_from(["k1", "k2"]),
    st.fixed_dictionaries(
        {
            "nom": st.sampled_from(["A", "B"]),
            "confidentialite": niveaux,
            "telecoms": st.lists(
                st.fixed_dictionaries({"adresse": st.sampled_from(["01", "02", "03"]), "confidentialite": niveaux}),
                max_size=2,
            ),
        }
    ),
)


@given(st.lists(contacts, min_size=1, max_size=5), st.sampled_from([{"1"}, {"1", "2"}]))
def test_what_is_reserved_now_is_told_nowhere_in_the_past(etats, lisibles) -> None:
    """States from the latest to the oldest: no table, no change says a contact or a number that is reserved now."""
    reserve = reserve_de(etats, lisibles)
    caches = {cle for cle, ligne in etats[0].items() if ligne["confidentialite"] not in lisibles}
    dits = [lignes_lisibles(table, lisibles, reserve) for table in etats]
    for apres, avant in pairwise(etats):
        changement, omis = changement_lisible(Changement("contacts", avant, apres), lisibles, reserve)
        dits += [changement.base, changement.propose]
        assert omis == ((changement.base, changement.propose) != (avant, apres))
    for table in dits:
        assert not caches & table.keys()
        for ligne in table.values():
            assert ligne["confidentialite"] in lisibles
            assert all(t["confidentialite"] in lisibles for t in ligne["telecoms"])
            assert not {t["adresse"] for t in ligne["telecoms"]} & reserve.adresses


def test_everything_is_told_to_whoever_reads_every_level() -> None:
    table = {"k": {"nom": "A", "confidentialite": "3", "telecoms": [{"adresse": "01", "confidentialite": "3"}]}}
    changement = Changement("contacts", {}, table)
    assert changement_lisible(changement, {"1", "2", "3"}) == (changement, False)
    assert lignes_lisibles(table, {"1", "2", "3"}, Reserve()) == table
