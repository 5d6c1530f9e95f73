//! Lists of tickets: filters as SQL, pages by keyset.

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::error::SqliteError;
use super::records;
use crate::id::TenantId;
use crate::inbox::{Count, Filter, Mark, Page, Period, Query, SavedView, ScopedFilter, SortBy, TicketRow, ViewReader};
use crate::record::RecordKey;
use crate::ticket::Category;
use crate::time::Timestamp;

/// A condition on a row of `destek_tickets t`, as SQL with its values. Every part of it is true or false, never unknown,
/// so that `NOT` means what it says.
struct Where {
    sql: String,
    values: Vec<Value>,
    tenant: String,
}

impl Where {
    fn of(tenant: &TenantId, filter: &Filter) -> Self {
        let tenant = tenant.to_string();
        let mut this = Self { sql: "t.tenant = ?".to_owned(), values: vec![Value::Text(tenant.clone())], tenant };
        this.sql.push_str(" AND ");
        this.push(filter);
        // Said once more where an index knows it by this name.
        let active = |demand: &&Filter| matches!(demand, Filter::Category(categories) if categories.iter().copied().all(Category::is_active));
        if filter.demands().iter().any(active) {
            this.sql.push_str(" AND t.active = 1");
        }
        this
    }

    fn value(&mut self, sql: &str, value: Value) {
        self.sql.push_str(sql);
        self.values.push(value);
    }

    fn joined(&mut self, parts: &[Filter], none: &str, between: &str) {
        if parts.is_empty() {
            return self.sql.push_str(none);
        }
        self.sql.push('(');
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.sql.push_str(between);
            }
            self.push(part);
        }
        self.sql.push(')');
    }

    /// Whether a column holds one of these; where it holds nothing it does not.
    fn among<T: ToString>(&mut self, column: &str, texts: impl IntoIterator<Item = T>) {
        let texts: Vec<Value> = texts.into_iter().map(|text| Value::Text(text.to_string())).collect();
        if texts.is_empty() {
            return self.sql.push('0');
        }
        let marks = vec!["?"; texts.len()].join(", ");
        self.sql.push_str(&format!("({column} IS NOT NULL AND {column} IN ({marks}))"));
        self.values.extend(texts);
    }

    fn is_there(&mut self, column: &str, is: bool) {
        self.sql.push_str(&format!("{column} IS {}", if is { "NOT NULL" } else { "NULL" }));
    }

    fn tagged<T: ToString>(&mut self, tags: impl IntoIterator<Item = T>, between: &str, none: &str) {
        let mut first = true;
        self.sql.push('(');
        for tag in tags {
            if !std::mem::take(&mut first) {
                self.sql.push_str(between);
            }
            let has = "EXISTS (SELECT 1 FROM json_each(t.tags) WHERE value = ?)";
            self.value(has, Value::Text(tag.to_string()));
        }
        self.sql.push_str(if first { none } else { "" });
        self.sql.push(')');
    }

    fn within(&mut self, column: &str, period: Period) {
        let (from, before) = period.ends();
        self.sql.push_str(&format!("({column} IS NOT NULL"));
        if let Some(from) = from {
            self.value(&format!(" AND {column} >= ?"), Value::Integer(from));
        }
        if let Some(before) = before {
            self.value(&format!(" AND {column} < ?"), Value::Integer(before));
        }
        self.sql.push(')');
    }

    fn push(&mut self, filter: &Filter) {
        match filter {
            Filter::All(parts) => self.joined(parts, "1", " AND "),
            Filter::Any(parts) => self.joined(parts, "0", " OR "),
            Filter::Not(part) => {
                self.sql.push_str("NOT (");
                self.push(part);
                self.sql.push(')');
            }
            Filter::Category(categories) => self.among("t.category", categories.iter().map(|it| it.as_str())),
            Filter::Status(names) => self.among("t.status", names),
            Filter::Queue(queues) => self.among("t.queue", queues),
            Filter::InQueue(is) => self.is_there("t.queue", *is),
            Filter::Assignee(agents) => self.among("t.assignee", agents),
            // The gate has said who that is.
            Filter::Mine => self.sql.push('0'),
            Filter::Assigned(is) => self.is_there("t.assignee", *is),
            Filter::Customer(customers) => self.among("t.customer", customers),
            Filter::TakesPart(customers) => {
                let tenant = Value::Text(self.tenant.clone());
                self.value(
                    "t.ticket IN (SELECT c.ticket FROM destek_tickets c WHERE c.tenant = ? AND ",
                    tenant.clone(),
                );
                self.among("c.customer", customers);
                self.value(" UNION SELECT p.ticket FROM destek_participants p WHERE p.tenant = ? AND ", tenant);
                self.among("p.customer", customers);
                self.sql.push(')');
            }
            Filter::PriorityAtLeast(level) => self.value("t.level >= ?", Value::Integer(*level as i64)),
            Filter::TagsAll(tags) => self.tagged(tags, " AND ", "1"),
            Filter::TagsAny(tags) => self.tagged(tags, " OR ", "0"),
            Filter::Kind(names) => self.among("t.kind", names),
            Filter::Stage(names) => self.among("t.stage", names),
            Filter::Channel(kinds) => self.among("t.channel", kinds.iter().map(|kind| kind.as_str())),
            Filter::Order(orders) => self.among("t.order_id", orders),
            Filter::Language(languages) => self.among("t.language", languages.iter().map(|it| it.as_str())),
            Filter::Opened(period) => self.within("t.opened", *period),
            Filter::Updated(period) => self.within("t.updated", *period),
            Filter::Due(period) => self.within("t.due", *period),
            Filter::WaitingSince(period) => self.within("t.waiting_since", *period),
            Filter::Merged(is) => self.is_there("t.merged_into", *is),
        }
    }
}

/// The column of `destek_tickets` that a list is ordered by.
const fn column(by: SortBy) -> &'static str {
    match by {
        SortBy::Updated => "t.updated",
        SortBy::Opened => "t.opened",
        SortBy::Due => "t.due",
        SortBy::WaitingSince => "t.waiting_since",
        SortBy::Priority => "t.level",
        SortBy::Number => "t.number",
        SortBy::Rank => "t.rank",
    }
}

/// Whether few tickets are looked at, so that they are rather put in order than looked for along an ordered index. SQLite
/// takes a column with a plus before it for no column of an index.
fn is_narrow(filter: &Filter) -> bool {
    let few = |demand: &&Filter| matches!(demand, Filter::Customer(_) | Filter::TakesPart(_) | Filter::Order(_));
    filter.demands().iter().any(few)
}

const fn is_optional(by: SortBy) -> bool {
    matches!(by, SortBy::Due | SortBy::WaitingSince | SortBy::Rank)
}

pub(super) fn tickets(connection: &Connection, tenant: &TenantId, query: &Query) -> Result<Page, SqliteError> {
    let sort = query.sort();
    let by = column(sort.by);
    let (than, way) = if sort.descending { ("<", "DESC") } else { (">", "ASC") };
    let after = query.after().copied();
    let mut rows = Vec::new();
    if after.is_none_or(|mark| mark.key.is_some()) {
        let mut valued = Where::of(tenant, query.filter().whole());
        if is_optional(sort.by) {
            valued.sql.push_str(&format!(" AND {by} IS NOT NULL"));
        }
        if let Some(Mark { key: Some(key), ticket }) = after {
            valued.sql.push_str(&format!(" AND ({by}, t.ticket) {than} (?, ?)"));
            valued.values.extend([Value::Integer(key), Value::Text(ticket.to_string())]);
        }
        let plus = if is_narrow(query.filter().whole()) { "+" } else { "" };
        let order = format!("{plus}{by} {way}, t.ticket {way}");
        list(connection, tenant, valued, &order, query.wanted(), &mut rows)?;
    }
    if is_optional(sort.by) && rows.len() < query.wanted() {
        let mut without = Where::of(tenant, query.filter().whole());
        without.sql.push_str(&format!(" AND {by} IS NULL"));
        if let Some(Mark { key: None, ticket }) = after {
            without.value(&format!(" AND t.ticket {than} ?"), Value::Text(ticket.to_string()));
        }
        list(connection, tenant, without, &format!("t.ticket {way}"), query.wanted(), &mut rows)?;
    }
    Ok(query.page(rows))
}

/// Adds rows until there are `wanted`.
fn list(
    connection: &Connection,
    tenant: &TenantId,
    mut condition: Where,
    order: &str,
    wanted: usize,
    found: &mut Vec<TicketRow>,
) -> Result<(), SqliteError> {
    let left = i64::try_from(wanted - found.len()).unwrap_or(i64::MAX);
    let sql = format!("SELECT t.ticket, t.due FROM destek_tickets t WHERE {} ORDER BY {order} LIMIT ?", condition.sql);
    condition.values.push(Value::Integer(left));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(condition.values))?;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().unwrap_or_default();
        let id = text.parse().map_err(|_| SqliteError::no_key("destek_tickets", text))?;
        let due = row.get::<_, Option<i64>>(1)?.map(Timestamp::from_millis);
        let loaded = records::load(connection, tenant, &RecordKey::Ticket(id))?;
        found.extend(loaded.and_then(|loaded| loaded.state.ticket().map(|ticket| TicketRow::of(ticket, due))));
    }
    Ok(())
}

pub(super) fn count(
    connection: &Connection,
    tenant: &TenantId,
    filter: &ScopedFilter,
    at_most: usize,
) -> Result<Count, SqliteError> {
    let mut condition = Where::of(tenant, filter.whole());
    let limit = i64::try_from(at_most.saturating_add(1)).unwrap_or(i64::MAX);
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM destek_tickets t WHERE {} LIMIT ?)", condition.sql);
    condition.values.push(Value::Integer(limit));
    let mut statement = connection.prepare_cached(&sql)?;
    let found: i64 = statement.query_row(params_from_iter(condition.values), |row| row.get(0))?;
    Ok(Count::of(usize::try_from(found).unwrap_or(usize::MAX), at_most))
}

/// The saved views that a reader may open, by name and then id. They are few, and are looked through.
pub(super) fn views(
    connection: &Connection,
    tenant: &TenantId,
    reader: &ViewReader,
    limit: usize,
) -> Result<Vec<SavedView>, SqliteError> {
    const VIEWS: &str =
        "SELECT record FROM destek_records WHERE tenant = ?1 AND record >= 'view/' AND record < 'view0'";
    let mut statement = connection.prepare_cached(VIEWS)?;
    let names = statement.query_map(params![tenant.as_str()], |row| row.get::<_, String>(0))?;
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let mut seen = Vec::new();
    for name in names {
        let loaded = match records::load(connection, tenant, &super::error::key_of("destek_records", &name)?) {
            // One view that only a later version reads takes no other away.
            Err(SqliteError::Row { .. }) => continue,
            loaded => loaded?,
        };
        let view = loaded.as_ref().and_then(|loaded| loaded.state.view());
        seen.extend(view.filter(|view| reader.sees(view)).cloned());
    }
    seen.sort_unstable_by(|one: &SavedView, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    seen.truncate(limit);
    Ok(seen)
}
