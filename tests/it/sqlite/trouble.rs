//! Databases that are not as they should be: one clear error each, and nothing changed.

use destek::desk::Needs;
use destek::id::TenantId;
use destek::record::RecordKey;
use destek::store::blocking::{Sessions, Store};
use destek::store::sqlite::rusqlite::{Connection, OpenFlags};
use destek::store::sqlite::{self, Durability, Sqlite, SqliteError, SqliteStore, rusqlite};
use std::time::Duration;

use super::file::{File, Place};

fn tables(connection: &Connection) -> Vec<String> {
    let mut names = connection.prepare("SELECT name FROM sqlite_master ORDER BY name").unwrap();
    names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn needs() -> Needs {
    let mut needs = Needs::default();
    needs.record(RecordKey::Policy);
    needs.number = true;
    needs
}

#[test]
fn a_database_without_tables_says_so() {
    let mut connection = Connection::open_in_memory().unwrap();
    let tenant = TenantId::new("butik").unwrap();
    let transaction = connection.transaction().unwrap();
    let refused = SqliteStore::new(&transaction, &tenant).gather(&needs()).unwrap_err();
    assert_eq!((refused.code(), tables(&transaction).len()), ("not_migrated", 0));
    assert!(refused.to_string().contains("sqlite::migrate"), "{refused}");
}

#[test]
fn without_a_transaction_nothing_is_begun() {
    let place = Place::new();
    let connection = sqlite::open(place.path(), Durability::Normal).unwrap();
    let tenant = TenantId::new("butik").unwrap();
    let refused = SqliteStore::within(&connection, &tenant).unwrap_err();
    assert_eq!(refused.code(), "autocommit");
    connection.execute_batch("BEGIN").unwrap();
    assert!(SqliteStore::within(&connection, &tenant).is_ok());
}

#[test]
fn tables_of_a_later_version_are_left_alone() {
    let place = Place::new();
    let connection = sqlite::open(place.path(), Durability::Normal).unwrap();
    connection.execute("UPDATE destek_meta SET value = value + 1 WHERE name = 'schema'", []).unwrap();
    let before = tables(&connection);
    let refused = Sqlite::open(place.path(), Durability::Normal).unwrap_err();
    let known = sqlite::schema_version();
    assert!(matches!(refused, SqliteError::Newer { found, known: here } if found == known + 1 && here == known));
    assert_eq!(tables(&connection), before);
}

#[test]
fn tables_of_which_nobody_knows_the_version_are_left_alone() {
    for damage in ["DROP TABLE destek_meta", "DELETE FROM destek_meta"] {
        let place = Place::new();
        let connection = sqlite::open(place.path(), Durability::Normal).unwrap();
        connection.execute_batch(damage).unwrap();
        let before = tables(&connection);
        assert_eq!(Sqlite::open(place.path(), Durability::Normal).unwrap_err().code(), "unfinished", "{damage}");
        assert_eq!(tables(&connection), before);
    }
}

#[test]
fn what_is_no_database_is_not_overwritten() {
    let place = Place::new();
    let text = "Bu bir veritabanı değil, hiç olmadı. ".repeat(100);
    std::fs::write(place.path(), &text).unwrap();
    assert_eq!(Sqlite::open(place.path(), Durability::Full).unwrap_err().code(), "damaged");
    assert_eq!(std::fs::read_to_string(place.path()).unwrap(), text);
}

#[test]
fn a_database_that_may_only_be_read_says_so() {
    let file = File::shop();
    let mut connection = Connection::open_with_flags(file.place.path(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let tenant = TenantId::new("butik").unwrap();
    // What is up to date needs no write.
    sqlite::migrate(&mut connection).unwrap();
    let transaction = connection.transaction().unwrap();
    let refused = SqliteStore::new(&transaction, &tenant).gather(&needs()).unwrap_err();
    assert_eq!(refused.code(), "read_only");
}

#[test]
fn a_database_that_somebody_else_writes_is_locked_and_then_free() {
    let file = File::shop();
    let writer = file.get().connection().unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut other = file.get().connection().unwrap();
    other.busy_timeout(Duration::from_millis(1)).unwrap();
    let refused = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map(drop)
        .map_err(SqliteError::from)
        .unwrap_err();
    assert_eq!(refused.code(), "locked");
    writer.execute_batch("ROLLBACK").unwrap();
    let tenant = TenantId::new("butik").unwrap();
    let mut session = file.get().begin(&tenant).unwrap();
    assert_eq!(session.gather(&needs()).unwrap().number, Some(1));
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_not_quoted() {
    let file = File::shop();
    let connection = file.get().connection().unwrap();
    let row = "INSERT INTO destek_records VALUES ('butik', 'policy/active', 1, (SELECT 1), 0, '{\"gizli\":1}')";
    connection.execute_batch(row).unwrap();
    connection.execute("UPDATE destek_records SET fold = ?1", [destek::desk::FOLD]).unwrap();
    let mut session = file.get().begin(&TenantId::new("butik").unwrap()).unwrap();
    let refused = session.gather(&needs()).unwrap_err();
    assert_eq!(refused.code(), "row");
    assert!(refused.to_string().contains("policy/active") && !refused.to_string().contains("gizli"), "{refused}");
}

#[test]
fn a_database_in_memory_is_no_file() {
    for path in [":memory:", ""] {
        assert_eq!(Sqlite::open(path, Durability::Normal).unwrap_err().code(), "no_file", "{path}");
    }
}

#[test]
fn a_unit_of_work_that_only_read_waits_for_nobody() {
    let file = File::shop();
    let writer = file.get().connection().unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut needs = Needs::default();
    needs.record(RecordKey::Policy);
    let mut session = file.get().begin(&TenantId::new("butik").unwrap()).unwrap();
    session.gather(&needs).unwrap();
    file.get().commit(session).unwrap();
}

/// What ends a transaction under the store, as a constraint of the host's may: nothing is written by itself.
#[test]
fn a_transaction_that_has_ended_takes_no_more() {
    let place = Place::new();
    let connection = sqlite::open(place.path(), Durability::Normal).unwrap();
    let tenant = TenantId::new("butik").unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut store = SqliteStore::within(&connection, &tenant).unwrap();
    store.gather(&needs()).unwrap();
    connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.gather(&needs()).unwrap_err().code(), "autocommit");
    let numbers: u32 = connection.query_row("SELECT COUNT(*) FROM destek_numbers", [], |row| row.get(0)).unwrap();
    assert_eq!(numbers, 0);
}

/// A record of another fold is folded anew by `migrate`, unless its log says what only a later version understands.
#[test]
fn what_a_later_version_wrote_stays_sealed() {
    let file = File::shop();
    let mut shop = destek::testing::Scene::new(
        destek::policy::sample().compile().unwrap(),
        "2026-11-27T10:00:00Z".parse().unwrap(),
    );
    let owner = destek::id::CustomerId::new("c-17").unwrap();
    let mail = destek::channel::Channel::of(destek::channel::ChannelKind::Email);
    let tenant = TenantId::new("butik").unwrap();
    for id in [1, 2] {
        let open = destek::ticket::Open::new(destek::id::TicketId::from_u128(id), owner.clone(), mail.clone());
        let request = shop.request(destek::actor::Actor::Host, open);
        if id == 1 {
            let activate = shop.request(destek::actor::Actor::Host, destek::Command::Activate);
            let (desk, now) = (shop.desk(), shop.now());
            destek::store::blocking::execute_with_retry(desk, file.get(), &tenant, &activate, now, 1).unwrap();
        }
        destek::store::blocking::execute_with_retry(shop.desk(), file.get(), &tenant, &request, shop.now(), 1).unwrap();
    }
    let mut connection = file.get().connection().unwrap();
    let [first, second] = [1, 2].map(|id| RecordKey::Ticket(destek::id::TicketId::from_u128(id)));
    connection.execute("UPDATE destek_records SET fold = 0", []).unwrap();
    connection.execute("DELETE FROM destek_meta WHERE name = 'fold'", []).unwrap();
    let unknown = "UPDATE destek_events SET event = json_set(event, '$.event', json('{\"ticket\":{\"sung\":{}}}')) \
        WHERE record = ?1 AND position = (SELECT MAX(position) FROM destek_events WHERE record = ?1)";
    assert_eq!(connection.execute(unknown, [second.to_string()]).unwrap(), 1);
    sqlite::migrate(&mut connection).unwrap();
    let mut needs = Needs::default();
    [&first, &second].into_iter().for_each(|key| needs.record(key.clone()));
    let facts = file.get().begin(&tenant).unwrap().gather(&needs).unwrap();
    assert_eq!((facts.record(&first).unwrap().sealed, facts.record(&second).unwrap().sealed), (false, true));
    let folds = "SELECT record FROM destek_records WHERE fold = 0";
    let left: String = connection.query_row(folds, [], |row| row.get(0)).unwrap();
    assert_eq!(left, second.to_string());
}
