"""What is typed in the forms of a dossier: « dossier:3/s12 », kept as it is typed, and who else is there (B16, B17)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from referentiel.champs import Champ
from referentiel.changements import Fiche
from referentiel.models import Modification, Structure
from referentiel.objets import CibleAjoutee, Genre, Objet, enregistrer_genre
from ror.comptes.models import Utilisateur

from .contenus import champs_du_dossier, contenu_de
from .etats import Geste
from .models import Dossier, Evenement, FicheDossier
from .superposition import Noeud, arbre_de

GENRE = "dossier"


@dataclass(frozen=True, slots=True)
class CibleDossier(CibleAjoutee):
    """A fiche of a dossier, as a form edits it; the right is asked on the establishment.

    Attributes:
        dossier: the dossier.
        noeud: the fiche in its tree.
    """

    dossier: Dossier | None = None
    noeud: Noeud | None = None

    @property
    def nom(self) -> str:
        return self._noeud.nom

    @property
    def champs(self) -> Collection[Champ]:
        return [c for c in champs_du_dossier(self._noeud.niveau).values() if not c.finess]

    def en_cours(self, modification: Modification | None = None) -> Fiche:
        """The values that an editor of the dossier sees now."""
        valeurs = contenu_de(self._noeud).valeurs
        return {champ.nom: valeurs.get(champ.nom) for champ in self.champs}

    def empreinte(self) -> str:
        """What changes whenever somebody saves this fiche in the dossier, or publishes it."""
        fiche = self._noeud.fiche
        version = self._noeud.structure and Structure.objects.filter(pk=self._noeud.structure).values_list("version")
        return f"{fiche.modifiee_le.isoformat() if fiche else ''}-{version[0][0] if version else ''}"

    def enregistrements(self, depuis: datetime, moi) -> Iterable[tuple[datetime, str, list[str]]]:
        """(when, who, where) of what others saved of this fiche in the dossier since."""
        assert self.dossier is not None
        for evenement in enregistrements_de(self.dossier, self._noeud).filter(le__gt=depuis).exclude(auteur=moi):
            yield evenement.le, str(evenement.auteur), ["dans ce dossier"]

    @property
    def _noeud(self) -> Noeud:
        assert self.noeud is not None
        return self.noeud


def objet_de(dossier: Dossier, cle: str) -> Objet:
    """The name of the form of a fiche in a dossier."""
    return Objet(GENRE, dossier.pk, cle)


def enregistrements_de(dossier: Dossier, noeud: Noeud):
    """The lines of the timeline that tell who saved this fiche, the last first."""
    debut = f"«\u00a0{noeud.nom}\u00a0» enregistrée"
    evenements = Evenement.objects.filter(dossier=dossier, geste=Geste.MODIFIER.name.lower(), auteur__isnull=False)
    return evenements.filter(phrase__startswith=debut).select_related("auteur").order_by("-le")


def auteurs_de(dossier: Dossier, noeud: Noeud) -> dict[str, tuple[str, datetime | None]]:
    """Returns field → who last saved it in the dossier, and when, as far as it is known."""
    fiche = noeud.fiche
    if fiche is None:
        return {}
    dernier = enregistrements_de(dossier, noeud).first()
    if noeud.cree:
        return dict.fromkeys(champs_du_dossier(noeud.niveau), (str(dernier.auteur), dernier.le)) if dernier else {}
    personnes = Utilisateur.objects.in_bulk(set(fiche.auteurs.values()))
    le = dernier.le if dernier else fiche.modifiee_le
    return {nom: (str(personnes[pk]), le) for nom, pk in fiche.auteurs.items() if pk in personnes}


def _trouver(objet: Objet, utilisateur) -> CibleDossier | None:
    dossier = Dossier.objects.visibles_par(utilisateur).select_related("etablissement").filter(pk=objet.pk).first()
    noeud = arbre_de(dossier).noeuds.get(objet.section) if dossier else None
    if dossier is None or noeud is None:
        return None
    return CibleDossier(objet, dossier.etablissement, dossier=dossier, noeud=noeud)


def _adresse(objet: Objet) -> str:
    return reverse("dossier-fiche", args=[objet.pk, objet.section])


def _nommer(objets: Collection[Objet]) -> dict[Objet, str]:
    """Names of the fiches of these objects, « Unité A (dossier « 77 MAJ MCO ») »; those that are gone are left out."""
    if not objets:
        return {}
    dossiers = dict(Dossier.objects.filter(pk__in={o.pk for o in objets}).values_list("pk", "nom"))
    cles = {o.section for o in objets}
    fiches = FicheDossier.objects.filter(dossier__in=dossiers).values_list("pk", "nom")
    creees = {f"f{pk}": nom for pk, nom in fiches.filter(pk__in=_numeros("f", cles))}
    vivantes = Structure.objects.filter(pk__in=_numeros("s", cles)).values_list("pk", "nom")
    noms = creees | {f"s{pk}": nom for pk, nom in vivantes}
    return {
        o: f"{noms[o.section]} (dossier «\u00a0{dossiers[o.pk]}\u00a0»)"
        for o in objets
        if o.pk in dossiers and o.section in noms
    }


def _numeros(genre: str, cles: Iterable[str]) -> list[int]:
    return [int(c[1:]) for c in cles if c[:1] == genre and c[1:].isdecimal() and len(c) <= 19]


def declarer() -> None:
    """Makes the drafts and the presence know the forms of the dossiers."""
    enregistrer_genre(GENRE, Genre("dans un dossier", _adresse, _trouver, _nommer))
