"""Where a request comes from, and where a person may be sent back to."""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def adresse_ip(request: HttpRequest) -> str:
    """Returns the address of the browser: the one told by the outermost trusted proxy (`MANDATAIRES` of them)."""
    if settings.MANDATAIRES:
        chaine = [a.strip() for a in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if a.strip()]
        if len(chaine) >= settings.MANDATAIRES:
            return chaine[-settings.MANDATAIRES]
    return request.META.get("REMOTE_ADDR", "")


def retour_sur(request: HttpRequest, defaut: str) -> str:
    """Returns the `next` address of the request if it stays on this portal, else the address of `defaut`."""
    suite = request.POST.get("next") or request.GET.get("next") or ""
    interne = url_has_allowed_host_and_scheme(
        suite, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return suite if interne and suite.startswith(("/", "http://", "https://")) else resolve_url(defaut)


def retour_demande(request: HttpRequest) -> str:
    """Returns the path on this portal that `?retour=` asks to go back to after an act; empty when there is none."""
    suite = request.GET.get("retour", "")
    return suite if suite.startswith("/") and url_has_allowed_host_and_scheme(suite, allowed_hosts=None) else ""


def decouper(adresse: str) -> SplitResult:
    """Returns the parts of an address, all empty when it is none."""
    try:
        return urlsplit(adresse)
    except ValueError:
        return SplitResult("", "", "", "", "")


def depuis_sa_page(request: HttpRequest) -> bool:
    """Tells whether HTMX sends a form from the page whose address it has: no other page waits for the answer."""
    return decouper(request.headers.get("HX-Current-URL", "")).path == request.path


def page_d_origine(request: HttpRequest) -> str:
    """Returns the address on this portal of the page whose form was sent; empty when nothing tells it."""
    origine = decouper(request.headers.get("Referer", ""))
    if not origine.path or origine.netloc != request.get_host():
        return ""
    return origine._replace(scheme="", netloc="", fragment="").geturl()
