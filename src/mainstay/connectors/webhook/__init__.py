"""Events to other systems as webhooks, signed as Standard Webhooks has it."""
