//! What the scanner finds wrong, in words, with the mend.

use serde_saphyr::granit_parser::ErrorKind;

use super::compose::MAX_DEPTH;

/// The scanner's finding in words; no piece of the text is repeated.
pub(super) fn syntax(kind: &ErrorKind) -> (String, &'static str) {
    match kind {
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            ("a tab is used for indentation".to_owned(), "indent with spaces")
        }
        ErrorKind::UnknownAnchor => (
            "the alias refers to an anchor that does not exist".to_owned(),
            "define the anchor before it, or put quotes around a value that begins with `*`",
        ),
        ErrorKind::UnexpectedCharacter { .. } => (
            "a character stands here that cannot begin a value".to_owned(),
            "put quotes around a value that begins with @, `, % or the like",
        ),
        ErrorKind::UnclosedQuotedScalar => ("a quoted value is not closed".to_owned(), "close the quotes"),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping => {
            ("a bracket or brace is not closed".to_owned(), "close the bracket or brace")
        }
        ErrorKind::RecursionLimitExceeded => (
            format!("values are nested more than {MAX_DEPTH} deep"),
            "check the indentation and the brackets",
        ),
        ErrorKind::Custom(_) | ErrorKind::InputIo { .. } | ErrorKind::InputDecoding { .. } => {
            ("the file is not valid YAML here".to_owned(), "check the indentation, the colons and the quotes")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::ExpectedBlockMappingKey => (
            "a key that is indented as those beside it is expected here, with a colon and a space after it"
                .to_owned(),
            "check the indentation of this line and of those above; what else is wrong is told when this is mended",
        ),
        other if other.to_string().contains("anchor or alias") => (
            "a value that begins with * or & means something else in YAML".to_owned(),
            "put the value in quotes, for example '*'",
        ),
        other => (
            format!("the file is not valid YAML here: {other}"),
            "check the indentation, the colons and the quotes",
        ),
    }
}
