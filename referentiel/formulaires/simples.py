"""The fields of one value (text, number, date, code…) and of several codes, as a Django form."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django import forms
from django.db.models import Q
from django.forms import BoundField

from ..champs import UNITES_TEMPS, Champ, Saisie
from ..changements import Fiche, Valeur
from ..codes import condition as condition_codes
from ..codes import libelle_montre, valeur_de
from ..models import Code

Options = dict[str, list[tuple[str, str]]]
"""Code list → (code, label) in the order of the labels."""

RIEN = ("", "Non renseigné")
OUI_NON = [RIEN, ("oui", "Oui"), ("non", "Non")]
DANS_LA_LISTE = "Choisissez dans la liste."
NOMBRE = "Un nombre entier positif est attendu, par exemple 60."
MONTANT = "Un montant en euros est attendu, par exemple 62,50."
MONTANT_REFUS = ("invalid", "min_value", "max_digits", "max_decimal_places", "max_whole_digits")
DATE = "Une date est attendue, par exemple 31/12/2026."


class CodesInput(forms.SelectMultiple):
    """Codes sent one by one, or many in one input separated by spaces: a form has a limited number of inputs."""

    def value_from_datadict(self, data, files, name):
        return codes_envoyes(data, name)


def codes_envoyes(data, nom: str) -> list[str]:
    """Returns the codes sent under this name, each once, in the order of the form."""
    valeurs = data.getlist(nom) if hasattr(data, "getlist") else data.get(nom) or []
    return list(dict.fromkeys(code for valeur in valeurs for code in valeur.split()))


class TextesField(forms.CharField):
    """Several short texts, one per line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        texte = super().to_python(value)
        return sorted({ligne.strip() for ligne in texte.splitlines() if ligne.strip()})


class MontantField(forms.DecimalField):
    """An amount in euros, typed « 62,50 », « 1 250 » or « 62.5 »."""

    def to_python(self, value):
        texte = "".join(value.split()).replace(",", ".") if isinstance(value, str) else value
        return super().to_python(texte.removesuffix("€") if isinstance(texte, str) else texte)


def options_de(demandes: dict[str, set[str]], vastes: Mapping[str, Collection[str]] | None = None) -> Options:
    """Returns the codes offered by each list, plus those carried already even if withdrawn since; one query.

    Args:
        demandes: code list → codes carried.
        vastes: code list too long to be read whole → codes chosen in the form; with those carried, the only ones read.
    """
    vastes = vastes or {}
    choisis = {liste: {*codes, *demandes.get(liste, ())} for liste, codes in vastes.items()}
    condition = condition_codes(choisis)
    for liste, portes in demandes.items():
        if liste not in vastes:
            condition |= Q(nomenclature__identifiant=liste, actif=True) | condition_codes({liste: portes})
    resultat: Options = defaultdict(list)
    lignes = Code.objects.filter(condition).order_by("libelle", "pk")
    for liste, code, systeme, libelle, actif in lignes.values_list(
        "nomenclature__identifiant", "code", "systeme", "libelle", "actif"
    ):
        valeur = valeur_de(liste, code, systeme)
        if not actif and valeur not in demandes.get(liste, ()):
            continue
        texte = UNITES_TEMPS.get(code, libelle).capitalize() if liste == "JDV_J37" else libelle
        paire = (valeur, libelle_montre(liste, code, texte))
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


def formulaire_simple(
    champs: Collection[Champ],
    vues: Fiche,
    offerts: Mapping[str, list[tuple[str, str]]],
    data=None,
    etoiles: Collection[str] = frozenset(),
    prefixe: str | None = None,
) -> forms.Form:
    """Returns the form of these fields, showing `vues`, or what was typed when `data` is given.

    Args:
        champs: the fields.
        vues: the values shown.
        offerts: field → (code, label) offered.
        data: what was sent.
        etoiles: names of the fields needed to finalise: starred, yet never refused empty by the form itself (S76).
        prefixe: what precedes the names of the inputs.
    """
    formulaire = forms.Form(data, initial={c.nom: _initiale(c, vues.get(c.nom)) for c in champs}, prefix=prefixe)
    formulaire.use_required_attribute = False
    for champ in champs:
        formulaire.fields[champ.nom] = _champ(champ, offerts.get(champ.nom, []))
        formulaire.fields[champ.nom].etoile = champ.nom in etoiles  # type: ignore[attr-defined]  # read by the tag « champ »
    return formulaire


def valeurs_saisies(formulaire: forms.Form, champs: Iterable[Champ], vues: Fiche) -> dict[str, Valeur]:
    """Returns the typed values as the engine wants them; one that says the same as what was shown is what was shown."""
    return {c.nom: _valeur(c, formulaire.cleaned_data.get(c.nom), vues.get(c.nom)) for c in champs}


def typee(lie: BoundField, champ: Champ, valeur: Valeur) -> bool:
    """Whether what was typed in a field says something else than a value, even when it cannot be read."""
    if champ.saisie is Saisie.CODES:
        return set(lie.data or []) != set(valeur or [])  # type: ignore[arg-type]
    montree = "\n".join(valeur) if isinstance(valeur, list) else _initiale(champ, valeur)
    return _a_plat(lie.data) != _a_plat("" if montree is None else str(montree))


def _a_plat(texte: str | None) -> str:
    return (texte or "").replace("\r\n", "\n").strip()


def _champ(champ: Champ, offerts: list[tuple[str, str]]) -> forms.Field:
    communs = {
        "label": champ.libelle,
        "required": champ.obligatoire,
        "help_text": champ.aide,
        "error_messages": {"required": f"{champ.libelle}\u00a0: une valeur est attendue."},
    }
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
        case Saisie.MONTANT:
            communs["error_messages"] |= dict.fromkeys(MONTANT_REFUS, MONTANT)
            saisie = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "court"})
            return MontantField(min_value=0, max_digits=9, decimal_places=2, widget=saisie, **communs)
        case Saisie.CODE:
            communs["error_messages"]["invalid_choice"] = DANS_LA_LISTE
            return forms.ChoiceField(choices=offerts if champ.obligatoire else [RIEN, *offerts], **communs)
        case Saisie.CODES:
            communs["error_messages"] |= dict.fromkeys(("invalid_choice", "invalid_list"), DANS_LA_LISTE)
            return forms.MultipleChoiceField(choices=offerts, widget=CodesInput, **communs)
        case Saisie.TEXTES:
            return TextesField(**communs)
        case Saisie.TEXTE_LONG:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), **communs)
        case _:
            return forms.CharField(**communs)


def _initiale(champ: Champ, valeur: Valeur):
    if champ.saisie is Saisie.BOOLEEN:
        return {True: "oui", False: "non"}.get(valeur, "")  # type: ignore[arg-type]
    if champ.saisie is Saisie.MONTANT and isinstance(valeur, str):
        return valeur.replace(".", ",")
    return valeur


def _valeur(champ: Champ, saisie, vue: Valeur) -> Valeur:
    match champ.saisie:
        case Saisie.BOOLEEN:
            return {"oui": True, "non": False}.get(saisie)
        case Saisie.DATE:
            return saisie.isoformat() if isinstance(saisie, date) else None
        case Saisie.CODES:
            return sorted(saisie or [])
        case Saisie.MONTANT:
            return None if saisie is None else f"{saisie:.2f}"
        case Saisie.TEXTE | Saisie.TEXTE_LONG:
            texte = (saisie or "").replace("\r\n", "\n")
            return vue if isinstance(vue, str) and vue.replace("\r\n", "\n").strip() == texte else texte
        case _:
            return saisie if saisie != "" else None
