# What a developer types. Nothing here is needed to build or test.

# Format, lints and documentation, warnings as errors; licences and advisories.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
    cargo deny check

# All tests; those on PostgreSQL say so when they are skipped.
test:
    cargo test --workspace

# As `test`, one process per test.
nextest:
    cargo nextest run --workspace

# All tests; without PostgreSQL they fail.
test-postgres:
    REQUIRE_POSTGRES=1 cargo test --workspace

# How fast a sync is beside the bare limits.
bench orders="100000":
    cargo run --release -p bench -- --orders {{orders}} --postgres auto

# Record a scenario of a live connector, without personal data.
record name:
    cargo run --release -p runner -- record --connector {{name}} --out {{name}}.json

# What CI runs.
ci:
    bash .ci/run
