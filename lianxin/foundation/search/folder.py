"""The index of what is public, in ``HOME/search/``: its fields, and the shelf on which it lies (see ``shelf``)."""

from typing import TYPE_CHECKING

from lianxin.foundation.search.shelf import Busy, NotBuilt, Reader, Shelf

if TYPE_CHECKING:
    import tantivy

__all__ = ["SHELF", "VERSION", "Busy", "NotBuilt", "Reader", "schema"]

# Part of the pointer: an index of another version of the code is built anew.
VERSION = 2


def schema() -> "tantivy.Schema":
    """The fields. Texts come as words with blanks between them (see ``analysis``)."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    for name in ("title", "body", "also"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
        builder.add_text_field(f"{name}_compounds", tokenizer_name="whitespace", index_option="freq")
    for name in ("key", "source", "lot"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("site", "column", "kind", "unit", "year"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("number", fast=True)
    builder.add_unsigned_field("stamp", fast=True)
    builder.add_integer_field("at", fast=True)
    builder.add_integer_field("expires", indexed=True, fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_bytes_field("shown", stored=True)
    return builder.build()


SHELF = Shelf("search", VERSION, schema)
top, open_index, reader, current, exists, words_of = SHELF.top, SHELF.open_index, SHELF.reader, SHELF.current, SHELF.exists, SHELF.words_of
lock, writing, new_folder, switch_to = SHELF.lock, SHELF.writing, SHELF.new_folder, SHELF.switch_to
sweep, building, forget, discard = SHELF.sweep, SHELF.building, SHELF.forget, SHELF.discard
