#!/usr/bin/env bash
# Builds kryoptic, a soft token in Rust, for the tests: TARGET/kryoptic/libkryoptic_pkcs11.so. It is built once.
# Where it cannot be built, this says why and succeeds: the tests that would use it say that they did not run.
set -u
cd "$(dirname "$0")/.."

folder=${CARGO_TARGET_DIR:-target}/kryoptic
module=$folder/libkryoptic_pkcs11.so
[ ! "$module" -nt make/kryoptic/Cargo.lock ] || exit 0

cannot() {
  echo "SKIPPED: kryoptic: $*"
  exit 0
}

make/deps.sh build kryoptic || cannot "its system packages are missing"
mkdir -p "$folder"
"${CARGO:-cargo}" build --locked --manifest-path make/kryoptic/Cargo.toml --target-dir "$folder/build" -p kryoptic \
  || cannot "it cannot be built here"
cp "$folder/build/debug/libkryoptic_pkcs11.so" "$module.new" && mv "$module.new" "$module" || cannot "it cannot be copied"
