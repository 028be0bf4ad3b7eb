//! What the papers say is so: the settings, the map, the links, the files and the tests that they name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between `<!-- name -->` and `<!-- /name -->`.
fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (_, after) = text
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no {begin}"));
    let (inside, _) = after.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    inside.trim()
}

/// Files with this ending below a folder, by their path from the top. A folder that is not there has none.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root().join(folder)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.map(Result::unwrap) {
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            found.extend(files(&path, ending));
        } else if path.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Our own papers.
fn papers() -> Vec<String> {
    let mut papers = vec!["README.md".to_owned(), "templates/README.md".to_owned()];
    papers.extend(files("docs", ".md"));
    papers.extend(files("migrations", ".md"));
    papers
}

/// The text without its blocks of code, which are indented or fenced.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return false;
        }
        !fenced && !line.starts_with("    ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands between backticks.
fn code(text: &str) -> Vec<String> {
    let prose = prose(text);
    let spans = prose.split('`').skip(1).step_by(2);
    spans.map(str::to_owned).collect()
}

/// Where the links of a paper lead; pictures are left out, since they are made and not written.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let ends = prose.match_indices("](");
    let target = |(at, _): (usize, &str)| {
        let open = prose[..at].rfind('[').unwrap_or(at);
        let rest = &prose[at + 2..];
        let target = &rest[..rest.find(')').unwrap_or(0)];
        (!prose[..open].ends_with('!')).then(|| target.to_owned())
    };
    ends.filter_map(target).collect()
}

/// The addresses of a paper's headings, as readers of Markdown make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// Why a link of this paper leads nowhere, if it does.
fn dead(paper: &str, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let here = Path::new(paper).parent().unwrap_or(Path::new(""));
    let file = if path.is_empty() {
        PathBuf::from(paper)
    } else {
        here.join(path)
    };
    if !root().join(&file).exists() {
        return Some(format!("{paper}: {link} is not there"));
    }
    let known = anchor.is_empty() || anchors(&read(file.to_str().unwrap())).contains(anchor);
    (!known).then(|| format!("{paper}: {link} has no such heading"))
}

/// Whether a span of code is a path of ours: it begins with one of our folders.
fn is_path(span: &str) -> bool {
    let folder = span.split('/').next().unwrap_or_default();
    let ours = [
        "src",
        "tests",
        "templates",
        "static",
        "migrations",
        "docs",
        "bin",
    ];
    span.contains('/')
        && ours.contains(&folder)
        && !span.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '*' | '{' | '…'))
}

/// Whether a span of code is the name of a test: a sentence of four words or more.
fn is_test(span: &str) -> bool {
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    span.matches('_').count() >= 3 && span.chars().all(name)
}

#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

#[test]
fn the_readme_lists_every_setting() {
    let readme = read("README.md");
    let (found, expected) = (between(&readme, "settings"), tenantry::config::markdown());
    assert!(
        found == expected.trim(),
        "README.md, between the marks of settings, should read:\n\n{expected}"
    );
}

#[test]
fn the_readme_names_every_command() {
    let help = Command::new(env!("CARGO_BIN_EXE_tenantry"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, after) = help.split_once("Commands:").unwrap();
    let lines = after.lines().skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = lines
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.contains(&"serve"), "{help}");
    let readme = read("README.md");
    let missing = commands
        .iter()
        .filter(|command| !readme.contains(&format!("`tenantry {command}")));
    none(
        &missing
            .map(|command| format!("README.md does not name {command}"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_map_of_the_readme_is_the_territory() {
    let readme = read("README.md");
    let named: BTreeSet<String> = between(&readme, "map")
        .lines()
        .skip(2)
        .map(|line| line.split('`').nth(1).unwrap_or(line).to_owned())
        .collect();
    let gone = named.iter().filter(|path| !root().join(path).exists());
    none(
        &gone
            .map(|path| format!("{path} is not there"))
            .collect::<Vec<_>>(),
    );
    let rooms = std::fs::read_dir(root().join("src")).unwrap();
    let rooms = rooms.map(|entry| format!("src/{}", entry.unwrap().file_name().to_str().unwrap()));
    let missing = rooms.filter(|path| !named.contains(path));
    none(
        &missing
            .map(|path| format!("{path} is not in the map"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_link_leads_somewhere() {
    let dead_in = |paper: &String| {
        let links = links(&read(paper));
        links
            .iter()
            .filter_map(|link| dead(paper, link))
            .collect::<Vec<_>>()
    };
    none(&papers().iter().flat_map(dead_in).collect::<Vec<_>>());
}

#[test]
fn every_file_that_is_named_is_there() {
    let gone_in = |paper: &String| {
        let spans = code(&read(paper));
        let gone = spans
            .into_iter()
            .filter(|span| is_path(span) && !root().join(span).exists());
        gone.map(|span| format!("{paper}: {span}"))
            .collect::<Vec<_>>()
    };
    none(&papers().iter().flat_map(gone_in).collect::<Vec<_>>());
}

#[test]
fn every_test_that_is_named_exists() {
    let mut source = String::new();
    for file in files("src", ".rs").iter().chain(&files("tests", ".rs")) {
        source.push_str(&read(file));
    }
    let mut named = 0;
    let mut missing = Vec::new();
    for paper in papers().iter().filter(|paper| paper.starts_with("docs/")) {
        for test in code(&read(paper)).into_iter().filter(|span| is_test(span)) {
            named += 1;
            if !source.contains(&format!("fn {test}(")) {
                missing.push(format!("{paper}: {test}"));
            }
        }
    }
    assert!(named > 30, "{named} tests are named");
    none(&missing);
}

#[test]
fn migrations_that_differ_say_why() {
    let mut silent = Vec::new();
    for file in files("migrations/sqlite", "up.sql") {
        let (sqlite, postgres) = (read(&file), read(&file.replace("/sqlite/", "/postgres/")));
        let first = sqlite.lines().next().unwrap_or_default();
        let says = first.starts_with("-- differs: ") && postgres.starts_with(first);
        if sqlite != postgres && !says {
            silent.push(file);
        }
    }
    none(&silent);
}

/// The searches find what they are for, and leave alone what is right.
#[test]
fn the_search_finds_what_it_is_for() {
    let text = "# One `thing`, and more\n![no](x.png) [a](b.md#c) `src/no.rs` [d](e)\n\n    [f](g) `h`\n```\n`i`\n```\n";
    assert_eq!(links(text), ["b.md#c", "e"]);
    assert_eq!(code(text), ["thing", "src/no.rs"]);
    assert_eq!(
        anchors(text),
        BTreeSet::from(["one-thing-and-more".to_owned()])
    );
    assert!(is_path("src/no.rs") && is_path("static/vendor"));
    assert!(!is_path("src") && !is_path("/welcome/{token}") && !is_path("src/<name>/up.sql"));
    assert!(is_test("a_test_has_words") && !is_test("mail_wishes") && !is_test("A_B_C_D"));
    assert!(dead("docs/x.md", "../README.md").is_none());
    assert!(dead("docs/x.md", "../README.md#nowhere").is_some());
    assert!(dead("README.md", "docs/nothing.md").is_some());
    assert!(dead("README.md", "https://example.com/x").is_none());
}
