# Every target sets up what it needs first and says so; DESKHAND_NO_INSTALL=1 makes that an error.
PREPARE = sh src/setup/prepare.sh

.PHONY: help demo test check bench image clean clean-image
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: ## a desktop, a task done on it by the built-in model, and the proof
	@$(PREPARE)
	@npm run -s build
	@npm run -s demo

test: ## all tests
	@$(PREPARE)
	@npm test

check: ## format, lint, types, dead code
	@$(PREPARE) npm
	@npm run -s check

bench: ## the measured claims
	@$(PREPARE)
	@npm run -s build
	@npm run -s bench

image: ## the desktop's image
	@$(PREPARE)
	@npm run -s build
	@npm run -s image

clean: ## remove what is built from the sources
	rm -rf dist coverage node_modules/.cache node_modules/.vite

clean-image: ## remove the desktop's images and their base, but no snapshot
	docker image ls --format '{{.Repository}}:{{.Tag}}' 'deskhand/*' \
	  | grep -v -e '^deskhand/snapshot:' -e '<none>' | xargs -r docker image rm -f
