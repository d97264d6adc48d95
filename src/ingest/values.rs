//! From the words of sources to the words of the record. A value that is none of those its field
//! accepts is an error, never a guess.
