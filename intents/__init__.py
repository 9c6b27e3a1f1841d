"""The Japanese language: readings, normal forms, matching, decisions.  A leaf: it imports no other room."""
