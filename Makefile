# make demo : une campagne de chaque programme, de bout en bout. make test : tous les essais. Le reste : make aide.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Rebuilt when what it is made of changes, and only then.
TEMOIN := $(VENV)/.installe

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := aide
.PHONY: aide install demo serve test check format bench clean

aide:  ## montre cette aide
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 12

$(TEMOIN): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.11, 3.12 ou 3.13 est nécessaire : make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

install: $(TEMOIN)  ## crée .venv avec les versions exactes de constraints.txt

demo: $(TEMOIN)  ## joue une campagne de chaque programme, de bout en bout
	$(BIN)/python -m flows.demonstration

serve: $(TEMOIN)  ## fait tourner la plateforme (Prefect, flux, courriels)
	$(BIN)/ami serve

test: $(TEMOIN)  ## tous les essais : SQLite, PostgreSQL, SMTP et Prefect réels
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(TEMOIN)  ## forme, règles, types, étages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(TEMOIN)  ## met le code en forme
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(TEMOIN)  ## démonstration (médiane de trois), imports, répartition et sélection à leur taille
	$(BIN)/python -m benchmarks.demo
	$(BIN)/python -m benchmarks.imports
	$(BIN)/python -m benchmarks.affectation
	$(BIN)/python -m benchmarks.selection

clean:  ## efface l'environnement et les caches, jamais les données
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
