"""The staff side of letters."""
