//! The tables of rooms in `docs/architecture.md`, each behind a comment such as `<!-- rooms:
//! offline-side -->`.

/// Where the tables are.
pub(crate) const DOCUMENT: &str = "docs/architecture.md";

/// The name of the table whose rooms are the crates.
pub(crate) const CRATES: &str = "crates";

/// A table of rooms.
#[derive(Debug)]
pub(crate) struct Table {
    /// The crate or the folder it is about, as its comment says.
    pub(crate) name: String,
    /// The folder of its files, with a slash at the end; of the crates the repository itself.
    pub(crate) folder: String,
    pub(crate) rooms: Vec<Room>,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) name: String,
    /// Folders with a slash at the end, and files.
    pub(crate) files: Vec<String>,
    pub(crate) may_use: Vec<String>,
}

impl Table {
    /// The room of a file, with the part of the row that says so: the longest one wins.
    pub(crate) fn room_of(&self, path: &str) -> Option<(&Room, &str)> {
        let path = path.strip_prefix(&self.folder)?;
        let all = self.rooms.iter().flat_map(|room| room.files.iter().map(move |files| (room, files.as_str())));
        all.filter(|(_, files)| *files == path || files.ends_with('/') && path.starts_with(files))
            .max_by_key(|(_, files)| files.len())
    }
}

/// Reads every table of the document; what is wrong with one goes to `problems`.
pub(crate) fn tables(document: &str, problems: &mut Vec<String>) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut lines = document.lines().enumerate().peekable();
    while let Some((_, line)) = lines.next() {
        let Some(name) = line.trim().strip_prefix("<!-- rooms:").and_then(|rest| rest.strip_suffix("-->")) else {
            continue;
        };
        let name = name.trim().to_owned();
        while lines.next_if(|(_, line)| line.trim().is_empty()).is_some() {}
        let header = lines.next_if(|(_, line)| line.starts_with('|'));
        let header = header.map(|(_, line)| cells(line)).unwrap_or_default();
        if header != ["room", "files", "may use"] {
            problems.push(format!("{DOCUMENT}: the table of {name} begins with | room | files | may use |"));
            continue;
        }
        lines.next();
        let mut rooms = Vec::new();
        while let Some((at, line)) = lines.next_if(|(_, line)| line.starts_with('|')) {
            match cells(line).as_slice() {
                [room, files, may_use] => {
                    rooms.push(Room { name: room.clone(), files: words(files), may_use: words(may_use) });
                }
                _ => problems.push(format!("{DOCUMENT}:{}: a row has three cells", at + 1)),
            }
        }
        let folder = folder_of(&name);
        tables.push(Table { name, folder, rooms });
    }
    tables
}

fn folder_of(name: &str) -> String {
    if name == CRATES {
        String::new()
    } else if name.contains('/') {
        format!("{name}/")
    } else {
        format!("{name}/src/")
    }
}

/// The cells of a row, without the marks of code.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|').trim_end_matches('|');
    line.split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect()
}

/// The words of a cell; a dash stands for none.
fn words(cell: &str) -> Vec<String> {
    let word = |word: &&str| !word.is_empty() && *word != "—";
    cell.split([' ', ',', '·']).filter(word).map(str::to_owned).collect()
}
