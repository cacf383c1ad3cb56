"""Messages in the app: what browsers of customers ask (`door`), the script they run (`sdk`), settings, the preview."""
