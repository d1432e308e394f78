"""Requests are named as the services' documentation names them."""

from __future__ import annotations

import pytest
from azure.storage.blob import BlobBlock

from tests.fault_proxy.conftest import BlobSite, S3Site
from tests.fault_proxy.operations import Kind, Operation, operation_of

S3_OPERATIONS = {
    "GET /": "ListBuckets",
    "GET /b?list-type=2&prefix=a": "ListObjectsV2",
    "GET /b": "ListObjects",
    "GET /b/?versions": "ListObjectVersions",
    "GET /b?uploads": "ListMultipartUploads",
    "GET /b?versioning": "GET versioning",
    "PUT /b": "CreateBucket",
    "HEAD /b": "HeadBucket",
    "POST /b?delete": "DeleteObjects",
    "GET /b/k?X-Amz-Signature=s": "GetObject",
    "GET /b/k?uploadId=u": "ListParts",
    "GET /b/k?attributes": "GetObjectAttributes",
    "PUT /b/k?tagging": "PUT tagging",
    "HEAD /b/k": "HeadObject",
    "PUT /b/k": "PutObject",
    "PUT /b/k?partNumber=1&uploadId=u": "UploadPart",
    "POST /b/k?uploads": "CreateMultipartUpload",
    "POST /b/k?uploadId=u": "CompleteMultipartUpload",
    "DELETE /b/k?uploadId=u": "AbortMultipartUpload",
    "DELETE /b/k": "DeleteObject",
}


@pytest.mark.parametrize("request_line", S3_OPERATIONS)
def test_of_s3(request_line: str) -> None:
    method, _, target = request_line.partition(" ")
    path, _, words = target.partition("?")
    query = {word.partition("=")[0]: word.partition("=")[2] for word in words.split("&")}
    query.pop("", None)
    assert operation_of(Kind.S3, method, path, query, {}).name == S3_OPERATIONS[request_line]


def test_names_are_decoded_and_kept_whole() -> None:
    found = operation_of(Kind.S3, "GET", "/b/a%2Fb//%C3%BC%25%20+/", {}, {})
    assert found == Operation("GetObject", "b", "a/b//ü% +/")
    found = operation_of(Kind.BLOB, "GET", "/account/c/a%2Fb//%C3%BC%25%20+/", {}, {})
    assert found == Operation("GetBlob", "c", "a/b//ü% +/")


def test_of_blob_storage_as_its_own_client_asks(blob: BlobSite) -> None:
    client = blob.client.get_blob_client("folder/k")
    client.upload_blob(b"data")
    client.stage_block("id", b"data")
    client.get_block_list("all")
    client.commit_block_list([BlobBlock("id")])
    client.get_blob_properties()
    client.set_blob_metadata({"a": "b"})
    client.download_blob().readall()
    client.start_copy_from_url(client.url)
    client.delete_blob()
    list(blob.client.list_blobs())
    blob.client.get_container_properties()
    names = [entry.operation for entry in blob.proxy.log]
    assert names == [
        "PutBlob",
        "PutBlock",
        "GetBlockList",
        "PutBlockList",
        "GetBlobProperties",
        "SetBlobMetadata",
        "GetBlob",
        "CopyBlob",
        "DeleteBlob",
        "ListBlobs",
        "GetContainerProperties",
    ]
    assert {entry.key for entry in blob.proxy.log} == {"folder/k", ""}


def test_what_passes_is_counted(s3: S3Site) -> None:
    s3.client.put_object(Bucket=s3.bucket, Key="k", Body=b"123")
    s3.client.head_object(Bucket=s3.bucket, Key="k")
    s3.client.get_object(Bucket=s3.bucket, Key="k", Range="bytes=1-2")["Body"].close()
    counted = [(entry.operation, entry.bytes_in, entry.bytes_out) for entry in s3.proxy.log]
    assert counted == [("PutObject", 3, 0), ("HeadObject", 0, 0), ("GetObject", 0, 2)]
    assert s3.proxy.log.count("PutObject", "HeadObject", key="k") == 2
    assert s3.proxy.log.statuses("GetObject") == [206]
    assert s3.proxy.log.count() == len(s3.proxy.log) == 3
    s3.proxy.log.clear()
    assert list(s3.proxy.log) == []
