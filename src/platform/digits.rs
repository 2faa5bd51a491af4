//! The digits of numbers, without what the formatting of the standard library costs.

/// The digits of a number.
pub struct Digits {
    room: [u8; MOST],
    start: usize,
}

/// How many digits the greatest number has.
const MOST: usize = 20;
const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

impl Digits {
    /// To the base of ten.
    pub fn decimal(number: u64) -> Digits {
        Digits::of(number, 1, |rest| (rest / 10, b'0' + (rest % 10) as u8))
    }

    /// As [`Digits::decimal`], with zeros in front if it has less than so many digits.
    pub fn padded_decimal(number: u64, least: usize) -> Digits {
        Digits::of(number, least, |rest| (rest / 10, b'0' + (rest % 10) as u8))
    }

    /// To the base of sixteen.
    pub fn hexadecimal(number: u64) -> Digits {
        Digits::of(number, 1, hexadecimal)
    }

    /// As [`Digits::hexadecimal`], all sixteen digits.
    pub fn all_hexadecimal(number: u64) -> Digits {
        Digits::of(number, 16, hexadecimal)
    }

    #[inline(always)]
    fn of(number: u64, least: usize, split: impl Fn(u64) -> (u64, u8)) -> Digits {
        let (mut room, mut start, mut rest) = ([b'0'; MOST], MOST, number);
        while rest != 0
            && let Some(before) = start.checked_sub(1)
            && let Some(place) = room.get_mut(before)
        {
            (rest, *place) = split(rest);
            start = before;
        }
        Digits { room, start: start.min(MOST.saturating_sub(least)) }
    }

    /// The digits.
    pub fn as_bytes(&self) -> &[u8] {
        self.room.get(self.start..).unwrap_or_default()
    }
}

fn hexadecimal(rest: u64) -> (u64, u8) {
    (rest >> 4, HEXADECIMAL.get((rest & 15) as usize).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_standard_library() {
        let numbers = (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, 7 << bit]);
        for number in numbers.chain([9, 10, 11, 99, 100, 1_000_000, u64::MAX / 10, u64::MAX]) {
            let text = |digits: Digits| String::from_utf8(digits.as_bytes().to_vec()).unwrap();
            assert_eq!(text(Digits::decimal(number)), format!("{number}"));
            assert_eq!(text(Digits::padded_decimal(number, 3)), format!("{number:03}"));
            assert_eq!(text(Digits::hexadecimal(number)), format!("{number:x}"));
            assert_eq!(text(Digits::all_hexadecimal(number)), format!("{number:016x}"));
        }
    }
}
