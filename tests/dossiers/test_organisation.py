"""The tree of a dossier and the gestures on it, through the screens: each one, and each refusal (S143–S155, B58)."""

import html
import re

import pytest
from django.urls import reverse

from dossiers import actions
from dossiers.etats import Etat
from dossiers.models import Dossier, FicheDossier
from referentiel.models import Structure
from referentiel.niveaux import Niveau
from tests.fabriques import EGFactory, HabilitationFactory, PoleFactory, RegionFactory, UFFactory, UOFactory
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


@pytest.fixture
def hopital():
    RegionFactory()
    eg = EGFactory(groupe="MCO", nom="CH de Valmont")
    pole = PoleFactory(parent=eg, nom="Pôle Médecine")
    PoleFactory(parent=eg, nom="Pôle Chirurgie")
    uf = UFFactory(parent=pole, nom="UF Cardiologie")
    UFFactory(parent=pole, nom="UF Pneumologie")
    UOFactory(parent=uf, nom="Unité de rythmologie", groupe="MCO")
    UOFactory(parent=uf, nom="Unité de cardiologie", groupe="MCO")
    return eg


@pytest.fixture
def referente(hopital):
    return HabilitationFactory(structure=hopital).utilisateur


@pytest.fixture
def dossier(client, hopital, referente):
    client.force_login(referente)
    return actions.ouvrir(structure=hopital, auteur=referente)


def cle(nom):
    return f"s{Structure.objects.get(nom=nom).pk}"


def lien(nom, dossier, *suite):
    return reverse(f"dossier-{nom}" if nom else "dossier", args=[dossier.pk, *suite])


def lire(client, adresse, **entetes):
    reponse = client.get(adresse, headers=entetes or None)
    assert reponse.status_code == 200
    return reponse.content.decode().replace("\u00a0", " ")


def menu(client, dossier, noeud):
    page = lire(client, lien("actions", dossier, noeud), **{"HX-Request": "true"})
    return [mot.strip() for mot in re.findall(r"</svg>([^<]+)</(?:a|button)>", page)]


# ---------- the tree ----------


@pytest.mark.exigence("S143", "S162")
def test_la_racine_porte_le_nom_du_dossier_et_mene_a_ce_qu_il_change(client, dossier):
    page = lire(client, lien("", dossier))
    noms = re.findall(r'class="lib" href="[^"]+"[^>]*>([^<]+)<', page)
    assert noms[:3] == [dossier.nom, "CH de Valmont", "Pôle Médecine"]
    assert "Ce dossier ne change encore rien" in page
    actions.deplacer(
        dossier_id=dossier.pk, places={cle("Unité de rythmologie"): cle("UF Pneumologie")}, auteur=dossier.cree_par
    )
    panneau = lire(client, lien("", dossier), **{"HX-Request": "true", "HX-Target": "v-fiche"})
    assert "L’unité « Unité de rythmologie » passe de" in panneau
    assert "<html" not in panneau, "the same address answers the panel alone to the tree"
    assert "Ouvert le" in lire(client, lien("", dossier))


@pytest.mark.exigence("S158")
def test_chaque_fiche_porte_son_etat_en_mots(client, dossier, hopital, referente):
    commun = {"dossier_id": dossier.pk, "auteur": referente}
    neuve, attente, finie = actions.creer_fiches(**commun, sous=cle("CH de Valmont"), niveau=Niveau.P, nombre=3)
    for fiche, nom in ((attente, "Pôle A"), (finie, "Pôle B")):
        envoi = actions.Envoi({"nom": None}, {"nom": nom})
        actions.enregistrer_fiche(**commun, cle=fiche.cle, envoi=envoi, finaliser=fiche is finie)
    actions.deplacer(**commun, places={cle("UF Cardiologie"): cle("Pôle Chirurgie")})
    actions.supprimer(**commun, cles=[cle("UF Pneumologie")])
    page = lire(client, lien("", dossier))
    etats = dict(re.findall(r'<div class="noeud[^"]*" id="n-(\w+)".*?class="etat (etat-\w+)"', page))
    lignes = {c: re.search(rf'id="n-{c}".*?</div>', page, re.S)[0] for c in (neuve.cle, attente.cle, finie.cle)}
    assert "À créer" in lignes[neuve.cle]
    assert "En attente" in lignes[attente.cle]
    assert "Finalisée" in lignes[finie.cle]
    assert "#check-circle-fill" in lignes[finie.cle]
    assert etats[finie.cle] == "etat-finalisee"
    assert "Déplacée" in re.search(rf'id="n-{cle("UF Cardiologie")}".*?</div>', page, re.S)[0]
    supprimee = re.search(rf'<div class="noeud supprime" id="n-{cle("UF Pneumologie")}".*?</div>', page, re.S)[0]
    assert "Supprimée" in supprimee


@pytest.mark.parametrize("nombre", [3, 320])
def test_la_page_coute_le_meme_nombre_de_requetes(client, dossier, hopital, django_assert_max_num_queries, nombre):
    uf = Structure.objects.get(nom="UF Cardiologie")
    for rang in range(min(nombre, 3)):
        UOFactory(parent=uf, nom=f"Unité {rang}")
    if nombre > 3:
        fiches = [
            FicheDossier(dossier=dossier, niveau="UO", nom=f"Unité {n}", parent=uf, auteur=dossier.cree_par)
            for n in range(nombre)
        ]
        FicheDossier.objects.bulk_create(fiches)
    with django_assert_max_num_queries(32):
        page = lire(client, lien("", dossier))
    with django_assert_max_num_queries(10):
        branche = lire(client, lien("branche", dossier, cle("UF Cardiologie")))
    assert branche.count("<li>") == nombre + (2 if nombre == 3 else 5)
    if nombre > 3:
        assert lien("branche", dossier, cle("Pôle Médecine")) in page, "beyond 300 fiches, a branch waits to be opened"
        assert "Unité 7<" not in page.split('id="v-fiche"')[0]
        assert "Unité de rythmologie" in lire(client, lien("cherche", dossier) + "?q=rythmo")


def test_la_recherche_montre_les_branches_utiles_et_compte(client, dossier):
    trouve = lire(client, lien("cherche", dossier) + "?q=RYTHMO")
    assert 'data-total="1"' in trouve
    assert "UF Cardiologie" in trouve
    assert "UF Pneumologie" not in trouve
    sans_script = lire(client, lien("", dossier) + "?q=introuvable")
    assert "Aucune fiche ne porte ces mots" in sans_script


# ---------- the menu of each level ----------


@pytest.mark.exigence("S144", "S145", "S146", "S147", "S154")
def test_le_menu_depend_du_niveau(client, dossier):
    assert menu(client, dossier, cle("CH de Valmont"))[:2] == ["Ouvrir", "Créer des pôles"]
    pole = menu(client, dossier, cle("Pôle Médecine"))
    assert pole[:4] == ["Ouvrir", "Créer des services", "Créer des unités fonctionnelles", "Renommer"]
    assert "Dupliquer avec ce qu’elle contient" in pole
    assert menu(client, dossier, cle("UF Cardiologie"))[1] == "Créer des unités opérationnelles"
    unite = menu(client, dossier, cle("Unité de rythmologie"))
    assert unite == ["Ouvrir", "Renommer", "Dupliquer", "Déplacer", "Supprimer"]


@pytest.mark.exigence("S144", "S145", "S148", "S149")
def test_creer_des_fiches_une_par_defaut_vingt_au_plus(client, dossier):
    adresse = lien("creer", dossier, cle("CH de Valmont"))
    page = lire(client, f"{adresse}?niveau=P")
    assert "Création de pôles" in page
    sous_une_uf = lien("creer", dossier, cle("UF Cardiologie"))
    assert "Création d’unités élémentaires d’accueil" in lire(client, f"{sous_une_uf}?niveau=UO")
    assert "Nombre de fiches à créer ?" in page
    assert "Conseil : créer les fiches une par une." in page
    envoi = lire_formulaire(page, adresse)
    assert envoi["nombre"] == ["1"]
    reponse = client.post(adresse, envoi)
    pole = FicheDossier.objects.get()
    assert reponse.url == lien("fiche", dossier, pole.cle), "one fiche is opened at once, to be completed"
    for impossible in ("0", "21", "-3", "beaucoup", "9" * 30, ""):
        reponse = client.post(adresse, {"niveau": "P", "nombre": impossible})
        assert reponse.status_code == 422
        assert "Indiquez un nombre entre 1 et 20" in reponse.content.decode()
    sous = lien("creer", dossier, pole.cle)
    client.post(sous, {"niveau": "UF", "nombre": "20"})
    assert FicheDossier.objects.filter(niveau="UF", parent_fiche=pole).count() == 20


@pytest.mark.parametrize("niveau", ["UO", "EG", "EJ", "XX", ""])
def test_un_niveau_qui_n_a_pas_sa_place_est_refuse(client, dossier, niveau):
    reponse = client.post(lien("creer", dossier, cle("CH de Valmont")), {"niveau": niveau, "nombre": "1"})
    assert reponse.status_code == 409
    assert not FicheDossier.objects.exists()


# ---------- renaming ----------


@pytest.mark.exigence("S138")
def test_le_dossier_se_renomme_sans_ecraser_un_autre_nom(client, dossier):
    adresse = lien("renommer", dossier)
    envoi = lire_formulaire(lire(client, adresse), adresse)
    assert client.post(adresse, {**envoi, "nom": "  "}).status_code == 422
    assert client.post(adresse, {**envoi, "nom": "x" * 300}).status_code == 422
    actions.renommer(dossier_id=dossier.pk, auteur=dossier.cree_par, nom="77 MAJ MCO – Valmont")
    reponse = client.post(adresse, {**envoi, "nom": "Mon dossier"})
    assert reponse.status_code == 409
    assert "renommé entre-temps" in reponse.content.decode()
    suite = lire_formulaire(reponse.content.decode(), adresse)
    assert suite["nom"] == ["Mon dossier"], "what was typed stays"
    client.post(adresse, suite)
    assert Dossier.objects.get().nom == "Mon dossier"


def test_une_fiche_se_renomme_dans_le_dossier_seulement(client, dossier):
    adresse = lien("fiche-renommer", dossier, cle("Pôle Médecine"))
    envoi = lire_formulaire(lire(client, adresse), adresse)
    reponse = client.post(adresse, {**envoi, "nom": "Pôle Médecine et urgences"})
    assert reponse.status_code == 302
    assert "Pôle Médecine et urgences" in lire(client, lien("", dossier))
    assert Structure.objects.filter(nom="Pôle Médecine").exists()
    assert FicheDossier.objects.get().etat == "finalisee"
    reponse = client.post(adresse, {**envoi, "nom": "Autre nom"})
    assert reponse.status_code == 422
    assert FicheDossier.objects.get().nom == "Pôle Médecine et urgences"


# ---------- duplicating ----------


@pytest.mark.exigence("S152")
def test_dupliquer_fait_une_copie_au_meme_endroit_a_finaliser(client, dossier):
    reponse = client.post(lien("dupliquer", dossier, cle("Unité de rythmologie")))
    copie = FicheDossier.objects.get()
    assert reponse.url == lien("fiche", dossier, copie.cle)
    assert (copie.nom, copie.etat) == ("Unité de rythmologie (copie)", "attente")
    assert copie.parent.nom == "UF Cardiologie"
    client.post(lien("dupliquer", dossier, cle("UF Cardiologie")) + "?dessous=1")
    copiee = FicheDossier.objects.get(nom="UF Cardiologie (copie)")
    assert {f.nom for f in copiee.enfants.all()} >= {"Unité de rythmologie", "Unité de cardiologie"}
    refus = client.post(lien("dupliquer", dossier, cle("CH de Valmont")))
    assert refus.status_code == 409
    assert "vient de FINESS" in refus.content.decode()


# ---------- moving ----------


@pytest.mark.exigence("S131", "S153", "B58")
def test_deplacer_ne_propose_que_les_places_admises_puis_s_annule(client, dossier):
    uo = cle("Unité de rythmologie")
    adresse = lien("deplacer", dossier)
    page = lire(client, f"{adresse}?f={uo}")
    assert "Pôle Médecine › </span>UF Pneumologie" in page
    places = re.findall(r'name="vers" value="(\w+)"', page)
    assert places == [cle("UF Pneumologie")], "neither where it is, nor a level that does not admit it"
    assert "Aucun emplacement ne porte ces mots" in lire(client, f"{adresse}?f={uo}&q=chirurgie")
    reponse = client.post(adresse, {"f": [uo], "vers": places[0]}, follow=True)
    page = reponse.content.decode().replace("\u00a0", " ")
    assert "« Unité de rythmologie » est déplacée sous « UF Pneumologie »" in page
    assert Structure.objects.get(nom="Unité de rythmologie").parent.nom == "UF Cardiologie", "nothing is published"
    replacer = lien("replacer", dossier)
    envoi = lire_formulaire(page, replacer)
    assert "est revenue à sa place" in client.post(replacer, envoi, follow=True).content.decode()
    assert not FicheDossier.objects.exists()
    assert client.post(replacer, envoi).status_code == 409, "undone already"
    assert client.post(replacer, {"avant": "forgé"}).status_code == 409


@pytest.mark.exigence("B58")
def test_plusieurs_fiches_se_deplacent_ensemble_sans_script(client, dossier, referente):
    adresse = lien("deplacer", dossier)
    liste = lire(client, adresse)
    deux = [cle("Unité de rythmologie"), cle("Unité de cardiologie")]
    assert all(f'name="f" value="{c}"' in liste for c in deux)
    assert f'name="f" value="{cle("CH de Valmont")}"' not in liste
    page = lire(client, f"{adresse}?f={deux[0]}&f={deux[1]}")
    sans_place = client.post(adresse, lire_formulaire(page.split('<form class="mt-2"')[1].join(["<form", ""]), adresse))
    assert sans_place.status_code == 422
    assert "Choisissez un emplacement" in sans_place.content.decode()
    page = client.post(adresse, {"f": deux, "vers": cle("UF Pneumologie")}, follow=True).content.decode()
    assert "2 fiches sont déplacées" in page
    envoi = lire_formulaire(page, lien("replacer", dossier))
    client.post(lien("replacer", dossier), envoi)
    assert not FicheDossier.objects.exists()


@pytest.mark.parametrize(
    ("quoi", "vers"),
    [
        ("Unité de rythmologie", "Pôle Médecine"),
        ("CH de Valmont", "UF Pneumologie"),
        ("UF Cardiologie", "UF Pneumologie"),
        ("Unité de rythmologie", "UF Cardiologie"),
        ("Unité de rythmologie", "s999999"),
        ("Unité de rythmologie", "n’importe quoi"),
    ],
)
def test_une_place_impossible_est_refusee_en_francais(client, dossier, quoi, vers):
    vers = cle(vers) if Structure.objects.filter(nom=vers).exists() else vers
    reponse = client.post(lien("deplacer", dossier), {"f": [cle(quoi)], "vers": vers}, headers={"HX-Request": "true"})
    assert reponse.status_code == 409
    assert reponse.content.decode().endswith(".")
    assert not FicheDossier.objects.exists()


def test_une_fiche_d_un_autre_etablissement_n_entre_pas_dans_le_dossier(client, dossier):
    autre = UOFactory(nom="Unité d’ailleurs")
    for adresse in (
        lien("fiche", dossier, f"s{autre.pk}"),
        lien("deplacer", dossier) + f"?f=s{autre.pk}",
        lien("supprimer", dossier, f"s{autre.pk}"),
    ):
        assert client.get(adresse).status_code == 404
    reponse = client.post(lien("deplacer", dossier), {"f": [f"s{autre.pk}"], "vers": cle("UF Pneumologie")})
    assert reponse.status_code == 409


# ---------- deleting, and taking back ----------


@pytest.mark.exigence("S130", "S155")
def test_supprimer_dit_tout_ce_qui_disparait_et_se_retablit(client, dossier):
    uf = cle("UF Cardiologie")
    adresse = lien("supprimer", dossier, uf)
    page = lire(client, adresse)
    assert "2 fiches disparaîtront avec elle" in page
    assert "Unité de rythmologie" in page
    assert client.post(adresse, {"motif": "x" * 300}).status_code == 422
    assert not FicheDossier.objects.exists()
    page = client.post(adresse, {"motif": "Activité arrêtée"}, follow=True).content.decode()
    assert "Motif : Activité arrêtée" in page.replace("\u00a0", " ")
    assert Structure.objects.filter(nom="UF Cardiologie").exists()
    page = lire(client, lien("fiche", dossier, cle("Unité de rythmologie")))
    assert "supprimée avec « UF Cardiologie »" in page
    assert client.post(lien("fiche", dossier, uf), {"nom": "X"}).status_code == 409
    assert menu(client, dossier, uf) == ["Ouvrir", "Rétablir"]
    client.post(lien("retablir", dossier, uf))
    assert not FicheDossier.objects.exists()
    assert client.post(lien("retablir", dossier, uf)).status_code == 409


def test_retirer_du_dossier_dit_ce_qui_est_abandonne(client, dossier, referente):
    uo = cle("Unité de rythmologie")
    adresse = lien("fiche-retirer", dossier, uo)
    assert client.get(adresse).status_code == 409
    actions.deplacer(dossier_id=dossier.pk, places={uo: cle("UF Pneumologie")}, auteur=referente)
    assert "passe de" in lire(client, adresse)
    client.post(adresse)
    assert not FicheDossier.objects.exists()


# ---------- refusals ----------


@pytest.fixture
def envoye(dossier, referente):
    actions.deplacer(
        dossier_id=dossier.pk, places={cle("Unité de rythmologie"): cle("UF Pneumologie")}, auteur=referente
    )
    actions.envoyer(dossier_id=dossier.pk, auteur=referente)
    dossier.refresh_from_db()
    assert dossier.etat == Etat.DIRECTION
    return dossier


@pytest.mark.exigence("B4")
def test_un_dossier_envoye_previent_avant_qu_on_le_modifie(client, envoye):
    page = lire(client, lien("", envoye))
    phrase = "Ce dossier est en cours de validation : l’enregistrer renverra le dossier au début de ses validations"
    assert phrase in page
    assert phrase in lire(client, lien("fiche", envoye, cle("Unité de cardiologie"))).split('id="v-fiche"')[1]
    assert phrase in lire(client, lien("supprimer", envoye, cle("Unité de cardiologie")))
    client.post(lien("supprimer", envoye, cle("Unité de cardiologie")), {"motif": ""})
    envoye.refresh_from_db()
    assert envoye.etat == Etat.DIRECTION
    client.post(lien("creer", envoye, cle("UF Cardiologie")), {"niveau": "UO", "nombre": "1"})
    envoye.refresh_from_db()
    assert envoye.etat == Etat.BROUILLON


GESTES = [
    ("creer", "UF Cardiologie", {"niveau": "UO", "nombre": "1"}),
    ("fiche-renommer", "UF Cardiologie", {"nom": "X", "nom_vu": "UF Cardiologie"}),
    ("dupliquer", "UF Cardiologie", {}),
    ("supprimer", "UF Cardiologie", {}),
    ("fiche-retirer", "Unité de rythmologie", {}),
    ("fiche", "UF Cardiologie", {"nom": "X"}),
]


@pytest.mark.parametrize(("nom", "sur", "envoi"), GESTES)
def test_qui_valide_sans_modifier_lit_le_dossier_et_n_y_touche_pas(client, envoye, nom, sur, envoi):
    commun = {"structure": None, "departements": ["77"], "groupes": ["MCO"]}
    client.force_login(HabilitationFactory(role="tutelle", **commun).utilisateur)
    avant = list(FicheDossier.objects.values("pk", "genre", "nom", "changements"))
    assert client.post(lien(nom, envoye, cle(sur)), envoi).status_code == 403
    assert client.post(lien("deplacer", envoye), {"f": [cle(sur)], "vers": cle("Pôle Chirurgie")}).status_code == 403
    assert list(FicheDossier.objects.values("pk", "genre", "nom", "changements")) == avant
    page = lire(client, lien("fiche", envoye, cle("Unité de rythmologie")))
    assert "passe de" in page
    assert "Enregistrer et finaliser" not in page
    assert menu(client, envoye, cle("UF Cardiologie")) == ["Ouvrir"]


@pytest.mark.parametrize(("nom", "sur", "envoi"), GESTES)
def test_un_dossier_clos_ne_se_modifie_plus(client, envoye, referente, nom, sur, envoi):
    actions.abandonner(dossier_id=envoye.pk, auteur=referente)
    reponse = client.post(lien(nom, envoye, cle(sur)), envoi)
    assert reponse.status_code == 409
    assert "abandonné" in reponse.content.decode()
    assert "Enregistrer et finaliser" not in lire(client, lien("fiche", envoye, cle(sur)))


@pytest.mark.parametrize(("nom", "sur", "envoi"), GESTES)
def test_aux_autres_le_dossier_n_existe_pas(client, dossier, nom, sur, envoi):
    client.force_login(HabilitationFactory(structure=EGFactory()).utilisateur)
    assert client.post(lien(nom, dossier, cle(sur)), envoi).status_code == 404
    for adresse in (
        lien("", dossier),
        lien("branche", dossier, cle(sur)),
        lien("cherche", dossier) + "?q=uf",
        lien("actions", dossier, cle(sur)),
        lien("deplacer", dossier),
    ):
        assert client.get(adresse).status_code == 404


def test_une_fiche_retiree_entre_temps_est_dite(client, dossier, referente):
    (pole,) = actions.creer_fiches(dossier_id=dossier.pk, sous=cle("CH de Valmont"), niveau=Niveau.P, auteur=referente)
    actions.supprimer(dossier_id=dossier.pk, cles=[pole.cle], auteur=referente)
    for adresse in (lien("fiche", dossier, pole.cle), lien("supprimer", dossier, pole.cle)):
        reponse = client.get(adresse)
        assert reponse.status_code == 404
        assert "quelqu’un l’a retirée entre-temps" in reponse.content.decode()


@pytest.mark.parametrize("forge", ["s0", "x1", "f", "s1e9", "s" + "9" * 25])
def test_une_cle_forgee_est_introuvable(client, dossier, forge):
    assert client.get(f"/ror/dossiers/{dossier.pk}/fiche/{forge}/").status_code == 404


@pytest.mark.exigence("S155", "S161")
def test_rien_de_supprime_ne_reste_a_finaliser(client, dossier, referente):
    """A fiche that waits and is deleted with its pôle holds nothing back; put back, it waits again."""
    faire = {"dossier_id": dossier.pk, "auteur": referente}
    envoi = actions.Envoi({"conditions_accueil": None}, {"conditions_accueil": "Sur rendez-vous."})
    actions.enregistrer_fiche(cle=cle("Unité de cardiologie"), envoi=envoi, finaliser=False, **faire)
    assert "fiche restante" in lire(client, lien("envoyer", dossier))
    client.post(lien("supprimer", dossier, cle("Pôle Médecine")), {"motif": "Fusion"})
    assert "fiche restante" not in lire(client, lien("envoyer", dossier))
    client.post(lien("retablir", dossier, cle("Pôle Médecine")))
    assert "fiche restante" in lire(client, lien("envoyer", dossier))
    assert FicheDossier.objects.get().changements["conditions_accueil"]["propose"] == "Sur rendez-vous."


def test_un_envoi_fait_deux_fois_ne_cree_qu_une_fois(client, dossier):
    adresse = lien("creer", dossier, cle("CH de Valmont"))
    for attendu in (1, 2):
        envoi = lire_formulaire(lire(client, f"{adresse}?niveau=P"), adresse)
        reponses = [client.post(adresse, envoi, headers={"HX-Request": "true"}) for _ in range(2)]
        assert len({r.headers["HX-Redirect"] for r in reponses}) == 1, "the second answers like the first"
        assert FicheDossier.objects.count() == attendu, "another form creates another fiche"


@pytest.mark.parametrize("mot", ["Dupliquer", "Dupliquer avec ce qu’elle contient"])
def test_dupliquer_deux_fois_de_suite_ne_copie_qu_une_fois(client, dossier, mot):
    def adresse():
        page = lire(client, lien("actions", dossier, cle("UF Cardiologie")), **{"HX-Request": "true"})
        return html.unescape(re.search(rf'action="([^"]+)"(?:(?!action=)[\s\S])*?</svg>{mot}</button>', page)[1])

    double, autre = adresse(), adresse()
    assert client.post(double).url == client.post(double).url
    copies = FicheDossier.objects.filter(nom="UF Cardiologie (copie)")
    assert copies.count() == 1
    assert client.post(autre).url != client.post(double).url, "the menu opened again makes another copy"
    assert copies.count() == 2


@pytest.mark.parametrize("niveau", ["UF", "S"])
def test_creer_plus_envoye_deux_fois_ne_cree_qu_une_fiche(client, dossier, hopital, niveau):
    adresse = reverse("dossier-creer-fiche", args=[Structure.objects.get(nom="Pôle Médecine").pk])
    envoi = {**lire_formulaire(lire(client, adresse), adresse), "niveau": niveau, "nom": "Une nouvelle fiche"}
    assert client.post(adresse, envoi).url == client.post(adresse, envoi).url
    assert FicheDossier.objects.get().nom == "Une nouvelle fiche"
    forge = {**envoi, "demande": "forgé"}
    assert client.post(adresse, forge).status_code == 302
    assert FicheDossier.objects.count() == 2


@pytest.mark.exigence("S129", "S146")
@pytest.mark.parametrize(
    ("sous", "niveau"),
    [("CH de Valmont", "P"), ("Pôle Médecine", "S"), ("Pôle Médecine", "UF"), ("UF Cardiologie", "UO")],
)
def test_chaque_niveau_se_cree_dans_le_dossier(client, dossier, sous, niveau):
    adresse = lien("creer", dossier, cle(sous))
    client.post(adresse, lire_formulaire(lire(client, f"{adresse}?niveau={niveau}"), adresse))
    fiche = FicheDossier.objects.get()
    assert (fiche.niveau, fiche.parent.nom, fiche.etat) == (niveau, sous, "attente")
    assert Niveau(niveau).nom + " en création" in lire(client, lien("", dossier))
