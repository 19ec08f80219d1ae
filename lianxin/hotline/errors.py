"""What goes wrong between a telephone system and the hotline."""


class Conflict(Exception):
    """A call is told again and contradicts what is known of it; ``field`` says where."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field
