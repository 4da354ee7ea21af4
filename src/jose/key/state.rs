//! Where a key is in its life.

/// Where a key is in its life: verifiers keep a key set for a while, so a key is published before it signs, and stays
/// published after it has signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyState {
    /// Published, and signs nothing yet.
    Publish,
    /// Published and signs.
    #[default]
    Sign,
    /// Published for what it signed, and signs nothing any more.
    Retire,
}

impl KeyState {
    /// Every state, in the order of a key's life.
    pub const ALL: [Self; 3] = [Self::Publish, Self::Sign, Self::Retire];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Sign => "sign",
            Self::Retire => "retire",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}
