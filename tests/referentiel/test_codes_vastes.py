"""Lists too long to be shown: searched, ticked, pasted, added by groups, and nothing that was chosen is ever lost."""

import pytest
from django.test import Client
from django.urls import reverse

from referentiel import fiches
from referentiel.actions.fiches import modification_en_attente
from referentiel.controles import CODES_MAX
from referentiel.models import Code, Modification, Nomenclature, Structure
from referentiel.recherche_codes import LIMITE, chercher
from ror.commun.texte import normaliser
from tests.fabriques import code
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db
COMMUNES = {"77288": "Melun", "77284": "Meaux", "93066": "Saint-Denis", "97411": "Saint-Denis", "01033": "Valserhône"}


def liste(identifiant: str, codes: dict[str, str], **autres) -> None:
    nomenclature, _ = Nomenclature.objects.get_or_create(identifiant=identifiant, defaults={"nom": identifiant})
    Code.objects.bulk_create(
        Code(nomenclature=nomenclature, code=c, libelle=x, libelle_recherche=normaliser(x), **autres)
        for c, x in codes.items()
    )


@pytest.fixture
def actes(offre):
    """As many acts as the official list has."""
    liste("JDV_J16", {f"{n:04d}": f"Acte courant {n}" for n in range(2, 1304)})
    liste("JDV_J16", {"1304": "Échographie cardiaque foetale", "1305": "Épreuve d’effort cardiaque"})


@pytest.fixture
def communes(offre):
    liste("COG_COMMUNE", COMMUNES)
    code("COG_EPCI", "247700057", "CA Melun Val de Seine")
    Code.objects.filter(code="247700057").update(proprietes={"communes": "77288 77284"})


def adresse(offre, section):
    return reverse("fiche-section", args=[offre.pk, section])


def geste(client, lien, envoi, **saisie):
    page = client.post(lien, {**envoi, **saisie})
    return page.content.decode(), lire_formulaire(page.content.decode(), lien)


def ouvrir(client, lien):
    return lire_formulaire(client.get(lien).content.decode(), lien)


def attente(offre):
    modification = modification_en_attente(offre)
    return {c.champ: c.propose for c in modification.changements.all()} if modification else {}


@pytest.mark.exigence("S79", "S80")
def test_1305_actes_ne_sont_pas_dans_la_page_mais_se_trouvent(client, offre, referente, actes):
    page = client.get(adresse(offre, "actes")).content.decode()
    assert page.count('type="checkbox"') <= 2 * LIMITE
    assert "50 affichés, 1\u202f305 trouvés sur 1\u202f305" in page
    reponse = client.get(reverse("fiche-codes", args=[offre.pk, "actes"]), {"q-actes": "CARDIAQUE echo"})
    assert "1 sur 1\u202f305" in reponse.content.decode()
    assert "Échographie cardiaque foetale" in reponse.content.decode()


@pytest.mark.parametrize(
    ("texte", "codes"),
    [
        ("epreuve", ["1305"]),
        ("effort cardiaque", ["1305"]),
        ("1304", ["1304"]),
        ("cardiaque", ["1304", "1305"]),
        ("introuvable", []),
    ],
)
def test_les_mots_dans_le_desordre_sans_accent_ou_le_code(actes, texte, codes):
    assert [valeur for valeur, _ in chercher("JDV_J16", texte).codes] == codes


def test_ce_qui_commence_par_le_mot_vient_d_abord(communes):
    liste("COG_COMMUNE", {"10001": "Saint-Melun", "10002": "Melunois"})
    assert [libelle for _, libelle in chercher("COG_COMMUNE", "melun").codes] == [
        "Melun (77)",
        "Melunois (10)",
        "Saint-Melun (10)",
    ]


def test_une_commune_se_trouve_par_son_departement_ou_son_ancien_nom(communes):
    assert [v for v, _ in chercher("COG_COMMUNE", "saint denis 93").codes] == ["93066"]
    assert [v for v, _ in chercher("COG_COMMUNE", "Bellegarde sur Valserine").codes] == ["01033"]


def test_les_activites_se_filtrent_par_famille(client, offre, referente):
    code("JDV_J51", "026", "2.3.3.5 Accompagnements de la vie familiale")
    Code.objects.filter(nomenclature__identifiant="JDV_J17", code="02").update(
        proprietes={"familles_serafin": "2.3.3.5"}
    )
    lien = reverse("fiche-codes", args=[offre.pk, "activites"])
    page = client.get(lien, {"q-activites": "", "famille-activites": "026"}).content.decode()
    assert "1 sur 3" in page
    assert "Consultation mémoire" in page
    assert "Accompagnements de la vie familiale" in client.get(adresse(offre, "activites")).content.decode()


def test_la_recherche_coute_toujours_autant(actes, django_assert_num_queries):
    for texte in ("acte", "introuvable cardiaque", ""):
        with django_assert_num_queries(2 if texte != "introuvable cardiaque" else 1):
            chercher("JDV_J16", texte)


@pytest.mark.parametrize("nom", ["publics", "inconnu", "epci-actes", "nom"])
def test_seules_les_longues_listes_se_cherchent(client, offre, referente, nom):
    assert client.get(reverse("fiche-codes", args=[offre.pk, nom])).status_code == 404


def test_il_faut_etre_connecte(offre):
    assert Client().get(reverse("fiche-codes", args=[offre.pk, "actes"])).status_code == 302


@pytest.mark.exigence("S80")
def test_sans_script_chercher_garde_ce_qui_est_coche(client, offre, referente, actes):
    lien = adresse(offre, "actes")
    page, envoi = geste(client, lien, ouvrir(client, lien), **{"q-actes": "epreuve", "geste": "codes-chercher:actes"})
    assert "1 sur 1\u202f305" in page
    page, envoi = geste(client, lien, envoi, **{"actes": ["1305"], "q-actes": "echo", "geste": "codes-chercher:actes"})
    assert envoi["actes"] == ["1305"]
    page, envoi = geste(client, lien, envoi, **{"actes": ["1305", "1304"], "geste": "codes-ajouter:actes"})
    assert envoi["actes"] == ["1304", "1305"]
    assert envoi["q-actes"] == [""]
    page, envoi = geste(client, lien, envoi, geste="codes-retirer:actes:1305")
    client.post(lien, envoi)
    assert attente(offre) == {"actes": ["1304"]}


@pytest.mark.exigence("S86")
def test_les_communes_une_par_une_en_liste_et_par_intercommunalite(client, offre, referente, communes):
    lien = adresse(offre, "zones_intervention")
    page, envoi = geste(
        client, lien, ouvrir(client, lien), zones_communes=["93066"], geste="codes-ajouter:zones_communes"
    )
    assert "Saint-Denis (93)" in page
    collee = "Melun, Melum\nSaint-Denis\n01091\n77284 ; Atlantide"
    saisie = {"coller-zones_communes": collee, "geste": "codes-coller:zones_communes"}
    page, envoi = geste(client, lien, envoi, **saisie)
    assert envoi["zones_communes"] == ["77284", "77288", "93066", "01033"]
    assert "3\u00a0communes reconnues" in page
    assert "01091 → Valserhône (01)" in page
    for ligne, raison in (
        ("Melum", "aucune commune ne porte ce nom"),
        ("Saint-Denis", "plusieurs communes portent ce nom"),
        ("Atlantide", "aucune commune ne porte ce nom"),
    ):
        assert f"<strong>{ligne}</strong> : {raison}." in page.replace("\u00a0", " ")
    assert 'value="97411"' in page
    page, envoi = geste(client, lien, {**envoi, "coller-zones_communes": ""}, geste="codes-vider:zones_communes")
    assert "zones_communes" not in envoi
    saisie = {"epci-zones_communes": ["247700057"], "geste": "epci-ajouter:zones_communes"}
    page, envoi = geste(client, lien, envoi, **saisie)
    assert envoi["zones_communes"] == ["77284", "77288"]
    client.post(lien, envoi)
    assert attente(offre) == {"zones_communes": ["77284", "77288"]}


def test_une_liste_collee_et_non_ajoutee_n_est_pas_perdue_a_l_enregistrement(client, offre, referente, communes):
    lien = adresse(offre, "zones_intervention")
    envoi = {**ouvrir(client, lien), "coller-zones_communes": "Melun\nAtlantide"}
    reponse = client.post(lien, envoi)
    assert reponse.status_code == 422
    assert "1 ligne n’a pas été reconnue" in reponse.content.decode()
    envoi = lire_formulaire(reponse.content.decode(), lien)
    assert envoi["zones_communes"] == ["77288"]
    assert envoi["coller-zones_communes"] == ["Atlantide"]
    client.post(lien, {**envoi, "coller-zones_communes": "Meaux"})
    assert attente(offre) == {"zones_communes": ["77284", "77288"]}


@pytest.mark.parametrize("collee", ["x" * 60_001, "Melun\n" * 2001])
def test_une_liste_demesuree_est_refusee_avec_sa_raison(client, offre, referente, communes, collee):
    lien = adresse(offre, "zones_intervention")
    saisie = {"coller-zones_communes": collee, "geste": "codes-coller:zones_communes"}
    page, envoi = geste(client, lien, ouvrir(client, lien), **saisie)
    assert "Cette liste est trop longue" in page
    assert len(envoi["coller-zones_communes"][0]) >= 12_000


def test_beaucoup_de_communes_se_lisent_par_leur_nombre(client, offre, referente):
    noms = {f"{77 + n // 999}{n % 999:03d}": f"Commune {n:04d}" for n in range(CODES_MAX + 1)}
    liste("COG_COMMUNE", noms)
    lien = adresse(offre, "zones_intervention")
    trop = client.post(lien, {**ouvrir(client, lien), "zones_communes": " ".join(noms)})
    assert trop.status_code == 422
    assert "1500 au plus. Ajoutez plutôt des départements entiers." in trop.content.decode()
    page, envoi = geste(
        client, lien, ouvrir(client, lien), zones_communes=list(noms)[:150], geste="codes-ajouter:zones_communes"
    )
    assert len(envoi["zones_communes"]) == 2
    assert "150\u00a0communes" in page
    client.post(lien, envoi)

    phrase = "".join(client.get(reverse("fiche", args=[offre.pk])).context["suivi"].phrases)
    assert phrase.endswith("«\u00a0Commune 0011 (77)\u00a0» et 138 autres")
    Modification.objects.all().delete()
    fiches.ecrire(offre, {"zones_communes": list(noms)[:45]})
    page = client.get(reverse("fiche", args=[offre.pk])).content.decode()
    assert "voir les 45\u00a0communes" in page


def test_deux_professions_de_meme_code_ne_se_confondent_pas(client, offre, referente):
    liste("JDV_J186", {"86": "Technicien de laboratoire"}, systeme="TRE_G15-ProfessionSante")
    liste("JDV_J186", {"86": "Infirmier en pratique avancée"}, systeme="TRE_R356-ProfessionRessource")
    lien = adresse(offre, "expertise")
    client.post(lien, {**ouvrir(client, lien), "professions_ressources": ["TRE_R356|86"]})
    assert attente(offre) == {"professions_ressources": ["TRE_R356|86"]}
    page = client.get(reverse("fiche", args=[offre.pk])).content.decode()
    assert "ajout de «\u00a0Infirmier en pratique avancée\u00a0»" in page
    Modification.objects.all().delete()
    fiches.ecrire(offre, {"professions_ressources": ["TRE_R356|86"]})
    assert fiches.lire(Structure.objects.get(pk=offre.pk))["professions_ressources"] == ["TRE_R356|86"]
    page = client.get(reverse("fiche", args=[offre.pk])).content.decode()
    assert "Infirmier en pratique avancée" in page
    assert "Technicien de laboratoire" not in page


def test_un_code_forge_est_refuse(client, offre, referente, actes):
    lien = adresse(offre, "actes")
    reponse = client.post(lien, {**ouvrir(client, lien), "actes": ["0002", "zzz|1"]})
    assert reponse.status_code == 422
    assert "Choisissez dans la liste." in reponse.content.decode()
