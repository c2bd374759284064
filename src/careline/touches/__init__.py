"""Proactive touches: playbooks plan them, one gate judges them, dispatch sends them once."""
