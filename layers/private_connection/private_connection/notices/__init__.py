"""Notices: what happens to connections, told as events of EventBridge to whoever listens."""
