# Commands of the project; `make` alone lists them. STACK=dev means the stack of that name, local is the default.
STACK ?= local
FORMAT ?= table
SCALE ?= 0
MINUTES ?= 60

OLD := import sys; sys.exit(sys.version_info < (3, 11))

# What is typed behind the target is data: as ARG_… in the environment of every command, expanded by no make and read as
# a word by no shell. Of the shell's own variables only those of FROM_SHELL count: USER is always set there.
FROM_SHELL := ACCEPT_COST DRY_RUN FORMAT HOST_ADDRESS KUBECONFIG LEAVE_OUT MINUTES PLATFORM PYTHON SCALE STACK
define take
GIVEN_$(1) := $(filter command,$(origin $(1)))
ifneq ($(filter command,$(origin $(1)))$(filter $(1),$(FROM_SHELL)),)
ifeq ($(origin $(1)),file)
export ARG_$(1) := $$($(1))
else ifneq ($(origin $(1)),undefined)
override $(1) := $$(value $(1))
export $(1)
export ARG_$(1) := $$(value $(1))
endif
else
unexport ARG_$(1)
endif
endef
$(foreach each,$(FROM_SHELL) AS_OF BASE DOMAIN EMAIL FILE FORCE FROM HISTORY KUBE_CONTEXT LIVE NAME PORT PROGRAM QUERY RECREATE REMOVE RESET ROWS SCHEMA SOURCE TABLE TEMPLATE TO USER WHOLE,$(eval $(call take,$(each))))

# Where it is set, as some images of Python have it, every command compiles the whole project anew: twice its time.
unexport PYTHONDONTWRITEBYTECODE

# .venv says itself whether it is whole: any other Python has to be looked for first, which takes longer than that.
VENV = venv() { .venv/bin/python -m local.prepare.venv --there "$$@" 2>/dev/null && return; \
	others='python3.14 python3.13 python3.12 python3.11 python'; test -z "$$ARG_PYTHON" || others=; \
	for each in "$${ARG_PYTHON:-python3}" $$others; do \
	"$$each" -c '$(OLD)' 2>/dev/null && { "$$each" -m local.prepare.venv "$$@"; return; }; done; \
	echo "Python 3.11 or newer is needed, but\
 $${ARG_PYTHON:-python3} here is $$("$${ARG_PYTHON:-python3}" -V 2>&1 || true)." >&2; \
	echo 'Install one, or name one: make $@ PYTHON=/path/to/python3.12' >&2; exit 1; }; venv
AS = $${ARG_USER+"--user=$$ARG_USER"}

ifeq ($(STACK),local)
RUN = test -f .local/env || { echo 'There is no local stack: type `make up`.' >&2; exit 1; }; \
	test "$$(tail -n 1 .local/env)" = 'export PATH' || { echo '.local/env is damaged: type `make up`, which writes it again.' >&2; exit 1; }; \
	. ./.local/env &&
else
RUN = PATH="$$PWD/.venv/bin:$$PATH" PULUMI_STACK="$$ARG_STACK"
endif

LOCAL = $(if $(filter local,$(STACK)),,echo 'This is for the stack local: type `make $@` without STACK.' >&2; exit 1;)

.PHONY: help venv up down start status preview seed domain load migration publish history rollback expire forget contracts guard catalogue open query sql password authority audit drill cost slides preflight allow-my-ip notebook ports footprint images test test-browser test-cluster bench check
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %s\t%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## the packages of the project, in .venv
	@$(VENV)

up: ## everything, from nothing to the federated answer; KUBE_CONTEXT=kind-datamesh: the platform on your cluster; REMOVE=finance gives up what it would take
	@$(VENV)
ifeq ($(STACK),local)
	@.venv/bin/python -m local up $${ARG_REMOVE+"--remove=$$ARG_REMOVE"} \
		$${ARG_KUBE_CONTEXT+"--kube-context=$$ARG_KUBE_CONTEXT"} $${ARG_HOST_ADDRESS+"--host-address=$$ARG_HOST_ADDRESS"}
else
	@$(if $(GIVEN_KUBE_CONTEXT),echo 'KUBE_CONTEXT is for the stack local. Type: pulumi config set kubeContext NAME' >&2; exit 1,true)
	@$(RUN) .venv/bin/python -m commands.removed --stack="$$ARG_STACK" $${ARG_REMOVE+"--accept=$$ARG_REMOVE"}
	@$(RUN) pulumi up
endif

down: ## destroy the stack; FORCE=1 when Pulumi cannot
	@$(VENV)
ifeq ($(STACK),local)
	@.venv/bin/python -m local down $(if $(GIVEN_FORCE),$(if $(filter-out 0,$(FORCE)),--force))
else
	@$(RUN) pulumi destroy
endif

start: ## the local servers again, after a reboot
	@$(VENV)
	@$(LOCAL) .venv/bin/python -m local start

status: ## the local servers and what there is to open; STACK=dev: of that stack
	@$(VENV)
ifeq ($(STACK),local)
	@.venv/bin/python -m local status
	@echo
	@$(RUN) .venv/bin/python -m commands.addresses
else
	@$(RUN) .venv/bin/python -m commands.addresses --stack="$$ARG_STACK"
endif

preview: ## what `make up` would change; STACK=dev-check: the whole stack on AWS, without AWS
	@$(VENV)
ifeq ($(STACK),dev-check)
	@.venv/bin/python -m local dry-run
else ifeq ($(STACK),local)
	@.venv/bin/python -m local preview
else
	@$(RUN) pulumi preview --diff
endif

seed: ## roles, tables and sample data of every domain; SCALE=100 adds 100 thousand customers, RESET=sales gives up rows, RECREATE=sales tables
	@$(VENV)
	@$(RUN) .venv/bin/python -m seed --scale="$$ARG_SCALE" $${ARG_RESET+"--reset=$$ARG_RESET"} \
		$${ARG_RECREATE+"--recreate=$$ARG_RECREATE"}
	@$(RUN) .venv/bin/python -m publish publish

domain: ## a new domain from rows that are there; NAME=finance FROM=invoices.csv,customers.csv a folder, postgresql://…; TEMPLATE=1
	@$(VENV)
	@.venv/bin/python -m commands.domain --name="$$ARG_NAME" $${ARG_FROM+"--from=$$ARG_FROM"} $${ARG_SCHEMA+"--schema=$$ARG_SCHEMA"} \
		$${ARG_TEMPLATE+"--template=$$ARG_TEMPLATE"} $${ARG_ROWS+"--rows=$$ARG_ROWS"} $${ARG_PROGRAM+"--program=$$ARG_PROGRAM"}

load: ## a file of rows into a table; DOMAIN=sales TABLE=orders FILE=orders.csv, DRY_RUN=1
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.load --domain="$$ARG_DOMAIN" --table="$$ARG_TABLE" --file="$$ARG_FILE" \
		$(if $(filter-out 0,$(DRY_RUN)),--dry-run)

migration: ## the way from a database's tables to those of schema.sql; DOMAIN=sales NAME=add_currency
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.migration --domain="$$ARG_DOMAIN" --name="$$ARG_NAME"

publish: ## kept output ports into the lake, what has changed of them; DOMAIN=sales, PORT=sales.customer_revenue, WHOLE=1
	@$(VENV)
	@$(RUN) .venv/bin/python -m publish publish $${ARG_DOMAIN+"--domain=$$ARG_DOMAIN"} $${ARG_PORT+"--port=$$ARG_PORT"} \
		$(if $(GIVEN_WHOLE),$(if $(filter-out 0,$(WHOLE)),--whole))

history: ## what was published of an output port; PORT=sales.customer_revenue
	@$(VENV)
	@$(RUN) .venv/bin/python -m publish history $${ARG_PORT+"--port=$$ARG_PORT"}

rollback: ## an earlier publication again; PORT=sales.customer_revenue TO='2026-12-01 09:00', or a snapshot; DRY_RUN=1
	@$(VENV)
	@$(RUN) .venv/bin/python -m publish rollback $${ARG_PORT+"--port=$$ARG_PORT"} $${ARG_TO+"--to=$$ARG_TO"} \
		$(if $(filter-out 0,$(DRY_RUN)),--dry-run)

expire: ## gives up publications older than their contract keeps; DOMAIN=sales, PORT=sales.customer_revenue, DRY_RUN=1
	@$(VENV)
	@$(RUN) .venv/bin/python -m publish expire $${ARG_DOMAIN+"--domain=$$ARG_DOMAIN"} $${ARG_PORT+"--port=$$ARG_PORT"} \
		$(if $(filter-out 0,$(DRY_RUN)),--dry-run)

# The address goes through the environment (ARG_EMAIL), as statements of `sql` do: the arguments of a process are visible
# to others.
forget: ## a person out of what the lake keeps, from every snapshot and file; EMAIL=ada@example.com, else it is asked for; DRY_RUN=1
	@$(VENV)
	@$(RUN) .venv/bin/python -m publish forget $(if $(filter-out 0,$(DRY_RUN)),--dry-run) # reads ARG_EMAIL

contracts: ## every rule of every contract, checked on the running mesh; HISTORY=1: what earlier runs found
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.contracts $(if $(GIVEN_HISTORY),$(if $(filter-out 0,$(HISTORY)),--history))

guard: ## whether a change breaks a consumer, before it goes in; BASE=main, FORMAT=junit FILE=guard.xml
	@$(VENV)
	@.venv/bin/python -m guard --format="$$ARG_FORMAT" $${ARG_BASE+"--base=$$ARG_BASE"} $${ARG_FILE+"--file=$$ARG_FILE"}

catalogue: ## a page of the whole mesh, made of what it answers: .local/catalogue.html
	@$(VENV)
	@$(RUN) .venv/bin/python -m catalogue --stack="$$ARG_STACK"

open: ## opens that page in your browser
	@$(VENV)
	@.venv/bin/python -m catalogue --stack="$$ARG_STACK" --open

query: ## the federated answer; FORMAT=csv, USER=ada; SOURCE=lake or AS_OF='2026-12-01 09:00' from the lake
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.query --format="$$ARG_FORMAT" $(AS) $${ARG_SOURCE+"--source=$$ARG_SOURCE"} \
		$${ARG_AS_OF+"--as-of=$$ARG_AS_OF"}

sql: ## SQL in Trino's own client; USER=ada, QUERY='SHOW CATALOGS' or statements on standard input, FORMAT=csv
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.sql --format="$$ARG_FORMAT" $(AS) # reads ARG_QUERY

password: ## a person's password; USER=sales-analyst
	@$(VENV)
	@$(if $(GIVEN_USER),,echo 'Whose? Type: make password USER=sales-analyst' >&2; exit 1;) $(RUN) .venv/bin/python -m commands.password -- "$$ARG_USER"

authority: ## the certificate that signed Trino's; make authority > trino-ca.pem
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.authority

audit: ## who asked what lately, refusals too; USER=ada, TABLE=sales.orders, MINUTES=60, FORMAT=csv, PLATFORM=1
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.audit --minutes="$$ARG_MINUTES" --format="$$ARG_FORMAT" $(AS) \
		$${ARG_TABLE+"--table=$$ARG_TABLE"} $(if $(filter-out 0,$(PLATFORM)),--platform)

cost: ## what a stack costs on AWS, and what would be cheaper; STACK=dev, LIVE=1 asks AWS what was spent, for 0.02 USD
	@$(VENV)
	@.venv/bin/python -m commands.cost --stack="$(if $(GIVEN_STACK),$$ARG_STACK,dev)" \
		$(if $(GIVEN_LIVE),$(if $(filter-out 0,$(LIVE)),--live))

slides: ## three slides on the stack for a browser, in English and French, without asking AWS; STACK=dev
	@$(VENV)
	@.venv/bin/python -m slides --stack="$(if $(GIVEN_STACK),$$ARG_STACK,dev)"

preflight: ## what would make `pulumi up` fail on your account and cluster, reading only; STACK=dev
	@$(VENV)
	@PATH="$$PWD/.venv/bin:$$PATH" .venv/bin/python -m commands.preflight --stack="$(if $(GIVEN_STACK),$$ARG_STACK,dev)"

allow-my-ip: ## lets your present address reach the databases; STACK=dev
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.allow_my_ip --stack="$$ARG_STACK"

notebook: ## the notebook in JupyterLab on this machine; USER=sales-analyst
	@$(VENV)
	@$(if $(GIVEN_USER),,echo 'Whose? Type: make notebook USER=sales-analyst' >&2; exit 1;) $(RUN) .venv/bin/python -m commands.notebook -- "$$ARG_USER"

ports: ## Trino, JupyterHub and Grafana of a cluster on ports of this machine; STACK=dev
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.ports --stack="$$ARG_STACK"

drill: ## restores a domain beside its running database and compares; DOMAIN=sales, ACCEPT_COST=1 on AWS
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.drill --domain="$$ARG_DOMAIN" $(if $(filter-out 0,$(ACCEPT_COST)),--accept-cost)

footprint: ## what the platform asks of the cluster, by its manifests
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.footprint --stack="$$ARG_STACK"

images: ## the images of JupyterHub, built and brought into the cluster; STACK=dev
	@$(VENV)
	@$(RUN) .venv/bin/python -m commands.images --stack="$$ARG_STACK"

test: ## every test
	@$(VENV) --dev
	@.venv/bin/python -m local prepare
	@.venv/bin/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

test-browser: ## the catalogue and the slides in a browser: Chromium or Chrome, on Debian installed where there is none
	@$(VENV) --dev
	@.venv/bin/python -m tests.browser.chromium
	@.venv/bin/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder -m browser tests/browser

test-cluster: ## the platform on the cluster that KUBECONFIG names; HOST_ADDRESS=172.18.0.1, LEAVE_OUT=grafana
	@$(VENV) --dev
	@.venv/bin/python -m local prepare
	@.venv/bin/python -m pytest -m cluster tests/cluster

bench: ## how long people wait, before and now: tables, in less than half an hour
	@$(VENV) --dev
	@.venv/bin/python -m bench

check: ## style and types
	@$(VENV) --dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/pyright
