//! A real browser, used as a person uses it: by what labels, links and buttons say.
//!
//! Everything that looks for something waits for it a while, so that no test sleeps. A name that fits two things
//! fails the test: say where (`…_in`).

use super::axe::{self, Violation};
use super::webdriver::{Driver, Post};
use fantoccini::elements::Element;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

pub use fantoccini::key::Key;

const PATIENCE: Duration = Duration::from_secs(5);

/// How many browsers run at a time, whatever number of tests does: each wants a core.
static TURNS: Semaphore = Semaphore::const_new(2);

/// What kind of browser to open.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Scripts run.
    pub javascript: bool,
    /// Width of the page in CSS pixels.
    pub width: u32,
    /// The person prefers dark colours.
    pub dark: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            javascript: true,
            width: 1280,
            dark: false,
        }
    }
}

/// An open browser with one window; ends when dropped.
pub struct Browser {
    client: Client,
    options: Options,
    _driver: Driver,
    _turn: SemaphorePermit<'static>,
}

/// A line of the console; violations of the content policy stand here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `SEVERE`, `WARNING`, `INFO` …
    pub level: String,
    /// What it says.
    pub message: String,
}

impl Browser {
    /// Opens a browser that nobody used before.
    pub async fn open(options: Options) -> Self {
        let turn = TURNS.acquire().await.unwrap();
        let driver = Driver::start();
        let client = driver.connect(options.javascript).await;
        let browser = Self {
            client,
            options,
            _driver: driver,
            _turn: turn,
        };
        let scheme = if options.dark { "dark" } else { "light" };
        // A page that still scrolls smoothly moves away under a click.
        let colours = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        browser
            .devtools("Emulation.setEmulatedMedia", &colours)
            .await;
        browser.resize(options.width).await;
        browser
    }

    /// Makes the page wider or narrower.
    pub async fn resize(&self, width: u32) {
        let screen =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &screen)
            .await;
    }

    /// The tab that is shown.
    pub async fn tab(&self) -> WindowHandle {
        self.client.window().await.unwrap()
    }

    /// Opens another tab of the same browser, and goes there.
    pub async fn new_tab(&self) -> WindowHandle {
        let made = self.client.new_window(true).await.unwrap();
        self.to_tab(&made.handle).await;
        made.handle
    }

    /// Goes to a tab.
    pub async fn to_tab(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.unwrap();
    }

    /// Opens an address and waits until the page is there.
    pub async fn goto(&self, url: &str) {
        self.client
            .goto(url)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Back to the page before.
    pub async fn back(&self) {
        self.client.back().await.unwrap();
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// What the address bar says.
    pub async fn url(&self) -> String {
        self.client.current_url().await.unwrap().into()
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// The words that can be seen on the page, those for browsers without scripts included.
    pub async fn words(&self) -> String {
        let words = self
            .client
            .execute("return document.body.innerText", Vec::new());
        // The page may be on its way out.
        words
            .await
            .map_or_else(|_| String::new(), |words| word(&words))
    }

    /// The words that can be seen in the one element of a selector.
    pub async fn text(&self, selector: &str) -> String {
        self.one(Locator::Css(selector), selector)
            .await
            .text()
            .await
            .unwrap()
    }

    /// Waits until the page shows these words.
    pub async fn sees(&self, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.words().await;
            if seen.contains(words) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{words:?} does not come up at {}:\n{seen}",
                self.url().await
            );
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Types into the field with this label, in place of what stood there.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(None, label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What stands in the field with this label.
    pub async fn value(&self, label: &str) -> String {
        self.field(None, label)
            .await
            .prop("value")
            .await
            .unwrap()
            .unwrap_or_default()
    }

    /// Chooses an option by its words in the select with this label.
    pub async fn choose(&self, label: &str, option: &str) {
        self.field(None, label)
            .await
            .select_by_label(option)
            .await
            .unwrap_or_else(|error| panic!("{option}: {error}"));
    }

    /// Ticks the box or the radio button with this label.
    pub async fn tick(&self, label: &str) {
        self.set(&self.field(None, label).await, true).await;
    }

    /// Ticks the box with this label in one place of the page (see `click_in`).
    pub async fn tick_in(&self, place: &str, label: &str) {
        self.set(&self.field(Some(place), label).await, true).await;
    }

    /// Takes the tick from the box with this label.
    pub async fn untick(&self, label: &str) {
        self.set(&self.field(None, label).await, false).await;
    }

    /// Is the box with this label ticked?
    pub async fn ticked(&self, label: &str) -> bool {
        self.field(None, label).await.is_selected().await.unwrap()
    }

    /// Clicks the link, button or menu with exactly these words.
    pub async fn click(&self, text: &str) {
        self.press_on(None, text).await;
    }

    /// Clicks it in one place: the innermost row, list item, fieldset, section, form or the like that holds `place`
    /// as the whole text of an element.
    pub async fn click_in(&self, place: &str, text: &str) {
        self.press_on(Some(place), text).await;
    }

    /// Types keys where the focus is.
    pub async fn press(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .unwrap()
            .send_keys(keys)
            .await
            .unwrap();
    }

    /// Whether whoever left the page now would be asked first.
    pub async fn asks_before_leaving(&self) -> bool {
        let script = "return !dispatchEvent(new Event('beforeunload', { cancelable: true }));";
        self.run(script).await.as_bool().unwrap()
    }

    /// Keeps beyond the page whether its end was asked about; the driver answers that it may go.
    pub async fn remember_leaving(&self) {
        let script = "sessionStorage.removeItem('asked');
            addEventListener('beforeunload', (event) => sessionStorage.setItem('asked', event.defaultPrevented));";
        self.run(script).await;
    }

    /// Whether the page that was left since then asked.
    pub async fn was_asked(&self) -> bool {
        let script = "return sessionStorage.getItem('asked') === 'true';";
        self.run(script).await.as_bool().unwrap()
    }

    /// What has the focus: its label, its words, or its id.
    pub async fn focused(&self) -> String {
        let script = "const e = document.activeElement; const l = e.labels && e.labels[0];
            return ((l ? l.innerText : e.innerText) || e.getAttribute('aria-label') || e.id || e.tagName).trim();";
        self.run(script)
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// By how many pixels the page is wider than the window; a person would have to scroll sideways.
    pub async fn overflow(&self) -> i64 {
        let script =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
        self.run(script).await.as_i64().unwrap()
    }

    /// Writes a picture of the whole page, as far down as it goes.
    pub async fn screenshot(&self, file: &Path) {
        let picture = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self.devtools("Page.captureScreenshot", &picture).await;
        let data = answer["data"].as_str().expect("a picture");
        let bytes =
            base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    /// What the console said since the last time.
    pub async fn console(&self) -> Vec<Line> {
        let lines = self.client.issue_cmd(Post::console()).await.unwrap();
        let line = |line: &Value| Line {
            level: word(&line["level"]),
            message: word(&line["message"]),
        };
        lines.as_array().into_iter().flatten().map(line).collect()
    }

    /// The rules of WCAG 2.2 AA, and axe's best practices, that the page breaks.
    pub async fn axe(&self) -> Vec<Violation> {
        assert!(self.options.javascript, "axe is a script");
        let found = self
            .client
            .execute_async(&axe::script(), Vec::new())
            .await
            .unwrap();
        axe::violations(&found)
    }

    async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    async fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.client
            .issue_cmd(Post::devtools(command, parameters))
            .await
            .unwrap()
    }

    async fn set(&self, control: &Element, ticked: bool) {
        if control.is_selected().await.unwrap() != ticked {
            control.click().await.unwrap();
        }
    }

    async fn press_on(&self, place: Option<&str>, text: &str) {
        let path = format!(
            "{}//*[(self::a[@href] or self::button or self::summary) and normalize-space(.)={text} or \
             (self::a or self::button or self::summary) and @aria-label={text} or \
             self::input[@type='submit'] and @value={text}]",
            within(place),
            text = quoted(text)
        );
        let control = self.one(Locator::XPath(&path), text).await;
        // As somebody does before they press: what stands at the window's edge may be cut off by it.
        let middle = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})";
        let it = serde_json::to_value(&control).unwrap();
        self.client.execute(middle, vec![it]).await.unwrap();
        control
            .click()
            .await
            .unwrap_or_else(|error| panic!("{text}: {error}"));
    }

    /// The control of the label with exactly these words; the options of a select inside the label do not count.
    async fn field(&self, place: Option<&str>, label: &str) -> Element {
        let path = format!(
            "{}//label[normalize-space(.)={text} or select and normalize-space(text())={text}]",
            within(place),
            text = quoted(label)
        );
        let found = self.one(Locator::XPath(&path), label).await;
        if let Some(id) = found.attr("for").await.unwrap() {
            let control = self.client.find(Locator::Id(&id)).await;
            return control.unwrap_or_else(|_| {
                panic!("the label {label:?} is for {id:?}, which is not there")
            });
        }
        let control = found
            .find(Locator::Css("input:not([type=hidden]), select, textarea"))
            .await;
        control.unwrap_or_else(|_| panic!("the label {label:?} has no control"))
    }

    /// The only visible element that is found. Waits for it.
    async fn one(&self, search: Locator<'_>, name: &str) -> Element {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut visible = Vec::new();
            for element in self.client.find_all(search).await.unwrap_or_default() {
                if element.is_displayed().await.unwrap_or(false) {
                    visible.push(element);
                }
            }
            if visible.len() == 1 {
                return visible.remove(0);
            }
            if Instant::now() > deadline {
                panic!(
                    "{name:?} is there {} times at {}:\n{}",
                    visible.len(),
                    self.url().await,
                    self.words().await
                );
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The start of a path: the whole page, or the innermost block around an element with exactly these words.
fn within(place: Option<&str>) -> String {
    let blocks = "self::tr or self::li or self::fieldset or self::section or self::article or self::form or \
                  self::dialog or self::details or self::nav";
    place.map_or_else(String::new, |place| {
        format!(
            "//*[normalize-space(.)={}]/ancestor-or-self::*[{blocks}][1]",
            quoted(place)
        )
    })
}

/// A text as XPath writes it, which knows no escapes.
fn quoted(text: &str) -> String {
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    match parts.as_slice() {
        [only] => only.clone(),
        _ => format!("concat({})", parts.join(r#","'","#)),
    }
}
