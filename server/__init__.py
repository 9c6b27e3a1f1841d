"""Promises to people: the callback desk.  The other rooms must not need its database (`server.store`)."""
