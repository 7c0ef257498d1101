"""Lambda: the handlers of the template, called in process, each under its own environment, time-out and role."""
