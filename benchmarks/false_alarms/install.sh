#!/bin/bash
# One virtual environment per peer in the folder $1 (Python 3.11). Each is first installed as its documentation says, and
# what its import answers then is kept in FOLDER/PEER.plain for the table; the pins under which it works come after.
set -u
folder=${1:?usage: install.sh FOLDER [peer …]}
shift
mkdir -p "$folder"
export NML_DISABLE_USAGE_LOGGING=1 WHYLOGS_NO_ANALYTICS=True PYTHONWARNINGS=ignore TF_CPP_MIN_LOG_LEVEL=3
for peer in ${*:-evidently nannyml whylogs alibi_detect deepchecks}; do
  case $peer in
    evidently) plain="evidently==0.7.23" pins="pandas<3" needs="from evidently.presets import DataDriftPreset" ;;
    nannyml) plain="nannyml==0.13.1" pins="statsmodels pandas<3" needs="import nannyml" ;;
    whylogs) plain="whylogs[viz]==1.6.4" pins="pandas<3" needs="import whylogs.viz.drift.column_drift_algorithms" ;;
    alibi_detect) plain="alibi-detect==0.13.0" pins="" needs="from alibi_detect.cd import TabularDrift" ;;
    deepchecks) plain="deepchecks==0.19.1" pins="numpy<2 pandas<3 scikit-learn<1.8" needs="from deepchecks.tabular.checks import FeatureDrift" ;;
    *) echo "unknown peer $peer" >&2; exit 2 ;;
  esac
  python="$folder/$peer/bin/python"
  # shellcheck disable=SC2086  # the pins are several words
  {
    python3 -m venv "$folder/$peer" && "$python" -m pip install -q $plain
    answer=$("$python" -c "$needs" 2>&1 | tail -n 1 | sed 's/ (\/.*)$//')
    "$python" -c "$needs" && answer=works
    [ -z "$pins" ] || "$python" -m pip install -q $pins
  } >"$folder/$peer.log" 2>&1
  echo "$plain: $answer${pins:+; installed with $pins}" | tee "$folder/$peer.plain"
  "$python" -c "$needs" >/dev/null 2>>"$folder/$peer.log" || echo "$peer: does not import, see $folder/$peer.log" >&2
done
