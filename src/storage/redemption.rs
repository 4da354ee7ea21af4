//! Redemptions: an authorization code, a device code or a refresh token is spent once, in the commit that stores what
//! it gave.

use super::database::{Transaction, values};
use super::events::{self, append};
use super::{Storage, StorageError, grants, tokens};
use crate::clock::NumericDate;
use crate::model::event::Event;
use crate::model::token::{AccessToken, RefreshToken};

/// What a redemption leaves behind, all in one commit.
#[derive(Clone, Copy, Debug)]
pub struct Redemption<'a> {
    /// The id of what is spent.
    pub id: &'a str,
    /// The access token issued for it.
    pub access_token: &'a AccessToken,
    /// The refresh token issued for it.
    pub refresh_token: Option<&'a RefreshToken>,
    /// What happened, if it is redeemed.
    pub events: &'a [Event],
    /// What happened, if it was spent before.
    pub replay_event: &'a Event,
    /// The present time.
    pub now: NumericDate,
}

/// Whether something was redeemed by this call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was, and what was issued is stored.
    Committed,
    /// Another call spent it before, and this one revoked the grant; nothing was issued.
    Replayed,
    /// Its grant was revoked before, by a replay or anything else; nothing was issued.
    Ended,
}

/// How a kind of thing is spent: two statements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spending {
    /// Spends `$1` at the time `$2` when nobody did before and its grant stands; returns `grant_id`.
    pub(super) spend: &'static str,
    /// Selects the `grant_id` behind `$1`.
    pub(super) grant_behind: &'static str,
}

impl Storage {
    /// Spends something and stores what it gave; when it was spent before, revokes its grant instead. The replay
    /// event is kept by the call that revokes.
    pub(super) async fn redeem(
        &self,
        spending: Spending,
        redemption: Redemption<'_>,
    ) -> Result<Redeemed, StorageError> {
        self.database
            .transaction((spending, Owned::of(redemption)), |transaction, (spending, redemption)| {
                Box::pin(redeem(transaction, *spending, redemption))
            })
            .await
    }
}

/// A redemption that a transaction can keep, as it may run more than once.
struct Owned {
    id: String,
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
    events: Vec<Event>,
    replay_event: Event,
    now: NumericDate,
}

impl Owned {
    fn of(redemption: Redemption<'_>) -> Self {
        Self {
            id: redemption.id.to_owned(),
            access_token: redemption.access_token.clone(),
            refresh_token: redemption.refresh_token.cloned(),
            events: redemption.events.to_vec(),
            replay_event: redemption.replay_event.clone(),
            now: redemption.now,
        }
    }

    /// The latest end of what is issued.
    fn ends(&self) -> NumericDate {
        let access = self.access_token.expires_at;
        self.refresh_token.as_ref().map_or(access, |refresh| access.max(refresh.expires_at))
    }
}

async fn redeem(
    transaction: &mut Transaction,
    spending: Spending,
    redemption: &Owned,
) -> Result<Redeemed, StorageError> {
    let spent = transaction.fetch_optional(spending.spend, values![&redemption.id, redemption.now]).await?;
    if let Some(row) = spent {
        let grant: String = row.get("grant_id")?;
        let mut statements = tokens::insertions(&redemption.access_token, redemption.refresh_token.as_ref())?;
        statements.push(grants::keeping_until(&grant, redemption.ends()));
        statements.extend(events::insertions(&redemption.events));
        transaction.execute_all(statements).await?;
        return Ok(Redeemed::Committed);
    }
    if let Some(row) = transaction.fetch_optional(spending.grant_behind, values![&redemption.id]).await?
        && grants::revoke(transaction, &row.get::<String>("grant_id")?, redemption.now).await?
    {
        append(transaction, std::slice::from_ref(&redemption.replay_event)).await?;
        return Ok(Redeemed::Replayed);
    }
    Ok(Redeemed::Ended)
}
