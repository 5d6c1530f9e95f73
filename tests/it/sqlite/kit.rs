//! The kit on a file of its own for each case.

use super::file::File;

destek::conformance!(file = File::shop() => file.get());
