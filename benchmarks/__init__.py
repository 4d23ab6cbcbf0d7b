"""Commands that print tables, python -m benchmarks.NAME: runs side by side, never tests."""
