//! Reading a ticket back: its story and the texts behind it, as [`crate::view`] wants them.

use crate::desk::{Facts, Needs, Recorded};
use crate::id::{AgentId, TicketId};
use crate::record::RecordKey;
use crate::store::{Log, Store};
use crate::ticket::Ticket;
use crate::view::{Dossier, OwnDraft};

/// How many changes of a log are read at once.
pub(crate) const PAGE: usize = 1_000;

/// Reads a ticket with its log, the tickets that belong to its story, and the texts; none when there is no such ticket.
///
/// It asks nobody whether the reader may see it: give what comes back to [`crate::view::for_customer`] or
/// [`crate::view::for_team`], and show what they give. Logs are read whole, so this is for showing one ticket, not for
/// lists.
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// When the store fails.
pub async fn load_ticket<S, E>(store: &mut S, ticket: TicketId) -> Result<Option<Dossier>, E>
where
    S: Store<Error = E> + Log<Error = E>,
    E: Send,
{
    let Some((ticket, log)) = one(store, ticket).await? else { return Ok(None) };
    let mut dossier = Dossier::new(ticket, log);
    loop {
        let before = dossier.wants();
        for other in &before {
            if let Some((other, log)) = one(store, *other).await? {
                dossier = dossier.with(other, log);
            }
        }
        // What is not there is not looked for again.
        if dossier.wants() == before {
            break;
        }
    }
    if let Some(needs) = links(&dossier) {
        dossier = with_links(dossier, &store.gather(&needs).await?);
    }
    let contents = store.contents(&dossier.references()).await?;
    Ok(Some(dossier.contents(contents)))
}

/// Reads what an agent has begun to write on a ticket; none when there is nothing, or it was sent or thrown away.
///
/// It asks nobody whether the reader may see it: a draft is for its writer only, so `agent` is whoever reads.
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// When the store fails.
pub async fn load_draft<S, E>(store: &mut S, ticket: TicketId, agent: &AgentId) -> Result<Option<OwnDraft>, E>
where
    S: Store<Error = E> + Log<Error = E>,
    E: Send,
{
    let facts = store.gather(&wanted_draft(ticket, agent)).await?;
    let Some(draft) = found_draft(&facts, ticket, agent) else { return Ok(None) };
    let contents = store.contents(&draft.references()).await?;
    Ok(Some(draft.contents(&contents)))
}

pub(crate) fn wanted_draft(ticket: TicketId, agent: &AgentId) -> Needs {
    let mut needs = wanted(&RecordKey::Ticket(ticket));
    needs.record(RecordKey::draft(ticket, agent.clone()));
    needs
}

pub(crate) fn found_draft(facts: &Facts, ticket: TicketId, agent: &AgentId) -> Option<OwnDraft> {
    let draft = facts.record(&RecordKey::draft(ticket, agent.clone()))?.state.draft()?;
    OwnDraft::new(draft.clone(), facts.record(&RecordKey::Ticket(ticket))?.version)
}

async fn one<S, E>(store: &mut S, ticket: TicketId) -> Result<Option<(Ticket, Vec<Recorded>)>, E>
where
    S: Store<Error = E> + Log<Error = E>,
    E: Send,
{
    let key = RecordKey::Ticket(ticket);
    let Some(ticket) = found(&store.gather(&wanted(&key)).await?, &key) else { return Ok(None) };
    let mut log: Vec<Recorded> = Vec::new();
    loop {
        let page = store.events(&key, log.last().map(|recorded| recorded.version), PAGE).await?;
        if page.is_empty() {
            return Ok(Some((ticket, log)));
        }
        log.extend(page);
    }
}

pub(crate) fn wanted(key: &RecordKey) -> Needs {
    let mut needs = Needs::default();
    needs.record(key.clone());
    needs
}

/// The tickets that one is linked to, if there are any.
pub(crate) fn links(dossier: &Dossier) -> Option<Needs> {
    let mut needs = Needs::default();
    dossier.links().into_iter().for_each(|other| needs.record(RecordKey::Ticket(other)));
    (!needs.records.is_empty()).then_some(needs)
}

pub(crate) fn with_links(dossier: Dossier, facts: &Facts) -> Dossier {
    let links = dossier.links().into_iter().filter_map(|other| found(facts, &RecordKey::Ticket(other)));
    links.fold(dossier, Dossier::with_linked)
}

pub(crate) fn found(facts: &Facts, key: &RecordKey) -> Option<Ticket> {
    facts.record(key).and_then(|loaded| loaded.state.ticket().cloned())
}
