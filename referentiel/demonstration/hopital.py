"""Centre hospitalier de Valmont: four pôles, services, UF, and UF directly under a pôle."""

from . import numeros
from .modele import Noeud, contact, uo

_HALL, _PLATEAU, _BLOC = "Bâtiment principal", "Plateau d’imagerie", "Bloc opératoire"


def _pole(nom: str, *enfants: Noeud, **valeurs) -> Noeud:
    return Noeud("P", nom, enfants, valeurs)


def _service(nom: str, *enfants: Noeud, contacts: tuple[dict, ...] = ()) -> Noeud:
    return Noeud("S", nom, enfants, contacts=contacts)


def _uf(numero: str, nom: str, *enfants: Noeud) -> Noeud:
    return Noeud("UF", f"UF {numero} {nom}", enfants, {"code_interne": numero})


def _rendez_vous(numero: str) -> dict:
    return contact("Prise de rendez-vous", None, "02", ("2", numero), ("4", "https://www.ch-valmont.example/rdv"))


_CHEF_CARDIOLOGIE = contact("Secrétariat de cardiologie", "05", "07", ("2", "0199004210"))
_REGULATION = contact("Ligne de la régulation", None, "13", ("8", "0199004115"), niveau="3")

MEDECINE = _pole(
    "Pôle Médecine et urgences",
    _service(
        "Service des urgences",
        _uf(
            "1101",
            "Urgences adultes",
            uo(
                "Unité d’accueil des urgences",
                "20",
                "157 159",
                "33",
                "continu",
                modalites="06",
                publics="07",
                age_min=15,
                contacts=(contact("Accueil des urgences", None, "01", ("2", "0199004100")), _REGULATION),
                lieux=(_HALL,),
            ),
            uo("Unité d’hospitalisation de courte durée", "20", "157", "13", "continu", age_min=15, lieux=(_HALL,)),
        ),
        _uf(
            "1102",
            "SMUR",
            uo("Unité SMUR", "247", "136 268", "59", "continu", age_min=0, contacts=(_REGULATION,), relue=20),
        ),
        contacts=(contact("Cadre des urgences", "03", "05", ("2", "0199004108"), niveau="2"),),
    ),
    _service(
        "Service de cardiologie",
        _uf(
            "2101",
            "Cardiologie",
            uo(
                "Unité de consultation de cardiologie",
                "149",
                "013",
                "32",
                "consultations",
                actes="0172 0833",
                modalites="03 04",
                contacts=(_rendez_vous("0199004212"), _CHEF_CARDIOLOGIE),
                lieux=(_HALL,),
                relue=344,
            ),
            uo("Unité de soins intensifs cardiologiques", "262", "354", "28", "continu", contacts=(_CHEF_CARDIOLOGIE,)),
            uo("Unité de rythmologie", "149", "132 133", "28", "continu", actes="0001 0250", fermee=60, relue=180),
            uo("Unité d’hospitalisation en cardiologie", "149", "013 014", "28", "continu", relue=210),
        ),
        _uf(
            "2104",
            "Explorations fonctionnelles",
            uo("Unité d’épreuve d’effort", "149", "013", "20", "consultations", actes="0199", relue=400),
            uo("Unité d’échocardiographie", "149", "013", "20", "consultations", actes="0177 0176"),
            uo("Unité de Holter", "149", "013", "20", "journee", actes="0833"),
        ),
        contacts=(_CHEF_CARDIOLOGIE,),
    ),
    _service(
        "Service de diabétologie",
        _uf(
            "2301",
            "Diabétologie",
            uo(
                "Unité de consultation de diabétologie",
                "167",
                "039",
                "32",
                "consultations",
                actes="1417 1425",
                contacts=(_rendez_vous("0199004230"),),
            ),
            uo("Hôpital de jour de diabétologie", "167", "039", "29", "journee", actes="1417"),
        ),
    ),
    _uf(
        "1201",
        "Médecine polyvalente",
        uo("Unité de médecine polyvalente", "238", "083 076", "28", "continu", relue=None),
        uo("Unité d’exploration du sommeil", "163", "451 480", "30", "nuit", actes="0483"),
    ),
    informations_complementaires="Réunion de pôle le premier jeudi du mois.",
)

FEMME_ENFANT = _pole(
    "Pôle Femme, mère, enfant",
    _service(
        "Service de maternité",
        _uf(
            "4101",
            "Maternité",
            uo(
                "Unité de maternité",
                "290",
                "100",
                "28",
                "continu",
                age_min=15,
                niveaux_expertise="02",
                professions_ressources="TRE_G15|50",
                lieux=(_HALL,),
                relue=95,
            ),
            uo(
                "Unité de consultation de gynécologie",
                "157",
                "053 022",
                "32",
                "consultations",
                age_min=12,
                contacts=(_rendez_vous("0199004310"),),
            ),
        ),
    ),
    _service(
        "Service de pédiatrie",
        _uf(
            "4201",
            "Pédiatrie",
            uo("Unité d’hospitalisation de pédiatrie", "162", "088", "28", "continu", age_min=0, age_max=17),
            uo("Unité d’urgences pédiatriques", "20", "249", "33", "continu", age_min=0, age_max=15, modalites="06"),
        ),
        _uf(
            "4202",
            "Néonatalogie",
            uo(
                "Unité de néonatalogie",
                "289",
                "094",
                "28",
                "continu",
                age_min=0,
                age_min_unite="d",
                age_max=28,
                age_max_unite="d",
            ),
        ),
    ),
)

GERIATRIE = _pole(
    "Pôle Gériatrie",
    _service(
        "Service de gériatrie",
        _uf(
            "3101",
            "Court séjour gériatrique",
            uo(
                "Unité de court séjour gériatrique",
                "156",
                "491",
                "28",
                "continu",
                age_min=70,
                modalites="13",
                relue=337,
            ),
            uo("Unité de consultation mémoire", "156", "597", "32", "consultations", age_min=60, publics="01"),
        ),
        _uf(
            "3105",
            "Hôpital de jour gériatrique",
            uo("Hôpital de jour gériatrique", "156", "050", "29", "journee", age_min=70, modalites="13"),
        ),
    ),
    _service(
        "Service de suite et de longue durée",
        _uf(
            "3201",
            "Soins de longue durée",
            uo("Unité de soins de longue durée", "249", "333", "28", "continu", groupe="SLD", age_min=60, relue=380),
        ),
        _uf(
            "3202",
            "Réadaptation gériatrique",
            uo("Unité de réadaptation gériatrique", "101", "241", "28", "continu", groupe="SSR", age_min=60),
        ),
    ),
)

BLOC_IMAGERIE = _pole(
    "Pôle Bloc et imagerie",
    _service(
        "Service de bloc opératoire",
        _uf(
            "5101",
            "Chirurgie",
            uo("Unité de chirurgie viscérale ambulatoire", "153", "033", "09", "journee", age_min=3, lieux=(_BLOC,)),
            uo("Unité de chirurgie orthopédique", "150", "025", "28", "continu", age_min=3, lieux=(_BLOC,)),
        ),
    ),
    _service(
        "Service d’imagerie",
        _uf(
            "5201",
            "Imagerie",
            uo("Unité d’IRM", "164", "068", "55", "imagerie", actes="0711 1135", age_min=0, lieux=(_PLATEAU,)),
            uo("Unité de scanner", "164", "070", "55", "imagerie", actes="1138", age_min=0, lieux=(_PLATEAU,)),
            uo("Unité de radiologie conventionnelle", "164", "069", "55", "imagerie", age_min=0, lieux=(_PLATEAU,)),
        ),
    ),
)

_ADRESSE = {"numero_voie": "12", "type_voie": "rue", "libelle_voie": "des Tilleuls"}
_POSITION = {"latitude": 48.5991, "longitude": 2.8944}

ETABLISSEMENT = Noeud(
    "EG",
    "CH de Valmont",
    (MEDECINE, FEMME_ENFANT, GERIATRIE, BLOC_IMAGERIE),
    numero_finess=numeros.EG_HOPITAL,
    groupe="MCO",
    valeurs={
        "raison_sociale": "CENTRE HOSPITALIER DE VALMONT",
        "nom_court": "CH VALMONT",
        "siret": numeros.siret(10),
        "categorie": "355",
        "mode_tarif": "03",
        "participation_sph": ["1"],
        "telephone": "0199004100",
        "date_ouverture": "1962-10-01",
        "numero_voie": "12",
        "type_voie": "R",
        "libelle_voie": "DES TILLEULS",
        **numeros.VILLE,
        "accessibilite": "1",
        "hebergement_famille": True,
        "niveau_orsan": "4",
        "zone_poser": True,
        "informations_complementaires": "Gare de Valmont à 600 m ; stationnement PMR devant le hall.",
    },
    contacts=(
        contact("Standard", None, "06", ("2", "0199004100"), ("3", "accueil@ch-valmont.example")),
        contact("Camille Démo", "12", None, ("3", "camille.demo@ch-valmont.example"), niveau="2"),
        contact("Cellule de crise", None, "08", ("8", "0199004199"), niveau="3"),
    ),
    lieux={
        _HALL: {**_ADRESSE, **_POSITION, "fonction": "001", "acces": "Entrée par le hall, rue des Tilleuls."},
        _PLATEAU: {**_ADRESSE, **_POSITION, "fonction": "010", "description": "Niveau -1"},
        _BLOC: {**_ADRESSE, **_POSITION, "fonction": "006", "description": "2e étage"},
    },
)

HOPITAL = Noeud(
    "EJ",
    "Centre hospitalier de Valmont",
    (ETABLISSEMENT,),
    numero_finess=numeros.EJ_HOPITAL,
    valeurs={
        "raison_sociale": "CENTRE HOSPITALIER DE VALMONT",
        "siren": numeros.siren(10),
        "statut_juridique": "13",
        "telephone": "0199004100",
        "date_creation": "1962-10-01",
        "numero_voie": "12",
        "type_voie": "R",
        "libelle_voie": "DES TILLEULS",
        **numeros.VILLE,
    },
)
