# `make help` lists what there is. Every target sets up what it needs by itself.
.DEFAULT_GOAL := help
.PHONY: help serve demo show-fleet test test-long test-calendar screenshots check-hostile lint install install-fleet install-dev lock bench-core bench-live bench-claims bench-timeline bench-replay bench-insert bench-seed bench-history bench-prune bench-export bench-slow bench-growth bench-tabs bench-browser bench-walk bench-peer

python := .venv/bin/python

# Some machines turn this on. Every process would compile all our modules anew, and start a third later.
unexport PYTHONDONTWRITEBYTECODE

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

# Where `make` was called: `make -C slotwatch serve APP=shop.app` finds the app that lies there.
APP_DIR ?= $(or $(PWD),$(CURDIR))

serve: $(if $(APP),install-fleet,install) ## all of it for real (APP=shop.app watches a pynenc app, too; ARGS="--port … --host …")
	@$(python) manage.py serve $(if $(APP),--app "$(APP)" --app-dir "$(APP_DIR)") $(ARGS)

demo: install ## three simulated services, living in real time (ARGS="…" is passed on)
	@$(python) manage.py demo $(ARGS)

test: install-dev ## every test (ARGS="…" goes to pytest)
	@sh scripts/programs.sh chromium-headless-shell nginx-light openssl systemd
	@$(python) -m pytest $(ARGS)

test-long: install-dev ## the whole of what `make test` runs a short form of
	@sh scripts/programs.sh chromium-headless-shell
	@$(python) -m pytest -m long $(ARGS)

test-calendar: install-dev ## the tests on other days, in other zones (about 50 minutes)
	@sh scripts/programs.sh chromium-headless-shell nginx-light openssl systemd build-essential
	@$(python) -m tests.calendar $(ARGS)

screenshots: install-dev ## every page at every width and mode, into a directory (ARGS=/tmp/pictures)
	@sh scripts/programs.sh chromium-headless-shell
	@$(python) -m tests.browser.screenshots $(ARGS)

lint: install-dev ## every linter
	@sh scripts/lint.sh

install: ## .venv with what Slotwatch runs on, and the browser's libraries
	@sh scripts/install.sh base
	@sh scripts/vendor.sh

install-fleet: ## the same with what watching a pynenc app needs
	@sh scripts/install.sh fleet
	@sh scripts/vendor.sh

install-dev: ## the same with what tests and linters need
	@sh scripts/install.sh dev
	@sh scripts/vendor.sh

show-fleet: install-dev ## a real fleet through what goes wrong, and what each page says then
	@$(python) -u -m tests.fleet.show $(ARGS)

lock: install-dev ## pin the requirements anew (ARGS=--upgrade renews what the .in files leave open)
	@sh scripts/lock.sh $(ARGS)

check-hostile: install-dev ## 100,000 hostile inputs at every address and every Python way in, on both databases
	@$(python) -m bench.hostile $(ARGS)

bench-core: install-dev ## our decision core beside the package's
	@$(python) -m bench.core $(ARGS)

bench-live: install-dev ## server time of the live page at 10, 100 and 1,000 runners
	@$(python) -m bench.live $(ARGS)

bench-claims: install-dev ## a claim among 10 and among 10,000 runners
	@$(python) -m bench.claims $(ARGS)

bench-timeline: install-dev ## a past cycle of 1,000 runners, and the strip beside 10 million executions
	@$(python) -m bench.timeline $(ARGS)

bench-replay: install-dev ## a frame of a replay of 1,000 runners, and how soon the chart follows the scrubber
	@sh scripts/programs.sh chromium-headless-shell
	@$(python) -m bench.replay $(ARGS)

bench-insert: install-dev ## reported executions beside a bare driver's inserts
	@$(python) -m bench.insert $(ARGS)

bench-seed: install-dev ## seed_history beside a bare driver's bulk insert
	@$(python) -m bench.seed $(ARGS)

bench-history: install-dev ## pages of the history among 10 million executions, beside bare SQL
	@$(python) -m bench.history $(ARGS)

bench-prune: install-dev ## the slowest claim while 1 million executions are pruned, on both databases
	@$(python) -m bench.prune $(ARGS)

bench-export: install-dev ## an export of 1 million rows beside a bare cursor, on both databases
	@$(python) -m bench.export $(ARGS)

bench-slow: install-dev ## what slow clients do to others, and the null view beside the server of before
	@$(python) -m bench.slow $(ARGS)

bench-growth: install-dev ## how each page's cost grows over runners, executions, services and tabs, on both databases
	@$(python) -m bench.growth $(ARGS)

bench-tabs: install-dev ## 250 open tabs beside claims and reports of 500 runners each, on both databases
	@$(python) -m bench.tabs $(ARGS)

bench-browser: install-dev ## what a browser feels of the pages of 1,000 runners (about 30 minutes)
	@sh scripts/programs.sh chromium-headless-shell
	@$(python) -m bench.browser $(ARGS)

bench-walk: install-dev ## the README's commands in a fresh clone, from nothing, with the seconds they take
	@sh scripts/programs.sh chromium-headless-shell
	@$(python) -m bench.walk $(ARGS)

bench-peer: install-dev ## pages beside those of pynenc's own monitor, over the same fleets (ARGS="--runners 100")
	@sh scripts/programs.sh chromium-headless-shell
	@$(python) -m bench.peer $(ARGS)
