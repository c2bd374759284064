"""What runs inside the Rasa server: understanding, entities, the connector, the tracker store.

Imports rasa, never careline: the two live in different environments.
"""
