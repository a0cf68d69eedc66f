//! Every field of the standard channel is read by a view, or named here with the reason why not.
