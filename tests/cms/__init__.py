"""A synthetic export of CMS's Medicare Coverage Database, and the truth about what it holds."""
