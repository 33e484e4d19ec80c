"""What a run leaves behind: the record, and the pages and texts made from it."""
