"""Public sets as they are published: how a row of each becomes a task."""
