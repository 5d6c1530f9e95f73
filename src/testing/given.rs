//! Given a past, when something is asked, then this happens.

use std::fmt::Debug;

use super::Scene;
use crate::actor::Actor;
use crate::desk::{Command, Decision, Event, Rejection};

/// A past: commands that were carried out.
///
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, TicketId};
/// use destek::policy;
/// use destek::testing::{Given, Scene};
/// use destek::ticket::{Confirm, Open};
///
/// let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
/// let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Email));
/// let scene = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
///
/// Given::scene(scene)
///     .given(Actor::verified(customer.clone()), open)
///     .when(Actor::verified(customer), Confirm::new(ticket))
///     .then(&["confirmed", "clock", "clock", "ticket_ended"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Given {
    scene: Scene,
}

impl Given {
    /// Nothing but what the scene holds already.
    #[must_use]
    pub const fn scene(scene: Scene) -> Self {
        Self { scene }
    }

    /// And this was carried out, too.
    ///
    /// # Panics
    /// When the desk refuses it: then it is no past.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "a test whose past is refused must fail where it says so")]
    pub fn given(mut self, actor: Actor, command: impl Into<Command>) -> Self {
        if let Err(rejection) = self.scene.run(actor, command) {
            panic!("given: {rejection}");
        }
        self
    }

    /// This is asked now. Nothing is written.
    #[must_use]
    pub fn when(mut self, actor: Actor, command: impl Into<Command>) -> Outcome {
        Outcome { result: self.scene.preview(actor, command) }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    result: Result<Decision, Rejection>,
}

impl Outcome {
    /// Exactly these kinds of events happened, record by record, in order.
    ///
    /// # Panics
    /// When others did, or the desk refused.
    #[track_caller]
    #[expect(clippy::panic, reason = "an expectation that does not hold fails the test")]
    pub fn then(self, kinds: &[&str]) {
        match self.result {
            Ok(decision) => {
                let happened: Vec<&str> = decision.events().map(|recorded| recorded.event.kind()).collect();
                assert_same(happened.as_slice(), kinds);
            }
            Err(rejection) => panic!("then {kinds:?}, but it was refused ({}): {rejection}", rejection.code()),
        }
    }

    /// It was refused with this code.
    ///
    /// # Panics
    /// When it was not, or with another code.
    #[track_caller]
    #[expect(clippy::panic, reason = "an expectation that does not hold fails the test")]
    pub fn then_refused(self, code: &str) {
        match self.result {
            Ok(decision) => {
                let happened: Vec<&Event> = decision.events().map(|recorded| &recorded.event).collect();
                panic!("then refused with `{code}`, but these happened: {happened:?}");
            }
            Err(rejection) => assert_same(rejection.code(), code),
        }
    }

    /// The decision or the refusal, for closer looks.
    ///
    /// # Errors
    /// The refusal.
    pub fn result(self) -> Result<Decision, Rejection> {
        self.result
    }
}

#[track_caller]
fn assert_same<T: Debug + PartialEq + ?Sized>(happened: &T, expected: &T) {
    assert!(happened == expected, "happened: {happened:?}\nexpected: {expected:?}");
}
