"""Which pages the portal has, and what the demonstration puts behind each address."""

from django.test import Client
from django.urls import reverse

from dossiers import actions
from dossiers.models import Avis, Dossier, RegleValidation
from finess_sync.models import Execution
from referentiel.models import DemandeAcces, DemandeCorrection, EntreeJournal, Lieu, ModeleSaisie, Modification
from referentiel.models import Habilitation as Droit
from ror.comptes.models import Region
from tests.comptes.test_connexion import noms_des_pages
from tests.dossiers.test_isolation import PORTES, Monde

from .demonstration import personne, preparer_dossier, structure

HEBERGEMENT = "Unité d’hébergement pour personnes âgées dépendantes"
A_VENIR = "Unité d’accueil de jour pour personnes âgées"
PAR_NOM = 2
"""Addresses of one name that are opened, as different as they come."""


def peupler() -> list[Monde]:
    """The hospital and its dossier in preparation; the EHPAD and its dossier, which waits for the region."""
    prepare = Dossier.objects.get()
    envoye = preparer_dossier("EHPAD TEST", {"Service de soins infirmiers à domicile": "SSIAD de Valmont"})
    return [_monde(prepare, "Unité de maternité"), _monde(envoye, HEBERGEMENT)]


def _monde(dossier: Dossier, offre: str) -> Monde:
    eg, fiche = dossier.etablissement, dossier.fiches.order_by("genre", "pk").first()  # « creation » comes first
    ecrit = actions.commenter(dossier_id=dossier.pk, auteur=dossier.cree_par, texte="À voir", fiche_id=fiche.pk)
    avis = Avis.objects.order_by("pk").last()
    cles = {
        "dossier": dossier.pk,
        "creation": fiche.pk,
        "commentaire": ecrit.pk,
        "avis": avis.pk if avis else 1,
    }
    return Monde(
        eg,
        personne("camilledemo"),
        [eg, structure(offre)],
        Lieu.objects.filter(etablissement=eg)[0],
        DemandeCorrection.objects.get(),
        dossier,
        cles,
    )


def un(pk: int) -> list[dict]:
    """The arguments of one address."""
    return [{"pk": pk}]


def _autres() -> dict[str, list[dict]]:
    """What the table of doors leaves aside, or opens with a number that means nothing here."""
    camille = personne("camilledemo").pk
    attente = Modification.objects.get(structure__nom=HEBERGEMENT)
    prevue = Modification.objects.get(structure__nom=A_VENIR)
    cle = {"pk": structure(A_VENIR).pk, "cle": f"m{prevue.pk}"}
    return {
        **dict.fromkeys(
            ["compte", "compte-modifier", "compte-droit", "compte-inviter", "compte-relancer", "compte-desactiver"],
            un(camille),
        ),
        "droit-terminer": un(Droit.objects.filter(utilisateur=camille)[0].pk),
        **dict.fromkeys(["demande-acces-detail", "demande-acces-accepter"], un(DemandeAcces.objects.all()[0].pk)),
        "textes-region": un(Region.objects.get().pk),
        "regle-modifier": un(RegleValidation.objects.all()[0].pk),
        "modele-saisie": un(ModeleSaisie.objects.get(identifiant="MS-141").pk),
        "finess-passage": un(Execution.objects.get().pk),
        "modification-annuler": un(prevue.pk),
        "modification-date": un(prevue.pk),
        "modification-arbitrer": un(attente.pk),
        "journal-annuler": un(EntreeJournal.objects.filter(structure__nom=A_VENIR).order_by("pk").last().pk),
        "fiche-instantane": [{"pk": cle["pk"], "cle": "present"}, cle],
        "aide-article": [{"slug": "se-connecter"}, {"slug": "lire-le-tableau-de-bord"}],
        "fiche": [
            {"pk": structure(nom).pk}
            for nom in (
                "Centre hospitalier de Valmont",
                "CH de Valmont",
                "Pôle Médecine et urgences",
                "Service de cardiologie",
                "UF 2101 Cardiologie",
                HEBERGEMENT,
            )
        ],
    }


def adresses(mondes: list[Monde]) -> dict[str, list[str]]:
    """Name of each URL of the portal → the addresses where it is opened."""
    autres, trouvees = _autres(), {}
    for nom, valeurs in noms_des_pages():
        porte = PORTES.get(nom)
        if nom in autres:
            toutes = [reverse(nom, kwargs=a) for a in autres[nom]]
        elif callable(porte):
            couples = [couple for monde in mondes for couple in porte(monde)]
            toutes = [reverse(nom, kwargs=a) + (f"?{q}" if q else "") for a, q in couples]
            toutes = list(dict.fromkeys(toutes))
            toutes = list(dict.fromkeys([*toutes[: PAR_NOM - 1], *toutes[-1:]]))
        else:
            toutes = [reverse(nom, kwargs=valeurs)]
        trouvees[nom] = toutes
    return trouvees


def pages_ouvertes(client: Client, candidates: list[str]) -> list[str]:
    """Those that answer this person with a whole page: neither file, nor fragment, nor another page, nor a refusal."""
    pages = []
    for adresse in candidates:
        reponse = client.get(adresse)
        html = reponse.headers.get("Content-Type", "").startswith("text/html") and not reponse.streaming
        if reponse.status_code == 200 and html and b"</html>" in reponse.content:
            pages.append(adresse)
    return pages
