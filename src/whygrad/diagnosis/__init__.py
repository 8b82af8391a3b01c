"""From what was seen to what is said: recordings in, findings and verdicts out."""
