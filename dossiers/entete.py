"""The head of the form of an offer in a dossier: group, type, and the two filters of the types (S71, S72)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms

from referentiel.models import Code
from referentiel.models.structure import Groupe

from .contenus import TYPES


@dataclass(frozen=True, slots=True)
class TypeUO:
    """A type that may be chosen; `discipline` and `specialite` are what the two filters look at (S72)."""

    code: str
    libelle: str
    discipline: str
    specialite: str


def types_uo(porte: Code | None = None) -> list[TypeUO]:
    """Returns the types offered, in the order of their labels, and the one carried already; one query."""
    lignes = Code.objects.de(TYPES).proposes().values_list("code", "libelle", "proprietes")
    types = [TypeUO(code, libelle, _discipline(p), p.get("specialite_proposee", "")) for code, libelle, p in lignes]
    if porte is not None and porte.code not in {t.code for t in types}:
        types.append(TypeUO(porte.code, porte.libelle, _discipline(porte.proprietes), ""))
    return types


def _discipline(proprietes: Mapping[str, str]) -> str:
    return proprietes.get("discipline_inferee", "").partition("/")[0]


class EnteteForm(forms.Form):
    """Group and type, with the two filters of the list of types (S71, S72)."""

    groupe = forms.ChoiceField(label="★ Grand groupe de disciplines", required=False)
    type_offre = forms.CharField(label="Type d’UO", required=False, max_length=20)
    discipline = forms.ChoiceField(label="1 - Filtrez les types d’UO par discipline", required=False)
    specialite = forms.ChoiceField(
        label="2 - Filtrez les types d’UO par spécialité / catégorie de besoins", required=False
    )

    def __init__(self, *args, types: list[TypeUO], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        disciplines = {t.discipline for t in types}
        self.fields["groupe"].choices = [("", "Choisissez"), *Groupe.choices]
        self.fields["discipline"].choices = [("", "Toutes"), *(c for c in Groupe.choices if c[0] in disciplines)]
        specialites = sorted({t.specialite for t in types} - {""})
        self.fields["specialite"].choices = [("", "Toutes"), *((s, s) for s in specialites)]
        for nom in ("groupe", "type_offre"):
            self.fields[nom].etoile = True
