"""What "equal" means, as pure planning: schemas and rules in, plans and verdicts out."""
