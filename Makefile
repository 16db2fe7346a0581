# Commands of the project; `make` alone lists them. STACK=dev means the stack of that name, local is the default.
STACK ?= local
FORMAT ?= table

OLD := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$each -c '$(OLD)' 2>/dev/null && { echo $$each; break; }; done)
VENV = '$(PYTHON)' -c '$(OLD)' 2>/dev/null || { echo "Python 3.11 or newer is needed, but\
 $(or $(PYTHON),python3) here is $$($(or $(PYTHON),python3) -V 2>&1 || true)." >&2; \
	echo 'Install one, or name one: make $@ PYTHON=/path/to/python3.12' >&2; exit 1; }; \
	'$(PYTHON)' -m local.venv
# the user of a query: not the one of the shell, which make would take from the environment
AS = $(if $(filter command,$(origin USER)),--user '$(USER)')

ifeq ($(STACK),local)
RUN = test -f .local/env || { echo 'There is no local stack: type `make up`.' >&2; exit 1; }; . ./.local/env &&
else
RUN = PATH='$(CURDIR)/.venv/bin':"$$PATH" PULUMI_STACK='$(STACK)'
endif

.PHONY: help up down start status preview seed query test check
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST)

up: ## everything, from nothing to the federated answer
	@$(VENV)
ifeq ($(STACK),local)
	@.venv/bin/python -m local up
else
	@$(RUN) pulumi up
endif

down: ## destroy the stack; FORCE=1 when Pulumi cannot
	@$(VENV)
ifeq ($(STACK),local)
	@.venv/bin/python -m local down $(if $(FORCE),--force)
else
	@$(RUN) pulumi destroy
endif

start: ## the local servers again, after a reboot
	@$(VENV)
	@.venv/bin/python -m local start

status: ## the local servers and what runs
	@$(VENV)
	@.venv/bin/python -m local status

preview: ## what `make up` would change
	@$(VENV)
	@$(RUN) pulumi preview --diff

seed: ## roles, tables and sample data of every domain
	@$(VENV)
	@$(RUN) .venv/bin/python -m seed

query: ## the federated answer; FORMAT=csv, USER=ada
	@$(VENV)
	@$(RUN) .venv/bin/python -m examples.query --format '$(FORMAT)' $(AS)

test: ## every test
	@$(VENV) --dev
	@.venv/bin/python -m local prepare
	@.venv/bin/python -m pytest

check: ## style and types
	@$(VENV) --dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/pyright
