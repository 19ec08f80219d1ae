"""Articles from elsewhere: files and folders (``files``), tables (``tables``), Word and HTML (``documents``), running websites (``web``).

Each reader yields entries that are loaded one by one into an ``Item``; ``run`` makes batches of them and saves these through
``publishing.actions``. Nothing here writes to the database.
"""
