#!/bin/bash
# One virtual environment per peer in the folder $1, with the pins under which each works with Python 3.11.
# Plain installs fail for some: Evidently and NannyML do not import with pandas 3, NannyML does not declare statsmodels,
# alibi-detect needs an older pyarrow.
set -u
folder=${1:?usage: install.sh FOLDER [peer …]}
shift
mkdir -p "$folder"
for peer in "${@:-}"; do peers="${peers:-}$peer "; done
[ -n "${peers// /}" ] || peers="alibi evidently frouros nannyml whylogs"
for peer in $peers; do
  case $peer in
    alibi) pins="alibi-detect==0.13.0 pyarrow==17.*" ;;
    evidently) pins="evidently==0.7.23 pandas<3 pyarrow" ;;
    frouros) pins="frouros==0.9.0 pandas pyarrow" ;;
    nannyml) pins="nannyml==0.13.1 pandas<3 statsmodels pyarrow" ;;
    whylogs) pins="whylogs[viz]==1.6.4 pandas<3 pyarrow" ;;
    *) echo "unknown peer $peer" >&2; exit 2 ;;
  esac
  # shellcheck disable=SC2086  # the pins are several words
  python3 -m venv "$folder/$peer" && "$folder/$peer/bin/pip" install -q $pins >"$folder/$peer.log" 2>&1
  echo "$peer: exit $?, $(du -sm "$folder/$peer" | cut -f1) MB, $("$folder/$peer/bin/pip" list 2>/dev/null | tail -n +3 | wc -l) packages"
done
