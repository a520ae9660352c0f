"""« Tableau de bord »: the rates of a perimeter, and the lists behind them (S66, B30, B53)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from referentiel.permissions import Action, exiger, refus
from referentiel.relecture import dire_fraicheur, situer

from .. import listes
from ..completude import libelles_des
from ..graphiques import graphique
from ..indicateurs import (
    INDICATEURS,
    compter,
    etablissements_de,
    nom_departement,
    nom_groupe,
    par_champ,
    par_departement,
    total,
)
from ..indicateurs import situer as situer_taux
from ..listes import Choix
from ..models import BilanOffre, CalculBilans

PAR_PAGE = 50
PREMIERS = 8


@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    """The rates of her perimeter, by département and by champ, and where to begin."""
    exiger(request.user, Action.LIRE_TABLEAU)
    siens = etablissements_de(request.user)
    toutes = compter(siens)
    page = Choix(request.GET, siens, places=set(toutes))
    cellules = compter(page.filtrer(siens)) if page.choix.territoire else page.choix.parmi(toutes)
    sommes = total(cellules)
    departements, champs = par_departement(cellules), par_champ(cellules)
    contexte = {
        **page.contexte(),
        "calcul": _calcul(),
        "indicateurs": [_tuile(definition, sommes, page) for definition in INDICATEURS],
        "sommes": sommes,
        "regle_poids": refus(request.user, Action.REGLER_POIDS) is None,
        "graphiques": _graphiques(departements, champs),
        "groupes": [
            _groupe("Département", departements, "departement", page),
            _groupe("Champ", champs, "groupe", page),
        ],
        "premiers": page.filtrer(siens).prefetch_related("structure").order_by(*listes.TRIS_EG["score"][1])[:PREMIERS],
    }
    return render(request, "pilotage/tableau.html", contexte)


@require_safe
def etablissements(request: HttpRequest) -> HttpResponse:
    """The establishments behind a rate, sorted, by pages."""
    page, voulus = listes.etablissements(request.user, request.GET)
    pages = Paginator(voulus, PAR_PAGE).get_page(request.GET.get("page"))
    lignes = [(bilan, nom_groupe(bilan.groupe), nom_departement(bilan.departement)) for bilan in pages.object_list]
    contexte = {**page.contexte(), "calcul": _calcul(), "page": pages, "lignes": lignes}
    return render(request, "pilotage/etablissements.html", contexte)


@require_safe
def offres(request: HttpRequest) -> HttpResponse:
    """The offers behind a rate: those not verified for a year (B30), those that lack something."""
    page, voulues = listes.offres(request.user, request.GET)
    jour = timezone.localdate()
    pages = Paginator(voulues, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        **page.contexte(),
        "calcul": _calcul(),
        "page": pages,
        "lignes": [_ligne_offre(bilan, jour) for bilan in pages.object_list],
    }
    return render(request, "pilotage/offres.html", contexte)


def _calcul() -> dict:
    calculs = {c.genre: c for c in CalculBilans.objects.all()}
    complet, suivi = calculs.get(CalculBilans.Genre.COMPLET), calculs.get(CalculBilans.Genre.SUIVI)
    return {"complet": complet and complet.termine_le, "suivi": suivi and suivi.termine_le}


def _graphiques(departements, champs) -> list:
    """The charts that have something to compare."""
    peuplement = graphique("peuplement", departements, "par département") or graphique(
        "peuplement", champs, "par champ"
    )
    return [g for g in (peuplement, graphique("fraicheur", champs, "par champ")) if g]


def _tuile(definition, sommes, page: Choix) -> dict:
    taux = definition.lire(sommes)
    code, mot = situer_taux(definition, taux)
    nom, requete = definition.liste
    cle, _, valeur = requete.partition("=")
    return {
        "definition": definition,
        "taux": taux,
        "etat_code": code,
        "etat_mot": mot,
        "adresse": f"{reverse(nom)}?{page.suite(**{cle: valeur})}",
    }


def _groupe(par: str, lignes, parametre: str, page: Choix) -> dict:
    """One table of rates, by département or by champ: each line leads to the same page, narrowed to it."""
    nombres = ("Établissements", "Offres", *(definition.court for definition in INDICATEURS))
    return {
        "titre": f"Par {par.lower()}",
        "colonnes": "|".join([par, *(f"{nombre}>" for nombre in nombres)]),
        "lignes": [
            {
                "nom": ligne.nom,
                "adresse": f"?{page.suite(**{parametre: ligne.code})}" if ligne.code else "",
                "eg": ligne.sommes.eg,
                "offres": ligne.sommes.offres,
                "taux": [(definition.court, ligne.taux(definition.code).texte) for definition in INDICATEURS],
            }
            for ligne in lignes
        ],
    }


def _ligne_offre(bilan: BilanOffre, jour) -> dict:
    situation = situer(bilan.relue_le, jour)
    fraicheur = dire_fraicheur(bilan.relue_le, jour)
    manques = [code for code in bilan.manques if code != "fraicheur"]  # said in its own column
    return {
        "bilan": bilan,
        "situation": situation,
        "mot": fraicheur.mot if fraicheur.ancienne else situation.mot,
        "manques": [libelle[0].lower() + libelle[1:] for libelle in libelles_des(manques[:3])],
        "autres": max(0, len(manques) - 3),
    }
