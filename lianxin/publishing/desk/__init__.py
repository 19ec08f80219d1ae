"""The staff side of publishing: reviewing, writing, the life of an article, columns, sites and media. Screens only; deeds are in ``actions``."""
