#!/bin/bash
# NannyML in an environment of its own under $PEER_VENVS (default ./venvs); pins under which it works on Python 3.11.
set -eu
venvs=${PEER_VENVS:-$(dirname "$0")/venvs}
mkdir -p "$venvs"
python3 -m venv "$venvs/nannyml"
"$venvs/nannyml/bin/pip" install -q nannyml==0.13.1 'pandas<3' statsmodels pyarrow # statsmodels is undeclared
