//! Which platforms stand here, and what they offer.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Naver's Smart Store, below `/external`.
    Smartstore,
    /// Cafe24: OAuth and the Admin API below `/api/v2`, and the paths of the Analytics API.
    Cafe24,
    /// Coupang's WING Open API, below `/v2/providers`.
    Coupang,
    /// 11st (11번가), below `/rest`.
    EleventhStreet,
}

/// Makes the endpoints of the list below: the type, and what is said of each.
macro_rules! endpoints {
    ($($platform:ident { $($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $role:ident;)+ })+) => {
        /// What a platform offers here. Its name is that of JSON and of the command line.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Endpoint {
            $($($(#[doc = $doc])+ $variant,)+)+
        }

        impl Endpoint {
            /// Every endpoint of a platform.
            #[must_use]
            pub fn of(platform: Platform) -> &'static [Self] {
                match platform {
                    $(Platform::$platform => &[$(Self::$variant),+],)+
                }
            }

            /// Whose endpoint it is.
            #[must_use]
            pub fn platform(self) -> Platform {
                match self {
                    $($(Self::$variant)|+ => Platform::$platform,)+
                }
            }

            /// `feed`, `mall_token`, …
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)+)+
                }
            }

            pub(super) fn role(self) -> Role {
                match self {
                    $($(Self::$variant => Role::$role,)+)+
                }
            }
        }
    };
}

mod list;

pub use list::Endpoint;

/// What an endpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Its answer is a list of rows.
    Rows,
    /// A call of it changes something.
    Writes,
    /// Neither.
    Neither,
}

fn with_role(role: Role) -> Vec<Endpoint> {
    let all = Platform::ALL.into_iter().flat_map(Endpoint::of).copied();
    all.filter(|endpoint| endpoint.role() == role).collect()
}

impl Endpoint {
    /// The endpoints of the Analytics API.
    pub const ANALYTICS: [Self; 4] = [Self::Visits, Self::PageViews, Self::Sales, Self::Domains];

    /// The endpoints that a sync reads rows from, of all platforms.
    #[must_use]
    pub fn readers() -> &'static [Self] {
        static READERS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| with_role(Role::Rows));
        &READERS
    }

    /// The endpoints that change something at a platform, of all platforms.
    #[must_use]
    pub fn writers() -> &'static [Self] {
        static WRITERS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| with_role(Role::Writes));
        &WRITERS
    }

    /// Whether its answer is a list of rows.
    #[must_use]
    pub fn has_rows(self) -> bool {
        self.role() == Role::Rows
    }

    /// Whether a call of it changes something.
    #[must_use]
    pub fn is_write(self) -> bool {
        self.role() == Role::Writes
    }

    /// Whether it is one of the Analytics API.
    #[must_use]
    pub fn is_analytics(self) -> bool {
        Self::ANALYTICS.contains(&self)
    }

    /// Whether it gives tokens, or leads to them.
    #[must_use]
    pub fn is_for_tokens(self) -> bool {
        matches!(self, Self::Token | Self::MallToken | Self::MallConsent)
    }

    /// The endpoint of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = Platform::ALL.iter().flat_map(|platform| Self::of(*platform));
        all.copied().find(|endpoint| endpoint.name() == name)
    }
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 4] = [Self::Smartstore, Self::Cafe24, Self::Coupang, Self::EleventhStreet];

    /// `smartstore`, `cafe24`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Smartstore => "smartstore",
            Self::Cafe24 => "cafe24",
            Self::Coupang => "coupang",
            Self::EleventhStreet => "eleventh_street",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        for platform in Platform::ALL {
            assert_eq!(serde_json::to_value(platform).unwrap(), platform.name());
            for endpoint in Endpoint::of(platform) {
                assert_eq!(serde_json::to_value(endpoint).unwrap(), endpoint.name());
                assert_eq!(Endpoint::named(endpoint.name()), Some(*endpoint));
                assert_eq!(endpoint.platform(), platform);
            }
        }
        assert_eq!(Endpoint::named("nothing"), None);
        assert!(Endpoint::writers().iter().all(|endpoint| !endpoint.has_rows()));
    }
}
