//! Authorization policies: who may use a client, and how sure Signet must be of them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::authentication::Level;
use super::decision::Decision;
use super::origin::Origin;

/// What a policy demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The person must have reached this level.
    Level(Level),
    /// The person may not use the client.
    Deny,
}

/// A condition on the person: one item of `subject`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `user:NAME`.
    User(String),
    /// `group:NAME`.
    Group(String),
}

/// A rule: it matches when its subjects and its networks do.
#[derive(Clone, Debug)]
pub struct PolicyRule {
    /// What it demands.
    pub requirement: Requirement,
    /// Alternatives, each a list of conditions that must all hold; empty matches everyone.
    pub subjects: Vec<Vec<Subject>>,
    /// Networks of the person's address; empty matches everywhere.
    pub networks: Vec<IpNet>,
    /// Where it stands.
    pub origin: Origin,
}

/// A policy: the first rule that matches decides, else the default.
#[derive(Clone, Debug)]
pub struct AuthorizationPolicy {
    /// Its name: `one_factor`, `two_factor`, or of `authorization_policies`.
    pub name: String,
    /// What it demands when no rule matches.
    pub default: Requirement,
    /// The rules in order.
    pub rules: Vec<PolicyRule>,
    /// Where the client, or the policy, names it.
    pub origin: Origin,
}

/// Who is judged by a policy.
#[derive(Clone, Copy, Debug)]
pub struct PolicySubject<'a> {
    /// The person, canonical form.
    pub username: &'a str,
    /// The person's present groups.
    pub groups: &'a [String],
    /// The address from which the person authorizes, or did.
    pub address: IpAddr,
}

impl AuthorizationPolicy {
    /// One of the two policies that need no definition.
    pub fn of_level(level: Level, origin: Origin) -> Self {
        let name = match level {
            Level::OneFactor => "one_factor",
            Level::TwoFactor => "two_factor",
        };
        Self { name: name.to_owned(), default: Requirement::Level(level), rules: Vec::new(), origin }
    }

    /// What is demanded of this person.
    pub fn decide(&self, subject: PolicySubject<'_>) -> Decision<Requirement> {
        self.rules.iter().enumerate().find(|(_, rule)| rule.matches(subject)).map_or_else(
            || {
                Decision::new(
                    self.default,
                    format!("the default of policy {}", self.name),
                    self.origin.clone(),
                )
            },
            |(index, rule)| {
                Decision::new(
                    rule.requirement,
                    format!("rule {} of policy {}", index + 1, self.name),
                    rule.origin.clone(),
                )
            },
        )
    }
}

impl PolicyRule {
    fn matches(&self, subject: PolicySubject<'_>) -> bool {
        let person = self.subjects.is_empty()
            || self.subjects.iter().any(|all| all.iter().all(|condition| condition.holds(subject)));
        person
            && (self.networks.is_empty()
                || self.networks.iter().any(|network| network.contains(&subject.address)))
    }
}

impl Subject {
    fn holds(&self, subject: PolicySubject<'_>) -> bool {
        match self {
            Self::User(name) => name == subject.username,
            Self::Group(name) => subject.groups.iter().any(|group| group == name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> AuthorizationPolicy {
        AuthorizationPolicy {
            name: "office".to_owned(),
            default: Requirement::Deny,
            rules: vec![
                PolicyRule {
                    requirement: Requirement::Level(Level::OneFactor),
                    subjects: vec![vec![
                        Subject::Group("dev".to_owned()),
                        Subject::Group("admins".to_owned()),
                    ]],
                    networks: vec!["10.0.0.0/8".parse().unwrap()],
                    origin: Origin::Default,
                },
                PolicyRule {
                    requirement: Requirement::Level(Level::TwoFactor),
                    subjects: vec![
                        vec![Subject::User("bob".to_owned())],
                        vec![Subject::Group("dev".to_owned())],
                    ],
                    networks: vec![],
                    origin: Origin::Default,
                },
            ],
            origin: Origin::Default,
        }
    }

    fn decide(username: &str, groups: &[&str], address: &str) -> Requirement {
        let groups: Vec<String> = groups.iter().map(|&group| group.to_owned()).collect();
        let address = address.parse().unwrap();
        policy().decide(PolicySubject { username, groups: &groups, address }).outcome
    }

    #[test]
    fn the_first_rule_that_matches_wholly_decides() {
        let one = Requirement::Level(Level::OneFactor);
        let two = Requirement::Level(Level::TwoFactor);
        assert_eq!(decide("alice", &["dev", "admins"], "10.1.2.3"), one);
        assert_eq!(decide("alice", &["dev", "admins"], "192.0.2.1"), two);
        assert_eq!(decide("alice", &["dev"], "10.1.2.3"), two);
        assert_eq!(decide("bob", &[], "10.1.2.3"), two);
        assert_eq!(decide("mallory", &["admins"], "10.1.2.3"), Requirement::Deny);
    }
}
