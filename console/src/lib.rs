//! What the command lines of both programs share.
//!
//! | where | what |
//! |---|---|
//! | [`help`] | examples, and what a mistyped word meant |
//! | [`run`] | the options of every command, the run, how it ends |
//! | [`explain`] | `explain`: what a rule or a label means, and what to do on this side |
//! | [`check`] | `check`: the verdict on files, whatever they are judged against |
//! | [`named_by_id`] | what a person names by the beginning of its id |
//! | [`transport_key`] | `key`: transport keys, made here or typed in |
//! | [`retire`] | `retire`: which root or issuer is meant, and when it has to stay |
//! | [`trust`] | `trust`: the root as people compare it, and what is refused |
//!
//! What differs between the two programs comes with [`run::Program`]. Two short lists name what one of
//! them alone has; tests compare them with the programs. Must not: know a link or a state directory's
//! content.

pub mod check;
pub mod explain;
pub mod help;
pub mod named_by_id;
pub mod retire;
pub mod run;
pub mod transport_key;
pub mod trust;
