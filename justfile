# What a developer can do. `uv run just` lists it.

# Compiled modules are kept, whatever the machine is set to: each of the hundreds of processes that tests start would compile them all again.
export PYTHONDONTWRITEBYTECODE := ""

[private]
default:
    @just --list

# start everything on this machine
up *options:
    uv run kasir up {{options}}

# every test, against real servers; side by side unless told otherwise
test *options="-n 4 --dist loadfile --no-loadscope-reorder":
    uv run pytest {{options}}

# lint, types, layers, and whether generated files are fresh
check:
    uv run ruff check .
    uv run mypy
    uv run lint-imports
    uv run python -m deploy.generate --check

# measure, against pgbench and bare loops in the same run
bench *options:
    uv run python -m tests.bench {{options}}

# faults at length: real processes, kill -9, load running throughout; and hundreds of made-up sequences of commands
faults *options:
    uv run pytest tests/faults tests/journeys/test_books.py --long {{options}}

# write subjects.md, docs/settings.md and what else is made from the code
docs:
    uv run python -m deploy.generate
