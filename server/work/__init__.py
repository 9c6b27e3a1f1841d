"""What the desk does by itself: watching promises, sending messages, forgetting what is old."""
