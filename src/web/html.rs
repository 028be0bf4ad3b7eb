//! Responses: pages, fragments and redirects.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::filters::{Escaper, HtmlSafe};
use askama::{FastWritable, Template, Values};

use super::flash::{Flash, Kind, Undo};
use super::shell::Shell;
use crate::app::App;
use crate::error::{Error, Result};

/// What most pages take, in bytes.
const PAGE_BYTES: usize = 48 * 1024;

/// A text that was escaped once, for whatever stands on a page many times over: the beginning of its rows' addresses,
/// somebody's name beside all that can be done with them.
#[derive(Clone, Debug)]
pub struct Escaped(String);

impl Escaped {
    /// Escapes it.
    pub fn new(text: &str) -> Self {
        Self::of(&[text])
    }

    /// Escapes these texts, one behind the other.
    pub fn of(texts: &[&str]) -> Self {
        let mut whole = String::with_capacity(texts.iter().map(|text| text.len()).sum());
        for text in texts {
            // A String takes whatever is written.
            let _ = askama::filters::Html.write_escaped_str(&mut whole, text);
        }
        Self(whole)
    }

    /// An id, in which nothing means anything to HTML.
    pub fn id<K: crate::db::types::Kind>(id: crate::db::types::Id<K>) -> Self {
        Self(id.to_string())
    }

    /// As it stands in a page.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FastWritable for Escaped {
    fn write_into(&self, page: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(page.write_str(&self.0)?)
    }
}

impl HtmlSafe for Escaped {}

/// Words of our own in which nothing means anything to HTML: written as they are, on every row of a list. Made by
/// [`words!`](crate::words), which does not compile with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(&'static str);

impl Words {
    /// These words.
    ///
    /// # Panics
    /// If they would have to be escaped.
    pub const fn new(text: &'static str) -> Self {
        let mut rest = text.as_bytes();
        while let [first, others @ ..] = rest {
            let means_something = matches!(first, b'<' | b'>' | b'&' | b'"' | b'\'');
            assert!(!means_something, "these words have to be escaped");
            rest = others;
        }
        Self(text)
    }
}

/// [`Words`], looked at while the program is compiled.
#[macro_export]
macro_rules! words {
    ($text:literal) => {
        const { $crate::web::html::Words::new($text) }
    };
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FastWritable for Words {
    fn write_into(&self, page: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(page.write_str(self.0)?)
    }
}

impl HtmlSafe for Words {}

/// A page with its frame: never stored by anybody, and the flash it showed is taken away.
pub fn page(
    app: &App,
    status: StatusCode,
    shell: &Shell,
    page: &impl Template,
) -> Result<HttpResponse> {
    let mut response = HttpResponseBuilder::new(status);
    if shell.flash.is_some() {
        response.cookie(Flash::gone(app.config().public_url.is_https()));
    }
    // Room for most pages from the start: growing copies them, and lets go of large pieces of memory.
    let mut text = String::with_capacity(PAGE_BYTES);
    page.render_into(&mut text)?;
    Ok(body(&mut response, text))
}

/// A page that answers 200.
pub fn ok(app: &App, shell: &Shell, template: &impl Template) -> Result<HttpResponse> {
    page(app, StatusCode::OK, shell, template)
}

/// A form that comes back with what was typed and what to do: 422.
pub fn again(app: &App, shell: &Shell, template: &impl Template) -> Result<HttpResponse> {
    page(app, StatusCode::UNPROCESSABLE_ENTITY, shell, template)
}

/// A piece of a page, for a script that asked for it.
pub fn fragment(text: String) -> HttpResponse {
    body(&mut HttpResponse::Ok(), text)
}

/// Text as an HTML response that nobody stores.
pub fn body(response: &mut HttpResponseBuilder, text: String) -> HttpResponse {
    response
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text)
}

/// After a post: 303 to a page of ours, with or without a sentence for it.
#[derive(Debug)]
pub struct Redirect {
    to: String,
    flash: Option<Flash>,
}

impl Redirect {
    /// To a path of this portal.
    pub fn to(path: impl Into<String>) -> Self {
        Self {
            to: path.into(),
            flash: None,
        }
    }

    /// Says that it worked.
    pub fn success(self, text: impl Into<String>) -> Self {
        self.say(Kind::Success, text)
    }

    /// Says something worth knowing.
    pub fn notice(self, text: impl Into<String>) -> Self {
        self.say(Kind::Notice, text)
    }

    /// Says that it did not work.
    pub fn error(self, text: impl Into<String>) -> Self {
        self.say(Kind::Error, text)
    }

    fn say(mut self, kind: Kind, text: impl Into<String>) -> Self {
        self.flash = Some(Flash {
            kind,
            text: text.into(),
            link: None,
            undo: None,
            at: self.to.split_once('#').map(|(_, part)| part.to_owned()),
        });
        self
    }

    /// Adds a link behind the sentence.
    pub fn link(mut self, words: impl Into<String>, href: impl Into<String>) -> Self {
        if let Some(flash) = &mut self.flash {
            flash.link = Some((words.into(), href.into()));
        }
        self
    }

    /// Adds a button that undoes it: it posts these fields there.
    pub fn undo(mut self, action: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        if let Some(flash) = &mut self.flash {
            let fields = fields.iter();
            flash.undo = Some(Undo {
                action: action.into(),
                fields: fields
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            });
        }
        self
    }

    /// The response.
    pub fn respond(self, app: &App) -> Result<HttpResponse> {
        let location = header::HeaderValue::from_str(&self.to)
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
        let mut response = HttpResponse::SeeOther();
        response
            .insert_header((header::LOCATION, location))
            .insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(cookie) = self
            .flash
            .and_then(|f| f.cookie(app.secret(), app.config().public_url.is_https()))
        {
            response.cookie(cookie);
        }
        Ok(response.finish())
    }
}

/// Where a hostile or honest `return_to` may lead: a path of this portal, or `/`.
pub fn safe_return(path: &str) -> &str {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && path
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'"' && b != b'<' && b != b'>');
    if ours && path.len() <= 1024 {
        path
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::{Escaped, Words, safe_return};

    #[test]
    fn what_is_escaped_once_is_escaped_as_a_page_would() {
        let name = Escaped::of(&["Zoë \"Z\"", " ", "O'Hara <&>"]);
        assert_eq!(name.as_str(), "Zoë &#34;Z&#34; O&#39;Hara &#60;&#38;&#62;");
        assert_eq!(Escaped::new("Dana Ruiz").to_string(), "Dana Ruiz");
    }

    #[test]
    #[should_panic = "have to be escaped"]
    fn words_that_mean_something_to_html_are_no_words_of_ours() {
        Words::new("Roles & people");
    }

    #[test]
    fn only_paths_of_this_portal_are_returned_to() {
        for hostile in [
            "",
            "https://x.example",
            "//x.example",
            "/\\x.example",
            "javascript:alert(1)",
            "/a\r\nb",
            "/\u{e4}",
        ] {
            assert_eq!(safe_return(hostile), "/", "{hostile}");
        }
        assert_eq!(
            safe_return("/accounts/acme?q=a%20b"),
            "/accounts/acme?q=a%20b"
        );
    }
}
