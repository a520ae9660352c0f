"""Hours typed by day: what is typed is what is kept, and what the form cannot show is never touched."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from referentiel import horaires as h
from referentiel.actions.fiches import modification_en_attente
from referentiel.champs import champs_de
from referentiel.formulaires.horaires import HorairesSaisis
from referentiel.formulaires.plages import editable
from referentiel.horaires import Exception_, Feries, Horaires, Periode, Plage
from referentiel.niveaux import Niveau
from tests.formulaires import lire_formulaire

JOUR = date(2026, 11, 20)
CHAMP = champs_de(Niveau.UO)["horaires"]

plages = st.builds(
    lambda jour, debut, duree, genre, autres: Plage(jour, debut, debut + duree, genre, autres),
    st.integers(1, 8),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sampled_from([None, None, "01", "02", "08"]),
    st.sampled_from([{}, {}, {"note": "x"}]),
)
dates = st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31))
periodes = st.builds(
    Periode,
    cle=st.sampled_from(["p1", "p2", "ete"]).map(lambda c: c if c.startswith("p") else "pete"),
    du=dates,
    au=dates,
    libelle=st.sampled_from(["", "Été"]),
    feries=st.sampled_from(list(Feries)),
    plages=st.lists(plages, max_size=6).map(tuple),
    toutes_les=st.sampled_from([1, 1, 2]),
)
exceptions = st.builds(
    lambda n, du, duree, les_plages: Exception_(f"x:{n}", du, du + timedelta(days=duree), les_plages),
    st.integers(0, 5),
    st.dates(date(2026, 6, 1), date(2027, 6, 1)),
    st.integers(0, 20),
    st.lists(plages, max_size=2).map(lambda ps: tuple(Plage(0, p.debut, p.fin, p.type_plage, p.autres) for p in ps)),
)
tables = st.builds(
    lambda ps, es, autres: {**autres, **h.en_table(Horaires(tuple(ps), tuple(es)))},
    st.lists(periodes, max_size=3, unique_by=lambda p: p.cle),
    st.lists(exceptions, max_size=3, unique_by=lambda e: e.cle),
    st.sampled_from([{}, {"p9/1": [{"debut": 1, "fin": 2}]}, {"inconnu": {"a": 1}}]),
)


def envoyer(horaires: HorairesSaisis, **remplace) -> QueryDict:
    """What a browser sends back from the form of these hours."""
    html = render_to_string("referentiel/edition/_horaires.html", {"horaires": horaires, "adresse": "/"})
    data = QueryDict(mutable=True)
    for nom, valeurs in {**lire_formulaire(f'<form action="/">{html}</form>', "/"), **remplace}.items():
        data.setlist(nom, valeurs if isinstance(valeurs, list) else [valeurs])
    return data


def saisir(table, geste="", **remplace) -> HorairesSaisis:
    recu = HorairesSaisis(table, JOUR, envoyer(HorairesSaisis(table, JOUR), **remplace))
    if geste:
        assert recu.appliquer(geste)
    return recu


def typer(table, **remplace) -> dict:
    recu = saisir(table, **remplace)
    assert recu.valider(), recu.erreurs
    return recu.table()


@settings(deadline=None, max_examples=60)
@given(tables)
def test_ne_rien_toucher_ne_change_rien(table):
    assert typer(table) == table


@settings(deadline=None, max_examples=60)
@given(tables, st.integers(1, 7))
def test_changer_un_jour_ne_touche_que_sa_ligne(table, jour):
    montre = HorairesSaisis(table, JOUR).courante
    prefixe = f"h-{montre.cle}-{jour}"
    nouvelle = typer(table, **{f"{prefixe}-de": ["10h05"], f"{prefixe}-a": ["10h55"], f"{prefixe}-nuit": []})
    nuits = [p for p in montre.base.plages if p.finit_le_lendemain and p.jour % 7 + 1 == jour and p.fin > 1440 + 605]
    permises = {montre.cle, f"{montre.cle}/{jour}"} | {f"{montre.cle}/{p.jour}" for p in nuits if editable(p)}
    assert {k: v for k, v in nouvelle.items() if k not in permises} == {
        k: v for k, v in table.items() if k not in permises
    }
    lues = h.depuis_table(nouvelle)
    du_jour = [p for p in next(p for p in lues.periodes if p.cle == montre.cle).plages if p.jour == jour]
    assert any(p.debut <= 605 and p.fin >= 655 for p in du_jour)
    gardees = [p for p in montre.base.plages if p.jour == jour and not editable(p)]
    assert all(p in du_jour for p in gardees)


@pytest.mark.exigence("S87")
@pytest.mark.parametrize(
    ("de", "a", "attendu"),
    [
        ("9", "12", (540, 720)),
        ("9h", "12h30", (540, 750)),
        ("09:30", "18:00", (570, 1080)),
        ("0930", "1800", (570, 1080)),
        ("0", "24h", (0, 1440)),
    ],
)
def test_les_heures_s_ecrivent_comme_on_les_dit(de, a, attendu):
    table = typer({}, **{"h-p1-1-de": de, "h-p1-1-a": a})
    assert [(x["debut"], x["fin"]) for x in table["p1/1"]] == [attendu]


def test_plusieurs_plages_par_jour_et_celles_qui_se_touchent_n_en_font_qu_une():
    table = typer({}, **{"h-p1-1-de": ["9", "14", "12"], "h-p1-1-a": ["12", "17", "13"]})
    assert table["p1/1"] == [{"debut": 540, "fin": 780}, {"debut": 840, "fin": 1020}]


def test_la_nuit_se_choisit_d_un_geste():
    recu = saisir({}, **{"h-p1-5-de": "22h", "h-p1-5-a": "6h"})
    assert not recu.valider()
    assert recu.periodes[0].jours[4].plages[0].offre_nuit == "ouvert la nuit, jusqu’à 6\u00a0h le lendemain"
    recu.appliquer("nuit:p1:5:0")
    assert recu.valider()
    assert recu.table()["p1/5"] == [{"debut": 1320, "fin": 1800}]
    assert typer(recu.table()) == recu.table()


def test_fermer_un_jour_ouvrir_24_heures_copier():
    table = typer({}, **{"h-p1-1-de": ["9", "14"], "h-p1-1-a": ["12", "17"]})
    ferme = saisir(table, "fermer:p1:1")
    assert ferme.valider()
    assert "p1/1" not in ferme.table()
    assert saisir(table, "continu:p1:2").table()["p1/2"] == [{"debut": 0, "fin": 1440}]
    copie = saisir(table, "copier:p1", **{"h-p1-copier-de": "1", "h-p1-copier-vers": ["2", "3"]}).table()
    assert copie["p1/2"] == copie["p1/3"] == copie["p1/1"]
    assert len(saisir(table, "plage-ajouter:p1:1").periodes[0].jours[0].plages) == 3


def test_les_jours_feries():
    table = typer({}, **{"h-p1-1-de": "9", "h-p1-1-a": "12", "h-p1-feries": "comme_semaine"})
    assert table["p1"]["feries"] == "comme_semaine"
    table = typer(table, **{"h-p1-feries": "ouvert", "h-p1-8-de": "10", "h-p1-8-a": "12"})
    assert table["p1/8"] == [{"debut": 600, "fin": 720}]
    assert "Ouvert les jours fériés de 10\u00a0h à 12\u00a0h." in h.phrase(h.depuis_table(table), JOUR)


def test_ajouter_et_retirer_une_exception():
    recu = saisir({}, "exception-ajouter")
    cle = recu.exceptions[0].cle
    prefixe = recu.exceptions[0].prefixe
    saisie = {"exception": cle, f"{prefixe}-du": "2026-12-24", f"{prefixe}-au": "", f"{prefixe}-libelle": "Noël"}
    table = typer({}, **saisie, **{f"{prefixe}-de": "9", f"{prefixe}-a": "12"})
    assert table[cle] == {
        "du": "2026-12-24",
        "au": "2026-12-24",
        "libelle": "Noël",
        "plages": [{"debut": 540, "fin": 720}],
    }
    assert cle not in saisir(table, f"exception-retirer:{cle}").table()
    fermeture = typer({}, **saisie, **{f"{prefixe}-de": "", f"{prefixe}-a": ""})
    assert "plages" not in fermeture[cle]
    for fautive, message in (
        ({f"{prefixe}-du": ""}, "indiquez le premier jour"),
        ({f"{prefixe}-au": "2026-12-01"}, "le dernier jour précède le premier"),
        ({f"{prefixe}-libelle": "x" * 201}, "200 caractères au plus"),
    ):
        refuse = saisir({}, **{**saisie, **fautive, f"{prefixe}-de": "", f"{prefixe}-a": ""})
        assert not refuse.valider()
        assert message in refuse.erreurs[0][1]


def test_ce_que_le_formulaire_ne_montre_pas_est_dit_en_toutes_lettres():
    table = h.en_table(
        Horaires(
            (
                Periode("p1", plages=(Plage(1, 540, 720), Plage(1, 840, 900, "02"))),
                Periode("p2", du=date(2026, 1, 5), plages=(Plage(6, 540, 720),), toutes_les=2, libelle="Samedis"),
            )
        )
    )
    montre = HorairesSaisis(table, JOUR)
    semaine, samedis = montre.periodes
    assert [(p.de, p.a) for p in semaine.jours[0].plages] == [("09:00", "12:00")]
    assert "Fonctionnement" in " ".join(semaine.conserves)
    assert samedis.titre.startswith("Samedis, à partir de la semaine du 5")
    assert samedis.toutes_les == "2"
    perime = saisir({**table, "p2": {**table["p2"], "au": "2026-06-30"}, "zz": 1})
    assert [periode.cle for periode in perime.periodes] == ["p1"]
    dits = " ".join(perime.conserves)
    assert "Samedis" in dits
    assert "Une semaine sur 2" in dits
    assert "ne peut pas être affichée ici" in dits


@pytest.mark.django_db
@pytest.mark.exigence("S87", "S43")
def test_les_gestes_gardent_tout_ce_qui_est_tape(client, offre, referente):
    lien = reverse("fiche-section", args=[offre.pk, "horaires"])
    envoi = lire_formulaire(client.get(lien).content.decode(), lien)
    saisie = {**envoi, "h-p1-1-de": "n’importe quoi", "h-p1-1-a": "12", "h-p1-2-de": "9", "h-p1-2-a": "17"}
    for geste in ("plage-ajouter:p1:2", "exception-ajouter", "continu:p1:3"):
        page = client.post(lien, {**saisie, "geste": geste})
        assert page.status_code == 200
        saisie = lire_formulaire(page.content.decode(), lien)
        assert saisie["h-p1-1-de"] == ["n’importe quoi"]
    assert saisie["h-p1-2-de"] == ["9", ""]
    assert saisie["h-p1-3-de"] == ["00:00"]
    assert modification_en_attente(offre) is None
    assert client.post(lien, {**saisie, "geste": "inconnu"}).status_code == 422
    exception = saisie["exception"][0].replace(":", "-")
    bonne = {**saisie, "h-p1-1-de": "9", f"{exception}-du": (timezone.localdate() + timedelta(3)).isoformat()}
    client.post(lien, bonne)
    table = modification_en_attente(offre).changements.get().propose
    assert table["p1/1"] == [{"debut": 540, "fin": 720}]
    assert len([cle for cle in table if cle.startswith("x:")]) == 1
