"""Forms of the FINESS screens."""

from django import forms

from .models import NATURES, Garde, RegleEcart


class FiltreEcarts(forms.Form):
    """Which écarts the list shows; an unknown nature shows them all."""

    nature = forms.ChoiceField(
        label="Nature",
        required=False,
        choices=[("", "Toutes les natures"), *((n.value, t) for n, t in NATURES.items())],
    )

    @property
    def choisie(self) -> str:
        """The nature asked for; "" for all."""
        return self.cleaned_data["nature"] if self.is_valid() else ""

    def filtrer(self, ecarts):
        """The écarts of the nature asked for."""
        return ecarts.filter(nature=self.choisie) if self.choisie else ecarts


class DecisionForm(forms.Form):
    """The decision on several écarts, confirmed."""

    motif = forms.CharField(label="Motif", required=False, max_length=255)


class ReglesForm(forms.Form):
    """One line per rule and per guard: what is done, beyond which threshold."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.regles = list(RegleEcart.objects.all())
        self.gardes = list(Garde.objects.all())
        for regle in self.regles:
            self.fields[f"action-{regle.pk}"] = forms.ChoiceField(
                label=nom_regle(regle),
                choices=RegleEcart._meta.get_field("action").choices,
                initial=regle.action,
            )
            if regle.seuil is not None:
                self.fields[f"seuil-{regle.pk}"] = forms.FloatField(
                    label=f"Distance en mètres : {nom_regle(regle)}",
                    min_value=0,
                    initial=_simple(regle.seuil),
                    localize=True,
                )
        for garde in self.gardes:
            self.fields[f"garde-{garde.pk}"] = forms.FloatField(
                label=f"{garde.libelle} ({garde.unite})", min_value=0, initial=_simple(garde.seuil), localize=True
            )

    def lignes_regles(self):
        """(rule, its name, bound action, bound distance or None), in order."""
        return [
            (
                regle,
                nom_regle(regle),
                self[f"action-{regle.pk}"],
                self[f"seuil-{regle.pk}"] if regle.seuil is not None else None,
            )
            for regle in self.regles
        ]

    def lignes_gardes(self):
        """Bound thresholds, in order."""
        return [self[f"garde-{garde.pk}"] for garde in self.gardes]

    def decisions(self) -> dict:
        """The arguments of `actions.modifier_regles`."""
        lu = self.cleaned_data
        return {
            "actions": {r.pk: lu[f"action-{r.pk}"] for r in self.regles},
            "distances": {r.pk: lu[f"seuil-{r.pk}"] for r in self.regles if r.seuil is not None},
            "seuils": {g.pk: lu[f"garde-{g.pk}"] for g in self.gardes},
        }


def _simple(seuil: float) -> float | int:
    """A threshold without useless decimals."""
    return int(seuil) if seuil.is_integer() else seuil


def nom_regle(regle: RegleEcart) -> str:
    """« Modification de la date de fermeture », « Déplacement de plus de 500 m »."""
    nom = regle.get_nature_display()
    if regle.champ:
        nom += f" ({regle.champ.replace('_', ' ')})"
    return nom if regle.seuil is None else f"{nom} au-delà d’une distance"
