"""Forms of accounts, rights and requests. What is allowed is decided by the actions."""

import re
from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from referentiel.actions.demandes_acces import ROLES_DEMANDABLES
from referentiel.actions.portail import TEXTES_REGION
from referentiel.departements import NOMS
from referentiel.models import Structure
from referentiel.models.structure import Groupe
from referentiel.telecoms import TELEPHONE, erreur_adresse, ranger_adresse
from ror.comptes.models import Region, Utilisateur

from .explications import choix_expliques


class DateField(forms.DateField):
    """A day, typed or picked in the browser's calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CodesField(forms.CharField):
    """Several short values separated by commas or spaces."""

    def __init__(self, *, controle: Callable[[str], str | None], **options) -> None:
        super().__init__(**options)
        self.controle = controle

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value) -> list[str]:
        valeurs = list(dict.fromkeys(filter(None, re.split(r"[,;\s]+", super().clean(value)))))
        erreurs = [erreur for v in valeurs if (erreur := self.controle(v))]
        if erreurs:
            raise ValidationError(erreurs)
        return valeurs


class DepartementsField(CodesField):
    """Codes of départements."""

    def __init__(self, **options) -> None:
        super().__init__(controle=self._refus, **options)

    def clean(self, value) -> list[str]:
        return super().clean((value or "").upper())

    @staticmethod
    def _refus(code: str) -> str | None:
        return None if code in NOMS else f"« {code} » n’est pas un code de département, comme 75, 2A ou 974."


class LireIdentite:
    """Who a person is, as it is typed: a name and a number that can be read out."""

    cleaned_data: dict

    def clean_prenom(self) -> str:
        return _nom_de_personne(self.cleaned_data["prenom"])

    def clean_nom(self) -> str:
        return _nom_de_personne(self.cleaned_data["nom"])

    def clean_telephone(self) -> str:
        numero = self.cleaned_data["telephone"]
        if numero and (erreur := erreur_adresse(TELEPHONE, numero)):
            raise ValidationError(erreur)
        return ranger_adresse(TELEPHONE, numero)


def _nom_de_personne(nom: str) -> str:
    if re.search(r"[\d<>@_/\\{}\[\]]", nom):
        raise ValidationError("Un nom s’écrit avec des lettres, et au besoin un trait d’union ou une apostrophe.")
    return nom


class IdentiteForm(LireIdentite, forms.ModelForm):
    """Who a person is."""

    class Meta:
        model = Utilisateur
        fields = ["prenom", "nom", "courriel", "telephone"]


class StructureChoisie(forms.Form):
    """A structure found by its name or FINESS number; the words typed are kept (`etablissement`)."""

    etablissement = forms.CharField(label="Établissement : nom ou n° FINESS", max_length=200, required=False)
    structure = forms.ModelChoiceField(Structure.objects.all(), required=False, widget=forms.HiddenInput)

    def clean_structure(self) -> int | None:
        choisie = self.cleaned_data["structure"]
        return choisie.pk if choisie else None


class DemandeForm(LireIdentite, StructureChoisie):
    """A request for an account and a right (S11, S16, S17)."""

    prenom = forms.CharField(label="Prénom", max_length=80, widget=forms.TextInput({"autocomplete": "given-name"}))
    nom = forms.CharField(label="Nom", max_length=80, widget=forms.TextInput({"autocomplete": "family-name"}))
    courriel = forms.EmailField(
        label="Courriel professionnel",
        help_text="Votre invitation y sera envoyée.",
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    telephone = forms.CharField(
        label="Téléphone", max_length=20, required=False, widget=forms.TextInput({"type": "tel", "autocomplete": "tel"})
    )
    fonction = forms.CharField(
        label="Fonction dans l’établissement", max_length=120, help_text="Par exemple : directrice, cadre de santé."
    )
    role = forms.ChoiceField(label="Droit voulu", choices=choix_expliques(ROLES_DEMANDABLES), widget=forms.RadioSelect)
    message = forms.CharField(label="Précisions", required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))
    site = forms.CharField(label="Ne remplissez pas ce champ", required=False)

    def demande(self) -> dict:
        """Returns the arguments of `deposer_demande` this form tells."""
        valeurs = {**self.cleaned_data, "structure_id": self.cleaned_data["structure"]}
        return {nom: valeur for nom, valeur in valeurs.items() if nom not in ("site", "structure")}

    def clean(self) -> dict:
        valeurs = super().clean()
        if not valeurs.get("structure") and not valeurs.get("etablissement"):
            self.add_error("etablissement", "Indiquez votre établissement : son nom ou son n° FINESS.")
        return valeurs


class DroitForm(StructureChoisie):
    """A right: on a structure, or on a territory for managers."""

    role = forms.ChoiceField(label="Droit", widget=forms.RadioSelect)
    regions = forms.ModelMultipleChoiceField(
        Region.objects.order_by("nom"),
        label="Toute une région",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    departements = DepartementsField(
        label="Départements", required=False, help_text="Leurs codes, séparés par des virgules : 75, 77, 2A."
    )
    groupes = forms.MultipleChoiceField(
        label="Seulement ces groupes de structures",
        choices=Groupe.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    fin = DateField(label="Dernier jour, s’il est connu", required=False)

    def __init__(self, *args, roles: list[str], **options) -> None:
        super().__init__(*args, **options)
        self.fields["etablissement"].label = "Structure : nom ou n° FINESS"
        self.fields["role"].choices = choix_expliques(roles)

    def clean_regions(self) -> list[Region]:
        regions = list(self.cleaned_data["regions"])
        vides = [r.nom for r in regions if not r.departements]
        if vides:
            raise ValidationError(f"Les départements de {', '.join(vides)} ne sont pas encore renseignés.")
        return regions

    def droit(self) -> dict:
        """Returns the arguments of `accorder` this form tells; the départements of the regions join those typed."""
        valeurs = self.cleaned_data
        departements = {*valeurs["departements"], *(d for r in valeurs["regions"] for d in r.departements)}
        return {
            "role": valeurs["role"],
            "structure_id": valeurs["structure"],
            "departements": sorted(departements),
            "groupes": valeurs["groupes"],
        }


class OuvertureForm(LireIdentite, DroitForm):
    """A new account and its first right; a second account at the same mail address must be confirmed."""

    prenom = forms.CharField(label="Prénom", max_length=80)
    nom = forms.CharField(label="Nom", max_length=80)
    courriel = forms.EmailField(label="Courriel")
    telephone = forms.CharField(label="Téléphone", max_length=20, required=False)
    autre_personne = forms.BooleanField(label="C’est une autre personne, à la même adresse", required=False)

    field_order = ["prenom", "nom", "courriel", "telephone", "autre_personne"]

    def identite(self) -> dict[str, str]:
        """Returns who the person is."""
        return {nom: self.cleaned_data[nom] for nom in ("prenom", "nom", "courriel", "telephone")}

    def clean(self) -> dict:
        valeurs = super().clean()
        self.doublons = list(Utilisateur.objects.au_courriel(valeurs.get("courriel", "")))
        if self.doublons and not valeurs.get("autre_personne"):
            noms = ", ".join(f"{p} ({p.identifiant})" for p in self.doublons)
            self.add_error("courriel", f"Un compte existe déjà à cette adresse : {noms}. Accordez-lui plutôt ce droit.")
        return valeurs


class FinDroitForm(forms.Form):
    """When a right ends."""

    quand = forms.ChoiceField(
        label="Quand ce droit s’arrête-t-il ?",
        choices=[("maintenant", "Tout de suite"), ("jour", "À la fin du jour indiqué")],
        widget=forms.RadioSelect,
        initial="maintenant",
    )
    dernier_jour = DateField(label="Dernier jour", required=False)

    def clean(self) -> dict:
        valeurs = super().clean()
        if valeurs.get("quand") == "jour" and not valeurs.get("dernier_jour") and "dernier_jour" not in self.errors:
            self.add_error("dernier_jour", "Indiquez le dernier jour.")
        if valeurs.get("quand") == "maintenant":
            valeurs["dernier_jour"] = None
        return valeurs


class MotifForm(forms.Form):
    """Why."""

    motif = forms.CharField(label="Raison", max_length=1000, widget=forms.Textarea({"rows": 3}))


class DesactivationForm(forms.Form):
    """Why an account is closed; kept in its history."""

    motif = forms.CharField(label="Raison", max_length=70, help_text="Gardée dans l’historique : départ, doublon…")


class AcceptationForm(StructureChoisie):
    """What is given to an applicant: the right, the structure checked, a new or an existing account."""

    role = forms.ChoiceField(label="Droit accordé", widget=forms.RadioSelect)
    personne = forms.ChoiceField(label="Compte", widget=forms.RadioSelect)

    def __init__(self, *args, roles: list[str], personnes: list[Utilisateur], **options) -> None:
        super().__init__(*args, **options)
        self.fields["etablissement"].label = "Structure : nom ou n° FINESS"
        self.fields["role"].choices = choix_expliques(roles)
        self.fields["personne"].choices = [
            ("", "Ouvrir un nouveau compte et envoyer l’invitation"),
            *((str(p.pk), f"Ajouter ce droit au compte de {p} ({p.identifiant}, {p.courriel})") for p in personnes),
        ]
        self.fields["personne"].required = False

    def decision(self) -> dict:
        """Returns the arguments of `accepter_demande` this form tells."""
        valeurs = self.cleaned_data
        return {"role": valeurs["role"], "structure_id": valeurs["structure"], "personne_id": valeurs["personne"]}

    def clean_personne(self) -> int | None:
        return int(self.cleaned_data["personne"]) if self.cleaned_data["personne"] else None

    def clean(self) -> dict:
        valeurs = super().clean()
        if not valeurs.get("structure"):
            self.add_error("etablissement", "Choisissez dans la liste la structure sur laquelle porte le droit.")
        return valeurs


class RegionForm(forms.ModelForm):
    """The texts of one regional portal."""

    domaines = CodesField(
        label="Noms de domaine servis",
        required=False,
        help_text="Sans https:// ni chemin, séparés par des virgules : www.ror-if.fr.",
        controle=lambda d: (
            None if re.fullmatch(r"[a-z0-9.-]{1,253}", d) else f"« {d} » n’est pas un nom de domaine : www.exemple.fr."
        ),
    )
    departements = DepartementsField(label="Départements", required=False, help_text="Leurs codes : 75, 77, 78.")

    support_formulaire = forms.URLField(label="Formulaire du support", required=False, assume_scheme="https")
    autre_porte_url = forms.URLField(label="Autre porte d’entrée, adresse", required=False, assume_scheme="https")

    class Meta:
        model = Region
        fields = list(TEXTES_REGION)
        widgets = {"mentions_legales": forms.Textarea({"rows": 8})}

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self.fields[
            "autre_porte_public"
        ].help_text = "Suite de « Pour vous connecter » : en tant que… Sans adresse, cette porte n’est pas montrée."
        self.fields["outils_alimentes"].help_text = "Montrés à qui diffuse une fiche, séparés par des virgules."
        self.fields["logo_url"].help_text = "Chemin d’un fichier de ce portail. Vide : le logo du ROR."


class CGUForm(forms.Form):
    """A new version of the conditions of use."""

    numero = forms.CharField(label="Numéro de version", max_length=20)
    texte = forms.CharField(label="Texte", widget=forms.Textarea({"rows": 12}))

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self.fields["numero"].initial = f"{timezone.localdate():%Y-%m}"
