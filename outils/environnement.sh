#!/bin/sh
# Makes .venv and installs the locked dependencies in it: sh outils/environnement.sh prod|dev
# The installed lock is kept in .venv: nothing is installed again while it has not changed.
set -eu
cd "$(dirname "$0")/.."
verrou="requirements/$1.txt"
installe=".venv/installe-$1.txt"

if cmp -s "$verrou" "$installe" && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    for candidat in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if "$candidat" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidat
            break
        fi
    done
    if [ -z "${python:-}" ]; then
        echo "Python 3.11 ou plus récent est nécessaire : installez-le, ou indiquez-le par PYTHON=/chemin/de/python make run." >&2
        exit 1
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "Le module venv de Python manque : installez-le (sous Debian ou Ubuntu : apt-get install python3-venv)." >&2
        exit 1
    fi
    "$python" -m venv --clear .venv
fi

echo "Installation des dépendances ($verrou)…"
rm -f "$installe"
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$verrou"; then
    echo "Les dépendances n’ont pas pu être installées : vérifiez l’accès au dépôt de paquets Python, puis relancez." >&2
    exit 1
fi
cp "$verrou" "$installe"
