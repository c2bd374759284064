"""The public doors through which messages come and go."""
