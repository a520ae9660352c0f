"""« Afficher par : » six ways: what is under each value, and the way down to a fiche in each (S52, S58)."""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dossiers import actions as dossiers
from referentiel import regroupements, repertoire
from referentiel.models import Classement, Favori, Regroupement, Role, Structure, UniteOperationnelle
from referentiel.models.unite import CodePorte
from tests.fabriques import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
    code,
)

pytestmark = pytest.mark.django_db
TOUTES = "MCO.MSS.PSY.SLD.SMA.SSR.VIL"


@pytest.fixture
def lectrice(client):
    RegionFactory()
    personne = UtilisateurFactory()
    client.force_login(personne)
    return personne


@pytest.fixture
def groupes() -> dict[str, Regroupement]:
    """Two catégories de besoins, by type and by category of establishment, and a filière by level of expertise."""
    regroupements.importer(
        "axe,regroupement,nomenclature,code\n"
        f"besoins,Cardiologie,TRE_R244,{code('TRE_R244', '40', 'Cardiologie').code}\n"
        f"besoins,Personnes âgées,FINESS_CATEGORIE,{code('FINESS_CATEGORIE', '500', 'EHPAD').code}\n"
        f"filiere,Endométriose,JDV_J227,{code('JDV_J227', '31', 'Filière endométriose').code}\n"
    )
    return {groupe.nom: groupe for groupe in Regroupement.objects.all()}


@pytest.fixture
def hopital(groupes):
    """A hospital with an offer of cardiology in the filière endométriose, and one without any code; an EHPAD beside."""
    eg = EGFactory(nom="CH de Valmont", parent=EJFactory(nom="CH"), groupe="MCO", _detail={"categorie": "355"})
    uf = UFFactory(parent=PoleFactory(parent=eg, nom="Pôle Cœur"), nom="UF 1")
    PoleFactory(parent=eg, nom="Pôle Logistique")
    coeur = UOFactory(parent=uf, nom="Cardiologie", groupe="MCO")
    UOFactory(parent=uf, nom="Autre offre", groupe="MCO")
    UniteOperationnelle.objects.filter(structure=coeur).update(type_offre=code("TRE_R244", "40"))
    CodePorte.objects.create(structure=coeur, attribut="niveaux_expertise", code=code("JDV_J227", "31"))
    EGFactory(nom="EHPAD TEST", parent=EJFactory(nom="Les Horizons"))
    regroupements.classer()
    return Structure.objects.get(pk=eg.pk)


def page(client, **requete) -> str:
    reponse = client.get(reverse("repertoire"), {"structures": TOUTES, **requete})
    assert reponse.status_code == 200
    return reponse.content.decode()


def arbre(client, **requete) -> str:
    contenu = page(client, **requete)
    return contenu[contenu.index('id="arbre"') : contenu.index("</section>")]


def branche(client, cle: str, structures: str = TOUTES) -> str:
    reponse = client.get(reverse("repertoire-branche", args=[cle]), {"structures": structures})
    assert reponse.status_code == 200
    return reponse.content.decode()


def noms(html: str) -> list[str]:
    return re.findall(r'class="lib"[^>]*>([^<]*)<', html)


def cles(html: str) -> list[str]:
    return re.findall(r'class="noeud"? ?[^>]*? id="([^"]*)"', html)


def descendre(client, html: str, *suite: str) -> str:
    """Opens one branch after the other, by the names read."""
    for nom in suite:
        html = branche(client, dict(zip(noms(html), cles(html), strict=True))[nom])
    return html


@pytest.mark.exigence("S52")
def test_the_six_ways_are_offered_and_the_departement_is_the_default(client, lectrice, hopital):
    contenu = client.get(reverse("repertoire")).content.decode()
    choix = re.search(r'<label[^>]*for="par">(.*?)</label>\s*<select.*?</select>', contenu, re.DOTALL)
    assert choix[1] == "Afficher par :"
    options = re.findall(r'<option value="(\w+)"( selected)?>([^<]*)<', choix[0])
    assert [nom for _, _, nom in options] == [
        *("Entité Juridique", "Département Français", "Catégorie de Besoins"),
        *("Territoire de Santé", "Filière", "Favoris"),
    ]
    assert [nom for _, choisi, nom in options if choisi] == ["Département Français"]
    assert noms(contenu) == ["77 – Seine-et-Marne"]


@pytest.mark.exigence("S52", "S53")
def test_by_need_the_establishment_is_under_each_of_its_values_and_whole(client, lectrice, hopital):
    html = arbre(client, par="besoins")
    assert noms(html) == ["Cardiologie", "Personnes âgées"]
    assert "1\u00a0EG" in html
    assert noms(descendre(client, html, "Personnes âgées", "Les Horizons")) == ["EHPAD TEST"]
    poles = descendre(client, html, "Cardiologie", "CH", "CH de Valmont")
    assert noms(poles) == ["Pôle Cœur", "Pôle Logistique"]
    assert re.search(r"Pôle Cœur<.*?, pôle, de cette catégorie, \d+\xa0UO<", poles)
    assert not re.search(r"Pôle Logistique<.*?de cette catégorie", poles)
    assert noms(descendre(client, poles, "Pôle Cœur", "UF 1")) == ["Autre offre", "Cardiologie"]


@pytest.mark.exigence("S52")
def test_by_line_of_care_what_has_none_has_its_own_root(client, lectrice, hopital):
    html = arbre(client, par="filiere")
    assert noms(html) == ["Endométriose", "Filière non renseignée"]
    assert noms(descendre(client, html, "Endométriose", "CH")) == ["CH de Valmont"]
    assert noms(descendre(client, html, "Filière non renseignée", "Les Horizons")) == ["EHPAD TEST"]


@pytest.mark.exigence("S52")
def test_by_territory_an_establishment_may_have_several(client, lectrice, hopital):
    for valeur, nom in (("077", "Seine-et-Marne nord"), ("078", "Brie")):
        CodePorte.objects.create(structure=hopital, attribut="territoires_sante", code=code("JDV_J249", valeur, nom))
    html = arbre(client, par="territoire")
    assert noms(html) == ["Brie", "Seine-et-Marne nord", "Territoire non renseigné"]
    for territoire in ("Brie", "Seine-et-Marne nord"):
        assert noms(descendre(client, html, territoire, "CH")) == ["CH de Valmont"]
    assert noms(descendre(client, html, "Territoire non renseigné", "Les Horizons")) == ["EHPAD TEST"]
    assert len(set(cles(arbre(client, par="territoire", fiche=hopital.pk)))) == len(
        cles(arbre(client, par="territoire", fiche=hopital.pk))
    )


@pytest.mark.exigence("S52")
def test_a_value_of_several_departements_names_them_first(client, lectrice, hopital):
    EGFactory(nom="EHPAD du Sud", parent=hopital.parent, departement="2A")
    regroupements.classer()
    html = branche(client, f"be-{Regroupement.objects.get(nom='Personnes âgées').pk}")
    assert noms(html) == ["2A – Corse-du-Sud", "77 – Seine-et-Marne"]
    assert noms(descendre(client, html, "2A – Corse-du-Sud", "CH")) == ["EHPAD du Sud"]


@pytest.mark.exigence("S50", "S52")
@pytest.mark.parametrize("par", ["besoins", "territoire", "filiere"])
def test_the_boxes_narrow_every_way_and_its_counts(client, lectrice, hopital, par):
    html = arbre(client, par=par, structures="MCO")
    assert "EHPAD" not in html
    assert "Personnes âgées" not in html
    assert "2\u00a0EG" not in html
    assert all("Horizons" not in branche(client, cle, "MCO") for cle in cles(html))


@pytest.mark.exigence("S52", "B20")
@pytest.mark.parametrize("par", ["ej", "departement", "besoins", "territoire", "filiere", "favoris"])
def test_the_open_fiche_is_revealed_in_every_way(client, lectrice, hopital, par):
    Favori.objects.create(utilisateur=lectrice, structure=hopital)
    for structure in hopital.get_descendants(include_self=True):
        html = arbre(client, par=par, fiche=structure.pk)
        assert re.search(rf'aria-current="page">{structure.nom}<', html), structure.nom
        assert len(set(cles(html))) == len(cles(html))
        lien = re.search(r'class="lib" href="([^"]*)" aria-current', html)[1].replace("&amp;", "&")
        assert f'aria-current="page">{structure.nom}<' in client.get(lien).content.decode()
    ej = arbre(client, par=par, fiche=hopital.parent_id)
    assert ('aria-current="page">CH<' in ej) == (par != "favoris")


@pytest.mark.exigence("S52")
def test_the_place_chosen_among_several_is_kept(client, lectrice, hopital):
    for valeur, nom in (("077", "Nord"), ("078", "Brie")):
        CodePorte.objects.create(structure=hopital, attribut="territoires_sante", code=code("JDV_J249", valeur, nom))
    nord = code("JDV_J249", "077").pk
    html = arbre(client, par="territoire", fiche=hopital.pk, ici=f"te-{nord}-n-{hopital.pk}")
    assert re.search(rf'id="te-{nord}-n-{hopital.pk}"[^>]*>.*?aria-current="page">CH de Valmont<', html)
    ailleurs = arbre(client, par="territoire", fiche=hopital.pk, ici="te-99999-n-1")
    assert 'aria-current="page">CH de Valmont<' in ailleurs


@pytest.mark.exigence("B20")
@pytest.mark.parametrize("par", ["ej", "departement", "besoins", "territoire", "filiere", "favoris"])
def test_search_shows_what_it_finds_in_every_way(client, lectrice, hopital, par):
    adresse = reverse("repertoire-cherche")
    html = client.get(adresse, {"q": "cardio", "par": par, "structures": TOUTES}).content.decode()
    assert 'data-total="1"' in html
    assert noms(html)[-5:] == ["CH", "CH de Valmont", "Pôle Cœur", "UF 1", "Cardiologie"]
    trouvee = client.get(adresse, {"q": "horizons", "par": par, "structures": TOUTES}).content.decode()
    assert noms(trouvee)[-1] == "Les Horizons"
    assert noms(branche(client, cles(trouvee)[-1])) == ["EHPAD TEST"]


@pytest.mark.exigence("S53", "B20")
def test_every_way_costs_the_same_whatever_its_size(client, hopital, groupes):
    RegionFactory()
    client.force_login(HabilitationFactory(structure=hopital).utilisateur)
    territoire = code("JDV_J249", "077", "Nord")
    CodePorte.objects.create(structure=hopital, attribut="territoires_sante", code=territoire)
    besoin, filiere = groupes["Cardiologie"].pk, groupes["Endométriose"].pk
    pole = hopital.get_children().get(nom="Pôle Cœur")
    ouvertes = [
        *(f"be-{besoin}", f"be-{besoin}-77-{hopital.parent_id}", f"be-{besoin}-n-{hopital.pk}"),
        *(f"fi-{filiere}", f"fi-{filiere}-n-{pole.pk}", "fi-0", f"te-{territoire.pk}", "te-0", "te-0-77"),
        *(f"te-{territoire.pk}-77-{hopital.parent_id}", f"fa-{hopital.pk}", f"fa-{hopital.pk}-n-{pole.pk}"),
        *("df-77", f"df-77-{hopital.parent_id}", f"n-{hopital.pk}"),
    ]

    def requetes() -> dict[str, int]:
        nombres = {}
        for cle in ouvertes:
            with CaptureQueriesContext(connection) as vues:
                branche(client, cle)
            nombres[cle] = len(vues)
        for par in repertoire.AFFICHAGES:
            with CaptureQueriesContext(connection) as vues:
                client.get(reverse("repertoire-cherche"), {"par": par, "q": "e", "structures": TOUTES})
            nombres[par] = len(vues)
        return nombres

    petites = requetes()
    for _ in range(8):
        autre = EGFactory(groupe="MCO", parent=hopital.parent)
        CodePorte.objects.create(structure=autre, attribut="territoires_sante", code=territoire)
        EGFactory(groupe="MCO")
        uo = UOFactory(parent=UFFactory(parent=PoleFactory(parent=hopital)), groupe="MCO")
        UFFactory(parent=pole)
        UniteOperationnelle.objects.filter(structure=uo).update(type_offre=code("TRE_R244", "40"))
    regroupements.classer()
    assert requetes() == petites
    assert max(petites[cle] for cle in ouvertes) <= 5


# ---------- favourites ----------


@pytest.mark.exigence("S57", "S58")
def test_a_favourite_is_added_from_the_actions_and_given_back(client, lectrice, hopital):
    actions = client.get(reverse("fiche-actions", args=[hopital.pk])).content.decode()
    assert re.search(r"<button[^>]*>.*Ajouter aux favoris</button>", actions)
    reponse = client.post(reverse("favori-ajouter", args=[hopital.pk]))
    assert reponse.status_code == 302
    assert "est dans vos favoris" in client.get(reponse.url).content.decode()
    client.post(reverse("favori-ajouter", args=[hopital.pk]))
    html = arbre(client, par="favoris")
    assert noms(html) == ["CH de Valmont"]
    assert 'class="ou" aria-hidden="true">CH<' in html
    assert ", entité géographique, favori, CH" in html
    assert noms(branche(client, f"fa-{hopital.pk}")) == ["Pôle Cœur", "Pôle Logistique"]
    assert re.search(
        r"CH de Valmont<.*?, entité géographique, favori, 2\xa0UO<", branche(client, f"df-77-{hopital.parent_id}")
    )
    assert "Retirer des favoris" in client.get(reverse("fiche-actions", args=[hopital.pk])).content.decode()
    client.post(reverse("favori-retirer", args=[hopital.pk]))
    client.post(reverse("favori-retirer", args=[hopital.pk]))
    assert "Ajoutez une structure aux favoris depuis sa flèche Actions." in page(client, par="favoris")


@pytest.mark.exigence("S57")
def test_the_fiche_has_the_same_gesture_as_a_button(client, lectrice, hopital):
    offre = hopital.get_descendants().filter(niveau="UO").first()
    for fiche in (hopital.parent, hopital, offre):
        adresse = reverse("fiche", args=[fiche.pk])
        bouton = re.search(
            r'<form id="favori-\d+" method="post" action="([^"]*)".*?</form>', client.get(adresse).content.decode()
        )
        assert "Ajouter aux favoris" in bouton[0]
        suite = client.post(bouton[1], {"next": adresse})
        assert suite.url == adresse
        assert "Retirer des favoris" in client.get(adresse).content.decode()
    assert client.post(bouton[1], {"next": "https://ailleurs.example/"}).url.startswith(reverse("repertoire"))


@pytest.mark.exigence("S58")
def test_favourites_are_shown_whatever_the_boxes_and_are_ones_own(client, lectrice, hopital):
    ehpad = EGFactory(nom="EHPAD du Lac")
    UOFactory(parent=ehpad, nom="Hébergement")
    Favori.objects.create(utilisateur=lectrice, structure=ehpad.parent)
    Favori.objects.create(utilisateur=UtilisateurFactory(), structure=hopital)
    assert noms(arbre(client, par="favoris", structures="MCO")) == [ehpad.parent.nom]
    assert noms(branche(client, f"fa-{ehpad.parent_id}", "MCO")) == ["EHPAD du Lac"]


@pytest.mark.exigence("S58")
def test_a_favourite_that_is_deleted_or_hidden_goes_away(client, lectrice, hopital):
    from referentiel import arbre as ecrivain

    sensible = UOFactory(parent=EGFactory(), nom="Unité pénitentiaire", _detail={"unite_sensible": True})
    offre = hopital.get_descendants().filter(niveau="UO").first()
    for fiche in (sensible, offre):
        Favori.objects.create(utilisateur=lectrice, structure=fiche)
    assert noms(arbre(client, par="favoris")) == [offre.nom]
    assert client.post(reverse("favori-ajouter", args=[sensible.pk])).status_code == 404
    ecrivain.supprimer(structure=offre)
    assert "Ajoutez une structure aux favoris" in page(client, par="favoris")
    assert client.post(reverse("favori-ajouter", args=[offre.pk])).status_code == 404


def test_beyond_two_hundred_favourites_one_is_told_to_make_room(client, lectrice, hopital, monkeypatch):
    monkeypatch.setattr("referentiel.actions.favoris.LIMITE", 1)
    client.post(reverse("favori-ajouter", args=[hopital.pk]))
    refus = client.post(reverse("favori-ajouter", args=[hopital.parent_id]), headers={"HX-Request": "true"})
    assert refus.status_code == 409
    assert "retirez-en un avant d’en ajouter" in refus.content.decode()
    assert Favori.objects.count() == 1


# ---------- what others may not see ----------


@pytest.mark.exigence("B51")
def test_sensitive_offers_are_in_no_branch_count_search_or_value(client, lectrice, groupes):
    uf = UFFactory(parent=PoleFactory(parent=EGFactory(groupe="MCO", _detail={"categorie": "355"})), nom="UF fermée")
    secrete = UOFactory(parent=uf, nom="Unité pénitentiaire", groupe="MCO", _detail={"unite_sensible": True})
    UniteOperationnelle.objects.filter(structure=secrete).update(type_offre=code("TRE_R244", "40"))
    regroupements.classer()
    assert noms(arbre(client, par="besoins")) == ["Catégorie de besoins non renseignée"]
    pole, eg = uf.parent, uf.parent.parent
    for cle, compte in ((f"df-77-{eg.parent_id}", "UO"), (f"n-{eg.pk}", "UO"), (f"n-{pole.pk}", "UO")):
        assert compte not in re.sub(r"UF|<[^>]*>", "", branche(client, cle))
    assert "data-charge" not in branche(client, f"n-{pole.pk}")
    assert branche(client, f"n-{uf.pk}") == "<ul></ul>"
    trouvees = client.get(reverse("repertoire-cherche"), {"q": "penitentiaire", "structures": "PSY"}).content.decode()
    assert trouvees.strip() == '<ul data-total="0"></ul>'
    client.force_login(HabilitationFactory(structure=eg, role=Role.REFERENT).utilisateur)
    assert noms(branche(client, f"n-{uf.pk}")) == ["Unité pénitentiaire"]
    assert "1\u00a0UO" in branche(client, f"n-{pole.pk}")


@pytest.mark.exigence("S61", "S126")
def test_the_folder_of_a_dossier_shows_to_those_who_see_it_only(client, lectrice, hopital):
    referente = HabilitationFactory(structure=hopital).utilisateur
    dossiers.ouvrir(structure=hopital, auteur=referente, nom="77 MAJ MCO – CH")
    cle = f"df-77-{hopital.parent_id}"
    assert "dossier" not in re.sub(r'"[^"]*"', "", branche(client, cle))
    client.force_login(referente)
    assert ", entité géographique, dossier collaboratif" in branche(client, cle)
    assert "Ouvrir le dossier" in client.get(reverse("fiche-actions", args=[hopital.pk])).content.decode()


# ---------- the groupings ----------


@pytest.mark.exigence("S52")
def test_the_groupings_shipped_name_codes_that_exist_and_are_kept_when_changed(django_db_blocker):
    call_command("charger_nomenclatures", verbosity=0)
    assert Regroupement.objects.filter(axe="besoins").count() > 30
    assert Regroupement.objects.filter(axe="filiere").count() > 10
    assert not Regroupement.objects.filter(codes=None).exists()
    Regroupement.objects.filter(axe="filiere").exclude(nom="Domicile").delete()
    call_command("charger_nomenclatures", verbosity=0)
    assert Regroupement.objects.filter(axe="filiere").count() == 1


def test_a_file_replaces_the_groupings_of_its_axis_or_nothing(groupes, tmp_path):
    fichier = tmp_path / "regroupements.csv"
    entete = "axe,regroupement,nomenclature,code\n"
    for texte, attendu in (
        ("axe;nom\n", "Colonnes attendues"),
        (entete + "lune,A,TRE_R244,40\n", "Ligne 2"),
        (entete + "besoins,,TRE_R244,40\n", "Ligne 2"),
        (entete + "besoins,A,TRE_R244,999\n", "n’a pas de code « 999 »"),
    ):
        fichier.write_text(texte, encoding="utf-8")
        with pytest.raises(Exception, match=re.escape(attendu)):
            call_command("importer_regroupements", fichier)
        assert {g.nom for g in Regroupement.objects.all()} == set(groupes)
    fichier.write_text("\ufeff" + entete + "besoins,Cœur,TRE_R244,40\n", encoding="utf-8")
    call_command("importer_regroupements", fichier, verbosity=0)
    assert {g.nom for g in Regroupement.objects.all()} == {"Cœur", "Endométriose"}


def test_classing_writes_only_what_differs_and_for_one_establishment_what_is_its_own(hopital):
    assert regroupements.classer() == 0
    Classement.objects.all().delete()
    assert regroupements.classer([hopital.pk]) == 2
    assert set(Classement.objects.values_list("etablissement", flat=True)) == {hopital.pk}
    assert regroupements.classer() == 1
    UniteOperationnelle.objects.update(type_offre=None)
    assert regroupements.classer([hopital.pk]) == 1
