//! Priority: four closed levels under free names, rated from urgency, impact and the customer's tier.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, Name};

/// How soon a ticket matters, whatever the shop calls it. Ordered: `Low < Normal < High < Urgent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Can wait.
    Low,
    /// The usual.
    Normal,
    /// Before the usual.
    High,
    /// Before everything.
    Urgent,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    fn raised(self, steps: u8) -> Self {
        let mut level = self;
        for _ in 0..steps {
            level = match level {
                Self::Low => Self::Normal,
                Self::Normal => Self::High,
                Self::High | Self::Urgent => Self::Urgent,
            };
        }
        level
    }
}

/// Three grades, used for urgency (how soon it hurts) and impact (how much).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Little.
    Low,
    /// The usual.
    #[default]
    Medium,
    /// Much.
    High,
}

impl Grade {
    /// Every grade, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];
}

/// Where a priority came from. A person's choice is never changed by a rule or by the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PrioritySource {
    /// Rated by the policy's matrix.
    Matrix {
        /// How soon it hurts.
        urgency: Grade,
        /// How much it hurts.
        impact: Grade,
        /// The tier that raised it, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tier: Option<Name>,
    },
    /// Set by name in a rule of the policy.
    Rule {
        /// The rule.
        rule: Name,
    },
    /// Chosen by an agent.
    Person {
        /// The agent.
        agent: AgentId,
    },
}

/// The priority of a ticket: the shop's name, the level that logic reads, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Priority {
    /// The shop's name.
    pub name: Name,
    /// What logic reads.
    pub level: Level,
    /// Where it came from.
    pub source: PrioritySource,
}

impl Priority {
    /// A priority of this name, level and source.
    #[must_use]
    pub const fn new(name: Name, level: Level, source: PrioritySource) -> Self {
        Self { name, level, source }
    }
    /// Whether a person chose it, so that it stays.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        matches!(self.source, PrioritySource::Person { .. })
    }
}

/// The policy's scale: names over levels, and the matrix that rates urgency x impact, raised by tier.
///
/// The default matrix adds the two grades: low+low is low, a sum of one or two is normal, three is high,
/// high+high is urgent.
///
/// ```
/// use destek::priority::{Grade, Level, Scale};
/// let scale = Scale::default();
/// assert_eq!(scale.rate(Grade::High, Grade::High, None).level, Level::Urgent);
/// assert_eq!(scale.rate(Grade::Low, Grade::Medium, None).level, Level::Normal);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scale {
    names: Vec<(Name, Level)>,
    matrix: BTreeMap<(Grade, Grade), Level>,
    raise: BTreeMap<Name, u8>,
}

impl Scale {
    /// A scale with these names (the first of a level is its usual name), cells of the matrix by
    /// (urgency, impact), and steps by which a tier raises the level. What is not given keeps its default.
    #[must_use]
    pub const fn new(
        names: Vec<(Name, Level)>,
        matrix: BTreeMap<(Grade, Grade), Level>,
        raise: BTreeMap<Name, u8>,
    ) -> Self {
        Self { names, matrix, raise }
    }

    /// The priority for this urgency, impact and tier, with its reason.
    #[must_use]
    pub fn rate(&self, urgency: Grade, impact: Grade, tier: Option<&Name>) -> Priority {
        let base = self.matrix.get(&(urgency, impact)).copied().unwrap_or_else(|| default_level(urgency, impact));
        let steps = tier.and_then(|tier| self.raise.get(tier)).copied().unwrap_or(0);
        let level = base.raised(steps);
        let tier = if level > base { tier.cloned() } else { None };
        Priority::new(self.name_of(level), level, PrioritySource::Matrix { urgency, impact, tier })
    }

    /// The level behind a name of the shop, or behind a level's own name where the shop names none.
    #[must_use]
    pub fn level(&self, name: &Name) -> Option<Level> {
        let named = self.names.iter().find(|(own, _)| own == name).map(|(_, level)| *level);
        named.or_else(|| Level::ALL.into_iter().find(|level| self.name_of(*level) == *name))
    }

    /// The shop's usual name of a level.
    #[must_use]
    pub fn name_of(&self, level: Level) -> Name {
        let own = self.names.iter().find(|(_, own)| *own == level).map(|(name, _)| name.clone());
        own.unwrap_or_else(|| Name::fixed(level.as_str()))
    }

    /// The names that can be chosen, lowest level first.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        let mut names: Vec<(Level, Name)> = self.names.iter().map(|(name, level)| (*level, name.clone())).collect();
        for level in Level::ALL {
            if !names.iter().any(|(own, _)| *own == level) {
                names.push((level, self.name_of(level)));
            }
        }
        names.sort_by_key(|(level, _)| *level);
        names.into_iter().map(|(_, name)| name).collect()
    }
}

const fn default_level(urgency: Grade, impact: Grade) -> Level {
    match urgency as u8 + impact as u8 {
        0 => Level::Low,
        1 | 2 => Level::Normal,
        3 => Level::High,
        _ => Level::Urgent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    #[test]
    fn the_default_matrix_grows_with_both_grades() {
        let scale = Scale::default();
        let expected = [
            [Level::Low, Level::Normal, Level::Normal],
            [Level::Normal, Level::Normal, Level::High],
            [Level::Normal, Level::High, Level::Urgent],
        ];
        for (urgency, row) in Grade::ALL.into_iter().zip(expected) {
            for (impact, level) in Grade::ALL.into_iter().zip(row) {
                assert_eq!(scale.rate(urgency, impact, None).level, level, "{urgency:?} {impact:?}");
            }
        }
    }

    #[test]
    fn a_tier_raises_the_level_and_is_named_as_the_reason_only_then() {
        let scale = Scale::new(vec![(name("acil"), Level::Urgent)], BTreeMap::new(), [(name("vip"), 2)].into());
        let raised = scale.rate(Grade::Medium, Grade::Medium, Some(&name("vip")));
        assert_eq!((raised.name.as_str(), raised.level), ("acil", Level::Urgent));
        assert!(matches!(&raised.source, PrioritySource::Matrix { tier: Some(tier), .. } if tier.as_str() == "vip"));
        let top = scale.rate(Grade::High, Grade::High, Some(&name("vip")));
        assert!(matches!(top.source, PrioritySource::Matrix { tier: None, .. }), "nothing was raised");
        assert_eq!(scale.level(&name("urgent")), None, "the shop renamed it");
        assert_eq!(scale.level(&name("low")), Some(Level::Low));
    }
}
