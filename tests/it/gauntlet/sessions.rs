//! F: sessions, forms of other sites, and answers of other providers.
