//! YAML as kubectl reads it (`sigs.k8s.io/yaml`), with the byte span of every scalar.
//!
//! granit-parser gives events with byte ranges; the scalars are resolved here, because no Rust reader agrees with
//! kubectl on `yes`, `0755` or `1.0` (reference: building-blocks). Aliases are replayed up to a cap.
