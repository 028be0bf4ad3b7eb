//! The pages of requests.

mod asking;
mod deciding;
mod listing;
mod operating;
mod showing;

use serde::Deserialize;

use crate::db::types::RequestId;
use crate::error::{Error, Result};

pub use asking::{check, create, new};
pub use deciding::{decide, withdraw};
pub use listing::{download, index, mine};
pub use operating::{confirm, one as operator_request, waiting};
pub use showing::show;

/// The request that the address names.
#[derive(Clone, Debug, Deserialize)]
pub struct InUrl {
    request: String,
}

impl InUrl {
    /// Its id; what is none names no request.
    fn request(&self) -> Result<RequestId> {
        self.request.parse().map_err(|_| Error::NotFound)
    }
}
