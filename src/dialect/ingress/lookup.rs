//! What annotations name, looked up in the World.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use super::annotation::Lookup;
use crate::{
    resource::{Key, Kind, core},
    world::World,
};

/// The objects of a World.
pub(super) struct Objects<'w>(pub(super) &'w World);

#[derive(Deserialize)]
struct ConfigMap {
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
}

impl Lookup for Objects<'_> {
    fn config_map(&self, namespace: &str, name: &str) -> Option<Arc<BTreeMap<String, String>>> {
        let object = self.0.get(&Key::new(Kind::ConfigMap, namespace, name))?;
        let map: ConfigMap = serde_json::from_str(&object.text).ok()?;
        Some(Arc::new(map.data.unwrap_or_default()))
    }

    fn secret(&self, namespace: &str, name: &str) -> Option<BTreeMap<String, Vec<u8>>> {
        let object = self.0.get(&Key::new(Kind::Secret, namespace, name))?;
        core::secret_entries(object)
    }

    fn service(&self, namespace: &str, name: &str) -> bool {
        self.0.get(&Key::new(Kind::Service, namespace, name)).is_some()
    }
}
