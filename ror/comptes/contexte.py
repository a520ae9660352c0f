"""Template context of every page: the region served, its version, the person's menu."""

from django.conf import settings
from django.http import HttpRequest

from ror import VERSION
from ror.comptes.models import Region


def region_servie(request: HttpRequest) -> Region:
    """Returns the region whose domain was asked for, else the default one (S2), else the national portal's texts."""
    if not hasattr(request, "region"):
        hote = request.get_host().split(":")[0].lower()
        regions = list(Region.objects.all())
        par_domaine = [r for r in regions if hote in r.domaines]
        par_defaut = [r for r in regions if r.par_defaut]
        request.region = next(iter(par_domaine + par_defaut + regions), None) or Region(
            nom="France", nom_application="ROR"
        )
    return request.region


def region_et_version(request: HttpRequest) -> dict:
    """Context processor: `region`, `version` (S10), `prefixe`."""
    return {"region": region_servie(request), "version": VERSION, "prefixe": settings.PREFIXE}
