"""The CX manager's pages of touches: which are worth it, who hears from us next, one playbook.

pages   the addresses      reading   what they show      telling   a playbook in words
"""

from careline.desk.touches.pages import TouchDesk, router

__all__ = ["TouchDesk", "router"]
