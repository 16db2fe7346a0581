# Commands of the project; `make` alone lists them. STACK=dev means the stack of that name, local is the default.
STACK ?= local
FORMAT ?= table
SCALE ?= 0
MINUTES ?= 60

OLD := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$each -c '$(OLD)' 2>/dev/null && { echo $$each; break; }; done)
VENV = '$(PYTHON)' -c '$(OLD)' 2>/dev/null || { echo "Python 3.11 or newer is needed, but\
 $(or $(PYTHON),python3) here is $$($(or $(PYTHON),python3) -V 2>&1 || true)." >&2; \
	echo 'Install one, or name one: make $@ PYTHON=/path/to/python3.12' >&2; exit 1; }; \
	'$(PYTHON)' -m local.prepare.venv
# the user of a query: not the one of the shell, which make would take from the environment
AS = $(if $(filter command,$(origin USER)),--user '$(USER)')

ifeq ($(STACK),local)
RUN = test -f .local/env || { echo 'There is no local stack: type `make up`.' >&2; exit 1; }; . ./.local/env &&
else
RUN = PATH='$(CURDIR)/.venv/bin':"$$PATH" PULUMI_STACK='$(STACK)'
endif

.PHONY: help venv up down start status preview seed contracts query password authority audit cost allow-my-ip notebook ports footprint images test test-cluster check
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST)

venv: ## the packages of the project, in .venv
	@$(VENV)

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

preview: ## what `make up` would change; STACK=dev-check: the whole stack on AWS, without AWS
	@$(VENV)
ifeq ($(STACK),dev-check)
	@.venv/bin/python -m local dry-run
else
	@$(RUN) pulumi preview --diff
endif

seed: ## roles, tables and sample data of every domain; SCALE=100 adds 100 thousand customers
	@$(VENV)
	@$(RUN) .venv/bin/python -m seed --scale '$(SCALE)'

contracts: ## every promise of every contract, checked on the running mesh
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.contracts

query: ## the federated answer; FORMAT=csv, USER=ada
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.query --format '$(FORMAT)' $(AS)

password: ## somebody's password; USER=sales-analyst
	@$(VENV)
	@$(if $(AS),,echo 'Whose? Type: make password USER=sales-analyst' >&2; exit 1;) $(RUN) .venv/bin/python -m commands.password '$(USER)'

authority: ## the certificate that signed Trino's; make authority > trino-ca.pem
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.authority

audit: ## who asked what lately, from the databases' logs; MINUTES=60
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.audit --minutes '$(MINUTES)'

cost: ## what a stack costs on AWS, and what would be cheaper; STACK=dev
	@$(VENV)
	@.venv/bin/python -m commands.cost --stack '$(if $(filter command,$(origin STACK)),$(STACK),dev)'

allow-my-ip: ## lets your present address reach the databases; STACK=dev
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.allow_my_ip --stack '$(STACK)'

notebook: ## the notebook in JupyterLab on this machine; USER=sales-analyst
	@$(VENV)
	@$(if $(AS),,echo 'Whose? Type: make notebook USER=sales-analyst' >&2; exit 1;) $(RUN) .venv/bin/python -m commands.notebook '$(USER)'

ports: ## Trino, JupyterHub and Grafana of a cluster on ports of this machine; STACK=dev
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.ports --stack '$(STACK)'

footprint: ## what the platform asks of the cluster, by its manifests
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.footprint --stack '$(STACK)'

images: ## the images of JupyterHub, built and brought into the cluster; STACK=dev
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.images --stack '$(STACK)'

test: ## every test
	@$(VENV) --dev
	@.venv/bin/python -m local prepare
	@.venv/bin/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

test-cluster: ## the platform on the cluster that KUBECONFIG names; HOST_ADDRESS=172.18.0.1, LEAVE_OUT=grafana
	@$(VENV) --dev
	@.venv/bin/python -m local prepare
	@KUBECONFIG='$(KUBECONFIG)' HOST_ADDRESS='$(HOST_ADDRESS)' LEAVE_OUT='$(LEAVE_OUT)' \
		.venv/bin/python -m pytest -m cluster tests/cluster

check: ## style and types
	@$(VENV) --dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/pyright
