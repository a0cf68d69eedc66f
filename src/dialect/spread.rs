//! Much work of one kind on all processors.

/// From this many pieces on it is worth a thread.
const MANY: usize = 512;

/// What `each` makes of all, in order: of few at once, of many in as many parts as there are processors.
pub fn spread<T: Sync, R: Send>(all: &[T], each: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    if all.len() < MANY || processors == 1 {
        return each(all);
    }
    std::thread::scope(|scope| {
        let each = &each;
        let parts = all.chunks(all.len().div_ceil(processors));
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || each(part))).collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<R>>| {
            part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        parts.into_iter().flat_map(join).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_come_back_in_order() {
        for number in [0, 1, MANY - 1, MANY, 10 * MANY + 7] {
            let all: Vec<usize> = (0..number).collect();
            assert_eq!(
                spread(&all, |part| part.iter().map(|one| one + 1).collect()),
                (1..=number).collect::<Vec<_>>()
            );
        }
    }
}
