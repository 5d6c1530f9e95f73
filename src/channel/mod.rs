//! Channels: the ways a customer reaches the shop. Names are free, kinds are closed (law 6).

use serde::{Deserialize, Serialize};

use crate::id::Name;

/// What a channel is by nature. Logic reads this, never the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChannelKind {
    /// Letters by e-mail.
    Email,
    /// A live chat in the shop or a messenger.
    Chat,
    /// A phone call.
    Phone,
    /// A public comment, mention or review.
    Social,
    /// A form on the web.
    Form,
}

impl ChannelKind {
    /// Every kind, in declared order.
    pub const ALL: [Self; 5] = [Self::Email, Self::Chat, Self::Phone, Self::Social, Self::Form];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Chat => "chat",
            Self::Phone => "phone",
            Self::Social => "social",
            Self::Form => "form",
        }
    }

    /// Whether the customer waits on the line: chat and phone.
    ///
    /// ```
    /// use destek::channel::ChannelKind;
    /// assert!(ChannelKind::Chat.is_live() && !ChannelKind::Email.is_live());
    /// ```
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Chat | Self::Phone)
    }
}

/// A channel of the shop: a kind and the shop's own name for it, such as `whatsapp` for a chat.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Channel {
    /// What it is by nature.
    pub kind: ChannelKind,
    /// The shop's name for it; the kind's own name when the shop has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

impl Channel {
    /// A channel known by its kind alone.
    #[must_use]
    pub const fn of(kind: ChannelKind) -> Self {
        Self { kind, name: None }
    }
    /// The same channel under the shop's own name.
    #[must_use]
    pub fn named(mut self, name: Name) -> Self {
        self.name = Some(name);
        self
    }
    /// The name: the shop's, else the kind's.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.name.as_ref().map_or(self.kind.as_str(), Name::as_str)
    }
}
