//! Reading a ticket back: its story and the texts behind it, as [`crate::view`] wants them.

use super::ExecuteError;
use crate::actor::Actor;
use crate::desk::{Desk, Facts, Needs, Recorded};
use crate::id::TicketId;
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
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, MessageId, TicketId};
/// use destek::language::Language;
/// use destek::store::Sessions as _;
/// use destek::{policy, run, testing::Scene, ticket::Receive, view};
/// # use destek::testing::ready;
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
/// let channel = Channel::of(ChannelKind::Email);
/// let receive = Receive::new(ticket, MessageId::from_u128(1), customer.clone(), channel, "Where is it?");
/// shop.run(Actor::verified(customer.clone()), receive)?;
/// # ready(async {
///
/// let mut session = shop.store().begin(shop.tenant()).await?;
/// let dossier = run::load_ticket(&mut session, ticket).await?.ok_or("there is no such ticket")?;
/// let seen = view::for_customer(&Actor::verified(customer), &dossier).ok_or("it is not theirs")?;
/// let lines: Vec<_> = seen.timeline.iter().map(|entry| entry.what.text(Language::English)).collect();
/// assert_eq!(lines, ["We received your request.", "You wrote."]);
/// assert!(view::for_customer(&Actor::verified(CustomerId::new("c-99")?), &dossier).is_none());
/// assert!(run::load_ticket(&mut session, TicketId::from_u128(99)).await?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    if let Some(needs) = link_needs(&dossier) {
        dossier = with_links(dossier, &store.gather(&needs).await?);
    }
    let contents = store.contents(&dossier.references()).await?;
    Ok(Some(dossier.contents(contents)))
}

/// Reads what the asking agent has begun to write on a ticket; none when there is nothing, or it was sent or thrown
/// away.
///
/// A draft is for its writer only, and for him as long as he may answer: whoever may not
/// [save](crate::draft::SaveDraft) one may not read what he saved before, either.
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// When the actor is no agent or may not answer on the ticket, there is no such ticket that he may see, the desk has not
/// the policy in force, or the store fails; never a conflict.
pub async fn load_draft<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    ticket: TicketId,
) -> Result<Option<OwnDraft>, ExecuteError<E>>
where
    S: Store<Error = E> + Log<Error = E>,
    E: Send,
{
    let facts = store.gather(&desk.draft_needs(actor, ticket)).await.map_err(ExecuteError::Store)?;
    let Some(draft) = desk.own_draft(actor, ticket, &facts)? else { return Ok(None) };
    let contents = store.contents(&draft.references()).await.map_err(ExecuteError::Store)?;
    Ok(Some(draft.contents(&contents)))
}

async fn one<S, E>(store: &mut S, ticket: TicketId) -> Result<Option<(Ticket, Vec<Recorded>)>, E>
where
    S: Store<Error = E> + Log<Error = E>,
    E: Send,
{
    let key = RecordKey::Ticket(ticket);
    let Some(ticket) = found_ticket(&store.gather(&ticket_needs(&key)).await?, &key) else { return Ok(None) };
    let mut log: Vec<Recorded> = Vec::new();
    loop {
        let page = store.events(&key, log.last().map(|recorded| recorded.version), PAGE).await?;
        if page.is_empty() {
            return Ok(Some((ticket, log)));
        }
        log.extend(page);
    }
}

pub(crate) fn ticket_needs(key: &RecordKey) -> Needs {
    let mut needs = Needs::default();
    needs.record(key.clone());
    needs
}

/// The tickets that one is linked to, if there are any.
pub(crate) fn link_needs(dossier: &Dossier) -> Option<Needs> {
    let mut needs = Needs::default();
    dossier.links().into_iter().for_each(|other| needs.record(RecordKey::Ticket(other)));
    (!needs.records.is_empty()).then_some(needs)
}

pub(crate) fn with_links(dossier: Dossier, facts: &Facts) -> Dossier {
    let links = dossier.links().into_iter().filter_map(|other| found_ticket(facts, &RecordKey::Ticket(other)));
    links.fold(dossier, Dossier::with_linked)
}

pub(crate) fn found_ticket(facts: &Facts, key: &RecordKey) -> Option<Ticket> {
    facts.record(key).and_then(|loaded| loaded.state.ticket().cloned())
}
