"""What a service is told about its own encryption of what is written to it."""

from __future__ import annotations

from reconcile.model.snapshot import AtRest

AS_SET_UP = AtRest()
"""Nothing: it encrypts as its bucket or its account is set up."""


def told_to_s3(at_rest: AtRest) -> dict[str, str]:
    """The arguments of a write to S3."""
    if at_rest.kms_key is None:
        return {}
    key = {"SSEKMSKeyId": at_rest.kms_key} if at_rest.kms_key else {}
    return {"ServerSideEncryption": "aws:kms", **key}


def told_to_blob_storage(at_rest: AtRest) -> dict[str, str]:
    """The arguments of a write to Blob Storage."""
    return {"encryption_scope": at_rest.scope} if at_rest.scope else {}
