"""The command line: arguments in, one call, text or JSON out, an exit code.

A command imports what it calls when it is called, not above: what it needs (pandas, DuckDB, cloud
SDKs, Great Expectations) takes up to ten seconds, and `--help` and completion must not wait.
"""
