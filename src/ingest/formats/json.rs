//! JSON
mod geometry;
mod node;
mod records;
mod rows;
mod scan;
