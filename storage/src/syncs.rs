//! The log of syncs: those that somebody asked the server for, and those of the command line. The former outlive the server
//! that took them: the next one carries them out.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use crate::backend::{Database, Durability, MultiBackend};
use crate::error::Failure;
use crate::instants::{Instant, MaybeInstant, column};
use crate::schema::syncs;
use crate::text::escaped;
use crate::{Result, Storage};

const QUEUED: &str = "queued";
const RUNNING: &str = "running";

/// A sync to queue.
#[derive(Clone, Debug)]
pub struct NewSync {
    /// Who asks, or whose account it is; `None` for nobody's.
    pub owner_id: Option<i64>,
    /// What is moved, such as `orders`; several with commas between.
    pub sync_type: String,
    /// The account, where it is one.
    pub connector_id: Option<i64>,
    /// The platforms of its accounts.
    pub platforms: Vec<String>,
    /// What is to be done, as JSON.
    pub order_json: String,
    /// One entry for each account, as JSON.
    pub items_json: String,
    /// The sync that this one repeats.
    pub retry_of: Option<i64>,
    /// The server that will carry it out.
    pub runner: String,
}

/// A sync.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = syncs)]
pub struct SyncRow {
    /// The row's id.
    pub id: i64,
    /// Who asked, or whose account it is; `None` for nobody's.
    pub owner_id: Option<i64>,
    /// What is moved.
    pub sync_type: String,
    /// `queued`, `running`, `succeeded`, `partial`, `failed` or `suspect`.
    pub status: String,
    /// The account, where it is one.
    pub connector_id: Option<i64>,
    /// The platforms of its accounts, each between two bars.
    pub platforms: String,
    /// What is to be done, as JSON.
    pub order_json: String,
    /// One entry for each account and stream, as JSON.
    pub items_json: String,
    /// The sync that this one repeats.
    pub retry_of: Option<i64>,
    /// The server that carries it out, or did.
    pub runner: Option<String>,
    /// When it was asked for.
    #[diesel(deserialize_as = Instant)]
    pub created_at: DateTime<Utc>,
    /// When it began.
    #[diesel(deserialize_as = MaybeInstant)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[diesel(deserialize_as = MaybeInstant)]
    pub finished_at: Option<DateTime<Utc>>,
}

/// Which syncs.
#[derive(Clone, Debug, Default)]
pub struct SyncFilter {
    /// Of this user.
    pub owner_id: i64,
    /// Whether nobody's count too.
    pub with_unowned: bool,
    /// Of accounts at this platform.
    pub platform: Option<String>,
    /// With one of these statuses; empty means all.
    pub statuses: Vec<String>,
    /// Of this kind, or of several with this among them.
    pub sync_type: Option<String>,
    /// Asked for at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Asked for before this instant.
    pub to: Option<DateTime<Utc>>,
}

/// The syncs of a user, and perhaps nobody's.
fn owned(owner_id: i64, with_unowned: bool) -> syncs::BoxedQuery<'static, MultiBackend> {
    let all = syncs::table.into_boxed();
    match with_unowned {
        true => all.filter(syncs::owner_id.eq(owner_id).or(syncs::owner_id.is_null())),
        false => all.filter(syncs::owner_id.eq(owner_id)),
    }
}

/// Puts a sync into the queue.
pub(crate) fn insert(
    connection: &mut Database,
    new: &NewSync,
    now: NaiveDateTime,
) -> Result<SyncRow, Failure> {
    let id: i64 = diesel::insert_into(syncs::table)
        .values((
            syncs::owner_id.eq(new.owner_id),
            syncs::sync_type.eq(&new.sync_type),
            syncs::status.eq(QUEUED),
            syncs::connector_id.eq(new.connector_id),
            syncs::platforms.eq(format!("|{}|", new.platforms.join("|"))),
            syncs::order_json.eq(&new.order_json),
            syncs::items_json.eq(&new.items_json),
            syncs::retry_of.eq(new.retry_of),
            syncs::runner.eq(&new.runner),
            syncs::beat_at.eq(now),
            syncs::created_at.eq(now),
        ))
        .returning(syncs::id)
        .get_result(connection)?;
    Ok(syncs::table.find(id).select(SyncRow::as_select()).first(connection)?)
}

/// All syncs that are queued or under way, for those who queue by what is there already. They come one after the other: each
/// sees what the one before has queued. On SQLite the transaction itself sees to that.
pub(crate) fn open_in_turn(connection: &mut Database) -> Result<Vec<SyncRow>, Failure> {
    if let Database::Postgres(inner) = connection {
        use diesel::connection::SimpleConnection as _;
        inner.batch_execute("LOCK TABLE schedules IN SHARE ROW EXCLUSIVE MODE")?;
    }
    Ok(syncs::table
        .filter(syncs::status.eq_any([QUEUED, RUNNING]))
        .order(syncs::id)
        .select(SyncRow::as_select())
        .load(connection)?)
}

impl Storage {
    /// Queues a sync.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_sync(&self, new: NewSync) -> Result<SyncRow> {
        let now = column(self.now());
        let write = move |connection: &mut Database| insert(connection, &new, now);
        self.pool().write(Durability::Full, true, write).await
    }

    /// Writes down a sync that has ended, as the command line does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_sync(&self, new: NewSync, status: &'static str, began: DateTime<Utc>) -> Result<()> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            diesel::insert_into(syncs::table)
                .values((
                    syncs::owner_id.eq(new.owner_id),
                    syncs::sync_type.eq(&new.sync_type),
                    syncs::status.eq(status),
                    syncs::connector_id.eq(new.connector_id),
                    syncs::platforms.eq(format!("|{}|", new.platforms.join("|"))),
                    syncs::order_json.eq(&new.order_json),
                    syncs::items_json.eq(&new.items_json),
                    syncs::runner.eq(&new.runner),
                    syncs::created_at.eq(column(began)),
                    syncs::started_at.eq(column(began)),
                    syncs::finished_at.eq(now),
                ))
                .execute(connection)?;
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// A sync of this user's, or with `with_unowned` nobody's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sync_of(&self, owner_id: i64, with_unowned: bool, id: i64) -> Result<Option<SyncRow>> {
        let read = move |connection: &mut Database| {
            let one = owned(owner_id, with_unowned).filter(syncs::id.eq(id));
            Ok(one.select(SyncRow::as_select()).first(connection).optional()?)
        };
        self.pool().read(read).await
    }

    /// Syncs, newest first, before the given one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn syncs(&self, filter: SyncFilter, before: Option<i64>, limit: i64) -> Result<Vec<SyncRow>> {
        let read = move |connection: &mut Database| {
            let mut query = owned(filter.owner_id, filter.with_unowned)
                .select(SyncRow::as_select())
                .order(syncs::id.desc())
                .limit(limit);
            if let Some(platform) = filter.platform {
                query =
                    query.filter(syncs::platforms.like(format!("%|{}|%", escaped(&platform))).escape('\\'));
            }
            if !filter.statuses.is_empty() {
                query = query.filter(syncs::status.eq_any(filter.statuses));
            }
            if let Some(sync_type) = filter.sync_type {
                let kind = escaped(&sync_type);
                let like = |pattern: String| syncs::sync_type.like(pattern).escape('\\');
                query = query.filter(
                    syncs::sync_type
                        .eq(sync_type)
                        .or(like(format!("{kind},%")))
                        .or(like(format!("%,{kind}")))
                        .or(like(format!("%,{kind},%"))),
                );
            }
            if let Some(from) = filter.from {
                query = query.filter(syncs::created_at.ge(column(from)));
            }
            if let Some(to) = filter.to {
                query = query.filter(syncs::created_at.lt(column(to)));
            }
            if let Some(before) = before {
                query = query.filter(syncs::id.lt(before));
            }
            Ok(query.load(connection)?)
        };
        self.pool().read(read).await
    }

    /// Says that a queued sync of this server's begins; whether it was still there to begin.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_sync(&self, id: i64, runner: &str) -> Result<bool> {
        let (runner, now) = (runner.to_owned(), column(self.now()));
        let write = move |connection: &mut Database| {
            let mine =
                syncs::table.find(id).filter(syncs::runner.eq(&runner)).filter(syncs::status.eq(QUEUED));
            Ok(diesel::update(mine)
                .set((syncs::status.eq(RUNNING), syncs::started_at.eq(now), syncs::beat_at.eq(now)))
                .execute(connection)?
                == 1)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Keeps how a sync stands; with a status it has ended. Nothing happens when another server has taken it over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_sync(
        &self,
        id: i64,
        runner: &str,
        items_json: String,
        ended: Option<&'static str>,
    ) -> Result<()> {
        let (runner, now) = (runner.to_owned(), column(self.now()));
        let write = move |connection: &mut Database| {
            let mine = syncs::table.find(id).filter(syncs::runner.eq(&runner));
            diesel::update(mine)
                .set((
                    syncs::items_json.eq(&items_json),
                    syncs::beat_at.eq(now),
                    ended.map(|status| (syncs::status.eq(status), syncs::finished_at.eq(now))),
                ))
                .execute(connection)?;
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Gives back a sync that this server cannot finish: the next server takes it up at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn return_sync(&self, id: i64, runner: &str) -> Result<()> {
        let runner = runner.to_owned();
        let write = move |connection: &mut Database| {
            let mine = syncs::table.find(id).filter(syncs::runner.eq(&runner));
            diesel::update(mine.filter(syncs::status.eq_any([QUEUED, RUNNING])))
                .set((
                    syncs::status.eq(QUEUED),
                    syncs::runner.eq(None::<String>),
                    syncs::beat_at.eq(None::<NaiveDateTime>),
                ))
                .execute(connection)?;
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Says that this server lives and works on the syncs `held`, and takes over unfinished ones that nobody works on: nobody's,
    /// those of a server that was silent for `silence`, those of one that `dead` names dead, and this server's own that it does not
    /// hold, for their task has failed. Returns them by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adopt_syncs(
        &self,
        runner: &str,
        held: Vec<i64>,
        silence: TimeDelta,
        dead: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<Vec<SyncRow>> {
        let (runner, now) = (runner.to_owned(), self.now());
        let write = move |connection: &mut Database| {
            let open = [QUEUED, RUNNING];
            let mine =
                || syncs::table.filter(syncs::status.eq_any(open)).filter(syncs::runner.eq(runner.clone()));
            diesel::update(mine().filter(syncs::id.eq_any(held.clone())))
                .set(syncs::beat_at.eq(column(now)))
                .execute(connection)?;
            // One that was just queued may not have reached its task yet; it is not silent for so long.
            diesel::update(
                mine()
                    .filter(syncs::id.ne_all(held))
                    .filter(syncs::beat_at.is_null().or(syncs::beat_at.le(column(now - silence)))),
            )
            .set((syncs::status.eq(QUEUED), syncs::runner.eq(None::<String>)))
            .execute(connection)?;
            let others: Vec<(i64, Option<String>, Option<NaiveDateTime>)> = syncs::table
                .filter(syncs::status.eq_any(open))
                .filter(syncs::runner.is_null().or(syncs::runner.ne(&runner)))
                .order(syncs::id)
                .select((syncs::id, syncs::runner, syncs::beat_at))
                .load(connection)?;
            let mut adopted = Vec::new();
            for (id, holder, beat_at) in others {
                let lives = holder.as_deref().is_some_and(|holder| !dead(holder))
                    && beat_at.is_some_and(|at| at > column(now - silence));
                if lives {
                    continue;
                }
                let unchanged = syncs::table.find(id).filter(syncs::status.eq_any(open));
                let values =
                    (syncs::status.eq(QUEUED), syncs::runner.eq(&runner), syncs::beat_at.eq(column(now)));
                // Another server may have been faster.
                let taken = match holder {
                    Some(holder) => diesel::update(
                        unchanged.filter(syncs::runner.eq(holder)).filter(syncs::beat_at.eq(beat_at)),
                    )
                    .set(values)
                    .execute(connection)?,
                    None => diesel::update(unchanged.filter(syncs::runner.is_null()))
                        .set(values)
                        .execute(connection)?,
                };
                if taken == 1 {
                    adopted.push(syncs::table.find(id).select(SyncRow::as_select()).first(connection)?);
                }
            }
            Ok(adopted)
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}
