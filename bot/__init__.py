"""What a turn means: the only folder that imports Rasa."""
