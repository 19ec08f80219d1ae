"""Prepares the home folder of the environment for a bench: a migrated database with the demo city; writes an article's address there."""

import os


def main() -> None:
    """See above."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from lianxin.publishing.models import Listing

    call_command("prepare", demo=True)
    listing = Listing.objects.filter(direct=True, href__startswith="/news/headlines/").order_by("-published_at").first()
    (settings.HOME / "bench-article").write_text(listing.href)


if __name__ == "__main__":
    main()
