"""Workers are run by the Python of another environment: what they import is not here."""

collect_ignore_glob = ["*_worker.py"]
