"""The content of a fiche in a dossier: kept incomplete, or finalised with all that it needs (S70–S77, S156–S160).

The same engine as the live fiche: what was typed is merged into what the dossier holds, and a question is asked only
when two persons touched the same element (B17).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import transaction

from referentiel.actions.etat import jour_de
from referentiel.champs import Champ
from referentiel.changements import Changement, Choix, Fiche, comparer, fusionner_tout, rebaser
from referentiel.controles import (
    controler,
    controler_ensemble,
    controler_fermeture,
    controler_formes,
    controler_schema,
)
from referentiel.fiches import genres_de
from referentiel.models import Code, Structure
from referentiel.models.structure import Groupe
from referentiel.niveaux import Niveau
from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide, StructureInvalide

from ..contenus import TYPES, Contenu, champs_du_dossier, contenu_de, schema_du_dossier, valeurs_perdues
from ..etats import Geste
from ..models import Dossier, FicheDossier
from ..nommage import nom_en_creation, nom_propose
from ..superposition import Noeud, arbre_de
from .commun import toucher, verrouiller
from .organisation import change_quelque_chose, creer_fiches, deja_creees, garder_ou_oter, ligne_de
from .ouverture import controler_nom, ouvrir_ou_rejoindre


@dataclass(frozen=True, slots=True)
class Envoi:
    """What a form of a fiche sends.

    Attributes:
        vues: the values it showed when it was opened.
        saisies: the values typed; a field left out is untouched.
        type_offre: code of TRE_R244, "" for none, None when the form does not ask it.
        groupe: « grand groupe de disciplines », None when the form does not ask it.
        type_vu, groupe_vu: those it showed; None when unknown, and what was typed is then taken as it is.
        choix: answers to the conflicts of a former try.
    """

    vues: Fiche
    saisies: Fiche
    type_offre: str | None = None
    groupe: str | None = None
    choix: Mapping[str, Choix] = field(default_factory=dict)
    type_vu: str | None = None
    groupe_vu: str | None = None


class ChangeEntreTemps(ConflitDeVersion):
    """Somebody else gave the fiche another type or another group; what was typed may be sent again over theirs."""


@transaction.atomic
def enregistrer_fiche(*, dossier_id: int, cle: str, auteur, envoi: Envoi, finaliser: bool) -> FicheDossier | None:
    """« Enregistrer et mettre en attente », or « Enregistrer et finaliser » (S156, S157).

    Args:
        dossier_id: the dossier.
        cle: key of the node.
        auteur: who typed.
        envoi: what was typed.
        finaliser: every starred field is then needed; else what is missing may wait (S76).

    Returns:
        The line of the dossier; None when the fiche is as it is published, and was only to be kept so.

    Raises:
        DroitManquant, EtatIncompatible: as for any edit of the dossier.
        SaisieInvalide: a value breaks a rule, or is missing though the fiche is finalised.
        ConflitDeVersion: somebody else changed the same values in the dossier since the form was opened.
        StructureInvalide: the fiche is deleted in the dossier, or gone.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.MODIFIER)
    noeud = noeud_editable(dossier, cle)
    contenu = contenu_de(noeud)
    fiche = ligne_de(dossier, noeud, auteur)
    envoi = _depuis_ce_qui_etait_vu(envoi, contenu, noeud)
    code = _type(envoi.type_offre, contenu.type_offre)
    avant = _empreinte(fiche)
    resultat = _fusionner(dossier, noeud, contenu, code, envoi)
    if finaliser:
        exiger_complete(dossier, noeud, resultat, code, envoi.groupe or noeud.groupe)
    _poser(fiche, noeud, contenu, code, envoi, resultat, auteur)
    fiche.etat = FicheDossier.Etat.FINALISEE if finaliser else FicheDossier.Etat.ATTENTE
    if _empreinte(fiche) == avant or (fiche.pk is None and not change_quelque_chose(fiche)):
        return fiche if fiche.pk else None
    phrase = _phrase(fiche, finaliser)
    if noeud.cree:
        fiche.save()
    else:
        garder_ou_oter(fiche)
    toucher(dossier, auteur, phrase)
    return fiche if fiche.pk else None


@transaction.atomic
def renommer_fiche(*, dossier_id: int, cle: str, auteur, nom: str, nom_vu: str) -> FicheDossier | None:
    """« Renommer » a fiche in the dossier: its name alone; a finalised one stays so while nothing else is missing.

    Raises:
        DroitManquant, EtatIncompatible, StructureInvalide: as for any edit of the dossier.
        SaisieInvalide: the name is empty or too long.
        ConflitDeVersion: it was renamed since it was shown.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.MODIFIER)
    nom = controler_nom(nom)
    noeud = noeud_editable(dossier, cle)
    finalisee = noeud.fiche is None or noeud.fiche.etat == FicheDossier.Etat.FINALISEE
    if finalisee:
        contenu = contenu_de(noeud)
        valeurs = {**contenu.valeurs, "nom": nom}
        finalisee = not manques_de(dossier, noeud, valeurs, contenu.type_offre, noeud.groupe)
    vu = None if nom_vu == nom_en_creation(noeud.niveau) else nom_vu
    envoi = Envoi({"nom": vu}, {"nom": nom})
    return enregistrer_fiche(dossier_id=dossier_id, cle=cle, auteur=auteur, envoi=envoi, finaliser=finalisee)


@transaction.atomic
def creer_uo(
    *,
    parent: Structure,
    auteur,
    type_offre: str,
    groupe: str,
    saisies: Fiche,
    finaliser: bool,
    demande: UUID | None = None,
) -> FicheDossier:
    """« Créer + » of an UO under `parent`, in the dossier of its establishment, opened or joined (S41, S70–S77).

    Sent again with the same `demande`, it creates nothing more and returns the fiche made.

    Raises:
        DroitManquant, SaisieInvalide, StructureInvalide: as `enregistrer_fiche` and `creer_fiches`.
    """
    dossier = ouvrir_ou_rejoindre(structure=parent, auteur=auteur)
    if deja := deja_creees(verrouiller(dossier.pk, auteur, Geste.MODIFIER), demande):
        return deja[0]
    sous = f"s{parent.pk}"
    (fiche,) = creer_fiches(dossier_id=dossier.pk, sous=sous, niveau=Niveau.UO, auteur=auteur, demande=demande)
    vues = contenu_de(noeud_editable(dossier, fiche.cle)).valeurs
    envoi = Envoi(vues, saisies, type_offre, groupe)
    creee = enregistrer_fiche(dossier_id=dossier.pk, cle=fiche.cle, auteur=auteur, envoi=envoi, finaliser=finaliser)
    assert creee is not None
    return creee


def noeud_editable(dossier: Dossier, cle: str) -> Noeud:
    """Returns a node of the dossier that may be typed in.

    Raises:
        StructureInvalide: it is deleted in the dossier, or gone.
    """
    noeud = arbre_de(dossier).noeuds.get(cle)
    if noeud is None:
        raise StructureInvalide("Cette fiche n’est plus dans le dossier\u00a0: quelqu’un l’a retirée entre-temps.")
    if noeud.supprime:
        raise StructureInvalide(
            f"«\u00a0{noeud.nom}\u00a0» est supprimée dans ce dossier\u00a0: rétablissez-la d’abord."
        )
    return noeud


def _fusionner(dossier: Dossier, noeud: Noeud, contenu: Contenu, code: Code | None, envoi: Envoi) -> Fiche:
    """What was typed, controlled and merged into what the dossier holds."""
    champs, genres = champs_du_dossier(noeud.niveau), genres_de(noeud.niveau)
    if envoi.groupe and envoi.groupe not in Groupe.values:
        raise SaisieInvalide({"groupe": "Grand groupe de disciplines\u00a0: choisissez dans la liste."})
    controler_formes(champs, envoi.saisies)
    gestes = comparer(envoi.vues, envoi.saisies, genres)
    parent = Structure.objects.get(pk=noeud.structure) if noeud.structure else dossier.etablissement
    controler(champs, gestes, parent)
    champ = envoi.saisies.get("champ_activite", contenu.valeurs.get("champ_activite"))
    schema = schema_du_dossier(dossier, noeud.niveau, code.code if code else None, champ)
    controler_schema(schema, champs, gestes, {})
    resultat, conflits = fusionner_tout(gestes, contenu.valeurs, genres, envoi.choix)
    if conflits:
        raise ConflitDeVersion(conflits)
    if code is not None and code != contenu.type_offre:
        resultat |= valeurs_perdues(schema, noeud.niveau, resultat)
    controler_ensemble(resultat)
    if noeud.niveau is Niveau.UO:
        controler_fermeture(gestes, resultat, jour_de(dossier.etablissement))
    return resultat


def _poser(
    fiche: FicheDossier, noeud: Noeud, contenu: Contenu, code: Code | None, envoi: Envoi, resultat: Fiche, auteur
) -> None:
    """Writes in the line of the dossier what it now changes."""
    genres = genres_de(noeud.niveau)
    if noeud.cree:
        fiche.type_offre = code
        fiche.groupe = fiche.groupe if envoi.groupe is None else envoi.groupe
        fiche.valeurs = {c.champ: c.propose for c in comparer({}, resultat, genres)}
        propose = nom_propose(code.libelle) if code else nom_en_creation(noeud.niveau)
        fiche.nom = str(resultat.get("nom") or "").strip() or propose
        return
    anciens = {c.champ: c for c in fiche.changements_moteur()}
    auteurs = fiche.auteurs
    for geste in comparer(contenu.valeurs, resultat, genres):
        base = contenu.publiees.get(geste.champ)
        if geste.champ in anciens:
            repris = rebaser(anciens[geste.champ], base, genres[geste.champ])
            base = repris.base if repris else base
        anciens[geste.champ] = Changement(geste.champ, base, geste.propose)
        auteurs[geste.champ] = auteur.pk
    gardes = [anciens[nom] for nom in genres if nom in anciens and anciens[nom].base != anciens[nom].propose]
    fiche.poser_changements(gardes, auteurs)
    fiche.nom = str(resultat.get("nom") or "").strip() or fiche.nom
    fiche.type_offre = code if code != contenu.type_publie else None
    if envoi.groupe is not None:
        fiche.groupe = envoi.groupe if envoi.groupe != noeud.groupe or fiche.groupe else ""


def _depuis_ce_qui_etait_vu(envoi: Envoi, contenu: Contenu, noeud: Noeud) -> Envoi:
    """The type and the group typed, those of now where she left them as they were shown.

    Raises:
        ChangeEntreTemps: she changed one of them, and so did somebody else.
    """
    actuel = contenu.type_offre.code if contenu.type_offre else ""
    type_offre, groupe = envoi.type_offre, envoi.groupe
    if envoi.type_vu is not None and actuel != envoi.type_vu and type_offre != actuel:
        if type_offre not in (None, envoi.type_vu):
            libelle = contenu.type_offre.libelle if contenu.type_offre else "non renseigné"
            raise ChangeEntreTemps(
                (),
                f"Le type d’UO a été changé entre-temps\u00a0: «\u00a0{libelle}\u00a0»."
                " Enregistrez de nouveau pour garder le vôtre.",
            )
        type_offre = None
    if envoi.groupe_vu is not None and noeud.groupe != envoi.groupe_vu and groupe != noeud.groupe:
        if groupe not in (None, envoi.groupe_vu):
            raise ChangeEntreTemps(
                (),
                f"Le grand groupe de disciplines a été changé entre-temps\u00a0: «\u00a0{noeud.groupe}\u00a0»."
                " Enregistrez de nouveau pour garder le vôtre.",
            )
        groupe = None
    return replace(envoi, type_offre=type_offre, groupe=groupe)


def _empreinte(fiche: FicheDossier) -> tuple:
    """What a save may change: nothing is written, and nothing is validated again, when it stays the same."""
    return (
        fiche.nom,
        fiche.etat,
        fiche.type_offre_id,
        fiche.groupe,
        json.dumps([fiche.valeurs, fiche.changements], sort_keys=True),
    )


def _type(type_offre: str | None, porte: Code | None) -> Code | None:
    if type_offre is None or (porte is not None and porte.code == type_offre):
        return porte
    if not type_offre:
        return None
    code = Code.objects.de(TYPES).proposes().filter(code=type_offre).first()
    if code is None:
        raise SaisieInvalide({"type_offre": "Type d’UO\u00a0: choisissez dans la liste."})
    return code


def exiger_complete(dossier: Dossier, noeud: Noeud, valeurs: Fiche, code: Code | None, groupe: str) -> None:
    """Refuses to finalise a fiche to which something is missing.

    Raises:
        SaisieInvalide: the sentences, by field.
    """
    manquants = manques_de(dossier, noeud, valeurs, code, groupe)
    if manquants:
        raise SaisieInvalide(
            {nom: f"{libelle}\u00a0: une valeur est nécessaire pour finaliser." for nom, libelle in manquants.items()}
        )


def manques_de(dossier: Dossier, noeud: Noeud, valeurs: Fiche, code: Code | None, groupe: str) -> dict[str, str]:
    """Returns field → label of what a fiche still needs to be finalised."""
    champs: Mapping[str, Champ] = champs_du_dossier(noeud.niveau)
    if noeud.niveau is not Niveau.UO:
        nomme = str(valeurs.get("nom") or "").strip()
        return {} if nomme and nomme != nom_en_creation(noeud.niveau) else {"nom": "Nom"}
    schema = schema_du_dossier(dossier, noeud.niveau, code.code if code else None, valeurs.get("champ_activite"))
    manquants = {c.nom: c.libelle for c in schema.manquants(champs.values(), valeurs)}
    if not str(valeurs.get("nom") or "").strip():
        manquants["nom"] = "Nom"
    if code is None:
        manquants["type_offre"] = "Type d’UO"
    if not groupe:
        manquants["groupe"] = "Grand groupe de disciplines"
    return manquants


def _phrase(fiche: FicheDossier, finaliser: bool) -> str:
    return f"«\u00a0{fiche.nom}\u00a0» enregistrée et {'finalisée' if finaliser else 'mise en attente'}."
