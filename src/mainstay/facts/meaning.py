"""What an event says beyond the use of a feature: a mail was opened, a workflow completed, value reached. Pure.

A meaning has names of events that carry it, in any case of letters: those people declare in the feature catalogue,
else the shipped ones. An event may carry several. Days are counted by meaning too, apart from usage: few rows, which
are read whole however far they reach back.
"""

from enum import StrEnum


class Meaning(StrEnum):
    """What an event may say."""

    FIRST_VALUE = "first_value"
    WORKFLOW_STARTED = "workflow_started"
    WORKFLOW_COMPLETED = "workflow_completed"
    MAIL_DELIVERED = "mail_delivered"
    MAIL_OPENED = "mail_opened"
    MAIL_CLICKED = "mail_clicked"
    MAIL_REPLIED = "mail_replied"
    MAIL_REFUSED = "mail_refused"
    IN_APP_MESSAGE = "in_app_message"
    ARTICLE_READ = "article_read"
    CHAT_STARTED = "chat_started"
    CHAT_HANDED_OVER = "chat_handed_over"
    API_CALLED = "api_called"
    REFERRAL_MADE = "referral_made"
    COMMUNITY_CONTRIBUTED = "community_contributed"


# Receipts of messages come as events of the person who got them; opening a mail of ours, or closing a banner, is no use
# of the product. Nor is speaking well of it elsewhere: recommending it, or helping others in the forum.
NO_USE = frozenset({
    Meaning.MAIL_DELIVERED, Meaning.MAIL_OPENED, Meaning.MAIL_CLICKED, Meaning.MAIL_REPLIED, Meaning.MAIL_REFUSED,
    Meaning.IN_APP_MESSAGE, Meaning.REFERRAL_MADE, Meaning.COMMUNITY_CONTRIBUTED,
})  # fmt: skip
