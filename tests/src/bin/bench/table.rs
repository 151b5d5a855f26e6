//! The table that is printed: what was measured, the target, and whether it was met.

use std::process::ExitCode;

/// Rows as they come; printed at once.
#[derive(Debug, Default)]
pub(crate) struct Table {
    missed: Vec<String>,
}

/// What a figure has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Only for comparison.
    Beside,
}

impl Table {
    /// Begins a section; `how` says what is measured and what is simulated.
    pub(crate) fn section(&mut self, title: &str, how: &str) {
        println!("\n## {title}\n\n{how}\n\n| figure | measured | target | |\n|---|---:|---:|---|");
    }

    /// One figure.
    pub(crate) fn figure(&mut self, what: &str, measured: f64, unit: &str, target: Target) {
        let (wanted, met) = match target {
            Target::AtMost(most) => (format!("≤ {} {unit}", number(most)), measured <= most),
            Target::AtLeast(least) => (format!("≥ {} {unit}", number(least)), measured >= least),
            Target::Beside => (String::new(), true),
        };
        let mark = match target {
            Target::Beside => "",
            _ if met => "met",
            _ => "**missed**",
        };
        println!("| {what} | {} {unit} | {wanted} | {mark} |", number(measured));
        if !met {
            self.missed.push(format!("{what}: {} {unit}, target {wanted}", number(measured)));
        }
    }

    /// Says which targets were missed.
    pub(crate) fn conclude(self) -> ExitCode {
        if self.missed.is_empty() {
            println!("\nEvery target was met.");
            return ExitCode::SUCCESS;
        }
        println!("\nMissed:");
        self.missed.iter().for_each(|missed| println!("- {missed}"));
        ExitCode::FAILURE
    }
}

/// Three decimals where they say something.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value.abs() >= 20.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}
