//! XML answers and bodies, for platforms that speak it: a small tree, its charset, and its counterpart in JSON.
//!
//! Names are local names: prefixes vary between a platform's answers, and mean nothing to us. What an element holds is kept as
//! JSON ([`Element::json`]), so that storage, views and the laws of `conformance` treat it like any other platform's object.

mod charset;
mod json;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use charset::{Encoded, decode, encode};

use std::fmt;

/// An element with everything below it.
///
/// `Debug` shows names and counts only: texts may be personal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Self>,
    /// The text that is not inside a child; blanks between children are left out.
    text: String,
}

impl Element {
    /// An element without content.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The same with a child that holds `text`.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.children.push(Self { name: name.to_owned(), text: text.into(), ..Self::default() });
        self
    }

    /// The same with this child.
    #[must_use]
    pub fn with_child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// The local name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The element's own text, as it stands.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds no element.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    /// All children, in their order.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// The children of that name, in their order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The child of that name; of several the first that holds something, since some servers send an empty twin.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        let filled = |child: &&Self| !child.is_leaf() || !child.text.trim().is_empty();
        self.all(name).find(filled).or_else(|| self.all(name).next())
    }

    /// Takes out the children of that name.
    pub fn remove(&mut self, name: &str) {
        self.children.retain(|child| child.name != name);
    }

    /// Sets the text of the child of that name, which is added where there is none; others of that name go.
    pub fn set(&mut self, name: &str, text: impl Into<String>) {
        let leaf = Self { name: name.to_owned(), text: text.into(), ..Self::default() };
        let Some(place) = self.children.iter().position(|child| child.name == name) else {
            self.children.push(leaf);
            return;
        };
        self.children[place] = leaf;
        let mut index = 0;
        self.children.retain(|child| {
            index += 1;
            child.name != name || index - 1 == place
        });
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}> with {} children", self.name, self.children.len())
    }
}
