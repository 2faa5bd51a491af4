//! Files that are read in parts, at any place. All of it may be called in signal handlers, and is
//! no cancellation point.

use core::ffi::CStr;
use core::mem::MaybeUninit;

use crate::platform::calls;

/// What changes when the file of that path is another one, or is written: its device, its number,
/// its length, and when it was written. `None`: there is no such file. It may change errno.
pub fn state_of(path: &CStr) -> Option<[u64; 5]> {
    let mut found = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the path is NUL-terminated, and the place has room for what is found.
    let answer = unsafe { libc::stat(path.as_ptr(), found.as_mut_ptr()) };
    // SAFETY: the call has succeeded, and so has filled it.
    let found = (answer == 0).then(|| unsafe { found.assume_init() })?;
    let (seconds, nanoseconds) = (found.st_mtime as u64, found.st_mtime_nsec as u64);
    // Narrower on some systems.
    #[allow(clippy::unnecessary_cast)]
    let (device, file) = (found.st_dev as u64, found.st_ino as u64);
    Some([device, file, found.st_size as u64, seconds, nanoseconds])
}

/// An open file.
pub struct File(i32);

impl File {
    /// Opens a file to read it.
    pub fn open(path: &CStr) -> Option<File> {
        calls::open(path, libc::O_RDONLY | libc::O_CLOEXEC, 0).map(File)
    }

    /// Reads so many bytes at that place. False: the file does not have so many.
    ///
    /// # Safety
    /// So many bytes may be written from `to` on.
    pub unsafe fn fill(&self, place: u64, to: *mut u8, length: usize) -> bool {
        let mut done = 0;
        while done < length {
            let Some(place) = place.checked_add(done as u64) else { return false };
            // SAFETY: the rest of the room may be written, by the caller's promise.
            let read =
                unsafe { calls::read_at(self.0, to.wrapping_add(done), length - done, place) };
            match usize::try_from(read) {
                Ok(read) if read > 0 => done += read,
                _ => return false,
            }
        }
        true
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is this struct's alone.
        unsafe { calls::close(self.0) };
    }
}
