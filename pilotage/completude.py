"""The completeness of fiches, read by lots in a constant number of queries (B27)."""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db.models import Exists, Max, OuterRef
from django.urls import reverse
from django.utils import timezone

import referentiel
from referentiel import fiches
from referentiel.champs import ZONES
from referentiel.changements import Fiche
from referentiel.lieux import adresse_capacitaire, lieu_principal
from referentiel.modeles_saisie import SchemaUO
from referentiel.models import EntreeJournal, Lieu, Structure
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from referentiel.qualite.completude import (
    Completude,
    Manque,
    Poids,
    criteres_connus,
    evaluer_etablissement,
    evaluer_offre,
)
from referentiel.qualite.lecture import AVEC_ADRESSE, places_installees_de
from referentiel.relecture import un_an_apres
from referentiel.schemas import schemas_de

from .models import BilanOffre, PoidsCompletude

_DONNEES = Path(referentiel.__file__).parent / "donnees" / "completude.csv"
_LUS = {niveau: frozenset(criteres_connus(niveau)) for niveau in (Niveau.UO, Niveau.EG)}


@dataclass(frozen=True, slots=True)
class Lien:
    """What is missing, and the address where it is given."""

    manque: Manque
    adresse: str


@cache
def poids_proposes() -> Mapping[tuple[str, str, str], int]:
    """Returns the weights shipped."""
    with _DONNEES.open(encoding="utf-8", newline="") as fichier:
        lignes = list(csv.DictReader(fichier))
    return {(ligne["niveau"], ligne["critere"], ligne["type_offre"]): int(ligne["poids"]) for ligne in lignes}


def poids_en_vigueur() -> Poids:
    """Returns the weights shipped, replaced by those this portal has chosen."""
    choisis = PoidsCompletude.objects.values_list("niveau", "critere", "type_offre", "poids")
    return {**poids_proposes(), **{(n, c, t): poids for n, c, t, poids in choisis}}


def completude_offre(structure: Structure, valeurs: Fiche, schema: SchemaUO) -> Completude:
    """Returns how complete an offer is as `valeurs` tell it, published or not."""
    return completudes_offres([structure], [valeurs], {structure.pk: schema})[structure.pk]


def completudes_offres(
    offres: Sequence[Structure],
    valeurs: Sequence[Fiche] | None = None,
    schemas: Mapping[int, SchemaUO] | None = None,
) -> dict[int, Completude]:
    """Returns pk → how complete each offer is; what the caller has not read is read here, by lots."""
    if not offres:
        return {}
    if valeurs is None:
        valeurs = fiches.lire_ensemble([(offre, _LUS[Niveau.UO] | {"lieux", *ZONES}) for offre in offres])
    schemas = schemas or schemas_de([(offre, None) for offre in offres])
    cles, poids, jour = [offre.pk for offre in offres], poids_en_vigueur(), timezone.localdate()
    places, situees = places_installees_de(cles), _situees(cles)
    resultat = {}
    for offre, lues in zip(offres, valeurs, strict=True):
        unite = fiches.detail_de(offre)
        relue_le = unite.relue_le and timezone.localdate(unite.relue_le)
        resultat[offre.pk] = evaluer_offre(
            lues,
            schemas[offre.pk],
            poids,
            type_offre=unite.type_offre.code if unite.type_offre else "",
            adresse=offre.pk in situees,
            places=bool(places.get(offre.pk)),
            relue=bool(relue_le and un_an_apres(relue_le) > jour),
        )
    return resultat


def completude_etablissement(structure: Structure, valeurs: Fiche, scores: Sequence[int]) -> Completude:
    """Returns how complete an EG is, its offers having these scores."""
    return completudes_etablissements([structure], {structure.pk: scores}, [valeurs])[structure.pk]


def completudes_etablissements(
    etablissements: Sequence[Structure],
    scores: Mapping[int, Sequence[int]],
    valeurs: Sequence[Fiche] | None = None,
) -> dict[int, Completude]:
    """Returns pk → how complete each EG is, by the scores of its offers."""
    if not etablissements:
        return {}
    if valeurs is None:
        valeurs = fiches.lire_ensemble([(eg, _LUS[Niveau.EG]) for eg in etablissements])
    poids = poids_en_vigueur()
    lieux = Lieu.objects.filter(AVEC_ADRESSE, etablissement__in=[eg.pk for eg in etablissements])
    avec_lieu = set(lieux.values_list("etablissement", flat=True))
    return {
        eg.pk: evaluer_etablissement(
            lues, poids, groupe=eg.groupe, lieu=eg.pk in avec_lieu, scores=scores.get(eg.pk, ())
        )
        for eg, lues in zip(etablissements, valeurs, strict=True)
    }


def scores_des_offres(etablissement: Structure) -> list[tuple[Structure, int]]:
    """Returns the offers of an EG not closed for good with their score, the least complete first.

    What was computed is taken, but for what was edited since, which is read again; a lieu is edited on the EG.
    """
    eg_le = EntreeJournal.objects.filter(structure=etablissement).aggregate(le=Max("le"))["le"]
    derniere = EntreeJournal.objects.filter(structure=OuterRef("pk")).order_by().values("structure")
    offres = list(
        etablissement.get_descendants()
        .filter(niveau=Niveau.UO)
        .exclude(etat=Etat.FERMEE)
        .select_related("bilan_offre")
        .annotate(editee_le=derniere.annotate(le=Max("le")).values("le")[:1])
        .order_by("nom_recherche", "pk")
    )
    perimees = [offre for offre in offres if _perimee(offre, eg_le)]
    frais = {pk: completude.score for pk, completude in completudes_offres(perimees).items()}
    scores = frais | {offre.pk: offre.bilan_offre.score for offre in offres if offre.pk not in frais}
    return sorted(((offre, scores[offre.pk]) for offre in offres), key=lambda notee: notee[1])


def liens(structure: Structure, completude: Completude) -> list[Lien]:
    """Returns what a fiche lacks, each with the address that answers it."""
    lieu = None
    if structure.niveau == Niveau.UO and {"adresse", "capacite"} & set(completude.codes):
        lieu = lieu_principal(structure.pk)
    return [Lien(manque, _adresse(structure, manque, lieu)) for manque in completude.manques]


def _adresse(structure: Structure, manque: Manque, lieu: Lieu | None) -> str:
    if manque.critere == "adresse" and lieu is not None:
        return f"{reverse('lieu-section', args=[lieu.pk, 'adresse_pratique'])}#id_libelle_voie"
    if manque.critere == "capacite" and lieu is not None:
        return adresse_capacitaire(lieu)
    if manque.critere == "lieux":
        return reverse("lieu-nouveau", args=[structure.pk])
    if not manque.section:
        return f"{reverse('fiche', args=[structure.pk])}#{manque.ancre}"
    return f"{reverse('fiche-section', args=[structure.pk, manque.section])}#{manque.ancre}"


def _situees(offres: Collection[int]) -> set[int]:
    """Those of these offers that have a lieu with an address."""
    lieu = Lieu.objects.filter(AVEC_ADRESSE, unites=OuterRef("pk"))
    return set(Structure.objects.filter(Exists(lieu), pk__in=offres).values_list("pk", flat=True))


def _perimee(offre: Structure, eg_le: datetime | None) -> bool:
    bilan: BilanOffre | None = getattr(offre, "bilan_offre", None)
    return bilan is None or any(le and le > bilan.calcule_le for le in (offre.editee_le, eg_le))


def libelles_des(codes: Iterable[str]) -> list[str]:
    """Returns what these criteria of an offer ask, in words."""
    connus = criteres_connus(Niveau.UO)
    return [connus.get(code, code) for code in codes]
