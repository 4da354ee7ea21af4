//! What an administrator sees and does, from the command line or a page. Every action says who did it (`by`), for the
//! events.

pub mod authelia;
mod backup;
mod bans;
mod check;
mod devices;
mod overview;
mod roster;
mod sessions;

pub use backup::{open_backup, restore};
pub use bans::{Ban, LiftTarget, lift_bans, list_bans};
pub use check::{Finding, check, check_sealed};
pub use devices::{delete_totp, list_totp};
pub use overview::{PersonView, list_people};
pub use roster::{Roster, Standing};
pub use sessions::{SessionView, SignIns, end_sessions, sign_ins};
