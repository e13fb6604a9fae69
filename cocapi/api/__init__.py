"""The API of Clash of Clans: its operations, and what people write for their arguments."""
