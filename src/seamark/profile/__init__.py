"""Log entries become row files and hourly profile blocks."""
