"""Which form takes which request."""

FORM_OF_INTENT = {
    "wrong_item_received": "wrong_item_form",
    "faulty_or_damaged_product": "faulty_form",
    "missing_or_late_delivery": "missing_form",
    "return_item": "return_form",
    "exchange_item": "exchange_form",
    "refund_request": "refund_form",
    "refund_status": "refund_status_form",
    "order_status_or_delivery": "order_status_form",
    "cancel_order": "cancel_form",
    "change_order": "change_order_form",
    "change_address": "change_address_form",
    "payment_or_billing_problem": "billing_form",
    "complaint_about_service": "complaint_form",
    "suggestion": "suggestion_form",
    "give_rating_or_feedback": "feedback_form",
}

HAND_OVER = "action_hand_over"  # a person, who was asked for beside something else
