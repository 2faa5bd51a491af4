//! Where calls were made, as text. To find a line takes a good part of a millisecond, and many
//! threads wait in few lines: so a dump remembers what it has found.

use crate::inspect::scratch::Scratch;
use crate::platform::caller::Frame;
use crate::platform::place;
use crate::platform::print::FixedText;

/// How long a place is at most, in bytes. Of a longer one only the address is shown.
const LONGEST: usize = 110;
/// How many are remembered.
const MOST: usize = 256;

/// A place that was found.
#[derive(Clone, Copy)]
pub struct Place {
    site: usize,
    length: usize,
    text: [u8; LONGEST],
}

impl Place {
    /// Its text: a line, or a place in a file; empty if neither is known.
    pub fn text(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

/// The places that were found.
pub struct Places {
    known: Option<Scratch<Place>>,
}

impl Places {
    /// None yet.
    pub const NONE: Places = Places { known: None };

    /// The place of the call that returns to that address.
    pub fn find(&mut self, site: usize) -> Place {
        let known = self.known.as_ref().map_or(&[] as &[Place], Scratch::all);
        if let Some(place) = known.iter().find(|place| place.site == site) {
            return *place;
        }
        let mut found = Place { site, length: 0, text: [0; LONGEST] };
        let mut text = FixedText::new(&mut found.text);
        let frame = Frame { return_address: site, start: 0 };
        let length = place::describe(&mut text, &[frame], true).map(|()| text.as_bytes().len());
        found.length = length.unwrap_or(0);
        self.known = self.known.take().or_else(|| Scratch::with_room(MOST));
        if let Some(known) = &mut self.known {
            known.push(found);
        }
        found
    }
}
