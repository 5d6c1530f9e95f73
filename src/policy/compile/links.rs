//! What follows from links.

use super::checks::Checks;
use crate::finding::DocPath;
use crate::policy::{Children, LinkPolicy, LinksDoc, PolicyDoc};

pub(super) fn links(doc: &PolicyDoc, checks: &mut Checks) -> LinkPolicy {
    let usual = LinksDoc::new();
    let LinksDoc { parent_waits, children, last_child, duplicates } = doc.links.as_ref().unwrap_or(&usual);
    let parent_waits = parent_waits.unwrap_or(LinkPolicy::PARENT_WAITS);
    if parent_waits && *children == Children::Close {
        // Left are children that were opened after the parent was resolved, and customers who end it themselves.
        let place = DocPath::root().key("links").key("children");
        let message = "children are hardly ever closed with a parent that waits for them";
        checks.warning("waiting_parent", place, message, "write `parent_waits = false`, or leave `children` out");
    }
    LinkPolicy { parent_waits, children: *children, last_child: *last_child, duplicates: *duplicates }
}
