"""The facts of the quality rules, read in a constant number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, Sum

from ..capacites import COURANT, INSTALLE
from ..models import CapaciteAccueil, CodePorte, Contact, Lieu, Structure
from ..models.structure import Etat
from ..niveaux import Niveau
from .faits import Autorisations
from .peuplement import CATEGORIES_A_TYPE_OBLIGATOIRE, Faits, Peuplement, situer_etablissement


@dataclass(frozen=True, slots=True)
class Bilan:
    """How an establishment is described (S66).

    Attributes:
        situation: the national word.
        offres: how many offers it describes, closed for good left out.
        incompletes: (pk, name, what is missing) of those that the rule does not find complete.
    """

    situation: Peuplement
    offres: int
    incompletes: tuple[tuple[int, str, tuple[str, ...]], ...]

    @property
    def completes(self) -> int:
        return self.offres - len(self.incompletes)


_ADRESSE = ~Q(code_postal="") & ~Q(localite="") & (~Q(libelle_voie="") | ~Q(lieu_dit=""))


def peuplement_de(etablissement: Structure, cachees: Collection[int] = ()) -> Bilan:
    """Returns how the offers of an EG are described, in one query.

    Args:
        etablissement: the EG.
        cachees: what the reader may not know of, left out.
    """
    detail = etablissement.entite_geographique
    adresse_eg = bool(detail.code_postal and detail.localite and (detail.libelle_voie or detail.lieu_dit))
    contact = Contact.objects.filter(structure=OuterRef("pk"), telecoms__isnull=False).exclude(
        fonction=None, nature=None
    )
    offres = (
        etablissement.get_descendants()
        .filter(niveau=Niveau.UO)
        .exclude(etat=Etat.FERMEE)
        .exclude(pk__in=cachees)
        .annotate(
            avec_activite=Exists(CodePorte.objects.filter(structure=OuterRef("pk"), attribut="activites")),
            avec_contact=Exists(contact),
            avec_lieu=Exists(Lieu.objects.filter(_ADRESSE, unites=OuterRef("pk"))),
        )
        .values_list(
            "pk",
            "nom",
            *(F(f"unite__{c}") for c in ("champ_activite", "mode_prise_en_charge", "age_min", "age_max", "type_offre")),
            "avec_activite",
            "avec_lieu",
            "avec_contact",
        )
    )
    exige = detail.categorie in CATEGORIES_A_TYPE_OBLIGATOIRE
    faits = {
        (pk, nom): Faits(
            champ_activite=champ is not None,
            mode_prise_en_charge=mode is not None,
            ages=age_min is not None and age_max is not None,
            activite=activite,
            adresse=lieu or adresse_eg,
            contact=joignable,
            type_offre=type_offre is not None or not exige,
        )
        for pk, nom, champ, mode, age_min, age_max, type_offre, activite, lieu, joignable in offres
    }
    incompletes = tuple((pk, nom, f.manques()) for (pk, nom), f in faits.items() if f.manques())
    return Bilan(situer_etablissement(faits.values()), len(faits), incompletes)


def places_installees_de(offres: Collection[int]) -> Mapping[int, int]:
    """Returns pk → number of beds and places installed in the lieux of each offer (CP6); left out when there is none.

    The one place to read the capacities from.
    """
    installees = CapaciteAccueil.objects.filter(statut=INSTALLE, temporalite=COURANT, lieu__unites__in=offres)
    return dict(installees.values_list("lieu__unites").annotate(total=Sum("nombre")).order_by())


def autorisations_de(etablissement: Structure) -> Autorisations:
    """Returns what FINESS authorises an EG to do (EX1.2, EX3 to EX5, CO1, CO2).

    None: its files of activities are not received. The one place to read them from.
    """
    return None
