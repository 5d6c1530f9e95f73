//! Lists: of tickets, and of the views that agents have saved.

use crate::actor::Actor;
use crate::desk::{Desk, Facts, Needs, Rejection};
use crate::id::{Name, ViewId};
use crate::inbox::{Count, Cursor, Filter, Page, Query, QueryError, SavedView, ScopedFilter, Sort, ViewReader};
use crate::limits;
use crate::record::RecordKey;
use crate::store::{Search, Store};
use crate::team::Agent;
use crate::time::Timestamp;
use crate::view::CustomerPage;

/// Which page of which list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// Which tickets, of those that the reader may see.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Where the page begins: at the beginning, or where the one before said.
    pub after: Option<Cursor>,
    /// How many tickets at most.
    pub limit: usize,
}

impl Listing {
    /// The first page of a list.
    #[must_use]
    pub const fn new(filter: Filter, sort: Sort, limit: usize) -> Self {
        Self { filter, sort, after: None, limit }
    }
    /// The page behind the one that ended with this.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }
}

/// Which page of which saved view.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenView {
    /// The view.
    pub view: ViewId,
    /// Where the page begins: at the beginning, or where the one before said.
    pub after: Option<Cursor>,
    /// How many tickets at most stand on it.
    pub limit: usize,
    /// How far the tickets of the view are counted; with 0, no further than whether there are any.
    pub count_up_to: usize,
}

impl OpenView {
    /// The first page of a view, counted up to 100.
    #[must_use]
    pub const fn new(view: ViewId, limit: usize) -> Self {
        Self { view, after: None, limit, count_up_to: COUNTED }
    }
    /// The page behind the one that ended with this.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }
    /// Counts no further than this.
    #[must_use]
    pub const fn count_up_to(mut self, at_most: usize) -> Self {
        self.count_up_to = at_most;
        self
    }

    /// What of the view is listed.
    pub(crate) fn listing(&self, view: &SavedView) -> Listing {
        Listing::new(view.filter.clone(), view.sort, self.limit).after(self.after)
    }
}

/// Which saved views are counted, and how far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CountViews {
    /// The views, at most [`limits::VIEWS_PER_AGENT_MAX`].
    pub views: Vec<ViewId>,
    /// How far each is counted; with 0, no further than whether there are any tickets.
    pub up_to: usize,
}

impl CountViews {
    /// These views, each counted up to 100.
    #[must_use]
    pub fn new(views: impl IntoIterator<Item = ViewId>) -> Self {
        Self { views: views.into_iter().collect(), up_to: COUNTED }
    }
    /// Counts no further than this.
    #[must_use]
    pub const fn up_to(mut self, at_most: usize) -> Self {
        self.up_to = at_most;
        self
    }
}

/// How far views are counted where nobody says otherwise: "more than 100" is what a person reads.
const COUNTED: usize = 100;

/// A saved view with its first rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// The view.
    pub view: SavedView,
    /// How many tickets it has for this reader.
    pub count: Count,
    /// The page that was asked for.
    pub page: Page,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError<E> {
    /// The reader may not have it, or the filter cannot be used.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The page cannot be asked for.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] E),
}

impl<E> ListError<E> {
    /// The stable code: the rejection's own, `query`, or `store`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Query(_) => "query",
            Self::Store(_) => "store",
        }
    }

    /// The HTTP status that says the same: 422, 503 for `stale_policy`, 500 for the store.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Rejected(Rejection::StalePolicy { .. }) => 503,
            Self::Rejected(_) | Self::Query(_) => 422,
            Self::Store(_) => 500,
        }
    }
}

/// What has to be known of a reader before anything is listed, and what follows from it: the same for both shells.
pub(crate) struct Reading<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) actor: &'a Actor,
    pub(crate) now: Timestamp,
}

impl Reading<'_> {
    /// What is to be gathered, with the views that are to be opened.
    pub(crate) fn needs(&self, views: &[ViewId]) -> Needs {
        let mut needs = super::policy_needs();
        if let Some(agent) = self.actor.agent() {
            needs.record(RecordKey::Agent(agent.clone()));
        }
        views.iter().for_each(|view| needs.record(RecordKey::View(*view)));
        needs
    }

    fn agent<'f>(&self, facts: &'f Facts) -> Option<&'f Agent> {
        self.actor.agent().and_then(|id| facts.agent(id))
    }

    /// A filter joined to the reader's reach, under the policy in force.
    pub(crate) fn scope(&self, facts: &Facts, filter: &Filter) -> Result<ScopedFilter, Rejection> {
        self.desk.check_in_force(facts)?;
        self.desk.scope(self.actor, self.agent(facts), filter, self.now)
    }

    pub(crate) fn query<E>(&self, facts: &Facts, listing: &Listing) -> Result<Query, ListError<E>> {
        let scoped = self.scope(facts, &listing.filter)?;
        Ok(scoped.query(listing.sort, listing.after.as_ref(), listing.limit)?)
    }

    pub(crate) fn view_reader(&self, facts: &Facts) -> Result<ViewReader, Rejection> {
        self.desk.check_in_force(facts)?;
        self.desk.view_reader(self.actor, self.agent(facts))
    }

    /// A saved view as the reader may see it. What may not be seen looks like what is not there.
    pub(crate) fn view(&self, facts: &Facts, view: ViewId) -> Result<SavedView, Rejection> {
        let (reader, key) = (self.view_reader(facts)?, RecordKey::View(view));
        let found = facts.record(&key).and_then(|loaded| loaded.state.view()).filter(|view| reader.sees(view));
        found.cloned().ok_or(Rejection::NotFound(key))
    }
}

/// Customers get their lists from [`list_for_customer`], whose type has no place for what is the team's.
pub(crate) fn for_team(actor: &Actor) -> Result<(), Rejection> {
    if matches!(actor, Actor::Customer { .. }) {
        return Err(crate::desk::forbidden(actor, "list_tickets"));
    }
    Ok(())
}

/// As many views are counted at once as one agent keeps.
pub(crate) fn views_limit(views: &[ViewId]) -> Result<(), Rejection> {
    let (size, limit) = (views.len(), limits::VIEWS_PER_AGENT_MAX);
    if size <= limit {
        return Ok(());
    }
    let why = format!("it counts {size}, at most {limit} are allowed");
    Err(Rejection::Invalid { field: Name::fixed("views"), why })
}

/// Lists tickets for an agent, a bot, an import or the host itself: those that the reader may see and that fit.
///
/// ```
/// use destek::actor::Actor;
/// use destek::desk::Desk;
/// use destek::inbox::{Filter, Page, Sort, SortBy};
/// use destek::run::{ListError, Listing, list_tickets};
/// use destek::store::{Search, Store};
/// use destek::ticket::Category;
/// use destek::time::Timestamp;
///
/// /// What an agent works on next.
/// async fn inbox<S, E>(desk: &Desk, store: &mut S, reader: &Actor, now: Timestamp) -> Result<Page, ListError<E>>
/// where
///     S: Store<Error = E> + Search<Error = E>,
///     E: Send,
/// {
///     let open = Filter::All(vec![Filter::Mine, Filter::Category([Category::New, Category::Open].into())]);
///     list_tickets(desk, store, reader, &Listing::new(open, Sort::ascending(SortBy::Due), 50), now).await
/// }
/// ```
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// When the reader is a customer or an agent whom the host never recorded, the desk has not the policy in force, the
/// filter or the page cannot be asked for, or the store fails.
pub async fn list_tickets<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    listing: &Listing,
    now: Timestamp,
) -> Result<Page, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
    E: Send,
{
    for_team(actor)?;
    let reading = Reading { desk, actor, now };
    let facts = store.gather(&reading.needs(&[])).await.map_err(ListError::Store)?;
    let query = reading.query(&facts, listing)?;
    store.tickets(&query).await.map_err(ListError::Store)
}

/// Lists a customer's own tickets and those in which the customer takes part, as customers see them; for anybody but
/// a verified customer, nothing.
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// As for [`list_tickets`]; when the reader is no customer; and when the filter or the order names what customers do
/// not see.
pub async fn list_for_customer<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    listing: &Listing,
    now: Timestamp,
) -> Result<CustomerPage, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
    E: Send,
{
    if !matches!(actor, Actor::Customer { .. }) {
        return Err(crate::desk::forbidden(actor, "list_for_customer").into());
    }
    let reading = Reading { desk, actor, now };
    let facts = store.gather(&reading.needs(&[])).await.map_err(ListError::Store)?;
    let query = reading.query(&facts, listing)?;
    Ok(CustomerPage::of(&store.tickets(&query).await.map_err(ListError::Store)?))
}

/// The saved views that an agent may open, by name: the own ones and those shared with the agent.
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// When the reader is no agent or may see nothing, the desk has not the policy in force, or the store fails.
pub async fn list_views<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    limit: usize,
) -> Result<Vec<SavedView>, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
    E: Send,
{
    let reading = Reading { desk, actor, now: Timestamp::MIN };
    let facts = store.gather(&reading.needs(&[])).await.map_err(ListError::Store)?;
    let reader = reading.view_reader(&facts)?;
    store.views(&reader, limit).await.map_err(ListError::Store)
}

/// Opens a saved view: the view, how many tickets it has for this reader, and a page.
///
/// A view lists what its reader may see, whoever saved it; "mine" is the reader's.
///
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, Name, TeamId, TicketId, ViewId};
/// use destek::inbox::{Filter, SaveView, Sort, SortBy};
/// use destek::store::Sessions as _;
/// use destek::run::{self, OpenView};
/// use destek::{policy, team::RecordAgent, testing::Scene, ticket::Open};
/// # use destek::testing::ready;
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let record = RecordAgent::new("ayşe".parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
/// shop.run(Actor::Host, record)?;
/// for id in 1..=3 {
///     let customer = CustomerId::new(format!("c-{id}"))?;
///     shop.run(Actor::Host, Open::new(TicketId::from_u128(id), customer, Channel::of(ChannelKind::Chat)))?;
/// }
/// let (ayse, view) = (Actor::Agent("ayşe".parse()?), ViewId::from_u128(1));
/// let waiting = SaveView::new(view, Name::new("Sahipsiz")?, Filter::Assigned(false), Sort::ascending(SortBy::Number));
/// shop.run(ayse.clone(), waiting)?;
/// # ready(async {
///
/// // Two rows a page.
/// let mut session = shop.store().begin(shop.tenant()).await?;
/// let open = OpenView::new(view, 2);
/// let opened = run::open_view(shop.desk(), &mut session, &ayse, &open, shop.now()).await?;
/// assert_eq!((opened.view.name.as_str(), opened.count.tickets, opened.page.rows.len()), ("Sahipsiz", 3, 2));
/// let open = open.after(opened.page.next); // where the first page ended
/// let rest = run::open_view(shop.desk(), &mut session, &ayse, &open, shop.now()).await?;
/// assert_eq!(rest.page.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// As for [`list_views`]; when there is no such view that the reader may open; and when the page cannot be asked for.
pub async fn open_view<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    open: &OpenView,
    now: Timestamp,
) -> Result<Opened, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
    E: Send,
{
    let reading = Reading { desk, actor, now };
    let facts = store.gather(&reading.needs(&[open.view])).await.map_err(ListError::Store)?;
    let view = reading.view(&facts, open.view)?;
    let query = reading.query(&facts, &open.listing(&view))?;
    let count = store.count(query.filter(), open.count_up_to).await.map_err(ListError::Store)?;
    let page = store.tickets(&query).await.map_err(ListError::Store)?;
    Ok(Opened { view, count, page })
}

/// Counts several saved views for their reader: what stands beside their names. One that the reader may not open is
/// left out.
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// As for [`list_views`], and when there are more than [`limits::VIEWS_PER_AGENT_MAX`].
pub async fn count_views<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    counted: &CountViews,
    now: Timestamp,
) -> Result<Vec<(ViewId, Count)>, ListError<E>>
where
    S: Store<Error = E> + Search<Error = E>,
    E: Send,
{
    views_limit(&counted.views)?;
    let reading = Reading { desk, actor, now };
    let facts = store.gather(&reading.needs(&counted.views)).await.map_err(ListError::Store)?;
    reading.view_reader(&facts)?;
    let mut counts = Vec::with_capacity(counted.views.len());
    for view in &counted.views {
        let Ok(saved) = reading.view(&facts, *view) else { continue };
        let scoped = reading.scope(&facts, &saved.filter)?;
        counts.push((*view, store.count(&scoped, counted.up_to).await.map_err(ListError::Store)?));
    }
    Ok(counts)
}
