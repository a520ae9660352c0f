"""Forms of the dossiers collaboratifs."""

from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict

from referentiel.niveaux import Niveau

from .actions.organisation import FICHES_MAX


class FicheForm(forms.Form):
    """What « Créer + » asks: the level when there is a choice, and the name."""

    niveau = forms.ChoiceField(label="Que voulez-vous créer ?", widget=forms.RadioSelect)
    nom = forms.CharField(
        label="Nom",
        max_length=255,
        help_text="Pour une unité opérationnelle : « Unité » suivi du nom du type, par exemple « Unité de court séjour"
        " gériatrique ».",
    )

    def __init__(self, *args, niveaux: list[Niveau], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if len(niveaux) == 1:
            self.fields["niveau"].widget = forms.HiddenInput()
            self.fields["niveau"].initial = niveaux[0].value
        self.fields["niveau"].choices = [(n.value, n.nom) for n in niveaux]


class NomDossierForm(forms.Form):
    """The name of a dossier. What it lacks of the convention is told while it is typed, never refused (S137)."""

    nom = forms.CharField(label="Nom du dossier", required=False, max_length=None, strip=False)
    nom_vu = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, conseil_url: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nom"].widget.attrs |= {
            "autocomplete": "off",
            "hx-get": conseil_url,
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#conseil-nom",
            "hx-select": "#conseil-nom",
            "hx-swap": "outerHTML",
        }


NOMBRE = f"Indiquez un nombre entre 1 et {FICHES_MAX}."


def demande_lue(data: QueryDict) -> UUID:
    """Returns what a creation is known by, so that sent twice it creates once; a new one when nothing is sent."""
    try:
        return UUID(data.get("demande", ""))
    except ValueError:
        return uuid4()


class CreationForm(forms.Form):
    """« Nombre de fiches à créer ? » (S148); prefixed ids, since it opens over a page with its own fields."""

    use_required_attribute = False
    nombre = forms.IntegerField(
        label="Nombre de fiches à créer\u00a0?",
        initial=1,
        min_value=1,
        max_value=FICHES_MAX,
        help_text="Conseil\u00a0: créer les fiches une par une.",
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), NOMBRE),
        widget=forms.NumberInput(attrs={"class": "court"}),
    )
    demande = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, auto_id="id_creation_%s", **kwargs)


class NomForm(forms.Form):
    """« Renommer » : the name, and the one that was shown."""

    use_required_attribute = False
    nom = forms.CharField(
        label="Nom", max_length=255, error_messages={"required": "Nom\u00a0: une valeur est attendue."}
    )
    nom_vu = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, auto_id="id_renommer_%s", **kwargs)


class SuppressionForm(forms.Form):
    """Why a fiche goes away; the reviewers read it."""

    use_required_attribute = False
    motif = forms.CharField(
        label="Motif",
        max_length=255,
        required=False,
        help_text="Les personnes qui valideront le dossier le liront.",
        error_messages={"max_length": "Motif\u00a0: 255 caractères au plus."},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, auto_id="id_suppression_%s", **kwargs)
