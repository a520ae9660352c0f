"""The week editor in a real Chromium: the same week by mouse, keyboard, finger and typed without script."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from referentiel import actions, fiches
from referentiel import horaires as h
from referentiel.actions.fiches import modification_en_attente
from referentiel.horaires import Plage
from tests.e2e.accessibilite import violations_axe
from tests.e2e.navigation import attendre_calme, ouvrir_contexte
from tests.e2e.test_offre import connecter
from tests.fabriques import HabilitationFactory, RegionFactory, UOFactory, code

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]

SEMAINE = {
    "p1": {"feries": "ferme"},
    "p1/1": [{"debut": 540, "fin": 720}],
    "p1/3": [{"debut": 840, "fin": 1035}],
    "p1/5": [{"debut": 1320, "fin": 1800}],
}
"""Monday 9 h – 12 h, Wednesday 14 h – 17 h 15, the night of Friday from 22 h to 6 h."""

PHRASE = (
    "Ouvert le lundi de 9_h à 12_h, le mercredi de 14_h à 17_h_15, le vendredi de 22_h à 6_h le lendemain. "
    "Fermé le mardi, le jeudi, le samedi et le dimanche et les jours fériés."
).replace("_", "\u00a0")


@pytest.fixture
def offre(transactional_db):
    RegionFactory()
    for valeur, libelle in (("a", "année"), ("mo", "mois")):
        code("JDV_J37", valeur, libelle)
    return UOFactory(nom="Accueil de jour")


@pytest.fixture
def referente(offre):
    return HabilitationFactory(structure=offre.parent).utilisateur


def ouvrir(page: Page, offre, referente) -> None:
    """Opens the editor in its card, in a window tall enough for 24 hours."""
    page.set_viewport_size({"width": page.viewport_size["width"], "height": 2600})
    connecter(page, referente)
    page.goto(f"/ror/fiche/{offre.pk}/")
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    expect(page.locator("#horaires form")).to_be_visible()


def propre(page: Page) -> None:
    assert violations_axe(page, dans="#horaires") == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def enregistrer(page: Page) -> None:
    page.locator("#horaires").get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#horaires form")).to_have_count(0)
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")


def stocke(offre) -> dict:
    return modification_en_attente(offre).changements.get(champ="horaires").propose


def endroit(page: Page, jour: int, minute: int) -> tuple[float, float]:
    """Middle of the column of a day, at a minute, in the window, the grid being wholly in it and still."""
    grille = page.locator(".sem")
    grille.evaluate("e => e.scrollIntoView({block: 'center'})")
    attendre_calme(page)
    boite, fenetre = grille.bounding_box(), page.viewport_size
    assert boite["y"] >= 0
    assert boite["y"] + boite["height"] <= fenetre["height"]
    boite = page.locator(f".sem td[data-jour='{jour}'][data-minute='{minute // 30 * 30}']").bounding_box()
    return boite["x"] + boite["width"] / 2, boite["y"] + boite["height"] * (minute % 30) / 30


def glisser(page: Page, de: tuple[float, float], vers: tuple[float, float]) -> None:
    page.mouse.move(*de)
    page.mouse.down()
    page.mouse.move(*vers, steps=6)
    page.mouse.up()


def bloc(page: Page, nom: str) -> Locator:
    return page.locator(".sem").get_by_role("button", name=nom)


@pytest.mark.exigence("S111", "S112", "S113", "S114", "B47")
def test_a_la_souris(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    propre(page)
    page.get_by_label("Afficher 24 heures").check()
    page.mouse.click(*endroit(page, 1, 545))
    expect(bloc(page, "09:00 à 10:00, Horaire d’ouverture, lundi")).to_be_focused()
    x, y = endroit(page, 1, 600)
    glisser(page, (x, y - 3), (x, endroit(page, 1, 720)[1] - 3))  # by its lower edge
    expect(page.locator("#h-p1-1-0-a")).to_have_value("12:00")
    page.mouse.click(*endroit(page, 2, 555))
    glisser(page, endroit(page, 2, 570), endroit(page, 3, 870))  # to another hour of another day
    expect(bloc(page, "14:00 à 15:00, Horaire d’ouverture, mercredi")).to_be_focused()
    glisser(page, (endroit(page, 3, 840)[0], endroit(page, 3, 840)[1] + 3), endroit(page, 3, 780))  # by its upper edge
    expect(page.locator("#h-p1-3-0-de")).to_have_value("13:00")
    page.get_by_role("button", name="Défaire").click()
    expect(page.locator("#h-p1-3-0-de")).to_have_value("14:00")
    x, y = endroit(page, 3, 900)
    glisser(page, (x, y - 3), (x, endroit(page, 3, 1035)[1] - 3))
    x, y = endroit(page, 5, 1320)
    glisser(page, (x, y + 2), (x, endroit(page, 5, 1380)[1]))  # pulled from the first click
    x, y = endroit(page, 5, 1380)
    glisser(page, (x, y - 3), (endroit(page, 6, 360)[0], endroit(page, 6, 360)[1] - 3))  # into the next day
    expect(bloc(page, "22:00 à 06:00 le lendemain, Horaire d’ouverture, vendredi")).to_be_focused()
    propre(page)
    expect(page.locator("#h-apercu")).to_contain_text(PHRASE)
    enregistrer(page)
    assert stocke(offre) == SEMAINE
    expect(page.locator("#horaires")).to_contain_text("Modifié, non diffusé")


@pytest.mark.exigence("S113", "S114")
def test_au_clavier(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    clavier = page.keyboard

    def presser(touche: str, fois: int = 1) -> None:
        for _ in range(fois):
            clavier.press(touche)

    page.get_by_label("Afficher 24 heures").focus()
    presser("Space")
    presser("Tab")
    expect(page.get_by_role("gridcell", name="lundi 0\u00a0h, fermé")).to_be_focused()
    presser("ArrowDown", 18)
    presser("Enter")
    expect(bloc(page, "09:00 à 10:00, Horaire d’ouverture, lundi")).to_be_focused()
    presser("Shift+ArrowDown", 10)
    presser("Shift+ArrowUp", 2)
    presser("Alt+ArrowUp")
    presser("Alt+ArrowDown")
    propre(page)
    presser("Escape")
    expect(page.get_by_role("gridcell", name="lundi 9\u00a0h, ouvert")).to_be_focused()
    presser("ArrowRight")
    presser("Enter")
    presser("ArrowLeft")  # Monday is taken: nothing moves, and it is said
    expect(page.locator("#annonces")).to_contain_text("Limite atteinte")
    presser("ArrowRight")
    presser("ArrowDown", 20)
    presser("Shift+ArrowDown", 9)
    presser("Delete")
    expect(page.locator("#h-p1-3-0-de")).to_have_value("")
    presser("Control+z")
    expect(page.locator("#h-p1-3-0-a")).to_have_value("17:15")
    expect(page.get_by_role("gridcell", name="mercredi 14\u00a0h, ouvert")).to_be_focused()
    presser("ArrowRight", 2)
    presser("PageDown", 2)
    presser("ArrowDown", 4)
    presser("Enter")
    presser("Shift+ArrowDown", 28)
    expect(bloc(page, "22:00 à 06:00 le lendemain, Horaire d’ouverture, vendredi")).to_be_focused()
    presser("PageDown")
    expect(bloc(page, "09:00 à 12:00, Horaire d’ouverture, lundi")).to_be_focused()
    presser("Tab")  # no trap: one stop for the table, one for the blocks
    expect(page.locator(".sem-aide summary")).to_be_focused()
    presser("Shift+Tab")
    presser("Enter")
    expect(page.locator("#h-p1-1-0-de")).to_be_focused()
    presser("Enter")
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    assert stocke(offre) == SEMAINE


@pytest.fixture
def telephone(navigateur: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A phone: 390 px wide, a finger and no mouse."""
    taille = {"width": 390, "height": 780}
    contexte = ouvrir_contexte(navigateur, live_server.url, viewport=taille, has_touch=True, is_mobile=True)
    fautes: list[str] = []
    contexte.on("weberror", lambda erreur: fautes.append(str(erreur.error)))
    yield contexte.new_page()
    contexte.close()
    assert fautes == []


def au_doigt(page: Page, de: tuple[float, float], vers: tuple[float, float]) -> None:
    session = page.context.new_cdp_session(page)
    (x0, y0), (x1, y1) = de, vers
    points = [(x0 + (x1 - x0) * n / 6, y0 + (y1 - y0) * n / 6) for n in range(7)]
    for n, (x, y) in enumerate(points):
        genre = "touchStart" if n == 0 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": genre, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


@pytest.mark.exigence("S113", "S114")
def test_au_doigt_sur_un_telephone(telephone: Page, offre, referente) -> None:
    page = telephone
    ouvrir(page, offre, referente)
    propre(page)
    page.get_by_label("Afficher 24 heures").check()
    expect(page.locator(".sem td[data-jour='1'][data-minute='0']")).to_be_visible()
    page.locator(".sem td[data-jour='1'][data-minute='720']").scroll_into_view_if_needed()
    page.touchscreen.tap(*endroit(page, 1, 545))
    expect(bloc(page, "09:00 à 10:00, Horaire d’ouverture, lundi")).to_be_focused()
    x, y = endroit(page, 1, 600)
    au_doigt(page, (x, y), (x, endroit(page, 1, 720)[1]))
    expect(page.locator("#h-p1-1-0-a")).to_have_value("12:00")
    page.touchscreen.tap(*endroit(page, 2, 555))
    au_doigt(page, endroit(page, 2, 570), endroit(page, 3, 870))
    expect(bloc(page, "14:00 à 15:00, Horaire d’ouverture, mercredi")).to_be_focused()
    x, y = endroit(page, 3, 900)
    au_doigt(page, (x, y), (x, endroit(page, 3, 1035)[1]))
    page.touchscreen.tap(*endroit(page, 5, 1325))
    au_doigt(page, endroit(page, 5, 1380), endroit(page, 6, 360))
    expect(page.locator("#h-apercu")).to_contain_text(PHRASE)
    propre(page)
    enregistrer(page)
    assert stocke(offre) == SEMAINE


@pytest.mark.exigence("S111", "S115", "S116")
def test_tape_sans_javascript(navigateur: Browser, live_server, offre, referente) -> None:
    contexte = ouvrir_contexte(navigateur, live_server.url, java_script_enabled=False)
    page = contexte.new_page()
    connecter(page, referente)
    page.goto(f"/ror/fiche/{offre.pk}/")
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    expect(page.locator("[data-grille]")).to_be_hidden()
    for jour, de, a in ((1, "9", "12h"), (3, "14h", "17:15"), (5, "22", "6")):
        page.locator(f"#h-p1-{jour}-0-de").fill(de)
        page.locator(f"#h-p1-{jour}-0-a").fill(a)
    page.locator("#horaires").get_by_role("button", name="Enregistrer", exact=True).last.click()
    page.get_by_role("button", name="Ouvert la nuit, jusqu’à 6\u00a0h le lendemain").click()
    expect(page.locator("#h-apercu")).to_contain_text(PHRASE)
    page.locator("#horaires").get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    assert stocke(offre) == SEMAINE
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    page.locator("#h-p1-5-0-de").fill("")
    page.locator("#h-p1-5-0-a").fill("")
    page.get_by_role("button", name="Lun–Ven identiques").click()
    expect(page.locator("#h-p1-5-0-a")).to_have_value("12:00")
    page.locator(".validite summary").click()
    choix = page.get_by_label("À partir de la semaine du")
    lundi = choix.locator("option").nth(2).get_attribute("value")
    choix.select_option(lundi)
    page.locator("#horaires").get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#messages")).to_contain_text("enregistré, non diffusé")
    matin = [{"debut": 540, "fin": 720}]
    relais = f"p{lundi.replace('-', '')}"
    assert stocke(offre) == {
        **SEMAINE,
        relais: {"du": lundi, "feries": "ferme"},
        **{f"{relais}/{jour}": matin for jour in range(1, 6)},
    }
    contexte.close()


@pytest.mark.exigence("S115", "S116", "B47")
def test_une_semaine_choisie_fait_une_periode_qui_prend_le_relais(page: Page, offre, referente) -> None:
    actions.enregistrer(structure_id=offre.pk, auteur=referente, vues=fiches.lire(offre), saisies={"horaires": SEMAINE})
    actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
    ouvrir(page, offre, referente)
    page.locator("#h-p1-1-0-a").fill("13h")
    expect(bloc(page, "09:00 à 13:00, Horaire d’ouverture, lundi")).to_be_visible()
    page.locator(".validite summary").click()
    choix = page.get_by_label("À partir de la semaine du")
    lundi = choix.locator("option").nth(3).get_attribute("value")
    choix.select_option(lundi)
    expect(page.locator("#h-apercu")).to_contain_text("À partir de la semaine du")
    expect(page.locator("#h-apercu .phrase")).to_contain_text("le lundi de 9\u00a0h à 12\u00a0h")
    expect(page.locator("#h-apercu .phrase-suite")).to_contain_text("le lundi de 9\u00a0h à 13\u00a0h")
    propre(page)
    enregistrer(page)
    relais = f"p{lundi.replace('-', '')}"
    assert {cle: ligne for cle, ligne in stocke(offre).items() if not cle.startswith(relais)} == SEMAINE
    assert stocke(offre)[f"{relais}/5"] == SEMAINE["p1/5"]
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    page.get_by_role("link", name="À partir de la semaine du").click()
    expect(page.locator(f"#h-{relais}-1-0-a")).to_be_visible()
    expect(page.locator("#h-p1-1-0-a")).to_be_hidden()
    expect(bloc(page, "09:00 à 13:00, Horaire d’ouverture, lundi")).to_be_visible()


@pytest.mark.exigence("B47")
def test_periodes_et_jours_feries(page: Page, anomalies, offre, referente) -> None:
    anomalies.statuts_admis.add(422)
    ouvrir(page, offre, referente)
    page.locator("#h-p1-1-0-de").fill("9")
    page.locator("#h-p1-1-0-a").fill("12")
    expect(page.get_by_label("Fermé les jours fériés", exact=True)).to_be_checked()
    page.get_by_role("button", name="Période", exact=True).click()
    expect(page.get_by_label("Intitulé").last).to_be_focused()
    expect(bloc(page, "09:00 à 12:00")).to_be_visible()  # it starts from the present hours
    page.keyboard.type("Été")
    propre(page)
    page.locator("#horaires").get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator(".resume-erreurs")).to_contain_text("indiquez à partir de quel jour")
    page.locator(".resume-erreurs a").first.click()
    du = timezone.localdate() + timedelta(days=60)
    section = page.locator(".periode:not([hidden])")
    section.get_by_label("À partir du").fill(du.isoformat())
    section.get_by_label("Jusqu’au").fill((du + timedelta(days=30)).isoformat())
    page.get_by_role("link", name="Semaine type").click()
    page.get_by_label("Ouvert les jours fériés, à des heures propres").first.check()
    page.locator("#h-p1-8-0-de").fill("10")
    page.locator("#h-p1-8-0-a").fill("11")
    suggestion = page.locator(".feries-suggeres li").first
    suggestion.get_by_role("button", name="Fermé").click()
    expect(page.locator(".exception summary").first).to_be_focused()
    page.locator(".feries-suggeres li").first.get_by_role("button", name="Ouvert").click()
    expect(page.locator(".exception").nth(1).locator(".heure").first).to_be_focused()
    expect(page.locator("#h-apercu")).to_contain_text("Exceptionnellement fermé")
    propre(page)
    enregistrer(page)
    lus = h.depuis_table(stocke(offre))
    assert [(p.libelle, p.du) for p in lus.periodes_a_jour(timezone.localdate())] == [("", None), ("Été", du)]
    assert stocke(offre)["p1/8"] == [{"debut": 600, "fin": 660}]
    assert [e.ferme for e in sorted(lus.exceptions, key=lambda e: e.du)] == [True, False]
    page.get_by_role("link", name="Modifier\u00a0: Horaires").click()
    page.get_by_role("link", name="Été").click()
    page.locator(".periode:not([hidden])").get_by_role("button", name="Retirer cette période").click()
    expect(page.get_by_role("link", name="Été")).to_have_count(0)
    enregistrer(page)
    assert [p.cle for p in h.depuis_table(stocke(offre)).periodes] == ["p1"]


@pytest.mark.exigence("B48", "B49")
def test_copier_et_apercu_pendant_la_saisie(page: Page, offre, referente) -> None:
    ouvrir(page, offre, referente)
    expect(page.locator("#h-apercu")).to_contain_text("Horaires non renseignés.")
    page.locator("#h-p1-1-0-de").fill("2")
    page.locator("#h-p1-1-0-a").fill("6h")
    expect(page.locator("#h-apercu")).to_contain_text("est-ce bien du matin")
    page.locator("#h-p1-1-0-a").fill("6x")
    expect(page.locator("#h-apercu .fautes")).to_contain_text("n’est pas une heure")
    expect(page.locator("#h-p1-1-0-a")).to_be_focused()
    page.locator("#h-p1-1-0-a").fill("7")
    page.locator("#h-p1-1-0-de").fill("22")
    page.locator("#h-p1-1").get_by_label("le lendemain").check()
    expect(bloc(page, "22:00 à 07:00 le lendemain, Horaire d’ouverture, lundi")).to_be_visible()
    page.get_by_role("button", name="Lun–Ven identiques").first.click()
    expect(bloc(page, "vendredi, plage 1")).to_be_visible()
    expect(page.locator("#h-apercu")).to_contain_text("du lundi au vendredi de 22\u00a0h à 7\u00a0h le lendemain")
    page.get_by_role("button", name="Défaire").click()
    expect(bloc(page, "vendredi, plage 1")).to_have_count(0)
    page.locator(".copie").get_by_label("samedi").check()
    page.get_by_role("button", name="Copier", exact=True).click()
    expect(page.locator("#h-p1-6-0-de")).to_have_value("22:00")
    page.get_by_role("button", name="Plage de plus, samedi").click()
    page.keyboard.type("9")
    page.keyboard.press("Tab")
    page.keyboard.type("10")
    expect(page.locator("#h-apercu")).to_contain_text("le samedi de 9\u00a0h à 10\u00a0h et de 22\u00a0h")
    page.get_by_role("button", name="Effacer cette plage (samedi, plage 1)").click()
    page.locator("#h-p1-7 [data-continu]").click()
    page.locator("#h-p1-1 [data-fermer]").click()
    expect(page.locator("#h-apercu")).to_contain_text("Fermé du lundi au vendredi et les jours fériés.")
    propre(page)
    assert modification_en_attente(offre) is None
    enregistrer(page)
    assert stocke(offre) == {
        "p1": {"feries": "ferme"},
        "p1/6": [{"debut": 540, "fin": 600}],
        "p1/7": [{"debut": 0, "fin": 1440}],
    }


def test_ce_que_la_grille_ne_modifie_pas_est_hachure(page: Page, offre, referente) -> None:
    table = {**SEMAINE, "p1/2": [{"debut": 840, "fin": 1020, "type": "07"}]}
    actions.enregistrer(structure_id=offre.pk, auteur=referente, vues=fiches.lire(offre), saisies={"horaires": table})
    connecter(page, referente)
    page.goto(f"/ror/fiche/{offre.pk}/modifier/")  # the whole fiche, on a page of its own
    expect(page.locator(".fixe")).to_have_text("Consultations sur rendez-vous")
    page.locator("#h-p1-2-0-de").fill("9")
    page.locator("#h-p1-2-0-a").fill("12")
    expect(page.locator("#h-apercu")).to_contain_text(
        "Consultations sur rendez-vous\u00a0: le mardi de 14\u00a0h à 17\u00a0h"
    )
    expect(page.locator("#h-apercu")).to_contain_text("le mardi de 9\u00a0h à 12\u00a0h")
    page.get_by_role("button", name="Modifier", exact=True).click()
    expect(page.locator("#differences")).to_be_visible()
    assert stocke(offre)["p1/2"] == [{"debut": 840, "fin": 1020, "type": "07"}, {"debut": 540, "fin": 720}]


def test_la_grille_calcule_comme_le_serveur(page: Page, offre, referente) -> None:
    """Thousands of edits, in the browser and in `referentiel.horaires.edition`: the same weeks."""
    ouvrir(page, offre, referente)
    hasard = random.Random(2026)
    suites = []
    for _ in range(150):
        semaine: tuple[Plage, ...] = ()
        etapes = []
        for _ in range(12):
            geste, suivante = _un_geste(hasard, semaine)
            etapes.append((geste, [_simple(p) for p in suivante]))
            semaine = suivante
        suites.append(etapes)
    ecarts = page.evaluate(
        """(suites) => {
            const M = ROR.semaine, ecarts = [];
            for (const etapes of suites) {
                let semaine = [];
                for (const [[nom, ...autres], attendu] of etapes) {
                    semaine = M[nom](semaine, ...autres);
                    if (JSON.stringify(semaine) !== JSON.stringify(attendu)) ecarts.push([nom, autres, semaine]);
                    semaine = attendu;
                }
            }
            return ecarts;
        }""",
        suites,
    )
    assert ecarts == []
    lectures = ["9", "9h", " 9 h 30", "0930", "24h", "24h01", "9h60", "", "x", "0", "23.59", "12345", "9\u00a0h"]
    lues = page.evaluate("(textes) => textes.map(ROR.semaine.lireHeure)", lectures)
    assert lues == [_lire(texte) for texte in lectures]


def _un_geste(hasard: random.Random, semaine: tuple[Plage, ...]) -> tuple[list, tuple[Plage, ...]]:
    jour, debut = hasard.randint(1, 7), hasard.randrange(0, 1440, 15)
    nom = hasard.choice(["poser", "retirer", "deplacer", "etirer", "copier"]) if semaine else "poser"
    if nom == "poser":
        plage = Plage(jour, debut, debut + hasard.randrange(15, 1441, 15))
        return [nom, _simple(plage)], h.poser(semaine, plage)
    if nom == "copier":
        vers = hasard.sample(range(1, 8), 3)
        return [nom, jour, vers], h.copier(semaine, jour, vers)
    plage = hasard.choice(semaine)
    if nom == "retirer":
        return [nom, _simple(plage)], h.retirer(semaine, plage)
    if nom == "deplacer":
        return [nom, _simple(plage), jour, debut - 200], h.deplacer(semaine, plage, jour, debut - 200)
    bord = {hasard.choice(["debut", "fin"]): hasard.randrange(-60, 2900, 15)}
    return [nom, _simple(plage), bord], h.etirer(semaine, plage, **bord)


def _simple(plage: Plage) -> dict:
    assert plage == replace(plage, type_plage=None, autres={})
    return {"jour": plage.jour, "debut": plage.debut, "fin": plage.fin}


def _lire(texte: str) -> int | None:
    try:
        return h.lire_heure(texte)
    except h.HeureIllisible:
        return None
