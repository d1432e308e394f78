"""Windows of data time: which there are, which one an instant lies in. Pure."""
