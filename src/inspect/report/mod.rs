//! The report: one page of HTML with the dump and the timeline in it, for people. It needs no
//! network, and nothing that is not in it.
//!
//! The page is `page.html`, with two places for JSON. In a string of that JSON no character begins
//! a tag, so that no name ends the element that it is in.

use crate::inspect::dump::{self, Format};
use crate::inspect::timeline;
use crate::status::Status;

/// The page, and what stands in it where the two texts come.
const PAGE: &str = include_str!("page.html");
const DUMP: &str = "<!--DUMP-->";
const TIMELINE: &str = "<!--TIMELINE-->";

/// Writes the page to the descriptor.
///
/// # Errors
/// As [`dump::write`].
pub fn write(descriptor: i32) -> Result<(), Status> {
    dump::alone(descriptor, |out| {
        let (head, rest) = PAGE.split_once(DUMP).unwrap_or((PAGE, ""));
        let (middle, tail) = rest.split_once(TIMELINE).unwrap_or((rest, ""));
        out.is_in_page = true;
        out.text(head);
        dump::write_to(out, Format::Json)?;
        out.text(middle);
        timeline::write_to(out).ok_or(Status::THREADING_NO_RESOURCES)?;
        out.text(tail);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_each_place_once_and_asks_for_nothing_from_elsewhere() {
        for place in [DUMP, TIMELINE] {
            assert_eq!(PAGE.matches(place).count(), 1);
        }
        for word in ["http:", "https:", "//cdn", "@import", "url(", " src=", " href=", "fetch("] {
            assert!(!PAGE.contains(word), "{word}");
        }
    }
}
