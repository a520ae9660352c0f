"""The form of a fiche in a dossier, of any level, created or live: kept waiting or finalised (S70–S77, S150–S160).

What is typed is kept as it is typed (B16), merged with what others saved, and asked about when both touched it (B17).
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from referentiel.conflits import decrire_conflits, lire_choix
from referentiel.models import Structure
from referentiel.niveaux import Niveau, refus_de_parent
from referentiel.objets import Objet
from referentiel.permissions import Action, exiger
from referentiel.views import brouillons
from referentiel.views.edition import APERCU, apercu_horaires, reprise
from ror.commun.erreurs import ConflitDeVersion, SaisieInvalide

from .. import actions
from ..contenus import champs_du_dossier, contenu_de, contenu_neuf, structures_de
from ..droits import exiger_geste, refus_geste
from ..etats import Geste
from ..forms import FicheForm, demande_lue
from ..formulaire import FormulaireDossier, Sujet
from ..menus import actions_du_noeud
from ..models import Dossier, FicheDossier
from ..nommage import est_conforme, nom_en_creation
from ..presentation import changements_de
from ..rendu_arbre import etat_de
from ..saisies import CibleDossier, auteurs_de, objet_de
from ..simulation import simuler
from ..superposition import Arbre, Noeud, arbre_de
from .dossier import bilan_de, lire_dossier, lire_noeud, rendre_page

FINALISER = "finaliser"
METHODES = ["GET", "HEAD", "POST"]


@require_http_methods(METHODES)
def fiche(request: HttpRequest, pk: int, cle: str) -> HttpResponse:
    """One fiche of a dossier beside its tree: the form for who may edit it now, what the dossier changes otherwise."""
    lu = lire_dossier(request, pk)
    arbre = arbre_de(lu)
    noeud = lire_noeud(arbre, cle)
    if request.method == "POST":
        exiger_geste(request.user, lu, Geste.MODIFIER)
    if noeud.supprime or refus_geste(request.user, lu, Geste.MODIFIER):
        if request.method == "POST":
            actions.contenu.noeud_editable(lu, cle)
        return _lire_seulement(request, lu, noeud)
    page = _Page(request, lu, arbre, noeud)
    if request.method != "POST":
        return page.montrer(FormulaireDossier(page.sujet, brouillons.a_reprendre(request, page.objet)))
    return _recevoir(page)


class _Page:
    """What one request about one fiche goes on with."""

    def __init__(self, request: HttpRequest, lu: Dossier, arbre: Arbre, noeud: Noeud) -> None:
        self.request, self.dossier, self.arbre, self.noeud = request, lu, arbre, noeud
        self.objet = objet_de(lu, noeud.cle)
        structure = structures_de([noeud.structure]).get(noeud.structure) if noeud.structure else None
        self.sujet = Sujet(self.objet.sceau, noeud.niveau, lu.etablissement, contenu_de(noeud), noeud.groupe, structure)
        self.adresse = self.objet.adresse

    def montrer(self, formulaire: FormulaireDossier, statut: int = 200) -> HttpResponse:
        """Renders the form in the page of the dossier."""
        request, noeud = self.request, self.noeud

        def touches(data: QueryDict) -> list[str]:
            brouillon = FormulaireDossier(self.sujet, data)
            return brouillon.touches(brouillon.fiche.vues, formulaire.fiche.vues)

        saisie = brouillons.saisie_de(request, self.objet, data=formulaire.fiche.data, touches=touches)
        cible = CibleDossier(self.objet, self.dossier.etablissement, dossier=self.dossier, noeud=noeud)
        brouillons.avec_voisins(request, saisie, cible, formulaire.fiche.vues)
        contexte = {
            "panneau": "dossiers/_fiche.html",
            "formulaire": formulaire,
            "saisie": saisie,
            "refuse": statut in (409, 422),
            **self.contexte(),
        }
        return rendre_page(request, self.dossier, self.arbre, noeud.cle, contexte, statut)

    def contexte(self) -> dict:
        noeud, arbre = self.noeud, self.arbre
        return {
            "noeud": noeud,
            "adresse": self.adresse,
            "retour": reverse("dossier", args=[self.dossier.pk]),
            "etat_fiche": etat_de(noeud),
            "chemin": arbre.chemin(noeud.cle),
            "en_creation": nom_en_creation(noeud.niveau),
            "origine": arbre[noeud.origine].nom if noeud.deplace and noeud.origine in arbre else "",
            "type_publie": self.sujet.contenu.type_publie,
            "type_du_dossier": self.sujet.contenu.type_offre,
            "actions_fiche": actions_du_noeud(self.dossier, arbre, noeud, {Geste.MODIFIER}, ouvrir=False),
            "suivante": suivante_de(arbre, noeud.cle),
            "section": "",
            "codes_niveau": noeud.niveau.value,
        }

    def fusionner(self, refus: ConflitDeVersion) -> HttpResponse:
        """The merge screen: one question per element that both touched; all that was typed travels along."""
        request, noeud = self.request, self.noeud
        brouillons.saisie_de(request, self.objet, data=request.POST)
        structure = self.sujet.structure
        contexte = {
            "panneau": "dossiers/_fusion.html",
            "conflits": decrire_conflits(
                structure,
                champs_du_dossier(noeud.niveau),
                refus.conflits,
                self.sujet.contenu.valeurs,
                auteurs=auteurs_de(self.dossier, noeud),
            ),
            "reprise": reprise(request),
            "repose": bool(lire_choix(request.POST)),
            **self.contexte(),
        }
        return rendre_page(request, self.dossier, self.arbre, noeud.cle, contexte, 409)


def _recevoir(page: _Page) -> HttpResponse:
    request = page.request
    formulaire = FormulaireDossier(page.sujet, request.POST)
    geste = request.POST.get(brouillons.GESTE)
    if geste == brouillons.ANNULER:
        brouillons.annuler(request, page.objet, formulaire.touches(formulaire.fiche.vues))
        return redirect("dossier", pk=page.dossier.pk)
    if formulaire.illisible:
        return page.montrer(formulaire, 422)
    if geste == brouillons.FUSIONNER and formulaire.est_valide():
        return page.montrer(formulaire.fusionner())
    if geste:
        return _appliquer(request, formulaire, page.montrer, geste)
    if not formulaire.est_valide():
        return page.montrer(formulaire, 422)
    finaliser = request.POST.get("suite") == FINALISER
    try:
        enregistree = actions.enregistrer_fiche(
            dossier_id=page.dossier.pk,
            cle=page.noeud.cle,
            auteur=request.user,
            envoi=formulaire.envoi(),
            finaliser=finaliser,
        )
    except SaisieInvalide as erreur:
        formulaire.refuser(erreur.erreurs)
        return page.montrer(formulaire, 422)
    except actions.ChangeEntreTemps as erreur:
        formulaire.revoir_entete()
        formulaire.fiche.generales.append(str(erreur))
        return page.montrer(formulaire, 409)
    except ConflitDeVersion as erreur:
        return page.fusionner(erreur)
    brouillons.apres_enregistrement(request, page.objet)
    for boite in formulaire.fiche.boites_douteuses():
        messages.warning(request, f"«\u00a0{boite}\u00a0» n’est pas dans un domaine mssante.fr\u00a0: vérifiez-la.")
    _dire(request, enregistree, page)
    return redirect(page.adresse)


def _appliquer(request: HttpRequest, formulaire: FormulaireDossier, montrer, geste: str) -> HttpResponse:
    """Does a shortcut of the form without saving: a row added, the fields of another type, hours read back."""
    if geste == APERCU and formulaire.fiche.horaires:
        return apercu_horaires(request, formulaire.fiche.horaires)
    connu = geste in ("type", "filtrer") or formulaire.fiche.appliquer(geste)
    return montrer(formulaire, 200 if connu else 422)


def _dire(request: HttpRequest, enregistree: FicheDossier | None, page: _Page) -> None:
    """Says what was saved, and where to go on."""
    if enregistree is None:
        messages.info(
            request,
            f"«\u00a0{page.noeud.nom}\u00a0» reste telle qu’elle est publiée\u00a0: le dossier n’y change rien.",
        )
        return
    dire_enregistree(request, enregistree, suivante_de(arbre_de(page.dossier), page.noeud.cle), page.dossier)


def dire_enregistree(request: HttpRequest, enregistree: FicheDossier, suivante: Noeud | None, lu: Dossier) -> None:
    """« X » is finalised, or kept waiting; the advice about its name; the next fiche that is not finalised."""
    finalisee = enregistree.etat == FicheDossier.Etat.FINALISEE
    suite = ""
    if finalisee and suivante is not None:
        adresse = reverse("dossier-fiche", args=[lu.pk, suivante.cle])
        suite = format_html(' Fiche suivante\u00a0: <a href="{}">{}</a>.', adresse, suivante.nom)
    elif finalisee:
        suite = " Toutes les fiches du dossier sont finalisées."
    etat = "finalisée" if finalisee else "mise en attente"
    messages.success(request, format_html("«\u00a0{}\u00a0» est enregistrée et {}.{}", enregistree.nom, etat, suite))
    if enregistree.type_offre and not est_conforme(enregistree.nom, enregistree.type_offre.libelle):
        messages.warning(request, "Son nom ne suit pas la forme «\u00a0Unité\u00a0» + nom du type. C’est un conseil.")


def suivante_de(arbre: Arbre, cle: str) -> Noeud | None:
    """Returns the next fiche that is not finalised, in the order of the tree, from the top again after the last."""
    ordre = [n.cle for n in arbre.parcourir()]
    rang = ordre.index(cle) if cle in arbre else -1
    reste = [n for n in bilan_de(arbre)["restantes"] if n.cle != cle]
    return next((n for n in reste if ordre.index(n.cle) > rang), reste[0] if reste else None)


def _lire_seulement(request: HttpRequest, lu: Dossier, noeud: Noeud) -> HttpResponse:
    """What the dossier changes of one fiche, for who may not edit it now, or when it is deleted in it."""
    rapport = simuler(lu)
    arbre = rapport.arbre
    gestes = {g for g in (Geste.MODIFIER,) if refus_geste(request.user, lu, g) is None}
    contexte = {
        "panneau": "dossiers/_fiche_lue.html",
        "noeud": arbre[noeud.cle],
        "etat_fiche": etat_de(arbre[noeud.cle]),
        "chemin": arbre.chemin(noeud.cle),
        "changements": [c for c in changements_de(rapport) if c.cle == noeud.cle],
        "motif_lecture": refus_geste(request.user, lu, Geste.MODIFIER) or "",
        "avec": next((a.nom for a in arbre.ancetres(noeud.cle) if a.supprime), ""),
        "actions_fiche": actions_du_noeud(lu, arbre, arbre[noeud.cle], gestes, ouvrir=False),
    }
    return rendre_page(request, lu, arbre, noeud.cle, contexte)


# ---------- « Créer + » ----------


@require_http_methods(METHODES)
def creer_fiche(request: HttpRequest, parent: int) -> HttpResponse:
    """« Créer + » (S41): describes the new fiche; the dossier of the establishment is opened, or joined."""
    structure = get_object_or_404(Structure.objects.lisibles_par(request.user), pk=parent)
    etablissement = actions.etablissement_de(structure)
    exiger(request.user, Action.MODIFIER, etablissement)
    niveaux = [n for n in Niveau if not refus_de_parent(n, structure.type_niveau, structure.groupe or None)]
    objet = Objet("creation", structure.pk)
    repris = brouillons.a_reprendre(request, objet) if request.method == "GET" else None
    demande = (repris or request.POST).get("niveau") or request.GET.get("niveau") or ""
    contexte = {
        "structure": structure,
        "etablissement": etablissement,
        "dossier": Dossier.objects.ouverts().filter(etablissement=etablissement).first(),
        "retour": reverse("fiche", args=[structure.pk]),
        "section": "",
        "demande": demande_lue(request.POST),
    }
    if request.POST.get(brouillons.GESTE) == brouillons.ANNULER:
        brouillons.annuler(request, objet, _touches(request.POST))
        return redirect("fiche", pk=structure.pk)
    if Niveau.UO in niveaux and demande in ("", Niveau.UO):
        contexte["autres"] = [(n.value, n.avec_article) for n in niveaux if n is not Niveau.UO]
        return _creer_uo(request, structure, objet, repris, contexte)
    return _creer_autre(request, structure, objet, repris, {**contexte, "niveaux": niveaux})


def _creer_uo(
    request: HttpRequest, parent: Structure, objet: Objet, repris: QueryDict | None, contexte: dict
) -> HttpResponse:
    groupe = parent.groupe or contexte["etablissement"].groupe
    sujet = Sujet(objet.sceau, Niveau.UO, contexte["etablissement"], contenu_neuf(Niveau.UO), groupe, neuf=True)

    def montrer(formulaire: FormulaireDossier, statut: int = 200) -> HttpResponse:
        saisie = brouillons.saisie_de(request, objet, data=formulaire.fiche.data, touches=_touches)
        page = {"formulaire": formulaire, "saisie": saisie, "adresse": objet.adresse, "refuse": statut != 200}
        page["codes_niveau"] = Niveau.UO.value
        return render(request, "dossiers/creer_uo.html", {**contexte, **page}, status=statut)

    data = request.POST if request.method == "POST" else repris
    formulaire = FormulaireDossier(sujet, data)
    if request.method != "POST":
        return montrer(formulaire)
    if geste := request.POST.get(brouillons.GESTE):
        return _appliquer(request, formulaire, montrer, geste)
    if not formulaire.est_valide():
        return montrer(formulaire, 422)
    envoi, finaliser = formulaire.envoi(), request.POST.get("suite") == FINALISER
    try:
        creee = actions.creer_uo(
            parent=parent,
            auteur=request.user,
            type_offre=envoi.type_offre or "",
            groupe=envoi.groupe or "",
            saisies=envoi.saisies,
            finaliser=finaliser,
            demande=contexte["demande"],
        )
    except SaisieInvalide as erreur:
        formulaire.refuser(erreur.erreurs)
        return montrer(formulaire, 422)
    brouillons.apres_enregistrement(request, objet)
    dire_enregistree(request, creee, suivante_de(arbre_de(creee.dossier), creee.cle), creee.dossier)
    return redirect("dossier-fiche", pk=creee.dossier_id, cle=creee.cle)


def _creer_autre(
    request: HttpRequest, parent: Structure, objet: Objet, repris: QueryDict | None, contexte: dict
) -> HttpResponse:
    form = FicheForm(request.POST or None, niveaux=contexte["niveaux"], initial=repris and repris.dict())
    if form.is_valid():
        niveau, nom = Niveau(form.cleaned_data["niveau"]), form.cleaned_data["nom"]
        creee = actions.proposer_fiche(
            parent=parent, niveau=niveau, nom=nom, auteur=request.user, demande=contexte["demande"]
        )
        brouillons.apres_enregistrement(request, objet)
        messages.success(
            request,
            f"«\u00a0{creee.nom}\u00a0» est en création dans le dossier «\u00a0{creee.dossier.nom}\u00a0».",
        )
        return redirect("dossier-fiche", pk=creee.dossier_id, cle=creee.cle)
    contexte |= {
        "form": form,
        "saisie": brouillons.saisie_de(request, objet, data=request.POST or repris, touches=_touches),
    }
    return render(request, "dossiers/creer_fiche.html", contexte, status=422 if form.is_bound else 200)


MUETS = ("niveau", "nom_propose", "montres", "groupe", "age_min_unite", "age_max_unite", "entete_vue", "ouvert_le")


def _touches(data: QueryDict) -> list[str]:
    """What a draft of « Créer + » holds: its name, its type, or more."""
    parlants = {"Nom": data.get("nom", "").strip(), "Type d’UO": data.get("type_offre", "")}
    libelles = [libelle for libelle, valeur in parlants.items() if valeur]
    muets = (*MUETS, "nom", "type_offre", "discipline", "specialite", *brouillons.HORS_SAISIE, "repris_le")
    reste = any(valeur for nom, valeur in data.items() if nom not in muets and not nom.startswith("h-"))
    return libelles + (["autres champs"] if reste else [])
