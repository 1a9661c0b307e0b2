# The commands of this project. Each makes what it needs first, once: a virtual environment from the lock file, a browser.
# ARGS goes to the command, as in: make conformance ARGS="-k cancellation --target embedded"

PYTHON = python3
ARGS =
HISTORY =
TREND = $(if $(HISTORY),--history "$(HISTORY)")

VENV = .venv
PY = $(VENV)/bin/python
RUN = $(VENV)/run-lock.installed
DEV = $(VENV)/dev-lock.installed
PIP = $(PY) -m pip --disable-pip-version-check --no-input

# Some hundred processes start in the tests; each would compile every module again where Python may keep nothing.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: conformance test test-suite check touched proof lint browser emulator shop report lock clean help no-python

help:
	@echo "make conformance   the scenarios, a verdict, the reports        (ARGS goes to pytest)"
	@echo "make test          lint, types, import rules, the project's own tests"
	@echo "make check         lint, and the tests that the uncommitted change can touch"
	@echo "make proof         that every check can fail, and fails alone; writes docs/proof.md (takes its time)"
	@echo "make lint          ruff, mypy, import-linter"
	@echo "make emulator      PortOne and Paymentwall for a merchant under development"
	@echo "make shop          the conformant merchant, on the emulator that \`make emulator\` started"
	@echo "make report        the last report again, and its HTML          (HISTORY=DIR keeps trends)"
	@echo "make lock          renew lock.txt, lock-dev.txt, lock-storm.txt and the pins of what renders the report"
	@echo "make clean         remove everything that these commands made"

# pytest's status decides; a report that cannot be rendered says so in one line and changes no verdict.
# Only 0 and 1 mean that scenarios ran: after anything else there is nothing new to render.
conformance: $(RUN) browser
	@status=0; $(PY) -m pytest -n auto --dist worksteal $(ARGS) || status=$$?; \
	case $$status in 0|1) $(PY) -m conformance report --html $(TREND) || :;; esac; \
	exit $$status

# Everything that can be said of a change at once: each part is run whatever became of the others. The tests leave the
# reports of the last conformance run alone; all workers take from one queue.
REPORTS = --alluredir=.cache/tests/allure-results --junit-xml=.cache/tests/junit.xml
define all_of
failed=; for part in $(1); do $(MAKE) --no-print-directory $$part || failed="$$failed $$part"; done; \
if [ -n "$$failed" ]; then echo "FAILED:$$failed" >&2; exit 1; fi
endef
test: $(DEV) browser
	+@$(call all_of,lint test-suite)

test-suite: $(DEV)
	MAKEFLAGS= $(PY) -m pytest tests -m "not proof" -n auto --dist worksteal $(REPORTS) $(ARGS)

# Before a commit: what the uncommitted change can touch, in under a minute.
check: $(DEV)
	+@$(call all_of,lint touched)

touched: $(DEV)
	MAKEFLAGS= $(PY) -m tests.touched $(ARGS)

# Part by part, resumable: ARGS="rows --shard 1/3", ARGS="rules --minutes 20", ARGS=--page for docs/proof.md alone.
proof: $(DEV) browser
	$(PY) -m tests.proof $(ARGS)

lint: $(DEV)
	@failed=; for part in "ruff check ." "ruff format --check ." mypy lint-imports; do \
	  echo "$$part"; PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $$part || failed="$$failed; $$part"; \
	done; \
	if [ -n "$$failed" ]; then echo "FAILED$$failed" >&2; exit 1; fi

browser: $(RUN)
	@$(PY) -m conformance browser

emulator: $(RUN)
	@$(PY) -m emulator $(ARGS)

shop: $(RUN)
	@$(PY) -m shop --emulator http://127.0.0.1:8750 $(ARGS)

report: $(RUN)
	@$(PY) -m conformance report
	@$(PY) -m conformance report --html $(TREND)

clean:
	rm -rf $(VENV) .cache reports .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# The first Python that is new enough makes the environment; an old environment is emptied, so that nothing unpinned stays.
define new_environment
for python in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
    venv="$$($$python -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
    if $$python -c 'import ensurepip, venv' 2>/dev/null \
      || $$python -m conformance.machine.system_packages $$venv && $$python -c 'import ensurepip, venv' 2>/dev/null; then \
      echo "Making $(VENV) with $$($$python --version)"; \
      exec $$python -m venv --clear $(VENV); \
    fi; \
    echo "$$python cannot make a virtual environment: install its venv package (Debian, Ubuntu: apt-get install $$venv)." >&2; \
    exit 1; \
  fi; \
done; \
echo "Python 3.11 or newer is needed, but $(PYTHON) is $$($(PYTHON) --version 2>&1 || :); install one, or name it: make PYTHON=/path/to/python3" >&2; \
exit 1
endef

# Anew when the lock file changed, and when its Python is gone because the system's was replaced.
$(RUN): lock.txt $(shell test -x $(PY) || echo no-python)
	@if test -f $@ || ! $(PY) -m pip --version >/dev/null 2>&1; then $(new_environment); fi
	@$(PY) -m conformance.setting_up lock.txt
	@touch $@

$(DEV): lock-dev.txt $(RUN)
	@echo "Installing what lock-dev.txt names (once)"
	@$(PIP) install -qq --no-compile --no-deps --require-hashes -r lock-dev.txt
	@touch $@

# Made with the oldest Python that is supported: what only newer ones leave out is then still there.
# --no-emit-options: where a machine gets its packages from stays out of the files.
LOCK_TOOLS = .cache/lock-tools
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(LOCK_TOOLS)/bin/python -m piptools compile --quiet --upgrade \
	--generate-hashes --strip-extras --no-emit-options
NPM_LOCK = npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund
ALLURE = conformance/report/allure_npm
CLIENTS = tests/emulator/clients/pins

lock:
	python3.11 -m venv $(LOCK_TOOLS)
	$(LOCK_TOOLS)/bin/python -m pip install --quiet "pip-tools>=7.6,<8"
	$(COMPILE) --build-deps-for editable --build-deps-for wheel --output-file lock.txt pyproject.toml
	$(COMPILE) --build-deps-for editable --build-deps-for wheel --extra dev --extra storm --constraint lock.txt --output-file lock-dev.txt pyproject.toml
	$(COMPILE) --extra storm --constraint lock-dev.txt --output-file lock-storm.txt pyproject.toml
	$(COMPILE) --output-file $(ALLURE)/node.txt $(ALLURE)/node.in
	cd $(ALLURE) && $(NPM_LOCK)
	cd tests/fixtures/axe && $(NPM_LOCK)
	for client in $(CLIENTS)/pypi/*.in; do $(COMPILE) --output-file $${client%.in}.txt $$client || exit 1; done
	for client in $(CLIENTS)/npm/*/; do (cd $$client && $(NPM_LOCK)) || exit 1; done
	for example in examples/*/requirements.in; do $(COMPILE) --output-file $${example%.in}.txt $$example || exit 1; done
	for example in examples/*/package.json; do (cd $${example%/package.json} && $(NPM_LOCK)) || exit 1; done
	for stranger in tests/strangers/*/requirements.in; do $(COMPILE) --output-file $${stranger%.in}.txt $$stranger || exit 1; done
	for stranger in tests/strangers/*/package.json; do (cd $${stranger%/package.json} && $(NPM_LOCK)) || exit 1; done
