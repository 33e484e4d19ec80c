"""The image tree: its listing, and the restored database's images in the copy."""
