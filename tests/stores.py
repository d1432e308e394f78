"""Stores to test with, over the servers of conftest: each in a container of its own."""

from __future__ import annotations

import secrets
from typing import Any

import boto3
from azure.storage.blob import BlobServiceClient, ContainerClient
from botocore.config import Config

from demo.servers import BlobEndpoint, S3Endpoint


def s3_client(endpoint: S3Endpoint, *, secret_key: str | None = None) -> Any:
    """A boto3 client that gives up at once."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=secret_key or endpoint.secret_key,
        region_name=endpoint.region,
        config=Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=5,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def new_bucket(client: Any) -> str:
    """The name of a bucket made now."""
    name = f"bucket-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=name)
    return name


def blob_service(endpoint: BlobEndpoint, *, key: str | None = None) -> BlobServiceClient:
    """A client of the account that gives up at once."""
    return BlobServiceClient(endpoint.url, credential=key or endpoint.key, retry_total=0)


def new_container(service: BlobServiceClient) -> ContainerClient:
    """A container made now."""
    return service.create_container(f"container-{secrets.token_hex(6)}")
