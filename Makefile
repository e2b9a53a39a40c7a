# Every target works on a machine with only Python 3.11+ and a network: uv is fetched into .uv/ when it is missing.

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --quiet --no-sync
# Tests run in another order each time; make shows the command, and `make test SEED=...` runs them in that order again.
SEED := $(shell echo $$$$)
TESTS := pytest -q -n 2 --randomly-seed=$(SEED)
# What runs with real processes and clocks gets a second try on a busy machine. What needed one is listed as RERUN: mend it.
TWICE := --reruns 1 -r R

.DEFAULT_GOAL := help
.PHONY: help up demo upgrade status doctor check test test-timescale soak worlds mutants audit bench format clean

help: ## what make can do
	@echo "Quorum: signals to Telegram, trades on paper, never a real order. First make demo, then make up."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "More commands: .venv/bin/quorum --help. The first page to read: README.md"

up: .venv/installed ## install, start everything, show how it is; Ctrl-C stops it
	@echo "Quorum starts ..."
	@$(RUN) quorum up

demo: .venv/installed ## the same against a simulated exchange and Telegram: no keys, no account
	@echo "The demo of Quorum starts ..."
	@$(RUN) quorum demo

upgrade: .venv/installed ## bring a stopped desk to this version: backup, tables, workflows, a check; a failure goes back
	@$(RUN) quorum upgrade

status: .venv/installed ## what runs, how far the data reaches, what is missing
	@$(RUN) quorum status

doctor: .venv/installed ## examine everything; exit code 0 when all is well
	@$(RUN) quorum doctor

check: .venv/installed ## format, lint, types, import contracts, unit and property tests
	$(RUN) ruff format --check .
	$(RUN) ruff check --output-format concise .
	$(RUN) mypy
	$(RUN) lint-imports --no-cache
	$(RUN) $(TESTS) -m "not slow" tests/unit tests/property tests/house

test: check ## every test there is, from nothing
	$(RUN) quorum n8n install
	$(RUN) $(TESTS) -m slow tests/unit tests/property
	$(RUN) $(TESTS) $(TWICE) tests/integration tests/contract
	$(RUN) $(TESTS) $(TWICE) --dist loadfile --ignore=tests/unit --ignore=tests/house --ignore=tests/property --ignore=tests/integration --ignore=tests/contract

soak: .venv/installed ## the long forms of the tests that have a short one in `make test`
	$(RUN) $(TESTS) --soak

worlds: .venv/installed ## 100,000 seeded worlds of the protocols, and each of their safeguards taken away
	$(RUN) python -m tests.worlds

mutants: .venv/installed ## small faults put into the deciding modules, and how many no test notices; goes on where it was stopped
	$(RUN) python -m tests.mutants

# In one process: what a read need not repeat is told by the oldest transaction of the whole server, another process's tests included.
test-timescale: .venv/installed ## what touches candles, on a server of TimescaleDB's for tests alone: make test-timescale DATABASE_URL=...
	@test -n "$(DATABASE_URL)" || { echo "make: DATABASE_URL is not set; give the owner's address of a TimescaleDB server" >&2; exit 2; }
	$(RUN) $(TESTS) -n 0 -m "not slow" --server "$(DATABASE_URL)" \
		$(addprefix tests/integration/,db market technical collector timescale operations/test_backup.py) \
		--ignore tests/integration/db/test_statement_shape.py \
		--deselect tests/integration/operations/test_backup.py::test_backup_restores_on_a_new_server_with_schemas_roles_and_grants

audit: .venv/installed ## look for known faults of what is locked; asks PyPI about each package
	$(UV) export --quiet --locked --no-emit-project --format requirements-txt -o .uv/requirements.txt
	$(RUN) pip-audit --strict --requirement .uv/requirements.txt --disable-pip --require-hashes

bench: .venv/installed ## every benchmark; renders docs/benchmarks.md
	$(RUN) python -m tests.bench

format: .venv/installed ## format and mend what can be mended
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

# What uv or pip say is pages long: one line for a person, all of it in a file.
.venv/installed: pyproject.toml uv.lock | $(UV)
	@mkdir -p .uv
	@sh deploy/progress.sh "installing the packages (once, one to three minutes)" .uv/sync.log $(UV) sync --locked --compile-bytecode || { \
		echo "make: the packages cannot be installed: is there a network to pypi.org? (uv's words: .uv/sync.log)" >&2; exit 75; }
	@sh deploy/progress.sh "compiling what is computed most" .uv/compile.log $(RUN) python -m functions.warm || true
	@touch $@

# Debian and Ubuntu refuse pip outside a virtual environment, so uv gets one of its own.
.uv/bin/uv:
	@mkdir -p .uv
	@sh deploy/progress.sh "making a place for uv, which installs the packages" .uv/venv.log $(PYTHON) -m venv .uv || { \
		echo "make: $(PYTHON) makes no virtual environment: apt install python3-venv, or put uv on your path (.uv/venv.log)" >&2; \
		exit 75; }
	@sh deploy/progress.sh "fetching uv" .uv/pip.log .uv/bin/pip install uv || { \
		echo "make: uv cannot be installed: is there a network to pypi.org? (pip's words: .uv/pip.log)" >&2; exit 75; }

clean: ## remove what make has installed here; data and .env stay
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis
