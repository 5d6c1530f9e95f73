//! Lists without futures: the calls of [`crate::run`], one by one, around the same gate.

use super::{Search, Store};
use crate::actor::Actor;
use crate::desk::{Desk, Rejection};
use crate::id::ViewId;
use crate::inbox::{Count, Page, SavedView};
use crate::run::{CountViews, ListError, Listing, OpenView, Opened, Reading, for_team, views_limit};
use crate::time::Timestamp;
use crate::view::CustomerPage;

/// Lists tickets for the team; see [`crate::run::list_tickets`].
///
/// # Errors
/// When the reader may have no such list, it cannot be asked for so, or the store fails.
pub fn list_tickets<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    listing: &Listing,
    now: Timestamp,
) -> Result<Page, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
{
    for_team(actor)?;
    let reading = Reading { desk, actor, now };
    let facts = store.gather(&reading.needs(&[])).map_err(ListError::Store)?;
    let query = reading.query(&facts, listing)?;
    store.tickets(&query).map_err(ListError::Store)
}

/// Lists a customer's own tickets; see [`crate::run::list_for_customer`].
///
/// # Errors
/// When the reader is no customer, the list cannot be asked for so, or the store fails.
pub fn list_for_customer<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    listing: &Listing,
    now: Timestamp,
) -> Result<CustomerPage, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
{
    if !matches!(actor, Actor::Customer { .. }) {
        return Err(crate::desk::forbidden(actor, "list_for_customer").into());
    }
    let reading = Reading { desk, actor, now };
    let facts = store.gather(&reading.needs(&[])).map_err(ListError::Store)?;
    let query = reading.query(&facts, listing)?;
    Ok(CustomerPage::of(&store.tickets(&query).map_err(ListError::Store)?))
}

/// The saved views that an agent may open; see [`crate::run::list_views`].
///
/// # Errors
/// When the reader is no agent or may see nothing, or the store fails.
pub fn list_views<S, E>(desk: &Desk, store: &mut S, actor: &Actor, limit: usize) -> Result<Vec<SavedView>, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
{
    let reading = Reading { desk, actor, now: Timestamp::MIN };
    let facts = store.gather(&reading.needs(&[])).map_err(ListError::Store)?;
    let reader = reading.view_reader(&facts)?;
    store.views(&reader, limit).map_err(ListError::Store)
}

/// Opens a saved view; see [`crate::run::open_view`].
///
/// # Errors
/// When there is no such view that the reader may open, the page cannot be asked for, or the store fails.
pub fn open_view<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    open: &OpenView,
    now: Timestamp,
) -> Result<Opened, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
{
    let reading = Reading { desk, actor, now };
    let facts = store.gather(&reading.needs(&[open.view])).map_err(ListError::Store)?;
    let view = reading.view(&facts, open.view)?;
    let query = reading.query(&facts, &open.listing(&view))?;
    let count = store.count(query.filter(), open.count_up_to).map_err(ListError::Store)?;
    let page = store.tickets(&query).map_err(ListError::Store)?;
    Ok(Opened { view, count, page })
}

/// Counts several saved views; see [`crate::run::count_views`].
///
/// # Errors
/// When the reader is no agent or may see nothing, or the store fails.
pub fn count_views<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    counted: &CountViews,
    now: Timestamp,
) -> Result<Vec<(ViewId, Count)>, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
{
    views_limit(&counted.views)?;
    let reading = Reading { desk, actor, now };
    let facts = store.gather(&reading.needs(&counted.views)).map_err(ListError::Store)?;
    reading.view_reader(&facts)?;
    let found = counted.views.iter().filter_map(|view| Some((*view, reading.view(&facts, *view).ok()?)));
    let counts = found.map(|(view, saved)| {
        let scoped = reading.scope(&facts, &saved.filter).map_err(|rejection: Rejection| ListError::from(rejection))?;
        Ok((view, store.count(&scoped, counted.up_to).map_err(ListError::Store)?))
    });
    counts.collect()
}
