# `make up` brings a region up in the emulated cloud; `make test` proves that everything works. Both prepare what they need.

PYTHON ?= python3
REGION ?= eu-west
# Worker processes of the test run.
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

SERVICES := services/.venv

.PHONY: up test check lint types layers pytest worker services image base-image bench lock pulumi-checksums generated clean help

help:
	@echo 'make up [REGION=us-east]  bring a region up in the emulated cloud (no cloud account is needed)'
	@echo 'make test                 set up, then lint, types, layers and all tests'
	@echo 'make check                the same without the set-up'
	@echo 'make bench                measure the figures of docs/benchmarks.md'
	@echo 'make generated            write the generated files again (schemas, CLI reference, errors, baseline, inventories)'
	@echo 'make pulumi-checksums     write the digests by which a downloaded Pulumi CLI is checked'
	@echo 'make services             the types and tests of auth and the reference product'
	@echo 'make image OF=auth TARGET=auth    build an image of the services (services/README.md)'
	@echo 'make base-image           write the digest of what these images are built on'
	@echo 'make lock                 resolve requirements.lock again from pyproject.toml'
	@echo 'make clean                remove .venv and caches; state in .regionctl/ stays'

up: $(READY)
	@echo '==> $(REGION), as declared (nothing runs yet)'
	@$(BIN)/regionctl show $(REGION)
	@echo "==> Pulumi's CLI"
	@$(BIN)/regionctl engine install
	@echo '==> regionctl up $(REGION) --yes'
	@$(BIN)/regionctl up $(REGION) --yes
	@echo '==> to go on: source .venv/bin/activate, change a value in regions/prod/$(REGION).yaml, and run: regionctl diff $(REGION)'
	@echo '    README.md walks through the first hour'

test: $(READY)
	@$(BIN)/regionctl engine install
	@$(MAKE) --no-print-directory check

check: lint types layers pytest worker services

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

layers:
	$(BIN)/lint-imports

# Some run the Worker. Neighbours stay in one process, where they share what they render, until another is idle.
pytest: worker/node_modules/.ready
	$(BIN)/pytest -n $(JOBS) --dist worksteal -q

worker: worker/node_modules/.ready
	npm --prefix worker run --silent check
	npm --prefix worker test --silent

# The services are a Python project of their own, with an environment of their own.
services: $(SERVICES)/.ready worker/node_modules/.ready
	cd services && .venv/bin/mypy
	@echo '==> Pub/Sub for tests'
	@cd services && { .venv/bin/python -m tests.pubsub_emulator || test "$$CI" != true; }
	cd services && .venv/bin/pytest -n $(JOBS) --dist worksteal -q

$(SERVICES)/.ready: services/requirements.lock services/pyproject.toml
	@echo '==> services/.venv: about 90 packages from services/requirements.lock, hashes checked (once; half a minute to two)'
	@$(PYTHON) -m venv $(SERVICES)
	@$(SERVICES)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r services/requirements.lock
	@touch $@

worker/node_modules/.ready: worker/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || \
	  { echo 'the Worker wants Node.js 20 or later to be tested' >&2; exit 1; }
	npm ci --prefix worker --no-audit --no-fund --silent
	@touch $@

# Tests make them again and compare.
generated: $(READY)
	$(BIN)/python -m regions.schema
	$(BIN)/python -m tools.reference
	$(BIN)/python -m tools.error_index
	$(BIN)/python -m tools.rule_index
	$(BIN)/python -m tools.schemas
	$(BIN)/python -m tests.inventories

# SECTIONS='region proofs': those alone, printed and not written.
bench: $(READY)
	$(BIN)/python -m bench $(SECTIONS)

# At last Pulumi's packages are compiled for quick imports (regionctl/sdk/imports.py).
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo '$(PYTHON) is older than Python 3.11; install 3.11 or later, or name another: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; exit 1; }
	@echo '==> .venv: about 70 packages from requirements.lock, hashes checked (once; half a minute to two)'
	@$(PYTHON) -m venv $(VENV) || { echo 'no venv module: apt-get install python3-venv, or your system'"'"'s like' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo '==> compiling what stacks import of Pulumi'"'"'s packages (once; a few seconds)'
	@# also where Python is told to keep no bytecode, as in many containers: this is asked for
	@for stack in $(REGION) edge; do PYTHONDONTWRITEBYTECODE= REGIONCTL_IMPORTS=prepare $(BIN)/regionctl show $$stack >/dev/null 2>&1 || true; done
	@touch $@

# Digests of the releases of Pulumi's CLI, for `engine install`; it runs where those releases are reached. Commit the file.
pulumi-checksums: $(READY)
	version=$$($(BIN)/python -c 'from regionctl.engine.cli.locate import VERSION; print(VERSION)') && \
	  curl --fail --silent --show-error --location --output tools/pulumi-checksums.txt \
	    "https://get.pulumi.com/releases/sdk/pulumi-$$version-checksums.txt"

# uv resolves; it is needed for this target alone, so it is not in the lock.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev --quiet -o requirements.lock pyproject.toml
	cd services && uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev --quiet -o requirements.lock pyproject.toml
	cd services && uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -c requirements.lock -o runtime.lock pyproject.toml

# The digest behind the tag of the services' base image; it asks the registry. Commit the file.
base-image:
	@tag=$$(grep -v '^#' services/base-image.lock | cut -d@ -f1) && \
	  digest=$$(docker buildx imagetools inspect "$$tag" --format '{{.Manifest.Digest}}') && \
	  { grep '^#' services/base-image.lock && echo "$$tag@$$digest"; } > services/base-image.lock.new && \
	  mv services/base-image.lock.new services/base-image.lock && tail -1 services/base-image.lock

# OF=auth TARGET=auth|migrate, OF=product TARGET=api|sync|background|migrate
image:
	@base=$$(grep -v '^#' services/base-image.lock) && case "$$base" in *@sha256:*) ;; \
	  *) echo 'services/base-image.lock has no digest yet: make base-image' >&2; exit 1;; esac && \
	  docker build --build-arg BASE="$$base" --target "$(TARGET)" --tag "regionctl-$(OF)-$(TARGET)" --file "services/$(OF)/Dockerfile" services

clean:
	rm -rf $(VENV) $(SERVICES) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
