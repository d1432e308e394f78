"""The report of a run, as a page and as JSON."""

from __future__ import annotations

from reconcile.jobs.artifacts import DOCUMENT, REPORT
from reconcile.jobs.examples import examples_of
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.setting import Setting
from reconcile.jobs.working import step_at_work
from reconcile.model.dataset import Dataset
from reconcile.model.run import Step
from reconcile.report.html import html_report
from reconcile.report.json_document import json_document


def report(setting: Setting, dataset: Dataset, run_id: str) -> str:
    """Writes the run's report as HTML and JSON, and says where the HTML lies."""
    with step_at_work(setting, run_id, Step.REPORT) as working:
        content = report_of_runs(setting, dataset, [working.run.id], examples=examples_of)
        working.artifacts.write_text(REPORT, html_report(content))
        working.artifacts.write_json(DOCUMENT, json_document(content))
        return working.artifacts.location(REPORT)
