"""The SQL that says, level by level, what is searched of a fiche."""

from ..niveaux import Niveau

COLONNES = (
    *("niveau", "rang", "nom", "propre", "lignee", "mots", "professionnels", "etat", "departement", "groupe"),
    *("categorie", "type_offre", "mode", "publics", "commune", "localite", "latitude", "longitude", "relue_le"),
    "sensible",
)
"""What `sql_indexer` writes; the opening hours come apart (`ouvertures`)."""

TRANCHES = (12, 18, 24, 30, 36, 42, 54)
"""Names are put in classes of length: of very many answers, those with the shortest names are read first."""

RANGS = {Niveau.EG: 0, Niveau.EJ: 1, Niveau.P: 2, Niveau.S: 3, Niveau.UF: 4, Niveau.UO: 5}
"""Which level comes first among fiches that answer as well."""

_LIGATURES = (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"), ("ß", "ss"))


def normalise(expression: str) -> str:
    """The SQL of `ror.commun.texte.normaliser`."""
    sans = expression
    for lettre, deux in _LIGATURES:
        sans = f"replace({sans}, '{lettre}', '{deux}')"
    plat = f"lower(regexp_replace(normalize({sans}, NFKD), '[\u0300-\u036f]', '', 'g'))"
    return (
        f"CASE WHEN {expression} ~ '^[A-Za-z0-9 ]*$' THEN lower({expression})"
        f" ELSE btrim(regexp_replace({plat}, '[^0-9a-z]+', ' ', 'g')) END"
    )


def _numero(expression: str) -> str:
    """A phone number as « 0183763031 », whatever its spaces, dots and « +33 », behind the mark of numbers."""
    compact = f"regexp_replace({expression}, '[^0-9+]', '', 'g')"
    national = f"regexp_replace({compact}, '^([+]33|0033)', '0')"
    return f"'@#' || CASE WHEN {expression} ~ '^0[0-9]*$' THEN {expression} ELSE {national} END"


def _autres(*colonnes: str) -> str:
    """The other names of a fiche, those that say no more than its name left out; « C.H.U. » is « CHU » too."""
    noms = [f"CASE WHEN {c} <> '' AND lower({c}) <> lower(s.nom) THEN {normalise(c)} END" for c in colonnes]
    return f"concat_ws(' ', {', '.join([*noms, _sigles('s.nom')])})"


def _sigles(expression: str) -> str:
    return f"""CASE WHEN {expression} LIKE '%%.%%' THEN {normalise(f"replace({expression}, '.', '')")} END"""


_ENTITE = {
    "etat": "s.etat",
    "localite": "coalesce(d.localite, '')",
    "commune": "coalesce(d.commune_cog, '')",
    "postal": "coalesce(d.code_postal, '')",
    "latitude": "d.latitude",
    "longitude": "d.longitude",
    "groupe": "s.groupe",
    "numeros": f"CASE WHEN d.telephone <> '' THEN ARRAY[{_numero('d.telephone')}] END",
}
_HERITE = {
    "autres": _autres("d.nom_operationnel"),
    "genre": "''",
    "categorie": "coalesce(p.categorie, '')",
    "localite": "coalesce(p.localite, '')",
    "commune": "coalesce(p.commune, '')",
    "postal": "''",
    "latitude": "p.latitude",
    "longitude": "p.longitude",
    "groupe": "coalesce(p.groupe, s.groupe)",
    "numeros": "NULL::text[]",
}
_SANS_OFFRE = {
    "type_offre": "''",
    "mode": "''",
    "publics": "'{}'::varchar[]",
    "codes": "NULL::text[]",
    "relue_le": "NULL::timestamptz",
    "sensible": "false",
}
_LIEU_DE_L_OFFRE = """
LEFT JOIN LATERAL (
    SELECT l.localite, l.commune_cog, l.code_postal, l.latitude, l.longitude
    FROM referentiel_uniteoperationnelle_lieux ul JOIN referentiel_lieu l ON l.id = ul.lieu_id
    WHERE ul.uniteoperationnelle_id = s.id ORDER BY l.latitude IS NULL, l.nom, l.id LIMIT 1
) l ON true
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT '@c' || k.id) AS codes
    FROM referentiel_uniteoperationnelle_lieux ul JOIN referentiel_equipement q ON q.lieu_id = ul.lieu_id
    JOIN referentiel_code k ON k.code = q.type_equipement
    JOIN referentiel_nomenclature n ON n.id = k.nomenclature_id AND n.identifiant = 'JDV_J18'
    WHERE ul.uniteoperationnelle_id = s.id
) q ON true
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT '@c' || cp.code_id) AS codes,
        array_agg(DISTINCT k.code) FILTER (WHERE cp.attribut = 'publics') AS publics
    FROM referentiel_codeporte cp JOIN referentiel_code k ON k.id = cp.code_id
    WHERE cp.structure_id = s.id AND cp.attribut NOT LIKE 'zones%%'
) c ON true
LEFT JOIN referentiel_code t ON t.id = d.type_offre_id
LEFT JOIN referentiel_code m ON m.id = d.mode_prise_en_charge_id
"""
_GENRES = f"""
LEFT JOIN (
    SELECT k.code, {normalise("replace(k.libelle, '.', '')")} AS libelle FROM referentiel_code k
    JOIN referentiel_nomenclature n ON n.id = k.nomenclature_id WHERE n.identifiant = 'FINESS_CATEGORIE'
) g ON g.code = d.categorie
"""

_NIVEAUX: dict[Niveau, tuple[str, str, dict[str, str]]] = {
    Niveau.EJ: (
        "referentiel_entitejuridique",
        "",
        {**_ENTITE, "autres": _autres("d.raison_sociale", "d.nom_court"), "genre": "''", "categorie": "''"},
    ),
    Niveau.EG: (
        "referentiel_entitegeographique",
        _GENRES,
        {
            **_ENTITE,
            "autres": _autres("d.raison_sociale", "d.nom_court", "d.nom_operationnel"),
            "genre": "coalesce(g.libelle, '')",
            "categorie": "coalesce(d.categorie, '')",
        },
    ),
    **dict.fromkeys((Niveau.P, Niveau.S, Niveau.UF), ("referentiel_organisationinterne", "", _HERITE)),
    Niveau.UO: (
        "referentiel_uniteoperationnelle",
        _LIEU_DE_L_OFFRE,
        {
            **_HERITE,
            "autres": _autres(),
            "genre": f"""coalesce({normalise("replace(t.libelle, '.', '')")}, '')""",
            "localite": "coalesce(nullif(l.localite, ''), p.localite, '')",
            "commune": "coalesce(nullif(l.commune_cog, ''), p.commune, '')",
            "postal": "coalesce(l.code_postal, '')",
            "latitude": "CASE WHEN l.latitude IS NULL THEN p.latitude ELSE l.latitude END",
            "longitude": "CASE WHEN l.latitude IS NULL THEN p.longitude ELSE l.longitude END",
            "type_offre": "coalesce(t.code, '')",
            "mode": "coalesce(m.code, '')",
            "publics": "coalesce(c.publics, '{}'::varchar[])",
            "codes": "coalesce(c.codes, '{}') || coalesce(q.codes, '{}')",
            "relue_le": "d.relue_le",
            "sensible": "coalesce(d.unite_sensible, false)",
        },
    ),
}

_CONTACTS = f"""
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT {_numero("e.adresse")}) AS numeros
    FROM referentiel_contact k JOIN referentiel_telecom e ON e.contact_id = k.id
    WHERE k.structure_id = s.id AND k.confidentialite = ANY(%(lisibles)s)
        AND e.confidentialite = ANY(%(lisibles)s) AND e.canal = ANY(%(telephones)s)
) e ON true
LEFT JOIN LATERAL (
    SELECT string_agg(({normalise("k.nom")}) || ' ' || coalesce(f.libelle_recherche, ''), ' ') AS noms
    FROM referentiel_contact k LEFT JOIN referentiel_code f ON f.id = k.fonction_id
    WHERE k.structure_id = s.id AND k.confidentialite = ANY(%(lisibles)s)
) k ON true
"""


def sql_indexer(niveau: Niveau) -> str:
    """The statement that writes the rows of the fiches %(pks)s of one level, those above them being written already.

    A row that says the same already is left alone: the number of rows written is that of the rows that differed.
    """
    table, jointures, propres = _NIVEAUX[niveau]
    source = {**_SANS_OFFRE, **propres}
    noms = ", ".join(f"{expression} AS {nom}" for nom, expression in source.items() if nom != "etat")
    autres = ", ".join(f"{c} = EXCLUDED.{c}" for c in COLONNES)
    anciennes, nouvelles = (", ".join(f"{t}.{c}" for c in COLONNES) for t in ("r", "EXCLUDED"))
    return f"""
INSERT INTO referentiel_ficherecherche AS r (structure_id, {", ".join(COLONNES)})
SELECT f.id, '{niveau.value}', {RANGS[niveau]}, f.nom, f.propre, f.lignee,
    setweight(to_tsvector('simple', f.nom), 'A') || setweight(to_tsvector('simple', f.autres), 'B')
        || setweight(to_tsvector('simple', f.genre || ' ' || f.place), 'C')
        || setweight(to_tsvector('simple', f.lignee || ' ' || f.territoire), 'D')
        || array_to_tsvector(array_remove(ARRAY['@n{niveau.value}',
            '@o{niveau.value}' || width_bucket(length(f.nom), %(tranches)s::int[]),
            '@e' || f.etat, '@d' || nullif(f.departement, ''),
            '@g' || nullif(f.groupe, ''), '@k' || nullif(f.categorie, ''), '@t' || nullif(f.type_offre, ''),
            '@m' || nullif(f.mode, ''), '@l' || nullif(f.commune, '')], NULL)
            || (SELECT coalesce(array_agg('@p' || x), '{{}}') FROM unnest(f.publics) x) || coalesce(f.codes, '{{}}')
            || coalesce(f.numeros, '{{}}') || coalesce(f.joignables, '{{}}')),
    CASE WHEN f.contacts IS NOT NULL THEN setweight(to_tsvector('simple', f.contacts), 'A')
        || setweight(to_tsvector('simple', f.nom || ' ' || f.place), 'D') END,
    f.etat, f.departement, f.groupe, f.categorie, f.type_offre, f.mode, f.publics, f.commune, f.localite,
    f.latitude, f.longitude, f.relue_le, f.sensible
FROM (
    SELECT x.*, concat_ws(' ', x.nom, nullif(x.autres, ''), nullif(x.genre, ''), nullif(x.place, '')) AS propre
    FROM (
        SELECT s.id, s.nom_recherche AS nom, s.etat, s.departement, {noms}, k.noms AS contacts, e.numeros AS joignables,
            concat_ws(' ', p.propre, nullif(p.lignee, '')) AS lignee,
            concat_ws(' ', {normalise(source["localite"])}, nullif({source["postal"]}, '')) AS place,
            concat_ws(' ', lower(s.departement), dep.nom) AS territoire
        FROM referentiel_structure s
        LEFT JOIN referentiel_ficherecherche p ON p.structure_id = s.parent_id
        LEFT JOIN {table} d ON d.structure_id = s.id
        LEFT JOIN unnest(%(departements)s::text[], %(noms)s::text[]) AS dep(code, nom) ON dep.code = s.departement
        {jointures} {_CONTACTS}
        WHERE s.niveau = '{niveau.value}' AND s.id = ANY(%(pks)s)
    ) x
) f
ON CONFLICT (structure_id) DO UPDATE SET {autres} WHERE ({anciennes}) IS DISTINCT FROM ({nouvelles})
"""
