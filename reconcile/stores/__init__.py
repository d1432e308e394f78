"""Stores: five verbs over S3, Blob Storage, local disk and memory. boto3 and azure live here."""
