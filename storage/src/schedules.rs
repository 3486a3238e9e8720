//! Schedules: syncs that come by themselves, and who of several servers queues a run.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::backend::{Database, Durability};
use crate::instants::{Instant, MaybeInstant, column};
use crate::schema::schedules;
use crate::{NewSync, Result, Storage, StorageError, SyncRow, syncs};

/// How many schedules a user may have.
pub const MOST_SCHEDULES: i64 = 100;

/// What a schedule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleTerms {
    /// Whether it runs.
    pub enabled: bool,
    /// Minutes between two runs.
    pub interval_minutes: i64,
    /// What is synced.
    pub sync_types: Vec<String>,
    /// The Korean hours between which it runs, the end excluded; `None` for all day.
    pub hours: Option<(i64, i64)>,
    /// The accounts; `None` for all of the owner's.
    pub accounts: Option<Vec<i64>>,
}

/// When a schedule runs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The run's place in the schedule's rhythm.
    pub planned_at: DateTime<Utc>,
    /// When it runs: a little later.
    pub next_run_at: DateTime<Utc>,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRow {
    /// The row's id.
    pub id: i64,
    /// Whose it is.
    pub owner_id: i64,
    /// What it asks for.
    pub terms: ScheduleTerms,
    /// Accounts that the last run left out, since they were being synced; they are synced as soon as that ends.
    pub waiting: Vec<i64>,
    /// When it runs next, should it be enabled.
    pub plan: Plan,
    /// When it last ran.
    pub last_run_at: Option<DateTime<Utc>>,
    /// The sync of its last run.
    pub last_sync_id: Option<i64>,
    /// Why its last turn synced nothing, or less than it asks for.
    pub note: Option<String>,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When a person last changed it.
    pub updated_at: DateTime<Utc>,
}

/// What a schedule's turn comes to.
#[derive(Clone, Debug)]
pub struct ScheduleTurn {
    /// The sync to queue.
    pub sync: Option<NewSync>,
    /// The accounts that wait until another sync of theirs has ended.
    pub waiting: Vec<i64>,
    /// When it runs next; `None` when that stays.
    pub plan: Option<Plan>,
    /// What there is to say.
    pub note: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schedules)]
struct Stored {
    id: i64,
    owner_id: i64,
    enabled: bool,
    interval_minutes: i64,
    types_json: String,
    start_hour: Option<i64>,
    end_hour: Option<i64>,
    accounts_json: Option<String>,
    waiting_json: Option<String>,
    #[diesel(deserialize_as = Instant)]
    planned_at: DateTime<Utc>,
    #[diesel(deserialize_as = Instant)]
    next_run_at: DateTime<Utc>,
    #[diesel(deserialize_as = MaybeInstant)]
    last_run_at: Option<DateTime<Utc>>,
    last_sync_id: Option<i64>,
    note: Option<String>,
    version: i64,
    #[diesel(deserialize_as = Instant)]
    created_at: DateTime<Utc>,
    #[diesel(deserialize_as = Instant)]
    updated_at: DateTime<Utc>,
}

impl From<Stored> for ScheduleRow {
    fn from(row: Stored) -> Self {
        // A list that somebody broke by hand names nothing: better no sync than one of everything.
        let ids = |text: &str| serde_json::from_str::<Vec<i64>>(text).unwrap_or_default();
        Self {
            id: row.id,
            owner_id: row.owner_id,
            terms: ScheduleTerms {
                enabled: row.enabled,
                interval_minutes: row.interval_minutes,
                sync_types: serde_json::from_str(&row.types_json).unwrap_or_default(),
                hours: row.start_hour.zip(row.end_hour),
                accounts: row.accounts_json.as_deref().map(ids),
            },
            waiting: row.waiting_json.as_deref().map(ids).unwrap_or_default(),
            plan: Plan { planned_at: row.planned_at, next_run_at: row.next_run_at },
            last_run_at: row.last_run_at,
            last_sync_id: row.last_sync_id,
            note: row.note,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn list<T: serde::Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("plain values can be written")
}

/// The columns of what a schedule asks for, and of when it runs next.
macro_rules! values {
    ($terms:expr, $plan:expr) => {
        (
            schedules::enabled.eq($terms.enabled),
            schedules::interval_minutes.eq($terms.interval_minutes),
            schedules::types_json.eq(list(&$terms.sync_types)),
            schedules::start_hour.eq($terms.hours.map(|(start, _)| start)),
            schedules::end_hour.eq($terms.hours.map(|(_, end)| end)),
            schedules::accounts_json.eq($terms.accounts.as_deref().map(list)),
            schedules::planned_at.eq(column($plan.planned_at)),
            schedules::next_run_at.eq(column($plan.next_run_at)),
        )
    };
}

impl Storage {
    /// Adds a schedule.
    ///
    /// # Errors
    /// `Conflict` when the user has [`MOST_SCHEDULES`].
    pub async fn add_schedule(&self, owner_id: i64, terms: ScheduleTerms, plan: Plan) -> Result<ScheduleRow> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            let mine = schedules::table.filter(schedules::owner_id.eq(owner_id));
            let count: i64 = mine.count().get_result(connection)?;
            if count >= MOST_SCHEDULES {
                let reason =
                    format!("there are {MOST_SCHEDULES} schedules already, the most that a user may have");
                return Err(StorageError::Conflict(reason).into());
            }
            let id: i64 = diesel::insert_into(schedules::table)
                .values((
                    schedules::owner_id.eq(owner_id),
                    values!(terms, plan),
                    schedules::created_at.eq(now),
                    schedules::updated_at.eq(now),
                ))
                .returning(schedules::id)
                .get_result(connection)?;
            let row: Stored = schedules::table.find(id).select(Stored::as_select()).first(connection)?;
            Ok(ScheduleRow::from(row))
        };
        self.pool().write(Durability::Full, true, write).await
    }

    /// Changes a schedule of a user's; nothing waits any more. `None` when there is none, or it was changed since it had this
    /// `version`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_schedule(
        &self,
        owner_id: i64,
        (id, version): (i64, i64),
        terms: ScheduleTerms,
        plan: Plan,
    ) -> Result<Option<ScheduleRow>> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            let mine = schedules::table.find(id).filter(schedules::owner_id.eq(owner_id));
            let changed = diesel::update(mine.filter(schedules::version.eq(version)))
                .set((
                    values!(terms, plan),
                    schedules::waiting_json.eq(None::<String>),
                    schedules::note.eq(None::<String>),
                    schedules::version.eq(version + 1),
                    schedules::updated_at.eq(now),
                ))
                .execute(connection)?;
            if changed == 0 {
                return Ok(None);
            }
            let row: Stored = schedules::table.find(id).select(Stored::as_select()).first(connection)?;
            Ok(Some(ScheduleRow::from(row)))
        };
        self.pool().write(Durability::Full, true, write).await
    }

    /// Removes a schedule of a user's; whether there was one. Its syncs stay.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_schedule(&self, owner_id: i64, id: i64) -> Result<bool> {
        let write = move |connection: &mut Database| {
            let mine = schedules::table.find(id).filter(schedules::owner_id.eq(owner_id));
            Ok(diesel::delete(mine).execute(connection)? == 1)
        };
        self.pool().write(Durability::Full, true, write).await
    }

    /// A schedule of a user's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schedule_of(&self, owner_id: i64, id: i64) -> Result<Option<ScheduleRow>> {
        let read = move |connection: &mut Database| {
            let mine = schedules::table.find(id).filter(schedules::owner_id.eq(owner_id));
            let row: Option<Stored> = mine.select(Stored::as_select()).first(connection).optional()?;
            Ok(row.map(ScheduleRow::from))
        };
        self.pool().read(read).await
    }

    /// The schedules of a user, by id, after the given one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schedules_of(
        &self,
        owner_id: i64,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<ScheduleRow>> {
        let read = move |connection: &mut Database| {
            let rows: Vec<Stored> = schedules::table
                .filter(schedules::owner_id.eq(owner_id))
                .filter(schedules::id.gt(after.unwrap_or(i64::MIN)))
                .order(schedules::id)
                .limit(limit)
                .select(Stored::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(ScheduleRow::from).collect())
        };
        self.pool().read(read).await
    }

    /// Schedules that are due, and those with accounts that wait; the longest due first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_schedules(&self, now: DateTime<Utc>) -> Result<Vec<ScheduleRow>> {
        let read = move |connection: &mut Database| {
            let is_due = schedules::next_run_at.le(column(now));
            let rows: Vec<Stored> = schedules::table
                .filter(schedules::enabled.eq(true))
                .filter(is_due.or(schedules::waiting_json.is_not_null()))
                .order((schedules::next_run_at, schedules::id))
                .select(Stored::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(ScheduleRow::from).collect())
        };
        self.pool().read(read).await
    }

    /// Carries out a schedule's turn: what `decide` makes of the syncs that are queued or under way is written down as a whole or
    /// not at all, and only if nobody else has moved the schedule on. `decide` sees what another turn has just queued. Returns
    /// the sync that was queued.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_schedule(
        &self,
        row: ScheduleRow,
        decide: impl FnOnce(&ScheduleRow, &[SyncRow]) -> ScheduleTurn + Send + 'static,
    ) -> Result<Option<SyncRow>> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            let open = syncs::open_in_turn(connection)?;
            let unchanged = schedules::table
                .find(row.id)
                .filter(schedules::version.eq(row.version))
                .filter(schedules::enabled.eq(true));
            let is_there: Option<i64> = unchanged.select(schedules::id).first(connection).optional()?;
            if is_there.is_none() {
                return Ok(None);
            }
            let turn = decide(&row, &open);
            if turn.sync.is_none() && turn.plan.is_none() && turn.waiting == row.waiting {
                return Ok(None);
            }
            let queued = match &turn.sync {
                Some(new) => Some(syncs::insert(connection, new, now)?),
                None => None,
            };
            diesel::update(unchanged)
                .set((
                    turn.plan.map(|plan| {
                        (
                            schedules::planned_at.eq(column(plan.planned_at)),
                            schedules::next_run_at.eq(column(plan.next_run_at)),
                        )
                    }),
                    queued.as_ref().map(|sync| {
                        (schedules::last_run_at.eq(now), schedules::last_sync_id.eq(Some(sync.id)))
                    }),
                    schedules::waiting_json
                        .eq(Some(&turn.waiting).filter(|ids| !ids.is_empty()).map(|ids| list(ids))),
                    schedules::note.eq(turn.note),
                    schedules::version.eq(row.version + 1),
                ))
                .execute(connection)?;
            Ok(queued)
        };
        self.pool().write(Durability::Full, true, write).await
    }
}
