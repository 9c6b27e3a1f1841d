"""Speaking: text becomes sound (Open JTalk, pyttsx3), sound is kept (cache) and goes out (loudspeaker, WAV file)."""
