//! The pages of devices.

mod edit;
mod importing;
mod index;
mod moving;
mod new;
mod show;

use serde::Deserialize;

use crate::access::permission::DevicesManage;
use crate::access::place::Organization;
use crate::access::scope::Scope;
use crate::db::types::{DeviceId, ImportId};
use crate::error::{Error, Result};
use crate::web::urls;

pub use edit::{edit, update};
pub use importing::{import, imported, preview, submit};
pub use index::{download, index};
pub use moving::{choose, relocate};
pub use new::{create, new};
pub use show::{confirm, delete, show};

/// Who manages the devices of an organization.
type Managing = Scope<Organization, DevicesManage>;

/// The device that the address names.
#[derive(Clone, Debug, Deserialize)]
pub struct InUrl {
    device: String,
}

impl InUrl {
    /// Its id; what is none names nothing.
    fn device(&self) -> Result<DeviceId> {
        self.device.parse().map_err(|_| Error::NotFound)
    }
}

/// The record that the address names.
#[derive(Clone, Debug, Deserialize)]
pub struct RecordInUrl {
    import: String,
}

impl RecordInUrl {
    /// Its id; what is none names nothing.
    fn import(&self) -> Result<ImportId> {
        self.import.parse().map_err(|_| Error::NotFound)
    }
}

/// The list that a page of devices leads back to.
fn list_of<A: crate::access::gate::Demand>(scope: &Scope<Organization, A>) -> String {
    urls::devices(&scope.account().slug, &scope.organization().slug)
}
