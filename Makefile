.DEFAULT_GOAL := aide
.PHONY: aide run test lint bench exigences

aide: ## Liste les commandes
	@sed -n 's/^\([a-z]*\): ## /\1\t/p' Makefile | awk -F'\t' '{ printf "make %-10s %s\n", $$1, $$2 }'

run: ## Lance le portail sur cette machine (variables PORT, HOTE, DATABASE_URL, BROKER_URL, ROR_ETAT)
	@sh outils/environnement.sh prod
	@exec .venv/bin/python -m ror.commun.lancement

test: ## Vérifie tout : style, contrats, types, migrations, tests et couverture
	@sh outils/environnement.sh dev
	@.venv/bin/python -m outils.navigateur
	@sh outils/verifier.sh

lint: ## Vérifie le style, les contrats d’import et les types
	@sh outils/environnement.sh dev
	@sh outils/verifier.sh lint

bench: ## Mesure les budgets de performance (ARCHITECTURE §9)
	@sh outils/environnement.sh dev
	@exec .venv/bin/python -m bancs

exigences: ## Dit, pour chaque exigence, quels tests la prouvent
	@sh outils/environnement.sh dev
	@.venv/bin/python -m outils.exigences
