//! A second count of imports, by the text alone, so that arrows cannot get lost unseen.

use super::arrows::Findings;
use super::source_tree::Sources;

/// Files in which fewer imports of ours were found than lines begin one.
pub(crate) fn lost_imports(sources: &Sources, findings: &Findings) -> Vec<String> {
    let mut lost = Vec::new();
    for file in &findings.files {
        let text = sources.files.get(&**file).map_or("", String::as_str);
        let lines = text.lines().take_while(|line| *line != "mod tests {");
        let written = lines.filter(|line| imports_ours(line, sources)).count();
        let found = findings.arrows.iter().filter(|arrow| arrow.import && arrow.from == *file).count();
        if found < written {
            lost.push(format!("{file}: {written} lines import something of ours, but {found} imports were found"));
        }
    }
    lost
}

/// Whether a line is the beginning of `use crate::…` or of a `use` of another crate of the
/// workspace.
fn imports_ours(line: &str, sources: &Sources) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches(|next| next != ' ').trim_start());
    let Some((first, _)) = line.strip_prefix("use ").and_then(|rest| rest.split_once("::")) else {
        return false;
    };
    first == "crate" || sources.packages.iter().any(|package| package.name == first)
}
