"""Promises to people: the backend.  Empty until the callback desk moves in; the other rooms must not need it."""
