"""The practical sheets shipped with the portal: pages of the portal and files of one archive (S8, S28, S29)."""

import io
import zipfile
from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string

from .courriels import Portail


@dataclass(frozen=True, slots=True)
class Article:
    """One sheet. Its text is the template `aide/articles/<slug>.html`.

    Attributes:
        slug: last part of its address.
        titre: its title.
        resume: what it is for, one sentence.
        profils: whom it concerns, in the guides' words (S19).
        pages: URL names of the screens that show a link to it.
    """

    slug: str
    titre: str
    resume: str
    profils: str
    pages: frozenset[str] = frozenset()


_STRUCTURES = "responsables offre de structure, référents ROR"

ARTICLES = (
    Article(
        "se-connecter",
        "Comment se connecter au ROR ?",
        "S’identifier, choisir son mot de passe, retrouver un identifiant perdu.",
        f"{_STRUCTURES}, Directeurs d’établissements",
        frozenset({"connexion", "premiere-connexion", "invitation", "mot-de-passe-oublie", "mot-de-passe-envoye"}),
    ),
    Article(
        "obtenir-un-acces",
        "Comment demander un compte ou un droit ?",
        "Choisir entre Référent et Direction, et suivre sa demande.",
        f"{_STRUCTURES}, Directeurs d’établissements",
        frozenset({"demande-acces", "demande-acces-envoyee", "mon-compte"}),
    ),
    Article(
        "utiliser-le-repertoire",
        "Comment utiliser le Répertoire ?",
        "Trouver un établissement, ouvrir son arborescence, lire une fiche.",
        "tous les utilisateurs",
        frozenset({"repertoire", "accueil"}),
    ),
    Article(
        "rechercher",
        "Comment chercher dans le ROR ?",
        "Trouver une offre, une compétence ou un professionnel, avec ou sans faute de frappe.",
        "tous les utilisateurs",
        frozenset({"recherche", "mes-recherches"}),
    ),
    Article(
        "garder-des-favoris",
        "Comment garder des structures en favoris ?",
        "Ajouter une structure aux favoris et la retrouver dans le Répertoire.",
        "tous les utilisateurs",
        frozenset({"repertoire"}),
    ),
    Article(
        "mettre-a-jour-une-offre",
        "Comment mettre à jour mon offre ?",
        "Modifier une section, relire, diffuser à la date voulue.",
        _STRUCTURES,
        frozenset({"fiche", "fiche-modifier", "fiche-valider", "mes-etablissements"}),
    ),
    Article(
        "relire-chaque-annee",
        "Comment faire la relecture annuelle ?",
        "Voir ce qui est à relire, relire, valider même sans changement.",
        _STRUCTURES,
        frozenset({"a-relire", "fiche-valider", "relecture", "relecture-lien"}),
    ),
    Article(
        "lire-le-tableau-de-bord",
        "Comment lire le tableau de bord ?",
        "Peuplement, fraîcheur, complétude, référents : ce que chaque chiffre compte et où agir.",
        f"{_STRUCTURES}, Directeurs d’établissements, gestionnaires régionaux",
        frozenset({"tableau-de-bord", "tableau-etablissements", "tableau-offres", "completude-poids"}),
    ),
    Article(
        "exporter-des-fiches",
        "Comment exporter ou imprimer des fiches ?",
        "Emporter une liste dans un tableur, imprimer une fiche.",
        "tous les utilisateurs",
        frozenset({"recherche", "mes-exports"}),
    ),
    Article(
        "gerer-les-comptes",
        "Comment gérer les comptes et les accès ?",
        "Demandes d’accès, invitations, comptes qui ne servent plus, établissements sans référent.",
        "gestionnaires régionaux, support",
        frozenset({"comptes", "compte", "compte-ouvrir", "compte-droit", "comptes-orphelins", "demandes-acces"}),
    ),
    Article(
        "creer-et-mettre-a-jour-un-lieu",
        "Comment créer et mettre à jour un lieu dans le ROR National ?",
        "Distinguer l’adresse FINESS de l’adresse pratique où l’on reçoit.",
        _STRUCTURES,
        frozenset({"fiche", "lieu", "lieu-section"}),
    ),
    Article(
        "fermer-une-offre",
        "Comment fermer une offre ?",
        "Fermeture définitive, provisoire ou prévisionnelle, et réouverture.",
        _STRUCTURES,
        frozenset({"fiche-section"}),
    ),
    Article(
        "dossier-collaboratif",
        "Comment modifier la structure avec un dossier collaboratif ?",
        "Créer, déplacer ou supprimer pôles, services et offres, puis envoyer en validation.",
        "Directeurs d’établissements, Responsable ROR",
        frozenset(
            {
                "dossier",
                "dossiers",
                "dossier-nouveau",
                "dossier-fiche",
                "dossier-envoyer",
                "dossier-relecture",
                "dossier-repercussion",
                "a-valider",
                "mes-dossiers",
                "avis",
                "avis-preferences",
            }
        ),
    ),
)

PAR_SLUG = {article.slug: article for article in ARTICLES}


def aide_de_page(request: HttpRequest) -> dict:
    """Context processor: `aide_page`, the sheets that help on this screen (S28, S29)."""
    nom = request.resolver_match.url_name if request.resolver_match else ""
    return {"aide_page": [article for article in ARTICLES if nom in article.pages]}


def archive(portail: Portail) -> io.BytesIO:
    """Returns a ZIP of every sheet, each a file that opens alone, without network, with an index (S8)."""
    tampon = io.BytesIO()
    contexte = {"region": portail.region, "racine": portail.racine, "articles": ARTICLES, "autonome": True}
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as fichier:
        fichier.writestr("index.html", render_to_string("aide/autonome_index.html", contexte))
        for article in ARTICLES:
            page = render_to_string("aide/autonome.html", {**contexte, "article": article, "texte": gabarit(article)})
            fichier.writestr(f"{article.slug}.html", page)
    tampon.seek(0)
    return tampon


def gabarit(article: Article) -> str:
    """Returns the template that holds the text of a sheet."""
    return f"aide/articles/{article.slug}.html"
