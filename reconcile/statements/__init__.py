"""The SQL of `sql/`: found beside the checkout or inside the wheel, rendered, never assembled."""

from reconcile.statements.rendering import render

__all__ = ["render"]
