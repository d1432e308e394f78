"""One function per use case: plan, act, record. The command line and the DAGs call the same."""
