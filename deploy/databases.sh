#!/bin/sh
# Run by the PostgreSQL image when its data folder is new: two databases, each with an owner that
# cannot reach the other one.
set -eu

make_database() {
    psql -v ON_ERROR_STOP=1 -v name="$1" -v password="$2" \
        --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
}

make_database airflow "$AIRFLOW_DATABASE_PASSWORD"
make_database reconcile "$RECONCILE_DATABASE_PASSWORD"
