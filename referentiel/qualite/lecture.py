"""The facts of the quality rules, read in a constant number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from ..capacites import COURANT, INSTALLE
from ..models import CapaciteAccueil, CodePorte, Contact, EntiteGeographique, Lieu, Structure
from ..models.structure import Etat
from ..niveaux import Niveau
from .faits import Autorisations
from .peuplement import CATEGORIES_A_TYPE_OBLIGATOIRE, Faits, Peuplement, situer_etablissement, situer_offre


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


AVEC_ADRESSE = ~Q(code_postal="") & ~Q(localite="") & (~Q(libelle_voie="") | ~Q(lieu_dit=""))
"""Of a `Lieu`: it says where it is."""


def peuplement_de(etablissement: Structure, cachees: Collection[int] = ()) -> Bilan:
    """Returns how the offers of an EG are described, in one query.

    Args:
        etablissement: the EG.
        cachees: what the reader may not know of, left out.
    """
    offres = etablissement.get_descendants().filter(niveau=Niveau.UO).exclude(etat=Etat.FERMEE).exclude(pk__in=cachees)
    lues = _lire_faits(offres)
    faits = {(pk, lu.nom): lu.faits(etablissement.entite_geographique) for pk, lu in lues.items()}
    incompletes = tuple((pk, nom, f.manques()) for (pk, nom), f in faits.items() if f.manques())
    return Bilan(situer_etablissement(faits.values()), len(faits), incompletes)


def situations_de(offres: Mapping[int, EntiteGeographique]) -> dict[int, Peuplement]:
    """Returns pk → where each of these offers stands, of any establishments, in one query.

    Args:
        offres: pk → detail of its establishment.
    """
    lues = _lire_faits(Structure.objects.filter(pk__in=list(offres)))
    return {pk: situer_offre(lu.faits(offres[pk])) for pk, lu in lues.items()}


@dataclass(frozen=True, slots=True)
class _Lue:
    """What is read of an offer for the rule."""

    nom: str
    champ: int | None
    mode: int | None
    age_min: int | None
    age_max: int | None
    type_offre: int | None
    activite: bool
    lieu: bool
    joignable: bool

    def faits(self, detail: EntiteGeographique) -> Faits:
        """The facts of this offer in its establishment, whose address is the one of an offer without lieu."""
        adresse_eg = bool(detail.code_postal and detail.localite and (detail.libelle_voie or detail.lieu_dit))
        return Faits(
            champ_activite=self.champ is not None,
            mode_prise_en_charge=self.mode is not None,
            ages=self.age_min is not None and self.age_max is not None,
            activite=self.activite,
            adresse=self.lieu or adresse_eg,
            contact=self.joignable,
            type_offre=self.type_offre is not None or detail.categorie not in CATEGORIES_A_TYPE_OBLIGATOIRE,
        )


def _lire_faits(offres: QuerySet[Structure]) -> dict[int, _Lue]:
    contact = Contact.objects.filter(structure=OuterRef("pk"), telecoms__isnull=False).exclude(
        fonction=None, nature=None
    )
    champs = ("champ_activite", "mode_prise_en_charge", "age_min", "age_max", "type_offre")
    lignes = offres.annotate(
        avec_activite=Exists(CodePorte.objects.filter(structure=OuterRef("pk"), attribut="activites")),
        avec_lieu=Exists(Lieu.objects.filter(AVEC_ADRESSE, unites=OuterRef("pk"))),
        avec_contact=Exists(contact),
    ).values_list("pk", "nom", *(F(f"unite__{c}") for c in champs), "avec_activite", "avec_lieu", "avec_contact")
    return {pk: _Lue(*valeurs) for pk, *valeurs in lignes}


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
