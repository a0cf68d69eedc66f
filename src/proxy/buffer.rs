//! Buffers lent from the thread's pool: a connection that waits holds none.
//!
//! A buffer is always initialised in full, so that reading into it needs neither `unsafe` nor clearing.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, ReadBuf};

/// Size of a lent buffer; those that grew beyond are freed, not kept.
pub(super) const SIZE: usize = 16 * 1024;

/// How many buffers a thread keeps for the next borrower.
const KEPT: usize = 512;

thread_local! {
    static POOL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that came or wait to go. Memory is borrowed on first use and goes back when dropped or emptied.
#[derive(Default)]
pub(super) struct Buffer {
    /// Empty, or initialised to its length.
    data: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// The bytes that are not consumed yet.
    pub(super) fn filled(&self) -> &[u8] {
        self.data.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Forgets the first `count` bytes; they can be had back with [`Self::rewind`] until something is added.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Makes all that was consumed since the last addition unread again.
    pub(super) fn rewind(&mut self) {
        self.start = 0;
    }

    /// Gives the memory back when there is nothing in it.
    pub(super) fn release(&mut self) {
        if self.is_empty() && !self.data.is_empty() {
            self.start = 0;
            self.end = 0;
            give(std::mem::take(&mut self.data));
        }
    }

    /// Adds bytes at the end, growing when there is no room.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.extend_all(&[bytes]);
    }

    /// Adds parts at the end; room is looked for once.
    #[inline]
    pub(super) fn extend_all(&mut self, parts: &[&[u8]]) {
        let count = parts.iter().map(|part| part.len()).sum();
        self.make_room(count);
        let Some(mut room) = self.data.get_mut(self.end..self.end + count) else { return };
        for part in parts {
            let (here, rest) = room.split_at_mut(part.len());
            here.copy_from_slice(part);
            room = rest;
        }
        self.end += count;
    }

    /// Room for at least `count` more bytes, by moving what is there to the front, then by growing.
    #[inline]
    pub(super) fn make_room(&mut self, count: usize) {
        if self.start == self.end || self.data.len() - self.end < count {
            self.find_room(count);
        }
    }

    #[inline(never)]
    fn find_room(&mut self, count: usize) {
        if self.data.is_empty() {
            self.data = lend();
        }
        if self.is_empty() {
            self.start = 0;
            self.end = 0;
        }
        if self.data.len() - self.end >= count {
            return;
        }
        if self.start > 0 {
            self.data.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let wanted = self.end + count;
        if wanted > self.data.len() {
            self.data.resize(wanted.next_power_of_two(), 0);
        }
    }

    /// Whether reading more would make the buffer larger than a lent one.
    pub(super) fn is_full(&self) -> bool {
        self.len() >= SIZE
    }

    /// Reads once. A buffer that has nothing and gets nothing holds no memory afterwards.
    /// Gives 0 at the end of the stream.
    pub(super) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Poll<io::Result<usize>> {
        self.make_room(if self.is_empty() { SIZE } else { 1024 });
        let room = self.data.get_mut(self.end..).unwrap_or_default();
        let mut read = ReadBuf::new(room);
        let result = Pin::new(stream).poll_read(cx, &mut read);
        let count = read.filled().len();
        if count == 0 {
            self.release();
        }
        ready!(result)?;
        self.end += count;
        Poll::Ready(Ok(count))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if !self.data.is_empty() {
            give(std::mem::take(&mut self.data));
        }
    }
}

fn lend() -> Vec<u8> {
    POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten().unwrap_or_else(|| vec![0; SIZE])
}

fn give(data: Vec<u8>) {
    if data.len() == SIZE {
        // A thread that ends has no pool any more; then the memory is just freed.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < KEPT {
                pool.push(data);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_consumed_comes_back_until_something_is_added() {
        let mut buffer = Buffer::default();
        buffer.extend(b"head");
        buffer.consume(4);
        assert!(buffer.is_empty());
        buffer.rewind();
        assert_eq!(buffer.filled(), b"head");
        buffer.consume(4);
        buffer.extend(b"next");
        assert_eq!(buffer.filled(), b"next", "an addition to an empty buffer starts anew");
    }

    #[test]
    fn memory_goes_back_when_empty_and_grows_beyond_the_lent_size() {
        let mut buffer = Buffer::default();
        buffer.extend(&vec![1; SIZE]);
        buffer.consume(SIZE - 1);
        buffer.extend(&vec![2; SIZE]);
        assert_eq!(buffer.len(), SIZE + 1);
        assert_eq!(buffer.filled().first(), Some(&1));
        buffer.consume(SIZE + 1);
        buffer.release();
        assert!(buffer.data.is_empty());
    }
}
