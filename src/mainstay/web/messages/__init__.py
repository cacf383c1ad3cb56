"""Pages for people of customers, behind signed links in their mails. No sign-in, no script, nothing to be guessed."""
