# Every target works on a machine with only Python 3.11+ and a network: uv is fetched into .uv/ when it is missing.

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --quiet --no-sync

.PHONY: up demo status doctor check test bench format clean

up: .venv/installed ## install, start everything, show how it is; Ctrl-C stops it
	@$(RUN) quorum up

demo: .venv/installed ## the same against a simulated exchange and Telegram: no internet, no keys
	@$(RUN) quorum demo

status: .venv/installed ## what runs, how far the data reaches, what is missing
	@$(RUN) quorum status

doctor: .venv/installed ## examine everything; exit code 0 when all is well
	@$(RUN) quorum doctor

check: .venv/installed ## format, lint, types, import contracts, unit and property tests
	$(RUN) ruff format --check .
	$(RUN) ruff check --output-format concise .
	$(RUN) mypy
	$(RUN) lint-imports --no-cache
	$(RUN) pytest -q -m "not slow" tests/unit tests/property

test: check ## every test there is, from nothing
	$(RUN) pytest -q -m slow tests/unit tests/property
	$(RUN) pytest -q --ignore=tests/unit --ignore=tests/property

bench: .venv/installed ## every benchmark; renders docs/benchmarks.md
	$(RUN) python -m tests.bench

format: .venv/installed ## format and mend what can be mended
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

.venv/installed: pyproject.toml uv.lock | $(UV)
	$(UV) sync --quiet --locked --compile-bytecode
	@touch $@

# Debian and Ubuntu refuse pip outside a virtual environment, so uv gets one of its own.
.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet uv

clean:
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis
