//! The house rules that no compiler knows, as plain searches over the source.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What may be printed without escaping, and why.
const UNESCAPED: [(&str, &str); 1] = [(
    "{{crate::web::assets::",
    "addresses that the build makes: letters, digits, slashes",
)];

/// Files in `src` aim at 300 lines and never pass this.
const LONGEST: usize = 450;
/// A file of tests is a list, and may be longer.
const LONGEST_TESTS: usize = 550;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder: its path in it, and its text. Fonts and pictures are left out.
fn files(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(&path, found)
            } else {
                found.push(path)
            }
        }
    }
    let top = root().join(folder);
    let mut found = Vec::new();
    walk(&top, &mut found);
    found.sort();
    let name = |path: &Path| {
        path.strip_prefix(&top)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/")
    };
    found
        .iter()
        .filter_map(|path| Some((name(path), std::fs::read_to_string(path).ok()?)))
        .collect()
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries =
        std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[track_caller]
fn holds(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

/// Lines of a text with their number, as `file:line`.
fn lines<'a>(file: &'a str, text: &'a str) -> impl Iterator<Item = (String, &'a str)> {
    text.lines()
        .enumerate()
        .map(move |(number, line)| (format!("{file}:{}: {}", number + 1, line.trim()), line))
}

fn is_mail(file: &str) -> bool {
    file.split('/')
        .any(|part| part == "mail" || part == "mails")
}

fn unescaped(file: &str, text: &str) -> Vec<String> {
    let shows = |line: &str| {
        let line = line.split_whitespace().collect::<String>();
        let mut safe = line.match_indices("|safe").map(|(at, _)| {
            let start = line[..at].rfind("{{").unwrap_or(0);
            &line[start..at]
        });
        safe.any(|printed| {
            !UNESCAPED
                .iter()
                .any(|(allowed, _)| printed.starts_with(allowed))
        }) || line.contains("autoescape")
            || line.contains("escape(\"none\")")
    };
    lines(file, text)
        .filter(|(_, line)| shows(line))
        .map(|(place, _)| place)
        .collect()
}

/// What the content policy would refuse: scripts, styles and handlers that stand in the page.
fn inline(file: &str, text: &str) -> Vec<String> {
    if is_mail(file) {
        return Vec::new();
    }
    let text = &without_template_tags(text);
    let mut found: Vec<String> = lines(file, text)
        .filter(|(_, line)| {
            attributes(line).any(|name| name == "style" || is_handler(&name)) || has_code(line)
        })
        .map(|(place, _)| place)
        .collect();
    let text = text.to_ascii_lowercase();
    for script in text.split("<script").skip(1) {
        let (tag, after) = script.split_once('>').unwrap_or((script, ""));
        let inside = after.split("</script").next().unwrap_or_default();
        if !tag.contains("src=") || !inside.trim().is_empty() {
            found.push(format!("{file}: <script{tag}>"));
        }
    }
    found
}

/// The HTML alone, with its line breaks: conditions and calls have `=` of their own.
fn without_template_tags(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(open) = rest
        .find("{%")
        .into_iter()
        .chain(rest.find("{{"))
        .chain(rest.find("{#"))
        .min()
    {
        let close = match &rest[open..open + 2] {
            "{%" => "%}",
            "{{" => "}}",
            _ => "#}",
        };
        let length = rest[open..]
            .find(close)
            .map_or(rest.len() - open, |at| at + 2);
        html.push_str(&rest[..open]);
        html.push(' ');
        html.extend(rest[open..open + length].chars().filter(|c| *c == '\n'));
        rest = &rest[open + length..];
    }
    html + rest
}

fn has_code(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.contains("<style") || line.contains("javascript:")
}

/// Every word of a line that a `=` follows.
fn attributes(line: &str) -> impl Iterator<Item = String> {
    line.match_indices('=').filter_map(|(at, _)| {
        let before = line[..at].trim_end();
        let start = before
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ':' || c == '_'))?;
        let apart =
            before[start..].starts_with(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        apart.then(|| before[start + 1..].to_ascii_lowercase())
    })
}

fn is_handler(name: &str) -> bool {
    let htmx = name.strip_prefix("hx-").unwrap_or(name);
    htmx.strip_prefix("on")
        .is_some_and(|event| event.starts_with(':') || event.starts_with(char::is_alphabetic))
}

/// Statements put together from text; values belong into binds. Tests may, to ask for the plan of a statement.
fn formatted_sql(file: &str, text: &str) -> Vec<String> {
    if file
        .split('/')
        .any(|part| part == "tests" || part == "tests.rs")
    {
        return Vec::new();
    }
    let packed: String = text.split_whitespace().collect();
    let forms = [
        "sql_query(format!",
        "sql_query(&format!",
        "sql_query(std::format!",
        "sql_query(alloc::format!",
    ];
    forms
        .iter()
        .filter(|form| packed.contains(**form))
        .map(|form| format!("{file}: {form}"))
        .collect()
}

/// Files and folders of `src` that are modules but not in `lib.rs`.
fn unlisted(map: &str, entries: &BTreeSet<String>) -> Vec<String> {
    let modules = entries
        .iter()
        .map(|entry| entry.strip_suffix(".rs").unwrap_or(entry));
    let listed = |module: &str| {
        map.lines().any(|line| {
            line.trim() == format!("pub mod {module};") || line.trim() == format!("mod {module};")
        })
    };
    modules
        .filter(|module| !matches!(*module, "lib" | "main") && !listed(module))
        .map(str::to_owned)
        .collect()
}

#[test]
fn templates_escape_what_they_print() {
    let broken: Vec<String> = files("templates")
        .iter()
        .flat_map(|(file, text)| unescaped(file, text))
        .collect();
    holds(
        "print escaped, or add the expression to UNESCAPED with the reason",
        &broken,
    );
}

/// Words that a page or mail says otherwise than its neighbours; comments may say what they like.
fn said_otherwise(file: &str, text: &str) -> Vec<String> {
    let is_comment = |line: &str| ["//", "{#"].iter().any(|it| line.trim().starts_with(it));
    let says = |line: &str| ["e-mail", "E-mail"].iter().any(|it| line.contains(it));
    lines(file, text)
        .filter(|(_, line)| !is_comment(line) && says(line))
        .map(|(place, _)| place)
        .collect()
}

#[test]
fn pages_say_email_as_their_fields_do() {
    let all = files("templates").into_iter().chain(files("src"));
    let broken: Vec<String> = all
        .flat_map(|(file, text)| said_otherwise(&file, &text))
        .collect();
    holds(
        "fields are called Email address, and so is all else",
        &broken,
    );
}

#[test]
fn templates_hold_no_inline_code_or_style() {
    let broken: Vec<String> = files("templates")
        .iter()
        .flat_map(|(file, text)| inline(file, text))
        .collect();
    holds(
        "the content policy refuses this; use a file in static/",
        &broken,
    );
}

#[test]
fn statements_are_not_put_together_from_text() {
    let broken: Vec<String> = files("src")
        .iter()
        .flat_map(|(file, text)| formatted_sql(file, text))
        .collect();
    holds("bind the values", &broken);
}

/// Grants that come or go elsewhere than in `members`, where the index of people follows them.
fn written_past_members(file: &str, text: &str) -> Vec<String> {
    let packed: String = text.split_whitespace().collect();
    let writes = ["insert_into(grants::table", "delete(grants::table"];
    let found = writes.iter().filter(|write| packed.contains(**write));
    found
        .filter(|_| !file.starts_with("members/"))
        .map(|write| format!("{file}: {write}"))
        .collect()
}

#[test]
fn grants_are_written_by_members_alone() {
    let broken: Vec<String> = files("src")
        .iter()
        .flat_map(|(file, text)| written_past_members(file, text))
        .collect();
    holds("use src/members/storing.rs", &broken);
    let wrong = "diesel::delete(\n    grants::table.filter(x))";
    assert_eq!(written_past_members("users/model.rs", wrong).len(), 1);
}

#[test]
fn files_stay_readable() {
    let length = |(file, text): (String, String)| (file, text.lines().count());
    let long = files("src")
        .into_iter()
        // One list of tables, and one of addresses.
        .filter(|(file, _)| !["db/schema.rs", "web/urls.rs"].contains(&file.as_str()))
        .map(length)
        .filter(|(file, lines)| {
            let tests = file.ends_with("tests.rs") || file.contains("/tests/");
            *lines > if tests { LONGEST_TESTS } else { LONGEST }
        });
    let broken: Vec<String> = long
        .map(|(file, lines)| format!("src/{file}: {lines} lines"))
        .collect();
    holds("split it by what it is about", &broken);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let (sqlite, postgres) = (names("migrations/sqlite"), names("migrations/postgres"));
    let broken: Vec<String> = sqlite.symmetric_difference(&postgres).cloned().collect();
    holds("this migration is in one folder only", &broken);
    assert!(!sqlite.is_empty());
    // Of two with one stamp only one would ever run.
    let stamps: BTreeSet<&str> = sqlite
        .iter()
        .filter_map(|name| name.split('_').next())
        .collect();
    assert_eq!(stamps.len(), sqlite.len(), "two migrations with one stamp");
    for (database, name) in sqlite
        .iter()
        .flat_map(|name| [("sqlite", name), ("postgres", name)])
    {
        let parts: Vec<String> = names(&format!("migrations/{database}/{name}"))
            .into_iter()
            .collect();
        assert_eq!(
            parts,
            ["down.sql", "up.sql"],
            "migrations/{database}/{name}"
        );
    }
}

#[test]
fn the_map_names_every_room() {
    let map = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    holds("list it in src/lib.rs", &unlisted(&map, &names("src")));
}

#[test]
fn vendored_files_are_what_they_claim() {
    let folder = root().join("tests/portal/support/vendor");
    let note = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let digest =
        <sha2::Sha256 as sha2::Digest>::digest(std::fs::read(folder.join("axe.min.js")).unwrap());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(note.contains(&digest), "axe.min.js has the hash {digest}");
}

/// The searches find what they are for, and leave alone what is right.
#[test]
fn the_rules_bite() {
    for wrong in [
        "{{ name|safe }}",
        "{{ name | safe }}",
        "{% autoescape false %}",
        "{{ x|escape(\"none\") }}",
        "{{ crate::web::assets::FONT|safe }}{{ name|safe }}",
    ] {
        assert_eq!(unescaped("users/list.html", wrong).len(), 1, "{wrong}");
    }
    for right in [
        "{{ name }} is safe",
        "<a href=\"{{ crate::web::assets::FONT|safe }}\">",
    ] {
        assert!(unescaped("users/list.html", right).is_empty(), "{right}");
    }
    let wrong = [
        "<p style=\"color: red\">",
        "<p STYLE='x'>",
        "<b class=\"a\"style=\"x\">",
        "<a onclick=\"go()\">",
        "<a class=\"x\" onClick = 'go()'>",
        "<a hx-on:click=\"go()\">",
        "<style>",
        "<a href=\"javascript:go()\">",
        "<script>go()</script>",
        "<script src=\"a.js\">go()</script>",
        "<svg\tonload=x>",
        "{{ a }}<p {% if b == c %}style=\"x\"{% endif %}>",
    ];
    for wrong in wrong {
        assert!(!inline("users/list.html", wrong).is_empty(), "{wrong}");
        assert!(
            inline("welcome/mails/welcome.html", wrong).is_empty(),
            "{wrong}"
        );
    }
    let right = [
        "<p class=\"style\">",
        "<a href=\"/x?style=1&on=2\">",
        "<script src=\"a.js\" defer></script>",
        "{% if one == two %}",
        "{% call field(style = 1,\n on_x = 2) %}",
        "<option value=\"on\">",
        "<link rel=\"stylesheet\" href=\"x\">",
        "<input data-style=\"x\" name=\"only\" value=\"1\">",
        "{% let json = 1 %}",
    ];
    for right in right {
        assert_eq!(
            inline("users/list.html", right),
            Vec::<String>::new(),
            "{right}"
        );
    }
    assert_eq!(
        formatted_sql("a.rs", "diesel::sql_query(\n    format!(\"x\"))").len(),
        1
    );
    assert!(formatted_sql("a.rs", "sql_query(\"x\").bind(y)").is_empty());
    assert!(formatted_sql("mail/tests/outbox.rs", "sql_query(format!(\"x\"))").is_empty());
    let entries = ["lib.rs", "main.rs", "web", "config.rs", "app.rs"]
        .map(str::to_owned)
        .into();
    assert_eq!(
        unlisted("pub mod web;\npub mod app;\n", &entries),
        ["config"]
    );
}
