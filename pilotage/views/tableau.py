"""« Tableau de bord »: the rates of a perimeter, and the lists behind them (S66, B30, B53)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from referentiel.models import Code, CodePorte
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, exiger, refus
from referentiel.qualite.completude import criteres_connus
from referentiel.relecture import age_en_mots, limite_de_relecture, situer

from ..completude import libelles_des
from ..graphiques import graphique
from ..indicateurs import (
    ACTIONS,
    INDICATEURS,
    Filtres,
    compter,
    etablissements_de,
    nom_departement,
    nom_groupe,
    offres_de,
    par_champ,
    par_departement,
    total,
)
from ..indicateurs import situer as situer_taux
from ..models import BilanEtablissement, BilanOffre, CalculBilans
from ..referents import avec_referent_actif

PAR_PAGE = 50
PREMIERS = 8

FILTRES_EG = {
    "": "Tous",
    "a-peupler": "À peupler",
    "a-relire": "Ayant des offres non vérifiées",
    "re12": "Non conformes à RE1.2",
    "sans-referent": "Sans référent actif",
}
TRIS_EG = {
    "score": ("Complétude, la plus basse d’abord", ("score", "nom_recherche", "pk")),
    "nom": ("Nom", ("nom_recherche", "pk")),
    "a-relire": (
        "Offres à relire, les plus nombreuses d’abord",
        ((F("offres") - F("relues")).desc(), "nom_recherche", "pk"),
    ),
    "offres": ("Offres, les plus nombreuses d’abord", ("-offres", "nom_recherche", "pk")),
}
FILTRES_OFFRE = {
    "": "Toutes",
    "non-verifiees": "Non vérifiées depuis un an",
    "a-decrire": "Incomplètes selon la règle nationale",
}
TRIS_OFFRE = {
    "anciennete": ("Relecture, la plus ancienne d’abord", (F("relue_le").asc(nulls_first=True), "pk")),
    "score": ("Complétude, la plus basse d’abord", ("score", "pk")),
    "nom": ("Nom", ("nom_recherche", "pk")),
}


@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    """The rates of her perimeter, by département and by champ, and where to begin."""
    _exiger(request)
    siens = etablissements_de(request.user)
    toutes = compter(siens)
    page = _Page(request, siens, places=set(toutes))
    cellules = compter(page.filtrer(siens)) if page.choix.territoire else page.choix.parmi(toutes)
    sommes = total(cellules)
    departements, champs = par_departement(cellules), par_champ(cellules)
    contexte = {
        **page.contexte(),
        "calcul": _calcul(),
        "indicateurs": [_tuile(definition, sommes, page) for definition in INDICATEURS],
        "sommes": sommes,
        "regle_poids": refus(request.user, Action.REGLER_MODELES) is None,
        "graphiques": _graphiques(departements, champs),
        "groupes": [
            _groupe("Par département", departements, "departement", page),
            _groupe("Par champ", champs, "groupe", page),
        ],
        "premiers": page.filtrer(siens).prefetch_related("structure").order_by(*TRIS_EG["score"][1])[:PREMIERS],
    }
    return render(request, "pilotage/tableau.html", contexte)


@require_safe
def etablissements(request: HttpRequest) -> HttpResponse:
    """The establishments behind a rate, sorted, by pages."""
    _exiger(request)
    siens = etablissements_de(request.user)
    page = _Page(request, siens, FILTRES_EG, TRIS_EG)
    voulus = page.filtrer(siens).filter(_condition_eg(page.filtre))
    voulus = voulus.annotate(suivi=avec_referent_actif()).prefetch_related("structure").order_by(*TRIS_EG[page.tri][1])
    pages = Paginator(voulus, PAR_PAGE).get_page(request.GET.get("page"))
    lignes = [(bilan, nom_groupe(bilan.groupe), nom_departement(bilan.departement)) for bilan in pages.object_list]
    contexte = {**page.contexte(), "calcul": _calcul(), "page": pages, "lignes": lignes}
    return render(request, "pilotage/etablissements.html", contexte)


@require_safe
def offres(request: HttpRequest) -> HttpResponse:
    """The offers behind a rate: those not verified for a year (B30), those that lack something."""
    _exiger(request)
    jour = timezone.localdate()
    siennes = offres_de(request.user)
    page = _Page(request, etablissements_de(request.user), FILTRES_OFFRE, TRIS_OFFRE, criteres_connus(Niveau.UO))
    voulues = page.filtrer(siennes, "etablissement").filter(_condition_offre(page, jour))
    voulues = voulues.prefetch_related("structure", "etablissement").order_by(*TRIS_OFFRE[page.tri][1])
    pages = Paginator(voulues, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        **page.contexte(),
        "calcul": _calcul(),
        "page": pages,
        "lignes": [_ligne_offre(bilan, jour) for bilan in pages.object_list],
    }
    return render(request, "pilotage/offres.html", contexte)


class _Page:
    """What the address asks for, checked against the perimeter; what is not understood is left out, and told."""

    def __init__(
        self,
        request: HttpRequest,
        siens: QuerySet[BilanEtablissement],
        filtres: Mapping[str, str] | None = None,
        tris: Mapping[str, tuple] | None = None,
        criteres: Mapping[str, str] | None = None,
        places: set[tuple[str, str]] | None = None,
    ) -> None:
        cellules = places or set(siens.order_by().values_list("departement", "groupe").distinct())
        self.departements = {code: nom_departement(code) for code in sorted({d for d, _ in cellules if d})}
        self.groupes = {code: nom_groupe(code) for code in sorted({g for _, g in cellules if g})}
        self.territoires = _territoires(siens)
        self.filtres, self.tris, self.criteres = filtres or {}, tris or {}, criteres or {}
        self.ignores: list[str] = []
        self.choix = Filtres(
            self._lire(request, "departement", self.departements, "Département"),
            self._lire(request, "groupe", self.groupes, "Champ"),
            self._lire(request, "territoire", self.territoires, "Territoire de santé"),
        )
        self.filtre = self._lire(request, "filtre", self.filtres, "Liste") if self.filtres else ""
        self.tri = (self._lire(request, "tri", self.tris, "Tri") or next(iter(self.tris))) if self.tris else ""
        self.manque = self._lire(request, "manque", self.criteres, "Élément") if self.criteres else ""

    def _lire(self, request: HttpRequest, nom: str, connus: Mapping, libelle: str) -> str:
        valeur = request.GET.get(nom, "").strip()
        if not valeur or valeur in connus:
            return valeur
        self.ignores.append(f"{libelle} « {valeur[:40]} »")
        return ""

    def filtrer(self, bilans: QuerySet, etablissement: str = "pk") -> QuerySet:
        """Returns those of these figures that the choices keep."""
        bilans = bilans.filter(self.choix.condition)
        if self.choix.territoire:
            portes = CodePorte.objects.filter(attribut="territoires_sante", code__code=self.choix.territoire)
            bilans = bilans.filter(**{f"{etablissement}__in": portes.values("structure")})
        return bilans

    def suite(self, **autres: str) -> str:
        """Returns the query of an address that keeps these choices, with others."""
        choix = {
            "departement": self.choix.departement,
            "groupe": self.choix.groupe,
            "territoire": self.choix.territoire,
        }
        return urlencode({nom: valeur for nom, valeur in {**choix, **autres}.items() if valeur})

    def contexte(self) -> dict:
        """What the form of the filters needs."""
        return {
            "choix": self.choix,
            "departements": self.departements,
            "champs": self.groupes,
            "territoires": self.territoires,
            "filtres": self.filtres,
            "filtre": self.filtre,
            "tris": {code: mot for code, (mot, _) in self.tris.items()},
            "tri": self.tri,
            "criteres": self.criteres,
            "manque": self.manque,
            "ignores": self.ignores,
            "suite": self.suite(),
        }


def _exiger(request: HttpRequest) -> None:
    if all(refus(request.user, action) for action in ACTIONS):
        exiger(request.user, ACTIONS[0])


def _territoires(siens: QuerySet[BilanEtablissement]) -> dict[str, str]:
    portes = CodePorte.objects.filter(attribut="territoires_sante", structure__in=siens.values("pk")).values("code")
    return dict(Code.objects.filter(pk__in=portes).order_by("libelle").values_list("code", "libelle"))


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


def _tuile(definition, sommes, page: _Page) -> dict:
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


def _groupe(titre: str, lignes, parametre: str, page: _Page) -> dict:
    """One table of rates: each line leads to the same page, narrowed to it."""
    return {
        "titre": titre,
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


def _condition_eg(filtre: str) -> Q:
    return {
        "a-peupler": Q(attendu=True, peuple=False),
        "a-relire": Q(relues__lt=F("offres")),
        "re12": Q(re12=False),
        "sans-referent": ~avec_referent_actif(),
    }.get(filtre, Q())


def _condition_offre(page: _Page, jour) -> Q:
    condition = {
        "non-verifiees": Q(relue_le=None) | Q(relue_le__lte=limite_de_relecture(jour)),
        "a-decrire": Q(finalisee=False),
    }.get(page.filtre, Q())
    return condition & Q(manques__contains=[page.manque]) if page.manque else condition


def _ligne_offre(bilan: BilanOffre, jour) -> dict:
    situation = situer(bilan.relue_le, jour)
    age = age_en_mots(bilan.relue_le, jour) if bilan.relue_le else ""
    manques = [code for code in bilan.manques if code != "fraicheur"]  # said in its own column
    return {
        "bilan": bilan,
        "situation": situation,
        "mot": f"Non vérifiée depuis {age.removeprefix('il y a ')}" if age else situation.mot,
        "manques": [libelle[0].lower() + libelle[1:] for libelle in libelles_des(manques[:3])],
        "autres": max(0, len(manques) - 3),
    }
