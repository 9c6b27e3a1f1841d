"""The commands of `koemado`: reading options, printing results.  What they do lives elsewhere."""
