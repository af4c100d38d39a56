"""What each brief says and shows: one module a brief, one function a piece of it."""
