//! A page as a person without a browser sees it: its words, links and forms.

use scraper::{ElementRef, Html, Node, Selector};

/// A parsed page.
pub struct Page {
    html: Html,
}

impl Page {
    /// Parses a whole page or a fragment of one.
    pub fn parse(html: &str) -> Self {
        Self {
            html: Html::parse_document(html),
        }
    }

    /// The `<title>`.
    pub fn title(&self) -> String {
        self.text("title")
    }

    /// The one heading of the page.
    pub fn h1(&self) -> String {
        self.text("h1")
    }

    /// The words of the only element that the selector names.
    pub fn text(&self, selector: &str) -> String {
        let mut found = self.texts(selector);
        assert_eq!(
            found.len(),
            1,
            "{selector} names {found:?} in\n{}",
            self.words()
        );
        found.remove(0)
    }

    /// The words of each element that the selector names.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.select(selector).into_iter().map(words).collect()
    }

    /// Is there any such element?
    pub fn has(&self, selector: &str) -> bool {
        !self.select(selector).is_empty()
    }

    /// An attribute of the only element that the selector names.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let found = self.select(selector);
        assert_eq!(found.len(), 1, "{selector} names {} elements", found.len());
        found[0].attr(name).map(str::to_owned)
    }

    /// All words of the page in reading order.
    pub fn words(&self) -> String {
        self.select("body").into_iter().map(words).collect()
    }

    /// Text and target of each link.
    pub fn links(&self) -> Vec<(String, String)> {
        self.select("a[href]")
            .into_iter()
            .map(|a| (words(a), a.attr("href").unwrap_or_default().to_owned()))
            .collect()
    }

    /// Where the link with these words leads.
    pub fn link(&self, text: &str) -> String {
        let mut targets: Vec<String> = self
            .links()
            .into_iter()
            .filter(|(words, _)| words == text)
            .map(|(_, target)| target)
            .collect();
        targets.dedup();
        assert_eq!(
            targets.len(),
            1,
            "links called {text:?} lead to {targets:?}; all are {:?}",
            self.links()
        );
        targets.remove(0)
    }

    /// The messages of the error summary: words and the field that each leads to.
    pub fn error_summary(&self) -> Vec<(String, String)> {
        self.select("[role=alert] a[href^='#']")
            .into_iter()
            .map(|a| {
                (
                    words(a),
                    a.attr("href")
                        .unwrap_or_default()
                        .trim_start_matches('#')
                        .to_owned(),
                )
            })
            .collect()
    }

    /// The form that holds a button with these words.
    pub fn form(&self, button: &str) -> Form {
        let mut found = self.forms_with(button);
        assert_eq!(
            found.len(),
            1,
            "{} forms have a button {button:?} in\n{}",
            found.len(),
            self.words()
        );
        found.remove(0)
    }

    /// All forms that hold such a button.
    pub fn forms_with(&self, button: &str) -> Vec<Form> {
        self.select("form")
            .into_iter()
            .filter(|form| buttons(*form).iter().any(|(text, _)| text == button))
            .map(|form| Form::read(form, button))
            .collect()
    }

    /// Every form with its first button pressed.
    pub fn forms(&self) -> Vec<Form> {
        let forms = self.select("form").into_iter();
        let pressed = |form| buttons(form).into_iter().next().map(|(words, _)| words);
        forms
            .map(|form| Form::read(form, &pressed(form).unwrap_or_default()))
            .collect()
    }

    /// Ids that more than one element has.
    pub fn repeated_ids(&self) -> Vec<String> {
        let all = self.select("[id]");
        let mut ids: Vec<&str> = all
            .iter()
            .filter_map(|element| element.attr("id"))
            .collect();
        ids.sort_unstable();
        let repeated = ids.windows(2).filter(|pair| pair[0] == pair[1]);
        let mut repeated: Vec<String> = repeated.map(|pair| pair[0].to_owned()).collect();
        repeated.dedup();
        repeated
    }

    fn select(&self, selector: &str) -> Vec<ElementRef<'_>> {
        let selector =
            Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"));
        self.html.select(&selector).collect()
    }
}

/// A form with what it would send, hidden fields included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent; empty is the page itself.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Name and value of each field that is sent, in order.
    pub fields: Vec<(String, String)>,
    /// The boxes and choices that could be ticked.
    pub offered: Vec<Choice>,
}

/// A box, a radio button or an option of a select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The field.
    pub name: String,
    /// What is sent for it.
    pub value: String,
    /// Does it take the place of the others of its name?
    pub only: bool,
}

impl Form {
    fn read(form: ElementRef<'_>, button: &str) -> Self {
        let mut fields = Vec::new();
        let mut offered = Vec::new();
        for control in controls(form) {
            let locked = control
                .ancestors()
                .filter_map(ElementRef::wrap)
                .any(|above| {
                    above.value().name() == "fieldset" && above.attr("disabled").is_some()
                });
            if control.attr("disabled").is_none() && !locked {
                read_control(control, &mut fields, &mut offered);
            }
        }
        let pressed = buttons(form).into_iter().find(|(text, _)| text == button);
        fields.extend(pressed.and_then(|(_, sent)| sent));
        Self {
            action: form.attr("action").unwrap_or_default().to_owned(),
            method: form.attr("method").unwrap_or("get").to_ascii_lowercase(),
            fields,
            offered,
        }
    }

    /// Types into a field that the form has.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(own, _)| own == name);
        field.unwrap_or_else(|| panic!("no field {name:?}")).1 = value.to_owned();
        self
    }

    /// Ticks a box or makes a choice that the form offers.
    #[must_use]
    pub fn tick(mut self, name: &str, value: &str) -> Self {
        let choice = self
            .offered
            .iter()
            .find(|choice| choice.name == name && choice.value == value);
        let choice =
            choice.unwrap_or_else(|| panic!("{name}={value} is not among {:?}", self.offered));
        self.fields
            .retain(|(own, is)| own != name || (!choice.only && is != value));
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes out every field of this name and value.
    #[must_use]
    pub fn untick(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(own, is)| own != name || is != value);
        self
    }

    /// Adds what the form does not offer: for forged requests.
    #[must_use]
    pub fn forge(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body or query as a browser sends it.
    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish()
    }
}

/// The fields inside a form, and those elsewhere on the page that name it.
fn controls(form: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    let mut all = pick(form, "input[name], select[name], textarea[name]");
    let page = form.ancestors().filter_map(ElementRef::wrap).last();
    if let (Some(id), Some(page)) = (form.attr("id"), page) {
        all.extend(pick(page, &format!("input[form={id}][name]")));
    }
    all
}

fn read_control(
    control: ElementRef<'_>,
    fields: &mut Vec<(String, String)>,
    offered: &mut Vec<Choice>,
) {
    let name = control.attr("name").unwrap_or_default().to_owned();
    let value = |missing: &str| control.attr("value").unwrap_or(missing).to_owned();
    match (
        control.value().name(),
        control.attr("type").unwrap_or("text"),
    ) {
        ("textarea", _) => fields.push((name, control.text().collect::<String>())),
        ("select", _) => {
            let options = pick(control, "option:not([disabled])");
            let of = |option: ElementRef<'_>| {
                option
                    .attr("value")
                    .map_or_else(|| words(option), str::to_owned)
            };
            offered.extend(options.iter().map(|option| Choice {
                name: name.clone(),
                value: of(*option),
                only: true,
            }));
            let chosen = options
                .iter()
                .find(|option| option.attr("selected").is_some())
                .or(options.first());
            fields.extend(chosen.map(|option| (name, of(*option))));
        }
        ("input", kind @ ("checkbox" | "radio")) => {
            offered.push(Choice {
                name: name.clone(),
                value: value("on"),
                only: kind == "radio",
            });
            if control.attr("checked").is_some() {
                fields.push((name, value("on")));
            }
        }
        ("input", "submit" | "button" | "image" | "reset" | "file") => {}
        _ => fields.push((name, value(""))),
    }
}

/// Words of each button, and the name and value that it sends.
fn buttons(form: ElementRef<'_>) -> Vec<(String, Option<(String, String)>)> {
    pick(form, "button:not([type=button]), input[type=submit]")
        .into_iter()
        .map(|button| {
            let value = button.attr("value").unwrap_or_default().to_owned();
            let text = if button.value().name() == "input" {
                value.clone()
            } else {
                words(button)
            };
            (
                text,
                button.attr("name").map(|name| (name.to_owned(), value)),
            )
        })
        .collect()
}

fn pick<'a>(within: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    within.select(&Selector::parse(selector).unwrap()).collect()
}

/// The words of an element with single spaces, as a screen shows them: parts of a line stay together, blocks do not.
fn words(element: ElementRef<'_>) -> String {
    const INLINE: [&str; 15] = [
        "a", "abbr", "b", "bdi", "bdo", "code", "em", "i", "kbd", "mark", "small", "span",
        "strong", "time", "wbr",
    ];
    let mut text = String::new();
    for node in element.descendants() {
        let hidden = || {
            let parent = node.parent().and_then(|parent| parent.value().as_element());
            parent.is_some_and(|parent| matches!(parent.name(), "script" | "style" | "template"))
        };
        match node.value() {
            Node::Text(part) if !hidden() => text.push_str(part),
            Node::Element(part) if !INLINE.contains(&part.name()) => text.push(' '),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
