# `make demo` and `make test` do all set-up on a machine with only python3 (with venv) and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One goal at a time: demo and test would install into the same .venv.
.NOTPARALLEL:
.PHONY: help demo test lint types check docs format clean

help: ## say what each command does
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "  %-12s %s\n", $$1, $$2 }'

# --resume: an interrupted demo goes on where it stopped, and a finished one only shows what came out.
demo: $(VENV)/.installed-core ## judge all three results, then train, edit with and measure the autoencoder
	$(BIN)/hw3 verify
	@echo
	@if [ -f out/vae/metrics.json ]; then echo "Next the autoencoder, which was trained before: out/vae."; else \
	echo "Next an autoencoder is trained on 24,000 faces, with the divergence that was just proved. That takes 10 to 15"; \
	echo "minutes on two idle cores; Ctrl-C stops it, and the next make demo goes on from there. The pictures will be in"; \
	echo "out/vae/figures, and their paths come last."; fi
	$(BIN)/hw3 run-vae --out out/vae --resume

test: lint types check ## all that must pass: ruff, mypy, doctests, tests

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

# -rs prints what is skipped, and why. worksteal: a few tests take most of the time, and they share a file.
check: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2 --dist worksteal -rs

docs: $(VENV)/.installed-docs ## build the site, in build/site/html, from docs and from what hw3 says now
	$(BIN)/python -m docs.builder

format: $(VENV)/.installed-dev ## let ruff format and fix what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove .venv and every build product
	rm -rf $(VENV) build dist site .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find hw3 tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that an install was finished. The stamps go before an install begins; where none is left, .venv is made
# anew, for pip would take a package of which half was written for an installed one. The build tools go in first, so
# that their pins hold too (pip does not apply constraints to a build of its own).
define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hw3 needs Python 3.11 or newer: make PYTHON=...")'
@if ! ls $(VENV)/.installed-* >/dev/null 2>&1 || ! $(BIN)/python -c '' 2>/dev/null; then \
	echo "making $(VENV); the first time takes minutes"; rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); fi
@rm -f $(VENV)/.installed-*
$(PIP) hatchling editables
$(PIP) --no-build-isolation --editable '$(1)'
endef

$(VENV)/.installed-core: pyproject.toml constraints.txt
	$(call install,.)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt
	$(call install,.[dev])
	@touch $(VENV)/.installed-core $@

DEV_AND_DOCS := dev,docs# not in the call: it would take the comma for its own
$(VENV)/.installed-docs: pyproject.toml constraints.txt
	$(call install,.[$(DEV_AND_DOCS)])
	@touch $(VENV)/.installed-core $(VENV)/.installed-dev $@
