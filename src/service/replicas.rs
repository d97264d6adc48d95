//! Several replicas on one store: what one writes shows on all.

use std::convert::Infallible;
use std::time::Duration;

use crate::store::{PostgresStore, StoreError};

use super::Statuses;

/// How often a replica looks by itself, should a notification have been lost.
const CATCH_UP_EVERY: Duration = Duration::from_secs(5);

/// The first and the longest pause before a database that does not answer is asked again.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

impl Statuses {
    /// Takes in what other replicas write, for as long as it runs. While the database does not
    /// answer, lookups go on by what is known; when it does again, what was missed is made up for.
    pub async fn follow(&self, store: &PostgresStore) -> Infallible {
        let mut follower = Follower { revision: 0, is_connected: true, pause: PAUSE_MIN };
        loop {
            let Err(error) = self.follow_connection(store, &mut follower).await;
            if std::mem::replace(&mut follower.is_connected, false) {
                tracing::warn!(
                    %error,
                    "The store of statuses does not answer; lookups go on by what is known: {error}"
                );
            }
            tokio::time::sleep(follower.pause).await;
            follower.pause = (follower.pause * 2).min(PAUSE_MAX);
        }
    }

    async fn follow_connection(
        &self,
        store: &PostgresStore,
        follower: &mut Follower,
    ) -> Result<Infallible, StoreError> {
        // Subscribed first, so that nothing written while catching up is missed.
        let mut changes = store.subscribe().await?;
        loop {
            loop {
                let (reports, revision) = store.changes_after(follower.revision).await?;
                if reports.is_empty() {
                    break;
                }
                self.service().publication().record(reports, self.service().now());
                follower.revision = revision;
            }
            follower.pause = PAUSE_MIN;
            if !std::mem::replace(&mut follower.is_connected, true) {
                tracing::info!("The store of statuses answers again; nothing is missing");
            }
            changes.next(CATCH_UP_EVERY).await?;
        }
    }
}

struct Follower {
    /// The last change taken in.
    revision: i64,
    is_connected: bool,
    pause: Duration,
}
