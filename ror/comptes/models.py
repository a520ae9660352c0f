"""Persons, regions and the conditions of use. What a person may do where is in `referentiel.models.habilitation`."""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from simple_history.models import HistoricalRecords

from ror.commun.texte import normaliser


def outils_alimentes_par_defaut() -> list[str]:
    """Returns the tools that the guides name (S95)."""
    return ["Maillage", "ViaTrajectoire", "Santélien", "Santégraphie"]


class Region(models.Model):
    """The texts of one regional portal (S2, S4, S6, S7, S23–S27): data, never code."""

    code = models.CharField("code INSEE de la région", max_length=3, unique=True)
    nom = models.CharField("nom de la région", max_length=80)
    nom_application = models.CharField("nom de l’application", max_length=40)
    domaines = ArrayField(
        models.CharField(max_length=253), default=list, blank=True, verbose_name="noms de domaine servis"
    )
    departements = ArrayField(models.CharField(max_length=3), default=list, blank=True, verbose_name="départements")
    logo_url = models.CharField("adresse du logo", max_length=200, blank=True)
    validateur = models.CharField("validateur final", max_length=80)
    support_telephone = models.CharField("téléphone du support", max_length=20)
    support_horaires = models.CharField("jours et heures du support", max_length=120)
    support_courriel = models.EmailField("courriel du support")
    support_formulaire = models.URLField("formulaire du support", blank=True)
    pied_courriel = models.EmailField("courriel du pied de page")
    autre_porte_public = models.CharField("autre porte d’entrée : pour qui", max_length=200, blank=True)
    autre_porte_url = models.URLField("autre porte d’entrée : adresse", blank=True)
    mentions_legales = models.TextField("mentions légales", blank=True)
    outils_alimentes = ArrayField(
        models.CharField(max_length=80),
        default=outils_alimentes_par_defaut,
        blank=True,
        verbose_name="outils que le ROR alimente",
    )
    par_defaut = models.BooleanField("région servie par défaut", default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "région"
        constraints = [
            models.UniqueConstraint(
                fields=["par_defaut"], condition=models.Q(par_defaut=True), name="une_seule_region_par_defaut"
            )
        ]

    def __str__(self) -> str:
        return self.nom_application


class VersionCGUQuerySet(models.QuerySet):
    def en_vigueur(self) -> "VersionCGU | None":
        """Returns the newest version published today or before."""
        return self.filter(publiee_le__lte=timezone.localdate()).order_by("-publiee_le", "-pk").first()


class VersionCGU(models.Model):
    """One published version of the conditions of use."""

    numero = models.CharField("numéro", max_length=20, unique=True)
    texte = models.TextField("texte")
    publiee_le = models.DateField("publiée le", default=timezone.localdate)

    objects = VersionCGUQuerySet.as_manager()

    class Meta:
        verbose_name = "version des CGU"
        verbose_name_plural = "versions des CGU"
        ordering = ["-publiee_le", "-pk"]

    def __str__(self) -> str:
        return self.numero


INACTIVITE = timedelta(days=365)
"""An account nobody has signed in with for this long is listed: to wake up, or to close (B44)."""

PREAVIS_INACTIVITE = timedelta(days=30)
"""Its person is told by mail this long before."""


class UtilisateurQuerySet(models.QuerySet):
    def cherches(self, texte: str) -> "UtilisateurQuerySet":
        """The persons whose name, identifiant or mail holds every word of `texte`, accents and case aside."""
        resultat = self
        for mot in texte.split():
            nu = normaliser(mot).replace(" ", "")
            condition = Q(nom__icontains=mot) | Q(prenom__icontains=mot) | Q(courriel__icontains=mot)
            resultat = resultat.filter(condition | Q(identifiant__contains=nu) if nu else condition)
        return resultat

    def avec_activite(self) -> "UtilisateurQuerySet":
        """With `derniere_activite`: the last sign-in, or the opening of an account nobody has signed in with."""
        return self.annotate(derniere_activite=Coalesce("last_login", "cree_le"))

    def inactifs(self, duree: timedelta = INACTIVITE) -> "UtilisateurQuerySet":
        """The open accounts without activity for this long (B44)."""
        return self.avec_activite().filter(is_active=True, derniere_activite__lt=timezone.now() - duree)

    def dans_l_etat(self, etat: str) -> "UtilisateurQuerySet":
        """The accounts in a state of `ETATS_COMPTE`; all for any other word."""
        jamais = Q(is_active=True, last_login=None)
        en_attente = Invitation.objects.filter(
            utilisateur=OuterRef("pk"), utilisee_le=None, expire_le__gt=timezone.now()
        )
        if etat == "inactifs":
            return self.inactifs()
        if etat == "invites":
            return self.filter(jamais).filter(Exists(en_attente))
        if etat == "expirees":
            return self.filter(jamais).filter(~Exists(en_attente))
        conditions = {"desactives": Q(is_active=False), "actifs": Q(is_active=True), "jamais": jamais}
        return self.filter(conditions.get(etat, Q()))

    def au_courriel(self, courriel: str) -> "UtilisateurQuerySet":
        """The accounts of this mail address, case aside."""
        return self.annotate(_courriel=Lower("courriel")).filter(_courriel=courriel.strip().lower())


class UtilisateurManager(BaseUserManager.from_queryset(UtilisateurQuerySet)):
    def identifiant_libre(self, prenom: str, nom: str) -> str:
        """Returns `prénomnom` without accents, with a numeric suffix if it is taken (S15)."""
        racine = normaliser(prenom + nom).replace(" ", "")[:70] or "compte"
        pris = set(self.filter(identifiant__startswith=racine).values_list("identifiant", flat=True))
        if racine not in pris:
            return racine
        return next(f"{racine}{n}" for n in range(2, len(pris) + 3) if f"{racine}{n}" not in pris)

    def create_user(self, identifiant: str, password: str | None = None, **champs) -> "Utilisateur":
        utilisateur = self.model(identifiant=identifiant, **champs)
        utilisateur.set_password(password)
        utilisateur.save(using=self._db)
        return utilisateur

    def create_superuser(self, identifiant: str, password: str | None = None, **champs) -> "Utilisateur":
        return self.create_user(identifiant, password, is_superuser=True, doit_changer_mot_de_passe=False, **champs)


class Utilisateur(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. `identifiant` is `prénomnom` (S15); the password is never sent nor guessable."""

    identifiant = models.CharField("identifiant", max_length=80, unique=True)
    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField("nom", max_length=80)
    courriel = models.EmailField("courriel")
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    is_active = models.BooleanField("compte actif", default=True)
    doit_changer_mot_de_passe = models.BooleanField("doit choisir un nouveau mot de passe", default=True)
    generation_sessions = models.PositiveIntegerField(
        "génération des sessions", default=0, editable=False, help_text="Augmentée, elle ferme les sessions ouvertes."
    )
    cree_le = models.DateTimeField("créé le", auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["password", "last_login", "generation_sessions"])
    objects = UtilisateurManager()

    USERNAME_FIELD = "identifiant"
    EMAIL_FIELD = "courriel"
    REQUIRED_FIELDS = ["prenom", "nom", "courriel"]

    class Meta:
        verbose_name = "utilisateur"
        indexes = [models.Index(Lower("courriel"), name="utilisateur_courriel")]

    def __str__(self) -> str:
        return self.nom_complet

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}".strip()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session dies with the password or with the generation of sessions it was opened in."""
        cle = "ror.comptes.models.Utilisateur._get_session_auth_hash"
        valeur = f"{self.password}{self.generation_sessions}"
        return salted_hmac(cle, valeur, secret=secret, algorithm="sha256").hexdigest()


class AcceptationCGU(models.Model):
    """Which version a person accepted, and when (S5)."""

    utilisateur = models.ForeignKey(Utilisateur, models.CASCADE, related_name="acceptations")
    version = models.ForeignKey(VersionCGU, models.PROTECT)
    le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "acceptation des CGU"
        verbose_name_plural = "acceptations des CGU"
        constraints = [models.UniqueConstraint(fields=["utilisateur", "version"], name="une_acceptation_par_version")]

    def __str__(self) -> str:
        return f"{self.utilisateur} : CGU {self.version}"


class Invitation(models.Model):
    """A one-time link by which a new person chooses a first password (S12): only the token's hash is kept."""

    utilisateur = models.ForeignKey(Utilisateur, models.CASCADE, related_name="invitations")
    empreinte = models.CharField("empreinte SHA-256 du jeton", max_length=64, unique=True)
    envoyee_par = models.ForeignKey(Utilisateur, models.SET_NULL, null=True, related_name="+")
    envoyee_le = models.DateTimeField("envoyée le", default=timezone.now)
    expire_le = models.DateTimeField("expire le")
    utilisee_le = models.DateTimeField("utilisée le", null=True, blank=True)
    echec_envoi = models.CharField("pourquoi le courriel n’est pas parti", max_length=200, blank=True)

    class Meta:
        verbose_name = "invitation"
        ordering = ["-envoyee_le", "-pk"]

    def __str__(self) -> str:
        return f"Invitation de {self.utilisateur}"


class AvisInactivite(models.Model):
    """What was mailed to a person whose account nobody uses: announced once for each silence, then by hand (B44)."""

    class Genre(models.TextChoices):
        PREAVIS = "preavis", "Préavis"
        RELANCE = "relance", "Relance"

    utilisateur = models.ForeignKey(Utilisateur, models.CASCADE, related_name="avis_inactivite")
    genre = models.CharField(max_length=8, choices=Genre.choices)
    activite = models.DateTimeField("dernière activité du compte à ce moment")
    envoye_le = models.DateTimeField("envoyé le", default=timezone.now)
    envoye_par = models.ForeignKey(Utilisateur, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "avis d’inactivité"
        verbose_name_plural = "avis d’inactivité"
        ordering = ["-envoye_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["utilisateur", "activite"], condition=Q(genre="preavis"), name="un_preavis_par_silence"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_genre_display()} de {self.utilisateur}"
