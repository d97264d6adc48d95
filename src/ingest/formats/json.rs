//! JSON
mod node;
mod rows;
mod scan;
