"""`AIRFLOW_CONN_*` means to us what it means to Airflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from reconcile.stores.connection import Connection

EXTRA = {"region_name": "eu-west-1", "nested": {"a": [1, 2]}, "flag": True}
TEXTS = {
    "login and password": "aws://AKIA:secret@/",
    "percent-encoded": f"aws://AK%2FIA:{quote('s/e:c@r+e t%', safe='')}@/",
    "extras as query": "aws://AKIA:secret@/?region_name=eu-west-1&endpoint_url=http%3A%2F%2F127.0.0.1%3A9000",
    "query values that are JSON": "aws:///?verify=false&number=3&blank=",
    "__extra__": f"aws://AKIA:secret@/?__extra__={quote(json.dumps(EXTRA))}",
    "nothing but the kind": "aws://",
    "no separator before the query": "aws://?region_name=eu-west-1",
    "host with a protocol": "wasb://https://login:password@account.blob.core.windows.net",
    "encoded host with a protocol": "wasb://account:key@https%3A%2F%2Faccount.example%2F/",
    "dash in the kind": "azure-blob://account:key@host/schema",
    "token with plus and equals": "wasb://account@/?sas_token=sv%3D2024%26sig%3Da%2Bb%2Fc%3D",
    "JSON": json.dumps({"conn_type": "aws", "login": "AKIA", "password": "s", "extra": EXTRA}),
    "JSON with extra as text": json.dumps({"conn_type": "aws", "extra": json.dumps(EXTRA)}),
    "JSON without a kind": json.dumps({"login": "AKIA", "password": "secret"}),
    "JSON with host": json.dumps({"conn_type": "wasb", "host": "https://account.example"}),
}  # fmt: skip

# In a process of its own: importing Airflow settles its home and configuration for good.
AIRFLOWS_PARSER = """
import json, sys
from airflow.models.connection import Connection
answers = {}
for name, text in json.load(sys.stdin).items():
    json_form = text.startswith("{")
    c = Connection.from_json(text, conn_id="x") if json_form else Connection(conn_id="x", uri=text)
    answers[name] = [c.conn_type, c.host, c.login, c.password, c.extra_dejson]
print(json.dumps(answers))
"""


@pytest.mark.airflow
def test_every_spelling_is_read_as_airflow_reads_it(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AIRFLOWS_PARSER],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"AIRFLOW_HOME": str(tmp_path)},
    )
    theirs = json.loads(answer.stdout.splitlines()[-1])
    ours = {name: _fields(text) for name, text in TEXTS.items()}
    assert ours == {
        name: [*(field or None for field in fields[:4]), fields[4]]
        for name, fields in theirs.items()
    }


def _fields(text: str) -> list[object]:
    found = Connection.from_environment("x", {"AIRFLOW_CONN_X": text})
    assert found is not None
    plain = (found.kind, found.host, found.login, found.password)
    return [*(field or None for field in plain), dict(found.extra)]
