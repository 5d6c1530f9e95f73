//! An order and its ticket, in one transaction of the host's: committed together, rolled back together, and a conflict that
//! leaves the host's transaction usable. Everything is asserted.
//!
//! `cargo run --example host_transaction --features sqlite`

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::content::Seed;
use destek::desk::{Command, Request, Step};
use destek::id::{CustomerId, Name, RequestId, TenantId, TicketId};
use destek::store::blocking::{Store, execute};
use destek::store::sqlite::rusqlite::{Connection, TransactionBehavior::Immediate};
use destek::store::sqlite::{self, SqliteStore};
use destek::store::{Conflict, WriteError};
use destek::ticket::{Open, Tag};
use destek::time::Timestamp;
use destek::{Desk, policy};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The shop's backend: its own tables, and the desk in the same database.
struct Backend {
    desk: Desk,
    tenant: TenantId,
    connection: Connection,
    now: Timestamp,
}

fn main() -> Outcome {
    let mut connection = Connection::open_in_memory()?;
    sqlite::migrate(&mut connection)?;
    connection.execute_batch("CREATE TABLE orders (id TEXT PRIMARY KEY, state TEXT NOT NULL)")?;
    let (desk, tenant) = (Desk::new(policy::sample().compile()?), TenantId::new("butik")?);
    let mut backend = Backend { desk, tenant, connection, now: "2026-11-27T10:00:00Z".parse()? };
    let transaction = backend.connection.transaction_with_behavior(Immediate)?;
    let mut store = SqliteStore::new(&transaction, &backend.tenant);
    execute(&backend.desk, &mut store, &request(1, Command::Activate), backend.now)?;
    transaction.commit()?;

    together_or_not_at_all(&mut backend)?;
    a_conflict_leaves_the_transaction_usable(&mut backend)?;
    println!("an order and its ticket: together, or not at all; and a conflict took nothing with it");
    Ok(())
}

/// In production each request has a fresh id and 32 bytes from the operating system's random source.
fn request(id: u128, command: impl Into<Command>) -> Request {
    Request::new(RequestId::from_u128(id), Actor::Host, Seed::new([7; 32]), command)
}

impl Backend {
    fn count(&self, table: &str) -> Result<u32, Box<dyn std::error::Error>> {
        Ok(self.connection.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0))?)
    }
}

fn together_or_not_at_all(backend: &mut Backend) -> Outcome {
    let customer = CustomerId::new("c-17")?;
    let open = Open::new(TicketId::from_u128(1), customer, Channel::of(ChannelKind::Form)).subject("Siparişim kayıp");
    for commits in [false, true] {
        let transaction = backend.connection.transaction_with_behavior(Immediate)?;
        transaction.execute("INSERT INTO orders (id, state) VALUES ('o-1', 'lost')", [])?;
        let mut store = SqliteStore::new(&transaction, &backend.tenant);
        execute(&backend.desk, &mut store, &request(2, open.clone()), backend.now)?;
        if commits {
            transaction.commit()?;
        } else {
            transaction.rollback()?; // the payment failed, say
        }
        let there = u32::from(commits);
        assert_eq!((backend.count("orders")?, backend.count("destek_tickets")?), (there, there));
        assert_eq!(backend.count("destek_outbox")?, there, "nothing is sent for what never was");
    }
    Ok(())
}

fn a_conflict_leaves_the_transaction_usable(backend: &mut Backend) -> Outcome {
    let tag = |name| Ok::<_, destek::id::ParseIdError>(Tag::new(TicketId::from_u128(1)).add(Name::new(name)?));
    let (one, two) = (request(3, tag("kargo")?), request(4, tag("iade")?));
    let transaction = backend.connection.transaction_with_behavior(Immediate)?;
    let mut store = SqliteStore::new(&transaction, &backend.tenant);

    // Two workers have decided on the same ticket as it was; the second one writes too late.
    let mut decided = Vec::new();
    for request in [&one, &two] {
        let facts = store.gather(&backend.desk.needs(request))?;
        match backend.desk.decide(request, &facts, backend.now)? {
            Step::Done(decision) => decided.push(decision.into_changes(request)),
            Step::More(_) => return Err("a tag needs one look".into()),
        }
    }
    store.write(&decided[0])?;
    let late = store.write(&decided[1]);
    assert!(matches!(late, Err(WriteError::Conflict(Conflict::Guard(_)))), "{late:?}");

    // The transaction goes on: with the host's own rows, and with the same request, decided anew.
    transaction.execute("UPDATE orders SET state = 'found' WHERE id = 'o-1'", [])?;
    execute(&backend.desk, &mut store, &two, backend.now)?;
    transaction.commit()?;
    let tags: String = backend.connection.query_row("SELECT tags FROM destek_tickets", [], |row| row.get(0))?;
    let state: String = backend.connection.query_row("SELECT state FROM orders", [], |row| row.get(0))?;
    assert_eq!((tags.as_str(), state.as_str()), (r#"["iade","kargo"]"#, "found"));
    Ok(())
}
