# Luukku: `make run` sets everything up and starts the front desk; `make test` proves it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .tools/bin/uv
APP := .venv/bin/python
BOT := .venv-bot/bin/python
APP_DONE := .venv/.luukku-installed
DEV_DONE := .venv/.luukku-dev-installed
BOT_DONE := .venv-bot/.luukku-installed
BOT_DEV_DONE := .venv-bot/.luukku-dev-installed

.PHONY: prepared help run setup train load test lint types imports unit bot-test test-postgresql browsers ci lock mutated two-years faults eval eval-desk eval-intents eval-peers eval-peers-diet bench-latency bench-find fit fit-danger fit-intents fit-life-events tune vectors clean

help: ## Tell what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup ## Set up what is missing and start the front desk (HOST, PORT and other settings: docs/settings.md)
	@exec .venv/bin/luukku run

setup: $(APP_DONE) $(BOT_DONE) ## Install both environments: the app's and the bot's

$(UV): requirements/tools.txt
	@echo "== installing uv, the installer (1 of 3)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 8))' || { echo "make: python3 is missing or older than 3.8; install one or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .tools || { echo "make: python3 cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

$(APP_DONE): $(UV) requirements/app.txt pyproject.toml
	@echo "== installing the app's environment, about 1 GB (2 of 3)"
	@test -x $(APP) || { found=$$(.ci/find-python 3.12 3.13) && $(UV) venv --quiet --python "$$found" .venv; }
	@test -e $(DEV_DONE) -a $(DEV_DONE) -nt requirements/app.txt || VIRTUAL_ENV=.venv $(UV) pip sync --require-hashes requirements/app.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --editable .
	@touch $@

$(BOT_DONE): $(UV) bot/requirements.txt
	@echo "== installing the bot's environment, about 2 GB (3 of 3)"
	@test -x $(BOT) || { found=$$(.ci/find-python 3.10) && $(UV) venv --quiet --python "$$found" .venv-bot; }
	@test -e $(BOT_DEV_DONE) -a $(BOT_DEV_DONE) -nt bot/requirements.txt || VIRTUAL_ENV=.venv-bot $(UV) pip sync --require-hashes bot/requirements.txt
	@touch $@

$(DEV_DONE): $(APP_DONE) requirements/dev.txt
	@echo "== installing what the tests need"
	@VIRTUAL_ENV=.venv $(UV) pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --editable .
	@touch $@

$(BOT_DEV_DONE): $(BOT_DONE) bot/requirements-dev.txt
	@VIRTUAL_ENV=.venv-bot $(UV) pip sync --quiet --require-hashes bot/requirements-dev.txt
	@touch $@

train: setup ## Train the bot if its data has changed
	@.venv/bin/luukku train

test: $(DEV_DONE) $(BOT_DEV_DONE) browsers lint types imports unit bot-test ## Set up and run every check and test

browsers: ## Install what the tests use of Debian's packages, where that is allowed
	@.ci/system-packages

lint: $(DEV_DONE) ## ruff: rules and format
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types: $(DEV_DONE) ## mypy --strict on catalog, desk, actions, api
	@.venv/bin/mypy

imports: $(DEV_DONE) ## import-linter: imports run one way
	@.venv/bin/lint-imports

prepared: $(DEV_DONE) $(BOT_DONE)
	@echo "== preparing the desk: catalogue, sentence vectors, bot (minutes the first time)"
	@.venv/bin/luukku prepare

unit: prepared ## Tests of the app, two files at a time; then the whole desk with its real bot
	@.venv/bin/python -m pytest tests --ignore=tests/bot --ignore=tests/e2e --ignore=tests/faults --numprocesses 2 --dist loadfile
	@.venv/bin/python -m pytest tests/e2e
	@.venv/bin/python -m pytest tests/faults --ignore=tests/faults/test_the_desk_under_faults.py

test-postgresql: prepared browsers ## The app's tests that touch a database, on a PostgreSQL of the run's own
	@TEST_DATABASE=postgresql .venv/bin/python -m pytest tests --ignore=tests/bot --ignore=tests/e2e --ignore=tests/eval -m "not browser and not bot" --numprocesses 2 --dist loadfile

bot-test: $(BOT_DEV_DONE) prepared ## Tests of the bot in its own environment
	@BOT_MODEL=$(CURDIR)/var/models $(BOT) -m pytest -q -p no:cacheprovider tests/bot

ci: test ## What CI runs

eval: $(DEV_DONE) ## Measure on the development questions; writes eval/RESULTS.md and eval/ROBUSTNESS.md
	@.venv/bin/luukku eval
	@$(APP) -m eval.robustness

fit: $(DEV_DONE) ## Fit the search's fusion on the development questions; writes catalog/data/fusion.json
	@$(APP) -m eval.fit_fusion

eval-desk: prepared ## Measure the whole desk on the development questions (long); writes eval/DESK.md
	@$(APP) -m eval.whole_desk

mutated: $(DEV_DONE) ## Send 10,000 mutated messages by every door (long; MUTATED_SEED=N sends others)
	@MUTATED=10000 $(APP) -m pytest -q -k no_message tests/api/test_mutated_messages.py

two-years: $(DEV_DONE) ## Simulate 10,000 tickets over two years of holidays, absences and leavers; every promise checked
	@TICKETS=10000 $(APP) -m pytest -q -s tests/desk/test_two_years.py

faults: prepared browsers ## 500 conversations through every fault of the real processes (long); nothing lost, nothing doubled
	@FAULT_CONVERSATIONS=$${FAULT_CONVERSATIONS:-500} $(APP) -m pytest -q -s tests/faults

eval-intents: $(BOT_DEV_DONE) $(DEV_DONE) ## Measure what is understood, DIET beside it (long); writes eval/INTENTS.md
	@$(BOT) -m bot.measure --heard var/held_apart.json
	@$(APP) -m eval.desk_intents var/held_apart.json

eval-peers: $(DEV_DONE) ## Measure the search beside TF-IDF, BM25 and the encoder alone; writes eval/PEERS.md
	@$(APP) -m eval.peers

eval-peers-diet: $(BOT_DEV_DONE) $(DEV_DONE) ## Measure beside stock Rasa, an intent for each service (long); writes eval/PEERS_DIET.md
	@$(BOT) -m bot.peer var/peer.json
	@$(APP) -m eval.peers_diet var/peer.json

fit-intents: $(BOT_DEV_DONE) $(DEV_DONE) ## Fit how messages are read, after the intents' examples changed (long); writes actions/intents.npz
	@$(BOT) -m bot.hearing var/heard.json
	@$(APP) -m eval.fit_intents var/heard.json

bench-latency: prepared ## The same bot and actions served the stock way and ours; the last line is the ratio
	@$(APP) -m eval.bench_latency

bench-find: prepared ## The time of finding on one core, at 1,301 and 50,000 services (long); writes eval/SPEED.md
	@$(APP) -m eval.bench_find

load: prepared ## Forty finding turns a second for ten minutes at the real desk; writes eval/LOAD.md
	@$(APP) -m eval.load

fit-danger: $(DEV_DONE) ## Fit and measure the danger model; writes catalog/data/danger_model.json and eval/DANGER.md
	@$(APP) -m eval.fit_danger
	@$(APP) -m eval.danger_results

fit-life-events: $(DEV_DONE) ## Fit what knows a life event told; writes catalog/data/life_events_model.json
	@$(APP) -m eval.fit_life_events

tune: $(DEV_DONE) ## Tune the encoder's last layers on the customers' words (long); then: make fit fit-danger fit-life-events vectors eval
	@test -x .venv-tune/bin/python || { found=$$(.ci/find-python 3.12 3.13) && $(UV) venv --quiet --python "$$found" .venv-tune; }
	@VIRTUAL_ENV=.venv-tune $(UV) pip sync --quiet --require-hashes requirements/tune.txt
	@.venv-tune/bin/python -m eval.tune_encoder

vectors: $(DEV_DONE) ## Write the vectors of the shipped texts to catalog/data/vectors.npy, once the encoder or many texts have changed
	@$(APP) -m eval.ship_vectors

lock: $(UV) ## Renew the hashed requirements from both pyproject.toml files
	@$(UV) pip compile --quiet pyproject.toml --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements/app.txt
	@$(UV) pip compile --quiet pyproject.toml --group dev --universal --python-version 3.12 -c requirements/app.txt --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements/dev.txt
	@$(UV) pip compile --quiet pyproject.toml --group tune --universal --python-version 3.12 -c requirements/app.txt --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements/tune.txt
	@cd bot && ../$(UV) pip compile --quiet pyproject.toml --python-version 3.10 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.txt
	@cd bot && ../$(UV) pip compile --quiet pyproject.toml --group dev --python-version 3.10 -c requirements.txt --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-dev.txt

clean: ## Remove both environments and everything kept at run time
	rm -rf .venv .venv-bot .venv-tune .tools var
