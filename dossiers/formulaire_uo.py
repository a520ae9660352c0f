"""The form « Créer une unité opérationnelle »: name, group, type, ages, then the fields of the type (S70–S77)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django import forms
from django.http import QueryDict

from referentiel.champs import champs_de
from referentiel.changements import Fiche, Valeur
from referentiel.formulaires import FormulaireFiche
from referentiel.formulaires.formulaire import SectionSaisie
from referentiel.modeles_saisie import est_vide
from referentiel.models import Code, Structure
from referentiel.models.structure import Groupe
from referentiel.niveaux import Niveau

from .contenus import TYPES
from .nommage import est_conforme, nom_propose

BASE = ("nom", "age_min", "age_min_unite", "age_max", "age_max_unite")
"""Fields asked before the type is known (S70, S73, S74)."""

UNITES = {"age_min_unite": "a", "age_max_unite": "a"}
"""An age is in years until told otherwise (S73, S74)."""


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


class FormulaireUO:
    """The whole form of one UO.

    Args:
        parent: where it will hang.
        data: what was sent, None when the form is opened.
        valeurs: what is kept of it already.
        type_offre: its type, when one is kept.
        groupe: its group, that of the establishment at first.
    """

    def __init__(
        self,
        *,
        parent: Structure,
        data: QueryDict | None = None,
        valeurs: Fiche | None = None,
        type_offre: Code | None = None,
        groupe: str = "",
    ) -> None:
        self.types = types_uo(type_offre)
        initial = {"groupe": groupe, "type_offre": type_offre.code if type_offre else ""}
        self.entete = EnteteForm(data, types=self.types, initial=initial)
        code = str(self.entete["type_offre"].value() or "")
        self.type = next((t for t in self.types if t.code == code), None)
        self.gardees = dict(valeurs or {})
        envoyee = data.get("champ_activite") if data is not None else None
        champ = envoyee or self.gardees.get("champ_activite")
        self.schema = schema_de_creation(parent, self.type.code if self.type else None, champ)
        champs = [c for nom, c in champs_uo().items() if self.type or nom in BASE]
        defauts = {**UNITES, **self.schema.valeurs_par_defaut(champs)}
        if self.type and not self.gardees.get("nom"):
            defauts["nom"] = nom_propose(self.type.libelle)
        self.fiche = FormulaireFiche(
            quoi=f"uo:{parent.pk}",
            champs=champs,
            vues={**defauts, **self.gardees},
            data=None if data is None else self._completees(data, defauts),
            schema=self.schema,
            lues=self.gardees,
            structure=parent,
            departement=parent.departement,
        )

    def _completees(self, data: QueryDict, defauts: Mapping[str, Valeur]) -> QueryDict:
        """What was sent, with the default of the fields that the type has just brought, and the name of the type."""
        completees = data.copy()
        for nom, valeur in defauts.items():
            if nom not in completees:
                completees[nom] = str(valeur)
        ancien = data.get("nom_propose", "")
        if self.type and data.get("nom", "").strip() in ("", ancien):
            completees["nom"] = nom_propose(self.type.libelle)
        return completees

    def est_valide(self) -> bool:
        return all([self.entete.is_valid(), self.fiche.est_valide()])

    def envoi(self) -> dict:
        """The arguments of `creer_uo` and `modifier_uo` that the form gives."""
        saisies = self.fiche.saisies()
        entete = self.entete.cleaned_data
        return {"type_offre": entete["type_offre"], "groupe": entete["groupe"], "saisies": saisies}

    def refuser(self, erreurs: Mapping[str, str]) -> None:
        """Notes what the act refused beside its field."""
        for nom, message in erreurs.items():
            if nom in self.entete.fields:
                self.entete.add_error(nom, message)
        self.fiche.refuser({nom: m for nom, m in erreurs.items() if nom not in self.entete.fields})

    @property
    def erreurs(self) -> list[dict[str, str]]:
        """Lines of the summary on top."""
        entete = [
            {"cible": f"#{lie.id_for_label}", "libelle": lie.label, "message": message}
            for lie in self.entete
            for message in lie.errors
        ]
        return entete + self.fiche.erreurs

    @property
    def nom_attendu(self) -> str:
        """The name that the type calls for."""
        return nom_propose(self.type.libelle) if self.type else ""

    @property
    def nom_inattendu(self) -> bool:
        """Whether the name typed strays from the rule: told, never refused (S77)."""
        nom = str(self.fiche.form["nom"].value() or "")
        return bool(self.type and nom.strip() and not est_conforme(nom, self.type.libelle))

    @property
    def ages(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The ages and their units (S73, S74), unless the model of the type leaves them out."""
        form = self.fiche.form
        return [(form[nom], form[f"{nom}_unite"]) for nom in ("age_min", "age_max") if nom in form.fields]

    @property
    def sections(self) -> list[SectionSaisie]:
        """The fields that the type brings, section by section."""
        if self.type is None:
            return []
        sections = [
            replace(s, entrees=[e for e in s.entrees if getattr(e.contenu, "name", "") not in BASE])
            for s in self.fiche.sections
        ]
        return [s for s in sections if s.entrees or s.lues]

    @property
    def delaisses(self) -> list[tuple[str, str, list[str]]]:
        """(field, label, values) sent for fields that this type does not have: carried along, not kept."""
        data = self.entete.data
        montres = {c.nom for c in self.fiche.champs}
        if not hasattr(data, "getlist"):
            return []
        return [
            (c.nom, c.libelle, data.getlist(c.nom))
            for c in champs_de(Niveau.UO).values()
            if c.nom not in montres and any(not est_vide(v) for v in data.getlist(c.nom))
        ]
