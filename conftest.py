"""The plugins, one subject each; nothing else belongs here."""

pytest_plugins = (
    "fixtures.options",
    "fixtures.ids",
    "fixtures.run",
    "fixtures.archives",
    "fixtures.postgres",
    "fixtures.mongo",
    "fixtures.images",
    "fixtures.configuration",
    "fixtures.coverage",
    "reports.plugin",
)
