"""What a person reads about a run: HTML, plain text, Markdown, and the JSON document."""
