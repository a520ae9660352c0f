"""The facts of the review of an establishment, read in a constant number of queries whatever its offers (M17)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from django.db.models import F, Q

from referentiel import fiches, horaires
from referentiel.champs import champs_de
from referentiel.models import EntreeJournal, Modification, Structure
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, filtre
from referentiel.qualite.constats import constats_des_offres
from referentiel.qualite.regles import Importance, a_verifier
from referentiel.relecture import situer

from .destinataires import jour_de
from .signaux import Faits

_LUS = frozenset({"horaires", "contacts", "lieux"})
Origine = EntreeJournal.Origine
_AILLEURS = {
    Origine.FINESS: "import FINESS",
    Origine.SUPPORT: "support",
    Origine.ARBRE: "organisation",
    Origine.AUTO: "à sa date",
    Origine.DOSSIER: "dossier collaboratif",
}
"""Origins of changes that whoever re-reads did not type in the fiche, as the chip says them."""

Ecarts = tuple[tuple[str, str, str], ...]


def offres_de(etablissement: Structure, utilisateur) -> list[Structure]:
    """Returns the offers of an EG that this person re-reads, closed for good left out, by name."""
    offres = etablissement.get_descendants().filter(filtre(utilisateur, Action.DIFFUSER), niveau=Niveau.UO)
    return list(
        offres.exclude(etat=Etat.FERMEE)
        .select_related("unite__type_offre", "unite__relue_par")
        .order_by("nom_recherche", "pk")
    )


def faits_de(etablissement: Structure, offres: Sequence[Structure], jour: date) -> dict[int, Faits]:
    """Returns offer → its facts."""
    valeurs = fiches.lire_ensemble([(offre, _LUS) for offre in offres])
    attentes, ailleurs = en_attente(offres), _modifiees_ailleurs(offres)
    ecarts, finess = _ecarts(etablissement), changements_finess(etablissement)
    return {
        offre.pk: _faits(offre, lues, jour, offre.pk in attentes, ecarts.get(offre.pk, ((), ())), finess, ailleurs)
        for offre, lues in zip(offres, valeurs, strict=True)
    }


def _faits(
    offre: Structure,
    lues: Mapping,
    jour: date,
    attend: bool,
    ecarts: tuple[Ecarts, Ecarts],
    finess: Sequence[tuple[date, frozenset[str]]],
    ailleurs: Mapping[int, tuple[date, str]],
) -> Faits:
    unite = offre.unite
    relue_le = unite.relue_le and jour_de(unite.relue_le)
    situation = situer(relue_le, jour)
    table = lues["horaires"] or {}
    return Faits(
        jour=jour,
        relue_le=relue_le,
        creee_le=jour_de(offre.cree_le),
        situation=situation.mot if situation.a_relire else "",
        horaires=bool(table),
        avis_horaires=[avis.message for avis in horaires.verifier(horaires.depuis_table(table))] if table else (),
        contacts=lues["contacts"] or {},
        ecarts=ecarts[0],
        conseils=ecarts[1],
        en_attente=attend,
        fermee=offre.etat == Etat.FERMEE_PROVISOIREMENT,
        reouverture=unite.date_reouverture_prevue,
        adresse_de_l_eg=not lues["lieux"],
        finess=finess,
        ailleurs=ailleurs.get(offre.pk),
    )


def en_attente(offres: Collection[Structure]) -> dict[int, Modification]:
    """Returns offer → what is saved there and not broadcast."""
    modifications = Modification.objects.filter(structure__in=offres, etat=Modification.Etat.EN_ATTENTE)
    return {m.structure_id: m for m in modifications.prefetch_related("changements__auteur")}


def changements_finess(etablissement: Structure) -> list[tuple[date, frozenset[str]]]:
    """Returns (day, fields) of what FINESS changed on an EG, the latest first."""
    entrees = EntreeJournal.objects.filter(structure=etablissement, origine=Origine.FINESS).order_by("-le", "-pk")
    lots = ((jour_de(le), frozenset(c["champ"] for c in lot)) for le, lot in entrees.values_list("le", "changements"))
    return [(le, champs) for le, champs in lots if champs]


def _ecarts(etablissement: Structure) -> dict[int, tuple[Ecarts, Ecarts]]:
    """Offer → the national rules it breaks, and those that only advise."""
    champs = champs_de(Niveau.UO)
    resultat: dict[int, tuple[Ecarts, Ecarts]] = {}
    for pk, constats in constats_des_offres(etablissement).items():
        forts: list[tuple[str, str, str]] = []
        faibles: list[tuple[str, str, str]] = []
        for constat in a_verifier(constats):
            section = champs[constat.champ].section if constat.champ in champs else ""
            sorte = faibles if constat.regle.importance is Importance.CONSEIL else forts
            sorte.append((constat.regle.code, constat.message, section))
        resultat[pk] = tuple(forts), tuple(faibles)
    return resultat


def _modifiees_ailleurs(offres: Collection[Structure]) -> dict[int, tuple[date, str]]:
    """Offer → the last change, since its last re-reading, that did not come from the fiche itself."""
    depuis = Q(structure__unite__relue_le=None) | Q(le__gt=F("structure__unite__relue_le"))
    entrees = EntreeJournal.objects.filter(depuis, structure__in=offres, origine__in=_AILLEURS).exclude(changements=[])
    dernieres = entrees.order_by("structure", "-le", "-pk").distinct("structure")
    return {
        pk: (jour_de(le), _AILLEURS[Origine(origine)])
        for pk, le, origine in dernieres.values_list("structure", "le", "origine")
    }
