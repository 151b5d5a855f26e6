#!/usr/bin/env bash
# Installs acorn, a parser of JavaScript, for the tests: TARGET/acorn. Once for each version.
# Where it cannot be installed, this says why and succeeds: the tests that would use it say that they did not run.
set -u
cd "$(dirname "$0")/.."

folder=${CARGO_TARGET_DIR:-target}/acorn
[ ! "$folder/installed" -nt make/acorn/package-lock.json ] || exit 0

cannot() {
  echo "SKIPPED: acorn: $*"
  exit 0
}

make/deps.sh acorn || cannot "its system packages are missing"
rm -rf "$folder"
mkdir -p "$folder" || cannot "no folder $folder can be made"
cp make/acorn/package.json make/acorn/package-lock.json "$folder/"
npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent || cannot "it cannot be fetched"
touch "$folder/installed"
