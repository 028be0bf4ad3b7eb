//! Forms that bring a file along: multipart, or a plain form without one. Bounded while it is read.

use actix_multipart::{Field, Multipart};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::StreamExt;
use std::future::Future;
use std::pin::Pin;

use super::form::Form;
use crate::app::App;
use crate::error::{Error, Result};

/// How much more than allowed is read and thrown away, so that the browser gets to see the answer.
const DRAINED: usize = 8;
/// More fields than any form of ours has: an import's rows with a problem have up to seven each (`import::FIXES`).
const FIELDS: usize = 256;
/// How much longer a file may become as text that a form carries back: no byte of it becomes more than three (€ of
/// Windows-1252 in UTF-8), and the end of a line no more than two.
const GROWN: usize = 3;
/// For what a form carries besides: most of it are cells of rows with a problem, of four bytes a character at most.
const BESIDES: usize = 128 * 1024;

/// A form, and the file that it brought.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// Its fields.
    pub form: Form,
    /// What is in the file; empty when none was chosen.
    pub file: Vec<u8>,
    /// Whether it, or the rest of the form, was larger than may be; then there is neither field nor file.
    pub too_large: bool,
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.headers().get("content-type");
        let is_multipart = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("multipart/form-data"));
        if !is_multipart {
            let form = Form::from_request(request, payload);
            return Box::pin(async move {
                Ok(Self {
                    form: form.await?,
                    ..Self::default()
                })
            });
        }
        let most = request
            .app_data::<App>()
            .map_or(0, |app| app.config().limits.import_bytes);
        let parts = Multipart::from_request(request, payload);
        Box::pin(async move {
            let parts = parts.await.map_err(|_| broken())?;
            read(parts, most).await
        })
    }
}

fn broken() -> Error {
    Error::BadRequest("The form broke off on its way. Send it again.".into())
}

async fn read(mut parts: Multipart, most: usize) -> Result<Upload> {
    let mut upload = Upload::default();
    let mut fields = Vec::new();
    let mut of_file = Room { left: most, most };
    let most = most.saturating_mul(GROWN).saturating_add(BESIDES);
    let mut of_fields = Room { left: most, most };
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| broken())?;
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part
            .content_disposition()
            .is_some_and(|about| about.get_filename().is_some());
        let room = if is_file {
            &mut of_file
        } else {
            &mut of_fields
        };
        let bytes = room.take(&mut part).await?;
        upload.too_large |= bytes.is_none();
        let bytes = bytes.unwrap_or_default();
        if is_file && !bytes.is_empty() {
            upload.file = bytes;
        } else if !is_file {
            let text = String::from_utf8(bytes).map_err(|_| broken())?;
            fields.push((name, text));
        }
        if fields.len() > FIELDS {
            return Err(broken());
        }
    }
    if upload.too_large {
        return Ok(Upload {
            too_large: true,
            ..Upload::default()
        });
    }
    upload.form = Form::of(fields);
    Ok(upload)
}

/// How much may still come.
struct Room {
    left: usize,
    most: usize,
}

impl Room {
    /// A part's bytes; none when there are too many. Far too many end the request.
    async fn take(&mut self, part: &mut Field) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let mut over = 0_usize;
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| broken())?;
            if let Some(left) = self.left.checked_sub(chunk.len()).filter(|_| over == 0) {
                self.left = left;
                bytes.extend_from_slice(&chunk);
                continue;
            }
            bytes = Vec::new();
            over = over.saturating_add(chunk.len());
            if over > self.most.saturating_mul(DRAINED) {
                return Err(Error::BadRequest("The file is far too large.".into()));
            }
        }
        Ok((over == 0).then_some(bytes))
    }
}
