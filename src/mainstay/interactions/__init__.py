"""Dated contacts with an account: meetings, calls, mails, reviews, trainings, support tickets, survey responses."""
