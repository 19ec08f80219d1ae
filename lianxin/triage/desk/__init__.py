"""The staff side: three books that triage officers keep."""
