"""``/my/``: what citizens and enterprises do with their own account. Every page is private; the deeds are those of ``identity.actions``."""
