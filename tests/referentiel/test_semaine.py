"""Edits of a week (pure), the week from which hours apply, suggestions, preview: what is done on the week editor."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from referentiel import actions, fiches
from referentiel import horaires as h
from referentiel.actions.fiches import modification_en_attente
from referentiel.formulaires.horaires import HorairesSaisis
from referentiel.horaires import Exception_, Horaires, Periode, Plage
from tests.fabriques import UtilisateurFactory
from tests.formulaires import lire_formulaire
from tests.referentiel.test_horaires_saisie import JOUR, envoyer, saisir, typer

jours = st.integers(1, 7)
quarts = st.integers(0, 95).map(lambda n: n * 15)
plages = st.builds(lambda jour, debut, n: Plage(jour, debut, debut + n * 15), jours, quarts, st.integers(1, 96))
gestes = st.lists(
    st.one_of(
        st.tuples(st.just("poser"), plages),
        st.tuples(st.just("deplacer"), st.integers(0, 50), jours, st.integers(-200, 1700)),
        st.tuples(st.just("etirer"), st.integers(0, 50), st.sampled_from(["debut", "fin"]), st.integers(-60, 2900)),
        st.tuples(st.just("retirer"), st.integers(0, 50)),
        st.tuples(st.just("copier"), jours, st.sets(jours)),
        st.tuples(st.just("taper"), jours, st.lists(plages, max_size=3)),
    ),
    max_size=15,
)


def jouer(semaine, geste):
    match geste:
        case "poser", plage:
            return h.poser(semaine, plage)
        case "copier", de, vers:
            return h.copier(semaine, de, vers)
        case "taper", jour, tapees:
            autres = [p for p in semaine if p.jour != jour]
            return h.ranger([*autres, *(Plage(jour, p.debut, p.fin) for p in tapees)], {jour})
    if not semaine:
        return semaine
    plage = semaine[geste[1] % len(semaine)]
    match geste:
        case "deplacer", _, jour, debut:
            return h.deplacer(semaine, plage, jour, debut)
        case "etirer", _, bord, valeur:
            return h.etirer(semaine, plage, **{bord: valeur})
    return h.retirer(semaine, plage)


def minutes(semaine):
    return [(p.jour * 1440 + m) % 10080 for p in semaine for m in range(p.debut, p.fin)]


@given(gestes)
def test_aucun_recouvrement_apres_une_suite_de_gestes(suite):
    semaine = ()
    for geste in suite:
        semaine = jouer(semaine, geste)
        couvertes = minutes(semaine)
        assert len(couvertes) == len(set(couvertes))
        assert all(p.fin - p.debut <= 1440 for p in semaine)
    periode = Horaires((Periode("p1", plages=semaine),))
    assert not [avis for avis in h.verifier(periode) if avis.code == "recouvrement"]
    assert depuis_le_formulaire(h.en_table(periode)) == h.en_table(periode)


def depuis_le_formulaire(table):
    """What is stored when all the hours shown are typed again in an empty form."""
    montre = HorairesSaisis(table, JOUR)
    recu = HorairesSaisis({}, JOUR)
    for source, cible in zip(montre.periodes[0].jours, recu.periodes[0].jours, strict=True):
        cible.plages = source.plages
    assert recu.valider()
    return recu.table() or {"p1": {"feries": "ferme"}}


@given(st.lists(plages, max_size=8), plages)
def test_poser_ouvre_tout_ce_qui_l_etait_et_rien_d_autre(avant, plage):
    semaine = h.ranger(avant, range(1, 8))
    assert set(minutes(h.poser(semaine, plage))) == set(minutes([*semaine, plage]))
    assert set(minutes(semaine)) == set(minutes(avant))
    assert h.ranger(semaine, range(1, 8)) == semaine


@given(plages, jours, st.integers(-200, 1700))
def test_deplacer_garde_la_duree_et_une_journee_ne_deborde_pas(plage, jour, debut):
    (deplacee,) = h.deplacer((plage,), plage, jour, debut)
    assert (deplacee.jour, deplacee.fin - deplacee.debut) == (jour, plage.fin - plage.debut)
    assert plage.finit_le_lendemain or not deplacee.finit_le_lendemain
    (etiree,) = h.etirer((plage,), plage, fin=debut)
    assert etiree.debut == plage.debut
    assert 15 <= etiree.fin - etiree.debut <= 1440
    assert h.etirer((plage,), plage) == (plage,)


def test_une_nuit_qui_rencontre_le_lendemain_est_coupee_a_minuit():
    semaine = (Plage(1, 1320, 1800), Plage(2, 300, 540))
    assert h.ranger(semaine, {1}) == (Plage(1, 1320, 1440), Plage(2, 0, 540))
    assert h.ranger(semaine, {4}) == semaine  # not touched: left as it is
    table = typer(
        {"p1": {"feries": "ferme"}, "p1/2": [{"debut": 300, "fin": 540}], "p1/4": [{"debut": 1, "fin": 2}]},
        **{"h-p1-1-de": "22", "h-p1-1-a": "6", "h-p1-1-nuit": "0"},
    )
    assert table["p1/1"] == [{"debut": 1320, "fin": 1440}]
    assert table["p1/2"] == [{"debut": 0, "fin": 540}]
    assert table["p1/4"] == [{"debut": 1, "fin": 2}]


# --- the week from which the hours apply ---

LUNDI = date(2026, 11, 30)
TABLE = h.en_table(
    Horaires(
        (
            Periode("p1", plages=(Plage(1, 540, 720), Plage(2, 540, 720), Plage(2, 840, 900, "07"))),
            Periode("p2", du=date(2027, 7, 1), au=date(2027, 8, 31), libelle="Été", plages=(Plage(1, 600, 660),)),
        )
    )
)


def test_la_semaine_choisie_reprend_tout_et_ne_change_rien_avant():
    table = typer(TABLE, **{"h-p1-1-a": "13", "h-p1-semaine": LUNDI.isoformat()})
    assert {cle: table[cle] for cle in TABLE} == TABLE
    assert table["p20261130"] == {"du": "2026-11-30", "feries": "ferme"}
    assert table["p20261130/1"] == [{"debut": 540, "fin": 780}]
    assert table["p20261130/2"] == TABLE["p1/2"]  # with what typed hours cannot show
    lus = h.depuis_table(table)
    assert lus.periode_du(LUNDI - timedelta(days=1)).cle == "p1"
    assert lus.periode_du(LUNDI).cle == "p20261130"
    assert lus.periode_du(date(2027, 7, 14)).cle == "p2"
    assert [p.cle for p in HorairesSaisis(table, LUNDI).periodes] == ["p20261130", "p2"]


def test_la_semaine_choisie_se_verifie():
    for semaine, faute in (("2026-12-01", "choisissez une semaine"), ("n’importe", "choisissez une semaine")):
        refus = saisir(TABLE, **{"h-p1-1-a": "13", "h-p1-semaine": semaine})
        assert not refus.valider()
        assert faute in refus.erreurs[0][1]
    deux = typer(TABLE, **{"h-p1-1-a": "13", "h-p1-semaine": LUNDI.isoformat()})
    encore = saisir(deux, **{"h-p1-1-a": "14", "h-p1-semaine": LUNDI.isoformat()})
    assert not encore.valider()
    assert "commencent déjà" in encore.erreurs[0][1]
    assert encore.periodes[1].choix_semaine == []  # still to come: its own date is enough
    rien = saisir(TABLE, **{"h-p1-semaine": LUNDI.isoformat()})
    assert rien.table() == TABLE
    assert any("aucune heure n’a changé" in doute for doute in rien.apercu.doutes)


def test_une_semaine_sur_deux_ne_commence_que_ses_semaines():
    du = date(2026, 11, 9)
    table = h.en_table(Horaires((Periode("p1", du=du, toutes_les=2, plages=(Plage(6, 540, 720),)),)))
    offertes = [date.fromisoformat(valeur) for valeur, _ in HorairesSaisis(table, JOUR).periodes[0].choix_semaine]
    assert offertes[0] == date(2026, 11, 23)
    assert {(lundi - du).days % 14 for lundi in offertes} == {0}


# --- periods ---


def test_ajouter_dater_et_retirer_une_periode():
    recu = saisir(TABLE, "periode-ajouter")
    ajoutee = recu.periodes[-1]
    assert [(x.de, x.a) for x in ajoutee.jours[0].plages] == [("09:00", "12:00")]
    assert ajoutee.origine == "p1"
    envoi = {"periode": ["p1", "p2", "pneuf"], "h-pneuf-origine": "p1", "h-pneuf-1-de": "8", "h-pneuf-1-a": "9"}
    sans_date = saisir(TABLE, **envoi)
    assert not sans_date.valider()
    assert sans_date.erreurs == [
        ("h-pneuf-du", "Semaine type\u00a0: indiquez à partir de quel jour, ou jusqu’à quel jour, cette période vaut.")
    ]
    table = typer(
        TABLE, **envoi, **{"h-pneuf-du": "2027-02-15", "h-pneuf-au": "2027-02-19", "h-pneuf-libelle": "Neige"}
    )
    assert {cle: table[cle] for cle in TABLE} == TABLE
    assert table["pneuf"] == {"du": "2027-02-15", "au": "2027-02-19", "libelle": "Neige", "feries": "ferme"}
    assert table["pneuf/2"] == TABLE["p1/2"][-1:]
    retiree = saisir(table, "periode-retirer:pneuf")
    assert retiree.table() == TABLE
    assert saisir(table, periode=["p1"]).table() == table  # left out is not removed
    vide = saisir(TABLE, retirer=["p1", "p2"], periode=[])
    assert vide.table() == {}
    assert [periode.cle for periode in vide.periodes] == ["p3"]


@pytest.mark.parametrize(
    ("saisie", "faute"),
    [
        ({"h-p2-du": "2027-09-01"}, "le dernier jour précède le premier"),
        ({"h-p2-du": "01/09/2027"}, "indiquez les dates comme"),
        ({"h-p2-du": "", "h-p2-au": ""}, "indiquez à partir de quel jour"),
        ({"h-p1-du": "2027-07-01", "h-p1-au": "2027-08-31"}, "a les mêmes dates"),
        ({"h-p2-libelle": "x" * 201}, "200 caractères au plus"),
        ({"h-p1-rythme": "2"}, "indiquez la première semaine"),
        ({"h-p1-rythme": "99"}, "choisissez dans la liste"),
    ],
)
def test_une_periode_fautive_est_dite_et_gardee(saisie, faute):
    refus = saisir(TABLE, **saisie)
    assert not refus.valider()
    assert faute in " ".join(message for _, message in refus.erreurs)
    assert refus.apercu.annonces


def test_changer_les_dates_ne_touche_que_la_tete():
    avec_note = {**TABLE, "p2": {**TABLE["p2"], "note": "x"}}
    table = typer(avec_note, **{"h-p2-au": "2027-09-05", "h-p2-rythme": "2"})
    assert table == {**avec_note, "p2": {**avec_note["p2"], "au": "2027-09-05", "toutes_les": 2}}


def test_ouvert_un_jour_envoye_un_autre():
    """A form opened before a period ends and sent after it: hours land where they were typed."""
    veille, lendemain = date(2027, 8, 31), date(2027, 9, 1)
    envoi = envoyer(HorairesSaisis(TABLE, veille), **{"h-p2-1-de": "7", "h-p2-1-a": "8"})
    recu = HorairesSaisis(TABLE, lendemain, envoi)
    assert recu.valider()
    assert recu.table() == {**TABLE, "p2/1": [{"debut": 420, "fin": 480}]}


# --- exceptions and public holidays ---


def test_les_prochains_jours_feries_du_territoire_en_un_clic():
    paris, moselle = (HorairesSaisis(TABLE, date(2026, 12, 1), None, d).feries_suggeres for d in ("75", "57"))
    assert [f.nom for f in paris[:2]] == ["Noël", "Jour de l'an"]
    assert moselle[1].jour == date(2026, 12, 26)
    assert paris[0].ferme
    assert paris[0].heures == "de 9\u00a0h à 12\u00a0h"
    recu = HorairesSaisis(TABLE, date(2026, 12, 1), None, "75")
    assert recu.appliquer("ferie:2026-12-25:ferme")
    assert recu.table()["x:2026-12-25"] == {"du": "2026-12-25", "au": "2026-12-25", "libelle": "Noël"}
    assert recu.appliquer("ferie:2027-01-01:ouvert")
    assert recu.table()["x:2027-01-01"]["plages"] == [{"debut": 540, "fin": 720}]
    assert "Noël" not in [f.nom for f in recu.feries_suggeres]
    assert not recu.appliquer("ferie:2026-12-24:ferme")
    assert recu.appliquer("exception-plage:x:2027-01-01")
    assert len(recu.exceptions[1].plages) == 2
    assert recu.appliquer("exception-plage-retirer:x:2027-01-01:1")
    assert (
        recu.exceptions[1].resume == "1er\u00a0janvier\u00a02027\u00a0: ouvert de 9\u00a0h à 12\u00a0h (Jour de l'an)"
    )
    assert not recu.appliquer("exception-plage:x:inconnue")


def test_annoncer_dit_la_semaine_puis_le_reste():
    lus = h.depuis_table(TABLE)
    noel = Exception_("x:1", date(2026, 12, 25), date(2026, 12, 25), libelle="Noël")
    annonces = h.annoncer(Horaires(lus.periodes, (noel,)), JOUR)
    assert [a.titre for a in annonces] == ["", "Été, du 1er\u00a0juillet\u00a02027 au 31\u00a0août\u00a02027", ""]
    assert annonces[2].texte == "Exceptionnellement fermé le 25\u00a0décembre\u00a02026 (Noël)."
    assert h.dire_periode(Periode("p1", du=LUNDI)) == "À partir de la semaine du 30\u00a0novembre\u00a02026"
    assert h.dire_periode(Periode("p1", au=LUNDI)) == "Jusqu’au 30\u00a0novembre\u00a02026"


# --- through the screen ---


@pytest.mark.django_db
@pytest.mark.exigence("S112", "S115", "S116", "S118", "B47")
def test_la_semaine_d_application_se_choisit_dans_la_section_horaires(client, offre, referente):
    actions.enregistrer(structure_id=offre.pk, auteur=referente, vues=fiches.lire(offre), saisies={"horaires": TABLE})
    actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
    lien = reverse("fiche-section", args=[offre.pk, "horaires"])
    assert f'href="{lien}"' in client.get(reverse("fiche", args=[offre.pk])).content.decode()
    page = client.get(lien).content.decode()
    assert "À partir de la semaine du" in page
    lundi = timezone.localdate() + timedelta(days=14 - timezone.localdate().weekday())
    envoi = {**lire_formulaire(page, lien), "h-p1-1-a": "13h", "h-p1-semaine": lundi.isoformat()}
    client.post(lien, envoi)
    actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
    assert fiches.lire(offre)["horaires"][f"p{lundi:%Y%m%d}/1"] == [{"debut": 540, "fin": 780}]
    fiche = client.get(reverse("fiche", args=[offre.pk])).content.decode()
    assert "le lundi et le mardi de 9\u00a0h à 12\u00a0h" in fiche
    assert f"{h.dire_periode(Periode('p1', du=lundi))} :</b> Ouvert le lundi de 9\u00a0h à 13\u00a0h" in fiche


@pytest.mark.django_db
@pytest.mark.exigence("B49")
def test_l_apercu_lit_et_n_enregistre_rien(client, offre, referente):
    lien = reverse("fiche-section", args=[offre.pk, "horaires"])
    envoi = lire_formulaire(client.get(lien).content.decode(), lien)
    saisie = {**envoi, "h-p1-1-de": "9", "h-p1-1-a": "23h30", "h-p1-2-de": "x", "h-p1-2-a": "9", "h-p1-3-de": "9"}
    reponse = client.post(lien, {**saisie, "geste": "apercu"}, headers={"HX-Request": "true"})
    texte = reponse.content.decode()
    assert reponse.status_code == 200
    assert "Ouvert le lundi de 9\u00a0h à 23\u00a0h\u00a030." in texte
    assert "plage de 14\u00a0h\u00a030, est-ce voulu" in texte
    assert "n’est pas une heure" in texte
    assert "L’heure manque" not in texte  # still being typed
    assert "<form" not in texte
    assert modification_en_attente(offre) is None


@pytest.mark.django_db
def test_l_apercu_est_refuse_sans_droit(client, offre):
    client.force_login(UtilisateurFactory())
    lien = reverse("fiche-section", args=[offre.pk, "horaires"])
    assert client.post(lien, {"geste": "apercu"}).status_code == 403


CLES_FORGEES = st.text(max_size=8).filter(lambda cle: cle not in TABLE)
"""Keys that the hours do not have: « retirer » of « p1 » is a real gesture."""


@settings(deadline=None)
@given(st.lists(st.sampled_from(["periode", "retirer", "exception"]), max_size=3), CLES_FORGEES)
def test_une_cle_forgee_ne_touche_a_rien(champs, cle):
    forge = {champ: [cle] for champ in champs}
    recu = saisir(TABLE, **forge)
    if recu.valider():
        assert {k: v for k, v in recu.table().items() if k in TABLE} == TABLE
