"""An invented week at the desk, made through the real operations, so that a newcomer sees its pages alive."""
