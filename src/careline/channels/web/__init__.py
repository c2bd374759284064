"""Web chat: the widget and the HTTP interface it speaks."""
