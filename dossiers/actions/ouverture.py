"""Opening, naming and giving up the dossier of an establishment (S133–S139)."""

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from referentiel.actions.fiches import exiger_ouverte
from referentiel.models import CorrespondanceCategorie, Structure
from referentiel.models.structure import Etat as EtatFiche
from referentiel.perimetre import filtre_etablissements
from referentiel.permissions import Action, est_confie, exiger
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide

from ..etats import Etat, Geste
from ..models import Dossier
from ..nommage import PEUPLEMENT
from .avis import avertir_fin
from .commun import etablissement_de, noter, verrouiller

LONGUEUR_NOM = 255


class DejaOuvert(EtatIncompatible):
    """The establishment has an open dossier already (S139); `dossier` is that one."""

    def __init__(self, dossier: Dossier) -> None:
        super().__init__(
            f"Un dossier collaboratif est déjà ouvert sur cet établissement\u00a0: «\u00a0{dossier.nom}\u00a0»,"
            f" ouvert par {dossier.cree_par}."
        )
        self.dossier = dossier


@transaction.atomic
def ouvrir(*, structure: Structure, auteur, nom: str = "") -> Dossier:
    """« Créer un dossier collaboratif » on the establishment of `structure` (S135).

    Args:
        structure: the EG, or a fiche below it.
        auteur: who opens it.
        nom: its name; the one of the convention when empty (S136, S137).

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
        DejaOuvert: it has an open dossier.
        EtatIncompatible: the establishment is closed for good.
        SaisieInvalide: the name is too long.
        StructureInvalide: an EJ has no dossier.
    """
    etablissement = etablissement_de(structure)
    exiger(auteur, Action.MODIFIER, etablissement)
    exiger_ouverte(etablissement)
    nom = controler_nom(nom or nom_par_defaut(etablissement))
    try:
        with transaction.atomic():
            dossier = Dossier.objects.create(etablissement=etablissement, nom=nom, cree_par=auteur)
    except IntegrityError:
        ouvert = Dossier.objects.ouverts().select_related("cree_par").get(etablissement=etablissement)
        raise DejaOuvert(ouvert) from None
    noter(dossier, auteur, Geste.RENOMMER, f"Dossier créé sous le nom «\u00a0{nom}\u00a0».")
    return dossier


def ouvrir_ou_rejoindre(*, structure: Structure, auteur) -> Dossier:
    """Returns the open dossier of the establishment of `structure`, made when there is none (S41).

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
    """
    etablissement = etablissement_de(structure)
    exiger(auteur, Action.MODIFIER, etablissement)
    ouvert = dossier_ouvert(etablissement)
    if ouvert is not None:
        return ouvert
    try:
        return ouvrir(structure=etablissement, auteur=auteur)
    except DejaOuvert as refus:
        return refus.dossier


PEUPLEMENTS_PAR_CONNEXION = 20


def ouvrir_peuplements(*, auteur) -> list[Dossier]:
    """Opens « Peuplement de … » on the establishments confided to a person that nobody has described yet (S134).

    Those granted to her by name, or below what is: never a territory. Twice, or by two persons at once, opens one.

    Returns:
        The dossiers opened; `PEUPLEMENTS_PAR_CONNEXION` at most.
    """
    a_decrire = Structure.objects.filter(
        filtre_etablissements(auteur, Action.MODIFIER, territoires=False), rght=F("lft") + 1, dossiers=None
    ).exclude(etat=EtatFiche.FERMEE)
    ouverts = []
    for etablissement in list(a_decrire.order_by("pk")[:PEUPLEMENTS_PAR_CONNEXION]):
        try:
            ouverts.append(ouvrir(structure=etablissement, auteur=auteur))
        except DejaOuvert:
            continue
    return ouverts


def peuplements_prets(utilisateur) -> QuerySet[Dossier]:
    """Returns the first descriptions that wait for this person: dossiers still empty, on establishments still bare."""
    vides = Dossier.objects.filter(
        est_confie(utilisateur, Action.MODIFIER, "etablissement"),
        etat=Etat.BROUILLON.value,
        nom__startswith=PEUPLEMENT,
        fiches=None,
        etablissement__rght=F("etablissement__lft") + 1,
    )
    return vides.select_related("etablissement").order_by("etablissement__nom")


def dossier_ouvert(etablissement: Structure) -> Dossier | None:
    """Returns the open dossier of an EG."""
    return Dossier.objects.ouverts().filter(etablissement=etablissement).select_related("cree_par").first()


def nom_par_defaut(etablissement: Structure) -> str:
    """Returns the name of a new dossier: « Peuplement de EHPAD TEST » for a first description (S134), else by the
    convention of the guides, « 77 MAJ MSPA – EHPAD TEST » (S69, S137)."""
    if not etablissement.enfants.exists() and not etablissement.dossiers.exists():
        return f"{PEUPLEMENT}{etablissement.nom}"[:LONGUEUR_NOM]
    categorie = etablissement.entite_geographique.categorie
    discipline = CorrespondanceCategorie.objects.filter(categorie=categorie).values_list("discipline", flat=True)
    debut = " ".join(filter(None, [etablissement.departement, "MAJ", *discipline]))
    return f"{debut} – {etablissement.nom}"[:LONGUEUR_NOM]


@transaction.atomic
def renommer(*, dossier_id: int, auteur, nom: str, nom_vu: str | None = None) -> Dossier:
    """Gives a dossier another name (S138); what was validated does not change.

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
        EtatIncompatible: the dossier is closed, or was renamed since it was shown.
        SaisieInvalide: the name is empty or too long.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.RENOMMER)
    nom = controler_nom(nom)
    if nom_vu is not None and nom_vu != dossier.nom:
        raise EtatIncompatible(f"Ce dossier a été renommé entre-temps «\u00a0{dossier.nom}\u00a0».")
    if nom != dossier.nom:
        ancien, dossier.nom = dossier.nom, nom
        dossier.save(update_fields=["nom"])
        noter(dossier, auteur, Geste.RENOMMER, f"Dossier renommé\u00a0: «\u00a0{ancien}\u00a0» → «\u00a0{nom}\u00a0».")
    return dossier


@transaction.atomic
def abandonner(*, dossier_id: int, auteur, vu: str | None = None) -> Dossier:
    """Gives a dossier up: nothing of it will be published, its fiches stay readable in it.

    Args:
        dossier_id: the dossier.
        auteur: who gives it up.
        vu: when the dossier she was shown was last changed (ISO), so that nothing unseen is given up.

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
        EtatIncompatible: it is closed already, or changed since it was shown.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.ABANDONNER, vu)
    de = dossier.etat_dossier
    dossier.etat = Etat.ABANDONNE
    dossier.save()
    noter(dossier, auteur, Geste.ABANDONNER, "Dossier abandonné\u00a0: rien n’en sera publié.", de=de)
    avertir_fin(dossier, auteur, de)
    return dossier


def controler_nom(nom: str) -> str:
    """Returns the name of a dossier or of a fiche, without blanks around.

    Raises:
        SaisieInvalide: empty, too long, or with a character that cannot be kept.
    """
    nom = " ".join(nom.split())
    if not nom:
        raise SaisieInvalide({"nom": "Nom\u00a0: une valeur est attendue."})
    if len(nom) > LONGUEUR_NOM:
        raise SaisieInvalide({"nom": f"Nom\u00a0: {LONGUEUR_NOM} caractères au plus ({len(nom)} saisis)."})
    if "\x00" in nom:
        raise SaisieInvalide({"nom": "Nom\u00a0: un caractère ne peut pas être enregistré. Retapez ce texte."})
    return nom
