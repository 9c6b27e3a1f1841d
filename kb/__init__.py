"""What we know: articles, their store, import and export."""
