"""A plain Wagtail site to compare with, built as Wagtail's own example site is: pages read from the tree, Django templates, renditions."""
