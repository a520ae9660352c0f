"""Mails to persons. None ever holds a password (S12)."""

import logging
import smtplib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string

from .contexte import region_servie
from .models import Region

journal = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Portail:
    """The regional portal a mail speaks for.

    Attributes:
        racine: scheme and host, for instance « https://www.ror-if.fr ».
        region: its texts.
    """

    racine: str
    region: Region

    @classmethod
    def de(cls, request: HttpRequest) -> "Portail":
        """Returns the portal this request was sent to."""
        return cls(racine=request.build_absolute_uri("/").rstrip("/"), region=region_servie(request))

    @classmethod
    def du_departement(cls, departement: str) -> "Portail":
        """Returns the portal of the region of a département, for a mail that no request asked for."""
        regions = sorted(Region.objects.all(), key=lambda r: (departement not in r.departements, not r.par_defaut))
        region = regions[0] if regions else Region(nom="France", nom_application="ROR")
        racine = f"https://{region.domaines[0]}" if region.domaines else settings.ADRESSE_PORTAIL.rstrip("/")
        return cls(racine=racine, region=region)


def a_chacun(personnes: Iterable[int], envoyer_a: Callable[[int], int], quoi: str) -> int:
    """Sends to each person what waits for her; what stops one mail holds back no other.

    Args:
        personnes: keys of the persons.
        envoyer_a: sends to one of them, and returns how many mails.
        quoi: what is sent, for the log.

    Returns:
        How many mails were sent.
    """
    envoyes = 0
    for personne in personnes:
        try:
            envoyes += envoyer_a(personne)
        except Exception:  # whatever stops the mail of one person must not hold back the others
            journal.exception("%s : rien d’envoyé à la personne %s", quoi, personne)
    return envoyes


def envoyer(gabarit: str, *, a: str, portail: Portail, **contexte) -> str:
    """Sends the mail `courriels/<gabarit>.txt`, whose first line is the subject.

    Args:
        gabarit: name of the template, without folder nor suffix.
        a: address of the person.
        portail: whose texts and address the mail bears.
        contexte: what the template tells.

    Returns:
        "" once the mail server has taken it, else why it has not, in French.
    """
    texte = render_to_string(
        f"courriels/{gabarit}.txt", {"portail": portail, "region": portail.region, "racine": portail.racine, **contexte}
    )
    objet, _, corps = texte.strip().partition("\n")
    reponse_a = [portail.region.support_courriel] if portail.region.support_courriel else []
    courriel = EmailMessage(objet, corps.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [a], reply_to=reponse_a)
    try:
        courriel.send()
    except (smtplib.SMTPException, OSError):
        journal.exception("courriel %s non envoyé", gabarit)
        return "Le serveur de courriels n’a pas accepté ce message."
    return ""
