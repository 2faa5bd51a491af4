//! Objects: the 64 bits that name one, the word that says what state it is in, and the memory that
//! it lives in.

pub mod cause;
pub mod handle;
pub mod kinds;
pub mod slot;
pub mod table;
pub mod word;

pub use slot::{end, make, make_unheard};
