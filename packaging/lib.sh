# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What packaging/deps, test and demo share: one clock for progress lines, one way to fail, one way to build. Sourced, not run.

MILLPOND_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MILLPOND_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/millpond
# Elapsed time counts from the outermost script, so that deps called by demo goes on with demo's clock.
export MILLPOND_STARTED=${MILLPOND_STARTED:-$EPOCHSECONDS}

say() { printf '[%4d s] %s\n' "$((EPOCHSECONDS - MILLPOND_STARTED))" "$*"; }

# die MESSAGE [NEXT-STEP...]: what happened on the first line, what to do on the following ones.
die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# quietly LOG COMMAND...: the command's output goes to LOG; when it fails, the end of LOG is shown and the failure returned.
quietly() {
  local log=$1 status=0
  shift
  "$@" >"$log" 2>&1 </dev/null || status=$?
  [ "$status" = 0 ] || { tail -n 25 "$log" | sed 's/^/    /' >&2; }
  return "$status"
}

# free_mb FOLDER: free megabytes on the disk of the folder or of its nearest existing parent.
free_mb() {
  local folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  df -Pm "$folder" | awk 'NR == 2 { print $4 }'
}

# configure_and_build PRESET [TARGET...]: no target means everything.
configure_and_build() {
  local preset=$1 folder=$MILLPOND_TOP/build/$1 free
  shift
  mkdir -p "$folder" || die "cannot write to $folder" "Run this in a checkout that belongs to you."
  free=$(free_mb "$folder")
  [ "$free" -ge 500 ] || [ -e "$folder/build.ninja" ] ||
    die "$free MB are free for $folder, about 1000 MB are needed" "Free some space and run this again."
  say "configuring build/$preset ..."
  (cd "$MILLPOND_TOP" && quietly "$folder/configure.log" cmake --preset "$preset") ||
    die "configuring failed" "The whole log: $folder/configure.log"
  say "building ${*:-everything} ..."
  (cd "$MILLPOND_TOP" && show_steps ninja -C "$folder" "$@") ||
    die "building failed" "The compiler's messages are above."
  say "built"
}

# show_steps COMMAND...: of ninja's step lines at most one in ten seconds, every other line as it is. The command's status.
show_steps() {
  local line last=$SECONDS
  NINJA_STATUS='@@%f/%t ' "$@" 2>&1 </dev/null | while IFS= read -r line; do
    case $line in
      @@*)
        if [ $((SECONDS - last)) -ge 10 ]; then
          last=$SECONDS line=${line#@@}
          say "  step ${line%% *}"
        fi
        ;;
      "ninja: Entering directory"* | "ninja: no work to do."*) ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
  return "${PIPESTATUS[0]}"
}
