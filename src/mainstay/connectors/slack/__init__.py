"""Chat messages through an incoming webhook, as Slack made them and Mattermost, Rocket.Chat and others take them."""
