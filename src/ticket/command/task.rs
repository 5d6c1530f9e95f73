//! Tasks, and time worked.

use serde::{Deserialize, Serialize};

use crate::content::Text;
use crate::id::{AgentId, MessageId, Name, TaskId, TicketId};
use crate::record::Version;
use crate::time::{Budget, Timestamp};

command! {
    /// Adds a task. It holds up an agent who takes a way that asks for
    /// [no open tasks](crate::ticket::Transition::no_open_tasks); when it is late, whoever does it is told once.
    ///
    /// ```
    /// use destek::id::{TaskId, TicketId};
    /// use destek::ticket::AddTask;
    /// let add = AddTask::new(TicketId::from_u128(1), TaskId::from_u128(2), "Kargoyu ara").assignee("ayşe".parse::<destek::id::AgentId>()?);
    /// assert!(add.due.is_none());
    /// # Ok::<(), destek::id::ParseIdError>(())
    /// ```
    AddTask {
        /// The id of the task, new on this ticket.
        task: TaskId,
        /// What has to be done.
        title: Text,
    } optional {
        /// Who does it; anybody of the team, when left out.
        assignee: AgentId,
        /// Until when.
        due: Timestamp,
    }
}
command! {
    /// Says that a task is done, also on a ticket that is closed.
    CompleteTask {
        /// The task.
        task: TaskId,
    }
}
command! {
    /// Says that a task is not done after all.
    ReopenTask {
        /// The task.
        task: TaskId,
    }
}
command! {
    /// Says that a task need not be done. What a checklist requires is dropped only by whoever may close a ticket.
    DropTask {
        /// The task.
        task: TaskId,
    }
}
command! {
    /// Adds the tasks of a checklist of the policy, once.
    ApplyChecklist {
        /// The checklist.
        checklist: Name,
    }
}
command! {
    /// Writes down time that the agent worked on the ticket, in whole seconds, at most a day.
    ///
    /// ```
    /// use destek::id::TicketId;
    /// use destek::ticket::LogTime;
    /// use destek::time::Budget;
    /// let log = LogTime::new(TicketId::from_u128(1), "1h 20m".parse::<Budget>()?).note("Depoyla konuşuldu.");
    /// assert_eq!(log.worked.as_seconds(), 4_800);
    /// # Ok::<(), destek::time::ParseBudgetError>(())
    /// ```
    LogTime {
        /// How long.
        worked: Budget,
    } optional {
        /// Whose time it is: needed from an import, and of nobody else anybody but himself.
        agent: AgentId,
        /// The message that it was spent on.
        message: MessageId,
        /// What it was spent on, for the team.
        note: Text,
    }
}
command! {
    /// Corrects time that was written down: the agent's own, or any by an import. The entry stays in the log, and so
    /// does the correction.
    CorrectTime {
        /// The version of the ticket in whose change the entry stands.
        entry: Version,
        /// How long it was in truth; no time at all takes the entry back.
        worked: Budget,
    }
}
