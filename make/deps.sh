#!/usr/bin/env bash
# Installs the system packages that the build and the tests need. To a user who may not install any, it
# prints the apt-get line.
#
#   make/deps.sh SET…     build  what the two programs are built with, and the demo
#                         test   what the tests drive: other people's programs
#                         kryoptic  what a second soft token for the tests is built with
#                         pkilint amodem  what a tool in Python is installed with, for tests and benchmark
#                         acorn  what a parser of JavaScript is installed and run with, for the tests
#                         c++    for libFuzzer and zxing-cpp
#                         cmake  for zxing-cpp
#
# Each question asks for the thing that is used (a header compiles, a library has the name its loader takes),
# never for something with a similar name.
set -u

missing=""

# need QUESTION PACKAGE…: the packages are missing if the question fails.
need() {
  local question=$1
  shift
  $question >/dev/null 2>&1 || missing="$missing $*"
}

# A program of this name is on PATH.
program() { command -v "$1"; }

# This machine links a program in C that uses the C library and the kernel's video header.
c_compiler() {
  local out
  out=$(mktemp) || return 1
  printf '#include <stdio.h>\n#include <linux/videodev2.h>\nint main(void) { return puts("") < 0; }\n' \
    | cc -x c - -o "$out"
  local result=$?
  rm -f "$out"
  return $result
}

cpp_compiler() {
  local out
  out=$(mktemp) || return 1
  printf '#include <vector>\nint main() { return std::vector<int>(1).at(0); }\n' | c++ -x c++ - -o "$out"
  local result=$?
  rm -f "$out"
  return $result
}

# This header compiles.
header() { printf '#include <%s>\n' "$1" | cc -x c -fsyntax-only -; }

# The file names that bindgen's loader takes (crate clang-sys), and no other: libclang-cpp is the C++ library,
# which Mesa and others bring alone. The loader takes only libraries of this machine's word size.
is_libclang() {
  local class=02
  [ "$(getconf LONG_BIT)" = 32 ] && class=01
  [[ ${1##*/} =~ ^libclang(-[0-9][0-9.]*)?\.so(\.[0-9][0-9.]*)?$ ]] \
    && [ "$(head -c 5 "$1" 2>/dev/null | od -An -tx1)" = " 7f 45 4c 46 $class" ]
}

libclang_in() {
  local file
  for file in "$1"/libclang*; do
    is_libclang "$file" && return 0
  done
  return 1
}

# Where the loader looks: LIBCLANG_PATH and nowhere else if it is set; then llvm-config, LD_LIBRARY_PATH, the usual folders.
libclang() {
  local folder
  if [ -n "${LIBCLANG_PATH:-}" ]; then
    is_libclang "$LIBCLANG_PATH" || libclang_in "$LIBCLANG_PATH"
    return
  fi
  if folder=$("${LLVM_CONFIG_PATH:-llvm-config}" --prefix 2>/dev/null); then
    for folder in "$folder"/lib "$folder"/lib64; do
      libclang_in "$folder" && return 0
    done
  fi
  local IFS=:
  for folder in ${LD_LIBRARY_PATH:-}; do
    libclang_in "$folder" && return 0
  done
  unset IFS
  for folder in /usr/local/llvm*/lib* /usr/local/lib*/*/* /usr/local/lib*/* /usr/local/lib* \
    /usr/lib*/*/* /usr/lib*/* /usr/lib*; do
    [ -d "$folder" ] && libclang_in "$folder" && return 0
  done
  return 1
}

# ALSA as the crate alsa-sys asks for it at build time.
alsa() { "${PKG_CONFIG:-pkg-config}" --exists alsa && header alsa/asoundlib.h; }

# The module itself: softhsm2-util stands in another package than the library that the tests load.
softhsm() {
  command -v softhsm2-util && ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | grep -q .
}

# Python makes virtual environments with pip in them: Debian has the parts of it in a package of their own.
python_venv() { python3 -c 'import venv, ensurepip'; }

# Asks every question of the sets.
ask() {
  missing=""
  local set
  for set in "$@"; do
    case $set in
      build)
        need c_compiler gcc libc6-dev
        need libclang libclang-dev
        need alsa libasound2-dev pkg-config
        need "program openssl" openssl
        # For the part of the demo that crosses over Ethernet, where namespaces are permitted.
        need "program ip" iproute2
        ;;
      test)
        need "program certtool" gnutls-bin
        need "program certutil" libnss3-tools
        need "test -x /usr/share/easy-rsa/easyrsa" easy-rsa
        need "program p11tool" gnutls-bin
        need "program nm" binutils
        need "program strace" strace
        need softhsm softhsm2 libsofthsm2
        need "program ssh-keygen" openssh-client
        need "program pdftoppm" poppler-utils
        need "program pdftotext" poppler-utils
        need "program tmux" tmux
        need "program aplay" alsa-utils
        # It is in /usr/sbin, which is not in the PATH of users. Its package starts a server where a package may.
        need "test -x /usr/sbin/nginx" nginx-light
        ;;
      kryoptic)
        need "header openssl/evp.h" libssl-dev
        need "header sqlite3.h" libsqlite3-dev
        need "program pkg-config" pkg-config
        ;;
      pkilint | amodem) need python_venv python3-venv ;;
      acorn)
        need "program node" nodejs
        need "program npm" npm
        ;;
      c++) need cpp_compiler g++ ;;
      cmake) need "program cmake" cmake ;;
      *)
        echo "make/deps.sh: no set is called $set; the sets are build, test, kryoptic, pkilint, amodem, acorn, c++ and cmake" >&2
        exit 2
        ;;
    esac
  done
  missing=$(tr -s ' ' '\n' <<<"$missing" | sort -u | xargs)
}

ask "$@"
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing; as root run: apt-get install --no-install-recommends $missing" >&2
    exit 1
  fi
  wanted=$missing
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted || {
    echo "make/deps.sh: apt-get could not install $wanted" >&2
    exit 1
  }
  ask "$@"
  if [ -n "$missing" ]; then
    echo "make/deps.sh: apt-get installed $wanted, and this is still not usable: $missing" >&2
    exit 1
  fi
fi

# promtool reads metrics for the tests. Its package would start a server, so only this program of it is taken. Where that
# cannot be done, the tests that need it are skipped and named.
promtool_alone() {
  local folder
  folder=$(mktemp -d) || return 1
  (cd "$folder" && apt-get download -q prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool \
    && install -m 755 usr/bin/promtool /usr/local/bin/promtool)
  local result=$?
  rm -rf "$folder"
  return $result
}

if [[ " $* " = *" test "* ]] && ! program promtool >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && promtool_alone >/dev/null 2>&1; then
    echo "make/deps.sh: took promtool out of the package prometheus, to /usr/local/bin"
  else
    echo "make/deps.sh: no promtool (Debian: prometheus): the tests of metrics that need it are skipped" >&2
  fi
fi

cargo=${CARGO:-cargo}
command -v "$cargo" >/dev/null 2>&1 || {
  echo "No $cargo: install a current Rust toolchain, see https://rustup.rs" >&2
  exit 1
}
