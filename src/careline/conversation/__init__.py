"""Who speaks next and what is sent; the only writer of messages."""
