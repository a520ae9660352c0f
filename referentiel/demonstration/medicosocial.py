"""Association Les Horizons: EHPAD TEST, and the IME des Trois Chênes for the handicap route."""

from . import numeros
from .modele import Noeud, contact, uo

_MSS_EHPAD = {"adresse": "admissions@ehpad-test.mssante.fr", "usage": "Dossiers d’admission", "confidentialite": "2"}
_MELUN_VAL_DE_SEINE = (
    "77038 77039 77040 77152 77252 77253 77255 77269 77285 77288 77306 77378 77389 77394 77407 77410 77447 77487"
)
_ADMISSIONS = contact("Admissions", None, "03", ("2", "0199002715"), ("3", "admissions@ehpad-test.example"))


def _socle(debut: str, montant: str, habitation: str, moins_60_ans: bool) -> dict:
    return {
        "type_tarif": "02",
        "montant": montant,
        "unite_prix": "2",
        "date_debut": debut,
        "type_habitation": habitation,
        "temporalite_accueil": "02",
        "moins_60_ans": moins_60_ans,
        "condition_tarifaire": "01",
        "prestations_incluses": ["01", "08"],
    }


def _dependance(debut: str, montant: str, groupe: str) -> dict:
    return {
        "type_tarif": "03",
        "montant": montant,
        "unite_prix": "2",
        "date_debut": debut,
        "groupe_dependance": groupe,
        "temporalite_accueil": "02",
    }


EHPAD = Noeud(
    "EG",
    "EHPAD TEST",
    numero_finess=numeros.EG_EHPAD,
    groupe="MSS",
    valeurs={
        "raison_sociale": "EHPAD TEST",
        "siret": numeros.siret(1, 2),
        "categorie": "500",
        "mode_tarif": "45",
        "telephone": "0199002700",
        "date_ouverture": "1998-03-02",
        "numero_voie": "4",
        "type_voie": "ALL",
        "libelle_voie": "DES GLYCINES",
        **numeros.VILLE,
        "nom_operationnel": "Les Glycines",
        "accessibilite": "5",
        "hebergement_famille": False,
        "aides_financieres": ["01", "02"],
        "places_aide_sociale_permanente": 12,
        "informations_complementaires": "Jardin clos accessible aux résidents. Visites libres de 11 h à 20 h.",
    },
    tables={
        "tarifs": (
            _socle("2026-01-01", "68.40", "02", False),
            _socle("2026-01-01", "84.10", "02", True),
            _dependance("2026-01-01", "21.35", "01"),
            _dependance("2026-01-01", "13.55", "02"),
            _dependance("2026-01-01", "5.75", "03"),
            {"type_tarif": "04", "montant": "18.00", "unite_prix": "4", "prestation": "10"},
        )
    },
    contacts=(
        contact("Accueil", None, "01", ("2", "0199002700"), ("3", "accueil@ehpad-test.example")),
        contact("Alix Modèle", "01", "10", ("2", "0199002701"), ("1", "0699002701", "3"), niveau="2"),
    ),
    lieux={
        "Site des Glycines": {
            "fonction": "003",
            "numero_voie": "4",
            "type_voie": "allée",
            "libelle_voie": "des Glycines",
            "acces": "Bus 7, arrêt Glycines. Deux places PMR devant l’entrée.",
            "latitude": 48.6005,
            "longitude": 2.9012,
        },
        "Maison du Parc": {
            "description": "Rez-de-jardin du bâtiment B",
            "numero_voie": "6",
            "type_voie": "allée",
            "libelle_voie": "des Glycines",
            "latitude": 48.6007,
            "longitude": 2.9020,
        },
    },
    enfants=(
        uo(
            "Unité d’hébergement pour personnes âgées dépendantes",
            "21",
            "511 170 306",
            "46",
            "continu",
            groupe="MSS",
            actes="0758 0665 0362",
            publics="01",
            modalites="03",
            temporalite_accueil="02",
            ouverture_annuelle="03",
            age_min=60,
            tables={"boites_mss": (_MSS_EHPAD,)},
            conditions_admission="Dossier unique de demande d’admission ; commission chaque mardi.",
            conditions_accueil="Animaux acceptés après accord. Chambres individuelles avec salle d’eau.",
            contacts=(
                _ADMISSIONS,
                contact("Cadre de santé", "03", "05", ("2", "0199002718"), niveau="2"),
                contact("Astreinte de direction", None, "14", ("8", "0199002799"), niveau="3"),
            ),
            lieux=("Site des Glycines",),
            relue=416,
        ),
        uo(
            "Unité d’accueil de jour pour personnes âgées",
            "21",
            "306 312",
            "47",
            "saisons",
            groupe="MSS",
            publics="01",
            modalites="01 03",
            temporalite_accueil="01",
            ouverture_annuelle="04",
            age_min=60,
            age_max=110,
            conditions_accueil="Transport possible dans un rayon de 15 km. Repas de midi compris.",
            contacts=(_ADMISSIONS,),
            lieux=("Maison du Parc",),
            relue=351,
        ),
        uo(
            "Unité d’hébergement temporaire pour personnes âgées",
            "21",
            "511",
            "46",
            "continu",
            groupe="MSS",
            publics="01",
            temporalite_accueil="01",
            ouverture_annuelle="03",
            age_min=60,
            contacts=(_ADMISSIONS,),
            lieux=("Site des Glycines",),
            relue=None,
        ),
        uo(
            "Service de soins infirmiers à domicile",
            "28",
            "287 288",
            "49",
            "journee",
            groupe="MSS",
            publics="01 02",
            modalites="05",
            age_min=60,
            zones_communes=_MELUN_VAL_DE_SEINE,
            professions_ressources="TRE_G15|60 TRE_G15|35 TRE_R356|20",
            conditions_admission="Prescription médicale ; intervention sept jours sur sept.",
            tables={"boites_mss": ({**_MSS_EHPAD, "adresse": "ssiad@ehpad-test.mssante.fr", "usage": "Soins"},)},
            contacts=(contact("Infirmière coordonnatrice", "08", "05", ("2", "0199002730"), niveau="1"),),
            relue=60,
        ),
        uo(
            "Pôle d’activités et de soins adaptés (PASA)",
            "25",
            "306 292",
            "47",
            "journee",
            groupe="MSS",
            publics="01",
            modalites="20",
            temporalite_accueil="02",
            age_min=60,
            contacts=(contact("Infirmier coordonnateur", "08", "05", ("2", "0199002720"), niveau="2"),),
            lieux=("Maison du Parc",),
            relue=120,
        ),
    ),
)

_SECRETARIAT_IME = contact("Secrétariat", "05", "07", ("2", "0199003300"), ("3", "ime@trois-chenes.example"))

IME = Noeud(
    "EG",
    "IME des Trois Chênes",
    numero_finess=numeros.EG_IME,
    groupe="MSS",
    valeurs={
        "raison_sociale": "IME DES TROIS CHENES",
        "siret": numeros.siret(1, 3),
        "categorie": "183",
        "telephone": "0199003300",
        "date_ouverture": "1976-09-06",
        "numero_voie": "27",
        "type_voie": "RTE",
        "libelle_voie": "DE LA FORET",
        **numeros.VILLE,
    },
    contacts=(_SECRETARIAT_IME, contact("Chef de service éducatif", "20", None, ("2", "0199003304"), niveau="2")),
    lieux={
        "Site des Trois Chênes": {
            "numero_voie": "27",
            "type_voie": "route",
            "libelle_voie": "de la Forêt",
            "latitude": 48.6122,
            "longitude": 2.8850,
        }
    },
    enfants=(
        uo(
            "Unité d’accueil de jour enfants",
            "48",
            "403 553",
            "47",
            "journee",
            groupe="MSS",
            publics="02",
            modalites="03",
            ouverture_annuelle="01",
            age_min=6,
            age_max=14,
            contacts=(_SECRETARIAT_IME,),
            lieux=("Site des Trois Chênes",),
            relue=200,
        ),
        uo(
            "Unité d’internat de semaine",
            "48",
            "511 403 553",
            "46",
            "alternee",
            groupe="MSS",
            publics="02",
            ouverture_annuelle="01",
            age_min=12,
            age_max=20,
            conditions_admission="Notification de la CDAPH.",
            lieux=("Site des Trois Chênes",),
            relue=400,
        ),
        uo(
            "Service d’éducation spécialisée et de soins à domicile",
            "57",
            "403 553",
            "49",
            "journee",
            groupe="MSS",
            publics="02",
            modalites="05 19",
            age_min=3,
            age_max=20,
            contacts=(_SECRETARIAT_IME,),
            relue=30,
        ),
    ),
)

ASSOCIATION = Noeud(
    "EJ",
    "Association Les Horizons",
    numero_finess=numeros.EJ_HORIZONS,
    valeurs={
        "raison_sociale": "ASSOCIATION LES HORIZONS",
        "siren": numeros.siren(1),
        "statut_juridique": "60",
        "telephone": "0199002600",
        "date_creation": "1972-05-15",
        "numero_voie": "1",
        "type_voie": "PL",
        "libelle_voie": "DU MARCHE",
        **numeros.VILLE,
    },
    enfants=(EHPAD, IME),
)
