//! Ingresses and both sides, on the real binary: the inventory, who uses an annotation, and one request asked of both.

use crate::terminal::Console;

