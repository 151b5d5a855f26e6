#!/usr/bin/env bash
# Installs pkilint, a linter of certificates and CRLs in Python, for the tests: TARGET/pkilint. Once for each list of versions.
# Where it cannot be installed, this says why and succeeds: the tests that would use it say that they did not run.
set -u
cd "$(dirname "$0")/.."

folder=${CARGO_TARGET_DIR:-target}/pkilint
[ ! "$folder/installed" -nt make/pkilint/requirements.txt ] || exit 0

cannot() {
  echo "SKIPPED: pkilint: $*"
  exit 0
}

make/deps.sh pkilint || cannot "its system packages are missing"
rm -rf "$folder"
python3 -m venv "$folder" || cannot "no virtual environment of Python can be made here"
"$folder/bin/pip" install --quiet --no-input --only-binary :all: -r make/pkilint/requirements.txt \
  || cannot "it cannot be fetched"
touch "$folder/installed"
