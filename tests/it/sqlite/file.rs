//! A database in the folder for what does not last.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use destek::store::sqlite::{Durability, Sqlite};

/// A path at which nothing is, and whatever was made there, until it is dropped.
pub(super) struct Place(PathBuf);

impl Place {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let place = Self(std::env::temp_dir().join(format!("destek-{process}-{next}.db")));
        place.clear();
        place
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    fn clear(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A shop in a file; it is closed before the file goes.
pub(super) struct File {
    shop: Sqlite,
    pub(super) place: Place,
}

impl File {
    pub(super) fn shop() -> Self {
        let place = Place::new();
        // Nothing here looks at what a loss of power leaves.
        let shop = Sqlite::open(place.path(), Durability::Normal).unwrap();
        Self { shop, place }
    }

    pub(super) const fn get(&self) -> &Sqlite {
        &self.shop
    }
}
