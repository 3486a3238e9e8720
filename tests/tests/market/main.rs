//! The market itself: whether it keeps the platform's rules, so that what passes against it means something.

mod caller;
mod orders;
mod tokens;
mod workbench;
