//! The product part of the permission catalogue: what the operator's own products guard, and the product side of
//! the built-in roles. It comes from one readable file, `catalogue.toml`; the one that ships is compiled in.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

use super::permission::{AnyKey, Key, PermissionSet, ProductKey};
use super::role::{Builtin, Text};

const SHIPPED: &str = include_str!("catalogue.toml");

/// A permission of a product, as pages and the API show it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its name in the API: `orders.write`.
    pub key: String,
    /// Its name on a page.
    pub label: String,
    /// What it allows, in one line.
    pub description: String,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "unnamed")]
    product: String,
    #[serde(default)]
    permissions: Vec<Product>,
    sensitive: Option<String>,
    #[serde(default)]
    roles: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    texts: BTreeMap<String, Text>,
}

fn unnamed() -> String {
    "the products".to_owned()
}

/// The product permissions in force, and which built-in role holds which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    product: String,
    products: Vec<Product>,
    sensitive: Option<String>,
    roles: BTreeMap<Builtin, PermissionSet>,
    texts: BTreeMap<Builtin, Text>,
}

impl Catalogue {
    /// The one that ships.
    pub fn builtin() -> Self {
        match Self::parse(SHIPPED) {
            Ok(catalogue) => catalogue,
            Err(problem) => unreachable!("a test reads the catalogue that ships: {problem}"),
        }
    }

    /// The one in this file.
    ///
    /// # Errors
    /// One line that names the file and says what to change in it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|problem| format!("{}: cannot be read: {problem}", path.display()))?;
        Self::parse(&text).map_err(|problem| format!("{}: {problem}", path.display()))
    }

    /// The one in this text.
    ///
    /// # Errors
    /// One line that says what to change.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|problem| in_one_line(text, &problem))?;
        check(&file.permissions)?;
        if !is_line(&file.product, 80) {
            return Err("product: a name of one line, of 1 to 80 characters".into());
        }
        if file
            .sensitive
            .as_ref()
            .is_some_and(|text| !is_line(text, 120))
        {
            return Err("sensitive: a few words on one line, of 1 to 120 characters".into());
        }
        let mut catalogue = Self {
            product: file.product,
            products: file.permissions,
            sensitive: file.sensitive,
            roles: BTreeMap::new(),
            texts: texts(file.texts)?,
        };
        for (name, keys) in &file.roles {
            let role = listed_role(name)?;
            let held = catalogue.held(name, keys)?;
            catalogue.roles.insert(role, held);
        }
        catalogue.roles.insert(Builtin::Owner, catalogue.all());
        catalogue.roles.insert(Builtin::Auditor, catalogue.views());
        Ok(catalogue)
    }

    /// The heading above the product permissions: "In the warehouse".
    pub fn heading(&self) -> String {
        format!("In {}", self.product.trim())
    }

    /// What in the products only Admins and Owners do, in words; none: nothing is said of it.
    pub fn sensitive(&self) -> Option<&str> {
        self.sensitive.as_deref().map(str::trim)
    }

    /// What the file says that a role is for; none: what it may do is named instead.
    pub fn text(&self, role: Builtin) -> Option<&Text> {
        self.texts.get(&role)
    }

    /// The product permissions, in the order of the file.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The permission of this name, the portal's or a product's.
    pub fn find(&self, name: &str) -> Option<AnyKey> {
        Key::parse(name)
            .map(AnyKey::Portal)
            .or_else(|| self.product(name).map(AnyKey::Product))
    }

    /// The product permission of this name.
    pub fn product(&self, name: &str) -> Option<ProductKey> {
        ProductKey::at(
            self.products
                .iter()
                .position(|product| product.key == name)?,
        )
    }

    /// What is written about a product permission; none if it is not of this catalogue.
    pub fn get(&self, key: ProductKey) -> Option<&Product> {
        self.products.get(key.place())
    }

    /// Every product permission.
    pub fn all(&self) -> PermissionSet {
        self.keys(|_| true)
    }

    /// The product permissions that this role holds.
    pub fn of(&self, role: Builtin) -> PermissionSet {
        self.roles.get(&role).copied().unwrap_or_default()
    }

    fn views(&self) -> PermissionSet {
        self.keys(|product| product.key.ends_with(".view"))
    }

    fn keys(&self, pick: impl Fn(&Product) -> bool) -> PermissionSet {
        let picked = self
            .products
            .iter()
            .enumerate()
            .filter(|(_, product)| pick(product));
        picked
            .filter_map(|(place, _)| ProductKey::at(place))
            .map(AnyKey::Product)
            .collect()
    }

    fn held(&self, role: &str, keys: &[String]) -> Result<PermissionSet, String> {
        let mut held = PermissionSet::EMPTY;
        for name in keys {
            if Key::parse(name).is_some() {
                return Err(format!(
                    "roles.{role}: {name:?} is a permission of the portal, which this file cannot give"
                ));
            }
            let key = self.product(name).ok_or_else(|| {
                format!("roles.{role}: the permission {name:?} is not in this file")
            })?;
            if held.contains(key) {
                return Err(format!(
                    "roles.{role}: the permission {name:?} is named twice"
                ));
            }
            held = held.with_product(key);
        }
        Ok(held)
    }
}

fn check(products: &[Product]) -> Result<(), String> {
    if products.len() > ProductKey::MOST {
        return Err(format!(
            "{} product permissions, but there can be at most {}",
            products.len(),
            ProductKey::MOST
        ));
    }
    for (place, product) in products.iter().enumerate() {
        let key = product.key.as_str();
        if !is_key(key) {
            return Err(format!(
                "the permission {key:?} must be lower-case words joined by dots, such as \"orders.write\", in 64 \
                 characters or fewer"
            ));
        }
        if Key::parse(key).is_some() {
            return Err(format!(
                "the permission {key:?} is one of the portal's; choose another name"
            ));
        }
        if products.iter().take(place).any(|other| other.key == key) {
            return Err(format!("the permission {key:?} stands there twice"));
        }
        for (field, text, most) in [
            ("label", &product.label, 80),
            ("description", &product.description, 200),
        ] {
            if !is_line(text, most) {
                return Err(format!(
                    "the permission {key:?} needs a {field} of one line, of 1 to {most} characters"
                ));
            }
        }
    }
    Ok(())
}

/// Something on one line, no longer than that.
fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.contains(char::is_control)
}

/// Words of `[a-z0-9_]`, each begun by a letter, two or more, joined by dots.
fn is_key(key: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    key.len() <= 64 && key.contains('.') && key.split('.').all(word)
}

/// What is said of the roles, each of them one that there is.
fn texts(all: BTreeMap<String, Text>) -> Result<BTreeMap<Builtin, Text>, String> {
    let mut texts = BTreeMap::new();
    for (name, text) in all {
        let none = || format!("texts.{name}: there is no such role");
        let role = Builtin::parse(&name).ok_or_else(none)?;
        for (field, said, most) in [
            ("sentence", &text.sentence, 200),
            ("paragraph", &text.paragraph, 600),
        ] {
            if !is_line(said, most) {
                return Err(format!(
                    "texts.{name}: the {field} must be one line of 1 to {most} characters"
                ));
            }
        }
        texts.insert(role, text);
    }
    Ok(texts)
}

fn listed_role(name: &str) -> Result<Builtin, String> {
    match Builtin::parse(name) {
        Some(Builtin::Owner) => {
            Err("roles.owner: Owner holds every permission; leave this line out".into())
        }
        Some(Builtin::Auditor) => {
            Err("roles.auditor: Auditor holds every permission that ends in \".view\"; leave this line out"
                .into())
        }
        Some(role) => Ok(role),
        None => {
            let listed = Builtin::ALL.into_iter().filter(|role| {
                !matches!(role, Builtin::Owner | Builtin::Auditor)
            });
            let names: Vec<_> = listed.map(Builtin::key).collect();
            Err(format!("roles.{name}: there is no such role; choose from {}", names.join(", ")))
        }
    }
}

/// The parser draws a picture of several lines; a start-up message has one.
fn in_one_line(text: &str, problem: &toml::de::Error) -> String {
    let message = problem.message().replace('\n', ", ");
    match problem.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn permission(key: &str) -> String {
        format!("[[permissions]]\nkey = \"{key}\"\nlabel = \"L\"\ndescription = \"D.\"\n")
    }

    fn problem(text: &str) -> String {
        let problem = Catalogue::parse(text).unwrap_err();
        assert!(!problem.contains('\n'), "one line: {problem}");
        problem
    }

    #[test]
    fn the_one_that_ships_reads() {
        let catalogue = Catalogue::parse(SHIPPED).unwrap();
        assert_eq!(catalogue, Catalogue::builtin());
        assert_eq!(catalogue.products().len(), 8);
        assert_eq!(catalogue.heading(), "In the warehouse");
        let items = catalogue.product("items.view").unwrap();
        assert_eq!(catalogue.get(items).unwrap().key, "items.view");
        assert_eq!(catalogue.find("items.view"), Some(items.into()));
        assert_eq!(catalogue.find("users.view"), Some(Key::UsersView.into()));
        assert_eq!(catalogue.find("items"), None);
        assert_eq!(catalogue.all().len(), 8);
        assert_eq!(catalogue.of(Builtin::Owner), catalogue.all());
        assert_eq!(
            catalogue.of(Builtin::Auditor).len(),
            2,
            "items.view and pricing.view"
        );
    }

    #[test]
    fn another_one_may_be_empty_or_full() {
        let empty = Catalogue::parse("").unwrap();
        assert!(empty.all().is_empty());
        assert_eq!(empty.heading(), "In the products");
        let most: String = (0..64).map(|n| permission(&format!("p{n}.view"))).collect();
        assert_eq!(
            Catalogue::parse(&most).unwrap().of(Builtin::Auditor).len(),
            64
        );
        let full: String = (0..65).map(|n| permission(&format!("p{n}.view"))).collect();
        assert_eq!(
            problem(&full),
            "65 product permissions, but there can be at most 64"
        );
    }

    #[test]
    fn each_mistake_is_named() {
        let one = permission("a.b");
        for (text, says) in [
            (
                format!("{one}[roles]\nclerk = []"),
                "roles.clerk: there is no such role; choose from admin",
            ),
            (
                format!("{one}[roles]\nowner = []"),
                "roles.owner: Owner holds every permission",
            ),
            (
                format!("{one}[roles]\nauditor = []"),
                "roles.auditor: Auditor holds every",
            ),
            (
                format!("{one}[roles]\nadmin = [\"b.c\"]"),
                "roles.admin: the permission \"b.c\" is not in this file",
            ),
            (
                format!("{one}[roles]\nadmin = [\"a.b\", \"a.b\"]"),
                "roles.admin: the permission \"a.b\" is named twice",
            ),
            (
                format!("{one}[roles]\nadmin = [\"users.manage\"]"),
                "is a permission of the portal",
            ),
            (
                format!("{one}{one}"),
                "the permission \"a.b\" stands there twice",
            ),
            (permission("users.manage"), "is one of the portal's"),
            (permission("Orders.write"), "must be lower-case words"),
            (permission("orders"), "must be lower-case words"),
            (permission("orders."), "must be lower-case words"),
            (permission("1.2"), "must be lower-case words"),
            (permission("a.b\u{202e}"), "must be lower-case words"),
            (one.replace("\"L\"", "\" \""), "needs a label of one line"),
            (
                one.replace("D.", "D\\n."),
                "needs a description of one line",
            ),
            (
                one.replace("label", "lable"),
                "line 3: unknown field `lable`",
            ),
            (
                format!("{one}[roles]\nadmin = []\nadmin = []"),
                "line 7: duplicate key",
            ),
            ("[[permissions]]\nkey = ".into(), "line 2:"),
            ("product = \" \"".into(), "product: a name of one line"),
            ("sensitive = \"\"".into(), "sensitive: a few words"),
            (
                "[texts.clerk]\nsentence = \"S.\"\nparagraph = \"P.\"".into(),
                "texts.clerk: there is no such role",
            ),
            (
                "[texts.viewer]\nsentence = \" \"\nparagraph = \"P.\"".into(),
                "texts.viewer: the sentence must be one line",
            ),
        ] {
            let problem = problem(&text);
            assert!(problem.contains(says), "{text}\n{problem}\n{says}");
        }
    }

    #[test]
    fn a_file_is_named_in_what_is_wrong_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("products.toml");
        assert!(
            Catalogue::read(&path)
                .unwrap_err()
                .contains("products.toml: cannot be read")
        );
        std::fs::write(&path, permission("nonsense")).unwrap();
        assert!(
            Catalogue::read(&path)
                .unwrap_err()
                .contains("products.toml: the permission")
        );
        std::fs::write(&path, permission("a.view")).unwrap();
        assert_eq!(Catalogue::read(&path).unwrap().products().len(), 1);
    }
}
