"""The change engine: algebraic laws over generated fiches."""

import json
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiel.changements import (
    Changement,
    Choix,
    Conflit,
    Fusion,
    Genre,
    comparer,
    composer,
    fusionner,
    fusionner_tout,
    inverser,
    normaliser,
    poser,
    rebaser,
)

# Few distinct values, so that both sides often touch the same element.
scalaires = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c"]), st.integers(2, 4))
ensembles = st.one_of(st.none(), st.lists(st.sampled_from("abcd"), max_size=4))
lignes = st.one_of(
    scalaires,
    st.lists(st.integers(2, 4), max_size=2),
    st.dictionaries(st.sampled_from(["nom", "tel"]), st.one_of(scalaires, st.just([])), max_size=2),
)
tables = st.one_of(st.none(), st.dictionaries(st.sampled_from(["k1", "k2", "p1/1"]), lignes, max_size=3))
PAR_GENRE = {Genre.VALEUR: scalaires, Genre.ENSEMBLE: ensembles, Genre.TABLE: tables}
GENRES = {
    "nom": Genre.VALEUR,
    "age": Genre.VALEUR,
    "activites": Genre.ENSEMBLE,
    "contacts": Genre.TABLE,
    "horaires": Genre.TABLE,
}
fiches = st.fixed_dictionaries({champ: PAR_GENRE[genre] for champ, genre in GENRES.items()})


@st.composite
def trois_versions(draw):
    """A field met by three sides: its genre, then base, current and proposed values."""
    genre = draw(st.sampled_from(list(Genre)))
    return genre, draw(PAR_GENRE[genre]), draw(PAR_GENRE[genre]), draw(PAR_GENRE[genre])


def normal(fiche):
    return {champ: normaliser(fiche.get(champ), genre) for champ, genre in GENRES.items()}


def elements(valeur, genre):
    """A value as its smallest mergeable elements: {place: value}, absent places being « nothing »."""
    valeur = normaliser(valeur, genre)
    if genre is Genre.ENSEMBLE:
        return dict.fromkeys(valeur, True)
    if genre is Genre.VALEUR:
        return {} if valeur is None else {(): valeur}
    places = {}
    for cle, ligne in valeur.items():
        if isinstance(ligne, dict):
            places |= {(cle, colonne): v for colonne, v in ligne.items()}
        else:
            places[(cle,)] = ligne
    return places


def places_en_conflit(fusion: Fusion):
    return {tuple(partie for partie in (c.cle, c.colonne) if partie is not None) for c in fusion.conflits}


def couvert(place, conflits):
    """A conflict on a whole row covers its columns."""
    return any(place[: len(conflit)] == conflit or conflit[: len(place)] == place for conflit in conflits)


@given(fiches)
def test_une_fiche_ne_differe_pas_d_elle_meme(fiche):
    assert comparer(fiche, fiche, GENRES) == ()
    assert comparer(fiche, normal(fiche), GENRES) == ()


@given(fiches, fiches)
def test_rejouer_les_changements_mene_d_une_fiche_a_l_autre(avant, apres):
    valeurs, conflits = fusionner_tout(comparer(avant, apres, GENRES), avant, GENRES)
    assert normal(valeurs) == normal(apres)
    assert conflits == ()


@given(fiches, fiches)
def test_seuls_les_champs_qui_different_sont_listes(avant, apres):
    champs = [changement.champ for changement in comparer(avant, apres, GENRES)]
    assert champs == [champ for champ in GENRES if normal(avant)[champ] != normal(apres)[champ]]


def test_un_champ_absent_du_formulaire_n_est_pas_touche():
    assert comparer({"nom": "A", "age": 3}, {"nom": "B"}, GENRES) == (Changement("nom", "A", "B"),)


def test_un_champ_sans_genre_est_refuse():
    with pytest.raises(KeyError, match="inconnu"):
        comparer({}, {"inconnu": 1}, GENRES)


@given(trois_versions())
def test_sans_autre_edition_le_propose_est_pris(versions):
    genre, base, _, propose = versions
    fusion = fusionner(Changement("x", base, propose), base, genre)
    assert fusion.resultat == normaliser(propose, genre)
    assert fusion.conflits == ()


@given(trois_versions())
def test_fusionner_deux_fois_ne_change_plus_rien(versions):
    genre, base, actuel, propose = versions
    changement = Changement("x", base, propose)
    premiere = fusionner(changement, actuel, genre)
    seconde = fusionner(changement, premiere.resultat, genre)
    assert seconde.resultat == premiere.resultat
    assert seconde.conflits == premiere.conflits
    assert not seconde.a_appliquer


@given(trois_versions())
def test_etats_de_la_fusion(versions):
    genre, base, actuel, propose = versions
    fusion = fusionner(Changement("x", base, propose), actuel, genre)
    assert fusion.a_appliquer == (fusion.resultat != normaliser(actuel, genre))
    assert not (fusion.deja_la and (fusion.a_appliquer or fusion.conflits))
    if normaliser(actuel, genre) == normaliser(propose, genre):
        assert fusion.deja_la


@given(trois_versions())
def test_aucune_edition_n_est_perdue(versions):
    """Element by element: each side's edit is in the result, or both touched it differently and it is asked."""
    genre, base, actuel, propose = versions
    fusion = fusionner(Changement("x", base, propose), actuel, genre)
    b, a, p, r = (elements(v, genre) for v in (base, actuel, propose, fusion.resultat))
    conflits = places_en_conflit(fusion)
    for place in b | a | p | r:
        en_base, en_direct, en_proposition, obtenu = (x.get(place) for x in (b, a, p, r))
        if (genre is not Genre.ENSEMBLE and couvert(place, conflits)) or en_proposition == en_base:
            assert obtenu == en_direct
        elif en_direct in (en_base, en_proposition):
            assert obtenu == en_proposition
        else:
            pytest.fail(f"silently lost at {place}: {en_base} / {en_direct} / {en_proposition} -> {obtenu}")
    if genre is Genre.ENSEMBLE:
        assert fusion.conflits == ()


@given(trois_versions())
def test_un_conflit_n_est_signale_que_si_les_deux_cotes_divergent(versions):
    genre, base, actuel, propose = versions
    for conflit in fusionner(Changement("x", base, propose), actuel, genre).conflits:
        assert conflit.actuel != conflit.base
        assert conflit.propose != conflit.base
        assert conflit.actuel != conflit.propose


@given(trois_versions(), st.data())
def test_les_choix_reglent_tous_les_conflits(versions, data):
    genre, base, actuel, propose = versions
    changement = Changement("x", base, propose)
    conflits = fusionner(changement, actuel, genre).conflits
    choix = {conflit.identifiant: data.draw(st.sampled_from(list(Choix))) for conflit in conflits}
    fusion = fusionner(changement, actuel, genre, choix)
    assert fusion.conflits == ()
    garder = fusionner(changement, actuel, genre, dict.fromkeys(choix, Choix.GARDER)).resultat
    imposer = fusionner(changement, actuel, genre, dict.fromkeys(choix, Choix.IMPOSER)).resultat
    assert garder == fusionner(changement, actuel, genre).resultat
    obtenus, gardes, imposes = (elements(v, genre) for v in (fusion.resultat, garder, imposer))
    for place, valeur in obtenus.items():
        assert valeur in (gardes.get(place), imposes.get(place))


@given(trois_versions())
def test_imposer_puis_refusionner_est_deja_la(versions):
    genre, base, actuel, propose = versions
    changement = Changement("x", base, propose)
    conflits = fusionner(changement, actuel, genre).conflits
    impose = fusionner(changement, actuel, genre, {c.identifiant: Choix.IMPOSER for c in conflits})
    assert fusionner(changement, impose.resultat, genre).deja_la


def test_un_choix_ne_vaut_que_pour_la_valeur_vue():
    """The live value moved again after the answer: the question is asked again."""
    changement = Changement("nom", "A", "B")
    (conflit,) = fusionner(changement, "C", Genre.VALEUR).conflits
    choix = {conflit.identifiant: Choix.IMPOSER}
    assert fusionner(changement, "C", Genre.VALEUR, choix).resultat == "B"
    plus_tard = fusionner(changement, "D", Genre.VALEUR, choix)
    assert plus_tard.resultat == "D"
    assert len(plus_tard.conflits) == 1


def test_l_identifiant_d_un_conflit_est_stable_et_sur():
    conflit = Conflit("horaires", "p1/1", None, ["b"], ["a"], ["p"])
    assert conflit.identifiant == "horaires/p1%2F1@" + conflit.identifiant[-12:]
    assert conflit.identifiant == Conflit("horaires", "p1/1", None, ["b"], ["a"], ["p"]).identifiant
    assert conflit.identifiant != Conflit("horaires", "p1", "1", ["b"], ["a"], ["p"]).identifiant


@given(fiches, fiches)
def test_les_changements_de_champs_distincts_commutent(avant, apres):
    changements = comparer(avant, apres, GENRES)[:3]
    resultats = [normal(fusionner_tout(ordre, avant, GENRES)[0]) for ordre in permutations(changements)]
    assert all(resultat == resultats[0] for resultat in resultats)


@given(ensembles, ensembles, ensembles)
def test_deux_editions_d_un_ensemble_depuis_la_meme_base_commutent(base, un, deux):
    a, b = Changement("x", base, un), Changement("x", base, deux)
    a_puis_b = fusionner(b, fusionner(a, base, Genre.ENSEMBLE).resultat, Genre.ENSEMBLE).resultat
    b_puis_a = fusionner(a, fusionner(b, base, Genre.ENSEMBLE).resultat, Genre.ENSEMBLE).resultat
    assert a_puis_b == b_puis_a


@given(fiches, fiches)
def test_l_inverse_defait_et_l_inverse_de_l_inverse_refait(avant, apres):
    changements = comparer(avant, apres, GENRES)
    defait, conflits = fusionner_tout([inverser(c) for c in changements], apres, GENRES)
    assert normal(defait) == normal(avant)
    assert conflits == ()
    assert tuple(inverser(inverser(c)) for c in changements) == changements


@given(trois_versions(), st.data())
def test_defaire_garde_ce_que_les_autres_ont_fait_ensuite(versions, data):
    """Undoing what was really written never touches what a later edit wrote elsewhere, without a question."""
    genre, avant, apres, ensuite = versions
    defait = fusionner(inverser(Changement("x", avant, apres)), ensuite, genre)
    a, e, d = (elements(v, genre) for v in (apres, ensuite, defait.resultat))
    for place in e.keys() - a.keys():
        assert d.get(place) == e[place]


@given(trois_versions())
def test_composer_deux_changements_successifs(versions):
    genre, depart, milieu, fin = versions
    compose = composer(Changement("x", depart, milieu), Changement("x", milieu, fin), genre)
    if normaliser(depart, genre) == normaliser(fin, genre):
        assert compose is None
    else:
        assert compose == Changement("x", normaliser(depart, genre), normaliser(fin, genre))


def test_composer_n_emporte_pas_ce_que_d_autres_ont_publie_entre_temps():
    mien = Changement("activites", ["a"], ["a", "b"])
    affiche = fusionner(mien, ["a", "c"], Genre.ENSEMBLE).resultat
    assert composer(mien, Changement("activites", affiche, ["a", "b", "c", "d"]), Genre.ENSEMBLE) == Changement(
        "activites", ["a"], ["a", "b", "d"]
    )


@given(trois_versions())
def test_rebaser_garde_le_geste_et_ses_questions(versions):
    genre, base, actuel, propose = versions
    changement = Changement("x", base, propose)
    avant = fusionner(changement, actuel, genre)
    rebase = rebaser(changement, actuel, genre)
    vu = poser([changement], {"x": actuel}, {"x": genre})["x"]
    if rebase is None:
        assert vu == normaliser(actuel, genre)
        assert not avant.conflits
        return
    assert rebase.propose == vu
    apres = fusionner(rebase, actuel, genre)
    assert apres.resultat == avant.resultat
    assert [(c.cle, c.colonne, c.actuel, c.propose) for c in apres.conflits] == [
        (c.cle, c.colonne, c.actuel, c.propose) for c in avant.conflits
    ]


@given(trois_versions(), st.data())
def test_un_geste_sur_un_changement_rebase_ne_se_perd_pas(versions, data):
    """What is typed over what is seen is what a publication gives; going back on one's own side of a conflict cedes."""
    genre, base, publie, propose = versions
    attente = Changement("x", base, propose)
    rebase = rebaser(attente, publie, genre)
    saisi = normaliser(data.draw(PAR_GENRE[genre]), genre)
    depart = rebase.base if rebase else normaliser(publie, genre)
    suivant = Changement("x", depart, saisi)
    obtenu = poser([suivant], {"x": publie}, {"x": genre})["x"]
    if not fusionner(attente, publie, genre).conflits:
        assert obtenu == saisi
    elif genre is Genre.VALEUR:
        assert obtenu == (normaliser(publie, genre) if saisi == depart else saisi)


def test_composer_refuse_deux_champs():
    with pytest.raises(ValueError, match="nom, age"):
        composer(Changement("nom", 1, 2), Changement("age", 2, 3), Genre.VALEUR)


@given(fiches, fiches)
def test_aller_et_retour_json(avant, apres):
    for changement in comparer(avant, apres, GENRES):
        assert Changement.depuis_json(json.loads(json.dumps(changement.en_json()))) == changement


@given(fiches, st.lists(st.tuples(st.booleans(), st.sampled_from(list(GENRES)), st.data()), max_size=8))
def test_entrelacements_d_editions_directes_et_de_dossier(depart, pas):
    """Live edits and dossier edits interleaved at random, then integration: nothing accepted is lost unasked."""
    direct, changements = dict(depart), {}
    for dans_dossier, champ, data in pas:
        valeur = data.draw(PAR_GENRE[GENRES[champ]])
        if not dans_dossier:
            direct[champ] = valeur
            continue
        vu = fusionner_tout(changements.values(), direct, GENRES)[0][champ]
        nouveau = Changement(champ, vu, valeur)
        if champ in changements:
            nouveau = composer(changements.pop(champ), nouveau, GENRES[champ])
        if nouveau:
            changements[champ] = nouveau
    integre, conflits = fusionner_tout(changements.values(), direct, GENRES)
    for champ, genre in GENRES.items():
        if champ not in changements:
            assert integre[champ] == direct[champ]
            continue
        du_champ = [c for c in conflits if c.champ == champ]
        fusion = Fusion(integre[champ], tuple(du_champ), False, False)
        b, a, p, r = (
            elements(v, genre)
            for v in (changements[champ].base, direct[champ], changements[champ].propose, integre[champ])
        )
        for place in b | a | p | r:
            if genre is Genre.ENSEMBLE or not couvert(place, places_en_conflit(fusion)):
                attendu = a.get(place) if p.get(place) == b.get(place) else p.get(place)
                assert r.get(place) == attendu


def test_ligne_supprimee_d_un_cote_et_modifiee_de_l_autre():
    base = {"c1": {"nom": "Admissions", "tel": "01"}}
    modifie = {"c1": {"nom": "Admissions", "tel": "02"}}
    fusion = fusionner(Changement("contacts", base, {}), modifie, Genre.TABLE)
    assert fusion.resultat == modifie
    assert fusion.conflits == (Conflit("contacts", "c1", None, base["c1"], modifie["c1"], None),)
    assert (
        fusionner(
            Changement("contacts", base, {}), modifie, Genre.TABLE, {fusion.conflits[0].identifiant: Choix.IMPOSER}
        ).resultat
        == {}
    )


def test_une_ligne_fusionne_colonne_par_colonne():
    base = {"c1": {"nom": "Admissions", "tel": "01"}}
    fusion = fusionner(
        Changement("contacts", base, {"c1": {"nom": "Accueil", "tel": "01"}}),
        {"c1": {"nom": "Admissions", "tel": "02"}},
        Genre.TABLE,
    )
    assert fusion.resultat == {"c1": {"nom": "Accueil", "tel": "02"}}
    assert fusion.a_appliquer
    assert not fusion.conflits
