//! Objects: the handle that names an object, the word that holds its state, and the memory that it
//! lives in.

pub mod cause;
pub mod handle;
pub mod kinds;
pub mod slot;
pub mod table;
pub mod word;

pub use slot::{end, make, make_unheard};
