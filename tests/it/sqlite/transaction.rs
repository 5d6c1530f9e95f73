//! A row of the host's and its ticket: together or not at all.

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::content::Seed;
use destek::desk::{Command, Request};
use destek::id::{CustomerId, Name, RequestId, TenantId, TicketId};
use destek::run::ExecuteError;
use destek::store::blocking::{Store, execute};
use destek::store::sqlite::rusqlite::{Connection, TransactionBehavior::Immediate};
use destek::store::sqlite::{self, Durability, SqliteStore};
use destek::store::{Conflict, WriteError};
use destek::ticket::{Open, Tag};
use destek::{Desk, policy};

use super::file::Place;

fn request(id: u128, command: impl Into<Command>) -> Request {
    Request::new(RequestId::from_u128(id), Actor::Host, Seed::new([7; 32]), command)
}

fn open(ticket: u128) -> Open {
    Open::new(TicketId::from_u128(ticket), CustomerId::new("c-17").unwrap(), Channel::of(ChannelKind::Form))
}

fn tag(ticket: u128, name: &str) -> Tag {
    Tag::new(TicketId::from_u128(ticket)).add(Name::new(name).unwrap())
}

fn count(connection: &Connection, table: &str) -> u32 {
    connection.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// Every row of every table of the library's, as text.
fn everything(connection: &Connection) -> Vec<String> {
    let mut all = Vec::new();
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'destek%' ORDER BY name";
    let mut names = connection.prepare(names).unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for name in names {
        let mut rows = connection.prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2")).unwrap();
        let width = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells = (0..width).map(|cell| format!("{:?}", row.get_ref(cell).unwrap()));
            all.push(format!("{name}: {}", cells.collect::<Vec<_>>().join(" ")));
        }
    }
    all
}

struct Shop {
    desk: Desk,
    tenant: TenantId,
    connection: Connection,
    place: Place,
}

fn shop() -> Shop {
    let place = Place::new();
    let mut connection = sqlite::open(place.path(), Durability::Normal).unwrap();
    connection.execute_batch("CREATE TABLE orders (id TEXT PRIMARY KEY)").unwrap();
    let (desk, tenant) = (Desk::new(policy::sample().compile().unwrap()), TenantId::new("butik").unwrap());
    let now = "2026-11-27T10:00:00Z".parse().unwrap();
    let transaction = connection.transaction_with_behavior(Immediate).unwrap();
    execute(&desk, &mut SqliteStore::new(&transaction, &tenant), &request(1, Command::Activate), now).unwrap();
    transaction.commit().unwrap();
    Shop { desk, tenant, connection, place }
}

#[test]
fn an_order_and_its_ticket_are_committed_together_or_not_at_all() {
    let Shop { desk, tenant, mut connection, place: _place } = shop();
    let now = "2026-11-27T10:00:00Z".parse().unwrap();
    for (kept, expected) in [(false, (0, 0)), (true, (1, 1))] {
        let before = everything(&connection);
        let transaction = connection.transaction_with_behavior(Immediate).unwrap();
        transaction.execute("INSERT INTO orders VALUES ('o-1')", []).unwrap();
        execute(&desk, &mut SqliteStore::new(&transaction, &tenant), &request(2, open(1)), now).unwrap();
        if kept {
            transaction.commit().unwrap();
        } else {
            transaction.rollback().unwrap();
            assert!(everything(&connection) == before, "something was left behind");
        }
        assert_eq!((count(&connection, "orders"), count(&connection, "destek_tickets")), expected);
    }
}

#[test]
fn a_conflict_leaves_nothing_behind_and_the_hosts_transaction_usable() {
    let Shop { desk, tenant, mut connection, place: _place } = shop();
    let now = "2026-11-27T10:00:00Z".parse().unwrap();
    let transaction = connection.transaction_with_behavior(Immediate).unwrap();
    let mut store = SqliteStore::new(&transaction, &tenant);
    execute(&desk, &mut store, &request(2, open(1)), now).unwrap();
    // Two decisions on the same facts: the second comes too late.
    let decide = |store: &mut SqliteStore<'_>, request: &Request| {
        let facts = store.gather(&desk.needs(request)).unwrap();
        match desk.decide(request, &facts, now).unwrap() {
            destek::desk::Step::Done(decision) => decision.into_changes(request),
            destek::desk::Step::More(needs) => panic!("{needs:?}"),
        }
    };
    let (one, two) = (request(3, tag(1, "kargo")), request(4, tag(1, "iade")));
    let (first, second) = (decide(&mut store, &one), decide(&mut store, &two));
    store.write(&first).unwrap();
    let before = everything(&transaction);
    for late in [&second, &first] {
        let refused = store.write(late).unwrap_err();
        assert!(matches!(refused, WriteError::Conflict(Conflict::Guard(_) | Conflict::Request(_))), "{refused:?}");
        assert!(everything(&transaction) == before, "something was left behind");
    }
    // The host goes on.
    transaction.execute("INSERT INTO orders VALUES ('o-1')", []).unwrap();
    execute(&desk, &mut store, &two, now).unwrap();
    transaction.commit().unwrap();
    let tags: String = connection.query_row("SELECT tags FROM destek_tickets", [], |row| row.get(0)).unwrap();
    assert_eq!((tags.as_str(), count(&connection, "orders")), (r#"["iade","kargo"]"#, 1));
}

/// A disk that is full halfway through a write: SQLite gives the whole transaction up, and what was before it is there.
#[test]
fn a_full_database_takes_nothing_of_a_transaction() {
    let Shop { desk, tenant, mut connection, place: _place } = shop();
    let now = "2026-11-27T10:00:00Z".parse().unwrap();
    let pages: u32 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
    let before = everything(&connection);
    let write = |connection: &Connection, id: u128| {
        let text = "Kargom nerede? ".repeat(200);
        let open = open(id).message(destek::id::MessageId::from_u128(id), text);
        let mut store = SqliteStore::within(connection, &tenant).unwrap();
        execute(&desk, &mut store, &request(id + 10, open), now)
    };
    let transaction = connection.transaction_with_behavior(Immediate).unwrap();
    let refused = (1..200).find_map(|id| write(&transaction, id).err()).expect("two pages are not endless");
    assert!(matches!(&refused, ExecuteError::Store(error) if error.code() == "full"), "{refused}");
    assert!(transaction.is_autocommit(), "there is nothing to commit");
    drop(transaction);
    assert!(everything(&connection) == before, "something was left behind");
    connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    let transaction = connection.transaction_with_behavior(Immediate).unwrap();
    (1..20).for_each(|id| drop(write(&transaction, id).unwrap()));
    transaction.commit().unwrap();
    assert_eq!(count(&connection, "destek_tickets"), 19);
}

/// Whoever has begun by reading, and would write after somebody else has, must begin again.
#[test]
fn a_transaction_on_an_older_snapshot_is_lost() {
    let Shop { desk, tenant, mut connection, place } = shop();
    let now = "2026-11-27T10:00:00Z".parse().unwrap();
    let mut other = sqlite::open(place.path(), Durability::Normal).unwrap();
    let late = connection.transaction().unwrap();
    let mut store = SqliteStore::new(&late, &tenant);
    let one = request(2, tag(1, "kargo"));
    store.gather(&desk.needs(&one)).unwrap();
    let transaction = other.transaction_with_behavior(Immediate).unwrap();
    execute(&desk, &mut SqliteStore::new(&transaction, &tenant), &request(3, open(1)), now).unwrap();
    transaction.commit().unwrap();
    let record = destek::team::RecordAgent::new("ada".parse().unwrap());
    let refused = execute(&desk, &mut store, &request(4, record), now).unwrap_err();
    assert!(matches!(refused, ExecuteError::Conflict(Conflict::TransactionLost)), "{refused:?}");
}
