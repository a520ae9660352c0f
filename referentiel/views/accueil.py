"""« Mes accès rapides » and « Mes Etablissements » (S34–S37)."""

from functools import partial

from django.core.paginator import Paginator
from django.db.models import Count, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ror.commun.francais import nombre_fr
from ror.commun.pagination import PaginateurUneLecture
from ror.commun.texte import lire_cle

from .. import echeancier, perimetre, taches
from ..actions.etat import fermeture_de
from ..annonce import sceller_fermeture
from ..champs import champs_de
from ..contexte import permise
from ..models import DemandeAcces, DemandeCorrection, Modification, Structure
from ..niveaux import Niveau
from ..permissions import Action, filtre, refus, roles_pour, tient_des_noeuds
from ..recherche import chemins_de
from ..relecture import situer

PREMIERES = 5
REOUVERTURES = 10
PAR_PAGE = 25


@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """« Mes accès rapides »: the tiles, what is due and what waits for this person, then the guidance (S32, S33)."""
    nombre_eg, nombre_ej = perimetre.compter(request.user)
    relectures = echeancier.a_relire(request.user, timezone.localdate())
    contexte = {
        "detail_miens": f"{nombre_fr(nombre_eg)} EG, {nombre_fr(nombre_ej)} EJ",
        "demandes": _demandes_a_traiter(request.user),
        "demandes_acces": _demandes_acces(request.user),
        "relectures": relectures,
        "a_relire": _etablissements_a_relire(relectures.premiers),
        "etapes": permise(request.user, Action.MODIFIER),
        "reouvertures": _reouvertures(request.user),
        "listes": _listes(request.user),
    }
    return render(request, "referentiel/accueil.html", contexte)


@require_safe
def a_relire(request: HttpRequest) -> HttpResponse:
    """All the offers this person has to re-read, or those of one establishment, the most urgent first."""
    etablissement = _etablissement_demande(request)
    page = _page(request, taches.offres_a_relire(request.user, timezone.localdate(), etablissement))
    contexte = {
        "page": page,
        "lignes": _lignes_a_relire(page.object_list),
        "etablissement": etablissement,
        "confiees": tient_des_noeuds(request.user, roles_pour(Action.DIFFUSER)),
        "fil": [("Mes accès rapides", reverse("accueil"))],
    }
    return render(request, "referentiel/a_relire.html", contexte)


def _etablissement_demande(request: HttpRequest) -> Structure | None:
    cle = request.GET.get("eg", "")
    if not cle:
        return None
    return get_object_or_404(Structure.objects.lisibles_par(request.user).filter(niveau=Niveau.EG), pk=lire_cle(cle))


@require_safe
def mes_etablissements(request: HttpRequest) -> HttpResponse:
    """« Mes établissements géographiques (EG) » and « Mes entités juridiques (EJ) », with a search box."""
    niveau, texte = perimetre.lire_filtre(request.GET)
    lire = partial(_miens, request.user, niveau, texte)
    page = PaginateurUneLecture(lire, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "ej": niveau is Niveau.EJ,
        "q": texte,
        "page": page,
        "lignes": _avec_comptes(request.user, niveau, page.object_list),
    }
    partie = "#liste" if request.htmx else ""
    return render(request, f"referentiel/mes_etablissements.html{partie}", contexte)


def _miens(utilisateur, niveau: Niveau, texte: str, debut: int, taille: int) -> tuple[list[Structure], int]:
    """Some of her EG or EJ, in alphabetical order, those found by `texte` when there is one, and how many in all."""
    if not texte:
        cles, nombre = perimetre.tranche(utilisateur, niveau, debut, taille)
        trouves = Structure.objects.select_related(DETAILS_MIENS[niveau]).in_bulk(cles)
        return [trouves[cle] for cle in cles], nombre
    trouves = perimetre.chercher(utilisateur, niveau, texte).select_related(DETAILS_MIENS[niveau])
    lignes = list(trouves.annotate(nombre_en_tout=Window(Count("*")))[debut : debut + taille])
    return lignes, lignes[0].nombre_en_tout if lignes else 0


def _avec_comptes(utilisateur, niveau: Niveau, miens: list[Structure]) -> list[tuple]:
    """Each EG or EJ with its detail, and how many offers or EG it has."""
    cles, detail = [s.pk for s in miens], DETAILS_MIENS[niveau]
    nombres = perimetre.compter_contenu(utilisateur, niveau, cles)
    return [(s, getattr(s, detail, None), nombres.get(s.pk, 0)) for s in miens]


DETAILS_MIENS = {Niveau.EG: "entite_geographique", Niveau.EJ: "entite_juridique"}


def _page(request: HttpRequest, resultats):
    return Paginator(resultats, PAR_PAGE).get_page(request.GET.get("page"))


def _etablissements_a_relire(lignes: list[echeancier.ARelire]) -> list[dict]:
    """Each establishment with what is to be re-read there, and how pressing it is."""
    etablissements, jour = Structure.objects.in_bulk([ligne.etablissement for ligne in lignes]), timezone.localdate()
    return [
        {
            "etablissement": etablissements[ligne.etablissement],
            "nombre": ligne.nombre,
            "jamais": ligne.jamais,
            "situation": situer(None if ligne.jamais else ligne.plus_ancienne, jour),
        }
        for ligne in lignes
    ]


def _lignes_a_relire(offres) -> list[dict]:
    """Each offer with its establishment and where its re-reading stands; the ways are read in one query."""
    offres = list(offres)
    chemins, jour = chemins_de(offres), timezone.localdate()
    return [
        {
            "structure": offre,
            "etablissement": next((s for s in chemins[offre.pk] if s.niveau == Niveau.EG), None),
            "situation": situer(offre.unite.relue_le and timezone.localtime(offre.unite.relue_le).date(), jour),
        }
        for offre in offres
    ]


def _premiers(lignes, nombre: int) -> tuple[list, int]:
    """The first rows, and how many there are, in one query."""
    premiers = list(lignes.annotate(nombre_en_tout=Window(Count("*")))[:nombre])
    return premiers, premiers[0].nombre_en_tout if premiers else 0


def _reouvertures(utilisateur) -> dict:
    """How many offers reopen soon, and the first ones, each with its closing as it is shown."""
    unites = taches.reouvertures_a_confirmer(utilisateur, timezone.localdate())
    premieres, nombre = _premiers(unites, REOUVERTURES)
    chemins = chemins_de([unite.structure for unite in premieres])
    lignes = [
        {
            "unite": unite,
            "etablissement": next((s for s in chemins[unite.pk] if s.niveau == Niveau.EG), None),
            "jeton": sceller_fermeture(unite.structure, fermeture_de(unite.structure)),
        }
        for unite in premieres
    ]
    return {"nombre": nombre, "lignes": lignes}


def _listes(utilisateur) -> list[dict]:
    """The lists of changes that are not published: how many, and the first ones with the names of their fields."""
    par_etat: dict[str, list[dict]] = {etat: [] for etat in taches.EN_COURS}
    for modification in taches.modifications_en_cours(utilisateur, PREMIERES):
        champs = champs_de(modification.structure.type_niveau)
        noms = [champs[c.champ].libelle for c in modification.changements.all() if c.champ in champs]
        par_etat[modification.etat].append({"modification": modification, "champs": ", ".join(noms)})
    return [
        {
            "etat": etat,
            "titre": TITRES[etat],
            "nombre": lignes[0]["modification"].nombre_en_tout if lignes else 0,
            "lignes": lignes,
        }
        for etat, lignes in par_etat.items()
    ]


TITRES = {
    Modification.Etat.A_ARBITRER: "À arbitrer",
    Modification.Etat.EN_ATTENTE: "Modifiées, non diffusées",
    Modification.Etat.PROGRAMMEE: "Modifications à venir",
}


def _demandes_acces(utilisateur) -> int:
    """How many requests for an account or a right wait for this person, 0 for whoever opens none."""
    if refus(utilisateur, Action.GERER_COMPTES):
        return 0
    return DemandeAcces.objects.traitables_par(utilisateur).filter(etat=DemandeAcces.Etat.NOUVELLE).count()


def _demandes_a_traiter(utilisateur) -> int | None:
    """How many requests wait for the support, None for whoever does not answer them."""
    if refus(utilisateur, Action.CORRIGER_FINESS):
        return None
    structures = Structure.objects.filter(filtre(utilisateur, Action.CORRIGER_FINESS))
    return DemandeCorrection.objects.a_traiter().filter(structure__in=structures).count()
