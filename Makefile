# Two commands matter: `make film` (the main job on the shipped example) and `make test`. Both set up what is missing.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
IDEA    = $(shell cat examples/idea.txt)
# torch comes as its CPU build, without gigabytes of CUDA, unless there is an NVIDIA driver (then as pip finds it).
# Another build: make setup TORCH_INDEX=https://download.pytorch.org/whl/cu130
TORCH_INDEX ?= $(if $(shell command -v nvidia-smi 2>/dev/null),,https://download.pytorch.org/whl/cpu)
TORCH    = $(shell sed -n 's/.*"\(torch[<>=~! ][^"]*\)".*/\1/p' pyproject.toml)
PIP      = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: film test lint format bench clean setup

film: setup
	$(BIN)/oner make examples/night_train.ogg --idea "$(IDEA)" --title "Night Train" -o film.mp4

test: setup $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup $(VENV)/.bench
	$(BIN)/python benchmarks/worlds.py
	$(BIN)/python benchmarks/song_analysis.py
	$(BIN)/python benchmarks/shoot.py
	$(BIN)/python benchmarks/cutting.py
	$(BIN)/python benchmarks/server.py
	$(BIN)/python benchmarks/finish.py
	$(BIN)/python benchmarks/native.py

clean:
	rm -rf $(VENV) film.mp4 film.png film.oner out build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(VENV)/.ready
	@PYTHON=$(BIN)/python sh scripts/system-packages.sh

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Oner needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make film PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "A virtual environment could not be made. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	$(if $(TORCH_INDEX),$(PIP) --retries 1 --no-deps --extra-index-url $(TORCH_INDEX) '$(TORCH)')
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.ready
	$(PIP) -e '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) -e '.[dev,bench]'
	@touch $@
