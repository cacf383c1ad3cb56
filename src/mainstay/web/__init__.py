"""The pages, one folder per area. A view finds what the user may see, calls selectors or one service, renders."""
