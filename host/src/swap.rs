//! The swap areas of this host. What is in memory may reach a disk through them.

use std::io;
use std::path::Path;

/// Where the kernel lists them (proc(5)).
pub const LIST: &str = "/proc/swaps";

/// The names of the swap areas, as the kernel lists them; none on a host without swap.
///
/// # Errors
/// Where the list cannot be read: then nobody knows.
pub fn areas() -> io::Result<Vec<String>> {
    std::fs::read_to_string(Path::new(LIST)).map(|text| areas_in(&text))
}

/// The first word of each line but the first, which has the titles.
fn areas_in(text: &str) -> Vec<String> {
    text.lines().skip(1).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::areas_in;

    #[test]
    fn the_swap_areas_are_the_lines_below_the_titles() {
        let titles = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert_eq!(areas_in(""), Vec::<String>::new());
        assert_eq!(areas_in(titles), Vec::<String>::new());
        let two = "/dev/sda3   partition\t1048572\t\t0\t\t-2\n/swapfile   file\t4\t0\t-3\n";
        assert_eq!(areas_in(&format!("{titles}{two}")), ["/dev/sda3", "/swapfile"]);
    }
}
