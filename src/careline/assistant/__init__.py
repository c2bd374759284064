"""The only room that knows the JSON of Rasa, both ways."""
