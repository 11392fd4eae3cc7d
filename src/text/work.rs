//! How much was looked at, in tests: that drawing a frame does not grow with what it shows a part of is counted, and not
//! timed. Elsewhere nothing is counted.

#[cfg(test)]
thread_local! {
    static LOOKED_AT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// So many bytes, or rows, were looked at.
#[inline]
pub(crate) fn looked_at(n: usize) {
    #[cfg(test)]
    LOOKED_AT.with(|all| all.set(all.get() + n));
    #[cfg(not(test))]
    let _ = n;
}

/// What `f` makes, and how much it looked at for that.
#[cfg(test)]
pub(crate) fn counted<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = LOOKED_AT.with(std::cell::Cell::get);
    let made = f();
    (made, LOOKED_AT.with(std::cell::Cell::get) - before)
}
