"""The demo city of 和安: invented units, leaders, columns and articles that make a portal come alive."""
