"""What an action raises when it will not do a thing."""


class Refused(Exception):
    """A deed refused for a reason that the person can act upon.

    ``str(error)`` is a Chinese sentence for people: what is wrong and what to do now. Views show it, never a stack trace.
    """


class Forbidden(Refused):
    """A deed refused because the actor lacks the right to it, whatever the data."""
