"""The pages: an application that Airflow's API server mounts at `/reconcile`."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, Request, Response
from starlette.exceptions import HTTPException

from reconcile.errors import ReconcileError
from reconcile.jobs.artifacts import DOCUMENT, REPORT
from reconcile.model.airflow_run import PAGES, AirflowRun
from reconcile.web import document
from reconcile.web.notice import WHERE_REPORTS_ARE, Notice
from reconcile.web.reports import report_of, report_of_our_run

_log = logging.getLogger(__name__)

_AIRFLOWS = "/dags/{dag_id}/dagRuns/{run_id}"
_OURS = "/dags/{dag_id}/runs/{run_id}"
_MAY_SEE_RUNS = Depends(requires_access_dag("GET", DagAccessEntity.RUN))


def pages() -> FastAPI:
    """The application. Each of its addresses asks Airflow who may see it."""
    app = FastAPI(
        title=PAGES,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers={
            Notice: _told,
            HTTPException: _refused,
            ReconcileError: _failed,
            Exception: _unforeseen,
        },
    )
    for address, answer in {
        f"{_AIRFLOWS}/report": _report,
        f"{_AIRFLOWS}/report.json": _report_json,
        f"{_OURS}/report": _report_of_ours,
        f"{_OURS}/report.json": _report_json_of_ours,
    }.items():
        app.get(address, dependencies=[_MAY_SEE_RUNS])(answer)
    return app


# Plain functions: FastAPI runs them on threads, and reading waits for a database and a store.


def _report(dag_id: str, run_id: str) -> Response:
    return document.html(report_of(AirflowRun(dag_id, run_id), artifact=REPORT))


def _report_json(dag_id: str, run_id: str) -> Response:
    return document.json(report_of(AirflowRun(dag_id, run_id), artifact=DOCUMENT))


def _report_of_ours(dag_id: str, run_id: str) -> Response:
    by = AirflowRun(dag_id, run_id)
    return document.html(report_of_our_run(run_id, by=by, artifact=REPORT))


def _report_json_of_ours(dag_id: str, run_id: str) -> Response:
    by = AirflowRun(dag_id, run_id)
    return document.json(report_of_our_run(run_id, by=by, artifact=DOCUMENT))


def _told(_request: Request, notice: Notice) -> Response:
    return notice.response()


def _refused(request: Request, error: HTTPException) -> Response:
    match error.status_code:
        case 401:
            notice = Notice(
                401,
                "Sign in to see this",
                "Reports are for those who may see the runs of their DAG in Airflow.",
                "Sign in to Airflow",
                link=_sign_in(request),
            )
        case 403:
            notice = Notice(
                403,
                "This is not yours to see",
                "You are signed in, but may not see the runs of this DAG.",
                "Ask an administrator of this Airflow for the right to read the DAG's runs.",
            )
        case _:
            notice = Notice(
                error.status_code,
                "There is nothing at this address",
                f"{error.detail}.",
                WHERE_REPORTS_ARE,
            )
    return notice.response()


def _failed(_request: Request, error: ReconcileError) -> Response:
    _log.warning("a page could not be shown: %s", error.line())
    return Notice(
        503 if error.retryable else 500,
        "The report cannot be read",
        error.line(),
        "Try again in a minute; if it stays so, check RECONCILE_STATE, RECONCILE_ARTIFACTS and "
        "the sign-in of Airflow's API server.",
    ).response()


def _unforeseen(_request: Request, error: Exception) -> Response:
    # Raised again for the server's log by whoever called; its words may quote anything.
    return Notice(
        500,
        "Something went wrong that nobody foresaw",
        f"It is a defect of this program: {type(error).__name__}.",
        "The log of Airflow's API server has the details: please report them.",
    ).response()


def _sign_in(request: Request) -> str:
    """Airflow's sign-in, which comes back here; Airflow may lie below a path."""
    base = request.scope.get("root_path", "").removesuffix(f"/{PAGES}")
    return f"{base}/api/v2/auth/login?{urlencode({'next': str(request.url)})}"
