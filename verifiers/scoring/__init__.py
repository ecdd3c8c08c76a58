"""A file of completions scored: `python -m verifiers score`. Rows are read, scored and written one after another."""
