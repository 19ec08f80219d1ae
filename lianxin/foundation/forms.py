"""What all forms on public pages have in common."""

from typing import Any

from django import forms

from lianxin.foundation.errors import Refused


class PublicForm(forms.Form):
    """No colons after labels, and the browser leaves the judging to us: its own bubbles are in its own words."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def refuse(self, field: str | None, refusal: Refused) -> None:
        """Show at ``field`` (None, or one that the form lacks: above all fields) what a deed said."""
        if not self.is_bound:
            self.data, self.is_bound = {}, True  # type: ignore[assignment]
            self.errors.clear()
        self.add_error(field if field in self.fields else None, str(refusal))
