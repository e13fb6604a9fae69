"""One call: its messages, effects and hooks, and the flow that takes it from request to outcome."""
