"""Reading an instance: its configuration, its backup set, where production answers, what else it holds."""
