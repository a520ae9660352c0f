"""Forms of the dossiers collaboratifs."""

from django import forms

from referentiel.niveaux import Niveau


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
