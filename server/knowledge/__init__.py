"""Articles written at the desk: drafts, review, versions, the gate before a release, and who gets which release.  Pure."""
