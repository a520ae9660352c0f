"""Each component renders its contract, and refuses what is not in it."""

from datetime import date
from html.parser import HTMLParser

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory

from ror.commun.composants import Action, Noeud


def rendre(source: str, **contexte) -> str:
    """`source` rendered with the tags of the portal, and only the context given."""
    requete = RequestFactory().get("/ror/liste", contexte.pop("get", {}))
    donnees = {"jour": date(2026, 11, 12), "request": requete, "csrf_token": "jeton", **contexte}
    return engines["django"].from_string(source).render(donnees)


class Lecteur(HTMLParser):
    """Elements of a fragment: (tag, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def tous(self, tag: str) -> list[dict]:
        return [attrs for nom, attrs in self.elements if nom == tag]

    def un(self, tag: str) -> dict:
        (seul,) = self.tous(tag)
        return seul


class Formulaire(forms.Form):
    nom = forms.CharField(label="Nom", help_text="Tel que les usagers le connaissent.")
    genre = forms.ChoiceField(label="Genre", choices=[("m", "mixte"), ("f", "femmes")], widget=forms.RadioSelect)
    champ = forms.ChoiceField(label="Champ", choices=[("MCO", "MCO")], required=False)
    sensible = forms.BooleanField(label="Unité sensible", required=False)


# ---------- refusals ----------


@pytest.mark.parametrize(
    "source",
    [
        '{% icone "licorne" %}',
        '{% niveau "XX" %}',
        '{% etat "inconnu" "Mot" %}',
        '{% etat "ok" "Mot" "licorne" %}',
        '{% avis "grave" %}x{% endavis %}',
        '{% encart "grave" %}x{% endencart %}',
        '{% score 101 "Trop" %}',
        '{% carte "a" "A" rang=5 %}x{% endcarte %}',
        '{% carte "a" "A" lien="/x" %}x{% endcarte %}',
        '{% carte "a" "A" etat_code="ok" %}x{% endcarte %}',
        '{% carte "a" "A" etat_code="inconnu" etat_mot="x" %}x{% endcarte %}',
        '{% vide "Rien." url="/x" %}',
        '{% jauge "Fiches" 16 15 %}',
        '{% bandeau_dossier "D" jour "A" "/d" etat="perdu" %}',
        "{% champ jour %}",
        "{% frise jalons %}",
    ],
)
def test_variante_inconnue_refusee(source):
    with pytest.raises(TemplateSyntaxError):
        rendre(source, jalons=[{"titre": "A", "etat": "bizarre"}])


@pytest.mark.parametrize(
    "source",
    [
        '{% etat "ok" %}',
        '{% carte "a" %}x{% endcarte %}',
        '{% avis "info" couleur="rose" %}x{% endavis %}',
        "{% tuile %}",
    ],
)
def test_parametre_manquant_ou_inconnu_refuse(source):
    with pytest.raises(TemplateSyntaxError):
        rendre(source)


# ---------- marks ----------


@pytest.mark.parametrize("code", ["DF", "EJ", "EG", "P", "S", "UF", "UO"])
def test_puce_de_niveau_dit_son_nom(code):
    html = rendre("{% niveau code %}", code=code)
    assert f">{code}</span>" in html
    assert rendre("{% nom_niveau code %}", code=code).capitalize() in html.split("visually-hidden")[1]


def test_etat_icone_et_mot():
    html = rendre('{% etat "attente" "Dans 14 jours" %}')
    assert "hourglass-split" in html
    assert "Dans 14 jours" in html


def test_provenance():
    html = rendre('{% provenance "FINESS" jour %}')
    assert "<b>FINESS</b> 12/11/2026" in html
    assert "dernière réception le 12/11/2026" in html


# ---------- blocks ----------


def test_carte_nomme_son_bouton_et_echappe_son_titre():
    html = rendre('{% carte "c" titre modifier="/m" verifiee=jour %}<p>x</p>{% endcarte %}', titre="Accueil <b>")
    lu = Lecteur(html)
    assert lu.un("section")["aria-labelledby"] == "c-titre"
    assert lu.un("a")["hx-target"] == "#c"
    assert 'Modifier<span class="visually-hidden"> : Accueil &lt;b&gt;</span>' in html
    assert "12\u00a0nov. 2026" in html


def test_tableau_legende_et_entetes():
    html = rendre('{% tableau "Pôles" "Pôle|UF>|~Action" %}<tr><td>1</td></tr>{% endtableau %}')
    lu = Lecteur(html)
    assert lu.un("caption")["class"] == "visually-hidden"
    assert [th.get("class") for th in lu.tous("th")] == [None, "num", None]
    assert '<span class="visually-hidden">Action</span>' in html


def test_tableau_de_chiffres_defile_au_clavier():
    lu = Lecteur(rendre('{% tableau "Chiffres" "A|B" cartes=False %}<tr><td>1</td></tr>{% endtableau %}'))
    assert lu.un("div")["tabindex"] == "0"
    assert lu.un("div")["aria-label"] == "Chiffres"


def test_bandeau_mot_pour_mot():
    html = rendre('{% bandeau_dossier "77 MAJ" jour "Alix Modèle" "/d" etat="direction" %}')
    assert (
        "Cette fiche fait partie d’un dossier collaboratif. Toute modification de la fiche hors dossier collaboratif "
        "sera effacée lors de l’intégration du dossier dans le répertoire."
    ) in html
    assert "Le dossier attend la validation de la Direction." in html


# ---------- forms ----------


def test_champ_relie_aide_et_erreur():
    lu = Lecteur(rendre("{% champ f.nom %}", f=Formulaire({"nom": ""})))
    saisie = lu.un("input")
    assert saisie["aria-describedby"] == "id_nom_aide id_nom_erreur"
    assert saisie["aria-invalid"] == "true"
    assert {"id_nom_aide", "id_nom_erreur"} <= {attrs.get("id") for _, attrs in lu.elements}
    assert lu.un("label")["for"] == saisie["id"]


def test_champ_a_choix_est_un_groupe():
    lu = Lecteur(rendre("{% champ f.genre %}", f=Formulaire({"genre": "f"})))
    assert lu.un("fieldset")["id"] == "id_genre"
    assert [("checked" in radio, radio["value"]) for radio in lu.tous("input")] == [(False, "m"), (True, "f")]
    assert [etiquette["for"] for etiquette in lu.tous("label")] == [radio["id"] for radio in lu.tous("input")]


def test_champ_focus_et_classes():
    f = Formulaire()
    assert "data-focus" in Lecteur(rendre("{% champ f.nom focus=True %}", f=f)).un("input")
    assert Lecteur(rendre("{% champ f.champ %}", f=f)).un("select")["class"] == "form-select"
    assert Lecteur(rendre("{% champ f.sensible %}", f=f)).un("input")["class"] == "form-check-input"


def test_resume_des_erreurs_mene_aux_champs():
    formulaire = Formulaire({})
    html = rendre("{% resume_erreurs f %}{% champ f.nom %}{% champ f.genre %}", f=formulaire)
    lu = Lecteur(html)
    ids = {attrs.get("id") for _, attrs in lu.elements}
    cibles = [lien["href"].removeprefix("#") for lien in lu.tous("a")]
    assert len(cibles) == 2
    assert set(cibles) <= ids
    assert "data-focus" in html
    assert "2\u00a0points à corriger" in html
    assert rendre("{% resume_erreurs f %}", f=Formulaire()).strip() == ""


def test_resume_des_erreurs_ne_nomme_un_champ_qu_une_fois():
    formulaire = Formulaire({"nom": "A"})
    formulaire.add_error("nom", f"{formulaire['nom'].label}\u00a0: une valeur est nécessaire.")
    html = rendre("{% resume_erreurs f %}", f=formulaire)
    assert html.count(formulaire["nom"].label) == 1


# ---------- lists and navigation ----------


def test_pagination_garde_les_filtres():
    page = Paginator(range(1234), 50).get_page(4)
    lu = Lecteur(rendre('{% pagination page "offre" cible="#liste" %}', page=page, get={"q": "à b", "page": "4"}))
    assert {"?q=%C3%A0+b&page=3", "?q=%C3%A0+b&page=5"} <= {lien["href"] for lien in lu.tous("a")}
    assert [lien.get("aria-current") for lien in lu.tous("a")].count("page") == 1
    assert lu.un("nav")["hx-target"] == "#liste"


def test_pagination_d_une_seule_page_ne_montre_que_le_compte():
    html = rendre('{% pagination page "offre" %}', page=Paginator(range(3), 50).get_page(1))
    assert "3\u00a0offres" in html
    assert Lecteur(html).tous("a") == []


def test_jauge_ecrit_sa_valeur():
    assert "71\u00a0%" in rendre('{% jauge "EHPAD TEST" 71 %}')
    html = rendre('{% jauge "Fiches" 12 15 texte="12 sur 15" %}')
    assert Lecteur(html).un("progress")["value"] == "80"
    assert "12 sur 15" in html


def test_frise_fil_tuile_vide():
    html = rendre(
        "{% frise j %}", j=[{"titre": "Se connecter", "etat": "fait"}, {"titre": "B", "le": date(2027, 1, 4)}]
    )
    assert "Fait" in html
    assert 'datetime="2027-01-04"' in html
    assert 'aria-current="page">EHPAD' in rendre('{% fil a "EHPAD" %}', a=[("77", "/x")])
    assert Lecteur(rendre('{% tuile "/x" "star" "Favoris" "5" %}')).un("a")["href"] == "/x"
    assert Lecteur(rendre('{% vide "Rien." url="/x" geste="Créer" %}')).un("a")["href"] == "/x"


# ---------- tree ----------


def noeud(**valeurs) -> Noeud:
    modele = {"id": "n1", "niveau": "EG", "nom": "CH <Valmont>", "rang": 2, "taille": 214, "url": "/f/1"}
    return Noeud(**(modele | valeurs))


def test_branche_porte_le_contrat_du_script():
    html = rendre(
        "{% branche n %}",
        n=[noeud(charge="/b/1", deplie="?ouvert=1", actions="/a/1", marques=(("star-fill", "favori"),), compte="3 UO")],
    )
    lu = Lecteur(html)
    ligne = lu.tous("div")[0]
    assert (ligne["data-taille"], ligne["data-rang"], ligne["data-charge"]) == ("214", "2", "/b/1")
    assert [lien["class"] for lien in lu.tous("a")] == ["act", "plie", "lib"]
    assert "CH &lt;Valmont&gt;" in html
    assert "<Valmont>" not in html
    assert ", entité géographique, favori" in html


def test_branche_ouverte_et_feuille():
    html = rendre("{% branche n %}", n=[noeud(enfants=[noeud(id="n2", niveau="UO", courant=True)])])
    assert html.count("<ul>") == 1
    assert html.count('aria-current="page"') == 1
    assert '<span class="plie">' in html
    with pytest.raises(TemplateSyntaxError):
        rendre("{% branche n %}", n=[noeud(niveau="XX")])


def test_menu_d_actions():
    actions = [Action("/f", "Ouvrir", "file-text"), None, Action("/g", "Ajouter aux favoris", "star", poste=True)]
    lu = Lecteur(rendre("{% menu_actions a %}", a=[*actions, Action("/r", "Renommer", "pencil", dialogue=True)]))
    assert len(lu.tous("hr")) == 1
    assert lu.un("form")["hx-post"] == "/g"
    assert [lien.get("hx-target") for lien in lu.tous("a")] == [None, "#dialogue"]
