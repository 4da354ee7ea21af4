//! What must be refused and what must survive, row by row.

mod exhaustion;
