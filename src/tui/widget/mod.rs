//! Pieces that screens are put together from. Each draws through [`super::paint::Canvas`] and knows no state.

pub mod bar;
pub mod chart;
pub mod marks;
pub mod sparkline;
pub mod table;
