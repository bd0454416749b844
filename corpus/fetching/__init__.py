"""Sources brought from CMS to this machine; readers read what is saved here."""
