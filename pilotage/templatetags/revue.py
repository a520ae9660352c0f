"""What the pages of other apps show of the yearly review."""

from django import template

from ..models import PreferenceRelecture

register = template.Library()


@register.inclusion_tag("pilotage/_rappels.html", takes_context=True)
def rappels_relecture(context: template.Context) -> dict:
    """`{% load revue %}{% rappels_relecture %}`: how this person is reminded, on « Mon compte »."""
    preference = PreferenceRelecture.objects.filter(utilisateur=context["user"]).first()
    return {
        "hebdomadaire": bool(preference and preference.hebdomadaire),
        "csrf_token": context.get("csrf_token"),
    }
