"""Runs on disk: made here, read from anywhere, trained by whoever has them in hand (`jobs`)."""
