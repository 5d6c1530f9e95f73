//! The guide, in the order in which a host needs it. Pages only: nothing here is compiled into a program.

#[doc = include_str!("quickstart.md")]
pub mod quickstart {}

#[doc = include_str!("cookbook.md")]
pub mod cookbook {}

#[cfg_attr(all(feature = "json", feature = "toml"), doc = include_str!("policy.md"))]
#[cfg_attr(
    not(all(feature = "json", feature = "toml")),
    doc = "Shown with the features `json` and `toml`, in which its examples are written."
)]
pub mod policy {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("tickets.md")]
pub mod tickets {}

#[doc = include_str!("inbox.md")]
pub mod inbox {}

#[doc = include_str!("store.md")]
pub mod store {}

#[doc = include_str!("transaction.md")]
pub mod transaction {}

#[doc = include_str!("delivery.md")]
pub mod delivery {}

#[doc = include_str!("time_zones.md")]
pub mod time_zones {}

#[doc = include_str!("laws.md")]
pub mod laws {}

#[doc = include_str!("glossary.md")]
pub mod glossary {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("../../CHANGELOG.md")]
#[allow(rustdoc::broken_intra_doc_links, reason = "a heading like [Unreleased] is the form of changelogs, no link")]
pub mod changelog {}

/// The README, so that its example is compiled.
#[cfg(all(doctest, feature = "toml"))]
#[doc = include_str!("../../README.md")]
pub mod readme {}
