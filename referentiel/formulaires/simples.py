"""The fields of one value (text, number, date, code…) and of several codes, as a Django form."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django import forms
from django.db.models import Q

from ..champs import UNITES_TEMPS, Champ, Saisie
from ..changements import Fiche, Valeur
from ..models import Code

Options = dict[str, list[tuple[str, str]]]
"""Code list → (code, label) in the order of the labels."""

RIEN = ("", "Non renseigné")
OUI_NON = [RIEN, ("oui", "Oui"), ("non", "Non")]
DANS_LA_LISTE = "Choisissez dans la liste."
NOMBRE = "Un nombre entier positif est attendu, par exemple 60."
DATE = "Une date est attendue, par exemple 31/12/2026."


def options_de(demandes: dict[str, set[str]]) -> Options:
    """Returns the codes offered by each list, plus those carried already even if withdrawn since; one query.

    Args:
        demandes: code list → codes carried.
    """
    condition = Q(pk__in=[])
    for liste, portes in demandes.items():
        condition |= Q(nomenclature__identifiant=liste) & (Q(actif=True) | Q(code__in=portes))
    resultat: Options = defaultdict(list)
    lignes = Code.objects.filter(condition).order_by("libelle", "pk")
    for liste, code, libelle in lignes.values_list("nomenclature__identifiant", "code", "libelle"):
        paire = (code, UNITES_TEMPS.get(code, libelle).capitalize() if liste == "JDV_J37" else libelle)
        if paire not in resultat[liste]:
            resultat[liste].append(paire)
    return resultat


def codes_portes(champs: Iterable[Champ], *fiches: Fiche) -> dict[str, set[str]]:
    """Returns, for each code list these fields use, the codes carried by any of these fiches."""
    demandes: dict[str, set[str]] = defaultdict(set)
    for champ in champs:
        if champ.nomenclature:
            demandes[champ.nomenclature] |= set()
            for fiche in fiches:
                valeur = fiche.get(champ.nom)
                demandes[champ.nomenclature] |= set(valeur if isinstance(valeur, list) else [valeur]) - {None}
    return demandes


def formulaire_simple(champs: Collection[Champ], vues: Fiche, options: Options, data=None) -> forms.Form:
    """Returns the form of these fields, showing `vues`, or what was typed when `data` is given."""
    formulaire = forms.Form(data, initial={c.nom: _initiale(c, vues.get(c.nom)) for c in champs}, prefix=None)
    formulaire.use_required_attribute = False
    for champ in champs:
        formulaire.fields[champ.nom] = _champ(champ, options)
    return formulaire


def valeurs_saisies(formulaire: forms.Form, champs: Iterable[Champ], vues: Fiche) -> dict[str, Valeur]:
    """Returns the typed values as the engine wants them; one that says the same as what was shown is what was shown."""
    return {c.nom: _valeur(c, formulaire.cleaned_data.get(c.nom), vues.get(c.nom)) for c in champs}


def _champ(champ: Champ, options: Options) -> forms.Field:
    communs = {
        "label": champ.libelle,
        "required": champ.obligatoire,
        "help_text": champ.aide,
        "error_messages": {"required": f"{champ.libelle}\u00a0: une valeur est attendue."},
    }
    offerts = options.get(champ.nomenclature or "", [])
    match champ.saisie:
        case Saisie.ENTIER:
            saisie = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "court"})
            communs["error_messages"] |= dict.fromkeys(("invalid", "min_value", "max_value"), NOMBRE)
            return forms.IntegerField(min_value=0, max_value=32767, widget=saisie, **communs)
        case Saisie.BOOLEEN:
            communs["error_messages"]["invalid_choice"] = DANS_LA_LISTE
            return forms.ChoiceField(choices=OUI_NON[1:] if champ.obligatoire else OUI_NON, **communs)
        case Saisie.DATE:
            communs["error_messages"]["invalid"] = DATE
            saisie = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            return forms.DateField(widget=saisie, **communs)
        case Saisie.CODE:
            communs["error_messages"]["invalid_choice"] = DANS_LA_LISTE
            return forms.ChoiceField(choices=offerts if champ.obligatoire else [RIEN, *offerts], **communs)
        case Saisie.CODES:
            communs["error_messages"] |= dict.fromkeys(("invalid_choice", "invalid_list"), DANS_LA_LISTE)
            return forms.MultipleChoiceField(choices=offerts, **communs)
        case Saisie.TEXTE_LONG:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), **communs)
        case _:
            return forms.CharField(**communs)


def _initiale(champ: Champ, valeur: Valeur):
    if champ.saisie is Saisie.BOOLEEN:
        return {True: "oui", False: "non"}.get(valeur, "")  # type: ignore[arg-type]
    return valeur


def _valeur(champ: Champ, saisie, vue: Valeur) -> Valeur:
    match champ.saisie:
        case Saisie.BOOLEEN:
            return {"oui": True, "non": False}.get(saisie)
        case Saisie.DATE:
            return saisie.isoformat() if isinstance(saisie, date) else None
        case Saisie.TEXTE | Saisie.TEXTE_LONG:
            texte = (saisie or "").replace("\r\n", "\n")
            return vue if isinstance(vue, str) and vue.replace("\r\n", "\n").strip() == texte else texte
        case _:
            return saisie if saisie != "" else None
