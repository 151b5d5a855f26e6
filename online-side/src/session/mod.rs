//! The loop of the online side: receive, judge, publish.

pub(crate) mod judged_objects;
