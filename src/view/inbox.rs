//! What a customer sees of a list.

use serde::Serialize;

use crate::channel::Channel;
use crate::id::{OrderId, TicketId};
use crate::inbox::{Cursor, Page, TicketRow};
use crate::ticket::Category;
use crate::time::Timestamp;

/// A ticket in a customer's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CustomerRow {
    /// The ticket.
    pub ticket: TicketId,
    /// The number people say to each other.
    pub number: u64,
    /// What its status means.
    pub category: Category,
    /// The channel that answers come over.
    pub channel: Channel,
    /// The order it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The ticket in which it goes on, when it was merged into another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<TicketId>,
}

impl CustomerRow {
    /// What a customer sees of a row.
    #[must_use]
    pub fn of(row: &TicketRow) -> Self {
        let category = row.status.category;
        Self {
            ticket: row.ticket,
            number: row.number,
            // What the shop thinks of a request is not the sender's to read.
            category: if category == Category::Spam { Category::Closed } else { category },
            channel: row.channel.clone(),
            order: row.order.clone(),
            opened_at: row.opened,
            merged_into: row.merged_into,
        }
    }
}

/// A page of a customer's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CustomerPage {
    /// The tickets.
    pub rows: Vec<CustomerRow>,
    /// Where the next page begins; none when this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl CustomerPage {
    /// What a customer sees of a page. The cursor of a customer's list tells a number or an instant of the customer's
    /// own ticket, nothing else.
    #[must_use]
    pub fn of(page: &Page) -> Self {
        Self { rows: page.rows.iter().map(CustomerRow::of).collect(), next: page.next }
    }
}
