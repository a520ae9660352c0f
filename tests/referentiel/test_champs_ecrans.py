"""What each kind of field looks like on its screen: order and checks of contacts, MSSanté, prices, reserved data."""

from uuid import uuid4

import pytest
from django.urls import reverse

from referentiel import actions, fiches
from referentiel.actions.fiches import modification_en_attente
from referentiel.models import Role, Structure
from ror.commun.erreurs import SaisieInvalide
from tests.fabriques import HabilitationFactory, UtilisateurFactory, code
from tests.formulaires import lire_formulaire

pytestmark = pytest.mark.django_db


def adresse(structure, section):
    return reverse("fiche-section", args=[structure.pk, section])


def ouvrir(client, lien):
    return lire_formulaire(client.get(lien).content.decode(), lien)


def attente(structure):
    modification = modification_en_attente(structure)
    return {c.champ: c.propose for c in modification.changements.all()} if modification else {}


def contact(rang, nom, adresse="01 99 00 27 15", **autres):
    telecoms = [{"canal": "2", "adresse": adresse, "confidentialite": "1"}]
    return {"rang": rang, "nom": nom, "confidentialite": "1", "telecoms": telecoms, **autres}


class TestContacts:
    @pytest.mark.exigence("S85")
    def test_monter_et_descendre(self, client, offre, referente):
        cles = [str(uuid4()) for _ in range(3)]
        fiches.ecrire(offre, {"contacts": {cle: contact(n, f"Contact {n}") for n, cle in enumerate(cles)}})
        lien = adresse(offre, "contacts")
        envoi = ouvrir(client, lien)
        for geste in (f"contact-monter:{cles[2]}", f"contact-descendre:{cles[0]}", f"contact-descendre:{cles[0]}"):
            envoi = lire_formulaire(client.post(lien, {**envoi, "geste": geste}).content.decode(), lien)
        assert envoi["contact"] == [cles[2], cles[1], cles[0]]
        client.post(lien, envoi)
        rangs = {cle: ligne["rang"] for cle, ligne in attente(offre)["contacts"].items()}
        assert [rangs[cle] for cle in cles] == [2, 1, 0]
        page = client.get(reverse("fiche", args=[offre.pk])).content.decode()
        assert "Contact «\u00a0Contact 0\u00a0», rang\u00a0: 1 → 3" in page

    def test_ne_rien_deplacer_ne_change_aucun_rang(self, client, offre, referente):
        fiches.ecrire(offre, {"contacts": {str(uuid4()): contact(n, f"Contact {n}") for n in (4, 9)}})
        lien = adresse(offre, "contacts")
        client.post(lien, ouvrir(client, lien))
        assert attente(offre) == {}

    def test_un_ancien_numero_mal_ecrit_peut_rester_un_nouveau_non(self, client, offre, referente):
        cle = str(uuid4())
        fiches.ecrire(offre, {"contacts": {cle: contact(0, "Accueil", "poste 12")}})
        lien = adresse(offre, "contacts")
        envoi = ouvrir(client, lien)
        assert client.post(lien, envoi).status_code == 302
        reponse = client.post(lien, {**envoi, f"c-{cle}-t-adresse": "019900271"})
        assert reponse.status_code == 422
        assert "9 chiffres au lieu de 10" in reponse.content.decode()

    def test_un_numero_se_range_a_la_francaise(self, client, offre, referente):
        lien = adresse(offre, "contacts")
        page = client.post(lien, {**ouvrir(client, lien), "geste": "contact-ajouter"}).content.decode()
        envoi = lire_formulaire(page, lien)
        (cle,) = envoi["contact"]
        client.post(lien, {**envoi, f"c-{cle}-nom": "Accueil", f"c-{cle}-t-adresse": "+33199002715"})
        assert attente(offre)["contacts"][cle]["telecoms"][0]["adresse"] == "01 99 00 27 15"

    def test_chaque_niveau_est_explique(self, client, offre, referente):
        page = client.get(adresse(offre, "contacts")).content.decode()
        for phrase in ("y compris le grand public", "jamais le grand public", "La régulation (Samu)"):
            assert phrase in page


class TestMSSante:
    def saisir(self, client, offre, mail):
        lien = adresse(offre, "contacts")
        page = client.post(lien, {**ouvrir(client, lien), "geste": "ligne-ajouter:boites_mss"}).content.decode()
        envoi = lire_formulaire(page, lien)
        (cle,) = envoi["boites_mss"]
        assert envoi[f"boites_mss-{cle}-confidentialite"] == ["2"]
        return client.post(lien, {**envoi, f"boites_mss-{cle}-adresse": mail}, follow=True)

    def test_un_autre_domaine_est_signale_sans_etre_refuse(self, client, offre, referente):
        reponse = self.saisir(client, offre, "accueil@hopital.fr")
        assert "«\u00a0accueil@hopital.fr\u00a0» n’est pas dans un domaine mssante.fr" in reponse.content.decode()
        assert len(attente(offre)["boites_mss"]) == 1

    def test_le_bon_domaine_ne_dit_rien(self, client, offre, referente):
        reponse = self.saisir(client, offre, "accueil@hopital.mssante.fr")
        assert "n’est pas dans un domaine" not in reponse.content.decode()

    def test_une_adresse_illisible_est_refusee(self, client, offre, referente):
        reponse = self.saisir(client, offre, "accueil")
        assert reponse.status_code == 422
        assert "n’est pas une adresse de messagerie" in reponse.content.decode()

    def test_une_boite_reservee_ne_se_lit_que_par_ceux_de_son_niveau(self, client, offre, referente):
        boites = {
            str(uuid4()): {"adresse": f"niveau{n}@hopital.mssante.fr", "confidentialite": n} for n in ("1", "2", "3")
        }
        actions.enregistrer(
            structure_id=offre.pk, auteur=referente, vues={"boites_mss": {}}, saisies={"boites_mss": boites}
        )
        actions.valider(structure_id=offre.pk, auteur=referente, relue=True)
        fiche, histoire = (reverse(nom, args=[offre.pk]) for nom in ("fiche", "historique"))
        assert "niveau3@" in client.get(fiche).content.decode()
        client.force_login(UtilisateurFactory())
        page = client.get(fiche).content.decode()
        assert "niveau2@" in page
        assert "niveau3@" not in page
        assert "niveau3@" not in client.get(histoire).content.decode()


@pytest.fixture
def etablissement(offre, client):
    for liste, codes in {
        "JDV_J36": {"02": "Forfait socle hébergement", "03": "Dépendance"},
        "JDV_J205": {"2": "Tarif journalier"},
        "JDV_J32": {"02": "Chambre simple"},
        "JDV_J27": {"01": "GIR 1-2"},
        "JDV_J204": {"1": "Première ligne"},
    }.items():
        for valeur, libelle in codes.items():
            code(liste, valeur, libelle)
    return offre.parent


def test_un_tarif_dit_ce_que_son_type_demande(client, etablissement, referente):
    lien = adresse(etablissement, "tarifs")
    page = client.post(lien, {**ouvrir(client, lien), "geste": "ligne-ajouter:tarifs"}).content.decode()
    envoi = lire_formulaire(page, lien)
    (cle,) = envoi["tarifs"]
    prefixe = f"tarifs-{cle}"
    envoi |= {f"{prefixe}-type_tarif": "02", f"{prefixe}-montant": "68,4", f"{prefixe}-unite_prix": "2"}
    reponse = client.post(lien, {**envoi, f"{prefixe}-groupe_dependance": "01"})
    page = reponse.content.decode()
    assert reponse.status_code == 422
    for colonne, faute in (
        ("type_habitation", "ce type de tarif demande cette précision."),
        ("temporalite_accueil", "ce type de tarif demande cette précision."),
        ("moins_60_ans", "ce type de tarif demande cette précision."),
        ("groupe_dependance", "ce type de tarif n’a pas cette précision, effacez-la."),
    ):
        debut = page.find(f'id="id_{prefixe}-{colonne}_erreur"')
        assert debut > 0
        assert faute in page[debut : debut + 500]
    envoi |= {
        f"{prefixe}-type_habitation": "02",
        f"{prefixe}-temporalite_accueil": "02",
        f"{prefixe}-moins_60_ans": "non",
    }
    client.post(lien, envoi)
    (tarif,) = attente(etablissement)["tarifs"].values()
    assert (tarif["montant"], tarif["moins_60_ans"]) == ("68.40", False)


def test_un_tarif_incomplet_est_refuse_aussi_sans_formulaire(etablissement, referente):
    tarif = {"type_tarif": "03", "montant": "21.35", "unite_prix": "2"}
    with pytest.raises(SaisieInvalide) as refus:
        actions.enregistrer(
            structure_id=etablissement.pk,
            auteur=referente,
            vues={"tarifs": {}},
            saisies={"tarifs": {str(uuid4()): tarif}},
        )
    assert "groupe tarifaire dépendance\u00a0: ce type de tarif demande" in refus.value.erreurs["tarifs"]


def test_orsan_et_la_zone_de_poser_ne_se_lisent_qu_au_profil_1(client, etablissement, referente):
    actions.enregistrer(
        structure_id=etablissement.pk,
        auteur=referente,
        vues={"niveau_orsan": None, "zone_poser": None},
        saisies={"niveau_orsan": "1", "zone_poser": True},
    )
    actions.valider(structure_id=etablissement.pk, auteur=referente, relue=True)
    fiche, histoire = (reverse(nom, args=[etablissement.pk]) for nom in ("fiche", "historique"))
    assert "Première ligne" in client.get(fiche).content.decode()
    for personne, lit in (
        (UtilisateurFactory(), False),
        (HabilitationFactory(structure=None, role=Role.SUPPORT).utilisateur, True),
    ):
        client.force_login(personne)
        assert ("Première ligne" in client.get(fiche).content.decode()) is lit
        page = client.get(histoire).content.decode()
        assert ("Première ligne" in page) is lit
        assert ("Modification réservée à la régulation et à la gestion de crise." in page) is not lit


def test_une_section_vide_invite_a_la_completer(client, offre, referente):
    lien = adresse(offre, "expertise")
    assert f'href="{lien}"' in client.get(reverse("fiche", args=[offre.pk])).content.decode()
    assert "Compléter" in client.get(reverse("fiche", args=[offre.pk])).content.decode()
    client.force_login(UtilisateurFactory())
    assert "Compléter" not in client.get(reverse("fiche", args=[offre.pk])).content.decode()


def test_les_secteurs_se_tapent_un_par_ligne(client, offre, referente):
    lien = adresse(offre, "psychiatrie")
    client.post(lien, {**ouvrir(client, lien), "secteurs_psychiatriques": "77G05\r\n\r\n 77G06 \r\n77G05"})
    assert attente(offre) == {"secteurs_psychiatriques": ["77G05", "77G06"]}
    fiches.ecrire(offre, {"secteurs_psychiatriques": ["77G05"]})
    assert fiches.lire(Structure.objects.get(pk=offre.pk))["secteurs_psychiatriques"] == ["77G05"]
