"""The lists behind the rates: what an address asks, within the perimeter, and the rows it keeps (S66, B30, B44).

The pages and the exports read them here: a file holds the rows of its page.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from referentiel.models import Code, CodePorte, Structure
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, exiger, filtre
from referentiel.qualite.completude import criteres_connus
from referentiel.recherche import filtrer
from referentiel.relecture import limite_de_relecture

from .indicateurs import Filtres, etablissements_de, nom_departement, nom_groupe, offres_de
from .models import BilanEtablissement, BilanOffre, DepartReferent
from .referents import avec_referent_actif

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


class Choix:
    """What the address asks for, checked against the perimeter; what is not understood is left out, and told."""

    def __init__(
        self,
        parametres: Mapping[str, str],
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
            self._lire(parametres, "departement", self.departements, "Département"),
            self._lire(parametres, "groupe", self.groupes, "Champ"),
            self._lire(parametres, "territoire", self.territoires, "Territoire de santé"),
        )
        self.filtre = self._lire(parametres, "filtre", self.filtres, "Liste") if self.filtres else ""
        self.tri = (self._lire(parametres, "tri", self.tris, "Tri") or next(iter(self.tris))) if self.tris else ""
        self.manque = self._lire(parametres, "manque", self.criteres, "Élément") if self.criteres else ""

    def _lire(self, parametres: Mapping[str, str], nom: str, connus: Mapping, libelle: str) -> str:
        valeur = parametres.get(nom, "").replace("\x00", "").strip()
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

    def phrases(self) -> list[tuple[str, str]]:
        """The filters in French, as a file that leaves the portal says them."""
        dits = (
            ("Département", self.departements.get(self.choix.departement, "")),
            ("Champ", self.groupes.get(self.choix.groupe, "")),
            ("Territoire de santé", self.territoires.get(self.choix.territoire, "")),
            ("Liste", self.filtres[self.filtre] if self.filtre else ""),
            ("Il manque", self.criteres.get(self.manque, "")),
            ("Ordre", self.tris[self.tri][0] if self.tri else ""),
        )
        return [(libelle, valeur) for libelle, valeur in dits if valeur]

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


def etablissements(utilisateur, parametres: Mapping[str, str]) -> tuple[Choix, QuerySet[BilanEtablissement]]:
    """Returns the establishments behind a rate, in the order asked for; `suivi` says whether they have a référent."""
    exiger(utilisateur, Action.LIRE_TABLEAU)
    siens = etablissements_de(utilisateur)
    choix = Choix(parametres, siens, FILTRES_EG, TRIS_EG)
    voulus = choix.filtrer(siens).filter(_condition_eg(choix.filtre)).annotate(suivi=avec_referent_actif())
    return choix, voulus.prefetch_related("structure").order_by(*TRIS_EG[choix.tri][1])


def offres(utilisateur, parametres: Mapping[str, str]) -> tuple[Choix, QuerySet[BilanOffre]]:
    """Returns the offers behind a rate: those not verified for a year (B30), those that lack something."""
    exiger(utilisateur, Action.LIRE_TABLEAU)
    choix = Choix(parametres, etablissements_de(utilisateur), FILTRES_OFFRE, TRIS_OFFRE, criteres_connus(Niveau.UO))
    voulues = choix.filtrer(offres_de(utilisateur), "etablissement")
    voulues = voulues.filter(_condition_offre(choix, timezone.localdate()))
    return choix, voulues.prefetch_related("structure", "etablissement").order_by(*TRIS_OFFRE[choix.tri][1])


def orphelins(utilisateur, texte: str) -> QuerySet[BilanEtablissement]:
    """Returns the establishments without an active référent of whoever opens accounts, the last to lose one first."""
    exiger(utilisateur, Action.GERER_COMPTES)
    siens = BilanEtablissement.objects.filter(filtre(utilisateur, Action.GERER_COMPTES))
    if texte:
        siens = siens.filter(pk__in=filtrer(Structure.objects.filter(niveau=Niveau.EG), texte).values("pk"))
    depart = DepartReferent.objects.filter(etablissement=OuterRef("pk")).order_by("-constate_le")
    seuls = siens.exclude(avec_referent_actif()).annotate(depuis=Subquery(depart.values("constate_le")[:1]))
    return seuls.prefetch_related("structure").order_by(F("depuis").desc(nulls_last=True), "nom_recherche", "pk")


def _territoires(siens: QuerySet[BilanEtablissement]) -> dict[str, str]:
    portes = CodePorte.objects.filter(attribut="territoires_sante", structure__in=siens.values("pk")).values("code")
    return dict(Code.objects.filter(pk__in=portes).order_by("libelle").values_list("code", "libelle"))


def _condition_eg(filtre: str) -> Q:
    return {
        "a-peupler": Q(attendu=True, peuple=False),
        "a-relire": Q(relues__lt=F("offres")),
        "re12": Q(re12=False),
        "sans-referent": ~avec_referent_actif(),
    }.get(filtre, Q())


def _condition_offre(choix: Choix, jour) -> Q:
    condition = {
        "non-verifiees": Q(relue_le=None) | Q(relue_le__lte=limite_de_relecture(jour)),
        "a-decrire": Q(finalisee=False),
    }.get(choix.filtre, Q())
    return condition & Q(manques__contains=[choix.manque]) if choix.manque else condition
