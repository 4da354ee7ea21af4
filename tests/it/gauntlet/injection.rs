//! G: injection into pages, headers and forms.
