"""Running notebooks from outside of an editor."""
