//! The text format of Prometheus (Exposition formats, version 0.0.4). Must not: know what is measured.

use std::fmt::{self, Write as _};

/// One metric with all its samples. All of ours are gauges: numbers that go up and down.
#[derive(Debug)]
pub(super) struct Family {
    name: &'static str,
    help: &'static str,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    labels: Labels,
    value: String,
}

/// The labels of a sample, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels(Vec<(&'static str, String)>);

impl Labels {
    /// The same with one more.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }
}

impl Family {
    /// A gauge without samples yet. `help` is one line without a backslash.
    pub(super) const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self { name, help, samples: Vec::new() }
    }

    /// Adds a sample whose value is a whole number.
    pub(super) fn add(&mut self, labels: Labels, value: impl fmt::Display) {
        self.samples.push(Sample { labels, value: value.to_string() });
    }
}

/// Nothing where there is no sample.
impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.samples.is_empty() {
            return Ok(());
        }
        let name = self.name;
        writeln!(f, "# HELP {name} {}\n# TYPE {name} gauge", self.help)?;
        for Sample { labels: Labels(labels), value } in &self.samples {
            let pairs: Vec<String> =
                labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
            let labels = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
            writeln!(f, "{name}{labels} {value}")?;
        }
        Ok(())
    }
}

/// The value of a label: a backslash, a quotation mark and the end of a line have escapes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            // Writing to a String cannot fail.
            other => _ = out.write_char(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Family, Labels};

    #[test]
    fn labels_are_escaped_and_a_metric_without_samples_is_not_there() {
        let mut family = Family::gauge("some_metric", "Some help.");
        assert_eq!(family.to_string(), "");
        family.add(Labels::default(), -3);
        family.add(Labels::default().with("a", "x\"y\\z\n").with("b", "ü{},=#"), 1);
        assert_eq!(
            family.to_string(),
            "# HELP some_metric Some help.\n# TYPE some_metric gauge\nsome_metric -3\n\
             some_metric{a=\"x\\\"y\\\\z\\n\",b=\"ü{},=#\"} 1\n"
        );
    }
}
