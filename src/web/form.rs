//! Forms: the raw fields as they came, and the messages that go beside them.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Bytes};
use std::future::Future;
use std::pin::Pin;

use crate::error::{Error, Result};

/// The fields of a posted form, in order. Nothing is checked yet but that it is a form and not too long.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// From a URL-encoded body or query.
    pub fn parse(body: &[u8]) -> Self {
        Self {
            fields: form_urlencoded::parse(body).into_owned().collect(),
        }
    }

    /// From fields that were read already.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self { fields }
    }

    /// The one value of a field; missing is empty. Twice the same field is no form of ours (ASVS 15.3.7).
    pub fn text(&self, name: &str) -> Result<String> {
        let mut values = self.fields.iter().filter(|(field, _)| field == name);
        let first = values
            .next()
            .map(|(_, value)| value.clone())
            .unwrap_or_default();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(Error::BadRequest(format!(
                "The field “{name}” came more than once."
            ))),
        }
    }

    /// What is searched for: trimmed, without control characters, and not longer than any name.
    pub fn search(&self, name: &str) -> Result<String> {
        let typed = self.text(name)?;
        let plain: String = typed
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        Ok(plain.trim().to_owned())
    }

    /// Every value of a field that may come several times: checkboxes.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.fields
            .iter()
            .filter(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Every field with its value, as it came.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a checkbox or a button of this name came along.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }
}

impl FromRequest for Form {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request
            .headers()
            .get("content-type")
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        let is_form = kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded");
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            let bytes = bytes
                .await
                .map_err(|_| Error::BadRequest("The form is too long or broke off.".into()))?;
            if is_form || bytes.is_empty() {
                Ok(Self::parse(&bytes))
            } else {
                Err(Error::BadRequest("This is not a form.".into()))
            }
        })
    }
}

/// The parameters of a query string; read like a form.
#[derive(Clone, Debug, Default)]
pub struct Query(Form);

impl std::ops::Deref for Query {
    type Target = Form;
    fn deref(&self) -> &Form {
        &self.0
    }
}

impl FromRequest for Query {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(Form::parse(request.query_string().as_bytes()))))
    }
}

/// Messages by field, in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    by_field: Vec<(&'static str, String)>,
}

impl Errors {
    /// No message yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a message beside a field; the first one of a field stays.
    pub fn add(&mut self, field: &'static str, message: impl Into<String>) {
        if self.of(field).is_none() {
            self.by_field.push((field, message.into()));
        }
    }

    /// Takes the value out of a check, or its message in.
    pub fn take<T>(
        &mut self,
        field: &'static str,
        checked: std::result::Result<T, String>,
    ) -> Option<T> {
        checked.map_err(|message| self.add(field, message)).ok()
    }

    /// The message beside a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.by_field
            .iter()
            .find(|(name, _)| *name == field)
            .map(|(_, message)| message.as_str())
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.by_field.is_empty()
    }

    /// Field and message, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.by_field
            .iter()
            .map(|(field, message)| (*field, message.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_comes_twice_is_refused_where_one_is_wanted_and_listed_where_several_are() {
        let form = Form::parse(b"role=admin&role=viewer&email=a%40b.example");
        assert!(matches!(form.text("role"), Err(Error::BadRequest(_))));
        assert_eq!(form.list("role"), ["admin", "viewer"]);
        assert_eq!(form.text("email").ok().as_deref(), Some("a@b.example"));
        assert_eq!(form.text("absent").ok().as_deref(), Some(""));
    }
}
