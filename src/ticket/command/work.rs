//! Who works on a ticket, and how far it is.

use serde::{Deserialize, Serialize};

use crate::content::Text;
use crate::id::{AgentId, Name, QueueId, ReminderId, TicketId};
use crate::ticket::HoldKind;
use crate::time::{Budget, Timestamp};

command! {
    /// The asking agent takes a ticket that nobody has.
    Take {}
}
command! {
    /// Gives a ticket to an agent, whoever has it now.
    Assign {
        /// The agent.
        agent: AgentId,
    }
}
command! {
    /// Takes a ticket from its agent; it returns to its queue.
    Unassign {}
}
command! {
    /// Puts a ticket into another queue; its agent loses it.
    Transfer {
        /// The queue.
        queue: QueueId,
    }
}
command! {
    /// Lets a ticket wait for somebody outside the team.
    Hold {
        /// For whom.
        kind: HoldKind,
    } optional {
        /// When it returns by itself; after `now`.
        until: Timestamp,
        /// The same as an amount of calendar time from now on: it returns when that is used up and the calendar is open.
        after: Budget,
        /// The calendar of the policy that counts `after`; around the clock, when left out.
        calendar: Name,
        /// Why, for the team.
        reason: Text,
        /// One of the workflow's statuses of the category hold; else the first that can be reached.
        status: Name,
    }
}
command! {
    /// Reminds the asking agent of the ticket at an instant, whatever has become of it by then. Its status stays.
    ///
    /// ```
    /// use destek::id::{Name, ReminderId, TicketId};
    /// use destek::ticket::Remind;
    /// use destek::time::Budget;
    /// let (ticket, reminder) = (TicketId::from_u128(1), ReminderId::from_u128(2));
    /// let remind = Remind::new(ticket, reminder).after("16h".parse::<Budget>()?).calendar(Name::new("office").unwrap());
    /// assert!(remind.at.is_none(), "either an instant or an amount of time");
    /// # Ok::<(), destek::time::ParseBudgetError>(())
    /// ```
    Remind {
        /// The id of the reminder, new on this ticket.
        reminder: ReminderId,
    } optional {
        /// When; after `now`.
        at: Timestamp,
        /// After how much calendar time instead: when that is used up and the calendar is open.
        after: Budget,
        /// The calendar of the policy that counts `after`; around the clock, when left out.
        calendar: Name,
        /// Of what, for the team.
        reason: Text,
    }
}
command! {
    /// Takes a reminder back: the agent's own, or another's by whoever may assign tickets.
    Dismiss {
        /// The reminder.
        reminder: ReminderId,
    }
}
command! {
    /// Ends the wait.
    Resume {} optional {
        /// One of the workflow's open statuses; else the first that can be reached.
        status: Name,
    }
}
command! {
    /// Says that it is done. The customer may confirm or refuse; silence closes it if the policy says so.
    ///
    /// Its duplicates are resolved with it, unless the policy says otherwise.
    Resolve {} optional {
        /// One of the workflow's resolved statuses; else the first that can be reached.
        status: Name,
    } flags {
        /// Its incidents are resolved with it. Whoever asks needs the right to link.
        to_linked,
    }
}
command! {
    /// The customer agrees that nothing is left; the ticket ends. The customer may say so of any ticket that has not
    /// ended, whether an agent has resolved it or not; when to ask is in
    /// [`CustomerTicket::may_confirm`](crate::view::CustomerTicket::may_confirm).
    Confirm {}
}
command! {
    /// The customer says that something is left; work goes on.
    Refuse {} optional {
        /// What is left.
        reason: Text,
    }
}
command! {
    /// Works again on a ticket that was resolved or closed.
    Reopen {} optional {
        /// One of the workflow's open statuses; else the first that can be reached.
        status: Name,
    }
}
command! {
    /// Ends a ticket without asking the customer.
    Close {} optional {
        /// One of the workflow's closed statuses; else the first that can be reached.
        status: Name,
    }
}
