"""The reward server: `python -m verifiers serve`."""
