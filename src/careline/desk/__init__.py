"""What staff see and do in the browser: the queue, the conversation, the customer beside it."""
