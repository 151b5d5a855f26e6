#!/usr/bin/env bash
# Runs the README's first commands on a Debian that has nothing yet.
#
#   make/fresh.sh FORM…   bare   a bare Debian: make demo, then make test
#                         demo   a bare Debian: make demo alone
#                         cpp    a Debian that has libclang-cpp14 and not libclang: make demo alone
#
# debootstrap makes the Debian (minbase with make, git, ca-certificates). Of this machine it gets the Rust toolchain and
# cargo's registry cache, both read-only; name resolution, package sources, proxy and certificate settings. The
# checkout is cloned, so what is not committed is not tried.
#
# Exit 0: every form passed. Exit 1: one failed. Exit 77: it cannot be done here; the last line says why.
# FRESH_DIR names a folder for the work (about 8 GB a form); else it is made below TMPDIR or /tmp, and removed.
set -euo pipefail
cd "$(dirname "$0")/.."

cannot() {
  echo "SKIPPED: fresh: $*"
  exit 77
}

for form in "$@"; do
  case $form in bare | demo | cpp) ;; *) echo "make/fresh.sh: no form is called $form" >&2 && exit 2 ;; esac
done
[ $# -gt 0 ] || { echo "make/fresh.sh: name a form: bare, demo or cpp" >&2 && exit 2; }
[ "$(id -u)" = 0 ] || cannot "only root can make a Debian in a folder"
command -v apt-get >/dev/null || cannot "this machine is no Debian"
git rev-parse HEAD >/dev/null 2>&1 || cannot "this folder is no git checkout"
if [ -z "${FRESH_INSIDE:-}" ]; then
  # Mounts made from here on are seen by no other process and end with the last of these.
  unshare --mount true 2>/dev/null || cannot "mounts cannot be made here"
  FRESH_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
sources=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
  | awk -v code="$codename" '$3 == "main" && $2 ~ "^" code "(-updates|-security)?$" { print "deb " $0 }' | sort -u)
mirror=$(awk -v code="$codename" '$3 == code { print $2; exit }' <<<"$sources")
[ -n "$mirror" ] || cannot "apt has no source of $codename main"
command -v debootstrap >/dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends debootstrap; } \
  || cannot "debootstrap is not here and cannot be installed"

work=${FRESH_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/rootcast-fresh.XXXXXX")}
mkdir -p "$work"

# unfurnish FOLDER: takes away every mount below it.
unfurnish() { awk -v below="$1/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l; }
[ -n "${FRESH_DIR:-}" ] || trap 'unfurnish "$work"; rm -rf --one-file-system "$work"' EXIT

[ -z "$(git status --porcelain)" ] || echo "fresh: changes that are not committed are not tried"
toolchain=$(rustc --print sysroot)
cargo_home=${CARGO_HOME:-$HOME/.cargo}
{ cargo fetch --locked --quiet && cargo fetch --locked --quiet --manifest-path fuzz/Cargo.toml; } \
  || cannot "cargo cannot fetch what the lock files name"
cargo fetch --locked --quiet --manifest-path make/kryoptic/Cargo.toml \
  || echo "fresh: kryoptic cannot be fetched; its tests will be skipped"

if [ ! -e "$work/base.done" ]; then
  echo "fresh: debootstrap $codename from $mirror"
  debootstrap --variant=minbase --include=make,git,ca-certificates "$codename" "$work/base" "$mirror" >"$work/debootstrap.log" 2>&1 \
    || { tail -n 20 "$work/debootstrap.log"; cannot "debootstrap failed"; }
  touch "$work/base.done"
fi

# Settings of this machine, without which no package can be fetched.
settings=(HOME=/root LANG=C.UTF-8 "PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" DEBIAN_FRONTEND=noninteractive)
while IFS= read -r -d '' variable; do
  name=${variable%%=*}
  case ${name,,} in
    http_proxy | https_proxy | ftp_proxy | all_proxy | no_proxy | ssl_cert_file | ssl_cert_dir | curl_ca_bundle | git_ssl_cainfo | cargo_http_* | cargo_incremental | pip_*)
      settings+=("$variable") ;;
  esac
done < <(env -0)
certificates=$(for name in SSL_CERT_FILE CURL_CA_BUNDLE GIT_SSL_CAINFO CARGO_HTTP_CAINFO PIP_CERT; do echo "${!name:-}"; done | sort -u)

# furnish ROOT: the clone, and what the Debian in ROOT gets of this machine.
furnish() {
  local root=$1 file
  printf '%s\n' "$sources" >"$root/etc/apt/sources.list"
  rm -rf "$root"/etc/apt/sources.list.d/*
  apt-config dump | grep -E '^Acquire::(http|https|ftp)\b.*"[^"]+";$' >"$root/etc/apt/apt.conf.d/99machine" || true
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  cp /etc/hosts "$root/etc/hosts"
  for file in /etc/ssl/certs/ca-certificates.crt $certificates; do
    [ -f "$file" ] && install -D -m 644 "$file" "$root$file"
  done
  git -c init.defaultBranch=main clone --quiet --no-hardlinks . "$root/srv/rootcast"

  mkdir -p "$root/opt/rust" "$root/root/.cargo/registry/cache" "$root/root/.cargo/registry/index"
  mount --bind "$toolchain" "$root/opt/rust"
  mount -o remount,bind,ro "$root/opt/rust"
  for file in cache index; do
    mount --bind "$cargo_home/registry/$file" "$root/root/.cargo/registry/$file"
    mount -o remount,bind,ro "$root/root/.cargo/registry/$file"
  done
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount -t tmpfs -o mode=755,size=1m devices "$root/dev"
  for file in null zero full random urandom tty; do
    mknod -m 666 "$root/dev/$file" c $(stat -c '0x%t 0x%T' "/dev/$file")
  done
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s /proc/self/fd/0 "$root/dev/stdin"
  ln -s /proc/self/fd/1 "$root/dev/stdout"
  ln -s /proc/self/fd/2 "$root/dev/stderr"
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  mount -t tmpfs shm "$root/dev/shm"
}

inside() {
  local root=$1
  shift
  env -i "${settings[@]}" chroot "$root" /bin/bash -c "cd /srv/rootcast && $*"
}

failed=""
for form in "$@"; do
  root="$work/$form"
  echo "fresh: a bare Debian for the form '$form'"
  unfurnish "$root"
  rm -rf --one-file-system "$root"
  cp -a "$work/base" "$root"
  furnish "$root"
  began=$SECONDS
  case $form in
    cpp)
      inside "$root" "apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends libclang-cpp14 >/dev/null \
        && test -n \"\$(ls /usr/lib/*/libclang-cpp.so.14)\" && ! ls /usr/lib/*/libclang.so* /usr/lib/*/libclang-14.so* 2>/dev/null" \
        || { echo "fresh: libclang-cpp14 alone could not be installed"; failed="$failed $form"; continue; }
      commands="make demo" ;;
    demo) commands="make demo" ;;
    bare) commands="make demo && make test" ;;
  esac
  if inside "$root" "$commands"; then
    echo "fresh: '$commands' passed in the form '$form' after $((SECONDS - began)) s"
  else
    echo "fresh: '$commands' FAILED in the form '$form' after $((SECONDS - began)) s" >&2
    failed="$failed $form"
  fi
  [ -n "${FRESH_DIR:-}" ] || { unfurnish "$root" && rm -rf --one-file-system "$root"; }
done
[ -z "$failed" ] || { echo "fresh: FAILED:$failed" >&2 && exit 1; }
