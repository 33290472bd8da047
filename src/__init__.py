"""Everything that is not a screen entry or the database: domain, files, images, judges, services, ui."""
