//! Enums whose values are the exact strings of a standard.

/// Declares an enum whose variants are wire strings: `ALL`, `as_str`, `parse`, `Display` and serde agree by construction.
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident => $wire:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( $(#[$variant_meta])* #[serde(rename = $wire)] $variant, )+
        }

        impl $name {
            /// Every value, in the order documents list them.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The string of every value, in the same order.
            pub const NAMES: &'static [&'static str] = &[ $( $wire, )+ ];

            /// The string on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $wire, )+
                }
            }

            /// Reads the string on the wire, case-sensitive; `None` when it names no value that is implemented.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(super) use wire_enum;

#[cfg(test)]
mod tests {
    use crate::protocol::{
        ClientAuthMethod, CodeChallengeMethod, ErrorCode, GrantType, PromptValue, ResponseMode,
    };

    macro_rules! round_trip {
        ($($name:ident),+) => {
            $(
                for value in $name::ALL {
                    assert_eq!($name::parse(value.as_str()), Some(*value));
                    let json = serde_json::to_string(value).unwrap();
                    assert_eq!(json, format!("\"{value}\""));
                    assert_eq!(serde_json::from_str::<$name>(&json).unwrap(), *value);
                    assert_eq!($name::parse(&value.as_str().to_uppercase().replace("256", "-256")), None);
                }
                assert_eq!($name::parse(""), None);
            )+
        };
    }

    #[test]
    fn every_value_reads_and_writes_its_wire_string_and_nothing_else() {
        round_trip!(ClientAuthMethod, ErrorCode, GrantType, PromptValue, ResponseMode);
        assert_eq!(CodeChallengeMethod::parse("s256"), None);
        assert_eq!(CodeChallengeMethod::parse("S256"), Some(CodeChallengeMethod::S256));
    }
}
