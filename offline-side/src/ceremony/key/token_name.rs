//! How a token is called: by its label, which may be empty.

use std::fmt;

/// `token root-2026`, or `the token without a label`. Quoted with the alternate form: `token "root-2026"`.
pub(crate) struct TokenName<'l>(pub(crate) &'l str);

impl fmt::Display for TokenName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("the token without a label"),
            label if f.alternate() => write!(f, "token {label:?}"),
            label => write!(f, "token {label}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TokenName;

    #[test]
    fn a_token_without_a_label_is_said_to_have_none() {
        assert_eq!(TokenName("root-2026").to_string(), "token root-2026");
        assert_eq!(format!("{:#}", TokenName("root-2026")), "token \"root-2026\"");
        for text in [TokenName("").to_string(), format!("{:#}", TokenName(""))] {
            assert_eq!(text, "the token without a label");
        }
    }
}
