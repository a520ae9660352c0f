"""Acts on the UO proposed in a dossier: kept incomplete, or finalised with all that its type needs (S70–S77)."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from referentiel.champs import Champ, champs_de
from referentiel.changements import Fiche, Valeur, comparer
from referentiel.controles import controler, controler_ensemble, controler_formes, controler_schema
from referentiel.fiches import genres_de
from referentiel.modeles_saisie import Contexte, SchemaUO
from referentiel.models import Code, Structure
from referentiel.models.structure import Groupe
from referentiel.niveaux import Niveau, refus_de_parent
from referentiel.schemas import categorie_de, schema_pour
from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide, StructureInvalide

from .actions import exiger_ouvert, ouvrir_ou_rejoindre
from .models import FicheDossier
from .nommage import EN_CREATION, nom_propose

TYPES = "TRE_R244"


def champs_uo() -> dict[str, Champ]:
    """Returns the fields of an UO in a dossier: its name may wait too."""
    return {nom: replace(c, obligatoire=False) if nom == "nom" else c for nom, c in champs_de(Niveau.UO).items()}


def schema_de_creation(parent: Structure, type_offre: str | None, champ_activite: Valeur) -> SchemaUO:
    """Returns the rules of an UO to be created under `parent`."""
    champ = champ_activite if isinstance(champ_activite, str) else None
    return schema_pour(Contexte(type_offre or None, champ or None, categorie_de(parent)))


@transaction.atomic
def creer_uo(
    *, parent: Structure, auteur, type_offre: str, groupe: str, saisies: Fiche, finaliser: bool
) -> FicheDossier:
    """Proposes an UO under `parent` in the dossier of its establishment, opened or joined (S70–S77).

    Args:
        parent: an UF, or an establishment that holds its UO directly.
        auteur: who typed.
        type_offre: code of TRE_R244, empty when not chosen yet.
        groupe: « grand groupe de disciplines », empty when not chosen yet.
        saisies: field → value.
        finaliser: every starred field is then needed; else what is missing may wait (S76).

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
        SaisieInvalide: a value breaks a rule, or is missing though the fiche is finalised.
        StructureInvalide: no UO hangs under `parent`.
    """
    refus = refus_de_parent(Niveau.UO, parent.type_niveau, parent.groupe if parent.niveau == Niveau.EG else None)
    if refus:
        raise StructureInvalide(refus)
    fiche = FicheDossier(niveau=Niveau.UO, parent=parent, auteur=auteur)
    _remplir(fiche, type_offre, groupe, saisies, finaliser)
    fiche.dossier = ouvrir_ou_rejoindre(structure=parent, auteur=auteur)
    fiche.save()
    fiche.dossier.save(update_fields=["modifie_le"])
    return fiche


@transaction.atomic
def modifier_uo(
    *, fiche_id: int, auteur, type_offre: str, groupe: str, saisies: Fiche, finaliser: bool, vue_le: datetime | None
) -> FicheDossier:
    """Changes an UO proposed in a dossier; a field left out keeps its value.

    Args:
        fiche_id: the proposed fiche.
        auteur, type_offre, groupe, saisies, finaliser: as in `creer_uo`.
        vue_le: when the fiche shown had last been changed; None compares nothing.

    Raises:
        DroitManquant, SaisieInvalide: as in `creer_uo`.
        EtatIncompatible: the dossier is closed.
        ConflitDeVersion: somebody else changed the fiche since it was shown.
    """
    fiche = (
        FicheDossier.objects.select_for_update(of=("self",))
        .select_related("dossier__etablissement", "parent")
        .get(pk=fiche_id, niveau=Niveau.UO)
    )
    exiger_ouvert(fiche.dossier, auteur)
    if vue_le is not None and fiche.modifiee_le != vue_le:
        raise ConflitDeVersion(
            message=f"«\u00a0{fiche.nom}\u00a0» a été enregistrée entre-temps par quelqu’un d’autre. Comparez avec la "
            "fiche du dossier, puis enregistrez de nouveau pour garder votre saisie."
        )
    _remplir(fiche, type_offre, groupe, saisies, finaliser)
    fiche.save()
    fiche.dossier.save(update_fields=["modifie_le"])
    return fiche


def _remplir(fiche: FicheDossier, type_offre: str, groupe: str, saisies: Fiche, finaliser: bool) -> None:
    code = _type(type_offre, fiche.type_offre)
    if groupe and groupe not in Groupe.values:
        raise SaisieInvalide({"groupe": "Grand groupe de disciplines\u00a0: choisissez dans la liste."})
    champs, anciennes = champs_uo(), fiche.valeurs
    valeurs = {**anciennes, **saisies}
    schema = schema_de_creation(fiche.parent, code.code if code else None, valeurs.get("champ_activite"))
    controler_formes(champs, saisies)
    gestes = comparer({nom: anciennes.get(nom) for nom in saisies}, saisies, genres_de(Niveau.UO))
    controler(champs, gestes)
    controler_schema(schema, champs, gestes, {})
    controler_ensemble(valeurs)
    if finaliser:
        _exiger_complete(schema, champs, valeurs, code, groupe)
    fiche.type_offre, fiche.groupe, fiche.valeurs = code, groupe, valeurs
    fiche.nom = str(valeurs.get("nom") or "").strip() or (nom_propose(code.libelle) if code else EN_CREATION)
    fiche.etat = FicheDossier.Etat.FINALISEE if finaliser else FicheDossier.Etat.ATTENTE


def _type(type_offre: str, porte: Code | None) -> Code | None:
    if not type_offre:
        return None
    if porte is not None and porte.code == type_offre:
        return porte
    code = Code.objects.de(TYPES).proposes().filter(code=type_offre).first()
    if code is None:
        raise SaisieInvalide({"type_offre": "Type d’UO\u00a0: choisissez dans la liste."})
    return code


def _exiger_complete(
    schema: SchemaUO, champs: dict[str, Champ], valeurs: Fiche, code: Code | None, groupe: str
) -> None:
    manquants = {c.nom: c.libelle for c in schema.manquants(champs.values(), valeurs)}
    if code is None:
        manquants["type_offre"] = "Type d’UO"
    if not groupe:
        manquants["groupe"] = "Grand groupe de disciplines"
    if manquants:
        raise SaisieInvalide(
            {nom: f"{libelle}\u00a0: une valeur est nécessaire pour finaliser." for nom, libelle in manquants.items()}
        )
