#!/usr/bin/env bash
# Installs amodem, a modem for audio cables in Python, for the benchmark: TARGET/amodem. Once for each list of versions.
# Where it cannot be installed, this says why and succeeds: the benchmark then says that it was not measured.
set -u
cd "$(dirname "$0")/.."

folder=${CARGO_TARGET_DIR:-target}/amodem
[ ! "$folder/installed" -nt make/amodem/requirements.txt ] || exit 0

cannot() {
  echo "SKIPPED: amodem: $*"
  exit 0
}

rm -rf "$folder"
python3 -m venv "$folder" || cannot "no virtual environment of Python can be made here"
"$folder/bin/pip" install --quiet --no-input -r make/amodem/requirements.txt || cannot "it cannot be fetched"
touch "$folder/installed"
