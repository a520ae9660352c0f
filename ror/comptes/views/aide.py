"""Practical sheets, on screen and as one archive."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..aide import ARTICLES, PAR_SLUG, archive, gabarit
from ..courriels import Portail


@require_safe
def aide(request: HttpRequest) -> HttpResponse:
    """The list of the sheets."""
    return render(request, "aide/liste.html", {"articles": ARTICLES})


@require_safe
def aide_article(request: HttpRequest, slug: str) -> HttpResponse:
    """One sheet (S28, S29)."""
    article = PAR_SLUG.get(slug)
    if article is None:
        raise Http404(f"Aucune fiche pratique « {slug} ».")
    contexte = {"article": article, "texte": gabarit(article), "racine": Portail.de(request).racine}
    return render(request, "aide/article.html", contexte)


@require_safe
def documents(request: HttpRequest) -> FileResponse:
    """« Télécharger tous les documents du ROR » (S8), open without signing in."""
    contenu = archive(Portail.de(request))
    return FileResponse(contenu, as_attachment=True, filename="documents-ror.zip", content_type="application/zip")
