"""What the tests of accounts share."""

import re

from django.core import mail
from django.test import Client

from tests.fabriques import UtilisateurFactory
from tests.fabriques.comptes import MOT_DE_PASSE

NOUVEAU = "Girafe-Lampadaire-17"


def texte(reponse_ou_html) -> str:
    """Returns the visible text of an answer or of HTML: no tag, plain spaces, so that typography does not matter."""
    html = reponse_ou_html if isinstance(reponse_ou_html, str) else reponse_ou_html.content.decode()
    html = re.sub(r"<(script|style|template)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").replace("\u202f", " ").split())


def client_de(utilisateur) -> Client:
    """Returns a client signed in."""
    client = Client()
    client.force_login(utilisateur)
    return client


def connecter(client: Client, identifiant: str, mot_de_passe: str = MOT_DE_PASSE, **suite):
    """Posts the sign-in form."""
    return client.post("/ror/connexion/", {"username": identifiant, "password": mot_de_passe, **suite})


def liens(courriel=None) -> list[str]:
    """Returns the paths of the links of a mail, the last one by default."""
    corps = (courriel or mail.outbox[-1]).body
    return re.findall(r"https?://[^/\s]+(/\S*)", corps)


def superutilisateur():
    return UtilisateurFactory(is_superuser=True)
