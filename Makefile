# Covers. `make help` lists the targets. A fresh machine needs Go, make and a C compiler.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN      := $(CURDIR)/bin
STEPS    := $(patsubst tasks/%/main.go,%,$(wildcard tasks/*/main.go))
VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X covers/tasks/internal/step.Version=$(VERSION)
DAYS     ?= 2026-03-27..2026-03-29
DIR      ?= demo
# Inputs of each fuzz test. A number, not a time: at a deadline Go's fuzzer may report its own interruption as a failure.
FUZZTIME ?= 5000x

export COVERS_VERSITYGW := $(BIN)/versitygw

# Python's virtual environments, each of the packages that one file names with their hashes, and the one recipe for all of them.
PYTHON     = python3
VENV      := $(BIN)/venv
AIRFLOW   := $(BIN)/venv-airflow
AUDIT     := $(BIN)/venv-audit
FAKESNOW  := $(BIN)/fakesnow
INSIGHT   := $(BIN)/venv-insight
LINT      := $(BIN)/venv-lint
NOTEBOOK  := $(BIN)/venv-notebook
WHEEL     := $(BIN)/venv-wheel
WORKBOOK  := $(BIN)/venv-workbook
# An Airflow that container-steps is tested on, beside the newest, which is $(AIRFLOW): a file in container-steps/ for each.
AIRFLOW_VERSION ?= 3.1.0
OLDER     := $(BIN)/venv-airflow-$(AIRFLOW_VERSION)
$(VENV)/ready:                 tests/requirements.txt
$(AIRFLOW)/ready:              dags/requirements.txt
$(AUDIT)/ready:                tools/pip-audit/requirements.txt
$(FAKESNOW)/ready:             tools/fakesnow/requirements.txt
$(INSIGHT)/ready:              tests/requirements-insight.txt
$(LINT)/ready:                 tools/python-lint/requirements.txt
$(NOTEBOOK)/ready:             notebooks/requirements.txt
$(OLDER)/ready:                container-steps/requirements-airflow-$(AIRFLOW_VERSION).txt
$(WHEEL)/ready:                tools/wheel/requirements.txt
$(WORKBOOK)/ready:             dashboards/requirements.txt
$(BIN)/sqlfluff/ready:         tools/sqlfluff/requirements.txt
$(BIN)/venv-aws/ready:         tests/requirements-aws.txt
$(BIN)/venv-checkov/ready:     tests/requirements-checkov.txt
$(BIN)/venv-dashboards/ready:  tests/requirements-dashboards.txt
$(BIN)/venv-e2e-airflow/ready: tests/requirements-airflow.txt
$(BIN)/venv-lambda/ready:      tests/requirements-lambda.txt
$(BIN)/venv-peers/ready:       tests/requirements-peers.txt
$(BIN)/venv-platforms/ready:   tests/requirements-platforms.txt
# Some packages are locked for one version of Python, and of what e2e-lambda uses only one file is run.
$(AIRFLOW)/ready $(OLDER)/ready $(LINT)/ready $(NOTEBOOK)/ready: PYTHON = python3.11
$(BIN)/venv-dashboards/ready $(BIN)/venv-peers/ready: PYTHON = python3.11
$(BIN)/venv-lambda/ready: NO_DEPENDENCIES = --no-deps
# The file has all of them, and pip would look for others for a quarter of an hour.
$(OLDER)/ready: NO_DEPENDENCIES = --no-deps

$(BIN)/%/ready:
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes $(NO_DEPENDENCIES) -r $^
	@touch $@

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: build
build: ## build the steps into bin/
	@mkdir -p $(BIN)
	@CGO_ENABLED=1 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ $(addprefix ./tasks/,$(STEPS))

.PHONY: demo
demo: build ## run the pipeline on this machine; DAYS=2026-03-30..2026-04-05 adds days
	@$(BIN)/demo --days '$(DAYS)' --dir '$(DIR)'

.PHONY: check-demo
check-demo: build $(VENV)/ready ## count what the demo left again, in another language (Python), then with care verify
	@$(VENV)/bin/python tests/check_demo.py '$(DIR)'
	@. '$(abspath $(DIR))/env.sh' && $(BIN)/care verify --days '$(DAYS)'

.PHONY: platforms
platforms: build $(BIN)/venv-platforms/ready ## hold the mock APIs against their descriptions in docs/api (Python, schemathesis)
	@$(BIN)/venv-platforms/bin/python tests/check_platforms.py $(BIN)

.PHONY: test
test: $(BIN)/versitygw ## run the Go tests, race detector on, and say which kinds of fault and defect were met how often
	go vet ./...
	@twice=$$(grep -rhoE '^func ($(PLAIN))\(' --include='*_test.go' contract tasks tools | sort | uniq -d); \
		[ -z "$$twice" ] || { echo "two packages have a test of this name, and one would be left out: $$twice" >&2; exit 1; }
	@echo 'go test -race, and beside it what is tried without the race detector; all were vetted above'
	@export COVERS_COUNTS=$(BIN)/counts; log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
		{ status=0; $(TEST) ./tasks/internal/endtoend || status=1; \
			$(TEST) -run '^($(PLAIN))$$' $(PLAIN_PACKAGES) || status=1; exit $$status; } >"$$log" 2>&1 & plain=$$!; \
		status=0; $(TEST) -race -skip '^($(PLAIN))$$' $$(go list ./... | grep -v '/endtoend$$') || status=1; \
		wait $$plain || status=1; cat "$$log"; exit $$status
	@cat $(BIN)/counts/*

TEST := go test -vet=off -timeout 25m

# What is tried without the race detector, beside the others, whose tests often wait: the end-to-end tests, which run programs
# that are built without it, and these, which are long sums of one goroutine: the world's figures, days with every defect,
# Parquet's pages at their full sizes, the platforms under all settings. With it they would only take five to ten times as long;
# shorter tests of the same packages hold what runs at once. FULL=1 tries more restaurants.
PLAIN_PACKAGES := ./tasks/internal/generate ./tasks/internal/parquetrows ./tasks/internal/probe
empty :=
PLAIN := $(subst $(empty) $(empty),|,$(strip TestTheWorldFollowsTheFigures TestAnOrdinaryYearRaisesNoAlarm \
	TestEveryChangeOfABookingOccurs TestCleanRecordsAreClean TestWhatBecomesOfARecordStays TestEachDefectAlone \
	TestWhoIsForgottenStaysForgotten TestAnswerSheetIsExact TestBookingsOfAMergedGuest TestAccidentsAreFound \
	TestRecordsAreWhatThePlatformSends \
	TestCopy TestCopiesAreCut TestEveryKindComesBack TestEveryKindIsVersion1 TestLongStreamsAreCut TestLongTextsEndAGroup \
	TestNoSpoiledColumnPasses TestCheckFindsWhoseRowsTheyAre \
	TestEveryPairOfSettings TestAnySettings))

# How many reservations the day has whose load must stay within its memory.
MEMORY_RESERVATIONS ?= $(if $(filter 1,$(FULL)),1000000,100000)

.PHONY: e2e-snowflake
e2e-snowflake: $(BIN)/versitygw $(FAKESNOW)/ready ## load from S3 into a stand-in for Snowflake: conformance, cuts, kills, memory
	@cd tools/fakesnow && $(FAKESNOW)/bin/python -W ignore -m unittest -q
	@go test -tags snowflake -run '^$$' ./tasks/internal/warehouse/... ./tasks/load >/dev/null
	@export COVERS_FAKESNOW_PYTHON=$(FAKESNOW)/bin/python COVERS_MEMORY_RESERVATIONS=$(MEMORY_RESERVATIONS); \
		go test -tags snowflake -timeout 30m -run '$(CUTS)' ./tasks/internal/warehouse & cuts=$$!; \
		status=0; go test -tags snowflake -timeout 30m -skip '$(CUTS)|$(DUCKDB_ALONE)' ./tasks/internal/warehouse/... \
			./tasks/load ./tasks/internal/loadcheck ./tasks/internal/rebuild || status=1; \
		wait $$cuts || status=1; exit $$status

# The longest tests have a stand-in of their own beside the others', which each use one core.
CUTS := ^(TestCutAtEveryStatement|TestFailsAnywhere)$$
# Tests of the warehouse on DuckDB alone: make test runs them.
DUCKDB_ALONE := ^(TestManyFiles|TestDuckDB.*|TestHistories|TestLongHistory|TestRowsReadDoNotGrow)$$

# Settings: docs/snowflake.md, Trying it on an account of your own. It costs a few minutes of the smallest warehouse.
REAL_SETTINGS := $(addprefix COVERS_SNOWFLAKE_REAL_,ACCOUNT USER KEY_FILE ZONE)

.PHONY: e2e-snowflake-real
e2e-snowflake-real: ## go the way of docs/snowflake.md on an account of yours, under the three roles, and leave nothing there
	@for name in $(REAL_SETTINGS); do [ -n "$${!name:-}" ] || { echo "set $$name: docs/snowflake.md" >&2; exit 64; }; done
	go test -count=1 -tags snowflake -timeout 30m -v -run '^TestWholeAccount$$' ./tasks/internal/loadcheck

# Most of these tests wait for something, so two processes run them.
.PHONY: test-dags
test-dags: ## test the DAGs and what runs steps under Airflow, without a container engine (Python 3.11)
test-dags: $(AIRFLOW)/ready $(WHEEL)/ready
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target test-package test-dag-files

.PHONY: test-package
test-package:
	@$(AIRFLOW)/bin/python -m pytest -q -c container-steps/tests/pytest.ini container-steps/tests

.PHONY: test-dag-files
test-dag-files:
	@$(MAKE) --no-print-directory check-wheel PYTHON_OF_AIRFLOW=$(AIRFLOW)/bin/python
	@$(AIRFLOW)/bin/python -m pytest -q -c dags/tests/pytest.ini dags/tests

.PHONY: e2e-engine
e2e-engine: $(AIRFLOW)/ready ## run steps on a real engine while the connections to it are cut 50 times (docker, Python 3.11)
	@$(AIRFLOW)/bin/python -m pytest -c tests/engine/pytest.ini --rootdir tests/engine tests/engine

.PHONY: conform
conform: $(AIRFLOW)/ready ## hold the battery for images against its twins, and run the examples in Airflow (docker, Python 3.11)
	@for module in container-steps/conformance/twin container-steps/examples/words; do \
		go -C $$module vet . && test -z "$$(gofmt -l $$module)" || exit 1; done
	@$(AIRFLOW)/bin/python -m pytest -q -c container-steps/conformance/pytest.ini container-steps/conformance

.PHONY: conform-older
conform-older: $(OLDER)/ready ## run the examples on an older Airflow, AIRFLOW_VERSION (docker, Python 3.11)
	@$(OLDER)/bin/python -m pytest -q -c container-steps/conformance/pytest.ini container-steps/conformance/test_examples.py

.PHONY: test-container-steps
test-container-steps: $(OLDER)/ready ## test what runs steps on an older Airflow, AIRFLOW_VERSION (Python 3.11)
	@$(OLDER)/bin/python -m pytest -q -c container-steps/tests/pytest.ini container-steps/tests
	@$(MAKE) --no-print-directory check-wheel PYTHON_OF_AIRFLOW=$(OLDER)/bin/python

.PHONY: wheel
wheel: $(WHEEL)/ready ## build the wheel of container-steps into dist/, the same bytes each time (Python)
	@rm -f dist/container_steps-*.whl
	@cd container-steps && $(WHEEL)/bin/hatchling build -t wheel -d $(CURDIR)/dist

# The wheel in an environment of its own, with the Airflow of another.
.PHONY: check-wheel
check-wheel: wheel
	@CONTAINER_STEPS_WHEEL=$$(echo $(CURDIR)/dist/container_steps-*.whl) CONTAINER_STEPS_HATCHLING=$(WHEEL)/bin/hatchling \
		$(PYTHON_OF_AIRFLOW) -m pytest -q -c container-steps/tests/pytest.ini container-steps/tests/check_wheel.py

.PHONY: e2e-dags
e2e-dags: ## run the DAGs on a real Airflow with the steps as processes: backfills, a dead source, clearing (Python 3.11)
e2e-dags: build $(AIRFLOW)/ready $(VENV)/ready
	@$(VENV)/bin/python dags/tests/e2e_process.py $(AIRFLOW)/bin $(BIN)

.PHONY: bench-dags
bench-dags: $(AIRFLOW)/ready ## measure what a step costs as a task, and its log line, against Airflow's own (docker, if there)
	@PYTHONPATH=container-steps/src $(AIRFLOW)/bin/python container-steps/tests/bench_logs.py
	@$(AIRFLOW)/bin/python dags/tests/bench_overhead.py $(AIRFLOW)/bin

# SNOWFLAKE: the account, as ORGANIZATION-ACCOUNT, or the warehouse's URL as COVERS_WAREHOUSE has it. SIGN_IN: sso or password.
SIGN_IN  ?= sso

.PHONY: workbook
workbook: $(WORKBOOK)/ready ## write the Tableau workbook for SNOWFLAKE=ORGANIZATION-ACCOUNT into dist/ (Python)
	@$(WORKBOOK)/bin/python dashboards/build.py --warehouse '$(or $(SNOWFLAKE),ORGANIZATION-ACCOUNT)' --sign-in '$(SIGN_IN)' \
		--out '$(if $(SNOWFLAKE),dist,dashboards)/covers.twb'

.PHONY: workbook-demo
workbook-demo: $(WORKBOOK)/ready ## pack the workbook with an extract of the demo into dist/covers-demo.twbx, for no account
	@$(WORKBOOK)/bin/python dashboards/build.py --demo '$(DIR)/covers.duckdb' --out dist/covers-demo.twbx

.PHONY: notebook
notebook: $(NOTEBOOK)/ready ## open notebooks/explore.ipynb in JupyterLab, on the demo or on COVERS_WAREHOUSE (Python 3.11)
	@COVERS_WAREHOUSE="$${COVERS_WAREHOUSE:-duckdb://$(abspath $(DIR))/covers.duckdb}" \
		$(NOTEBOOK)/bin/jupyter lab notebooks/explore.ipynb

.PHONY: e2e-insight
e2e-insight: ## check what people look at: the report's page, the Tableau workbook and the notebook (Python 3.11, Chromium)
e2e-insight: build $(BIN)/versitygw $(FAKESNOW)/ready $(INSIGHT)/ready $(BIN)/venv-dashboards/ready
	@$(INSIGHT)/bin/python -m pytest -c tests/insight/pytest.ini tests/insight/test_report.py
	@$(BIN)/venv-dashboards/bin/python -m pytest -c tests/insight/dashboards/pytest.ini tests/insight/dashboards

.PHONY: house
house: ## measure the structure: long functions, lines and packages, circles, rules that are written twice
	@go run ./tools/house

.PHONY: lint
lint: $(LINT)/ready $(AIRFLOW)/ready ## run the linters of Go, whose import rules keep the design's directions, and of Python
	go -C tools/lint tool golangci-lint version >/dev/null
	$(GOLANGCI) run ./...
	tools/python-lint/check $(LINT) $(AIRFLOW)

.PHONY: lint-sql
lint-sql: $(BIN)/sqlfluff/ready ## hold the SQL against Snowflake's grammar (Python)
	$(BIN)/sqlfluff/bin/sqlfluff lint snowflake tasks/internal/warehouse/sql

GOLANGCI = $$(go -C tools/lint tool -n golangci-lint)

.PHONY: bench
bench: build $(BIN)/versitygw ## measure speed and memory, up to a million records (FULL=1: ten), and what the steps ask of S3
	go test -run "^$$" -bench Steps -benchtime 1x -timeout 120m ./tasks/internal/endtoend
	go test -run "^$$" -bench Requests -benchtime 1x -timeout 30m ./tasks/internal/endtoend
	go test -run "^$$" -bench Validate -benchtime 1x -timeout 30m ./tasks/internal/validate
	go test -run "^$$" -bench . -benchtime 10x -timeout 30m ./tasks/internal/parquetrows
	go test -run "^$$" -bench Extract -benchtime 1x -timeout 30m ./tasks/extract
	go test -run "^$$" -bench History -benchtime 5x -timeout 60m ./tasks/internal/warehouse
	go test -run "^$$" -bench Report -benchtime 5x -timeout 30m ./tasks/internal/report
	go test -run "^$$" -bench Server -benchtime 1x -timeout 30m ./tasks/mockapi

# Options of tests/peers/bench.py, such as --opentable 1000000 --rounds 5 --rows validate server: docs/performance.md.
PEERS ?=

.PHONY: bench-peers
bench-peers: build $(BIN)/venv-peers/ready ## measure beside DuckDB, polars, pydantic, nginx and a Python pipeline
	@$(BIN)/venv-peers/bin/python tests/peers/bench.py --bin $(BIN) --cache $(BIN)/peers $(PEERS)

.PHONY: fuzz
fuzz: ## run every fuzz test for FUZZTIME
	@for package in $$(grep -rlE '^func Fuzz' --include='*_test.go' contract tasks | xargs -n1 dirname | sort -u); do \
		for name in $$(grep -hoE '^func Fuzz\w+' $$package/*_test.go | cut -c6-); do \
			echo "$$package $$name"; \
			out=$$(go test ./$$package -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x 2>&1) || \
				{ echo "$$out"; exit 1; }; \
		done; \
	done

.PHONY: static
static: ## check that every step builds without cgo (load then has no DuckDB)
	@CGO_ENABLED=0 go build -o /dev/null $(addprefix ./tasks/,$(STEPS))

DIST        := $(CURDIR)/dist
RESTAURANTS ?= restaurants.yaml

.PHONY: lambda
lambda: ## zip generate for AWS Lambda into dist/; RESTAURANTS=FILE lists other restaurants
lambda: $(DIST)/generate-lambda-amd64.zip $(DIST)/generate-lambda-arm64.zip

.PHONY: mockapi
mockapi: $(DIST)/mockapi-amd64 $(DIST)/mockapi-arm64 ## build the mock API for an instance in AWS into dist/

# Runs on any Linux of its architecture. The same sources give the same bytes, so that a plan of Terraform is empty where
# nothing changed.
STATIC_BUILD = CGO_ENABLED=0 GOOS=linux go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS) -buildid='

.PHONY: always
$(DIST)/mockapi-%: always
	@mkdir -p $(DIST)
	@GOARCH=$* $(STATIC_BUILD) -o $@ ./tasks/mockapi

$(DIST)/generate-lambda-%.zip: always
	@mkdir -p $(DIST)/$*
	@GOARCH=$* $(STATIC_BUILD) -tags lambda.norpc -o $(DIST)/$*/bootstrap ./tasks/generate
	@cp '$(RESTAURANTS)' $(DIST)/$*/restaurants.yaml
	@go run ./tools/lambdazip $@ $(DIST)/$*/bootstrap $(DIST)/$*/restaurants.yaml

.PHONY: e2e-lambda
e2e-lambda: lambda $(BIN)/versitygw $(BIN)/venv-lambda/ready ## run the zipped Lambda under AWS's runtime interface emulator
	@rapid=$$(echo $(BIN)/venv-lambda/lib/python3*/site-packages/samcli/local/rapid); \
		COVERS_LAMBDA_ZIPS=$(DIST) COVERS_LAMBDA_EMULATOR=$$rapid/aws-lambda-rie-$$(uname -m | sed 's/aarch64/arm64/') \
		go test -tags e2e -count=1 -run '^TestZippedLambda' ./tasks/generate

.PHONY: e2e-systemd
e2e-systemd: $(BIN)/versitygw ## run the mock API's unit and boot script under a real systemd (needs docker and terraform)
	@mkdir -p $(BIN)/static
	@$(STATIC_BUILD) -o $(BIN)/static/ ./tasks/mockapi ./tasks/generate
	@python3 tests/check_systemd.py $(BIN)/static $(BIN)/versitygw

# The images' tag, and what stands before the step in their names. PLATFORMS=linux/amd64,linux/arm64 where the engine can keep
# both.
IMAGE_TAG ?= $(VERSION)
REGISTRY  ?= covers
PLATFORMS ?=
SBOM      := $(BIN)/sbom
# demo and lake are run by a person, beside what a scheduler runs.
IMAGES    := $(filter-out demo lake,$(STEPS))

.PHONY: images
images: $(BIN)/cyclonedx-gomod ## build the steps' images, and a bill of materials of each into bin/sbom/ (docker with buildx)
	@VERSION='$(IMAGE_TAG)' REVISION="$$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
		REGISTRY='$(REGISTRY)' PLATFORMS='$(PLATFORMS)' docker buildx bake --file images/docker-bake.hcl
	@images/sbom '$(IMAGE_TAG)' '$(REGISTRY)' $(SBOM) $(BIN)/cyclonedx-gomod $(IMAGES)

.PHONY: e2e-images
e2e-images: ## build the images and hold them against what they promise: size, user, layers, what runs (docker with buildx)
	@$(MAKE) --no-print-directory images IMAGE_TAG=check REGISTRY=covers-check
	@COVERS_IMAGES=covers-check COVERS_IMAGES_TAG=check COVERS_SBOM=$(SBOM) \
		python3 -m unittest discover --start-directory tests/images --verbose

# Ten days are backfilled while the scheduler is killed twice; with FULL=1 sixty, all at once.
.PHONY: e2e-airflow
e2e-airflow: ## try docker-compose.airflow.yml: days, backfills, kills, the UI (docker with compose, Chromium, Python 3.11)
e2e-airflow: build $(BIN)/venv-e2e-airflow/ready
	@$(BIN)/venv-e2e-airflow/bin/python -m pytest -c tests/airflow/pytest.ini --rootdir tests/airflow tests/airflow

# LOAD_IMAGES is given in the environment: a shell command that hands the images "$@" to the cluster, such as
# 'kind load docker-image "$@"'.
.PHONY: e2e-kubernetes
e2e-kubernetes: ## run the DAGs on the cluster that KUBECONFIG names, in a namespace covers-e2e (docker, kubectl, Python 3.11)
e2e-kubernetes: $(AIRFLOW)/ready $(BIN)/venv-checkov/ready
	@$(MAKE) --no-print-directory images IMAGE_TAG=e2e
	@docker build --quiet --tag covers/s3:e2e --file compose/s3/Dockerfile .
	@docker build --quiet --tag covers/fakesnow:e2e --file tools/fakesnow/Dockerfile .
	@COVERS_AIRFLOW_BIN=$(AIRFLOW)/bin COVERS_CHECKOV=$(BIN)/venv-checkov/bin/checkov \
		$(AIRFLOW)/bin/python -m pytest -c tests/kubernetes/pytest.ini --rootdir tests/kubernetes tests/kubernetes

.PHONY: release
release: $(BIN)/cyclonedx-gomod ## make what a tag releases for this machine's platform into dist/, VERSION=1.2.3
	@go run ./tools/release -version '$(VERSION)' -sbom $(BIN)/cyclonedx-gomod -out $(DIST)

.PHONY: release-dry
release-dry: $(BIN)/cyclonedx-gomod ## make it twice into DIR, without the network, and hold it against what a release promises
	@go run ./tools/release -again -version 0.0.0-dry -sbom $(BIN)/cyclonedx-gomod -out '$(DIR)'
	@python3 tests/check_release.py '$(DIR)' 0.0.0-dry

$(BIN)/cyclonedx-gomod: tools/sbom/go.sum
	@mkdir -p $(BIN)
	go -C tools/sbom build -o $@ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

# TF_PLUGIN_DIR: a folder with the AWS provider, as `terraform providers mirror` fills one. Unset, it comes from the registry.
TF_PLUGIN_DIR ?= $(BIN)/tf-plugins

.PHONY: e2e-aws
e2e-aws: ## check terraform/ and apply it to moto, a stand-in for AWS (Terraform, Python, Node)
e2e-aws: $(BIN)/venv-aws/ready $(BIN)/venv-checkov/ready $(BIN)/node/ready | $(TF_PLUGIN_DIR)
	@COVERS_NODE_MODULES=$(BIN)/node COVERS_CHECKOV=$(BIN)/venv-checkov/bin/checkov TF_PLUGIN_DIR='$(abspath $(TF_PLUGIN_DIR))' \
		$(BIN)/venv-aws/bin/python -m pytest -c tests/aws/pytest.ini tests/aws

$(BIN)/node/ready: tests/aws/package-lock.json $(BIN)/venv-aws/ready
	@mkdir -p $(BIN)/node
	@cp tests/aws/package.json tests/aws/package-lock.json $(BIN)/node/
	@PATH="$(BIN)/venv-aws/bin:$$PATH" npm --prefix $(BIN)/node ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

$(BIN)/tf-plugins:
	@terraform -version >/dev/null 2>&1 || \
		{ echo 'terraform 1.11 or newer is not on the PATH: https://developer.hashicorp.com/terraform/install' >&2; exit 1; }
	@terraform -chdir=terraform/modules/lake providers mirror $@.new >/dev/null
	@mv $@.new $@

$(BIN)/versitygw: tools/versitygw/go.sum
	@mkdir -p $(BIN)
	go -C tools/versitygw build -o $@ github.com/versity/versitygw/cmd/versitygw

.PHONY: audit
audit: $(AUDIT)/ready ## ask PyPI and npm for known vulnerabilities of the Python and Node packages (Python, Node)
	@# An Airflow that is old on purpose has what was found in it since; only tests run it.
	@for file in $$(git ls-files '*requirements*.txt' ':!container-steps/requirements-airflow-*'); do \
		echo "$$file"; \
		$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r "$$file" || failed=1; \
	done; \
	for file in $$(git ls-files '*package-lock.json'); do \
		echo "$$file"; npm --prefix "$$(dirname "$$file")" audit --package-lock-only || failed=1; \
	done; [ -z "$${failed:-}" ]

.PHONY: clean
clean: ## remove what was built and what the demo left
	rm -rf $(BIN) $(DIST) demo
