"""Django database backend for SQLite under many writers; ENGINE = "lianxin.foundation.sqlite"."""
