"""The promise, proved by trying: every state the desk can be in, through the desk's real code."""
