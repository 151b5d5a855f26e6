#!/usr/bin/env bash
# Installs a tool in Python for tests or benchmark: make/python_tool.sh NAME [OPTION OF PIP…]. Its versions stand in
# make/NAME/requirements.txt, it comes to TARGET/NAME. Once for each list of versions.
# Where it cannot be installed, this says why and succeeds: what would use it says that it did not run.
set -u
cd "$(dirname "$0")/.."

name=$1
shift
folder=${CARGO_TARGET_DIR:-target}/$name
versions=make/$name/requirements.txt
[ ! "$folder/installed" -nt "$versions" ] || exit 0

cannot() {
  echo "SKIPPED: $name: $*"
  exit 0
}

make/deps.sh "$name" || cannot "its system packages are missing"
rm -rf "$folder"
python3 -m venv "$folder" || cannot "no virtual environment of Python can be made here"
"$folder/bin/pip" install --quiet --no-input "$@" -r "$versions" || cannot "it cannot be fetched"
touch "$folder/installed"
