"""Reading letters before people do: which unit, which category, what is alike, what must not be public, what belongs elsewhere.

Nothing here decides. Every answer names its reason in Chinese, and a person confirms it.
"""
