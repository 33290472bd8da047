"""Everything but the screens and the database: domain, files, images, services, ui."""
