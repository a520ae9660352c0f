"""A change told in French: values, sets, long texts, rows, hours."""

import pytest
from hypothesis import given

from referentiel import horaires
from referentiel.changements import Changement, Genre, normaliser
from referentiel.recit import DescriptionChamp, decrire
from tests.referentiel.test_changements import trois_versions


def libeller(champ, valeur):
    return {"age": f"{valeur}\u00a0ans", "horaires": f"{valeur}"}.get(champ, str(valeur))


def phrases(base, propose, **description):
    return decrire(Changement(description["nom"], base, propose), DescriptionChamp(**description), libeller)


AGE = {"nom": "age", "libelle": "Âge minimum"}
ACTIVITES = {"nom": "activites", "libelle": "Activités opérationnelles", "genre": Genre.ENSEMBLE}
CONTACTS = {
    "nom": "contacts",
    "libelle": "Contacts",
    "genre": Genre.TABLE,
    "decrire_ligne": lambda cle, ligne: f"Contact «\u00a0{ligne['nom']}\u00a0»",
    "colonnes": {"tel": "téléphone"},
}
HORAIRES = {
    "nom": "horaires",
    "libelle": "Horaires",
    "genre": Genre.TABLE,
    "decrire_ligne": lambda cle, ligne: "Horaires du lundi",
}


@pytest.mark.parametrize(
    ("description", "base", "propose", "attendu"),
    [
        (AGE, 60, 65, ("Âge minimum\u00a0: 60\u00a0ans → 65\u00a0ans",)),
        (AGE, None, 65, ("Âge minimum\u00a0: non renseigné → 65\u00a0ans",)),
        (AGE, 60, "", ("Âge minimum\u00a0: 60\u00a0ans → non renseigné",)),
        (AGE, None, "", ()),
        (
            ACTIVITES,
            ["Urgences", "Zoo"],
            ["Zoo", "Écho", "Dialyse"],
            (
                "Activités opérationnelles\u00a0: ajout de «\u00a0Dialyse\u00a0», «\u00a0Écho\u00a0»\u00a0; "
                "retrait de «\u00a0Urgences\u00a0»",
            ),
        ),
        (
            CONTACTS,
            {"1": {"nom": "Admissions", "tel": "01"}, "2": {"nom": "Accueil"}},
            {"1": {"nom": "Admissions", "tel": "02"}, "3": {"nom": "Garde", "tel": "15"}},
            (
                "Contact «\u00a0Admissions\u00a0», téléphone\u00a0: 01 → 02",
                "Contact «\u00a0Garde\u00a0»\u00a0: ajout (téléphone\u00a0: 15)",
                "Contact «\u00a0Accueil\u00a0»\u00a0: suppression",
            ),
        ),
        (
            HORAIRES,
            {"p1/1": "9 h – 12 h"},
            {"p1/1": "9 h – 13 h"},
            ("Horaires du lundi\u00a0: 9 h – 12 h → 9 h – 13 h",),
        ),
    ],
)
def test_phrases(description, base, propose, attendu):
    assert phrases(base, propose, **description) == attendu


def test_les_longs_textes_sont_cites_autour_de_la_difference():
    description = {"nom": "conditions", "libelle": "Conditions d’admission"}
    avant = "Dossier médical complet, avis du médecin traitant et visite préalable de la personne accueillie. " * 2
    apres = avant[:100] + "NOUVEAU " + avant[100:]
    (renseigne,) = phrases(None, avant, **description)
    assert renseigne.startswith("Conditions d’admission\u00a0: renseigné («\u00a0Dossier médical complet")
    assert renseigne.endswith("…\u00a0»)")
    assert phrases(avant, None, **description)[0].startswith("Conditions d’admission\u00a0: effacé («\u00a0Dossier")
    (modifie,) = phrases(avant, apres, **description)
    assert "NOUVEAU" in modifie
    assert modifie.count("«\u00a0…") == 2
    assert len(modifie) < 250


@given(trois_versions())
def test_une_phrase_des_que_quelque_chose_change(versions):
    genre, base, propose, _ = versions
    obtenu = phrases(base, propose, nom="x", libelle="Champ", genre=genre)
    assert bool(obtenu) == (normaliser(base, genre) != normaliser(propose, genre))


@pytest.mark.exigence("M15")
def test_une_exception_et_un_jour_ferme_se_disent_en_clair():
    champ = DescriptionChamp(
        "horaires", "Horaires", Genre.TABLE, horaires.nommer_ligne, horaires.COLONNES, horaires.dire_ligne
    )

    def dire(base, propose):
        return [p.replace("\u00a0", " ") for p in decrire(Changement("horaires", base, propose), champ, texte)]

    def texte(nom, valeur):
        return horaires.texte_ligne(nom.partition(".")[2], valeur)

    semaine = {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 720}]}
    samedi = {**semaine, "p1/6": [{"debut": 540, "fin": 720}]}
    assert dire(semaine, samedi) == ["Horaires du samedi : fermé → de 9 h à 12 h"]
    assert dire(samedi, semaine) == ["Horaires du samedi : de 9 h à 12 h → fermé"]
    assert "Horaires du lundi : non renseigné → de 9 h à 12 h" in dire({}, semaine)
    noel = {"du": "2026-12-18", "au": "2026-12-18", "libelle": "Formation"}
    ferme = "Exceptionnellement fermé le 18 décembre 2026 (Formation)."
    assert dire(semaine, {**semaine, "x:1": noel}) == [f"Exception (Formation) : non renseigné → {ferme}"]
    ouvert = {**noel, "plages": [{"debut": 540, "fin": 600}]}
    (phrase,) = dire({**semaine, "x:1": noel}, {**semaine, "x:1": ouvert})
    assert phrase.endswith(f"{ferme} → Exceptionnellement ouvert le 18 décembre 2026 de 9 h à 10 h (Formation).")
