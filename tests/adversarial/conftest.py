"""The programs of these folders are run in a sandbox and never imported: pytest must not look for tests in them."""

collect_ignore = ["attacks", "honest"]
