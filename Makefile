# Everything that is done with the workbench. `make` alone lists it.
# Each target first sets up what it needs in .venv; a second call finds it there.

PYTHON ?= python3
VENV_PYTHON = .venv/bin/python

# Runs that are quick because their imports are compiled must not lose that to a setting.
unexport PYTHONDONTWRITEBYTECODE
# Two set-ups at once would get into each other's way.
.NOTPARALLEL:
.PHONY: help briefs lab scale parquet docs test coverage bench check format lock picture clean

help:  ## list the targets
	@echo "Targets; ARGS hands options on, as in: make briefs ARGS=--help"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' Makefile

briefs: .venv/.base  ## run all notebooks for all municipalities and publish their briefs
	$(VENV_PYTHON) run_all.py $(ARGS)

lab: .venv/.lab  ## open JupyterLab in notebooks
	$(VENV_PYTHON) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks $(ARGS)

scale: .venv/.scale  ## set up what a cluster and addresses such as s3:// need

parquet: .venv/.parquet  ## set up what writes outputs/components_all.parquet beside the CSV file

docs: .venv/.docs  ## build docs/site/index.html: public names, recipes, notebooks; no network to read
	$(VENV_PYTHON) -m sphinx --quiet --fail-on-warning --keep-going -d .cache/docs docs docs/site

test: check .venv/.docs .venv/.parquet  ## check, then run the tests (some of them only: ARGS="-k trend")
	$(VENV_PYTHON) -m pytest -n 2 $(ARGS)

coverage: .venv/.dev .venv/.lab .venv/.scale .venv/.docs .venv/.parquet  ## run the tests and count the lines that they reach
	$(VENV_PYTHON) -m pytest -n 2 --cov

bench: .venv/.dev .venv/.lab .venv/.scale  ## measure how fast briefs are made (ARGS=--full: of all)
	$(VENV_PYTHON) benchmarks/batch.py $(ARGS)

check: .venv/.dev .venv/.lab .venv/.scale  ## lint, formatting, types, and what imports what
	$(VENV_PYTHON) -m ruff check
	$(VENV_PYTHON) -m ruff format --check
	$(VENV_PYTHON) -m mypy workbench run_all.py benchmarks
	.venv/bin/lint-imports --no-logo --cache-dir .mypy_cache/imports

format: .venv/.dev  ## format the code and repair what lint can repair
	$(VENV_PYTHON) -m ruff check --fix
	$(VENV_PYTHON) -m ruff format

lock: .venv/.dev  ## bring requirements.lock in line with pyproject.toml (newest: ARGS=--upgrade)
	$(VENV_PYTHON) .ci/lock $(ARGS)

picture: .venv/.dev  ## take the picture of a brief that README shows
	$(VENV_PYTHON) .ci/picture $(ARGS)

clean:  ## remove .venv and all caches; briefs stay
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* \
		build docs/site
	find . -path ./.git -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) \
		-prune -exec rm -rf {} +

# Set-up: one stamp file for the base and one for each extra, named as in requirements.lock.

.venv/.base: $(VENV_PYTHON) requirements.lock pyproject.toml
	$(call install,base)
	@$(VENV_PYTHON) -m pip $(QUIETLY) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.lab .venv/.scale .venv/.parquet .venv/.docs .venv/.dev: .venv/.%: .venv/.base
	$(call install,$*)
	@touch $@

$(VENV_PYTHON):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
		"$(PYTHON) is not Python 3.11 or newer: name one that is, as in make PYTHON=python3.12" \
		>&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"$(PYTHON) cannot make environments: install its venv (Debian: apt install python3-venv)" \
		>&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

QUIETLY = --quiet --disable-pip-version-check

# Installs one block of the lock, exactly. The lock is complete, so pip need not look for more.
# Compiling apart from pip, on all cores and without the packages' own tests, takes a third of
# the time; a file that does not compile is never imported either.
define install
@echo "Setting up .venv: packages of $(1)"
@awk '/^# ==/ { on = ($$3 == "$(1)") } on' requirements.lock > .venv/$(1).txt
@$(VENV_PYTHON) -m pip $(QUIETLY) install --no-deps --require-hashes --only-binary :all: \
	--no-compile --requirement .venv/$(1).txt
@$(VENV_PYTHON) -m compileall -qq -j 0 -x '/tests?/' .venv/lib || true
endef
