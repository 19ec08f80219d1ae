"""The staff side of this room: people, posts, standing in, units, leaders, locks. Screens only; deeds are in ``actions``."""
