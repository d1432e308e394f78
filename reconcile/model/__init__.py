"""The nouns: frozen values that every layer speaks in. Nothing here opens, asks or logs."""
