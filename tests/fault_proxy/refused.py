"""How clients tell that they were refused: the status and the code of the service's error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from azure.core.exceptions import HttpResponseError
from botocore.exceptions import ClientError


def s3_refusal(call: Callable[[], object]) -> tuple[int, str]:
    """What a call of boto3 is refused with."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def blob_refusal(call: Callable[[], object]) -> tuple[int | None, str]:
    """What a call of the Azure SDK is refused with."""
    with pytest.raises(HttpResponseError) as caught:
        call()
    answer = caught.value.response
    return caught.value.status_code, "" if answer is None else answer.headers["x-ms-error-code"]
