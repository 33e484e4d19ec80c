"""What is proven: one sentence a drill."""
