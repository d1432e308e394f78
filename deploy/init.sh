#!/bin/sh
# Everything that must be there before the first task; run by the service `init` at each start, so
# each step leaves alone what it finds. Also what an upgrade runs: it migrates both databases.
set -eu

# Airflow's own tables and those of its users.
airflow db migrate
reconcile db upgrade

airflow users create --username admin --role Admin \
    --firstname Admin --lastname Admin --email admin@localhost \
    --password "$AIRFLOW_ADMIN_PASSWORD"

# Connections and pools that exist are not overwritten: somebody may have changed them in the UI.
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
printf '%s' "$RECONCILE_CONNECTIONS" >"$files/connections.json"
airflow connections import "$files/connections.json"

# Airflow never runs a task whose pool does not exist.
airflow pools export "$files/pools.json"
reconcile config pools --missing-from "$files/pools.json" --format json >"$files/new-pools.json"
airflow pools import "$files/new-pools.json"

# The bucket of the artifacts, and of each dataset: an emulator begins with none.
python "$AIRFLOW_HOME/deploy/make_places.py"
