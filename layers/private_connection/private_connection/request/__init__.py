"""What a user asks for (`models`), how the input is read (`parsing`), and how it is refused (`findings`)."""
