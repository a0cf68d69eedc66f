//! Every theme file measured: contrast, and what is left of its colours for eyes that see fewer.

mod contrast;
mod eyes;
mod measure;
mod shown;
