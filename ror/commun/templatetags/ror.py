"""Template tags and filters of the portal, known to every template without `{% load %}` (see docs/composants.md).

A tag refuses what it does not know (an icon, a level, a state, a missing or unknown parameter): the page fails in the
tests instead of showing something false. The HTML of each component is in templates/composants/.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from ror.commun import arbre_html, francais, marques
from ror.commun.composants import Action, Noeud
from ror.commun.marques import choisir

register = template.Library()

AVIS = {
    "info": "info-circle",
    "attention": "exclamation-triangle-fill",
    "erreur": "exclamation-circle",
    "ok": "check-circle-fill",
}
"""Kinds of notices and their icons."""

ENCARTS = {
    "information": ("Information", "i", "info-circle"),
    "attention": ("Attention", "⚠", "exclamation-triangle-fill"),
    "noter": ("A NOTER", "✎", "pencil"),
    "astuce": ("ASTUCE", "✦", "lightbulb"),
}
"""The callouts of the guides (S30): the word that says which, its sign where there is no icon, its icon."""

ETATS_DOSSIER = {
    "ouvert": "",
    "gestionnaire": "Le dossier est en cours de validation par un gestionnaire.",
    "direction": "Le dossier attend la validation de la Direction.",
    "tutelle": "Le dossier attend la validation de la tutelle.",
    "a_corriger": "Des corrections y sont demandées.",
    "approuve": "Le dossier est approuvé et sera publié à sa date d’effet.",
}
"""Where the dossier of a yellow banner stands (COMPOSANTS §2.5)."""


# ---------- small marks ----------

register.simple_tag(marques.icone)
register.simple_tag(marques.niveau)
register.simple_tag(marques.nom_niveau)
register.simple_tag(marques.etat)
register.simple_tag(marques.provenance)


# ---------- blocks ----------


@register.simple_block_tag
def avis(content: str, sorte: str, id: str = "", role: str = "") -> SafeString:
    """`{% avis "attention" %}<p>…</p>{% endavis %}`: notice of kind info, attention, erreur or ok."""
    return render_to_string(
        "composants/avis.html",
        {"contenu": content, "sorte": sorte, "icone": choisir(AVIS, sorte, "Avis"), "id": id, "role": role},
    )


@register.simple_block_tag(takes_context=True)
def encart(context: template.Context, content: str, sorte: str) -> SafeString:
    """`{% encart "astuce" %}<p>…</p>{% endencart %}`: callout of the guides, its word written (S30).

    information (*i*), attention (⚠), noter (« A NOTER ») or astuce (« ASTUCE »); in a file of the archive of the
    documents (`autonome` in the context), which has no icons, a sign takes their place.
    """
    mot, signe, icone = choisir(ENCARTS, sorte, "Encart")
    return render_to_string(
        "composants/encart.html",
        {
            "contenu": content,
            "sorte": sorte,
            "mot": mot,
            "signe": signe if context.get("autonome") else "",
            "icone": icone,
        },
    )


@register.filter
def sorte_avis(message: Message) -> str:
    """`{{ message|sorte_avis }}`: kind of notice of a message of django.contrib.messages."""
    return {"success": "ok", "warning": "attention", "error": "erreur"}.get(message.level_tag, "info")


@register.simple_block_tag
def carte(
    content: str,
    id: str,
    titre: str,
    *,
    rang: int = 2,
    picto: str = "",
    note: str = "",
    verifiee: date | None = None,
    verifiee_age: str = "",
    etat_code: str = "",
    etat_mot: str = "",
    modifier: str = "",
    lien: str = "",
    lien_mot: str = "",
    brut: bool = False,
    focus: bool = False,
) -> SafeString:
    """Section card (COMPOSANTS §2.7): `{% carte "contacts" "Contacts" modifier=url verifiee=date %}…{% endcarte %}`.

    Args:
        content: body; wrapped in `.carte-corps` unless `brut` (a table, a `.liste`, own `.carte-corps`…).
        id: id of the section; its title is `<id>-titre`, its edit link `<id>-modifier`.
        titre: title, level `rang` (2 to 4), after the icon `picto`.
        note: small text at the right of the title.
        verifiee: day of the last verification; `verifiee_age` says it is old (« il y a 14 mois »).
        etat_code, etat_mot: state pill in the head.
        modifier: address of the form: opens in place of the card (answer: an element of the same id), or as a page
            without script.
        lien, lien_mot: a plain link in the head.
        focus: the edit link takes the focus when the card comes back after an edit.
    """
    if rang not in (2, 3, 4):
        raise template.TemplateSyntaxError(f"Rang de titre « {rang} » : attendu 2, 3 ou 4")
    if bool(lien) != bool(lien_mot) or bool(etat_code) != bool(etat_mot):
        raise template.TemplateSyntaxError("Carte : lien et lien_mot, etat_code et etat_mot vont ensemble")
    return render_to_string("composants/carte.html", locals())


@register.simple_block_tag
def tableau(content: str, legende: str, colonnes: str, *, visible: bool = False, cartes: bool = True) -> SafeString:
    """`{% tableau "Légende" "Pôle|Services>|~Action" %}<tr>…</tr>{% endtableau %}`: rows are cards on small screens.

    Args:
        content: the `<tr>` rows; each has one `<th scope="row">`, and each `<td>` a `data-l` with the column's name.
        legende: caption, what the table lists and in which order; hidden unless `visible`.
        colonnes: names separated by `|`; `>` after a name aligns it right (numbers, class `num` on its cells), `~`
            before it hides it from view (columns of buttons, class `geste` on its cells).
        cartes: False for a table of figures, which then scrolls in a focusable region of its own.
    """
    entetes = [
        {"mot": c.strip("~>"), "cache": c.startswith("~"), "num": c.endswith(">")} for c in colonnes.split("|") if c
    ]
    return render_to_string(
        "composants/tableau.html",
        {"contenu": content, "legende": legende, "colonnes": entetes, "visible": visible, "cartes": cartes},
    )


@register.simple_block_tag
def dialogue(content: str, titre: str, retour: str, *, id: str = "dialogue-contenu") -> SafeString:
    """`{% dialogue "Renommer" retour=url %}<form>…</form>{% enddialogue %}`: what a dialogue shows (COMPOSANTS §2.16).

    The same HTML is the content of the page without script (`retour`: where « Fermer » leads) and of the dialogue when
    a link with `hx-get="…" hx-target="#dialogue"` asked for it (static/js/ror.js).
    """
    return render_to_string(
        "composants/dialogue.html", {"contenu": content, "titre": titre, "retour": retour, "id": id}
    )


# ---------- forms ----------


@register.simple_tag
def champ(lie: forms.BoundField, aide: str = "", focus: bool = False) -> SafeString:
    """`{% champ form.nom %}`: label, field, help and errors tied together; `aide` replaces the help of the field.

    Checkboxes and radio buttons get a fieldset. A field whose `etoile` is true is starred without being refused empty.
    A field that waits for the cursor takes `focus=True`.
    """
    if not isinstance(lie, forms.BoundField):
        raise template.TemplateSyntaxError(f"champ attend un champ de formulaire, reçu {lie!r}")
    widget = lie.field.widget
    groupe = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    case = isinstance(widget, forms.CheckboxInput)
    decrit = [f"{lie.auto_id}_aide"] if aide or lie.help_text else []
    decrit += [f"{lie.auto_id}_erreur"] if lie.errors else []
    classe = "form-check-input" if case or groupe else "form-control"
    if isinstance(widget, forms.Select) and not groupe:
        classe = "form-select"
    attrs: dict[str, Any] = {"class": f"{classe} {widget.attrs.get('class', '')}".strip()}
    if lie.errors:
        attrs |= {"class": f"{attrs['class']} is-invalid", "aria-invalid": "true"}
    if decrit and not groupe:
        attrs["aria-describedby"] = " ".join(decrit)
    if focus:
        attrs["data-focus"] = True
    contexte = {
        "champ": lie,
        "aide": aide or lie.help_text,
        "decrit": " ".join(decrit),
        "focus": focus,
        "attrs": attrs,
        "options": [(option, option.id_for_label) for option in lie.subwidgets] if groupe else None,
        "saisie": None if groupe else lie.as_widget(attrs=attrs),
        "case": case,
        "requis": lie.field.required or getattr(lie.field, "etoile", False),
    }
    if lie.is_hidden:
        return SafeString(lie)
    return render_to_string("composants/champ.html", contexte)


@register.simple_tag
def resume_erreurs(*formulaires: forms.BaseForm) -> str:
    """`{% resume_erreurs form %}`: what is to correct in a refused form, with links; takes the focus."""
    erreurs = [
        {"cible": f"#{lie.id_for_label or lie.auto_id}", "libelle": lie.label, "message": message}
        for formulaire in formulaires
        for lie in formulaire
        for message in lie.errors
    ]
    generales = [message for formulaire in formulaires for message in formulaire.non_field_errors()]
    if not erreurs and not generales:
        return ""
    return render_to_string("composants/resume_erreurs.html", {"erreurs": erreurs, "generales": generales})


@register.filter
def sans_libelle(message: object, libelle: str) -> str:
    """`{{ erreur.message|sans_libelle:erreur.libelle }}`: a sentence that names its field, after the name itself."""
    return str(message).removeprefix(f"{libelle}\u00a0: ").removeprefix(f"{libelle} : ")


# ---------- lists and navigation ----------


@register.inclusion_tag("composants/fil.html")
def fil(elements: Iterable[tuple[str, str]], courant: str, libelle: str = "Fil d’Ariane") -> dict[str, Any]:
    """`{% fil ancetres structure.nom %}`: breadcrumb; `elements` are (word, address), `courant` the page itself."""
    return {"elements": elements, "courant": courant, "libelle": libelle}


@register.inclusion_tag("composants/pagination.html", takes_context=True)
def pagination(
    context: template.Context, page: Page, mots: str, *, cible: str = "", nom: str = "page"
) -> dict[str, Any]:
    """`{% pagination page "offre" cible="#liste" %}`: pages of a list, keeping the filters of the address.

    Args:
        page: Django `Page`.
        mots: what is counted, as for `pluriel`.
        cible: CSS selector of the element that HTMX replaces by the one of the answer; without it, plain links.
        nom: parameter of the address.
    """
    requete = context["request"].GET

    def adresse(numero: int) -> str:
        voulus = requete.copy()
        voulus[nom] = numero
        return f"?{voulus.urlencode()}"

    numeros = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "total": francais.pluriel(page.paginator.count, mots),
        "debut": page.start_index(),
        "fin": page.end_index(),
        "pages": [(n, adresse(n) if isinstance(n, int) else "", n == page.number) for n in numeros],
        "precedente": adresse(page.previous_page_number()) if page.has_previous() else "",
        "suivante": adresse(page.next_page_number()) if page.has_next() else "",
        "plusieurs": page.paginator.num_pages > 1,
        "cible": cible,
    }


@register.inclusion_tag("composants/export.html", takes_context=True)
def export(
    context: template.Context, liste: str, nombre: int, *, requete: str | None = None, **plus: Any
) -> dict[str, Any]:
    """`{% export "comptes" page.paginator.count %}`: the files of a list, with the filters of its page.

    Args:
        liste: its name in `referentiel.exports`.
        nombre: how many rows; nothing is shown for none.
        requete: the query string that says the filters, when that of the address is not it.
        plus: parameters that the address of the page does not hold (`fiche=structure.pk`); those that are empty are
            left out.
    """
    voulus = context["request"].GET.copy() if requete is None else QueryDict(requete, mutable=True)
    voulus.pop("page", None)
    for nom, valeur in plus.items():
        if valeur:
            voulus[nom] = valeur
    suite = f"?{voulus.urlencode()}" if voulus else ""
    return {
        "nombre": nombre,
        "formats": [
            (mot, reverse("export", args=[liste, format]) + suite) for mot, format in (("XLSX", "xlsx"), ("CSV", "csv"))
        ],
    }


@register.inclusion_tag("composants/tuile.html")
def tuile(url: str, picto: str, titre: str, detail: str = "", chiffre: str = "") -> dict[str, Any]:
    """`{% tuile url "building" "Mes Etablissements" "2 EG, 1 EJ" %}`: one `<li>` of `<ul class="tuiles">`."""
    return {"url": url, "icone": picto, "titre": titre, "detail": detail, "chiffre": chiffre}


@register.inclusion_tag("composants/vide.html")
def vide(texte: str, picto: str = "inbox", url: str = "", geste: str = "") -> dict[str, Any]:
    """`{% vide "Aucun dossier ouvert." url=… geste="Créer…" %}`: what an empty list says, and a way out."""
    if bool(url) != bool(geste):
        raise template.TemplateSyntaxError("État vide : url et geste vont ensemble")
    return {"texte": texte, "icone": picto, "url": url, "geste": geste}


@register.inclusion_tag("composants/jauge.html")
def jauge(libelle: str, valeur: float, total: float = 100, *, texte: str = "", url: str = "") -> dict[str, Any]:
    """`{% jauge "EHPAD TEST" 71 %}`: labelled gauge; `texte` is the written value (« 71 % » unless given)."""
    if not 0 <= valeur <= total:
        raise template.TemplateSyntaxError(f"Jauge : {valeur} hors de 0 à {total}")
    part = round(100 * valeur / total) if total else 100
    defaut = f"{part}{francais.INSECABLE}%"
    return {"libelle": libelle, "part": part, "texte": texte or defaut, "url": url}


@register.inclusion_tag("composants/score.html")
def score(valeur: int, titre: str) -> dict[str, Any]:
    """`{% score 78 "Complétude : 78 %, il manque trois éléments." %}`: a ring, whose title says the conclusion."""
    if not 0 <= valeur <= 100:
        raise template.TemplateSyntaxError(f"Score : {valeur} hors de 0 à 100")
    return {"valeur": valeur, "titre": titre}


@register.inclusion_tag("composants/frise.html")
def frise(jalons: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """`{% frise jalons %}`: timeline. Each item: `titre`, and if wanted `detail`, `url`, `le` (date) and `etat`.

    `etat` is « fait » (done, said to screen readers), « cle » (marked), « futur » (dashed) or empty.
    """
    etats = {"": "", "fait": "fait", "cle": "cle", "futur": "futur"}
    modele = {"detail": "", "url": "", "le": None}
    return {"jalons": [{**modele, **j, "etat": choisir(etats, j.get("etat", ""), "Jalon")} for j in jalons]}


@register.inclusion_tag("composants/bandeau_dossier.html")
def bandeau_dossier(nom: str, ouvert_le: date, par: str, url: str, etat: str = "ouvert") -> dict[str, Any]:
    """`{% bandeau_dossier nom date par url etat="direction" %}`: yellow banner of a fiche in a dossier (§2.5)."""
    return {
        "nom": nom,
        "ouvert_le": ouvert_le,
        "par": par,
        "url": url,
        "suite": choisir(ETATS_DOSSIER, etat, "Dossier"),
    }


# ---------- French ----------


@register.filter(expects_localtime=True)
def date_fr(jour: date | datetime | None) -> str:
    """`{{ jour|date_fr }}`: « 4 déc. 2026 », « 1er déc. 2026 »."""
    return francais.date_fr(jour)


@register.filter(expects_localtime=True)
def heure_fr(heure: Any) -> str:
    """`{{ heure|heure_fr }}`: « 9 h 30 »."""
    return francais.heure_fr(heure)


@register.filter(expects_localtime=True)
def moment_fr(moment: datetime | None) -> str:
    """`{{ moment|moment_fr }}`: « 4 déc. 2026 à 9 h 30 »."""
    return f"{francais.date_fr(moment)} à {francais.heure_fr(moment)}" if moment else ""


@register.filter(expects_localtime=True)
def il_y_a(moment: datetime | None) -> str:
    """`{{ moment|il_y_a }}`: « il y a 2 min », « hier »."""
    return francais.il_y_a(moment, timezone.localtime())


@register.filter
def pluriel(nombre: float, mots: str) -> str:
    """`{{ n|pluriel:"offre" }}`: « 0 offre », « 3 offres »; `"dossier ouvert,dossiers ouverts"`."""
    return francais.pluriel(nombre, mots)


register.filter("nombre_fr", francais.nombre_fr)
register.filter("telephone_fr", francais.telephone_fr)
register.filter("telephone_lien", francais.telephone_lien)
register.filter("finess_fr", francais.finess_fr)
register.filter("siret_fr", francais.siret_fr)


@register.simple_tag
def branche(noeuds: Iterable[Noeud]) -> SafeString:
    """`<ul class="arbre" id="arbre" data-arbre aria-label="…">{% branche noeuds %}</ul>`: the lines of a tree."""
    return arbre_html.branche(noeuds)


@register.inclusion_tag("composants/menu_actions.html", takes_context=True)
def menu_actions(context: template.Context, actions: Iterable[Action | None]) -> dict[str, Any]:
    """`<ul class="dropdown-menu">{% menu_actions actions %}</ul>`: entries of an « Actions » menu; None is a separator.

    The same lines are the answer to the tree that asks for the actions of a node.
    """
    return {"actions": actions, "csrf_token": context.get("csrf_token")}
