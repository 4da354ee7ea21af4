//! What this version does with an option or a section that it does not carry out.

/// What happens to an option or a whole section that is set.
#[derive(Clone, Copy, Debug)]
pub enum State {
    /// Left out: one warning with what people will miss. Values in the list ask for nothing that is missed.
    Harmless(&'static str, &'static [&'static str]),
    /// An error: to ignore it would let someone in or weaken a check. Values in the list ask for nothing.
    Refused(&'static str, &'static [&'static str]),
    /// Never carried out: one notice with what stands in its place. Values in the list ask for nothing.
    Never(&'static str, &'static [&'static str]),
    /// The option has another name now.
    Moved(&'static str),
}

/// What becomes of an option or a section, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It does what the table says.
    Works,
    /// It is left out, with a warning.
    NotYet,
    /// It is not used, with a notice.
    Never,
    /// It is an error.
    Refused,
    /// It is an error that names the option in its place.
    Renamed,
}

impl Standing {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Works => "works",
            Standing::NotYet => "not yet",
            Standing::Never => "never",
            Standing::Refused => "refused",
            Standing::Renamed => "renamed",
        }
    }
}

impl State {
    /// The state in a word.
    pub fn standing(&self) -> Standing {
        match self {
            State::Harmless(..) => Standing::NotYet,
            State::Refused(..) => Standing::Refused,
            State::Never(..) => Standing::Never,
            State::Moved(_) => Standing::Renamed,
        }
    }

    /// What people miss, why it is refused, what stands in its place, or the path it has now.
    pub fn message(&self) -> &'static str {
        match self {
            State::Harmless(text, _)
            | State::Refused(text, _)
            | State::Never(text, _)
            | State::Moved(text) => text,
        }
    }

    /// The values that ask for nothing, and so are no problem.
    pub fn silent(&self) -> &'static [&'static str] {
        match self {
            State::Harmless(_, values) | State::Refused(_, values) | State::Never(_, values) => values,
            State::Moved(_) => &[],
        }
    }
}
