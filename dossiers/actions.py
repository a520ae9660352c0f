"""Acts on dossiers: open or join the one of an establishment, propose a fiche, take it back, give the dossier up."""

from django.db import transaction

from referentiel.models import CorrespondanceCategorie, Structure
from referentiel.niveaux import Niveau, refus_de_parent
from referentiel.permissions import Action, exiger
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide, StructureInvalide

from .models import Dossier, FicheDossier


def etablissement_de(structure: Structure) -> Structure:
    """Returns the EG that holds `structure`.

    Raises:
        StructureInvalide: an EJ is above every establishment.
    """
    if structure.niveau == Niveau.EG:
        return structure
    etablissement = structure.get_ancestors().filter(niveau=Niveau.EG).first()
    if etablissement is None:
        raise StructureInvalide("Un dossier collaboratif porte sur un établissement géographique (EG).")
    return etablissement


@transaction.atomic
def ouvrir_ou_rejoindre(*, structure: Structure, auteur) -> Dossier:
    """Returns the open dossier of the establishment of `structure`, made when there is none (S41, S139).

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
    """
    etablissement = Structure.objects.select_for_update(of=("self",), no_key=True).get(
        pk=etablissement_de(structure).pk
    )
    exiger(auteur, Action.MODIFIER, etablissement)
    ouvert = Dossier.objects.ouverts().filter(etablissement=etablissement).first()
    if ouvert is not None:
        return ouvert
    return Dossier.objects.create(etablissement=etablissement, nom=nom_par_defaut(etablissement), cree_par=auteur)


def nom_par_defaut(etablissement: Structure) -> str:
    """Returns the name of a new dossier by the convention of the guides: « 77 MAJ MSPA – EHPAD TEST » (S69, S137)."""
    categorie = etablissement.entite_geographique.categorie
    discipline = CorrespondanceCategorie.objects.filter(categorie=categorie).values_list("discipline", flat=True)
    debut = " ".join(filter(None, [etablissement.departement, "MAJ", *discipline]))
    return f"{debut} – {etablissement.nom}"[:255]


@transaction.atomic
def proposer_fiche(*, parent: Structure, niveau: Niveau, nom: str, auteur) -> FicheDossier:
    """Proposes a new fiche under `parent` in the establishment's dossier, opened or joined (S41).

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
        SaisieInvalide: the name is empty or too long.
        StructureInvalide: the level of `parent` does not admit this one.
    """
    nom = nom.strip()
    if not nom:
        raise SaisieInvalide(
            {"nom": "Nom : une valeur est attendue, par exemple « Unité de court séjour gériatrique »."}
        )
    if len(nom) > 255:
        raise SaisieInvalide({"nom": f"Nom : 255 caractères au plus ({len(nom)} saisis)."})
    groupe = parent.groupe if parent.niveau == Niveau.EG else None
    refus = refus_de_parent(niveau, parent.type_niveau, groupe)
    if refus:
        raise StructureInvalide(refus)
    dossier = ouvrir_ou_rejoindre(structure=parent, auteur=auteur)
    fiche = FicheDossier.objects.create(dossier=dossier, niveau=niveau, nom=nom, parent=parent, auteur=auteur)
    dossier.save(update_fields=["modifie_le"])
    return fiche


@transaction.atomic
def retirer_fiche(*, fiche_id: int, auteur) -> Dossier:
    """Takes a proposed fiche out of its dossier.

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
        EtatIncompatible: the dossier is closed.
    """
    fiche = FicheDossier.objects.select_related("dossier__etablissement").get(pk=fiche_id)
    exiger_ouvert(fiche.dossier, auteur)
    fiche.delete()
    fiche.dossier.save(update_fields=["modifie_le"])
    return fiche.dossier


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
    dossier = Dossier.objects.select_for_update(of=("self",)).select_related("etablissement").get(pk=dossier_id)
    exiger_ouvert(dossier, auteur)
    if vu is not None and vu != dossier.modifie_le.isoformat():
        raise EtatIncompatible("Ce dossier a changé depuis l’affichage de la page. Relisez-le avant de l’abandonner.")
    dossier.etat = Dossier.Etat.ABANDONNE
    dossier.save()
    return dossier


def exiger_ouvert(dossier: Dossier, auteur) -> None:
    """Raises unless `auteur` may edit this dossier and it is open."""
    exiger(auteur, Action.MODIFIER, dossier.etablissement)
    if dossier.etat not in Dossier.OUVERTS:
        raise EtatIncompatible(f"Ce dossier est {dossier.get_etat_display().lower()} : il ne se modifie plus.")
