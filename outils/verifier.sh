#!/bin/sh
# The whole check, each step under its heading, all run even after a failure: sh outils/verifier.sh [lint]
# With « lint », only the steps that need no database.
set -u
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export PATH
echecs=""

etape() {
    titre=$1
    shift
    printf '\n=== %s ===\n' "$titre"
    "$@" || echecs="$echecs
  - $titre"
}

gabarits() {
    find . -path ./.venv -prune -o -path '*/templates/*' -name '*.html' -print0 |
        xargs -0 -r djade --target-version 5.2 --check
}

etape "Style (ruff check)" ruff check .
etape "Mise en forme (ruff format)" ruff format --check .
etape "Gabarits (djade)" gabarits
etape "Contrats d’import (lint-imports)" lint-imports
etape "Types (mypy)" mypy
if [ "${1:-}" != lint ]; then
    etape "Migrations à jour (makemigrations --check)" python manage.py makemigrations --check --dry-run
    # worksteal: a process that has finished takes what waits for the other, so that none ends alone.
    etape "Tests (pytest)" python -m pytest -n "${PROCESSUS_TESTS:-2}" --dist worksteal --cov --cov-report=term:skip-covered
fi

if [ -n "$echecs" ]; then
    printf '\nÉchec de :%s\n' "$echecs"
    exit 1
fi
printf '\nTout est vérifié.\n'
