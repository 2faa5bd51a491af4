//! Objects: the handle that names an object, the word that holds its state, and the memory that it
//! lives in. And what an object is called.

pub mod address;
pub mod cause;
pub mod follow;
pub mod handle;
pub mod kinds;
pub mod label;
pub mod names;
pub mod note;
pub mod slot;
pub mod table;
pub mod text;
pub mod word;

pub use slot::{end, make, make_unheard};
