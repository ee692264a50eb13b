# What a newcomer types. `just` alone lists it.

uv := "python3 -m uv"

_list:
    @just --list --unsorted

# install everything from the lock
setup:
    {{uv}} sync --locked
    {{uv}} run pre-commit install

# sample institution, whole flow, report
demo *options:
    {{uv}} run kejing demo {{options}}

# everything that CI runs
check:
    bash .ci/run

# the tests of one folder or all
test *which:
    {{uv}} run pytest -n 2 {{which}}

# style, types and layers, without the tests
lint:
    {{uv}} run ruff check
    {{uv}} run ruff format --check
    {{uv}} run mypy
    {{uv}} run lint-imports --no-logo

# put right what can be put right by machine
fix:
    {{uv}} run ruff check --fix
    {{uv}} run ruff format

# take newer releases, at least a week old
upgrade:
    {{uv}} lock --upgrade
    {{uv}} sync --locked
